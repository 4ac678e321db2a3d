"""Wrong files, wrong words, wrong feet on the plate: each meets a sentence that says what it is and what to do, and loses nothing."""

from __future__ import annotations

import gzip
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cmdline import cli, document, told

from hardware.actor import Actor
from hardware.simulated import SimulatedBoard
from station.core.formats.recording import Recording, read_recording
from station.core.pipeline import Pipeline
from station.core.readings import CELLS, Flag
from station.core.results import RunResult
from station.core.view import View
from station.protocols.loader import load_all
from station.run import Run
from station.store.nicknames import BadNickname
from station.store.queries import Archive
from station.store.store import Store
from station.text.catalogue import Catalogue

SIMULATED = ("--board", "simulated")
NAMED_SETTINGS = "Use one of: station, raw, prieto, quijoux, duarte, openbalance, schubert."
QUIET = ("trial", "two-leg-quiet", *SIMULATED)
CELLS_HEADER = "t_s,front_left_n,front_right_n,rear_left_n,rear_right_n"
POSITIONS = '{"cells": {"front_left_n": {"ml_mm": -200, "ap_mm": 200}, "front_right_n": {"ml_mm": 200, "ap_mm": 200}, \
"rear_left_n": {"ml_mm": -200, "ap_mm": -200}, "rear_right_n": {"ml_mm": 200, "ap_mm": -200}}}'


def run_station(folder: Path, *options: str, **env: str) -> tuple[int, list[str]]:
    """`balance-station run` that cannot start: exit code and what it says."""
    command = [sys.executable, "-m", "station", "run", "--data", str(folder), *SIMULATED, *options]
    done = subprocess.run(command, env={**os.environ, **env}, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, [line for line in done.stderr.splitlines() if line.strip()]


# --- files that people write ---------------------------------------------------------------------------------------------------------


def test_every_mistake_of_the_settings_is_told_at_once_with_the_nearest_right_word(tmp_path: Path) -> None:
    path = tmp_path / "station.toml"
    path.write_text('[station]\nnam = "x"\nlanguage = "fr"\n[pad]\nmass_kg = "heavy"\n[wep]\nport = 1\n')
    refused = cli(*QUIET, "--data", tmp_path)
    assert refused.exit_code == 2
    assert told(refused) == [
        f"Mistakes in {path}: 4.",
        "  station.language = 'fr': Input should be 'en' or 'de'.",
        "  station.nam: no such setting. Did you mean name?",
        "  pad.mass_kg = 'heavy': Input should be a valid number, unable to parse string as a number.",
        "  wep: no such setting. Did you mean web?",
        f"Correct {path} and start again. Nothing was changed.",
    ]
    assert run_station(tmp_path, "--headless", "--no-web") == (2, told(refused))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["station.toml"]


def test_settings_that_are_no_toml_are_told_with_the_line(tmp_path: Path) -> None:
    (tmp_path / "station.toml").write_text("[station]\nname = \n")
    refused = cli(*QUIET, "--data", tmp_path)
    assert (refused.exit_code, told(refused)[1]) == (2, "  Not valid TOML: Invalid value (at line 2, column 8).")


def test_every_mistake_of_a_sites_protocol_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "protocols").mkdir()
    text = 'id = "Our Test"\nversoin = 1\nkind = "test"\nfeedback = "cursor"\n[[phase]]\nkind = "hld"\nseconds = "a"\n'
    (tmp_path / "protocols" / "x.toml").write_text(text)
    refused = cli(*QUIET, "--data", tmp_path)
    assert refused.exit_code == 2
    lines = told(refused)
    assert lines[0].startswith("Mistakes in ")
    assert lines[0].endswith("x.toml: 8.")
    assert [line.split("x.toml: ")[1] for line in lines[1:-1]] == [
        "nobody knows the key versoin. Did you mean version?",
        "the key version is missing.",
        "the key title is missing.",
        "id is Our Test. Use small letters, digits and single hyphens.",
        "the key phase.say is missing.",
        "phase.kind is hld. Did you mean hold?",
        "phase.seconds is a, but it must be a number.",
        "feedback must be none, because a test never shows live sway.",
    ]


# --- files of measurements -----------------------------------------------------------------------------------------------------------


def rows(n: int = 50, **changed: str) -> str:
    """Rows of four cells with 100 N each; `row3="..."` takes the place of the third."""
    return "".join(changed.get(f"row{i + 1}", f"{i / 100:.2f},100,100,100,100") + "\n" for i in range(n))


