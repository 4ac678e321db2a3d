"""From a recording back to the very result that was shown: recompute and rebuild, on trials that were really run and kept."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from hardware.boards import parse_board
from station.core.formats.recording import Recording, encode, read_recording
from station.core.results import MeasureValue, TrialResult
from station.protocols.loader import load_all
from station.recompute import close_interrupted, rebuild, recompute_all, replay_trial
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
    wrong = {**right.measures, "mean_velocity_mm_s": MeasureValue(99.0, "mm/s")}
    with Store.open(folder) as store:
        store.finish_trial(replace(right, measures=wrong))
        store.mark_trial(right.trial_id, "practice", "first time")
    report = recompute_all(folder)
    value = right.measures["mean_velocity_mm_s"].value
    assert report.moved == [(right.trial_id, "mean_velocity_mm_s", 99.0, value)]
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
