"""The published numbers that the station carries (`data/`), read with everything that must stand beside them.

A number without unit, source, licence or status is refused with an error; a row that says UNVERIFIED is never read, only named.
"""

from __future__ import annotations

import csv
import io
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

UNVERIFIED = "UNVERIFIED"
DATA = files("station.core.reference") / "data"
TABLES = ("bds_sway", "bds_ratios", "bds_repeatability", "springer_one_leg")
MUST_SAY = ("title", "source", "short", "licence", "changes", "device", "method", "status", "n", "keys")


@dataclass(frozen=True, slots=True)
class Source:
    """Where the numbers of a table come from, and under which conditions they were made.

    short: attribution as it stands beside a number. n: people in all. window_s, cap_s, lowpass_hz: None where they do not apply.
    trials: what a value is the mean (or best) of. pad: the foam of its rows on foam, "" when not known.
    """

    id: str
    title: str
    source: str
    short: str
    licence: str
    changes: str
    device: str
    method: str
    status: str
    n: int
    keys: tuple[str, ...]
    trials: int = 1
    window_s: float | None = None
    lowpass_hz: float | None = None
    cap_s: float | None = None
    pad: str = ""
    unit: str = ""
    units: Mapping[str, str] = field(default_factory=dict)
    other_units: Mapping[str, str] = field(default_factory=dict)

    def unit_of(self, column: str, keys: Mapping[str, str]) -> str:
        """The unit of a column in a row with these keys; "1" is a plain ratio, "" means that nobody said."""
        return self.other_units.get(column) or self.unit or self.units.get(keys.get("measure", ""), "")


@dataclass(frozen=True, slots=True)
class Row:
    """One line: what it is of (`keys`: measure, eyes, age ...), its numbers with a unit each, people in the cell (None: not known)."""

    keys: Mapping[str, str]
    values: Mapping[str, float]
    units: Mapping[str, str]
    n: int | None
    status: str
    source: Source

    def covers(self, age_years: float) -> bool:
        """Whether the age in completed years lies in the row's band ("60-69", "80+")."""
        low, _, high = self.keys["age"].rstrip("+").partition("-")
        return int(low) <= math.floor(age_years) <= (int(high) if high else 150)


@dataclass(frozen=True, slots=True)
class Table:
    """`refused`: keys of the rows that were not read because they are unverified."""

    source: Source
    rows: tuple[Row, ...]
    refused: tuple[Mapping[str, str], ...] = ()

    def find(self, **keys: str) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if all(row.keys.get(k) == v for k, v in keys.items()))


@cache
def sources() -> Mapping[str, Source]:
    """Of every table, by its id."""
    document = tomllib.loads((DATA / "sources.toml").read_text("utf-8"))
    return MappingProxyType({id: source_of(id, told) for id, told in document.items()})


def source_of(id: str, told: Mapping[str, Any]) -> Source:
    """A table of `sources.toml`. Raises ValueError when it does not say everything a number needs beside it."""
    lacks = [key for key in MUST_SAY if not told.get(key)]
    if lacks:
        raise ValueError(f"source {id} does not say {', '.join(lacks)}")
    if UNVERIFIED in str(told["status"]):
        raise ValueError(f"source {id} is {UNVERIFIED}")
    return Source(id=id, **{**told, "keys": tuple(told["keys"])})


@cache
def table(id: str) -> Table:
    """One of TABLES."""
    return read_table((DATA / f"{id}.csv").read_text("utf-8"), sources()[id])


def read_table(text: str, source: Source) -> Table:
    """CSV with the source's key columns, perhaps `n` and `status` (else the source's), and numbers. Raises ValueError for a number
    that nobody gave a unit."""
    rows, refused = [], []
    for line in csv.DictReader(io.StringIO(text)):
        keys = {key: line.pop(key) for key in source.keys}
        if any(UNVERIFIED in str(cell) for cell in line.values()):
            refused.append(keys)
        else:
            rows.append(_row(keys, line, source))
    return Table(source, tuple(rows), tuple(refused))


def _row(keys: Mapping[str, str], line: dict[str, str], source: Source) -> Row:
    status, n = line.pop("status", "") or source.status, line.pop("n", "")
    values = {column: float(cell) for column, cell in line.items() if cell}
    units = {column: source.unit_of(column, keys) for column in values}
    if not all(units.values()):
        raise ValueError(f"{source.id} {dict(keys)}: a number without a unit")
    return Row(keys, values, units, int(n) if n else None, status, source)
