"""Limits of stability on made leans whose numbers are known on paper."""

from __future__ import annotations

import json
import math
from math import acos, asin, atan, cos, degrees, pi, radians, sin, sqrt, tan

import numpy as np
import pytest

from station.core.frames import Frames
from station.core.limits import FOOT_MOVED, NOT_STILL, TOO_FEW, UNITS, UNMEASURED, Excursion, excursion, lean, los_area
from station.core.measures.gravity import natural_rad_s
from station.core.measures.sway import AP
from station.core.movement import AWAY, NEVER_LEFT, NO_HEIGHT, TOO_EARLY, Movement, Target
from station.text.catalogue import ids
from tests.sways import at_ns, frames, wander

FS = 100.0
CUE = 300
LEAVES_MM = 1.5  # three times the least rest taken
Array = np.ndarray
FORWARD = Target((0.0, 0.0), (0.0, 80.0))


def turned(on_mm: Array, across_mm: Array, target: Target) -> tuple[Array, Array]:
    """A movement along and across the target's axis, as (ml, ap)."""
    a_ml, a_ap = target.axis
    return target.centre_mm[0] + on_mm * a_ml - across_mm * a_ap, target.centre_mm[1] + on_mm * a_ap + across_mm * a_ml


def measured(on_mm: Array, across_mm: Array | None = None, target: Target = FORWARD, height_mm: float | None = None) -> Excursion:
    """After 3 s of rest on the centre, the cue, then this."""
    still = np.zeros(CUE)
    along = np.concatenate([still, on_mm])
    across = np.concatenate([still, np.zeros(len(on_mm)) if across_mm is None else across_mm])
    ml, ap = turned(along, across, target)
    return lean(Movement(ml, ap, np.column_stack([ml, ap])[:CUE], CUE, FS), target, signal="cop", height_mm=height_mm)


def ramp(to_mm: float, mm_s: float, wait_s: float = 0.4, stay_s: float = 1.0) -> Array:
    """Waits, goes at an even speed, stays."""
    t = np.arange(round((wait_s + to_mm / mm_s + stay_s) * FS)) / FS
    return np.clip((t - wait_s) * mm_s, 0.0, to_mm)


def cosine(to_mm: float, seconds: float, wait_s: float = 0.4, stay_s: float = 1.0) -> Array:
    """Waits, goes there as half a swing, stays."""
    t = np.arange(round((wait_s + seconds + stay_s) * FS)) / FS
    return to_mm / 2 * (1 - np.cos(pi * np.clip((t - wait_s) / seconds, 0.0, 1.0)))


def value(one: Excursion, key: str) -> float:
    found = one.measures[key].value
    assert found is not None, one.measures[key].why
    return found


def why(one: Excursion, key: str) -> str:
    assert one.measures[key].value is None
    return one.measures[key].why


def test_reaction_time_runs_from_the_cue_to_the_first_frame_outside_the_rest_ellipse() -> None:
    for wait_s in (0.2, 0.4, 1.3):
        one = measured(ramp(60.0, 50.0, wait_s))
        assert value(one, "reaction_time_s") == pytest.approx(wait_s + LEAVES_MM / 50.0, abs=0.0101)


def test_an_even_speed_is_its_own_movement_velocity() -> None:
    for mm_s in (10.0, 50.0, 120.0):
        assert value(measured(ramp(60.0, mm_s)), "movement_velocity_mm_s") == pytest.approx(mm_s, rel=1e-9)


def test_the_endpoint_and_the_furthest_point_of_one_movement_are_where_it_stops() -> None:
    one = measured(ramp(60.0, 50.0))
    assert value(one, "endpoint_excursion_pct") == pytest.approx(75.0)
    assert value(one, "maximum_excursion_pct") == pytest.approx(75.0)
    assert value(one, "maximum_excursion_mm") == pytest.approx(60.0)


def test_half_a_swing_has_the_numbers_of_the_formula() -> None:
    one = measured(cosine(80.0, 1.5))
    end_s = 1.5 * (1 - asin(0.1) / pi)
    end_mm = 40 * (1 + sqrt(0.99))
    assert value(one, "endpoint_excursion_pct") == pytest.approx(100 * end_mm / 80, rel=2e-3)
    low_s, high_s = (1.5 / pi * acos(1 - 2 * share * end_mm / 80) for share in (0.05, 0.95))
    assert high_s < end_s
    assert value(one, "movement_velocity_mm_s") == pytest.approx(0.9 * end_mm / (high_s - low_s), rel=5e-3)


def test_a_second_movement_counts_for_the_furthest_point_only() -> None:
    first = ramp(40.0, 50.0, stay_s=0.5)
    both = np.concatenate([first, 40.0 + ramp(32.0, 40.0, wait_s=0.0)])
    one = measured(both)
    assert value(one, "endpoint_excursion_pct") == pytest.approx(50.0)
    assert value(one, "maximum_excursion_pct") == pytest.approx(90.0)
    assert value(one, "movement_velocity_mm_s") == pytest.approx(50.0)


