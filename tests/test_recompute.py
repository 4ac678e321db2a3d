"""From a recording back to the very result that was shown: recompute and rebuild, on trials that were really run and kept."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from hardware.boards import parse_board
from station.core.formats.recording import Recording, encode, read_recording, readings_payload
from station.core.readings import Flag, Readings
from station.core.results import TrialResult
from station.errors import StationError
from station.moved import LISTED, Report, moved_in
from station.parallel import WAITING, each
from station.protocols.loader import load_all
from station.recompute import close_interrupted, overrule, rebuild, recompute_all, replay_trial
from station.solo import Wishes, go
from station.store.places import find_recording, recordings
from station.store.queries import Archive
from station.store.store import Store
from station.storing import keeper


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a quiet trial of a person and a hold of nobody, of a simulated board."""
    folder = tmp_path_factory.mktemp("kept")
    with Store.open(folder) as store:
        code = store.add_person("Kiwi", demo=True).code
    protocols = load_all(folder / "protocols")
    for name, seconds, who in (("two-leg-quiet", 20.0, code), ("single-leg-hold", 16.0, None)):
        spec = parse_board("simulated", seed=4, data_dir=folder)
        with keeper(folder, who) as keep:
            go(spec, protocols[name], keep.wishes(Wishes(seconds=seconds)), keep=keep.recorder)
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "data"))


@pytest.fixture
def archive(folder: Path) -> Iterator[Archive]:
    with Archive(folder) as opened:
        yield opened


def results(archive: Archive) -> list[dict[str, object]]:
    return [row.result.to_json() for row in archive.all_trials()]


def quiet(archive: Archive) -> TrialResult:
    return next(row.result for row in archive.all_trials() if row.result.kind == "quiet")


def recording_of(folder: Path, trial: str) -> tuple[Path, Recording]:
    path = find_recording(folder, trial)
    assert path is not None
    return path, read_recording(path)


def test_a_replay_of_the_recording_is_the_result_to_the_last_digit(folder: Path, archive: Archive) -> None:
    for row in archive.all_trials():
        assert row.result.measures
        again = replay_trial(recording_of(folder, row.id)[1])
        assert json.dumps(again.to_json()) == json.dumps(row.result.to_json())


def test_the_recording_begins_before_the_person_and_was_closed(folder: Path, archive: Archive) -> None:
    result = quiet(archive)
    _, recording = recording_of(folder, result.trial_id)
    assert recording.closed
    assert recording.notices == ()
    assert next(e.t_s for e in result.events if e.kind == "step-on") > 1
    assert recording.until_ns is not None
    assert result.window_s is not None
    assert recording.until_ns >= recording.header["origin_ns"] + (result.window_s[1] + 1) * 1e9


def test_no_recording_holds_a_name(folder: Path) -> None:
    found = list(recordings(folder))
    assert len(found) == 2
    assert not any(b"Kiwi" in path.read_bytes() for path in found)


def test_the_frames_of_a_kept_trial_begin_where_its_times_count_from(folder: Path, archive: Archive) -> None:
    result = quiet(archive)
    frames = archive.frames(result.trial_id)
    assert frames is not None
    assert int(frames.t_ns[0]) == recording_of(folder, result.trial_id)[1].header["origin_ns"]


def test_recompute_finds_that_nothing_moved(folder: Path) -> None:
    report = recompute_all(folder)
    assert (report.trials, report.unchanged, report.moved, report.skipped) == (2, 2, [], [])
    assert [w.id for w in report.lines()] == ["recompute.done"]


def test_recompute_puts_a_wrong_number_right_and_says_so(folder: Path, archive: Archive) -> None:
    right = quiet(archive)
    wrong = {**right.measures, "mean_velocity_mm_s": replace(right.measures["mean_velocity_mm_s"], value=99.0)}
    with Store.open(folder) as store:
        store.finish_trial(replace(right, measures=wrong))
        store.mark_trial(right.trial_id, "practice", "first time")
    report = recompute_all(folder)
    value = right.measures["mean_velocity_mm_s"].value
    assert [(m.trial, m.key, m.before, m.after, m.why.id) for m in report.moved] == [
        (right.trial_id, "mean_velocity_mm_s", 99.0, value, "recompute.why.stored")
    ]
    assert [w.id for w in report.lines()] == ["recompute.done", "recompute.moved"]
    assert quiet(archive) == right
    row = archive.trial(right.trial_id)
    assert row is not None
    assert (row.mark, row.mark_reason) == ("practice", "first time")


