"""Stabilogram diffusion: how far the sway drifts in a given time. For staff only.

One trial is little: the original averages ten, and the long-term exponent of one minute is not repeatable.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from station.core.measures.needs import COLLINS_1993, RUN_OF_30_S
from station.core.measures.registry import measure
from station.core.measures.structure import slope
from station.core.measures.sway import AP, ML, Sway
from station.words import Num, say

Array = npt.NDArray[np.float64]

SHORT_S = (0.0, 0.6)  # own windows, the same for every trial: a fitted break point moves from trial to trial
LONG_S = (1.5, 10.0)
NEEDS = (RUN_OF_30_S,)
LAGS = (say("parameter.lags", short=Num(SHORT_S[1], 1), start=Num(LONG_S[0], 1), end=Num(LONG_S[1])),)


@dataclass(frozen=True, slots=True)
class Line:
    """Least-squares line of the mean squared displacement (mm2) on the lag (s), and the slope of ln on ln."""

    slope_mm2_s: float
    at_zero_mm2: float
    slope_ln: float


def mean_squared_displacement_mm2(x_mm: Array, lags: int) -> Array:
    """(lags,) mean over t of (x(t + k) - x(t))^2 for k = 1..lags frames, by autocorrelation (FFT)."""
    n = len(x_mm)
    size = 1 << (n + lags - 1).bit_length()
    products = np.fft.irfft(np.abs(np.fft.rfft(x_mm, size)) ** 2, size)[1 : lags + 1]
    upto = np.concatenate(([0.0], np.cumsum(x_mm * x_mm)))
    k = np.arange(1, lags + 1)
    both = upto[n - k] + upto[n] - upto[k]
    return np.asarray(np.maximum(both - 2 * products, 0.0) / (n - k))


def lines(sway: Sway) -> tuple[Line, Line]:
    """The short-term and the long-term line of the planar displacement of the unbroken run."""
    lags = min(round(LONG_S[1] * sway.fs_hz), len(sway.run_mm(ML)) - 1)
    if lags < LONG_S[0] * sway.fs_hz + 2 or SHORT_S[1] * sway.fs_hz < 2:
        nothing = Line(math.nan, math.nan, math.nan)
        return nothing, nothing
    msd_mm2 = sum(mean_squared_displacement_mm2(sway.run_mm(axis), lags) for axis in (ML, AP))
    lag_s = np.arange(1, lags + 1) / sway.fs_hz
    short, long = (_line(lag_s, np.asarray(msd_mm2), *window_s) for window_s in (SHORT_S, LONG_S))
    return short, long


def _line(lag_s: Array, msd_mm2: Array, from_s: float, to_s: float) -> Line:
    slack_s = 1e-9  # lags are multiples of 1/fs and rounding must not lose the outer ones
    inside = (lag_s >= from_s - slack_s) & (lag_s <= to_s + slack_s)
    t, msd = lag_s[inside], msd_mm2[inside]
    steep = slope(t, msd)
    of_logs = slope(np.log(t), np.log(msd)) if (msd > 0).all() else math.nan
    return Line(steep, float(msd.mean() - steep * t.mean()), of_logs)


@measure(symbol="D short", unit="mm2/s", source=COLLINS_1993, staff_only=True, needs=NEEDS, parameters=LAGS)
def sda_diffusion_short_mm2_s(sway: Sway) -> float:
    """D short = slope/2 of MSD on the lag, MSD(dt) = mean abs(p(t + dt) - p(t))^2, every lag up to 0.6 s."""
    return sway.once(lines)[0].slope_mm2_s / 2


@measure(symbol="D long", unit="mm2/s", source=COLLINS_1993, staff_only=True, needs=NEEDS, parameters=LAGS)
def sda_diffusion_long_mm2_s(sway: Sway) -> float:
    """D long = slope/2 of MSD on the lag, every lag from 1.5 to 10 s.

    Below 0 the sway comes back.
    """
    return sway.once(lines)[1].slope_mm2_s / 2


@measure(symbol="H short", unit="", source=COLLINS_1993, staff_only=True, needs=NEEDS, parameters=LAGS)
def sda_exponent_short(sway: Sway) -> float:
    """H short = slope/2 of ln MSD on ln lag, every lag up to 0.6 s.

    Above 0.5 the sway goes on the way it went.
    """
    return sway.once(lines)[0].slope_ln / 2


@measure(symbol="H long", unit="", source=COLLINS_1993, staff_only=True, needs=NEEDS, parameters=LAGS)
def sda_exponent_long(sway: Sway) -> float:
    """H long = slope/2 of ln MSD on ln lag, every lag from 1.5 to 10 s.

    One minute is too little to repeat it.
    """
    return sway.once(lines)[1].slope_ln / 2


@measure(symbol="t_c", unit="s", source=COLLINS_1993, staff_only=True, needs=NEEDS, parameters=LAGS)
def sda_critical_time_s(sway: Sway) -> float:
    """t_c = lag at which the lines of D short and D long cross."""
    short, long = sway.once(lines)
    apart = short.slope_mm2_s - long.slope_mm2_s
    return (long.at_zero_mm2 - short.at_zero_mm2) / apart if apart else math.nan


@measure(unit="mm2", source=COLLINS_1993, staff_only=True, needs=NEEDS, parameters=LAGS)
def sda_critical_displacement_mm2(sway: Sway) -> float:
    """MSD where the lines of D short and D long cross."""
    short, _ = sway.once(lines)
    return short.at_zero_mm2 + short.slope_mm2_s * sda_critical_time_s(sway)
