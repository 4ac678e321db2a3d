"""The way to a trial: stepped on, on the marks, still. One frame at a time."""

from __future__ import annotations

from typing import Literal

from station.core.events import StepOff, Sustained
from station.core.geometry import Geometry
from station.core.stance import ON_N, PLACED_NS, Box, Rest, Settle, StepOn


class Approach:
    """Fed valid frames from an empty plate, or with somebody on it, until `feed` gives the `Rest`.

    events: (time, kind) of steps on and off, for the caller to take
    confirmed: a helper says that the feet are placed (the board sees no feet): the box no longer matters
    """

    def __init__(self, geometry: Geometry, settle_s: float, *, on: bool = False, confirmed: bool = False) -> None:
        self.phase: Literal["step-on", "place", "settle"] = "place" if on else "step-on"
        self.box = Box(geometry)
        self.confirmed = confirmed
        self.events: list[tuple[int, str]] = []
        self._settle_s = settle_s
        self._settle = Settle(settle_s)
        self._step_on = StepOn()
        self._off = StepOff(2 * ON_N)
        self._placed = Sustained(PLACED_NS)

    def feed(self, t_ns: int, load_n: float, ml_mm: float, ap_mm: float) -> Rest | None:
        inside = self.confirmed or self.box.holds(ml_mm, ap_mm)
        placed = self._placed.feed(t_ns, inside)
        if self.phase == "step-on":
            if self._step_on.feed(t_ns, load_n):
                self.events.append((self._step_on.since_ns or t_ns, "step-on"))
                self.phase = "place"
            return None
        off_ns = self._off.feed(t_ns, load_n)
        if off_ns is not None:
            self.events.append((off_ns, "step-off"))
            self.phase, self._step_on, self._settle = "step-on", StepOn(), Settle(self._settle_s)
            return None
        if self.phase == "place" and placed:
            self.phase = "settle"
        return self._settle.feed(load_n, ml_mm, ap_mm, inside) if self.phase == "settle" else None

    @property
    def ring(self) -> float:
        return self._settle.ring if self.phase == "settle" else 0.0

    @property
    def restless(self) -> bool:
        return self.phase == "settle" and self._settle.restless
