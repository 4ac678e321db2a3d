"""Four HX711s read through the package `hx711` of PyPI: a second way, for those who know and trust that package.

The package reads one chip and was not made for four: it waits without a limit for a broken wire, sleeps 10 ms between two looks,
returns the zeros of a shorted wire as good, and knows neither time nor age of a word. Here only its reading of one word is used,
never when it could wait. What stays worse than `hardware.hx711`, which is therefore the first choice:

- the time of a word is that of the look (late by a millisecond, more on a busy computer): good for standing, not for taps and hops;
- its age is known from the looks alone: on a busy computer words are torn or missed, and not every torn one is caught;
- a word that the package breaks off leaves nothing to record, only a gap; of a word at the rail it does not say at which.

Never run on a real Raspberry Pi or HX711 so far: tried on the chip model, the package as it is on a stand-in for RPi.GPIO.
"""

from __future__ import annotations

import logging
import os
import time
from collections import deque
from typing import Any, Protocol

from hardware.converter import (
    END_MARGIN_NS,
    PATIENCE_PERIODS,
    RAILS,
    REPEATS,
    RETRY_NS,
    SETTLING_WORDS,
    SLOWEST_NS,
    Counters,
    Period,
    Word,
)
from hardware.hx711 import BLOCK_NS, RESET_HIGH_NS, SLOW_CLOCK_NS, TEST_PULSES, ClockTooSlow, NotAPi
from hardware.pi import CELL_LINES, CellLine, find_gpiochip, line_owner
from station.core.geometry import Geometry
from station.core.readings import Edge, Flag, Readings, Timing
from station.errors import BoardError
from station.words import Words, say

LOOK_S = 0.001  # between two looks at all lines
FRESH_NS = 3_000_000  # a word seen within this after it came says when the next one will
RESETS_BEFORE_NEW = 3  # in vain: then the package's object and its lines are made anew
AGE_LIMIT = 3.5  # periods of a line seen high: more than any conversion takes, so the chip was reset


def limits() -> Words:
    """What a person must know who reads the board this way."""
    return say("package.limits")


class PackageFailed(BoardError):
    """The package, or RPi.GPIO under it, is not there or does not get the lines."""

    def __init__(self, reason: str) -> None:
        super().__init__(say("package.failed", reason=reason), say("package.failed.do"))


class Clock(Protocol):
    """What time it is, and sleep."""

    def now_ns(self) -> int: ...

    def sleep(self, seconds: float) -> None: ...


class MonotonicClock:
    def now_ns(self) -> int:
        return time.monotonic_ns()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


class Hx711PackageBoard:
    """The real board through the package. Its eight lines are its own from here on (`close` frees them).

    timing: the stamp is a look at the data-ready edge of a chip that runs free, so the core's loop may smooth what the looks jitter.
    A broken chip never holds up the others: a look at a line takes microseconds, a word under a millisecond, a reset nothing.
    Raises PackageFailed, and ClockTooSlow for a computer whose pulses the package would reject.
    """

    name = "hx711-package"
    demo = False
    timing: Timing = Edge(delay_periods=2)

    def __init__(
        self, geometry: Geometry | None = None, *, lines: tuple[CellLine, ...] = CELL_LINES, clock: Clock | None = None
    ) -> None:
        self.geometry = geometry or Geometry()
        self._clock = clock or MonotonicClock()
        package, self._gpio = _load()
        self._lines = [number for line in lines for number in (line.sck, line.dout)]
        try:
            self._chips = tuple(_Chip(cell, line, package, self._gpio, self._clock) for cell, line in enumerate(lines))
        except _claim_errors() as failure:
            raise PackageFailed(str(failure)) from failure
        self.sck_high_p99_ns = self._try_speed()
        for chip in self._chips:
            chip.begin_reset()
        self._clock.sleep(RESET_HIGH_NS / 1e9)

    def read(self, timeout_s: float) -> Readings:
        """About one word of each chip, or what came within `timeout_s` (at most 50 ms); `until_ns` moves each time."""
        end_ns = self._clock.now_ns() + min(round(timeout_s * 1e9), BLOCK_NS)
        words = self._look()
        while len(words) < len(self._chips) and self._clock.now_ns() < end_ns:
            self._clock.sleep(LOOK_S)
            words += self._look()
        until_ns = self._clock.now_ns()  # a word to come will carry the time of a look to come
        if not words:
            return Readings.none(until_ns)
        cell, t_ns, count, flag = zip(*words, strict=True)
        return Readings.of(cell, t_ns, count, flag, until_ns)

    @property
    def counters(self) -> tuple[Counters, ...]:
        """What happened at each cell since the start. How long SCK was high the package does not tell: `worst_high_ns` stays 0."""
        return tuple(chip.counters for chip in self._chips)

    @property
    def rates_hz(self) -> tuple[float, ...]:
        """Measured conversions per second of each chip; 0 while it is not known."""
        return tuple(1e9 / chip.period.ns if chip.period.known else 0.0 for chip in self._chips)

    def close(self) -> None:
        """Frees the lines. May be called twice."""
        if self._lines:
            self._gpio.cleanup(self._lines)
            self._lines = []

    def _look(self) -> list[Word]:
        return [word for chip in self._chips if (word := chip.look()) is not None]

    def _try_speed(self) -> int:
        """How long SCK stays high, 99th percentile in ns. The pulses disturb the chips: a reset must follow."""
        gpio, now_ns, highs = self._gpio, self._clock.now_ns, []
        for n in range(TEST_PULSES):
            sck = self._lines[2 * n % len(self._lines)]
            begin_ns = now_ns()
            gpio.output(sck, True)
            gpio.output(sck, False)
            highs.append(now_ns() - begin_ns)
        p99_ns = sorted(highs)[int(0.99 * TEST_PULSES) - 1]
        if p99_ns > SLOW_CLOCK_NS:
            self.close()
            raise ClockTooSlow(p99_ns)
        return p99_ns


