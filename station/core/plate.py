"""The zero of the plate: taken when it is empty and still, frozen while somebody stands on it, never fooled by a pad or a bag.

Looked at on every half second of data time (absolute multiples of 0.5 s of the board's clock); the zero in force for the frames of a
half second is decided by those before it. Thresholds are our own.
"""

from __future__ import annotations

from collections import deque
from dataclasses import asdict, replace
from math import sqrt
from typing import Any

import numpy as np
import numpy.typing as npt

from station.core.calibration import Calibration, Row
from station.core.frames import STEP_NS, Plate
from station.core.geometry import GRAVITY_M_S2

HALF_NS = 500_000_000
FRAMES_A_HALF = HALF_NS // STEP_NS
STILL_HALVES = 6
"""3 s make a zero: those that ended half a second ago, so that the first touch of a foot is never in it."""
KEPT_HALVES = STILL_HALVES + 1
STILL_SD_N = 0.6
"""A cell is still below this SD over 3 s: twice the noise of the worst board known (0.31 N), a third of what a person gives."""
STILL_RANGE_N = 1.0
"""The half-second loads of these 3 s stay within 0.1 kg: a plate that is being loaded slowly is not still."""
EMPTY_KG = 2.0
STEP_KG = 0.3
"""More than this away from the zero is a thing on the plate, never drift: drift is followed every half second."""
OBJECT_KG = 10.0
STANDING_AT_START_KG = 5.0
PAD_TOLERANCE = 0.3
TWIST_SHARE = 0.5
"""No thing on a plate with four feet twists it by half of its weight, not even on a soft one: a cell that was knocked does."""

Half = tuple[list[float], list[float]]  # mean and variance of each cell's counts


