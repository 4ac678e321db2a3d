"""The run that goes on is fed, pressed and finished here; the screens keep of it the dot's trail, the last words and the result."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

from station.core.frames import Frames, Plate
from station.core.readings import Readings
from station.core.results import RunResult, TrialResult
from station.core.seen_faults import FoundFault
from station.core.theme import MOTION
from station.core.view import RunEnded, Speak, TrialEnded, View
from station.flow.effects import FlowEffect, RunBegun
from station.flow.intents import Intent, Point
from station.flow.shop import Shop
from station.flow.visit import Wish
from station.run import Origin, Run
from station.words import say

S = 1_000_000_000
CODA_S = 4.0  # the words that bring somebody safely back stay this long
RECENT_NS = 2 * S  # readings arrive a little before their frames: kept for the run that begins with those
RUN_KEYS = {Intent.STOP: "stop", Intent.NEXT: "next", Intent.YES: "next", Intent.ARMS: "arms", Intent.EYES: "eyes", Intent.LEG: "leg"}
NOT_STARTED = ("step-on", "clear-plate", "place", "settle", "rest")
FALL_LIKE = ("trial.end.stumble", "trial.end.support", "trial.end.step-off", "trial.end.hop")


class OnRun:
    """`started` is the wish of the run going on, or of the one whose `result` is shown. kept_s: seconds of an interrupted trial."""

    def __init__(self, effects: list[FlowEffect], new_id: Callable[[], str]) -> None:
        self._effects = effects
        self._new_id = new_id
        self.run: Run | None = None
        self.started: Wish | None = None
        self.result: RunResult | None = None
        self.kept_s: float | None = None
        self.middle_mm: tuple[float, float] | None = None
        self._trail: deque[tuple[int, tuple[float, float]]] = deque()
        self._recent: list[Readings] = []
        self._coda: tuple[int, View] | None = None

    def begin(self, wish: Wish, shop: Shop) -> None:
        ids = [wish.run_id]
        self.run = Run(
            wish.protocol,
            geometry=shop.geometry,
            new_id=lambda: ids.pop() if ids else self._new_id(),
            person=wish.person,
            side=wish.side,
            seconds=wish.seconds,
            eyes=wish.eyes,
            surface=wish.surface,
            demo=shop.demo,
            calibrated=shop.calibrated,
            calibration_age_days=shop.calibration_age_days,
            calibration=shop.calibration,
            recent=tuple(self._recent),
        )
        self.started = wish
        self.result = self.kept_s = self.middle_mm = self._coda = None
        self._trail.clear()
        self._effects.append(RunBegun(wish.run_id, wish.protocol.id, wish.person))

    def feed(
        self,
        readings: Readings,
        frames: Frames,
        plate: Plate,
        origin: Origin,
        now_ns: int,
        *,
        loaded: bool,
        faults: Sequence[FoundFault] = (),
    ) -> None:
        """`frames`: those since the run began. Also called without a run, so that the next one has the newest readings."""
        if self.run is not None:
            run = self.run
            self._follow([*run.feed(readings, frames, plate, origin), *run.faults(faults)], now_ns, loaded)
            if self.run is not None:
                self._remember_dot(run.view, int(frames.t_ns[-1]) if len(frames) else now_ns)
        self._recent = [r for r in self._recent if r.until_ns >= readings.until_ns - RECENT_NS]
        self._recent.append(readings)

    def press(self, intent: Intent | Point, now_ns: int, *, loaded: bool) -> None:
        """A touch means nothing here; "back" stops what has not begun."""
        if self.run is None or isinstance(intent, Point):
            return
        if intent is Intent.BACK and self.run.view.phase in NOT_STARTED:
            self._follow(self.run.press("stop"), now_ns, loaded)
        elif intent in RUN_KEYS:
            self._follow(self.run.press(RUN_KEYS[intent]), now_ns, loaded)

    def finish(self, kind: str, now_ns: int) -> None:
        if self.run is not None:
            self.run.finish(kind)
            self._follow(self.run.drain(), now_ns, loaded=False)

    def coda(self, now_ns: int) -> View | None:
        """The words after a test with closed eyes or an end like a fall, while they are due."""
        return self._coda[1] if self._coda is not None and now_ns < self._coda[0] else None

    @property
    def trail_mm(self) -> tuple[tuple[float, float], ...]:
        return tuple(point for _, point in self._trail)

    def _follow(self, effects: Sequence[FlowEffect], now_ns: int, loaded: bool) -> None:
        for effect in effects:
            self._effects.append(effect)
            if isinstance(effect, TrialEnded):
                self._trial_ended(effect.result, now_ns, loaded)
            elif isinstance(effect, RunEnded):
                self.run, self.result = None, effect.result

    def _trial_ended(self, trial: TrialResult, now_ns: int, loaded: bool) -> None:
        if trial.status == "interrupted":
            self.kept_s = trial.duration_s
        closed = trial.condition.eyes == "closed"
        if trial.window_s is None or not loaded or not (closed or trial.reason.id in FALL_LIKE):
            return
        words = say("trial.open-eyes") if closed else say("flow.steady")
        self._coda = (now_ns + round(CODA_S * S), View("ending", say=words, condition=trial.condition, side=trial.side))
        if not closed:
            self._effects.append(Speak(words))

    def _remember_dot(self, view: View, t_ns: int) -> None:
        """The trail of the last 0.8 s, and the middle of the training picture: the target, or where it began."""
        if view.phase != "record" or view.cop_mm is None:
            self._trail.clear()
            self.middle_mm = self.middle_mm if view.phase == "frozen" else None
            return
        if self.middle_mm is None:
            self.middle_mm = view.target_mm[:2] if view.target_mm is not None else view.cop_mm
        self._trail.append((t_ns, view.cop_mm))
        while self._trail[0][0] < t_ns - round(MOTION.trail_s * S):
            self._trail.popleft()