BAD = {
    "a missing column": (
        "t_s,front_left_n,front_right_n,rear_left_n\n0,1,1,1\n",
        "{file}, line 1: column rear_right_n is missing. Found: t_s, front_left_n, front_right_n, rear_left_n.",
    ),
    "a wrong header": (
        "time;left;right\n0;1;2\n",
        "{file}, line 1: column t_s is missing. Found: time;left;right.",
    ),
    "no header": ("0,1,2\n0.01,1,2\n", "{file}, line 1: the names of the columns are missing. The first row must be like t_s,ml_mm,ap_mm."),
    "text in a number": (
        f"{CELLS_HEADER}\n{rows(row3='0.02,100,1OO,100,100')}",
        '{file}, line 4, column front_right_n: "1OO" is no number.',
    ),
    "not a number": (
        f"{CELLS_HEADER}\n{rows(row3='0.02,100,100,nan,100')}",
        '{file}, line 4, column rear_left_n: "nan" is no measured value.',
    ),
    "time going back": (
        f"{CELLS_HEADER}\n{rows(row5='0.02,100,100,100,100')}",
        "{file}, line 6, column t_s: the time 0.02 s is not later than 0.03 s in the row before.",
    ),
    "a row too short": (f"{CELLS_HEADER}\n{rows(row3='0.02,100')}", "{file}, line 4: 2 values where the first row has 5 names."),
    "nothing": ("", "{file} is empty."),
}


@pytest.mark.parametrize("what", BAD)
def test_a_bad_file_is_named_with_line_and_column_by_measure_and_replay(what: str, tmp_path: Path) -> None:
    text, sentence = BAD[what]
    path = tmp_path / "bad.csv"
    path.write_text(text)
    (tmp_path / "geometry.json").write_text(POSITIONS)
    for command in (("measure", path), ("trial", "two-leg-quiet", "--board", f"replay:{path}")):
        refused = cli(*command)
        assert refused.exit_code == 2
        assert sentence.format(file=path) in "\n".join(told(refused))
        assert told(refused)[-1] == f"Correct {path} or choose another file."
    assert path.read_text() == text


def test_a_compressed_file_that_was_cut_short_is_told_as_such(tmp_path: Path) -> None:
    path = tmp_path / "cut.csv.gz"
    path.write_bytes(gzip.compress(f"{CELLS_HEADER}\n{rows(5000)}".encode())[:-200])
    (tmp_path / "geometry.json").write_text(POSITIONS)
    for command in (("measure", path), ("trial", "two-leg-quiet", "--board", f"replay:{path}")):
        refused = cli(*command)
        assert refused.exit_code == 2
        assert told(refused)[0] == f"{path} is cut short: the compressed data ends early."


def test_one_bad_file_among_good_ones_does_not_hide_them(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_text("t_s,ml_mm,ap_mm\n" + "".join(f"{i / 100:.2f},{i % 7},{i % 5}\n" for i in range(2000)))
    bad.write_text("t_s,ml_mm,ap_mm\n0,0,0\n0.01,x,0\n")
    mixed = cli("measure", bad, good, "--only", "path_length_mm")
    assert mixed.exit_code == 2
    assert told(mixed) == [
        f'{bad}, line 3, column ml_mm: "x" is no number.',
        "1 of 2 files measured. Correct the others, named above, or leave them out.",
    ]
    assert mixed.stdout.splitlines()[1].startswith(f"{good},station,")


def test_a_file_that_is_not_there_is_told_once() -> None:
    for command in (("measure", "/no/such.csv"), ("trial", "two-leg-quiet", "--board", "replay:/no/such.csv")):
        refused = cli(*command)
        assert refused.exit_code == 2
        assert told(refused) == [
            "/no/such.csv cannot be read: No such file or directory.",
            "Correct /no/such.csv or choose another file.",
        ]


# --- words that nobody knows ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "what", "do"),
    [
        (("trial", "two-leg-quite"), "There is no protocol named two-leg-quite.", "Did you mean two-leg-quiet?"),
        (("trial", "xyz"), "There is no protocol named xyz.", "balance-station protocols lists what there is."),
        (("play", "candel"), "There is no game named candel.", "Did you mean candle?"),
        (("trial", "two-leg-quiet", "--board", "simulatd"), "There is no board named simulatd.", "Did you mean simulated?"),
        (("trial", "two-leg-quiet", "--board", "simulated:70k"), "There is no trait named 70k.", "Did you mean 70kg?"),
        ((*QUIET, "--fault", "front_left:of@12s"), "There is no fault named of.", "Did you mean off?"),
        ((*QUIET, "--fault", "front:off"), "There is no corner named front.", "Did you mean front_left?"),
        ((*QUIET, "--fault", "now"), "There is no fault named now.", "Did you mean front_left:off@12s?"),
        ((*QUIET, "--settings", "rwa"), "There is no set of settings named rwa.", NAMED_SETTINGS),
        (("measure", "a.csv", "--only", "path_lenght_mm"), "There is no measure named path_lenght_mm.", "Did you mean path_length_mm?"),
        (("export", "all", "--format", "jsno", "--out", "x"), "There is no format named jsno.", "Did you mean json?"),
        ((*QUIET, "--person", "ZZZZ"), "There is no person named ZZZZ.", "Look up the code on the People page."),
    ],
)
def test_an_unknown_word_is_wrong_use_and_gets_the_nearest_one(command: tuple[str, ...], what: str, do: str, tmp_path: Path) -> None:
    refused = cli(*command, home=tmp_path / "data")
    assert (refused.exit_code, told(refused)) == (2, [what, do])


