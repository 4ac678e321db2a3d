"""From standing on the plate to the start of the recorded phase: place, settle, ready, countdown or the lift of a foot."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from station.core.approach import Approach
from station.core.events import FootLift, S, Signals, StepOff
from station.core.geometry import GRAVITY_M_S2, Geometry
from station.core.stance import Rest
from station.core.view import Effect, Phase, Speak, Tone
from station.protocols.plan import TrialPlan
from station.protocols.wording import said

READY_NS = S
COUNTDOWN_NS = 3 * S
ONE_PERSON_BW = 1.1  # of the first person's weight: the second has stepped off again


@dataclass(frozen=True, slots=True)
class Start:
    """The recorded phase begins at `start_ns`; `side` is the standing leg, "" for two."""

    start_ns: int
    side: str


@dataclass(frozen=True, slots=True)
class TooLight:
    """Below the least weight a test can be done with."""


class Beginning:
    """Fed valid frames until `feed` gives a `Start`. Stepping off or away goes back, without penalty, as often as it happens.

    rest: body weight and centre of the still seconds; events: (time, kind, detail), effects: tones and words, for the caller to take
    """

    def __init__(self, plan: TrialPlan, geometry: Geometry, begin_ns: int) -> None:
        self.phase: Phase = "place"  # a trial begins with somebody standing there
        self.since_ns = begin_ns
        self.rest = Rest(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
        self.events: list[tuple[int, str, Mapping[str, Any]]] = []
        self.effects: list[Effect] = []
        self._plan = plan
        self._geometry = geometry
        self._begin_ns = begin_ns
        self._approach = Approach(geometry, plan.protocol.settle_s, on=True)
        self._off = StepOff(0.0)
        self._signals = Signals(geometry.marks_mm, 0.0)
        self._lift = FootLift(geometry.marks_mm, 0.0)

    def feed(self, t_ns: int, load_n: float, ml_mm: float, ap_mm: float) -> Start | TooLight | None:
        return _STEPS[self.phase](self, t_ns, load_n, ml_mm, ap_mm)

    def confirm(self) -> None:
        """A helper says that the feet are on their marks."""
        self._approach.confirmed = True

    def again(self, t_ns: int, *, on: bool) -> None:
        """Back to the marks, or to stepping on."""
        self._approach = Approach(self._geometry, self._plan.protocol.settle_s, on=on, confirmed=self._approach.confirmed)
        self._enter(self._approach.phase, t_ns)

    def get_ready(self, t_ns: int) -> None:
        """Settled: waits for the countdown or for the lift."""
        self._off = StepOff(self.rest.bw_n)
        self._signals = Signals(self._geometry.marks_mm, self.rest.bw_n)
        self._lift = FootLift(self._geometry.marks_mm, self.rest.bw_n, self._plan.side)
        self._enter("ready", t_ns)

    @property
    def ring(self) -> float:
        return self._approach.ring if self.phase == "settle" else 0.0

    @property
    def restless(self) -> bool:
        return self._approach.restless

    def _approaching(self, t_ns: int, load_n: float, ml_mm: float, ap_mm: float) -> TooLight | None:
        rest = self._approach.feed(t_ns, load_n, ml_mm, ap_mm)
        self.events += [(event_ns, kind, {}) for event_ns, kind in self._approach.events]
        self._approach.events.clear()
        if rest is None:
            if self.phase != self._approach.phase:
                self._enter(self._approach.phase, t_ns)
            return None
        if rest.bw_n < self._geometry.least_person_kg * GRAVITY_M_S2 and self._plan.protocol.kind == "test":
            return TooLight()
        self.rest = rest
        self.get_ready(t_ns)
        self.effects += [Tone("ready"), Speak(said(self._plan.protocol, self._plan.condition, self._plan.side, "ready"))]
        self.events.append((t_ns, "say", {"phase": "ready"}))
        return None

    def _ready(self, t_ns: int, load_n: float, ml_mm: float, ap_mm: float) -> Start | None:
        if self._left(t_ns, load_n):
            return None
        long_enough = t_ns - self.since_ns >= READY_NS
        if self._plan.protocol.phase.starts == "foot-lift":
            lifted = self._lift.feed(t_ns, load_n, ml_mm) if ml_mm == ml_mm else None
            if lifted is None or not long_enough:
                return None
            start_ns, side = max(lifted[0], self._begin_ns), lifted[1]
            self.events.append((start_ns, "foot-lift", {"side": side}))
            return Start(start_ns, side)
        if long_enough:
            self._enter("countdown", t_ns)
            self.effects.append(Tone("count"))
        return None

    def _counting(self, t_ns: int, load_n: float, ml_mm: float, ap_mm: float) -> Start | None:
        if self._left(t_ns, load_n):
            return None
        gone_ns = t_ns - self.since_ns
        if not (self._approach.confirmed or self._approach.box.holds(ml_mm, ap_mm)):
            self.again(t_ns, on=True)
        elif gone_ns >= COUNTDOWN_NS:
            return Start(t_ns, self._plan.side)
        elif gone_ns % S == 0:
            self.effects.append(Tone("count"))
        return None

    def _left(self, t_ns: int, load_n: float) -> bool:
        """Somebody stepped off, or a second person stepped on."""
        off_ns = self._off.feed(t_ns, load_n)
        if off_ns is not None:
            self.events.append((off_ns, "step-off", {}))
            self.again(t_ns, on=False)
        elif any(s.kind == "second-person" for s in self._signals.feed(t_ns, load_n, 0.0, 0.0)):
            self._enter("clear-plate", t_ns)
        return self.phase not in ("ready", "countdown")

    def _crowded(self, t_ns: int, load_n: float, ml_mm: float, ap_mm: float) -> None:
        if load_n < ONE_PERSON_BW * self.rest.bw_n:
            self.again(t_ns, on=True)

    def _enter(self, phase: Phase, t_ns: int) -> None:
        self.phase, self.since_ns = phase, t_ns


_STEPS: Mapping[str, Callable[[Beginning, int, float, float, float], Start | TooLight | None]] = {
    "step-on": Beginning._approaching,
    "place": Beginning._approaching,
    "settle": Beginning._approaching,
    "ready": Beginning._ready,
    "countdown": Beginning._counting,
    "clear-plate": Beginning._crowded,
}
