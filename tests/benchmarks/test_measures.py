"""How long measures take: a minute at 100 Hz, beside published programs, and how the cost grows with length.

Processor time, the least of several rounds, so that a busy machine matters little. Figures are printed; what is asserted are ratios
within one run. Run with `pytest tests/benchmarks/test_measures.py --benchmark-enable --benchmark-only -s`.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from time import process_time
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
from station.core.measures.registry import registry

ENTROPY = tuple(key for key in registry("station") if "entropy" in key)
WITHOUT_ENTROPY = tuple(key for key in registry("station") if key not in ENTROPY)
QUIJOUX_S = 1.7  # a trial, as published for Jythen/code_descriptors_postural_control on another machine (1.8-5 s there with its resampling)
SEVEN = ("path_length_mm", "hull_area_mm2", "ellipse_chi2_mm2", "circle_prieto_mm2")
FAMILIES = sorted({m.family for m in registry("station").values()} - {"corrected", "boundary", "gravity"})
LENGTHS_S = (10, 30, 60, 180, 600, 1800)


def least_s(work: Callable[[], Any], rounds: int = 15) -> float:
    times = []
    for _ in range(rounds):
        before = process_time()
        work()
        times.append(process_time() - before)
    return min(times)


def told(line: str) -> None:
    sys.stdout.write(f"\n  {line}")


@pytest.mark.parametrize(
    "keys", [PUBLISHED_KEYS, WITHOUT_ENTROPY, ENTROPY], ids=["golden-36", "station-without-entropy", "station-entropy"]
)
def test_measures_of_a_minute(benchmark: Any, keys: tuple[str, ...]) -> None:
    ml, ap = wander(60)
    settings = "raw" if keys is PUBLISHED_KEYS else "station"
    found = benchmark(measure_cop, ml, ap, FS_HZ, settings, keys)
    assert sum(m.value is not None for m in found.values()) >= min(len(keys), 36) - 2


def test_all_but_entropy_beside_the_figure_published_for_another_tool(benchmark: Any) -> None:
    ml, ap = wander(60)
    ours_s = least_s(lambda: measure_cop(ml, ap, FS_HZ, "station", WITHOUT_ENTROPY), 30)
    benchmark.pedantic(measure_cop, (ml, ap, FS_HZ, "station", WITHOUT_ENTROPY), rounds=5)
    ratio = QUIJOUX_S / ours_s
    told(
        f"{len(WITHOUT_ENTROPY)} measures of 60 s at 100 Hz: {1000 * ours_s:.1f} ms; the published {QUIJOUX_S} s are {ratio:.0f} times that"
    )
    assert ratio > 50  # promised: 100 on a desktop's core; that machine's seconds are not this one's, so half of it is the alarm


def test_entropy_of_both_axes_with_six_scales_stays_in_proportion(benchmark: Any) -> None:
    ml, ap = wander(60)
    entropy_s = least_s(lambda: measure_cop(ml, ap, FS_HZ, "station", ENTROPY))
    others_s = least_s(lambda: measure_cop(ml, ap, FS_HZ, "station", WITHOUT_ENTROPY))
    at_100_hz_s = least_s(lambda: measure_cop(ml, ap, FS_HZ, "raw", ["sample_entropy_ml", "sample_entropy_ap"]), 3)
    benchmark.pedantic(measure_cop, (ml, ap, FS_HZ, "station", ENTROPY), rounds=5)
    told(f"entropy, {len(ENTROPY)} values: {1000 * entropy_s:.1f} ms; the other {len(WITHOUT_ENTROPY)} measures: {1000 * others_s:.1f} ms")
    told(f"sample entropy of both axes of all 6000 frames: {1000 * at_100_hz_s:.0f} ms")
    assert entropy_s < 3 * others_s


def openbalance_seven(force_n: np.ndarray, cells_mm: tuple[tuple[float, float], ...]) -> dict[str, Any]:
    """Path, hull, ellipse, circle, area difference and ratio, weight distribution: all that openbalance 0.1.5 computes."""
    trial = apply_lowpass_filter(Trial(force_n, FS_HZ, ["FL", "FR", "RL", "RR"]))
    calculate_path_length(calculate_cop(trial, list(cells_mm)))
    calculate_sway_areas(trial)
    left_front, right_front, left_heel, right_heel = trial.filtered_data.T
    calculate_wdi(trial, left_front, right_front, left_heel, right_heel)
    return dict(trial.parameters)


def our_seven(force_n: np.ndarray, cells_mm: tuple[tuple[float, float], ...]) -> dict[str, float]:
    """The same from the same forces with the same low-pass (order 2 at 13 Hz, forward and back)."""
    load_n = force_n.sum(axis=1)
    ml, ap = (force_n @ np.array([cell[axis] for cell in cells_mm]) / load_n for axis in (0, 1))
    found = {key: m.value or math.nan for key, m in measure_cop(ml, ap, FS_HZ, "openbalance", SEVEN).items()}
    share = force_n.mean(axis=0) / load_n.mean()
    difference, ratio = found["hull_area_mm2"] - found["ellipse_chi2_mm2"], found["hull_area_mm2"] / found["ellipse_chi2_mm2"]
    return {**found, "difference": difference, "ratio": ratio, "weight": float(np.abs(share - 0.25).sum())}


def test_the_seven_of_openbalance_take_no_longer_than_openbalance(benchmark: Any) -> None:
    force_n, cells_mm = frames(wander(60)).force_n, Geometry().cells_mm
    theirs, ours = openbalance_seven(force_n, cells_mm), our_seven(force_n, cells_mm)
    for key, name in {"path_length_mm": "Path_Length", "hull_area_mm2": "Area_Hull", "ratio": "Area_Ratio"}.items():
        assert ours[key] == pytest.approx(float(theirs[name]), rel=1e-6)
    theirs_s, ours_s = (least_s(lambda work=work: work(force_n, cells_mm), 40) for work in (openbalance_seven, our_seven))
    benchmark.pedantic(our_seven, (force_n, cells_mm), rounds=5)
    told(f"the seven of openbalance 0.1.5: theirs {1000 * theirs_s:.2f} ms, ours {1000 * ours_s:.2f} ms, {theirs_s / ours_s:.1f} to 1")
    assert ours_s <= theirs_s


def exponent(times_s: dict[int, float], longest: int = 3) -> float:
    """Slope of ln time on ln length over the longest recordings, where the work and not the call is what costs."""
    some = sorted(times_s)[-longest:]
    return float(np.polyfit(np.log(some), np.log([times_s[s] for s in some]), 1)[0])


def test_cost_grows_no_faster_than_n_log_n_from_ten_seconds_to_half_an_hour(benchmark: Any) -> None:
    paths = {s: wander(s) for s in LENGTHS_S}
    rows = {}
    for family in ["all but entropy", *FAMILIES]:
        keys = [k for k in WITHOUT_ENTROPY if family in ("all but entropy", registry("station")[k].family)]
        rows[family] = {s: least_s(lambda p=p, k=keys: measure_cop(*p, FS_HZ, "station", k), 3) for s, p in paths.items()}
    benchmark.pedantic(measure_cop, (*paths[1800], FS_HZ, "station", WITHOUT_ENTROPY), rounds=1)
    told("ms for " + ", ".join(f"{s} s" for s in LENGTHS_S) + "; exponent")
    for family, times_s in rows.items():
        told(f"{family:<16}" + "".join(f"{1000 * t:9.1f}" for t in times_s.values()) + f"{exponent(times_s):8.2f}")
    n_log_n = exponent({s: s * math.log(s * FS_HZ) for s in LENGTHS_S})
    assert exponent(rows["all but entropy"]) < n_log_n + 0.15  # the cache of a small machine costs a little on top