def test_what_a_test_does_not_have_is_refused_before_it_starts() -> None:
    side = cli(*QUIET, "--side", "left")
    assert (side.exit_code, told(side)) == (3, ["This is done on two legs: it has no side.", "Leave the side out."])
    uncalibrated = cli("trial", "two-leg-quiet", "--board", "simulated:uncalibrated")
    assert uncalibrated.exit_code == 3
    sentence = ["The board is not calibrated, so a timed test would tell nothing.", "Calibrate it first. Games work without."]
    assert told(uncalibrated) == sentence


# --- folder, port, screen ------------------------------------------------------------------------------------------------------------


def test_a_file_in_the_place_of_the_data_folder_is_told_and_left_alone(tmp_path: Path) -> None:
    place = tmp_path / "data"
    place.write_text("mine")
    sentence = [f"The folder {place} cannot be written: File exists.", "Choose another folder with --data, or change its owner."]
    refused = cli(*QUIET, "--data", place)
    assert (refused.exit_code, told(refused)) == (2, sentence)
    assert run_station(place, "--headless", "--no-web") == (2, sentence)
    assert place.read_text() == "mine"


def test_a_folder_in_use_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    sentence = [f"Another station uses the folder {folder}.", "Stop that station, or choose another folder with --data."]
    with Store.open(folder):
        refused = cli(*QUIET, "--data", folder)
        assert run_station(folder, "--headless", "--no-web") == (2, sentence)
    assert (refused.exit_code, told(refused)) == (2, sentence)


def test_a_port_that_is_taken_is_told_before_anything_starts(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, lines = run_station(tmp_path / "data", "--headless", "--port", str(port))
    assert code == 2
    assert lines == [f"Port {port} cannot be used: Address already in use.", "Choose another one with --port, or stop what uses it."]


def test_a_screen_that_is_not_there_is_told_with_the_way_round_it(tmp_path: Path) -> None:
    code, lines = run_station(tmp_path / "data", "--no-web", SDL_VIDEODRIVER="nonsense")
    assert code == 3
    assert lines[-2] == "The screen could not be opened (driver nonsense: nonsense not available)."
    assert lines[-1].startswith("Connect a screen and start again, or start with --headless and use the pages.")


# --- people on the plate -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("traits", "status", "reason"),
    [
        ("step-off", "failed", "Stepped off the board"),
        ("190kg", "stopped", "The board carries at most 125 kg. Step off, please."),
        ("15kg", "stopped", "Tests need at least 20 kg on the board. Games work with less."),
    ],
)
def test_who_steps_off_or_weighs_too_much_or_too_little_is_told(traits: str, status: str, reason: str) -> None:
    run = document("trial", "two-leg-quiet", "--board", f"simulated:{traits}", code=3)
    assert (run["status"], run["reason"]["text"]) == (status, reason)
    plain = cli("trial", "two-leg-quiet", "--board", f"simulated:{traits}")
    assert plain.stdout.splitlines()[0] == f"DEMO two-leg-quiet: {status}. {reason}".rstrip(".") + ("." if reason.endswith(".") else "")


def test_a_trial_that_ended_before_anything_was_measured_is_no_valid_one() -> None:
    run = document("trial", "two-leg-quiet", "--board", "simulated:15kg", code=3)
    assert (run["window"], run["measures"], run["quality"]["verdict"]) == (None, {}, "reject")
    assert [reason["text"] for reason in run["quality"]["reasons"]] == ["It ended before anything was measured."]


