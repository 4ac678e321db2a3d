"""What the pipeline costs: a minute of four chips, whole and in live blocks; the low-pass of a minute."""

from __future__ import annotations

import numpy as np
import pytest
from made_readings import CALIBRATION, GEOMETRY, blocks, conversions, through
from pytest_benchmark.fixture import BenchmarkFixture

from station.core.filters import zero_phase_lowpass
from station.core.pipeline import Pipeline
from station.core.readings import Edge, Sample, Timing


@pytest.mark.parametrize("timing", [Edge(), Sample()], ids=["edge", "sample"])
@pytest.mark.parametrize("size", [1_000_000, 16], ids=["whole", "live"])
def test_a_minute_of_four_chips(benchmark: BenchmarkFixture, timing: Timing, size: int) -> None:
    readings = conversions(60.0, delay_periods=0)
    parts = list(blocks(readings, size))
    frames = benchmark(lambda: through(Pipeline(GEOMETRY, CALIBRATION, timing), parts))
    benchmark.extra_info["us_per_reading"] = benchmark.stats.stats.min * 1e6 / len(readings)
    assert len(frames) > 5900


def test_the_low_pass_of_a_minute(benchmark: BenchmarkFixture) -> None:
    x = np.random.default_rng(1).normal(0, 5, 6000)
    assert len(benchmark(zero_phase_lowpass, x, 100.0)) == 6000
