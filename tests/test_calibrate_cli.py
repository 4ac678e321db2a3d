"""`balance-station calibrate` and `check --corners` as a person runs them, on a simulated board with its own hand."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from cmdline import cli, hears_ctrl_c

from hardware.boards import describe, open_board, parse_board
from station.cli import main
from station.core.formats.sidecar import read_calibration
from station.core.pipeline import Pipeline

BOARD = "simulated:gains=10%,swapped=front_left/rear_right"
SEED = 2
FILE = "calibration-simulated.json"


@pytest.fixture(scope="module")
def calibrated(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    """A data folder whose simulated board was calibrated once, and what the terminal said."""
    folder = tmp_path_factory.mktemp("calibrated")
    return folder, cli("calibrate", "--board", BOARD, "--seed", SEED, "--data", folder, "--yes")


def typed(*words: object, lines: str) -> Result:
    result = CliRunner().invoke(main, [str(word) for word in words], input=lines)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def test_a_board_with_uneven_cells_and_swapped_plugs_is_calibrated_by_itself(calibrated: tuple[Path, Result]) -> None:
    folder, result = calibrated
    assert result.exit_code == 0, result.output
    for said in ("The board is warm and still.", "the board felt: Rear right.", "Move the weight to mark 9.", "Kept in"):
        assert said in result.output
    assert "\r" not in result.output
    _, calibration = read_calibration(folder / FILE)
    assert calibration.order == (3, 1, 2, 0)
    assert calibration.good_for_tests
    assert calibration.twist is not None


def test_the_report_says_how_it_was_made(calibrated: tuple[Path, Result]) -> None:
    report = json.loads((calibrated[0] / FILE).read_text())["report"]
    assert (report["weight_kg"], report["grade"], report["demo"], len(report["points"])) == (10.0, "good", True, 9)
    assert [point["mark"] for point in report["verification"]] == [10, 11, 12]
    assert max(report["noise_g"].values()) < 10.0
    assert all(75.0 <= hz <= 100.0 for hz in report["rate_hz"].values())


def test_afterwards_seventy_kilograms_are_where_they_are(calibrated: tuple[Path, Result]) -> None:
    spec = parse_board(BOARD, seed=SEED, data_dir=calibrated[0])
    info, board = describe(spec), open_board(spec)
    assert info.calibration.good_for_tests
    pipeline = Pipeline(info.geometry, info.calibration, info.timing)
    grid = [(ml, ap) for ml in (-120.0, 0.0, 120.0) for ap in (-120.0, 0.0, 120.0)]
    until_s, apart_mm, load_n = 5.0, [], []

    def seconds(s: float) -> np.ndarray:
        nonlocal until_s
        until_s += s
        frames = []
        while pipeline.until_ns < until_s * 1e9:
            made = pipeline.feed(board.read(0.05))
            frames += list(zip(made.load_n.tolist(), made.ml_mm.tolist(), made.ap_mm.tolist(), strict=True))
        return np.array(frames)

    seconds(0.0)  # an empty plate's zero
    for ml_mm, ap_mm in grid:
        board.act("bag-on", kg=70.0, ml_mm=ml_mm, ap_mm=ap_mm)
        seconds(0.7)
        load, ml, ap = seconds(0.5).mean(axis=0)
        apart_mm.append(np.hypot(ml - ml_mm, ap - ap_mm))
        load_n.append(load)
        board.act("bag-off")
        seconds(0.6)
    assert np.sqrt(np.mean(np.square(apart_mm))) < 1.5
    assert load_n == pytest.approx([70.0 * 9.80665] * len(grid), rel=0.005)


def test_the_daily_check_of_that_board_is_fine_and_keeps_nothing(calibrated: tuple[Path, Result]) -> None:
    before = sorted((p.name, p.stat().st_mtime_ns) for p in calibrated[0].glob("calibration*"))
    result = cli("calibrate", "--verify", "--board", BOARD, "--seed", SEED, "--data", calibrated[0], "--yes")
    assert "Put the weight on the middle mark, 5." in result.output
    assert result.exit_code == (0 if "The calibration still holds." in result.output else 3)
    assert "The middle mark reads" in result.output
    assert sorted((p.name, p.stat().st_mtime_ns) for p in calibrated[0].glob("calibration*")) == before


def test_a_wrong_weight_is_told_at_once_and_stopping_keeps_nothing(tmp_path: Path) -> None:
    lines = "\n50\nheavy\n20\nn\nq\n"
    result = typed("calibrate", "--board", "simulated:uncalibrated", "--seed", 4, "--data", tmp_path, lines=lines)
    assert result.exit_code == 3
    for said in (
        "50.0 kg is out of range. Use a weight of 5 to 40 kg.",
        '"heavy" is no answer here.',
        "you entered 20.0 kg.",
        "Nothing is kept. The board weighs as before.",
    ):
        assert said in result.output
    assert not (tmp_path / FILE).exists()


def test_a_pipe_that_ends_is_nobody_there(tmp_path: Path) -> None:
    result = typed("calibrate", "--board", "simulated:uncalibrated", "--data", tmp_path, lines="")
    assert result.exit_code == 3
    assert "Nobody is there to answer." in result.output


def test_a_board_without_a_calibration_has_nothing_to_verify(tmp_path: Path) -> None:
    result = cli("calibrate", "--verify", "--board", "simulated:uncalibrated", "--data", tmp_path, "--yes")
    assert result.exit_code == 3
    assert "This board has no calibration to check." in result.output


def test_a_recording_cannot_be_calibrated(tmp_path: Path) -> None:
    result = cli("calibrate", "--board", "replay:some.csv", "--data", tmp_path)
    assert result.exit_code == 3
    assert result.stderr


def test_the_self_test_asks_for_each_corner_and_finds_the_swap(tmp_path: Path) -> None:
    words = ("check", "--corners", "--yes", "--seconds", "2", "--board", BOARD, "--seed", SEED, "--data", tmp_path)
    result = cli(*words, "--json")
    assert result.exit_code == 3
    assert "Front right" in result.stderr
    told = [v["what"]["id"] for v in json.loads(result.stdout)["verdicts"]]
    assert "corners.swapped" in told


def test_ctrl_c_keeps_nothing(tmp_path: Path, root: Path) -> None:
    words = [sys.executable, "-m", "station", "calibrate", "--board", "simulated:uncalibrated", "--data", str(tmp_path)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(words, cwd=root, text=True, preexec_fn=hears_ctrl_c, **pipes) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("DEMO")
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=100)
    assert process.returncode == 130
    assert "Nothing is kept." in stderr
    assert not (tmp_path / FILE).exists()


@pytest.mark.parametrize("board", ["simulated", "auto"])
def test_a_check_on_a_simulated_board_says_demo_first(board: str, tmp_path: Path) -> None:
    said = cli("check", "--seconds", 2, "--board", board, "--data", tmp_path).output
    assert said.startswith("DEMO: this is a simulated board.\n")


def test_a_calibration_of_a_simulated_board_says_demo_first(calibrated: tuple[Path, Result]) -> None:
    assert calibrated[1].output.startswith("DEMO: this is a simulated board.\n")
