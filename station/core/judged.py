"""What a verdict is made of, and how a number above a limit becomes a reason."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from station.core.frames import FS_HZ, Frames
from station.core.geometry import Geometry
from station.core.readings import CELLS
from station.words import Words, say

SWAY_KINDS = ("quiet", "hold")
USABLE, REJECT = "usable", "reject"
Row = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Judged:
    """What a verdict is made of; what is not known is left at its default and gives no reason.

    window:       frames of the window alone
    kind:         quiet, hold, target, reps, game: only the first two are judged as sway
    flags_by_cell, rate_hz (Hz), p99_periods: of the conversions in the window: counts by flag, measured rate of each cell, 99th
                  percentile of the interval in periods
    expected_s:   the protocol's length of a timed stance; None when it has none
    bw_n:         body weight, 0 when unknown
    lowpass_hz:   of the measures; None: none
    noise_n:      SD of each cell on the empty plate; zero_drift_n: zero after less zero before, each cell
    verified_mm:  rms error of the calibration's verification points; twist: what a healthy plate of this calibration disagrees by
                  (`Calibration.twist`); None: never verified, never learnt
    board_moved:  the board was moved since it was calibrated; clock_known: somebody knew what day it was
    settled_s:    standing before the window
    touch_downs, supports: how many were seen inside the window and did not end it
    faults:       what the watch on the board said meanwhile (weak power, a noisy cell ...), in its own sentences
    """

    window: Frames
    kind: str
    flags_by_cell: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    rate_hz: tuple[float, ...] = ()
    p99_periods: float = 1.0
    expected_s: float | None = None
    bw_n: float = 0.0
    geometry: Geometry = field(default_factory=Geometry)
    lowpass_hz: float | None = 10.0
    calibrated: bool = True
    zero_checked: bool = True
    noise_n: Row = (0.0, 0.0, 0.0, 0.0)
    zero_drift_n: Row | None = None
    calibration_age_days: float | None = None
    verified_mm: float | None = None
    twist: Row | None = None
    board_moved: bool = False
    clock_known: bool = True
    settled_s: float | None = None
    touch_downs: int = 0
    supports: int = 0
    faults: tuple[Words, ...] = ()

    @property
    def is_sway(self) -> bool:
        return self.kind in SWAY_KINDS


Reason = tuple[str, Words]
Check = Callable[[Judged], Iterator[Reason]]


def grade(value: float, usable: float, reject: float = math.inf) -> str:
    """What a value above one limit or the other makes of the trial; "" when it is above neither."""
    return REJECT if value > reject else USABLE if value > usable else ""


def reason(graded: str, id: str, **args: object) -> Iterator[Reason]:
    """Nothing when nothing fired."""
    if graded:
        yield graded, say(id, **args)


def cell_name(index: int) -> Words:
    return say(f"quality.cell.{CELLS[index].replace('_', '-')}")


def longest(of: npt.NDArray[np.bool_]) -> int:
    """Length of the longest run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], of, [False])).astype(np.int8)))
    return int((edges[1::2] - edges[::2]).max()) if len(edges) else 0


def longest_s(of: npt.NDArray[np.bool_]) -> float:
    """The same in seconds of frames."""
    return longest(of) / FS_HZ


def valid_pct(window: Frames) -> float:
    """Share of frames with a value of all four cells; the filter's reach around a gap does not count against it."""
    return 100 * float(window.valid.mean()) if len(window) else 0.0
