"""Every measure against itself: a path turned, mirrored, reversed, scaled, moved, sampled otherwise. What must not change does not.

The table names every registered key: a new measure without an entry fails.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sways import Array, Path

from station.core.marks import foot_marks
from station.core.measures.context import Context, outlines
from station.core.measures.prepare import measure_cop
from station.core.measures.registry import BOTH, definitions, registry
from station.core.measures.sway import Sway

approx = pytest.approx
FS_HZ = 40.0  # a multiple of 20 Hz, and a minute is short enough to measure hundreds of times
CONTEXT = Context(height_mm=1750, feet_mm=outlines(foot_marks("hip", 250), 260, 100))

SAME, SWAP, SQUARE, NEGATED, INVERSE, ANGLE, MOVES = "same", "swap", "square", "negated", "inverse", "angle", "moves"


@dataclass(frozen=True)
class Rule:
    """What becomes of a value.

    scale:   exponent of the scale factor; None where a length of the room is part of the definition (3 mm, the feet), so anything goes
    turned:  same: any rotation leaves it; swap: a quarter turn gives the other axis its value; square: a quarter turn leaves it;
             negated, inverse: by a quarter turn; angle: grows by the rotation
    mirror:  of ml -> -ml
    reverse: of walking the path backwards: same, near (windows are cut from the start: 10 %), moves
    """

    scale: float | None
    turned: str = SAME
    mirror: str = SAME
    reverse: str = SAME


NEAR = "near"
LENGTH, LENGTH_AXIS = Rule(1), Rule(1, SWAP)
AREA, AREA_AXIS = Rule(2), Rule(2, SWAP)
PLAIN, PLAIN_AXIS = Rule(0), Rule(0, SWAP)
POWER_AXIS, SHARE_AXIS = Rule(2, SWAP, reverse=NEAR), Rule(0, SWAP, reverse=NEAR)
EDGE = Rule(None, MOVES, reverse=MOVES)

RULES: dict[str, Rule] = {
    "mean_axis_mm": Rule(1, SWAP, MOVES), "mean_distance_mm": LENGTH, "mean_distance_axis_mm": LENGTH_AXIS, "rms_distance_mm": LENGTH,
    "rms_axis_mm": LENGTH_AXIS, "range_axis_mm": LENGTH_AXIS, "range_mm": LENGTH, "radius_95_mm": LENGTH, "planar_deviation_mm": LENGTH,
    "max_distance_mm": LENGTH, "range_ratio_ml_ap": Rule(0, INVERSE), "ml_ap_correlation": Rule(0, NEGATED, NEGATED),
    "path_length_mm": LENGTH, "path_length_axis_mm": LENGTH_AXIS, "mean_velocity_mm_s": LENGTH, "mean_velocity_axis_mm_s": LENGTH_AXIS,
    "mean_velocity_ln": Rule(None), "peak_velocity_mm_s": LENGTH, "velocity_first_third_mm_s": Rule(1, reverse=MOVES),
    "velocity_middle_third_mm_s": Rule(1, reverse=NEAR), "velocity_last_third_mm_s": Rule(1, reverse=MOVES),
    "velocity_thirds_ln": Rule(0, reverse=NEGATED), "turns_index": Rule(0, SQUARE), "phase_plane_axis": LENGTH_AXIS,
    "mean_frequency_hz": PLAIN, "mean_frequency_axis_hz": PLAIN_AXIS, "sway_area_rate_mm2_s": AREA,
    "ellipse_area_95_mm2": AREA, "ellipse_major_mm": LENGTH, "ellipse_minor_mm": LENGTH, "ellipse_angle_deg": Rule(0, ANGLE, ANGLE),
    "circle_area_95_mm2": AREA, "ellipse_area_prieto_mm2": AREA, "hull_area_mm2": AREA, "path_per_area_1_mm": Rule(-1),
    "fractal_dimension_cc": PLAIN, "fractal_dimension_ce": PLAIN,
    "power_axis_mm2": POWER_AXIS, "f50_axis_hz": SHARE_AXIS, "f95_axis_hz": SHARE_AXIS, "centroid_frequency_axis_hz": SHARE_AXIS,
    "frequency_dispersion_axis": SHARE_AXIS, "mean_power_frequency_axis_hz": SHARE_AXIS,
    "peak_frequency_axis_hz": Rule(0, SWAP, reverse=MOVES),
    "band_power_low_axis_pct": SHARE_AXIS, "band_power_middle_axis_pct": SHARE_AXIS, "band_power_high_axis_pct": SHARE_AXIS,
    "band_power_low_axis_mm2": POWER_AXIS, "band_power_middle_axis_mm2": POWER_AXIS, "band_power_high_axis_mm2": POWER_AXIS,
    "frequency_quotient_axis": SHARE_AXIS, "mpf_duarte_hz": Rule(0, SQUARE, reverse=NEAR),
    "sway_density_peak_s": Rule(None, reverse=NEAR), "sway_density_distance_mm": Rule(None, reverse=NEAR),
    "sda_diffusion_short_mm2_s": AREA, "sda_diffusion_long_mm2_s": AREA, "sda_exponent_short": PLAIN, "sda_exponent_long": PLAIN,
    "sda_critical_time_s": PLAIN, "sda_critical_displacement_mm2": AREA,
    "sample_entropy_axis": SHARE_AXIS, "multiscale_entropy_axis": SHARE_AXIS, "dfa_alpha_axis": SHARE_AXIS,
    "zero_crossings_axis_1_s": PLAIN_AXIS, "velocity_zero_crossings_axis_1_s": PLAIN_AXIS, "velocity_peak_axis_mm_s": LENGTH_AXIS,
    # the body's inertia differs between the axes, so a quarter turn gives nearly the other's value only
    "cog_rms_axis_mm": Rule(1, MOVES), "cop_cog_rms_axis_mm": Rule(1, MOVES),
    "time_to_boundary_mean_s": EDGE, "time_to_boundary_sd_s": EDGE, "time_to_boundary_least_s": EDGE,
    "time_to_boundary_straight_mean_s": EDGE, "time_to_boundary_straight_sd_s": EDGE, "time_to_boundary_straight_least_s": EDGE,
    "mean_velocity_n_mm_s": LENGTH, "mean_velocity_n1_mm_s": LENGTH, "ellipse_f_mm2": AREA, "ellipse_chi2_mm2": AREA,
    "ellipse_f_ddof0_mm2": AREA, "circle_prieto_mm2": AREA, "sd_axis_mm": LENGTH_AXIS, "range_2d_mm": LENGTH, "rms_radius_mm": LENGTH,
    "msd_axis_1s_mm2": AREA_AXIS, "principal_axis_deg": Rule(0, ANGLE, ANGLE), "mpf_axis_hz": SHARE_AXIS,
    "mpf_resultant_hz": Rule(0, SQUARE, reverse=NEAR),
    # a value only where the board's noise is known: its own tests hold what it does
    "path_length_corrected_mm": Rule(None, MOVES, MOVES, MOVES), "mean_velocity_corrected_mm_s": Rule(None, MOVES, MOVES, MOVES),
}  # fmt: skip
FEET_AND_MEAN = {"mean_axis_mm"} | {key for key, rule in RULES.items() if rule is EDGE}


def rule_key(key: str) -> str:
    """The table's name of a key: its axis as the word "axis"."""
    if key in RULES:
        return key
    words = key.split("_")
    return "_".join("axis" if word in ("ml", "ap") else word for word in words)


