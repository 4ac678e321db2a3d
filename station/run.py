"""One go at a protocol: its trials in order (conditions, sides, attempts), the pad, the rests, and what came of it all.

Pure as the trial: readings, frames and what lies on the plate go in; effects and a view come out. Time is in the frames.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from station.core.calibration import Calibration
from station.core.events import S
from station.core.frames import STEP_NS, Frames, Plate
from station.core.geometry import GRAVITY_M_S2, Geometry
from station.core.outcome import Facts
from station.core.readings import Readings
from station.core.results import RunResult, TrialResult
from station.core.seen_faults import FoundFault, marks_of
from station.core.stance import ON_N, StepOn
from station.core.view import Ask, Effect, Marked, Phase, RunEnded, Speak, TrialBegun, TrialEnded, View
from station.protocols.model import Protocol
from station.protocols.plan import TrialPlan
from station.protocols.programme import next_plan, plans, refuse, run_outcome, run_score
from station.trial import Trial
from station.words import Num, Words, say

PRE_ROLL_NS = 10 * S  # a recording begins this long before the person stands: zero and noise
RECENT_NS = 2 * S  # conversions arrive a little before their frames: kept for the trial that begins with those
NEAR_NS = S // 2
NOBODY_NS = 60 * S
CHANGE_NS = 180 * S  # between trials: fetching the pad, a seat
MARK_KEYS = ("arms", "eyes", "leg", "stop")

Origin = int | Callable[[int], int]
"""Time of a new recording's first frame: a number (a file: its first frame), or a function of the pre-roll's beginning."""


@dataclass(slots=True)
class _Waiting:
    """Between trials. `since_ns`, and since when nobody stands there, are None until the first frame says what time it is."""

    plan: TrialPlan
    since_ns: int | None = None
    idle_ns: int | None = None
    rest_s: float = 0.0
    most_ns: int = NOBODY_NS
    pad_confirmed: bool = False


class Run:
    """Feed it every block of readings with the frames they made. `window="file"`: all of it is one window, no phases, no zero.

    Raises Refused when the protocol cannot run like this: uncalibrated plate, hops, a side or condition that it does not have.
    """

    def __init__(
        self,
        protocol: Protocol,
        *,
        geometry: Geometry,
        new_id: Callable[[], str],
        person: str | None = None,
        side: str | None = None,
        seconds: float | None = None,
        eyes: str | None = None,
        surface: str | None = None,
        demo: bool = False,
        calibrated: bool = True,
        calibration_age_days: float | None = None,
        calibration: Calibration | None = None,
        settings: str = "station",
        window: str = "phases",
        recent: Sequence[Readings] = (),
    ) -> None:
        refuse(protocol, geometry, calibrated=calibrated or window == "file", side=side, eyes=eyes, surface=surface)
        self.protocol = protocol
        self.geometry = geometry
        self.person = person
        self.demo = demo
        self.calibrated = calibrated
        self.calibration_age_days = calibration_age_days
        self.calibration = calibration
        self.settings = settings
        self.run_id = new_id()
        self.result: RunResult | None = None
        self.recent: list[Readings] = list(recent)
        self._new_id = new_id
        self._plans = tuple(replace(p, window=window) for p in plans(protocol, side, seconds, eyes, surface))
        self._trials: list[TrialResult] = []
        self._trial: Trial | None = None
        self._waiting: _Waiting | None = _Waiting(self._plans[0])
        self._step_on = StepOn()
        self._came = False  # stepped on within this run's sight, rather than standing there from before
        self._plate = Plate()
        self._noise: list[tuple[int, tuple[float, float, float, float]]] = [(0, (0.0, 0.0, 0.0, 0.0))]
        self._marked: set[tuple[str, str]] = set()
        self.taken = 0
        self._now_ns = 0
        self._effects: list[Effect] = []

    # --- what the caller does --------------------------------------------------------------------------------------------------

    def feed(self, readings: Readings, frames: Frames, plate: Plate, origin: Origin) -> list[Effect]:
        """Takes one block; `taken` says how many of its frames were used (all of them unless the run ended among them)."""
        self._plate = plate
        if plate.zeroed_ns and self._noise[-1][0] != plate.zeroed_ns:
            self._noise = [*self._noise[-2:], (plate.zeroed_ns, plate.noise_n)]
        self._remember(readings)
        self.taken = 0
        while self.taken < len(frames) and self.result is None:
            rest = frames[self.taken :] if self.taken else frames
            if self._trial is None:
                self.taken += self._wait(rest, origin)
            else:
                self.taken += self._go_on(self._trial, rest)
        return self._drain()

    def press(self, kind: str) -> list[Effect]:
        """A key: stop ends the run; next says "it is done" where the board cannot see (feet placed, pad on); arms, eyes, leg."""
        trial, t_ns = self._trial, self._now_ns + STEP_NS
        if trial is not None and kind == "next" and trial.phase == "place":
            kind = "placed"
        if trial is not None and kind in (*MARK_KEYS, "placed"):
            trial.mark(t_ns, kind)
            self._effects.append(Marked(trial.trial_id, t_ns, kind))
        elif trial is None and kind == "stop":
            self._end("stopped", say("trial.end.stop"))
        elif self._waiting is not None and kind == "next":
            self._waiting.pad_confirmed, self._waiting.rest_s = True, 0.0
        return self._drain()

    def faults(self, found: Sequence[FoundFault]) -> list[Effect]:
        """What the watch on the board tells now: a trial going on ends as interrupted or is flagged, each fault once a trial."""
        trial, t_ns = self._trial, self._now_ns + STEP_NS
        if not found or trial is None or trial.phase in ("ending", "done") or trial.plan.window == "file":
            return []
        for mark in marks_of(found, recorded=trial.phase in ("record", "frozen")):
            if (trial.trial_id, mark) not in self._marked:
                self._marked.add((trial.trial_id, mark))
                trial.mark(t_ns, mark)
                self._effects.append(Marked(trial.trial_id, t_ns, mark))
        return self._drain()

    def finish(self, kind: str = "interrupted") -> RunResult:
        """The data is over (or the reader died); the trial going on is closed with what it has. Give the pipeline's tail before.

        The recording gets a mark of it: readings that still come into its tail must not change a recompute.
        """
        if self.result is None and self._trial is not None:
            self._effects.append(Marked(self._trial.trial_id, self._trial.now_ns + STEP_NS, kind))
            self._trial.finish(kind)
            self._ended(self._trial)
        if self.result is None:
            self._end(kind, say("trial.end.data") if kind == "interrupted" else say("trial.end.stop"))
        assert self.result is not None
        return self.result

    def drain(self) -> list[Effect]:
        """Effects of `finish`."""
        return self._drain()

    @property
    def done(self) -> bool:
        return self.result is not None

    @property
    def trial_id(self) -> str | None:
        """Of the trial going on, or of the last one."""
        if self._trial is not None:
            return self._trial.trial_id
        return self._trials[-1].trial_id if self._trials else None

    @property
    def view(self) -> View:
        if self._trial is not None:
            return self._trial.view
        if self._waiting is None:
            return self._over()
        phase, ask, words, do = self._wanted(self._waiting)
        plan = self._waiting.plan
        left_s = self._rest_left_s(self._waiting)
        return View(
            phase,
            ask,
            words,
            do,
            plan.condition,
            plan.side,
            plan.index,
            plan.of,
            plan.attempt,
            seconds=float(-(-left_s // 1)) if left_s else None,
        )

    def _over(self) -> View:
        last = self._trials[-1] if self._trials else None
        if last is None:
            return View("done", say=say("run.done"))
        return View("done", say=say("run.done"), condition=last.condition, side=last.side, index=last.index, attempt=last.attempt)

    # --- between trials --------------------------------------------------------------------------------------------------------

    def _wait(self, frames: Frames, origin: Origin) -> int:
        """Until somebody stands on the plate as it should be; gives back how many frames that took."""
        waiting = self._waiting
        assert waiting is not None
        if waiting.plan.window == "file":
            self._begin(waiting.plan, int(frames.t_ns[0]), origin)
            return 0
        for n, (t_ns, load_n) in enumerate(zip(frames.t_ns.tolist(), frames.load_n.tolist(), strict=True)):
            self._now_ns = t_ns
            waiting.since_ns = t_ns if waiting.since_ns is None else waiting.since_ns
            if load_n != load_n:
                continue
            stands = self._step_on.feed(t_ns, load_n)
            self._came |= load_n <= ON_N
            if stands and self._wanted(waiting)[1] == "step-on":
                self._begin(waiting.plan, t_ns, origin)
                return n
            if stands or waiting.idle_ns is None:
                waiting.idle_ns = t_ns
            elif t_ns - waiting.idle_ns >= waiting.most_ns + round(waiting.rest_s * S):
                self._end("stopped", say("run.nobody"))
                return n + 1
        return len(frames)

    def _wanted(self, waiting: _Waiting) -> tuple[Phase, Ask, Words, Words]:
        """What must happen before the next trial: phase, ask, words, sentence."""
        foam = waiting.plan.condition.surface == "foam"
        plate = self._plate
        on = plate.state == "loaded" or self._step_on.since_ns is not None
        if plate.state == "object" and not on:
            weight = Num(plate.load_n / GRAVITY_M_S2, 1, "kg")
            return "clear-plate", "clear-plate", say("run.object", weight=weight), say("run.object.do")
        if plate.zero_checked and plate.pad != foam and not waiting.pad_confirmed:
            if on:
                return "clear-plate", "step-off", say("run.step-off"), say("run.pad-on.next" if foam else "run.pad-off.next")
            ask: Ask = "put-pad-on" if foam else "take-pad-off"
            return "clear-plate", ask, say("run.pad-on" if foam else "run.pad-off"), say("run.pad-on.do" if foam else "run.pad-off.do")
        if self._rest_left_s(waiting) > 0:
            return "rest", "", say("run.rest"), say("run.rest.do")
        return "step-on", "step-on", say("trial.step-on"), say("trial.step-on.do")

    def _rest_left_s(self, waiting: _Waiting) -> float:
        if waiting.since_ns is None:
            return waiting.rest_s
        return max(0.0, waiting.rest_s - (self._now_ns - waiting.since_ns) / S)

    # --- trials ----------------------------------------------------------------------------------------------------------------

    def _begin(self, plan: TrialPlan, begin_ns: int, origin: Origin) -> None:
        since_ns = begin_ns - PRE_ROLL_NS
        self._trial = Trial(
            plan,
            geometry=self.geometry,
            trial_id=self._new_id(),
            run_id=self.run_id,
            origin_ns=origin(since_ns) if callable(origin) else origin,
            begin_ns=begin_ns,
            demo=self.demo,
            settings=self.settings,
            facts=Facts(
                self.calibrated,
                self._plate.zero_checked,
                self._quiet_noise_n(begin_ns),
                self._step_on.since_ns if self._came else None,
                self.calibration_age_days,
                verified_mm=None if self.calibration is None else self.calibration.error_mm,
                twist=None if self.calibration is None else self.calibration.twist,
            ),
        )
        for block in self.recent:
            self._trial.count_readings(block)
        self._waiting = None
        header = self._trial.header()
        self._effects.append(TrialBegun(self._trial.trial_id, self.run_id, begin_ns, since_ns, header))

    def _quiet_noise_n(self, begin_ns: int) -> tuple[float, float, float, float]:
        """The cells' noise of the newest zero that was over before anybody came near: the first touch is no noise."""
        came_ns = self._step_on.since_ns or begin_ns
        before = [noise_n for zeroed_ns, noise_n in self._noise if zeroed_ns <= came_ns - NEAR_NS]
        return before[-1] if before else (0.0, 0.0, 0.0, 0.0)

    def _go_on(self, trial: Trial, frames: Frames) -> int:
        used = trial.feed(frames)
        self._now_ns = int(frames.t_ns[used - 1]) if used else self._now_ns
        self._effects += trial.drain()
        if trial.done:
            self._ended(trial)
        return used

    def _ended(self, trial: Trial) -> None:
        assert trial.result is not None
        self._effects += [*trial.drain(), TrialEnded(trial.result)]
        self._trials.append(trial.result)
        self._trial = None
        self._step_on, self._came = StepOn(), False
        if trial.result.status in ("stopped", "interrupted"):
            self._end(trial.result.status, trial.result.reason)
            return
        plan = next_plan(self.protocol, self._plans, self._trials)
        if plan is None:
            status, reason = run_outcome(self._trials)
            self._end(status, reason)
            return
        self._waiting = _Waiting(plan, self._now_ns, self._now_ns, self.protocol.rest_s, CHANGE_NS)
        words = self._wanted(self._waiting)[2]
        self._effects.append(Speak(words))

    def _end(self, status: str, reason: Words) -> None:
        self._waiting = None
        self.result = RunResult(
            self.run_id,
            self.protocol.id,
            status,
            reason,
            tuple(self._trials),
            run_score(self.protocol, self._plans, self._trials),
            self.demo,
        )
        self._effects.append(RunEnded(self.result))

    def _remember(self, readings: Readings) -> None:
        if self._trial is not None:
            self._trial.count_readings(readings)
        self.recent = [r for r in self.recent if r.until_ns >= readings.until_ns - RECENT_NS]
        self.recent.append(readings)

    def _drain(self) -> list[Effect]:
        due, self._effects = self._effects, []
        return due


def all_runs(
    make_run: Callable[[Sequence[Readings]], Run], blocks: Iterable[tuple[Readings, Frames, Plate]], origin: Origin
) -> Iterator[tuple[Run, list[Effect]]]:
    """Every run that a stream holds: after each end a new one of the same protocol goes on with the frames left over.

    make_run: from the newest readings (`recent`) to a fresh Run. Yields each block's effects with the run they belong to. A last run
    in which nothing was recorded ends with the data and leaves no RunEnded, unless it is the only one.
    """
    run, ended = make_run(()), 0
    for readings, frames, plate in blocks:
        while True:
            yield run, run.feed(readings, frames, plate, origin)
            if not run.done:
                break
            ended += 1
            frames, recent = frames[run.taken :], run.recent[:-1]
            run = make_run(recent)
    result = run.finish()
    left = run.drain()
    if not ended or any(t.window_s is not None for t in result.trials):
        yield run, left