def test_rebuild_brings_back_every_trial_and_says_that_names_are_gone(folder: Path, archive: Archive) -> None:
    before, owner = results(archive), archive.people()[0].id
    report = rebuild(folder)
    assert results(archive) == before
    assert report.trials == 2
    assert [w.id for w in report.lines()] == ["recompute.rebuilt", "recompute.names"]
    person = archive.people()[0]
    assert (person.id, person.nickname, person.trials) == (owner, person.code, 1)
    assert (folder / "station.db.replaced").exists()


def test_rebuild_works_from_recordings_alone(folder: Path, archive: Archive) -> None:
    before = results(archive)
    archive.close()
    for path in folder.glob("station.db*"):
        path.unlink()
    rebuild(folder)
    assert results(archive) == before
    run = archive.run(str(before[0]["run_id"]))
    assert run is not None
    assert run.status == "completed"


def test_broken_and_foreign_files_are_skipped_counted_and_left_alone(folder: Path) -> None:
    place = folder / "recordings" / "foreign"
    place.mkdir()
    (place / "rubbish.rec").write_bytes(b"\0\1\2" * 100)
    (place / "letter.rec").write_bytes(encode(Recording({"trial_id": "letter", "demo": False})))
    (place / "text.rec").write_text("Dear board")
    (place / "list.rec").write_bytes(encode(Recording({"trial_id": "list", "wall": [], "protocol": {"id": 5, "text": "no"}})))
    report = rebuild(folder)
    assert report.trials == 2
    assert sorted(report.skipped) == ["letter.rec", "list.rec", "rubbish.rec", "text.rec"]
    assert len(list(place.iterdir())) == 4


def test_a_trial_that_the_station_did_not_survive_is_interrupted_with_all_it_holds(folder: Path, archive: Archive) -> None:
    result = quiet(archive)
    path, recording = recording_of(folder, result.trial_id)
    assert result.window_s is not None
    half_ns = recording.header["origin_ns"] + round((result.window_s[0] + 12) * 1e9)
    kept = tuple(b for b in recording.blocks if b.until_ns <= half_ns)
    cut = {**recording.header, "trial_id": "cut", "run_id": "cut-run"}
    path.with_name("cut.rec").write_bytes(encode(Recording(cut, kept))[:-40])
    with Store.open(folder) as store:
        store.begin_trial(cut)
        assert store.unfinished() == ["cut"]
        assert close_interrupted(store) == 1
        assert store.unfinished() == []
    row = archive.trial("cut")
    assert row is not None
    assert row.result.status == "interrupted"
    assert 11 < row.result.duration_s < 12


def test_a_trial_without_a_recording_stays_open_and_harms_nothing(folder: Path) -> None:
    with Store.open(folder) as store:
        store.begin_trial({"trial_id": "gone", "run_id": "r", "protocol": {"id": "two-leg-quiet"}, "demo": True})
        assert close_interrupted(store) == 0
        assert store.unfinished() == ["gone"]


# --- what moved, and why -----------------------------------------------------------------------------------------------------------------


def changed(folder: Path, result: TrialResult, software: str = "") -> None:
    """The stored result is another than its recording gives."""
    with Store.open(folder, software) as store:
        store.finish_trial(result)


def kept_rows(folder: Path) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(folder / "station.db")) as db:
        return db.execute("SELECT id, software, result_json FROM trials ORDER BY serial").fetchall()


def test_a_number_that_moved_names_the_method_before_and_after(folder: Path, archive: Archive) -> None:
    right = quiet(archive)
    speed = right.measures["mean_velocity_mm_s"]
    changed(folder, replace(right, measures={**right.measures, "mean_velocity_mm_s": replace(speed, value=9.0, method="station/0")}))
    (moved,) = recompute_all(folder).moved
    assert (moved.key, moved.before, moved.after) == ("mean_velocity_mm_s", 9.0, speed.value)
    assert (moved.why.id, moved.why.args) == ("recompute.why.method", {"before": "station/0", "after": speed.method})


