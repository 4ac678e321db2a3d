"""kill -9 of reader, pages and station in the middle of trials, and what is left afterwards.

The board is a CSV that this file makes, so that it knows every reading that the station was given. `test_kill.py` runs a few kills fast;

    python tests/kill_runner.py --times 20

runs twenty of each at the speed of a real board, several stations side by side, and prints a table.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import select
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from running import Running, free_port, page, running

from station.core.calibration import Calibration
from station.core.formats.recording import Recording, read_recording
from station.core.geometry import Geometry
from station.core.readings import Readings
from station.core.results import TrialResult
from station.recompute import rebuild, recompute_all
from station.store.queries import Archive

WHO = ("reader", "pages", "station")
HZ = 80
EMPTY_S, STANDS_S = 6.0, 44.0
TRIAL_S = 15.0
GAIN_N = 2.5e-4
ZEROS = (12_345.0, -8_000.0, 40_000.0, 777.0)
MISSING_MOST_S = 1.0
GONE = "The board does not answer."
TOLD_AS_INCOMPLETE = {"recording.torn", "recording.not-closed"}


@dataclass(frozen=True)
class Killed:
    """What one kill left behind. Times in s; `missing_s` in s of the wall between the last view and the recording's last reading."""

    who: str
    seed: int
    at_s: float  # of the trial
    missing_s: float
    again_s: float | None  # until it was there again: reader and pages
    wrong: tuple[str, ...]


@cache
def rows() -> tuple[np.ndarray, np.ndarray]:
    """((n,) t_ns, (n, 4) counts): an empty plate, somebody steps on, stands and sways."""
    rng = np.random.default_rng(7)
    t_s = np.arange(round((EMPTY_S + STANDS_S) * HZ)) / HZ
    on = np.clip((t_s - EMPTY_S) / 0.4, 0, 1)
    ml = 4 * np.sin(2 * np.pi * 0.31 * t_s) + 2 * np.sin(2 * np.pi * 0.9 * t_s)
    ap = 5 * np.sin(2 * np.pi * 0.23 * t_s + 1) + 2 * np.sin(2 * np.pi * 0.6 * t_s)
    load = 690.0 * on * (1 + 0.002 * np.sin(2 * np.pi * 1.1 * t_s))
    force = [load / 4 * (1 + ml * x / x**2) * (1 + ap * y / y**2) for x, y in Geometry().cells_mm]
    counts = np.rint(np.stack(force, axis=1) / GAIN_N + np.array(ZEROS) + rng.normal(0, 45, (len(t_s), 4)))
    return np.rint(t_s * 1e9).astype(np.int64), counts.astype(np.int64)


def write_board(folder: Path) -> Path:
    """The rows as `board.csv`, with the calibration that belongs to them."""
    t_ns, counts = rows()
    lines = [f"{t / 1e9:.4f},{a},{b},{c},{d}" for t, (a, b, c, d) in zip(t_ns.tolist(), counts.tolist(), strict=True)]
    header = "t_s,front_left_counts,front_right_counts,rear_left_counts,rear_right_counts"
    path = folder / "board.csv"
    path.write_text("\n".join([header, *lines]) + "\n")
    geometry = Geometry()
    calibration = Calibration.from_gains(geometry, (GAIN_N,) * 4, ZEROS, id="made", source="made", date="2026-01-01")
    (folder / "calibration.json").write_text(json.dumps({"geometry": geometry.to_json(), "calibration": calibration.to_json()}))
    return path


