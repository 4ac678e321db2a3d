"""A recorded trial taken whole by the command line gives the numbers that other programs give for it."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
from cmdline import document

TRIALS = ("BDS00001", "BDS00004", "BDS00007", "BDS00010", "BDS00157", "BDS00160", "BDS00163", "BDS00166")
NOT_CLOSED_FORM = ("sample_entropy_ml", "sample_entropy_ap", "dfa_alpha_ml", "dfa_alpha_ap")
"""Counted or fitted: forces rounded to micronewtons may move a count."""
ANGLE = "principal_axis_deg"

pytestmark = pytest.mark.shared


@pytest.mark.parametrize("name", TRIALS)
def test_a_whole_file_has_the_published_measures(name: str, shared_data: Path) -> None:
    board = f"replay:{shared_data / 'cells' / name}.csv.gz"
    run = document("trial", "two-leg-quiet", "--board", board, "--window", "file", "--settings", "raw")
    expected = golden(shared_data, name)
    ours: dict[str, Any] = run["measures"]
    assert (run["status"], run["duration_s"], run["settings"]) == ("completed", 60.0, "raw")
    assert len(expected) >= 27
    for key, value in expected.items():
        if key == ANGLE:
            assert ours[key]["value"] == pytest.approx(value, abs=1e-4)
        elif key not in NOT_CLOSED_FORM:
            assert ours[key]["value"] == pytest.approx(value, rel=1e-6), key
        else:
            assert ours[key]["value"] == pytest.approx(value, rel=1e-3), key


def golden(shared_data: Path, name: str) -> dict[str, float]:
    with (shared_data / "golden" / "golden_core.csv").open(newline="") as file:
        return {row["key"]: float(row["value"]) for row in csv.DictReader(file) if row["trial"] == name}
