"""Four ways to read four chips, side by side on the same chip model: what each captures, what it takes for good, where it hangs.

The chips' own truth decides. Every way gets the same chips, the same cost of a pin operation and the same lateness of the processor.
The two foreign packages run as they are, in the way most favourable to them: `hx711` is asked for one value at a time (its least of
two is lowered), of `hx711-multi` each raw value is taken before its averages.
"""

from __future__ import annotations

import random
import time
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from fake_rpi_gpio import FakePi, Hangs, running

from hardware.chip import Bench, Chip
from hardware.hx711 import Hx711Board
from hardware.hx711_package import Hx711PackageBoard
from hardware.pi import CELL_LINES, CellLine
from station.core.readings import USABLE, Board

S = 1_000_000_000
PPM = (-30_000, 0, 12_000, 20_000)
RATE_HZ = 92.8
BAD = int(~USABLE) & 0x3FF
SETTLED_S = 1.0
SHARED = tuple(CellLine(CELL_LINES[0].sck, line.dout) for line in CELL_LINES)
LONGEST_CALL_S = 3.0  # of virtual time: who needs longer for one call hangs

Lateness = Callable[[], int]
Value = tuple[int, int, int]
"""Cell, count, and the time in ns at which (or shortly after which) it was made."""
Take = Callable[[], Iterable[Value]]
"""One call of a way's reading; the values that it gives as good."""


def on_time() -> int:
    return 0


def late_starts(seed: int = 4) -> Lateness:
    """A process that gets the processor 0.03 to 11.5 ms late, each time."""
    rng = random.Random(seed)
    return lambda: rng.randint(30_000, 11_500_000)


def four_chips() -> list[Chip]:
    return [Chip(0.3 + 0.2 * i, rate_hz=RATE_HZ, ppm=ppm, seed=i + 1, jitter_ns=500) for i, ppm in enumerate(PPM)]


@dataclass
class Tally:
    """conversions: what the chips made; captured: of these, given as good; wrong: given as good, but made by no chip.

    cpu_us: processor time per value given, the model's included. hung: a call that did not come back.
    """

    conversions: int = 0
    wrong: int = 0
    cpu_us: float = 0.0
    hung: bool = False
    seen: set[tuple[int, int]] = field(default_factory=set)

    @property
    def captured(self) -> int:
        return len(self.seen)

    @property
    def captured_pct(self) -> float:
        return 100.0 * self.captured / self.conversions


def tally(chips: Sequence[Chip], take: Take, now_ns: Callable[[], int], seconds: float) -> Tally:
    """Reads for `seconds` of virtual time and judges every value by what the chip had made by then."""
    result, begin_ns, cpu_s, values = Tally(), now_ns(), time.process_time(), list[Value]()
    try:
        while now_ns() < begin_ns + seconds * S:
            values += take()
    except (Hangs, TimeoutError):
        result.hung = True
    cpu_s, end_ns = time.process_time() - cpu_s, now_ns()
    edges = [[t_ns for t_ns, _ in chip.truth] for chip in chips]
    for cell, count, at_ns in values:
        last = bisect_right(edges[cell], at_ns)
        made = [t_ns for t_ns, code in chips[cell].truth[max(0, last - 3) : last] if code == count]
        if made:
            result.seen.add((cell, made[-1]))
        else:
            result.wrong += 1
    settled_ns, whole_ns = begin_ns + SETTLED_S * S, end_ns - 0.06 * S  # a block is 50 ms: the last may not be out yet
    result.seen = {(cell, t_ns) for cell, t_ns in result.seen if settled_ns <= t_ns <= whole_ns}
    result.conversions = sum(settled_ns <= t_ns <= whole_ns for row in edges for t_ns in row)
    result.cpu_us = 1e6 * cpu_s / max(1, len(values))
    return result


def taker(board: Board, allow: Callable[[], None] = lambda: None) -> Take:
    """Of a board of ours: every reading without a flag against it."""

    def take() -> Iterable[Value]:
        allow()
        block = board.read(0.05)
        rows = zip(block.cell.tolist(), block.count.tolist(), block.t_ns.tolist(), block.flag.tolist(), strict=True)
        return [(cell, count, t_ns) for cell, count, t_ns, flag in rows if not flag & BAD]

    return take


def ours(chips: Sequence[Chip], seconds: float, op_ns: int, late: Lateness = on_time) -> Tally:
    bench = Bench(chips, op_ns=op_ns, latency_ns=late, limit_s=seconds + LONGEST_CALL_S)
    return tally(chips, taker(Hx711Board(bench.pins())), bench.now_ns, seconds)


def adapter(chips: Sequence[Chip], seconds: float, op_ns: int, late: Lateness = on_time) -> Tally:
    pi = FakePi(chips, op_ns=op_ns, latency_ns=late)
    with running(pi):
        board = Hx711PackageBoard(clock=pi)
        return tally(chips, taker(board, lambda: pi.allow(LONGEST_CALL_S)), pi.now_ns, seconds)


def package_in_turn(chips: Sequence[Chip], seconds: float, op_ns: int, late: Lateness = on_time) -> Tally:
    """The package `hx711` over four chips, one after the other, as its users do."""
    pi = FakePi(chips, op_ns=op_ns, latency_ns=late)
    with running(pi):
        import hx711

        cells = [hx711.HX711(line.dout, line.sck) for line in CELL_LINES]
        turn = iter(range(1 << 30))

        def take() -> Iterable[Value]:
            cell = next(turn) % 4
            cells[cell].min_measures = 1
            pi.allow(LONGEST_CALL_S)
            return [(cell, count, pi.now_ns()) for count in cells[cell].get_raw_data(1)]

        return tally(chips, take, pi.now_ns, seconds)


def multi_shared_clock(chips: Sequence[Chip], seconds: float, op_ns: int, late: Lateness = on_time) -> Tally:
    """The package `hx711-multi`: one clock line for four chips, read when all are ready."""
    pi = FakePi(chips, lines=SHARED, op_ns=op_ns, latency_ns=late)
    with running(pi):
        from hx711_multi import HX711
        from RPi import GPIO

        GPIO.setmode(GPIO.BCM)
        board = HX711([line.dout for line in SHARED], SHARED[0].sck, log_level="CRITICAL")

        def take() -> Iterable[Value]:
            pi.allow(LONGEST_CALL_S)
            board.read_raw(1)
            return [(cell, count, pi.now_ns()) for cell, adc in enumerate(board._adcs) for count in adc.reads if count is not None]

        return tally(chips, take, pi.now_ns, seconds)


Way = Callable[[Sequence[Chip], float, int, Lateness], Tally]
WAYS: dict[str, Way] = {
    "this station": ours,
    "hx711 in this station": adapter,
    "hx711 in turn": package_in_turn,
    "hx711-multi, one clock": multi_shared_clock,
}


def with_a_fault(way: Way, word: str, op_ns: int = 5_000, seconds: float = 8.0) -> Tally:
    """The second chip has a fault from the sixth second of its computer's time on, for ever."""
    chips = four_chips()
    chips[1].fault(word, 6 * S)
    return way(chips, seconds, op_ns, on_time)