def test_rules_of_the_verdict_that_changed_are_named(folder: Path, archive: Archive) -> None:
    right = quiet(archive)
    changed(folder, replace(right, quality=replace(right.quality, verdict="reject", method="verdict/1")))
    (moved,) = recompute_all(folder).moved
    assert (moved.key, moved.before, moved.after) == ("verdict", "reject", right.quality.verdict)
    assert (moved.why.id, moved.why.args["before"]) == ("recompute.why.method", "verdict/1")


def test_newer_software_under_the_same_method_is_named_when_a_number_moves(folder: Path, archive: Archive) -> None:
    right = quiet(archive)
    changed(folder, replace(right, duration_s=1.0), software="1.0")
    (moved,) = recompute_all(folder, software="2.0").moved
    assert (moved.key, moved.why.id, moved.why.args) == ("duration_s", "recompute.why.software", {"before": "1.0", "after": "2.0"})


def test_another_calibration_in_the_recording_is_named(folder: Path, archive: Archive) -> None:
    result = quiet(archive)
    path, recording = recording_of(folder, result.trial_id)
    calibration = recording.header["calibration"]
    gains = [1.01 * gain for gain in calibration["gain_n_per_count"]]
    matrix = [[1.01 * value for value in row] for row in calibration["matrix"]]
    header = {**recording.header, "calibration": {**calibration, "gain_n_per_count": gains, "matrix": matrix}}
    path.write_bytes(encode(replace(recording, header=header)))
    moved = recompute_all(folder).moved
    assert "load_n" in {m.key for m in moved}
    assert {m.why.id for m in moved} == {"recompute.why.calibration"}


def test_a_recording_that_lost_data_is_named(folder: Path, archive: Archive) -> None:
    result = quiet(archive)
    path, recording = recording_of(folder, result.trial_id)
    assert result.window_s is not None
    from_ns = recording.header["origin_ns"] + round((result.window_s[0] + 5) * 1e9)
    data = bytearray(path.read_bytes())
    lost = next(b for b in recording.blocks if b.until_ns > from_ns)
    at = data.index(readings_payload(lost)) + 20
    data[at] ^= 0xFF
    path.write_bytes(bytes(data))
    moved = recompute_all(folder).moved
    assert "mean_velocity_mm_s" in {m.key for m in moved}
    assert {m.why.id for m in moved} == {"recompute.why.raw"}


def test_what_did_not_move_is_not_written_again(folder: Path) -> None:
    before = kept_rows(folder)
    assert recompute_all(folder, software="9.9").unchanged == 2
    assert kept_rows(folder) == before


def test_a_reason_that_changed_without_a_number_is_counted(folder: Path, archive: Archive) -> None:
    right = quiet(archive)
    changed(folder, replace(right, events=right.events[1:]))
    report = recompute_all(folder)
    assert (report.moved, report.reworded, [w.id for w in report.lines()]) == ([], 1, ["recompute.done", "recompute.reworded"])


def test_many_moved_numbers_are_told_a_line_for_each_measure(archive: Archive) -> None:
    right = quiet(archive)
    report = Report(trials=LISTED + 1, of=LISTED + 1)
    for n in range(LISTED + 1):
        wrong = replace(right, trial_id=f"t-{n}", duration_s=right.duration_s * (1 + n / 1000))
        report.moved += moved_in(wrong, replace(right, trial_id=f"t-{n}"), recalibrated=False, damage=(), software=(None, ""))
    assert len(report.moved) == LISTED
    wrong = replace(right, trial_id="t", duration_s=2 * right.duration_s)
    report.moved += moved_in(wrong, replace(right, trial_id="t"), recalibrated=False, damage=(), software=(None, ""))
    (line,) = report.lines()[1:]
    assert (line.id, line.args["key"], line.args["n"].value, line.args["far"].args["least"].value) == (
        "recompute.moved-many", "duration_s", LISTED + 1, pytest.approx(-50.0),
    )  # fmt: skip


# --- a person's verdict ------------------------------------------------------------------------------------------------------------


