"""Calibration and daily check as a whole: silence is told, STOP keeps nothing, the daily check sees what has moved."""

from __future__ import annotations

import json

import numpy as np
import pytest
from made_plate import GAIN_KG, GEOMETRY, NOMINAL, Table

from station.core.calibration import Calibration
from station.core.marks import calibration_marks
from station.core.readings import Readings, Sample
from station.core.sheet import Procedure
from station.service.calibrate import Calibrate
from station.service.daily import DailyCheck
from station.text.catalogue import Catalogue

CENTRE = (0.0, 0.0)


def calibrate() -> Calibrate:
    return Calibrate(GEOMETRY, Sample(), new_id=lambda: "one", date="2026-01-02", software="1", nominal=NOMINAL)


def problem(procedure: Procedure) -> str:
    return "" if procedure.sheet.problem is None else Catalogue("en").text(procedure.sheet.problem)


def test_a_silent_corner_is_told_and_forgiven_when_it_comes_back() -> None:
    table, procedure = Table(), calibrate()
    procedure.feed(table.readings(2))
    assert procedure.sheet.problem is None
    procedure.feed(table.readings(1, without=(2,)))
    assert problem(procedure) == "Rear left is not answering. Check its plug."
    assert [cell.ok for cell in procedure.sheet.cells] == [None, None, False, None]
    procedure.feed(table.readings(2))
    assert procedure.sheet.problem is None


def test_a_board_that_says_nothing_at_all_is_told() -> None:
    table, procedure = Table(), calibrate()
    procedure.feed(table.readings(1))
    procedure.feed(Readings.none(table.t_ns + 1_000_000_000))
    assert problem(procedure).endswith("is not answering. Check its plug.")
    assert procedure.result is None


def test_stop_ends_it_at_any_time_and_nothing_is_kept() -> None:
    table, procedure = Table(), calibrate()
    procedure.feed(table.readings(1))
    procedure.answer("stop")
    sheet = procedure.sheet
    assert (sheet.over, sheet.passed, sheet.step, procedure.result) == (True, False, "done", None)
    procedure.feed(table.readings(1))
    procedure.answer("next")
    assert procedure.sheet == sheet


def test_answers_that_make_no_sense_change_nothing() -> None:
    table, procedure = Table(), calibrate()
    procedure.feed(table.readings(1))
    before = procedure.sheet
    for answer in ("yes", "no", "more", "less", "next"):
        procedure.answer(answer, 10.0)  # type: ignore[arg-type]
    assert procedure.sheet == before
    procedure.answer("back")
    assert procedure.sheet.step == "warm-up"


def test_a_sheet_is_json_without_a_single_nan() -> None:
    table, procedure = Table(), calibrate()
    procedure.feed(table.readings(2, without=(1,)))
    assert json.loads(json.dumps(procedure.sheet.to_json(), allow_nan=False))["step"] == "warm-up"


# --- daily -----------------------------------------------------------------------------------------------------------------------


def daily(table: Table) -> DailyCheck:
    gain_n = (GAIN_KG * 9.80665,) * 4
    zero = table.zero.tolist()
    made = Calibration.from_gains(GEOMETRY, gain_n, (zero[0], zero[1], zero[2], zero[3]), id="one", date="2026-01-01")
    return DailyCheck(GEOMETRY, Sample(), made, weight_kg=10.0)


def weighed(procedure: DailyCheck, table: Table, at: tuple[float, float] = CENTRE, kg: float = 10.0) -> None:
    procedure.feed(table.readings(4))
    assert procedure.sheet.asks == "weight"
    procedure.answer("next")
    assert procedure.sheet.at == (5, *CENTRE)
    procedure.feed(table.readings(4, kg, at))


def test_a_board_that_still_holds_is_fine() -> None:
    table = Table()
    procedure = daily(table)
    weighed(procedure, table)
    assert (procedure.sheet.over, procedure.sheet.passed, procedure.result) == (True, True, None)
    assert Catalogue("en").text(procedure.sheet.say) == "The calibration still holds."


@pytest.mark.parametrize(("at", "kg", "oks"), [((4.0, 0.0), 10.0, [False, True]), (CENTRE, 10.4, [True, False])])
def test_a_place_or_a_weight_that_is_off_asks_for_a_new_calibration(at: tuple[float, float], kg: float, oks: list[bool]) -> None:
    table = Table()
    procedure = daily(table)
    weighed(procedure, table, at, kg)
    assert (procedure.sheet.passed, [v.ok for v in procedure.sheet.verdicts]) == (False, oks)


def test_the_daily_check_names_the_mark_that_the_weight_is_on() -> None:
    table = Table()
    procedure = daily(table)
    mark = calibration_marks(9)[2]
    weighed(procedure, table, (mark.ml_mm, mark.ap_mm))
    assert problem(procedure) == "The weight is on mark 3. Put it on mark 5."


def test_nobody_stands_on_the_plate_while_the_daily_check_takes_its_zero() -> None:
    table = Table()
    procedure = daily(table)
    procedure.feed(table.readings(4, 60.0))
    assert "Please step off first." in problem(procedure)
    assert np.isfinite(procedure.sheet.load_kg or 0.0)
