"""Sheets as lines and lines as answers: a procedure of three questions, and a board that only tells the time."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from typing import Any

import pytest
from made_plate import GEOMETRY, NOMINAL

from station.core.readings import EndOfBoard, Readings, Sample, Timing
from station.core.sheet import Answer, MarkView, Sheet
from station.service.calibrate import Calibrate
from station.terminal import Lines, Terminal
from station.text.catalogue import Catalogue
from station.words import Num, say


@pytest.mark.parametrize(
    ("at_mm", "told"),
    [((0.94, -0.4), "mark 3: 0.9 mm to the right and 0.4 mm back"), ((-0.9, 0.4), "mark 3: 0.9 mm to the left and 0.4 mm forward")],
)
def test_how_far_a_mark_is_off_is_told_with_a_direction_and_without_a_sign(at_mm: tuple[float, float], told: str) -> None:
    class Ended:
        sheet = Sheet("calibrate", "done", over=True, passed=True, marks=(MarkView(3, 0.0, 0.0, "done", at_mm),))
        result = None

        def feed(self, readings: Readings) -> None:
            """It is over."""

        def answer(self, answer: Answer, weight_kg: float | None = None) -> None:
            """It is over."""

    lines: list[str] = []
    assert Terminal(Catalogue("en"), lines.append, Lines(io.StringIO(""))).run(Ended(), Ticking())
    assert [line.strip() for line in lines] == [told]


class Ticking:
    """A board without a single reading."""

    name, demo, geometry = "ticking", True, GEOMETRY
    timing: Timing = Sample()

    def __init__(self, step_s: float = 1.0, most: int = 1000) -> None:
        self._step_ns, self._most, self._n = int(step_s * 1e9), most, 0

    def read(self, timeout_s: float) -> Readings:
        self._n += 1
        if self._n > self._most:
            raise EndOfBoard
        return Readings.none(self._n * self._step_ns)

    def close(self) -> None:
        """Nothing is held."""


class Questions:
    """Asks for a weight, then yes or no, then NEXT; remembers every answer."""

    def __init__(self) -> None:
        self.answers: list[tuple[Answer, float | None]] = []
        self._at = 0
        self._over = False
        self._n = 0

    @property
    def sheet(self) -> Sheet:
        asks = ("weight", "yes-no", "next")
        if self._over or self._at == len(asks):
            return Sheet("check", "done", say=say("calibrate.good"), over=True, passed=not self._over)
        problem = say("calibrate.zero.loaded", kg=Num(self._n / 10, 1)) if self._at == 2 else None
        return Sheet(
            "check", asks[self._at], say=say("calibrate.weight"), asks=asks[self._at], weight_kg=10.0, problem=problem, progress=0.5
        )

    def feed(self, readings: Readings) -> None:
        self._n += 1

    def answer(self, answer: Answer, weight_kg: float | None = None) -> None:
        self.answers.append((answer, weight_kg))
        self._over = answer == "stop"
        if answer in ("next", "yes", "no"):
            self._at += 1

    @property
    def result(self) -> Mapping[str, Any] | None:
        return None


class Nobody:
    def obey(self, sheet: Sheet, now_s: float) -> None:
        """Stands beside the board."""


def told(questions: Questions, lines: str, *, language: str = "en", live: bool = False, most: int = 1000) -> str:
    out: list[str] = []
    terminal = Terminal(Catalogue(language), out.append, Lines(io.StringIO(lines)), live=live)
    terminal.run(questions, Ticking(most=most), Nobody())
    return "".join(out)


def test_a_weight_may_be_typed_with_a_comma_and_its_unit() -> None:
    questions = Questions()
    assert "Type the weight in kg, or Enter for 10.0 kg." in told(questions, "12,5 kg\ny\n\n")
    assert questions.answers == [("next", 12.5), ("yes", None), ("next", None)]


def test_german_answers_are_understood() -> None:
    questions = Questions()
    assert "Tippe das Gewicht" in told(questions, "\nnein\nz\nq\n", language="de")
    assert questions.answers == [("next", None), ("no", None), ("back", None), ("stop", None)]


def test_plus_and_minus_change_the_weight_and_nonsense_is_told() -> None:
    questions = Questions()
    said = told(questions, "+\n-\ny\n\n\nperhaps\nn\n\n")
    assert questions.answers == [("more", None), ("less", None), ("next", None), ("no", None), ("next", None)]
    assert [line.strip() for line in said.splitlines() if "no answer" in line] == [
        '"y" is no answer here.',
        '"" is no answer here.',
        '"perhaps" is no answer here.',
    ]


def test_a_board_that_ends_stops_the_procedure() -> None:
    questions = Questions()
    told(questions, "b\n" * 9, most=3)
    assert questions.answers[-1] == ("stop", None)


def test_a_real_board_goes_on_while_nobody_types() -> None:
    """The question waits in the board's own time; the line is read from a true pipe once it comes."""
    questions, (read_end, write_end) = Questions(), os.pipe()
    out: list[str] = []

    class Slow(Ticking):
        def read(self, timeout_s: float) -> Readings:
            if self._n == 20:
                os.write(write_end, b"7\ny\n\n")
            return super().read(timeout_s)

    with os.fdopen(read_end) as stream:
        passed = Terminal(Catalogue("en"), out.append, Lines(stream)).run(questions, Slow())
    os.close(write_end)
    assert (passed, questions.answers) == (True, [("next", 7.0), ("yes", None), ("next", None)])


def test_a_moving_number_is_no_new_line_each_time() -> None:
    questions, out = Questions(), list[str]()
    questions.answer("next")
    questions.answer("yes")
    read_end, write_end = os.pipe()
    with os.fdopen(read_end) as stream:
        Terminal(Catalogue("en"), out.append, Lines(stream)).run(questions, Ticking(0.1, most=120))
    os.close(write_end)
    assert 2 <= sum("kg on the plate" in line for line in out) <= 4


def test_progress_stays_in_one_line_of_a_terminal() -> None:
    said = told(Questions(), "7\ny\n\n", live=True)
    assert "\r       50 %" in said
    assert "%\n" not in said


def test_nobody_waits_for_ever_for_a_board_that_says_nothing() -> None:
    procedure = Calibrate(GEOMETRY, Sample(), new_id=lambda: "one", date="", software="1", nominal=NOMINAL)
    out: list[str] = []
    terminal = Terminal(Catalogue("en"), out.append, Lines(io.StringIO("")), yes=True)
    assert not terminal.run(procedure, Ticking(10.0), Nobody())
    assert any("This needs a person." in line for line in out)
    assert procedure.result is None
