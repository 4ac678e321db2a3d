"""One cell from its readings to counts on the even grid: knots, segments, 4-point Lagrange.

A knot is a usable reading at its sample time. Knots without a gap between them form a segment; a segment of fewer than four knots is
not used. Between knots the value is the cubic through the two knots before and the two after; in the first and the last interval of
a segment through its nearest four; on a knot it is the knot.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from math import nan
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from station.core.clockwork import SampleClock, period_clock
from station.core.frames import STEP_NS
from station.core.gate import Gate, Knot, opening_spikes
from station.core.readings import USABLE, Edge, Flag, Timing

LEAST_KNOTS = 4
_RESET = int(Flag.RESET)
_UNUSABLE = 0xFFFF & ~int(USABLE)
_NEVER_NS = 1 << 62

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Number = TypeVar("Number", float, Floats)
FEW = 8
"""Up to so many times are looked up one by one."""


class CellTrack:
    """Takes the readings of one cell in the order they arrived, says up to when it is decided, and gives counts there.

    **Gap.** Up to 3 missing conversions are bridged: a segment ends when the next reading (or `until_ns`) lies more than 4.5 of the
    cell's periods after the last knot. For edges the rule is on edges, 4.75 periods after the last one: the next sample time is
    known only when its edge is, and an edge may be early by a quarter. So it makes no difference whether silence is seen by the
    next reading (batch) or by time passing (streaming): both look at the same number.

    **Reset.** The word before a RESET may be torn. So with edges a knot counts only when the next edge of its cell has come
    without RESET, and the last word before a gap is left out, because the edge that would clear it came too late.

    **Spike.** While a word waits for the next edge anyway, a gate (`gate`, with edges only) sees both and may keep it out; it is then
    missing like a conversion that never came.
    """

    def __init__(self, timing: Timing, limit_counts: float | None = None) -> None:
        """limit_counts: smallest jump that may be a spike; None: no gate."""
        self.clock = period_clock(timing)
        self.n = 0
        self.flagged: Counter[int] = Counter()
        self.unordered = 0
        self.late = 0
        self.last_t_ns: int | None = None
        self.first_knot_ns: int | None = None
        self.last_knot_ns = -_NEVER_NS
        self._edges = isinstance(timing, Edge)
        self.gate = Gate(limit_counts) if self._edges and limit_counts is not None else None
        self.gated_ns: list[int] = []
        """Sample times of readings that were kept out, for the caller to take."""
        self._t: list[int] = []
        self._count: list[int] = []
        self._segment: list[int] = []
        self._segments = 0
        self._open = 0  # knots of the segment that may still grow, whether kept or already dropped
        self._close_ns = _NEVER_NS
        self._pending: tuple[int, int, int] | None = None  # sample time, count, edge time from which the next edge clears it
        self._held: list[tuple[int, int]] = []  # before the period is known
        self._given_up_ns = -_NEVER_NS

    def add(self, t_ns: int, count: int, flag: int) -> int:
        """Take a reading; returns the time at which its flags count (no frame at or after it is decided yet)."""
        self.n += 1
        last_ns = self.last_t_ns
        if flag:
            self.flagged.update(bit for bit in _BITS if flag & bit)
        if last_ns is not None and t_ns <= last_ns:
            self.unordered += 1
            return self.clock.earliest_ns(last_ns + 1)
        self.last_t_ns = t_ns
        self.advance(t_ns)
        flag_ns = self.clock.earliest_ns(t_ns) if flag else 0
        reset = flag & _RESET
        if reset:
            self._close()
        clears = self._pending is not None and t_ns >= self._pending[2]
        sample_ns = self.clock.step(t_ns, bool(reset))
        knot = (sample_ns, count) if sample_ns is not None and not flag & _UNUSABLE else None
        if clears:
            self._clear_pending(t_ns, knot)
        if knot is not None:
            self._take(*knot)
        if self._held and self.clock.period_ns:
            self._release_held()
        return flag_ns

    def _take(self, sample_ns: int, count: int) -> None:
        if sample_ns <= self._given_up_ns:
            self.late += 1
        elif self._edges:
            self._set_close(sample_ns)
            self._pending = (sample_ns, count, (self.last_t_ns or 0) + self.clock.period_ns // 2)
        elif self.clock.period_ns and not self._held:
            self._push(sample_ns, count)
        else:
            self._held.append((sample_ns, count))

    def _push(self, sample_ns: int, count: int) -> None:
        self._t.append(sample_ns)
        self._count.append(count)
        self._segment.append(self._segments)
        self._open += 1
        self.last_knot_ns = sample_ns
        if self.first_knot_ns is None:
            self.first_knot_ns = sample_ns
        if not self._edges:
            self._set_close(sample_ns)

    def _set_close(self, sample_ns: int) -> None:
        self._close_ns = sample_ns + self.clock.slack_ns() + 9 * self.clock.period_ns // 2

    def _clear_pending(self, t_ns: int, after: Knot | None) -> None:
        """The word that waited is a knot, or a spike: then the gap it leaves is judged at `t_ns` as if it had never come."""
        if self._pending is None:
            return
        knot, self._pending = self._pending[:2], None
        gate = self.gate
        if gate is None:
            self._push(*knot)
        elif gate.is_spike(knot, after):
            self._keep_out(gate, knot[0])
            self._set_close(self.last_knot_ns)
            if t_ns > self._close_ns:
                self._close()
        else:
            gate.keep(knot)
            self._push(*knot)
            if self._open == LEAST_KNOTS:
                self._open_cleanly(gate, after)

    def _open_cleanly(self, gate: Gate, after: Knot | None) -> None:
        """The first four knots of a segment: no frame rests on them yet, so one that stands alone can still go."""
        counts = self._count[-LEAST_KNOTS:]
        for place in opening_spikes(counts if after is None else [*counts, after[1]], gate.limit_counts):
            if place < LEAST_KNOTS:
                at = len(self._t) - LEAST_KNOTS + place
                self._keep_out(gate, self._t[at])
                del self._t[at], self._count[at], self._segment[at]
                self._open -= 1
                gate.forget()
                for knot in zip(self._t[-self._open :], self._count[-self._open :], strict=True):
                    gate.keep(knot)

    def _keep_out(self, gate: Gate, sample_ns: int) -> None:
        gate.drop()
        self.gated_ns.append(sample_ns)

    def _release_held(self) -> None:
        for sample_ns, count in self._held:
            if sample_ns > self._close_ns:
                self._close()
            self._push(sample_ns, count)
        self._held = []

    def _close(self) -> None:
        self._pending = None
        self._close_ns = _NEVER_NS
        if not self._open:
            return
        if self._open < LEAST_KNOTS:
            del self._t[-self._open :], self._count[-self._open :], self._segment[-self._open :]
        self._open = 0
        self._segments += 1
        if self.gate is not None:
            self.gate.forget()

    def advance(self, until_ns: int) -> None:
        """Nothing of this cell older than `until_ns` will follow: ends a segment that has waited too long."""
        if until_ns > self._close_ns:
            self._close()
        clock = self.clock
        if isinstance(clock, SampleClock) and not clock.period_ns:
            give_up_ns = clock.give_up_ns
            if give_up_ns is not None and until_ns > give_up_ns:
                self._give_up(clock)
                if until_ns > self._close_ns:
                    self._close()

    def _give_up(self, clock: SampleClock) -> None:
        clock.give_up()
        if clock.period_ns:
            self._release_held()
        else:
            self._held = []

    def decided_ns(self, until_ns: int) -> int:
        """Every time up to and with this one has its final value: nothing that may still arrive can change it."""
        if self._open >= LEAST_KNOTS:
            before_ns, last_ns = self._t[-2], self._t[-1]
            return last_ns if (before_ns // STEP_NS + 1) * STEP_NS >= last_ns else before_ns
        if self._open:
            return self._t[-self._open] - 1
        if self._pending is not None:
            return self._pending[0] - 1
        if self._held:
            return self._held[0][0] - 1
        self._given_up_ns = max(self._given_up_ns, self.clock.earliest_ns(until_ns) - 1)
        return self._given_up_ns

    def finish(self) -> None:
        """Nothing will follow at all: the last knot stands."""
        clock = self.clock
        if isinstance(clock, SampleClock) and not clock.period_ns:
            self._give_up(clock)
        if self._pending is not None:
            self._push(*self._pending[:2])
        self._close()

    def counts_at(self, t_ns: Ints) -> Floats | list[float]:
        """(m,) counts at m times that are decided (only there do they mean anything), NaN where the cell has no value."""
        if len(t_ns) <= FEW or len(self._t) < LEAST_KNOTS:
            return [self._count_at(t) for t in t_ns.tolist()]
        knots = np.array(self._t, np.int64)
        counts = np.array(self._count, np.float64)
        segment = np.array(self._segment, np.int64)
        at = np.searchsorted(knots, t_ns, "right") - 1
        left = np.maximum(at, 0)
        right = np.minimum(left + 1, len(knots) - 1)
        ids = segment[left]
        inside = (at >= 0) & (right > left) & (segment[right] == ids)
        first = np.searchsorted(segment, ids, "left")
        last = np.searchsorted(segment, ids, "right") - LEAST_KNOTS
        base = np.minimum(np.maximum(left - 1, first), last)
        four = np.where(inside, base, 0) + _FOUR
        between = np.where(inside, lagrange(t_ns, knots[four], counts[four]), np.nan)
        return np.where((at >= 0) & (knots[left] == t_ns), counts[left], between)

    def _count_at(self, t_ns: int) -> float:
        """The same at one time without numpy's cost per call: live, a frame or two leave at a time."""
        times, segment = self._t, self._segment
        at = bisect_right(times, t_ns) - 1
        if at < 0:
            return nan
        if times[at] == t_ns:
            return float(self._count[at])
        if at + 1 == len(times) or segment[at] != segment[at + 1]:
            return nan
        own = segment[at]
        base = at - 1 if at and segment[at - 1] == own else at
        if base + 3 >= len(times) or segment[base + 3] != own:
            base = bisect_right(segment, own) - LEAST_KNOTS
        return _lagrange_one(t_ns, times[base : base + LEAST_KNOTS], self._count[base : base + LEAST_KNOTS])

    def forget(self, next_ns: int) -> None:
        """Drop the knots that no time from `next_ns` on can need: all but two before the last one at or before it."""
        old = bisect_right(self._t, next_ns) - 3
        if old > 0:
            del self._t[:old], self._count[:old], self._segment[:old]

    def state(self) -> dict[str, Any]:
        return {
            "clock": self.clock.state(),
            "n": self.n,
            "flagged": {str(bit): n for bit, n in self.flagged.items()},
            "unordered": self.unordered,
            "late": self.late,
            "last_t_ns": self.last_t_ns,
            "first_knot_ns": self.first_knot_ns,
            "last_knot_ns": self.last_knot_ns,
            "t_ns": list(self._t),
            "count": list(self._count),
            "segment": list(self._segment),
            "segments": self._segments,
            "open": self._open,
            "close_ns": self._close_ns,
            "pending": list(self._pending) if self._pending else None,
            "held": [list(knot) for knot in self._held],
            "given_up_ns": self._given_up_ns,
            "gate": self.gate.state() if self.gate else None,
        }

    def restore(self, state: dict[str, Any]) -> None:
        self.clock.restore(state["clock"])
        self.n = state["n"]
        self.flagged = Counter({int(bit): n for bit, n in state["flagged"].items()})
        self.unordered = state["unordered"]
        self.late = state["late"]
        self.last_t_ns = state["last_t_ns"]
        self.first_knot_ns = state["first_knot_ns"]
        self.last_knot_ns = state["last_knot_ns"]
        self._t = list(state["t_ns"])
        self._count = list(state["count"])
        self._segment = list(state["segment"])
        self._segments = state["segments"]
        self._open = state["open"]
        self._close_ns = state["close_ns"]
        pending = state["pending"]
        self._pending = (pending[0], pending[1], pending[2]) if pending else None
        self._held = [(sample_ns, count) for sample_ns, count in state["held"]]
        self._given_up_ns = state["given_up_ns"]
        gate = state.get("gate")  # a recording may be older than the gate
        if self.gate is not None and gate is not None:
            self.gate.restore(gate)


