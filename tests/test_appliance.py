"""The whole station without a screen, as a process: started over its socket, watched, stopped, started again."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cmdline import cli
from cmdline import told as told_by
from running import Running, free_port, page, running

from station.commands import LiveView
from station.core.formats.recording import Recording, read_recording
from station.core.results import TrialResult
from station.live import LiveClient
from station.recompute import recompute_all
from station.store.queries import Archive

SPEED = 8.0
SIMULATED = ("--no-web", "--board", "simulated")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("appliance") / "data"


@pytest.fixture(scope="module")
def station(folder: Path) -> Iterator[Running]:
    """One station for the tests of this file that leave it as they found it."""
    with running(folder, *SIMULATED, speed=SPEED) as started:
        yield started


def stored(station: Running, trial_id: str | None) -> TrialResult:
    """The trial's row, as soon as it has a result."""
    assert trial_id is not None
    with Archive(station.folder) as archive:
        station.until(lambda _: archive.trial(trial_id) is not None)
        row = archive.trial(trial_id)
    assert row is not None
    return row.result


def recording(folder: Path, trial_id: str | None) -> Recording:
    return read_recording(next((folder / "recordings").glob(f"*/{trial_id}.rec")))


def stop(station: Running) -> None:
    """Back to where nothing is going on."""
    station.ask("stop")
    station.until(lambda v: not v.busy)


def phases(views: list[LiveView]) -> list[str]:
    """Each once, in the order they came."""
    return list(dict.fromkeys(v.phase for v in views if v.phase is not None))


def test_a_quiet_test_is_started_counted_down_and_stored_and_never_shows_where_the_person_sways(station: Running) -> None:
    begun = len(station.seen)
    started = station.ask("start_run", protocol="two-leg-quiet", seconds=8)
    assert started.ok is not None
    station.until(lambda v: v.phase == "record")
    refused = station.ask("start_run", protocol="candle")
    assert refused.error is not None
    assert (refused.error.code, refused.error.what) == ("busy", "A run is going on.")
    over = station.until(lambda v: v.result_trial is not None)
    seen = station.seen[begun:]
    assert phases(seen)[-5:] == ["ready", "countdown", "record", "ending", "done"]
    left = [v.seconds_left for v in seen if v.phase == "record"]
    assert left == sorted(left, reverse=True)
    assert left[0] is not None
    assert left[-1] is not None
    assert (left[0] >= 7, left[-1] <= 2) == (True, True)
    assert all(v.cop_ml_mm is None and v.cop_ap_mm is None and v.target_ml_mm is None for v in seen)
    assert {v.run_id for v in seen if v.phase == "record"} == {started.ok["run_id"]}
    assert over.demo
    result = stored(station, over.result_trial)
    assert (result.status, result.duration_s, result.demo, result.run_id) == ("completed", 8.0, True, started.ok["run_id"])


def test_training_shows_the_dot_and_its_target(station: Running) -> None:
    assert station.ask("start_run", protocol="sway-target").ok
    view = station.until(lambda v: v.phase == "record" and v.cop_ml_mm is not None)
    assert view.kind == "training"
    assert view.target_r_mm is not None
    assert None not in (view.cop_ap_mm, view.target_ml_mm, view.target_ap_mm, view.plate_mm)
    stop(station)


def test_a_person_stops_a_run_and_it_is_stored_as_stopped(station: Running) -> None:
    assert station.ask("start_run", protocol="two-leg-quiet").ok
    station.until(lambda v: v.phase == "record")
    assert station.ask("stop").ok == {}
    over = station.until(lambda v: v.result_trial is not None and not v.busy)
    result = stored(station, over.result_trial)
    assert (result.status, result.reason.id) == ("stopped", "trial.end.stop")


def test_while_a_station_runs_nothing_else_writes_its_folder(station: Running) -> None:
    for command in (("trial", "two-leg-quiet", "--board", "simulated"), ("recompute",), ("rebuild",), ("demo", "--people", "1")):
        refused = cli(*command, "--data", station.folder)
        assert refused.exit_code == 2, command
        assert told_by(refused) == [
            f"Another station uses the folder {station.folder}.",
            "Stop that station, or choose another folder with --data.",
        ]


def test_a_person_is_added_renamed_and_owns_the_run(station: Running) -> None:
    added = station.ask("add_person", nickname="Kiwi").ok
    assert added is not None
    assert station.ask("rename_person", person=added["id"], nickname="Kiwi 2").ok == {}
    assert station.ask("start_run", protocol="candle", person=added["id"]).ok
    station.until(lambda v: v.phase == "record")
    assert station.ask("stop").ok == {}
    trial_id = station.until(lambda v: v.result_trial is not None and not v.busy).result_trial
    stored(station, trial_id)
    with Archive(station.folder) as archive:
        owner = archive.person(added["code"])
        row = archive.trial(trial_id or "")
    assert owner is not None
    assert row is not None
    assert (owner.nickname, row.person_id) == ("Kiwi 2", owner.id)
    unknown = station.ask("start_run", protocol="candle", person="nobody").error
    assert unknown is not None
    assert (unknown.code, unknown.what) == ("not-found", "There is no person named nobody.")


