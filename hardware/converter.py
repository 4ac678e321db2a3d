"""Reading one HX711: when its word may be taken, how, and what is wrong with it.

The rules: the age of the word decides whether a read may start, its clock
pulses and its end decide whether it can be trusted. Nothing is filtered or dropped: a doubtful word leaves with its flags.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import StrEnum
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from hardware.pi import CellLine, cell_words
from station.core.readings import Flag
from station.words import Words, say

if TYPE_CHECKING:
    from hardware.pins import Pins

SCK_HIGH_LIMIT_NS = 50_000  # datasheet T3: longer may power the chip down (above 60 us it does)
MARGIN_NS = 200_000  # of the age guard
END_MARGIN_NS = 100_000  # DOUT is high, and reads as ones, for 75 us before the next conversion
ASSUMED_PERIOD_NS = 9_000_000  # until three intervals are known; shorter than any chip on its internal oscillator
SETTLING_WORDS = 4
REPEATS = 8  # noise is 20 counts rms and more: a living chip never says the same eight times
RAILS = (0x7FFFFF, -0x800000)
POLL_NS = 2_000_000  # a line without edges is looked at this often; a line that stays low, every LOW_POLL_NS
LOW_POLL_NS = 50_000_000
RETRY_NS, LONGEST_RETRY_NS = 1_000_000_000, 30_000_000_000  # resets of a dead chip: after 1 s, then 2, 4, ... 30; 1 again once it lived
GOOD_WORDS = 4  # so many in a row, and what was wrong is over
LEAST_RATE_HZ = 60.0  # below it the chip is in slow mode, or broken
PATIENCE_PERIODS = 6  # a reset chip is silent for up to five
ONES = 0xFFF  # a cut data wire reads ones: twelve of them at the end of a word, and it is far from the word before
FAR_COUNTS = ONES >> 1  # what a cut that leaves fewer ones can change at most: 48 g on a 100 kg cell
OFF_RHYTHM = 64  # an edge after missed ones that is off by more than 1/64 of a period is a wire that made contact, not a conversion
RECENT_WORDS = 128  # 1.6 s
SLOWEST_NS = 100_000_000  # period of a chip in slow mode: until it is known, patience is for that


class Word(NamedTuple):
    """A row of Readings."""

    cell: int
    t_ns: int
    code: int
    flag: int


class Cause(StrEnum):
    """Why a cell gives no good readings. The words are those of `hardware.faults` where it knows the fault too."""

    NONE = ""
    STARTING = "starting"  # settling after the start
    SILENT = "silent"  # no data-ready edge and the data line high
    WIRE = "wire"  # the data line stays low, or bits are shifted
    ASLEEP = "asleep"  # the chip was reset and settles
    BUSY = "busy"  # clocked or ended too late
    RAIL = "rail"
    FROZEN = "frozen"
    SLOW = "slow"  # words are good, but fewer than 60 a second


@dataclass(slots=True)
class Counters:
    """What happened at one cell, for the health page, once a second.

    Numbers since the start: words, skipped_old (left by the age guard), sck_late, not_released, late_end (the last two: torn or
    shifted), resets (silences of four conversions), revivals (resets that we made), gaps, polled (words without an edge)
    worst_high_ns: longest time SCK may have been high since the start
    Of the last 128 words: read_p99_ns, high_ns (longest), late_p99_ns (from the edge to the first look)
    rate_hz: measured, 0 while unknown; cause: of `Cause`, stays until four good words came
    """

    words: int = 0
    skipped_old: int = 0
    sck_late: int = 0
    not_released: int = 0
    late_end: int = 0
    resets: int = 0
    gaps: int = 0
    polled: int = 0
    revivals: int = 0
    worst_high_ns: int = 0
    read_p99_ns: int = 0
    high_ns: int = 0
    late_p99_ns: int = 0
    rate_hz: float = 0.0
    cause: str = Cause.STARTING


class Period:
    """A chip's own period, from its data-ready edges (ns): median of the first 20 intervals, then followed slowly."""

    def __init__(self) -> None:
        self._forget()

    @property
    def known(self) -> bool:
        return len(self._first) >= 3

    @property
    def rate_hz(self) -> float:
        """Conversions a second, 0 while not known."""
        return 1e9 / self.ns if self.known else 0.0

    def fits(self, dt_ns: int) -> bool:
        """A whole number of periods, as two edges of one chip that was not reset are apart."""
        return not self.known or abs(dt_ns - round(dt_ns / self.ns) * self.ns) <= self.ns // OFF_RHYTHM

    def interval(self, dt_ns: int) -> None:
        if len(self._first) < 20:
            self._first.append(dt_ns)
            if self.known:
                self.ns = int(median(self._first))
        elif abs(dt_ns - self.ns) < self.ns // 4:
            self.ns += (dt_ns - self.ns) // 64
            self._odd = 0
        elif abs(dt_ns - round(dt_ns / self.ns) * self.ns) > self.ns // 4 or dt_ns > 3 * self.ns:
            self._odd += 1
            if self._odd >= 3:  # another rate, not a missed edge
                self._forget()

    def _forget(self) -> None:
        self._first: list[int] = []
        self._odd = 0
        self.ns = ASSUMED_PERIOD_NS


