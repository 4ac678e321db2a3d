"""Measures against numbers known on paper, a trial made by formula, SciPy, and against themselves."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal, stats
from sways import FS_HZ, circle, trial_s, wander

from station.core.measures.area import f_95, k_95
from station.core.measures.density import frames_inside
from station.core.measures.prepare import measure_cop
from station.core.measures.presets import SETTINGS
from station.core.measures.registry import PRIMARY, SECONDARY, registry
from station.core.measures.sway import Sway
from station.errors import NotFound
from station.text.catalogue import parts

approx = pytest.approx

TRIAL_S = {
    "mean_ml_mm": 4.032986157, "mean_ap_mm": -11.85951227, "mean_distance_mm": 4.143674551, "mean_distance_ml_mm": 2.001262014,
    "mean_distance_ap_mm": 3.350868490, "rms_distance_mm": 4.493377454, "rms_ml_mm": 2.303462671, "rms_ap_mm": 3.858043633,
    "range_ml_mm": 9.545232032, "range_ap_mm": 15.18766641, "range_mm": 16.37450532, "max_distance_mm": 8.460641883,
    "radius_95_mm": 7.351542141, "path_length_mm": 445.7660499, "path_length_ml_mm": 239.4114742, "path_length_ap_mm": 333.9346592,
    "mean_velocity_mm_s": 7.429434165, "mean_velocity_ln": 2.005449700, "ellipse_area_95_mm2": 166.9902693,
    "ellipse_major_mm": 9.462270687, "ellipse_minor_mm": 5.617536782, "ellipse_angle_deg": 86.12033236,
    "circle_area_95_mm2": 154.0510996, "hull_area_mm2": 127.8212196, "sway_area_rate_mm2_s": 9.501880175,
    "fractal_dimension_cc": 1.660483706, "fractal_dimension_ce": 1.647800619, "mean_frequency_hz": 0.2853581180,
    "mean_frequency_ml_hz": 0.3524640029, "mean_frequency_ap_hz": 0.2936147532, "power_ml_mm2": 5.354568178, "power_ap_mm2": 14.80530317,
    "f50_ml_hz": 0.2157975843, "f50_ap_hz": 0.1746882709, "f95_ml_hz": 0.4178251456, "f95_ap_hz": 0.3770727834,
    "centroid_frequency_ml_hz": 0.3427794874, "centroid_frequency_ap_hz": 0.2825562152, "frequency_dispersion_ml": 0.5755995268,
    "frequency_dispersion_ap": 0.5596076910, "mean_power_frequency_ml_hz": 0.2803016638, "mean_power_frequency_ap_hz": 0.2341706231,
    "dfa_alpha_ml": 1.453115128, "dfa_alpha_ap": 1.529376729, "sda_diffusion_short_mm2_s": 13.66797101,
    "sda_diffusion_long_mm2_s": -0.8914015554, "sda_exponent_short": 0.9234734077, "sda_exponent_long": -0.1229992397,
    "sda_critical_time_s": 1.955173153,
}  # fmt: skip
ONLY_STATION = {
    "sway_area_rate_mm2_s",
    "fractal_dimension_cc",
    "fractal_dimension_ce",
    "mean_frequency_hz",
    "mean_frequency_ml_hz",
    "mean_frequency_ap_hz",
}


def values(path: tuple[np.ndarray, np.ndarray], settings: str = "raw", fs_hz: float = FS_HZ) -> dict[str, float]:
    return {key: m.value for key, m in measure_cop(*path, fs_hz, settings).items() if m.value is not None}


@pytest.fixture(scope="module")
def raw_s() -> dict[str, float]:
    return values(trial_s())


@pytest.mark.parametrize("key", sorted(TRIAL_S.keys() - ONLY_STATION))
def test_the_trial_made_by_formula_has_its_known_value(raw_s: dict[str, float], key: str) -> None:
    # the table prints ten digits, which alone is up to 3e-10 of the value
    assert raw_s[key] == approx(TRIAL_S[key], rel=1e-9)


@pytest.mark.parametrize("key", sorted(ONLY_STATION))
def test_what_depends_on_the_duration_has_its_known_value_unfiltered_too(key: str) -> None:
    ml, ap = trial_s()
    assert registry("station")[key].function(Sway.of(ml, ap, FS_HZ)) == approx(TRIAL_S[key], rel=1e-9)


def test_sample_entropy_of_the_trial_made_by_formula(raw_s: dict[str, float]) -> None:
    assert raw_s["sample_entropy_ml"] == approx(0.06648536068, rel=1e-9)
    assert raw_s["sample_entropy_ap"] == approx(0.05256129602, rel=1e-9)


def test_the_factors_of_the_ellipse_are_those_of_scipy() -> None:
    for v in (3, 10, 398, 5998):
        assert f_95(v) == approx(stats.f.ppf(0.95, 2, v), rel=1e-12)
        n = v + 2
        assert k_95(n) == approx(2 * (n - 1) * (n + 1) / (n * (n - 2)) * stats.f.ppf(0.95, 2, n - 2), rel=1e-12)
    assert k_95(400) / 5.991464547 == approx(1.01262, abs=5e-6)


def test_power_agrees_with_scipy_welch() -> None:
    path = wander()
    ours = values(path)
    for word, x in zip(("ml", "ap"), path, strict=True):
        f, g = signal.welch(x, FS_HZ, "hann", 2000, 1000, detrend="linear")
        band = slice(3, 101)
        assert ours[f"power_{word}_mm2"] == approx(g[band].sum() * 0.05, rel=1e-9)
        assert ours[f"mean_power_frequency_{word}_hz"] == approx((f * g)[band].sum() / g[band].sum(), rel=1e-9)
        shares = [ours[f"band_power_{part}_{word}_pct"] for part in ("low", "middle", "high")]
        assert sum(shares) == approx(100)


def test_a_ten_millimetre_circle_has_the_numbers_of_a_circle() -> None:
    found = values(circle(10, 0.5, 30))
    assert found["mean_velocity_mm_s"] == approx(2 * math.pi * 10 * 0.5, rel=1e-3)
    assert found["mean_distance_mm"] == approx(10, rel=1e-9)
    assert found["rms_ml_mm"] == approx(10 / math.sqrt(2), rel=1e-9)
    assert found["mean_frequency_hz"] == approx(0.5, rel=1e-3)
    assert found["hull_area_mm2"] == approx(math.pi * 100, rel=1e-3)
    assert found["range_mm"] == approx(20, rel=1e-3)
    assert found["sda_critical_time_s"] > 0


def test_a_straight_line_has_no_area_and_no_trouble() -> None:
    t = np.linspace(-5, 5, 3000)
    found = values((t, 2 * t))
    assert found["hull_area_mm2"] == approx(0, abs=1e-9)
    assert found["ellipse_area_95_mm2"] == approx(0, abs=1e-5)
    assert found["ellipse_angle_deg"] == approx(math.degrees(math.atan(2)))
    assert found["range_mm"] == approx(10 * math.sqrt(5))


def test_stillness_has_no_path_and_says_why_it_has_no_frequency() -> None:
    found = measure_cop(np.full(3000, 3.0), np.full(3000, -7.0), FS_HZ)
    assert found["path_length_mm"].value == approx(0, abs=1e-9)
    assert found["mean_ap_mm"].value == approx(-7)
    for key in ("mean_velocity_ln", "f50_ml_hz", "dfa_alpha_ml", "ml_ap_correlation", "turns_index", "path_per_area_1_mm"):
        assert found[key].value is None
        assert found[key].why.startswith("why.")


def test_white_noise_and_a_random_walk_have_their_fluctuation_exponents() -> None:
    noise = np.random.default_rng(3).normal(size=(2, 12000))
    white, walk = values((noise[0], noise[1])), values((np.cumsum(noise[0]), np.cumsum(noise[1])))
    assert white["dfa_alpha_ml"] == approx(0.5, abs=0.05)
    assert walk["dfa_alpha_ap"] == approx(1.5, abs=0.05)
    assert walk["sda_exponent_short"] == approx(0.5, abs=0.03)


@pytest.mark.parametrize("n", [4, 5, 63, 64, 65, 66, 67, 130, 300])
def test_sample_entropy_counts_the_pairs_that_plain_counting_finds(n: int) -> None:
    x = np.round(np.random.default_rng(n).normal(size=n), 1)  # rounded: many pairs lie exactly at the tolerance or on each other
    r, starts = 0.2 * x.std(), n - 2
    pairs = [(i, j) for i in range(starts) for j in range(i + 1, starts)]
    counts = [sum(all(abs(x[i + k] - x[j + k]) <= r for k in range(m)) for i, j in pairs) for m in (2, 3)]
    found = measure_cop(x, x, FS_HZ, "raw", ["sample_entropy_ml"])["sample_entropy_ml"].value
    assert found == (approx(-math.log(counts[1] / counts[0])) if counts[1] else None)


def test_a_steady_point_leaves_the_circle_of_3_mm_after_3_mm() -> None:
    t = np.arange(3000) / FS_HZ
    inside_s = frames_inside(0.7 * t, 2.4 * t, 3.0) / FS_HZ  # 2.5 mm/s: 1.2 s to the exit, 1.2 s since the last one
    assert inside_s[130:2870] == approx(np.full(2740, 2 * 3 / 2.5))
    assert inside_s[[0, -1]] == approx([1.2, 1.2])


def test_a_slow_to_and_fro_rests_twice_near_each_end() -> None:
    t = np.arange(6000) / FS_HZ
    found = values((20 * np.sin(2 * math.pi * 0.1 * t), 1e-3 * np.sin(2 * math.pi * 0.1 * t)))
    # the circle holds most of the path 3 mm before the end: 24 rests, 11 of the 23 ways go from one end's to the other's
    assert found["sway_density_distance_mm"] == approx(11 * 2 * (20 - 3) / 23, rel=0.08)
    assert 2 * math.acos(14 / 20) / (2 * math.pi * 0.1) == approx(found["sway_density_peak_s"], rel=0.08)


def turned(path: tuple[np.ndarray, np.ndarray], degrees: float) -> tuple[np.ndarray, np.ndarray]:
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return c * path[0] - s * path[1], s * path[0] + c * path[1]


UNTURNED = (
    "path_length_mm", "mean_velocity_mm_s", "ellipse_area_95_mm2", "hull_area_mm2", "rms_distance_mm", "range_mm", "radius_95_mm",
    "sway_area_rate_mm2_s", "mean_frequency_hz", "sda_diffusion_short_mm2_s", "circle_area_95_mm2", "sway_density_peak_s",
)  # fmt: skip
UNSCALED = ("sample_entropy_ml", "dfa_alpha_ap", "f50_ml_hz", "mean_frequency_hz", "ml_ap_correlation", "turns_index")


@settings(max_examples=8, deadline=None)
@given(degrees=st.floats(0, 360), seed=st.integers(0, 1000))
def test_turning_and_mirroring_leave_lengths_and_areas(degrees: float, seed: int) -> None:
    ml, ap = wander(30, seed)
    plain = values((ml, ap), "station")
    for other in (turned((ml, ap), degrees), (-ml, ap)):
        found = values(other, "station")
        for key in UNTURNED:
            assert found[key] == approx(plain[key], rel=1e-8), key


def test_walking_the_path_backwards_leaves_lengths_and_areas() -> None:
    ml, ap = wander(30)
    for which, within in (("raw", 1e-9), ("station", 1e-3)):  # the filter starts at one end
        plain, found = values((ml, ap), which), values((ml[::-1].copy(), ap[::-1].copy()), which)
        for key in set(UNTURNED) - {"sway_density_peak_s"}:  # it is filtered under "raw" too
            assert found[key] == approx(plain[key], rel=within), key


@settings(max_examples=6, deadline=None)
@given(exponent=st.integers(-4, 6))
def test_scaling_scales_lengths_once_areas_twice_and_structure_not_at_all(exponent: int) -> None:
    ml, ap = wander(30)
    times = 2.0**exponent  # a power of two: no rounding, so that every pair at the tolerance stays where it is
    plain, found = values((ml, ap)), values((times * ml, times * ap))
    assert found["path_length_mm"] == approx(times * plain["path_length_mm"], rel=1e-9)
    assert found["ellipse_area_95_mm2"] == approx(times**2 * plain["ellipse_area_95_mm2"], rel=1e-9)
    for key in UNSCALED:
        assert found[key] == approx(plain[key], rel=1e-9), key


def test_where_the_person_stands_changes_the_mean_alone() -> None:
    ml, ap = wander()
    plain, moved = values((ml, ap), "station"), values((ml + 200, ap - 900), "station")
    assert moved["mean_ml_mm"] - plain["mean_ml_mm"] == approx(200)
    for key in plain.keys() - {"mean_ml_mm", "mean_ap_mm"}:
        assert moved[key] == approx(plain[key], rel=1e-6), key


@settings(max_examples=60, deadline=None)
@given(
    n=st.integers(0, 80),
    fs_hz=st.sampled_from([0.5, 10.0, 12.5, 40.0, 100.0, 1000.0]),
    fill=st.lists(st.sampled_from([0.0, 1.0, -3.0, 1e-300, 1e150, math.nan, math.inf]), min_size=1, max_size=7),
    which=st.sampled_from(SETTINGS),
)
def test_no_input_breaks_a_measure(n: int, fs_hz: float, fill: list[float], which: str) -> None:
    x = np.resize(np.array(fill), n)
    for key, m in measure_cop(x, x[::-1], fs_hz, which).items():
        assert m.why.startswith("why."), key
        assert m.value is None or math.isfinite(m.value)


@settings(max_examples=25, deadline=None)
@given(
    n=st.integers(10, 3000),
    runs=st.lists(st.tuples(st.floats(0, 1), st.floats(0, 0.3)), max_size=6),
    seed=st.integers(0, 100),
    fs_hz=st.sampled_from([20.0, 25.0, 40.0, 100.0]),
    which=st.sampled_from(SETTINGS),
)
def test_runs_of_nothing_break_no_measure_and_leave_a_number_or_a_reason(
    n: int, runs: list[tuple[float, float]], seed: int, fs_hz: float, which: str
) -> None:
    ml, ap = (x[:n].copy() for x in wander(30, seed))
    for start, length in runs:
        ml[int(start * n) : int((start + length) * n)] = math.nan
    for key, m in measure_cop(ml, ap, fs_hz, which).items():
        assert m.why.startswith("why."), key
        assert m.value is None or math.isfinite(m.value), key


@pytest.mark.parametrize("n", [1, 2, 10, 11, 100, 20_000, 200_000])
def test_recordings_of_every_length_have_numbers_or_reasons(n: int) -> None:
    ml, ap = (x[:n] for x in wander(max(n / FS_HZ, 1)))
    keys = [key for key in registry("station") if "entropy" not in key]  # the one family whose cost grows with the square of the length
    found = measure_cop(ml, ap, FS_HZ, "station", keys)
    reasons = {key: m.why for key, m in found.items() if m.value is None}
    assert all(why.startswith("why.") for why in reasons.values())
    if n < 3:
        assert set(reasons.values()) == {"why.too-few-points"}
    if n >= 100:
        assert found["path_length_mm"].value == approx(float(np.hypot(np.diff(ml), np.diff(ap)).sum()), rel=0.2)
    if n >= 20_000:
        assert set(reasons.values()) == {"why.no-outlines", "why.no-height", "why.noise-unknown"}


def test_one_point_among_nothing_and_constants_have_reasons() -> None:
    alone = np.full(6000, math.nan)
    alone[3000] = 4.0
    assert {m.why for m in measure_cop(alone, alone, FS_HZ).values()} == {"why.too-few-points"}
    for constant in (0.0, 5.0, -1e9):
        found = measure_cop(np.full(6000, constant), np.full(6000, -constant), FS_HZ, "raw")
        assert found["path_length_mm"].value == 0
        assert found["ellipse_area_95_mm2"].value == approx(0, abs=1e-9)
        for key in (
            "dfa_alpha_ml",
            "sample_entropy_ap",
            "multiscale_entropy_ml",
            "f50_ap_hz",
            "zero_crossings_ml_1_s",
            "ml_ap_correlation",
        ):
            assert (found[key].value, found[key].why) == (None, "why.nothing-to-measure"), key


def test_short_windows_withhold_what_needs_time() -> None:
    found = measure_cop(*wander(8), FS_HZ)
    assert found["path_length_mm"].value is not None
    assert (found["mean_velocity_mm_s"].value, found["mean_velocity_mm_s"].why) == (None, "why.under-10-s")
    assert found["f50_ml_hz"].why == "why.run-under-20-s"
    assert found["sample_entropy_ap"].why == "why.run-under-60-s"
    assert measure_cop(*wander(30), FS_HZ)["f50_ml_hz"].why == "why.few-segments"
    assert measure_cop(*wander(60), FS_HZ)["sample_entropy_ap"].value is not None


def test_a_slow_recording_is_measured_without_the_filter_and_marked() -> None:
    ml, ap = wander()
    slow = measure_cop(ml[::10], ap[::10], 10.0)
    assert slow["mean_velocity_mm_s"].method == "station/1-unfiltered"
    assert slow["rms_ml_mm"].value == approx(measure_cop(ml, ap, FS_HZ)["rms_ml_mm"].value, rel=0.01)
    assert slow["sample_entropy_ap"].why == "why.other-rate"


def test_unknown_names_are_told_with_the_nearest() -> None:
    with pytest.raises(NotFound) as unknown:
        measure_cop(*wander(10), FS_HZ, "stattion")
    assert unknown.value.do.args["near"] == "station"
    with pytest.raises(NotFound) as unknown:
        measure_cop(*wander(10), FS_HZ, "station", ["mean_velocity_mm"])
    assert unknown.value.do.args["near"] == "mean_velocity_mm_s"


def test_only_gives_those_asked_for_in_their_order() -> None:
    wanted = ["rms_ap_mm", "path_length_mm"]
    assert list(measure_cop(*wander(10), FS_HZ, "raw", wanted)) == wanted


def test_every_measure_says_what_it_is_in_both_languages() -> None:
    texts = {id: forms for part in parts().values() for id, forms in part.items()}
    for key, m in registry().items():
        for words in (m.name, m.means):
            assert texts[words.id]["en"], key
            assert texts[words.id]["de"], key
        assert m.source, key
        assert m.doc, key
        assert m.better in ("", "lower", "higher"), key
        for need in m.needs:
            assert texts[need.why]["de"], key
    assert {PRIMARY, SECONDARY} <= registry("station").keys()


@pytest.mark.parametrize("name", SETTINGS)
def test_every_preset_gives_its_measures_under_its_own_name(name: str) -> None:
    found = measure_cop(*wander(60), FS_HZ, name)
    assert found.keys() == registry(name).keys()
    assert all(m.method == f"{name}/1" and m.unit == registry(name)[key].unit for key, m in found.items())
    assert all(name in registry()[key].settings for key in found)