def kill_one(who: str, seed: int, folder: Path, speed: float = 1.0) -> Killed:
    """Starts a station on `folder`, a trial on it, kills `who` in its middle and looks at what is left."""
    board = write_board(folder.parent)
    before = recordings_of(folder)
    port = free_port()
    options = ["--board", f"replay:{board}", *(["--port", str(port)] if who == "pages" else ["--no-web"])]
    dice = random.Random(seed)
    at_s = dice.uniform(0.1, TRIAL_S - 0.5 - 0.25 * speed)  # a view may be this late
    with running(folder, *options, speed=speed) as station:
        assert station.ask("start_run", protocol="two-leg-quiet", seconds=TRIAL_S).ok
        began_s = station.until(lambda v: v.phase == "record").t_s or 0.0
        pid = {"reader": "reader_process", "pages": "station web"}.get(who)
        victim = station.child(pid) if pid else None
        reader = os.pidfd_open(station.child("reader_process"))
        station.until(lambda v: (v.t_s or 0.0) >= began_s + at_s)
        with suppress(subprocess.TimeoutExpired):
            station.process.wait(dice.uniform(0.0, 0.05))
        killed_s = station.kill(victim)
        seen_s = station.seen[-1].t_s or 0.0
        if who == "station":
            station.process.wait(5.0)
            found = newest(folder, before)
            wrong, again_s = [*check_gone(reader), *check_recording(found), *check_station(station, found, options, speed)], None
        else:
            again_s = reader_again(station, killed_s, seen_s) if who == "reader" else pages_again(station, killed_s, port)
            trial_id = str(newest(folder, before).header["trial_id"])
            wrong = check_reader(station, trial_id) if who == "reader" else check_pages(station, trial_id)
    os.close(reader)
    found = newest(folder, before)
    if who != "station":
        wrong += check_recording(found)
    report = recompute_all(folder)
    if report.unchanged != report.trials:
        wrong.append(f"recompute changed {report.trials - report.unchanged} of {report.trials}")
    until_s = (found.until_ns or 0) / 1e9
    missing_s = max(0.0, (seen_s - until_s) / speed)
    if missing_s > MISSING_MOST_S:
        wrong.append(f"{missing_s:.2f} s are missing")
    return Killed(who, seed, at_s, missing_s, again_s, tuple(wrong))


def check_gone(process: int) -> list[str]:
    """A reader without a station lets go of the pins by itself."""
    return [] if select.select([process], [], [], 5.0)[0] else ["the reader goes on without its station"]


def recordings_of(folder: Path) -> set[Path]:
    return set((folder / "recordings").glob("*/*.rec"))


def newest(folder: Path, before: set[Path]) -> Recording:
    """The recording of the trial that was going on: the first new one."""
    new = sorted(recordings_of(folder) - before, key=lambda p: read_recording(p).header["begin_ns"])
    assert new, "there is no recording"
    return read_recording(new[0])


def check_recording(recording: Recording) -> list[str]:
    """Every frame whole, and the readings exactly a piece of what the board sent."""
    wrong = [f"notice {n.id}" for n in recording.notices if n.id not in TOLD_AS_INCOMPLETE]
    whole = Readings.of(*(np.concatenate([getattr(b, c) for b in recording.blocks]) for c in ("cell", "t_ns", "count", "flag")), 0)
    t_ns, counts = np.repeat(rows()[0], 4), rows()[1].ravel()
    first = int(np.searchsorted(t_ns, whole.t_ns[0]))
    part = slice(first, first + len(whole))
    same = (
        np.array_equal(whole.t_ns, t_ns[part])
        and np.array_equal(whole.count, counts[part])
        and np.array_equal(whole.cell, np.tile(np.arange(4), len(rows()[0]))[part])
        and not whole.flag.any()
    )
    return wrong if same else [*wrong, "the readings are not what the board sent"]


def reader_again(station: Running, killed_s: float, seen_s: float) -> float:
    """Until readings come again, told as it is in between."""
    told = station.until(lambda v: v.health["fault"] == GONE)
    station.until(lambda v: (v.t_s or 0.0) > max(seen_s, told.t_s or 0.0))
    return time.monotonic() - killed_s


def pages_again(station: Running, killed_s: float, port: int) -> float:
    station.until(lambda _: page(port) == 200)
    return time.monotonic() - killed_s


