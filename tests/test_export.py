"""What leaves the station: tables that a spreadsheet cannot be tricked with, the very samples, JSON of a fixed shape."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import shutil
import zipfile
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from hardware.boards import parse_board
from station.core.formats.csv import read_csv
from station.errors import FolderUnwritable, NotFound
from station.export.cells import TRIGGERS, safe, table
from station.export.describe import page
from station.export.registry import export_bytes, export_file, find, formats
from station.protocols.loader import load_all
from station.solo import Wishes, go
from station.store.queries import Archive, TrialRow
from station.store.store import Person, Store
from station.storing import keeper

SCHEMA: dict[str, Any] = json.loads((files("station.export") / "result.schema.json").read_text("utf-8"))
CHECKER = Draft202012Validator(SCHEMA)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A quiet trial, a hold and a drill of a simulated person called as nastily as may be; the hold is nobody's."""
    folder = tmp_path_factory.mktemp("exported")
    with Store.open(folder) as store:
        person = store.add_person('=HYPERLINK("x")', demo=True)
    protocols = load_all(folder / "protocols")
    plan = (("two-leg-quiet", 12.0, person.code), ("single-leg-hold", 6.0, None), ("heel-tap-front", None, person.code))
    for name, seconds, code in plan:
        spec = parse_board("simulated", seed=4, data_dir=folder)
        with keeper(folder, code) as keep:
            go(spec, protocols[name], keep.wishes(Wishes(seconds=seconds)), keep=keep.recorder)
    with Store.open(folder) as store, Archive(folder) as archive:
        store.mark_trial(rows(archive)["quiet"].id, "practice", "+cmd|' /C calc'!A0")
    return folder


@pytest.fixture
def archive(folder: Path) -> Iterator[Archive]:
    with Archive(folder) as opened:
        yield opened


@pytest.fixture
def person(folder: Path) -> Person:
    with Store.open(folder) as store:
        return store.recent_people(1, demo=True)[0]


def rows(archive: Archive) -> dict[str, TrialRow]:
    return {row.result.kind: row for row in archive.all_trials()}


def unzipped(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def records(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode())))


# --- the registry ----------------------------------------------------------------------------------------------------------------------


def test_the_formats_are_found_by_themselves() -> None:
    assert [f.id for f in formats("trial")] == ["csv", "csv-samples", "json"]
    assert [f.id for f in formats()] == [f.id for f in formats("person")] == ["csv", "json"]


def test_an_unknown_format_names_the_nearest() -> None:
    with pytest.raises(NotFound) as told:
        find("jsn")
    assert told.value.do.args["near"] == "json"


@pytest.mark.parametrize("format", ["csv", "json"])
def test_every_scope_of_a_format_makes_a_file(archive: Archive, person: Person, format: str) -> None:
    trial = rows(archive)["quiet"].id
    for scope, id in (("trial", trial), ("person", person.id), ("person", person.code), ("all", None)):
        data, name = export_bytes(archive, find(format), scope, id)
        assert len(data) > 500
        assert name.startswith("demo-")
        assert "HYPERLINK" not in name


@pytest.mark.parametrize(("scope", "id"), [("trial", "none"), ("trial", None), ("person", "none"), ("person", "../x")])
def test_what_is_not_there_is_not_found(archive: Archive, scope: str, id: str | None) -> None:
    with pytest.raises(NotFound):
        export_bytes(archive, find("csv"), scope, id)


def test_samples_of_everybody_are_not_one_table(archive: Archive) -> None:
    with pytest.raises(NotFound):
        export_bytes(archive, find("csv-samples"), "all", None)


# --- formulas --------------------------------------------------------------------------------------------------------------------------


@given(st.text(max_size=30))
def test_no_text_can_act_as_a_formula(text: str) -> None:
    cell = safe(text)
    assert not cell[:1] or cell[0] not in TRIGGERS
    assert not cell.strip()[:1] or cell.strip()[0] not in TRIGGERS
    assert cell in (text.replace("\0", ""), "'" + text.replace("\0", ""))


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "\n=1", "\0=1", "|x", "%x", "  =1", " \0@x"])
def test_each_way_to_begin_a_formula_is_closed(text: str) -> None:
    assert safe(text)[0] == "'"


@given(st.floats(allow_infinity=False, allow_nan=False))
def test_numbers_survive_a_table_exactly(value: float) -> None:
    back = records(table(["a", "b"], [[value, -abs(value)]]))[0]
    assert (float(back["a"]), float(back["b"])) == (value, -abs(value))


def test_what_has_no_value_is_an_empty_cell() -> None:
    assert table(["a", "b", "c"], [[None, float("nan"), True]]) == b"a,b,c\n,,1\n"


# --- CSV -------------------------------------------------------------------------------------------------------------------------------


