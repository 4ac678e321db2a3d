"""Detectors one by one: when they fire, what they are dated to, and what must not fool them."""

from __future__ import annotations

import pytest
from standing import BW_N, Person

from station.core.events import Faults, FootLift, Signals, StepOff, Support, Sustained, TouchDown
from station.core.stance import Settle, SupportMeter

MARKS_MM = 250.0
MS = 1_000_000


def seen(person: Person, side: str = "", begin_s: float = 0.0) -> list[tuple[str, float]]:
    """Signals from `begin_s` on with the time they are dated to, each told once."""
    signals, frames = Signals(MARKS_MM, BW_N, side), person.frames()
    rows = zip(frames.t_ns.tolist(), frames.load_n.tolist(), frames.ml_mm.tolist(), frames.ap_mm.tolist(), strict=True)
    found = [(s.kind, s.t_ns / 1e9) for row in rows if row[0] >= begin_s * 1e9 for s in signals.feed(*row)]
    return list(dict.fromkeys(found))


def lift(person: Person, side: str = "") -> tuple[float, str] | None:
    detector, frames = FootLift(MARKS_MM, BW_N, side), person.frames()
    for row in zip(frames.t_ns.tolist(), frames.load_n.tolist(), frames.ml_mm.tolist(), strict=True):
        found = detector.feed(*row)
        if found is not None:
            return found[0] / 1e9, found[1]
    return None


def test_a_condition_has_held_when_its_frames_cover_the_time() -> None:
    held = Sustained(50 * MS)
    assert [held.feed(k * 10 * MS, True) for k in range(6)] == [False, False, False, False, True, True]
    assert held.since_ns == 0
    assert held.feed(60 * MS, False) is False
    assert held.since_ns is None


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_lift_is_dated_to_the_crossing_and_names_the_standing_leg(side: str) -> None:
    found = lift(Person().stand(2).leg(2, side))
    assert found is not None
    assert found[1] == side
    assert found[0] == pytest.approx(2.2, abs=0.1)


def test_passing_over_a_foot_is_no_lift() -> None:
    assert lift(Person().stand(2).leg(0.3, "right").stand(0.4).leg(0.3, "left").stand(2)) is None


def test_a_foot_that_lifts_with_a_hand_on_the_rail_counts_from_when_the_hand_lets_go() -> None:
    person = Person().stand(2).add(2, load=0.85, ml_mm=125).add(2, ml_mm=125)
    found = lift(person)
    assert found is not None
    assert found[0] == pytest.approx(4.0, abs=0.02)


def test_a_touch_down_is_dated_to_where_the_weight_began_to_move() -> None:
    person = Person(at_mm=125).leg(5, "right").stand(2)
    down = [t_s for kind, t_s in seen(person, "right") if kind == "touch-down"]
    assert down == [pytest.approx(5.06, abs=0.03)]


def test_a_wobble_on_one_leg_is_no_touch_down() -> None:
    assert seen(Person(at_mm=-125).leg(5, "left").add(0.3, ml_mm=-75).leg(2, "left"), "left") == []


def test_a_brief_touch_is_no_touch_down_of_the_plate() -> None:
    detector, frames = TouchDown(MARKS_MM, "right"), Person().leg(3, "right").add(0.2, ml_mm=20).leg(3, "right").frames()
    told = [detector.feed(t, x) for t, x in zip(frames.t_ns.tolist(), frames.ml_mm.tolist(), strict=True)]
    assert all(t is None for t in told)


def test_support_is_told_with_the_time_it_began() -> None:
    assert seen(Person().stand(2).add(0.3, load=0.9).stand(2)) == [("support", 2.0)]


def test_a_dip_shorter_than_150_ms_is_no_support() -> None:
    assert seen(Person().stand(2).add(0.15, load=0.9).stand(2)) == []


def test_a_fall_of_the_load_that_becomes_a_step_off_is_no_support() -> None:
    kinds = [kind for kind, _ in seen(Person().stand(2).add(0.3, load=0.8).add(0.1, load=0.6).empty(1))]
    assert kinds == ["step-off"]


def test_support_that_lasts_is_told_after_half_a_second() -> None:
    support = Support(BW_N)
    told = [support.feed(k * 10 * MS, 0.9 * BW_N) for k in range(60)]
    first = next(k for k, s in enumerate(told) if s is not None)
    assert first == 50
    assert told[first] is not None
    assert told[first].amount_pct == pytest.approx(10.0)


def test_a_step_off_is_told_within_100_ms_and_dated_to_its_first_frame() -> None:
    off = StepOff(BW_N)
    told = [off.feed(k * 10 * MS, BW_N if k < 5 else 0.4 * BW_N) for k in range(20)]
    assert told.index(50 * MS) == 14
    assert off.low


def test_a_hop_is_a_spike_and_a_second_person_stays() -> None:
    assert [kind for kind, _ in seen(Person().stand(2).add(0.1, load=1.4).stand(2))] == ["hop"] * 10
    kinds = dict.fromkeys(kind for kind, _ in seen(Person().stand(2).add(2, load=1.4)))
    assert list(kinds) == ["hop", "second-person"]


def test_a_stumble_is_faster_than_400_mm_a_second() -> None:
    assert seen(Person().stand(2).add(0.3, ml_mm=60, sway=0).stand(1)) == []
    fast = Person().stand(2)
    for n in range(8):
        fast.add(0.2, ml_mm=(-1) ** n * 90)
    assert "stumble" in [kind for kind, _ in seen(fast)]


def test_one_silent_cell_is_a_fault_after_300_ms_and_all_four_after_a_second_and_a_half() -> None:
    one, four = Faults(), Faults()
    told = [one.feed(k * 10 * MS, (False, True, False, False)) for k in range(40)]
    assert next(k for k, f in enumerate(told) if f) == 30
    assert told[30] == (0, (1,))
    told = [four.feed(k * 10 * MS, (True, True, True, True)) for k in range(200)]
    assert next(k for k, f in enumerate(told) if f) == 150


def test_settling_gives_body_weight_and_the_centre_of_rest() -> None:
    settle, frames = Settle(3.0), Person().stand(4).frames()
    rest = None
    for n, (w, x, y) in enumerate(zip(frames.load_n.tolist(), frames.ml_mm.tolist(), frames.ap_mm.tolist(), strict=True)):
        rest = rest or settle.feed(w, x, y, inside=True)
        if n < 299:
            assert rest is None
    assert rest is not None
    assert rest.bw_n == pytest.approx(BW_N, rel=0.005)
    assert abs(rest.ml_mm) < 4
    assert rest.speed_mm_s == pytest.approx(12, rel=0.5)


def test_leaving_the_box_starts_the_still_seconds_anew() -> None:
    settle = Settle(1.0)
    for _ in range(99):
        assert settle.feed(BW_N, 0.0, 0.0, inside=True) is None
    assert settle.ring == pytest.approx(0.95)
    settle.feed(BW_N, 90.0, 0.0, inside=False)
    assert settle.ring == 0.0


def test_the_support_meter_reads_the_share_and_has_a_dead_band() -> None:
    meter = SupportMeter(BW_N)
    assert [meter.feed(0.94 * BW_N) for _ in range(60)][-1] == pytest.approx(0.06)
    assert [meter.feed(0.985 * BW_N) for _ in range(60)][-1] == 0.0