def test_a_moment_of_slowness_shorter_than_a_tenth_of_a_second_ends_no_movement() -> None:
    pause = np.concatenate([ramp(40.0, 50.0, stay_s=0.05), 40.0 + ramp(20.0, 50.0, wait_s=0.0)])
    assert value(measured(pause), "endpoint_excursion_pct") == pytest.approx(75.0)


def test_a_push_the_other_way_before_the_lean_is_not_its_end() -> None:
    push = np.concatenate([np.zeros(30), -3 * np.sin(pi * np.arange(20) / 20), ramp(60.0, 50.0, wait_s=0.0)])
    one = measured(push)
    assert value(one, "reaction_time_s") == pytest.approx(0.3 + 0.2 * asin(0.5) / pi, abs=0.0101)
    assert value(one, "endpoint_excursion_pct") == pytest.approx(75.0)


def test_a_straight_lean_has_all_its_control_and_a_slanted_one_loses_its_slant() -> None:
    straight = ramp(60.0, 50.0)
    assert value(measured(straight), "directional_control_pct") == pytest.approx(100.0)
    for slant_deg in (10.0, 30.0):
        across = straight * tan(radians(slant_deg))
        assert value(measured(straight, across), "directional_control_pct") == pytest.approx(100 * (1 - tan(radians(slant_deg))), rel=1e-6)


def test_control_below_nothing_is_shown_as_nothing() -> None:
    on = ramp(60.0, 50.0)
    assert value(measured(on, 30 * np.sin(2 * pi * on / 15)), "directional_control_pct") == 0.0


@pytest.mark.parametrize("angle_deg", range(0, 360, 45))
def test_the_direction_of_the_target_changes_nothing(angle_deg: int) -> None:
    at = (10 + 80 * cos(radians(angle_deg)), -20 + 80 * sin(radians(angle_deg)))
    there = measured(cosine(70.0, 1.2), cosine(5.0, 1.2), Target((10.0, -20.0), at))
    here = measured(cosine(70.0, 1.2), cosine(5.0, 1.2))
    for key in UNITS:
        if key in here.measures and here.measures[key].value is not None:
            assert value(there, key) == pytest.approx(value(here, key), rel=1e-9), key


def test_with_the_height_known_the_speed_is_an_angle_too() -> None:
    hip_mm = (0.56 - 0.039) * 1750.0
    one = measured(ramp(60.0, 50.0), height_mm=1750.0)
    swept_deg = degrees(atan(57.0 / hip_mm) - atan(3.0 / hip_mm))
    assert value(one, "movement_velocity_deg_s") == pytest.approx(swept_deg / (54.0 / 50.0))
    assert why(measured(ramp(60.0, 50.0)), "movement_velocity_deg_s") == NO_HEIGHT


def test_restless_people_must_leave_a_larger_ellipse() -> None:
    t = np.arange(CUE) / FS
    rest = np.column_stack([2 * np.sin(2 * pi * t), 6 * np.cos(2 * pi * t)])
    on = ramp(60.0, 50.0)
    ml, ap = np.concatenate([rest[:, 0], np.zeros(len(on))]), np.concatenate([rest[:, 1], on])
    one = lean(Movement(ml, ap, rest, CUE, FS), FORWARD, signal="cop")
    assert value(one, "reaction_time_s") == pytest.approx(0.4 + 3 * 6 / sqrt(2) / 50.0, abs=0.0101)


def test_who_never_leaves_has_a_furthest_point_and_no_reaction() -> None:
    one = measured(np.full(300, 1.0))
    assert value(one, "maximum_excursion_mm") == pytest.approx(1.0)
    assert {one.measures[k].why for k in ("reaction_time_s", "endpoint_excursion_pct", "directional_control_pct")} == {NEVER_LEFT}


def test_who_moves_before_the_cue_has_no_reaction_time() -> None:
    assert why(measured(np.full(300, 30.0)), "reaction_time_s") == TOO_EARLY


def test_who_leans_away_reacted_but_reached_nothing() -> None:
    one = measured(-ramp(40.0, 50.0))
    assert value(one, "reaction_time_s") > 0.4
    assert why(one, "endpoint_excursion_pct") == AWAY


def test_a_target_on_the_centre_is_refused() -> None:
    with pytest.raises(ValueError, match="on the centre"):
        Target((3.0, 4.0), (3.0, 4.0))


def around(reach_mm: float, leave_out: int = 0) -> list[Excursion]:
    targets = [Target((5.0, 0.0), (5 + 80 * cos(k * pi / 4), 80 * sin(k * pi / 4))) for k in range(8 - leave_out)]
    return [measured(ramp(reach_mm, 50.0), target=t) for t in targets]