def test_the_tables_hold_every_trial_with_the_digits_that_are_stored(archive: Archive, person: Person) -> None:
    found = unzipped(export_bytes(archive, find("csv"), "all", None)[0])
    trials = {r["trial_id"]: r for r in records(found["trials.csv"])}
    assert set(trials) == {row.id for row in archive.all_trials()}
    for row in archive.all_trials():
        written = trials[row.id]
        assert written["demo"] == "1"
        assert float(written["duration_s"]) == row.result.duration_s
        assert row.result.load_n is not None
        assert float(written["load_n"]) == row.result.load_n
        for key, m in row.result.measures.items():
            assert (float(written[key]) if written[key] else None) == m.value
    quiet, hold = trials[rows(archive)["quiet"].id], trials[rows(archive)["hold"].id]
    assert (quiet["person"], hold["person"]) == (f"{person.code[:3]}-{person.code[3:]}", "")
    assert quiet["mark"] == "practice"
    assert quiet["mark_reason"] == "'+cmd|' /C calc'!A0"


def test_every_event_is_a_row(archive: Archive) -> None:
    found = unzipped(export_bytes(archive, find("csv"), "all", None)[0])
    events = [(r["trial_id"], float(r["t_s"]), r["kind"]) for r in records(found["events.csv"])]
    assert events == [(row.id, e.t_s, e.kind) for row in archive.all_trials() for e in row.result.events]


def test_the_codebook_explains_every_column_and_no_export_holds_a_name(archive: Archive, person: Person) -> None:
    found = unzipped(export_bytes(archive, find("csv"), "person", person.id)[0])
    codebook = found["README.txt"].decode()
    for name in ("trials.csv", "events.csv"):
        header = found[name].decode().splitlines()[0].split(",")
        assert [column for column in header if f"  {column}: " not in codebook] == []
    assert not any(b"HYPERLINK" in data for data in found.values())
    assert b"HYPERLINK" not in export_bytes(archive, find("json"), "all", None)[0]


def test_the_check_sums_fit_every_file(archive: Archive, person: Person) -> None:
    found = unzipped(export_bytes(archive, find("csv"), "person", person.id)[0])
    sums = dict(line.split("  ")[::-1] for line in found.pop("SHA256SUMS").decode().splitlines())
    assert sums == {name: hashlib.sha256(data).hexdigest() for name, data in found.items()}
    assert sum(name.startswith("samples/") for name in found) == 2


def test_the_same_results_give_the_same_bytes(archive: Archive) -> None:
    trial = rows(archive)["quiet"].id
    assert export_bytes(archive, find("csv"), "trial", trial) == export_bytes(archive, find("csv"), "trial", trial)


def test_a_page_gets_everybody_without_samples_and_says_so_and_a_file_with_them(archive: Archive, tmp_path: Path) -> None:
    page = unzipped(export_bytes(archive, find("csv"), "all", None)[0])
    assert "samples: not in this file" in page["README.txt"].decode()
    assert not any(name.startswith("samples/") for name in page)
    size = export_file(archive, find("csv"), "all", None, tmp_path / "all.zip")
    data = (tmp_path / "all.zip").read_bytes()
    assert len(data) == size
    assert sum(name.startswith("samples/") for name in unzipped(data)) == 3


def test_the_samples_are_the_frames_of_the_result_and_can_be_measured_again(archive: Archive, tmp_path: Path) -> None:
    row = rows(archive)["quiet"]
    path = tmp_path / "samples.csv"
    export_file(archive, find("csv-samples"), "trial", row.id, path)
    frames = archive.frames(row.id)
    assert frames is not None
    written = records(path.read_bytes())
    assert len(written) == len(frames)
    assert [float(r["t_s"]) for r in written[:3]] == [0.0, 0.01, 0.02]
    ml_mm = np.array([float(r["cop_ml_mm"] or "nan") for r in written])
    assert np.array_equal(ml_mm, frames.ml_mm, equal_nan=True)
    standing = tmp_path / "standing.csv"
    assert row.result.window_s is not None
    start, end = (round(t * 100) for t in row.result.window_s)
    lines = path.read_text().splitlines()
    standing.write_text("\n".join([lines[0], *lines[1 + start : 1 + end]]) + "\n")
    assert read_csv(standing).kind == "cells"


