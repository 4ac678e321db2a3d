"""Sway density: how long the point stays near where it is, and how far apart its resting places are (Baratto 2002)."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from station.core.filters import zero_phase_lowpass
from station.core.measures.needs import BARATTO_2002, QUIJOUX_2021, RUN_OF_20_S
from station.core.measures.registry import Need, measure
from station.core.measures.sway import AP, ML, Sway
from station.words import Num, say

Array = npt.NDArray[np.float64]

RADIUS_MM = 3.0
SMOOTH_HZ = 2.5
ROUNDING = 1 - 1e-9  # sums of steps are rounded: jump a little short
SOURCE = f"{BARATTO_2002}; {QUIJOUX_2021}"


def frames_inside(ml_mm: Array, ap_mm: Array, radius_mm: float) -> Array:
    """(n,) frames for which the point stays within the radius around each frame, until the first exit after it and back to the last
    one before it, linear between frames (whole frames would make a stair with peaks of its own); the window's ends count as exits."""
    n = len(ml_mm)
    ml, ap = (np.concatenate((x, [math.nan], x[::-1], [math.nan])) for x in (ml_mm, ap_mm))  # one search, there and back
    until_out = _until_out(ml, ap, radius_mm)
    return np.asarray(until_out[:n] + until_out[n + 1 : -1][::-1])


def _until_out(ml: Array, ap: Array, radius_mm: float) -> Array:
    """Frames from each frame to the exit; a NaN, which is also the last frame, is outside every circle, and out at the frame before."""
    steps = _apart(np.diff(ml), np.diff(ap))
    path_mm = np.concatenate(([0.0], np.cumsum(np.where(np.isnan(steps), 2 * radius_mm, steps))))
    every = start = frame = np.flatnonzero(~np.isnan(ml))
    exit_at, apart_mm = np.zeros(len(ml), np.int64), np.zeros(len(every))
    while len(start):
        # nobody gets farther away than they walk: jump to the first frame that may be outside
        frame = np.maximum(np.searchsorted(path_mm, path_mm[frame] + (radius_mm - apart_mm) * ROUNDING), frame + 1)
        apart_mm = _apart(ml[frame] - ml[start], ap[frame] - ap[start])
        inside = apart_mm <= radius_mm
        exit_at[start[~inside]] = frame[~inside]
        start, frame, apart_mm = start[inside], frame[inside], apart_mm[inside]
    k, out = exit_at[every], np.zeros(len(ml))
    after_mm, before_mm = (_apart(ml[at] - ml[every], ap[at] - ap[every]) for at in (k, k - 1))
    part = (radius_mm - before_mm) / (after_mm - before_mm)
    out[every] = k - 1 - every + np.where(np.isnan(part), 0.0, part)
    return out


def _apart(d_ml: Array, d_ap: Array) -> Array:
    return np.sqrt(d_ml * d_ml + d_ap * d_ap)  # np.hypot is several times slower


def density_s(sway: Sway) -> Array:
    """(n,) seconds spent within 3 mm of each frame before the first exit on both sides, low-passed at 2.5 Hz; unbroken run."""
    inside_s = frames_inside(sway.run_mm(ML), sway.run_mm(AP), RADIUS_MM) / sway.fs_hz
    return zero_phase_lowpass(inside_s, sway.fs_hz, SMOOTH_HZ) if sway.fs_hz > 2 * SMOOTH_HZ else inside_s


def peaks(x: Array) -> npt.NDArray[np.int64]:
    """Frames higher than the one before and not lower than the one after."""
    return np.flatnonzero((x[1:-1] > x[:-2]) & (x[1:-1] >= x[2:])) + 1


def _leaves_the_circle(sway: Sway) -> bool:
    ml, ap = sway.run_mm(ML), sway.run_mm(AP)
    return float(np.hypot(np.ptp(ml), np.ptp(ap))) > 2 * RADIUS_MM


NEEDS = (RUN_OF_20_S, Need("why.never-leaves-3-mm", _leaves_the_circle))

CIRCLE = (say("parameter.circle", mm=Num(RADIUS_MM), hz=Num(SMOOTH_HZ, 1)),)


@measure(symbol="SD peak", unit="s", source=SOURCE, staff_only=True, needs=NEEDS, parameters=CIRCLE)
def sway_density_peak_s(sway: Sway) -> float:
    """SD peak = mean height of the peaks of D(t), D = seconds within 3 mm of p(t) between the exits around t.

    How long the point rests.
    """
    density = sway.once(density_s)
    tops = peaks(density)
    return float(density[tops].mean()) if len(tops) else math.nan


@measure(symbol="SD distance", unit="mm", source=SOURCE, staff_only=True, needs=NEEDS, parameters=CIRCLE)
def sway_density_distance_mm(sway: Sway) -> float:
    """SD distance = mean distance between p at successive peaks of D(t).

    How far apart the resting places are.
    """
    tops = peaks(sway.once(density_s))
    if len(tops) < 2:
        return math.nan
    ml, ap = sway.run_mm(ML)[tops], sway.run_mm(AP)[tops]
    return float(np.hypot(np.diff(ml), np.diff(ap)).mean())