def wandering(seed: int, seconds: float = 60.0) -> Path:
    """Band-limited random sway, elongated and oblique, off the plate's middle."""
    n = round(seconds * FS_HZ)
    t = np.arange(n) / FS_HZ
    rng = np.random.default_rng(seed)
    f = rng.uniform(0.1, 2.5, 24)
    made = [(rng.normal(size=24) / f) @ np.sin(2 * np.pi * f[:, None] * t + rng.uniform(0, 6.28, (24, 1))) for _ in range(2)]
    return turned((made[0] + 5.0, 2.0 * made[1] - 9.0), 25.0)


def turned(path: Path, degrees: float) -> Path:
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return c * path[0] - s * path[1], s * path[0] + c * path[1]


def quarter(path: Path) -> Path:
    return -path[1], path[0]


def values(path: Path) -> dict[tuple[str, str], float]:
    """(base, key) -> value of every definition, unfiltered; without those that have none."""
    sway = Sway.of(*path, FS_HZ, context=CONTEXT)
    found = {}
    with np.errstate(all="ignore"):
        for key in registry():
            for base, m in definitions(key).items():
                value = m.function(sway)
                if math.isfinite(value):
                    found[base, key] = value
    return found


def other_axis(key: str) -> str:
    """The key of the other axis."""
    swap = {"ml": "ap", "ap": "ml"}
    return "_".join(swap.get(word, word) for word in key.split("_"))


