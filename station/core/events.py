"""What happens on the plate, read from frames one by one: foot lift, touch-down, support, step-off, hop, stumble, faults.

Detectors are causal and see scalars of one frame at a time, so an answer never depends on how frames came in blocks. They are fed
valid frames only (`Faults` excepted); times are ns of the board's clock. Every threshold is our own, to be tuned on hardware, and
scales with the person (BW, newtons) or with the marks (d, mm).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from station.core.filters import lowpass_coefficients
from station.core.frames import FS_HZ, LEAST_LOAD_N, STEP_NS

S = 1_000_000_000

LIFT_ZONE_D = 0.15  # of d: the CoP of a leg that carries everything lies this near its mark (six real holds: 118-133 mm of 125)
LIFT_HOLD_NS = 250_000_000  # a mere weight shift passes the zone faster
LIFT_LOAD_BW = 0.05  # lifting a foot keeps the weight; a hand or the floor does not
DOWN_BACK_D = 0.4  # of d, back from the plateau towards the other foot: sway on one leg stays far below
DOWN_HOLD_NS = 250_000_000
DOWN_CROSSING_D = 0.35  # 0.7 d/2: where the touch-down is dated to
PLATEAU_TAU_S = 2.0  # the plateau follows the standing foot, not its sway
SLOW_HZ = 2.0  # low-pass of lift and touch-down
STUMBLE_HZ = 6.0  # low-pass of the stumble's speed: 0.2 mm of noise stays below 10 mm/s
STUMBLE_MM_S = 400.0  # single-leg holds peak at 178-247 mm/s
SUPPORT_BW = 0.95
SUPPORT_NS = 150_000_000
SUPPORT_WAIT_NS = 500_000_000  # a fall of W that reaches step-off within this is a step-off
OFF_BW = 0.5
OFF_NS = 100_000_000
HOP_BW = 1.25
EXTRA_BW = 1.25
EXTRA_NS = 1_000_000_000  # a hop's spike is over by then: somebody else stands on the plate
FAULT_NS = 300_000_000  # some cells silent, the others going on
LOST_NS = 1_500_000_000  # all silent: a lost second is a gap, more is a fault
WILD_NS = 150_000_000  # a cell is not believed for so long after a force that no person makes


@dataclass(frozen=True, slots=True)
class Signal:
    """Something seen at `t_ns` (back-dated to where it began). kind: touch-down, support, step-off, hop, stumble, second-person.

    amount_pct: support: the most weight taken elsewhere, in per cent of BW; 0 elsewhere
    """

    kind: str
    t_ns: int
    amount_pct: float = 0.0


class Lowpass:
    """Causal Butterworth of order 2 on one scalar at 100 Hz; starts at its first value instead of at zero."""

    __slots__ = ("_a1", "_a2", "_b0", "_b1", "_b2", "_x1", "_x2", "_y1", "_y2", "started")

    def __init__(self, fc_hz: float) -> None:
        b, a = lowpass_coefficients(fc_hz, FS_HZ)
        self._b0, self._b1, self._b2 = (float(v) for v in b)
        self._a1, self._a2 = float(a[1]), float(a[2])
        self._x1 = self._x2 = self._y1 = self._y2 = 0.0
        self.started = False

    def step(self, x: float) -> float:
        if not self.started:
            self._x1 = self._x2 = self._y1 = self._y2 = x
            self.started = True
        y = self._b0 * x + self._b1 * self._x1 + self._b2 * self._x2 - self._a1 * self._y1 - self._a2 * self._y2
        self._x2, self._x1 = self._x1, x
        self._y2, self._y1 = self._y1, y
        return y


@dataclass(slots=True)
class Sustained:
    """Whether a condition has held without a break for `for_ns`, and since when."""

    for_ns: int
    since_ns: int | None = None

    def feed(self, t_ns: int, holds: bool) -> bool:
        """True from the frame on at which the stretch, both ends counted, is `for_ns` long."""
        if not holds:
            self.since_ns = None
            return False
        if self.since_ns is None:
            self.since_ns = t_ns
        return t_ns + STEP_NS - self.since_ns >= self.for_ns


class FootLift:
    """One foot leaves the plate: the low-passed CoP stays within 0.15 d of the other foot's mark for 0.25 s with W within 5 % of BW.

    `feed` gives (time of the crossing into that zone, standing side) once, or None. `side` limits it to one standing leg.
    """

    def __init__(self, marks_mm: float, bw_n: float, side: str = "") -> None:
        self._mark_mm = marks_mm / 2
        self._zone_mm = LIFT_ZONE_D * marks_mm
        self._bw_n = bw_n
        self._side = side
        self._slow = Lowpass(SLOW_HZ)
        self._inside = Sustained(LIFT_HOLD_NS)
        self._steady = Sustained(LIFT_HOLD_NS)
        self._now = ""

    def feed(self, t_ns: int, load_n: float, ml_mm: float) -> tuple[int, str] | None:
        slow_mm = self._slow.step(ml_mm)
        side = "right" if slow_mm > 0 else "left"
        inside = abs(abs(slow_mm) - self._mark_mm) <= self._zone_mm and self._side in ("", side)
        if side != self._now:
            self._now, self._inside.since_ns = side, None
        long_inside = self._inside.feed(t_ns, inside)
        long_steady = self._steady.feed(t_ns, abs(load_n - self._bw_n) <= LIFT_LOAD_BW * self._bw_n)
        if not (long_inside and long_steady) or self._inside.since_ns is None or self._steady.since_ns is None:
            return None
        # Weight that was held elsewhere long after the crossing: the leg carries everything only since it came back.
        late = self._steady.since_ns - self._inside.since_ns > SUPPORT_WAIT_NS
        return (self._steady.since_ns if late else self._inside.since_ns), side


class TouchDown:
    """The other foot is back: CoP more than 0.4 d from the plateau towards it for 0.25 s. Dated to the last crossing of 0.7 d/2."""

    def __init__(self, marks_mm: float, side: str) -> None:
        self._sign = 1.0 if side == "right" else -1.0
        self._back_mm = DOWN_BACK_D * marks_mm
        self._crossing_mm = DOWN_CROSSING_D * marks_mm
        self._plateau_mm = marks_mm / 2
        self._slow = Lowpass(SLOW_HZ)
        self._back = Sustained(DOWN_HOLD_NS)
        self._crossed_ns: int | None = None

    def feed(self, t_ns: int, ml_mm: float) -> int | None:
        out_mm = self._sign * ml_mm
        slow_mm = self._slow.step(out_mm)
        if out_mm >= self._crossing_mm:
            self._crossed_ns = None
        elif self._crossed_ns is None:
            self._crossed_ns = t_ns
        if slow_mm >= self._crossing_mm:
            self._plateau_mm += (slow_mm - self._plateau_mm) / (PLATEAU_TAU_S * FS_HZ)
        if not self._back.feed(t_ns, self._plateau_mm - slow_mm > self._back_mm):
            return None
        return self._crossed_ns if self._crossed_ns is not None else self._back.since_ns


class StepOff:
    """W below half of BW or below 100 N for 100 ms; dated to the first such frame."""

    def __init__(self, bw_n: float) -> None:
        self._least_n = max(OFF_BW * bw_n, LEAST_LOAD_N)
        self._low = Sustained(OFF_NS)

    def feed(self, t_ns: int, load_n: float) -> int | None:
        return self._low.since_ns if self._low.feed(t_ns, load_n < self._least_n) else None

    @property
    def low(self) -> bool:
        """The newest frame was below: the world of a game waits from here on."""
        return self._low.since_ns is not None


@dataclass(slots=True)
class _Dip:
    since_ns: int
    until_ns: int
    least_n: float


class Support:
    """W below 95 % of BW for more than 0.15 s: a hand, or a foot beside the plate; the board cannot tell which.

    Told half a second after it began at the latest, because a fall that becomes a step-off within that time is none.
    """

    def __init__(self, bw_n: float) -> None:
        self._bw_n = bw_n
        self._dip: _Dip | None = None

    def feed(self, t_ns: int, load_n: float) -> Signal | None:
        if load_n >= SUPPORT_BW * self._bw_n:
            dip, self._dip = self._dip, None
            return self._told(dip) if dip and dip.until_ns + STEP_NS - dip.since_ns > SUPPORT_NS else None
        if self._dip is None:
            self._dip = _Dip(t_ns, t_ns, load_n)
        self._dip.until_ns = t_ns
        self._dip.least_n = min(self._dip.least_n, load_n)
        if t_ns - self._dip.since_ns < SUPPORT_WAIT_NS or load_n < OFF_BW * self._bw_n:
            return None
        return self._told(self._dip)

    def _told(self, dip: _Dip) -> Signal:
        return Signal("support", dip.since_ns, round(100 * (self._bw_n - dip.least_n) / self._bw_n, 1))


class Stumble:
    """The low-passed CoP moves faster than 400 mm/s."""

    def __init__(self) -> None:
        self._ml, self._ap = Lowpass(STUMBLE_HZ), Lowpass(STUMBLE_HZ)
        self._last: tuple[int, float, float] | None = None

    def feed(self, t_ns: int, ml_mm: float, ap_mm: float) -> int | None:
        now = (t_ns, self._ml.step(ml_mm), self._ap.step(ap_mm))
        last, self._last = self._last, now
        if last is None or t_ns - last[0] != STEP_NS:
            return None
        step_mm = ((now[1] - last[1]) ** 2 + (now[2] - last[2]) ** 2) ** 0.5
        return t_ns if step_mm * FS_HZ > STUMBLE_MM_S else None


class Signals:
    """Every signal that may end a recorded phase, told once each time it begins. `side` "" : two legs, no touch-down."""

    def __init__(self, marks_mm: float, bw_n: float, side: str = "") -> None:
        self._bw_n = bw_n
        self._down = TouchDown(marks_mm, side) if side else None
        self._off = StepOff(bw_n)
        self._support = Support(bw_n)
        self._stumble = Stumble()
        self._extra = Sustained(EXTRA_NS)

    def feed(self, t_ns: int, load_n: float, ml_mm: float, ap_mm: float) -> list[Signal]:
        """Signals of this frame, the gravest first. `ml_mm`, `ap_mm` may be NaN (no CoP below 100 N)."""
        found: list[Signal] = []
        off_ns = self._off.feed(t_ns, load_n)
        if off_ns is not None:
            found.append(Signal("step-off", off_ns))
        if self._extra.feed(t_ns, load_n > EXTRA_BW * self._bw_n) and self._extra.since_ns is not None:
            found.append(Signal("second-person", self._extra.since_ns))
        support = self._support.feed(t_ns, load_n)
        if support is not None:
            found.append(support)
        if load_n > HOP_BW * self._bw_n:
            found.append(Signal("hop", t_ns))
        if ml_mm == ml_mm and not self._off.low:
            found += self._moves(t_ns, ml_mm, ap_mm)
        return found

    def _moves(self, t_ns: int, ml_mm: float, ap_mm: float) -> list[Signal]:
        found = []
        down_ns = self._down.feed(t_ns, ml_mm) if self._down else None
        if down_ns is not None:
            found.append(Signal("touch-down", down_ns))
        stumble_ns = self._stumble.feed(t_ns, ml_mm, ap_mm)
        if stumble_ns is not None:
            found.append(Signal("stumble", stumble_ns))
        return found


@dataclass(slots=True)
class Faults:
    """Cells that fell silent: some for more than 0.3 s while others go on, or all for more than 1.5 s.

    Stuck, saturated and garbled conversions are no knots of the frames, so they show here too; and so does a cell whose input floats,
    by forces that no person makes (`wild`) again and again.
    """

    _since_ns: list[int | None] = field(default_factory=lambda: [None, None, None, None])
    _wild_ns: list[int | None] = field(default_factory=lambda: [None, None, None, None])

    def feed(
        self, t_ns: int, missing: tuple[bool, bool, bool, bool], wild: tuple[bool, bool, bool, bool] = (False,) * 4
    ) -> tuple[int, tuple[int, ...]] | None:
        """(since when, indices of CELLS) once the limit is passed, else None. `missing`: cells without a value in this frame."""
        for cell, gone in enumerate(missing):
            if wild[cell]:
                self._wild_ns[cell] = t_ns
            wild_ns = self._wild_ns[cell]
            if not gone and (wild_ns is None or t_ns - wild_ns > WILD_NS):
                self._since_ns[cell] = None
            elif self._since_ns[cell] is None:
                self._since_ns[cell] = t_ns
        limit_ns = LOST_NS if all(missing) else FAULT_NS
        silent = [(since, cell) for cell, since in enumerate(self._since_ns) if since is not None and t_ns + STEP_NS - since > limit_ns]
        if not silent:
            return None
        return min(since for since, _ in silent), tuple(cell for _, cell in silent)
