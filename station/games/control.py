"""One control law for all games: from the CoP to a `Lean` scaled to the person's own limits."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import pairwise
from math import dist

from station.core.geometry import Geometry
from station.core.stance import Rest, SupportMeter
from station.games.contract import Lean

LEAST_REACH_MM = 10.0
GUEST_SHARE = 0.7  # of the default reach: nobody's limits are known yet
DEFAULT_ML_MM, DEFAULT_FRONT_MM, DEFAULT_BACK_MM = 70.0, 80.0, 40.0
DEMAND = 0.6  # of the own reach; 0.85 is the most a game may ever ask
LEAST_DEAD_MM = 3.0
LEAST_REST_MM_S = 4.0  # nobody stands stiller; below it a rest would make every breath count
SPEED_S = 1.0  # the second over which speed is taken
SAMPLE_S = 0.05  # means of 50 ms: noise of the cells is gone, sway is not


@dataclass(frozen=True, slots=True)
class Limits:
    """Own sustained reach to each side from the centre of rest (mm), scatter and speed of rest. Left is not right."""

    centre_mm: tuple[float, float]
    left_mm: float
    right_mm: float
    front_mm: float
    back_mm: float
    rest_sd_mm: float
    rest_mm_s: float

    @staticmethod
    def guest(rest: Rest, geometry: Geometry) -> Limits:
        """70 % of the default reach, clipped to the plate."""
        half_ml, half_ap = geometry.plate_mm[0] / 2, geometry.plate_mm[1] / 2
        return Limits(
            (rest.ml_mm, rest.ap_mm),
            _reach(DEFAULT_ML_MM, half_ml + rest.ml_mm),
            _reach(DEFAULT_ML_MM, half_ml - rest.ml_mm),
            _reach(DEFAULT_FRONT_MM, half_ap - rest.ap_mm),
            _reach(DEFAULT_BACK_MM, half_ap + rest.ap_mm),
            rest.sd_mm,
            max(rest.speed_mm_s, LEAST_REST_MM_S),
        )


def _reach(default_mm: float, room_mm: float) -> float:
    return max(LEAST_REACH_MM, min(GUEST_SHARE * default_mm, room_mm))


class Control:
    """Fed the CoP at any even rate; gives the `Lean` for the game's next step."""

    def __init__(self, limits: Limits, bw_n: float, demand: float = DEMAND) -> None:
        self._limits = limits
        self._demand = demand
        self._support = SupportMeter(bw_n)
        self.restart()

    def restart(self) -> None:
        """After a freeze: what was before it is no movement."""
        self._held_s = 0.0
        self._sum = (0.0, 0.0, 0)
        self._points: deque[tuple[float, float]] = deque(maxlen=round(SPEED_S / SAMPLE_S) + 1)
        self._speed_mm_s = self._limits.rest_mm_s  # over the last second; that of rest until there is one

    def step(self, dt_s: float, load_n: float, ml_mm: float, ap_mm: float) -> Lean:
        self._sample(dt_s, ml_mm, ap_mm)
        off_ml, off_ap = ml_mm - self._limits.centre_mm[0], ap_mm - self._limits.centre_mm[1]
        ml = self._axis(off_ml, self._limits.right_mm if off_ml > 0 else self._limits.left_mm)
        ap = self._axis(off_ap, self._limits.front_mm if off_ap > 0 else self._limits.back_mm)
        return Lean(ml, ap, self._speed_mm_s / self._limits.rest_mm_s, self._support.feed(load_n))

    def mm(self, ml: float, ap: float) -> tuple[float, float]:
        """Where the CoP is for a lean (the dead band left out): the way back, to ask a person to go there."""
        limits = self._limits
        reach_ml = limits.right_mm if ml > 0 else limits.left_mm
        reach_ap = limits.front_mm if ap > 0 else limits.back_mm
        return limits.centre_mm[0] + ml * self._demand * reach_ml, limits.centre_mm[1] + ap * self._demand * reach_ap

    def _axis(self, off_mm: float, reach_mm: float) -> float:
        full_mm = self._demand * reach_mm
        dead = min(max(LEAST_DEAD_MM, 2 * self._limits.rest_sd_mm) / full_mm, 0.9)
        share = min(abs(off_mm) / full_mm, 1.0)
        out = max(0.0, share - dead) / (1 - dead)
        return out if off_mm > 0 else -out

    def _sample(self, dt_s: float, ml_mm: float, ap_mm: float) -> None:
        ml, ap, n = self._sum
        self._sum = (ml + ml_mm, ap + ap_mm, n + 1)
        self._held_s += dt_s
        if self._held_s < SAMPLE_S - 1e-9:
            return
        ml, ap, n = self._sum
        self._points.append((ml / n, ap / n))
        self._sum = (0.0, 0.0, 0)
        self._held_s -= SAMPLE_S
        if len(self._points) > 1:
            path_mm = sum(dist(a, b) for a, b in pairwise(self._points))
            self._speed_mm_s = path_mm / ((len(self._points) - 1) * SAMPLE_S)