@pytest.mark.parametrize(("seconds", "status", "reason"), [(20, "interrupted", "The readings ended"), (70, "stopped", "Nobody stepped on")])
def test_a_plate_that_stays_empty_ends_the_run_without_a_trial(seconds: int, status: str, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "empty.csv"
    noise = np.random.default_rng(1).normal(0, 0.02, (100 * seconds, 4))
    lines = [f"{i / 100:.2f}," + ",".join(f"{x:.4f}" for x in row) for i, row in enumerate(noise.tolist())]
    path.write_text("\n".join([CELLS_HEADER, *lines]) + "\n")
    (tmp_path / "geometry.json").write_text(POSITIONS)
    run = document("trial", "two-leg-quiet", "--board", f"replay:{path}", code=3)
    assert (run["status"], run["reason"]["text"], run["trials"]) == (status, reason, [])


Beside = Callable[[SimulatedBoard, View, float], None]


def go(beside: Beside) -> tuple[RunResult, list[View]]:
    """A quiet test of an obedient person, with something else going on beside it; every view once."""
    board = SimulatedBoard(seed=2)
    pipeline = Pipeline(board.geometry, board.calibration, board.timing)
    actor, ids = Actor(board.act, seed=2), numbers()
    run = Run(load_all()["two-leg-quiet"], geometry=board.geometry, new_id=lambda: next(ids), demo=True)
    views: list[View] = []
    while not run.done:
        readings = board.read(0.05)
        run.feed(readings, pipeline.feed(readings), pipeline.plate, 0)
        now_s = readings.until_ns / 1e9
        actor.obey(run.view, now_s)
        beside(board, run.view, now_s)
        views.append(run.view)
    assert run.result is not None
    return run.result, views


def numbers() -> Iterator[str]:
    return (f"id-{n}" for n in count())


def test_a_second_person_ends_the_test() -> None:
    acted: list[float] = []

    def second(board: SimulatedBoard, view: View, now_s: float) -> None:
        if view.phase == "record" and view.seconds == 20.0 and not acted:
            acted.append(now_s)
            board.act("second-person")

    result, _ = go(second)
    assert (result.status, result.reason.id) == ("failed", "trial.end.second-person")
    assert Catalogue("en").text(result.reason) == "Two people on the board. One of you steps off."
    assert result.trials[0].duration_s == pytest.approx(10.0, abs=1.5)


def test_a_bag_left_on_the_plate_is_told_with_its_weight_before_anybody_is_measured() -> None:
    def bag(board: SimulatedBoard, view: View, now_s: float) -> None:
        if now_s == pytest.approx(0.05):
            board.act("bag-on", kg=4.2)

    result, views = go(bag)
    said = [" ".join(Catalogue("en").text(v.say).split()) for v in views]
    assert "Something weighs 4.2 kg. Take it off." in said
    assert said.index("Something weighs 4.2 kg. Take it off.") < [v.phase for v in views].index("place")
    assert (result.status, result.trials[0].quality.verdict) == ("completed", "valid")


# --- cells that fail -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("word", "flag"), [("off", None), ("stuck", Flag.REPEAT), ("saturated", Flag.RAIL)])
def test_a_cell_that_fails_closes_the_trial_and_every_reading_is_kept(word: str, flag: Flag | None, tmp_path: Path) -> None:
    folder, at_s = tmp_path / "data", 22.0
    run = document(*QUIET, "--fault", f"front_left:{word}@{at_s:g}s", "--data", folder, code=3)
    assert (run["status"], run["reason"]["text"]) == ("interrupted", "Front left stopped answering")
    assert run["duration_s"] > 3
    with Archive(folder) as archive:
        (row,) = archive.all_trials()
    assert row.result.status == "interrupted"
    kept = read_recording(next((folder / "recordings").glob("*/*.rec")))
    assert (kept.footer or {})["status"] == "interrupted"
    assert kept.notices == ()
    t_s, flags = cells_of(kept)
    for cell in range(1, 4):
        assert float(np.diff(t_s[cell]).max()) < 0.02, CELLS[cell]
        assert t_s[cell][-1] > at_s + 0.2
    ill = t_s[0] > at_s + 0.2
    assert bool(ill.any()) is (flag is not None)
    assert flag is None or bool((flags[0][ill] & flag == flag).all())


def cells_of(recording: Recording) -> tuple[list[Any], list[Any]]:
    """Times in s and flags of each cell."""
    cell, t_ns, flag = (np.concatenate([getattr(b, c) for b in recording.blocks]) for c in ("cell", "t_ns", "flag"))
    return [t_ns[cell == c] / 1e9 for c in range(4)], [flag[cell == c] for c in range(4)]


# --- names ---------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("", "A nickname needs at least one character."),
        ("   ", "A nickname needs at least one character."),
        ("Kiwi\nBird", "The nickname holds characters that cannot be seen."),
        ("K" * 10_000, "The nickname has 10000 characters; at most 60 fit."),
    ],
)
def test_a_name_that_cannot_be_is_refused_and_nobody_is_added(name: str, sentence: str, tmp_path: Path) -> None:
    with Store.open(tmp_path / "data") as store:
        with pytest.raises(BadNickname) as refused:
            store.add_person(name)
        assert Catalogue("en").text(refused.value.what) == sentence
        assert Catalogue("en").text(refused.value.do) == "Type 1 to 60 visible characters."
        assert store.recent_people(10) == []


def test_a_name_with_markup_is_kept_as_it_was_typed(tmp_path: Path) -> None:
    with Store.open(tmp_path / "data") as store:
        person = store.add_person(" <script>x</script>  & \u00fc ")
        assert store.person(person.code).nickname == "<script>x</script> & \u00fc"
