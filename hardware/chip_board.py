"""The whole chain as on a Pi, in virtual time: a person, a plate, four bridges, four simulated HX711s, gpiozero's pins, the true driver.

What the sample-level board leaves out is here: the chip's filter, oscillators that drift, every clock pulse, late starts of the process,
pre-emption between two lines of a read. It runs at a small part of the sample level's speed. It is a model: nothing here was measured on a
real chip or Pi.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from hardware.body import STEP_NS
from hardware.cells import NOISE_COUNTS, RATE_HZ
from hardware.chip import SINC4, Bench, Chip, Source
from hardware.converter import Counters
from hardware.hx711 import Hx711Board
from hardware.pi import CELL_LINES
from hardware.sample_faults import CYCLE_NS, CYCLE_OFF_NS, NOISY_COUNTS, SampleFault, off_by
from hardware.simulated import LONGEST_BLOCK_S, Act, SimulatedBoard
from station.core.calibration import Calibration
from station.core.geometry import Geometry
from station.core.readings import EndOfBoard, Readings

COUNTS_PER_MV_V = 128 * (1 << 24) * 1e-3  # gain 128
FILTERED = (sum(w * w for w in SINC4) ** 0.5) / sum(SINC4)  # what the filter leaves of white noise
LONGEST_PAUSE_NS = 2_000_000_000
LOOK_BACK_STEPS = (2 * LONGEST_PAUSE_NS) // STEP_NS
AHEAD_STEPS = 4  # the person acts at most this far ahead of the chips
LATENCY_NS = (20_000, 300_000)  # how late the process gets the processor after an edge
JITTER_NS = 2_000.0  # of each conversion's period
DRIFT_PPM_S = 0.5  # +-, of each oscillator
TRUTH_KEPT = 4096
FOR_EVER_NS = 1 << 62

PIN_FAULTS: dict[str, tuple[str, int, int]] = {
    "off": ("dout_high", 0, 0),
    "stuck": ("stuck", 0, 0),
    "garbage": ("garbage", 0, 0),
    "slow": ("slow", 0, 0),
    "intermittent": ("dout_high", CYCLE_NS, CYCLE_OFF_NS),
    "saturated": ("open_bridge_hi", 0, 0),
    "wire": ("dout_low", 0, 0),
    "spike": ("flipped", 1_000_000_000, 13_000_000),
    "asleep": ("sck_high", CYCLE_NS, 100_000),
}
"""Fault word -> what the chip model does (`hardware.chip.FAULT_WORDS`), every so many ns for so many ns (0: all the time)."""

LOST_NS: dict[str, tuple[float, int, int]] = {
    "busy": (0.24, 80_000, 400_000),  # a clock pulse that lasts too long, when one is high just then
    "torn": (0.10, 9_000_000, 11_500_000),  # another conversion ends before the read does
    "missed": (0.3, 12_000_000, 16_000_000),  # a word grows too old to be read
    "delayed": (0.02, 50_000_000, 500_000_000),
}
"""Fault word -> (chance in each block of a dozen ms, least and most ns that the processor is taken away). Busy and torn strike between two
operations of a read, the others before one. They hit all four chips: the four share one processor."""
OPS_A_BLOCK = 300


class ChipBoard(SimulatedBoard):
    """A `SimulatedBoard` whose readings come through chips and driver: about one conversion of each cell a `read`.

    Everything comes from the seed; virtual time only moves in `read`. When the process wakes depends on the calls, so other block lengths
    give the same person at the same times, but other readings. `sinc4` False takes the chip's filter out.
    chips: of each corner, to be given faults of the chip model or asked for their `truth` (the last 4096 conversions).
    """

    def __init__(
        self,
        traits: str = "",
        *,
        seed: int = 1,
        faults: Iterable[SampleFault | str] = (),
        geometry: Geometry | None = None,
        script: Iterable[Act] = (),
        start_ns: int = 0,
        calibration: Calibration | None = None,
        order: tuple[int, int, int, int] = (0, 1, 2, 3),
        sinc4: bool = True,
    ) -> None:
        super().__init__(
            traits, seed=seed, faults=faults, geometry=geometry, script=script, start_ns=start_ns, calibration=calibration, order=order
        )
        self._offset_ns = self._person.step * STEP_NS
        self._bridges = self._cells.bridges
        self._bridges.history_steps = LOOK_BACK_STEPS
        self._rng = np.random.default_rng((seed, 0xC415, start_ns))
        self._over = False
        self._white = 1 / FILTERED if sinc4 else 1.0
        drift = self._rng.uniform(-DRIFT_PPM_S, DRIFT_PPM_S, 4).tolist()
        self.chips = tuple(
            Chip(
                self._source(corner),
                ppm=(period_ns * RATE_HZ / 1e9 - 1) * 1e6,
                drift_ppm_s=drift[corner],
                jitter_ns=JITTER_NS,
                noise_counts=NOISE_COUNTS,
                sinc4=sinc4,
                seed=seed * 4 + corner,
            )
            for corner, period_ns in enumerate(self._cells.period_ns)
        )
        for fault in self._faults:
            self._break(fault)
        plugs = [self.chips[corner] for corner in self.traits.build.wiring]
        self._bench = Bench(plugs, lines=CELL_LINES, latency_ns=self._latency_ns, limit_s=float("inf"))
        self._driver = Hx711Board(self._bench.pins(), self.geometry, lines=tuple(CELL_LINES[plug] for plug in order))

    @property
    def now_ns(self) -> int:
        return self._offset_ns + self._bench.now_ns()

    @property
    def counters(self) -> tuple[Counters, ...]:
        """What the driver counted at each cell since the start."""
        return self._driver.counters

    @property
    def rates_hz(self) -> tuple[float, ...]:
        """Conversions a second as the driver measures them."""
        return self._driver.rates_hz

    def read(self, timeout_s: float) -> Readings:
        """What the driver reads in at most `timeout_s` and 50 ms of virtual time. EndOfBoard after a scripted `end`."""
        if self._over:
            raise EndOfBoard
        self._take_processor()
        try:
            readings = self._driver.read(min(timeout_s, LONGEST_BLOCK_S))
        except EndOfBoard:
            self._over = True
            raise
        for chip in self.chips:
            del chip.truth[:-TRUTH_KEPT]
        offset_ns = self._offset_ns
        return Readings(readings.cell, readings.t_ns + offset_ns, readings.count, readings.flag, readings.until_ns + offset_ns)

    def close(self) -> None:
        self._driver.close()

    def _source(self, corner: int) -> Source:
        """Bridge output of a cell in mV/V at a time of the bench. The person lives on as far as somebody looks."""
        bridges, person, zero = self._bridges, self._person, self._bridges.zero_count[corner]
        ill = [f for f in self._faults if f.cell == corner]

        def mv_v(t_ns: int, channel: str) -> float:
            at_ns = t_ns + self._offset_ns
            while person.step * STEP_NS <= at_ns + STEP_NS:
                bridges.feed(person.run(AHEAD_STEPS), person.step * STEP_NS)
            count = bridges.count(corner, at_ns)
            for fault in ill:
                if fault.on(at_ns):
                    count = zero + off_by(fault, count - zero, at_ns)
                    if fault.word == "noisy":
                        count += self._rng.standard_normal() * NOISY_COUNTS * self._white
            return count / COUNTS_PER_MV_V

        return mv_v

    def _break(self, fault: SampleFault) -> None:
        if fault.word not in PIN_FAULTS:
            return
        word, every_ns, on_ns = PIN_FAULTS[fault.word]
        if fault.cycle:
            every_ns, on_ns = CYCLE_NS, CYCLE_OFF_NS
        from_ns = fault.start_ns - self._offset_ns
        for_ns = FOR_EVER_NS if fault.end_ns is None else fault.end_ns - fault.start_ns
        self.chips[fault.cell].fault(word, from_ns, for_ns, every_ns=every_ns, on_ns=on_ns)

    def _latency_ns(self) -> int:
        return int(self._rng.integers(*LATENCY_NS)) + self._lost_ns("missed", "delayed", share=0.25)

    def _take_processor(self) -> None:
        lost_ns = self._lost_ns("busy", "torn")
        if lost_ns:
            self._bench.preempt(int(self._rng.integers(1, OPS_A_BLOCK)), lost_ns)

    def _lost_ns(self, *words: str, share: float = 1.0) -> int:
        """How long the processor is taken away now, mostly 0. `share`: of the chance, where it is asked more than once a block."""
        active = {f.word for f in self._faults if f.word in words and f.on(self.now_ns)}
        lost_ns = 0
        for word in sorted(active):
            chance, least_ns, most_ns = LOST_NS[word]
            if self._rng.random() < chance * share:
                lost_ns += int(self._rng.integers(least_ns, most_ns))
        return lost_ns
