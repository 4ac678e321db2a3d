"""The command line as a person or a script uses it: what it prints, its JSON and its exit codes."""

from __future__ import annotations

import csv
import gzip
import json
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from cmdline import cli, document, told
from jsonschema import Draft202012Validator
from running import free_port, page

from station.core.results import RunResult
from station.export.registry import SCOPES, formats
from station.protocols.loader import load_all
from station.store.queries import Archive
from station.store.store import Store

ROOT = Path(__file__).resolve().parent.parent
RUN_KEYS = {
    "trial_id", "run_id", "protocol", "kind", "condition", "side", "status", "reason", "index", "attempt", "demo", "window", "duration_s",
    "load_n", "quality", "settings", "measures", "events", "reps", "score", "warnings", "trials", "truth",
}  # fmt: skip
"""Of `trial --json` on a simulated board. A name that goes breaks somebody's script."""


@pytest.fixture(scope="module")
def gym(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with two simulated people and a week of trials."""
    folder = tmp_path_factory.mktemp("gym") / "data"
    made = cli("demo", "--people", 2, "--weeks", 1, "--data", folder)
    assert made.exit_code == 0, made.output
    assert made.stdout.endswith(f" trials of 2 simulated people are in {folder}, all marked demo.\n")
    return folder


def without_text(doc: Any) -> Any:
    """JSON without the sentences, which depend on the language."""
    if isinstance(doc, list):
        return [without_text(each) for each in doc]
    return {k: without_text(v) for k, v in doc.items() if k != "text"} if isinstance(doc, dict) else doc


def results(folder: Path) -> dict[str, dict[str, Any]]:
    with Archive(folder) as archive:
        return {t.id: t.result.to_json() for t in archive.all_trials()}


# --- one run -------------------------------------------------------------------------------------------------------------------------


def test_a_trial_prints_a_run_with_stable_keys_and_the_truth() -> None:
    run = document("trial", "two-leg-quiet", "--board", "simulated:60kg", "--seconds", 10, "--seed", 3)
    assert set(run) == RUN_KEYS
    assert (run["status"], run["demo"], run["duration_s"], run["side"]) == ("completed", True, 10.0, "")
    assert set(run["protocol"]) == {"id", "version", "sha256"}
    assert set(run["window"]) == {"start_s", "end_s"}
    assert {"verdict", "reasons", "valid_pct", "flags_by_cell"} <= set(run["quality"])
    assert all({"value", "unit", "uncertainty", "method"} <= set(m) for m in run["measures"].values())
    assert all({"t_s", "kind"} <= set(e) for e in run["events"])
    assert run["truth"]["weight_kg"] == 60.0
    assert len(run["trials"]) == 1


def test_the_json_of_a_run_is_what_its_schema_says() -> None:
    schema = json.loads((ROOT / "station" / "export" / "result.schema.json").read_text())
    run = document("trial", "single-leg-hold", "--board", "simulated:5s-hold,left")
    assert [error.message for error in Draft202012Validator(schema).iter_errors(run)] == []
    assert run["side"] == "left"
    assert run["score"]["value"] == pytest.approx(run["truth"]["holds"][0]["end_s"] - run["truth"]["holds"][0]["start_s"], abs=0.3)


def test_the_same_seed_gives_the_same_run() -> None:
    first, second = (document("trial", "two-leg-quiet", "--board", "simulated", "--seconds", 5, "--seed", 4) for _ in range(2))
    assert first["measures"] == second["measures"]
    assert first["window"] == second["window"]


def test_a_trial_without_json_is_told_in_words_and_says_demo() -> None:
    run = cli("trial", "two-leg-quiet", "--board", "simulated", "--seconds", 10)
    assert run.exit_code == 0
    lines = run.stdout.splitlines()
    assert lines[0] == "DEMO two-leg-quiet: completed. Full time"
    assert lines[1].startswith("  two-leg, eyes open, firm: 10.00 s, ")
    assert any(line.split()[0] == "mean_velocity_mm_s" and line.endswith(" mm/s") for line in lines[2:])


def test_play_gives_a_score() -> None:
    played = document("play", "candle", "--board", "simulated")
    assert (played["status"], played["kind"], played["score"]["of"]) == ("completed", "game", 1000.0)
    assert 300 < played["score"]["value"] <= 1000


def test_a_run_that_does_not_complete_ends_with_three(tmp_path: Path) -> None:
    fell = document("trial", "two-leg-quiet", "--board", "simulated:step-off", code=3)
    assert (fell["status"], fell["reason"]["text"]) == ("failed", "Stepped off the board")


def test_eyes_surface_side_and_seconds_are_as_asked() -> None:
    run = document("trial", "single-leg-hold", "--board", "simulated:30s-hold", "--side", "right", "--eyes", "closed", "--seconds", 6)
    assert (run["side"], run["condition"]["eyes"], run["score"]) == ("right", "closed", {"value": 6.0, "unit": "s", "of": 6.0})


def test_a_simulated_run_is_kept_when_a_folder_is_named_and_belongs_to_the_person_of_the_code(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with Store.open(folder) as store:
        person = store.add_person("Kiwi", demo=True)
    run = document("trial", "two-leg-quiet", "--board", "simulated", "--seconds", 5, "--data", folder, "--person", person.code)
    with Archive(folder) as archive:
        (row,) = archive.all_trials()
        stored = archive.run(run["run_id"])
    assert (row.id, row.person_id) == (run["trial_id"], person.id)
    assert isinstance(stored, RunResult)
    assert {k: v for k, v in without_text(run).items() if k != "truth"} == stored.to_json()


def test_a_person_that_nobody_knows_is_wrong_use(tmp_path: Path) -> None:
    refused = cli("trial", "two-leg-quiet", "--board", "simulated", "--data", tmp_path / "data", "--person", "ZZZZ")
    assert refused.exit_code == 2
    assert told(refused) == ["There is no person named ZZZZ.", "Look up the code on the People page."]


def test_a_replay_belongs_to_nobody(shared_data: Path, tmp_path: Path) -> None:
    board = f"replay:{shared_data / 'cells' / 'BDS00001.csv.gz'}"
    refused = cli("trial", "two-leg-quiet", "--board", board, "--person", "ABCD", "--data", tmp_path / "data")
    assert refused.exit_code == 2
    assert told(refused) == ["A replay is no new measurement and belongs to nobody.", "Leave --person out."]


def test_a_recording_replays_to_the_result_it_was_stored_with(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    run = document("trial", "two-leg-quiet", "--board", "simulated", "--seconds", 10, "--data", folder)
    (recording,) = (folder / "recordings").glob("*/*.rec")
    again = document("trial", "two-leg-quiet", "--board", f"replay:{recording}", "--seconds", 10)
    assert again["measures"] == run["measures"]
    assert again["window"] == run["window"]
    assert "truth" not in again


# --- files ---------------------------------------------------------------------------------------------------------------------------


@pytest.mark.shared
@pytest.mark.parametrize("name", ["BDS00001", "BDS00010", "BDS00166"])
def test_a_trial_of_a_file_has_the_measures_of_the_rows_in_its_window(name: str, shared_data: Path, tmp_path: Path) -> None:
    path = shared_data / "cells" / f"{name}.csv.gz"
    run = document("trial", "two-leg-quiet", "--board", f"replay:{path}", "--settings", "raw")
    start_s, end_s = run["window"]["start_s"], run["window"]["end_s"]
    with gzip.open(path, "rt", newline="") as file:
        header, *rows = list(csv.reader(file))
    cut = tmp_path / f"{name}.csv"
    with cut.open("w", newline="") as file:
        csv.writer(file).writerows([header, *(r for r in rows if start_s - 1e-6 <= float(r[0]) < end_s - 1e-6)])
    measured = document("measure", cut, "--settings", "raw", "--geometry", shared_data / "cells" / "geometry.json")
    assert (run["duration_s"], measured["duration_s"]) == (30.0, pytest.approx(30.0))
    assert set(run["measures"]) == set(measured["measures"])
    for key, ours in run["measures"].items():
        value = measured["measures"][key]["value"]
        assert ours["value"] == (value if value is None else pytest.approx(value, rel=1e-6, abs=1e-9)), key


def test_a_file_may_be_played_at_the_speed_of_the_wall_with_the_same_result(tmp_path: Path) -> None:
    path = tmp_path / "cells.csv"
    header = "t_s,front_left_n,front_right_n,rear_left_n,rear_right_n\n"
    path.write_text(header + "".join(f"{i / 100:.2f},{160 + i % 7},{170 + i % 5},{150 + i % 3},{180 + i % 4}\n" for i in range(120)))
    at = [{"ml_mm": x, "ap_mm": y} for x, y in ((-200, 200), (200, 200), (-200, -200), (200, -200))]
    (tmp_path / "geometry.json").write_text(json.dumps({"cells": dict(zip(header.strip().split(",")[1:], at, strict=True))}))
    words = ("trial", "two-leg-quiet", "--board", f"replay:{path}", "--window", "file", "--settings", "raw", "--speed")
    fast, paced = document(*words, "max"), document(*words, "1")
    assert fast["duration_s"] == pytest.approx(1.2)
    assert paced["measures"] == fast["measures"]


def test_measure_takes_files_of_both_kinds_and_only_what_is_asked(tmp_path: Path) -> None:
    cop = tmp_path / "cop.csv"
    cop.write_text("t_s,ml_mm,ap_mm,note\n" + "".join(f"{i / 100:.2f},{i % 7},{i % 5},x\n" for i in range(3000)))
    found = document("measure", cop, "--settings", "raw", "--only", "path_length_mm,mean_velocity_mm_s")
    assert set(found["measures"]) == {"path_length_mm", "mean_velocity_mm_s"}
    assert (found["fs_hz"], found["n"]) == (pytest.approx(100.0), 3000)
    twice = document("measure", cop, cop, "--only", "path_length_mm")
    assert twice["file"] == str(cop)
    plain = cli("measure", cop, "--only", "path_length_mm")
    assert told(plain) == [f"{cop}: these columns are not used: note."]
    assert plain.stdout.splitlines()[0] == f"{cop}  (station, 100.00 Hz, 30.00 s)"


# --- what there is --------------------------------------------------------------------------------------------------------------------


def test_everything_there_is_is_listed_with_units_and_sources() -> None:
    protocols, games, measures = document("protocols"), document("games"), document("measures")
    assert {p["id"] for p in protocols} | {g["id"] for g in games} == set(load_all())
    assert {g["kind"] for g in games} == {"game"}
    assert all(p["title"] and p["why"] and p["seconds"] > 0 and p["version"] >= 1 and len(p["sha256"]) == 64 for p in [*protocols, *games])
    assert all({"key", "name", "symbol", "unit", "source", "settings", "means"} <= set(m) and m["name"] and m["source"] for m in measures)
    for command, listed in (("protocols", protocols), ("games", games), ("measures", measures)):
        lines = cli(command).stdout.splitlines()
        assert [line.split()[0] for line in lines] == [one.get("id", one.get("key")) for one in listed]


def test_a_sites_own_protocol_is_listed_and_run(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    (folder / "protocols").mkdir(parents=True)
    own = (ROOT / "station" / "protocols" / "two-leg-quiet.toml").read_text().replace('id = "two-leg-quiet"', 'id = "our-quiet"')
    (folder / "protocols" / "our-quiet.toml").write_text(own)
    assert "our-quiet" in {p["id"] for p in document("protocols", "--data", folder)}
    assert document("trial", "our-quiet", "--board", "simulated", "--seconds", 5, "--data", folder)["protocol"]["id"] == "our-quiet"


def test_check_says_in_sentences_that_a_board_is_well_or_what_to_do() -> None:
    well = cli("check", "--board", "simulated", "--seconds", 4)
    assert well.exit_code == 0
    first, *verdicts = well.stdout.splitlines()
    assert first.startswith("DEMO")
    assert len(verdicts) > 4
    assert all(line.startswith("ok  ") for line in verdicts)
    slow = cli("check", "--board", "simulated", "--seconds", 4, "--fault", "rear_left:slow")
    assert slow.exit_code == 3
    assert "!!  Rear left is in slow mode. Set its RATE jumper to 80." in slow.stdout.splitlines()
    assert document("check", "--board", "simulated", "--seconds", 4)["ok"] is True


# --- a data folder -------------------------------------------------------------------------------------------------------------------


def test_recompute_of_a_whole_gym_changes_no_digit(gym: Path) -> None:
    before = results(gym)
    done = cli("recompute", "--data", gym)
    assert (done.exit_code, done.stdout) == (0, f"{len(before)} trials computed anew; {len(before)} stayed the same to the last digit.\n")
    assert results(gym) == before
    assert all(r["demo"] for r in before.values())


def test_a_rebuild_brings_back_every_trial_as_it_was(gym: Path, tmp_path: Path) -> None:
    before = results(gym)
    copy = tmp_path / "copy"
    (copy / "recordings").parent.mkdir()
    subprocess.run(["cp", "-r", str(gym / "recordings"), str(copy)], check=True)
    done = cli("rebuild", "--data", copy)
    assert done.exit_code == 0
    assert done.stdout.splitlines()[0] == f"{len(before)} trials are back in a new database; the old one lies beside it."
    assert results(copy) == before
    with Archive(copy) as archive:
        people = archive.people()
        assert (len(people), sum(p.trials for p in people), all(p.demo for p in people)) == (2, len(before), True)
        runs = {t.run_id for t in archive.all_trials()}
        assert all((found := archive.run(run)) is not None and found.status == "completed" for run in runs)


@pytest.mark.parametrize(("scope", "format_id"), [(s, f.id) for s in SCOPES for f in formats(s)])
def test_every_format_is_exported_for_a_trial_a_person_and_all(scope: str, format_id: str, gym: Path, tmp_path: Path) -> None:
    with Archive(gym) as archive:
        person = archive.people()[0]
        trial = archive.trials(person.id)[0]
    id = {"trial": [trial.id], "person": [person.code], "all": []}[scope]
    out = tmp_path / "out"
    done = cli("export", scope, *id, "--format", format_id, "--out", out, "--data", gym)
    assert done.exit_code == 0, done.output
    assert done.stdout == f"{out}: {out.stat().st_size} bytes\n"
    assert out.stat().st_size > 100


def test_exports_of_what_is_not_there_are_wrong_use(gym: Path, tmp_path: Path) -> None:
    def export(*words: str) -> tuple[int, str]:
        done = cli("export", *words, "--out", tmp_path / "out", "--data", gym)
        return done.exit_code, told(done)[-2] if len(told(done)) > 1 else done.output

    assert export("trial", "nothing", "--format", "json") == (2, "There is no trial named nothing.")
    assert export("person", "ZZZZ", "--format", "json") == (2, "There is no person named ZZZZ.")
    assert export("all", "--format", "jsn") == (2, "There is no format named jsn.")
    assert cli("export", "person", "--format", "json", "--out", tmp_path / "out", "--data", gym).exit_code == 2
    assert not (tmp_path / "out").exists()


def test_the_pages_alone_serve_a_folder_and_end_when_told(gym: Path) -> None:
    port = free_port()
    command = [sys.executable, "-m", "station", "web", "--data", str(gym), "--port", str(port)]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(1500):
            if page(port) == 200:
                break
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.02)
                break
        assert page(port) == 200
        taken = cli("web", "--data", gym, "--port", port)
        process.send_signal(signal.SIGTERM)
        assert process.wait(10.0) == 0
    finally:
        process.kill()
        process.wait()
    assert taken.exit_code == 2
    assert told(taken) == [f"Port {port} cannot be used: Address already in use.", "Choose another one with --port, or stop what uses it."]


def test_help_names_every_command() -> None:
    printed = cli("--help").stdout
    for command in "run trial play measure protocols games measures check export recompute rebuild demo web".split():
        assert f"\n  {command} " in printed
        assert cli(command, "--help").exit_code == 0
