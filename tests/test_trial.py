"""Trials: phases, windows, ends, faults; the same result whatever the blocks, and again from its header."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from standing import BW_N, Person

from station.core.geometry import Geometry
from station.core.outcome import Facts, settled_s
from station.core.results import Event, TrialResult
from station.core.view import Speak, Tone
from station.protocols.loader import load_all
from station.protocols.model import Protocol
from station.protocols.plan import TrialPlan
from station.trial import Trial
from station.words import Num

PROTOCOLS = load_all()


def trial(name: str, *, seconds: float | None = None, eyes: str = "open", side: str = "", **kw: object) -> Trial:
    protocol: Protocol = PROTOCOLS[name]
    condition = replace(protocol.conditions[0], eyes=eyes)
    plan = TrialPlan(protocol, condition, seconds or protocol.seconds, side)
    return Trial(plan, geometry=Geometry(), trial_id="t", run_id="r", origin_ns=0, begin_ns=0, **kw)


def play(person: Person, one: Trial, size: int = 10_000) -> TrialResult:
    for readings, frames, _ in person.blocks(size):
        one.count_readings(readings)
        one.feed(frames)
    one.finish()
    assert one.result is not None
    return one.result


def quiet(s: float = 45.0) -> Person:
    return Person().stand(s)


def test_a_fixed_window_has_exactly_its_frames() -> None:
    result = play(quiet(), trial("two-leg-quiet"))
    assert result.status == "completed"
    assert result.reason.id == "trial.end.time"
    assert result.window_s is not None
    start_s, end_s = result.window_s
    assert round((end_s - start_s) * 100) == 3000
    assert result.duration_s == 30.0
    assert result.measures["mean_velocity_mm_s"].value == pytest.approx(12, rel=0.5)


def test_settle_ready_and_countdown_come_before_the_start() -> None:
    result = play(quiet(), trial("two-leg-quiet"))
    assert result.window_s is not None
    assert result.window_s[0] == pytest.approx(0.5 + 3 + 1 + 3, abs=0.05)


@pytest.mark.parametrize("size", [1, 3, 64, 1000])
def test_the_result_does_not_depend_on_blocks(size: int) -> None:
    person = Person().stand(6).leg(14, "right").stand(3)
    whole = play(person, trial("single-leg-hold")).to_json()
    assert play(person, trial("single-leg-hold"), size).to_json() == whole


def test_the_three_beats_and_the_start_and_the_stop_are_heard() -> None:
    one = trial("two-leg-quiet", seconds=10)
    play(quiet(25), one)
    assert [e.name for e in one.drain() if isinstance(e, Tone)] == ["ready", "count", "count", "count", "start", "stop"]


def test_eyes_closed_says_close_and_at_its_end_open() -> None:
    one = trial("two-leg-quiet", eyes="closed", seconds=10)
    asked = set()
    for readings, frames, _ in quiet(25).blocks(10):
        one.count_readings(readings)
        one.feed(frames)
        asked.add((one.view.phase, one.view.asks))
    assert ("countdown", "close-eyes") in asked
    assert ("ending", "open-eyes") in asked
    spoken = [e.words.id for e in one.drain() if isinstance(e, Speak)]
    assert spoken[-1] == "trial.open-eyes"


def test_a_quiet_test_never_shows_the_dot_and_training_does() -> None:
    shown = {}
    for name in ("two-leg-quiet", "sway-target"):
        one = trial(name)
        one.feed(quiet(20).frames())
        shown[name] = one.view.cop_mm is not None
    assert shown == {"two-leg-quiet": False, "sway-target": True}


def test_stepping_off_ends_a_quiet_test_as_failed() -> None:
    result = play(Person().stand(20).empty(3), trial("two-leg-quiet"))
    assert (result.status, result.reason.id) == ("failed", "trial.end.step-off")
    assert result.window_s is not None
    assert result.window_s[1] == pytest.approx(20.0, abs=0.02)
    assert result.duration_s == pytest.approx(20 - 7.5, abs=0.1)


def test_a_hand_on_the_rail_ends_a_quiet_test_with_its_amount() -> None:
    result = play(Person().stand(20).add(1, load=0.9).stand(3), trial("two-leg-quiet"))
    assert (result.status, result.reason.id) == ("failed", "trial.end.support")
    support = next(e for e in result.events if e.kind == "support")
    assert support.t_s == pytest.approx(20.0, abs=0.02)
    assert support.detail["amount_pct"] == pytest.approx(10, abs=0.5)


def test_a_hold_counts_from_lift_to_touch_down() -> None:
    result = play(Person().stand(8).leg(15, "left").stand(4), trial("single-leg-hold"))
    assert (result.status, result.side, result.reason.id) == ("completed", "left", "trial.end.right-foot-down")
    assert result.window_s == pytest.approx((8.2, 23.1), abs=0.15)
    assert result.score is not None
    assert result.score.value == pytest.approx(15, abs=0.3)
    assert (result.score.unit, result.score.of) == ("s", 45)


def test_sway_of_a_hold_leaves_its_ends_out_and_a_short_hold_has_seconds_only() -> None:
    assert play(Person().stand(8).leg(14, "left").stand(4), trial("single-leg-hold")).measures != {}
    assert play(Person().stand(8).leg(12, "left").stand(4), trial("single-leg-hold")).measures == {}


def test_a_hold_stops_at_its_cap() -> None:
    result = play(Person().stand(8).leg(15, "right").stand(2), trial("single-leg-hold", seconds=10))
    assert (result.reason.id, result.duration_s) == ("trial.end.time", 10.0)


def test_a_foot_that_is_only_on_its_way_is_no_hold() -> None:
    result = play(Person().stand(8).leg(0.9, "left").stand(3).leg(3, "right").stand(3), trial("single-leg-hold"))
    assert (result.side, result.duration_s) == ("right", pytest.approx(3, abs=0.3))


def test_a_step_off_just_after_a_lift_is_no_hold_and_costs_nothing() -> None:
    person = Person().stand(8).leg(0.8, "left").empty(2).stand(8).leg(4, "left").stand(3)
    result = play(person, trial("single-leg-hold"))
    assert result.status == "completed"
    assert result.duration_s == pytest.approx(4, abs=0.3)


def test_the_other_leg_does_not_start_a_hold_of_a_given_side() -> None:
    one = trial("single-leg-hold", side="right")
    person = Person().stand(8).leg(4, "left").stand(3).leg(5, "right").stand(3)
    result = play(person, one)
    assert (result.side, result.duration_s) == ("right", pytest.approx(5, abs=0.3))


@pytest.mark.parametrize("kind", ["arms", "eyes", "leg"])
def test_a_helpers_key_ends_a_hold_with_its_reason_and_its_seconds(kind: str) -> None:
    one = trial("single-leg-hold")
    one.mark(14_000_000_000, kind)
    result = play(Person().stand(8).leg(15, "left").stand(3), one)
    assert (result.status, result.reason.id) == ("completed", f"trial.end.{kind}")
    assert result.window_s is not None
    assert result.window_s[1] == 14.0


def test_stop_ends_a_trial_as_stopped_with_what_it_has() -> None:
    one = trial("two-leg-quiet")
    one.mark(15_000_000_000, "stop")
    result = play(quiet(), one)
    assert (result.status, result.reason.id) == ("stopped", "trial.end.stop")
    assert result.duration_s == pytest.approx(7.5, abs=0.1)


def test_data_that_ends_closes_the_trial_as_interrupted() -> None:
    result = play(quiet(20), trial("two-leg-quiet"))
    assert (result.status, result.reason.id) == ("interrupted", "trial.end.data")
    assert result.window_s is not None
    assert result.window_s[1] == pytest.approx(20.0)


def test_data_that_ends_within_the_last_second_keeps_the_whole_window() -> None:
    result = play(quiet(38), trial("two-leg-quiet"))
    assert (result.status, result.duration_s) == ("completed", 30.0)


def test_a_silent_cell_closes_the_trial_with_its_name() -> None:
    result = play(Person().stand(20).add(2, silent=(2,)).stand(5), trial("two-leg-quiet"))
    assert (result.status, result.reason.id) == ("interrupted", "trial.end.cell")
    assert result.reason.args["cell"].id == "hardware.rear-left"
    fault = next(e for e in result.events if e.kind == "fault")
    assert fault.detail["cells"] == ["rear_left"]
    assert fault.t_s == pytest.approx(20.0)


def test_a_lost_second_of_all_cells_is_a_gap_and_not_an_end() -> None:
    result = play(Person().stand(20).add(1, silent=(0, 1, 2, 3)).stand(25), trial("two-leg-quiet"))
    assert result.status == "completed"
    assert result.quality.valid_pct == pytest.approx(100 * 29 / 30, abs=0.1)
    longer = play(Person().stand(20).add(2, silent=(0, 1, 2, 3)).stand(25), trial("two-leg-quiet"))
    assert (longer.status, longer.reason.id) == ("interrupted", "trial.end.board")


def test_too_heavy_is_told_with_the_rating_and_too_light_with_the_least() -> None:
    heavy = play(Person(bw_n=1400).stand(10), trial("two-leg-quiet"))
    assert (heavy.status, heavy.reason.id) == ("stopped", "trial.end.too-heavy")
    light = play(Person(bw_n=150).stand(10), trial("two-leg-quiet"))
    assert (light.status, light.reason.id) == ("stopped", "trial.end.too-light")
    assert play(Person(bw_n=150).stand(60), trial("candle")).status == "completed"


def test_a_second_person_ends_a_test_and_before_it_must_leave() -> None:
    during = play(Person().stand(20).add(3, load=1.5).stand(3), trial("two-leg-quiet"))
    assert (during.status, during.reason.id) == ("failed", "trial.end.second-person")
    one = trial("two-leg-quiet")
    person = Person().stand(4.2).add(3, load=1.5)
    one.feed(person.frames())
    assert one.view.phase == "clear-plate"


def test_shifting_away_in_the_countdown_starts_over_without_penalty() -> None:
    result = play(Person().stand(6).leg(1, "left").stand(45), trial("two-leg-quiet"))
    assert result.status == "completed"
    assert result.window_s is not None
    assert result.window_s[0] > 13


def test_restless_standing_never_starts() -> None:
    person = Person()
    for n in range(60):
        person.add(0.25, load=1.04 if n % 2 else 0.96)
    one = trial("two-leg-quiet")
    one.feed(person.frames())
    assert one.view.phase == "settle"
    assert one.view.do.id == "trial.settle.restless"
    assert one.view.ring < 1


def test_a_trial_made_again_from_its_header_gives_the_same_result() -> None:
    one = trial("single-leg-hold", demo=True)
    person = Person().stand(8).leg(15, "left").stand(3)
    one.mark(18_000_000_000, "arms")
    first = play(person, one, 13)
    again = Trial.from_header(json.loads(json.dumps(one.header())))
    again.mark(18_000_000_000, "arms")
    assert play(person, again, 1000).to_json() == first.to_json()


def test_times_count_from_the_recordings_first_frame() -> None:
    plan = TrialPlan(PROTOCOLS["two-leg-quiet"], PROTOCOLS["two-leg-quiet"].conditions[0], 10.0)
    late_ns = 3_600_000_000_000
    one = Trial(plan, geometry=Geometry(), trial_id="t", run_id="r", origin_ns=late_ns - 10_000_000_000, begin_ns=late_ns)
    result = play(Person(start_ns=late_ns).stand(25), one)
    assert result.window_s == pytest.approx((17.5, 27.5), abs=0.1)


def test_flags_and_rates_are_those_of_the_readings_in_the_window() -> None:
    one = trial("two-leg-quiet", seconds=10)
    person = quiet(25)
    readings = person.readings()
    readings.flag[(readings.cell == 1) & (readings.t_ns >= 10_000_000_000) & (readings.t_ns < 10_050_000_000)] = 1
    readings.flag[readings.t_ns < 1_000_000_000] = 8
    one.count_readings(readings)
    one.feed(person.frames())
    assert one.result is not None
    assert one.result.quality.flags_by_cell == {"front_left": {}, "front_right": {"SCK_LATE": 5}, "rear_left": {}, "rear_right": {}}
    assert one.result.quality.rate_hz == pytest.approx((100,) * 4, rel=1e-3)


def test_a_whole_file_is_one_window() -> None:
    protocol = PROTOCOLS["two-leg-quiet"]
    plan = TrialPlan(protocol, protocol.conditions[0], 30.0, window="file")
    one = Trial(plan, geometry=Geometry(), trial_id="t", run_id="r", origin_ns=0, begin_ns=0, settings="raw")
    result = play(Person().stand(20), one)
    assert (result.status, result.reason.id) == ("completed", "trial.end.file")
    assert result.window_s == (0.0, 20.0)
    assert result.measures != {}
    assert result.load_n == pytest.approx(BW_N, rel=1e-3)


def test_training_is_frozen_while_the_person_is_off_and_goes_on_without_loss() -> None:
    straight, broken = trial("sway-target"), trial("sway-target")
    play(Person().stand(45), straight)
    result = play(Person().stand(15).empty(5).stand(45), broken)
    assert straight.result is not None
    assert result.status == "completed"
    assert result.score == straight.result.score
    assert result.window_s is not None
    assert result.window_s[1] - result.window_s[0] == pytest.approx(30 + 5.3, abs=0.1)
    assert result.duration_s == pytest.approx(30)
    assert [e.kind for e in result.events if e.kind in ("freeze", "resume")] == ["freeze", "resume"]


def test_a_round_nobody_comes_back_to_is_kept_as_far_as_it_went() -> None:
    result = play(Person().stand(15).empty(62), trial("sway-target"))
    assert (result.status, result.reason.id) == ("stopped", "trial.end.left")
    assert result.score is not None
    assert 5 < result.score.value < 9


def test_the_cursor_of_training_follows_the_person() -> None:
    one = trial("sway-target")
    one.feed(Person().stand(9).add(3, ml_mm=40, sway=0).frames())
    assert one.view.cop_mm == pytest.approx((40, 0), abs=0.5)
    assert one.view.target_mm is not None
    assert np.hypot(*one.view.target_mm[:2]) < 8


def test_what_is_known_of_the_calibration_and_of_the_feet_is_said_in_the_verdict() -> None:
    known = Facts(calibration_age_days=120.0)
    tapped = Person().stand(10).leg(8, "left").stand(25)
    one = trial("two-leg-quiet", side="left", facts=known)
    header = json.loads(json.dumps(one.header()))
    result = play(tapped, one)
    reasons = {r.id: r.args for r in result.quality.reasons}
    assert reasons["quality.calibration-old"]["days"] == Num(120.0)
    assert reasons["quality.touch-downs"]["n"] == 1
    assert play(tapped, Trial.from_header(header)).to_json() == result.to_json()


def test_standing_counts_from_the_last_step_on() -> None:
    came = [Event(1.0, "step-on"), Event(4.0, "step-off"), Event(6.5, "step-on"), Event(20.0, "step-on")]
    assert settled_s(came, 10.0, 0.0) == 3.5
    assert settled_s([], 10.0, 2.0) == 8.0
