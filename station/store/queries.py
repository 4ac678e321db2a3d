"""The reading side: what pages and exports ask. Opens the database read-only; without one, everything is simply empty."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import TracebackType

from sqlalchemy import Connection, Engine, RowMapping, create_engine, func, select

from station.core.calibration import Calibration
from station.core.formats.recording import SUFFIX, Recording, read_recording
from station.core.frames import Frames
from station.core.geometry import Geometry
from station.core.pipeline import Pipeline
from station.core.readings import timing_from_json
from station.core.results import TrialResult
from station.store.codes import read_code, show_code
from station.store.engine import database_path, reading_engine
from station.store.secrets import token_digest
from station.store.store import wall_ns
from station.store.tables import people, tokens, trials


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
    """A stored trial that has a result. `started` None: the clock was never set."""

    id: str
    run_id: str
    person_id: str | None
    started: datetime | None
    mark: str
    mark_reason: str
    result: TrialResult


class Archive:
    """Read-only view of a data folder. `database`: another database's URL. A context manager; safe to use from many threads."""

    def __init__(self, folder: Path, database: str | None = None) -> None:
        self.folder = folder
        self._url = database
        self._engine: Engine | None = None

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        if self._engine is not None:
            self._engine.dispose()

    @contextmanager
    def _db(self) -> Iterator[Connection | None]:
        """A connection, None while the station has not made its database yet."""
        if self._engine is None:
            path = database_path(self.folder)
            if self._url is None and not path.exists():
                yield None
                return
            self._engine = create_engine(self._url) if self._url else reading_engine(path)
        with self._engine.connect() as connection:
            yield connection

    def people(self) -> list[PersonRow]:
        """Everybody, last trial first."""
        last, count = func.max(trials.c.started_ns), func.count(trials.c.id)
        query = (
            select(people, count.label("n"), last.label("last"))
            .outerjoin(trials, trials.c.person_id == people.c.id)
            .group_by(people.c.id)
            .order_by(func.coalesce(last, people.c.created_ns).desc())
        )
        with self._db() as db:
            return [_person(row) for row in db.execute(query).mappings()] if db else []

    def person(self, id_or_code: str) -> PersonRow | None:
        code = read_code(id_or_code)
        return next((p for p in self.people() if p.id == id_or_code or (code and p.code == show_code(code))), None)

    def trials(self, person: str | None, newest: int | None = None) -> list[TrialRow]:
        """Of a person, or of nobody (None); oldest first, of these the `newest` n when asked."""
        where = trials.c.person_id.is_(None) if person is None else trials.c.person_id == person
        query = select(trials).where(where, trials.c.result_json.is_not(None)).order_by(trials.c.started_ns.desc(), trials.c.serial.desc())
        with self._db() as db:
            rows = list(db.execute(query.limit(newest) if newest else query).mappings()) if db else []
        return [_trial(row) for row in rows[::-1]]

    def all_trials(self) -> Iterator[TrialRow]:
        """Every trial with a result, oldest first."""
        with self._db() as db:
            if db:
                for row in db.execute(select(trials).where(trials.c.result_json.is_not(None)).order_by(trials.c.serial)).mappings():
                    yield _trial(row)

    def trial(self, id: str) -> TrialRow | None:
        with self._db() as db:
            row = db.execute(select(trials).where(trials.c.id == id, trials.c.result_json.is_not(None))).mappings().first() if db else None
        return _trial(row) if row else None

    def by_token(self, token: str) -> TrialRow | None:
        """The trial of a link that is neither revoked nor over."""
        query = select(trials).join(tokens, tokens.c.trial_id == trials.c.id).where(tokens.c.sha256 == token_digest(token))
        with self._db() as db:
            found = db.execute(query.where(tokens.c.revoked == False, tokens.c.expires_ns > wall_ns())).mappings().first() if db else None  # noqa: E712
        return _trial(found) if found and found["result_json"] else None

    def recording(self, trial: str) -> Recording | None:
        """The trial's recording, None when its file is gone."""
        try:
            return read_recording(self.folder / "recordings" / f"{trial}{SUFFIX}")
        except OSError:
            return None

    def frames(self, trial: str) -> Frames | None:
        """The recording's frames, the very ones its result was made of."""
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
        resume=header.get("pipeline_state"),
    )
    return Frames.join([*(pipeline.feed(block) for block in recording.blocks), pipeline.finish()])


def _person(row: RowMapping) -> PersonRow:
    return PersonRow(row["id"], show_code(row["code"]), row["nickname"], row["animal"], bool(row["demo"]), int(row["n"]), _moment(row["last"]))


def _trial(row: RowMapping) -> TrialRow:
    started = _moment(row["started_ns"])
    result = TrialResult.from_json(json.loads(row["result_json"]))
    return TrialRow(row["id"], row["run_id"], row["person_id"], started, row["mark"], row["mark_reason"], result)


def _moment(ns: int | None) -> datetime | None:
    """Local time with its offset; exact to the microsecond."""
    if ns is None:
        return None
    return (datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(microseconds=ns // 1000)).astimezone()
