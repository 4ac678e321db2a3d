"""Runs: who and what must be on the plate, order of conditions, attempts, sides, the pad, rests, the score of it all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from standing import ZEROED, Person, numbered

from station.core.frames import Plate
from station.core.geometry import Geometry
from station.core.view import Effect, Marked, RunEnded, TrialBegun, TrialEnded, View
from station.errors import Refused
from station.protocols.loader import load_all
from station.protocols.model import Protocol
from station.run import Run, all_runs

PROTOCOLS = load_all()
PAD = replace(ZEROED, pad=True)


def begin(protocol: str | Protocol, **kw: object) -> Run:
    ids = numbered()
    found = PROTOCOLS[protocol] if isinstance(protocol, str) else protocol
    return Run(found, geometry=Geometry(), new_id=lambda: next(ids), **kw)


def play(run: Run, person: Person, plate: Callable[[float], Plate] | Plate = ZEROED, size: int = 50) -> list[Effect]:
    """Feeds all of the script; `plate` may depend on the time in s."""
    effects: list[Effect] = []
    for readings, frames, _ in person.blocks(size):
        now = plate if isinstance(plate, Plate) else plate(float(frames.t_ns[-1]) / 1e9)
        effects += run.feed(readings, frames, now, 0)
    return effects


def test_a_trial_begins_when_somebody_stands_and_asks_for_ten_seconds_before() -> None:
    run = begin("two-leg-quiet", person="somebody", demo=True)
    effects = play(run, Person().empty(12).stand(45))
    begun = next(e for e in effects if isinstance(e, TrialBegun))
    assert begun.begin_ns == pytest.approx(12.5e9, abs=2e7)
    assert begun.since_ns == begun.begin_ns - 10_000_000_000
    assert begun.header["demo"] is True
    assert begun.run_id == run.run_id
    assert [type(e) for e in effects if isinstance(e, TrialBegun | TrialEnded | RunEnded)] == [TrialBegun, TrialEnded, RunEnded]
    assert run.result is not None
    assert run.result.status == "completed"
    assert run.result.trials[0].events[0].kind == "step-on"
    assert run.result.trials[0].events[0].t_s == pytest.approx(12.0)


def test_a_person_who_stands_there_already_never_stepped_on() -> None:
    run = begin("two-leg-quiet")
    play(run, Person().stand(45))
    assert run.result is not None
    assert "step-on" not in [e.kind for e in run.result.trials[0].events]


def test_nobody_for_a_minute_ends_the_run_without_a_trial() -> None:
    run = begin("two-leg-quiet")
    play(run, Person().empty(59.5))
    assert not run.done
    play(run, Person(start_ns=60_000_000_000).empty(1))
    assert run.result is not None
    assert (run.result.status, run.result.reason.id, run.result.trials) == ("stopped", "run.nobody", ())


def test_an_object_on_the_plate_is_told_with_its_weight() -> None:
    run = begin("two-leg-quiet")
    play(run, Person().empty(2), replace(ZEROED, state="object", load_n=41.2))
    assert (run.view.phase, run.view.asks, run.view.say.id) == ("clear-plate", "clear-plate", "run.object")
    weight = run.view.say.args["weight"]
    assert (weight.value, weight.decimals, weight.unit) == (pytest.approx(4.2, abs=0.01), 1, "kg")


def test_the_origin_may_be_a_function_of_where_the_pre_roll_begins() -> None:
    run = begin("two-leg-quiet", seconds=10)
    asked: list[int] = []

    def origin(since_ns: int) -> int:
        asked.append(since_ns)
        return since_ns + 5_000_000

    for readings, frames, plate in Person().empty(12).stand(25).blocks(100):
        run.feed(readings, frames, plate, origin)
    assert len(asked) == 1
    assert run.result is not None
    assert run.result.trials[0].window_s is not None
    assert run.result.trials[0].window_s[0] == pytest.approx(10 + 7.5, abs=0.1)


def test_stop_ends_the_run_and_is_recorded_as_a_mark() -> None:
    run = begin("two-leg-quiet")
    play(run, Person().stand(15))
    marked = run.press("stop")
    assert [(e.kind, e.t_ns) for e in marked if isinstance(e, Marked)] == [("stop", 15_000_000_000)]
    play(run, Person(start_ns=15_000_000_000).stand(2))
    assert run.result is not None
    assert (run.result.status, run.result.reason.id) == ("stopped", "trial.end.stop")
    assert run.result.trials[0].duration_s == pytest.approx(7.0, abs=0.1)


def test_stop_before_anybody_came_ends_the_run() -> None:
    run = begin("two-leg-quiet")
    play(run, Person().empty(3))
    assert [type(e) for e in run.press("stop")] == [RunEnded]


def test_a_helper_confirms_feet_that_the_board_does_not_believe() -> None:
    run = begin("two-leg-quiet", seconds=10)
    person = Person().add(3, ml_mm=110)
    play(run, person)
    assert run.view.phase == "place"
    run.press("next")
    play(run, Person(start_ns=3_000_000_000).add(25, ml_mm=110))
    assert run.result is not None
    assert run.result.status == "completed"


def mctsib(attempt_s: dict[tuple[str, str], list[float]]) -> Run:
    """A run of the four conditions; who stands lasts that many seconds in each attempt (30 = all of it)."""
    run = begin("mctsib")
    t_ns, left = 0, {k: list(v) for k, v in attempt_s.items()}
    stood_s = 0.0
    for _ in range(20_000):
        view: View = run.view
        key = (view.condition.eyes, view.condition.surface)
        want_pad = view.condition.surface == "foam"
        person = Person(start_ns=t_ns)
        if view.asks in ("step-off", "put-pad-on") or (view.phase == "ending" and stood_s < 30):
            person.empty(0.1)
        elif view.phase == "record":
            stood_s += 0.1
            person.stand(0.1) if stood_s <= left[key][0] else person.empty(0.1)
        else:
            stood_s = 0.0
            person.stand(0.1)
        for readings, frames, _ in person.blocks(10):
            effects = run.feed(readings, frames, PAD if want_pad and view.asks != "step-off" else ZEROED, 0)
            for effect in effects:
                if isinstance(effect, TrialEnded):
                    c = effect.result.condition
                    left[(c.eyes, c.surface)].pop(0)
        t_ns += 100_000_000
        if run.done:
            return run
    raise AssertionError("the run did not end")


FULL = {("open", "firm"): [31], ("closed", "firm"): [31], ("open", "foam"): [31], ("closed", "foam"): [31]}


def test_mctsib_runs_its_four_conditions_and_scores_seconds_of_120() -> None:
    run = mctsib(FULL)
    assert run.result is not None
    assert [(t.condition.eyes, t.condition.surface, t.attempt, t.index) for t in run.result.trials] == [
        ("open", "firm", 1, 0), ("closed", "firm", 1, 1), ("open", "foam", 1, 2), ("closed", "foam", 1, 3),
    ]  # fmt: skip
    assert run.result.status == "completed"
    assert run.result.score is not None
    assert (run.result.score.value, run.result.score.unit, run.result.score.of) == (120.0, "s", 120.0)


def test_mctsib_takes_up_to_three_attempts_and_averages_three_failures() -> None:
    run = mctsib(FULL | {("closed", "firm"): [10, 31], ("closed", "foam"): [6, 9, 12]})
    assert run.result is not None
    assert [(t.index, t.attempt, t.status) for t in run.result.trials] == [
        (0, 1, "completed"), (1, 1, "failed"), (1, 2, "completed"), (2, 1, "completed"),
        (3, 1, "failed"), (3, 2, "failed"), (3, 3, "failed"),
    ]  # fmt: skip
    assert run.result.score is not None
    assert run.result.score.value == pytest.approx(30 + 30 + 30 + 9, abs=0.5)


def test_two_failures_on_foam_with_open_eyes_leave_closed_eyes_on_foam_out() -> None:
    run = mctsib(FULL | {("open", "foam"): [5, 5, 5]})
    assert run.result is not None
    assert [t.index for t in run.result.trials] == [0, 1, 2, 2, 2]
    assert run.result.score is not None
    assert run.result.score.value == pytest.approx(65, abs=0.5)


def test_foam_asks_for_the_pad_and_firm_refuses_it() -> None:
    foam = begin("two-leg-quiet", surface="foam")
    play(foam, Person().stand(2))
    assert (foam.view.phase, foam.view.asks) == ("clear-plate", "step-off")
    play(foam, Person(start_ns=2_000_000_000).empty(2))
    assert foam.view.asks == "put-pad-on"
    play(foam, Person(start_ns=4_000_000_000).empty(4), PAD)
    assert foam.view.asks == "step-on"
    firm = begin("two-leg-quiet")
    play(firm, Person().empty(2), PAD)
    assert firm.view.asks == "take-pad-off"
    firm.press("next")
    assert firm.view.asks == "step-on"


def test_a_plate_never_seen_empty_cannot_tell_about_the_pad_and_is_believed() -> None:
    run = begin("two-leg-quiet", surface="foam")
    play(run, Person().stand(3), Plate(state="loaded"))
    assert run.view.phase in ("place", "settle")


def test_sides_alternate_with_a_rest_between() -> None:
    run = begin(replace(PROTOCOLS["single-leg-hold"], side="both", trials=2, rest_s=5.0), seconds=10)
    person = Person().stand(8)
    for side in ("left", "right", "left", "right"):
        person.leg(11, side).stand(12)
    play(run, person)
    assert run.result is not None
    assert [t.side for t in run.result.trials] == ["left", "right", "left", "right"]
    assert run.result.score is not None
    assert run.result.score.value == 10.0


def test_a_rest_counts_down_and_somebody_may_stay_on_the_board() -> None:
    run = begin(replace(PROTOCOLS["two-leg-quiet"], trials=2, rest_s=10.0), seconds=10)
    play(run, Person().stand(20))
    assert run.view.phase == "rest"
    assert run.view.seconds is not None
    assert 7 <= run.view.seconds <= 10


def test_all_runs_of_a_stream_are_found_without_stepping_off() -> None:
    person = Person().empty(2).stand(8).leg(5, "right").stand(8).leg(6, "left").stand(8).empty(3)
    for size in (11, 100_000):
        ids = numbered()
        runs = all_runs(
            lambda recent, ids=ids: Run(PROTOCOLS["single-leg-hold"], geometry=Geometry(), new_id=lambda: next(ids), recent=recent),
            person.blocks(size),
            0,
        )
        ended = [e.result for _, effects in runs for e in effects if isinstance(e, RunEnded)]
        assert [(r.trials[0].side, round(r.trials[0].duration_s)) for r in ended] == [("right", 5), ("left", 6)]


def test_readings_that_came_before_their_frames_are_counted() -> None:
    run = begin("two-leg-quiet", seconds=10)
    person = Person().stand(25)
    frames, readings = person.frames(), person.readings()
    run.feed(readings, frames[:0], ZEROED, 0)
    run.feed(readings, frames, ZEROED, 0)
    assert run.result is not None
    assert run.result.trials[0].quality.rate_hz == pytest.approx((100,) * 4, rel=0.01)


def test_a_file_taken_whole_is_one_trial_without_phases() -> None:
    run = begin("two-leg-quiet", window="file", settings="raw", calibrated=False)
    play(run, Person().stand(20), Plate())
    result = run.finish()
    assert (result.status, result.trials[0].window_s) == ("completed", (0.0, 20.0))
    assert [type(e) for e in run.drain()][-2:] == [TrialEnded, RunEnded]


@pytest.mark.parametrize(
    ("protocol", "kw", "told"),
    [
        ("two-leg-quiet", {"calibrated": False}, "run.refused.calibration"),
        ("two-leg-quiet", {"side": "left"}, "run.refused.two-legs"),
        ("mctsib", {"eyes": "closed"}, "run.refused.conditions"),
    ],
)
def test_a_run_that_cannot_be_is_refused_with_a_reason(protocol: str, kw: dict[str, object], told: str) -> None:
    with pytest.raises(Refused) as refused:
        begin(protocol, **kw)
    assert refused.value.what.id == told
    assert refused.value.do.id == told + ".do"


def test_a_game_runs_without_a_calibration() -> None:
    run = begin("candle", calibrated=False)
    play(run, Person().empty(3))
    assert run.view.asks == "step-on"


def test_the_runner_is_ready_for_the_drill_within_six_seconds_of_stepping_on() -> None:
    run = begin("heel-tap-front")
    play(run, Person().empty(3).stand(6))
    assert run.view.phase == "ready"
    assert run.view.asks == "lift-foot"
