"""Shapes of movement in steps of 5 ms: smooth curves, glides from point to point, a lean like a spring, passing twitches."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hardware.body import BODY_HZ, STEP_S, Floats

Keys = tuple[tuple[float, float], ...]
"""(share of the duration, value), with half a cosine from each to the next."""
Point = tuple[float, float]

RISE: Keys = ((0.0, 0.0), (1.0, 1.0))
PULSE: Keys = ((0.0, 0.0), (0.5, 1.0), (1.0, 0.0))
PLATEAU: Keys = ((0.0, 0.0), (0.2, 1.0), (0.8, 1.0), (1.0, 0.0))
LEAN_RAD_S = 7.0  # a lean settles in about 0.7 s


@dataclass(frozen=True, slots=True)
class Curve:
    """`keys` stretched over `steps` from step `start`, times `size`; holds its first and last value outside."""

    start: int
    steps: int
    keys: Keys
    size: float = 1.0

    @staticmethod
    def over_s(step: int, seconds: float, keys: Keys, size: float = 1.0) -> Curve:
        return Curve(step, max(1, round(seconds * BODY_HZ)), keys, size)

    @staticmethod
    def constant(value: float) -> Curve:
        return Curve(-1, 1, ((0.0, value), (1.0, value)))

    def at(self, steps: Floats) -> Floats | float:
        """Values at these steps; one number when it has come to rest."""
        if steps[0] >= self.start + self.steps:
            return self.keys[-1][1] * self.size
        place = np.array([k[0] for k in self.keys])
        value = np.array([k[1] for k in self.keys]) * self.size
        u = np.clip((steps - self.start) / self.steps, 0.0, 1.0)
        left = np.clip(np.searchsorted(place, u, side="right") - 1, 0, len(place) - 2)
        part = (u - place[left]) / (place[left + 1] - place[left])
        curve: Floats = value[left] + (value[left + 1] - value[left]) * (0.5 - 0.5 * np.cos(np.pi * part))
        return np.where(u >= 1.0, value[-1], curve)  # to the last bit what stays afterwards

    def value(self, step: int) -> float:
        value = self.at(np.array([float(step)]))
        return value if isinstance(value, float) else float(value[0])

    def over(self, step: int) -> bool:
        return step >= self.start + self.steps


@dataclass(frozen=True, slots=True)
class Twitch:
    """A passing change: of the load, as a share of body weight, and of the CoP in mm."""

    load: Curve
    ml_mm: Curve
    ap_mm: Curve


class Glide:
    """A point that moves smoothly to where it is sent, from wherever it is."""

    def __init__(self, at: Point) -> None:
        self._from = self._to = at
        self._way = Curve.constant(1.0)

    def send(self, step: int, to: Point, seconds: float) -> None:
        part = self._way.value(step)
        (from_ml, from_ap), (to_ml, to_ap) = self._from, self._to
        self._from = (from_ml + (to_ml - from_ml) * part, from_ap + (to_ap - from_ap) * part)
        self._to, self._way = to, Curve.over_s(step, seconds, RISE)

    def at(self, steps: Floats) -> tuple[Floats | float, Floats | float]:
        """(ml_mm, ap_mm) at these steps; one number each when it has arrived."""
        part = self._way.at(steps)
        (from_ml, from_ap), (to_ml, to_ap) = self._from, self._to
        return from_ml + (to_ml - from_ml) * part, from_ap + (to_ap - from_ap) * part


class Lean:
    """Follows its target like a critically damped spring: one axis, mm from where the person stands."""

    def __init__(self) -> None:
        self.target_mm = 0.0
        self._at_mm = 0.0
        self._speed_mm_s = 0.0

    def run(self, steps: int) -> list[float]:
        at, speed, target = self._at_mm, self._speed_mm_s, self.target_mm
        if at == speed == target == 0.0:
            return [0.0] * steps
        way = []
        for _ in range(steps):
            speed += STEP_S * LEAN_RAD_S * (LEAN_RAD_S * (target - at) - 2.0 * speed)
            at += STEP_S * speed
            way.append(at)
        self._at_mm, self._speed_mm_s = at, speed
        return way
