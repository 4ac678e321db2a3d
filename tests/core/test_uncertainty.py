"""Every number's uncertainty: its parts against what theory and repetition say, and intervals that hold the truth."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from noisy_board import SQUARE, Measured, through_board
from sways import FS_HZ, Path, frames, wander

from hardware.body import SWAY, Pendulum
from station.core.filters import zero_phase_lowpass
from station.core.frames import Frames
from station.core.geometry import Geometry
from station.core.measures.context import Context
from station.core.measures.prepare import measure_cop, measure_window, sway_of
from station.core.measures.presets import preset
from station.core.measures.registry import registry
from station.core.measures.sway import Sway
from station.core.results import MeasureValue
from station.core.uncertainty.draws import measured
from station.core.uncertainty.instrument import Instrument
from station.core.uncertainty.interval import interval_95
from station.core.uncertainty.noise import Noise

approx = pytest.approx
S = 1_000_000_000
START_NS, END_NS = 5 * S, 35 * S
PRIMARY = ("mean_velocity_mm_s", "path_length_mm", "ellipse_area_95_mm2", "rms_ml_mm", "rms_ap_mm", "range_ml_mm", "range_ap_mm",
           "mean_distance_mm", "radius_95_mm")  # fmt: skip


def person(seed: int, seconds: float = 37.0) -> Path:
    """A simulated person's centre of pressure at 100 Hz."""
    ml, ap = Pendulum(seed).sway(round(seconds * 200), list(SWAY.values())[seed % 4])
    return ml[::2].copy(), ap[::2].copy()


def window(made: Measured, only: tuple[str, ...] = PRIMARY) -> dict[str, MeasureValue]:
    return measure_window(made.frames, START_NS, END_NS, only=only, instrument=made.instrument)


def sway(seconds: float = 30.0) -> Sway:
    found = sway_of(frames(wander(seconds)), 10 * S, round((10 + seconds) * S), preset("station"))
    assert found is not None
    return found


# --- the noise of the centre of pressure -------------------------------------------------------------------------------------------


def test_four_equal_cells_make_the_noise_of_the_formula() -> None:
    board = Instrument.of(SQUARE, (0.2, 0.2, 0.2, 0.2), 100.0)
    noise = board.noise(30.0, 0.0, 700.0, None)
    assert noise is not None
    assert math.sqrt(noise.var_ml_mm2) == approx(2 * math.hypot(200.0, 30.0) * 0.2 / 700.0, rel=1e-12)
    assert math.sqrt(noise.var_ap_mm2) == approx(2 * 200.0 * 0.2 / 700.0, rel=1e-12)


def test_a_noisy_corner_makes_noise_along_its_diagonal() -> None:
    noise = Instrument.of(SQUARE, (0.0, 0.5, 0.0, 0.0), 100.0).noise(0.0, 0.0, 700.0, None)
    assert noise is not None
    assert noise.cov_mm2 == approx(noise.var_ml_mm2) == approx(noise.var_ap_mm2)


def test_the_low_pass_leaves_of_noise_what_its_impulse_response_says() -> None:
    noise = Noise(1.0, 0.0, 1.0, 10.0)
    impulse = np.zeros(2001)
    impulse[1000] = 1.0
    h = zero_phase_lowpass(impulse, FS_HZ)
    assert noise.frame_mm2(FS_HZ)[0] == approx(float((h * h).sum()), rel=1e-3)
    assert noise.step_mm2(FS_HZ) == approx(2 * float((np.diff(h) ** 2).sum()), rel=1e-3)


def test_draws_are_as_large_and_as_smooth_as_noise_behind_the_low_pass() -> None:
    noise = Noise(1.0, 0.6, 4.0, 10.0)
    ml, ap = (a.astype(np.float64) for a in noise.draw(200, 3000, FS_HZ, np.random.default_rng(1)))
    left = noise.frame_mm2(FS_HZ)
    assert (ml * ml).mean() == approx(left[0], rel=0.02)
    assert (ap * ap).mean() == approx(left[1], rel=0.02)
    assert (ml * ap).mean() == approx(0.6 * left[0], rel=0.04)
    assert (np.diff(ml) ** 2).mean() + (np.diff(ap) ** 2).mean() == approx(noise.step_mm2(FS_HZ), rel=0.02)


def test_the_empty_plate_tells_how_noisy_a_person_on_it_will_be() -> None:
    """0.1 mm at each conversion, from frames of the empty seconds alone."""
    path = (np.zeros(600), np.zeros(600))
    told = []
    for seed in range(20):
        made = through_board(*path, 0.1, np.random.default_rng(seed))
        noise = made.instrument.noise(0.0, 0.0, 700.0, 10.0)
        assert noise is not None
        told.append(noise.var_ml_mm2 * 80 / 100)
    assert np.mean(told) == approx(0.1**2, rel=0.05)
    assert np.std(told) / np.mean(told) == approx(noise.relative_se, rel=0.6)


