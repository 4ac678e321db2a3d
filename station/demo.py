"""A data folder filled with a simulated gym: people who come for weeks, every trial measured by the real chain and marked demo."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

from hardware.boards import BoardInfo, parse_board
from hardware.person import PAD_KG
from station.chain import Chain
from station.core.results import RunResult, Score, TrialResult
from station.protocols.loader import load_all
from station.recorder import Recorder
from station.solo import Wishes, go
from station.store.recording import RecordingWriter
from station.store.store import Store
from station.storing import header_facts, software
from station.words import Words

NAMES = (
    "Kiwi Maple Pebble Comet Willow Biscuit Ember Juniper Marble Cricket Saffron Puffin Clover Nimbus Otter Pepper Quill Rowan Sparrow "
    "Thistle Tundra Velvet Walnut Yarrow Zephyr Acorn Bramble Cedar Dune Fern"
).split()
SESSIONS, SESSIONS_A_WEEK = 9, 2  # a person over all the weeks, and in a few of them
PLANS = (
    ("two-leg-quiet", "single-leg-hold"),
    ("two-leg-quiet", "candle"),
    ("single-leg-hold", "heel-tap-front"),
    ("sway-target", "two-leg-quiet"),
)
SCREENING_EVERY = 10  # each tenth session is the whole mctsib
WORKERS = 2
LEARNING = 0.12  # sway falls by this share over the weeks
OPENS, CLOSES = 7, 21
WEEK_DAYS = 7


@dataclass(frozen=True, slots=True)
class Task:
    """One run of one person, as plain data for a worker."""

    folder: str
    protocol: str
    person: str
    visit: str
    seed: int
    kg: float
    sway_pct: float
    side: str
    wall_ns: int
    station: str


@dataclass(frozen=True, slots=True)
class Done:
    headers: tuple[Mapping[str, Any], ...]
    run: Mapping[str, Any]


class _NoIndex:
    """In a worker nothing is indexed: the parent does that, in order."""

    def __init__(self) -> None:
        self.headers: list[Mapping[str, Any]] = []

    def ask(self, work: Callable[[Any], Any], then: Any = None, failed: Any = None) -> None:
        """What a recorder asks of a store: here only the headers of its trials are kept."""
        work(self)

    def begin_trial(self, header: Mapping[str, Any]) -> None:
        self.headers.append(header)

    def begin_run(self, *_: object) -> None: ...
    def finish_trial(self, _: object) -> None: ...
    def finish_run(self, _: object) -> None: ...


def fill(folder: Path, *, people: int, weeks: int, seed: int, progress: Callable[[int, int], None] | None = None) -> int:
    """Adds the gym to the folder; the number of trials made. May be interrupted: what is done is done."""
    made = 0
    with Store.open(folder, software()) as store:
        tasks = list(_tasks(store, folder, people, weeks, seed))
        with ProcessPoolExecutor(WORKERS) as pool:
            for n, done in enumerate(pool.map(_work, tasks)):
                made += _index(store, done, tasks[n])
                if progress:
                    progress(n + 1, len(tasks))
    return made


def _tasks(store: Store, folder: Path, people: int, weeks: int, seed: int) -> Iterator[Task]:
    """Everybody's sessions, in the order of their dates."""
    dice = random.Random(seed)
    today = datetime.combine(datetime.now().astimezone().date(), time(), datetime.now().astimezone().tzinfo)
    station = store.station_id
    tasks = []
    for n in range(people):
        name = NAMES[n] if n < len(NAMES) else f"{NAMES[n % len(NAMES)]} {n // len(NAMES) + 1}"
        person = store.add_person(name, demo=True)
        kg, sway_pct, side = dice.uniform(48, 98), dice.uniform(75, 135), dice.choice(("left", "right"))
        days = sorted(dice.sample(range(weeks * WEEK_DAYS), min(SESSIONS, weeks * SESSIONS_A_WEEK)))
        for i, day in enumerate(days):
            visit = store.begin_visit(person.id, kg)
            start = today - timedelta(days=weeks * WEEK_DAYS - day) + timedelta(hours=dice.uniform(OPENS, CLOSES))
            learnt = sway_pct * (1 - LEARNING * i / max(1, len(days) - 1)) * dice.uniform(0.92, 1.08)
            plan = ("mctsib",) if (n + i) % SCREENING_EVERY == SCREENING_EVERY - 1 else PLANS[(n + i) % len(PLANS)]
            for k, protocol in enumerate(plan):
                wall_ns = int((start + timedelta(minutes=4 * k)).timestamp() * 1e9)
                chance = dice.randrange(1 << 30)
                tasks.append(Task(str(folder), protocol, person.id, visit, chance, round(kg, 1), round(learnt), side, wall_ns, station))
    yield from sorted(tasks, key=lambda t: t.wall_ns)


def _work(task: Task) -> Done:
    """In a worker process: the run at full speed, its recordings written, its results given back."""
    protocol = load_all()[task.protocol]
    spec = parse_board(f"simulated:{task.kg}kg,{task.sway_pct}pct-sway,{task.side}", seed=task.seed)
    index = _NoIndex()
    with RecordingWriter(Path(task.folder)) as writer:

        def keep(info: BoardInfo, chain: Chain) -> Recorder:
            facts = header_facts(info, station=task.station, boot="demo", pad_kg=PAD_KG)
            recorder = Recorder(index, writer, chain, facts)
            recorder.person, recorder.visit = task.person, task.visit
            recorder.anchor = lambda: {"wall_ns": task.wall_ns, "mono_ns": 0, "synced": True}
            return recorder

        outcome = go(spec, protocol, Wishes(person=task.person), pad_kg=PAD_KG, keep=keep)
    return Done(tuple(index.headers), outcome.runs[0].to_json())


def _index(store: Store, done: Done, task: Task) -> int:
    """Rows of one run; gives back how many trials it had."""
    store.begin_run(done.run["run_id"], task.protocol, task.person, task.visit, task.wall_ns)
    for header in done.headers:
        store.begin_trial(header)
    trials = tuple(TrialResult.from_json(doc) for doc in done.run["trials"])
    for trial in trials:
        store.finish_trial(trial)
    score = done.run["score"]
    store.finish_run(
        RunResult(
            done.run["run_id"],
            task.protocol,
            done.run["status"],
            Words.from_json(done.run["reason"]),
            trials,
            Score.from_json(score) if score else None,
            demo=True,
        )
    )
    return len(trials)
