"""Four HX711s as a Board: each chip read on its own data-ready edge, stamped by the kernel, flagged, never filtered."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from hardware.converter import POLL_NS, Cause, Converter, Counters, Word
from hardware.pi import CELL_LINES, CellLine, find_gpiochip
from station.core.calibration import Calibration
from station.core.geometry import GRAVITY_M_S2, Geometry
from station.core.readings import CELLS, Edge, Readings, Timing
from station.errors import BoardError
from station.words import Num, Words, say

if TYPE_CHECKING:
    from hardware.pins import Pins

DEFAULT_LINES = CELL_LINES
RESET_HIGH_NS = 80_000  # SCK high for more than 60 us resets a chip
BLOCK_NS = 50_000_000  # until_ns moves at least this often
LATE_EDGE_NS = 10_000_000  # the library's edge thread may hand an edge over this late
DEAF_WORDS = 16  # so many words without ever an edge: the lines live, the edges do not reach us
TEST_PULSES = 200
SLOW_CLOCK_NS = 40_000  # p99 of SCK high above this: words would be torn all day
COUNTS_PER_KG_50KG = 85_899  # full bridge of 2 mV/V, 50 kg, gain 128; scales with 50 / rating


class ClockTooSlow(BoardError):
    """This computer cannot clock the chips: SCK stays high too long."""

    def __init__(self, p99_ns: int) -> None:
        super().__init__(
            say("hardware.clock-slow", us=Num(p99_ns / 1000, 0), limit=Num(SLOW_CLOCK_NS / 1000, 0)), say("hardware.clock-slow.do")
        )


class NotAPi(BoardError):
    """No gpiochip with the label of a Pi's header."""

    def __init__(self) -> None:
        super().__init__(say("hardware.not-a-pi"), say("hardware.not-a-pi.do"))


