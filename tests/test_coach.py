"""Heel taps: counted exactly, timed closely, judged by the rules; and the ring of the training."""

from __future__ import annotations

from typing import Any

import pytest
from standing import BW_N, Person

from station.coach.drill import Drill, set_score
from station.coach.target import TargetTask
from station.core.stance import Rest

REST = Rest(BW_N, 1.5, 0.0, 0.0, 6.0, 12.0)
TAP_S = 0.3


def drill(person: Person, wanted: int = 8) -> Drill:
    """Feeds what comes after the person stands on the left leg."""
    frames = person.frames()
    one = Drill(wanted, REST, 250.0, "left", int(frames.t_ns[0]))
    for t_ns, w, x, y in zip(frames.t_ns.tolist(), frames.load_n.tolist(), frames.ml_mm.tolist(), frames.ap_mm.tolist(), strict=True):
        if not one.done and w > 100:
            one.step(t_ns, w, x, y)
    return one


def on_left() -> Person:
    return Person(at_mm=-125.0).leg(2, "left")


def verdicts(one: Drill) -> list[str]:
    return [r["verdict"] for r in one.reps]


def set_of(n: int = 8, hold_s: float = 2.2, **tap: Any) -> tuple[Person, list[float]]:
    person, middles = on_left(), []
    for _ in range(n):
        middles.append(person.now_s + TAP_S / 2)
        person.tap(s=TAP_S, **tap).leg(hold_s, "left")
    return person, middles


@pytest.mark.parametrize("depth", [0.05, 0.08, 0.12, 0.18])
def test_every_tap_is_counted_once_and_timed_within_30_ms(depth: float) -> None:
    person, middles = set_of(depth=depth)
    one = drill(person)
    assert verdicts(one) == ["valid"] * 8
    assert [r["t_ns"] / 1e9 for r in one.reps] == pytest.approx(middles, abs=0.03)
    assert [r["dip_pct"] for r in one.reps] == pytest.approx([100 * depth] * 8, abs=0.8)
    assert one.done


def test_standing_on_one_leg_without_tapping_counts_nothing() -> None:
    assert drill(on_left().leg(40, "left")).reps == ()


def test_a_dip_without_a_shift_of_the_centre_is_body_motion() -> None:
    assert drill(set_of(depth=0.05, shift_mm=0.0)[0]).reps == ()


def test_a_deep_dip_counts_by_itself() -> None:
    assert len(drill(set_of(depth=0.14, shift_mm=0.0)[0]).reps) == 8


def test_more_than_a_fifth_of_the_weight_is_heavy() -> None:
    assert verdicts(drill(set_of(3, depth=0.25)[0], 3)) == ["heavy"] * 3


def test_a_tap_soon_after_the_last_is_rushed() -> None:
    assert verdicts(drill(set_of(4, hold_s=1.2)[0], 3)) == ["valid", "rushed", "rushed"]


def test_a_second_contact_within_the_gap_loses_the_rep_and_is_not_counted_again() -> None:
    person = on_left().tap().leg(0.4, "left").tap().leg(3, "left").tap().leg(2, "left")
    assert verdicts(drill(person)) == ["lost", "valid"]


def test_a_foot_that_stays_down_beside_the_plate_loses_the_rep() -> None:
    person = on_left().tap().leg(2.5, "left").add(1.2, load=0.85).leg(3, "left")
    one = drill(person)
    assert verdicts(one) == ["valid", "lost"]


def test_a_foot_down_on_the_plate_asks_for_a_new_lift() -> None:
    one = drill(on_left().tap().leg(0.5, "left").stand(2))
    assert verdicts(one) == ["lost"]
    assert (one.view().asks, one.view().say.id) == ("lift-right", "drill.lift-again")


def test_a_tap_too_light_for_the_board_is_kept_and_has_no_number() -> None:
    one = drill(set_of(3, depth=0.0, shift_mm=60.0)[0], 3)
    assert verdicts(one) == ["light"] * 3
    assert [r["dip_pct"] for r in one.reps] == [None] * 3
    assert one.view().do.id == "drill.cue.feel"


def test_each_rep_sounds_once_and_has_one_cue() -> None:
    one = drill(set_of(2, depth=0.25)[0])
    assert one.drain() == ["heavy", "heavy"]
    assert one.drain() == []
    assert one.view().do.id == "drill.cue.heavy"
    assert (one.view().count, one.view().of_count) == (2, 8)


def test_a_light_steady_set_scores_full_and_a_heavy_wobbly_one_little() -> None:
    light = [{"verdict": "valid", "dip_pct": 4.0, "steady_mm_s": 30.0, "hold_mm_s": 30.0}] * 8
    heavy = [{"verdict": "heavy", "dip_pct": 25.0, "steady_mm_s": 95.0, "hold_mm_s": 30.0}] * 8
    assert (set_score(light).value, set_score(light).of) == (100.0, 100.0)
    assert set_score(heavy).value == 0.0
    assert set_score(light[:4] + heavy[:4]).value == 50.0


def test_the_ring_counts_the_seconds_inside() -> None:
    task = TargetTask(REST, 30.0, 20.0)
    for k in range(2000):
        task.step(k * 10_000_000, BW_N, 0.0 if k < 1500 else 30.0, 0.0)
    assert (task.score.value, task.score.unit, task.score.of) == (15.0, "s", 30.0)
    assert task.view().target_mm == (0.0, 0.0, 20.0)
