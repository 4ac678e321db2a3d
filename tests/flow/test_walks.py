"""Walks through the screens, from home to a result, by a scripted person and by keys."""

from __future__ import annotations

import pytest
from flow.floor import PROTOCOLS, RUNNER, Floor, shop

from station.core.ready import Ready
from station.core.scene import Line, Qr
from station.core.view import RunEnded, Speak, Tone, TrialBegun, TrialEnded
from station.errors import NotFound, Refused
from station.flow.effects import LookUpPeople, PersonChosen, PlateEmptied, RunBegun, VisitBegan, VisitEnded
from station.flow.intents import Intent, Point
from station.flow.pieces import NO_BOX, YES_BOX
from station.flow.shop import Fault, Kept, PersonCard
from station.flow.what import BOXES
from station.words import say


def words(floor: Floor) -> list[str]:
    return [t.words.id for t in floor.scene.texts()]


def test_a_guest_goes_from_home_through_a_game_to_the_result_without_a_key() -> None:
    floor = Floor(shop(suggestions=("candle",))).empty(1).stand(2.0).lean("left").stand(50)
    assert floor.screens == ["home", "what", "ready", "countdown", "running-game", "result"]
    ended = floor.of(RunEnded)
    assert [e.result.status for e in ended] == ["completed"]
    floor.empty(8)
    assert floor.scene.name == "home"


def test_a_gym_guest_is_home_again_a_minute_after_stepping_on() -> None:
    floor = Floor(shop(suggestions=("candle",))).empty(1).stand(1.4).lean("left", 1.1).stand(48.5).empty(7)
    assert floor.first("result") < 60
    assert floor.scene.name == "home"


def test_a_recognised_runner_reaches_the_first_training_within_eight_seconds_of_stepping_on() -> None:
    floor = Floor(shop(suggestions=("sway-target",)), known=(RUNNER,))
    floor.empty(2).stand(1.3).lean("left", 1.15).lean("left", 1.15).stand(4)
    begun = floor.of(RunBegun)
    assert [(b.protocol_id, b.person) for b in begun] == [("sway-target", "uuid-runner")]
    assert floor.first("ready") - 2.0 < 8.0
    assert floor.of(PersonChosen)[0].person == "uuid-runner"


def test_a_runner_who_said_yes_once_starts_one_leg_drills_by_leaning_alone() -> None:
    floor = Floor(shop(suggestions=("heel-tap-front",)), known=(RUNNER,)).empty(1).stand(1.3).lean("left").lean("left").stand(0.3)
    assert floor.scene.name == "ask-safety"
    floor.press(Intent.YES).stand(1).press(Intent.STOP).stand(1.5).empty(1)
    floor.seen.clear()
    floor.stand(1.3).lean("left").lean("left").stand(0.5)
    assert "ask-safety" not in floor.screens
    assert floor.scene.name == "ready"


@pytest.mark.parametrize("way", ["left", "front", "right", "front-left"])
def test_the_safety_question_is_never_answered_by_leaning(way: str) -> None:
    floor = Floor(shop(suggestions=("single-leg-hold",))).empty(1).stand(1.5).lean("left")
    assert floor.scene.name == "ask-safety"
    for _ in range(5):
        floor.lean(way, 2.0)
    assert floor.scene.name == "ask-safety"
    assert floor.of(RunBegun) == []


@pytest.mark.parametrize("answer", [Intent.YES, Intent.NEXT, Point(YES_BOX[0] + 10, YES_BOX[1] + 10)])
def test_a_key_a_foot_button_or_a_touch_answers_the_safety_question(answer: Intent | Point) -> None:
    floor = Floor().empty(1)
    run_id = floor.flow.start("single-leg-hold")
    floor.empty(0.1)
    assert floor.scene.name == "ask-safety"
    floor.press(answer).empty(0.1)
    assert floor.scene.name == "run-step-on"
    assert floor.of(RunBegun) == [RunBegun(run_id, "single-leg-hold", None)]


@pytest.mark.parametrize("answer", [Intent.NO, Intent.BACK, Intent.STOP, Point(NO_BOX[0] + 10, NO_BOX[1] + 10)])
def test_no_means_that_nothing_starts(answer: Intent | Point) -> None:
    floor = Floor().empty(1)
    floor.flow.start("single-leg-hold")
    floor.press(answer).empty(0.1)
    assert floor.scene.name == "home"
    assert floor.of(RunBegun) == []
    assert not floor.flow.busy


