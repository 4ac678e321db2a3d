"""The writing side of the data folder: opened by one station at a time, every method one small transaction."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from sqlalchemy import Engine, RowMapping, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from station.core.results import MARKS, RunResult, TrialResult
from station.errors import NotFound, StationError
from station.store import secrets
from station.store.codes import new_code, read_code
from station.store.engine import checkpoint, database_path, migrate, writing_engine
from station.store.lock import FolderLock
from station.store.nicknames import animal_of, nickname
from station.store.tables import boots, measures, moves, people, runs, tokens, trials, visits
from station.words import say

WEIGHT_WITHIN_KG = 2.0
SHARE_DAYS = 7
DAY_NS = 86_400 * 1_000_000_000


@dataclass(frozen=True, slots=True)
class Person:
    id: str
    code: str
    nickname: str
    animal: str
    colour: str
    weight_kg: float | None
    demo: bool


def wall_ns() -> int:
    """Now, in ns since 1970 UTC, as far as this machine knows."""
    return time.time_ns()


class Store:
    """`Store.open(folder)` takes the folder's lock and brings the database to the newest schema. A context manager.

    Raises FolderBusy, FolderUnwritable, StoreError (newer database).
    """

    def __init__(self, folder: Path, lock: FolderLock, engine: Engine, software: str) -> None:
        self.folder = folder
        self.software = software
        self.boot_id: str | None = None
        self._lock = lock
        self._engine = engine

    @staticmethod
    def open(folder: Path, software: str = "") -> Store:
        lock = FolderLock(folder)
        try:
            path = database_path(folder)
            engine = writing_engine(path)
            migrate(engine, path)
        except BaseException:
            lock.close()
            raise
        return Store(folder, lock, engine, software)

    def __enter__(self) -> Store:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._engine.dispose()
        self._lock.close()

    # --- the station ------------------------------------------------------------------------------------------------------------

    def make_pin(self) -> str | None:
        """The staff PIN, told once: when it is made. None afterwards."""
        return secrets.make_pin(self.folder)

    def begin_boot(self, boot_id: str, mono_ns: int, synced: bool) -> None:
        """Ties monotonic to wall time for this start of the station."""
        row = {"id": boot_id, "started_ns": wall_ns(), "mono_ns": mono_ns, "synced": synced, "software": self.software}
        with self._engine.begin() as db:
            db.execute(insert(boots).values(row))
        self.boot_id = boot_id

    # --- people -----------------------------------------------------------------------------------------------------------------

    def add_person(self, name: str, *, demo: bool = False) -> Person:
        """Raises BadNickname."""
        kept = nickname(name)
        with self._engine.begin() as db:
            taken = set(db.execute(select(people.c.code)).scalars())
            code = next(c for c in iter(new_code, "") if c not in taken)
            animal, colour = animal_of(code)
            row = {
                "id": str(uuid.uuid4()), "code": code, "nickname": kept, "animal": animal, "colour": colour,
                "created_ns": wall_ns(), "seen_ns": None, "weight_kg": None, "demo": demo,
            }  # fmt: skip
            db.execute(insert(people).values(row))
        return Person(row["id"], code, kept, animal, colour, None, demo)

    def rename_person(self, person: str, name: str) -> Person:
        """Raises BadNickname, NotFound."""
        kept = nickname(name)
        with self._engine.begin() as db:
            if not db.execute(update(people).where(people.c.id == person).values(nickname=kept)).rowcount:
                raise NotFound("person", person)
        return self.person(person)

    def person(self, id_or_code: str) -> Person:
        """By id, or by code as a person types it. Raises NotFound."""
        code = read_code(id_or_code)
        where = people.c.code == code if code else people.c.id == id_or_code
        with self._engine.begin() as db:
            row = db.execute(select(people).where(where)).mappings().first()
        if row is None:
            raise NotFound("person", id_or_code)
        return _person(row)

    def recent_people(self, most: int, *, demo: bool = False) -> list[Person]:
        """Those who were here last, newest first; simulated people only among themselves."""
        query = select(people).where(people.c.demo == demo).order_by(func.coalesce(people.c.seen_ns, people.c.created_ns).desc()).limit(most)
        with self._engine.begin() as db:
            return [_person(row) for row in db.execute(query).mappings()]

    def people_of_weight(self, kg: float, most: int, *, demo: bool = False) -> list[Person]:
        """Who weighed this much within 2 kg, last seen first."""
        near = people.c.weight_kg.between(kg - WEIGHT_WITHIN_KG, kg + WEIGHT_WITHIN_KG)
        query = select(people).where(near, people.c.demo == demo).order_by(people.c.seen_ns.desc()).limit(most)
        with self._engine.begin() as db:
            return [_person(row) for row in db.execute(query).mappings()]

    def begin_visit(self, person: str | None, kg: float | None = None) -> str:
        """A person's time at the station; their weight helps to know them again and is never shown."""
        visit, now = str(uuid.uuid4()), wall_ns()
        with self._engine.begin() as db:
            db.execute(insert(visits).values(id=visit, boot_id=self.boot_id, person_id=person, started_ns=now))
            if person is not None:
                seen: dict[str, Any] = {"seen_ns": now} | ({"weight_kg": round(kg, 1)} if kg else {})
                db.execute(update(people).where(people.c.id == person).values(seen))
        return visit

    # --- runs and trials --------------------------------------------------------------------------------------------------------

    def begin_run(self, run_id: str, protocol_id: str, person: str | None, visit: str | None, started_ns: int | None = None) -> None:
        row = {
            "id": run_id, "visit_id": visit, "person_id": person, "protocol_id": protocol_id,
            "started_ns": started_ns or wall_ns(), "status": "interrupted", "result_json": None,
        }  # fmt: skip
        with self._engine.begin() as db:
            db.execute(upsert(runs).values(row).on_conflict_do_nothing())

    def begin_trial(self, header: Mapping[str, Any]) -> None:
        """Its row, from the recording's header: "interrupted" until it is finished."""
        wall = header.get("wall") or {}
        row = {
            "id": header["trial_id"], "run_id": header["run_id"], "visit_id": header.get("visit_id"), "person_id": header.get("person_id"),
            "boot_id": header.get("boot_id"), "protocol_id": header["protocol_id"], "started_ns": wall.get("wall_ns"),
            "synced": bool(wall.get("synced", False)), "demo": bool(header["demo"]), "status": "interrupted", "verdict": None,
            "mark": "used", "mark_reason": "", "result_json": None,
        }  # fmt: skip
        run = {
            "id": header["run_id"], "visit_id": header.get("visit_id"), "person_id": header.get("person_id"),
            "protocol_id": header["protocol_id"], "started_ns": wall.get("wall_ns"), "status": "interrupted", "result_json": None,
        }  # fmt: skip
        with self._engine.begin() as db:
            db.execute(upsert(runs).values(run).on_conflict_do_nothing())
            serial = (db.execute(select(func.max(trials.c.serial))).scalar() or 0) + 1
            db.execute(upsert(trials).values(serial=serial, **row).on_conflict_do_nothing())

    def finish_trial(self, result: TrialResult) -> None:
        """Its result and every measure; again, and the newer result replaces the older."""
        doc = json.dumps(result.to_json(), separators=(",", ":"))
        rows = [
            {
                "trial_id": result.trial_id, "key": key, "value": m.value, "unit": m.unit, "uncertainty": m.uncertainty,
                "method": m.method, "settings": result.settings, "software": self.software,
            }
            for key, m in result.measures.items()
        ]  # fmt: skip
        with self._engine.begin() as db:
            values = {"status": result.status, "verdict": result.quality.verdict, "result_json": doc}
            if not db.execute(update(trials).where(trials.c.id == result.trial_id).values(values)).rowcount:
                raise NotFound("trial", result.trial_id)
            db.execute(measures.delete().where(measures.c.trial_id == result.trial_id))
            if rows:
                db.execute(insert(measures), rows)
        checkpoint(self._engine)

    def finish_run(self, result: RunResult) -> None:
        """Status and headline of the run; its trials have rows of their own."""
        doc = {"status": result.status, "reason": result.reason.to_json(), "score": result.score.to_json() if result.score else None}
        with self._engine.begin() as db:
            db.execute(update(runs).where(runs.c.id == result.run_id).values(status=result.status, result_json=json.dumps(doc)))

    def unfinished(self) -> list[str]:
        """Trials without a result: the station or its machine stopped in the middle."""
        with self._engine.begin() as db:
            return list(db.execute(select(trials.c.id).where(trials.c.result_json.is_(None))).scalars())

    def move_trial(self, trial: str, person: str | None) -> None:
        """To another person or to nobody; kept in `moves`. A simulated trial stays among simulated people. Raises NotFound, StationError."""
        with self._engine.begin() as db:
            row = db.execute(select(trials.c.person_id, trials.c.demo).where(trials.c.id == trial)).first()
            if row is None:
                raise NotFound("trial", trial)
            if person is not None:
                demo = db.execute(select(people.c.demo).where(people.c.id == person)).scalar()
                if demo is None:
                    raise NotFound("person", person)
                if bool(demo) != bool(row.demo):
                    raise StationError(say("store.move-demo"), say("store.move-demo.do"))
            db.execute(update(trials).where(trials.c.id == trial).values(person_id=person))
            move = {"id": str(uuid.uuid4()), "trial_id": trial, "from_person": row.person_id, "to_person": person, "moved_ns": wall_ns()}
            db.execute(insert(moves).values(move))

    def mark_trial(self, trial: str, mark: str, reason: str = "") -> None:
        """A person's word on it: used, practice or discarded. Nothing is deleted."""
        if mark not in MARKS:
            raise NotFound("mark", mark)
        with self._engine.begin() as db:
            if not db.execute(update(trials).where(trials.c.id == trial).values(mark=mark, mark_reason=reason[:200])).rowcount:
                raise NotFound("trial", trial)

    def share(self, trial: str, days: int = SHARE_DAYS) -> str:
        """A new link to one trial: the token is told here and nowhere else. Raises NotFound."""
        token, digest = secrets.new_token()
        now = wall_ns()
        with self._engine.begin() as db:
            if db.execute(select(trials.c.id).where(trials.c.id == trial)).first() is None:
                raise NotFound("trial", trial)
            row = {"sha256": digest, "trial_id": trial, "created_ns": now, "expires_ns": now + days * DAY_NS, "revoked": False}
            db.execute(insert(tokens).values(row))
        return token


def _person(row: RowMapping) -> Person:
    return Person(row["id"], row["code"], row["nickname"], row["animal"], row["colour"], row["weight_kg"], bool(row["demo"]))
