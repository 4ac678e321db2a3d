"""Known values of published tools and data authors on 34 real trials, every key below its own tolerance."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from station.core.measures.prepare import measure_cop
from station.core.measures.published import PUBLISHED_KEYS

pytestmark = pytest.mark.shared


@dataclass
class Golden:
    """known[key][trial], ours[trial][key], tolerance[key]; worst[key] is filled by the tests."""

    known: dict[str, dict[str, float]]
    ours: dict[str, dict[str, float | None]]
    tolerance: dict[str, float]
    worst: dict[str, float] = field(default_factory=dict)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def measured(path: Path) -> dict[str, float | None]:
    t_s, ml_mm, ap_mm = np.loadtxt(path, delimiter=",", skiprows=1, usecols=(0, 1, 2), unpack=True)
    fs_hz = 1 / float(np.median(np.diff(t_s)))
    return {key: m.value for key, m in measure_cop(ml_mm, ap_mm, round(fs_hz, 6), "raw", PUBLISHED_KEYS).items()}


@pytest.fixture(scope="module")
def golden(shared_data: Path) -> Iterator[Golden]:
    known: dict[str, dict[str, float]] = {}
    for row in rows(shared_data / "golden" / "golden_core.csv"):
        known.setdefault(row["key"], {})[row["trial"]] = float(row["value"])
    definitions = rows(shared_data / "golden" / "golden_definitions.csv")
    tolerance = {d["key"]: float(d["tolerance"].split()[0]) for d in definitions}
    files = [path for part in ("cop", "wii_board_segments") for path in sorted((shared_data / part).glob("*.csv.gz"))]
    found = Golden(known, {path.name.removesuffix(".csv.gz"): measured(path) for path in files}, tolerance)
    yield found
    lines = (f"\n  {key:<24} {worst:8.1e}  allowed {tolerance[key]:.0e}" for key, worst in found.worst.items())
    sys.stdout.write(f"\nworst error of {len(found.ours)} trials, relative (angle: degrees):{''.join(lines)}\n")


@pytest.mark.parametrize("key", PUBLISHED_KEYS)
def test_every_golden_key_agrees_on_every_trial(golden: Golden, key: str) -> None:
    errors = {}
    for trial, value in golden.known[key].items():
        ours = golden.ours[trial][key]
        assert ours is not None, f"{trial} has no {key}"
        errors[trial] = abs((ours - value + 90) % 180 - 90) if key == "principal_axis_deg" else abs(ours / value - 1)
    worst = max(errors, key=lambda trial: errors[trial])
    golden.worst[key] = errors[worst]
    assert errors[worst] < golden.tolerance[key], f"{key} of {worst}"


def test_the_keys_are_exactly_those_of_the_table_of_definitions(golden: Golden) -> None:
    assert set(PUBLISHED_KEYS) == set(golden.tolerance) == set(golden.known)
    assert len(PUBLISHED_KEYS) == 36
    assert len(golden.ours) == 34
