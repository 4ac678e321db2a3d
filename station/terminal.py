"""A guided procedure in the terminal: sheets as lines of plain text, answers as lines typed. No curses, so it also works in a pipe."""

from __future__ import annotations

import io
import os
import select
from collections.abc import Callable
from typing import Protocol, TextIO

from station.core.readings import Board, EndOfBoard, Readings
from station.core.sheet import Answer, Procedure, Sheet
from station.text.catalogue import Catalogue
from station.words import Num, Words, say

BLOCK_S = 0.05
SAME_PROBLEM_S = 5.0
"""A problem whose number moves is told again after this much data time, not ten times a second."""
STUCK_S = 900.0
"""Nobody answers (`yes`) and the same thing is asked for this long: it will not get better. A cold board needs ten minutes."""
TYPED: dict[str, Answer] = {
    **dict.fromkeys(("y", "yes", "j", "ja"), "yes"),
    **dict.fromkeys(("n", "no", "nein"), "no"),
    **dict.fromkeys(("b", "back", "z", "zurück"), "back"),
    **dict.fromkeys(("q", "quit", "stop"), "stop"),
    "+": "more",
    "-": "less",
}


class Lines:
    """Lines typed or piped in. From a terminal they are taken as they come; from a pipe only when they are asked for."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._rest = b""
        try:
            self._fd: int | None = stream.fileno()
        except (io.UnsupportedOperation, ValueError):
            self._fd = None
        self.typed = stream.isatty()

    def take(self, *, wait: bool) -> str | None:
        """The next line without its end; None when none is there and nobody waits. Raises EOFError after the last one."""
        if self._fd is None:
            line = self._stream.readline()
            if not line:
                raise EOFError
            return line.strip()
        while b"\n" not in self._rest:
            if not select.select([self._fd], [], [], None if wait else 0.0)[0]:
                return None
            more = os.read(self._fd, 4096)
            if not more:
                if not self._rest:
                    raise EOFError
                more = b"\n"
            self._rest += more
        line_bytes, _, self._rest = self._rest.partition(b"\n")
        return line_bytes.decode("utf-8", "replace").strip()


class Hand(Protocol):
    """Who does at the plate what a sheet asks: the simulated operator."""

    def obey(self, sheet: Sheet, now_s: float) -> None: ...


class Terminal:
    """yes: NEXT and YES are answered here, a question about a problem ends it; live: a terminal, where progress moves in one line."""

    def __init__(self, catalogue: Catalogue, write: Callable[[str], None], lines: Lines, *, yes: bool = False, live: bool = False) -> None:
        self._catalogue, self._write, self._lines = catalogue, write, lines
        self._yes, self._live = yes, live
        self._shown = ("", "")
        self._problem: tuple[str, str, float] = ("", "", 0.0)
        self._verdicts: tuple[str, ...] = ()
        self._asked = ""
        self._percent = -1
        self._stuck: tuple[object, float] = (None, 0.0)

    def run(self, procedure: Procedure, board: Board, hand: Hand | None = None) -> bool:
        """To its end; True when it passed. A board with a `hand` is simulated: its time waits for the person who types."""
        now_s: float | None = None
        while True:
            sheet = procedure.sheet
            self._show(sheet, now_s or 0.0)
            if sheet.over:
                return bool(sheet.passed)
            if hand is not None and now_s is not None:
                hand.obey(sheet, now_s)
            self._answer(procedure, sheet, wait=hand is not None, now_s=now_s or 0.0)
            readings = _read(board)
            if readings is None:
                procedure.answer("stop")
                continue
            now_s = readings.until_ns / 1e9
            procedure.feed(readings)

    # --- answers ---------------------------------------------------------------------------------------------------------------

    def _answer(self, procedure: Procedure, sheet: Sheet, *, wait: bool, now_s: float) -> None:
        if self._yes:
            self._by_itself(procedure, sheet, now_s)
            return
        asked = bool(sheet.asks)
        if not asked and not self._lines.typed:
            return
        try:
            line = self._lines.take(wait=wait and asked)
        except EOFError:
            if asked:
                self._line(say("terminal.no-answer"))
                procedure.answer("stop")
            return
        if line is not None:
            self._typed(procedure, sheet, line)

    def _typed(self, procedure: Procedure, sheet: Sheet, line: str) -> None:
        answer = TYPED.get(line.lower())
        number = _number(line)
        if answer in ("back", "stop"):
            procedure.answer(answer)
        elif not sheet.asks:
            return
        elif sheet.asks == "weight" and number is not None:
            procedure.answer("next", number)
        elif not line and sheet.asks != "yes-no":
            procedure.answer("next")
        elif answer in {"yes-no": ("yes", "no"), "weight": ("more", "less")}.get(sheet.asks, ()) and answer is not None:
            procedure.answer(answer)
        else:
            self._line(say("terminal.unknown", line=line))
            self._asked = ""

    def _by_itself(self, procedure: Procedure, sheet: Sheet, now_s: float) -> None:
        where = (sheet.step, sheet.at, sheet.corner)
        if where != self._stuck[0]:
            self._stuck = (where, now_s)
        if now_s - self._stuck[1] > STUCK_S or (sheet.problem is not None and sheet.asks in ("weight", "yes-no")):
            self._line(say("terminal.gave-up"))
            procedure.answer("stop")
        elif sheet.asks:
            procedure.answer("yes" if sheet.asks == "yes-no" else "next")

    # --- lines -----------------------------------------------------------------------------------------------------------------

    def _show(self, sheet: Sheet, now_s: float) -> None:
        text = self._catalogue.text
        said, do = text(sheet.say), text(sheet.do)
        if said and said != self._shown[0]:
            self._put(f"[{min(sheet.index + 1, sheet.of)}/{sheet.of}] {said}")
            self._asked = ""
        if do and do != self._shown[1]:
            self._put(f"      {do}")
        self._shown = (said, do)
        self._show_verdicts(sheet)
        self._show_problem(sheet, now_s)
        self._show_question(sheet)
        self._show_progress(sheet)

    def _show_verdicts(self, sheet: Sheet) -> None:
        text = self._catalogue.text
        lines = [f"{'ok' if v.ok else '!!'}  {text(v.what)} {text(v.do)}".rstrip() for v in sheet.verdicts]
        if sheet.step in ("fit", "done"):
            lines += [text(_mark_words(mark.number, *mark.error_mm)) for mark in sheet.marks if mark.error_mm is not None]
        if tuple(lines) != self._verdicts:
            for line in lines:
                self._put(f"      {line}")
            self._asked = ""
        self._verdicts = tuple(lines)

    def _show_problem(self, sheet: Sheet, now_s: float) -> None:
        if sheet.problem is None:
            self._problem = ("", "", 0.0)
            return
        kind, told = sheet.problem.id, self._catalogue.text(sheet.problem)
        before, before_told, at_s = self._problem
        if kind != before or (told != before_told and now_s - at_s >= SAME_PROBLEM_S):
            self._put(f"  !!  {told}")
            self._problem = (kind, told, now_s)
            self._asked = ""

    def _show_question(self, sheet: Sheet) -> None:
        """How to answer, once a question; nobody is asked when answers come by themselves."""
        if self._yes or sheet.asks == self._asked:
            return
        self._asked = sheet.asks
        if sheet.asks == "weight":
            self._line(say("terminal.weight", kg=Num(sheet.weight_kg or 0.0, 1)))
        elif sheet.asks:
            self._line(say(f"terminal.{sheet.asks}"))

    def _show_progress(self, sheet: Sheet) -> None:
        percent = int(sheet.progress * 100)
        if self._live and percent != self._percent and 0 < percent < 100:
            self._write(f"\r      {percent:3d} %")
            self._percent = percent

    def _line(self, words: Words) -> None:
        self._put(f"      {self._catalogue.text(words)}")

    def _put(self, line: str) -> None:
        if self._percent >= 0:
            self._write("\r" + " " * 12 + "\r")
            self._percent = -1
        self._write(line + "\n")


def _mark_words(number: int, ml_mm: float, ap_mm: float) -> Words:
    side = say("terminal.mark.right") if ml_mm >= 0 else say("terminal.mark.left")
    ahead = say("terminal.mark.forward") if ap_mm >= 0 else say("terminal.mark.back")
    return say("terminal.mark", mark=Num(number), ml=Num(abs(ml_mm), 1), side=side, ap=Num(abs(ap_mm), 1), ahead=ahead)


def _read(board: Board) -> Readings | None:
    """None: a recording or a script is over."""
    try:
        return board.read(BLOCK_S)
    except EndOfBoard:
        return None


def _number(line: str) -> float | None:
    """A weight as typed, with a point or a comma, with or without its unit."""
    try:
        return float(line.lower().removesuffix("kg").strip().replace(",", "."))
    except ValueError:
        return None
