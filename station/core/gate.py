"""Keeps a single wrong reading of one cell out of its knots: a word with a bit turned over, cut short, or shifted and not noticed.

A load cell behind the converter's filter (sinc4, -3 dB at 18 Hz) cannot jump in one reading and be back in the next: whatever the
load does, a reading far from rest has a neighbour that moves with it. Of a force impulse as short as one likes the two neighbours show a
quarter at least; at the onset of a push the next reading shows more than the first. So amplitude alone never decides: taps and hops
pass, which move a quarter of body weight in a reading.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Any

GATED = 1 << 15
"""In `Frames.flags`: a reading that belonged here was kept out. The core's own, beside the driver's ten bits."""
LIMIT_KG = 0.04
"""Smallest jump that may be a spike (own): with what the prediction misses in quiet stance, nothing above 50 g stays. 60 g is the figure
for a gate that asks no neighbour; this one asks, and its false alarms are counted in the tests."""
WINDOW = 5
LEAST = 4
"""Knots before a reading, without which nothing is predicted; a segment's first four are looked at together (`opening_spikes`)."""
OPEN = 5.0
"""The limit is at least so many times the recent movement: a neighbour before that shows a fifth lets anything pass."""
BACK = 0.25
"""A reading is confirmed when the next one shows this share of its jump, on the same side: after a neighbour that shows less than a
fifth, a filtered push shows 0.3 at least (four moving means of one period; worked out for an impulse at every phase)."""

Knot = tuple[int, int]
"""Sample time ns, count."""


class Gate:
    """One cell. limit_counts: `LIMIT_KG` in its counts. n: readings kept out since the start."""

    def __init__(self, limit_counts: float) -> None:
        self.limit_counts = limit_counts
        self.n = 0
        self._last: deque[Knot] = deque(maxlen=WINDOW)

    def is_spike(self, knot: Knot, after: Knot | None) -> bool:
        """Whether `knot` jumps away from the line through the last five while `after`, the reading that follows, does not go with it.

        after: None when the next reading is not usable. Then a jump from rest is not believed.
        """
        last = self._last
        if len(last) < LEAST or 4 * abs(knot[1] - 2 * last[-1][1] + last[-2][1]) <= self.limit_counts:
            return False  # it goes on like the last two: most readings end here
        t_ns = last[len(last) // 2][0]
        level, slope = _line(last, t_ns)
        moved = max(abs(count - level - slope * (t - t_ns)) for t, count in last)
        jump = knot[1] - level - slope * (knot[0] - t_ns)
        if abs(jump) <= max(self.limit_counts, OPEN * moved):
            return False
        if after is None:
            return True
        follows = after[1] - level - slope * (after[0] - t_ns)
        return follows < BACK * jump if jump > 0 else follows > BACK * jump

    def keep(self, knot: Knot) -> None:
        """It is a knot now."""
        self._last.append(knot)

    def drop(self) -> None:
        """It was kept out."""
        self.n += 1

    def forget(self) -> None:
        """A gap: nothing before it predicts what follows."""
        self._last.clear()

    def state(self) -> dict[str, Any]:
        return {"n": self.n, "last": [list(knot) for knot in self._last]}

    def restore(self, state: dict[str, Any]) -> None:
        self.n = state["n"]
        self._last = deque([(t_ns, count) for t_ns, count in state["last"]], WINDOW)


def opening_spikes(knots: Sequence[int], limit_counts: float) -> list[int]:
    """Which of a segment's first counts stand alone: places in `knots`, none or one.

    Nothing is known before a gap, so each is held against the others: it must be off their median by the limit, and by five times what
    they spread among themselves, which no filtered load does between two of them. At the very first or last the end of a push may look so.
    A person who moves spreads them, so a jump of up to some 200 g may pass here; two in a million readings did (benchmarks).
    """
    for i, count in enumerate(knots):
        others = sorted((*knots[:i], *knots[i + 1 :]))
        off = abs(count - _middle(others))
        if off > max(limit_counts, OPEN * (others[-1] - others[0])):
            return [i]
    return []


def _line(knots: Sequence[Knot], t_ns: int) -> tuple[float, float]:
    """Level at `t_ns` and slope in counts per ns, both by medians: one wrong knot among them changes neither much."""
    slope = _middle(sorted((b - a) / (t_b - t_a) for (t_a, a), (t_b, b) in zip(list(knots)[:-1], list(knots)[1:], strict=True)))
    return _middle(sorted(count - slope * (t - t_ns) for t, count in knots)), slope


def _middle(ordered: Sequence[float]) -> float:
    n = len(ordered)
    return ordered[n // 2] if n % 2 else (ordered[n // 2 - 1] + ordered[n // 2]) / 2
