"""Choosing by leaning: held for a second towards a card, its ring fills; it drains three times faster. One frame at a time."""

from __future__ import annotations

from dataclasses import dataclass
from math import atan2, hypot, isnan, pi

from station.core.frames import FS_HZ
from station.core.theme import MOTION

DIRECTION_TURNS = {"left": 0.5, "front-left": 0.375, "front": 0.25, "front-right": 0.125, "right": 0.0}
"""Turns counter-clockwise from the person's right."""
SECTOR_TURNS = 0.125  # further aside than this is towards no card; between two cards the nearer one wins
LEAN_MM = 22.0  # about a third of what an upright person reaches without effort
CENTRE_MM = 14.0  # back in the middle: a new menu can be answered
STILL_S, STILL_MM = 0.4, 12.0  # so still for so long, and it is the person's middle
PATIENCE_S = 3.0  # who never stands still is taken as they stand
LIVE_S = 0.12  # low-pass of the live dot


@dataclass(slots=True)
class Middle:
    """The live CoP (low-passed) and the place where this person stands at ease; one a step-on."""

    ml_mm: float = 0.0
    ap_mm: float = 0.0
    centre_mm: tuple[float, float] | None = None
    _frames: int = 0
    _still: int = 0
    _anchor: tuple[float, float] = (0.0, 0.0)

    def feed(self, ml_mm: float, ap_mm: float) -> None:
        if isnan(ml_mm) or isnan(ap_mm):
            return
        self._frames += 1
        share = 1.0 if self._frames == 1 else 1.0 / (LIVE_S * FS_HZ)
        self.ml_mm += share * (ml_mm - self.ml_mm)
        self.ap_mm += share * (ap_mm - self.ap_mm)
        if self.centre_mm is not None:
            return
        if hypot(self.ml_mm - self._anchor[0], self.ap_mm - self._anchor[1]) > STILL_MM / 2:
            self._anchor, self._still = (self.ml_mm, self.ap_mm), 0
        self._still += 1
        if self._still >= STILL_S * FS_HZ or self._frames >= PATIENCE_S * FS_HZ:
            self.centre_mm = (self.ml_mm, self.ap_mm)

    @property
    def off_mm(self) -> tuple[float, float]:
        """Lean from the middle, (0, 0) while it is not known."""
        if self.centre_mm is None:
            return (0.0, 0.0)
        return (self.ml_mm - self.centre_mm[0], self.ap_mm - self.centre_mm[1])


class Chooser:
    """One menu: `directions` are those that have a card. `feed` gives the direction whose ring is full, once."""

    def __init__(self, directions: tuple[str, ...]) -> None:
        self.directions = directions
        self.filled: dict[str, float] = dict.fromkeys(directions, 0.0)
        self.aimed: str | None = None
        self._armed = False
        self._chosen = False

    def feed(self, middle: Middle) -> str | None:
        """One frame of 10 ms. Nothing counts before the person was in the middle."""
        off_ml, off_ap = middle.off_mm
        if middle.centre_mm is None or self._chosen:
            return None
        if not self._armed:
            self._armed = hypot(off_ml, off_ap) < CENTRE_MM
            return None
        self.aimed = self._towards(off_ml, off_ap)
        step = 1.0 / (MOTION.choose_s * FS_HZ)
        for direction, level in self.filled.items():
            moved = level + step if direction == self.aimed else level - MOTION.choose_drain * step
            self.filled[direction] = min(1.0, max(0.0, moved))
        if self.aimed is not None and self.filled[self.aimed] >= 1.0 - step / 2:
            self._chosen = True
            return self.aimed
        return None

    def _towards(self, off_ml: float, off_ap: float) -> str | None:
        if hypot(off_ml, off_ap) < LEAN_MM:
            return None
        turns = atan2(off_ap, off_ml) / (2 * pi)
        nearest = min(self.directions, key=lambda d: _apart(turns, DIRECTION_TURNS[d]), default=None)
        return nearest if nearest is not None and _apart(turns, DIRECTION_TURNS[nearest]) <= SECTOR_TURNS else None


def _apart(a: float, b: float) -> float:
    gap = abs(a - b) % 1.0
    return min(gap, 1.0 - gap)
