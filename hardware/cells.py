"""Four simulated load cells and their free-running converters: from loads on the plate to readings.

Codes are those of an HX711 at gain 128 on a 100 kg cell of 2 mV/V: 42,950 counts a kilogram, 90 nV of noise (45 counts), rails at
24 bits. A conversion shows the load two of its own periods before its edge; the filter's smoothing is left out, so that truth and
reading can be compared exactly (`hardware.chip_board` has the whole chip).
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from hardware.body import STEP_NS, STEP_S, Floats
from hardware.plate import Build, Four, Plate
from hardware.sample_faults import SLOW_HZ, Ill, SampleFault
from station.core.calibration import Calibration
from station.core.geometry import GRAVITY_M_S2, Geometry
from station.core.readings import Flag, Readings

COUNTS_PER_KG = 42_950.0
NOMINAL_GAIN_N = GRAVITY_M_S2 / COUNTS_PER_KG
RATE_HZ = 80.0
NOISE_COUNTS = 45.0
JITTER_NS = 20_000  # the kernel stamps an edge up to this late
RAIL = (-(1 << 23), (1 << 23) - 1)
HISTORY_STEPS = 60  # 0.3 s of loads: a slow converter looks 0.17 s back
CREEP_S = 120.0
HYSTERESIS_N = 100.0  # the cell lags this far behind a load that keeps growing
COLD_S, COLD_G, COLD_GAIN = 240.0, 200.0, 0.003  # warm-up: 50 g a minute at first, below 20 after four minutes
DRIFT_GAIN_PER_G = 2e-6  # what warms a bridge moves its gain a little too


class Bridges:
    """Gains, zeros and ageing of four cells under a plate, all from the seed: loads go in, codes without noise come out.

    Fed with every step of load in order. `gain_n_per_count` and `zero_count` are the true ones; `plate.cells_mm` the true places.
    """

    def __init__(
        self,
        rng: np.random.Generator,
        seed: int,
        geometry: Geometry,
        build: Build,
        *,
        settled: bool = False,
    ) -> None:
        """`settled`: what lies on the plate at first has lain there for long. `history_steps` may be set before the first load."""
        spread, zero = rng.uniform(-build.gain_spread, build.gain_spread, 4), np.round(rng.uniform(-40_000, 40_000, 4))
        gain = [g if cell not in build.reversed else -g for cell, g in enumerate((NOMINAL_GAIN_N / (1.0 + spread)).tolist())]
        self.gain_n_per_count: Four = (gain[0], gain[1], gain[2], gain[3])
        self.zero_count: Four = (float(zero[0]), float(zero[1]), float(zero[2]), float(zero[3]))
        self.plate = Plate(geometry, build, seed)
        self._build, self.history_steps = build, HISTORY_STEPS
        place = np.array([(1.0, ml, ap) for ml, ap in geometry.cells_mm]).T
        # (4, 3): equal springs under a rigid plate
        self._share: list[list[float]] = np.linalg.solve(place @ place.T, place).T.tolist()
        self._loads: list[list[float]] = []  # of a board as drawn; else the forces on the four cells
        self._first_ns = 0
        self._drift_sign = np.random.default_rng((seed, 0xD21F7)).choice([-1.0, 1.0], 4).tolist()
        self._slow: list[tuple[float, float, float]] | None = None  # a cell: load as creep and hysteresis have seen it, and the last, N
        self._settled = settled

    def feed(self, loads: Floats, end_ns: int) -> None:
        """`end_ns` is the time of the step after the last row of `loads` (n, 3)."""
        rows = loads.tolist()
        if not self._build.drawn:
            rows = [self._aged(self.plate.forces((load, mx, my))) for load, mx, my in rows]
        self._loads = [*(self._loads[-self.history_steps :] or rows[:1] * self.history_steps), *rows]
        self._first_ns = end_ns - len(self._loads) * STEP_NS

    def count(self, cell: int, t_ns: int) -> float:
        """Code of a cell at a time within the history, without noise and rails."""
        force_n, gain = self._force_n(cell, t_ns), self.gain_n_per_count[cell]
        value = self.zero_count[cell] + force_n / gain
        if self._build.drift_g_min or self._build.cold:
            drift_g, grown = self._drifted(cell, t_ns / 1e9)
            value += force_n / gain * grown + drift_g * COUNTS_PER_KG / 1000
        return value

    def _force_n(self, cell: int, t_ns: int) -> float:
        """In plain floats: a dozen conversions a block are too few to be worth arrays."""
        low, rest_ns = divmod(t_ns - self._first_ns, STEP_NS)
        part = rest_ns / STEP_NS
        rest = 1.0 - part
        row, after = self._loads[low], self._loads[low + 1]
        if not self._build.drawn:
            return row[cell] * rest + after[cell] * part
        load, mx, my = row
        next_load, next_mx, next_my = after
        of_load, of_mx, of_my = self._share[cell]
        load, mx, my = load * rest + next_load * part, mx * rest + next_mx * part, my * rest + next_my * part
        return load * of_load + mx * of_mx + my * of_my

    def _aged(self, forces: Four) -> list[float]:
        """What the gauges feel: a part of the load comes slowly (creep), a part follows it with a lag (hysteresis)."""
        creep, lag = self._build.creep, self._build.hysteresis
        if not creep and not lag:
            return list(forces)
        if self._slow is None:
            self._slow = [(f, f, f) if self._settled else (0.0, 0.0, 0.0) for f in forces]
        felt, slow = [], []
        for force_n, (crept_n, lagged_n, before_n) in zip(forces, self._slow, strict=True):
            crept_n += STEP_S / CREEP_S * (force_n - crept_n)
            lagged_n += (1.0 - math.exp(-abs(force_n - before_n) / HYSTERESIS_N)) * (force_n - lagged_n)
            felt.append(force_n + creep * crept_n - lag * (force_n - lagged_n))
            slow.append((crept_n, lagged_n, force_n))
        self._slow = slow
        return felt

    def _drifted(self, cell: int, t_s: float) -> tuple[float, float]:
        """(grams of zero, share of gain) gone since the start."""
        grams = self._drift_sign[cell] * self._build.drift_g_min * t_s / 60
        if not self._build.cold:
            return grams, abs(grams) * DRIFT_GAIN_PER_G
        warm = 1.0 - math.exp(-t_s / COLD_S)
        return grams + self._drift_sign[cell] * COLD_G * warm, abs(grams) * DRIFT_GAIN_PER_G + COLD_GAIN * (warm - 1.0)

    def calibration(self, geometry: Geometry, *, known: bool) -> Calibration:
        """The calibration that fits these cells, or the nominal one of a board that nobody calibrated."""
        if not known:
            return Calibration.from_gains(geometry, (NOMINAL_GAIN_N,) * 4)
        fitting = Calibration.from_gains(geometry, self.gain_n_per_count, self.zero_count, id="simulated", source="simulated")
        return replace(fitting, twist=(0.0, 0.0, 0.0, 0.0))  # four equal springs under a rigid plate


class Cells:
    """Four bridges on four oscillators, read without pins. `sample` must be fed every step of load in order.

    period_ns: of each oscillator; order: order[corner] is the plug whose readings carry that corner's index (`Calibration.order`).
    """

    def __init__(
        self,
        seed: int,
        geometry: Geometry,
        faults: tuple[SampleFault, ...] = (),
        *,
        start_ns: int = 0,
        build: Build | None = None,
        order: tuple[int, int, int, int] = (0, 1, 2, 3),
    ) -> None:
        board = np.random.default_rng((seed, 0xCE11))
        build = build or Build()
        self.bridges = Bridges(board, seed, geometry, build, settled=start_ns > 0)
        period = 1e9 / (RATE_HZ * (1.0 + board.uniform(-0.02, 0.02, 4)))
        self.period_ns = [round(p) for p in period.tolist()]
        phase_ns = [round(p * x) for p, x in zip(self.period_ns, board.uniform(0, 1, 4).tolist(), strict=True)]
        self._edge_ns = [e + max(0, -(-(start_ns - e) // p)) * p for e, p in zip(phase_ns, self.period_ns, strict=True)]
        self._noise, self._late = (np.random.default_rng((seed, stream, start_ns)) for stream in range(2))
        self._slow = [f for f in faults if f.word == "slow"]
        self._ill = Ill(faults, self.bridges.zero_count, seed, start_ns) if faults else None
        corner_of = build.wiring  # of each plug
        labels = [order.index(plug) for plug in range(4)]  # that the readings of each plug carry
        told = [labels[corner_of.index(corner)] for corner in range(4)]
        self._label = None if told == [0, 1, 2, 3] else np.array(told, np.uint8)

    def sample(self, loads: Floats, end_ns: int) -> Readings:
        """Readings whose edges lie before `end_ns`, which is the time of the step after the last row of `loads` (n, 3)."""
        self.bridges.feed(loads, end_ns)
        edges, cells, looks = self._conversions(end_ns)
        readings = self._converted(edges, cells, looks, end_ns) if edges else Readings.none(end_ns)
        if self._ill:
            readings = self._ill.delayed(self._ill.of(readings, edges))
        if self._label is None:
            return readings
        return Readings(self._label[readings.cell], readings.t_ns, readings.count, readings.flag, readings.until_ns)

    def _converted(self, edges: list[int], cells: list[int], looks: list[int], end_ns: int) -> Readings:
        codes = []
        white = self._noise.standard_normal(len(cells)).tolist()
        for cell, look_ns, noise in zip(cells, looks, white, strict=True):
            code = round(self.bridges.count(cell, look_ns) + noise * NOISE_COUNTS)
            codes.append(min(max(code, RAIL[0]), RAIL[1]))
        stamps = [edge + int(late * JITTER_NS) for edge, late in zip(edges, self._late.random(len(edges)).tolist(), strict=True)]
        flags = [int(Flag.RAIL) if code in RAIL else 0 for code in codes]
        return Readings.of(cells, stamps, codes, flags, end_ns)

    def _conversions(self, end_ns: int) -> tuple[list[int], list[int], list[int]]:
        """(edges, cells, times looked at) of the conversions that end before `end_ns`, in order."""
        edges, cells, looks = [], [], []
        edge_ns = self._edge_ns
        slow = self._slow
        while (next_ns := min(edge_ns)) < end_ns:
            cell = edge_ns.index(next_ns)
            period = self.period_ns[cell]
            if slow and any(f.cell == cell and f.on(next_ns) for f in slow):
                period = round(1e9 / SLOW_HZ)
            edges.append(next_ns)
            cells.append(cell)
            looks.append(next_ns - 2 * period)
            edge_ns[cell] = next_ns + period
        return edges, cells, looks
