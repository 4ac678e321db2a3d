"""Measures of a CSV as a researcher has it: CoP or four cells, no board, no station."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from station.core.formats.csv import CsvTable, read_csv
from station.core.formats.sidecar import sidecar
from station.core.measures.prepare import measure_cop
from station.core.results import MeasureValue
from station.words import Words

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Measured:
    """fs_hz = 1 / median step; duration_s = N / fs."""

    file: str
    settings: str
    fs_hz: float
    n: int
    measures: dict[str, MeasureValue]
    notices: tuple[Words, ...]

    @property
    def duration_s(self) -> float:
        return self.n / self.fs_hz

    def to_json(self) -> dict[str, Any]:
        return {
            "file": self.file,
            "settings": self.settings,
            "fs_hz": self.fs_hz,
            "n": self.n,
            "duration_s": self.duration_s,
            "measures": {key: m.to_json() for key, m in self.measures.items()},
        }


def measure_file(path: Path, settings: str, only: tuple[str, ...] | None = None, geometry: str | None = None) -> Measured:
    """Every measure of `settings` on all rows of the file. Raises BadFile naming line and column."""
    table = read_csv(path)
    ml_mm, ap_mm, notices = cop_of(table, path, geometry)
    fs_hz = 1e9 / float(np.median(np.diff(table.t_ns))) if len(table.t_ns) > 1 else 1.0
    values = measure_cop(ml_mm, ap_mm, fs_hz, settings, only)
    return Measured(str(path), settings, fs_hz, len(ml_mm), values, (*table.notices, *notices))


def cop_of(table: CsvTable, path: Path, geometry: str | None) -> tuple[Floats, Floats, tuple[Words, ...]]:
    """(ml, ap) in mm of every row, as the file is: cells are turned into CoP row by row, nothing is resampled."""
    if table.kind == "cop":
        return table.columns["ml_mm"], table.columns["ap_mm"], ()
    board, calibration, notices = sidecar(path, Path(geometry) if geometry else None, newtons=table.newtons)
    del board
    readings = table.to_readings()
    counts = np.empty((len(table.t_ns), 4))
    counts[:, :] = readings.count.reshape(-1, 4) - np.asarray(calibration.zero_count)
    load, mx, my = (counts @ np.asarray(row) for row in calibration.matrix)
    return mx / load, my / load, tuple(notices)
