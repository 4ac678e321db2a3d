"""From recordings back to results, by the same code as live: `recompute` (same index, new numbers), `rebuild` (a new index)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from station.core.formats.recording import Recording, decode, read_recording
from station.core.results import Override, RunResult, TrialResult
from station.errors import StationError
from station.moved import Report, moved_in
from station.parallel import each
from station.store.overrides import calibration_digest
from station.store.places import find_recording, recordings
from station.store.queries import Archive, Computed, frames_of
from station.store.store import Store
from station.trial import Trial
from station.words import Words

Progress = Callable[[int, int], None]
CUT = "interrupted"
"""Mark of a trial that ended with its data: the reader died, the station was stopped. What came afterwards is not part of it."""
HEADER_BYTES = 1 << 16  # a header lies at the begin and is shorter than this; where it is not, the whole file is read
WORTH_A_PROCESS = 8  # trials: less is done before a process has started
_NOT_A_TRIAL = (StationError, KeyError, TypeError, ValueError)


def replay_trial(recording: Recording, *, overruled: bool = False) -> TrialResult:
    """The result of a recorded trial: frames from its pipeline state on, the operator's keys at their times, then its end.

    A trial that had not ended when its recording did is interrupted, with all it holds. overruled: a person lets its sway count where
    the machine rejects it; the verdict is the machine's all the same. Raises StationError, KeyError, TypeError or ValueError when the
    header is no header of a trial.
    """
    trial = Trial.from_header({**recording.header, "overruled": overruled})
    for block in recording.blocks:
        trial.count_readings(block)
    frames = frames_of(recording)
    for mark in recording.marks:
        if mark.kind == CUT:
            frames = frames[: int(np.searchsorted(frames.t_ns, mark.t_ns))]
        else:
            trial.mark(mark.t_ns, mark.kind)
    trial.feed(frames)
    if not trial.done:
        trial.finish(CUT)
    assert trial.result is not None
    return trial.result


def overrule(store: Store, trial: str, verdict: str | None, reason: str) -> Override | None:
    """`Store.override_verdict`; what the machine withheld is computed from the recording when it shall count, and withheld again when
    the person takes their verdict back. Raises as it does."""
    override = store.override_verdict(trial, verdict, reason)
    path = find_recording(store.folder, trial)
    if path is not None and (override is None or override.was == "reject"):
        recording = read_recording(path)
        store.finish_trial(replay_trial(recording, overruled=_lets_count(override)), recording.header)
    return override


def _lets_count(override: Override | None) -> bool:
    return override is not None and override.verdict == "usable"


def close_interrupted(store: Store) -> int:
    """Trials that have no result because the station or its machine stopped: their recordings give what they hold."""
    closed = 0
    for trial_id in store.unfinished():
        path = find_recording(store.folder, trial_id)
        if path is not None:
            try:
                store.finish_trial(replay_trial(read_recording(path)))
            except _NOT_A_TRIAL:
                continue  # stays without a result; `rebuild` counts it
            closed += 1
    return closed


def recompute_all(folder: Path, *, software: str = "", jobs: int = 1, progress: Progress | None = None) -> Report:
    """Every result anew from its recording; only what moved is written, each trial at once or not at all.

    software: the version that computes now; jobs: processes. Ctrl-C leaves what is done and says how many that is.
    """
    report = Report()
    with Store.open(folder, software) as store, Archive(folder) as archive:
        in_force = store.spoken().in_force
        try:
            for done in _replayed(folder, report, in_force, jobs, progress):
                report.trials += 1
                _rewrite(store, archive, done, report)
        except KeyboardInterrupt:
            report.stopped = True
    return report


def _rewrite(store: Store, archive: Archive, done: _Replayed, report: Report) -> None:
    old = archive.computed(done.result.trial_id)
    if old is not None and old.result.to_json() == done.result.to_json():
        report.unchanged += 1
        return
    if old is not None:
        found = moved_in(old.result, done.result, **_causes(old, done, store.software))
        report.moved += found
        report.reworded += not found
    store.begin_trial(done.header)
    store.finish_trial(done.result, done.header)


def _causes(old: Computed, done: _Replayed, software: str) -> dict[str, Any]:
    digest = old.calibration_sha256
    return {
        "recalibrated": digest is not None and digest != calibration_digest(done.header),
        "damage": done.damage,
        "software": (old.software, software),
    }


def rebuild(folder: Path, *, software: str = "", jobs: int = 1, progress: Progress | None = None) -> Report:
    """A new database from the recordings; the old one is kept beside it. Runs, trials and results come back; names do not.

    People come back as codes, so that each keeps their own trials. What people said of trials (marks, verdicts) is no part of any
    recording: it is carried over from the old database, and the report says so. Ctrl-C leaves the old database as it was.
    """
    report = Report(rebuilt=True)
    runs: dict[str, RunResult] = {}
    with Store.open(folder, software) as store:
        said = store.spoken()
        with store.rebuilding():
            for done in _replayed(folder, report, said.in_force, jobs, progress):
                last, person = done.result, done.header.get("person_id")
                if person:
                    store.restore_person(str(person), demo=last.demo)
                store.begin_trial(done.header)
                store.finish_trial(last, done.header)
                runs[last.run_id] = RunResult(last.run_id, last.protocol_id, last.status, last.reason, (), last.score, last.demo)
                report.trials += 1
                report.interrupted += last.status == "interrupted"
            for run in runs.values():
                store.finish_run(run)
            report.carried = store.restore_spoken(said)
    return report


# --- one recording -------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Replayed:
    """A recording's header (without the state of the pipeline), its result, and what of the file is damaged or missing."""

    header: Mapping[str, Any]
    result: TrialResult
    damage: tuple[Words, ...]


def _replay(job: tuple[Path, bool]) -> _Replayed | None:
    """In a process of its own where there are several; None: not the recording of a trial."""
    path, overruled = job
    try:
        recording = read_recording(path)
        result = replay_trial(recording, overruled=overruled)
    except _NOT_A_TRIAL:
        return None
    header = {key: value for key, value in recording.header.items() if key != "pipeline_state"}
    return _Replayed(header, result, recording.notices)


def _replayed(folder: Path, report: Report, in_force: Mapping[str, Override], jobs: int, progress: Progress | None) -> Iterator[_Replayed]:
    """Every recording with its result, in the order they were made; what is none (broken, foreign) is skipped and named."""
    found: list[tuple[tuple[int, str], Path]] = []
    for path in recordings(folder):
        try:
            found.append((_when(_header(path)), path))
        except _NOT_A_TRIAL:
            report.skipped.append(path.name)
    report.of = len(found)
    wanted = [(path, _lets_count(in_force.get(trial))) for (_, trial), path in sorted(found)]
    many = len(wanted) >= WORTH_A_PROCESS
    for n, ((path, _), done) in enumerate(each(_replay, wanted, jobs if many else 1)):
        if done is None:
            report.skipped.append(path.name)
        else:
            yield done
        if progress:
            progress(n + 1, len(wanted))


def _header(path: Path) -> Mapping[str, Any]:
    try:
        with path.open("rb") as file:
            header = decode(file.read(HEADER_BYTES)).header
    except OSError:
        header = {}
    return header or read_recording(path).header


def _when(header: Mapping[str, Any]) -> tuple[int, str]:
    wall = header.get("wall") or {}
    return int(wall.get("wall_ns", 0)), str(header["trial_id"])
