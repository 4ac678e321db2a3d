"""The READY gate: what holds a timed test back, and what a game does not mind."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from station.core.calibration import Calibration
from station.core.frames import Plate
from station.core.geometry import Geometry
from station.core.ready import Ready, gate, noise_of
from station.text.catalogue import Catalogue, parts
from station.words import Words, say

CALIBRATION = Calibration.from_gains(Geometry(), (1e-4,) * 4, id="test")
PLATE = Plate(state="empty", zero_checked=True, noise_n=(0.01, 0.01, 0.02, 0.01))
GOOD = Ready((), (80.0, 80.1, 79.9, 80.0), noise_of(PLATE), PLATE, CALIBRATION)


@dataclass(frozen=True)
class Found:
    """A fault, as the watch gives it."""

    kind: str
    what: Words
    stops: bool = False
    holds_tests: bool = True


SILENT = Found("silent", say("hardware.fault.silent", cell=say("hardware.front-left")), stops=True)
TWIST = Found("twist", say("hardware.fault.twist-board"))
WARM = Found("hot", say("hardware.fault.hot"), holds_tests=False)


def said(ready: Ready, *, timed: bool = True) -> list[str]:
    return [Catalogue("en").text(words) for words in gate(ready, timed=timed)]


def test_a_board_that_is_ready_holds_nothing_back() -> None:
    assert gate(GOOD) == ()


@pytest.mark.parametrize(
    ("ready", "sentence"),
    [
        (replace(GOOD, faults=(SILENT,)), "Front left is not answering."),
        (replace(GOOD, faults=(TWIST,)), "The four corners disagree."),
        (replace(GOOD, calibration=replace(CALIBRATION, id="")), "This board needs calibration."),
        (replace(GOOD, calibration=replace(CALIBRATION, grade="games")), "The calibration of this board is good for games only."),
        (replace(GOOD, plate=replace(PLATE, zero_checked=False)), "The board was not seen empty yet."),
        (replace(GOOD, plate=replace(PLATE, state="object", load_n=23.5)), "Something of 2.4 kg lies on the board."),
        (replace(GOOD, rates_hz=()), "The board has not spoken long enough."),
        (replace(GOOD, rates_hz=(80.0, 80.0, 11.7, 80.0)), "Rear left gives 11.7 readings a second; a test needs 60."),
        (replace(GOOD, noise_g=(1.0, 44.0, 1.0, 1.0)), "Front right noise is 44 g; a test needs 30 g or less."),
    ],
)
def test_a_test_is_held_back_with_one_sentence(ready: Ready, sentence: str) -> None:
    assert said(ready) == [sentence]


def test_everything_that_is_wrong_is_told_at_once_and_nothing_twice() -> None:
    standing = Found("standing", say("hardware.fault.standing"))
    plate = Plate(state="loaded")
    assert said(Ready((SILENT, standing), (0.0,) * 4, (), plate, None)) == [
        "Front left is not answering.",
        "The board cannot find its zero: somebody stands on it.",
        "The board has not spoken long enough.",
    ]


def test_a_game_only_minds_what_stops_every_run() -> None:
    poor = Ready((TWIST, WARM), (20.0,) * 4, (90.0,) * 4, Plate(), replace(CALIBRATION, id=""))
    assert gate(poor, timed=False) == ()
    assert gate(replace(poor, faults=(SILENT, TWIST)), timed=False) == (SILENT.what,)


def test_what_is_only_shown_holds_nothing_back() -> None:
    assert gate(replace(GOOD, faults=(WARM,))) == ()


def test_every_reason_has_its_next_step() -> None:
    texts = {id for part in parts().values() for id in part if id.startswith("ready.")}
    reasons = {id for id in texts if not id.endswith(".do")}
    assert len(reasons) == 7
    assert {f"{id}.do" for id in reasons} == texts - reasons
