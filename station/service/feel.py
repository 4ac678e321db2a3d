"""What the board feels, in tenths of a second: counts of the four cells on the common grid, with what is missing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from station.core.calibration import Calibration
from station.core.frames import STEP_NS, Frames
from station.core.geometry import Geometry
from station.core.pipeline import Pipeline
from station.core.readings import Readings, Timing
from station.service.fit import Floats

SLICE_FRAMES = 10
SLICE_S = SLICE_FRAMES * STEP_NS / 1e9
LEAST_FRAMES = 5
SILENT_S = 0.3
LEAST_RATE_HZ, MOST_RATE_HZ = 75.0, 100.0


@dataclass(frozen=True, slots=True)
class Slice:
    """A tenth of a second, on absolute tenths of the board's clock.

    t_ns:   its end
    counts: (4,) mean of each cell's raw counts, NaN where a cell gave too little
    sd:     (4,) SD within the slice, counts
    """

    t_ns: int
    counts: Floats
    sd: Floats

    @property
    def whole(self) -> bool:
        return not np.isnan(self.counts).any()


class Feel:
    """Readings -> slices. Counts go through the same pipeline as every measurement, with gains of one and no zero."""

    def __init__(self, geometry: Geometry, timing: Timing) -> None:
        self._pipeline = Pipeline(geometry, Calibration.from_gains(geometry, (1.0, 1.0, 1.0, 1.0)), timing, fixed_zero=True)
        self._rest = Frames.none()

    def feed(self, readings: Readings) -> Iterator[Slice]:
        frames = Frames.join([self._rest, self._pipeline.feed(readings)])
        tenths = frames.t_ns // (SLICE_FRAMES * STEP_NS)
        ends = np.flatnonzero(np.diff(tenths)) + 1
        begin = 0
        for end in ends.tolist():
            yield _slice(int(tenths[begin] + 1) * SLICE_FRAMES * STEP_NS, frames.force_n[begin:end])
            begin = end
        self._rest = frames[begin:]

    @property
    def silent(self) -> tuple[int, ...]:
        """Cells that have given nothing for 0.3 s."""
        return tuple(cell for cell, silent_s in enumerate(self._pipeline.silent_s) if silent_s > SILENT_S)

    @property
    def rates_hz(self) -> tuple[float, ...]:
        return self._pipeline.rates_hz

    @property
    def until_ns(self) -> int:
        return self._pipeline.until_ns


def _slice(t_ns: int, counts: Floats) -> Slice:
    there = ~np.isnan(counts)
    n = there.sum(axis=0)
    filled = np.where(there, counts, 0.0)
    mean = filled.sum(axis=0) / np.maximum(n, 1)
    sd = np.sqrt((np.where(there, counts - mean, 0.0) ** 2).sum(axis=0) / np.maximum(n - 1, 1))
    return Slice(t_ns, np.where(n >= LEAST_FRAMES, mean, np.nan), sd)
