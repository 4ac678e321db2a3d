"""What a recompute of a thousand trials costs: on one process and on two, and that memory does not grow with their number.

Run with `pytest tests/benchmarks/test_recompute.py --benchmark-only -s`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from hardware.boards import parse_board
from station.core.formats.recording import encode, read_recording
from station.parallel import cores
from station.protocols.loader import load_all
from station.recompute import rebuild, recompute_all
from station.solo import Wishes, go
from station.store.places import recordings
from station.storing import keeper

MODELS = (("two-leg-quiet", 1, 15.0), ("two-leg-quiet", 2, 11.0), ("single-leg-hold", 3, 13.0))
MANY, SOME, FEW = 1000, 200, 100
GROWS_MOST = 1.25  # of the memory at 200 trials, at 1000
GAINS_LEAST = 1.4  # two processes over one, where two cores are free


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A handful of recordings of a simulated person."""
    folder = tmp_path_factory.mktemp("models")
    for name, seed, seconds in MODELS:
        spec = parse_board("simulated", seed=seed, data_dir=folder)
        with keeper(folder, None) as keep:
            go(spec, load_all()[name], keep.wishes(Wishes(seconds=seconds)), keep=keep.recorder)
    return folder


def copies(models: Path, folder: Path, n: int) -> Path:
    """n trials with ids of their own, and their index."""
    found = [read_recording(path) for path in recordings(models)]
    place = folder / "recordings" / "demo-copies"
    place.mkdir(parents=True)
    for i in range(n):
        model = found[i % len(found)]
        header = {**model.header, "trial_id": f"trial-{i:04d}", "run_id": f"run-{i:04d}"}
        (place / f"trial-{i:04d}.rec").write_bytes(encode(replace(model, header=header)))
    return folder


def trials_a_second(folder: Path, n: int, jobs: int) -> float:
    begun_s = time.perf_counter()
    report = recompute_all(folder, jobs=jobs)
    assert (report.trials, report.unchanged, report.moved) == (n, n, [])
    return n / (time.perf_counter() - begun_s)


CODE = """
import resource, sys
from pathlib import Path
from station.recompute import recompute_all
if __name__ == "__main__":
    report = recompute_all(Path(sys.argv[1]), jobs=2)
    assert report.trials == int(sys.argv[2]) and not report.moved
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def peak_kb(folder: Path, n: int, script: Path) -> tuple[int, int]:
    """(the parent's, the largest process's) peak resident memory of a recompute in a process of its own."""
    script.write_text(CODE)
    done = subprocess.run([sys.executable, script, folder, str(n)], capture_output=True, text=True, check=True)
    parent, child = done.stdout.split()
    return int(parent), int(child)


def test_a_thousand_trials_in_flat_memory_and_none_moves(models: Path, tmp_path: Path, benchmark: BenchmarkFixture) -> None:
    """Peak memory of the first pass, which writes every result, at 200 and at 1000 trials; then trials a second of a pass that finds
    nothing moved."""
    peaks = {n: peak_kb(copies(models, tmp_path / str(n), n), n, tmp_path / "peak.py") for n in (SOME, MANY)}
    rate = benchmark.pedantic(trials_a_second, (tmp_path / str(MANY), MANY, cores()), rounds=1)
    benchmark.extra_info.update(trials_a_second=round(rate, 1), jobs=cores(), load=round(os.getloadavg()[0], 1))
    for who, (few, many) in zip(("parent", "worker"), zip(peaks[SOME], peaks[MANY], strict=True), strict=True):
        benchmark.extra_info.update({f"{who}_mb_{SOME}": few // 1024, f"{who}_mb_{MANY}": many // 1024})
        assert many < GROWS_MOST * few


def test_two_processes_over_one(models: Path, tmp_path: Path, benchmark: BenchmarkFixture) -> None:
    """The ratio is asserted only where two cores were free for it."""
    folder = copies(models, tmp_path, FEW)
    rebuild(folder, jobs=2)
    free = cores() - os.getloadavg()[0]
    one = trials_a_second(folder, FEW, 1)
    two = benchmark.pedantic(trials_a_second, (folder, FEW, 2), rounds=1)
    benchmark.extra_info.update(one=round(one, 1), two=round(two, 1), ratio=round(two / one, 2), free_cores=round(free, 1))
    assert free < 1.5 or two / one > GAINS_LEAST
