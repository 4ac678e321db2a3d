"""The path without the noise's share: against the path as it was before noise came to it."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from noisy_board import through_board
from sways import FS_HZ, frames, wander

from station.core.measures.corrected import correction
from station.core.measures.prepare import measure_window, sway_of
from station.core.measures.presets import preset
from station.core.measures.sway import Sway
from station.core.results import MeasureValue
from station.core.uncertainty.instrument import Instrument
from station.core.uncertainty.noise import Noise
from station.core.uncertainty.simex import BACK, KAPPA, corrected_lengths_mm, rayleigh_path_mm

approx = pytest.approx
S = 1_000_000_000
START_NS, END_NS = 5 * S, 35 * S
KEYS = ("path_length_mm", "path_length_corrected_mm", "mean_velocity_mm_s", "mean_velocity_corrected_mm_s")


def noisy(sigma_mm: float, seed: int = 3) -> tuple[float, dict[str, MeasureValue]]:
    """(true path, measures) of a made path under that much noise."""
    path = wander(37, seed)
    clean = through_board(path[0], path[1], 0.0, np.random.default_rng(0))
    made = through_board(path[0], path[1], sigma_mm, np.random.default_rng(seed))
    truth = measure_window(clean.frames, START_NS, END_NS, only=KEYS)["path_length_mm"].value
    assert truth is not None
    return truth, measure_window(made.frames, START_NS, END_NS, only=KEYS, instrument=made.instrument)


def test_five_weights_follow_a_quadratic_back_to_no_noise() -> None:
    for a, b, c in ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (3.0, -2.0, 0.5)):
        at = [a + b * kappa + c * kappa * kappa for kappa in KAPPA]
        assert sum(w * y for w, y in zip(BACK, at, strict=True)) == approx(a - b + c, abs=1e-12)


def test_pure_noise_leaves_next_to_no_path() -> None:
    """Nobody moves; all of the path is noise. Its squared length grows in proportion to the noise's variance: nothing is left."""
    noise = Noise(0.01, 0.0, 0.01, 10.0)
    (ml,), (ap,) = noise.draw(1, 6000, FS_HZ, np.random.default_rng(7))
    sway = Sway.of(ml, ap, FS_HZ)
    path, along_ml, along_ap = corrected_lengths_mm(sway, noise)
    assert path < 0.25 * sway.path_mm
    assert max(along_ml, along_ap) < 0.3 * sway.path_mm
    assert rayleigh_path_mm(sway, noise) < 0.25 * sway.path_mm


def test_without_noise_the_path_is_the_path() -> None:
    sway = sway_of(frames(wander(30)), 10 * S, 40 * S, preset("station"))
    assert sway is not None
    silent = Noise(0.0, 0.0, 0.0, 10.0)
    assert corrected_lengths_mm(sway, silent)[0] == approx(sway.path_mm, rel=1e-12)
    assert rayleigh_path_mm(sway, silent) == approx(sway.path_mm, rel=1e-12)


@pytest.mark.parametrize("missing", [None, slice(1500, 1700)], ids=["whole", "with-a-gap"])
def test_both_ways_back_agree_where_the_noise_is_small(missing: slice | None) -> None:
    sway = sway_of(frames(wander(30), missing=missing), 10 * S, 40 * S, preset("station"))
    assert sway is not None
    noise = Noise(0.05**2, 0.0, 0.05**2, 10.0)
    assert corrected_lengths_mm(sway, noise)[0] == approx(rayleigh_path_mm(sway, noise), rel=0.003)


def test_the_corrected_path_stands_beside_the_conventional_one() -> None:
    truth, found = noisy(0.1)
    plain, corrected = found["path_length_mm"], found["path_length_corrected_mm"]
    assert plain.value == approx(truth + plain.parts["bias"], rel=0.01)
    assert plain.parts["bias"] > 0.01 * truth
    assert corrected.value == approx(truth, rel=0.01)
    assert (corrected.uncertainty or math.inf) < (plain.uncertainty or 0.0)
    assert found["mean_velocity_corrected_mm_s"].value == approx((corrected.value or 0.0) / 30)
    assert "bias" not in corrected.parts


def test_more_than_five_per_cent_is_marked_and_more_than_twenty_withheld() -> None:
    whys = {sigma: noisy(sigma)[1]["path_length_corrected_mm"] for sigma in (0.02, 0.25, 0.6)}
    assert (whys[0.02].value is None, whys[0.02].why) == (False, "why.noise-only")
    assert (whys[0.25].value is None, whys[0.25].why) == (False, "why.noise-much")
    assert (whys[0.6].value, whys[0.6].why) == (None, "why.noise-too-much")


def test_where_the_noise_is_not_known_there_is_no_corrected_path() -> None:
    made = frames(wander(37))
    found = measure_window(made, 15 * S, 45 * S, only=KEYS)["path_length_corrected_mm"]
    assert (found.value, found.why) == (None, "why.noise-unknown")
    sway = sway_of(made, 15 * S, 45 * S, preset("station"))
    assert sway is not None
    assert correction(sway) == 0.0


def test_the_corrected_path_needs_no_more_than_the_instrument() -> None:
    """Known on paper: a circle of 20 mm at 0.5 Hz on a board of 0.1 mm a frame and axis (noise drawn by another hand)."""
    t = np.arange(4700) / FS_HZ
    rng = np.random.default_rng(11)
    made = frames((20 * np.cos(math.pi * t) + rng.normal(0, 0.1, 4700), 20 * np.sin(math.pi * t) + rng.normal(0, 0.1, 4700)))
    sigma_n = 0.1 * 700 / (2 * 400.0)
    cells_mm = ((-400.0, 400.0), (400.0, 400.0), (-400.0, -400.0), (400.0, -400.0))
    board = Instrument((sigma_n, sigma_n, sigma_n, sigma_n), 100.0, cells_mm)
    found = measure_window(made, 15 * S, 45 * S, only=KEYS, instrument=board)
    gain = 1 / (1 + (math.tan(math.pi * 0.005) / math.tan(math.pi * 0.1)) ** 4)
    truth = 2 * math.pi * 20 * 0.5 * 29.99 * gain  # 2999 steps
    assert found["path_length_corrected_mm"].value == approx(truth, rel=1e-3)


@pytest.mark.shared
@pytest.mark.parametrize("sigma_mm", [0.05, 0.1, 0.2])
def test_on_real_trials_the_corrected_path_is_within_two_per_cent_of_the_noise_free_one(shared_data: Path, sigma_mm: float) -> None:
    ratios = []
    for n, path in enumerate(sorted((shared_data / "cop").glob("*.csv.gz"))[::3]):
        ml, ap = np.loadtxt(path, delimiter=",", skiprows=1, usecols=(1, 2), unpack=True, max_rows=3700)
        ml, ap = ml - ml.mean(), ap - ap.mean()
        clean = through_board(ml, ap, 0.0, np.random.default_rng(0))
        made = through_board(ml, ap, sigma_mm, np.random.default_rng(n))
        truth = measure_window(clean.frames, START_NS, END_NS, only=KEYS[:1])["path_length_mm"].value
        found = measure_window(made.frames, START_NS, END_NS, only=KEYS[1:2], instrument=made.instrument)["path_length_corrected_mm"].value
        if found is not None:
            ratios.append(found / (truth or math.nan))
    assert len(ratios) >= 8
    assert np.median(ratios) == approx(1.0, abs=0.02)
    assert np.quantile(np.abs(np.array(ratios) - 1), 0.9) < 0.03