def stored(station: Running, trial_id: str) -> TrialResult:
    with Archive(station.folder) as archive:
        station.until(lambda _: archive.trial(trial_id) is not None)
        trial = archive.trial(trial_id)
    assert trial is not None
    return trial.result


def check_reader(station: Running, trial_id: str) -> list[str]:
    """The trial is stored as interrupted with what it has, and a new one can begin."""
    result = stored(station, trial_id)
    wrong = [] if (result.status, result.reason.id) == ("interrupted", "trial.end.data") else [f"it is {result.status}"]
    answer = station.ask("start_run", protocol="two-leg-quiet", seconds=TRIAL_S)
    station.until(lambda v: v.busy and v.phase not in (None, "step-on"))
    return wrong if answer.ok else [*wrong, "no new run"]


def check_pages(station: Running, trial_id: str) -> list[str]:
    """The trial goes on to its end as if nothing had happened."""
    station.until(lambda v: not v.busy, 60.0)
    result = stored(station, trial_id)
    whole = (result.status, result.quality.verdict, result.duration_s) == ("completed", "valid", TRIAL_S)
    return [] if whole else [f"it is {result.status}"]


def check_station(station: Running, found: Recording, options: list[str], speed: float) -> list[str]:
    """A rebuild brings everything back; the next start closes the trial that was cut off, with the very same result."""
    trial_id = str(found.header["trial_id"])
    kept = results(station.folder)
    copy = Path(tempfile.mkdtemp(dir=station.folder.parent)) / "copy"
    shutil.copytree(station.folder, copy, ignore=shutil.ignore_patterns("run"))
    rebuild(copy)
    again = results(copy)
    wrong = [f"rebuild changed {i}" for i in kept if kept[i] != again.get(i)]
    if trial_id in kept or again.get(trial_id, {}).get("status") != "interrupted":
        wrong.append("rebuild has not brought the cut trial back as interrupted")
    with running(station.folder, *options, speed=speed) as second:
        stored(second, trial_id)
    if results(station.folder)[trial_id] != again.get(trial_id):
        wrong.append("the next start closed it differently")
    return wrong


def results(folder: Path) -> dict[str, dict[str, object]]:
    with Archive(folder) as archive:
        return {t.id: t.result.to_json() for t in archive.all_trials()}


def table(all_killed: list[Killed]) -> str:
    """One line a process."""
    lines = [f"{'killed':<8} {'times':>5} {'wrong':>5} {'missing p50 / max':>20} {'back after p50 / max':>22}"]
    for who in WHO:
        of = [k for k in all_killed if k.who == who]
        missing, again = [k.missing_s for k in of], [k.again_s for k in of if k.again_s is not None]
        back = f"{np.median(again):.2f} / {max(again):.2f} s" if again else "-"
        bad = sum(bool(k.wrong) for k in of)
        lines.append(f"{who:<8} {len(of):>5} {bad:>5} {f'{np.median(missing):.2f} / {max(missing):.2f} s':>20} {back:>22}" if of else who)
    return "\n".join([*lines, *(f"{k.who} seed {k.seed} at {k.at_s:.2f} s: {', '.join(k.wrong)}" for k in all_killed if k.wrong)])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--stations", type=int, default=3, help="side by side")
    parser.add_argument("--speed", type=float, default=1.0)
    args = parser.parse_args()

    def one(job: tuple[str, int]) -> Killed:
        who, seed = job
        with tempfile.TemporaryDirectory(prefix="kill-") as folder:
            try:
                return kill_one(who, seed, Path(folder) / "data", args.speed)
            except (AssertionError, OSError, ValueError) as error:
                return Killed(who, seed, 0.0, 0.0, None, (f"{type(error).__name__}: {error}",))

    jobs = [(who, seed) for seed in range(args.times) for who in WHO]
    with ThreadPoolExecutor(args.stations) as pool:
        all_killed = list(pool.map(one, jobs))
    sys.stdout.write(table(all_killed) + "\n")
    return int(any(k.wrong for k in all_killed))


if __name__ == "__main__":
    sys.exit(main())
