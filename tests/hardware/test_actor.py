"""A simulated person does what the view asks, after a human delay, and nothing else."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from hardware.actor import Actor
from station.core.results import Condition
from station.core.view import View

Done = list[tuple[float, str, dict[str, Any]]]
ONE_LEG = Condition("single-leg", "open", "firm")
CLOSED = Condition("two-leg", "closed", "firm")


class Stage:
    """Shows views for a while, and writes down what the actor does."""

    def __init__(self, **wants: Any) -> None:
        self.done: Done = []
        self.now_s = 0.0
        self.actor = Actor(lambda action, **args: self.done.append((self.now_s, action, args)), seed=3, wants=wants)

    def show(self, view: View, seconds: float) -> Done:
        first, end_s = len(self.done), self.now_s + seconds
        while self.now_s < end_s:
            self.actor.obey(view, self.now_s)
            self.now_s = round(self.now_s + 0.05, 3)
        return self.done[first:]

    def actions(self) -> list[str]:
        return [action for _, action, _ in self.done]


def test_steps_on_once_after_the_board_had_time_to_zero_itself() -> None:
    stage = Stage()
    stage.show(View("step-on", "step-on"), 20)
    ((when_s, action, _),) = stage.done
    assert action == "step-on"
    assert 4.0 < when_s < 6.0


def test_stands_on_the_leg_it_was_asked_for_until_it_is_tired() -> None:
    stage = Stage(standing=True, hold_s=15.0)
    lift = stage.show(View("ready", "lift-left", condition=ONE_LEG, side="right"), 2)
    down = stage.show(View("record", "stand-still", condition=ONE_LEG, side="right"), 30)
    assert [a for _, a, _ in lift] == ["lift-left"]
    assert [a for _, a, _ in down] == ["both-feet"]
    assert abs(down[0][0] - lift[0][0] - 15.0) < 0.2


def test_lifts_the_foot_opposite_to_the_side_it_wants_and_again_when_not_seen() -> None:
    stage = Stage(standing=True, side="left")
    stage.show(View("ready", "lift-foot", condition=ONE_LEG), 9)
    assert stage.actions() == ["lift-right", "both-feet", "lift-right"]


def test_does_not_put_its_foot_down_when_told_to_stand_still_on_one_leg_but_does_between() -> None:
    stage = Stage(standing=True, hold_s=60)
    stage.show(View("ready", "lift-foot", condition=ONE_LEG), 2)
    assert stage.show(View("record", "stand-still", condition=ONE_LEG), 10) == []
    assert [a for _, a, _ in stage.show(View("ending", "both-feet", condition=ONE_LEG), 3)] == ["both-feet"]


def test_shuts_its_eyes_when_asked_and_opens_them_after() -> None:
    stage = Stage(standing=True)
    stage.show(View("ready", "close-eyes", condition=CLOSED), 1)
    stage.show(View("record", "stand-still", condition=CLOSED), 10)
    stage.show(View("ending", "open-eyes", condition=CLOSED), 1)
    assert stage.actions() == ["close-eyes", "open-eyes"]


def test_shuts_its_eyes_for_the_record_even_when_nobody_asked() -> None:
    stage = Stage(standing=True)
    stage.show(View("record", "", condition=CLOSED), 5)
    stage.show(View("rest"), 5)
    assert stage.actions() == ["close-eyes", "open-eyes"]


def test_steps_off_before_it_moves_the_pad_and_waits_for_the_zero() -> None:
    stage = Stage(standing=True)
    stage.show(View("clear-plate", "put-pad-on"), 6)
    pad_s = stage.done[-1][0]
    stage.show(View("step-on", "step-on"), 10)
    assert stage.actions() == ["step-off", "put-pad-on", "step-on"]
    assert stage.done[-1][0] - pad_s > 4.0


def test_taps_on_the_beat_while_asked() -> None:
    stage = Stage(standing=True, tap_bpm=20)
    stage.show(View("record", "tap", condition=ONE_LEG), 15)
    times = [t for t, action, _ in stage.done if action == "tap"]
    assert len(times) == 5
    assert times[0] > 1.5
    assert all(abs(b - a - 3.0) < 0.1 for a, b in pairwise(times))


def test_follows_a_moving_target_a_quarter_of_a_second_late() -> None:
    stage = Stage(standing=True)
    stage.show(View("record", "lean", asks_at=(0.0, 0.0)), 1)
    moved_s = stage.now_s
    stage.show(View("record", "lean", asks_at=(50.0, 20.0)), 1)
    (_, _, first), (when_s, action, second) = stage.done
    assert (action, first, second) == ("lean", {"ml_mm": 0.0, "ap_mm": 0.0}, {"ml_mm": 50.0, "ap_mm": 20.0})
    assert 0.2 <= when_s - moved_s <= 0.35
    stage.show(View("ending", "stand-still"), 2)
    assert stage.actions()[-1] == "stand"


def test_makes_the_mistake_that_was_ordered_at_its_time() -> None:
    stage = Stage(standing=True, mistake="support", mistake_s=6.0)
    stage.show(View("record", "stand-still", condition=CLOSED), 20)
    assert [(round(t), a) for t, a, _ in stage.done if a == "support"] == [(6, "support")]


def test_steps_off_when_all_is_done_and_takes_its_bag() -> None:
    stage = Stage(standing=True)
    stage.show(View("clear-plate", "clear-plate"), 4)
    stage.show(View("done"), 4)
    assert stage.actions()[:2] == ["step-off", "bag-off"]


def test_the_same_seed_does_the_same() -> None:
    def played() -> Done:
        stage = Stage()
        stage.show(View("step-on", "step-on"), 8)
        stage.show(View("ready", "lift-foot", condition=ONE_LEG), 2)
        stage.show(View("record", "stand-still", condition=ONE_LEG), 40)
        return stage.done

    assert played() == played()
