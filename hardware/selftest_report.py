"""What a self-test found: figures of each cell and of the four together, and the verdicts in sentences with the next step. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from hardware.faults import Fault, fault_words
from hardware.pi import Throttled, cell_words
from hardware.watch_plate import TWIST_SHARE, Weights
from station.core.calibration import Calibration, Row
from station.core.geometry import GRAVITY_M_S2, Geometry
from station.core.readings import CELLS, USABLE, Edge, Flag, Readings, Timing
from station.core.sheet import Verdict
from station.words import Num, Words, say

LEAST_RATE_HZ, MOST_RATE_HZ = 75.0, 100.0
MOST_NOISE_G = 10.0  # SD of a still cell (calibration's own gate)
MOST_COP_NOISE_MM = 0.05
MOST_FLAGGED = 0.005
EMPTY_KG = 5.0
TWIST_FROM_KG = 20.0  # a lighter load says little of the twist
LEVEL_SHARE = 0.05  # a loaded foot that carries less than this hangs in the air
PERSON_KG = 60.0
MOST_HIGH_US = 40.0  # p99 of SCK high: above it a computer cannot read the chips
OF_THE_PLATE = frozenset({"twist", "swapped", "moved", "drift", "standing", "negative"})
"""Faults of a Watch that the figures here tell better."""


@dataclass(frozen=True, slots=True)
class CellReport:
    """One cell. rate_hz: conversions per second; jitter_ms: SD of its period; noise_g: SD of a still cell without its slow drift;
    load_kg above the calibration's zero; flagged, saturated: readings of n; unique: different codes among them."""

    cell: str
    n: int
    rate_hz: float
    jitter_ms: float
    noise_g: float
    load_kg: float
    flagged: int
    saturated: int
    unique: int


