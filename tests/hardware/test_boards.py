"""From the words after --board to a board."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hardware.boards import BoardSpec, describe, open_board, parse_board
from station.core.calibration import Calibration
from station.core.geometry import Geometry
from station.core.readings import Edge
from station.errors import BoardError, NotFound


@pytest.fixture
def no_pi() -> None:
    if list(Path("/dev").glob("gpiochip*")):
        pytest.skip("this computer has gpiochips")


def test_auto_is_the_simulated_person_where_there_is_no_pi(no_pi: None) -> None:
    assert parse_board("auto").kind == "simulated"


def test_a_simulated_board_is_marked_demo_and_knows_its_calibration() -> None:
    spec = parse_board("simulated:82kg,left", seed=7)
    info, board = describe(spec), open_board(spec)
    assert (info.name, info.demo, info.timing, info.resume) == ("simulated", True, Edge(2), None)
    assert info.calibration.calibrated
    assert info.calibration == describe(spec).calibration
    assert info.wants == {"side": "left"}
    assert len(board.read(0.05)) > 8
    assert info.calibration != describe(parse_board("simulated", seed=8)).calibration


@pytest.mark.parametrize(
    ("text", "near"), [("simulate", "simulated"), ("hx77", "hx711"), ("replay", "replay:FILE"), ("hx711:fast", "hx711"), ("teapot", "")]
)
def test_an_unknown_board_is_named_with_the_nearest_known_one(text: str, near: str) -> None:
    with pytest.raises(NotFound) as told:
        parse_board(text)
    assert (told.value.kind, told.value.name, told.value.do.args.get("near", "")) == ("board", text, near)


def test_wrong_traits_and_faults_are_told_before_anything_starts() -> None:
    with pytest.raises(NotFound, match="not-found"):
        parse_board("simulated:70kilos")
    with pytest.raises(NotFound, match="not-found"):
        parse_board("simulated", faults=["front_left:ofF@x"])
    with pytest.raises(NotFound, match="not-found"):
        parse_board("hx711", faults=["front_left:off@1s"])


def test_a_spec_survives_its_journey_to_the_reader(tmp_path: Path) -> None:
    spec = parse_board("simulated:70kg,foam", seed=3, faults=["front_left:off@1s"], data_dir=tmp_path)
    assert BoardSpec.from_json(json.loads(json.dumps(spec.to_json()))) == spec
    assert parse_board("replay:some.csv").file == str(Path("some.csv").absolute())


def test_real_chips_are_described_without_touching_a_pin_and_refused_where_there_are_none(no_pi: None, tmp_path: Path) -> None:
    spec = parse_board("hx711", data_dir=tmp_path)
    info = describe(spec)
    assert (info.name, info.demo, info.calibration.calibrated, info.geometry) == ("hx711", False, False, Geometry())
    assert 9.80665 / info.calibration.gain_n_per_count[0] == pytest.approx(85_899 / 2)
    with pytest.raises(BoardError) as told:
        open_board(spec)
    assert told.value.what.id == "hardware.not-a-pi"


def test_the_data_folders_calibration_is_that_of_the_real_board(tmp_path: Path) -> None:
    geometry = Geometry(marks_mm=300.0, plate_mm=(450.0, 450.0))
    gains, zeros = (2e-4, 2.1e-4, 2e-4, 1.9e-4), (10.0, -20.0, 30.0, 4.0)
    calibration = Calibration.from_gains(geometry, gains, zeros, id="c1", source="guided", date="2026-01-05")
    document = {"geometry": geometry.to_json(), "calibration": calibration.to_json()}
    (tmp_path / "calibration.json").write_text(json.dumps(document), "utf-8")
    info = describe(parse_board("hx711", data_dir=tmp_path))
    assert info.geometry == geometry
    assert info.calibration.gain_n_per_count == calibration.gain_n_per_count
    assert info.calibration.matrix == calibration.matrix
    assert info.calibration.calibrated


def test_a_board_nobody_calibrated_has_the_nominal_gains_of_its_own_cells(tmp_path: Path) -> None:
    (tmp_path / "geometry.json").write_text(json.dumps({"geometry": {**Geometry().to_json(), "cell_rating_kg": 200.0}}))
    heavy = describe(parse_board("hx711", geometry_file=tmp_path / "geometry.json", data_dir=tmp_path)).calibration
    usual = describe(parse_board("hx711", data_dir=tmp_path)).calibration
    assert not heavy.calibrated
    assert heavy.gain_n_per_count == tuple(2 * gain for gain in usual.gain_n_per_count)
