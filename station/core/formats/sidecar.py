"""Where the cells are and what a count weighs: the file beside a CSV, and the station's own calibration.json.

Three shapes are read:
  ours        {"geometry": Geometry.to_json(), "calibration": Calibration.to_json()}, either or both
  per cell    {"cells": {"front_left": {"gain_n_per_count", "zero_count"}, ...}, "board": {"cells_at": {"front_left": [ml, ap], ...}}}
  positions   {"cells": {"front_left_n": {"ml_mm", "ap_mm"}, ...}}
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from math import isfinite
from pathlib import Path
from typing import Any

from station.core.calibration import Calibration, Row
from station.core.formats.csv import COUNTS_PER_N
from station.core.geometry import Geometry
from station.core.readings import CELLS
from station.errors import BadFile, SettingsError
from station.words import Num, Words, say

NAMES = ("calibration.json", "geometry.json")
MOST_MM = 2000.0
"""A cell further from the centre than this is a slip of the unit."""
MOST_GAIN_N = 10.0
"""Newtons a count: the coarsest board known has 0.1."""


@dataclass(slots=True)
class _Found:
    """What one file says, and what is wrong with it."""

    geometry: Geometry | None = None
    calibration: Calibration | None = None
    gains: tuple[Row, Row] | None = None  # gain and zero without positions
    mistakes: list[Words] = field(default_factory=list)


def sidecar(
    csv_path: Path | str, geometry_file: Path | str | None = None, *, newtons: bool
) -> tuple[Geometry, Calibration, tuple[Words, ...]]:
    """Geometry and calibration for the cells of a CSV, with notices of what was used.

    `geometry_file` (if given), then `calibration.json` and `geometry.json` of the CSV's folder are read; the first that has the thing wins.
    Newtons need positions only: 1e-6 N per micronewton, zero 0. Raises BadFile when something is missing, SettingsError with every
    mistake of a file that is there.
    """
    csv_path = Path(csv_path)
    named = [Path(geometry_file)] if geometry_file else []
    paths = named + [path for path in (csv_path.parent / name for name in NAMES) if path.is_file() and path not in named]
    geometry: Geometry | None = None
    counts: _Found | None = None
    notices: list[Words] = []
    for path in paths:
        if geometry is not None and (newtons or counts is not None):
            break
        found = _read(path)
        takes_geometry = geometry is None and found.geometry is not None
        takes_gains = counts is None and not newtons and (found.calibration is not None or found.gains is not None)
        geometry = found.geometry if takes_geometry else geometry
        counts = found if takes_gains else counts
        if takes_geometry or takes_gains:
            notices.append(say("format.sidecar-used", file=str(path)))
    if geometry is None or (counts is None and not newtons):
        raise _missing(csv_path, geometry is None, counts is None and not newtons)
    if counts is None:
        gain_n = 1.0 / COUNTS_PER_N
        return geometry, Calibration.from_gains(geometry, (gain_n,) * 4, id="file", source=csv_path.name), tuple(notices)
    return geometry, _calibration(geometry, counts, csv_path.name), tuple(notices)


def read_calibration(path: Path | str) -> tuple[Geometry | None, Calibration]:
    """The station's own calibration.json (any shape above that holds gains).

    Raises BadFile when it is missing or no JSON, SettingsError with all its mistakes.
    """
    path = Path(path)
    found = _read(path)
    if found.calibration is None and (found.gains is None or found.geometry is None):
        raise SettingsError(str(path), [say("format.key-missing", key="calibration")])
    return found.geometry, found.calibration or _calibration(found.geometry or Geometry(), found, path.name)


def read_geometry(path: Path | str) -> Geometry:
    """The cells' positions and the plate of a file of any shape. Raises like `read_calibration`."""
    found = _read(Path(path))
    if found.geometry is None:
        raise SettingsError(str(path), [say("format.key-missing", key="geometry")])
    return found.geometry


