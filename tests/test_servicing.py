"""The whole station looks after its board over the socket: a calibration to its end and in use at once, one that is stopped, a check."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from running import Running, running

from station.commands import LiveView
from station.core.formats.recording import read_recording
from station.core.formats.sidecar import read_calibration
from station.core.geometry import Geometry
from station.core.readings import CELLS

SPEED = 60.0  # as fast as the machine allows: a minute of warm-up, then two minutes of weights
KG = 70.0
WAIT_S = 240.0
ANSWERS = {"next": "next", "yes-no": "yes", "weight": "next"}
BADLY_BUILT = "simulated:uncalibrated,gains=10%,swapped=front_left/rear_right"


def sheet_of(view: LiveView) -> dict[str, Any]:
    assert view.sheet is not None
    return view.sheet


def go_through(station: Running, until: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Answers whatever the sheet asks, as a person at a phone would, until it shows what is waited for."""
    while True:
        seen = station.until(lambda v: v.sheet is not None and (bool(v.sheet["asks"]) or v.sheet["over"] or until(v.sheet)), WAIT_S)
        sheet = sheet_of(seen)
        if until(sheet) or sheet["over"]:
            return sheet
        weight = {"weight_kg": 10.0} if sheet["asks"] == "weight" else {}
        assert station.ask("service", do=ANSWERS[sheet["asks"]], **weight).ok == {}
        answered = (sheet["step"], sheet["asks"])
        station.until(lambda v: shows(v) != answered, WAIT_S)  # noqa: B023 - called before the next turn


def shows(view: LiveView) -> tuple[str, str]:
    sheet = sheet_of(view)
    return sheet["step"], sheet["asks"]


def stands(view: LiveView) -> bool:
    return view.phase == "record" and view.load == "loaded"


