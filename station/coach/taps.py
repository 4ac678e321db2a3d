"""Heel taps on the floor beside the plate, told from load and CoP while standing on one leg. Causal, one frame at a time.

A tap is a short, smooth dip of W together with a shift of the CoP under the standing foot. A dip alone cannot count light taps: at
5 % of BW half of what it finds is body motion. So dips need a CoP shift unless they are deep, and a shift without a dip counts as a
tap "lighter than this board can feel". Every number is our own, to be tuned on hardware.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from station.core.events import Lowpass
from station.core.frames import FS_HZ, STEP_NS

LEAST_DIP_BW = 0.02
DEEP_DIP_BW = 0.10  # counts by itself: found 100 % of the time with 0.3 false in 40 (simulated)
NOISE_SDS = 2.0  # the floor of a set: twice the load's own SD in the holds
MOST_FLOOR_BW = 0.05
SHORTEST_NS = 120_000_000  # a tap is a pulse of 0.2-0.5 s
SHIFT_MM = 8.0  # real taps move the CoP 20-60 mm under the standing foot
LIGHT_SHIFT_MM = 25.0  # without a dip the shift must stand out of one-leg sway
LIGHT_SHIFT_SDS = 4.0
LIGHT_LONGEST_NS = 900_000_000
MOVED_NS = 2_000_000_000  # a shift that stays is a new place to stand
LEAST_LEARNT = 150  # frames of rest: before that nobody knows how much this leg sways
PARKED_NS = 700_000_000  # a longer contact is a foot that stands
SLOW_TAU_S = 2.0  # the centre under the standing foot follows this slowly


@dataclass(frozen=True, slots=True)
class Tap:
    """t_ns: middle of the contact, weighted by its depth; begin_ns..end_ns: the contact; dip_pct: most weight taken, % of BW, None
    when lighter than the board can feel; shift_mm: furthest CoP from the centre of the hold."""

    t_ns: int
    begin_ns: int
    end_ns: int
    dip_pct: float | None
    shift_mm: float


@dataclass(slots=True)
class _Contact:
    begin_ns: int
    end_ns: int
    weight: float = 0.0  # sum of depths
    moment_ns: float = 0.0  # sum of depth x time since begin
    depth_n: float = 0.0
    shift_mm: float = 0.0


class TapDetector:
    """Fed frames of a person on one leg. `quiet_sd_n`: SD of W while standing still, the first guess of the floor's noise."""

    def __init__(self, bw_n: float, quiet_sd_n: float) -> None:
        self._bw_n = bw_n
        self._var_n2 = quiet_sd_n * quiet_sd_n
        self._centre: tuple[float, float] | None = None
        self._sway_mm2 = 0.0
        self._learnt = 0  # frames of rest that centre and sway were learnt from
        self._ml, self._ap = Lowpass(6.0), Lowpass(6.0)
        self._dip: _Contact | None = None
        self._shift: _Contact | None = None
        self.shift_mm = 0.0

    @property
    def floor_n(self) -> float:
        """Dips below this are body motion."""
        noise_n = NOISE_SDS * sqrt(self._var_n2)
        return min(max(noise_n, LEAST_DIP_BW * self._bw_n), MOST_FLOOR_BW * self._bw_n)

    @property
    def resting(self) -> bool:
        """No contact and no shift going on."""
        return self._dip is None and self._shift is None

    def feed(self, t_ns: int, load_n: float, ml_mm: float, ap_mm: float) -> Tap | None:
        """A tap, once it is over (or once the foot is parked)."""
        self._move(ml_mm, ap_mm)
        depth_n = self._bw_n - load_n  # unfiltered: the converter's own limit is enough, and nothing is late
        tap = self._dipped(t_ns, depth_n)
        light = self._shifted(t_ns, felt=tap is not None or self._dip is not None)
        if self.resting:
            self._learn(depth_n, ml_mm, ap_mm)
        return tap or light

    def _move(self, ml_mm: float, ap_mm: float) -> None:
        if self._centre is None:
            self._centre = (ml_mm, ap_mm)
        off_ml, off_ap = self._ml.step(ml_mm) - self._centre[0], self._ap.step(ap_mm) - self._centre[1]
        self.shift_mm = sqrt(off_ml * off_ml + off_ap * off_ap)

    def _learn(self, depth_n: float, ml_mm: float, ap_mm: float) -> None:
        self._learnt += 1
        part = 1.0 / min(self._learnt, SLOW_TAU_S * FS_HZ)
        if self._centre is not None and self.shift_mm < LIGHT_SHIFT_MM:
            self._centre = (self._centre[0] + part * (ml_mm - self._centre[0]), self._centre[1] + part * (ap_mm - self._centre[1]))
            self._sway_mm2 += part * (self.shift_mm * self.shift_mm - self._sway_mm2)
        if abs(depth_n) < LEAST_DIP_BW * self._bw_n:
            self._var_n2 += (depth_n * depth_n - self._var_n2) / (SLOW_TAU_S * FS_HZ)

    def _dipped(self, t_ns: int, depth_n: float) -> Tap | None:
        dip = self._dip
        if depth_n >= self.floor_n:
            if dip is None:
                dip = self._dip = _Contact(t_ns, t_ns)
            dip.end_ns = t_ns
            dip.weight += depth_n
            dip.moment_ns += depth_n * (t_ns - dip.begin_ns)
            dip.depth_n = max(dip.depth_n, depth_n)
            dip.shift_mm = max(dip.shift_mm, self.shift_mm)
            return None
        self._dip = None
        return self._told(dip) if dip is not None else None

    def _told(self, dip: _Contact) -> Tap | None:
        long_ns = dip.end_ns + STEP_NS - dip.begin_ns
        deep = dip.depth_n >= DEEP_DIP_BW * self._bw_n
        if long_ns < SHORTEST_NS or not (deep or dip.shift_mm >= SHIFT_MM):
            return None
        t_ns = dip.begin_ns + round(dip.moment_ns / dip.weight)
        return Tap(t_ns, dip.begin_ns, dip.end_ns, 100 * dip.depth_n / self._bw_n, dip.shift_mm)

    def _shifted(self, t_ns: int, *, felt: bool) -> Tap | None:
        """A whole there and back of the CoP with no dip in it."""
        shift = self._shift
        if felt and shift is not None:
            shift.depth_n = 1.0  # a dip went with it: told by the dip
        limit_mm = max(LIGHT_SHIFT_MM, LIGHT_SHIFT_SDS * sqrt(self._sway_mm2))
        if self.shift_mm >= limit_mm:
            if shift is None:
                shift = self._shift = _Contact(t_ns, t_ns, depth_n=1.0 if felt else 0.0)
            shift.end_ns = t_ns
            shift.shift_mm = max(shift.shift_mm, self.shift_mm)
            if t_ns - shift.begin_ns > MOVED_NS:
                self._centre, self._shift, self._learnt = None, None, 0
            return None
        self._shift = None
        if shift is None or shift.depth_n or self._learnt < LEAST_LEARNT:
            return None
        long_ns = shift.end_ns + STEP_NS - shift.begin_ns
        if not SHORTEST_NS <= long_ns <= LIGHT_LONGEST_NS:
            return None
        return Tap((shift.begin_ns + shift.end_ns) // 2, shift.begin_ns, shift.end_ns, None, shift.shift_mm)

    @property
    def parked(self) -> Tap | None:
        """The contact going on, once it is longer than any tap: the foot stands."""
        dip = self._dip
        if dip is None or dip.end_ns - dip.begin_ns <= PARKED_NS:
            return None
        t_ns = dip.begin_ns + round(dip.moment_ns / dip.weight)
        return Tap(t_ns, dip.begin_ns, dip.end_ns, 100 * dip.depth_n / self._bw_n, dip.shift_mm)