# --- draws measured at once ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("missing", [None, slice(900, 1000)], ids=["whole", "with-a-gap"])
def test_measures_of_many_draws_are_the_measures_of_each(missing: slice | None) -> None:
    made = frames(wander(30), missing=missing)
    one = sway_of(made, 10 * S, 40 * S, preset("station"))
    assert one is not None
    ours = measured(one, one.ml_mm[None], one.ap_mm[None])
    theirs = registry("station")
    assert len(ours) > 25
    for key, values in ours.items():
        assert values[0] == approx(theirs[key].function(one), rel=1e-9), key


# --- the parts ---------------------------------------------------------------------------------------------------------------------------


def test_the_same_trial_has_the_same_uncertainty_every_time() -> None:
    made = through_board(*person(1), 0.05, np.random.default_rng(3), calibration_mm=1.0)
    assert window(made) == window(made)


def test_noise_moves_a_measure_as_much_as_repetition_says() -> None:
    """40 boards with 0.1 mm of noise under one movement: the spread of what they show is what each says of itself."""
    path = person(2)
    each = [window(through_board(*path, 0.1, np.random.default_rng(seed))) for seed in range(40)]
    for key in ("mean_velocity_mm_s", "rms_ml_mm", "rms_ap_mm", "ellipse_area_95_mm2", "mean_distance_mm"):
        shown = [found[key].value or math.nan for found in each]
        said = np.mean([found[key].parts["noise"] for found in each])
        assert said == approx(np.std(shown), rel=0.4), key


def test_a_noiseless_board_adds_nothing_and_a_louder_one_more() -> None:
    path = person(1)
    parts = [window(through_board(*path, sigma, np.random.default_rng(3)))["mean_velocity_mm_s"].parts for sigma in (0.02, 0.05, 0.1, 0.2)]
    assert [p["noise"] for p in parts] == sorted(p["noise"] for p in parts)
    assert [p["bias"] for p in parts] == sorted(p["bias"] for p in parts)
    assert parts[2]["bias"] / parts[1]["bias"] == approx(4, rel=0.25)  # with the square of the noise


def test_a_scale_error_passes_once_to_lengths_and_twice_to_areas() -> None:
    """1 mm at marks 130 mm from the centre: 0.54 % in each entry of the map."""
    made = through_board(*person(1), 0.02, np.random.default_rng(3), calibration_mm=1.0)
    found = window(made, ("rms_ml_mm", "rms_ap_mm", "rms_distance_mm", "ellipse_area_95_mm2", "mean_ml_mm", "mean_velocity_ln"))
    share = {key: m.parts["calibration"] / abs(m.value or 1.0) for key, m in found.items()}
    entry = 1.0 / math.sqrt(2) / 130.0
    assert share["ellipse_area_95_mm2"] == approx(math.sqrt(2) * entry, rel=0.1)  # two scales, each once: det(I + E) = 1 + e11 + e22
    assert entry == approx(share["rms_distance_mm"], rel=0.5)
    assert found["mean_ml_mm"].parts["calibration"] == approx(1.0 / math.sqrt(2))
    assert share["mean_velocity_ln"] > 0


def test_a_common_gain_error_cancels_and_is_in_no_part() -> None:
    path = wander(37)
    one, twice = frames(path, load_n=700.0), frames(path, load_n=1400.0)
    shown = [measure_window(made, 15 * S, 45 * S, only=PRIMARY) for made in (one, twice)]
    assert {key: m.value for key, m in shown[0].items()} == {key: m.value for key, m in shown[1].items()}


def test_drift_of_one_corner_is_a_ramp_of_the_centre_of_pressure() -> None:
    """0.1 kg on one corner of a 400 mm square under 60 kg: 0.33 mm an axis, as the formula says."""
    board = Instrument.of(SQUARE, (0.01, 0.01, 0.01, 0.01), 80.0, None, (0.0, 0.980665, 0.0, 0.0))
    moved = board.drift_mm(0.0, 0.0, 60 * 9.80665)
    assert moved == approx((200 * 0.1 / 60, 200 * 0.1 / 60))
    made = through_board(*person(1), 0.02, np.random.default_rng(3))
    drifting = replace(made, instrument=replace(made.instrument, drift_n=(0.0, 0.980665, 0.0, 0.0)))
    quiet, ramp = window(made)["rms_ml_mm"], window(drifting)["rms_ml_mm"]
    assert "drift" not in quiet.parts
    assert ramp.parts["drift"] > 0
    assert ramp.uncertainty == approx(math.hypot(*ramp.parts.values()), rel=1e-12)


def test_the_square_of_u_is_the_sum_of_the_squares_of_its_parts() -> None:
    for m in window(through_board(*person(4), 0.1, np.random.default_rng(3), calibration_mm=1.5)).values():
        assert m.uncertainty == approx(math.hypot(*m.parts.values()), rel=1e-12)
        assert set(m.parts) == {"noise", "bias", "calibration"}
        assert m.why == ""


