"""Dead weight on a simulated plate: the pad, a bag, a calibration weight, a second person who stands still."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from hardware.body import Floats
from hardware.motion import RISE, Curve
from station.core.geometry import GRAVITY_M_S2

RAMP_S = 0.4


@dataclass(frozen=True, slots=True)
class Thing:
    """`amount` rises from 0 to 1 while it is put down and falls while it is taken off."""

    name: str
    kg: float
    ml_mm: float
    ap_mm: float
    amount: Curve


class Things:
    """What lies on the plate, by name; and what is just being taken away."""

    def __init__(self) -> None:
        self._here: dict[str, Thing] = {}
        self._leaving: list[Thing] = []

    def __contains__(self, name: str) -> bool:
        return name in self._here

    def put(self, step: int, name: str, kg: float, ml_mm: float, ap_mm: float) -> None:
        """Nothing happens when it is there already."""
        if name not in self._here:
            self._here[name] = Thing(name, kg, ml_mm, ap_mm, Curve.over_s(step, RAMP_S, RISE))

    def take(self, step: int, name: str) -> None:
        thing = self._here.pop(name, None)
        if thing:
            falling = Curve.over_s(step, RAMP_S, ((0.0, thing.amount.value(step)), (1.0, 0.0)))
            self._leaving.append(replace(thing, amount=falling))

    def loads(self, steps: Floats, *, pad: bool) -> Floats:
        """(n, 3): N and N mm of the pad alone, or of all but the pad: the pad is part of the empty plate."""
        total = np.zeros((len(steps), 3))
        if not self._here and not self._leaving:
            return total
        self._leaving = [t for t in self._leaving if not t.amount.over(int(steps[0]))]
        for thing in (*self._here.values(), *self._leaving):
            if (thing.name == "pad") is pad:
                force_n = thing.amount.at(steps) * thing.kg * GRAVITY_M_S2
                total[:, 0] += force_n
                total[:, 1] += force_n * thing.ml_mm
                total[:, 2] += force_n * thing.ap_mm
        return total