@dataclass(frozen=True, slots=True)
class Machine:
    """What the computer says; None or "" where nobody knows.

    way: how the pins are reached; high_us: longest time SCK was high in 99 of 100 pulses; temperature_c: of the processor
    counters: of each chip since the start, as the board counts them
    """

    way: str = ""
    high_us: float | None = None
    throttled: Throttled | None = None
    temperature_c: float | None = None
    counters: tuple[dict[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """cop_noise_mm: (ml, ap) expected at 60 kg from the noise of the four cells; least_kg: the lightest person whose CoP noise stays
    below 0.05 mm; load_kg: what lies on the board; twist_pct: what the corners disagree by, of the load; None when it is too light."""

    seconds: float
    calibrated: bool
    cells: tuple[CellReport, ...]
    load_kg: float
    cop_noise_mm: tuple[float, float]
    verdicts: tuple[Verdict, ...]
    least_kg: float = 0.0
    twist_pct: float | None = None
    machine: Machine = field(default_factory=Machine)

    @property
    def ok(self) -> bool:
        return all(verdict.ok for verdict in self.verdicts)

    def to_json(self) -> dict[str, Any]:
        bits = None if self.machine.throttled is None else self.machine.throttled.bits
        return {
            "ok": self.ok,
            "seconds": self.seconds,
            "calibrated": self.calibrated,
            "cells": [asdict(cell) for cell in self.cells],
            "load_kg": self.load_kg,
            "cop_noise_mm": list(self.cop_noise_mm),
            "least_kg": self.least_kg,
            "twist_pct": self.twist_pct,
            "machine": {
                "way": self.machine.way,
                "high_us": self.machine.high_us,
                "throttled": bits,
                "temperature_c": self.machine.temperature_c,
                "counters": list(self.machine.counters),
            },
            "verdicts": [{"ok": v.ok, "what": v.what.to_json(), "do": v.do.to_json()} for v in self.verdicts],
        }


def report_of(
    blocks: Sequence[Readings],
    seconds: float,
    faults: Sequence[Fault],
    geometry: Geometry,
    calibration: Calibration,
    timing: Timing,
    machine: Machine,
) -> Report:
    """Figures and verdicts of these readings; `faults`: everything that a Watch told meanwhile."""
    cells = tuple(cell_report(i, blocks, calibration) for i in range(len(CELLS)))
    ml_mm, ap_mm = _cop_noise_mm(geometry, cells)
    load_kg = sum(c.load_kg for c in cells)
    least_kg = max(geometry.least_person_kg, PERSON_KG * max(ml_mm, ap_mm) / MOST_COP_NOISE_MM)
    twist = _twist_share(cells, calibration) if calibration.calibrated and load_kg > TWIST_FROM_KG else None
    told = [f for f in faults if f.kind not in OF_THE_PLATE]
    found = _cells_verdicts(cells, told, isinstance(timing, Edge))
    if not told:
        found += _load_verdicts(cells, twist) if calibration.calibrated else []
        found += _noise_verdicts(max(ml_mm, ap_mm), least_kg)
    found += _machine_verdicts(machine)
    if not calibration.calibrated:
        found.append(Verdict(False, say("hardware.check.uncalibrated"), say("hardware.check.uncalibrated.do")))
    twist_pct = None if twist is None else 100 * twist
    return Report(seconds, calibration.calibrated, cells, load_kg, (ml_mm, ap_mm), tuple(found), least_kg, twist_pct, machine)


def cell_report(index: int, blocks: Sequence[Readings], calibration: Calibration) -> CellReport:
    """The figures of one cell of CELLS."""
    t_ns, count, flag = (
        np.concatenate([getattr(b, name)[b.cell == index] for b in blocks] or [np.empty(0, np.int64)]) for name in ("t_ns", "count", "flag")
    )
    good = (flag & ~np.uint16(USABLE)) == 0
    on_edges = flag & Flag.TIME_POLLED == 0
    rate_hz, jitter_ms = _pace(t_ns[on_edges] if on_edges.any() else t_ns)  # a board without edges has only the looks
    gain_kg = calibration.gain_n_per_count[index] / GRAVITY_M_S2
    load_kg = float(np.median(count[good]) - calibration.zero_count[index]) * gain_kg if good.any() else 0.0
    settling = flag & Flag.SETTLING != 0
    return CellReport(
        cell=CELLS[index],
        n=len(count),
        rate_hz=rate_hz,
        jitter_ms=jitter_ms,
        noise_g=_still_sd(count[good]) * abs(gain_kg) * 1000,
        load_kg=load_kg,
        flagged=int(np.count_nonzero(~good & ~settling)),
        saturated=int(np.count_nonzero(flag & Flag.RAIL)),
        unique=len(np.unique(count[good])),
    )


def _pace(t_ns: npt.NDArray[np.int64]) -> tuple[float, float]:
    """(rate in Hz, SD of the period in ms), missed conversions left out."""
    if len(t_ns) < 4:
        return 0.0, 0.0
    steps = np.diff(t_ns)
    period_ns = float(np.median(steps))
    single = steps[np.abs(steps - period_ns) < period_ns / 2]
    return 1e9 / float(single.mean()), float(single.std()) / 1e6


def _still_sd(count: npt.NDArray[np.int32]) -> float:
    """SD of white noise from successive differences (von Neumann): a slow drift or a person's sway adds next to nothing."""
    return float(np.sqrt(np.mean(np.diff(count.astype(np.float64)) ** 2) / 2)) if len(count) > 2 else 0.0


def _cop_noise_mm(geometry: Geometry, cells: tuple[CellReport, ...]) -> tuple[float, float]:
    """Expected at the centre: s_x = sqrt(sum(x_i^2 s_i^2)) / W."""
    s_kg = np.array([c.noise_g for c in cells]) / 1000
    ml, ap = (float(np.sqrt(np.sum((np.array(xs) * s_kg) ** 2))) / PERSON_KG for xs in zip(*geometry.cells_mm, strict=True))
    return ml, ap


def _twist_share(cells: tuple[CellReport, ...], calibration: Calibration) -> float:
    """What the corners disagree by beyond what the calibration knows of this plate, as a share of the load."""
    a, b, c, d = (cell.load_kg * GRAVITY_M_S2 for cell in cells)
    force_n: Row = (a, b, c, d)
    look = Weights(calibration).look(0, force_n)
    alpha, beta, gamma, delta = calibration.twist or (0.0, 0.0, 0.0, 0.0)
    ml_mm, ap_mm = look.mx_nmm / look.load_n, look.my_nmm / look.load_n
    return look.twist_n / look.load_n - (alpha + beta * ml_mm + gamma * ap_mm + delta * ml_mm * ap_mm)


def _cells_verdicts(cells: tuple[CellReport, ...], faults: Sequence[Fault], has_rate: bool) -> list[Verdict]:
    found = [Verdict(False, f.what, f.do) for f in faults]
    told = {f.cell for f in faults}
    whole_board = any(f.kind == "silent" and f.cell is None for f in faults)
    for i, cell in enumerate(cells):
        if i not in told and not whole_board:
            found += _cell_verdicts(i, cell, has_rate)
    return found


def _cell_verdicts(index: int, cell: CellReport, has_rate: bool) -> list[Verdict]:
    name, found = cell_words(index), []
    if cell.n == 0:
        return [Verdict(False, *fault_words("silent", index))]
    if has_rate and not LEAST_RATE_HZ <= cell.rate_hz <= MOST_RATE_HZ:
        rate = say("hardware.check.rate", cell=name, hz=Num(cell.rate_hz, 1), least=Num(LEAST_RATE_HZ), most=Num(MOST_RATE_HZ))
        found.append(Verdict(False, rate, say("hardware.check.rate.do")))
    if cell.noise_g > MOST_NOISE_G:
        noise = say("hardware.check.noise", cell=name, g=Num(cell.noise_g, 1), most=Num(MOST_NOISE_G))
        found.append(Verdict(False, noise, say("hardware.check.noise.do")))
    if cell.flagged > MOST_FLAGGED * cell.n:
        flagged = say("hardware.check.flagged", cell=name, n=Num(cell.flagged), of=Num(cell.n))
        found.append(Verdict(False, flagged, say("hardware.check.flagged.do")))
    good = say("hardware.check.cell-good", cell=name, hz=Num(cell.rate_hz, 1), g=Num(cell.noise_g, 2))
    return found or [Verdict(True, good)]


def _load_verdicts(cells: tuple[CellReport, ...], twist: float | None) -> list[Verdict]:
    """Empty, or loaded: then no foot may hang in the air and the corners agree."""
    load_kg = sum(c.load_kg for c in cells)
    if abs(load_kg) < EMPTY_KG:
        return [Verdict(True, say("hardware.check.empty", kg=Num(load_kg, 2)))]
    least = min(range(len(cells)), key=lambda i: cells[i].load_kg)
    if cells[least].load_kg < LEVEL_SHARE * load_kg:
        what = say("hardware.check.not-level", cell=cell_words(least), kg=Num(cells[least].load_kg, 1), total=Num(load_kg, 1))
        return [Verdict(False, what, say("hardware.check.not-level.do"))]
    if twist is not None and abs(twist) > TWIST_SHARE:
        what = say("hardware.check.twist", percent=Num(100 * abs(twist), 1), most=Num(100 * TWIST_SHARE))
        return [Verdict(False, what, say("hardware.check.twist.do"))]
    return [Verdict(True, say("hardware.check.loaded", kg=Num(load_kg, 1)))]


def _noise_verdicts(worst_mm: float, least_kg: float) -> list[Verdict]:
    mm, kg = Num(worst_mm, 3), Num(PERSON_KG)
    if worst_mm <= MOST_COP_NOISE_MM:
        return [
            Verdict(True, say("hardware.check.cop-noise", mm=mm, kg=kg)),
            Verdict(True, say("hardware.check.least-person", kg=Num(least_kg))),
        ]
    high = say("hardware.check.cop-noise-high", mm=mm, kg=kg, most=Num(MOST_COP_NOISE_MM, 2))
    return [Verdict(False, high, say("hardware.check.cop-noise-high.do"))]


def _machine_verdicts(machine: Machine) -> list[Verdict]:
    found = []
    if machine.way and machine.high_us is not None:
        pulses = say("hardware.check.pulses", way=machine.way, us=Num(machine.high_us, 1), most=Num(MOST_HIGH_US))
        slow = machine.high_us > MOST_HIGH_US
        found.append(Verdict(not slow, pulses, say("hardware.clock-slow.do") if slow else Words("")))
    if machine.throttled is not None:
        for bad, kind in ((machine.throttled.weak_power, "weak-power"), (machine.throttled.hot, "hot")):
            found += [Verdict(False, *fault_words(kind, None))] if bad else []
        if not machine.throttled.weak_power:
            found.append(Verdict(True, say("hardware.check.power-good")))
    if machine.temperature_c is not None:
        found.append(Verdict(True, say("hardware.check.temperature", c=Num(machine.temperature_c))))
    return found
