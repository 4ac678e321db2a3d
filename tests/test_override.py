"""A person's verdict asked for by a page, carried out by the running station."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from running import Running, running

from hardware.boards import parse_board
from station.protocols.loader import load_all
from station.solo import Wishes, go
from station.store.queries import Archive
from station.storing import keeper


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A station on a folder that holds a quiet trial."""
    folder = tmp_path_factory.mktemp("judged") / "data"
    spec = parse_board("simulated", seed=4, data_dir=folder)
    with keeper(folder, None) as keep:
        go(spec, load_all()["two-leg-quiet"], keep.wishes(Wishes(seconds=12.0)), keep=keep.recorder)
    with running(folder, "--no-web", "--board", "simulated") as started:
        yield started
    shutil.rmtree(folder)


def trial_of(station: Running) -> str:
    with Archive(station.folder) as archive:
        (row,) = archive.all_trials()
    return row.id


def test_a_page_sets_a_verdict_and_takes_it_back(station: Running) -> None:
    trial = trial_of(station)
    answer = station.ask("override", trial=trial, verdict="reject", reason="shoes on")
    assert answer.ok is not None
    assert (answer.ok["override"]["verdict"], answer.ok["override"]["reason"]) == ("reject", "shoes on")
    with Archive(station.folder) as archive:
        row = archive.trial(trial)
    assert row is not None
    assert (row.result.quality.verdict, row.result.measures) == ("reject", {})
    assert station.ask("override", trial=trial, verdict=None, reason="they were socks").ok == {"override": None}
    with Archive(station.folder) as archive:
        row = archive.trial(trial)
    assert row is not None
    assert row.result.quality.override is None
    assert row.result.measures


@pytest.mark.parametrize(
    ("trial", "verdict", "reason", "code"),
    [("", "reject", " ", "invalid"), ("none", "reject", "why", "not-found"), ("", "valid", "looks fine", "invalid")],
)
def test_what_cannot_be_is_refused(station: Running, trial: str, verdict: str, reason: str, code: str) -> None:
    refused = station.ask("override", trial=trial or trial_of(station), verdict=verdict, reason=reason).error
    assert refused is not None
    assert refused.code == code
    assert refused.what
