"""The reading side: what pages and exports ask. Opens the database read-only; without one, everything is simply empty."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType

from sqlalchemy import Connection, Engine, RowMapping, case, create_engine, func, select
from sqlalchemy.exc import DBAPIError

from station.core.calibration import Calibration
from station.core.formats.recording import Recording, read_recording
from station.core.frames import Frames
from station.core.geometry import Geometry
from station.core.pipeline import Pipeline
from station.core.readings import timing_from_json
from station.core.results import Override, RunResult, Score, TrialResult
from station.errors import BadFile, StoreError
from station.store.codes import read_code, show_code
from station.store.engine import database_path, reading_engine
from station.store.overrides import in_force, override_of
from station.store.places import find_recording
from station.store.secrets import token_digest
from station.store.store import wall_ns
from station.store.tables import people, runs, tokens, trials
from station.words import Words, say


@dataclass(frozen=True, slots=True)
class PersonRow:
    id: str
    code: str
    nickname: str
    animal: str
    demo: bool
    trials: int
    last: datetime | None


@dataclass(frozen=True, slots=True)
class TrialRow:
    """A stored trial that has a result, under the verdict in force (`result.quality.override` says where a person set it).

    `started` None: the clock was never set.
    """

    id: str
    run_id: str
    person_id: str | None
    started: datetime | None
    mark: str
    mark_reason: str
    result: TrialResult


@dataclass(frozen=True, slots=True)
class Computed:
    """A stored result as the machine made it, whatever a person said, and what it was made with (None: not known)."""

    result: TrialResult
    override: Override | None
    software: str | None
    calibration_sha256: str | None


class Archive:
    """Read-only view of a data folder. `database`: another database's URL. A context manager; safe to use from many threads."""

    def __init__(self, folder: Path, database: str | None = None) -> None:
        self.folder = folder
        self._url = database
        self._engine: Engine | None = None
        self._file: tuple[int, int] | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        if self._engine is not None:
            self._engine.dispose()

    @contextmanager
    def _db(self) -> Iterator[Connection | None]:
        """A connection in one reading transaction, None while the station has not made its database yet. Raises StoreError."""
        with self._lock:
            engine = self._opened()
        if engine is None:
            yield None
            return
        try:
            with engine.connect() as connection:
                yield connection
        except DBAPIError as error:
            raise StoreError(say("store.database", reason=str(error.orig)), say("store.database.do")) from error

    def _opened(self) -> Engine | None:
        """The engine on the database that lies there now: a rebuild puts a new file in its place."""
        if self._url is not None:
            self._engine = self._engine or create_engine(self._url)
            return self._engine
        path = database_path(self.folder)
        try:
            found = path.stat()
        except OSError:
            return None
        if self._engine is None or self._file != (found.st_dev, found.st_ino):
            self.close()
            self._engine, self._file = reading_engine(path), (found.st_dev, found.st_ino)
        return self._engine

    def people(self) -> list[PersonRow]:
        """Everybody, last trial first (in the order the trials came: clocks jump)."""
        last, count = func.max(case((trials.c.synced.is_(True), trials.c.started_ns))), func.count(trials.c.id)
        query = (
            select(people, count.label("n"), last.label("last"))
            .outerjoin(trials, trials.c.person_id == people.c.id)
            .group_by(people.c.id)
            .order_by(func.coalesce(func.max(trials.c.serial), 0).desc(), people.c.created_ns.desc())
        )
        with self._db() as db:
            return [_person(row) for row in db.execute(query).mappings()] if db else []

    def person(self, id_or_code: str) -> PersonRow | None:
        code = read_code(id_or_code)
        return next((p for p in self.people() if p.id == id_or_code or (code and p.code == show_code(code))), None)

    def trials(self, person: str | None, newest: int | None = None) -> list[TrialRow]:
        """Of a person, or of nobody (None); oldest first, of these the `newest` n when asked.

        Simulated trials never stand among a person's real ones: they are given only when there are no others.
        """
        where = trials.c.person_id.is_(None) if person is None else trials.c.person_id == person
        query = select(trials).where(where, trials.c.result_json.is_not(None)).order_by(trials.c.serial.desc())
        if person is not None:
            real = select(trials.c.id).where(where, trials.c.result_json.is_not(None), trials.c.demo.is_(False))
            query = query.where(trials.c.demo.is_(False) | ~real.correlate(None).exists())
        with self._db() as db:
            rows = list(db.execute(query.limit(newest) if newest else query).mappings()) if db else []
        return [_trial(row) for row in rows[::-1]]

    def all_trials(self) -> Iterator[TrialRow]:
        """Every trial with a result, oldest first."""
        query = select(trials).where(trials.c.result_json.is_not(None)).order_by(trials.c.serial)
        with self._db() as db:
            yield from (_trial(row) for row in (db.execute(query).mappings() if db else ()))

    def computed(self, id: str) -> Computed | None:
        """The machine's own result of a trial; None without one."""
        with self._db() as db:
            row = db.execute(select(trials).where(trials.c.id == id, trials.c.result_json.is_not(None))).mappings().first() if db else None
        if row is None:
            return None
        override = override_of(row["override_json"])
        return Computed(TrialResult.from_json(json.loads(row["result_json"])), override, row["software"], row["calibration_sha256"])

    def run(self, id: str) -> RunResult | None:
        """A run with those of its trials that have a result."""
        of_run = select(trials).where(trials.c.run_id == id, trials.c.result_json.is_not(None)).order_by(trials.c.serial)
        with self._db() as db:
            row = db.execute(select(runs).where(runs.c.id == id)).mappings().first() if db else None
            found = [_trial(r).result for r in db.execute(of_run).mappings()] if db else []
        return _run(row, found) if row else None

    def trial(self, id: str) -> TrialRow | None:
        with self._db() as db:
            row = db.execute(select(trials).where(trials.c.id == id, trials.c.result_json.is_not(None))).mappings().first() if db else None
        return _trial(row) if row else None

    def by_token(self, token: str) -> TrialRow | None:
        """The trial of a link that is neither revoked nor over."""
        query = select(trials).join(tokens, tokens.c.trial_id == trials.c.id).where(tokens.c.sha256 == token_digest(token))
        with self._db() as db:
            found = db.execute(query.where(tokens.c.revoked.is_(False), tokens.c.expires_ns > wall_ns())).mappings().first() if db else None
        return _trial(found) if found and found["result_json"] else None

    def recording(self, trial: str) -> Recording | None:
        """The trial's recording, None when its file is gone."""
        path = find_recording(self.folder, trial)
        try:
            return read_recording(path) if path else None
        except BadFile:
            return None

    def frames(self, trial: str) -> Frames | None:
        """The recording's frames, the very ones its result was made of. Times of the result count from `header["origin_ns"]`."""
        found = self.recording(trial)
        return frames_of(found) if found and found.header else None