class _Chip:
    """One chip: looked at often, read when a word is there, reset when it is silent. No call here waits."""

    def __init__(self, cell: int, line: CellLine, package: Any, gpio: Any, clock: Clock) -> None:
        self.counters, self.period = Counters(), Period()
        self._cell, self._line, self._gpio, self._clock = cell, line, gpio, clock
        self._package_class = _careful(package)
        self._hx = self._make()
        self._high_ns = self._alive_ns = clock.now_ns()  # the line was last seen high; the chip last gave a word
        self._rest_ns = 0  # the line is low with what is left of an old word, at most until then
        self._reset_ns = self._retry_ns = self._word_ns = 0
        self._resets = 0  # in a row, in vain
        self._settling = SETTLING_WORDS
        self._count, self._same = 0, 0
        self._fresh = False
        self._reads_ns: deque[int] = deque(maxlen=128)

    def look(self) -> Word | None:
        """The word that waits, if one does."""
        now_ns = self._clock.now_ns()
        if self._reset_ns:
            if now_ns - self._reset_ns >= RESET_HIGH_NS:
                self._end_reset()
            return None
        if not self._hx._ready():
            self._high_ns, self._rest_ns = now_ns, 0
            self._wake(now_ns)
            return None
        return None if now_ns < self._rest_ns else self._read(now_ns)

    def begin_reset(self) -> None:
        """SCK goes high; a later look lets it fall, so nobody waits."""
        self._gpio.output(self._line.sck, True)
        self._reset_ns = self._clock.now_ns()

    def _end_reset(self) -> None:
        self._gpio.output(self._line.sck, False)
        self._reset_ns = 0
        self._alive_ns = self._clock.now_ns()
        self._settling = SETTLING_WORDS

    def _wake(self, now_ns: int) -> None:
        """A silent chip: first its clock line is driven low once more, then it is reset each second, and each third time made anew."""
        if now_ns - self._alive_ns < PATIENCE_PERIODS * (self.period.ns if self.period.known else SLOWEST_NS) or now_ns < self._retry_ns:
            return
        if not self._retry_ns:
            self._gpio.output(self._line.sck, False)
            self._retry_ns = now_ns + 4 * self.period.ns
            return
        self._retry_ns = now_ns + RETRY_NS
        self._resets += 1
        self.counters.revivals += 1
        if self._resets % RESETS_BEFORE_NEW == 0:
            self._gpio.cleanup([self._line.sck, self._line.dout])
            self._hx = self._make()
        self.begin_reset()

    def _make(self) -> Any:
        hx = self._package_class(self._line.dout, self._line.sck)
        self._gpio.setup(self._line.dout, self._gpio.IN, pull_up_down=self._gpio.PUD_UP)  # a cut wire then reads "not ready"
        return hx

    def _read(self, t_ns: int) -> Word | None:
        hx = self._hx
        hx.whole = hx.late = False
        count = hx._read(max_tries=1)
        end_ns = self._clock.now_ns()
        if not hx.whole:  # broken off: what is left of the word must not be taken for the next one
            self.counters.sck_late += 1
            self._rest_ns = end_ns + self.period.ns
            return None
        flag = int(Flag.TIME_POLLED)
        if end_ns > self._high_ns + self.period.ns - END_MARGIN_NS:
            flag |= Flag.LATE_END
        flag |= self._history_flags(t_ns)
        if hx._ready():
            flag |= Flag.NOT_RELEASED
            self._rest_ns = end_ns + self.period.ns
        else:
            self._high_ns = self._alive_ns = end_ns
            self._retry_ns = self._resets = 0
        if hx.late:
            flag |= Flag.SCK_LATE
        word = Word(self._cell, t_ns, RAILS[0] if count is False else int(count), int(flag) | self._count_flags(count))
        self._count_up(word.flag, end_ns - t_ns)
        return word

    def _history_flags(self, t_ns: int) -> int:
        """What the times say; the line has just been seen low for the first time since `_high_ns`."""
        flag, fresh = 0, t_ns - self._high_ns <= FRESH_NS
        if self._word_ns:
            if self.period.known and self._high_ns - self._word_ns > AGE_LIMIT * self.period.ns:
                flag |= Flag.RESET
                self._settling = SETTLING_WORDS
            elif fresh and self._fresh:
                self.period.interval(t_ns - self._word_ns)
            if round((t_ns - self._word_ns) / self.period.ns) > 1:
                flag |= Flag.GAP_BEFORE
        self._word_ns, self._fresh = t_ns, fresh
        if self._settling:
            self._settling -= 1
            flag |= Flag.SETTLING
        return flag

    def _count_flags(self, count: int | bool) -> int:
        """`False` is a rail: the package gives it for a word that was clocked whole; 0 is a word."""
        self._same = self._same + 1 if count is self._count or (count == self._count and count is not False) else 1
        self._count = count
        return (Flag.RAIL if count is False else 0) | (Flag.REPEAT if self._same >= REPEATS else 0)

    def _count_up(self, flag: int, read_ns: int) -> None:
        c = self.counters
        c.words += 1
        c.polled += 1
        c.sck_late += bool(flag & Flag.SCK_LATE)
        c.not_released += bool(flag & Flag.NOT_RELEASED)
        c.late_end += bool(flag & Flag.LATE_END)
        c.gaps += bool(flag & Flag.GAP_BEFORE)
        c.resets += bool(flag & Flag.RESET)
        self._reads_ns.append(read_ns)
        if c.words % 16 < 2:
            c.read_p99_ns = sorted(self._reads_ns)[int(0.99 * (len(self._reads_ns) - 1))]


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


