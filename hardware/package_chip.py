"""One HX711 read through the package `hx711` of PyPI: looked at often, read when a word is there, reset when it is silent.

Only the package's reading of one word is used, and never when it could wait: see `hardware.hx711_package`. What the package tells
less of than `hardware.converter` (the age of a word, how long SCK was high, which rail) is made up for by looks at the data line
where it can be; the flags and the limits are the same.
"""

from __future__ import annotations

import time
from collections import deque
from typing import Any, Protocol

from hardware.converter import (
    ASSUMED_PERIOD_NS,
    END_MARGIN_NS,
    FAR_COUNTS,
    GOOD_WORDS,
    LEAST_RATE_HZ,
    ONES,
    PATIENCE_PERIODS,
    RAILS,
    RECENT_WORDS,
    REPEATS,
    RETRY_NS,
    SETTLING_WORDS,
    SLOWEST_NS,
    Cause,
    Counters,
    Period,
    Word,
)
from hardware.hx711 import RESET_HIGH_NS
from hardware.pi import CellLine
from station.core.readings import Flag

FRESH_NS = 2_000_000  # a word seen within this after it came tells the chip's period
RESETS_BEFORE_NEW = 3  # in vain: then the package's object and its lines are made anew
RESET_PERIODS = 3.5  # a line high for longer: the chip was reset
SURE_INTERVALS = 100  # so many, and the period that looks tell is right to PERIOD_ERROR
PERIOD_ERROR = 1 / 32
CUT_PERIODS = 1.5  # and for longer than this: it missed a word, and nobody knows how old the next one is
CAUSES = (
    (int(Flag.NOT_RELEASED), Cause.WIRE),
    (int(Flag.SCK_LATE | Flag.LATE_END), Cause.BUSY),
    (int(Flag.RAIL), Cause.RAIL),
    (int(Flag.REPEAT), Cause.FROZEN),
)
"""The gravest first."""


class Clock(Protocol):
    """What time it is, and sleep."""

    def now_ns(self) -> int: ...

    def sleep(self, seconds: float) -> None: ...


class MonotonicClock:
    """The computer's own."""

    def now_ns(self) -> int:
        return time.monotonic_ns()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


