"""Each screen of a calibration: it passes what is right and tells at once what is wrong."""

from __future__ import annotations

import numpy as np
import pytest
from made_plate import GAIN_KG, GEOMETRY, NOMINAL, TENTH_NS, Table, feed
from made_readings import conversions

from station.core.marks import calibration_marks, verification_marks
from station.core.readings import Edge, Sample
from station.core.sheet import Sheet
from station.service.accept import accept
from station.service.feel import Feel
from station.service.fit import Fit, fit
from station.service.guide import Step
from station.service.points import LoadMarks, arrays
from station.service.scale import Scale
from station.service.simple_steps import EnterWeight, PressCorners, TakeZero
from station.service.verify import Check, VerifyMarks
from station.service.warm_up import WarmUp
from station.text.catalogue import Catalogue

MARKS = calibration_marks(9)
AT = {m.number: (m.ml_mm, m.ap_mm) for m in (*MARKS, *verification_marks())}
CORNERS = [(0.9 * ml, 0.9 * ap) for ml, ap in GEOMETRY.cells_mm]


def problem(step: Step) -> str:
    sheet: Sheet = step.face
    return "" if sheet.problem is None else Catalogue("en").text(sheet.problem)


def said(step: Step) -> str:
    return Catalogue("en").text(step.face.say)


def rough(table: Table) -> Scale:
    return Scale.rough(GEOMETRY, NOMINAL, table.zero)


# --- warm-up ---------------------------------------------------------------------------------------------------------------------


def warm_up(timing: Sample | Edge = Sample()) -> WarmUp:  # noqa: B008
    return WarmUp(Feel(GEOMETRY, timing), timing, NOMINAL.gain_n_per_count[0])


def test_a_quiet_minute_passes_and_waits_for_next() -> None:
    step, table = warm_up(), Table()
    feed(step, table.slices(59))
    assert (step.face.asks, step.leaves) == ("", "")
    step.answer("next", None)
    assert step.leaves == ""
    feed(step, table.slices(2))
    assert (step.face.asks, step.face.problem) == ("next", None)
    step.answer("next", None)
    assert step.leaves == "on"
    assert step.rest_count == pytest.approx(table.zero, abs=100)


def test_a_drifting_corner_is_named_with_its_grams_until_it_rests() -> None:
    step = warm_up()
    table = Table(drift_g_min=np.array([0.0, 0.0, 30.0, 0.0]))
    feed(step, table.slices(62))
    assert problem(step) == "Rear left drifts by 30 g a minute. Wait until it is less than 20."
    step.answer("next", None)
    assert (step.face.asks, step.leaves) == ("", "")
    assert [cell.ok for cell in step.face.cells] == [True, True, False, True]
    feed(step, Table(t_ns=table.t_ns, zero=table.counts(0, 0, 0)).slices(62))
    assert step.face.asks == "next"


def test_a_noisy_corner_is_told_long_before_the_minute_is_over() -> None:
    step = warm_up()
    feed(step, Table().slices(16, shaky_g=25.0))
    assert "flickers by" in problem(step)


def test_a_touch_begins_the_minute_again() -> None:
    step, table = warm_up(), Table()
    feed(step, table.slices(30))
    feed(step, table.slices(1, kg=70.0))
    assert problem(step) == "Something moved on the plate. The minute begins again."
    feed(step, table.slices(40))
    assert step.face.asks == ""
    assert step.face.progress < 0.8


def test_a_converter_in_slow_mode_is_named_with_its_rate() -> None:
    feel = Feel(GEOMETRY, Edge(2))
    list(feel.feed(conversions(6.0, rate_hz=11.7)))
    step = WarmUp(feel, Edge(2), NOMINAL.gain_n_per_count[0])
    feed(step, Table().slices(16))
    assert problem(step).startswith("Front left gives 11.9 readings a second. It should give 75 to 100.")


def test_two_lost_seconds_are_survived_and_more_begin_again() -> None:
    step, table = warm_up(), Table()
    feed(step, table.slices(50))
    feed(step, table.lost(1.5))
    feed(step, table.slices(11))
    assert step.face.asks == "next"
    feed(step, table.lost(3))
    assert step.face.asks == ""


