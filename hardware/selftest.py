"""`check`: what an empty or still board says about itself, with verdicts in words and the next step."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from hardware.faults import Fault, Watch, fault_words
from hardware.hx711 import nominal_calibration
from hardware.pi import cell_words
from station.core.calibration import Calibration
from station.core.geometry import GRAVITY_M_S2
from station.core.readings import CELLS, USABLE, Board, Edge, EndOfBoard, Flag, Readings
from station.words import Num, Words, say

LEAST_RATE_HZ, MOST_RATE_HZ = 75.0, 100.0
MOST_NOISE_G = 10.0  # SD of a still cell (calibration's own gate)
MOST_COP_NOISE_MM = 0.05
MOST_FLAGGED = 0.005
EMPTY_KG = 5.0
LEVEL_SHARE = 0.05  # a loaded foot that carries less than this hangs in the air
PERSON_KG = 60.0


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
class Verdict:
    """good, or what is wrong and what to do next."""

    ok: bool
    what: Words
    do: Words = field(default_factory=lambda: Words(""))


@dataclass(frozen=True, slots=True)
class Report:
    """cop_noise_mm: (ml, ap) expected at 60 kg from the noise of the four cells; load_kg: what lies on the board."""

    seconds: float
    calibrated: bool
    cells: tuple[CellReport, ...]
    load_kg: float
    cop_noise_mm: tuple[float, float]
    verdicts: tuple[Verdict, ...]

    @property
    def ok(self) -> bool:
        return all(verdict.ok for verdict in self.verdicts)

    def to_json(self) -> dict[str, Any]:
        verdicts = [{"ok": v.ok, "what": v.what.to_json(), "do": v.do.to_json()} for v in self.verdicts]
        return {
            "ok": self.ok,
            "seconds": self.seconds,
            "calibrated": self.calibrated,
            "cells": [asdict(cell) for cell in self.cells],
            "load_kg": self.load_kg,
            "cop_noise_mm": list(self.cop_noise_mm),
            "verdicts": verdicts,
        }


def check(board: Board, seconds: float = 10.0, calibration: Calibration | None = None) -> Report:
    """Reads the board for `seconds` of its own time and judges every cell. Without a calibration the nominal gains are used.

    A board that ends before is judged by what it gave. Raises BoardError when it cannot be read.
    """
    used = calibration or nominal_calibration(board.geometry)
    watch = Watch(board.geometry, used, board.timing)
    blocks: list[Readings] = []
    faults: dict[tuple[int | None, str], Fault] = {}
    begin_ns: int | None = None
    try:
        while begin_ns is None or blocks[-1].until_ns - begin_ns < seconds * 1e9:
            blocks.append(board.read(0.05))
            begin_ns = blocks[0].until_ns if begin_ns is None else begin_ns
            faults |= {(f.cell, f.kind): f for f in watch.feed(blocks[-1])}
    except EndOfBoard:
        pass
    cells = tuple(_cell(i, blocks, used) for i in range(len(CELLS)))
    noise_mm = _cop_noise_mm(board, cells)
    load_kg = sum(c.load_kg for c in cells)
    judged = _verdicts(board, cells, list(faults.values()), noise_mm, used)
    read_s = (blocks[-1].until_ns - begin_ns) / 1e9 if blocks and begin_ns is not None else 0.0
    return Report(read_s, used.calibrated, cells, load_kg, noise_mm, judged)


def _cell(index: int, blocks: list[Readings], calibration: Calibration) -> CellReport:
    t_ns, count, flag = (
        np.concatenate([getattr(b, name)[b.cell == index] for b in blocks] or [np.empty(0, np.int64)]) for name in ("t_ns", "count", "flag")
    )
    good = (flag & ~np.uint16(USABLE)) == 0
    rate_hz, jitter_ms = _pace(t_ns[flag & Flag.TIME_POLLED == 0])
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


def _cop_noise_mm(board: Board, cells: tuple[CellReport, ...]) -> tuple[float, float]:
    """Expected at the centre: s_x = sqrt(sum(x_i^2 s_i^2)) / W."""
    s_kg = np.array([c.noise_g for c in cells]) / 1000
    ml, ap = (float(np.sqrt(np.sum((np.array(xs) * s_kg) ** 2))) / PERSON_KG for xs in zip(*board.geometry.cells_mm, strict=True))
    return ml, ap


def _verdicts(
    board: Board, cells: tuple[CellReport, ...], faults: list[Fault], noise_mm: tuple[float, float], calibration: Calibration
) -> tuple[Verdict, ...]:
    found = [Verdict(False, f.what, f.do) for f in faults]
    told = {f.cell for f in faults}
    for i, cell in enumerate(cells):
        if i not in told:
            found += _cell_verdicts(i, cell, isinstance(board.timing, Edge))
    if not faults:
        found += _load_verdicts(cells) if calibration.calibrated else []
        found.append(_noise_verdict(max(noise_mm)))
    if not calibration.calibrated:
        found.append(Verdict(False, say("hardware.check.uncalibrated"), say("hardware.check.uncalibrated.do")))
    return tuple(found)


def _noise_verdict(worst_mm: float) -> Verdict:
    mm, kg = Num(worst_mm, 3), Num(PERSON_KG)
    if worst_mm <= MOST_COP_NOISE_MM:
        return Verdict(True, say("hardware.check.cop-noise", mm=mm, kg=kg))
    high = say("hardware.check.cop-noise-high", mm=mm, kg=kg, most=Num(MOST_COP_NOISE_MM, 2))
    return Verdict(False, high, say("hardware.check.cop-noise-high.do"))


def _cell_verdicts(index: int, cell: CellReport, has_rate: bool) -> list[Verdict]:
    name, found = cell_words(index), []
    if cell.n == 0:
        what, do = fault_words("silent", index)
        return [Verdict(False, what, do)]
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


def _load_verdicts(cells: tuple[CellReport, ...]) -> list[Verdict]:
    """Empty, or loaded: then no foot may hang in the air."""
    load_kg = sum(c.load_kg for c in cells)
    if abs(load_kg) < EMPTY_KG:
        return [Verdict(True, say("hardware.check.empty", kg=Num(load_kg, 2)))]
    least = min(range(len(cells)), key=lambda i: cells[i].load_kg)
    if cells[least].load_kg < LEVEL_SHARE * load_kg:
        what = say("hardware.check.not-level", cell=cell_words(least), kg=Num(cells[least].load_kg, 1), total=Num(load_kg, 1))
        return [Verdict(False, what, say("hardware.check.not-level.do"))]
    return [Verdict(True, say("hardware.check.loaded", kg=Num(load_kg, 1)))]