class Hx711Board:
    """The real board. `pins` are its own from here on (`close` closes them).

    The chips are clocked 200 times for the speed of the computer, then reset; their first words come 50 ms later. A chip that
    does not answer never holds up the others: it is looked at between their words and reset after 1, 2, 4, ... 30 s.
    age_guard False reads words of any age and trusts them: only to show on the chip model what the guard is for.
    Raises ClockTooSlow, and LineBusy from the claim.
    """

    name = "hx711"
    demo = False

    def __init__(
        self, pins: Pins, geometry: Geometry | None = None, *, lines: tuple[CellLine, ...] = DEFAULT_LINES, age_guard: bool = True
    ) -> None:
        self.geometry = geometry or Geometry()
        self.timing: Timing = Edge(delay_periods=2)
        self._pins = pins
        pins.claim([line.sck for line in lines], [line.dout for line in lines])
        self._chips = tuple(Converter(cell, line, pins.now_ns(), age_guard=age_guard) for cell, line in enumerate(lines))
        self._by_line = {chip.line.dout: chip for chip in self._chips}
        self._deaf = True  # no edge was ever heard
        self.sck_high_p99_ns = self._try_speed()
        self._reset(self._chips)
        self._until_ns = pins.now_ns()

    def read(self, timeout_s: float) -> Readings:
        """About one word of each chip, or what came within `timeout_s` (at most 50 ms); `until_ns` moves each time."""
        pins = self._pins
        end_ns = pins.now_ns() + min(round(timeout_s * 1e9), BLOCK_NS)
        words: list[Word] = []
        while True:
            self._hear(pins.wait_edges(self._wait_s(end_ns)))
            words += self._take()
            words += self._tend()
            if self._deaf:
                self._try_ears()
            if len(words) >= len(self._chips) or pins.now_ns() >= end_ns:
                break
        return self._readings(words)

    @property
    def counters(self) -> tuple[Counters, ...]:
        """What happened at each cell since the start."""
        return tuple(chip.count() for chip in self._chips)

    @property
    def causes(self) -> tuple[Cause, ...]:
        """Why each cell gives no good readings, until it gives four again; `Cause.NONE` for one that is well."""
        return tuple(chip.cause for chip in self._chips)

    @property
    def way(self) -> str:
        """How the lines are worked: "lgpio edges" or "gpiozero"."""
        return self._pins.way

    @property
    def note(self) -> Words | None:
        """Why that is not the fast way; None when there is nothing to say."""
        return self._pins.note

    @property
    def rates_hz(self) -> tuple[float, ...]:
        """Measured conversions per second of each chip; 0 while it is not known."""
        return tuple(chip.period.rate_hz for chip in self._chips)

    def close(self) -> None:
        self._pins.close()

    def _wait_s(self, end_ns: int) -> float:
        """Nothing, when a word already waits: its edge was heard while the block before was handed over."""
        if any(chip.ready_ns for chip in self._chips):
            return 0.0
        left_ns = max(0, end_ns - self._pins.now_ns())
        if any(chip.silent for chip in self._chips):
            left_ns = min(left_ns, POLL_NS)
        return left_ns / 1e9

    def _hear(self, edges: Iterable[tuple[int, int]]) -> None:
        for line, t_ns in edges:
            self._deaf = False
            if line in self._by_line:
                self._by_line[line].edge(t_ns)

    def _take(self) -> list[Word]:
        """Reads every chip that is ready, the one that waited longest first."""
        due = sorted((chip for chip in self._chips if chip.ready_ns), key=lambda chip: chip.ready_ns)
        return [word for chip in due if (word := chip.take(self._pins)) is not None]

    def _tend(self) -> list[Word]:
        words = []
        for chip in self._chips:
            word, asleep = chip.tend(self._pins)
            if word is not None:
                words.append(word)
            if asleep:
                self._reset((chip,))
        return words

    def _try_ears(self) -> None:
        """Words were found by looking, and never an edge: the way that edges take is broken."""
        if sum(chip.counters.polled - chip.counters.not_released for chip in self._chips) >= DEAF_WORDS:
            self._deaf = False
            self._pins.fall_back()

    def _readings(self, words: list[Word]) -> Readings:
        """`until_ns`: no later than a word that still waits, nor than an edge that may still be on its way to us."""
        now_ns = self._pins.now_ns()
        self._hear(self._pins.wait_edges(0.0))
        waiting = [chip.ready_ns for chip in self._chips if chip.ready_ns]
        self._until_ns = max(self._until_ns, min([now_ns - LATE_EDGE_NS, *waiting]))
        if not words:
            return Readings.none(self._until_ns)
        cell, t_ns, count, flag = zip(*words, strict=True)
        return Readings.of(cell, t_ns, count, flag, self._until_ns)

    def _reset(self, chips: Iterable[Converter]) -> None:
        chips = tuple(chips)
        for chip in chips:
            self._pins.write(chip.line.sck, True)
        end_ns = self._pins.now_ns() + RESET_HIGH_NS
        while (now_ns := self._pins.now_ns()) < end_ns:
            self._hear(self._pins.wait_edges((end_ns - now_ns) / 1e9))
        for chip in chips:
            self._pins.write(chip.line.sck, False)
            chip.was_reset(self._pins.now_ns())

    def _try_speed(self) -> int:
        """How long SCK stays high, 99th percentile in ns. The pulses disturb the chips: a reset must follow."""
        pins, highs = self._pins, []
        for n in range(TEST_PULSES):
            sck = self._chips[n % len(self._chips)].line.sck
            begin_ns = pins.now_ns()
            pins.write(sck, True)
            pins.write(sck, False)
            highs.append(pins.now_ns() - begin_ns)
        p99_ns = sorted(highs)[int(0.99 * TEST_PULSES) - 1]
        if p99_ns > SLOW_CLOCK_NS:
            pins.close()
            raise ClockTooSlow(p99_ns)
        return p99_ns


def open_hx711(geometry: Geometry | None = None, *, lines: tuple[CellLine, ...] = DEFAULT_LINES) -> Hx711Board:
    """The board on this Pi's header. Raises NotAPi, NoPins, LineBusy, ClockTooSlow."""
    from hardware.pins import open_pins  # imports gpiozero: only in the process that reads

    chip = find_gpiochip()
    if chip is None:
        raise NotAPi
    return Hx711Board(open_pins(chip), geometry, lines=lines)


def nominal_calibration(geometry: Geometry) -> Calibration:
    """What full-bridge cells of 2 mV/V at gain 128 should give, until the board is calibrated."""
    gain = GRAVITY_M_S2 / (COUNTS_PER_KG_50KG * 50.0 / geometry.cell_rating_kg)
    assert len(CELLS) == 4
    return Calibration.from_gains(geometry, (gain, gain, gain, gain))
