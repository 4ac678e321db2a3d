"""What every board yields: one row per conversion of one cell, as it arrived. Nothing is filtered, averaged or dropped."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from station.core.geometry import Geometry

CELLS = ("front_left", "front_right", "rear_left", "rear_right")
"""Order of the four cells everywhere, as the person stands facing the screen."""


class Flag(IntFlag):
    """Why a reading is not to be trusted; 0 is good. Stored in recordings: never renumber.

    RESET, GAP_BEFORE and TIME_POLLED say something about the reading; every other one means "do not use the count".
    """

    SCK_LATE = 1 << 0
    NOT_RELEASED = 1 << 1
    LATE_END = 1 << 2
    RAIL = 1 << 3
    REPEAT = 1 << 4
    RESET = 1 << 5
    SETTLING = 1 << 6
    GAP_BEFORE = 1 << 7
    TIME_POLLED = 1 << 8
    DUPLICATE = 1 << 9


USABLE = Flag.RESET | Flag.GAP_BEFORE | Flag.TIME_POLLED
"""Flags that leave the count usable."""


@dataclass(frozen=True, slots=True)
class Readings:
    """n conversions in the order they arrived (n may be 0).

    cell:  (n,) uint8   index into CELLS
    t_ns:  (n,) int64   monotonic nanoseconds, unsmoothed: the data-ready edge, or the sample time, as the board's `timing` says
    count: (n,) int32   raw ADC code, 24-bit two's complement; a CSV in newtons replays as micronewtons
    flag:  (n,) uint16  0 is good; bits of `Flag`
    until_ns: nothing older than this will follow, except flagged late; sent at least every 50 ms even when n = 0: this is what
              moves time when a board falls silent
    """

    cell: npt.NDArray[np.uint8]
    t_ns: npt.NDArray[np.int64]
    count: npt.NDArray[np.int32]
    flag: npt.NDArray[np.uint16]
    until_ns: int

    def __len__(self) -> int:
        return len(self.cell)

    @staticmethod
    def of(cell: Any, t_ns: Any, count: Any, flag: Any, until_ns: int) -> Readings:
        """From anything array-like, cast to the contract's types."""
        return Readings(
            np.asarray(cell, np.uint8), np.asarray(t_ns, np.int64), np.asarray(count, np.int32), np.asarray(flag, np.uint16), int(until_ns)
        )

    @staticmethod
    def none(until_ns: int) -> Readings:
        """No conversion, only time moving on."""
        return Readings.of([], [], [], [], until_ns)


@dataclass(frozen=True, slots=True)
class Edge:
    """`t_ns` is the data-ready edge of a converter that runs free; its sample lies `delay_periods` of its own periods earlier."""

    delay_periods: int = 2


@dataclass(frozen=True, slots=True)
class Sample:
    """`t_ns` is the sample time itself (a file, a polled board)."""


Timing = Edge | Sample


def timing_to_json(timing: Timing) -> dict[str, Any]:
    return {"kind": "edge", "delay_periods": timing.delay_periods} if isinstance(timing, Edge) else {"kind": "sample"}


def timing_from_json(doc: dict[str, Any]) -> Timing:
    return Edge(int(doc["delay_periods"])) if doc["kind"] == "edge" else Sample()


@dataclass(frozen=True, slots=True)
class Lost:
    """The reader had to drop readings because nobody took them for 30 s: which cells, how many, from and to when."""

    cells: tuple[int, ...]
    n: int
    from_ns: int
    to_ns: int


class Board(Protocol):
    """Real HX711s, the PyPI hx711 package, a simulated person, a recording: all are read alike."""

    name: str  # "hx711", "simulated", "replay": stored with the recording
    demo: bool  # True only for a simulated person
    geometry: Geometry
    timing: Timing

    def read(self, timeout_s: float) -> Readings:
        """The next readings; waits at most `timeout_s` of the board's time.

        Raises EndOfBoard when a recording or script is over, BoardError when the board cannot be read.
        """
        ...

    def close(self) -> None: ...


class EndOfBoard(Exception):
    """A recording or a scripted person is over: not an error."""