def test_samples_of_a_recording_that_is_gone_are_not_found_but_the_tables_come(archive: Archive, folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "data"
    other.mkdir()
    (other / "station.db").write_bytes((folder / "station.db").read_bytes())
    with Archive(other) as bare:
        trial = rows(bare)["quiet"].id
        with pytest.raises(NotFound) as told:
            export_bytes(bare, find("csv-samples"), "trial", trial)
        assert told.value.kind == "recording"
        assert "trials.csv" in unzipped(export_bytes(bare, find("csv"), "trial", trial)[0])


# --- files -----------------------------------------------------------------------------------------------------------------------------


def test_a_file_that_cannot_be_written_leaves_nothing_behind(archive: Archive, tmp_path: Path) -> None:
    taken = tmp_path / "out.json"
    taken.mkdir()
    with pytest.raises(FolderUnwritable):
        export_file(archive, find("json"), "all", None, taken)
    with pytest.raises(FolderUnwritable):
        export_file(archive, find("json"), "all", None, tmp_path / "none" / "out.json")
    assert list(tmp_path.iterdir()) == [taken]


# --- JSON ------------------------------------------------------------------------------------------------------------------------------


def test_a_trial_as_json_has_the_shape_of_the_schema(archive: Archive) -> None:
    for row in archive.all_trials():
        doc = json.loads(export_bytes(archive, find("json"), "trial", row.id)[0])
        assert faults(doc) == []
        assert doc["trials"] == [row.result.to_json()]
        assert doc["measures"] == row.result.to_json()["measures"]


@pytest.mark.parametrize("name", list(load_all()))
def test_every_protocol_and_game_gives_runs_of_the_schema(name: str) -> None:
    outcome = go(parse_board("simulated", seed=2), load_all()[name], Wishes(seconds=10.0))
    run = json.loads(json.dumps({**outcome.runs[0].to_json(), "truth": outcome.truth}, allow_nan=False))
    assert faults(run) == []
    assert {t["protocol"]["id"] for t in run["trials"]} == {name}


def test_runs_of_everybody_have_the_shape_and_name_people_by_code(archive: Archive, person: Person) -> None:
    doc = json.loads(export_bytes(archive, find("json"), "all", None)[0])
    assert faults(doc) == []
    assert [faults(run) for run in doc["runs"]] == [[], [], []]
    about = [each for run in doc["runs"] for each in run["about"]]
    assert [a["trial_id"] for a in about] == [row.id for row in archive.all_trials()]
    assert {a["person"] for a in about} == {f"{person.code[:3]}-{person.code[3:]}", None}


@pytest.mark.parametrize(
    ("where", "wrong"),
    [
        (("status",), "perfect"),
        (("demo",), 1),
        (("trials", 0, "side"), "middle"),
        (("quality", "verdict"), "good"),
        (("score",), 3),
        (("window", "start_s"), "0"),
        (("index",), -1),
        (("extra",), True),
        (("trials", 0, "events", 0, "kind"), "leap"),
        (("duration_s",), True),
    ],
)
def test_the_schema_catches_a_wrong_run(archive: Archive, where: tuple[Any, ...], wrong: Any) -> None:
    doc = json.loads(export_bytes(archive, find("json"), "trial", rows(archive)["quiet"].id)[0])
    inner = doc
    for key in where[:-1]:
        inner = inner[key]
    inner[where[-1]] = wrong
    assert faults(doc)


def test_the_schema_is_one_and_says_of_every_key_what_it_is() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    unsaid = [
        f"{name}.{key}"
        for name, rule in SCHEMA["$defs"].items()
        for key, inner in rule.get("properties", {}).items()
        if not (inner.get("description") or SCHEMA["$defs"].get(inner.get("$ref", "").removeprefix("#/$defs/"), {}).get("description"))
    ]
    assert unsaid == []


def test_the_page_about_results_is_made_from_the_schema(root: Path) -> None:
    assert (root / "docs" / "result.md").read_text("utf-8") == page(SCHEMA)


def test_a_person_sees_in_every_format_that_a_verdict_is_theirs_and_why(folder: Path, tmp_path: Path) -> None:
    own = Path(shutil.copytree(folder, tmp_path / "data"))
    with Archive(own) as archive:
        hold = rows(archive)["hold"]
        with Store.open(own) as store:
            store.override_verdict(hold.id, "reject", "=shoes on")
        doc = json.loads(export_bytes(archive, find("json"), "trial", hold.id)[0])
        written = records(unzipped(export_bytes(archive, find("csv"), "all", None)[0])["trials.csv"])
    assert faults(doc) == []
    assert (doc["quality"]["verdict"], doc["measures"]) == ("reject", {})
    override = doc["quality"]["override"]
    assert (override["verdict"], override["was"], override["reason"]) == ("reject", hold.result.quality.verdict, "=shoes on")
    row = next(r for r in written if r["trial_id"] == hold.id)
    assert (row["verdict"], row["verdict_was"], row["verdict_reason"]) == ("reject", hold.result.quality.verdict, "'=shoes on")
    assert {r["verdict_was"] for r in written if r["trial_id"] != hold.id} == {""}


def test_the_schema_misses_no_key(archive: Archive) -> None:
    doc = json.loads(export_bytes(archive, find("json"), "trial", rows(archive)["quiet"].id)[0])
    for key in SCHEMA["$defs"]["trial"]["required"]:
        assert faults({**doc, "trials": [{k: v for k, v in doc["trials"][0].items() if k != key}]})


def faults(value: Any) -> list[str]:
    """Where a document breaks the schema."""
    return [error.message for error in CHECKER.iter_errors(value)]
