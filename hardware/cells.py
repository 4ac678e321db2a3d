"""A simulated rigid plate on four springs, four load cells and four free-running converters: from loads to readings.

Codes are those of an HX711 at gain 128 on a 100 kg cell of 2 mV/V: 42,950 counts a kilogram, 90 nV of noise (45 counts), rails at
24 bits. A conversion shows the load two of its own periods before its edge; the filter's smoothing is left out, so that truth and
reading can be compared exactly.
"""

from __future__ import annotations

import numpy as np

from hardware.body import STEP_NS, Floats
from hardware.sample_faults import SLOW_HZ, WRONG_GAIN, SampleFault
from station.core.calibration import Calibration
from station.core.geometry import GRAVITY_M_S2, Geometry
from station.core.readings import Flag, Readings

COUNTS_PER_KG = 42_950.0
NOMINAL_GAIN_N = GRAVITY_M_S2 / COUNTS_PER_KG
RATE_HZ = 80.0
NOISE_COUNTS = 45.0
JITTER_NS = 20_000  # the kernel stamps an edge up to this late
RAIL = (-(1 << 23), (1 << 23) - 1)
REPEAT_FROM = 8
HISTORY_STEPS = 60  # 0.3 s of loads: a slow converter looks 0.17 s back


class Cells:
    """Gains, zeros and oscillators of one board, all from the seed. `sample` must be fed every step of load in order."""

    def __init__(self, seed: int, geometry: Geometry, faults: tuple[SampleFault, ...] = (), *, start_ns: int = 0) -> None:
        board = np.random.default_rng((seed, 0xCE11))
        gain = NOMINAL_GAIN_N / (1.0 + board.uniform(-0.03, 0.03, 4))
        zero = np.round(board.uniform(-40_000, 40_000, 4))
        period = 1e9 / (RATE_HZ * (1.0 + board.uniform(-0.02, 0.02, 4)))
        self.gain_n_per_count = (float(gain[0]), float(gain[1]), float(gain[2]), float(gain[3]))
        self.zero_count = (float(zero[0]), float(zero[1]), float(zero[2]), float(zero[3]))
        self._period_ns = [round(p) for p in period.tolist()]
        phase_ns = [round(p * x) for p, x in zip(self._period_ns, board.uniform(0, 1, 4).tolist(), strict=True)]
        self._edge_ns = [e + max(0, -(-(start_ns - e) // p)) * p for e, p in zip(phase_ns, self._period_ns, strict=True)]
        self._noise, self._late, self._junk = (np.random.default_rng((seed, stream, start_ns)) for stream in range(3))
        self._faults = faults
        self._silent = [False] * 4
        self._frozen: dict[int, tuple[int, int]] = {}  # cell: (code, how often)
        self._held: list[tuple[int, Readings]] = []
        place = np.array([(1.0, ml, ap) for ml, ap in geometry.cells_mm]).T  # (3, 4): load and moments of unit forces
        # (4, 3): equal springs under a rigid plate
        self._share: list[list[float]] = np.linalg.solve(place @ place.T, place).T.tolist()
        self._loads: list[list[float]] = []

    def calibration(self, geometry: Geometry, *, known: bool) -> Calibration:
        """The calibration that fits this board, or the nominal one of a board that nobody calibrated."""
        if not known:
            return Calibration.from_gains(geometry, (NOMINAL_GAIN_N,) * 4)
        return Calibration.from_gains(geometry, self.gain_n_per_count, self.zero_count, id="simulated", source="simulated")

    def sample(self, loads: Floats, end_ns: int) -> Readings:
        """Readings whose edges lie before `end_ns`, which is the time of the step after the last row of `loads` (n, 3)."""
        rows = loads.tolist()
        self._loads = [*(self._loads[-HISTORY_STEPS:] or rows[:1] * HISTORY_STEPS), *rows]
        edges, cells, looks = self._conversions(end_ns)
        if not edges:
            return self._delayed(Readings.none(end_ns))
        codes = self._codes(cells, looks, end_ns - len(self._loads) * STEP_NS)
        stamps = [edge + int(late * JITTER_NS) for edge, late in zip(edges, self._late.random(len(edges)).tolist(), strict=True)]
        flags = [int(Flag.RAIL) if code in RAIL else 0 for code in codes]
        readings = Readings.of(cells, stamps, codes, flags, end_ns)
        return self._delayed(self._ill(readings, edges) if self._faults else readings)

    def _codes(self, cells: list[int], looks: list[int], first_ns: int) -> list[int]:
        """What the converters make of the loads at these times, clipped to their rails; the oldest load kept is of `first_ns`.

        In plain floats: a dozen conversions a block are too few to be worth arrays.
        """
        codes = []
        loads, shares, zero, gain = self._loads, self._share, self.zero_count, self.gain_n_per_count
        white = self._noise.standard_normal(len(cells)).tolist()
        for cell, look_ns, noise in zip(cells, looks, white, strict=True):
            low, rest_ns = divmod(look_ns - first_ns, STEP_NS)
            part = rest_ns / STEP_NS
            rest = 1.0 - part
            load, mx, my = loads[low]
            next_load, next_mx, next_my = loads[low + 1]
            of_load, of_mx, of_my = shares[cell]
            load, mx, my = load * rest + next_load * part, mx * rest + next_mx * part, my * rest + next_my * part
            force_n = load * of_load + mx * of_mx + my * of_my
            code = round(zero[cell] + force_n / gain[cell] + noise * NOISE_COUNTS)
            codes.append(min(max(code, RAIL[0]), RAIL[1]))
        return codes

    def _conversions(self, end_ns: int) -> tuple[list[int], list[int], list[int]]:
        """(edges, cells, times looked at) of the conversions that end before `end_ns`, in order."""
        edges, cells, looks = [], [], []
        edge_ns = self._edge_ns
        slow = [f for f in self._faults if f.word == "slow"]
        while (next_ns := min(edge_ns)) < end_ns:
            cell = edge_ns.index(next_ns)
            period = self._period_ns[cell]
            if slow and any(f.cell == cell and f.on(next_ns) for f in slow):
                period = round(1e9 / SLOW_HZ)
            edges.append(next_ns)
            cells.append(cell)
            looks.append(next_ns - 2 * period)
            edge_ns[cell] = next_ns + period
        return edges, cells, looks

    def _ill(self, readings: Readings, edges: list[int]) -> Readings:
        """The same readings with the faults in them."""
        keep, code, flag = [], readings.count.copy(), readings.flag.copy()
        for i, (cell, edge) in enumerate(zip(readings.cell.tolist(), edges, strict=True)):
            active = [f for f in self._faults if f.cell == cell and f.on(edge)]
            silent = any(f.silent(edge) for f in active)
            keep.append(not silent)
            if self._silent[cell] and not silent:
                flag[i] |= Flag.GAP_BEFORE
            self._silent[cell] = silent
            words = {f.word for f in active}
            if "wrong" in words:
                code[i] = round(self.zero_count[cell] + (int(code[i]) - self.zero_count[cell]) * WRONG_GAIN)
            if "garbage" in words:
                code[i] = int(self._junk.integers(RAIL[0] + 1, RAIL[1]))
            if "saturated" in words:
                code[i], flag[i] = RAIL[1], flag[i] | Flag.RAIL
            if "stuck" in words:
                frozen, times = self._frozen.get(cell, (int(code[i]), 0))
                self._frozen[cell] = (frozen, times + 1)
                code[i] = frozen
                flag[i] |= Flag.REPEAT if times + 1 >= REPEAT_FROM else 0
            else:
                self._frozen.pop(cell, None)
        where = np.array(keep, np.bool_)
        return Readings(readings.cell[where], readings.t_ns[where], code[where], flag[where], readings.until_ns)

    def _delayed(self, readings: Readings) -> Readings:
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
