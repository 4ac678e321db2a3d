"""Made readings of four free-running cells, for tests of the signal core: exact truth, honest `until_ns` marks, any blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields

import numpy as np

from station.core.calibration import Calibration
from station.core.frames import Frames
from station.core.geometry import Geometry
from station.core.pipeline import Pipeline
from station.core.readings import Readings

GEOMETRY = Geometry()
GAIN_N = 1e-3
CALIBRATION = Calibration.from_gains(GEOMETRY, (GAIN_N,) * 4, id="made")
NOMINAL = Calibration.from_gains(GEOMETRY, (GAIN_N,) * 4)
OSCILLATORS = (0.98, 1.0, 1.012, 1.02)


def standing_n(cell: int, t_s: np.ndarray) -> np.ndarray:
    """About 70 kg, swaying."""
    return 175.0 + 5.0 * np.sin(2 * np.pi * (0.4 + 0.1 * cell) * t_s + cell)


def conversions(
    seconds: float,
    force_n: Callable[[int, np.ndarray], np.ndarray] = standing_n,
    *,
    rate_hz: float = 80.0,
    jitter_ms: float = 0.05,
    loss: float = 0.0,
    delay_periods: int = 2,
    start_s: float = 1.0,
    cells: Iterable[int] = range(4),
    seed: int = 1,
) -> Readings:
    """Readings in the order of their times; the sample lies `delay_periods` before the edge (0 for `Sample` timing)."""
    rng = np.random.default_rng(seed)
    t_ns, cell_of, count = [], [], []
    for cell in cells:
        period_ns = 1e9 / rate_hz * OSCILLATORS[cell]
        n = int(seconds * 1e9 / period_ns)
        exact_ns = start_s * 1e9 + 2e6 * cell + period_ns * np.arange(n)
        times = np.round(exact_ns + rng.normal(0, jitter_ms * 1e6, n)).astype(np.int64)
        kept = rng.random(n) >= loss
        t_ns.append(times[kept])
        cell_of.append(np.full(int(kept.sum()), cell))
        count.append(np.round(force_n(cell, (exact_ns - delay_periods * period_ns) / 1e9) / GAIN_N)[kept])
    order = np.argsort(np.concatenate(t_ns), kind="stable")
    t_all = np.concatenate(t_ns)[order]
    return Readings.of(np.concatenate(cell_of)[order], t_all, np.concatenate(count)[order], np.zeros(len(t_all)), int(t_all[-1]) + 1)


def rows(t_ns: np.ndarray, force_n: np.ndarray) -> Readings:
    """All four cells at once, as a file has them: t_ns (n,), force_n (n, 4)."""
    n = len(t_ns)
    return Readings.of(np.tile(np.arange(4), n), np.repeat(t_ns, 4), np.round(force_n / GAIN_N).ravel(), np.zeros(4 * n), int(t_ns[-1]) + 1)


def keep(readings: Readings, which: np.ndarray) -> Readings:
    return Readings(readings.cell[which], readings.t_ns[which], readings.count[which], readings.flag[which], readings.until_ns)


def blocks(readings: Readings, sizes: int | Iterable[int]) -> Iterator[Readings]:
    """The same readings in blocks (the last size goes on); each until_ns promises just what is true: the oldest still to come."""
    wanted = iter([sizes] if isinstance(sizes, int) else sizes)
    oldest = np.append(np.minimum.accumulate(readings.t_ns[::-1])[::-1], readings.until_ns)
    at, size = 0, 1
    while at < len(readings):
        size = next(wanted, size)
        end = min(at + size, len(readings))
        part = slice(at, end)
        yield Readings(readings.cell[part], readings.t_ns[part], readings.count[part], readings.flag[part], int(oldest[end]))
        at = end


def through(pipeline: Pipeline, parts: Iterable[Readings]) -> Frames:
    """Everything that comes out, with the tail."""
    return Frames.join([*(pipeline.feed(part) for part in parts), pipeline.finish()])


def same(a: Frames, b: Frames) -> bool:
    """To the last bit, NaN equal to NaN."""
    return all(
        np.array_equal(getattr(a, f.name), getattr(b, f.name), equal_nan=getattr(a, f.name).dtype.kind == "f") for f in fields(Frames)
    )