def _calibration(geometry: Geometry, found: _Found, source: str) -> Calibration:
    if found.calibration is not None:
        return found.calibration
    gain, zero = found.gains or ((0.0,) * 4, (0.0,) * 4)
    return Calibration.from_gains(geometry, gain, zero, id="file", source=source)


def _missing(csv_path: Path, geometry: bool, gains: bool) -> BadFile:
    id = "format.no-calibration" if gains and not geometry else "format.no-geometry" if geometry and not gains else "format.no-sidecar"
    return BadFile(say(id, file=str(csv_path), folder=str(csv_path.parent)), file=str(csv_path))


def _read(path: Path) -> _Found:
    try:
        doc = json.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise BadFile(say("format.unreadable", file=str(path), reason=error.strerror or type(error).__name__), file=str(path)) from error
    except json.JSONDecodeError as error:
        what = say("format.not-json", file=str(path), line=Num(error.lineno), at=Num(error.colno))
        raise BadFile(what, file=str(path), line=error.lineno) from error
    except (UnicodeDecodeError, RecursionError) as error:
        raise BadFile(say("format.not-json", file=str(path), line=Num(1), at=Num(1)), file=str(path), line=1) from error
    found = _Found()
    if not isinstance(doc, dict):
        found.mistakes.append(say("format.key-missing", key="calibration"))
    elif "calibration" in doc or "geometry" in doc:
        _ours(doc, found)
    else:
        _by_cell(doc, found)
    if found.mistakes:
        raise SettingsError(str(path), found.mistakes)
    return found


def _ours(doc: Mapping[str, Any], found: _Found) -> None:
    if "geometry" in doc:
        found.geometry = _geometry(doc["geometry"], found.mistakes)
    if "calibration" in doc:
        found.calibration = _own_calibration(doc["calibration"], found.mistakes)


def _geometry(doc: Any, mistakes: list[Words]) -> Geometry | None:
    if not isinstance(doc, dict):
        mistakes.append(say("format.key-missing", key="geometry.cells_mm"))
        return None
    before = len(mistakes)
    known = {f.name for f in fields(Geometry)}
    mistakes += [say("format.key-unknown", key=f"geometry.{key}") for key in doc if key not in known]
    for key in ("cells_mm", "plate_mm"):
        if key not in doc:
            mistakes.append(say("format.key-missing", key=f"geometry.{key}"))
    if "cells_mm" in doc:
        _rows(doc["cells_mm"], 4, 2, "geometry.cells_mm", MOST_MM, mistakes)
    for key in ("plate_mm", "pad_mm"):
        if key in doc:
            _positive(_numbers(doc[key], 2, f"geometry.{key}", 2 * MOST_MM, mistakes), f"geometry.{key}", mistakes)
    for key in known & set(doc) - {"cells_mm", "plate_mm", "pad_mm"}:
        _positive(_numbers([doc[key]], 1, f"geometry.{key}", MOST_MM, mistakes), f"geometry.{key}", mistakes)
    return Geometry.from_json(doc) if len(mistakes) == before else None


def _own_calibration(doc: Any, mistakes: list[Words]) -> Calibration | None:
    if not isinstance(doc, dict):
        mistakes.append(say("format.key-missing", key="calibration.matrix"))
        return None
    before = len(mistakes)
    for key in ("gain_n_per_count", "zero_count", "matrix", "id", "source", "date"):
        if key not in doc:
            mistakes.append(say("format.key-missing", key=f"calibration.{key}"))
    if "gain_n_per_count" in doc:
        gains = _numbers(doc["gain_n_per_count"], 4, "calibration.gain_n_per_count", MOST_GAIN_N, mistakes)
        _not_zero(gains, "calibration.gain_n_per_count", mistakes)
    if "zero_count" in doc:
        _numbers(doc["zero_count"], 4, "calibration.zero_count", 2.0**31, mistakes)
    if "matrix" in doc:
        _rows(doc["matrix"], 3, 4, "calibration.matrix", MOST_GAIN_N * MOST_MM, mistakes)
    if doc.get("twist") is not None:
        _numbers(doc["twist"], 4, "calibration.twist", MOST_MM, mistakes)
    if doc.get("error_mm") is not None:
        _positive(_numbers([doc["error_mm"]], 1, "calibration.error_mm", MOST_MM, mistakes), "calibration.error_mm", mistakes)
    if "order" in doc and sorted(_numbers(doc["order"], 4, "calibration.order", 3, mistakes) or range(4)) != [0, 1, 2, 3]:
        mistakes.append(say("format.key-order", key="calibration.order", given=str(doc["order"])))
    return Calibration.from_json(doc) if len(mistakes) == before else None


