"""`balance-station measure` as a researcher uses it: a folder of files in, one table out, nothing lost for one bad file."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from click.testing import Result
from cmdline import cli, document, hears_ctrl_c, told
from sways import trial_s

from station.core.formats.csv import read_csv
from station.core.measures.prepare import measure_cop
from station.core.measures.presets import PRESETS
from station.core.measures.registry import registry
from station.measure_table import heading
from station.measuring import Job, Measured, Refused, cop_of, files_of, measure_file, measure_files

ONLY = "mean_velocity_mm_s,ellipse_area_95_mm2,dfa_alpha_ap"
CELLS = ("front_left", "front_right", "rear_left", "rear_right")


def cop_text(seconds: float = 20.0, *, fs_hz: float = 100.0, scale: float = 1.0) -> str:
    ml, ap = trial_s(0, seconds)
    step = round(100 / fs_hz)
    rows = zip(np.arange(len(ml))[::step] / 100, scale * ml[::step], scale * ap[::step], strict=True)
    return "t_s,ml_mm,ap_mm\n" + "".join(f"{t:.2f},{x!r},{y!r}\n" for t, x, y in ((t, float(x), float(y)) for t, x, y in rows))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two good trials (one packed, in a folder of its own), a broken one, and a file that is no table."""
    place = tmp_path / "study"
    (place / "p2").mkdir(parents=True)
    (place / "one.csv").write_text(cop_text())
    (place / "p2" / "two.csv.gz").write_bytes(gzip.compress(cop_text(scale=2.0).encode()))
    (place / "broken.csv").write_text("t_s,ml_mm,ap_mm\n0,0,0\n0.01,x,0\n")
    (place / "notes.txt").write_text("not a table")
    return place


def rows_of(result: Result) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(result.stdout)))


def test_a_folder_becomes_one_table_and_a_bad_file_is_named_at_the_end(folder: Path) -> None:
    done = cli("measure", folder, "--only", ONLY)
    assert done.exit_code == 2
    rows = rows_of(done)
    assert [row["file"] for row in rows] == [str(folder / "one.csv"), str(folder / "p2" / "two.csv.gz")]
    one, two = (float(row["mean_velocity_mm_s"]) for row in rows)
    assert two == pytest.approx(2 * one)
    assert [(row["settings"], float(row["fs_hz"]), row["n"], float(row["duration_s"])) for row in rows] == [
        ("station", 100.0, "2000", 20.0)
    ] * 2
    assert told(done) == [
        f'{folder / "broken.csv"}, line 3, column ml_mm: "x" is no number.',
        "2 of 3 files measured. Correct the others, named above, or leave them out.",
    ]


def test_the_table_holds_the_very_numbers_and_says_why_a_cell_is_empty(folder: Path) -> None:
    (row, _) = rows_of(cli("measure", folder, "--only", ONLY))
    values = measure_file(folder / "one.csv", "station").measures
    assert float(row["ellipse_area_95_mm2"]) == values["ellipse_area_95_mm2"].value
    assert row["dfa_alpha_ap"] == ""
    assert row["notes"] == "This needs 30 s without a gap. (dfa_alpha_ap)"


def test_all_good_is_exit_code_0_by_pattern_and_by_name(folder: Path) -> None:
    for names in ((folder / "*" / "*.gz",), (folder / "one.csv", folder / "p2" / "two.csv.gz"), (f"{folder}/**/[ot]*o*.csv*",)):
        done = cli("measure", *names, "--only", "path_length_mm")
        assert (done.exit_code, told(done)) == (0, [])
        assert 1 <= len(rows_of(done)) <= 2


def test_folders_and_patterns_are_taken_in_the_order_they_are_named_and_sorted_inside(folder: Path) -> None:
    assert files_of([str(folder / "p2"), str(folder), str(folder / "o*.csv")]) == [
        folder / "p2" / "two.csv.gz", folder / "broken.csv", folder / "one.csv",
    ]  # fmt: skip
    assert files_of([str(folder / "one.csv"), str(folder / "p2" / ".." / "one.csv")]) == [folder / "one.csv"]


