"""A simulated HX711 at the level of its pins, in virtual time; and the bench that puts some on gpiozero's mock pins.

The driver that runs on a Pi runs on it unchanged. Behaviour and numbers: HX711 datasheet V2.0 (AVIA); what the datasheet leaves
open (a conversion that ends inside a read) reproduces what users report. Times are integer ns; each line operation costs `op_ns`.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gpiozero.pins.mock import MockFactory, MockPin
from gpiozero.pins.pi import PiPin

from hardware.pi import CELL_LINES, CellLine
from hardware.pins import GpiozeroPins

PULSE_NS = 75_000  # DOUT high while new data replace the old ones (measured on one chip)
POWER_DOWN_NS = 60_000  # datasheet: SCK high for longer puts the chip to sleep
WAKE_NS = 30_000  # from an edge to the first line of code that sees it, on an idle computer
TOP, BOTTOM = 0x7FFFFF, -0x800000
GAIN = {"A128": 128, "B32": 32, "A64": 64}
MODE_OF_PULSES = {25: "A128", 26: "B32", 27: "A64"}
WIRE_WORDS = ("dout_high", "dout_low", "sck_open", "sck_high")
"""Cables: data cut (the pull-up reads high), data shorted to ground, clock cut, clock held high."""
WORD_WORDS = ("stuck", "garbage", "open_bridge_hi", "open_bridge_lo", "gain", "reversed", "slow", "flipped", "shifted", "extra")
"""What the chip converts: a frozen code, random codes, an open bridge wire, a fifth of the gain lost, A+ and A- swapped, RATE low (an
eighth of the speed). And how its word reaches the Pi: one random bit turned over, one clock pulse lost, one pulse taken for two."""
FAULT_WORDS = WIRE_WORDS + WORD_WORDS
LOST_GAIN = 0.8
RATE_LOW = 8
SINC4 = (1, 4, 10, 20, 31, 40, 44, 40, 31, 20, 10, 4, 1)  # four boxcars of one period, at quarter periods
FOR_EVER_NS = 1 << 62


@dataclass(slots=True)
class Fault:
    """One thing wrong from `from_ns` to before `to_ns`; with a cycle only in the first `on_ns` of every `every_ns` (intermittent)."""

    word: str
    from_ns: int
    to_ns: int
    every_ns: int
    on_ns: int

    def on(self, t_ns: int) -> bool:
        if not self.from_ns <= t_ns < self.to_ns:
            return False
        return not self.every_ns or (t_ns - self.from_ns) % self.every_ns < self.on_ns

    def turn_ns(self, after_ns: int) -> int:
        """The first time later than `after_ns` at which it comes or goes."""
        if after_ns < self.from_ns:
            return self.from_ns
        if after_ns >= self.to_ns:
            return FOR_EVER_NS
        if not self.every_ns:
            return self.to_ns
        begin_ns = after_ns - (after_ns - self.from_ns) % self.every_ns
        return min(self.to_ns, begin_ns + (self.on_ns if after_ns < begin_ns + self.on_ns else self.every_ns))


Source = Callable[[int, str], float]
"""Bridge output in mV/V at t_ns on channel "A" or "B"."""


class Chip:
    """One converter with a free-running oscillator.

    source: mV/V, constant or a function of time and channel; rate_hz 80 or 10 (nominal); ppm: how much longer its period is;
    drift_ppm_s: the period's drift; jitter_ns: SD of each period; noise_counts: SD at gain 128 (45 = 90 nV at AVDD 4.3 V);
    sinc4: the filter over four periods, else the value at one instant two periods before the edge; v1: forgets its mode asleep.
    mode: channel and gain when it wakes ("A128", "B32", "A64").
    truth: (edge t_ns, code) of every conversion it made, before anything happens to the word on its way to the Pi.
    overwritten, collisions, protocol_errors, resets: what happened to it.
    """

    def __init__(
        self,
        source: float | Source = 0.5,
        *,
        rate_hz: float = 80.0,
        ppm: float = 0.0,
        drift_ppm_s: float = 0.0,
        jitter_ns: float = 0.0,
        noise_counts: float = 45.0,
        sinc4: bool = False,
        v1: bool = False,
        mode: str = "A128",
        start_ns: int = 0,
        seed: int = 1,
    ) -> None:
        self._source: Source = source if callable(source) else lambda t_ns, channel: source
        self._period_ns = 1e9 / rate_hz * (1 + ppm * 1e-6)
        self._drift_per_ns = drift_ppm_s * 1e-15
        self._jitter_ns, self._noise, self._sinc4, self._v1 = jitter_ns, noise_counts, sinc4, v1
        self._rng = random.Random(seed)
        self._faults: list[Fault] = []
        self._turn_ns = FOR_EVER_NS  # when a cable fault next comes or goes
        self._cut = False
        self.mode = mode
        self.truth: list[tuple[int, int]] = []
        self.edges: list[int] = []
        self.overwritten = self.collisions = self.protocol_errors = self.resets = 0
        self._code = self._word = 0
        self._lose_pulse = self._double_pulse = False
        self._driven = self._sck = self._asleep = False
        self._rise_ns = self._edge_ns = self._event_ns = 0
        self._loading = self._line = True
        self._settle(start_ns)

    @property
    def next_ns(self) -> int:
        """When its data line falls next by itself, or a cable makes or breaks contact."""
        edge_ns = FOR_EVER_NS if self._sck and self._edge_ns > self._rise_ns + POWER_DOWN_NS else self._edge_ns
        return min(edge_ns, self._turn_ns)

    def fault(self, word: str, from_ns: int = 0, for_ns: int = FOR_EVER_NS, *, every_ns: int = 0, on_ns: int = 0) -> None:
        """A cable or chip fault (one of FAULT_WORDS) from a time on, for a while; with a cycle it comes `every_ns` and stays `on_ns`.

        What concerns the whole of a word (`WORD_WORDS`) is decided when the word is made.
        """
        if word not in FAULT_WORDS:
            raise ValueError(f"{word!r} is none of {', '.join(FAULT_WORDS)}")
        self._faults.append(Fault(word, from_ns, from_ns + for_ns, every_ns, on_ns))
        if word in WIRE_WORDS:
            self._turn_ns = min(self._turn_ns, from_ns)

    def sck(self, now_ns: int, level: bool) -> None:
        """The clock line as the Pi drives it."""
        if now_ns >= self._event_ns or now_ns >= self._turn_ns:
            self.advance(now_ns)
        self._driven = level
        if self._cut:
            if self._has("sck_open", now_ns):
                return
            level = level or self._has("sck_high", now_ns)
        if level != self._sck:
            self._clock(now_ns, level)

    def dout(self, now_ns: int) -> bool:
        """The data line as the Pi sees it (its pull-up on)."""
        if now_ns >= self._event_ns or now_ns >= self._turn_ns or self._sck:
            self.advance(now_ns)
        return self._seen(now_ns) if self._cut else self._line

    def advance(self, now_ns: int) -> None:
        """Everything the chip and its cables do by themselves up to now."""
        while self._turn_ns <= now_ns:
            self._turn(self._turn_ns)
        self._run(now_ns)

    def _turn(self, t_ns: int) -> None:
        """A cable makes or breaks contact."""
        self._run(t_ns)
        before = self._seen(t_ns - 1)
        wires = [fault for fault in self._faults if fault.word in WIRE_WORDS]
        self._cut = any(fault.on(t_ns) for fault in wires)
        self._turn_ns = min((fault.turn_ns(t_ns) for fault in wires), default=FOR_EVER_NS)
        if not self._has("sck_open", t_ns):
            level = self._driven or self._has("sck_high", t_ns)
            if level != self._sck:
                self._clock(t_ns, level)
        if before and not self._seen(t_ns):
            self.edges.append(t_ns)

    def _seen(self, t_ns: int) -> bool:
        """The data line behind its cable."""
        if self._has("dout_high", t_ns):
            return True
        return self._line and not self._has("dout_low", t_ns)

    def _run(self, now_ns: int) -> None:
        awake_until_ns = self._rise_ns + POWER_DOWN_NS if self._sck else FOR_EVER_NS
        while self._event_ns <= min(now_ns, awake_until_ns) and not self._asleep:
            if self._loading:
                self._convert(self._edge_ns)
            else:
                self._loading, self._line, self._event_ns = True, True, self._edge_ns
        if now_ns > awake_until_ns:
            self._asleep = self._line = True

    def _clock(self, now_ns: int, level: bool) -> None:
        self._sck = level
        if level:
            self._rise_ns = now_ns
            if self._lose_pulse:
                self._lose_pulse = False
                return
            self._pulses += 2 if self._double_pulse else 1
            self._double_pulse = False
            if not self._loading:
                bit = self._pulses > 24 or bool(self._word >> (24 - self._pulses) & 1)
                if self._line and not bit and not self._cut:
                    self.edges.append(now_ns)
                self._line = bit
        elif self._asleep or now_ns - self._rise_ns > POWER_DOWN_NS:
            self.resets += 1
            self.mode = "A128" if self._v1 else self.mode
            self._settle(now_ns)

    def _settle(self, now_ns: int) -> None:
        """Four conversions without a word: after power-up, reset and a change of mode."""
        self._asleep, self._loading, self._line, self._pulses = False, True, True, 0
        self._edge_ns = self._event_ns = now_ns + round(4 * self._period_ns)

    def _convert(self, t_ns: int) -> None:
        pulses, self._pulses = self._pulses, 0
        if pulses == 0 and self.truth:
            self.overwritten += 1
        elif 0 < pulses < 25:
            self.collisions += 1
        elif pulses > 27:
            self.protocol_errors += 1
        if MODE_OF_PULSES.get(pulses, self.mode) != self.mode:
            self.mode = MODE_OF_PULSES[pulses]
            self._settle(t_ns)
            return
        self._code = self._word = self._value(t_ns)
        self.truth.append((t_ns, self._code))
        self._loading = self._line = False
        if not self._cut:
            self.edges.append(t_ns)
        period_ns = self._period_ns * (1 + self._drift_per_ns * t_ns)
        if self._faults:
            self._on_its_way(t_ns)
            period_ns *= RATE_LOW if self._has("slow", t_ns) else 1
        if self._jitter_ns:
            period_ns += self._rng.gauss(0.0, self._jitter_ns)
        self._edge_ns = t_ns + round(period_ns)
        self._event_ns = self._edge_ns - PULSE_NS

    def _on_its_way(self, t_ns: int) -> None:
        """What will go wrong with this word between the chip and the Pi; faults that are over are forgotten."""
        if self._has("flipped", t_ns):
            self._word ^= 1 << self._rng.randrange(24)
        self._lose_pulse, self._double_pulse = self._has("shifted", t_ns), self._has("extra", t_ns)
        self._faults = [fault for fault in self._faults if fault.to_ns >= t_ns]

    def _value(self, t_ns: int) -> int:
        if self._faults:
            if self._has("stuck", t_ns):
                return self._code
            if self._has("garbage", t_ns):
                return self._rng.randint(BOTTOM, TOP)
            if self._has("open_bridge_hi", t_ns) or self._has("open_bridge_lo", t_ns):
                return TOP if self._has("open_bridge_hi", t_ns) else BOTTOM
        gain, channel = GAIN[self.mode], self.mode[0]
        if self._sinc4:
            at_ns = [t_ns - round((2 + (6 - j) / 4) * self._period_ns) for j in range(13)]
            mv_v = sum(w * self._source(t, channel) for w, t in zip(SINC4, at_ns, strict=True)) / sum(SINC4)
        else:
            mv_v = self._source(t_ns - round(2 * self._period_ns), channel)
        if self._faults:
            mv_v *= (LOST_GAIN if self._has("gain", t_ns) else 1.0) * (-1.0 if self._has("reversed", t_ns) else 1.0)
        noise = self._rng.gauss(0.0, self._noise * gain / 128) if self._noise else 0.0
        return max(BOTTOM, min(TOP, round(mv_v * 1e-3 * gain * (1 << 24) + noise)))

    def _has(self, word: str, t_ns: int) -> bool:
        return any(fault.word == word and fault.on(t_ns) for fault in self._faults)


class Bench:
    """Chips on the mock pins of a Pi 5 whose clock is virtual: it moves when a line is used or waited for.

    op_ns: cost of one line operation (5 us direct, 9 us through gpiozero on a Pi); preempt: {operation number: ns lost before it};
    latency_ns: called at each wake-up, how late the process gets the processor; hear_edges False: the kernel reports no edge;
    on_edge: set to be told of edges (line, t_ns) in place of gpiozero's pins, by a library that works past them;
    limit_s: TimeoutError when virtual time passes it, so that a hang fails fast. `clock` time is read with `now_ns()`.
    """

    def __init__(
        self,
        chips: Sequence[Chip],
        *,
        lines: Sequence[CellLine] = CELL_LINES,
        op_ns: int = 5_000,
        preempt: Mapping[int, int] | None = None,
        latency_ns: Callable[[], int] = lambda: 0,
        hear_edges: bool = True,
        limit_s: float = 3600.0,
    ) -> None:
        self.ops = 0
        self._now_ns = 0
        self._op_ns, self._latency_ns, self._hear, self._limit_ns = op_ns, latency_ns, hear_edges, limit_s * 1e9
        self._preempt = dict(preempt or {})
        self._rung = False
        self.on_edge: Callable[[int, int], None] | None = None
        self.factory = MockFactory(revision="c04170")
        self._wired: list[tuple[Chip, _DoutPin, int]] = []
        self._clocked: dict[int, list[Chip]] = {}
        self._data: dict[int, Chip] = {}
        for chip, line in zip(chips, lines, strict=True):
            self._clocked.setdefault(line.sck, []).append(chip)
            self._data[line.dout] = chip
            self.factory.pin(line.sck, pin_class=_SckPin, bench=self, line=line.sck)
            self._wired.append((chip, self.factory.pin(line.dout, pin_class=_DoutPin, bench=self, line=line.dout), line.dout))

    def pins(self) -> GpiozeroPins:
        """What the driver gets: gpiozero as on a Pi, on this bench."""
        return GpiozeroPins(self.factory, clock=self)

    def op(self) -> None:
        """An operation that touches no line of a chip: it costs time all the same."""
        self.ops += 1
        self._now_ns += self._op_ns

    def drive(self, line: int, level: bool) -> None:
        """A clock line goes high or low: one operation."""
        self.ops += 1
        self._now_ns += self._op_ns
        if self._preempt:
            self._now_ns += self._preempt.pop(self.ops, 0)
        for chip in self._clocked[line]:
            chip.sck(self._now_ns, level)

    def level(self, line: int) -> bool:
        """What the Pi sees on a data line: one operation."""
        self.ops += 1
        self._now_ns += self._op_ns
        if self._preempt:
            self._now_ns += self._preempt.pop(self.ops, 0)
        return self._data[line].dout(self._now_ns)

    def now_ns(self) -> int:
        return self._now_ns

    def preempt(self, in_ops: int, for_ns: int) -> None:
        """Take the processor away for a while, before the operation that comes `in_ops` from now (1 is the next)."""
        self._preempt[self.ops + in_ops] = for_ns

    def ring(self) -> None:
        self._rung = True

    def wait(self, timeout_s: float) -> None:
        """Virtual sleep until an edge is delivered or the time is over."""
        end_ns = self._now_ns + round(timeout_s * 1e9)
        self._rung = False
        self._deliver()
        while not self._rung and self._now_ns < end_ns:
            edge_ns = min(chip.next_ns for chip, _, _ in self._wired) if self._hear else FOR_EVER_NS
            if edge_ns >= end_ns:
                self._now_ns = end_ns
            else:
                self._now_ns = max(self._now_ns, edge_ns) + WAKE_NS + self._latency_ns()
            if self._now_ns > self._limit_ns:
                raise TimeoutError(f"{self._now_ns / 1e9:.1f} s of virtual time are over")
            self._deliver()

    def _deliver(self) -> None:
        due = []
        for chip, pin, line in self._wired:
            chip.advance(self._now_ns)
            due += [(t_ns, line, pin) for t_ns in chip.edges]
            chip.edges.clear()
        if not self._hear:
            return
        for t_ns, line, pin in sorted(due, key=lambda edge: edge[0]):
            if self.on_edge is None:
                pin.fire(t_ns)
            else:
                self.on_edge(line, t_ns)
                self._rung = True


class _SckPin(MockPin):  # type: ignore[misc]  # gpiozero has no types
    """A clock line with one chip or more on it."""

    def __init__(self, factory: Any, info: Any, bench: Bench, line: int) -> None:
        super().__init__(factory, info)
        self._bench, self._bcm = bench, line

    def _set_state(self, value: bool) -> None:
        self._bench.drive(self._bcm, bool(value))


class _DoutPin(MockPin):  # type: ignore[misc]  # gpiozero has no types
    """A chip's data line."""

    def __init__(self, factory: Any, info: Any, bench: Bench, line: int) -> None:
        super().__init__(factory, info)
        self._bench, self._bcm = bench, line

    def _get_state(self) -> bool:
        return self._bench.level(self._bcm)

    def fire(self, t_ns: int) -> None:
        """A falling edge with the kernel's time, as lgpio reports it."""
        if self.when_changed is not None:
            PiPin._call_when_changed(self, t_ns / 1e9, 0)
