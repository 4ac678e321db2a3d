"""What pages cost on a demo folder, beside a page without any numbers: the whole request through Flask, without a network.

Run with `pytest tests/benchmarks/test_pages.py --benchmark-only`. `ratio` is our time over that of the page of now.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from pytest_benchmark.fixture import BenchmarkFixture

from station.demo import fill
from station.store.queries import Archive
from station.store.store import Store
from web.app import create_app


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("gym")
    fill(made, people=2, weeks=2, seed=1)
    return made


@pytest.fixture(scope="module")
def staff(folder: Path) -> Iterator[FlaskClient]:
    with Store.open(folder) as store:
        pin = store.make_pin()
    app = create_app(folder)
    client = app.test_client()
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/staff").text)
    assert token is not None
    assert client.post("/staff", data={"pin": pin, "csrf_token": token[1]}).status_code == 302
    yield client
    app.extensions["balance"].close()


def timed(client: FlaskClient, address: str, benchmark: BenchmarkFixture) -> None:
    """The request, and how many times the plain page's it takes."""

    def ask() -> bytes:
        answer = client.get(address)
        assert answer.status_code == 200
        return answer.data

    plain = []
    for _ in range(10):
        begun_s = time.perf_counter()
        client.get("/")
        plain.append(time.perf_counter() - begun_s)
    benchmark(ask)
    benchmark.extra_info["ratio"] = round(benchmark.stats.stats.median / min(plain), 2)


def a_quiet_trial(folder: Path) -> str:
    with Archive(folder) as archive:
        return next(row.id for row in archive.all_trials() if row.result.kind == "quiet" and row.result.window_s)


def test_trial_page(staff: FlaskClient, folder: Path, benchmark: BenchmarkFixture) -> None:
    timed(staff, f"/trials/{a_quiet_trial(folder)}", benchmark)


def test_person_page(staff: FlaskClient, folder: Path, benchmark: BenchmarkFixture) -> None:
    with Archive(folder) as archive:
        timed(staff, f"/people/{archive.people()[0].id}", benchmark)


def test_people_page(staff: FlaskClient, benchmark: BenchmarkFixture) -> None:
    timed(staff, "/people", benchmark)


def test_samples_of_a_trial_as_csv(staff: FlaskClient, folder: Path, benchmark: BenchmarkFixture) -> None:
    timed(staff, f"/trials/{a_quiet_trial(folder)}/csv-samples", benchmark)
