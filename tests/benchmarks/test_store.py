"""What keeping and giving out costs: a recording and its row beside a plain append, CSV beside the csv module on the same table.

Run with `pytest tests/benchmarks/test_store.py --benchmark-only`. `ratio` in the extra information is our time over the peer's.
"""

from __future__ import annotations

import csv
import io
import os
import time
import zipfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from made_readings import blocks, conversions
from pytest_benchmark.fixture import BenchmarkFixture

from station.core.formats.recording import read_recording, readings_payload
from station.core.readings import Readings
from station.demo import fill
from station.export.registry import export_bytes, find
from station.store.queries import Archive
from station.store.recording import RecordingWriter
from station.store.store import Store

MINUTE_BLOCK = 16  # conversions: 50 ms of four chips, as they come live


@pytest.fixture(scope="module")
def gym(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a week of two simulated people."""
    folder = tmp_path_factory.mktemp("gym")
    fill(folder, people=2, weeks=1, seed=1)
    return folder


@pytest.fixture
def archive(gym: Path) -> Iterator[Archive]:
    with Archive(gym) as opened:
        yield opened


@pytest.fixture(scope="module")
def minute() -> list[Readings]:
    return list(blocks(conversions(60.0), MINUTE_BLOCK))


def shortest_s(work: Callable[[], object], rounds: int = 5) -> float:
    """The peer's time, measured in the same minute on the same machine."""
    times = []
    for _ in range(rounds):
        begun_s = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun_s)
    return min(times)


def rewritten(data: bytes) -> Callable[[], None]:
    """The csv module writing the tables of an export, cell by cell, from what they hold."""
    with zipfile.ZipFile(io.BytesIO(data)) as files:
        tables = [files.read(name).decode("utf-8-sig") for name in files.namelist() if name.endswith(".csv")]
    parsed = [list(csv.reader(io.StringIO(text))) for text in tables]

    def write() -> None:
        for rows in parsed:
            csv.writer(io.StringIO()).writerows(rows)

    return write


def test_csv_of_a_trial_with_its_samples(benchmark: BenchmarkFixture, archive: Archive) -> None:
    trial = next(archive.all_trials()).id
    data, name = benchmark(lambda: export_bytes(archive, find("csv"), "trial", trial))
    benchmark.extra_info["ratio"] = benchmark.stats.stats.min / shortest_s(rewritten(data))
    assert name.startswith("demo-")
    assert f"samples/{trial}.csv" in zipfile.ZipFile(io.BytesIO(data)).namelist()


def test_csv_of_everything(benchmark: BenchmarkFixture, archive: Archive) -> None:
    data, _ = benchmark(lambda: export_bytes(archive, find("csv"), "all", None))
    benchmark.extra_info["ratio"] = benchmark.stats.stats.min / shortest_s(rewritten(data))
    with zipfile.ZipFile(io.BytesIO(data)) as files:
        assert files.read("trials.csv").count(b"\n") == 1 + sum(1 for _ in archive.all_trials())


def test_writing_a_recording_of_a_minute(benchmark: BenchmarkFixture, minute: list[Readings], tmp_path: Path) -> None:
    names = (f"t-{n}" for n in count())

    def record() -> Path:
        name = next(names)
        with RecordingWriter(tmp_path) as writer:
            path = writer.open({"trial_id": name, "run_id": "r", "demo": False})
            for block in minute:
                writer.readings(name, block)
            writer.close(name, {})
        return path

    def append() -> None:
        with (tmp_path / "plain").open("ab", buffering=0) as file:
            for block in minute:
                file.write(readings_payload(block))

    path = benchmark(record)
    benchmark.extra_info["ratio"] = benchmark.stats.stats.min / shortest_s(append)
    assert len(read_recording(path).blocks) == len(minute)


def test_the_row_of_a_trial_from_its_header_to_its_result(benchmark: BenchmarkFixture, archive: Archive, tmp_path: Path) -> None:
    """Two durable transactions, beside two appends that are synced."""
    kept = next(archive.all_trials())
    recording = archive.recording(kept.id)
    assert recording is not None
    header = {**recording.header, "person_id": None}
    line = str(kept.result.to_json())

    def append() -> None:
        with (tmp_path / "plain").open("a") as file:
            for _ in range(2):
                file.write(line)
                file.flush()
                os.fsync(file.fileno())

    with Store.open(tmp_path / "data") as store:

        def index() -> None:
            store.begin_trial(header)
            store.finish_trial(kept.result)

        benchmark(index)
        benchmark.extra_info["ratio"] = benchmark.stats.stats.min / shortest_s(append)
        assert store.unfinished() == []
