"""Many measured files as one table: CSV that reads back to the very numbers, or a sheet of XLSX."""

from __future__ import annotations

import errno
import io
import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xlsxwriter

from station.core.measures.registry import definitions
from station.core.measures.spread import spread_keys
from station.core.results import MeasureValue
from station.errors import StationError
from station.export.cells import safe, table
from station.measuring import ALL, Measured
from station.words import Words, say

ABOUT = ("file", "settings", "fs_hz", "n", "duration_s")
Say = Callable[[Words], str]


@dataclass(frozen=True, slots=True)
class Table:
    header: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


def heading(key: str, unit: str) -> str:
    """The key where it carries its unit (it nearly always does), else with the unit behind it."""
    inside = unit.replace("/", "_").replace("%", "pct")
    return key if not unit or inside in key or inside.lower() in key else f"{key} [{unit}]"


def one_table(measured: Sequence[Measured], text: Say) -> Table:
    """Rows are files, columns measures; under all settings rows are measures of files and columns settings."""
    if measured and measured[0].settings == ALL:
        return _by_settings(measured, text)
    units = {key: m.unit for one in measured for key, m in one.measures.items()}
    uncertain = {key for one in measured for key, m in one.measures.items() if m.uncertainty is not None}
    header = [*ABOUT]
    for key, unit in units.items():
        header += [heading(key, unit), f"{key} u"] if key in uncertain else [heading(key, unit)]
    rows = []
    for one in measured:
        row: list[Any] = [one.file, one.settings, one.fs_hz, one.n, one.duration_s]
        for key in units:
            m = one.measures.get(key)
            row += [_value(m), m.uncertainty if m else None] if key in uncertain else [_value(m)]
        rows.append((*row, _methods(one), _notes(one, text)))
    return Table((*header, "method", "notes"), tuple(rows))


def _by_settings(measured: Sequence[Measured], text: Say) -> Table:
    """The notes of a file are in the first of its rows."""
    names = tuple(dict.fromkeys(name for one in measured for name in one.spread))
    rows = []
    for one in measured:
        notes = " ".join(map(text, one.notices))
        for key in spread_keys(one.spread):
            of = [one.spread[name].get(key) for name in names]
            unit = next(iter(definitions(key).values())).unit
            methods = ", ".join(m.method for m in of if m is not None)
            rows.append((one.file, heading(key, unit), *map(_value, of), methods, notes))
            notes = ""
    return Table(("file", "measure", *names, "method", "notes"), tuple(rows))


def _methods(one: Measured) -> str:
    """Settings and version of its values; `-unfiltered` behind it where the file is too slow for the filter."""
    return ", ".join(dict.fromkeys(m.method for m in one.measures.values()))


def _value(m: MeasureValue | None) -> float | None:
    return None if m is None else m.value


def _notes(one: Measured, text: Say) -> str:
    """What was left out, and why what is empty is empty."""
    empty: dict[str, list[str]] = {}
    for key, m in one.measures.items():
        if m.value is None and m.why:
            empty.setdefault(m.why, []).append(key)
    return " ".join([*map(text, one.notices), *(f"{text(say(why))} ({', '.join(keys)})" for why, keys in empty.items())])


def as_csv(made: Table) -> bytes:
    return table(made.header, made.rows)


def as_xlsx(made: Table) -> bytes:
    """One sheet, its head frozen. Text is never a formula."""
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "nan_inf_to_errors": True}
    with xlsxwriter.Workbook(out, options) as book:
        sheet = book.add_worksheet("measures")
        sheet.write_row(0, 0, made.header, book.add_format({"bold": True}))
        sheet.freeze_panes(1, 1)
        for n, row in enumerate(made.rows, 1):
            sheet.write_row(n, 0, [safe(cell) for cell in row])
        sheet.autofit()
    return out.getvalue()


FORMATS: dict[str, Callable[[Table], bytes]] = {".csv": as_csv, ".xlsx": as_xlsx}


def check_out(path: Path) -> None:
    """Before the work: raises StationError for an ending that is no format and for a folder that is not there or not to be written."""
    if path.suffix.lower() not in FORMATS:
        raise StationError(say("measuring.ending", file=str(path)), say("measuring.ending.do"))
    folder = path.absolute().parent
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        raise _unwritable(path, os.strerror(errno.EACCES if folder.is_dir() else errno.ENOENT))


def _unwritable(path: Path, reason: str) -> StationError:
    folder = str(path.absolute().parent)
    return StationError(say("error.folder-unwritable", folder=folder, reason=reason), say("measuring.unwritable.do"))


def write(made: Table, path: Path) -> None:
    """Whole or not at all. Raises StationError where it cannot be written."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        fresh.write_bytes(FORMATS[path.suffix.lower()](made))
        fresh.replace(path)
    except OSError as error:
        with suppress(OSError):
            fresh.unlink()
        raise _unwritable(path, error.strerror or str(error)) from error


def lines(rows: Iterable[Sequence[str]]) -> list[str]:
    """Columns under each other for a person, the first to the left, the others to the right."""
    kept = [list(row) for row in rows]
    widths = [max(len(row[n]) for row in kept) for n in range(len(kept[0]))] if kept else []
    return [
        "  ".join(c.ljust(w) if n == 0 else c.rjust(w) for n, (c, w) in enumerate(zip(row, widths, strict=True))).rstrip() for row in kept
    ]
