"""What is known of a board's scale at some moment of a calibration: plugs, zero, gains. Turns a slice into kilograms and a place."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from station.core.calibration import Calibration
from station.core.corners import Order
from station.core.geometry import GRAVITY_M_S2, Geometry
from station.service.feel import Slice
from station.service.fit import Floats, gains_matrix

STRAIGHT: Order = (0, 1, 2, 3)


@dataclass(frozen=True, slots=True)
class Felt:
    """A slice on this scale. counts, cells_kg: (4,) zeroed, by corner; load_kg; at_mm: (ml, ap), meaningless on an empty plate."""

    counts: Floats
    cells_kg: Floats
    load_kg: float
    at_mm: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Scale:
    """order[corner] is the cell of the readings that carries it; zero_count (4,) raw counts by corner; gain_kg (4,) by corner, negative
    where a bridge is reversed; matrix_kg (4, 3)."""

    order: Order
    zero_count: Floats
    gain_kg: Floats
    matrix_kg: Floats

    @staticmethod
    def of(calibration: Calibration) -> Scale:
        """As calibrated: readings already come by corner."""
        gain_kg = np.array(calibration.gain_n_per_count) / GRAVITY_M_S2
        return Scale(STRAIGHT, np.array(calibration.zero_count), gain_kg, np.array(calibration.matrix).T / GRAVITY_M_S2)

    @staticmethod
    def rough(geometry: Geometry, nominal: Calibration, zero_count: Floats, order: Order = STRAIGHT, signs: Order = (1, 1, 1, 1)) -> Scale:
        """Equal cells where they are drawn: good for which mark and about how much. `signs` as `Corners` found them."""
        size = float(np.mean(np.abs(nominal.gain_n_per_count))) / GRAVITY_M_S2
        gain_kg = size * np.array(signs, np.float64)
        return Scale(order, zero_count, gain_kg, gains_matrix(geometry, gain_kg))

    def at_zero(self, zero_count: Floats) -> Scale:
        """The same with another zero, (4,) raw counts by corner."""
        return replace(self, zero_count=zero_count)

    def times(self, factor: float) -> Scale:
        """The same plate, each count worth `factor` as much."""
        return replace(self, gain_kg=self.gain_kg * factor, matrix_kg=self.matrix_kg * factor)

    def by_corner(self, values: Floats) -> Floats:
        """(4,) of the readings' cells -> (4,) of the corners."""
        return np.asarray(values[list(self.order)], np.float64)

    def felt(self, slice: Slice) -> Felt:
        return self.weigh(self.by_corner(slice.counts))

    def weigh(self, counts_by_corner: Floats) -> Felt:
        """The same from (4,) raw counts that are in the order of the corners."""
        counts = counts_by_corner - self.zero_count
        load_kg, mx, my = (float(v) for v in counts @ self.matrix_kg)
        divisor = load_kg if abs(load_kg) > 1e-6 else 1e-6
        return Felt(counts, counts * self.gain_kg, load_kg, (mx / divisor, my / divisor))

    def grams(self, slice: Slice) -> Floats:
        """(4,) SD within the slice, by corner."""
        return np.asarray(np.abs(self.by_corner(slice.sd) * self.gain_kg) * 1000.0, np.float64)
