"""Standing on the plate before a trial: stepped on, on the marks, still. Sets body weight and the centre of rest.

Causal, one frame at a time, as `events`.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

from station.core.events import S, Sustained
from station.core.frames import FS_HZ
from station.core.geometry import GRAVITY_M_S2, Geometry

ON_N = 10.0 * GRAVITY_M_S2  # 10 kg: no bag, every person
ON_NS = 500_000_000
PLACED_NS = 500_000_000
BOX_ML_D = 0.3  # of d: both feet carry; a leg that carries everything lies at 0.5 d
BOX_AP = 0.8  # of the distance from the centre to the front or rear cells: CoP inside the feet
STILL_CV = 0.01  # load SD over its mean: real people standing still show 0.2-0.5 %


class Box:
    """Where the CoP of a person lies who stands on the marks with both feet."""

    def __init__(self, geometry: Geometry) -> None:
        self.ml_mm = BOX_ML_D * geometry.marks_mm
        self.ap_mm = BOX_AP * max(abs(ap) for _, ap in geometry.cells_mm)

    def holds(self, ml_mm: float, ap_mm: float) -> bool:
        """False for NaN."""
        return abs(ml_mm) <= self.ml_mm and abs(ap_mm) <= self.ap_mm


@dataclass(frozen=True, slots=True)
class Rest:
    """The still seconds: median load (N), its SD, median CoP, SD of the CoP about its mean (mm), its mean speed (mm/s, live-filtered)."""

    bw_n: float
    load_sd_n: float
    ml_mm: float
    ap_mm: float
    sd_mm: float
    speed_mm_s: float


class Settle:
    """Waits for `seconds` of standing in which the load's SD is below 1 % and the CoP stays in the box."""

    def __init__(self, seconds: float) -> None:
        self._n = round(seconds * FS_HZ)
        self._frames: deque[tuple[float, float, float]] = deque(maxlen=self._n)
        self._still = False

    def feed(self, load_n: float, ml_mm: float, ap_mm: float, inside: bool) -> Rest | None:
        """The rest once there is one. A frame outside the box, or none (NaN), starts the wait anew."""
        if not inside or load_n != load_n:
            self._frames.clear()
            return None
        self._frames.append((load_n, ml_mm, ap_mm))
        if len(self._frames) < self._n:
            return None
        load, ml, ap = np.array(self._frames).T
        self._still = bool(load.std() < STILL_CV * load.mean())
        if not self._still:
            return None
        sd_mm = float(np.sqrt(ml.var() + ap.var()))
        return Rest(float(np.median(load)), float(load.std()), float(np.median(ml)), float(np.median(ap)), sd_mm, _speed_mm_s(ml, ap))

    @property
    def ring(self) -> float:
        """0..1 of the still seconds gathered so far; stays just short of full while the load moves."""
        return min(len(self._frames) / self._n, 0.95)

    @property
    def restless(self) -> bool:
        """Standing long enough, but not still."""
        return len(self._frames) == self._n and not self._still


SPEED_WINDOW = FS_HZ // 20  # 50 ms means: noise of the cells is gone, sway is not


def _speed_mm_s(ml_mm: np.ndarray, ap_mm: np.ndarray) -> float:
    """Mean speed of the path through means of 50 ms."""
    n = len(ml_mm) // SPEED_WINDOW * SPEED_WINDOW
    means = np.stack([ml_mm[:n], ap_mm[:n]]).reshape(2, -1, SPEED_WINDOW).mean(axis=2)
    steps = np.hypot(*np.diff(means, axis=1))
    return float(steps.mean() * FS_HZ / SPEED_WINDOW) if len(steps) else 0.0


class SupportMeter:
    """Share of BW that something else carries: max(0, (BW - W)/BW) averaged over 0.5 s; below 2 % it reads 0."""

    DEAD_BAND = 0.02
    FRAMES = FS_HZ // 2

    def __init__(self, bw_n: float) -> None:
        self._bw_n = bw_n
        self._last: deque[float] = deque(maxlen=self.FRAMES)

    def feed(self, load_n: float) -> float:
        """0..1. Valid while the body is nearly still."""
        self._last.append(max(0.0, (self._bw_n - load_n) / self._bw_n))
        share = sum(self._last) / self.FRAMES
        return share if share >= self.DEAD_BAND else 0.0


class StepOn:
    """More than 10 kg for half a second."""

    def __init__(self) -> None:
        self._on = Sustained(ON_NS)

    def feed(self, t_ns: int, load_n: float) -> bool:
        return self._on.feed(t_ns, load_n > ON_N)

    @property
    def since_ns(self) -> int | None:
        return self._on.since_ns


def seconds(t_ns: int) -> float:
    """ns of a difference to s, exact to the frame."""
    return t_ns / S