@pytest.mark.timeout(400)
def test_a_badly_built_board_is_calibrated_over_the_socket_and_measures_the_next_person_with_it(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with running(folder, "--no-web", "--board", BADLY_BUILT, speed=SPEED) as station:
        refused = station.ask("start_run", protocol="two-leg-quiet", seconds=5).error
        assert refused is not None
        assert refused.what == "The board is not calibrated, so a timed test would tell nothing."
        unknown = station.ask("service", do="verify").error
        assert unknown is not None
        assert unknown.what == refused.what
        assert station.ask("service", do="calibrate", points=5).ok == {}
        begun = station.until(lambda v: v.sheet is not None)
        assert (begun.screen, begun.busy, sheet_of(begun)["say"]["text"]) == (
            "calibrate", True, "Step off and leave the plate empty for a minute.",
        )  # fmt: skip
        busy = station.ask("start_run", protocol="candle").error
        assert busy is not None
        assert busy.code == "busy"
        ended = go_through(station, lambda sheet: False)
        assert (ended["passed"], ended["say"]["id"]) == (True, "calibrate.good"), ended["verdicts"]
        health = station.until(lambda v: v.health["calibrated"]["ok"], WAIT_S).health["calibrated"]
        assert health["order"] == [3, 1, 2, 0]
        assert station.ask("service", do="next").ok == {}
        station.until(lambda v: v.sheet is None and v.screen == "home")
        begun_at = len(station.seen)
        assert station.ask("start_run", protocol="two-leg-quiet", seconds=30).ok is not None
        trial = station.until(lambda v: v.result_trial is not None, WAIT_S).result_trial
        kg = [sum(cell["load_kg"] for cell in view.health["cells"]) for view in station.seen[begun_at:] if stands(view)]
        assert kg
        assert kg == pytest.approx([KG] * len(kg), abs=1.0)
        assert station.seen[-1].health["reader"]["restarts"] == 0
    geometry, calibration = read_calibration(folder / "calibration-simulated.json")
    assert geometry is not None
    assert (calibration.id, calibration.grade) == (health["id"], "good")
    recording = read_recording(next((folder / "recordings").glob(f"*/{trial}.rec")))
    assert recording.header["calibration"]["id"] == health["id"]
    assert len(list((folder / "recordings").glob("*/*.rec"))) == 1  # nothing of the calibration was recorded as a trial


def test_a_calibration_that_is_stopped_changes_nothing_and_a_check_says_how_the_board_is(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with running(folder, "--no-web", "--board", "simulated", speed=SPEED) as station:
        nothing = station.ask("service", do="next").error
        assert nothing is not None
        assert nothing.what == "Nothing is being calibrated or checked."
        before = station.until(lambda v: v.health["calibrated"]["ok"]).health["calibrated"]["id"]
        assert station.ask("service", do="calibrate").ok == {}
        station.until(lambda v: v.sheet is not None and sheet_of(v)["progress"] > 0.1, WAIT_S)
        assert station.ask("stop").ok == {}
        stopped = sheet_of(station.until(lambda v: v.sheet is not None and sheet_of(v)["over"]))
        assert (stopped["passed"], stopped["say"]["text"]) == (False, "Stopped.")
        assert station.ask("service", do="check", corners=True).ok == {}
        checked = sheet_of(station.until(lambda v: v.sheet is not None and v.sheet["kind"] == "check" and v.sheet["over"], WAIT_S))
        assert checked["passed"], checked["verdicts"]
        assert all(60 < cell["rate_hz"] < 100 for cell in checked["cells"])
        assert station.ask("service", do="next").ok == {}
        assert station.ask("service", do="verify").ok == {}
        verified = go_through(station, lambda sheet: False)
        assert verified["passed"], verified["verdicts"]
        assert station.until(lambda v: True).health["calibrated"]["id"] == before
    assert not (folder / "calibration-simulated.json").exists()


def test_a_recording_is_not_calibrated(tmp_path: Path) -> None:
    file = tmp_path / "walk.csv"
    cells = "t_s,front_left_n,front_right_n,rear_left_n,rear_right_n\n"
    file.write_text(cells + "".join(f"{k / 100:.2f},{k % 3},0.1,0.2,{k % 2}\n" for k in range(6000)))
    places = {f"{cell}_n": {"ml_mm": ml, "ap_mm": ap} for cell, (ml, ap) in zip(CELLS, Geometry().cells_mm, strict=True)}
    (tmp_path / "geometry.json").write_text(json.dumps({"cells": places}))
    with running(tmp_path / "data", "--no-web", "--board", f"replay:{file}") as station:
        refused = station.ask("service", do="calibrate").error
        assert refused is not None
        assert (refused.code, refused.what) == ("refused", "This board is a recording: it cannot be calibrated.")


def test_the_owner_sees_every_corner_and_how_the_board_is_read(tmp_path: Path) -> None:
    with running(tmp_path / "data", "--no-web", "--board", "simulated", speed=8.0) as station:
        health = station.until(
            lambda v: v.health["cells"][3]["noise_g"] is not None and v.health["computer"]["clock_synced"] is not None
        ).health
        assert [cell["cell"] for cell in health["cells"]] == list(CELLS)
        assert all(cell["ok"] and 60 < cell["rate_hz"] < 100 and abs(cell["load_kg"]) < 0.5 for cell in health["cells"])
        assert (health["verdict"], health["faults"], health["ready"]) == ({"ok": True, "what": "All is well.", "do": ""}, [], [])
        assert health["reader"]["missed_pct"] < 5
        assert health["computer"]["disk_free_mb"] > 0


def test_the_owner_sees_what_is_wrong_and_nothing_is_measured_then(tmp_path: Path) -> None:
    with running(tmp_path / "data", "--no-web", "--board", "simulated", "--fault", "rear_left:off@5s", speed=8.0) as station:
        ill = station.until(lambda v: not v.health["verdict"]["ok"]).health
        assert ill["verdict"]["what"] == "Rear left is not answering."
        assert [cell["ok"] for cell in ill["cells"]] == [True, True, False, True]
        assert ill["ready"][0] == "Rear left is not answering."
        assert ill["faults"][0]["stops"]
        refused = station.ask("start_run", protocol="two-leg-quiet").error
        assert refused is not None
        assert refused.what == "Rear left is not answering."


def test_a_self_test_whose_reader_died_in_the_middle_says_so(tmp_path: Path) -> None:
    with running(tmp_path / "data", "--no-web", "--board", "simulated", speed=4.0) as station:
        station.until(lambda v: v.health["cells"][3]["noise_g"] is not None)
        assert station.ask("service", do="check").ok == {}
        station.until(lambda v: v.sheet is not None and 0.05 < v.sheet["progress"] < 1.0)
        station.kill(station.child("reader_process"))
        ended = sheet_of(station.until(lambda v: v.sheet is not None and v.sheet["over"], WAIT_S))
        assert (ended["passed"], ended["say"]["id"], ended["verdicts"][0]["ok"]) == (False, "service.reader-died", False)
        assert station.ask("service", do="next").ok == {}
        assert station.ask("service", do="check").ok == {}
        again = sheet_of(station.until(lambda v: v.sheet is not None and v.sheet["over"], WAIT_S))
        assert again["say"]["id"] != "service.reader-died"
