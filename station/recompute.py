"""From recordings back to results: `recompute` (same index, new numbers), `rebuild` (a new index). The same code as live, fed from files."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from station.core.formats.recording import SUFFIX, Recording, read_recording
from station.core.results import RunResult, TrialResult
from station.store.engine import database_path
from station.store.queries import Archive, frames_of
from station.store.store import Store
from station.trial import Trial
from station.words import Num, Words, say

Progress = Callable[[int, int], None]


def replay_trial(recording: Recording) -> TrialResult:
    """The result of a recorded trial: frames from its pipeline state on, the operator's keys at their times, then its end.

    A recording without a footer ends as interrupted with all it holds.
    """
    trial = Trial.from_header(recording.header)
    for block in recording.blocks:
        trial.count_readings(block)
    for mark in recording.marks:
        trial.mark(int(mark["t_ns"]), str(mark["kind"]))
    trial.feed(frames_of(recording))
    if not trial.done:
        trial.finish("interrupted")
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
        out = [say("recompute.done", n=Num(self.trials), same=Num(self.unchanged))]
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


def recordings(folder: Path) -> list[Path]:
    return sorted((folder / "recordings").glob(f"*{SUFFIX}"))


def close_interrupted(store: Store) -> int:
    """Trials that have no result because the station or its machine stopped: their recordings give what they hold."""
    closed = 0
    for trial_id in store.unfinished():
        path = store.folder / "recordings" / f"{trial_id}{SUFFIX}"
        if path.exists():
            recording = read_recording(path)
            if recording.header:
                store.finish_trial(replay_trial(recording))
                closed += 1
    return closed


def recompute_all(folder: Path, progress: Progress | None = None) -> Report:
    """Every result anew from its recording; a result is written only when a number of it moved."""
    report, files = Report(), recordings(folder)
    with Store.open(folder) as store, Archive(folder) as archive:
        for n, path in enumerate(files):
            if progress:
                progress(n + 1, len(files))
            recording = read_recording(path)
            if not recording.header:
                report.skipped.append(path.name)
                continue
            result = replay_trial(recording)
            report.trials += 1
            old = archive.trial(result.trial_id)
            moved = _moved(old.result if old else None, result)
            report.moved += moved
            if old is None:
                store.begin_trial(recording.header)
            if moved or old is None or old.result.to_json() != result.to_json():
                store.finish_trial(result)
            else:
                report.unchanged += 1
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
    """A new database from the recordings; the old one is kept beside it. Runs, trials and results come back; names do not."""
    report, files = Report(rebuilt=True), recordings(folder)
    with Store.open(folder):
        pass  # nobody else has the folder
    path = database_path(folder)
    for old in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
        if old.exists():
            os.replace(old, old.with_name(old.name + ".replaced"))
    by_run: dict[str, list[TrialResult]] = {}
    with Store.open(folder) as store:
        for n, file in enumerate(files):
            if progress:
                progress(n + 1, len(files))
            recording = read_recording(file)
            if not recording.header:
                report.skipped.append(file.name)
                continue
            store.begin_trial({**recording.header, "person_id": None})
            result = replay_trial(recording)
            store.finish_trial(result)
            by_run.setdefault(result.run_id, []).append(result)
            report.trials += 1
            report.interrupted += result.status == "interrupted"
        for run_id, results in by_run.items():
            last = results[-1]
            store.finish_run(RunResult(run_id, last.protocol_id, last.status, last.reason, tuple(results), last.score, last.demo))
    return report
