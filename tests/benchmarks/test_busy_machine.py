"""Does the reader keep up while pages are exported and pictures drawn? Missed conversions of each cell, with and without real time.

Run with `pytest tests/benchmarks/test_busy_machine.py --benchmark-only --benchmark-json=FILE`: figures are in its extra information.
Takes three minutes. See `busy_machine`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from station.demo import fill
from station.store.store import Store

SCRIPT = Path(__file__).parent / "busy_machine.py"
SECONDS = 60
LIMIT_PCT = 0.1


def process(*args: str, **how: Any) -> subprocess.Popen[str]:
    root = SCRIPT.parents[2]
    environment = {**os.environ, "PYTHONPATH": str(root), "SDL_VIDEODRIVER": "dummy", "PYGAME_HIDE_SUPPORT_PROMPT": "1"}
    return subprocess.Popen([sys.executable, str(SCRIPT), *args], env=environment, text=True, **how)


@pytest.fixture(scope="module")
def load(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Exports and pictures, until the module is through."""
    folder = tmp_path_factory.mktemp("gym")
    fill(folder, people=4, weeks=2, seed=1)
    with Store.open(folder) as store:
        pin = store.make_pin()
    assert pin is not None
    busy = [process("pages", str(folder), pin), process("picture")]
    yield
    for one in busy:
        assert one.poll() is None, "the load ended by itself"
        one.kill()
        one.wait()


@pytest.fixture(scope="module")
def idle_pct() -> float:
    """What this machine misses with nothing else to do: a virtual one is stopped by its host for up to tens of milliseconds."""
    return worst_pct(read_a_minute("fifo"))


@pytest.mark.parametrize("priority", ["plain", "fifo"])
def test_missed_conversions_under_load(priority: str, idle_pct: float, load: None, benchmark: BenchmarkFixture) -> None:
    found = benchmark.pedantic(read_a_minute, (priority,), rounds=1, iterations=1)
    benchmark.extra_info.update(found, idle_pct=idle_pct)
    if found["granted"].startswith("fifo"):
        assert worst_pct(found) - idle_pct < LIMIT_PCT


def read_a_minute(priority: str) -> dict[str, Any]:
    reader = process("chips", str(SECONDS), priority, stdout=subprocess.PIPE)
    told, _ = reader.communicate(timeout=SECONDS + 120)
    return dict(json.loads(told))


def worst_pct(found: dict[str, Any]) -> float:
    return float(max(found["missed_pct"].values()))
