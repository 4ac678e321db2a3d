"""A set of heel taps: hold, tap, return, hold. Each rep gets a verdict one second after its tap; the set gets a score."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from station.coach.taps import Tap, TapDetector
from station.core.events import FootLift, Lowpass, S, TouchDown
from station.core.frames import FS_HZ
from station.core.results import Score
from station.core.stance import Rest
from station.core.task import TaskView
from station.core.view import Ask
from station.words import Words, say

HOLD_NS = 1_500_000_000  # steady this long before a tap, else it was rushed
GAP_NS = 800_000_000  # a second contact within this belongs to the same rep
RETURN_NS = S
RISE_NS = 200_000_000  # coming up from the tap moves the CoP fast by itself
HEAVY_PCT = 20.0
WORKING_PCT = 5.0
LOST_MM_S = 400.0
STEADY_MM = 25.0  # back over the standing foot
STEADY_SPEEDS = 3.0  # times the speed of the hold: no steadiness left in the score
WEIGHTS = (0.4, 0.3, 0.3)  # valid share, lightness, steadiness
LIGHT_IN_A_ROW = 2

TONES = {"valid": "rep", "light": "rep", "heavy": "heavy", "rushed": "heavy", "lost": "heavy"}


@dataclass(slots=True)
class _Rep:
    tap: Tap
    hold_ns: int
    hold_mm_s: float
    lost: bool = False
    path_mm: float = 0.0
    frames: int = 0


class Drill:
    """The task of a set. verdicts: lost, heavy, rushed, valid, light (lighter than the board can feel), in this order of weight."""

    def __init__(self, wanted: int, rest: Rest, marks_mm: float, side: str, begin_ns: int) -> None:
        self._wanted = wanted
        self._rest = rest
        self._marks_mm = marks_mm
        self._side = side
        self._hold_since_ns = begin_ns
        self._reps: list[dict[str, Any]] = []
        self._open: _Rep | None = None
        self._tones: list[str] = []
        self._on_one_leg()

    def _on_one_leg(self) -> None:
        self._lift: FootLift | None = None
        self._taps = TapDetector(self._rest.bw_n, self._rest.load_sd_n)
        self._down = TouchDown(self._marks_mm, self._side)
        self._ml, self._ap = Lowpass(6.0), Lowpass(6.0)
        self._last: tuple[float, float] | None = None
        self._hold_path_mm, self._hold_frames = 0.0, 0

    def step(self, t_ns: int, load_n: float, ml_mm: float, ap_mm: float) -> None:
        if self._lift is not None:
            lifted = self._lift.feed(t_ns, load_n, ml_mm)
            if lifted is not None:
                self._on_one_leg()
                self._hold_since_ns = lifted[0]
            return
        step_mm = self._step_mm(ml_mm, ap_mm)
        tap = self._taps.feed(t_ns, load_n, ml_mm, ap_mm)
        self._follow(t_ns, step_mm)
        if tap is not None:
            self._tapped(tap)
        parked = self._taps.parked
        if parked is not None and self._open is None:
            self._tapped(parked)
        if parked is not None or self._down.feed(t_ns, ml_mm) is not None:
            self._foot_down(t_ns)

    def _step_mm(self, ml_mm: float, ap_mm: float) -> float:
        now, last = (self._ml.step(ml_mm), self._ap.step(ap_mm)), self._last
        self._last = now
        return 0.0 if last is None else float(((now[0] - last[0]) ** 2 + (now[1] - last[1]) ** 2) ** 0.5)

    def _follow(self, t_ns: int, step_mm: float) -> None:
        """Steadiness of the hold, and of the second after a tap; closes the rep when that second is over."""
        rep = self._open
        if rep is None:
            if self._taps.resting:
                self._hold_path_mm += step_mm
                self._hold_frames += 1
            return
        rep.lost |= step_mm * FS_HZ > LOST_MM_S and t_ns - rep.tap.end_ns > RISE_NS
        if t_ns <= rep.tap.end_ns:
            return
        rep.path_mm += step_mm
        rep.frames += 1
        if t_ns - rep.tap.end_ns >= RETURN_NS:
            rep.lost |= self._taps.shift_mm > STEADY_MM
            self._close()

    def _tapped(self, tap: Tap) -> None:
        if self._open is not None and tap.begin_ns - self._open.tap.end_ns < GAP_NS:
            if self._open.tap.dip_pct is None and tap.dip_pct is not None:  # the shift was the way to this tap
                self._open.hold_ns += tap.begin_ns - self._open.tap.begin_ns
                self._open.tap, self._open.lost = tap, False
                self._open.path_mm, self._open.frames = 0.0, 0
                self._hold_since_ns = tap.end_ns
            else:
                self._open.lost = True  # a second floor contact
            return
        if self._open is not None:
            self._close()
        hold_mm_s = self._hold_path_mm / self._hold_frames * FS_HZ if self._hold_frames else 0.0
        self._open = _Rep(tap, tap.begin_ns - self._hold_since_ns, hold_mm_s)
        self._hold_since_ns = tap.end_ns

    def _close(self) -> None:
        rep = self._open
        if rep is None:
            return
        self._open = None
        self._hold_path_mm, self._hold_frames = rep.path_mm, rep.frames
        verdict = self._verdict(rep)
        self._reps.append(
            {
                "t_ns": rep.tap.t_ns,
                "verdict": verdict,
                "dip_pct": None if rep.tap.dip_pct is None else round(rep.tap.dip_pct, 1),
                "steady_mm_s": round(rep.path_mm / rep.frames * FS_HZ, 1) if rep.frames else None,
                "hold_mm_s": round(rep.hold_mm_s, 1),
            }
        )
        self._tones.append(TONES[verdict])

    @staticmethod
    def _verdict(rep: _Rep) -> str:
        if rep.lost:
            return "lost"
        if rep.tap.dip_pct is not None and rep.tap.dip_pct > HEAVY_PCT:
            return "heavy"
        if rep.hold_ns < HOLD_NS:
            return "rushed"
        return "light" if rep.tap.dip_pct is None else "valid"

    def _foot_down(self, t_ns: int) -> None:
        """The free foot carries: the rep is lost, the next hold begins with a new lift."""
        if self._open is not None:
            self._open.lost = True
            self._close()
        self._lift = FootLift(self._marks_mm, self._rest.bw_n, self._side)
        self._hold_since_ns = t_ns

    def freeze(self, t_ns: int) -> None:
        self._foot_down(t_ns)

    @property
    def done(self) -> bool:
        return len(self._reps) >= self._wanted

    @property
    def reps(self) -> tuple[Mapping[str, Any], ...]:
        return tuple(self._reps)

    @property
    def score(self) -> Score | None:
        return set_score(self._reps) if self._reps else None

    def view(self) -> TaskView:
        down = self._lift is not None
        asks: Ask = "tap"
        if down:
            asks = "lift-left" if self._side == "right" else "lift-right"
        say_now = say("drill.lift-again") if down else say("drill.tap")
        return TaskView(
            asks=asks,
            say=say_now,
            do=self._cue(),
            count=len(self._reps) + (self._open is not None),
            of_count=self._wanted,
            rep_marks=tuple(r["verdict"] for r in self._reps),
        )

    def _cue(self) -> Words:
        """At most one cue a rep."""
        if not self._reps:
            return say("drill.heel-tap.do")
        last = self._reps[-1]["verdict"]
        if last != "light":
            return say(f"drill.cue.{last}")
        lights = [r["verdict"] for r in self._reps[-LIGHT_IN_A_ROW:]]
        return say("drill.cue.feel") if lights == ["light"] * LIGHT_IN_A_ROW else say("drill.cue.light")

    def drain(self) -> list[str]:
        due, self._tones = self._tones, []
        return due


def set_score(reps: list[dict[str, Any]]) -> Score:
    """0..100: 0.4 x share of valid reps + 0.3 x lightness + 0.3 x steadiness after the return."""
    good = [r for r in reps if r["verdict"] in ("valid", "light")]
    valid = len(good) / len(reps)
    light = sum(_lightness(r["dip_pct"]) for r in reps) / len(reps)
    steady = sum(_steadiness(r["steady_mm_s"], r["hold_mm_s"]) for r in reps) / len(reps)
    return Score(float(round(100 * (WEIGHTS[0] * valid + WEIGHTS[1] * light + WEIGHTS[2] * steady))), "", 100.0)


def _lightness(dip_pct: float | None) -> float:
    """1 up to 5 % of BW, 0 from 20 % on."""
    if dip_pct is None:
        return 1.0
    return min(1.0, max(0.0, (HEAVY_PCT - dip_pct) / (HEAVY_PCT - WORKING_PCT)))


def _steadiness(after_mm_s: float | None, hold_mm_s: float) -> float:
    """1 when as steady as in the hold before, 0 at three times its speed."""
    if after_mm_s is None or hold_mm_s <= 0:
        return 0.0
    return min(1.0, max(0.0, (STEADY_SPEEDS - after_mm_s / hold_mm_s) / (STEADY_SPEEDS - 1)))
