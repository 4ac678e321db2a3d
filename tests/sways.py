"""Made sway for the tests of measures: paths whose numbers are known on paper, and frames that hold them."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from station.core.frames import STEP_NS, Frames
from station.core.geometry import Geometry

Array = npt.NDArray[np.float64]
Path = tuple[Array, Array]
FS_HZ = 100.0


def trial_s(from_s: float = 0.0, to_s: float = 60.0) -> Path:
    """The trial made by formula of which every value is known."""
    t = np.arange(round(from_s * FS_HZ), round(to_s * FS_HZ)) / FS_HZ

    def wave(a: float, f: float, p: float) -> Array:
        return np.asarray(a * np.sin(2 * np.pi * f * t + p))

    ml = 4 + wave(3, 0.23, 0) + wave(1.2, 0.41, 0.7) + wave(0.5, 1.07, 1.9) + wave(0.15, 3.3, 0.3)
    ap = -12 + wave(5, 0.19, 0.4) + wave(2, 0.37, 2.1) + wave(0.8, 0.93, 0.2) + wave(0.2, 2.9, 1.1)
    return ml, ap


def circle(radius_mm: float, hz: float, seconds: float) -> Path:
    t = np.arange(round(seconds * FS_HZ)) / FS_HZ
    return radius_mm * np.cos(2 * math.pi * hz * t), radius_mm * np.sin(2 * math.pi * hz * t)


def wander(seconds: float = 60.0, seed: int = 1) -> Path:
    """Smooth random sway of a few millimetres."""
    rng = np.random.default_rng(seed)
    n = round(seconds * FS_HZ)
    walk = np.cumsum(rng.normal(0, 0.25, (n, 2)), axis=0)
    walk -= np.linspace(0, 1, n)[:, None] * walk[-1]
    smooth = np.apply_along_axis(np.convolve, 0, walk, np.hanning(25) / np.hanning(25).sum(), "same")
    return np.ascontiguousarray(smooth[:, 0]), np.ascontiguousarray(smooth[:, 1])


def frames(path: Path, *, load_n: float | Array = 700.0, missing: slice | None = None, geometry: Geometry | None = None) -> Frames:
    """The path as frames from 10 s of the board's clock on, the load spread over the cells so that it gives this CoP."""
    ml, ap = path
    n = len(ml)
    (x, y) = (geometry or Geometry()).cells_mm[1]
    load = np.broadcast_to(np.asarray(load_n, np.float64), (n,)).copy()
    force = np.column_stack([load / 4 * (1 + sx * ml / x) * (1 + sy * ap / y) for sx, sy in ((-1, 1), (1, 1), (-1, -1), (1, -1))])
    made = Frames(
        10 * 10**9 + np.arange(n, dtype=np.int64) * STEP_NS, force, load, ml.copy(), ap.copy(), np.ones(n, np.bool_), np.zeros(n, np.uint16)
    )
    if missing is not None:
        made.valid[missing] = False
        for column in (made.force_n, made.load_n, made.ml_mm, made.ap_mm):
            column[missing] = np.nan
    return made


def at_ns(made: Frames, second: float) -> int:
    return int(made.t_ns[0]) + round(second * 1e9)
