"""A person's verdict over the machine's: kept with its reason, in force wherever results are compared, taken back, never "valid"."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config

from station.core.results import Condition, MeasureValue, Quality, TrialResult
from station.errors import NotFound, StationError
from station.store.engine import writing_engine
from station.store.queries import Archive, TrialRow
from station.store.store import Person, Store
from station.words import say

REJECTED = Quality("reject", (say("quality.nothing"),))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path, "1.2.3") as opened:
        yield opened


@pytest.fixture
def kiwi(store: Store) -> Person:
    return store.add_person("Kiwi")


def keep(store: Store, trial: str, person: str | None = None, **more: Any) -> TrialResult:
    known: dict[str, Any] = {
        "protocol_id": "two-leg-quiet", "protocol_version": 1, "protocol_sha256": "ab", "kind": "quiet", "condition": Condition(),
        "side": "", "status": "completed", "reason": say("trial.end.time"), "window_s": (12.0, 42.0), "duration_s": 30.0,
        "measures": {"mean_velocity_mm_s": MeasureValue(8.25, "mm/s", None, "station/1")},
    }  # fmt: skip
    made = TrialResult(trial, f"run-{trial}", **{**known, **more})
    store.begin_trial(
        {"trial_id": trial, "run_id": f"run-{trial}", "person_id": person, "protocol": {"id": "two-leg-quiet"}, "demo": False}
    )
    store.finish_trial(made)
    return made


def shown(store: Store, trial: str) -> TrialRow:
    with Archive(store.folder) as archive:
        row = archive.trial(trial)
    assert row is not None
    return row


def test_a_persons_verdict_is_in_force_and_says_what_it_was_and_why(store: Store) -> None:
    keep(store, "t-1")
    set_to = store.override_verdict("t-1", "usable", "  tail of a cough ")
    quality = shown(store, "t-1").result.quality
    assert quality.override == set_to
    assert set_to is not None
    assert (quality.verdict, set_to.verdict, set_to.was, set_to.reason, set_to.by) == (
        "usable",
        "usable",
        "valid",
        "tail of a cough",
        "staff",
    )
    assert set_to.at is None or len(set_to.at) == len("2026-07-01T12:00:00+02:00")


def test_a_trial_that_a_person_rejects_keeps_its_time_and_gives_no_measures(store: Store) -> None:
    kept = keep(store, "t-1")
    store.override_verdict("t-1", "reject", "wrong person")
    result = shown(store, "t-1").result
    assert (result.measures, result.duration_s, result.status) == ({}, kept.duration_s, "completed")
    store.override_verdict("t-1", None, "it was the right one")
    assert shown(store, "t-1").result == kept


@pytest.mark.parametrize(("machine", "person", "compared"), [
    ("valid", None, True), ("usable", None, True), ("reject", None, False),
    ("valid", "reject", False), ("usable", "reject", False), ("reject", "usable", True),
])  # fmt: skip
def test_only_what_is_not_rejected_is_compared_with_later(
    store: Store, kiwi: Person, machine: str, person: str | None, compared: bool
) -> None:
    keep(store, "t-1", kiwi.id, quality=Quality(machine))
    if person is not None:
        store.override_verdict("t-1", person, "seen")
    assert [r.trial_id for r in store.earlier(kiwi.id, "two-leg-quiet")] == (["t-1"] if compared else [])


def test_a_hold_that_the_machine_rejects_has_its_seconds_and_one_that_a_person_rejects_has_not(store: Store, kiwi: Person) -> None:
    for trial in ("t-1", "t-2"):
        keep(store, trial, kiwi.id, kind="hold", quality=REJECTED)
    store.override_verdict("t-2", "reject", "held on to the rail")
    assert [r.trial_id for r in store.earlier(kiwi.id, "two-leg-quiet")] == ["t-1"]


def test_a_persons_verdict_stays_when_the_result_is_written_anew(store: Store) -> None:
    made = keep(store, "t-1")
    store.override_verdict("t-1", "reject", "shoes")
    store.finish_trial(replace(made, duration_s=29.0))
    row = shown(store, "t-1")
    assert (row.result.quality.verdict, row.result.duration_s) == ("reject", 29.0)
    with closing(sqlite3.connect(store.folder / "station.db")) as db:
        assert db.execute("SELECT verdict FROM trials").fetchall() == [("reject",)]


def test_every_verdict_ever_set_is_kept(store: Store) -> None:
    keep(store, "t-1")
    for verdict, reason in (("reject", "one"), ("usable", "two"), (None, "three")):
        store.override_verdict("t-1", verdict, reason)
    with closing(sqlite3.connect(store.folder / "station.db")) as db:
        rows = db.execute("SELECT verdict, was, reason, set_by FROM overrides ORDER BY rowid").fetchall()
    assert rows == [("reject", "valid", "one", "staff"), ("usable", "valid", "two", "staff"), (None, "valid", "three", "staff")]


@pytest.mark.parametrize(("verdict", "reason", "told"), [
    ("valid", "looks fine", "override.verdict"), ("", "x", "override.verdict"), ("reject", "", "override.reason"),
    ("usable", " \n", "override.reason"),
])  # fmt: skip
def test_a_verdict_of_a_person_is_never_valid_and_never_without_a_reason(store: Store, verdict: str, reason: str, told: str) -> None:
    kept = keep(store, "t-1")
    with pytest.raises(StationError) as refused:
        store.override_verdict("t-1", verdict, reason)
    assert (refused.value.what.id, shown(store, "t-1").result) == (told, kept)


def test_a_trial_that_is_not_there_or_has_no_result_has_no_verdict_to_set(store: Store) -> None:
    store.begin_trial({"trial_id": "open", "run_id": "r", "protocol": {"id": "two-leg-quiet"}, "demo": False})
    for trial in ("open", "none"):
        with pytest.raises(NotFound):
            store.override_verdict(trial, "reject", "why")


def test_what_people_said_of_trials_is_carried_into_a_rebuilt_index_as_far_as_its_trials_are_there(store: Store) -> None:
    for trial in ("t-1", "t-2", "gone"):
        keep(store, trial)
        store.override_verdict(trial, "reject", f"why {trial}")
    store.mark_trial("t-1", "practice", "first")
    said = store.spoken()
    with store.rebuilding():
        keep(store, "t-1")
        keep(store, "t-2")
        assert store.restore_spoken(said) == 2
    row = shown(store, "t-1")
    assert row.result.quality.override is not None
    assert (row.mark, row.mark_reason, row.result.quality.override.reason) == ("practice", "first", "why t-1")
    assert len(store.spoken().history) == 2


def test_a_database_of_the_first_schema_is_brought_to_this_one_with_all_it_holds(tmp_path: Path) -> None:
    path = tmp_path / "station.db"
    config = Config()
    config.set_main_option("script_location", str(files("station.store") / "migrations"))
    config.set_main_option("path_separator", "os")
    engine = writing_engine(path)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    engine.dispose()
    columns = "id, run_id, protocol_id, synced, serial, demo, status, verdict, mark, mark_reason, result_json"
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("INSERT INTO runs (id, protocol_id, status) VALUES ('r', 'two-leg-quiet', 'completed')")
        db.execute(f"INSERT INTO trials ({columns}) VALUES ('old', 'r', 'two-leg-quiet', 1, 1, 0, 'interrupted', NULL, 'used', '', NULL)")
    with Store.open(tmp_path) as store:
        assert store.unfinished() == ["old"]
        keep(store, "new")
        store.override_verdict("new", "reject", "why")
        assert shown(store, "new").result.quality.verdict == "reject"
    assert (tmp_path / "station.db.before-0002").exists()
