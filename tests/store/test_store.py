"""The index: people, trials, links, the folder's lock, and a database that is either old or new, never half."""

from __future__ import annotations

import hashlib
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from station.core.results import Condition, Event, MeasureValue, Quality, RunResult, Score, TrialResult
from station.errors import FolderBusy, FolderUnwritable, NotFound, StationError, StoreError
from station.flow.animals import animals
from station.store import nicknames
from station.store.codes import ALPHABET, new_code, read_code, show_code
from station.store.engine import reading_engine, writing_engine
from station.store.nicknames import BadNickname, nickname
from station.store.queries import Archive
from station.store.secrets import make_pin, verify_pin
from station.store.store import Store
from station.store.tables import metadata
from station.words import say

WALL_NS = 1_782_000_000_000_000_000


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path, "1.2.3") as opened:
        yield opened


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive(tmp_path) as opened:
        yield opened


def header(trial: str, person: str | None = None, **more: Any) -> dict[str, Any]:
    wall = {"wall_ns": WALL_NS, "mono_ns": 50, "synced": True}
    protocol = {"id": "two-leg-quiet", "version": 1, "sha256": "ab", "text": ""}
    return {"trial_id": trial, "run_id": f"run-{trial}", "person_id": person, "protocol": protocol, "demo": False, "wall": wall, **more}


def result(trial: str, value: float | None = 8.25, **more: Any) -> TrialResult:
    known: dict[str, Any] = {
        "protocol_id": "two-leg-quiet", "protocol_version": 1, "protocol_sha256": "ab", "kind": "quiet", "condition": Condition(),
        "side": "", "status": "completed", "reason": say("trial.end.time"), "window_s": (12.0, 42.0), "duration_s": 30.0,
        "quality": Quality(), "events": (Event(4.5, "step-on"),), "score": Score(30.0, "s", 30.0),
        "measures": {"mean_velocity_mm_s": MeasureValue(value, "mm/s", None, "station/1", "why.no-uncertainty")},
    }  # fmt: skip
    return TrialResult(trial, f"run-{trial}", **{**known, **more})


def keep(store: Store, trial: str, person: str | None = None, **more: Any) -> TrialResult:
    made = result(trial, demo=bool(more.get("demo")))
    store.begin_trial(header(trial, person, **more))
    store.finish_trial(made)
    store.finish_run(RunResult(made.run_id, made.protocol_id, made.status, made.reason, (made,), made.score, made.demo))
    return made


# --- the folder ------------------------------------------------------------------------------------------------------------------------


def test_a_second_station_on_the_folder_is_refused_and_told_which(store: Store, tmp_path: Path) -> None:
    with pytest.raises(FolderBusy) as told:
        Store.open(tmp_path)
    assert told.value.what.args["folder"] == str(tmp_path)


def test_a_station_that_was_killed_leaves_the_folder_free(tmp_path: Path) -> None:
    code = "import os, sys, pathlib; from station.store.store import Store; Store.open(pathlib.Path(sys.argv[1])); os.kill(os.getpid(), 9)"
    assert subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False, timeout=30).returncode == -9
    with Store.open(tmp_path) as store:
        assert store.recent_people(1) == []


def test_a_folder_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FolderUnwritable):
        Store.open(tmp_path / "file" / "data")


def test_a_path_with_odd_characters_is_only_a_path(tmp_path: Path) -> None:
    folder = tmp_path / "a b?c#d%20&e=ü"
    with Store.open(folder) as store, Archive(folder) as archive:
        kept = keep(store, "t-1")
        found = archive.trial("t-1")
    assert found is not None
    assert found.result == kept
    assert [p.name for p in tmp_path.iterdir()] == [folder.name]


def test_every_station_has_an_id_of_its_own_for_ever(tmp_path: Path) -> None:
    ids = []
    for folder in ("a", "a", "b"):
        with Store.open(tmp_path / folder) as store:
            ids.append(store.station_id)
    assert ids[0] == ids[1] != ids[2]


# --- the schema ------------------------------------------------------------------------------------------------------------------------