def test_the_table_has_every_registered_measure_and_no_other() -> None:
    assert {rule_key(key) for key in registry()} == set(RULES)
    assert set(BOTH) == {base for key in registry() for base in definitions(key)}


def test_nearly_every_measure_has_a_value_of_a_minute_of_sway() -> None:
    assert set(registry()) - {key for _, key in values(wandering(1))} == {
        "path_length_corrected_mm",
        "mean_velocity_corrected_mm_s",
    }


@settings(max_examples=10, deadline=None)
@given(degrees=st.floats(0, 360), seed=st.integers(0, 1000))
def test_turning_the_path_leaves_what_does_not_look_at_axes_and_turns_angles_with_it(degrees: float, seed: int) -> None:
    path = wandering(seed)
    plain, found = values(path), values(turned(path, degrees))
    for at, value in plain.items():
        how = RULES[rule_key(at[1])].turned
        if how == SAME:
            assert found[at] == approx(value, rel=1e-6), at
        elif how == ANGLE:
            assert (found[at] - value - degrees + 90) % 180 == approx(90, abs=1e-6), at


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 1000))
def test_a_quarter_turn_gives_each_axis_the_value_of_the_other(seed: int) -> None:
    path = wandering(seed)
    plain, found = values(path), values(quarter(path))
    for (base, key), value in plain.items():
        how = RULES[rule_key(key)].turned
        if how == SWAP:
            assert abs(found[base, other_axis(key)]) == approx(abs(value), rel=1e-9), key
        elif how in (SQUARE, NEGATED, INVERSE):
            expected = {SQUARE: value, NEGATED: -value, INVERSE: 1 / value}[how]
            assert found[base, key] == approx(expected, rel=1e-9), key


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 1000))
def test_left_and_right_exchanged_change_signs_alone(seed: int) -> None:
    ml, ap = wandering(seed)
    plain, found = values((ml, ap)), values((-ml, ap))
    for at, value in plain.items():
        how = RULES[rule_key(at[1])].mirror
        if how == SAME:
            assert found[at] == approx(value, rel=1e-9), at
        elif how == NEGATED:
            assert found[at] == approx(-value, rel=1e-9), at
        elif how == ANGLE:
            assert found[at] == approx(180 - value, abs=1e-6), at
    assert found["raw", "mean_ml_mm"] == approx(-plain["raw", "mean_ml_mm"])
    assert found["raw", "mean_ap_mm"] == approx(plain["raw", "mean_ap_mm"])


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 1000))
def test_walking_the_path_backwards_leaves_what_knows_no_direction_of_time(seed: int) -> None:
    ml, ap = wandering(seed)
    plain, found = values((ml, ap)), values((ml[::-1].copy(), ap[::-1].copy()))
    for at, value in plain.items():
        how = RULES[rule_key(at[1])].reverse
        if how in (SAME, NEGATED):
            assert found[at] == approx(value if how == SAME else -value, rel=1e-6, abs=0.03 if how == NEGATED else 0), at
        elif how == NEAR:
            assert found[at] == approx(value, rel=0.15), at
    assert found["raw", "velocity_first_third_mm_s"] == approx(plain["raw", "velocity_last_third_mm_s"], rel=0.02)


@settings(max_examples=8, deadline=None)
@given(exponent=st.integers(-3, 4), seed=st.integers(0, 1000))
def test_scaling_the_path_scales_each_measure_by_its_own_power(exponent: int, seed: int) -> None:
    ml, ap = wandering(seed)
    times = 2.0**exponent  # a power of two: no rounding, so that every pair at the tolerance of entropy stays where it is
    plain, found = values((ml, ap)), values((times * ml, times * ap))
    for at, value in plain.items():
        power = RULES[rule_key(at[1])].scale
        if power is not None:
            assert found[at] == approx(value * times**power, rel=1e-9), at
    assert found["raw", "mean_velocity_ln"] == approx(plain["raw", "mean_velocity_ln"] + math.log(times))


