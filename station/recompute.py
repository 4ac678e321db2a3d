"""From recordings back to results, by the same code as live: `recompute` (same index, new numbers), `rebuild` (a new index)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from station.core.formats.recording import Recording, read_recording
from station.core.results import RunResult, TrialResult
from station.errors import StationError
from station.store.places import find_recording, recordings
from station.store.queries import Archive, frames_of
from station.store.store import Store
from station.trial import Trial
from station.words import Num, Words, say

Progress = Callable[[int, int], None]
CUT = "interrupted"
"""Mark of a trial that ended with its data: the reader died, the station was stopped. What came afterwards is not part of it."""


def replay_trial(recording: Recording) -> TrialResult:
    """The result of a recorded trial: frames from its pipeline state on, the operator's keys at their times, then its end.

    A trial that had not ended when its recording did is interrupted, with all it holds. Raises StationError, KeyError, TypeError or
    ValueError when the header is no header of a trial.
    """
    trial = Trial.from_header(recording.header)
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


@dataclass(slots=True)
class Report:
    """What was done, and every number that moved: (trial, key, before, after)."""

    trials: int = 0
    unchanged: int = 0
    interrupted: int = 0
    skipped: list[str] = field(default_factory=list)
    moved: list[tuple[str, str, float | None, float | None]] = field(default_factory=list)
    rebuilt: bool = False

    def lines(self) -> list[Words]:
        done = say("recompute.done", n=Num(self.trials), same=Num(self.unchanged))
        out = [say("recompute.rebuilt", n=Num(self.trials)) if self.rebuilt else done]
        if self.interrupted:
            out.append(say("recompute.interrupted", n=Num(self.interrupted)))
        out += [say("recompute.skipped", file=name) for name in self.skipped]
        for trial, key, before, after in self.moved:
            out.append(say("recompute.moved", trial=trial, key=key, before=_shown(before), after=_shown(after)))
        if self.rebuilt:
            out.append(say("recompute.names"))
        return out


def _shown(value: float | None) -> Num | Words:
    return say("recompute.none") if value is None else Num(value, 6)


def _replayed(folder: Path, report: Report, progress: Progress | None) -> Iterator[tuple[Recording, TrialResult]]:
    """Every recording with its result, in the order they were made; what is none (broken, foreign) is skipped and counted."""
    found: list[tuple[tuple[int, str], Path]] = []
    for path in recordings(folder):
        try:
            found.append((_when(read_recording(path)), path))
        except _NOT_A_TRIAL:
            report.skipped.append(path.name)
    for n, (_, path) in enumerate(sorted(found)):
        try:
            recording = read_recording(path)
            result = replay_trial(recording)
        except _NOT_A_TRIAL:
            report.skipped.append(path.name)
        else:
            yield recording, result
        if progress:
            progress(n + 1, len(found))


_NOT_A_TRIAL = (StationError, KeyError, TypeError, ValueError)


def _when(recording: Recording) -> tuple[int, str]:
    wall = recording.header.get("wall") or {}
    return int(wall.get("wall_ns", 0)), str(recording.header["trial_id"])


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


def recompute_all(folder: Path, progress: Progress | None = None) -> Report:
    """Every result anew from its recording; a result is written only when a number of it moved."""
    report = Report()
    with Store.open(folder) as store, Archive(folder) as archive:
        for recording, result in _replayed(folder, report, progress):
            report.trials += 1
            old = archive.trial(result.trial_id)
            moved = _moved(old.result if old else None, result)
            report.moved += moved
            if old is not None and old.result.to_json() == result.to_json():
                report.unchanged += 1
                continue
            store.begin_trial(recording.header)
            store.finish_trial(result)
    return report


def _moved(old: TrialResult | None, new: TrialResult) -> list[tuple[str, str, float | None, float | None]]:
    if old is None:
        return []
    keys = dict.fromkeys([*old.measures, *new.measures])
    pairs = [(key, old.measures.get(key), new.measures.get(key)) for key in keys]
    values = [(key, a.value if a else None, b.value if b else None) for key, a, b in pairs]
    if old.duration_s != new.duration_s:
        values.append(("duration_s", old.duration_s, new.duration_s))
    return [(new.trial_id, key, a, b) for key, a, b in values if a != b]


def rebuild(folder: Path, progress: Progress | None = None) -> Report:
    """A new database from the recordings; the old one is kept beside it. Runs, trials and results come back; names do not.

    People come back as codes, so that each keeps their own trials.
    """
    report = Report(rebuilt=True)
    by_run: dict[str, list[TrialResult]] = {}
    with Store.open(folder) as store, store.rebuilding():
        for recording, result in _replayed(folder, report, progress):
            person = recording.header.get("person_id")
            if person:
                store.restore_person(str(person), demo=result.demo)
            store.begin_trial(recording.header)
            store.finish_trial(result)
            by_run.setdefault(result.run_id, []).append(result)
            report.trials += 1
            report.interrupted += result.status == "interrupted"
        for run_id, results in by_run.items():
            last = results[-1]
            store.finish_run(RunResult(run_id, last.protocol_id, last.status, last.reason, tuple(results), last.score, last.demo))
    return report