def test_closed_eyes_wait_until_the_stop_signal_was_heard() -> None:
    floor = Floor().empty(1)
    floor.flow.start("two-leg-quiet", eyes="closed")
    floor.empty(0.1).press(Intent.YES)
    assert floor.scene.name == "ask-sound"
    assert Tone("stop") in floor.effects
    floor.press(Intent.YES).empty(0.1)
    assert floor.scene.name == "run-step-on"


def test_who_does_not_hear_the_signal_needs_a_helper() -> None:
    floor = Floor().empty(1)
    floor.flow.start("mctsib")
    floor.press(Intent.YES).press(Intent.NO)
    assert floor.scene.name == "ask-helper"
    assert "flow.ask.helper.unheard" in words(floor)
    floor.press(Intent.NO).empty(0.1)
    assert floor.scene.name == "home"


def test_without_sound_a_helper_must_confirm() -> None:
    floor = Floor(shop(sound="none")).empty(1)
    floor.flow.start("two-leg-quiet", eyes="closed")
    floor.press(Intent.YES)
    assert floor.scene.name == "ask-helper"
    floor.press(Intent.YES).empty(0.1)
    assert len(floor.of(RunBegun)) == 1


def test_the_questions_are_asked_once_a_visit_and_again_of_the_next_person() -> None:
    floor = Floor().empty(1)
    floor.flow.start("single-leg-hold", person="a")
    floor.press(Intent.YES).press(Intent.STOP).empty(7)
    floor.flow.start("single-leg-hold", person="a")
    assert floor.scene.name != "ask-safety"
    floor.press(Intent.STOP).empty(7)
    floor.flow.start("single-leg-hold", person="b")
    assert floor.scene.name == "ask-safety"


def test_a_question_answered_on_the_empty_plate_asks_again_who_steps_on_and_then_starts() -> None:
    floor = Floor(shop(suggestions=("single-leg-hold",)), known=(RUNNER,)).empty(1).stand(1.3).lean("left").lean("left").empty(1)
    assert floor.scene.name == "ask-safety"
    assert floor.flow.identity is None
    floor.press(Intent.YES).empty(1)
    assert floor.scene.name == "home"
    floor.stand(1.3)
    assert floor.scene.name == "who"
    floor.lean("left").stand(0.5)
    assert [(b.protocol_id, b.person) for b in floor.of(RunBegun)] == [("single-leg-hold", "uuid-runner")]


def test_who_takes_the_place_of_somebody_with_an_open_question_is_asked_before_the_run_starts() -> None:
    floor = Floor(shop(suggestions=("single-leg-hold",)), known=(RUNNER,)).empty(1).stand(1.3).lean("left").lean("left").empty(1).stand(1)
    assert floor.scene.name == "ask-safety"
    floor.press(Intent.YES).stand(0.5)
    assert floor.of(RunBegun) == []
    assert floor.scene.name == "who"
    floor.stand(0.5).lean("front")
    assert floor.scene.name == "ask-safety"  # somebody else: asked anew
    floor.press(Intent.YES).stand(0.2)
    assert [b.person for b in floor.of(RunBegun)] == [None]


def test_keys_after_somebody_left_start_nothing_in_their_name() -> None:
    floor = Floor(shop(suggestions=("candle",)), known=(RUNNER,)).empty(1).stand(1.3).lean("left").stand(0.5).empty(1)
    floor.press(Intent.NEXT).press(Intent.NEXT).empty(0.1)
    assert [b.person for b in floor.of(RunBegun)] == [None]
    assert [c.person for c in floor.of(PersonChosen)] == ["uuid-runner", None]


def test_load_to_zero_ends_the_identity_and_the_next_person_is_asked() -> None:
    floor = Floor(known=(RUNNER,)).empty(1).stand(1.3).lean("left").stand(0.5)
    assert floor.flow.identity == "uuid-runner"
    floor.empty(1)
    assert floor.flow.identity is None
    assert len(floor.of(PlateEmptied)) == 1
    assert floor.scene.name == "home"
    floor.stand(1.0)
    assert floor.scene.name == "who"
    assert len(floor.of(LookUpPeople)) == 2