_BITS = tuple(int(bit) for bit in Flag)
_FOUR = np.arange(LEAST_KNOTS)[:, None]


def lagrange(t_ns: Ints, knots_ns: Ints, counts: Floats) -> Floats:
    """The cubic through four knots at each time: t_ns (...), knots_ns and counts (4, ...).

    Elementwise products in one fixed order, so that a value does not depend on how many are computed together. Times less than 100
    days apart are whole numbers that floats hold exactly, and so are their differences.
    """
    a, b, c, d = (np.subtract(t_ns, knots_ns[i]).astype(np.float64) for i in range(LEAST_KNOTS))
    return _cubic(a, b, c, d, counts[0], counts[1], counts[2], counts[3])


def _lagrange_one(t_ns: int, knots_ns: list[int], counts: list[int]) -> float:
    """`lagrange` at one time."""
    k0, k1, k2, k3 = knots_ns
    return _cubic(float(t_ns - k0), float(t_ns - k1), float(t_ns - k2), float(t_ns - k3), *counts)


def _cubic(a: Number, b: Number, c: Number, d: Number, c0: Number, c1: Number, c2: Number, c3: Number) -> Number:
    """a, b, c, d: the time less each knot's. One formula for floats and arrays, so that both agree to the last bit."""
    ab, ac, ad, bc, bd, cd = b - a, c - a, d - a, c - b, d - b, d - c
    value = c0 * (b * c * d / (ab * ac * ad))
    value = value - c1 * (a * c * d / (ab * bc * bd))
    value = value + c2 * (a * b * d / (ac * bc * cd))
    return value - c3 * (a * b * c / (ad * bd * cd))
