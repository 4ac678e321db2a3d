"""The file of a calibration: whole or not there, the one before beside it, read back by the station."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from made_plate import GEOMETRY, NOMINAL

from station.core.formats.sidecar import read_calibration
from station.errors import FolderUnwritable
from station.store.calibration_file import keep_calibration


def document(id: str, date: str = "2026-01-02", filler: int = 0) -> dict[str, Any]:
    calibration = {**NOMINAL.to_json(), "id": id, "date": date, "order": [3, 1, 2, 0], "twist": [0.0, 0.0, 0.0, 0.0], "error_mm": 0.9}
    return {"geometry": GEOMETRY.to_json(), "calibration": calibration, "report": {"weight_kg": 10.0, "filler": "x" * filler}}


def test_what_is_kept_is_what_the_station_reads(tmp_path: Path) -> None:
    path = tmp_path / "data" / "calibration.json"
    assert keep_calibration(path, document("one")) is None
    geometry, calibration = read_calibration(path)
    assert geometry == GEOMETRY
    assert (calibration.id, calibration.order, calibration.error_mm, calibration.grade) == ("one", (3, 1, 2, 0), 0.9, "good")
    assert sorted(p.name for p in path.parent.iterdir()) == ["calibration.json"]


def test_the_one_before_is_kept_under_its_date_and_id(tmp_path: Path) -> None:
    path = tmp_path / "calibration.json"
    for id in ("one", "two", "three"):
        keep_calibration(path, document(id))
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "calibration-2026-01-02-one.json",
        "calibration-2026-01-02-two.json",
        "calibration.json",
    ]
    assert read_calibration(tmp_path / "calibration-2026-01-02-one.json")[1].id == "one"


def test_a_file_nobody_can_read_is_kept_too_and_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "calibration.json"
    for rubbish in ("{", "[]"):
        path.write_text(rubbish)
        keep_calibration(path, document("../../one"))
    assert (tmp_path / "calibration-unknown.json").read_text() == "{"
    assert (tmp_path / "calibration-unknown-2.json").read_text() == "[]"
    path.write_text(json.dumps(document("../../one", "/etc")))
    kept = keep_calibration(path, document("two"))
    assert kept == tmp_path / "calibration-etc-one.json"


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FolderUnwritable):
        keep_calibration(tmp_path / "file" / "calibration.json", document("one"))


KILLED = """
import itertools, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from station.store.calibration_file import keep_calibration
from service.test_keep import document
path = Path(sys.argv[1])
for n in itertools.count():
    keep_calibration(path, document(f"{n % 2}", filler=200_000))
    print(n, flush=True)
"""


def test_a_killed_process_leaves_a_whole_file(tmp_path: Path, root: Path) -> None:
    path = tmp_path / "calibration.json"
    for laps in (1, 3, 4):
        with subprocess.Popen(
            [sys.executable, "-c", KILLED, str(path), str(root / "tests")], cwd=root, stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            for _ in range(laps):
                assert process.stdout.readline()
            os.kill(process.pid, signal.SIGKILL)
            process.wait(60)
        assert read_calibration(path)[1].id in ("0", "1")
        for kept in tmp_path.glob("calibration-*.json"):
            assert read_calibration(kept)[1].calibrated
