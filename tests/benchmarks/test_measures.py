"""How long measures take: the 36 unfiltered ones of a minute, beside a published program on its own seven, and each family alone.

Run with `pytest tests/benchmarks/test_measures.py --benchmark-enable --benchmark-only`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from openbalance import Trial
from openbalance.processing.filters import apply_lowpass_filter
from openbalance.processing.kinematics import calculate_cop, calculate_path_length, calculate_sway_areas, calculate_wdi
from sways import FS_HZ, frames, wander

from station.core.geometry import Geometry
from station.core.measures.prepare import measure_cop
from station.core.measures.published import PUBLISHED_KEYS

WITHOUT_ENTROPY = tuple(key for key in PUBLISHED_KEYS if "entropy" not in key)
ENTROPY = ("sample_entropy_ml", "sample_entropy_ap")


@pytest.mark.parametrize("keys", [PUBLISHED_KEYS, WITHOUT_ENTROPY, ENTROPY], ids=["all-36", "34-without-entropy", "entropy-of-both-axes"])
def test_unfiltered_measures_of_a_minute(benchmark: Any, keys: tuple[str, ...]) -> None:
    ml, ap = wander(60)
    found = benchmark(measure_cop, ml, ap, FS_HZ, "raw", keys)
    assert all(m.value is not None for m in found.values())


def test_every_station_measure_of_a_minute(benchmark: Any) -> None:
    found = benchmark(measure_cop, *wander(60), FS_HZ)
    assert found["mean_velocity_mm_s"].value > 0


def openbalance_seven(force_n: np.ndarray, cells_mm: tuple[tuple[float, float], ...]) -> dict[str, Any]:
    """Path, hull, ellipse, circle, area difference and ratio, weight distribution: all that openbalance 0.1.5 computes."""
    trial = apply_lowpass_filter(Trial(force_n, FS_HZ, ["FL", "FR", "RL", "RR"]))
    calculate_path_length(calculate_cop(trial, list(cells_mm)))
    calculate_sway_areas(trial)
    left_front, right_front, left_heel, right_heel = trial.filtered_data.T
    calculate_wdi(trial, left_front, right_front, left_heel, right_heel)
    return dict(trial.parameters)


def test_openbalance_on_its_own_seven(benchmark: Any) -> None:
    made = frames(wander(60))
    theirs = benchmark(openbalance_seven, made.force_n, Geometry().cells_mm)
    ours = measure_cop(made.ml_mm, made.ap_mm, FS_HZ, "openbalance")
    assert theirs["Area_Ellipse"] == pytest.approx(ours["ellipse_chi2_mm2"].value, rel=1e-6)
    assert theirs["Path_Length"] == pytest.approx(ours["path_length_mm"].value, rel=1e-6)
    assert theirs["Area_Circle"] == pytest.approx(ours["circle_prieto_mm2"].value, rel=1e-6)
