"""What one cell says of itself: its last third of a second, and what was wrong with its words in the last five seconds.

This runs for every reading: plain floats and integers, as arithmetic on an enum is ten times slower.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from station.core.geometry import GRAVITY_M_S2
from station.core.readings import USABLE, Flag

S = 1_000_000_000
SILENT_NS = 150_000_000  # and at least three periods of the cell
FIRST_WORD_NS = 800_000_000  # a chip in slow mode needs 400 ms for its first word, a driver 750 ms to find a shorted line
RECENT_NS = 300_000_000
NEGATIVE_NS = S
SHARE_S = 5  # shares of doubtful words are those of the last five seconds
FRESH_NS = 2 * S  # and only while the last of them is no older than this
LEAST_RATE_HZ = 60.0
NOISE_ROWS = 16
NEGATIVE_N = -2.0 * GRAVITY_M_S2
WARN_LOAD, OVERLOAD = 1.0, 1.2  # of a cell's rating
BUSY_SHARE, TORN_SHARE, MISSED_SHARE, LEAST_BAD = 0.01, 0.005, 0.05, 3
LATE, TORN, GAP = int(Flag.SCK_LATE), int(Flag.LATE_END), int(Flag.GAP_BEFORE)
CUT, RESET, SETTLING = int(Flag.NOT_RELEASED), int(Flag.RESET), int(Flag.SETTLING)
RAIL, REPEAT, POLLED, BAD = int(Flag.RAIL), int(Flag.REPEAT), int(Flag.TIME_POLLED), 0xFFFF & ~int(USABLE)


@dataclass(slots=True)
class Counts:
    """Words of one cell since the watch began: all, clocked late, torn, conversions missed before them, single spikes."""

    words: int = 0
    late: int = 0
    torn: int = 0
    missed: int = 0
    spikes: int = 0


class CellWatch:
    """Fed with every reading of one cell, in newtons above the zero in force.

    has_rate: a converter that runs free can run too slow. `spike_n`: a jump and back of more than this is a spike (0: not looked for).
    """

    def __init__(self, has_rate: bool) -> None:
        self.counts = Counts()
        self.spike_n = 0.0
        self.spike_ns = -S  # when the last one was
        self._has_rate = has_rate
        self._rows: deque[tuple[int, int]] = deque(maxlen=24)
        self._good: deque[float] = deque(maxlen=24)
        self._heard_ns: int | None = None
        self._above_ns: int | None = None  # last time it was not below zero
        self._first_ns = 0
        self._bad: dict[str, deque[int]] = {"busy": deque(maxlen=512), "torn": deque(maxlen=512), "missed": deque(maxlen=512)}

    def add(self, t_ns: int, force_n: float, flag: int) -> None:
        self._rows.append((t_ns, flag))
        self.counts.words += 1
        if self._heard_ns is None:
            self._heard_ns = self._above_ns = self._first_ns = t_ns
        elif t_ns > self._heard_ns:
            self._heard_ns = t_ns
        if flag:
            self._flagged(t_ns, flag)
            if flag & BAD:
                return
        if force_n >= NEGATIVE_N:
            self._above_ns = t_ns
        good = self._good
        if self.spike_n and len(good) > 1:
            before, last = good[-2], good[-1]
            back = abs(force_n - before) < self.spike_n / 2
            if back and abs(2 * last - before - force_n) > 2 * self.spike_n:
                self.spike_ns = t_ns
        good.append(force_n)

    def _flagged(self, t_ns: int, flag: int) -> None:
        """Words of a cut wire and of a chip that was reset are no sign of a busy computer."""
        if flag & CUT:
            before = self._rows[-2][1] if len(self._rows) > 1 else 0
            if not before & CUT:
                self.counts.torn += 1
                self._bad["torn"].append(t_ns)
            return
        if flag & LATE:
            self.counts.late += 1
            self._bad["busy"].append(t_ns)
        if flag & TORN:
            self.counts.torn += 1
            self._bad["torn"].append(t_ns)
        if flag & GAP and not flag & RESET:
            self.counts.missed += 1
            self._bad["missed"].append(t_ns)

    def broken(self, now_ns: int, began_ns: int) -> str | None:
        """A fault of the cell, its wires or its chip."""
        if self._heard_ns is None:
            return "silent" if now_ns - began_ns > FIRST_WORD_NS else None
        if now_ns - self._heard_ns > max(SILENT_NS, 3 * self._interval_ns()):
            return "silent"
        flags = [flag for t_ns, flag in self._rows if flag and t_ns > now_ns - RECENT_NS]
        if not flags:
            return None
        last = [flag for _, flag in self._rows][-3:]
        if len(last) == 3 and all(flag & CUT for flag in last):
            return "wire"
        if last[-1] & SETTLING and any(flag & RESET for flag in flags):
            return "asleep"
        if len(last) == 3 and all(flag & RAIL for flag in last):
            return "rail"
        return "frozen" if last[-1] & REPEAT else None

    def unheard(self, now_ns: int) -> bool:
        """For so long that, if another cell is silent, both have one cause."""
        return self._heard_ns is None or now_ns - self._heard_ns > SILENT_NS // 2

    def slow(self) -> bool:
        return self._has_rate and self._interval_ns() > 1e9 / LEAST_RATE_HZ

    def below_zero(self, now_ns: int) -> bool:
        """For a second."""
        return self._above_ns is not None and now_ns - self._above_ns > NEGATIVE_NS

    def shares(self, now_ns: int) -> list[str]:
        """Kinds of doubtful words of which there were too many: busy, torn, missed."""
        found = []
        for kind, share in (("busy", BUSY_SHARE), ("torn", TORN_SHARE), ("missed", MISSED_SHARE)):
            times = self._bad[kind]
            while times and times[0] < now_ns - SHARE_S * S:
                times.popleft()
            if len(times) >= LEAST_BAD and times[-1] > now_ns - FRESH_NS and len(times) > share * self._words_seen(now_ns):
                found.append(kind)
        return found

    def _words_seen(self, now_ns: int) -> float:
        """About how many conversions the last five seconds had; a watch that began later has seen no fewer than those of two."""
        seconds = min(max((now_ns - self._first_ns) / S, 2.0), float(SHARE_S))
        return seconds * S / (self._interval_ns() or S / 80)

    def load_n(self) -> float | None:
        """Median of the last eight good readings; None with fewer."""
        return median(list(self._good)[-8:]) if len(self._good) >= 8 else None

    def rise_n(self) -> float:
        """How much more it carries now than a quarter of a second ago."""
        good = list(self._good)
        return median(good[-3:]) - median(good[:3]) if len(good) >= 16 else 0.0

    def noise_n(self) -> float:
        """SD of what jumps up and down from reading to reading, in N; 0 for movement, however strong.

        Noise changes its direction at two of three readings, a moving person does not: a body is slower than 80 Hz.
        """
        force_n = list(self._good)[-NOISE_ROWS:]
        if len(force_n) < NOISE_ROWS:
            return 0.0
        steps = [b - a for a, b in pairwise(force_n)]
        turns = sum(a * b < 0 for a, b in pairwise(steps))
        if turns < 0.4 * (len(steps) - 1):
            return 0.0
        return median([abs(b - a) for a, b in pairwise(steps)]) / 1.65  # the median of |second difference| of white noise is 1.65 SD

    def _interval_ns(self) -> float:
        """Median interval of the words that came on an edge, of all words where none does; 0 while fewer than three are known.

        A missed conversion is no interval.
        """
        rows = ([row for row in self._rows if not row[1] & POLLED] or list(self._rows))[-8:]
        steps = [b - a for (a, _), (b, flag) in pairwise(rows) if not flag & GAP]
        return median(steps) if len(steps) >= 3 else 0.0