# --- when there is none ------------------------------------------------------------------------------------------------------------------


def test_what_is_not_known_is_said() -> None:
    made = through_board(*person(1), 0.05, np.random.default_rng(3))
    silent = replace(made, instrument=replace(made.instrument, noise_n=(0.0, 0.0, 0.0, 0.0)))
    key = "mean_velocity_mm_s"
    assert window(made)[key].why == "why.noise-only"
    assert (window(silent)[key].uncertainty, window(silent)[key].why) == (None, "why.noise-unknown")
    assert measure_window(made.frames, START_NS, END_NS, only=[key])[key].why == "why.no-uncertainty"
    raw = measure_window(made.frames, START_NS, END_NS, "raw", ["path_length_mm"], instrument=made.instrument)["path_length_mm"]
    assert (raw.uncertainty, raw.why) == (None, "why.raw-settings")
    assert measure_cop(*person(1), FS_HZ, only=[key])[key].why == "why.no-uncertainty"
    assert window(made, ("dfa_alpha_ml",))["dfa_alpha_ml"].why == "why.uncertainty-not-worked-out"


def test_every_measure_has_an_uncertainty_or_a_why() -> None:
    made = through_board(*person(1, 72.0), 0.05, np.random.default_rng(3), calibration_mm=1.0)
    found = measure_window(made.frames, START_NS, 65 * S, instrument=made.instrument)
    assert all(m.why for m in found.values() if m.uncertainty is None)
    assert sum(m.uncertainty is not None for m in found.values()) > 50
    assert all(m.uncertainty > 0 and math.isfinite(m.uncertainty) for m in found.values() if m.uncertainty is not None)


def test_a_gap_or_a_standstill_breaks_nothing() -> None:
    board = Instrument.of(Geometry(), (0.05, 0.05, 0.05, 0.05), 80.0, 1.0)
    still = frames((np.full(3700, 3.0), np.full(3700, -7.0)))
    empty = frames((np.full(3700, np.nan), np.full(3700, np.nan)), missing=slice(0, 3700))
    holed = frames(wander(37), missing=slice(1000, 1200))
    for made in (still, empty, holed):
        found = measure_window(made, 15 * S, 45 * S, instrument=board)
        assert all(m.value is None or math.isfinite(m.value) for m in found.values())
        assert all(m.uncertainty is None or math.isfinite(m.uncertainty) for m in found.values())
    assert found["mean_velocity_mm_s"].uncertainty is not None


def test_a_value_with_parts_survives_json() -> None:
    m = window(through_board(*person(1), 0.05, np.random.default_rng(3), calibration_mm=1.0))["rms_ml_mm"]
    assert MeasureValue.from_json(m.to_json()) == m
    assert "parts" not in MeasureValue(1.0, "mm").to_json()


def test_the_context_of_the_person_reaches_the_measures() -> None:
    made = through_board(*person(1), 0.05, np.random.default_rng(3))
    tall = Context(height_mm=1750.0)
    key = "cop_cog_rms_ap_mm"
    assert measure_window(made.frames, START_NS, END_NS, only=[key])[key].value is None
    assert measure_window(made.frames, START_NS, END_NS, only=[key], instrument=made.instrument, context=tall)[key].value is not None
    assert measure_cop(*person(1), FS_HZ, only=[key], context=tall)[key].value is not None


# --- intervals -------------------------------------------------------------------------------------------------------------------------


def test_intervals_hold_the_truth_of_simulated_people() -> None:
    """0.1 mm of noise that nobody names: a small version of the figure in the benchmarks (93-97 %). 11 keys x 60 windows."""
    held = []
    keys = (*PRIMARY, "path_length_corrected_mm", "mean_velocity_ln")
    for seed in range(12):
        path = person(seed)
        truth = measure_window(clean_frames(path), START_NS, END_NS, only=[key for key in keys if "corrected" not in key])
        truth["path_length_corrected_mm"] = truth["path_length_mm"]
        for draw in range(5):
            found = window(through_board(*path, 0.1, np.random.default_rng((seed, draw))), keys)
            for key, m in found.items():
                low, high = interval_95(m) or (math.nan, math.nan)
                held.append(low <= (truth[key].value or math.nan) <= high)
    assert 0.91 <= np.mean(held) <= 0.985


def clean_frames(path: Path) -> Frames:
    return through_board(*path, 0.0, np.random.default_rng(0)).frames


def test_there_is_no_interval_without_an_uncertainty() -> None:
    assert interval_95(MeasureValue(3.0, "mm")) is None
    assert interval_95(MeasureValue(None, "mm", None, why="why.under-10-s")) is None
    low, high = interval_95(MeasureValue(3.0, "mm", 0.5)) or (0.0, 0.0)
    assert (low, high) == approx((3 - 1.959964 * 0.5, 3 + 1.959964 * 0.5))