@pytest.mark.parametrize("name", ["empty", "nothing-*.csv"])
def test_a_place_without_files_is_told(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    refused = cli("measure", tmp_path / name)
    assert (refused.exit_code, told(refused)[0]) == (2, f"{tmp_path / name} holds no .csv and no .csv.gz.")


def test_the_heading_of_every_measure_carries_its_unit() -> None:
    for name in PRESETS:
        for key, m in registry(name).items():
            words = heading(key, m.unit)
            assert words.startswith(key)
            assert not m.unit or m.unit in words or m.unit.replace("/", "_").replace("%", "pct").lower() in words, key


def test_under_all_settings_the_columns_are_the_settings(folder: Path) -> None:
    rows = rows_of(cli("measure", folder / "one.csv", folder / "p2", "--settings", "all", "--only", "path_length_mm,ellipse_f_mm2"))
    assert [(Path(row["file"]).name, row["measure"]) for row in rows] == [
        (name, key) for name in ("one.csv", "two.csv.gz") for key in ("path_length_mm", "ellipse_f_mm2")
    ]
    path, ellipse = rows[:2]
    text, ml_ap = cop_text(), trial_s(0, 20)
    assert text.count("\n") == 2001
    assert float(path["openbalance"]) == measure_cop(*ml_ap, 100.0, "openbalance")["path_length_mm"].value
    assert float(path["raw"]) > float(path["station"]) > float(path["quijoux"]) > 0
    assert (ellipse["station"], float(ellipse["duarte"])) == ("", float(ellipse["schubert"]))


def test_one_file_under_all_settings_is_a_table_for_the_eye_and_the_spread_as_json(folder: Path) -> None:
    plain = cli("measure", folder / "one.csv", "--settings", "all", "--only", "path_length_mm")
    assert plain.stdout.splitlines()[1].split() == ["measure", *(name for name in PRESETS if "path_length_mm" in registry(name))]
    doc = document("measure", folder / "one.csv", "--settings", "all", "--only", "path_length_mm")
    assert doc["settings"] == "all"
    assert {name: list(measures) for name, measures in doc["spread"].items()} == {
        name: ["path_length_mm"] for name in PRESETS if "path_length_mm" in registry(name)
    }


def test_as_json_several_files_are_a_list_and_one_is_itself(folder: Path) -> None:
    two = document("measure", folder / "one.csv", folder / "p2", "--only", "path_length_mm")
    one = document("measure", folder / "one.csv", "--only", "path_length_mm")
    assert [each["file"] for each in two] == [str(folder / "one.csv"), str(folder / "p2" / "two.csv.gz")]
    assert one == two[0]


def test_the_table_goes_to_a_file_of_the_named_kind(folder: Path, tmp_path: Path) -> None:
    out, sheet = tmp_path / "all.csv", tmp_path / "all.xlsx"
    shown = cli("measure", folder / "p2", "--only", ONLY)
    assert cli("measure", folder / "p2", "--only", ONLY, "--out", out).stdout == ""
    assert out.read_text("utf-8") == shown.stdout
    written = cli("measure", folder / "p2", "--only", ONLY, "--out", sheet)
    assert told(written) == [f"{sheet}: the table is there. Files measured: 1."]
    with zipfile.ZipFile(sheet) as book:
        numbers = [
            float(v.text or "") for v in ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml")).iter() if v.tag.endswith("}v")
        ]
    assert float(rows_of(shown)[0]["ellipse_area_95_mm2"]) in numbers


def test_a_table_that_cannot_be_written_is_told_before_the_work(folder: Path, tmp_path: Path) -> None:
    ending = cli("measure", folder, "--out", tmp_path / "all.ods")
    assert (ending.exit_code, told(ending)) == (
        2,
        [f"{tmp_path / 'all.ods'} is neither .csv nor .xlsx.", "End the name with .csv or .xlsx."],
    )
    nowhere = cli("measure", folder, "--out", tmp_path / "none" / "all.csv")
    assert nowhere.exit_code == 2
    assert told(nowhere)[1] == "Name another folder with --out, or change its owner."