def _by_cell(doc: Mapping[str, Any], found: _Found) -> None:
    cells = doc.get("cells")
    if not isinstance(cells, dict):
        found.mistakes.append(say("format.key-missing", key="cells"))
        return
    board = doc.get("board")
    placed = board.get("cells_at") if isinstance(board, dict) else None
    positions, gains, zeros = [], [], []
    for name in CELLS:
        cell = cells.get(name, cells.get(f"{name}_n", cells.get(f"{name}_counts")))
        if not isinstance(cell, dict):
            found.mistakes.append(say("format.key-missing", key=f"cells.{name}"))
            continue
        at = placed.get(name) if isinstance(placed, dict) else [cell[key] for key in ("ml_mm", "ap_mm") if key in cell] or None
        if at is not None:
            positions.append(_numbers(at, 2, f"cells.{name}", MOST_MM, found.mistakes))
        if "gain_n_per_count" in cell:
            gain = _numbers([cell["gain_n_per_count"]], 1, f"cells.{name}.gain_n_per_count", MOST_GAIN_N, found.mistakes)
            _not_zero(gain, f"cells.{name}.gain_n_per_count", found.mistakes)
            gains += gain
            zeros += _numbers([cell.get("zero_count", 0.0)], 1, f"cells.{name}.zero_count", 2.0**31, found.mistakes)
    if 0 < len(positions) < 4 or 0 < len(gains) < 4 or not (positions or gains):
        found.mistakes.append(say("format.cells-incomplete", n=Num(max(len(positions), len(gains)))))
    if found.mistakes:
        return
    found.geometry = _between([(at[0], at[1]) for at in positions]) if positions else None
    found.gains = (_row(gains), _row(zeros)) if gains else None


def _between(cells_mm: list[tuple[float, float]]) -> Geometry:
    """The plate of a file that only knows its cells: the rectangle between them."""
    ml, ap = zip(*cells_mm, strict=True)
    return Geometry(cells_mm=tuple(cells_mm), plate_mm=(max(ml) - min(ml), max(ap) - min(ap)))


def _row(values: list[float]) -> Row:
    a, b, c, d = values
    return (a, b, c, d)


def _numbers(values: Any, n: int, key: str, most: float, mistakes: list[Words]) -> list[float]:
    """n finite numbers within +-most; else a mistake and nothing."""
    if isinstance(values, list) and len(values) == n and all(isinstance(v, int | float) and not isinstance(v, bool) for v in values):
        if all(isfinite(v) and abs(v) <= most for v in values):
            return [float(v) for v in values]
        mistakes.append(say("format.key-range", key=key, given=str(values), most=f"{most:g}"))
    else:
        mistakes.append(say("format.key-numbers", key=key, n=Num(n), given=str(values)[:60]))
    return []


def _rows(values: Any, rows: int, n: int, key: str, most: float, mistakes: list[Words]) -> None:
    if not isinstance(values, list) or len(values) != rows:
        mistakes.append(say("format.key-rows", key=key, n=Num(rows), given=str(values)[:60]))
        return
    for i, row in enumerate(values):
        _numbers(row, n, f"{key}[{i}]", most, mistakes)


def _not_zero(values: list[float], key: str, mistakes: list[Words]) -> None:
    if any(v == 0.0 for v in values):
        mistakes.append(say("format.key-zero", key=key))


def _positive(values: list[float], key: str, mistakes: list[Words]) -> None:
    if any(v <= 0.0 for v in values):
        mistakes.append(say("format.key-positive", key=key, given=str(values)))
