"""The recorded phase of a trial: which signals end it, how a training, drill or game freezes and goes on, what its window is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from station.core.events import S, Signal, Signals, StepOff, Sustained
from station.core.frames import FS_HZ, STEP_NS
from station.core.geometry import Geometry
from station.core.outcome import Window
from station.core.results import Score
from station.core.stance import Rest
from station.protocols.plan import TrialPlan
from station.protocols.tasks import make_task
from station.protocols.wording import ended_by_signal
from station.words import Words, say

LEAST_HOLD_NS = S  # shorter, or stepped off within it: the foot was only on its way
BACK_BW, BACK_NS = 0.8, 300_000_000  # the world goes on when the person stands again
AWAY_NS = 60 * S  # a frozen round is kept as far as it went
AGAIN_NS = S // 2  # the same signal within this is the same happening


@dataclass(frozen=True, slots=True)
class End:
    """status "": nothing was recorded, the trial waits for another start; `off`: because the person stepped off."""

    status: str
    reason: Words
    end_ns: int
    off: bool = False


class Recorded:
    """Fed valid frames from `start_ns` on. events: (time, kind, detail) for the caller to take; tones: names to play."""

    def __init__(self, plan: TrialPlan, geometry: Geometry, rest: Rest, *, side: str, start_ns: int, seed_of: str) -> None:
        self.start_ns = start_ns
        self.task = make_task(plan, geometry, rest, side=side, begin_ns=start_ns, seed_of=seed_of)
        self.frozen = False
        self.events: list[tuple[int, str, Mapping[str, Any]]] = []
        self.tones: list[str] = []
        self._plan = plan
        self._side = side
        self._bw_n = rest.bw_n
        self._signals = Signals(geometry.marks_mm, rest.bw_n, side)
        self._ends = (*plan.protocol.phase.ends, *plan.protocol.fail, "second-person")
        self._told_ns: dict[str, int] = {}
        self._off = StepOff(rest.bw_n)
        self._back = Sustained(BACK_NS)
        self._froze_at_ns = start_ns
        self._frozen_ns = 0

    @property
    def time_up_ns(self) -> int:
        """When the phase is over by itself; frozen time does not count."""
        return self.start_ns + round(self._plan.seconds * FS_HZ) * STEP_NS + self._frozen_ns

    def window(self, end_ns: int) -> Window | None:
        return Window(self.start_ns, end_ns, self._frozen_ns) if end_ns > self.start_ns else None

    def score(self, window: Window) -> Score | None:
        if self.task is not None:
            return self.task.score
        return Score(window.active_s, "s", self._plan.seconds) if self._plan.protocol.phase.kind == "hold" else None

    def feed(self, t_ns: int, load_n: float, ml_mm: float, ap_mm: float) -> End | None:
        """One frame; how the phase ended, if it did. The cap is the caller's to see, because time passes in gaps too."""
        if self.task is None:
            return self._watch(t_ns, load_n, ml_mm, ap_mm)
        if self.frozen:
            return self._away(t_ns, load_n, ml_mm == ml_mm)
        if self._off.feed(t_ns, load_n) is not None:
            self._freeze(t_ns)
        elif self._off.low or ml_mm != ml_mm:
            self._frozen_ns += STEP_NS  # not certain yet, but the world waits from the first such frame on
        else:
            self.task.step(t_ns, load_n, ml_mm, ap_mm)
            self.tones += self.task.drain()
            if self.task.done:
                return End("completed", say("trial.end.all-done"), t_ns + STEP_NS)
        return None

    def _watch(self, t_ns: int, load_n: float, ml_mm: float, ap_mm: float) -> End | None:
        for signal in self._signals.feed(t_ns, load_n, ml_mm, ap_mm):
            told_ns = self._told_ns.get(signal.kind)
            if told_ns is None or t_ns - told_ns >= AGAIN_NS:
                self.events.append((signal.t_ns, signal.kind, {"amount_pct": signal.amount_pct} if signal.amount_pct else {}))
            self._told_ns[signal.kind] = t_ns
            if signal.kind in self._ends:
                return self._ended_by(signal)
        return None

    def _ended_by(self, signal: Signal) -> End:
        """A hold's seconds are its result, however it ended; a timed stance that did not last has failed."""
        end_ns = max(signal.t_ns, self.start_ns)
        reason = ended_by_signal(signal.kind, self._side)
        if self._plan.protocol.phase.kind != "hold":
            return End("failed", reason, end_ns)
        status = "completed" if end_ns - self.start_ns >= LEAST_HOLD_NS else ""
        return End(status, reason, end_ns, off=signal.kind == "step-off")

    def _freeze(self, t_ns: int) -> None:
        self.frozen, self._froze_at_ns, self._back = True, t_ns, Sustained(BACK_NS)
        self._frozen_ns += STEP_NS
        self.events.append((t_ns, "freeze", {}))
        self.tones.append("frozen")
        if self.task is not None:
            self.task.freeze(t_ns)

    def _away(self, t_ns: int, load_n: float, seen: bool) -> End | None:
        self._frozen_ns += STEP_NS
        if self._back.feed(t_ns, load_n >= BACK_BW * self._bw_n and seen):
            self.frozen, self._off = False, StepOff(self._bw_n)
            self.events.append((t_ns, "resume", {}))
        elif t_ns - self._froze_at_ns >= AWAY_NS:
            self._frozen_ns -= t_ns + STEP_NS - self._froze_at_ns  # the window ends where the person left
            return End("stopped", say("trial.end.left"), self._froze_at_ns)
        return None