def test_two_processes_give_the_same_table_as_one(folder: Path) -> None:
    one, two = (cli("measure", folder, "--only", ONLY, "--jobs", n) for n in (1, 2))
    assert (two.stdout, told(two), two.exit_code) == (one.stdout, told(one), 2)


def test_a_measure_is_explained_with_its_formula_its_source_and_when_it_means_nothing() -> None:
    lines = cli("measure", "--explain", "dfa_alpha_ap").stdout.splitlines()
    labels = [line[2:18].strip() for line in lines if line.startswith("  ")]
    assert {"formula", "source", "settings", "no value when"} <= set(labels)
    doc = document("measure", "--explain", "mean_velocity_mm_s")
    assert (doc["key"], doc["unit"], doc["name"]["id"]) == ("mean_velocity_mm_s", "mm/s", "measure.mean_velocity_mm_s.name")
    assert doc["name"]["text"]
    unknown = cli("measure", "--explain", "mean_velocty_mm_s")
    assert (unknown.exit_code, told(unknown)[1]) == (2, "Did you mean mean_velocity_mm_s?")


def test_every_measure_can_be_explained_in_words_and_as_json() -> None:
    for key in [*registry(), *registry("raw")]:
        assert cli("measure", "--explain", key).stdout.startswith(f"{key}: ")


def test_without_a_file_it_says_what_to_name() -> None:
    refused = cli("measure")
    assert refused.exit_code == 2
    assert "name a file, a folder or a pattern" in refused.stderr


@pytest.mark.parametrize(("fs_hz", "told_"), [(50.0, "50.0 rows a second"), (20.0, "20.0 rows a second"), (100.0, "")])
def test_a_slow_file_is_measured_and_says_so(tmp_path: Path, fs_hz: float, told_: str) -> None:
    path = tmp_path / "slow.csv"
    path.write_text(cop_text(fs_hz=fs_hz))
    done = cli("measure", path, "--only", "mean_velocity_mm_s")
    assert done.exit_code == 0
    assert done.stdout.splitlines()[0].endswith(f"{fs_hz:.2f} Hz, 20.00 s)")
    assert told_ in done.stderr
    assert bool(told_) == bool(done.stderr)


@pytest.fixture
def holed(tmp_path: Path) -> Path:
    """40 s without the 3 s from the tenth on."""
    path = tmp_path / "hole.csv"
    lines = cop_text(40.0).splitlines(keepends=True)
    path.write_text("".join(lines[:1001] + lines[1301:]))
    return path


def test_a_file_with_a_hole_is_as_long_as_it_lasted_and_the_hole_is_not_measured(holed: Path) -> None:
    done = cli("measure", holed, "--only", "mean_velocity_mm_s")
    assert told(done) == [f"{holed}: Rows missing: 300, the longest gap 3.000 s. Their places are kept empty."]
    assert done.stdout.splitlines()[0].endswith("(station, 100.00 Hz, 40.00 s)")
    ml, ap = trial_s(0, 40.0)
    ml[1000:1300] = np.nan
    found = document("measure", holed, "--only", "mean_velocity_mm_s")
    assert (found["n"], found["missing_rows"], found["duration_s"]) == (3700, 300, 40.0)
    assert found["measures"]["mean_velocity_mm_s"]["value"] == measure_cop(ml, ap, 100.0)["mean_velocity_mm_s"].value


def test_raw_closes_a_hole_and_says_so(holed: Path) -> None:
    done = cli("measure", holed, "--only", "path_length_mm", "--settings", "raw")
    assert "raw closes them up: there the time of the gaps is left out." in told(done)[0]
    assert done.stdout.splitlines()[0].endswith("(raw, 100.00 Hz, 37.00 s)")
    raw = document("measure", holed, "--only", "path_length_mm", "--settings", "raw")["measures"]["path_length_mm"]
    under_all = document("measure", holed, "--only", "path_length_mm", "--settings", "all")["spread"]
    assert under_all["raw"]["path_length_mm"] == raw