def test_the_migrations_make_exactly_the_tables_that_the_code_uses(store: Store, tmp_path: Path) -> None:
    engine = reading_engine(tmp_path / "station.db")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()
    assert metadata.tables.keys() >= {"boots", "people", "visits", "runs", "trials", "measures", "tokens", "moves"}


def test_the_writing_connection_is_as_safe_as_sqlite_can_be(store: Store, tmp_path: Path) -> None:
    engine = writing_engine(tmp_path / "station.db")
    with engine.connect() as connection:
        names = ("journal_mode", "synchronous", "foreign_keys", "secure_delete", "busy_timeout")
        set_to = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names]
    engine.dispose()
    assert set_to == ["wal", 2, 1, 1, 5000]


def test_every_table_of_ours_is_strict(store: Store, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "station.db") as db:
        strict = {name: bool(is_strict) for _, name, kind, _, _, is_strict in db.execute("PRAGMA table_list") if kind == "table"}
    db.close()
    assert all(strict[name] for name in metadata.tables)


def test_a_transaction_that_fails_leaves_nothing_of_its_tables(tmp_path: Path) -> None:
    engine = writing_engine(tmp_path / "x.db")
    with pytest.raises(DBAPIError), engine.begin() as db:
        _create_and_fail(db)
    with engine.connect() as db:
        assert db.exec_driver_sql("SELECT name FROM sqlite_master").all() == []
    engine.dispose()


def _create_and_fail(db: Connection) -> None:
    db.exec_driver_sql("CREATE TABLE half (a INTEGER)")
    db.exec_driver_sql("CREATE TABLE half (a INTEGER)")


def test_a_database_of_newer_software_is_refused_and_left_alone(tmp_path: Path) -> None:
    Store.open(tmp_path).close()
    with sqlite3.connect(tmp_path / "station.db") as db:
        db.execute("UPDATE alembic_version SET version_num = '9999'")
    db.close()
    before = (tmp_path / "station.db").read_bytes()
    with pytest.raises(StoreError) as told:
        Store.open(tmp_path)
    assert told.value.what.id == "store.newer"
    assert told.value.what.args["version"] == "9999"
    assert (tmp_path / "station.db").read_bytes() == before


def test_a_database_that_is_none_is_told_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "station.db").write_bytes(b"not a database at all, and long enough to be looked at" * 40)
    with pytest.raises(StoreError) as told:
        Store.open(tmp_path)
    assert (told.value.what.id, told.value.do.id) == ("store.database", "store.database.do")


def test_the_reading_engine_refuses_to_write(store: Store, tmp_path: Path) -> None:
    engine = reading_engine(tmp_path / "station.db")
    with engine.connect() as connection, pytest.raises(Exception, match="readonly"):
        connection.exec_driver_sql("DELETE FROM people")
    engine.dispose()


# --- people ----------------------------------------------------------------------------------------------------------------------------


def test_the_code_of_the_reference_is_valid_and_a_slip_is_not() -> None:
    assert read_code("k7m-3q1") == "K7M3Q1"
    assert read_code("K7M 3QI") == "K7M3Q1"
    assert show_code("K7M3Q1") == "K7M-3Q1"
    assert read_code("K7M-3Q2") is None


@given(st.integers(0, 5), st.sampled_from(ALPHABET))
def test_one_wrong_character_in_a_code_finds_nobody(at: int, char: str) -> None:
    code = new_code()
    typed = code[:at] + char + code[at + 1 :]
    assert read_code(typed) == (code if typed == code else None)


def test_a_person_is_found_by_code_as_typed_and_by_id(store: Store) -> None:
    kiwi = store.add_person("  Kiwi  ")
    assert kiwi.nickname == "Kiwi"
    assert store.person(show_code(kiwi.code).lower()) == kiwi
    assert store.person(kiwi.id) == kiwi
    with pytest.raises(NotFound):
        store.person("nobody")


