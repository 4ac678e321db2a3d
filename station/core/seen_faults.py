"""Faults that the watch on the board saw during a trial: written down as marks, so that a recompute sees them too.

What frames show by themselves (a silent, stuck or saturated cell) needs no mark: the trial ends by that. What only the readings show
does: a cell that is noisy ends the trial, a board that disagrees with itself leaves it usable at best.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from station.core.readings import CELLS
from station.core.results import Event
from station.words import Words, say

ENDS, FLAGS = "fault-off", "fault"


class FoundFault(Protocol):
    """What a run needs of a fault (`hardware.faults.Fault`): of one cell (index into CELLS) or of the whole board (None)."""

    @property
    def cell(self) -> int | None: ...
    @property
    def kind(self) -> str: ...
    @property
    def stops(self) -> bool: ...
    @property
    def flags_trial(self) -> bool: ...
    @property
    def ends_trial(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class SeenFault:
    """One mark, read. `ends`: the trial ends as interrupted."""

    kind: str
    cell: int | None
    ends: bool

    @property
    def cells(self) -> tuple[str, ...]:
        return () if self.cell is None else (CELLS[self.cell],)


def marks_of(faults: Sequence[FoundFault], *, recorded: bool) -> Collection[str]:
    """The marks that these faults make; those that only flag a trial do so while it is `recorded`."""
    found = []
    for fault in faults:
        if fault.ends_trial or (recorded and fault.flags_trial and not fault.stops):
            where = "" if fault.cell is None else CELLS[fault.cell]
            found.append(f"{ENDS if fault.ends_trial else FLAGS}:{fault.kind}:{where}")
    return found


def read_mark(mark: str) -> SeenFault | None:
    """None for the mark of a person."""
    what, _, rest = mark.partition(":")
    if what not in (ENDS, FLAGS) or not rest:
        return None
    kind, _, cell = rest.partition(":")
    return SeenFault(kind, CELLS.index(cell) if cell in CELLS else None, what == ENDS)


def fault_reasons(events: Sequence[Event], start_s: float, end_s: float) -> tuple[Words, ...]:
    """What the faults seen between these times say, each once."""
    seen: dict[tuple[Any, ...], Words] = {}
    for event in events:
        if event.kind != "fault" or "kind" not in event.detail or not start_s <= event.t_s <= end_s:
            continue
        kind, cells = str(event.detail["kind"]), list(event.detail.get("cells", ()))
        if cells:
            seen[kind, cells[0]] = say(f"hardware.fault.{kind}", cell=say(f"hardware.{cells[0].replace('_', '-')}"))
        else:
            seen[kind, ""] = say("hardware.fault.twist-board") if kind == "twist" else say(f"hardware.fault.{kind}")
    return tuple(seen.values())