# --- corners ---------------------------------------------------------------------------------------------------------------------


def press(step: PressCorners, table: Table, corner: int, kg: float = 8.0) -> None:
    feed(step, table.slices(1.2, kg, CORNERS[corner]))
    feed(step, table.slices(1.0))


def test_plugs_in_their_places_need_no_answer() -> None:
    table = Table()
    step = PressCorners(rough(table))
    for corner in range(4):
        assert (step.face.does, step.face.corner) == ("press-corner", corner)
        press(step, table, corner)
    assert (step.leaves, step.order, step.signs) == ("on", (0, 1, 2, 3), (1, 1, 1, 1))


def test_swapped_plugs_and_a_reversed_bridge_are_found_and_offered_to_be_kept() -> None:
    table = Table(order=(3, 1, 2, 0), gain_kg=GAIN_KG * np.array([1.0, -1.05, 0.95, 1.0]))
    step = PressCorners(rough(table))
    press(step, table, 0)
    assert problem(step).startswith("Front left was asked, the board felt: Rear right.")
    for corner in (1, 2, 3):
        press(step, table, corner)
    assert (step.face.asks, step.leaves) == ("yes-no", "")
    assert len(step.face.verdicts) == 2
    step.answer("yes", None)
    assert (step.leaves, step.order, step.signs) == ("on", (3, 1, 2, 0), (1, -1, 1, 1))


def test_no_asks_for_every_corner_again() -> None:
    table = Table(order=(1, 0, 2, 3))
    step = PressCorners(rough(table))
    for corner in range(4):
        press(step, table, corner)
    step.answer("no", None)
    assert (step.face.asks, step.face.corner, step.leaves) == ("", 0, "")


def test_a_wrong_hand_is_told_and_taken_back() -> None:
    table = Table()
    step = PressCorners(rough(table))
    press(step, table, 2)
    assert "Front left was asked, the board felt: Rear left" in problem(step)
    assert step.back()
    feed(step, table.slices(0.5))
    for corner in range(4):
        press(step, table, corner)
    assert (step.leaves, step.order) == ("on", (0, 1, 2, 3))


# --- zero and weight -------------------------------------------------------------------------------------------------------------


def test_nobody_is_zeroed_while_standing_on_the_plate() -> None:
    table = Table()
    step = TakeZero(rough(table))
    feed(step, table.slices(3, 70.0))
    assert problem(step) == "There are 70.0 kg on the plate. Please step off first."
    feed(step, table.slices(4.5))
    assert step.leaves == ""
    feed(step, table.slices(0.8))
    assert step.leaves == "on"
    assert step.still.mean == pytest.approx(table.zero, abs=30)


@pytest.mark.parametrize("kg", [4.9, 40.1, -3.0, float("nan")])
def test_a_weight_out_of_range_is_told_at_once(kg: float) -> None:
    step = EnterWeight(None)
    step.answer("next", kg)
    assert step.leaves == ""
    assert problem(step).endswith("Use a weight of 5 to 40 kg.")
    step.answer("next", 12.5)
    assert (step.leaves, step.weight_kg) == ("on", 12.5)


def test_without_a_keyboard_the_weight_goes_in_steps_of_half_a_kilogram() -> None:
    step = EnterWeight(39.5)
    for _ in range(3):
        step.answer("more", None)
    assert step.face.weight_kg == 40.0
    step.answer("less", None)
    step.answer("next", None)
    assert (step.leaves, step.weight_kg) == ("on", 39.5)


# --- points ----------------------------------------------------------------------------------------------------------------------


def points(table: Table, kg: float = 10.0) -> LoadMarks:
    return LoadMarks(rough(table), GEOMETRY, MARKS, kg)


def put(step: Step, table: Table, at: tuple[float, float], kg: float = 10.0, seconds: float = 4.6) -> None:
    """Lifted from where it was, carried, set down."""
    feed(step, table.slices(0.5))
    feed(step, table.slices(0.2, kg, at, shaky_g=500.0))
    feed(step, table.slices(seconds, kg, at))


