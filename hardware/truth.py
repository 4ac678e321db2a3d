"""What a simulated person really did, kept beside the readings: for tests and for `truth` in the JSON of a simulated run."""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np

from hardware.body import BODY_HZ, STEP_NS, Floats

PAST_STEPS = 20 * 60 * BODY_HZ  # the CoP truth reaches 20 minutes back
EVENTS_KEPT = 1000


class Truth:
    """Acts, holds and taps with their times in s of data, and the load and CoP of each step."""

    def __init__(self) -> None:
        self.acts: deque[dict[str, Any]] = deque(maxlen=EVENTS_KEPT)
        self.holds: deque[dict[str, Any]] = deque(maxlen=EVENTS_KEPT)
        self.taps: deque[dict[str, Any]] = deque(maxlen=EVENTS_KEPT)
        self._past = np.full((PAST_STEPS, 4), np.nan)  # step, load, ml, ap

    def begin_hold(self, side: str, start_s: float) -> None:
        self.holds.append({"side": side, "start_s": round(start_s, 4), "end_s": None, "ended": ""})

    def end_hold(self, how: str, end_s: float) -> None:
        """Closes the hold that is on, if one is."""
        if self.holds and self.holds[-1]["end_s"] is None:
            self.holds[-1].update(end_s=round(max(end_s, self.holds[-1]["start_s"]), 4), ended=how)

    def keep(self, steps: Floats, load_n: Floats, ml_mm: Floats, ap_mm: Floats) -> None:
        """The next steps, which follow each other."""
        at = (int(steps[0]) + np.arange(len(steps))) % PAST_STEPS
        for column, values in enumerate((steps, load_n, ml_mm, ap_mm)):
            self._past[at, column] = values

    def past(self, t_ns: Any) -> Floats:
        """(m, 3): load in N, ml and ap in mm at these times of data; NaN where unknown or, for the CoP, where nothing stands."""
        at = np.asarray(t_ns, np.float64) / STEP_NS
        low = np.floor(at).astype(np.int64)
        part = (at - low)[:, None]
        first, second = self._past[low % PAST_STEPS], self._past[(low + 1) % PAST_STEPS]
        on_step = part[:, 0] == 0
        value = np.where(on_step[:, None], first[:, 1:], first[:, 1:] * (1 - part) + second[:, 1:] * part)
        known = (first[:, 0] == low) & (on_step | (second[:, 0] == low + 1))
        return np.where(known[:, None], value, np.nan)

    def to_json(self) -> dict[str, Any]:
        return {
            "reps": len(self.taps),
            "taps": [dict(t) for t in self.taps],
            "holds": [dict(h) for h in self.holds],
            "acts": [dict(a) for a in self.acts],
        }