@pytest.mark.parametrize(
    ("nickname", "what"),
    [
        ("", "A nickname needs at least one character."),
        ("Kiwi\nBird", "The nickname holds characters that cannot be seen."),
        ("K" * 10_000, "The nickname has 10000 characters; at most 60 fit."),
    ],
)
def test_a_name_that_cannot_be_is_refused_with_a_sentence(station: Running, nickname: str, what: str) -> None:
    refused = station.ask("add_person", nickname=nickname).error
    assert refused is not None
    assert (refused.code, refused.what, refused.do) == ("invalid", what, "Type 1 to 60 visible characters.")


def test_a_name_with_markup_is_a_name(station: Running) -> None:
    added = station.ask("add_person", nickname="<b>Kiwi</b> & Co").ok
    assert added is not None
    with Archive(station.folder) as archive:
        found = archive.person(added["id"])
    assert found is not None
    assert found.nickname == "<b>Kiwi</b> & Co"


def test_a_stop_from_the_system_closes_the_run_as_interrupted(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with running(folder, "--no-web", "--board", "simulated:standing", speed=SPEED) as station:
        assert station.ask("start_run", protocol="two-leg-quiet").ok
        station.until(lambda v: v.phase == "record" and (v.seconds_left or 30) < 28)
        code = station.terminate()
    assert code == 0
    with Archive(folder) as archive:
        (row,) = archive.all_trials()
        run = archive.run(row.run_id)
    assert (row.result.status, row.result.reason.id) == ("interrupted", "trial.end.data")
    assert run is not None
    assert run.status == "interrupted"
    kept = recording(folder, row.id)
    assert kept.footer is not None
    assert kept.footer["status"] == "interrupted"
    assert kept.notices == ()
    report = recompute_all(folder)
    assert (report.trials, report.unchanged, report.moved) == (1, 1, [])


def test_a_cell_that_falls_silent_is_told_at_once_and_interrupts_the_trial_but_not_the_station(tmp_path: Path) -> None:
    folder, silent_s = tmp_path / "data", 9.0
    board = ("--board", "simulated:standing", "--fault", f"front_left:off@{silent_s:g}s+4s")
    with running(folder, "--no-web", *board, speed=SPEED) as station:
        assert station.ask("start_run", protocol="two-leg-quiet").ok
        station.until(lambda v: (v.t_s or 0.0) > silent_s + 1.0)
        told = [(v.t_s or 0.0, v.health["fault"]) for v in station.seen]
        before = {fault for t_s, fault in told if t_s < silent_s}
        assert before <= {"none", "The board cannot find its zero: somebody stands on it."}
        assert {fault for t_s, fault in told if t_s >= silent_s + 0.3} == {"Front left is not answering."}
        with Archive(folder) as archive:
            station.until(lambda _: any(archive.all_trials()))
            (row,) = archive.all_trials()
        assert (row.result.status, row.result.reason.id) == ("interrupted", "trial.end.cell")
        station.until(lambda v: v.health["fault"] == "none" and not v.busy)
        assert station.ask("start_run", protocol="two-leg-quiet", seconds=5).ok
        again = station.until(lambda v: v.result_trial not in (None, row.id))
        assert stored(station, again.result_trial).status == "completed"
    kept = recording(folder, row.id)
    assert (kept.footer or {})["status"] == "interrupted"
    assert (kept.until_ns or 0) / 1e9 > silent_s + 0.3


def test_pages_outlive_a_killed_station_and_make_room_for_the_next(tmp_path: Path) -> None:
    folder, port = tmp_path / "data", free_port()
    options = ("--port", str(port), "--board", "simulated")
    with running(folder, *options) as station:
        station.until(lambda _: page(port) == 200)
        first = station.child("station web")
        station.kill()
        station.process.wait(5.0)
        assert page(port) == 200
    with running(folder, *options) as station:
        station.until(lambda _: page(port) == 200)
        assert station.child("station web") != first
        code = station.terminate()
    assert code == 0
    assert page(port) == 0


def test_without_a_loudspeaker_the_station_runs_and_closed_eyes_need_a_helper(tmp_path: Path) -> None:
    with running(tmp_path / "data", *SIMULATED, headless=False, SDL_VIDEODRIVER="dummy", SDL_AUDIODRIVER="nonsense") as station:
        assert station.until(lambda v: bool(v.health)).health["sound"] == "none"
        assert station.ask("start_run", protocol="two-leg-quiet", eyes="closed").ok
        assert station.until(lambda v: v.asks is not None).say == "Something to hold within reach?"
        assert station.ask("yes").ok == {}
        helper = station.until(lambda v: v.asks == "helper")
        assert helper.say == "Is a helper beside you?"
        assert station.ask("no").ok == {}
        assert not station.until(lambda v: v.asks is None).busy
        assert station.terminate() == 0


def test_a_second_station_on_the_folder_is_refused_and_harms_nothing(station: Running) -> None:
    command = [sys.executable, "-m", "station", "run", "--headless", *SIMULATED, "--data", str(station.folder)]
    busy = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (busy.returncode, busy.stderr.splitlines()[0]) == (2, f"Another station uses the folder {station.folder}.")
    with LiveClient(station.folder) as client:
        assert next(client.views()).screen
