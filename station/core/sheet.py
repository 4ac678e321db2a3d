"""What a guided procedure on the board (calibration, self-test) shows and asks: plain data for screen, terminal and page alike.

A procedure is pure: readings and answers go in, a sheet comes out; its time is the readings' own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from station.core.readings import Readings
from station.words import Words

MarkState = Literal["waiting", "now", "done", "bad"]
Asks = Literal["", "next", "yes-no", "weight"]
"""The answer a sheet waits for: nothing (it goes on by itself), NEXT, YES or NO, or a weight in kg confirmed by NEXT."""

Does = Literal["", "step-off", "press-corner", "put-weight", "take-weight", "wait"]
"""What the person should do at the plate, for pictures and for the simulated person."""


@dataclass(frozen=True, slots=True)
class MarkView:
    """One marked point of the plate. `error_mm`: (ml, ap) of measured less true place, once it is known."""

    number: int
    ml_mm: float
    ap_mm: float
    state: MarkState = "waiting"
    error_mm: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class CellView:
    """One cell now. `ok` None: not judged yet."""

    load_kg: float | None = None
    rate_hz: float | None = None
    noise_g: float | None = None
    ok: bool | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """good, or what is wrong and what to do next."""

    ok: bool
    what: Words
    do: Words = field(default_factory=lambda: Words(""))


@dataclass(frozen=True, slots=True)
class Sheet:
    """A procedure at its newest reading.

    kind:     "calibrate" or "check"
    step:     name of the step ("warm-up", "corners", "zero", "weight", "points", "fit", "verify", "done"; "listen", "corners", "done")
    index, of: number of this step and how many there are
    say:      what to do now, for the screen and the voice; `do`: one sentence for the band; `problem`: what is wrong with the last thing
              done, told at once, until it is put right
    progress: 0..1 of what is being waited for
    asks, does: see above; `corner`: index into CELLS to press; `at`: (number, ml_mm, ap_mm) where the weight goes
    weight_kg: the weight in use, or as it is being entered
    marks, cells, verdicts: what there is to show; `load_kg`: on the plate now
    over:     nothing follows; `passed`: how it ended
    """

    kind: Literal["calibrate", "check"]
    step: str
    index: int = 0
    of: int = 1
    say: Words = field(default_factory=lambda: Words(""))
    do: Words = field(default_factory=lambda: Words(""))
    problem: Words | None = None
    progress: float = 0.0
    asks: Asks = ""
    does: Does = ""
    corner: int | None = None
    at: tuple[int, float, float] | None = None
    weight_kg: float | None = None
    marks: tuple[MarkView, ...] = ()
    cells: tuple[CellView, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    load_kg: float | None = None
    over: bool = False
    passed: bool | None = None

    def to_json(self) -> dict[str, Any]:
        """For the live socket: words stay ids with arguments (`Catalogue.with_texts` turns them into text)."""
        return {
            "kind": self.kind,
            "step": self.step,
            "index": self.index,
            "of": self.of,
            "say": self.say.to_json(),
            "do": self.do.to_json(),
            "problem": None if self.problem is None else self.problem.to_json(),
            "progress": self.progress,
            "asks": self.asks,
            "does": self.does,
            "corner": self.corner,
            "at": None if self.at is None else list(self.at),
            "weight_kg": self.weight_kg,
            "marks": [
                {"number": m.number, "ml_mm": m.ml_mm, "ap_mm": m.ap_mm, "state": m.state, "error_mm": m.error_mm and list(m.error_mm)}
                for m in self.marks
            ],
            "cells": [{"load_kg": c.load_kg, "rate_hz": c.rate_hz, "noise_g": c.noise_g, "ok": c.ok} for c in self.cells],
            "verdicts": [{"ok": v.ok, "what": v.what.to_json(), "do": v.do.to_json()} for v in self.verdicts],
            "load_kg": self.load_kg,
            "over": self.over,
            "passed": self.passed,
        }


Answer = Literal["next", "back", "yes", "no", "stop", "more", "less"]
"""`more` and `less` change the weight where no number can be typed; `back` repeats the last point or step; `stop` ends without a result."""


class Procedure(Protocol):
    """A guided procedure. `feed` takes every block of readings as it came from the board."""

    @property
    def sheet(self) -> Sheet: ...

    def feed(self, readings: Readings) -> None: ...

    def answer(self, answer: Answer, weight_kg: float | None = None) -> None:
        """What makes no sense now is told in `sheet.problem`, never raised."""
        ...

    @property
    def result(self) -> Mapping[str, Any] | None:
        """What is to be kept (JSON-able) once the sheet is `over` and `passed`; None before, and when there is nothing to keep."""
        ...