class PackageChip:
    """package, gpio: the modules `hx711` and `RPi.GPIO`. No call waits: a look takes microseconds, a word under a millisecond.

    The lines are claimed here, the data line with its pull-up on. What RPi.GPIO raises when it refuses comes through.
    """

    def __init__(self, cell: int, line: CellLine, package: Any, gpio: Any, clock: Clock) -> None:
        self.counters, self.period = Counters(), Period()
        self._cell, self._line, self._gpio, self._clock = cell, line, gpio, clock
        self._make = _careful(package)
        self._hx = self._claim()
        self._high_ns = self._alive_ns = clock.now_ns()  # the line was last seen high; the chip last gave a whole word
        self._rest_ns = 0  # the line is low with what is left of an old word, at most until then
        self._reset_ns = 0  # since when SCK is held high
        self._retry_ns = self._word_ns = 0
        self._resets = 0  # in a row, in vain
        self._settling = SETTLING_WORDS
        self._count, self._same = 0, 0
        self._fresh, self._intervals = False, 0
        self._cause, self._good = Cause.STARTING, 0
        self._reads_ns, self._lates_ns = deque[int](maxlen=RECENT_WORDS), deque[int](maxlen=RECENT_WORDS)

    @property
    def cause(self) -> Cause:
        """Why it gives no good readings: the newest cause, until four good words came in a row. NONE when all is well."""
        if self._cause is Cause.NONE and 0 < self.period.rate_hz < LEAST_RATE_HZ:
            return Cause.SLOW
        return self._cause

    def look(self) -> Word | None:
        """The word that waits, if one does."""
        now_ns = self._clock.now_ns()
        if self._reset_ns:
            if now_ns - self._reset_ns >= RESET_HIGH_NS:
                self._end_reset(now_ns)
            return None
        if not self._hx._ready():
            self._high_ns, self._rest_ns = now_ns, 0
            self._wake(now_ns)
            return None
        return None if now_ns < self._rest_ns else self._read()

    def begin_reset(self) -> None:
        """SCK goes high; a later look lets it fall, so that nobody waits."""
        self._gpio.output(self._line.sck, True)
        self._reset_ns = self._clock.now_ns()

    def count(self) -> Counters:
        """The counters as of now. How long SCK was high the package does not tell: 0."""
        c = self.counters
        c.read_p99_ns, c.late_p99_ns = _p99(self._reads_ns), _p99(self._lates_ns)
        c.rate_hz, c.cause = self.period.rate_hz, self.cause
        return c

    def _claim(self) -> Any:
        hx = self._make(self._line.dout, self._line.sck)
        self._gpio.setup(self._line.dout, self._gpio.IN, pull_up_down=self._gpio.PUD_UP)  # a cut wire then reads "not ready"
        return hx

    def _end_reset(self, now_ns: int) -> None:
        self._gpio.output(self._line.sck, False)
        self._reset_ns, self._alive_ns = 0, now_ns
        self._settling = SETTLING_WORDS

    def _wake(self, now_ns: int) -> None:
        """A silent chip: first its clock line is driven low once more, then it is reset each second, each third time made anew."""
        patience_ns = PATIENCE_PERIODS * (self.period.ns if self.period.known else SLOWEST_NS)
        if now_ns - self._alive_ns < patience_ns or now_ns < self._retry_ns:
            return
        self._blame(Cause.SILENT)
        if not self._retry_ns:
            self._gpio.output(self._line.sck, False)
            self._retry_ns = now_ns + 4 * self.period.ns
            return
        self._retry_ns = now_ns + RETRY_NS
        self._resets += 1
        self.counters.revivals += 1
        if self._resets % RESETS_BEFORE_NEW == 0:
            self._gpio.cleanup([self._line.sck, self._line.dout])
            self._hx = self._claim()
        self.begin_reset()

    def _read(self) -> Word | None:
        hx, t_ns = self._hx, self._clock.now_ns()
        hx.whole = hx.late = False
        count = hx._read(max_tries=1)
        end_ns = self._clock.now_ns()
        if not hx.whole:  # broken off: what is left of this word must not be taken for the next one
            self.counters.sck_late += 1
            self._rest_ns = end_ns + self.period.ns
            self._blame(Cause.BUSY)
            return None
        flag = self._time_flags(t_ns, end_ns) | self._count_flags(count) | (Flag.SCK_LATE if hx.late else 0)
        if hx._ready():
            flag |= Flag.NOT_RELEASED
            self._rest_ns = end_ns + self.period.ns
        else:
            self._high_ns = self._alive_ns = end_ns
            self._retry_ns = self._resets = 0
        self._reads_ns.append(end_ns - t_ns)
        self._count_up(int(flag))
        self._judge(int(flag))
        return Word(self._cell, t_ns, RAILS[0] if count is False else int(count), int(flag))

    def _time_flags(self, t_ns: int, end_ns: int) -> int:
        """What the looks say of the word's age and of what was before it."""
        flag, period_ns, late_ns = int(Flag.TIME_POLLED), self.period.ns, t_ns - self._high_ns
        high_periods = (self._high_ns - self._word_ns) / period_ns if self._word_ns and self.period.known else 0.0
        if end_ns > self._high_ns + self._shortest_ns - END_MARGIN_NS or high_periods > CUT_PERIODS:
            flag |= Flag.LATE_END
        if high_periods > RESET_PERIODS:
            flag |= Flag.RESET
            self._settling = SETTLING_WORDS
        elif self._word_ns and self._fresh and late_ns <= FRESH_NS:
            self.period.interval(t_ns - self._word_ns)
            self._intervals = self._intervals + 1 if self.period.known else 0
        if self._word_ns and round((t_ns - self._word_ns) / period_ns) > 1:
            flag |= Flag.GAP_BEFORE
        if self._settling:
            self._settling -= 1
            flag |= Flag.SETTLING
        self._word_ns, self._fresh = t_ns, late_ns <= FRESH_NS
        self._lates_ns.append(late_ns)
        return flag

    @property
    def _shortest_ns(self) -> int:
        """The next conversion comes no sooner than this after one."""
        if self._intervals < SURE_INTERVALS:
            return ASSUMED_PERIOD_NS
        return round(self.period.ns * (1 - PERIOD_ERROR))

    def _count_flags(self, said: int | bool) -> int:
        """`False` is a rail, for the word was clocked whole (the package does not say which; 0 is a word like any other)."""
        count = RAILS[0] if said is False else int(said)
        flag = Flag.RAIL if said is False else Flag(0)
        if said is not False and count & ONES == ONES and abs(count - self._count) > FAR_COUNTS:
            flag |= Flag.NOT_RELEASED  # the data wire broke inside the word
        self._same = self._same + 1 if count == self._count else 1
        self._count = count
        return int(flag | (Flag.REPEAT if self._same >= REPEATS else 0))

    def _judge(self, flag: int) -> None:
        cause = next((cause for bits, cause in CAUSES if flag & bits), None)
        if cause is not None:
            self._blame(cause)
            return
        if flag & Flag.RESET and self._cause is Cause.NONE:
            self._blame(Cause.ASLEEP)
        self._good = 0 if flag & Flag.SETTLING else self._good + 1
        if self._good >= GOOD_WORDS:
            self._cause = Cause.NONE

    def _blame(self, cause: Cause) -> None:
        self._cause, self._good = cause, 0

    def _count_up(self, flag: int) -> None:
        c = self.counters
        c.words += 1
        c.polled += 1
        c.sck_late += bool(flag & Flag.SCK_LATE)
        c.not_released += bool(flag & Flag.NOT_RELEASED)
        c.late_end += bool(flag & Flag.LATE_END)
        c.gaps += bool(flag & Flag.GAP_BEFORE)
        c.resets += bool(flag & Flag.RESET)


def _careful(package: Any) -> Any:
    """The package's class without what waits: no half second after a setting, no row of words after a late pulse.

    whole: all 24 bits were clocked; late: SCK was high too long at the pulse after them (the chip is reset, the word is good).
    """

    class Careful(package.HX711):  # type: ignore[misc]  # the package has no types
        whole = late = False

        def get_raw_data(self, times: int = 5) -> list[int]:
            self.late = True
            return []

        def _apply_setting(self) -> bool:
            return True  # gain 128 of channel A is set by the 25 pulses of the first word

        def _set_channel_gain(self, num: int) -> bool:
            self.whole = True
            return bool(super()._set_channel_gain(num))

    return Careful


def _p99(times_ns: deque[int]) -> int:
    return sorted(times_ns)[int(0.99 * (len(times_ns) - 1))] if times_ns else 0
