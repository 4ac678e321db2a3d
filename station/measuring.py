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
from station.core.measures.presets import preset
from station.core.measures.spread import measure_all
from station.core.results import MeasureValue
from station.errors import BadFile, StationError
from station.parallel import each
from station.row_times import UNEVEN, RowTimes, row_times
from station.words import Num, Words, say

Floats = npt.NDArray[np.float64]
ALL = "all"
"""Instead of a name of settings: every one of them."""
ENDINGS = (".csv", ".csv.gz")
RAW = "raw"


@dataclass(frozen=True, slots=True)
class Measured:
    """fs_hz: as `row_times` finds it; n: rows of the file; missing: rows that the file has lost and whose places were kept empty.

    duration_s = (n + missing) / fs. spread: measures by settings, one unless `settings` is "all".
    """

    file: str
    settings: str
    fs_hz: float
    n: int
    spread: Mapping[str, Mapping[str, MeasureValue]]
    notices: tuple[Words, ...]
    missing: int = 0

    @property
    def duration_s(self) -> float:
        return (self.n + self.missing) / self.fs_hz

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
            "missing_rows": self.missing,
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

    A folder gives every `.csv` and `.csv.gz` below it; a file named twice counts once. Raises BadFile for one that holds none.
    """
    found: dict[Path, Path] = {}
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
        for one in inside:
            found.setdefault(one.resolve(), one)
    return list(found.values())


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
    times = row_times(table.t_ns)
    missing = 0 if settings == RAW else times.missing
    spread = _spread(ml_mm, ap_mm, times, settings, only)
    rate = _about_rate(times.fs_hz, spread) if len(ml_mm) > 1 else ()
    told = (*table.notices, *notices, *_about_time(table, times, settings), *rate)
    return Measured(str(path), settings, times.fs_hz, len(ml_mm), spread, told, missing)


def _spread(
    ml_mm: Floats, ap_mm: Floats, times: RowTimes, settings: str, only: tuple[str, ...] | None
) -> Mapping[str, Mapping[str, MeasureValue]]:
    """Every row in its place, so that short gaps are bridged and long ones left out; under "raw" the rows close up."""
    ml, ap = (column if settings == RAW else times.on_grid(column) for column in (ml_mm, ap_mm))
    if settings != ALL:
        return {settings: measure_cop(ml, ap, times.fs_hz, settings, only)}
    spread = measure_all(ml, ap, times.fs_hz, only)
    if times.missing and RAW in spread:
        spread[RAW] = measure_cop(ml_mm, ap_mm, times.fs_hz, RAW, list(spread[RAW]))
    return spread


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


def _about_time(table: CsvTable, times: RowTimes, settings: str) -> Iterator[Words]:
    """What of the file's time makes its numbers differ from those of an even, fast one."""
    step_ns = np.diff(table.t_ns)
    if not len(step_ns):
        return
    usual_s, longest_s = float(np.median(step_ns)) / 1e9, float(step_ns.max()) / 1e9
    if times.missing:
        gap = {"n": Num(times.missing), "longest": Num(times.longest / times.fs_hz, 3)}
        yield from () if settings == RAW else (say("measuring.missing", **gap),)
        yield from (say("measuring.closed-up", **gap),) if settings in (RAW, ALL) else ()
    elif times.fs_hz == 1e9 / float(np.median(step_ns)) and longest_s > UNEVEN * usual_s:
        rows = int(np.count_nonzero(step_ns > UNEVEN * usual_s * 1e9))
        yield say("measuring.uneven", n=Num(rows), longest=Num(longest_s, 3), usual=Num(usual_s, 3))
    if times.fs_hz < LEAST_RATE_HZ:
        yield say("measuring.slow", rate=Num(times.fs_hz, 1), least=Num(LEAST_RATE_HZ))
    if table.kind == "cells" and table.duplicate_rows:
        yield say("measuring.duplicates", n=Num(table.duplicate_rows))


def _about_rate(fs_hz: float, spread: Iterable[str]) -> Iterator[Words]:
    """Which filter and which grid of the settings the file is too slow for: those settings measure its rows as they are."""
    slow: dict[tuple[str, float], list[str]] = {}
    for how in map(preset, spread):
        if how.lowpass_hz is not None and fs_hz <= 2 * how.lowpass_hz:
            slow.setdefault(("unfiltered", how.lowpass_hz), []).append(how.name)
        if how.grid_hz is not None and fs_hz < how.grid_hz:
            slow.setdefault(("no-grid", how.grid_hz), []).append(how.name)
    for (what, limit_hz), names in slow.items():
        yield say(f"measuring.{what}", rate=Num(fs_hz, 1), limit=Num(limit_hz), settings=", ".join(names))
