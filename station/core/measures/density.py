"""Sway density: how long the point stays near where it is, and how far apart its resting places are (Baratto 2002)."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from station.core.filters import zero_phase_lowpass
from station.core.measures.needs import BARATTO_2002, QUIJOUX_2021, RUN_OF_20_S
from station.core.measures.registry import Need, measure
from station.core.measures.sway import AP, ML, Sway

Array = npt.NDArray[np.float64]

RADIUS_MM = 3.0
SMOOTH_HZ = 2.5
SOURCE = f"{BARATTO_2002}; {QUIJOUX_2021}"


def frames_until_out(ml_mm: Array, ap_mm: Array, radius_mm: float) -> Array:
    """(n,) frames from each frame until the point is farther away than the radius, linear between frames (whole frames would make
    a stair with peaks of its own); the window's end counts as out."""
    n = len(ml_mm)
    out = (n - 1 - np.arange(n)).astype(np.float64)
    waiting, before_mm = np.arange(n), np.zeros(n)
    for lag in range(1, n):
        inside = int(np.searchsorted(waiting, n - lag))  # the others have reached the window's end
        if not inside:
            break
        waiting, before_mm = waiting[:inside], before_mm[:inside]
        d_ml, d_ap = ml_mm[waiting + lag] - ml_mm[waiting], ap_mm[waiting + lag] - ap_mm[waiting]
        now_mm = np.sqrt(d_ml * d_ml + d_ap * d_ap)
        left = now_mm > radius_mm
        if left.any():
            out[waiting[left]] = lag - 1 + (radius_mm - before_mm[left]) / (now_mm[left] - before_mm[left])
            waiting, now_mm = waiting[~left], now_mm[~left]
        before_mm = now_mm
    return out


def density_s(sway: Sway) -> Array:
    """(n,) seconds spent within 3 mm of each frame before the first exit on both sides, low-passed at 2.5 Hz; unbroken run."""
    ml, ap = sway.run_mm(ML), sway.run_mm(AP)
    forward = frames_until_out(ml, ap, RADIUS_MM)
    backward = frames_until_out(ml[::-1], ap[::-1], RADIUS_MM)[::-1]
    inside_s = (forward + backward) / sway.fs_hz
    return zero_phase_lowpass(inside_s, sway.fs_hz, SMOOTH_HZ) if sway.fs_hz > 2 * SMOOTH_HZ else inside_s


def peaks(x: Array) -> npt.NDArray[np.int64]:
    """Frames higher than the one before and not lower than the one after."""
    return np.flatnonzero((x[1:-1] > x[:-2]) & (x[1:-1] >= x[2:])) + 1


def _leaves_the_circle(sway: Sway) -> bool:
    ml, ap = sway.run_mm(ML), sway.run_mm(AP)
    return float(np.hypot(np.ptp(ml), np.ptp(ap))) > 2 * RADIUS_MM


NEEDS = (RUN_OF_20_S, Need("why.never-leaves-3-mm", _leaves_the_circle))


@measure(symbol="SD peak", unit="s", source=SOURCE, staff_only=True, needs=NEEDS)
def sway_density_peak_s(sway: Sway) -> float:
    """Mean height of the peaks: how long the point rests."""
    density = sway.once(density_s)
    tops = peaks(density)
    return float(density[tops].mean()) if len(tops) else math.nan


@measure(symbol="SD distance", unit="mm", source=SOURCE, staff_only=True, needs=NEEDS)
def sway_density_distance_mm(sway: Sway) -> float:
    """Mean distance between successive resting places."""
    tops = peaks(sway.once(density_s))
    if len(tops) < 2:
        return math.nan
    ml, ap = sway.run_mm(ML)[tops], sway.run_mm(AP)[tops]
    return float(np.hypot(np.diff(ml), np.diff(ap)).mean())