class Converter:
    """One chip on its two lines. The board tells it edges and asks it to read; it never waits."""

    def __init__(self, cell: int, line: CellLine, now_ns: int, *, age_guard: bool = True) -> None:
        self.cell, self.line, self.age_guard = cell, line, age_guard
        self.counters = Counters()
        self.period = Period()
        self.ready_ns = 0  # edge of a word that waits to be read, 0 when none does
        self._edge_ns = 0
        self._word_ns = 0
        self._read_end_ns = now_ns
        self._alive_ns = now_ns
        self._retry_ns = 0
        self._retry_wait_ns = RETRY_NS
        self._look_ns = 0
        self._high_ns = 0  # last time the line was seen high while it was polled
        self._seen_low = False
        self._settling = SETTLING_WORDS
        self._reset_seen = False
        self._odd_edge = False
        self._count, self._same = 0, 0
        self._cause, self._good = Cause.STARTING, 0
        self._reads_ns, self._highs_ns, self._lates_ns = (deque[int](maxlen=RECENT_WORDS) for _ in range(3))

    @property
    def cause(self) -> Cause:
        """Why it gives no good readings: the newest cause, until four good words came in a row. NONE when all is well."""
        if self._cause is Cause.NONE and 0 < self.period.rate_hz < LEAST_RATE_HZ:
            return Cause.SLOW
        return self._cause

    def edge(self, t_ns: int) -> None:
        """A falling edge; those that our own clocking made are not news."""
        if t_ns <= self._read_end_ns:
            return
        if self._edge_ns:
            dt_ns = t_ns - self._edge_ns
            if self.period.known and dt_ns > 3.5 * self.period.ns:
                self._reset_seen = True
                self._settling = SETTLING_WORDS
                self.counters.resets += 1
            self._odd_edge = 2 * dt_ns > 3 * self.period.ns and not self.period.fits(dt_ns)
            self.period.interval(dt_ns)
        self._edge_ns = self._alive_ns = self.ready_ns = t_ns
        self._retry_ns = self._look_ns = 0
        self._retry_wait_ns = RETRY_NS
        self._seen_low = False

    def take(self, pins: Pins) -> Word | None:
        """The word whose edge was heard; None when it is too old to be read safely, or not there."""
        ready_ns, self.ready_ns = self.ready_ns, 0
        room_ns = self.period.ns - self.counters.read_p99_ns - MARGIN_NS
        late_ns = pins.now_ns() - ready_ns
        self._lates_ns.append(late_ns)
        if self.age_guard and late_ns > room_ns:
            self.counters.skipped_old += 1
            return None
        if pins.read(self.line.dout):
            return None
        return self._read(pins, ready_ns, ready_ns, 0)

    def tend(self, pins: Pins) -> tuple[Word | None, bool]:
        """Looks after a chip that gives no edges: (word read without one, whether the chip should be woken by a reset)."""
        now_ns = pins.now_ns()
        if now_ns - self._alive_ns < self._patience_ns or now_ns < self._look_ns:
            return None, False
        self._look_ns = now_ns + POLL_NS
        if pins.read(self.line.dout):
            self._high_ns, self._seen_low = now_ns, False
            self._blame(Cause.SILENT)
            return None, self._wants_reset(pins, now_ns)
        if not self._seen_low:  # its edge may be on the way: a second look decides
            self._seen_low = True
            return None, False
        return self._poll(pins), False

    @property
    def silent(self) -> bool:
        """It is being polled."""
        return self._look_ns > 0

    def was_reset(self, now_ns: int) -> None:
        """SCK was held high long enough: four conversions follow without a word."""
        self.counters.revivals += 1
        self._read_end_ns = self._alive_ns = now_ns
        self._settling = SETTLING_WORDS

    @property
    def _patience_ns(self) -> int:
        return PATIENCE_PERIODS * (self.period.ns if self.period.known else SLOWEST_NS)

    def _wants_reset(self, pins: Pins, now_ns: int) -> bool:
        """First the clock line is driven low once more, for a chip that was sent to sleep; then resets, each time after twice as long."""
        if not self._retry_ns:
            pins.write(self.line.sck, False)
            self._retry_ns = self._alive_ns + max(self._retry_wait_ns, self._patience_ns + 4 * self.period.ns)
            return False
        if now_ns < self._retry_ns:
            return False
        self._retry_wait_ns = min(2 * self._retry_wait_ns, LONGEST_RETRY_NS)
        self._retry_ns = now_ns + self._retry_wait_ns
        return True

    def _poll(self, pins: Pins) -> Word:
        """A word without an edge: its age is known only as far back as the line was last seen high."""
        now_ns, before_ns = pins.now_ns(), self._word_ns
        word = self._read(pins, now_ns, self._high_ns, Flag.TIME_POLLED)
        self.counters.polled += 1
        self._look_ns = self._read_end_ns + (LOW_POLL_NS if word.flag & Flag.NOT_RELEASED else POLL_NS)
        if not word.flag & Flag.NOT_RELEASED:
            self._high_ns, self._seen_low = self._read_end_ns, False
            self._retry_ns, self._retry_wait_ns = self._read_end_ns + RETRY_NS, RETRY_NS
            if before_ns and not self._edge_ns:
                self.period.interval(now_ns - before_ns)
        return word

    def _read(self, pins: Pins, t_ns: int, born_ns: int, flag: int) -> Word:
        begin_ns = pins.now_ns()
        code, high_ns, released = clock_word(pins, self.line)
        end_ns = self._read_end_ns = pins.now_ns()
        self._time(end_ns - begin_ns, high_ns)
        count = code - (1 << 24) if code & 0x800000 else code
        if self.age_guard and (self._odd_edge or end_ns > born_ns + self.period.ns - END_MARGIN_NS):
            flag |= Flag.LATE_END  # also when nobody knows how old it was
        self._odd_edge = False
        flag |= self._word_flags(count, high_ns, released) | self._history_flags(t_ns)
        self._count_up(flag, high_ns)
        self._judge(flag)
        return Word(self.cell, t_ns, count, int(flag))

    def _word_flags(self, count: int, high_ns: int, released: bool) -> int:
        flag = 0
        if high_ns >= SCK_HIGH_LIMIT_NS:
            flag |= Flag.SCK_LATE
        if count in RAILS:
            flag |= Flag.RAIL
        elif count & ONES == ONES and abs(count - self._count) > FAR_COUNTS:
            flag |= Flag.NOT_RELEASED
        if not released:
            flag |= Flag.NOT_RELEASED
        if flag & (Flag.SCK_LATE | Flag.NOT_RELEASED):  # not the chip's word: it neither repeats nor breaks a row of repeats
            return flag
        self._same = self._same + 1 if count == self._count else 1
        self._count = count
        return flag | (Flag.REPEAT if self._same >= REPEATS else 0)

    def _history_flags(self, t_ns: int) -> int:
        flag = 0
        if self._word_ns and round((t_ns - self._word_ns) / self.period.ns) > 1:
            flag |= Flag.GAP_BEFORE
        self._word_ns = t_ns
        if self._reset_seen:
            flag |= Flag.RESET
            self._reset_seen = False
        if self._settling:
            self._settling -= 1
            flag |= Flag.SETTLING
        return flag

    def _judge(self, flag: int) -> None:
        """Whose fault it is. A reset and its settling that follow from something else are still that."""
        for bits, cause in _CAUSES:
            if flag & bits:
                self._blame(cause)
                return
        if flag & Flag.RESET and self._cause is Cause.NONE:
            self._blame(Cause.ASLEEP)
        if flag & Flag.SETTLING:
            self._good = 0
            return
        self._good += 1
        if self._good >= GOOD_WORDS:
            self._cause = Cause.NONE

    def _blame(self, cause: Cause) -> None:
        self._cause, self._good = cause, 0

    def _count_up(self, flag: int, high_ns: int) -> None:
        c = self.counters
        c.words += 1
        c.worst_high_ns = max(c.worst_high_ns, high_ns)
        if flag:
            c.sck_late += bool(flag & Flag.SCK_LATE)
            c.not_released += bool(flag & Flag.NOT_RELEASED)
            c.late_end += bool(flag & Flag.LATE_END)
            c.gaps += bool(flag & Flag.GAP_BEFORE)

    def _time(self, read_ns: int, high_ns: int) -> None:
        self._reads_ns.append(read_ns)
        self._highs_ns.append(high_ns)
        if self.counters.words % 16 < 2:
            self.counters.read_p99_ns = _p99(self._reads_ns)

    def count(self) -> Counters:
        """The counters as of now."""
        c = self.counters
        c.high_ns, c.late_p99_ns = max(self._highs_ns, default=0), _p99(self._lates_ns)
        c.rate_hz, c.cause = self.period.rate_hz, self.cause
        return c