def test_stamps_of_three_decimals_do_not_change_a_velocity(tmp_path: Path) -> None:
    ml, ap = trial_s(0, 40.0)
    for name, decimals in (("exact", 9), ("rounded", 3)):
        rows = ((f"{i / 128:.{decimals}f}", float(x), float(y)) for i, (x, y) in enumerate(zip(ml, ap, strict=True)))
        (tmp_path / f"{name}.csv").write_text("t_s,ml_mm,ap_mm\n" + "".join(f"{t},{x!r},{y!r}\n" for t, x, y in rows))
    exact, rounded = (measure_file(tmp_path / f"{name}.csv", "station").measures["mean_velocity_mm_s"] for name in ("exact", "rounded"))
    assert rounded.value == pytest.approx(exact.value, rel=1e-3)


def test_cells_give_no_centre_of_pressure_while_nobody_stands_there(tmp_path: Path) -> None:
    path = tmp_path / "cells.csv"
    on = ["150,170,140,160" if i >= 200 else "1,-2,1,0.5" for i in range(1500)]
    path.write_text("t_s," + ",".join(f"{cell}_n" for cell in CELLS) + "\n" + "".join(f"{i / 100:.2f},{row}\n" for i, row in enumerate(on)))
    at = [{"ml_mm": x, "ap_mm": y} for x, y in ((-200, 200), (200, 200), (-200, -200), (200, -200))]
    (tmp_path / "geometry.json").write_text(json.dumps({"cells": dict(zip((f"{c}_n" for c in CELLS), at, strict=True))}))
    ml_mm, ap_mm, _ = cop_of(read_csv(path), path, None)
    assert np.isnan(ml_mm[:200]).all()
    assert (ml_mm[200], ap_mm[200]) == (pytest.approx(200 * 40 / 620), pytest.approx(200 * 20 / 620))


def test_ctrl_c_keeps_what_is_done_and_says_how_much(folder: Path, tmp_path: Path) -> None:
    """The third file is a pipe that nobody fills: the work waits there when Ctrl-C comes."""
    pipe = tmp_path / "endless.csv"
    os.mkfifo(pipe)
    command = [
        sys.executable,
        "-m",
        "station",
        "measure",
        folder / "one.csv",
        folder / "p2" / "two.csv.gz",
        pipe,
        "--only",
        "path_length_mm",
    ]
    env = {**os.environ, "BALANCE_STATION_DATA": str(tmp_path / "none")}
    said = [str(word) for word in command]
    with subprocess.Popen(said, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env, text=True, preexec_fn=hears_ctrl_c) as process:
        with pipe.open("wb"):  # opens when the reader has opened it, so two files are done
            process.send_signal(signal.SIGINT)
        out, error = process.communicate(timeout=100)
    assert process.returncode == 130
    assert [Path(row["file"]).name for row in csv.DictReader(io.StringIO(out))] == ["one.csv", "two.csv.gz"]
    assert error.splitlines() == ["Stopped after 2 of 3 files. What is done is kept."]


def test_answers_come_one_by_one_so_that_a_folder_never_lies_in_memory(folder: Path) -> None:
    asked: list[Path] = []

    def jobs() -> Iterator[Job]:
        for path in (folder / "one.csv", folder / "broken.csv"):
            asked.append(path)
            yield Job(path, "raw", ("path_length_mm",), None)

    answers = measure_files(jobs())
    assert isinstance(next(answers), Measured)
    assert asked == [folder / "one.csv"]
    assert isinstance(next(answers), Refused)


@pytest.mark.shared
def test_a_folder_of_published_trials_is_one_table(shared_data: Path) -> None:
    done = cli("measure", shared_data / "cop" / "BDS*.csv.gz", "--settings", "duarte", "--only", "mean_velocity_n_mm_s")
    with (shared_data / "golden" / "golden_core.csv").open(newline="") as file:
        known = {row["trial"]: float(row["value"]) for row in csv.DictReader(file) if row["key"] == "mean_velocity_n_mm_s"}
    rows = rows_of(done)
    assert len(rows) > 20
    for row in rows:
        assert float(row["mean_velocity_n_mm_s"]) == pytest.approx(known[Path(row["file"]).name.removesuffix(".csv.gz")], rel=1e-9)


