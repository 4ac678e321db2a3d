"""The newer families against paths whose numbers are known on paper."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sways import FS_HZ, circle, wander

from station.core.marks import FOOT_LENGTH_MM, foot_marks
from station.core.measures.boundary import curved_s, straight_s, support_mm, time_to_edge_s
from station.core.measures.context import Context, outlines
from station.core.measures.gravity import centre_of_gravity_mm, natural_rad_s
from station.core.measures.hull import area, diameter, hull
from station.core.measures.needs import BOTH_LEGS, HEIGHT_KNOWN, OUTLINES_KNOWN
from station.core.measures.path import path_length_mm
from station.core.measures.prepare import measure_cop
from station.core.measures.registry import registry
from station.core.measures.spread import measure_all
from station.core.measures.sway import AP, ML, Sway
from station.core.measures.turning import changes_of_sign

approx = pytest.approx
SQUARE = (((-100.0, -150.0), (100.0, -150.0), (100.0, 150.0), (-100.0, 150.0)),)
T_S = np.arange(6000) / FS_HZ


def known(key: str, ml: np.ndarray, ap: np.ndarray, context: Context | None = None) -> float:
    return registry("station")[key].function(Sway.of(ml, ap, FS_HZ, context=context))


def test_a_steady_way_to_a_wall_takes_the_distance_over_the_speed_and_falls_one_second_a_second() -> None:
    t = T_S[:2000]
    sway = Sway.of(-80 + 4 * t, np.full(2000, 20.0), FS_HZ, context=Context(feet_mm=SQUARE))
    for times in (straight_s, curved_s):
        ttb_s = sway.once(times)
        assert ttb_s == approx((180 - 4 * t[1:-1]) / 4, rel=1e-6)
        assert np.diff(ttb_s) == approx(np.full(1997, -1 / FS_HZ), abs=1e-6)
    assert known("time_to_boundary_straight_least_s", -80 + 4 * t, np.full(2000, 20.0), Context(feet_mm=SQUARE)) == approx(
        (180 - 4 * t[-2]) / 4, rel=1e-6
    )


def test_a_thrown_point_reaches_the_edge_when_a_stone_would() -> None:
    corners = hull(*np.array(SQUARE[0]).T)
    at, v, a = np.array([[0.0, 0.0]]), np.array([[0.0, 60.0]]), np.array([[0.0, 10.0]])
    assert time_to_edge_s(at, v, a, corners)[0] == approx((-60 + math.sqrt(60**2 + 2 * 10 * 150)) / 10)
    turning_back = time_to_edge_s(at, v, np.array([[0.0, -40.0]]), corners)[0]  # climbs 45 mm, then falls to the rear edge
    assert turning_back == approx((60 + math.sqrt(60**2 + 2 * 40 * 150)) / 40)


def test_a_point_that_stays_never_reaches_the_edge_and_one_outside_has_no_time() -> None:
    corners = hull(*np.array(SQUARE[0]).T)
    still = np.zeros((2, 2))
    with np.errstate(all="ignore"):
        found = time_to_edge_s(np.array([[0.0, 0.0], [300.0, 0.0]]), still, still, corners)
    assert found[0] == math.inf
    assert math.isnan(found[1])


@settings(max_examples=30, deadline=None)
@given(degrees=st.floats(0, 360), speed_mm_s=st.floats(1, 500), ml=st.floats(-90, 90), ap=st.floats(-140, 140))
def test_the_edge_is_met_on_the_outline_wherever_the_point_goes(degrees: float, speed_mm_s: float, ml: float, ap: float) -> None:
    corners = hull(*np.array(SQUARE[0]).T)
    v = speed_mm_s * np.array([[math.cos(math.radians(degrees)), math.sin(math.radians(degrees))]])
    tau = time_to_edge_s(np.array([[ml, ap]]), v, np.zeros((1, 2)), corners)[0]
    end = np.array([ml, ap]) + v[0] * tau
    assert max(abs(end[0]) / 100, abs(end[1]) / 150) == approx(1, abs=1e-6)


def test_a_to_and_fro_is_nearest_to_the_edge_twice_a_swing() -> None:
    ap = 50 * np.sin(2 * math.pi * 0.25 * T_S)
    context = Context(feet_mm=SQUARE)
    w = 2 * math.pi * 0.25
    phase = np.linspace(-math.pi / 2, math.pi / 2, 100001)[1:-1]
    expected_s = ((150 - 50 * np.sin(phase)) / (50 * w * np.cos(phase))).min()
    assert known("time_to_boundary_straight_mean_s", 1e-9 * ap, ap, context) == approx(expected_s, rel=1e-3)
    assert known("time_to_boundary_straight_sd_s", 1e-9 * ap, ap, context) == approx(0, abs=1e-3)


def test_the_base_of_support_is_the_hull_of_both_feet_on_their_marks() -> None:
    feet = outlines(foot_marks("hip", 250), 260, 100)
    corners = support_mm(Sway.of(*wander(10), FS_HZ, context=Context(feet_mm=feet)))
    assert area(corners) == approx((250 + 100) * 260)
    assert corners[:, 1].min() == approx(foot_marks("hip", 250)[0].ap_mm - FOOT_LENGTH_MM / 2)


@pytest.mark.parametrize("hz", [0.1, 0.3, 0.48, 1.0, 2.0])
def test_the_centre_of_gravity_follows_a_swing_as_far_as_its_frequency_lets_it(hz: float) -> None:
    w0, w = natural_rad_s(1.75, AP), 2 * math.pi * hz
    x = 5 * np.sin(w * T_S)
    share = w0**2 / (w0**2 + w**2)
    assert np.abs(centre_of_gravity_mm(x, FS_HZ, w0) - share * x)[500:-500].max() < 0.01
    context = Context(height_mm=1750)
    assert known("cog_rms_ap_mm", 0.1 * x, x, context) == approx(5 * share / math.sqrt(2), rel=0.02)
    assert known("cop_cog_rms_ap_mm", 0.1 * x, x, context) == approx(5 * (1 - share) / math.sqrt(2), rel=0.02)


def test_a_person_of_1_75_m_swings_like_a_stick_of_0_48_hz_forward_and_a_little_slower_to_the_side() -> None:
    assert natural_rad_s(1.75, AP) / (2 * math.pi) == approx(0.48, abs=0.005)
    assert natural_rad_s(1.75, ML) < natural_rad_s(1.75, AP)
    assert natural_rad_s(1.0, AP) == approx(natural_rad_s(1.75, AP) * math.sqrt(1.75))


def test_the_centre_of_gravity_of_a_still_or_slowly_drifting_person_is_where_the_pressure_is() -> None:
    drift = 40 + 0.5 * T_S
    assert centre_of_gravity_mm(drift, FS_HZ, 3.0) == approx(drift, abs=0.01)
    assert centre_of_gravity_mm(np.full(50, 7.0), FS_HZ, 3.0) == approx(np.full(50, 7.0))


def test_what_needs_a_height_or_feet_says_so_when_they_are_not_known() -> None:
    nobody = Sway.of(*wander(60), FS_HZ)
    one_leg = Sway.of(*wander(60), FS_HZ, context=Context(height_mm=1750, stance="single-leg", feet_mm=SQUARE))
    assert not HEIGHT_KNOWN.met(nobody)
    assert not OUTLINES_KNOWN.met(nobody)
    assert HEIGHT_KNOWN.met(one_leg)
    assert not BOTH_LEGS.met(one_leg)
    for key, m in registry("station").items():
        if key.startswith(("cog_", "cop_cog_")):
            assert m.needs[:2] == (HEIGHT_KNOWN, BOTH_LEGS)
        if key.startswith("time_to_boundary"):
            assert m.needs[0] == OUTLINES_KNOWN


def test_a_context_gives_a_recording_its_times_to_the_edge_and_its_centre_of_gravity() -> None:
    keys = [key for key, m in registry("station").items() if m.family in ("boundary", "gravity")]
    assert len(keys) == 10
    without = measure_cop(*wander(60), FS_HZ, "station", keys)
    assert {m.why for m in without.values()} == {"why.no-outlines", "why.no-height"}
    here = Context(height_mm=1750, feet_mm=SQUARE)
    found = measure_cop(*wander(60), FS_HZ, "station", keys, here)
    assert all(m.value is not None and m.value > 0 for m in found.values())
    assert measure_all(*wander(60), FS_HZ, keys, here) == {"station": found}
    assert 0 < found["time_to_boundary_least_s"].value < found["time_to_boundary_mean_s"].value
    assert found["cop_cog_rms_ap_mm"].value < found["cog_rms_ap_mm"].value


def test_outlines_beside_the_pressure_withhold_the_time_to_the_edge() -> None:
    ml, ap = wander(60)
    beside = registry("station")["time_to_boundary_mean_s"].needs[-1]
    assert beside.met(Sway.of(ml, ap, FS_HZ, context=Context(feet_mm=SQUARE)))
    assert not beside.met(Sway.of(ml + 500, ap, FS_HZ, context=Context(feet_mm=SQUARE)))


def test_a_sine_passes_its_middle_and_turns_twice_a_swing_with_its_top_speed_between() -> None:
    x = 5 * np.sin(2 * math.pi * 0.5 * T_S + 0.3)
    assert known("zero_crossings_ml_1_s", x, 0 * x) == approx(1.0, abs=0.02)
    assert known("velocity_zero_crossings_ml_1_s", x, 0 * x) == approx(1.0, abs=0.02)
    assert known("velocity_peak_ml_mm_s", x, 0 * x) == approx(2 * math.pi * 0.5 * 5, rel=1e-3)
    assert math.isnan(known("zero_crossings_ap_1_s", x, 0 * x))
    assert changes_of_sign(np.array([1.0, 0, 0, -2, -1, 0, 3])).tolist() == [3, 6]


def test_the_bands_share_the_power_and_the_quotient_is_fast_over_slow() -> None:
    ml = 4 * np.sin(2 * math.pi * 0.3 * T_S) + 2 * np.sin(2 * math.pi * 1.2 * T_S) + 1 * np.sin(2 * math.pi * 3.0 * T_S)
    powers = [known(f"band_power_{part}_ml_mm2", ml, ml) for part in ("low", "middle", "high")]
    assert powers == approx([4**2 / 2, 2**2 / 2, 1**2 / 2], rel=1e-3)
    assert sum(powers) == approx(known("power_ml_mm2", ml, ml))
    assert known("frequency_quotient_ml", ml, ml) == approx(0.5 / (8 + 2), rel=1e-3)


def test_the_range_ratio_of_an_oblong_is_its_shape() -> None:
    ml, ap = circle(10, 0.5, 30)
    assert known("range_ratio_ml_ap", 0.4 * ml, ap) == approx(0.4, rel=1e-4)


def test_a_noise_without_memory_has_less_variety_at_every_longer_scale_and_a_walk_has_not() -> None:
    rng = np.random.default_rng(5)
    noise = np.repeat(rng.normal(size=1200), 5)  # 20 values a second, each for five frames
    walk = np.repeat(np.cumsum(rng.normal(size=1200)), 5)
    of_noise, of_walk = (known("multiscale_entropy_ml", x, x) for x in (noise, walk))
    # a mean of s white values has SD 1/sqrt(s): with r fixed two of them agree with P(|N(0, 2/s)| <= 0.2)
    expected = sum(-math.log(math.erf(0.2 * math.sqrt(s) / 2)) for s in range(1, 7))
    assert of_noise == approx(expected, rel=0.05)
    assert of_walk < of_noise / 2


@settings(max_examples=40, deadline=None)
@given(
    points=st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9)), min_size=1, max_size=12),
    scale=st.sampled_from([1.0, 0.1, 1 / 3]),
)
def test_the_diameter_is_the_largest_of_all_distances(points: list[tuple[int, int]], scale: float) -> None:
    x, y = (np.array(column) * scale for column in zip(*points, strict=True))
    largest = max(math.hypot(a - c, b - d) for a, b in zip(x, y, strict=True) for c, d in zip(x, y, strict=True))
    assert diameter(hull(x, y)) == approx(largest, abs=1e-12)


def test_a_gap_shortens_no_path_of_a_steady_circle() -> None:
    ml, ap = circle(10, 0.5, 60)
    valid = np.ones(6000, np.bool_)
    valid[2000:2300] = False
    assert path_length_mm(Sway.of(ml, ap, FS_HZ, valid)) == approx(2 * math.pi * 10 * 0.5 * 59.99, rel=1e-3)
