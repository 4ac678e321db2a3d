"""A file as a board: every reading, in its order, at its time."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from hardware.boards import describe, open_board, parse_board
from hardware.replay import ReplayBoard
from hardware.simulated import SimulatedBoard
from station.core.calibration import Calibration
from station.core.formats.recording import Recording, encode
from station.core.frames import Frames
from station.core.geometry import Geometry
from station.core.pipeline import Pipeline
from station.core.readings import Edge, EndOfBoard, Readings, Sample, timing_to_json
from station.errors import BadFile

S = 1_000_000_000
HEAD = "t_s,front_left_n,front_right_n,rear_left_n,rear_right_n\n"


def csv_of(path: Path, times: list[float]) -> Path:
    (path.parent / "geometry.json").write_text(json.dumps({"geometry": Geometry().to_json()}), "utf-8")
    rows = "".join(f"{t:.3f},{100 + i},{200 + i},{150 - i},{120}\n" for i, t in enumerate(times))
    path.write_text(HEAD + rows, "utf-8")
    return path


def blocks_of(board: ReplayBoard, timeout_s: float = 0.05) -> list[Readings]:
    blocks = []
    while True:
        try:
            blocks.append(board.read(timeout_s))
        except EndOfBoard:
            return blocks


def joined(blocks: list[Readings]) -> Readings:
    columns = (np.concatenate([getattr(b, c) for b in blocks]) for c in ("cell", "t_ns", "count", "flag"))
    return Readings.of(*columns, until_ns=blocks[-1].until_ns)


def honest(blocks: list[Readings]) -> bool:
    """`until_ns` never falls, at most 50 ms at a time, and nothing older follows."""
    untils = [b.until_ns for b in blocks]
    nothing_older = all(not len(b) or b.t_ns.min() >= u for u, b in zip(untils[:-1], blocks[1:], strict=True))
    return nothing_older and min(np.diff(untils)) >= 0 and max(np.diff(untils)) <= 50_000_000


def recorded(path: Path) -> tuple[Path, list[Readings], Pipeline]:
    """A recording that begins in the middle of a board's life: its blocks, and the pipeline that made the live frames before."""
    board = SimulatedBoard("70kg", seed=2, script=[(4, "step-on", {})], faults=["rear_left:delayed@7s+1s"])
    pipeline = Pipeline(board.geometry, board.calibration, board.timing)
    while board.now_ns < 5 * S:
        pipeline.feed(board.read(0.02))
    header = {
        "trial_id": "t1",
        "geometry": board.geometry.to_json(),
        "calibration": board.calibration.to_json(),
        "timing": timing_to_json(board.timing),
        "pipeline_state": pipeline.state(),
    }
    blocks = [board.read(0.02) for _ in range(250)]
    path.write_bytes(encode(Recording(header, tuple(blocks))))
    return path, blocks, pipeline


def test_a_csv_in_newtons_comes_back_row_by_row_in_micronewtons(tmp_path: Path) -> None:
    board = ReplayBoard(csv_of(tmp_path / "some.csv", [0.0, 0.01, 0.02, 0.03, 0.5]))
    blocks = blocks_of(board)
    got = joined(blocks)
    assert (board.name, board.demo, board.timing) == ("replay", False, Sample())
    assert got.cell.tolist() == [0, 1, 2, 3] * 5
    assert sorted(set(got.t_ns.tolist())) == [0, 10_000_000, 20_000_000, 30_000_000, 500_000_000]
    assert got.count[:4].tolist() == [100_000_000, 200_000_000, 150_000_000, 120_000_000]
    assert honest(blocks)
    assert board.resume is None


def test_a_silent_stretch_of_a_file_still_moves_time(tmp_path: Path) -> None:
    blocks = blocks_of(ReplayBoard(csv_of(tmp_path / "gap.csv", [0.0, 0.01, 0.02, 0.03, 2.0, 2.01])))
    assert honest(blocks)
    assert sum(1 for b in blocks if not len(b)) > 30


@pytest.mark.parametrize("timeout_s", [0.005, 0.02, 0.05, 3.0])
def test_the_same_readings_come_whatever_the_timeout(tmp_path: Path, timeout_s: float) -> None:
    path = csv_of(tmp_path / "some.csv", [i / 40 for i in range(200)])
    blocks = blocks_of(ReplayBoard(path), timeout_s)
    assert np.array_equal(joined(blocks).t_ns, np.repeat(np.arange(200) * 25_000_000, 4))
    assert honest(blocks)