def test_the_animals_of_people_are_those_that_the_screens_can_draw() -> None:
    assert set(nicknames.ANIMALS) == set(animals())


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", ["nickname.empty"]),
        ("   ", ["nickname.empty"]),
        ("x" * 61, ["nickname.long"]),
        ("a\nb", ["nickname.control"]),
        ("a\x1b[31m", ["nickname.control"]),
        ("\ud800", ["nickname.control"]),
        ("a\u202eb", ["nickname.control"]),
        ("\0" * 70, ["nickname.control", "nickname.long"]),
    ],
)
def test_a_nickname_is_refused_with_every_rule_it_breaks(store: Store, text: str, told: list[str]) -> None:
    with pytest.raises(BadNickname) as refused:
        store.add_person(text)
    assert [w.id for w in refused.value.mistakes] == told
    assert isinstance(refused.value, StationError)
    assert store.recent_people(9) == []


@given(st.text(max_size=80))
def test_any_text_is_a_nickname_or_is_refused(text: str) -> None:
    kept = None
    with suppress(BadNickname):
        kept = nickname(text)
    assert kept is None or 1 <= len(kept) <= 60
    assert kept is None or kept == " ".join(kept.split())


def test_renaming_changes_the_name_alone(store: Store) -> None:
    kiwi = store.add_person("Kiwi")
    renamed = store.rename_person(kiwi.id, "=Mango")
    assert (renamed.id, renamed.code, renamed.nickname) == (kiwi.id, kiwi.code, "=Mango")
    with pytest.raises(NotFound):
        store.rename_person("nobody", "Mango")


def test_people_are_known_again_by_their_weight_and_the_unweighed_come_last(store: Store) -> None:
    light, heavy, unknown = (store.add_person(name) for name in ("Light", "Heavy", "Unknown"))
    store.begin_visit(light.id, 61.0)
    store.begin_visit(heavy.id, 80.0)
    store.begin_visit(unknown.id)
    assert [p.id for p in store.people_of_weight(62.9, 3)] == [light.id, unknown.id]
    assert [p.id for p in store.people_of_weight(63.1, 3)] == [unknown.id]
    assert [p.weight_kg for p in store.people_of_weight(78.1, 1)] == [80.0]
    store.set_weight(heavy.id, None)
    assert [p.weight_kg for p in store.people_of_weight(78.1, 3)] == [None, None]


def test_who_was_here_last_comes_first_and_simulated_people_stay_among_themselves(store: Store) -> None:
    first, second = store.add_person("First"), store.add_person("Second")
    robot = store.add_person("Robot", demo=True)
    store.begin_visit(first.id)
    assert [p.id for p in store.recent_people(5)] == [first.id, second.id]
    assert [p.id for p in store.recent_people(5, demo=True)] == [robot.id]


# --- trials ----------------------------------------------------------------------------------------------------------------------------


def test_a_stored_trial_comes_back_equal(store: Store, archive: Archive) -> None:
    kept = keep(store, "t-1")
    found = archive.trial("t-1")
    assert found is not None
    assert found.result == kept
    assert (found.mark, found.person_id) == ("used", None)
    assert found.started is not None
    assert found.started.timestamp() == WALL_NS / 1e9
    assert archive.run("run-t-1") == RunResult("run-t-1", "two-leg-quiet", "completed", kept.reason, (kept,), kept.score, False)


def test_a_trial_that_was_begun_twice_is_one(store: Store, archive: Archive) -> None:
    store.begin_trial(header("t-1"))
    keep(store, "t-1")
    assert [t.id for t in archive.all_trials()] == ["t-1"]


def test_a_trial_has_a_row_from_its_start_and_is_unfinished_until_its_result(store: Store, archive: Archive) -> None:
    store.begin_trial(header("t-1"))
    assert store.unfinished() == ["t-1"]
    assert archive.trial("t-1") is None
    store.finish_trial(result("t-1"))
    assert store.unfinished() == []


def test_a_trial_of_a_person_that_the_index_does_not_know_is_kept_for_nobody(store: Store, archive: Archive) -> None:
    keep(store, "t-1", "no-such-person")
    assert [t.id for t in archive.trials(None)] == ["t-1"]


def test_the_measures_are_rows_with_unit_method_and_reason(store: Store, tmp_path: Path) -> None:
    keep(store, "t-1")
    with sqlite3.connect(tmp_path / "station.db") as db:
        rows = db.execute("SELECT key, value, unit, uncertainty, why, method, settings, software FROM measures").fetchall()
    db.close()
    assert rows == [("mean_velocity_mm_s", 8.25, "mm/s", None, "why.no-uncertainty", "station/1", "station", "1.2.3")]


