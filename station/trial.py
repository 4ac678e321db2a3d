"""One trial: frames in, a view and effects while it goes on, a result at its end. No clock: time is in the frames.

step-on, place, settle, ready, (countdown), record, ending, done; a training, drill or game may be frozen while its person is off
the plate. Frames are taken one by one, so the result never depends on how they came in blocks, and a recompute from the recording
(same frames, same marks) gives the same result to the last digit.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from station.core.events import Faults, S, Sustained
from station.core.filters import LiveLowpass
from station.core.frames import STEP_NS, Frames
from station.core.geometry import GRAVITY_M_S2, Geometry
from station.core.outcome import AFTER_NS, BEFORE_NS, Facts, Window, outcome
from station.core.readings import CELLS, Readings
from station.core.results import Event, TrialResult
from station.core.seen_faults import read_mark
from station.core.task import TaskView
from station.core.view import Effect, Phase, Speak, Tone, View
from station.protocols.beginning import COUNTDOWN_NS, Beginning, Start, TooLight
from station.protocols.plan import TrialPlan
from station.protocols.recorded import Recorded
from station.protocols.wording import asks, ended_by_signal, hint, said
from station.words import Num, Words, say

HEAVY_NS = S // 2
HELPER_KEYS = ("arms", "eyes", "leg")
SIGNALS = ("touch-down", "support", "hop", "stumble")
WILD_LEAST, WILD_MOST = -0.5, 1.5  # of a cell's rating: nobody pulls or presses so
BLAME_NS = 100_000_000  # a cell that fails within this of the end is why the phase ended: its last words looked like a stumble


class Trial:
    """See module. Feed it the frames from `begin_ns` on, and with `count_readings` every conversion of the same time.

    origin_ns: time of the recording's first frame; every time in the result counts from it
    """

    def __init__(
        self,
        plan: TrialPlan,
        *,
        geometry: Geometry,
        trial_id: str,
        run_id: str,
        origin_ns: int,
        begin_ns: int,
        demo: bool = False,
        settings: str = "station",
        facts: Facts | None = None,
    ) -> None:
        self.plan = plan
        self.geometry = geometry
        self.trial_id = trial_id
        self.run_id = run_id
        self.origin_ns = origin_ns
        self.begin_ns = begin_ns
        self.demo = demo
        self.settings = settings
        self.facts = facts or Facts()
        self.result: TrialResult | None = None
        self.side = plan.side
        self._now_ns = self._end_ns = begin_ns
        self._load_n = 0.0
        self._marks: list[tuple[int, str]] = []
        self._events: list[Event] = []
        self._effects: list[Effect] = []
        self._frames: list[Frames] = []
        self._readings: list[Readings] = []
        self._faults = Faults()
        self._by_signal = False  # what ended the phase was seen on the plate
        self._heavy = Sustained(HEAVY_NS)
        self._most_n = geometry.rating_kg * GRAVITY_M_S2  # once: it is asked for every frame
        self._beginning = Beginning(plan, geometry, begin_ns)
        self._phase: Phase = "record" if plan.window == "file" else self._beginning.phase
        self._live = LiveLowpass()
        self._cop_mm: tuple[float, float] | None = None
        self._recorded: Recorded | None = None
        self._window: Window | None = None
        self._status = ""
        self._reason = Words("")
        if self.facts.step_on_ns is not None:
            self._event(self.facts.step_on_ns, "step-on")

    # --- from and to a recording -----------------------------------------------------------------------------------------------

    def header(self) -> dict[str, Any]:
        """All that `from_header` needs: the plan and the facts in force."""
        return {
            **self.plan.to_header(),
            **self.facts.to_json(),
            "trial_id": self.trial_id,
            "run_id": self.run_id,
            "origin_ns": self.origin_ns,
            "begin_ns": self.begin_ns,
            "geometry": self.geometry.to_json(),
            "demo": self.demo,
            "settings": self.settings,
        }

    @staticmethod
    def from_header(header: Mapping[str, Any], settings: str | None = None) -> Trial:
        """The trial of a recording, ready to be fed its frames from `begin_ns` on; `settings` overrides the recorded one."""
        return Trial(
            TrialPlan.from_header(header),
            geometry=Geometry.from_json(header["geometry"]),
            trial_id=str(header["trial_id"]),
            run_id=str(header["run_id"]),
            origin_ns=int(header["origin_ns"]),
            begin_ns=int(header["begin_ns"]),
            demo=bool(header["demo"]),
            settings=settings or str(header["settings"]),
            facts=Facts.from_json(header),
        )

    # --- what the caller does --------------------------------------------------------------------------------------------------

    def count_readings(self, readings: Readings) -> None:
        """Conversions as they arrived, for flags and rates; those before `begin_ns` or after the last frame are left out."""
        if self.result is None and len(readings):
            self._readings.append(readings)

    def mark(self, t_ns: int, kind: str) -> None:
        """A key of operator or helper: arms, eyes, leg, stop, placed. Acts with the first frame at or after `t_ns`, so the marks
        of a recording may all be given before its frames."""
        self._marks = sorted([*self._marks, (t_ns, kind)])

    def feed(self, frames: Frames) -> int:
        """Takes frames until the trial is done; gives back how many it took. Frames before `begin_ns` are skipped."""
        if self.result is not None or not len(frames):
            return 0
        skip = int((frames.t_ns < self.begin_ns).sum()) if frames.t_ns[0] < self.begin_ns else 0
        if skip == len(frames):
            return skip
        frames = frames[skip:] if skip else frames
        self._frames.append(frames)
        columns = (frames.t_ns, frames.load_n, frames.ml_mm, frames.ap_mm, frames.valid)
        force_n, rating_n = frames.force_n, self.geometry.cell_rating_kg * GRAVITY_M_S2
        missing = (force_n != force_n).tolist()
        wild = ((force_n < WILD_LEAST * rating_n) | (force_n > WILD_MOST * rating_n)).tolist()
        for n, (t_ns, load_n, ml_mm, ap_mm, valid) in enumerate(zip(*(c.tolist() for c in columns), strict=True)):
            self._frame(t_ns, load_n, ml_mm, ap_mm, valid, missing[n], wild[n])
            if self.done:
                return skip + n + 1
        self._forget()
        return skip + len(frames)

    def finish(self, kind: str = "interrupted") -> None:
        """The data is over: `interrupted` (reader died, file ended), or `stopped` by a person."""
        if self.result is not None:
            return
        after_ns = self._now_ns + STEP_NS
        if self.plan.window == "file":
            self._close("completed", say("trial.end.file"), after_ns)
        elif self._phase != "ending":
            self._close(kind, say("trial.end.data") if kind == "interrupted" else say("trial.end.stop"), after_ns)
        self._conclude()

    def drain(self) -> list[Effect]:
        """Tones and words that became due since the last call."""
        due, self._effects = self._effects, []
        return due

    @property
    def done(self) -> bool:
        return self.result is not None

    @property
    def now_ns(self) -> int:
        return self._now_ns

    @property
    def phase(self) -> Phase:
        return self._phase

    # --- one frame -------------------------------------------------------------------------------------------------------------

    def _frame(self, t_ns: int, load_n: float, ml_mm: float, ap_mm: float, valid: bool, missing: list[bool], wild: list[bool]) -> None:
        self._now_ns = t_ns
        while self._marks and self._marks[0][0] <= t_ns and self._phase not in ("ending", "done"):
            self._marked(*self._marks.pop(0))
        if self.plan.window == "file":
            return
        silent = self._faults.feed(t_ns, (missing[0], missing[1], missing[2], missing[3]), (wild[0], wild[1], wild[2], wild[3]))
        if self._phase == "ending":
            if silent is not None:
                self._explained(*silent)
            if t_ns + STEP_NS >= self._end_ns + AFTER_NS:
                self._conclude()
        elif silent is not None:
            self._fault(*silent)
        elif self._phase == "record" and self._recorded is not None and t_ns >= self._recorded.time_up_ns:
            self._close("completed", say("trial.end.time"), self._recorded.time_up_ns)
        elif valid and not self._too_heavy(t_ns, load_n):
            self._load_n = load_n
            if ml_mm == ml_mm:
                self._cop_mm = self._live.step(ml_mm, ap_mm)
            if self._phase in ("record", "frozen"):
                self._on_record(t_ns, load_n, ml_mm, ap_mm)
            else:
                self._on_beginning(t_ns, load_n, ml_mm, ap_mm)

    def _too_heavy(self, t_ns: int, load_n: float) -> bool:
        if not self._heavy.feed(t_ns, load_n > self._most_n):
            return False
        self._close("stopped", say("trial.end.too-heavy", kg=Num(self.geometry.rating_kg)), t_ns)
        return True

    def _on_beginning(self, t_ns: int, load_n: float, ml_mm: float, ap_mm: float) -> None:
        found = self._beginning.feed(t_ns, load_n, ml_mm, ap_mm)
        for event in self._beginning.events:
            self._event(*event)
        self._effects += self._beginning.effects
        self._beginning.events.clear()
        self._beginning.effects.clear()
        self._phase = self._beginning.phase
        if isinstance(found, TooLight):
            self._close("stopped", say("trial.end.too-light", kg=Num(self.geometry.least_person_kg)), t_ns)
        elif found is not None:
            self._begin(found)
            if found.start_ns == t_ns:
                self._on_record(t_ns, load_n, ml_mm, ap_mm)

    # --- the recorded phase ----------------------------------------------------------------------------------------------------

    def _begin(self, start: Start) -> None:
        self.side = start.side
        self._recorded = Recorded(
            self.plan, self.geometry, self._beginning.rest, side=start.side, start_ns=start.start_ns, seed_of=self.trial_id
        )
        self._live.reset()
        self._event(start.start_ns, "start")
        self._effects.append(Tone("start"))
        self._phase = "record"

    def _on_record(self, t_ns: int, load_n: float, ml_mm: float, ap_mm: float) -> None:
        recorded = self._recorded
        if recorded is None:
            return
        end = recorded.feed(t_ns, load_n, ml_mm, ap_mm)
        for event in recorded.events:
            self._event(*event)
        self._effects += [Tone(name) for name in recorded.tones]
        recorded.events.clear()
        recorded.tones.clear()
        if end is not None and end.status:
            self._by_signal = recorded.task is None
            self._close(end.status, end.reason, end.end_ns)
        elif end is not None:
            self._recorded, self.side = None, self.plan.side
            if end.off:
                self._beginning.again(t_ns, on=False)
            else:
                self._beginning.get_ready(t_ns)
            self._phase = self._beginning.phase
        elif recorded.frozen != (self._phase == "frozen"):
            self._live.reset()
            self._phase = "frozen" if recorded.frozen else "record"

    def _marked(self, t_ns: int, kind: str) -> None:
        fault = read_mark(kind)
        if fault is not None:
            if fault.ends and fault.cell is not None:
                self._close("interrupted", self._fault_seen(t_ns, (fault.cell,), "trial.end.cell-failed"), max(t_ns, self.begin_ns))
            else:
                self._event(t_ns, "fault", {"cells": list(fault.cells), "kind": fault.kind})
            return
        self._event(t_ns, "mark", {"key": kind})
        if kind == "stop":
            self._close("stopped", say("trial.end.stop"), t_ns)
        elif kind == "placed":
            self._beginning.confirm()
        elif self._phase == "record" and kind in HELPER_KEYS:
            hold = self.plan.protocol.phase.kind == "hold"
            self._close("completed" if hold else "failed", ended_by_signal(kind, self.side), t_ns)

    def _fault(self, since_ns: int, cells: tuple[int, ...]) -> None:
        self._close("interrupted", self._fault_seen(since_ns, cells), max(since_ns, self.begin_ns))

    def _explained(self, since_ns: int, cells: tuple[int, ...]) -> None:
        """The phase was ended by what a failing cell made of the person."""
        if self._by_signal and since_ns <= self._end_ns + BLAME_NS:
            self._by_signal = False
            self._status, self._reason = "interrupted", self._fault_seen(since_ns, cells, "trial.end.cell-failed")

    def _fault_seen(self, since_ns: int, cells: tuple[int, ...], of_a_cell: str = "trial.end.cell") -> Words:
        names = [CELLS[c] for c in cells]
        self._event(since_ns, "fault", {"cells": names})
        name = names[0].replace("_", "-")
        return say(of_a_cell, cell=say(f"hardware.{name}")) if len(cells) < len(CELLS) else say("trial.end.board")

    # --- the end ---------------------------------------------------------------------------------------------------------------

    def _close(self, status: str, reason: Words, end_ns: int) -> None:
        """The recorded phase is over (or never came); the second after it is still read."""
        self._status, self._reason, self._end_ns = status, reason, end_ns
        if self._phase in ("record", "frozen"):
            self._window = self._recorded.window(end_ns) if self._recorded else Window(self.begin_ns, end_ns)
            end_s = self._t_s(end_ns)
            self._events = [e for e in self._events if e.t_s <= end_s or e.kind not in SIGNALS]  # seen while the end was made certain
            self._event(end_ns, "end")
        self._effects.append(Tone("stop"))
        self._phase = "ending"
        self._effects.append(Speak(self._said()))

    def _conclude(self) -> None:
        protocol, window = self.plan.protocol, self._window
        known = outcome(
            Frames.join(self._frames),
            self._readings,
            window,
            kind=protocol.phase.kind,
            bw_n=self._beginning.rest.bw_n,
            expected_s=self.plan.seconds if self.plan.window == "phases" else None,
            span_ns=(max(self.begin_ns, self._now_ns - BEFORE_NS), self._now_ns),
            geometry=self.geometry,
            settings=self.settings,
            facts=self.facts,
            events=self._events,
            origin_ns=self.origin_ns,
            stood_ns=None if self.plan.window == "file" else self.begin_ns,
            stance=self.plan.condition.stance,
        )
        self._phase = "done"
        self.result = TrialResult(
            trial_id=self.trial_id,
            run_id=self.run_id,
            protocol_id=protocol.id,
            protocol_version=protocol.version,
            protocol_sha256=protocol.sha256,
            kind=protocol.phase.kind,
            condition=self.plan.condition,
            side=self.side,
            status=self._status,
            reason=self._reason,
            index=self.plan.index,
            attempt=self.plan.attempt,
            window_s=None if window is None else (self._t_s(window.start_ns), self._t_s(window.end_ns)),
            duration_s=0.0 if window is None else window.active_s,
            load_n=known.load_n,
            quality=known.quality,
            measures=known.measures,
            settings=self.settings,
            events=tuple(sorted(self._events, key=lambda e: e.t_s)),
            reps=self._reps(),
            score=self._recorded.score(window) if self._recorded is not None and window is not None else None,
            demo=self.demo,
            warnings=known.warnings,
        )

    def _reps(self) -> tuple[Mapping[str, Any], ...]:
        task = self._recorded.task if self._recorded is not None else None
        done = task.reps if task is not None else ()
        return tuple({"t_s": self._t_s(r["t_ns"]), **{k: v for k, v in r.items() if k != "t_ns"}} for r in done)

    # --- small things ----------------------------------------------------------------------------------------------------------

    def _event(self, t_ns: int, kind: str, detail: Mapping[str, Any] | None = None) -> None:
        self._events.append(Event(self._t_s(t_ns), kind, detail or {}))

    def _t_s(self, t_ns: int) -> float:
        return (t_ns - self.origin_ns) / S

    def _said(self) -> Words:
        return said(self.plan.protocol, self.plan.condition, self.side, self._phase)

    def _forget(self) -> None:
        """Standing about for ten minutes costs no memory: until the recorded phase only the stretch before it can matter."""
        if self._phase in ("record", "frozen", "ending"):
            return
        oldest_ns = self._now_ns - 2 * BEFORE_NS
        self._frames = [f for f in self._frames if int(f.t_ns[-1]) >= oldest_ns]
        self._readings = [r for r in self._readings if r.until_ns >= oldest_ns]

    # --- what is shown ---------------------------------------------------------------------------------------------------------

    @property
    def view(self) -> View:
        """The state at the newest frame."""
        plan, phase = self.plan, self._phase
        doing = self._recorded.task if self._recorded is not None else None
        task = doing.view() if doing is not None and phase != "done" else TaskView()
        shows = plan.protocol.feedback == "cursor" or plan.protocol.kind != "test"
        return View(
            phase=phase,
            asks=task.asks if task.asks and phase == "record" else asks(plan.protocol, plan.condition, self.side, phase),
            say=task.say if task.say.id and phase == "record" else self._said(),
            do=task.do if task.do.id and phase == "record" else hint(phase, restless=self._beginning.restless),
            condition=plan.condition,
            side=self.side,
            index=plan.index,
            of=plan.of,
            attempt=plan.attempt,
            ring=self._beginning.ring if phase == "settle" else task.ring,
            seconds=self._seconds(),
            seconds_held=self._held_s() if plan.protocol.phase.kind == "hold" else None,
            count=task.count,
            of_count=task.of_count,
            rep_marks=task.rep_marks,
            score=task.score,
            cop_mm=self._cop_mm if shows else None,
            target_mm=task.target_mm,
            world=task.world,
            asks_at=task.asks_at,
            load_pct=100 * self._load_n / self._beginning.rest.bw_n if self._beginning.rest.bw_n else None,
        )

    def _held_s(self) -> float:
        if self._phase == "record" and self._recorded is not None:
            return (self._now_ns + STEP_NS - self._recorded.start_ns) / S
        return self._window.active_s if self._window is not None else 0.0

    def _seconds(self) -> float | None:
        """Whole seconds: to go in the countdown and in a fixed phase, held so far in a hold."""
        if self._phase == "countdown":
            return float(-(-(self._beginning.since_ns + COUNTDOWN_NS - self._now_ns) // S))
        if self.plan.protocol.phase.kind == "hold":
            return float(self._held_s() // 1) if self._phase in ("record", "ending", "done") else None
        if self._phase in ("record", "frozen") and self._recorded is not None:
            return float(-(-(self._recorded.time_up_ns - self._now_ns) // S))
        return None
