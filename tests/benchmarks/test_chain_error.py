"""How wrong the whole chain is: person, plate, bridges, pin-level chips (sinc4 filter, noise, oscillators +-2 %), true driver, pipeline.

All in virtual time on a model of the chip: nothing here was measured on a real one. `added` is the chain against the true CoP as an ideal
filter of nominal speed shows it: what the computer and the resampling add. `filter` is what that filter does to the true CoP by itself; no
software can take it out. `whole` is both. Run with `pytest tests/benchmarks/test_chain_error.py --benchmark-only -s`.
"""

from __future__ import annotations

import sys

import numpy as np
import pytest
from chain_figures import HOPS, LANDINGS, STANDING, TAPS, Act, Errors, absolute_error_mm, calibrated, chain_errors, rms, times_of
from pytest_benchmark.fixture import BenchmarkFixture

MOST_ADDED_MM = 0.1
HALF_PERSON_N = 350.0
MOST_ABSOLUTE_MM = 1.5
BOARD = "gains=10%,misplaced=2mm"


def tell(line: str) -> None:
    sys.stdout.write(f"\n{line}\n")


def mean_of(acts: tuple[Act, ...], seconds: float, action: str, least_n: float = 100.0) -> Errors:
    """Of three boards."""
    found = [chain_errors(acts, seconds, seed=seed, around_s=times_of(acts, action), least_n=least_n) for seed in (1, 2, 3)]
    columns = np.array([(e.whole_mm, e.filter_mm, e.added_mm, e.peak_mm, e.lowered) for e in found])
    whole, by_filter, added = np.sqrt(np.mean(columns[:, :3] ** 2, axis=0)).tolist()
    return Errors(whole, by_filter, added, float(columns[:, 3].max()), float(columns[:, 4].min()))


@pytest.mark.parametrize(
    ("name", "acts", "seconds", "action", "least_n", "most_mm"),
    [
        ("standing", STANDING, 20.0, "", 100.0, MOST_ADDED_MM),
        ("heel taps, +20 % for 60 ms", TAPS, 20.0, "tap", 100.0, MOST_ADDED_MM),
        ("landings, +200 % for 60 ms", LANDINGS, 18.5, "tap", 100.0, MOST_ADDED_MM),
        ("hops, above half the weight", HOPS, 18.5, "hop", HALF_PERSON_N, MOST_ADDED_MM),
        # the foot leaves and comes: a few frames of 10-35 kg in which the cubic meets a corner of the load; no test reads mm there
        ("hops, all above 100 N", HOPS, 18.5, "hop", 100.0, 0.5),
    ],
)
def test_what_the_chain_adds_to_the_centre_of_pressure(
    benchmark: BenchmarkFixture, name: str, acts: tuple[Act, ...], seconds: float, action: str, least_n: float, most_mm: float
) -> None:
    errors = benchmark.pedantic(mean_of, (acts, seconds, action, least_n), rounds=1)
    line = f"{name:28} whole {errors.whole_mm:.3f}  filter {errors.filter_mm:.3f}  added {errors.added_mm:.3f} mm rms"
    tell(f"{line}, at most {errors.peak_mm:.2f} mm; the filter leaves {100 * errors.lowered:.1f} % of the greatest load")
    assert errors.added_mm < most_mm


def test_absolute_error_after_nine_marks(benchmark: BenchmarkFixture) -> None:
    """Cells 10 % off their gain and 2 mm (SD) off their place, the weight 1 mm (SD) off its mark; 25 places to 120 mm, 70 kg."""

    def boards() -> tuple[np.ndarray, np.ndarray]:
        after = [absolute_error_mm(BOARD, calibrated(BOARD, seed=seed), seed=seed) for seed in range(20)]
        before = [absolute_error_mm(BOARD, None, seed=seed) for seed in range(20)]
        return np.array(after), np.array(before)

    after, before = benchmark.pedantic(boards, rounds=1)
    p95_mm = float(np.percentile(np.hypot(after[..., 0], after[..., 1]), 95))
    tell(f"20 boards, mm rms an axis: {rms(before):.2f} uncalibrated, {rms(after):.2f} after nine marks (95 % of places: {p95_mm:.2f} mm)")
    worst_mm = max(rms(one) for one in after)
    tell(f"worst board {worst_mm:.2f} mm rms an axis")
    assert float(np.sqrt(np.mean(np.sum(after**2, axis=-1)))) < MOST_ABSOLUTE_MM
    assert worst_mm < MOST_ABSOLUTE_MM
    assert rms(before) > 3 * rms(after)


def test_absolute_error_after_nine_marks_through_the_chips(benchmark: BenchmarkFixture) -> None:
    def board() -> np.ndarray:
        return absolute_error_mm(f"chips,{BOARD}", calibrated(f"chips,{BOARD}", seed=4), seed=4)

    error_mm = benchmark.pedantic(board, rounds=1)
    tell(f"through the chips: {rms(error_mm):.2f} mm rms an axis after nine marks")
    assert rms(error_mm) < MOST_ABSOLUTE_MM