def test_a_newer_result_takes_the_place_of_the_older(store: Store, archive: Archive) -> None:
    keep(store, "t-1")
    store.finish_trial(result("t-1", None))
    found = archive.trial("t-1")
    assert found is not None
    assert found.result.measures["mean_velocity_mm_s"].value is None


def test_a_trial_given_to_another_person_is_theirs_and_its_links_end(store: Store, archive: Archive) -> None:
    one, other = store.add_person("One"), store.add_person("Other")
    keep(store, "t-1", one.id)
    token = store.share("t-1")
    store.move_trial("t-1", other.id)
    assert (archive.trials(one.id), [t.id for t in archive.trials(other.id)]) == ([], ["t-1"])
    assert archive.by_token(token) is None
    store.move_trial("t-1", None)
    assert [t.id for t in archive.trials(None)] == ["t-1"]
    for trial, person in (("none", one.id), ("t-1", "none")):
        with pytest.raises(NotFound):
            store.move_trial(trial, person)


def test_a_simulated_trial_does_not_go_to_a_real_person(store: Store) -> None:
    real, robot = store.add_person("Real"), store.add_person("Robot", demo=True)
    keep(store, "t-1", robot.id, demo=True)
    with pytest.raises(StationError) as told:
        store.move_trial("t-1", real.id)
    assert told.value.what.id == "store.move-demo"


def test_simulated_trials_never_stand_among_real_ones(store: Store, archive: Archive) -> None:
    kiwi = store.add_person("Kiwi")
    keep(store, "demo", kiwi.id, demo=True)
    assert [t.id for t in archive.trials(kiwi.id)] == ["demo"]
    keep(store, "real", kiwi.id)
    assert [t.id for t in archive.trials(kiwi.id)] == ["real"]


def test_a_mark_is_kept_with_its_reason_and_nothing_is_deleted(store: Store, archive: Archive) -> None:
    keep(store, "t-1")
    store.mark_trial("t-1", "discarded", "shoes on")
    found = archive.trial("t-1")
    assert found is not None
    assert (found.mark, found.mark_reason) == ("discarded", "shoes on")
    with pytest.raises(NotFound):
        store.mark_trial("t-1", "deleted")
    with pytest.raises(NotFound):
        store.mark_trial("t-2", "used")


def test_trials_come_in_the_order_they_were_made_whatever_the_clock_said(store: Store, archive: Archive) -> None:
    for n, wall_ns in enumerate((WALL_NS, 0, WALL_NS - 10**18, WALL_NS + 5)):
        keep(store, f"t-{n}", wall={"wall_ns": wall_ns, "mono_ns": n, "synced": True})
    assert [t.id for t in archive.trials(None)] == ["t-0", "t-1", "t-2", "t-3"]
    assert [t.id for t in archive.trials(None, newest=2)] == ["t-2", "t-3"]


# --- the clock -------------------------------------------------------------------------------------------------------------------------


def test_the_date_of_a_trial_is_unknown_until_the_clock_is_set_and_then_exact(store: Store, archive: Archive) -> None:
    store.begin_boot("b-1", mono_ns=1_000, synced=False)
    keep(store, "t-1", boot_id="b-1", wall={"wall_ns": 3, "mono_ns": 5_000, "synced": False})
    keep(store, "other-boot", boot_id="b-0", wall={"wall_ns": 4, "mono_ns": 9, "synced": False})
    before = archive.trial("t-1")
    assert store.clock_set(mono_ns=2_005_000, now_ns=WALL_NS + 2_000_000) == 1
    assert store.clock_set(mono_ns=9_000_000, now_ns=5) == 0
    after, other = archive.trial("t-1"), archive.trial("other-boot")
    assert before is not None
    assert after is not None
    assert other is not None
    assert (before.started, other.started) == (None, None)
    assert after.started is not None
    assert after.started.timestamp() == WALL_NS / 1e9


# --- links and PIN ---------------------------------------------------------------------------------------------------------------------