def test_the_area_of_eight_equal_reaches_is_that_of_the_octagon() -> None:
    assert los_area(around(60.0)).value == pytest.approx(2 * sqrt(2) * 60**2)
    assert los_area(list(reversed(around(60.0)))).value == pytest.approx(2 * sqrt(2) * 60**2)


def test_seven_directions_or_two_signals_have_no_area() -> None:
    assert los_area(around(60.0, leave_out=1)).why == TOO_FEW
    assert los_area([]).why == TOO_FEW
    mixed = around(60.0)
    other = Excursion(mixed[0].target, "cog", mixed[0].measures, mixed[0].rules)
    assert los_area([other, *mixed[1:]]).why == TOO_FEW


def stood_and_leant(load_n: float | Array = 700.0, height_mm: float | None = None) -> Frames:
    """4 s of real-like sway, then half a swing of 60 mm in 2 s, 0.6 s after the cue at 4 s: of the pressure or, with a height, of the
    centre of gravity, which the pressure must run ahead of."""
    on = np.concatenate([np.zeros(400), cosine(60.0, 2.0, wait_s=0.6, stay_s=3.0)])
    if height_mm is not None:
        on = on - np.gradient(np.gradient(on)) * FS**2 / natural_rad_s(height_mm / 1000, AP) ** 2
    ml, ap = wander(len(on) / FS, seed=3)
    return frames((0.2 * ml, 0.2 * ap + on), load_n=load_n)


def of_frames(made: Frames, height_mm: float | None = None) -> Excursion:
    rest_ns = (at_ns(made, 1.0), at_ns(made, 4.0))
    return excursion(made, FORWARD, rest_ns=rest_ns, cue_ns=at_ns(made, 4.0), end_ns=at_ns(made, 8.5), bw_n=700.0, height_mm=height_mm)


@pytest.mark.parametrize(("height_mm", "signal"), [(None, "cop"), (1750.0, "cog")])
def test_a_lean_in_frames_reads_as_it_was_made_and_names_its_signal(height_mm: float | None, signal: str) -> None:
    one = of_frames(stood_and_leant(height_mm=height_mm), height_mm)
    assert one.signal == signal
    assert value(one, "maximum_excursion_mm") == pytest.approx(60.0, abs=2.5)
    assert value(one, "endpoint_excursion_pct") == pytest.approx(75.0, abs=3.0)
    low_s, high_s = (2.0 / pi * acos(1 - 2 * share) for share in (0.05, 0.95))
    assert value(one, "movement_velocity_mm_s") == pytest.approx(54.0 / (high_s - low_s), rel=0.15)
    assert 0.4 < value(one, "reaction_time_s") < 0.9
    assert value(one, "directional_control_pct") > 80


def test_a_gap_a_moved_foot_or_a_restless_rest_leaves_nothing_to_measure() -> None:
    holed = stood_and_leant()
    holed.ml_mm[600:640] = np.nan
    assert {m.why for m in of_frames(holed).measures.values()} == {UNMEASURED}
    stepped = stood_and_leant()
    stepped.ml_mm[600:] += 60.0
    stepped.load_n[595:605] = 600.0
    assert {m.why for m in of_frames(stepped).measures.values()} == {FOOT_MOVED}
    n = len(stood_and_leant())
    swaying = stood_and_leant(load_n=700.0 + 20 * np.sin(2 * pi * np.arange(n) / FS))
    assert {m.why for m in of_frames(swaying).measures.values()} == {NOT_STILL}


def test_a_sudden_jump_without_a_dip_of_load_is_a_lean_all_the_same() -> None:
    jumped = stood_and_leant()
    jumped.ml_mm[600:] += 60.0
    assert value(of_frames(jumped), "maximum_excursion_mm") > 0


def test_times_out_of_order_are_refused() -> None:
    made = stood_and_leant()
    with pytest.raises(ValueError, match="not in this order"):
        excursion(made, FORWARD, rest_ns=(at_ns(made, 4), at_ns(made, 1)), cue_ns=at_ns(made, 4), end_ns=at_ns(made, 8), bw_n=700.0)


def test_a_lean_keeps_its_rules_and_target_and_is_plain_json() -> None:
    doc = json.loads(json.dumps(of_frames(stood_and_leant()).to_json()))
    assert doc["target_mm"] == [0.0, 80.0]
    assert doc["rules"]["end_share"] == 0.1
    assert doc["rules"]["method"] == "limits/1"
    assert math.isclose(doc["measures"]["maximum_excursion_mm"]["value"], 60.0, abs_tol=2.5)


def test_every_measure_of_a_lean_and_every_silence_has_its_words() -> None:
    said = {f"limits.{key}.{form}" for key in UNITS for form in ("name", "means")}
    assert said | {NEVER_LEFT, TOO_EARLY, AWAY, NO_HEIGHT, FOOT_MOVED, NOT_STILL, UNMEASURED, TOO_FEW} <= set(ids())
