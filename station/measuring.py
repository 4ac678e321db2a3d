"""Measures of a CSV as a researcher has it: CoP or four cells, no board, no station."""

from __future__ import annotations

import glob
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from station.core.board_checks import LEAST_RATE_HZ
from station.core.formats.csv import CsvTable, read_csv
from station.core.formats.sidecar import sidecar
from station.core.frames import LEAST_LOAD_N
from station.core.measures.prepare import measure_cop
from station.core.measures.spread import measure_all
from station.core.results import MeasureValue
from station.errors import BadFile, StationError
from station.parallel import each
from station.words import Num, Words, say

Floats = npt.NDArray[np.float64]
ALL = "all"
"""Instead of a name of settings: every one of them."""
ENDINGS = (".csv", ".csv.gz")
UNEVEN = 1.5  # of the median step: what the station's own verdict calls uneven


@dataclass(frozen=True, slots=True)
class Measured:
    """fs_hz = 1 / median step; duration_s = N / fs. spread: measures by settings, one unless `settings` is "all"."""

    file: str
    settings: str
    fs_hz: float
    n: int
    spread: Mapping[str, Mapping[str, MeasureValue]]
    notices: tuple[Words, ...]

    @property
    def duration_s(self) -> float:
        return self.n / self.fs_hz

    @property
    def measures(self) -> Mapping[str, MeasureValue]:
        """Of the first settings."""
        return next(iter(self.spread.values()), {})

    def to_json(self) -> dict[str, Any]:
        """`measures` under one name of settings; `spread` (settings, then key) under all."""
        by_settings = {name: {key: m.to_json() for key, m in measures.items()} for name, measures in self.spread.items()}
        values = {"spread": by_settings} if self.settings == ALL else {"measures": by_settings[self.settings]}
        return {
            "file": self.file,
            "settings": self.settings,
            "fs_hz": self.fs_hz,
            "n": self.n,
            "duration_s": self.duration_s,
            **values,
        }


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that could not be measured: every mistake of it, and what to do."""

    file: str
    what: Words
    do: Words
    mistakes: tuple[Words, ...]

    @staticmethod
    def of(file: str, error: StationError) -> Refused:
        return Refused(file, error.what, error.do, tuple(getattr(error, "mistakes", ())))


@dataclass(frozen=True, slots=True)
class Job:
    path: Path
    settings: str
    only: tuple[str, ...] | None
    geometry: str | None


def files_of(names: Iterable[str]) -> list[Path]:
    """What was named, folders and patterns (`trials/*.csv`) replaced by the CSVs in them, in order.

    A folder gives every `.csv` and `.csv.gz` below it. Raises BadFile for one that holds none.
    """
    found: list[Path] = []
    for name in names:
        path = Path(name)
        if path.is_dir():
            inside = [p for p in sorted(path.rglob("*")) if p.name.lower().endswith(ENDINGS) and p.is_file()]
        elif glob.has_magic(name) and not path.exists():
            inside = [Path(p) for p in sorted(glob.glob(name, recursive=True)) if Path(p).is_file()]
        else:
            inside = [path]
        if not inside:
            raise BadFile(say("measuring.no-csv", place=name), file=name)
        found += inside
    return found


def measure_files(jobs: Iterable[Job], processes: int = 1) -> Iterator[Measured | Refused]:
    """One answer a file, in order; a bad file is an answer too."""
    for _, answer in each(measured_or_refused, jobs, processes):
        yield answer


def measured_or_refused(job: Job) -> Measured | Refused:
    try:
        return measure_file(job.path, job.settings, job.only, job.geometry)
    except StationError as error:
        return Refused.of(str(job.path), error)


def measure_file(path: Path, settings: str, only: tuple[str, ...] | None = None, geometry: str | None = None) -> Measured:
    """Every measure of `settings` (or of all of them) on all rows of the file. Raises BadFile naming line and column."""
    table = read_csv(path)
    ml_mm, ap_mm, notices = cop_of(table, path, geometry)
    step_ns = np.diff(table.t_ns)
    fs_hz = 1e9 / float(np.median(step_ns)) if len(step_ns) else 1.0
    if settings == ALL:
        spread: Mapping[str, Mapping[str, MeasureValue]] = measure_all(ml_mm, ap_mm, fs_hz, only)
    else:
        spread = {settings: measure_cop(ml_mm, ap_mm, fs_hz, settings, only)}
    told = (*table.notices, *notices, *_about_time(step_ns, fs_hz, table))
    return Measured(str(path), settings, fs_hz, len(ml_mm), spread, told)


def cop_of(table: CsvTable, path: Path, geometry: str | None) -> tuple[Floats, Floats, tuple[Words, ...]]:
    """(ml, ap) in mm of every row, as the file is: cells are turned into CoP row by row, nothing is resampled; NaN below 100 N."""
    if table.kind == "cop":
        return table.columns["ml_mm"], table.columns["ap_mm"], ()
    _, calibration, notices = sidecar(path, Path(geometry) if geometry else None, newtons=table.newtons)
    readings = table.to_readings()
    counts = np.empty((len(table.t_ns), 4))
    counts[:, :] = readings.count.reshape(-1, 4) - np.asarray(calibration.zero_count)
    load, mx, my = (counts @ np.asarray(row) for row in calibration.matrix)
    load = np.where(load < LEAST_LOAD_N, np.nan, load)
    return mx / load, my / load, tuple(notices)


def _about_time(step_ns: npt.NDArray[np.int64], fs_hz: float, table: CsvTable) -> Iterator[Words]:
    """What of the file's time makes its numbers differ from those of an even, fast one."""
    if not len(step_ns):
        return
    longest_s = float(step_ns.max()) / 1e9
    if longest_s * fs_hz > UNEVEN:
        rows = int(np.count_nonzero(step_ns * fs_hz / 1e9 > UNEVEN))
        yield say("measuring.uneven", n=Num(rows), longest=Num(longest_s, 3), usual=Num(1 / fs_hz, 3))
    if fs_hz < LEAST_RATE_HZ:
        yield say("measuring.slow", rate=Num(fs_hz, 1), least=Num(LEAST_RATE_HZ))
    if table.kind == "cells" and table.duplicate_rows:
        yield say("measuring.duplicates", n=Num(table.duplicate_rows))
