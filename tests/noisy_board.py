"""A path measured by a board with noise: four cells with clocks of their own, conversions at 80 a second, and the empty plate before.

What the code is told is only what a station would know: the frames, and how much the empty cells' frames wandered.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from station.core.frames import STEP_NS, Frames
from station.core.geometry import Geometry
from station.core.resample import lagrange
from station.core.uncertainty.instrument import Instrument

Array = npt.NDArray[np.float64]

RATE_HZ = 80.0
EMPTY_S = 3.0
SQUARE = Geometry(cells_mm=((-200.0, 200.0), (200.0, 200.0), (-200.0, -200.0), (200.0, -200.0)))
SIGNS = ((-1, 1), (1, 1), (-1, -1), (1, -1))


@dataclass(frozen=True)
class Measured:
    """frames: on the plate; instrument: from the empty plate before, and nothing else."""

    frames: Frames
    instrument: Instrument


def through_board(
    ml_mm: Array, ap_mm: Array, sigma_mm: float, rng: np.random.Generator, *, load_n: float = 700.0, calibration_mm: float | None = None
) -> Measured:
    """The path (100 Hz, mm) with white noise of `sigma_mm` an axis and conversion in the middle of the plate, shared by the cells."""
    a = SQUARE.cells_mm[1][0]
    sigma_n = sigma_mm * load_n / (2 * a)
    n = len(ml_mm)
    force = np.column_stack([load_n / 4 * (1 + sx * ml_mm / a) * (1 + sy * ap_mm / a) for sx, sy in SIGNS])
    seen = np.column_stack([_converted(force[:, cell], sigma_n, rng) for cell in range(4)])
    empty = np.column_stack([_converted(np.zeros(round(EMPTY_S * 100)), sigma_n, rng) for _ in range(4)])
    load = seen.sum(axis=1)
    cells = np.asarray(SQUARE.cells_mm)
    frames = Frames(
        t_ns=np.arange(n, dtype=np.int64) * STEP_NS,
        force_n=seen,
        load_n=load,
        ml_mm=(seen * cells[:, 0]).sum(axis=1) / load,
        ap_mm=(seen * cells[:, 1]).sum(axis=1) / load,
        valid=np.ones(n, np.bool_),
        flags=np.zeros(n, np.uint16),
    )
    b, c, d, e = empty.std(axis=0).tolist()
    return Measured(frames, Instrument.of(SQUARE, (b, c, d, e), RATE_HZ, calibration_mm))


def _converted(force_n: Array, sigma_n: float, rng: np.random.Generator) -> Array:
    """One cell at its own phase, +-2 % off 80 a second, and back on the grid of 100 Hz by the cubic of the pipeline."""
    n = len(force_n)
    period_ns = round(1e9 / (RATE_HZ * (1 + 0.02 * rng.uniform(-1, 1))))
    knots = np.arange(-3 * period_ns + round(rng.uniform(0, period_ns)), n * STEP_NS + 4 * period_ns, period_ns, dtype=np.int64)
    exact = _band_limited(force_n, knots / STEP_NS) + sigma_n * rng.standard_normal(len(knots))
    grid = np.arange(n, dtype=np.int64) * STEP_NS
    four = np.searchsorted(knots, grid, "right")[None, :] - 2 + np.arange(4)[:, None]
    return np.asarray(lagrange(grid, knots[four], exact[four]))


def _band_limited(x: Array, at: Array) -> Array:
    """x (every 1) at other places: the cubic through the four points around, the ends held."""
    base = np.clip(np.floor(at).astype(np.int64) - 1, 0, len(x) - 4)
    four = base[None, :] + np.arange(4)[:, None]
    whole = np.clip(at, 0, len(x) - 1)
    return np.asarray(lagrange(np.round(whole * STEP_NS).astype(np.int64), four * STEP_NS, x[four]))
