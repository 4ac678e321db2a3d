"""Whether somebody stands on the plate, as the screens need it: on after half a second, off when the load is gone."""

from __future__ import annotations

from collections import deque
from statistics import median

from station.core.frames import FS_HZ
from station.core.geometry import GRAVITY_M_S2
from station.flow.lean import Middle

ON_N = 10.0 * GRAVITY_M_S2
ON_FRAMES = FS_HZ // 2
EMPTY_N = 2.0 * GRAVITY_M_S2
EMPTY_FRAMES = FS_HZ // 5
WEIGH_FRAMES = FS_HZ // 5


class Standing:
    """One frame at a time. Frames without a value change nothing: silence is not stepping off."""

    def __init__(self) -> None:
        self.loaded = False
        self.middle = Middle()
        self._count = 0
        self._loads: deque[float] = deque(maxlen=WEIGH_FRAMES)

    def feed(self, load_n: float, ml_mm: float, ap_mm: float, valid: bool) -> str:
        """ "on" or "off" in the frame in which it becomes certain, else ""."""
        if not valid or load_n != load_n:
            return ""
        if self.loaded:
            self._loads.append(load_n)
            self.middle.feed(ml_mm, ap_mm)
        elif load_n >= ON_N:
            self._loads.append(load_n)
        change = load_n < EMPTY_N if self.loaded else load_n >= ON_N
        self._count = self._count + 1 if change else 0
        if self._count < (EMPTY_FRAMES if self.loaded else ON_FRAMES):
            return ""
        self._count = 0
        self.loaded = not self.loaded
        if self.loaded:
            self.middle = Middle()
            return "on"
        self._loads.clear()
        return "off"

    @property
    def kg(self) -> float:
        """Median of the last fifth of a second; 0 when nobody stands there. Never shown."""
        return median(self._loads) / GRAVITY_M_S2 if self._loads else 0.0