def _load() -> tuple[Any, Any]:
    """The package and the RPi.GPIO under it, imported here alone: off a Pi both may fail to import. Raises PackageFailed."""
    root = logging.getLogger()
    if not root.handlers:  # the package logs at every look, and would install a handler of its own
        root.addHandler(logging.NullHandler())
    try:
        import hx711
        from RPi import GPIO
    except (ImportError, RuntimeError) as failure:
        raise PackageFailed(str(failure)) from failure
    return hx711, GPIO


def _claim_errors() -> tuple[type[Exception], ...]:
    """What RPi.GPIO, or rpi-lgpio in its place, raises when a line cannot be had."""
    try:
        from lgpio import error
    except ImportError:
        return (RuntimeError, ValueError, OSError)
    return (RuntimeError, ValueError, OSError, error)


def open_hx711_package(geometry: Geometry | None = None, *, lines: tuple[CellLine, ...] = CELL_LINES) -> Hx711PackageBoard:
    """The board on this Pi's header, through the package. Raises NotAPi, LineBusy, PackageFailed, ClockTooSlow.

    Who holds a line is asked of the kernel first: the older RPi.GPIO would share it without a word.
    """
    chip = find_gpiochip()
    if chip is None:
        raise NotAPi
    for number in (number for line in lines for number in (line.sck, line.dout)):
        if owner := line_owner(chip, number):
            from hardware.pins import LineBusy  # imports gpiozero: only in the process that reads

            raise LineBusy(number, owner)
    os.environ.setdefault("RPI_LGPIO_CHIP", str(chip))  # rpi-lgpio would guess by the model, and kernels renumber the chips
    return Hx711PackageBoard(geometry, lines=lines)