def test_a_run_keeps_its_person_through_its_pauses_and_loses_them_at_its_end() -> None:
    floor = Floor(shop(suggestions=("candle",)), known=(RUNNER,)).empty(1).stand(1.3).lean("left").lean("left").stand(12)
    floor.empty(2)
    assert floor.scene.name == "frozen-game"
    assert floor.flow.identity == "uuid-runner"
    floor.empty(62)
    assert floor.of(RunEnded)[0].result.status == "stopped"
    assert floor.flow.identity is None


def test_the_weight_is_told_to_the_store_and_to_nobody_else() -> None:
    floor = Floor(known=(RUNNER,)).empty(1).stand(1.3)
    assert floor.of(LookUpPeople)[0].kg == pytest.approx(71.4, abs=0.3)
    shown = [arg for t in floor.scene.texts() for arg in t.words.args.values()]
    assert shown == ["Kiwi"]


def test_nobody_known_means_a_guest_at_once() -> None:
    floor = Floor().empty(1).stand(1.5)
    assert [c.person for c in floor.of(PersonChosen)] == [None]
    assert floor.scene.name == "what"


def test_guest_and_none_of_these_are_always_among_the_cards() -> None:
    people = tuple(PersonCard(f"p{n}", f"Name {n}") for n in range(4))
    floor = Floor(known=people).empty(1).stand(1.0)
    assert words(floor).count("flow.who.guest") == 1
    assert words(floor).count("flow.who.none") == 1
    assert [t.words.args["text"] for t in floor.scene.texts() if t.words.id == "" and t.words.args] == ["Name 0", "Name 1", "Name 2"]


@pytest.mark.parametrize(("way", "person"), [("left", "p0"), ("front-left", "p1"), ("front", None), ("right", None)])
def test_leaning_to_a_card_chooses_it(way: str, person: str | None) -> None:
    people = (PersonCard("p0", "A"), PersonCard("p1", "B"))
    floor = Floor(known=people).empty(1).stand(1.3).lean(way)
    assert [c.person for c in floor.of(PersonChosen)] == [person]


def test_a_lean_that_is_given_up_drains_three_times_faster_and_chooses_nothing() -> None:
    floor = Floor(known=(RUNNER,)).empty(1).stand(1.3).stand(0.7, -40)
    for _ in range(4):
        floor.stand(0.6).stand(0.7, -40)
    assert floor.of(PersonChosen) == []


def test_keys_choose_too() -> None:
    floor = Floor(known=(RUNNER,)).empty(1).stand(1.0).press(Intent.LEFT).press(Intent.LEFT).press(Intent.NEXT)
    assert [c.person for c in floor.of(PersonChosen)] == ["uuid-runner"]
    x, y, w, h = BOXES["front"]
    floor.press(Point(x + w / 2, y + h / 2)).stand(0.2)
    assert [PROTOCOLS[b.protocol_id].kind for b in floor.of(RunBegun)] == ["game"]


def test_a_menu_opened_with_a_key_goes_home_after_twenty_seconds_without_load() -> None:
    floor = Floor().empty(1).press(Intent.NEXT).empty(19)
    assert floor.scene.name == "what"
    floor.empty(1.5)
    assert floor.scene.name == "home"


def test_stepping_off_a_menu_goes_home() -> None:
    floor = Floor().empty(1).stand(2)
    assert floor.scene.name == "what"
    assert floor.empty(0.5).scene.name == "home"


def test_a_running_quiet_test_shows_the_cross_and_nothing_else() -> None:
    floor = Floor().empty(1)
    floor.flow.start("two-leg-quiet")
    floor.stand(42)
    pictures = [scene for _, scene in floor.seen if scene.name == "running-test"]
    assert len(pictures) > 290
    for scene in pictures:
        assert [type(s) for s in scene.shapes()] == [Line, Line]
        assert {s.role for s in scene.shapes()} == {"ink"}
    assert len({repr(scene) for scene in pictures}) == 1


def test_a_start_from_a_page_skips_who_and_what() -> None:
    floor = Floor().empty(1)
    floor.flow.start("two-leg-quiet", person="uuid-anna")
    floor.stand(45)
    assert not {"who", "what"} & set(floor.screens)
    assert [e.result.status for e in floor.of(TrialEnded)] == ["completed"]
    assert floor.scene.name == "result"
    assert len(floor.of(TrialBegun)) == 1