def test_a_weight_on_the_wrong_mark_is_told_with_both_numbers() -> None:
    table = Table()
    step = points(table)
    put(step, table, AT[3], seconds=0.6)
    assert problem(step) == "The weight is on mark 3. Put it on mark 1."
    put(step, table, AT[1])
    assert [place.mark.number for place in step.places] == [1]
    assert step.face.problem is None


def test_a_weight_beside_the_marks_is_told_how_far() -> None:
    table = Table()
    step = points(table)
    put(step, table, (-200.0, 210.0), seconds=0.6)
    assert problem(step) == "The weight is 106 mm away from mark 1. Put it on the mark."


def test_a_mark_asked_next_is_not_called_wrong_before_the_weight_has_moved() -> None:
    table = Table()
    step = points(table)
    put(step, table, AT[1], seconds=4.6)
    feed(step, table.slices(5, 10.0, AT[1]))
    assert (len(step.places), step.face.problem, step.face.does) == (1, None, "put-weight")
    assert said(step) == "Move the weight to mark 2."


def test_a_mark_asked_again_where_the_weight_still_lies_asks_to_lift_it() -> None:
    table = Table()
    step = points(table)
    put(step, table, AT[1])
    feed(step, table.slices(0.5, 10.0, AT[1]))
    step.back()
    assert said(step) == "Put the weight on mark 1."
    for number in range(1, 9):
        put(step, table, AT[number])
    put(step, table, (AT[9][0] - 25.0, AT[9][1]))
    assert (step.face.does, said(step)) == ("take-weight", "Lift the weight, then put it on mark 9 again.")
    feed(step, table.slices(0.5))
    assert said(step) == "Put the weight on mark 9."


def test_a_weight_that_was_entered_wrongly_is_asked_about() -> None:
    table = Table()
    step = points(table, kg=10.0)
    put(step, table, AT[1], kg=5.0, seconds=0.6)
    assert problem(step) == "The board feels about 5.0 kg, you entered 10.0 kg."
    assert step.face.asks == "yes-no"
    step.answer("no", None)
    assert step.leaves == "back"


def test_cells_of_half_the_sensitivity_are_taken_at_the_word_of_the_person() -> None:
    table = Table(gain_kg=np.full(4, 2 * GAIN_KG))
    step = points(table)
    put(step, table, AT[1], seconds=0.6)
    step.answer("yes", None)
    for number in range(1, 10):
        put(step, table, AT[number])
    assert step.leaves == "on"
    assert step.fit is not None
    assert step.fit.gain_kg == pytest.approx(2 * GAIN_KG, rel=1e-3)


def test_another_weight_later_on_and_a_person_are_told() -> None:
    table = Table()
    step = points(table)
    put(step, table, AT[1])
    put(step, table, AT[2], kg=15.0, seconds=0.6)
    assert problem(step) == "The board feels 15.0 kg, before it was 10.0 kg. Use the same weight, alone."
    feed(step, table.slices(0.5, 70.0, AT[2], shaky_g=300.0))
    assert problem(step) == "There are 70 kg on the plate. Only the weight may be on it."
    put(step, table, AT[2])
    assert len(step.places) == 2


def test_a_rocking_weight_and_a_gap_only_take_longer() -> None:
    table = Table()
    step = points(table)
    put(step, table, AT[1], seconds=2.0)
    feed(step, table.slices(0.2, 10.0, AT[1], shaky_g=200.0))
    feed(step, table.slices(2.5, 10.0, AT[1]))
    assert step.places == []
    feed(step, table.lost(0.2))
    feed(step, table.slices(1.6, 10.0, AT[1]))
    assert len(step.places) == 1


def test_back_asks_for_the_last_mark_again() -> None:
    table = Table()
    step = points(table)
    assert not step.back()
    for number in (1, 2):
        put(step, table, AT[number])
    assert step.back()
    assert (len(step.places), step.face.at) == (1, (2, *AT[2]))