@pytest.mark.parametrize("command", [("measure", "some.csv"), ("trial", "two-leg-quiet", "--board", "simulated")])
def test_unknown_settings_are_answered_with_all_there_are_and_so_does_the_help(command: tuple[str, ...]) -> None:
    refused = cli(*command, "--settings", "bogus")
    assert refused.exit_code == 2
    assert told(refused) == ["There is no set of settings named bogus.", f"Use one of: {', '.join(PRESETS)}."]
    shown = " ".join(cli(command[0], "--help").stdout.split())
    assert ", ".join(PRESETS) in shown


def test_a_measure_that_the_settings_lack_is_answered_with_those_that_have_it(folder: Path) -> None:
    refused = cli("measure", folder / "one.csv", "--settings", "duarte", "--only", "mean_velocity_n_mm_s,hull_area_mm2")
    assert (refused.exit_code, told(refused)) == (
        2,
        ["The settings duarte do not give hull_area_mm2.", "These settings give it: station, raw, openbalance."],
    )


@pytest.mark.parametrize("nothing", ["", " , "])
def test_only_without_a_measure_is_refused(folder: Path, nothing: str) -> None:
    refused = cli("measure", folder / "one.csv", "--only", nothing)
    assert (refused.exit_code, told(refused)[0], refused.stdout) == (2, "--only names no measure.", "")


def test_in_the_terminal_a_reason_stands_once_and_without_a_unit(folder: Path) -> None:
    lines = cli("measure", folder / "one.csv", "--only", "dfa_alpha_ap,path_length_mm,dfa_alpha_ml").stdout.splitlines()
    assert lines[1].split()[0] == "path_length_mm"
    assert lines[2:] == ["  This needs 30 s without a gap. (dfa_alpha_ap, dfa_alpha_ml)"]


def test_a_filter_that_a_file_is_too_slow_for_is_named_in_table_and_terminal(tmp_path: Path) -> None:
    slow, fast = tmp_path / "a.csv", tmp_path / "b.csv"
    slow.write_text(cop_text(fs_hz=20.0))
    fast.write_text(cop_text())
    unfiltered = "20.0 Hz is too slow for a 10 Hz filter."
    assert unfiltered in cli("measure", slow, "--only", "path_length_mm").stderr
    first, second = rows_of(cli("measure", slow, fast, "--only", "path_length_mm"))
    assert (f"Not filtered (station): {unfiltered}" in first["notes"], second["notes"]) == (True, "")
    assert (first["method"], second["method"]) == ("station/1-unfiltered", "station/1")
    several = rows_of(cli("measure", slow, fast, "--only", "path_length_mm,hull_area_mm2", "--settings", "all"))
    assert [bool(row["notes"]) for row in several] == [True, False, False, False]
    assert f"Not filtered (station, prieto, quijoux): {unfiltered}" in several[0]["notes"]
    assert "Not averaged (quijoux): 20.0 Hz is too slow for a 25 Hz grid." in several[0]["notes"]
    assert "station/1-unfiltered, raw/1" in several[0]["method"]
    assert unfiltered in cli("measure", slow, "--settings", "all", "--only", "path_length_mm").stderr


def test_a_folder_that_may_not_be_written_is_told_before_the_work(folder: Path) -> None:
    refused = cli("measure", folder, "--out", "/proc/all.csv")  # nobody may write there, not even the administrator
    assert (refused.exit_code, len(told(refused)), refused.stdout) == (2, 2, "")
    assert "--out" in told(refused)[1]


def test_a_file_of_one_row_has_no_rate_that_a_filter_could_be_too_fast_for(tmp_path: Path) -> None:
    path = tmp_path / "one.csv"
    path.write_text("t_s,ml_mm,ap_mm\n0,1,2\n")
    done = cli("measure", path, "--only", "path_length_mm")
    assert (done.exit_code, told(done)) == (0, [])
    assert done.stdout.splitlines()[1] == "  There are fewer than 3 points to measure. (path_length_mm)"
