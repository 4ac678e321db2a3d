"""The mechanics of a simulated board: a stiff plate on four springs, with everything that real ones have and drawings have not.

A plate that stands on springs of stiffness k at (x, y) sinks and tilts until the springs carry it: F = k d, d = a + b x + c y + h, where
h is how much longer a foot is than the others. A foot only pushes: one that would pull hangs in the air, and the plate rocks on three.
Forces are those above the empty plate, which is what a zeroed cell shows.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from hardware.body import Floats
from station.core.geometry import GRAVITY_M_S2, Geometry

PLATE_KG = 8.0
FOOT_N_PER_MM = 200.0  # a rubber foot under a cell: a person sinks by a millimetre
TWIST = (-1.0, 1.0, 1.0, -1.0)  # a bent plate pushes two opposite corners down and lifts the others

Load = tuple[float, float, float]
"""Load in N, its moments about ml = 0 and ap = 0 in N mm."""
Four = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Build:
    """How a board was built, wired and kept. The defaults are a good board.

    gain_spread: of the cells' gains, +- as a share; misplaced_mm: SD of each cell's true place, an axis
    foot_n_per_mm: stiffness of the four feet; foot_mm: how much longer each foot is than it should be
    soft: 0 a plate that does not bend, 1 one that is as good as four hinged strips
    creep: share of a load that comes slowly (`hardware.cells.CREEP_S`); hysteresis: share that lags behind in loading and unloading
    drift_g_min: of each cell's zero, up or down; cold: was just switched on
    swapped: two corners whose plugs are in each other's place; reversed: cells whose signal wires are
    """

    gain_spread: float = 0.03
    misplaced_mm: float = 0.0
    foot_n_per_mm: Four = (FOOT_N_PER_MM,) * 4
    foot_mm: Four = (0.0, 0.0, 0.0, 0.0)
    soft: float = 0.0
    creep: float = 0.0
    hysteresis: float = 0.0
    drift_g_min: float = 0.0
    cold: bool = False
    swapped: tuple[int, int] | None = None
    reversed: frozenset[int] = frozenset()

    @property
    def drawn(self) -> bool:
        """Plate and feet are as in the drawing: forces are simple shares of the load."""
        level = len(set(self.foot_n_per_mm)) == 1 and not any(self.foot_mm)
        return level and not (self.misplaced_mm or self.soft or self.creep or self.hysteresis)

    @property
    def surprising(self) -> bool:
        """A calibration made from the drawing, or of another board, does not fit it."""
        return self.gain_spread > Build().gain_spread or bool(self.misplaced_mm or self.swapped or self.reversed)

    @property
    def wiring(self) -> tuple[int, int, int, int]:
        """The corner that is on each plug."""
        corners = [0, 1, 2, 3]
        if self.swapped:
            a, b = self.swapped
            corners[a], corners[b] = b, a
        return (corners[0], corners[1], corners[2], corners[3])


class Plate:
    """Forces on the four cells under a load on the plate.

    cells_mm: the cells' true places, (ml, ap) of each of CELLS.
    """

    def __init__(self, geometry: Geometry, build: Build, seed: int) -> None:
        off = np.random.default_rng((seed, 0x91A7E)).normal(0.0, build.misplaced_mm, (4, 2)) if build.misplaced_mm else np.zeros((4, 2))
        self.cells_mm = tuple((x + float(dx), y + float(dy)) for (x, y), (dx, dy) in zip(geometry.cells_mm, off, strict=True))
        place = np.array([(1.0, ml, ap) for ml, ap in self.cells_mm]).T  # (3, 4): load and moments of unit forces
        stiff, longer = np.array(build.foot_n_per_mm), np.array(build.foot_mm)
        self._on_four = _solved(place, stiff, longer, (0, 1, 2, 3))
        self._on_three = {(set(range(4)) - set(feet)).pop(): _solved(place, stiff, longer, feet) for feet in combinations(range(4), 3)}
        half_ml, half_ap = (float(np.mean(np.abs(place[axis]))) for axis in (1, 2))
        self._bend = build.soft / 4 / (half_ml * half_ap)
        self._empty = self._forces(PLATE_KG * GRAVITY_M_S2, 0.0, 0.0)

    def forces(self, load: Load) -> Four:
        """N on each cell above those of the empty plate."""
        f, e = self._forces(load[0] + PLATE_KG * GRAVITY_M_S2, load[1], load[2]), self._empty
        return (f[0] - e[0], f[1] - e[1], f[2] - e[2], f[3] - e[3])

    def _forces(self, load_n: float, mx: float, my: float) -> Four:
        twist = self._bend * mx * my / load_n if load_n > 0 else 0.0
        rows = self._on_four
        forces = [a * load_n + b * mx + c * my + d + twist * t for (a, b, c, d), t in zip(rows, TWIST, strict=True)]
        least = min(forces)
        if least < 0:
            forces = [max(0.0, a * load_n + b * mx + c * my + d) for a, b, c, d in self._on_three[forces.index(least)]]
        return (forces[0], forces[1], forces[2], forces[3])


def _solved(place: Floats, stiff: Floats, longer: Floats, feet: tuple[int, ...]) -> list[list[float]]:
    """(4, 4): force on each cell = a load + b mx + c my + d, when just these feet touch the floor."""
    k = np.zeros(4)
    k[list(feet)] = stiff[list(feet)]
    sink = np.linalg.inv((place * k) @ place.T)  # (3, 3): (a, b, c) for a load
    share = k[:, None] * (place.T @ sink)
    rest = k * longer - share @ (place @ (k * longer))
    rows: list[list[float]] = np.column_stack((share, rest)).tolist()
    return rows
