"""The guided procedure on the wall: what its sheet says is spoken once, what a person presses becomes an answer to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from station.core.sheet import Answer, Sheet
from station.core.view import Speak, Tone
from station.flow.effects import FlowEffect, ServiceAnswered, ServiceLeft
from station.flow.intents import Intent, Point
from station.flow.pieces import inside
from station.flow.service import LESS_BOX, MORE_BOX, OK_BOX, STOP_BOX
from station.flow.service import NO_BOX as NO
from station.flow.service import YES_BOX as YES

S = 1_000_000_000
ABANDONED_S = 600.0  # a procedure that waits for somebody who has gone: the station is for others again
KEYS: dict[Intent, Answer] = {
    Intent.NEXT: "next",
    Intent.YES: "yes",
    Intent.NO: "no",
    Intent.BACK: "back",
    Intent.STOP: "stop",
    Intent.LEFT: "less",
    Intent.RIGHT: "more",
}


@dataclass(slots=True)
class OnService:
    """`sheet` None: there is no procedure. It stays on the wall when it is over, until a press or a new run."""

    effects: list[FlowEffect]
    sheet: Sheet | None = None
    _moved_ns: int = 0

    @property
    def busy(self) -> bool:
        return self.sheet is not None and not self.sheet.over

    def show(self, sheet: Sheet | None, now_ns: int) -> None:
        """The sheet as it stands now. What it says anew is spoken; what is wrong comes first."""
        before, self.sheet = self.sheet, sheet
        if sheet is None:
            return
        if before is None or _moment(sheet) != _moment(before):
            self._moved_ns = now_ns
        told = None if before is None or before.problem is None else before.problem.id
        if sheet.problem is not None and sheet.problem.id != told:
            self.effects += [Tone("heavy"), Speak(sheet.problem)]
        elif before is None or _said(sheet) != _said(before):
            self.effects += [*_tones(before, sheet), Speak(sheet.say)]

    def press(self, intent: Intent | Point, now_ns: int) -> None:
        """A key, a button or a touch on what the sheet shows."""
        self._moved_ns = now_ns
        sheet = self.sheet
        if sheet is None:
            return
        answer = _touched(intent, sheet) if isinstance(intent, Point) else KEYS.get(intent)
        if answer is None:
            return
        if sheet.over:
            self.effects.append(ServiceLeft())
        elif sheet.asks == "yes-no" and answer == "next":
            self.effects.append(ServiceAnswered("yes"))
        elif sheet.asks != "yes-no" and answer == "yes":
            self.effects.append(ServiceAnswered("next"))
        else:
            self.effects.append(ServiceAnswered(answer))

    def tick(self, now_ns: int) -> None:
        """Nobody is there any more."""
        if self.sheet is not None and now_ns - self._moved_ns >= ABANDONED_S * S:
            self._moved_ns = now_ns
            self.effects.append(ServiceLeft() if self.sheet.over else ServiceAnswered("stop"))


def _touched(at: Point, sheet: Sheet) -> Answer | None:
    """What lies under a touch; when there is only one way on, it is everywhere but on "stop"."""
    x, y = at.x, at.y
    if sheet.over:
        return "next"
    if inside(x, y, STOP_BOX):
        return "stop"
    if sheet.asks == "yes-no":
        return "yes" if inside(x, y, YES) else "no" if inside(x, y, NO) else None
    if sheet.asks == "weight":
        return "less" if inside(x, y, LESS_BOX) else "more" if inside(x, y, MORE_BOX) else "next" if inside(x, y, OK_BOX) else None
    return "next" if sheet.asks == "next" else None


def _said(sheet: Sheet) -> tuple[Any, ...]:
    """What makes a sentence a new one: not the weight that is being entered, nor a number that counts."""
    return sheet.step, sheet.say.id, sheet.corner, sheet.at, sheet.over


def _moment(sheet: Sheet) -> tuple[Any, ...]:
    """What moves while a procedure goes on by itself."""
    return _said(sheet), round(sheet.progress, 2), sheet.weight_kg, sheet.asks


def _tones(before: Sheet | None, sheet: Sheet) -> list[FlowEffect]:
    if sheet.over:
        return [Tone("done" if sheet.passed else "trouble")]
    if before is not None and _done(sheet) > _done(before):
        return [Tone("rep")]
    return [Tone("ready")] if before is None or before.step != sheet.step else []


def _done(sheet: Sheet) -> int:
    return sum(mark.state == "done" for mark in sheet.marks)
