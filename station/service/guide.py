"""What every guided procedure shares: steps one after another, each with its own face; silence is told, STOP and BACK always work."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol

from station.core.corners import Order, corner_words
from station.core.geometry import Geometry
from station.core.readings import Readings, Timing
from station.core.sheet import Answer, CellView, MarkView, Sheet, Verdict
from station.service.feel import Feel, Slice
from station.service.scale import STRAIGHT
from station.words import Words, say

Leaves = Literal["", "on", "back", "failed"]
"""A step stays, is done, gives way to the step before it, or ends it all."""


class Step(Protocol):
    """One screen of a procedure."""

    @property
    def leaves(self) -> Leaves: ...

    @property
    def face(self) -> Sheet:
        """What it shows; number, cells without a view of their own and silence are filled in by the guide."""
        ...

    def feed(self, slice: Slice) -> None: ...

    def answer(self, answer: Answer, weight_kg: float | None) -> None:
        """next, yes, no, more or less; what makes no sense now changes nothing or is told."""
        ...

    def back(self) -> bool:
        """Undo the last thing of this step; False when there is nothing to undo."""
        ...


@dataclass(frozen=True, slots=True)
class Ending:
    """How it ended; `result` is what is to be kept."""

    passed: bool
    say: Words
    verdicts: tuple[Verdict, ...] = ()
    marks: tuple[MarkView, ...] = ()
    result: Mapping[str, Any] | None = None


class Guide(ABC):
    """A `Procedure` made of named steps. The subclass makes each step when it is reached (`_make`) and says how it ended (`_ending`)."""

    kind: Literal["calibrate", "check"] = "calibrate"

    def __init__(self, geometry: Geometry, timing: Timing, names: Sequence[str]) -> None:
        self._feel = Feel(geometry, timing)
        self._names = tuple(names)
        self._order: Order = STRAIGHT  # order[corner]: the cell of the readings that carries it, once that is known
        self._at = 0
        self._step = self._make(self._names[0])
        self._end: Ending | None = None

    @abstractmethod
    def _make(self, name: str) -> Step:
        """The step of that name, as what was learnt so far makes it."""

    @abstractmethod
    def _ending(self, step: Step) -> Ending:
        """After the last step, or after one that failed."""

    @abstractmethod
    def _leave(self, name: str, step: Step) -> None:
        """What the steps to come need of one that is done."""

    def feed(self, readings: Readings) -> None:
        for slice in self._feel.feed(readings):
            if self._end is None:
                self._step.feed(slice)
                self._follow()

    def answer(self, answer: Answer, weight_kg: float | None = None) -> None:
        if self._end is not None:
            return
        if answer == "stop":
            self._end = Ending(False, say("calibrate.stopped"), (Verdict(False, say("calibrate.stopped"), say("calibrate.nothing-kept")),))
        elif answer == "back":
            if not self._step.back():
                self._go(max(0, self._at - 1))
        else:
            self._step.answer(answer, weight_kg)
            self._follow()

    def _follow(self) -> None:
        match self._step.leaves:
            case "on" if self._at + 1 < len(self._names):
                self._leave(self._names[self._at], self._step)
                self._go(self._at + 1)
            case "on" | "failed":
                self._end = self._ending(self._step)
            case "back":
                self._go(max(0, self._at - 1))
            case _:
                pass

    def _go(self, at: int) -> None:
        self._at = at
        self._step = self._make(self._names[at])

    @property
    def sheet(self) -> Sheet:
        of = len(self._names) + 1
        if self._end is not None:
            end = self._end
            more = say("calibrate.kept-next") if end.result is not None else say("calibrate.nothing-kept")
            return Sheet(
                self.kind, "done", of - 1, of, say=end.say, do=more, progress=1.0, marks=end.marks, verdicts=end.verdicts,
                over=True, passed=end.passed,
            )  # fmt: skip
        face = self._step.face
        rates_hz, order = self._feel.rates_hz, self._order
        silent_cells = self._feel.silent
        silent = [corner for corner, cell in enumerate(order) if cell in silent_cells]
        cells = face.cells or (CellView(),) * 4
        rated = tuple(
            replace(view, rate_hz=rates_hz[order[corner]] or None, ok=False if corner in silent else view.ok)
            for corner, view in enumerate(cells)
        )
        problem = say("calibrate.silent", cell=corner_words(silent[0])) if silent else face.problem
        return replace(face, index=self._at, of=of, cells=rated, problem=problem)

    @property
    def result(self) -> Mapping[str, Any] | None:
        return self._end.result if self._end is not None and self._end.passed else None