_CAUSES: tuple[tuple[int, Cause], ...] = (
    (int(Flag.NOT_RELEASED), Cause.WIRE),
    (int(Flag.SCK_LATE | Flag.LATE_END), Cause.BUSY),
    (int(Flag.RAIL), Cause.RAIL),
    (int(Flag.REPEAT), Cause.FROZEN),
)
"""The gravest first."""


def cause_words(cause: Cause, cell: int) -> Words:
    """The cause in a sentence that names the corner."""
    if cause in (Cause.STARTING, Cause.BUSY):
        return say(f"driver.cause.{cause}", cell=cell_words(cell))
    return say(f"hardware.fault.{cause}", cell=cell_words(cell))


def _p99(times_ns: deque[int]) -> int:
    return sorted(times_ns)[int(0.99 * (len(times_ns) - 1))] if times_ns else 0


def clock_word(pins: Pins, line: CellLine) -> tuple[int, int, bool]:
    """25 pulses (channel A, gain 128 next): 24 bits as they came, longest time SCK may have been high, DOUT released at the end.

    The high time is an upper bound, measured outside both writes. DOUT is read after SCK fell, when it is long valid.
    """
    write, read, now = pins.write, pins.read, pins.now_ns
    sck, dout = line.sck, line.dout
    code = longest_ns = 0
    for _ in range(24):
        begin_ns = now()
        write(sck, True)
        write(sck, False)
        high_ns = now() - begin_ns
        if high_ns > longest_ns:
            longest_ns = high_ns
        code = code << 1 | read(dout)
    begin_ns = now()
    write(sck, True)
    write(sck, False)
    longest_ns = max(longest_ns, now() - begin_ns)
    return code, longest_ns, read(dout)
