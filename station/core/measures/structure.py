"""Structure of the sway: sample entropy and detrended fluctuation analysis. For staff only."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from station.core.measures.needs import COSTA_2002, PENG_1995, RICHMAN_2000, RUN_OF_30_S, RUN_OF_60_S, TWENTY_HZ_GRID
from station.core.measures.registry import STATION, measure_axes
from station.core.measures.sway import Sway
from station.words import Num, say

Array = npt.NDArray[np.float64]

TEMPLATE = 2  # m: length of the shorter template
TOLERANCE_SD = 0.2  # r in SD (ddof 0) of the series
ENTROPY_HZ = 20  # of the station's series
ROWS = 64  # templates compared at once: keeps the working set in the cache
DFA_SIZES = 18
DFA_SMALLEST = 10  # frames
SCALES = 6  # 1200 values of a minute leave 200 at the last
ENTROPY = (say("parameter.entropy", m=Num(TEMPLATE), r=Num(TOLERANCE_SD, 1)), say("parameter.entropy-rate", hz=Num(ENTROPY_HZ)))
SCALES_TOLD = say("parameter.scales", n=Num(SCALES))
DFA_TOLD = (say("parameter.dfa", n=Num(DFA_SIZES), least=Num(DFA_SMALLEST)),)


@measure_axes(
    symbol="SampEn",
    unit="",
    source=RICHMAN_2000,
    settings=STATION,
    staff_only=True,
    needs=(TWENTY_HZ_GRID, RUN_OF_60_S),
    parameters=ENTROPY,
)
def sample_entropy_axis(sway: Sway, axis: int) -> float:
    """SampEn = -ln(A/B), pairs that agree in 3 (A) and in 2 values (B) within r = 0.2 SD, at 20 Hz.

    Both over the first N-2 starts, no self match, r included. A minute at least: only N = 1200 at 20 Hz, forward and back, told groups
    apart; values at another rate, m, r or N are other quantities.
    """
    return sample_entropy(_at_20_hz(sway, axis))


@measure_axes(symbol="DFA", unit="", source=PENG_1995, staff_only=True, needs=(RUN_OF_30_S,), parameters=DFA_TOLD)
def dfa_alpha_axis(sway: Sway, axis: int) -> float:
    """DFA = slope of ln F(n) on ln n, F = RMS of cumsum(x) less a straight line in each window of n frames.

    0.5 for white noise, 1.5 for a random walk. Short windows feel the low-pass.
    """
    return dfa_alpha(sway.run_mm(axis))


@measure_axes(
    symbol="MSE", unit="", source=COSTA_2002, staff_only=True, needs=(TWENTY_HZ_GRID, RUN_OF_60_S), parameters=(*ENTROPY, SCALES_TOLD)
)
def multiscale_entropy_axis(sway: Sway, axis: int) -> float:
    """MSE = sum over s = 1..6 of SampEn of the means of s values in a row, r = 0.2 SD of the series at s = 1.

    Six scales leave 200 of a minute's 1200 values at the last: exploratory, and our own choice.
    """
    if not TWENTY_HZ_GRID.met(sway):
        return math.nan
    x = _at_20_hz(sway, axis)
    tolerance = TOLERANCE_SD * float(x.std())
    return sum(sample_entropy(x[: len(x) // s * s].reshape(-1, s).mean(axis=1), tolerance) for s in range(1, SCALES + 1))


def _at_20_hz(sway: Sway, axis: int) -> Array:
    return sway.run_mm(axis)[:: max(round(sway.fs_hz / ENTROPY_HZ), 1)]


def sample_entropy(x: Array, tolerance: float | None = None) -> float:
    """-ln(A/B): A, B = pairs of templates of 3 and 2 values no farther apart than r (Chebyshev, r included), no self matches, both
    over the first N-2 starts. Exact. tolerance: r, default 0.2 SD of x.

    NaN when nothing matches, the series is constant or has fewer than 4 values.
    """
    starts = len(x) - TEMPLATE
    tolerance = TOLERANCE_SD * float(x.std()) if tolerance is None else tolerance
    if starts < 2 or tolerance == 0:
        return math.nan
    order = np.argsort(x[:starts], kind="stable")
    first, second, third = (x[order + lead] for lead in range(TEMPLATE + 1))
    two, three = _matches(first, second, third, tolerance)
    return -math.log(three / two) if three else math.nan


def _matches(first: Array, second: Array, third: Array, tolerance: float) -> tuple[int, int]:
    """Pairs that agree in two and in three values; `first` ascends, so that a template's partners are its next neighbours."""
    n, two, three = len(first), 0, 0
    later = np.triu(np.ones((ROWS, ROWS), np.bool_))  # column j is template top+1+j: each pair is counted from its earlier row
    for top in range(0, n - 1, ROWS):
        stop = min(top + ROWS, n - 1)
        end = _reach(first, stop - 1, tolerance)
        rows, partners, square = slice(top, stop), slice(top + 1, end), min(ROWS, end - top - 1)
        # differences are taken, not sums with the tolerance: a pair exactly at r must not fall to rounding
        near = first[None, partners] - first[rows, None] <= tolerance
        near[:, :square] &= later[: stop - top, :square]
        near &= _within(second, rows, partners, tolerance)
        two += int(np.count_nonzero(near))
        near &= _within(third, rows, partners, tolerance)
        three += int(np.count_nonzero(near))
    return two, three


def _within(values: Array, rows: slice, partners: slice, tolerance: float) -> npt.NDArray[np.bool_]:
    apart = values[None, partners] - values[rows, None]
    np.abs(apart, out=apart)
    return np.asarray(apart <= tolerance)


def _reach(first: Array, row: int, tolerance: float) -> int:
    """Index after the last value that may lie within the tolerance of `first[row]`; one too many does no harm."""
    limit = float(first[row]) + tolerance
    return min(int(np.searchsorted(first, np.nextafter(limit, math.inf), side="right")) + 1, len(first))


def dfa_alpha(x: Array) -> float:
    """DFA of order 1: 18 window sizes, even in the logarithm from 10 frames to N/4, rounded, each once; whole windows from the
    start; F(n) is the RMS of what is left after a straight line in every window. NaN for fewer than 3 sizes or a constant."""
    largest = len(x) // 4
    if largest <= DFA_SMALLEST:
        return math.nan
    sizes = np.unique(np.round(np.geomspace(DFA_SMALLEST, largest, DFA_SIZES)).astype(int))
    profile = np.cumsum(x - x.mean())
    fluctuation = np.array([_fluctuation(profile, int(size)) for size in sizes])
    if len(sizes) < 3 or not (fluctuation > 0).all():
        return math.nan
    return slope(np.log(sizes), np.log(fluctuation))


def _fluctuation(profile: Array, size: int) -> float:
    windows = profile[: len(profile) // size * size].reshape(-1, size)
    t = np.arange(size) - (size - 1) / 2
    rest = windows - windows.mean(axis=1, keepdims=True)
    along = np.einsum("ij,j->i", rest, t)  # not @: its threads wait for each other longer than they work, and its last digit varies
    square = float(np.einsum("ij,ij->", rest, rest) - np.einsum("i,i->", along, along) / np.einsum("i,i->", t, t))
    return math.sqrt(max(square, 0.0) / rest.size)


def slope(x: Array, y: Array) -> float:
    """Of the least-squares line of y on x."""
    x = x - x.mean()
    return float(x @ (y - y.mean()) / (x @ x))