def test_a_link_opens_its_trial_and_only_its_check_sum_is_kept(store: Store, archive: Archive, tmp_path: Path) -> None:
    keep(store, "t-1")
    token, other = store.share("t-1"), store.share("t-1")
    assert token != other
    found = archive.by_token(token)
    assert found is not None
    assert found.id == "t-1"
    with sqlite3.connect(tmp_path / "station.db") as db:
        kept = {row[0] for row in db.execute("SELECT sha256 FROM tokens")}
    db.close()
    assert hashlib.sha256(token.encode()).hexdigest() in kept
    assert not any(token.encode() in path.read_bytes() for path in tmp_path.glob("station.db*"))


def test_a_link_is_over_after_its_days(store: Store, archive: Archive) -> None:
    keep(store, "t-1")
    assert archive.by_token(store.share("t-1", days=0)) is None
    with pytest.raises(NotFound):
        store.share("t-2")


@given(st.text(max_size=40))
def test_no_other_token_opens_anything(tmp_path_factory: pytest.TempPathFactory, token: str) -> None:
    folder = tmp_path_factory.getbasetemp() / "tokens"
    if not folder.exists():
        with Store.open(folder) as store:
            keep(store, "t-1")
            store.share("t-1")
    with Archive(folder) as archive:
        assert archive.by_token(token) is None


def test_the_pin_is_told_once_and_kept_as_a_hash(tmp_path: Path) -> None:
    pin = make_pin(tmp_path)
    assert pin is not None
    assert len(pin) == 6
    assert make_pin(tmp_path) is None
    assert verify_pin(tmp_path, pin)
    assert not verify_pin(tmp_path, f"{(int(pin) + 1) % 1_000_000:06d}")
    assert pin not in (tmp_path / "pin.json").read_text()
    assert (tmp_path / "pin.json").stat().st_mode & 0o007 == 0


def test_without_a_pin_nobody_is_staff(tmp_path: Path) -> None:
    assert not verify_pin(tmp_path, "")
    assert not verify_pin(tmp_path, "000000")


# --- the reading side ------------------------------------------------------------------------------------------------------------------


def test_before_the_station_has_made_its_database_everything_is_empty(tmp_path: Path) -> None:
    with Archive(tmp_path) as archive:
        assert (archive.people(), archive.trials(None), list(archive.all_trials())) == ([], [], [])
        assert (archive.trial("x"), archive.by_token("x"), archive.person("x"), archive.run("x"), archive.frames("x")) == (None,) * 5
        with Store.open(tmp_path) as store:
            store.add_person("Kiwi")
        assert [p.nickname for p in archive.people()] == ["Kiwi"]


def test_a_database_put_in_the_place_of_another_is_read(store: Store, archive: Archive) -> None:
    keep(store, "t-1")
    assert archive.trial("t-1") is not None
    with store.rebuilding():
        store.begin_trial(header("t-2"))
        store.finish_trial(result("t-2"))
    assert (archive.trial("t-1"), [t.id for t in archive.all_trials()]) == (None, ["t-2"])


def test_a_rebuild_that_fails_leaves_the_old_index_as_it_was(store: Store, archive: Archive) -> None:
    keep(store, "t-1")
    with pytest.raises(NotFound):
        _rebuild_and_fail(store)
    keep(store, "t-3")
    assert [t.id for t in archive.all_trials()] == ["t-1", "t-3"]


def _rebuild_and_fail(store: Store) -> None:
    with store.rebuilding():
        keep(store, "t-2")
        store.move_trial("t-1", None)  # not in the new index


def test_people_come_with_their_number_of_trials_and_the_date_of_the_last(store: Store, archive: Archive) -> None:
    kiwi, mango = store.add_person("Kiwi"), store.add_person("Mango")
    keep(store, "t-1", kiwi.id)
    keep(store, "t-2", kiwi.id)
    rows = {p.nickname: p for p in archive.people()}
    assert [p.nickname for p in archive.people()] == ["Kiwi", "Mango"]
    assert (rows["Kiwi"].trials, rows["Mango"].trials, rows["Mango"].last) == (2, 0, None)
    assert rows["Kiwi"].last is not None
    found = archive.person(show_code(mango.code))
    assert found is not None
    assert found.id == mango.id