def test_a_point_that_does_not_fit_the_others_is_asked_again_and_then_fits() -> None:
    table = Table()
    step = points(table)
    for number in range(1, 10):
        off_mm = 15.0 if number == 6 else 0.0
        put(step, table, (AT[number][0] + off_mm, AT[number][1]))
    assert (step.leaves, step.face.at) == ("", (6, *AT[6]))
    assert problem(step) == "Mark 6 does not fit the others. Lift the weight and set it down there again."
    assert next(m.state for m in step.face.marks if m.number == 6) == "bad"
    put(step, table, AT[6])
    assert step.leaves == "on"
    assert step.fit is not None
    assert np.abs(step.fit.residual_mm).max() < 0.5


def test_a_mark_that_never_fits_ends_it() -> None:
    table = Table()
    step = points(table)
    for number in range(1, 10):
        put(step, table, (AT[number][0], AT[number][1] + (20.0 if number == 6 else 0.0)))
    for _ in range(3):
        put(step, table, (AT[6][0], AT[6][1] + 20.0))
    assert step.leaves == "failed"
    assert step.why_failed is not None
    assert Catalogue("en").text(step.why_failed) == "Mark 6 still does not fit the others."


# --- verification ----------------------------------------------------------------------------------------------------------------


def verify(table: Table) -> VerifyMarks:
    scale = Scale.of(fit_of(table).calibration(table.zero))
    return VerifyMarks(scale, 10.0, (), None)


def fit_of(table: Table) -> Fit:
    step = points(table)
    for number in range(1, 10):
        put(step, table, AT[number])
    counts, at_mm = arrays(step.places)
    return fit(counts, at_mm, 10.0, GEOMETRY)


@pytest.mark.parametrize(("off_mm", "grade"), [(0.5, "good"), (3.0, "games"), (8.0, None)])
def test_the_grade_follows_the_marks_that_had_no_part_in_the_fit(off_mm: float, grade: str | None) -> None:
    table = Table()
    step = verify(table)
    for _ in range(7):
        if step.face.does == "take-weight" and step.face.at is None:
            break
        assert step.face.at is not None
        _, ml_mm, ap_mm = step.face.at
        put(step, table, (ml_mm + off_mm, ap_mm))
    feed(step, table.slices(4))
    assert step.leaves == "on"
    assert step.zero_return_g is not None
    accepted = accept(fit_of(Table()), MARKS, step.checks, step.zero_return_g, 10.0)
    assert accepted.grade == grade
    assert accepted.error_mm == pytest.approx(off_mm, abs=0.2)
    assert [v.ok for v in accepted.verdicts] == [grade == "good", True, True, True]


def test_a_zero_that_does_not_come_back_is_told_with_its_corner_and_costs_the_grade() -> None:
    table = Table()
    step = verify(table)
    for mark in verification_marks():
        put(step, table, AT[mark.number])
    table.zero = table.zero + np.array([0.0, 0.08, 0.0, 0.0]) / GAIN_KG
    feed(step, table.slices(4))
    assert problem(step).startswith("Front right is 80 g away from zero, 50 g are allowed.")
    step.answer("next", None)
    assert step.leaves == "on"
    assert step.zero_return_g is not None
    accepted = accept(fit_of(Table()), MARKS, step.checks, step.zero_return_g, 10.0)
    assert (accepted.grade, [v.ok for v in accepted.verdicts]) == ("games", [True, False, True, True])


def test_the_mean_of_repeated_places_counts() -> None:
    mark = verification_marks()[0]
    check = Check(mark, ((mark.ml_mm + 3.0, mark.ap_mm), (mark.ml_mm - 1.0, mark.ap_mm)), (10.0, 10.0))
    assert check.error_mm == pytest.approx((1.0, 0.0))


def test_slices_lie_on_whole_tenths_whatever_the_blocks() -> None:
    table, feel = Table(), Feel(GEOMETRY, Sample())
    ends = [s.t_ns for _ in range(4) for s in feel.feed(table.readings(0.33, 10.0))]
    assert all(t_ns % TENTH_NS == 0 for t_ns in ends)
    assert np.diff(ends).tolist() == [TENTH_NS] * (len(ends) - 1)