def frames_of(recording: Recording) -> Frames:
    """Frames of a recording: the pipeline goes on from the state in its header, so they equal those of the live trial to the last bit."""
    header = recording.header
    pipeline = Pipeline(
        Geometry.from_json(header["geometry"]),
        Calibration.from_json(header["calibration"]),
        timing_from_json(header["timing"]),
        pad_kg=float(header.get("pad_kg", 0.7)),
        fixed_zero=header.get("window") == "file",
        resume=header.get("pipeline_state"),
    )
    return Frames.join([*(pipeline.feed(block) for block in recording.blocks), pipeline.finish()])


def _person(row: RowMapping) -> PersonRow:
    code, last = show_code(row["code"]), _moment(row["last"])
    return PersonRow(row["id"], code, row["nickname"], row["animal"], bool(row["demo"]), int(row["n"]), last)


def _trial(row: RowMapping) -> TrialRow:
    started = _moment(row["started_ns"]) if row["synced"] else None
    result = in_force(row["result_json"], row["override_json"])
    return TrialRow(row["id"], row["run_id"], row["person_id"], started, row["mark"], row["mark_reason"], result)


def _run(row: RowMapping, found: list[TrialResult]) -> RunResult:
    doc = json.loads(row["result_json"]) if row["result_json"] else {}
    reason = Words.from_json(doc["reason"]) if doc else say("store.interrupted")
    score = Score.from_json(doc["score"]) if doc.get("score") else None
    demo = any(t.demo for t in found)
    return RunResult(row["id"], row["protocol_id"], row["status"], reason, tuple(found), score, demo)


def _moment(ns: int | None) -> datetime | None:
    """Local time with its offset; exact to the microsecond."""
    if ns is None:
        return None
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=ns // 1000)).astimezone()
