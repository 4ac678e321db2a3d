"""Four HX711s read through the package `hx711` of PyPI: a second way, for those who know and trust that package.

The package reads one chip and was not made for four: it waits without a limit for a broken wire, sleeps 10 ms between two looks,
returns the zeros of a shorted wire as good, and knows neither time nor age of a word. Here only its reading of one word is used,
never when it could wait. What stays worse than `hardware.hx711`, which is therefore the first choice:

- the time of a word is that of the look (late by a millisecond, more on a busy computer): good for standing, not for taps and hops;
- its age is known from the looks alone: on a computer that is always late more than half of the readings cannot be used;
- a word that the package breaks off leaves nothing to record, only a gap; of a word at the rail it does not say at which.

A torn word is flagged by its age, and none passed on the chip model; the chip has no checksum, so some may. Never run on a real
Raspberry Pi or HX711 so far: tried on the chip model, the package as it is on a stand-in for RPi.GPIO.
"""

from __future__ import annotations

import logging
import os
from typing import Any

from hardware.converter import Cause, Counters, Word
from hardware.hx711 import BLOCK_NS, RESET_HIGH_NS, SLOW_CLOCK_NS, TEST_PULSES, ClockTooSlow, NotAPi
from hardware.package_chip import Clock, MonotonicClock, PackageChip
from hardware.pi import CELL_LINES, CellLine, find_gpiochip, line_owner
from station.core.geometry import Geometry
from station.core.readings import Edge, Readings, Timing
from station.errors import BoardError
from station.words import Words, say

LOOK_S = 0.001  # between two looks at all lines


def limits() -> Words:
    """What a person must know who reads the board this way."""
    return say("package.limits")


class PackageFailed(BoardError):
    """The package, or the RPi.GPIO under it, is not there or does not get the lines."""

    def __init__(self, reason: str) -> None:
        super().__init__(say("package.failed", reason=reason), say("package.failed.do"))


class Hx711PackageBoard:
    """The real board through the package. Its eight lines are its own from here on (`close` frees them).

    timing: the stamp is a look at the data-ready edge of a chip that runs free, so the core's loop may smooth what the looks jitter.
    The chips are clocked 200 times for the speed of the computer, then reset; their first words come 50 ms later. A broken chip
    never holds up the others. Raises PackageFailed, and ClockTooSlow for a computer whose pulses the package would reject.
    """

    name = "hx711-package"
    demo = False
    way = "package hx711"
    timing: Timing = Edge(delay_periods=2)

    def __init__(self, geometry: Geometry | None = None, *, lines: tuple[CellLine, ...] = CELL_LINES, clock: Clock | None = None) -> None:
        self.geometry = geometry or Geometry()
        self._clock = clock or MonotonicClock()
        package, self._gpio = _load()
        self._lines = [number for line in lines for number in (line.sck, line.dout)]
        try:
            self._chips = tuple(PackageChip(cell, line, package, self._gpio, self._clock) for cell, line in enumerate(lines))
        except _claim_errors() as failure:
            self.close()
            raise PackageFailed(str(failure)) from failure
        self.sck_high_p99_ns = self._try_speed([line.sck for line in lines])
        for chip in self._chips:
            chip.begin_reset()
        self._clock.sleep(RESET_HIGH_NS / 1e9)
        self._look()

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
        """What happened at each cell since the start."""
        return tuple(chip.count() for chip in self._chips)

    @property
    def causes(self) -> tuple[Cause, ...]:
        """Why each cell gives no good readings, until it gives four again; `Cause.NONE` for one that is well."""
        return tuple(chip.cause for chip in self._chips)

    @property
    def note(self) -> Words:
        """What this way cannot do."""
        return limits()

    @property
    def rates_hz(self) -> tuple[float, ...]:
        """Measured conversions per second of each chip; 0 while it is not known."""
        return tuple(chip.period.rate_hz for chip in self._chips)

    def close(self) -> None:
        """Frees the lines. May be called twice."""
        if self._lines:
            self._gpio.cleanup(self._lines)
            self._lines = []

    def _look(self) -> list[Word]:
        return [word for chip in self._chips if (word := chip.look()) is not None]

    def _try_speed(self, clocks: list[int]) -> int:
        """How long SCK stays high, 99th percentile in ns. The pulses disturb the chips: a reset must follow."""
        gpio, now_ns, highs = self._gpio, self._clock.now_ns, []
        for n in range(TEST_PULSES):
            sck = clocks[n % len(clocks)]
            begin_ns = now_ns()
            gpio.output(sck, True)
            gpio.output(sck, False)
            highs.append(now_ns() - begin_ns)
        p99_ns = sorted(highs)[int(0.99 * TEST_PULSES) - 1]
        if p99_ns > SLOW_CLOCK_NS:
            self.close()
            raise ClockTooSlow(p99_ns)
        return p99_ns


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
