"""Faults of a simulated board at the level of readings: what the station gets when a cell, wire, chip or computer is ill.

Written `CELL:WORD@START[+DURATION]`: `front_left:off@12s`, `rear-right:intermittent@5s+3s`, `front_left:intermittent-stuck@5s`. Without a
start from the first reading on, without a duration for ever.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from hardware.traits import nearest
from station.core.readings import CELLS, Flag, Readings
from station.errors import NotFound

FAULT_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "off": "no readings",
        "stuck": "always the same code",
        "garbage": "random codes",
        "wrong": "a fifth of the gain is lost",
        "slow": "11.7 readings a second instead of 80",
        "delayed": "readings come half a second late, with their right times",
        "intermittent": "no readings for 0.2 s of every 0.5 s; intermittent-WORD: that fault instead",
        "saturated": "the greatest code, as from a loose sensor wire",
        "reversed": "the signal wires are swapped: a load reads below zero",
        "noisy": "a hundred times the noise, as from a broken shield",
        "lost-gain": "a tenth of the gain is lost",
        "shift": "the zero jumps by 0.3 kg, as when the board is knocked",
        "drift": "the zero runs away by 100 g a minute",
        "spike": "one reading in a hundred is off by 14 kg",
        "busy": "eight readings in a hundred are clocked too late, two of all four cells together",
        "torn": "four readings in a hundred hold bits of two conversions, one of all",
        "missed": "thirty readings in a hundred are missing, eight of all",
        "wire": "the data wire is shorted: zeros, and the line never released",
        "asleep": "the chip falls asleep twice a second and starts anew",
    }
)
SLOW_HZ = 11.7
WRONG_GAIN, LOST_GAIN = 0.8, 0.9
DELAY_NS = 500_000_000
CYCLE_NS, CYCLE_OFF_NS = 500_000_000, 200_000_000
ASLEEP_NS = 65_000_000  # a reset chip is silent for four conversions and a little
SETTLING_WORDS = 4
COUNTS_PER_KG = 42_950.0  # of the cells in `hardware.cells`
NOISY_COUNTS = 4_500.0
SHIFT_KG, DRIFT_G_MIN, SPIKE_KG = 0.3, 100.0, 14.0
SPIKE_PART, BUSY_PART, TORN_PART, MISSED_PART = 0.01, 0.08, 0.04, 0.3
WIRE_NS = 50_000_000  # a line that stays low is read this often
REPEAT_FROM = 8
RAIL = (-(1 << 23), (1 << 23) - 1)


@dataclass(frozen=True, slots=True)
class SampleFault:
    """One cell is ill from `start_ns` to `end_ns` (None: to the end), or now and then between them (`cycle`)."""

    cell: int
    word: str
    start_ns: int
    end_ns: int | None = None
    cycle: bool = False

    def on(self, t_ns: int) -> bool:
        if not (self.start_ns <= t_ns and (self.end_ns is None or t_ns < self.end_ns)):
            return False
        return not self.cycle or (t_ns - self.start_ns) % CYCLE_NS < CYCLE_OFF_NS

    def silent(self, t_ns: int) -> bool:
        """The cell gives nothing at this time."""
        if not self.on(t_ns):
            return False
        since_ns = (t_ns - self.start_ns) % CYCLE_NS
        asleep = self.word == "asleep" and since_ns < ASLEEP_NS
        return self.word == "off" or asleep or (self.word == "intermittent" and since_ns < CYCLE_OFF_NS)

    def release_ns(self, t_ns: int) -> int:
        """When a delayed reading of this time comes."""
        return self.start_ns + ((t_ns - self.start_ns) // DELAY_NS + 1) * DELAY_NS

    def to_json(self) -> dict[str, Any]:
        return {
            "cell": CELLS[self.cell],
            "word": f"intermittent-{self.word}" if self.cycle else self.word,
            "start_s": self.start_ns / 1e9,
            "end_s": None if self.end_ns is None else self.end_ns / 1e9,
        }


def parse_fault(text: str) -> SampleFault:
    """`front_left:off@12s+3s`. Raises NotFound naming the cell, the word or the whole when it makes no sense."""
    match = re.fullmatch(r"([\w-]+):([\w-]+)(?:@(\d+(?:\.\d+)?)s)?(?:\+(\d+(?:\.\d+)?)s)?", text.strip().lower())
    if not match:
        raise NotFound("fault", text, "front_left:off@12s")
    cell, word = match[1].replace("-", "_"), match[2]
    if cell not in CELLS:
        raise NotFound("cell", match[1], nearest(cell, list(CELLS)))
    inner = word.removeprefix("intermittent-")
    if inner not in FAULT_WORDS or (inner != word and inner == "intermittent"):
        raise NotFound("fault", word, nearest(inner, list(FAULT_WORDS)))
    start_ns = round(float(match[3] or 0) * 1e9)
    end_ns = None if match[4] is None else start_ns + round(float(match[4]) * 1e9)
    return SampleFault(CELLS.index(cell), inner, start_ns, end_ns, cycle=inner != word)


def off_by(fault: SampleFault, above: float, t_ns: int) -> float:
    """What a fault of bridge or amplifier makes of a code above the zero, in counts; the same for other faults."""
    match fault.word:
        case "wrong":
            return above * WRONG_GAIN
        case "lost-gain":
            return above * LOST_GAIN
        case "reversed":
            return -above
        case "shift":
            return above + SHIFT_KG * COUNTS_PER_KG
        case "drift":
            return above + DRIFT_G_MIN / 1000 * COUNTS_PER_KG * (t_ns - fault.start_ns) / 60e9
    return above


class Ill:
    """Makes readings ill, in the order of their edges; everything random comes from the seed."""

    def __init__(self, faults: tuple[SampleFault, ...], zero_count: tuple[float, ...], seed: int, start_ns: int) -> None:
        self._faults, self._zero = faults, zero_count
        self._junk = np.random.default_rng((seed, 2, start_ns))
        self._chance = np.random.default_rng((seed, 3, start_ns))
        self._silent = [False] * 4
        self._missed = [False] * 4
        self._before = [0] * 4  # codes that the chip had in it before
        self._settling = [0] * 4
        self._wire_ns = [0] * 4
        self._frozen: dict[int, tuple[int, int]] = {}  # cell: (code, how often)
        self._held: list[tuple[int, Readings]] = []

    def of(self, readings: Readings, edges: list[int]) -> Readings:
        """The same readings with the faults in them."""
        keep, code, flag = [], readings.count.copy(), readings.flag.copy()
        for i, (cell, edge) in enumerate(zip(readings.cell.tolist(), edges, strict=True)):
            active = [f for f in self._faults if f.cell == cell and f.on(edge)]
            words = {f.word for f in active}
            silent = any(f.silent(edge) for f in active)
            count, bits = int(code[i]), int(flag[i])
            if active and not silent:
                count = self._changed(active, cell, count, edge)
                count, bits, lost = self._read(words, cell, count, bits, edge)
            else:
                lost = False
            count, bits = self._stuck("stuck" in words and not silent, cell, count, bits)
            bits |= self._gap(cell, silent, lost, "asleep" in words)
            self._before[cell] = int(code[i])
            keep.append(not (silent or lost))
            code[i], flag[i] = count, bits
        where = np.array(keep, np.bool_)
        return Readings(readings.cell[where], readings.t_ns[where], code[where], flag[where], readings.until_ns)

    def _changed(self, active: list[SampleFault], cell: int, count: int, edge: int) -> int:
        """Faults before the converter."""
        zero, above = self._zero[cell], count - self._zero[cell]
        for fault in active:
            above = off_by(fault, above, edge)
            if fault.word == "noisy":
                above += self._chance.standard_normal() * NOISY_COUNTS
            elif fault.word == "spike" and self._chance.random() < SPIKE_PART:
                above += SPIKE_KG * COUNTS_PER_KG * (1.0 if self._chance.random() < 0.5 else -1.0)
        return min(max(round(zero + above), RAIL[0]), RAIL[1])

    def _read(self, words: set[str], cell: int, count: int, bits: int, edge: int) -> tuple[int, int, bool]:
        """Faults of converter, wires and computer: (code, flags, whether the word is missing)."""
        if "garbage" in words:
            count = int(self._junk.integers(RAIL[0] + 1, RAIL[1]))
        if "saturated" in words:
            count, bits = RAIL[1], bits | Flag.RAIL
        if "wire" in words:
            seldom = edge < self._wire_ns[cell]
            self._wire_ns[cell] = self._wire_ns[cell] if seldom else edge + WIRE_NS
            return 0, bits | Flag.NOT_RELEASED | Flag.TIME_POLLED, seldom
        if "busy" in words and self._chance.random() < BUSY_PART:
            count, bits = count | (1 << int(self._chance.integers(4, 20))) - 1, bits | Flag.SCK_LATE
        if "torn" in words and self._chance.random() < TORN_PART:
            low = (1 << int(self._chance.integers(4, 20))) - 1
            count, bits = (count & ~low) | (self._before[cell] & low), bits | Flag.LATE_END
        return count, bits, "missed" in words and bool(self._chance.random() < MISSED_PART)

    def _stuck(self, stuck: bool, cell: int, count: int, bits: int) -> tuple[int, int]:
        if not stuck:
            self._frozen.pop(cell, None)
            return count, bits
        frozen, times = self._frozen.get(cell, (count, 0))
        self._frozen[cell] = (frozen, times + 1)
        return frozen, bits | (Flag.REPEAT if times + 1 >= REPEAT_FROM else 0)

    def _gap(self, cell: int, silent: bool, lost: bool, asleep: bool) -> int:
        """What is said of a word for what went before it."""
        bits = 0
        if silent:
            self._settling[cell] = SETTLING_WORDS if asleep else 0
        elif self._silent[cell] or (self._missed[cell] and not lost):
            bits = int(Flag.GAP_BEFORE)
            if self._settling[cell] == SETTLING_WORDS:
                bits |= Flag.RESET
        if not silent and self._settling[cell]:
            self._settling[cell] -= 1
            bits |= Flag.SETTLING
        self._silent[cell], self._missed[cell] = silent, lost
        return bits

    def delayed(self, readings: Readings) -> Readings:
        """Readings of a delayed cell are held back; `until_ns` stays honest: not past the oldest that is still to come."""
        late = [f for f in self._faults if f.word == "delayed"]
        if not late:
            return readings
        now_ns, fresh = readings.until_ns, []
        for i, (number, at_ns) in enumerate(zip(readings.cell.tolist(), readings.t_ns.tolist(), strict=True)):
            one = _pick(readings, slice(i, i + 1))
            release = next((f.release_ns(at_ns) for f in late if f.cell == number and f.on(at_ns)), now_ns)
            if release > now_ns:
                self._held.append((release, one))
            else:
                fresh.append(one)
        come = [r for release, r in self._held if release <= now_ns] + fresh
        self._held = [(release, r) for release, r in self._held if release > now_ns]
        until_ns = min([now_ns, *(int(r.t_ns[0]) for _, r in self._held)])
        if not come:
            return Readings.none(until_ns)
        cell, t_ns, count, flag = (np.concatenate([getattr(r, name) for r in come]) for name in ("cell", "t_ns", "count", "flag"))
        return Readings(cell, t_ns, count, flag, until_ns)


def _pick(readings: Readings, where: slice) -> Readings:
    return Readings(readings.cell[where], readings.t_ns[where], readings.count[where], readings.flag[where], readings.until_ns)
