"""CSV of CoP or of four cells, plain or gzipped: first row = names with units, then numbers. Nothing is guessed.

CoP: `t_s,ml_mm,ap_mm[,fz_n]`. Cells: `t_s` and the four of `front_left front_right rear_left rear_right` with `_counts` or `_n` (counts
win when both are there). Other columns are ignored and named in a notice. Every mistake is named with file, line and column.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from station.core.readings import CELLS, Flag, Readings
from station.errors import BadFile
from station.words import Num, Words, say

Floats = npt.NDArray[np.float64]

MOST_MISTAKES = 20
COUNTS_PER_N = 1_000_000
"""Newtons become readings as whole micronewtons."""
INT32_MAX = 2**31 - 1
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_NOT_FINITE = re.compile(r"[+-]?(nan|inf|infinity)", re.IGNORECASE)
_COP = ("ml_mm", "ap_mm")
_UNITS = ("counts", "n")


@dataclass(frozen=True, slots=True)
class CsvTable:
    """What a CSV holds.

    kind:    "cop" or "cells"
    newtons: the cells are in newtons, not counts (False for CoP)
    t_s:     (n,) as written; t_ns: (n,) int64, rounded exactly, strictly increasing
    columns: name -> (n,): ml_mm, ap_mm and fz_n if there, or the four cells that are used
    notices: what was left out
    """

    path: Path
    kind: str
    newtons: bool
    t_s: Floats
    t_ns: npt.NDArray[np.int64]
    columns: Mapping[str, Floats]
    notices: tuple[Words, ...]

    @property
    def duplicate(self) -> npt.NDArray[np.bool_]:
        """(n,) rows of cells that equal the row before in all four: one conversion polled twice. One equal cell is none."""
        cells = np.stack(list(self.columns.values()), axis=1)
        same = np.zeros(len(cells), np.bool_)
        if self.kind == "cells":
            same[1:] = (cells[1:] == cells[:-1]).all(axis=1)
        return same

    @property
    def duplicate_rows(self) -> int:
        """How many rows of cells are flagged DUPLICATE."""
        return int(self.duplicate.sum())

    def to_readings(self) -> Readings:
        """Four readings a row in the order of CELLS: counts, or newtons as micronewtons. Duplicate rows keep their flag in all four.

        Raises ValueError for a table of CoP.
        """
        if self.kind != "cells":
            raise ValueError(f"{self.path} holds {self.kind}, not cells")
        n = len(self.t_ns)
        cells = np.stack(list(self.columns.values()), axis=1)
        count = np.rint(cells * COUNTS_PER_N if self.newtons else cells).astype(np.int32)
        flag = np.where(self.duplicate, int(Flag.DUPLICATE), 0)
        until_ns = int(self.t_ns[-1]) if n else 0
        return Readings.of(np.tile(np.arange(4), n), np.repeat(self.t_ns, 4), count.ravel(), np.repeat(flag, 4), until_ns)


@dataclass(frozen=True, slots=True)
class _Mistake:
    words: Words
    line: int
    column: str


def read_csv(path: Path | str) -> CsvTable:
    """The whole table. Raises BadFile with every mistake (the first 20) in `mistakes`."""
    path = Path(path)
    lines = _lines(path)
    if not lines:
        raise _bad(path, [_mistake("format.empty", path)])
    header = [name.strip() for name in lines[0].split(",")]
    if len(lines) == 1:
        raise _bad(path, [*_header_mistakes(path, header), _mistake("format.header-only", path, 1)])
    mistakes = _header_mistakes(path, header)
    if mistakes:
        raise _bad(path, mistakes)
    kind, newtons, names = _layout(header)
    used = ("t_s", *names)
    values = _parse(path, lines[1:], header, used, newtons=newtons if kind == "cells" else None)
    t_s = values[:, 0]
    columns = {name: values[:, 1 + i].copy() for i, name in enumerate(names)}
    return CsvTable(path, kind, newtons, t_s.copy(), _ns(t_s), columns, tuple(_notices(path, header, used)))


def _ns(t_s: Floats) -> npt.NDArray[np.int64]:
    return np.rint(t_s * 1e9).astype(np.int64)


def _lines(path: Path) -> list[str]:
    """Without line ends; empty lines at the end do not count."""
    data = _bytes(path)
    try:
        lines = data.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise _bad(path, list(_undecodable(path, data))) from None
    while lines and not lines[-1].strip():
        lines.pop()
    return lines


def _bytes(path: Path) -> bytes:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise _bad(path, [_mistake("format.unreadable", path, reason=error.strerror or type(error).__name__)]) from error
    return _gunzip(path, data) if path.suffix == ".gz" else data


def _gunzip(path: Path, data: bytes) -> bytes:
    if not data:
        return data
    whole: list[bytes] = []
    while data:
        member = zlib.decompressobj(wbits=31)
        try:
            whole.append(member.decompress(data))
        except zlib.error:
            if not whole and not data.startswith(b"\x1f\x8b"):
                raise _bad(path, [_mistake("format.not-gzip", path)]) from None
            raise _bad(path, [_mistake("format.gzip-broken", path, _line_after(whole))]) from None
        if not member.eof:
            raise _bad(path, [_mistake("format.gzip-cut", path, _line_after(whole))])
        data = member.unused_data.lstrip(b"\0")
    return b"".join(whole)


def _line_after(parts: Sequence[bytes]) -> int:
    return 1 + sum(part.count(b"\n") for part in parts)


def _undecodable(path: Path, data: bytes) -> Iterator[_Mistake]:
    rows = data.splitlines()
    header = rows[0].decode("utf-8", "replace").split(",")
    for number, row in enumerate(rows, 1):
        try:
            row.decode("utf-8")
        except UnicodeDecodeError as error:
            field = row[: error.start].count(b",")
            column = header[field].strip() if field < len(header) and number > 1 else ""
            yield _mistake("format.not-text", path, number, column, byte=f"0x{row[error.start]:02x}")


def _header_mistakes(path: Path, header: list[str]) -> list[_Mistake]:
    if all(_NUMBER.fullmatch(name) for name in header):
        return [_mistake("format.no-header", path, 1)]
    twice = [name for i, name in enumerate(header) if name in header[:i]]
    mistakes = [_mistake("format.column-twice", path, 1, name) for name in dict.fromkeys(twice)]
    missing = [] if "t_s" in header else ["t_s"]
    if not _complete(header):
        missing += _nearest_missing(header)
    found = ", ".join(header)
    return mistakes + [_mistake("format.column-missing", path, 1, name, found=found) for name in missing]


def _cells(unit: str) -> tuple[str, ...]:
    return tuple(f"{cell}_{unit}" for cell in CELLS)


def _complete(header: list[str]) -> list[tuple[str, ...]]:
    """The sets of columns that are all there, the one to use first."""
    return [names for names in (*(_cells(unit) for unit in _UNITS), _COP) if set(names) <= set(header)]


def _nearest_missing(header: list[str]) -> list[str]:
    """What lacks of the set that has most of its columns; of CoP when none has any."""
    kinds = [_COP, *(_cells(unit) for unit in _UNITS)]
    nearest = max(kinds, key=lambda names: len(set(names) & set(header)) / len(names))
    return [name for name in nearest if name not in header]


def _layout(header: list[str]) -> tuple[str, bool, tuple[str, ...]]:
    names = _complete(header)[0]
    if names == _COP:
        return "cop", False, (*_COP, "fz_n") if "fz_n" in header else _COP
    return "cells", names == _cells("n"), names


def _notices(path: Path, header: list[str], used: tuple[str, ...]) -> Iterator[Words]:
    others = [name for name in header if name not in used]
    if others:
        yield say("format.columns-ignored", file=str(path), columns=", ".join(others))


def _parse(path: Path, rows: list[str], header: list[str], used: tuple[str, ...], *, newtons: bool | None) -> Floats:
    """(n, columns used). numpy reads it; only when something is wrong the rows are walked to say what. newtons: None for CoP."""
    commas = len(header) - 1
    if all(row.count(",") == commas for row in rows):
        where = [header.index(name) for name in used]
        try:
            values = np.loadtxt(rows, np.float64, delimiter=",", comments=None, usecols=where, ndmin=2)
        except ValueError:
            values = np.empty((0, len(used)))
        if len(values) == len(rows) and _plausible(values, newtons):
            return values
    mistakes = list(_walk(path, rows, header, used, newtons))
    raise _bad(path, mistakes)


def _plausible(values: Floats, newtons: bool | None) -> bool:
    if not np.isfinite(values).all() or np.abs(values[:, 0]).max() > _MOST_S or not (np.diff(_ns(values[:, 0])) > 0).all():
        return False
    cells = values[:, 1:]
    if newtons is None:
        return True
    return bool((np.abs(cells) <= _most(newtons)).all() and (newtons or (cells == np.rint(cells)).all()))


_MOST_S = 9e9  # int64 nanoseconds


def _most(newtons: bool) -> float:
    return INT32_MAX / COUNTS_PER_N if newtons else float(INT32_MAX)


def _walk(path: Path, rows: list[str], header: list[str], used: tuple[str, ...], newtons: bool | None) -> Iterator[_Mistake]:
    before_s = -np.inf
    for line, row in enumerate(rows, 2):
        fields = row.split(",")
        if len(fields) != len(header):
            column = header[len(fields)] if len(fields) < len(header) else ""
            yield _mistake("format.ragged", path, line, column, fields=Num(len(fields)), columns=Num(len(header)))
            continue
        for name in used:
            text = fields[header.index(name)].strip()
            mistake = _field_mistake(path, line, name, text, newtons)
            if mistake is not None:
                yield mistake
            elif name == "t_s":
                t_s = float(text)
                if round(t_s * 1e9) <= round(before_s * 1e9) if np.isfinite(before_s) else False:
                    yield _mistake("format.time-back", path, line, name, text=text, before=f"{before_s:g}")
                before_s = t_s


def _field_mistake(path: Path, line: int, name: str, text: str, newtons: bool | None) -> _Mistake | None:
    if not text:
        return _mistake("format.field-empty", path, line, name)
    if _NOT_FINITE.fullmatch(text):
        return _mistake("format.not-finite", path, line, name, text=text)
    if not _NUMBER.fullmatch(text):
        return _mistake("format.not-number", path, line, name, text=text[:40])
    value = float(text)
    most = _MOST_S if name == "t_s" or newtons is None else _most(newtons)
    if not np.isfinite(value) or ((name == "t_s" or newtons is not None) and abs(value) > most):
        return _mistake("format.too-large", path, line, name, text=text[:40], most=f"{most:g}")
    if newtons is False and name != "t_s" and value != round(value):
        return _mistake("format.not-whole", path, line, name, text=text[:40])
    return None


def _mistake(id: str, path: Path, line: int = 0, column: str = "", **more: object) -> _Mistake:
    where: dict[str, object] = {"file": str(path)}
    if line:
        where["line"] = Num(line)
    if column:
        where["column"] = column
    return _Mistake(say(id, **where, **more), line, column)


def _bad(path: Path, mistakes: list[_Mistake]) -> BadFile:
    first, kept = mistakes[0], mistakes[:MOST_MISTAKES]
    what = first.words if len(mistakes) == 1 else say("format.mistakes", file=str(path), n=Num(len(mistakes)), first=first.words)
    return BadFile(what, file=str(path), line=first.line, column=first.column, mistakes=[mistake.words for mistake in kept])
