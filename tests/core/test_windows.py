"""From frames to measures: the filter sees what lies around the window, gaps are gaps, spikes are left out."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import signal
from sways import FS_HZ, at_ns, frames, trial_s, wander

from station.core.frames import Frames
from station.core.measures.prepare import filtered_window, measure_cop, measure_window

approx = pytest.approx


def window(made: Frames, start_s: float, end_s: float, settings: str = "station") -> dict[str, float]:
    found = measure_window(made, at_ns(made, start_s), at_ns(made, end_s), settings)
    return {key: m.value for key, m in found.items() if m.value is not None}


def test_the_low_passed_trial_made_by_formula_has_its_known_values() -> None:
    found = window(frames(trial_s(-5, 65)), 5, 65)
    assert found["path_length_mm"] == approx(445.1757699, rel=1e-9)
    assert found["rms_ml_mm"] == approx(2.303402218, rel=1e-9)
    assert found["rms_ap_mm"] == approx(3.858004297, rel=1e-9)
    assert found["sample_entropy_ml"] == approx(0.411298254, rel=1e-4)
    assert found["sample_entropy_ap"] == approx(0.333630630, rel=1e-4)


def test_the_whole_stretch_is_filtered_before_the_window_is_cut() -> None:
    ml, ap = wander(40)
    made = frames((ml, ap))
    b, a = signal.butter(2, 10, fs=FS_HZ)
    cut = filtered_window(made, at_ns(made, 5), at_ns(made, 35))
    assert cut is not None
    assert np.abs(cut[0] - signal.filtfilt(b, a, ml)[500:3500]).max() < 1e-10
    assert np.abs(cut[1] - signal.filtfilt(b, a, ap)[500:3500]).max() < 1e-10


def test_a_window_is_half_open_and_has_all_its_frames() -> None:
    made = frames(trial_s(-5, 65))
    whole = filtered_window(made, at_ns(made, 5), at_ns(made, 35))
    assert whole is not None
    assert len(whole[0]) == 3000
    raw = window(made, 5, 65, "raw")
    assert raw["path_length_mm"] == approx(445.7660499, rel=1e-9)
    assert raw["path_length_mm"] == approx(measure_cop(*trial_s(), FS_HZ, "raw")["path_length_mm"].value, rel=1e-12)


def test_a_second_of_lost_frames_is_a_gap_and_not_a_jump() -> None:
    path = wander(40)
    whole, holed = window(frames(path), 5, 35), window(frames(path, missing=slice(1700, 1800)), 5, 35)
    for key in ("mean_velocity_mm_s", "path_length_mm", "sway_area_rate_mm2_s"):
        assert holed[key] == approx(whole[key], rel=0.04), key
    assert holed["rms_distance_mm"] == approx(whole["rms_distance_mm"], rel=0.05)


def test_a_gap_is_masked_with_the_reach_of_the_filter_on_both_sides() -> None:
    made = frames(wander(40), missing=slice(1700, 1720))
    cut = filtered_window(made, at_ns(made, 5), at_ns(made, 35))
    assert cut is not None
    assert np.flatnonzero(np.isnan(cut[0])).tolist() == list(range(1200 - 15, 1220 + 15))


def test_the_spectrum_is_taken_from_the_longest_unbroken_run() -> None:
    made = frames(wander(70), missing=slice(4500, 4600))
    found = measure_window(made, at_ns(made, 5), at_ns(made, 65))
    assert (found["f50_ml_hz"].value is not None, found["f50_ml_hz"].why) == (True, "why.few-segments")
    assert found["sample_entropy_ap"].why == "why.run-under-60-s"
    alone = filtered_window(made, at_ns(made, 5), at_ns(made, 45) - 150_000_000)
    assert alone is not None
    assert found["f50_ml_hz"].value == approx(measure_cop(*alone, FS_HZ, "raw", ["f50_ml_hz"])["f50_ml_hz"].value, rel=1e-9)


def test_frames_that_are_not_there_count_as_missing() -> None:
    path = wander(40)
    made = frames(path)
    late = measure_window(made[300:], at_ns(made, 0), at_ns(made, 40), only=["mean_velocity_mm_s"])["mean_velocity_mm_s"]
    assert late.value == approx(window(made, 0, 40)["mean_velocity_mm_s"], rel=0.05)
    assert measure_window(Frames.none(), 0, 10**10)["path_length_mm"].why == "why.too-few-points"
    assert measure_window(made, at_ns(made, 50), at_ns(made, 60))["path_length_mm"].why == "why.too-few-points"


def test_a_spike_of_one_cell_is_left_out() -> None:
    path = wander(40)
    clean = frames(path)
    struck = frames(path)
    struck.force_n[2000:2003, 1] += 300
    struck.ml_mm[2000:2003] += 60
    assert window(struck, 5, 35)["peak_velocity_mm_s"] == approx(window(clean, 5, 35)["peak_velocity_mm_s"], rel=0.2)
    assert window(struck, 5, 35)["range_ml_mm"] == approx(window(clean, 5, 35)["range_ml_mm"], rel=0.01)
    assert window(struck, 5, 35, "raw")["range_ml_mm"] > 50


def test_the_same_window_gives_the_same_numbers_to_the_last_bit() -> None:
    made = frames(wander(40))
    assert window(made, 5, 35) == window(made, 5, 35)