def test_a_recording_gives_the_frames_of_its_day_to_the_last_bit(tmp_path: Path) -> None:
    path, blocks, live = recorded(tmp_path / "trial.rec")
    board = ReplayBoard(path)
    assert board.resume is not None
    again = Pipeline(board.geometry, board.calibration, board.timing, resume=dict(board.resume))
    then = Frames.join(live.feed(b) for b in blocks)
    now = Frames.join(again.feed(b) for b in blocks_of(board))
    assert len(then) > 400
    for name in ("t_ns", "force_n", "load_n", "ml_mm", "ap_mm", "valid", "flags"):
        assert np.array_equal(getattr(then, name), getattr(now, name), equal_nan=True)
    assert (board.timing, board.calibration.id) == (Edge(2), "simulated")


def test_a_recording_is_known_by_its_bytes_and_a_torn_end_is_a_notice(tmp_path: Path) -> None:
    path, _, _ = recorded(tmp_path / "trial.bin")
    path.write_bytes(path.read_bytes()[:-7])
    board = ReplayBoard(path)
    assert board.header["calibration"]["id"] == "simulated"
    assert board.notices


def test_it_goes_on_after_the_last_reading_that_was_delivered(tmp_path: Path) -> None:
    path = csv_of(tmp_path / "some.csv", [i / 40 for i in range(200)])
    spec = parse_board(f"replay:{path}")
    whole = joined(blocks_of(ReplayBoard(path)))
    first, start_ns = [], 0
    board = open_board(spec)
    while start_ns < 2 * S:
        first.append(board.read(0.02))
        start_ns = first[-1].until_ns
    rest = open_board(spec, start_ns=start_ns)
    assert isinstance(rest, ReplayBoard)
    got = joined([*first, *blocks_of(rest)])
    assert np.array_equal(got.t_ns, whole.t_ns)
    assert np.array_equal(got.count, whole.count)


def test_a_finished_file_stays_finished_when_it_is_opened_at_its_end(tmp_path: Path) -> None:
    path = csv_of(tmp_path / "some.csv", [0.0, 0.01])
    with pytest.raises(EndOfBoard):
        ReplayBoard(path, start_ns=ReplayBoard(path).end_ns).read(0.05)


def test_files_that_are_no_board_are_refused_by_name(tmp_path: Path) -> None:
    cop = tmp_path / "cop.csv"
    cop.write_text("t_s,ml_mm,ap_mm\n0.00,1,2\n0.01,1,2\n", "utf-8")
    whole, _, _ = recorded(tmp_path / "whole.rec")
    headless = tmp_path / "headless.rec"
    headless.write_bytes(whole.read_bytes()[200:])
    no_readings = tmp_path / "empty.rec"
    with gzip.open(tmp_path / "some.csv.gz", "wt") as file:
        file.write(HEAD + "0.00,1,2,3,4\n0.01,1,x,3,4\n")
    no_readings.write_bytes(encode(Recording(ReplayBoard(whole).header)))
    for path in (cop, headless, no_readings, tmp_path / "some.csv.gz", tmp_path / "nowhere.csv"):
        with pytest.raises(BadFile) as told:
            ReplayBoard(path)
        assert path.name in told.value.file


@pytest.mark.shared
def test_the_shared_four_cell_files_play_from_end_to_end(shared_data: Path) -> None:
    for path in sorted((shared_data / "cells").glob("*.csv.gz"))[:2]:
        board = ReplayBoard(path)
        assert board.geometry.cells_mm[1] == (200.0, 200.0)
        assert len(joined(blocks_of(board))) == 4 * 6000


@pytest.mark.shared
def test_the_wii_board_plays_with_the_calibration_beside_it(shared_data: Path) -> None:
    info = describe(parse_board(f"replay:{shared_data / 'wii_board' / 'recording.csv.gz'}"))
    assert isinstance(info.calibration, Calibration)
    assert (info.name, info.demo, info.calibration.calibrated, info.zero_in_file) == ("replay", False, True, True)
