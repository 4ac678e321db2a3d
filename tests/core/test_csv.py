"""CSV and the JSON beside it: what is read, and every mistake with its file, line and column."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from station.core.calibration import Calibration
from station.core.formats.csv import CsvTable, read_csv
from station.core.formats.sidecar import read_calibration, read_geometry, sidecar
from station.core.geometry import Geometry
from station.core.readings import Flag
from station.errors import BadFile, SettingsError

COP = "t_s,ml_mm,ap_mm\n0.00,1.5,-2\n0.01,1.6,-2.1\n0.02,1.7,-2.2\n"
NEWTONS = "t_s,front_left_n,front_right_n,rear_left_n,rear_right_n"
COUNTS = "t_s,front_left_counts,front_right_counts,rear_left_counts,rear_right_counts"


def write(folder: Path, text: str | bytes, name: str = "trial.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def bad(path: Path) -> BadFile:
    with pytest.raises(BadFile) as caught:
        read_csv(path)
    assert caught.value.file == str(path)
    assert all(mistake.args["file"] == str(path) for mistake in caught.value.mistakes)
    return caught.value


def test_a_cop_table_is_read(tmp_path: Path) -> None:
    table = read_csv(write(tmp_path, COP))
    assert (table.kind, table.newtons, table.notices) == ("cop", False, ())
    assert table.t_ns.tolist() == [0, 10_000_000, 20_000_000]
    assert table.columns["ap_mm"].tolist() == [-2.0, -2.1, -2.2]
    assert list(table.columns) == ["ml_mm", "ap_mm"]


def test_gzip_byte_order_mark_line_ends_and_spaces_change_nothing(tmp_path: Path) -> None:
    plain = read_csv(write(tmp_path, COP))
    odd = "\ufeff" + COP.replace("\n", "\r\n").replace(",", " , ") + "\r\n\r\n"
    packed = read_csv(write(tmp_path, gzip.compress(odd.encode()), "odd.csv.gz"))
    assert np.array_equal(packed.t_ns, plain.t_ns)
    assert all(np.array_equal(packed.columns[name], plain.columns[name]) for name in plain.columns)


def test_force_is_kept_and_other_columns_are_named_in_a_notice(tmp_path: Path) -> None:
    table = read_csv(write(tmp_path, "note,t_s,ml_mm,ap_mm,fz_n,heart_hz\nhello,0,1,2,700,1.1\n,1,1,2,701,x\n"))
    assert list(table.columns) == ["ml_mm", "ap_mm", "fz_n"]
    assert [(n.id, n.args["columns"]) for n in table.notices] == [("format.columns-ignored", "note, heart_hz")]


def test_cells_in_newtons_replay_as_micronewtons(tmp_path: Path) -> None:
    table = read_csv(write(tmp_path, f"{NEWTONS}\n0,100.5,1,-0.25,0.0000004\n0.0125,1,2,3,2147\n"))
    readings = table.to_readings()
    assert table.newtons
    assert readings.cell.tolist() == [0, 1, 2, 3, 0, 1, 2, 3]
    assert readings.t_ns.tolist() == [0] * 4 + [12_500_000] * 4
    assert readings.count.tolist() == [100_500_000, 1_000_000, -250_000, 0, 1_000_000, 2_000_000, 3_000_000, 2_147_000_000]
    assert readings.until_ns == 12_500_000


def test_counts_win_when_both_are_there(tmp_path: Path) -> None:
    table = read_csv(write(tmp_path, f"{COUNTS}{NEWTONS[3:]}\n0,1,2,3,4,0.1,0.2,0.3,0.4\n1,5,6,7,8,1,1,1,1\n"))
    assert not table.newtons
    assert table.to_readings().count.tolist() == [1, 2, 3, 4, 5, 6, 7, 8]
    assert "front_left_n" in table.notices[0].args["columns"]


def test_a_row_polled_twice_is_one_duplicate_and_an_equal_cell_is_none(tmp_path: Path) -> None:
    table = read_csv(write(tmp_path, f"{COUNTS}\n0,1,2,3,4\n1,1,2,3,4\n2,1,2,3,5\n3,1,2,3,4\n4,1,2,3,4\n"))
    assert table.duplicate_rows == 2
    rows = table.to_readings().flag.reshape(-1, 4).tolist()
    assert rows == [[0] * 4, [int(Flag.DUPLICATE)] * 4, [0] * 4, [0] * 4, [int(Flag.DUPLICATE)] * 4]


@pytest.mark.shared
def test_the_polled_board_has_thirty_nine_duplicate_rows(shared_data: Path) -> None:
    table = read_csv(shared_data / "wii_board" / "recording.csv.gz")
    assert table.duplicate_rows == 39
    assert int((table.to_readings().flag == int(Flag.DUPLICATE)).sum()) == 4 * 39


def test_cop_makes_no_readings(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not cells"):
        read_csv(write(tmp_path, COP)).to_readings()


CELLS_ROW = f"{COUNTS}\n0,1,2,3,4\n"


@pytest.mark.parametrize(
    ("text", "id", "line", "column"),
    [
        ("", "format.empty", 0, ""),
        ("\n\n", "format.empty", 0, ""),
        ("t_s,ml_mm,ap_mm\n", "format.header-only", 1, ""),
        ("0.0,1.0,2.0\n0.1,1,2\n", "format.no-header", 1, ""),
        ("t_s,ml_mm\n0,1\n", "format.column-missing", 1, "ap_mm"),
        ("t_ms,ml_mm,ap_mm\n0,1,2\n", "format.column-missing", 1, "t_s"),
        ("t_s;ml_mm;ap_mm\n0;1;2\n", "format.mistakes", 1, "t_s"),
        (f"{COUNTS.replace('rear_left_counts', 'rear_left')}\n0,1,2,3,4\n", "format.column-missing", 1, "rear_left_counts"),
        ("t_s,ml_mm,ap_mm,ml_mm\n0,1,2,3\n", "format.column-twice", 1, "ml_mm"),
        (f"{COP}0.03,1,abc\n", "format.not-number", 5, "ap_mm"),
        (f"{COP}0.03,1_0,2\n", "format.not-number", 5, "ml_mm"),
        (f"{COP}0.03,1,0x10\n", "format.not-number", 5, "ap_mm"),
        (f"{COP}0.03,,2\n", "format.field-empty", 5, "ml_mm"),
        (f"{COP}0.03,NaN,2\n", "format.not-finite", 5, "ml_mm"),
        (f"{COP}0.03,1,-inf\n", "format.not-finite", 5, "ap_mm"),
        (f"{COP}0.03,1,1e999\n", "format.too-large", 5, "ap_mm"),
        (f"{COP}1e12,1,1\n", "format.too-large", 5, "t_s"),
        (f"{COP}0.02,1,1\n", "format.time-back", 5, "t_s"),
        (f"{COP}0.01,1,1\n", "format.time-back", 5, "t_s"),
        (f"{COP}0.03,1\n", "format.ragged", 5, "ap_mm"),
        (f"{COP}0.03,1,2,3\n", "format.ragged", 5, ""),
        (f"{COP}\n0.03,1,2\n", "format.ragged", 5, "ml_mm"),
        (f"{CELLS_ROW}1,1,2.5,3,4\n", "format.not-whole", 3, "front_right_counts"),
        (f"{CELLS_ROW}1,1,2,3,1e10\n", "format.too-large", 3, "rear_right_counts"),
        (f"{NEWTONS}\n1,1,2,3,2148\n", "format.too-large", 2, "rear_right_n"),
    ],
)
def test_a_mistake_is_named_with_its_line_and_column(tmp_path: Path, text: str, id: str, line: int, column: str) -> None:
    error = bad(write(tmp_path, text))
    assert (error.what.id, error.line, error.column) == (id, line, column)


def test_bytes_that_are_no_text_are_named(tmp_path: Path) -> None:
    error = bad(write(tmp_path, COP.encode() + b"0.03,1,\xff2\n"))
    assert (error.what.id, error.line, error.column, error.what.args["byte"]) == ("format.not-text", 5, "ap_mm", "0xff")


def test_gzip_that_ends_early_names_the_line_it_reaches(tmp_path: Path) -> None:
    rows = "".join(f"{i / 100:.2f},{(i * 7919) % 997 / 7:.6f},{(i * 104729) % 991 / 7:.6f}\n" for i in range(3000))
    packed = gzip.compress(f"t_s,ml_mm,ap_mm\n{rows}".encode())
    error = bad(write(tmp_path, packed[: len(packed) // 2], "cut.csv.gz"))
    assert error.what.id == "format.gzip-cut"
    assert 800 < error.line < 2800


def test_gzip_that_is_none_or_damaged_is_named(tmp_path: Path) -> None:
    assert bad(write(tmp_path, COP, "plain.csv.gz")).what.id == "format.not-gzip"
    packed = bytearray(gzip.compress(COP.encode()))
    packed[-6] ^= 0xFF
    assert bad(write(tmp_path, bytes(packed), "broken.csv.gz")).what.id == "format.gzip-broken"
    assert bad(write(tmp_path, b"", "empty.csv.gz")).what.id == "format.empty"


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert bad(tmp_path / "nothing.csv").what.id == "format.unreadable"
    assert bad(tmp_path).what.id == "format.unreadable"


def test_all_mistakes_are_told_at_once_and_twenty_at_most(tmp_path: Path) -> None:
    error = bad(write(tmp_path, f"{COP}0.03,x,2\n0.01,1\n0.02,nan,y\n"))
    places = [(m.id, m.args["line"].value, m.args["column"]) for m in error.mistakes]
    assert places == [
        ("format.not-number", 5, "ml_mm"),
        ("format.ragged", 6, "ap_mm"),
        ("format.time-back", 7, "t_s"),
        ("format.not-finite", 7, "ml_mm"),
        ("format.not-number", 7, "ap_mm"),
    ]
    assert (error.what.id, error.what.args["n"].value) == ("format.mistakes", 5)
    many = bad(write(tmp_path, "t_s,ml_mm,ap_mm\n" + "x,y,z\n" * 500))
    assert len(many.mistakes) == 20
    assert many.what.args["n"].value == 1500


GAINS = (0.1, 0.11, 0.12, 0.13)
ZEROS = (10.0, 20.0, 30.0, 40.0)
PLACES = {"front_left": [-200, 150], "front_right": [200, 150], "rear_left": [-200, -150], "rear_right": [200, -150]}


def counts_csv(folder: Path) -> Path:
    return write(folder, CELLS_ROW)


def per_cell() -> dict[str, object]:
    cells = {name: {"gain_n_per_count": g, "zero_count": z, "sd": 3} for name, g, z in zip(PLACES, GAINS, ZEROS, strict=True)}
    return {"model": "linear", "cells": cells, "board": {"cells_at": PLACES}}


def positions() -> dict[str, object]:
    return {"cells": {f"{name}_n": {"ml_mm": ml, "ap_mm": ap} for name, (ml, ap) in PLACES.items()}, "trials": {}}


def test_gains_by_cell_are_read(tmp_path: Path) -> None:
    write(tmp_path, json.dumps(per_cell()), "calibration.json")
    geometry, calibration, notices = sidecar(counts_csv(tmp_path), newtons=False)
    assert geometry.cells_mm == ((-200, 150), (200, 150), (-200, -150), (200, -150))
    assert geometry.plate_mm == (400, 300)
    assert calibration == Calibration.from_gains(geometry, GAINS, ZEROS, id="file", source="trial.csv")
    assert [notice.id for notice in notices] == ["format.sidecar-used"]


def test_positions_are_enough_for_newtons(tmp_path: Path) -> None:
    write(tmp_path, json.dumps(positions()), "geometry.json")
    geometry, calibration, _ = sidecar(write(tmp_path, NEWTONS), newtons=True)
    assert geometry.cells_mm[1] == (200, 150)
    assert calibration.gain_n_per_count == (1e-6,) * 4
    assert calibration.zero_count == (0.0,) * 4
    assert calibration.id == "file"


def test_our_own_shape_comes_back_as_it_was(tmp_path: Path) -> None:
    geometry = Geometry(cell_rating_kg=200.0)
    matrix = ((0.1, 0.1, 0.1, 0.1), (-20.0, 20.0, -20.0, 20.5), (30.0, 30.0, -30.0, -30.5))
    calibration = Calibration(GAINS, ZEROS, matrix, id="2026-11-a", source="weights", date="2026-11-20")
    path = write(tmp_path, json.dumps({"geometry": geometry.to_json(), "calibration": calibration.to_json()}), "calibration.json")
    assert read_calibration(path) == (geometry, calibration)
    assert sidecar(counts_csv(tmp_path), newtons=False)[:2] == (geometry, calibration)


def test_the_named_file_goes_before_those_of_the_folder(tmp_path: Path) -> None:
    write(tmp_path, json.dumps(per_cell()), "calibration.json")
    elsewhere = write(tmp_path, json.dumps({"geometry": Geometry().to_json()}), "plate.json")
    geometry, calibration, notices = sidecar(counts_csv(tmp_path), elsewhere, newtons=False)
    assert geometry == Geometry()
    assert calibration.gain_n_per_count == GAINS
    assert len(notices) == 2
    assert read_geometry(elsewhere) == Geometry()


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    path = counts_csv(tmp_path)
    for newtons, id in ((False, "format.no-sidecar"), (True, "format.no-geometry")):
        with pytest.raises(BadFile) as caught:
            sidecar(path, newtons=newtons)
        assert caught.value.what.id == id
    write(tmp_path, json.dumps(positions()), "geometry.json")
    with pytest.raises(BadFile) as caught:
        sidecar(path, newtons=False)
    assert caught.value.what.id == "format.no-calibration"
    assert caught.value.what.args["folder"] == str(tmp_path)


def mistakes(folder: Path, doc: object) -> list[tuple[str, str]]:
    with pytest.raises(SettingsError) as caught:
        read_calibration(write(folder, json.dumps(doc), "calibration.json"))
    return [(m.id, str(m.args.get("key", ""))) for m in caught.value.mistakes]


def test_all_mistakes_of_our_own_shape_are_told_at_once(tmp_path: Path) -> None:
    geometry = Geometry().to_json() | {"cells_mm": [[1, 2], [3, 4]], "marks_mm": -1, "colour": "red"}
    del geometry["plate_mm"]
    calibration = {"gain_n_per_count": [1, 0, 1, 1], "zero_count": [1, 2, 3], "matrix": [[1, 1, 1, 1]] * 2 + [[1, "x", 1, 1]], "id": "a"}
    assert sorted(mistakes(tmp_path, {"geometry": geometry, "calibration": calibration})) == sorted(
        [
            ("format.key-unknown", "geometry.colour"),
            ("format.key-missing", "geometry.plate_mm"),
            ("format.key-rows", "geometry.cells_mm"),
            ("format.key-positive", "geometry.marks_mm"),
            ("format.key-missing", "calibration.source"),
            ("format.key-missing", "calibration.date"),
            ("format.key-zero", "calibration.gain_n_per_count"),
            ("format.key-numbers", "calibration.zero_count"),
            ("format.key-numbers", "calibration.matrix[2]"),
        ]
    )


def test_cells_that_are_missing_or_absurd_are_told(tmp_path: Path) -> None:
    doc = per_cell()
    doc["cells"]["front_left"] = {"gain_n_per_count": 1e9, "zero_count": 0}
    del doc["cells"]["rear_left"]
    assert mistakes(tmp_path, doc)[:2] == [
        ("format.key-range", "cells.front_left.gain_n_per_count"),
        ("format.key-missing", "cells.rear_left"),
    ]
    assert mistakes(tmp_path, []) == [("format.key-missing", "calibration")]
    assert mistakes(tmp_path, {"cells": 3}) == [("format.key-missing", "cells")]
    assert mistakes(tmp_path, positions()) == [("format.key-missing", "calibration")]


def test_what_is_no_json_is_named_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(BadFile) as caught:
        read_calibration(write(tmp_path, '{\n "cells": oops\n}', "calibration.json"))
    assert (caught.value.what.id, caught.value.line) == ("format.not-json", 2)
    with pytest.raises(BadFile):
        read_calibration(tmp_path / "none.json")


def test_a_table_knows_its_file(tmp_path: Path) -> None:
    table = read_csv(str(write(tmp_path, COP)))
    assert isinstance(table, CsvTable)
    assert table.path == tmp_path / "trial.csv"