def test_a_second_start_is_refused_while_one_is_on() -> None:
    floor = Floor().empty(1)
    floor.flow.start("two-leg-quiet")
    with pytest.raises(Refused) as refused:
        floor.flow.start("candle")
    assert refused.value.what.id == "flow.busy"


def test_a_protocol_there_is_not_is_named_with_the_nearest() -> None:
    with pytest.raises(NotFound) as missing:
        Floor().flow.start("two-leg-quite")
    assert missing.value.do.args["near"] == "two-leg-quiet"


def test_tests_are_refused_without_calibration_and_games_are_not() -> None:
    floor = Floor(shop(calibrated=False)).empty(1)
    with pytest.raises(Refused):
        floor.flow.start("two-leg-quiet")
    assert floor.flow.start("candle") == "id-1"


def test_a_slow_board_refuses_a_test() -> None:
    floor = Floor().empty(1)
    floor.flow.readiness(Ready(rates_hz=(80.0, 80.0, 10.0, 80.0)))
    with pytest.raises(Refused):
        floor.flow.start("two-leg-quiet")


def test_the_end_with_closed_eyes_says_how_to_come_back_safely_until_they_step_off() -> None:
    floor = Floor().empty(1)
    floor.flow.start("two-leg-quiet", eyes="closed")
    floor.press(Intent.YES).press(Intent.YES).stand(41.0)
    assert floor.first("ending-test") > 30
    assert floor.scene.name == "ending-test"
    assert words(floor) == ["trial.open-eyes"]
    assert Speak(say("trial.open-eyes")) in floor.effects
    assert not any(t.words.id == "flow.digit" for t in floor.scene.texts())
    floor.stand(3.5)
    assert floor.scene.name == "result"
    assert "flow.steady" in words(floor)
    floor.empty(1)
    assert "flow.steady" not in words(floor)


def test_a_failed_test_says_not_measured_and_leaning_forward_tries_again() -> None:
    floor = Floor().empty(1)
    floor.flow.start("two-leg-quiet")
    floor.stand(15).stand(0.4, bw_n=500).stand(13)
    assert floor.scene.name == "not-measured"
    assert "flow.result.none" in words(floor)
    floor.lean("front", 1.4).stand(1)
    assert [b.protocol_id for b in floor.of(RunBegun)] == ["two-leg-quiet", "two-leg-quiet"]


def test_the_result_offers_its_code_and_home_keeps_it_for_three_minutes() -> None:
    floor = Floor().empty(1)
    floor.flow.start("candle")
    floor.stand(52)
    trial_id = floor.of(TrialEnded)[0].result.trial_id
    assert not [s for s in floor.scene.shapes() if isinstance(s, Qr)]
    floor.flow.kept(Kept(trial_id, "http://station/r/abc", round((floor.now_s + 180) * 1e9)))
    assert [s.text for s in floor.scene.shapes() if isinstance(s, Qr)] == ["http://station/r/abc"]
    floor.empty(7)
    assert "flow.home.keep" in words(floor)
    floor.empty(175)
    assert "flow.home.keep" not in [t.words.id for _, scene in floor.seen[-5:] for t in scene.texts()]


def test_trouble_covers_everything_and_speaks_of_the_person_first() -> None:
    fault = Fault(say("hardware.fault.silent", cell=say("cell.front-left")), say("hardware.fault.silent.do"), 0)
    floor = Floor().empty(1)
    floor.flow.start("two-leg-quiet")
    floor.stand(15)
    floor.flow.trouble((fault,))
    floor.stand(0.1)
    assert floor.scene.name == "trouble"
    title = next(t for t in floor.scene.texts() if t.step == "title")
    assert title.words.id == "flow.trouble.off"
    assert Tone("trouble") in floor.effects
    assert Speak(say("flow.trouble.off")) in floor.effects
    floor.empty(1)
    title = next(t for t in floor.scene.texts() if t.step == "title")
    assert title.words == fault.what
    floor.flow.trouble(())
    floor.empty(0.1)
    assert floor.scene.name != "trouble"


