"""A rigid plate on four equal springs, felt in slices: what the steps of a calibration are fed with, without a board."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from station.core.calibration import Calibration
from station.core.geometry import Geometry
from station.core.readings import Readings
from station.service.feel import Slice
from station.service.guide import Step

GEOMETRY = Geometry()
GAIN_KG = 1 / 42_950.0
NOMINAL = Calibration.from_gains(GEOMETRY, (GAIN_KG * 9.80665,) * 4)
TENTH_NS = 100_000_000


def shares(cells_mm: Sequence[tuple[float, float]] | np.ndarray) -> np.ndarray:
    """(4, 3): cell loads of unit load and moments."""
    place = np.column_stack((np.ones(4), np.array(cells_mm))).T
    return np.linalg.solve(place @ place.T, place).T


@dataclass
class Table:
    """gain_kg: true kg a count of each plug (negative: reversed); order[corner]: the plug that carries it."""

    gain_kg: np.ndarray = field(default_factory=lambda: np.full(4, GAIN_KG))
    zero: np.ndarray = field(default_factory=lambda: np.array([2e4, -1e4, 3e4, 0.0]))
    order: tuple[int, ...] = (0, 1, 2, 3)
    noise_g: float = 1.0
    drift_g_min: np.ndarray = field(default_factory=lambda: np.zeros(4))
    t_ns: int = TENTH_NS
    seed: int = 1

    def __post_init__(self) -> None:
        self._rng = np.random.default_rng(self.seed)
        self._share = shares(GEOMETRY.cells_mm)

    def counts(self, kg: float, ml_mm: float, ap_mm: float) -> np.ndarray:
        """By plug, without noise."""
        corners = self._share @ (kg * np.array([1.0, ml_mm, ap_mm]))
        plugs = np.empty(4)
        plugs[list(self.order)] = corners
        return self.zero + (plugs + self.drift_g_min / 1000.0 * self.t_ns / 60e9) / self.gain_kg

    def slices(self, seconds: float, kg: float = 0.0, at: tuple[float, float] = (0.0, 0.0), *, shaky_g: float = 0.0) -> Iterator[Slice]:
        for _ in range(round(seconds * 10)):
            self.t_ns += TENTH_NS
            moved = self._rng.normal(0.0, (self.noise_g / 3 + shaky_g) / 1000.0, 4) / np.abs(self.gain_kg)
            sd = np.full(4, (self.noise_g + shaky_g) / 1000.0) / np.abs(self.gain_kg)
            yield Slice(self.t_ns, self.counts(kg, *at) + moved, sd)

    def lost(self, seconds: float) -> Iterator[Slice]:
        """No readings of the front left cell."""
        for slice in self.slices(seconds):
            yield Slice(slice.t_ns, np.array([np.nan, *slice.counts[1:]]), slice.sd)

    def readings(self, seconds: float, kg: float = 0.0, at: tuple[float, float] = (0.0, 0.0), *, without: tuple[int, ...] = ()) -> Readings:
        """80 a second of every plug, as a polled board gives them."""
        n = round(seconds * 80)
        t_ns = self.t_ns + np.arange(1, n + 1) * 12_500_000
        self.t_ns = int(t_ns[-1])
        cells = [cell for cell in range(4) if cell not in without]
        counts = self.counts(kg, *at) + self._rng.normal(0.0, self.noise_g / 1000.0, (n, 4)) / np.abs(self.gain_kg)
        return Readings.of(
            np.tile(cells, n), np.repeat(t_ns, len(cells)), np.round(counts[:, cells]).ravel(), np.zeros(n * len(cells)), self.t_ns + 1
        )


def feed(step: Step, slices: Iterator[Slice]) -> None:
    """Until they are over or the step is."""
    for slice in slices:
        if step.leaves:
            return
        step.feed(slice)
