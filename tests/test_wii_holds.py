"""A real recording: one person, three holds on each leg. The rules for tests must find exactly those six."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from standing import numbered

from station.core.formats.csv import read_csv
from station.core.formats.sidecar import sidecar
from station.core.frames import Frames, Plate
from station.core.pipeline import Pipeline
from station.core.readings import Readings, Sample
from station.core.results import TrialResult
from station.core.view import RunEnded
from station.protocols.loader import load_all
from station.run import Run, all_runs

MIRRORED = np.array([1, 0, 3, 2], np.uint8)
OTHER = {"left": "right", "right": "left"}


@pytest.fixture(scope="module")
def wii(shared_data: Path) -> Path:
    return shared_data / "wii_board" / "recording.csv.gz"


def holds(path: Path, *, mirror: bool = False, heavier: float = 1.0, later_s: float = 0.0, block: int = 400) -> list[TrialResult]:
    """Every hold the station finds. Loads are scaled by the calibration's gains, as a heavier person would."""
    table = read_csv(path)
    geometry, calibration, _ = sidecar(path, newtons=False)
    readings = table.to_readings()
    cell = MIRRORED[readings.cell] if mirror else readings.cell
    gain = np.array(calibration.gain_n_per_count) * heavier
    zero = np.array(calibration.zero_count)
    order = MIRRORED if mirror else np.arange(4)
    calibration = type(calibration).from_gains(
        geometry, tuple(gain[order].tolist()), tuple(zero[order].tolist()), id=calibration.id, source=calibration.source
    )
    t_ns = readings.t_ns + round(later_s * 1e9)
    pipeline = Pipeline(geometry, calibration, Sample())

    def blocks() -> Iterator[tuple[Readings, Frames, Plate]]:
        for a in range(0, len(readings), block):
            part = slice(a, a + block)
            until_ns = int(t_ns[part][-1])
            one = Readings.of(cell[part], t_ns[part], readings.count[part], readings.flag[part], until_ns)
            yield one, pipeline.feed(one), pipeline.plate
        yield Readings.none(int(t_ns[-1])), pipeline.finish(), pipeline.plate

    ids, protocol = numbered(), load_all()["single-leg-hold"]
    runs = all_runs(lambda recent: Run(protocol, geometry=geometry, new_id=lambda: next(ids), recent=recent), blocks(), 0)
    return [trial for _, effects in runs for e in effects if isinstance(e, RunEnded) for trial in e.result.trials]


@pytest.fixture(scope="module")
def found(wii: Path) -> list[TrialResult]:
    return holds(wii)


@pytest.fixture(scope="module")
def truth(wii: Path) -> list[tuple[str, float, float]]:
    with (wii.parent / "events.csv").open(encoding="utf-8") as file:
        return [(r["side"], float(r["start_s"]), float(r["end_s"])) for r in csv.DictReader(file) if r["event"] == "single_leg_hold"]


def test_exactly_the_six_holds_are_found_in_their_order(found: list[TrialResult], truth: list[tuple[str, float, float]]) -> None:
    assert [t.side for t in found] == ["right", "left"] * 3 == [side for side, _, _ in truth]
    assert [t.status for t in found] == ["completed"] * 6
    assert [t.reason.id for t in found] == ["trial.end.left-foot-down", "trial.end.right-foot-down"] * 3


def test_each_begins_and_ends_within_the_tolerance_of_the_events(found: list[TrialResult], truth: list[tuple[str, float, float]]) -> None:
    times = np.array([t.window_s for t in found])
    assert times == pytest.approx(np.array([(start, end) for _, start, end in truth]), abs=0.3)


def test_forty_conversions_a_second_are_too_few_for_sway_but_not_for_seconds(found: list[TrialResult]) -> None:
    assert [t.quality.verdict for t in found] == ["reject"] * 6
    assert all(t.quality.rate_hz == pytest.approx((40,) * 4, rel=0.01) for t in found)
    assert all(t.measures == {} and t.score is not None for t in found)


def test_a_mirrored_person_swaps_the_sides(wii: Path, found: list[TrialResult]) -> None:
    mirrored = holds(wii, mirror=True)
    assert [(OTHER[t.side], t.window_s) for t in mirrored] == [(t.side, t.window_s) for t in found]


def test_a_heavier_person_three_seconds_later_holds_as_long(wii: Path, found: list[TrialResult]) -> None:
    other = holds(wii, heavier=1.2, later_s=3.0)
    assert [t.side for t in other] == [t.side for t in found]
    assert np.array([t.window_s for t in other]) - 3 == pytest.approx(np.array([t.window_s for t in found]), abs=0.021)


def test_the_holds_do_not_depend_on_blocks(wii: Path, found: list[TrialResult]) -> None:
    assert [t.to_json() for t in holds(wii, block=100_000)] == [t.to_json() for t in found]


def taken_whole(path: Path, settings: str) -> TrialResult:
    """`--window file`: the whole file as the window, no zero, no phases."""
    table = read_csv(path)
    newtons = table.newtons
    geometry, calibration, _ = sidecar(path, newtons=newtons)
    pipeline = Pipeline(geometry, calibration, Sample(), fixed_zero=True)
    ids = numbered()
    run = Run(load_all()["two-leg-quiet"], geometry=geometry, new_id=lambda: next(ids), settings=settings, window="file")
    readings = table.to_readings()
    run.feed(readings, pipeline.feed(readings), pipeline.plate, 0)
    run.feed(Readings.none(readings.until_ns), pipeline.finish(), pipeline.plate, 0)
    return run.finish().trials[0]


def test_a_file_taken_whole_names_its_39_repeated_rows(wii: Path) -> None:
    result = taken_whole(wii, "station")
    assert {cell: flags["DUPLICATE"] for cell, flags in result.quality.flags_by_cell.items()} == dict.fromkeys(
        ("front_left", "front_right", "rear_left", "rear_right"), 39
    )


def test_four_cells_taken_whole_give_the_velocity_of_their_golden_table(shared_data: Path) -> None:
    result = taken_whole(shared_data / "cells" / "BDS00001.csv.gz", "raw")
    with (shared_data / "golden" / "golden_core.csv").open(encoding="utf-8") as file:
        golden = {r["key"]: float(r["value"]) for r in csv.DictReader(file) if r["trial"] == "BDS00001"}
    assert result.duration_s == 60.0
    assert result.measures["mean_velocity_n_mm_s"].value == pytest.approx(golden["mean_velocity_n_mm_s"], rel=1e-6)