def test_the_same_trouble_is_told_once() -> None:
    fault = Fault(say("hardware.fault.silent", cell=say("cell.front-left")), say("hardware.fault.silent.do"), 0)
    floor = Floor().empty(1)
    for _ in range(10):
        floor.flow.trouble((fault,))
        floor.empty(0.1)
    assert floor.of(Tone).count(Tone("trouble")) == 1


def test_a_dead_reader_closes_the_run_as_interrupted_and_is_trouble_until_readings_come() -> None:
    floor = Floor().empty(1)
    floor.flow.start("two-leg-quiet")
    floor.stand(20)
    effects = floor.flow.reader_died()
    assert [e.result.status for e in effects if isinstance(e, RunEnded)] == ["interrupted"]
    assert floor.scene.name == "trouble"
    assert floor.flow.in_trouble
    floor.stand(0.1)
    assert not floor.flow.in_trouble


def test_somebody_too_heavy_for_the_plate_is_asked_to_step_off() -> None:
    floor = Floor().empty(1).stand(1.5, bw_n=1400)
    assert floor.scene.name == "heavy"
    assert floor.empty(0.5).scene.name == "home"


def test_a_helper_ends_the_trial_with_what_only_a_person_sees() -> None:
    floor = Floor().empty(1)
    floor.flow.start("single-leg-hold")
    floor.press(Intent.YES).stand(6).leg(5, "left").press(Intent.ARMS).leg(2, "left")
    ended = floor.of(TrialEnded)
    assert [e.result.reason.id for e in ended] == ["trial.end.arms"]


def test_stop_ends_a_run_at_any_time() -> None:
    floor = Floor().empty(1)
    floor.flow.start("candle")
    floor.stand(15).press(Intent.STOP).stand(2)
    assert [e.result.status for e in floor.of(RunEnded)] == ["stopped"]


def test_the_phone_sees_the_dot_of_a_training_and_never_that_of_a_test() -> None:
    floor = Floor().empty(1)
    floor.flow.start("sway-target")
    floor.stand(20)
    live = floor.flow.live()
    assert (live.screen, live.phase, live.kind) == ("run", "record", "training")
    assert live.cop_ml_mm is not None
    floor.press(Intent.STOP).stand(2).empty(7)
    floor.flow.start("two-leg-quiet")
    floor.stand(20)
    live = floor.flow.live()
    assert live.phase == "record"
    assert live.seconds_left is not None
    assert (live.cop_ml_mm, live.cop_ap_mm, live.target_ml_mm) == (None, None, None)


def test_the_phone_sees_the_question_that_waits_and_no_name() -> None:
    floor = Floor(known=(RUNNER,)).empty(1).stand(1.3)
    assert "Kiwi" not in repr(floor.flow.live())
    floor.empty(1)
    floor.flow.start("single-leg-hold", person="uuid-runner")
    assert floor.flow.live().asks == "safety"
    assert floor.flow.live().busy


def test_a_visit_of_a_guest_ends_with_the_load_and_each_guest_has_their_own() -> None:
    floor = Floor().empty(1).stand(2).empty(1).stand(2).empty(1)
    assert len(floor.of(VisitBegan)) == 2
    assert len(floor.of(VisitEnded)) == 2


def test_home_shows_a_silent_game_after_twelve_seconds_and_stops_when_somebody_comes() -> None:
    floor = Floor().empty(13)
    assert floor.scene.name == "home-demo"
    assert floor.of(Tone) == []
    assert floor.empty(8).scene.name == "home"
    assert floor.empty(12).stand(0.6).scene.name != "home-demo"


def test_a_result_is_left_for_the_next_person_who_steps_on() -> None:
    floor = Floor(known=(RUNNER,)).empty(1)
    floor.flow.start("candle")
    floor.stand(52).empty(1)
    assert floor.scene.name == "result"
    assert floor.stand(1.0).scene.name == "who"


def test_a_quiet_test_ends_in_its_sway_speed() -> None:
    floor = Floor().empty(1)
    floor.flow.start("two-leg-quiet")
    floor.stand(45)
    speed = floor.of(RunEnded)[0].result.trials[0].measures["mean_velocity_mm_s"].value
    number = next(t for t in floor.scene.texts() if t.step == "mega").words.args["n"]
    assert number.value == speed
    assert "flow.result.speed" in words(floor)