@settings(max_examples=6, deadline=None)
@given(right=st.floats(-300, 300), forward=st.floats(-300, 300), seed=st.integers(0, 1000))
def test_where_the_person_stands_changes_the_mean_and_the_way_to_the_edge_alone(right: float, forward: float, seed: int) -> None:
    ml, ap = wandering(seed)
    plain, found = values((ml, ap)), values((ml + right, ap + forward))
    for at, value in plain.items():
        if rule_key(at[1]) not in FEET_AND_MEAN:
            assert found[at] == approx(value, rel=1e-5), at  # pairs at the tolerance of entropy flip with rounding
    assert found["raw", "mean_ml_mm"] == approx(plain["raw", "mean_ml_mm"] + right)


RATE_FREE = (
    "mean_distance_mm", "rms_ml_mm", "range_mm", "radius_95_mm", "path_length_mm", "mean_velocity_mm_s", "peak_velocity_mm_s",
    "turns_index", "mean_frequency_hz", "sway_area_rate_mm2_s", "ellipse_area_95_mm2", "hull_area_mm2", "power_ml_mm2", "f50_ap_hz",
    "f95_ml_hz", "mean_power_frequency_ap_hz", "sda_exponent_short", "sda_diffusion_long_mm2_s", "sway_density_peak_s",
    "zero_crossings_ml_1_s", "velocity_zero_crossings_ap_1_s", "velocity_peak_ml_mm_s", "sample_entropy_ml",
    "multiscale_entropy_ap",
)  # fmt: skip


def smooth(fs_hz: float) -> Path:
    t = np.arange(round(60 * fs_hz)) / fs_hz
    ml = 6 * np.sin(2 * np.pi * 0.31 * t) + 2 * np.sin(2 * np.pi * 0.83 * t + 1)
    return ml, 9 * np.sin(2 * np.pi * 0.23 * t + 0.4) + 3 * np.sin(2 * np.pi * 1.1 * t)


def test_a_smooth_path_has_the_same_numbers_at_every_rate() -> None:
    of_rate = {fs: measure_cop(*smooth(fs), fs, "station", RATE_FREE) for fs in (40.0, 100.0, 200.0)}
    for key, at_100 in of_rate[100.0].items():
        assert at_100.value is not None, key
        for fs_hz in (40.0, 200.0):
            assert of_rate[fs_hz][key].value == approx(at_100.value, rel=0.03), (key, fs_hz)


@settings(max_examples=8, deadline=None)
@given(sigma_mm=st.floats(0.05, 0.5), seed=st.integers(0, 1000))
def test_noise_lengthens_the_path_as_the_theory_says_and_hardly_touches_the_area(sigma_mm: float, seed: int) -> None:
    ml, ap = wandering(seed)
    noise: Array = np.random.default_rng(seed).normal(0, sigma_mm, (2, len(ml)))
    keys = ["path_length_mm", "rms_ml_mm", "ellipse_area_95_mm2", "msd_ml_1s_mm2"]
    plain, found = (measure_cop(x, y, FS_HZ, "raw", keys) for x, y in ((ml, ap), (ml + noise[0], ap + noise[1])))
    clean, noisy = ({key: m.value or 0.0 for key, m in of.items()} for of in (plain, found))
    noise_alone_mm = FS_HZ * 60 * sigma_mm * math.sqrt(math.pi)
    assert clean["path_length_mm"] < noisy["path_length_mm"] < clean["path_length_mm"] + 1.05 * noise_alone_mm
    # within five standard errors of 2400 frames: what the noise and the sway have in common by chance
    squares_mm2 = noisy["rms_ml_mm"] ** 2 - clean["rms_ml_mm"] ** 2
    assert squares_mm2 == approx(sigma_mm**2, abs=0.2 * sigma_mm * clean["rms_ml_mm"] + 0.15 * sigma_mm**2)
    added_mm2 = noisy["msd_ml_1s_mm2"] - clean["msd_ml_1s_mm2"]
    assert added_mm2 == approx(2 * sigma_mm**2, abs=0.3 * sigma_mm * math.sqrt(clean["msd_ml_1s_mm2"]) + 0.5 * sigma_mm**2)
    assert noisy["ellipse_area_95_mm2"] == approx(clean["ellipse_area_95_mm2"], rel=0.1)