class Zeroing:
    """Follows the empty plate through the frames' counts.

    Starts with the calibration's zero. 3 s that are valid, still and within 0.3 kg of the zero (2 kg for the first one), as is the half
    second after them, become the zero, again at every half second. Still 3 s further up are a pad (within 30 % of `pad_kg`; zeroed with
    it) or an object (not zeroed); further down the pad taken off or, as no plate weighs less than nothing, a thing that lay there when
    the zero was taken: zeroed anew. A board without calibration takes its first still 3 s whatever they read. A calibrated one that
    starts with more than 5 kg has somebody on it.
    """

    def __init__(self, calibration: Calibration, *, pad_kg: float, fixed: bool) -> None:
        self.plate = Plate(zero_count=calibration.zero_count)
        self._load_n_per_count = calibration.matrix[0]
        self._gain_n_per_count = calibration.gain_n_per_count
        self._nominal = not calibration.calibrated
        self._pad_kg = pad_kg
        self._fixed = fixed
        self._parts: list[npt.NDArray[np.float64]] = []
        self._halves: deque[Half] = deque(maxlen=KEPT_HALVES)

    def zeros(self, t_ns: npt.NDArray[np.int64], counts: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """(m, 4) zero in force at each of the m next frames, whose counts are (m, 4) with NaN where a cell has no value."""
        zeros = np.empty_like(counts)
        at, m = 0, len(t_ns)
        while at < m:
            end_ns = (int(t_ns[at]) // HALF_NS + 1) * HALF_NS
            end = at + (end_ns - int(t_ns[at])) // STEP_NS
            zeros[at:end] = self.plate.zero_count
            self._parts.append(counts[at:end].copy())
            if end <= m:
                self._judge(np.concatenate(self._parts), end_ns)
                self._parts.clear()
            at = end
        return zeros

    def _judge(self, counts: npt.NDArray[np.float64], now_ns: int) -> None:
        if len(counts) < FRAMES_A_HALF or bool(np.isnan(counts).any()):
            self._halves.clear()
            return
        mean = counts.sum(axis=0) / FRAMES_A_HALF
        off = counts - mean
        self._halves.append((mean.tolist(), ((off * off).sum(axis=0) / FRAMES_A_HALF).tolist()))
        load_n = self._load_n(mean.tolist()) - self._load_n(self.plate.zero_count)
        self.plate = replace(self.plate, load_n=load_n)
        self._weigh(load_n / GRAVITY_M_S2, now_ns)

    def _weigh(self, kg: float, now_ns: int) -> None:
        still = self._still()
        plate = self.plate
        first = not plate.zero_checked
        if first and still and self._nominal and not self._fixed:
            self._take_zero(now_ns, pad=False)
        elif kg > (STANDING_AT_START_KG if first and not self._nominal else OBJECT_KG):
            self.plate = replace(plate, state="loaded")
        elif not still:
            self._unsettled(kg)
        elif self._near_pad(kg) and not plate.pad and not first:
            self._take_zero(now_ns, pad=True)
        elif self._near_pad(-kg) and plate.pad:
            self._take_zero(now_ns, pad=False)
        elif kg < (EMPTY_KG if first else STEP_KG) or (self._knocked(kg) and not first):
            self._take_zero(now_ns, pad=plate.pad)
        else:
            self.plate = replace(plate, state="object")

    def _knocked(self, kg: float) -> bool:
        """What these 3 s read above the zero is no thing: one corner alone carries it."""
        off_n = [g * (self._mean_count(i) - z) for i, (g, z) in enumerate(zip(self._gain_n_per_count, self.plate.zero_count, strict=True))]
        return abs(off_n[0] - off_n[1] - off_n[2] + off_n[3]) > TWIST_SHARE * kg * GRAVITY_M_S2

    def _unsettled(self, kg: float) -> None:
        state = self.plate.state
        if state == "unknown" or (state == "object" and kg > STEP_KG):
            return
        if kg < EMPTY_KG:
            self.plate = replace(self.plate, state="empty" if self.plate.zero_checked else "unknown")

    def _near_pad(self, kg: float) -> bool:
        return abs(kg - self._pad_kg) <= PAD_TOLERANCE * self._pad_kg

    def _still(self) -> bool:
        if len(self._halves) < KEPT_HALVES:
            return False
        loads_n = [self._load_n(mean) for mean, _ in self._halves]
        return max(loads_n) - min(loads_n) <= STILL_RANGE_N and max(self._sd_n()) < STILL_SD_N

    def _sd_n(self) -> Row:
        """SD of each cell over these 3 s, newtons."""
        a, b, c, d = (abs(gain) * self._sd_counts(cell) for cell, gain in enumerate(self._gain_n_per_count))
        return (a, b, c, d)

    def _sd_counts(self, cell: int) -> float:
        mean = self._mean_count(cell)
        squares = 0.0
        for means, variances in self._before():
            squares += variances[cell] + (means[cell] - mean) ** 2
        return sqrt(squares / STILL_HALVES)

    def _before(self) -> list[Half]:
        """The 3 s that make a zero; the newest half second only has to be still."""
        return list(self._halves)[:STILL_HALVES]

    def _mean_count(self, cell: int) -> float:
        total = 0.0
        for means, _ in self._before():
            total += means[cell]
        return total / STILL_HALVES

    def _load_n(self, counts: list[float] | Row) -> float:
        k = self._load_n_per_count
        return k[0] * counts[0] + k[1] * counts[1] + k[2] * counts[2] + k[3] * counts[3]

    def _take_zero(self, now_ns: int, *, pad: bool) -> None:
        if self._fixed:
            self.plate = replace(self.plate, state="empty")
            return
        zero = (self._mean_count(0), self._mean_count(1), self._mean_count(2), self._mean_count(3))
        load_n = self._load_n(self._halves[-1][0]) - self._load_n(zero)
        self.plate = Plate("empty", pad, load_n, zero, now_ns, self._sd_n(), zero_checked=True)

    def state(self) -> dict[str, Any]:
        rows = [row for part in self._parts for row in part.tolist()]
        return {
            "plate": asdict(self.plate),
            "halves": [[list(mean), list(variance)] for mean, variance in self._halves],
            "counts": [[None if count != count else count for count in row] for row in rows],
        }

    def restore(self, state: dict[str, Any]) -> None:
        plate = dict(state["plate"])
        plate["zero_count"] = tuple(plate["zero_count"])
        plate["noise_n"] = tuple(plate["noise_n"])
        self.plate = Plate(**plate)
        self._halves = deque(((list(mean), list(variance)) for mean, variance in state["halves"]), KEPT_HALVES)
        counts = [[float("nan") if count is None else count for count in row] for row in state["counts"]]
        self._parts = [np.array(counts, np.float64)] if counts else []
