"""What the time column of a file says: its rate, and which rows of an even grid are missing. Stamps may be rounded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Times = npt.NDArray[np.int64]

UNEVEN = 1.5  # of the median step: what the station's own verdict calls uneven
HOLE = 2.5  # of the median step: longer ones are no rounding
ROUNDED = 0.55  # of the unit of rounding: so far from its place a rounded stamp lies
NEAR = 0.25  # of a step: farther from its place a row is on no grid (a threshold of our own)
MOST_PLACES = 2  # a row: with more places empty than filled it is no file with lost rows (a threshold of our own)
LEAST_ODD = 3  # one or two longer steps are lost rows rather than a rate that the rounding hides (a threshold of our own)
WHOLE_S = 9  # decimals of a second in a nanosecond


@dataclass(frozen=True, slots=True)
class RowTimes:
    """fs_hz: rows a second while none is missing. place: (n,) of each row on the even grid, None when nothing is missing there.
    longest: missing rows of the longest gap."""

    fs_hz: float
    place: npt.NDArray[np.int64] | None = None
    longest: int = 0

    @property
    def missing(self) -> int:
        return 0 if self.place is None else int(self.place[-1]) + 1 - len(self.place)

    def on_grid(self, column: Floats) -> Floats:
        """The column with NaN where a row is missing; itself when none is."""
        if self.place is None:
            return column
        spread = np.full(int(self.place[-1]) + 1, np.nan)
        spread[self.place] = column
        return spread


def row_times(t_ns: Times) -> RowTimes:
    """Rate and places of rows at strictly increasing times.

    Equal steps give 1 / step. Steps that differ only by the rounding of the stamps give (n - 1) / (last - first), the same on both sides
    of lost rows. Anything else is uneven and gives 1 / median step.
    """
    step_ns = np.diff(t_ns)
    if not len(step_ns):
        return RowTimes(1.0)
    usual_ns = float(np.median(step_ns))
    if (step_ns == usual_ns).all():
        return RowTimes(1e9 / usual_ns)
    rounded_to_ns = _rounded_to_ns(t_ns)
    if _rounded(t_ns, step_ns, usual_ns, rounded_to_ns):
        return RowTimes(1e9 * len(step_ns) / float(t_ns[-1] - t_ns[0]))
    return _with_lost_rows(t_ns, step_ns, usual_ns, rounded_to_ns) or RowTimes(1e9 / usual_ns)


def _rounded_to_ns(t_ns: Times) -> int:
    """The smallest decimal that the stamps use, but not less than a double of that size can hold."""
    used = next((10**k for k in range(WHOLE_S, 0, -1) if not (t_ns % 10**k).any()), 1)
    held = float(np.spacing(np.abs(t_ns).max() / 1e9)) * 1e9
    return max(used, int(np.ceil(held)))


def _even(t_ns: Times, rounded_to_ns: int, usual_ns: float) -> bool:
    """Whether an even grid, rounded so, can look like this: over any number of rows the time differs by one unit at most.

    Two units where they are small against a step: halves are rounded up here and down there.
    """
    most_ns = rounded_to_ns * (2 if 4 * rounded_to_ns <= usual_ns else 1)
    lags = 1 << np.arange(int(np.log2(max(len(t_ns) - 1, 1))) + 1)
    return all(int(np.ptp(t_ns[lag:] - t_ns[:-lag])) <= most_ns for lag in lags)


def _rounded(t_ns: Times, step_ns: Times, usual_ns: float, rounded_to_ns: int) -> bool:
    """Whether the steps differ by the rounding of the stamps alone."""
    odd = int(np.count_nonzero(step_ns != usual_ns))
    whole = not (step_ns % usual_ns).any()  # every row on the grid of the usual step: a few longer steps are lost rows
    return (odd >= LEAST_ODD or (odd > 0 and not whole)) and _even(t_ns, rounded_to_ns, usual_ns)


def _per_row_ns(t_ns: Times, step_ns: Times, usual_ns: float, rounded_to_ns: int) -> float:
    """A step of the grid: of the longest stretch without a hole if it is rounded, else of all steps that lost no row."""
    holes = np.concatenate(([0], np.flatnonzero(step_ns > HOLE * usual_ns) + 1, [len(t_ns)]))
    n = int(np.argmax(np.diff(holes)))
    stretch = t_ns[holes[n] : holes[n + 1]]
    if len(stretch) > 2 and _rounded(stretch, np.diff(stretch), usual_ns, rounded_to_ns):
        return float(stretch[-1] - stretch[0]) / (len(stretch) - 1)
    return float(step_ns[step_ns <= UNEVEN * usual_ns].mean()) if (step_ns % usual_ns).any() else usual_ns


def _with_lost_rows(t_ns: Times, step_ns: Times, usual_ns: float, rounded_to_ns: int) -> RowTimes | None:
    """None unless some steps are longer and every row is still near its place."""
    per_row_ns = _per_row_ns(t_ns, step_ns, usual_ns, rounded_to_ns)
    rows = np.rint(step_ns / per_row_ns)
    if per_row_ns != usual_ns:  # rounding alone may make a step longer by one unit
        rows[(rows == 2) & (step_ns - rounded_to_ns <= per_row_ns)] = 1.0
    rows = np.maximum(rows, 1.0)
    if rows.max() < 2 or rows.sum() + 1 > MOST_PLACES * len(t_ns):
        return None
    place = np.concatenate(([0], np.cumsum(rows.astype(np.int64))))
    if per_row_ns != usual_ns:
        per_row_ns = float(t_ns[-1] - t_ns[0]) / float(place[-1])
    off_ns = (t_ns - t_ns[0]) - place * per_row_ns
    off_ns = off_ns - np.polyval(np.polyfit(place, off_ns, 1), place)
    if np.ptp(off_ns) / 2 >= max(NEAR * per_row_ns, min(ROUNDED * rounded_to_ns, per_row_ns / 2)):
        return None
    return RowTimes(1e9 / per_row_ns, place, int(rows.max()) - 1)
