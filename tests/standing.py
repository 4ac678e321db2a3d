"""A scripted person as frames and readings, for tests of what stands above the pipeline: exact times, gentle sway, no noise."""

from __future__ import annotations

from collections.abc import Iterator
from math import pi, sin

import numpy as np

from station.core.frames import FS_HZ, STEP_NS, Frames, Plate
from station.core.geometry import Geometry
from station.core.readings import Readings

BW_N = 700.0
ZEROED = Plate(state="empty", zero_checked=True)


class Person:
    """Each method lasts `s` seconds and gives the person back, so that a script reads as a sentence."""

    def __init__(self, geometry: Geometry | None = None, bw_n: float = BW_N, start_ns: int = 0, at_mm: float = 0.0) -> None:
        self.geometry = geometry or Geometry()
        self.bw_n = bw_n
        self._start_ns = start_ns
        self._rows: list[tuple[float, float, float, tuple[int, ...]]] = []  # load, ml, ap, silent cells
        self._ml_mm = at_mm

    @property
    def now_s(self) -> float:
        return len(self._rows) / FS_HZ

    def add(self, s: float, load: float = 1.0, ml_mm: float | None = None, sway: float = 1.0, silent: tuple[int, ...] = ()) -> Person:
        """`load` in body weights; `ml_mm` where the CoP is (moved to over 0.2 s, default: stays); `sway` scales 4 and 6 mm of sway."""
        goal = self._ml_mm if ml_mm is None else ml_mm
        n, begin = round(s * FS_HZ), self._ml_mm
        for k in range(n):
            t = len(self._rows) / FS_HZ
            ml = begin + (goal - begin) * min(1.0, (k + 1) / (0.2 * FS_HZ)) + sway * (3 * sin(2 * pi * 0.3 * t) + sin(2 * pi * 0.9 * t))
            ap = sway * (4 * sin(2 * pi * 0.23 * t + 1) + 2 * sin(2 * pi * 0.6 * t))
            self._rows.append((load * self.bw_n * (1 + 0.002 * sin(2 * pi * 1.1 * t)), ml, ap, silent))
        self._ml_mm = goal if n else begin
        return self

    def empty(self, s: float) -> Person:
        self._ml_mm = 0.0
        return self.add(s, load=0.0)

    def stand(self, s: float, sway: float = 1.0) -> Person:
        return self.add(s, ml_mm=0.0, sway=sway)

    def leg(self, s: float, side: str) -> Person:
        """Stands on one leg, over its mark."""
        return self.add(s, ml_mm=(0.5 if side == "right" else -0.5) * self.geometry.marks_mm, sway=1.5)

    def tap(self, depth: float = 0.08, s: float = 0.3, shift_mm: float = 30.0) -> Person:
        """A heel on the floor: a raised-cosine dip of the load, with the CoP shifted forward and back."""
        for k in range(round(s * FS_HZ)):
            wave = (1 - np.cos(2 * pi * (k + 0.5) / round(s * FS_HZ))) / 2
            self.add(1 / FS_HZ)
            load, ml, ap, silent = self._rows[-1]
            self._rows[-1] = (load - depth * self.bw_n * wave, ml, ap + shift_mm * wave, silent)
        return self

    def frames(self) -> Frames:
        load, ml, ap = np.array([r[:3] for r in self._rows]).T
        force = self._forces(load, ml, ap)
        for n, row in enumerate(self._rows):
            force[n, list(row[3])] = np.nan
        valid = ~np.isnan(force).any(axis=1)
        w = np.where(valid, load, np.nan)
        seen = valid & (w >= 100.0)
        t_ns = self._start_ns + STEP_NS * np.arange(len(load), dtype=np.int64)
        return Frames(t_ns, force, w, np.where(seen, ml, np.nan), np.where(seen, ap, np.nan), valid, np.zeros(len(load), np.uint16))

    def _forces(self, load: np.ndarray, ml: np.ndarray, ap: np.ndarray) -> np.ndarray:
        half_ml, half_ap = (abs(v) for v in self.geometry.cells_mm[0])
        signs = [(-1, 1), (1, 1), (-1, -1), (1, -1)]
        return np.stack([load / 4 * (1 + sx * ml / half_ml) * (1 + sy * ap / half_ap) for sx, sy in signs], axis=1)

    def readings(self) -> Readings:
        """One conversion of each cell at each frame's time."""
        t_ns = self._start_ns + STEP_NS * np.arange(len(self._rows), dtype=np.int64)
        n = len(t_ns)
        return Readings.of(np.tile(np.arange(4), n), np.repeat(t_ns, 4), np.arange(4 * n) % 1000, np.zeros(4 * n), int(t_ns[-1]))

    def blocks(self, size: int = 7, plate: Plate = ZEROED) -> Iterator[tuple[Readings, Frames, Plate]]:
        frames, readings = self.frames(), self.readings()
        for a in range(0, len(frames), size):
            b = min(a + size, len(frames))
            part = slice(4 * a, 4 * b)
            cut = Readings(readings.cell[part], readings.t_ns[part], readings.count[part], readings.flag[part], int(frames.t_ns[b - 1]))
            yield cut, frames[a:b], plate


def numbered(prefix: str = "id") -> Iterator[str]:
    n = 0
    while True:
        n += 1
        yield f"{prefix}-{n}"