def rejected(folder: Path, archive: Archive) -> TrialResult:
    """The quiet trial with a recording that the machine rejects: one cell stuck for a moment."""
    result = quiet(archive)
    path, recording = recording_of(folder, result.trial_id)
    assert result.window_s is not None
    at_ns = recording.header["origin_ns"] + round((result.window_s[0] + 3) * 1e9)
    n = next(n for n, block in enumerate(recording.blocks) if block.until_ns > at_ns)
    block = recording.blocks[n]
    flag = block.flag.copy()
    flag[0] |= Flag.REPEAT
    stuck = Readings.of(block.cell, block.t_ns, block.count, flag, block.until_ns)
    path.write_bytes(encode(replace(recording, blocks=(*recording.blocks[:n], stuck, *recording.blocks[n + 1 :]))))
    recompute_all(folder)
    return quiet(archive)


def test_sway_that_the_machine_rejects_counts_when_a_person_says_so_and_is_withheld_when_they_take_it_back(
    folder: Path, archive: Archive
) -> None:
    machine = rejected(folder, archive)
    assert (machine.quality.verdict, machine.measures) == ("reject", {})
    with Store.open(folder) as store:
        override = overrule(store, machine.trial_id, "usable", "the plug was pulled for a blink only")
    assert override is not None
    counted = quiet(archive)
    assert (counted.quality.verdict, override.was) == ("usable", "reject")
    assert counted.measures["mean_velocity_mm_s"].value is not None
    with Store.open(folder) as store:
        assert overrule(store, machine.trial_id, None, "looked again") is None
    assert quiet(archive) == machine


def test_a_persons_verdict_survives_recompute_and_rebuild_and_the_rebuild_says_where_it_came_from(folder: Path, archive: Archive) -> None:
    machine = rejected(folder, archive)
    with Store.open(folder) as store:
        overrule(store, machine.trial_id, "usable", "seen")
    before = quiet(archive)
    report = recompute_all(folder)
    assert (report.unchanged, report.moved, quiet(archive)) == (2, [], before)
    report = rebuild(folder)
    assert quiet(archive) == before
    assert [w.id for w in report.lines()] == ["recompute.rebuilt", "recompute.carried", "recompute.names"]


# --- stopping, and several processes ----------------------------------------------------------------------------------------------


def test_ctrl_c_leaves_what_is_done_and_says_how_many(folder: Path, archive: Archive) -> None:
    for row in list(archive.all_trials()):
        changed(folder, replace(row.result, duration_s=1.0))

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    report = recompute_all(folder, progress=stop)
    assert (report.trials, report.of, report.stopped) == (1, 2, True)
    assert report.lines()[-1].id == "recompute.stopped"
    assert sorted(row.result.duration_s == 1.0 for row in archive.all_trials()) == [False, True]


def test_ctrl_c_leaves_the_database_that_a_rebuild_would_have_replaced(folder: Path, archive: Archive) -> None:
    before = results(archive)

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rebuild(folder, progress=stop)
    assert results(archive) == before


def test_several_processes_give_the_same_index_as_one(folder: Path, archive: Archive) -> None:
    _, recording = recording_of(folder, next(row.id for row in archive.all_trials() if row.result.kind == "hold"))
    for n in range(6):
        copy = {**recording.header, "trial_id": f"copy-{n}", "run_id": f"run-{n}"}
        (folder / "recordings" / "demo-copies").mkdir(exist_ok=True)
        (folder / "recordings" / "demo-copies" / f"copy-{n}.rec").write_bytes(encode(replace(recording, header=copy)))
    rebuild(folder)
    one = results(archive)
    assert len(one) == 8
    rebuild(folder, jobs=2)
    assert results(archive) == one
    report = recompute_all(folder, jobs=2)
    assert (report.trials, report.unchanged) == (8, 8)


def square(n: int) -> int:
    return n * n


def die(n: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_answers_come_in_the_order_asked_and_few_questions_are_open_at_a_time() -> None:
    asked: list[int] = []

    def questions() -> Iterator[int]:
        for n in range(40):
            asked.append(n)
            yield n

    answers = each(square, questions(), 2)
    assert next(answers) == (0, 0)
    assert len(asked) <= 2 * WAITING
    assert list(answers) == [(n, n * n) for n in range(1, 40)]


def test_a_process_that_was_ended_from_outside_is_told_with_the_way_out() -> None:
    with pytest.raises(StationError) as told:
        list(each(die, range(3), 2))
    assert told.value.what.id == "parallel.ended"
