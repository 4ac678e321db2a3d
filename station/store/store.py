"""The writing side of the data folder: opened by one station at a time, every method one small transaction."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from sqlalchemy import Connection, Engine, RowMapping, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.exc import DBAPIError

from station.core.results import MARKS, Override, RunResult, TrialResult
from station.errors import NotFound, StationError, StoreError
from station.store import secrets
from station.store.clock import system_clock
from station.store.codes import new_code, read_code, show_code
from station.store.engine import checkpoint, migrate, writing_engine
from station.store.lock import FolderLock
from station.store.nicknames import animal_of, nickname
from station.store.overrides import Spoken, calibration_digest, in_force, override_of, restore, set_override, spoken
from station.store.places import DATABASE
from station.store.tables import boots, facts, measures, moves, people, runs, tokens, trials, visits
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
            engine = _engine(folder / DATABASE)
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

    @contextmanager
    def rebuilding(self) -> Iterator[None]:
        """Inside, everything goes into a new, empty database; at the end it takes the place of the old one, which is kept beside it.

        Killed or failing in between, the old one stays as it was.
        """
        path = self.folder / DATABASE
        fresh = path.with_name("rebuilding.db")
        _remove(fresh)
        old, self._engine = self._engine, _engine(fresh)
        try:
            yield
        except BaseException:
            self._engine.dispose()
            _remove(fresh)
            self._engine = old
            raise
        checkpoint(self._engine)
        self._engine.dispose()
        checkpoint(old)
        old.dispose()
        path.replace(path.with_name(f"{DATABASE}.replaced"))
        _remove(path)  # its log, empty now
        fresh.replace(path)
        self._engine = _engine(path)

    @contextmanager
    def _change(self) -> Iterator[Connection]:
        """One transaction. Raises StoreError when the database cannot do it; then nothing of it happened."""
        try:
            with self._engine.begin() as db:
                yield db
        except DBAPIError as error:
            raise StoreError(say("store.database", reason=str(error.orig)), say("store.database.do")) from error

    # --- the station ------------------------------------------------------------------------------------------------------------

    def make_pin(self) -> str | None:
        """The staff PIN, told once: when it is made. None afterwards."""
        return secrets.make_pin(self.folder)

    @property
    def station_id(self) -> str:
        """Random, made once: the first part of every id that must differ between two stations."""
        with self._change() as db:
            db.execute(upsert(facts).values(key="station", value=uuid.uuid4().hex[:12]).on_conflict_do_nothing())
            return str(db.execute(select(facts.c.value).where(facts.c.key == "station")).scalar_one())

    def begin_boot(self, boot_id: str, mono_ns: int, synced: bool) -> None:
        """Ties monotonic to wall time for this start of the station."""
        row = {"id": boot_id, "started_ns": wall_ns(), "mono_ns": mono_ns, "synced": synced, "software": self.software}
        with self._change() as db:
            db.execute(insert(boots).values(row))
        self.boot_id = boot_id

    def clock_set(self, mono_ns: int, now_ns: int) -> int:
        """The clock is right now (wall time `now_ns` at monotonic `mono_ns`): dates of this boot's trials are put right. How many.

        Durations were never in doubt: they come from monotonic time. Links made under the wrong clock are ended.
        """
        ours = (trials.c.boot_id == self.boot_id, trials.c.synced.is_(False), trials.c.mono_ns.is_not(None))
        with self._change() as db:
            was = db.execute(select(boots.c.started_ns, boots.c.synced).where(boots.c.id == self.boot_id)).first()
            if was is None or was.synced:
                return 0
            wrong = select(trials.c.id).where(*ours)
            db.execute(update(tokens).where(tokens.c.trial_id.in_(wrong)).values(revoked=True))
            moved = db.execute(update(trials).where(*ours).values(started_ns=trials.c.mono_ns - mono_ns + now_ns, synced=True)).rowcount
            anchor = {"started_ns": boots.c.mono_ns - mono_ns + now_ns, "synced": True}
            db.execute(update(boots).where(boots.c.id == self.boot_id).values(anchor))
            return int(moved)

    # --- people -----------------------------------------------------------------------------------------------------------------

    def add_person(self, name: str, *, demo: bool = False) -> Person:
        """Raises BadNickname."""
        kept = nickname(name)
        with self._change() as db:
            taken = set(db.execute(select(people.c.code)).scalars())
            code = next(c for c in iter(new_code, "") if c not in taken)
            animal, colour = animal_of(code)
            id = str(uuid.uuid4())
            row = {
                "id": id, "code": code, "nickname": kept, "animal": animal, "colour": colour,
                "created_ns": wall_ns(), "seen_ns": None, "weight_kg": None, "demo": demo,
            }  # fmt: skip
            db.execute(insert(people).values(row))
        return Person(id, code, kept, animal, colour, None, demo)

    def rename_person(self, person: str, name: str) -> Person:
        """Raises BadNickname, NotFound."""
        kept = nickname(name)
        with self._change() as db:
            if not db.execute(update(people).where(people.c.id == person).values(nickname=kept)).rowcount:
                raise NotFound("person", person)
        return self.person(person)

    def person(self, id_or_code: str) -> Person:
        """By id, or by code as a person types it. Raises NotFound."""
        code = read_code(id_or_code)
        where = people.c.code == code if code else people.c.id == id_or_code
        with self._change() as db:
            row = db.execute(select(people).where(where)).mappings().first()
        if row is None:
            raise NotFound("person", id_or_code)
        return _person(row)

    def recent_people(self, most: int, *, demo: bool = False) -> list[Person]:
        """Those who were here last, newest first; simulated people only among themselves."""
        here = func.coalesce(people.c.seen_ns, people.c.created_ns)
        query = select(people).where(people.c.demo == demo).order_by(here.desc()).limit(most)
        with self._change() as db:
            return [_person(row) for row in db.execute(query).mappings()]

    def people_of_weight(self, kg: float, most: int, *, demo: bool = False) -> list[Person]:
        """Who it may be: those who weighed this much within 2 kg, last seen first, then those who were never weighed."""
        near = people.c.weight_kg.between(kg - WEIGHT_WITHIN_KG, kg + WEIGHT_WITHIN_KG)
        unknown = people.c.weight_kg.is_(None)
        seen = func.coalesce(people.c.seen_ns, people.c.created_ns)
        query = select(people).where(near | unknown, people.c.demo == demo).order_by(unknown, seen.desc()).limit(most)
        with self._change() as db:
            return [_person(row) for row in db.execute(query).mappings()]

    def set_weight(self, person: str, kg: float | None) -> None:
        """By which they are known again; None forgets it. Raises NotFound."""
        with self._change() as db:
            if not db.execute(update(people).where(people.c.id == person).values(weight_kg=kg)).rowcount:
                raise NotFound("person", person)

    def restore_person(self, id: str, *, demo: bool) -> None:
        """A person whose name is lost: their trials stay together, under a new code. Known people stay as they are."""
        with self._change() as db:
            if db.execute(select(people.c.id).where(people.c.id == id)).first() is None:
                code = new_code()
                animal, colour = animal_of(code)
                row = {"id": id, "code": code, "nickname": show_code(code), "animal": animal, "colour": colour, "created_ns": wall_ns()}
                db.execute(insert(people).values(**row, demo=demo))

    def begin_visit(self, person: str | None, kg: float | None = None, visit: str | None = None) -> str:
        """A person's time at the station; their weight helps to know them again and is never shown. `visit`: its id, if it has one."""
        visit, now = visit or str(uuid.uuid4()), wall_ns()
        with self._change() as db:
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
        with self._change() as db:
            db.execute(upsert(runs).values(row).on_conflict_do_nothing())

    def begin_trial(self, header: Mapping[str, Any]) -> None:
        """Its row, from the recording's header: "interrupted" until it is finished. Again does nothing.

        A person that the index does not know leaves the trial to nobody: a trial is never lost for want of a name.
        """
        wall, protocol = header.get("wall") or {}, header["protocol"]["id"]
        person = header.get("person_id")
        row = {
            "id": header["trial_id"], "run_id": header["run_id"], "visit_id": header.get("visit_id"), "person_id": person,
            "boot_id": header.get("boot_id"), "protocol_id": protocol, "started_ns": wall.get("wall_ns"), "mono_ns": wall.get("mono_ns"),
            "synced": bool(wall.get("synced")), "demo": bool(header["demo"]), "status": "interrupted", "verdict": None,
            "mark": "used", "mark_reason": "", "result_json": None, "calibration_sha256": calibration_digest(header),
        }  # fmt: skip
        run = {
            "id": header["run_id"], "visit_id": header.get("visit_id"), "person_id": person,
            "protocol_id": protocol, "started_ns": wall.get("wall_ns"), "status": "interrupted", "result_json": None,
        }  # fmt: skip
        with self._change() as db:
            if person is not None and db.execute(select(people.c.id).where(people.c.id == person)).first() is None:
                row["person_id"] = run["person_id"] = None
            db.execute(upsert(runs).values(run).on_conflict_do_nothing())
            serial = (db.execute(select(func.max(trials.c.serial))).scalar() or 0) + 1
            db.execute(upsert(trials).values(serial=serial, **row).on_conflict_do_nothing())

    def finish_trial(self, result: TrialResult, header: Mapping[str, Any] | None = None) -> None:
        """Its result (the machine's own) and every measure; again, and the newer result replaces the older. A person's verdict stays.

        header: of its recording, when the calibration in it may be another than the trial began with
        """
        doc = json.dumps(result.to_json(), separators=(",", ":"))
        rows = [
            {
                "trial_id": result.trial_id, "key": key, "value": m.value, "unit": m.unit, "uncertainty": m.uncertainty,
                "why": m.why, "method": m.method, "settings": result.settings, "software": self.software,
            }
            for key, m in result.measures.items()
        ]  # fmt: skip
        with self._change() as db:
            row = db.execute(select(trials.c.override_json).where(trials.c.id == result.trial_id)).first()
            if row is None:
                raise NotFound("trial", result.trial_id)
            override = override_of(row.override_json)
            verdict = result.quality.verdict if override is None else override.verdict
            values: dict[str, Any] = {"status": result.status, "verdict": verdict, "result_json": doc, "software": self.software}
            if header is not None:
                values["calibration_sha256"] = calibration_digest(header)
            db.execute(update(trials).where(trials.c.id == result.trial_id).values(values))
            db.execute(measures.delete().where(measures.c.trial_id == result.trial_id))
            if rows:
                db.execute(insert(measures), rows)
        checkpoint(self._engine)

    def finish_run(self, result: RunResult) -> None:
        """Status and headline of the run; its trials have rows of their own."""
        doc = {"status": result.status, "reason": result.reason.to_json(), "score": result.score.to_json() if result.score else None}
        with self._change() as db:
            db.execute(update(runs).where(runs.c.id == result.run_id).values(status=result.status, result_json=json.dumps(doc)))

    def unfinished(self) -> list[str]:
        """Trials without a result: the station or its machine stopped in the middle."""
        with self._change() as db:
            return list(db.execute(select(trials.c.id).where(trials.c.result_json.is_(None))).scalars())

    def earlier(self, person: str, protocol_id: str) -> list[TrialResult]:
        """What this person did before in a protocol, oldest first: trials marked used, with a result that is not rejected (by a person
        or the machine), under the verdict in force."""
        mine = (trials.c.person_id == person, trials.c.protocol_id == protocol_id)
        good = (trials.c.mark == "used", trials.c.result_json.is_not(None))
        with self._change() as db:
            kept = db.execute(select(trials.c.result_json, trials.c.override_json).where(*mine, *good).order_by(trials.c.serial)).all()
        return [result for row in kept if (result := in_force(row.result_json, row.override_json)).comparable]

    def override_verdict(self, trial: str, verdict: str | None, reason: str) -> Override | None:
        """A person sets the verdict of one trial to "usable" or "reject" (never "valid"), or takes theirs back (None), and says why.

        What they set, when and over what is kept for good. Gives back what is in force now.
        Raises NotFound (no such trial, or none with a result), StationError (another verdict, no reason).
        """
        with self._change() as db:
            return set_override(db, trial, verdict, reason, system_clock())

    def spoken(self) -> Spoken:
        """What people said of trials: no recording holds it."""
        with self._change() as db:
            return spoken(db)

    def restore_spoken(self, said: Spoken) -> int:
        """Puts it to the trials of this index; to how many."""
        with self._change() as db:
            return restore(db, said)

    def move_trial(self, trial: str, person: str | None) -> None:
        """To another person or to nobody; kept in `moves`, and its links end. A simulated trial stays among simulated people.

        Raises NotFound, StationError.
        """
        with self._change() as db:
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
            db.execute(update(tokens).where(tokens.c.trial_id == trial).values(revoked=True))
            move = {"id": str(uuid.uuid4()), "trial_id": trial, "from_person": row.person_id, "to_person": person, "moved_ns": wall_ns()}
            db.execute(insert(moves).values(move))

    def mark_trial(self, trial: str, mark: str, reason: str = "") -> None:
        """A person's word on it: used, practice or discarded. Nothing is deleted."""
        if mark not in MARKS:
            raise NotFound("mark", mark)
        with self._change() as db:
            if not db.execute(update(trials).where(trials.c.id == trial).values(mark=mark, mark_reason=reason[:200])).rowcount:
                raise NotFound("trial", trial)

    def share(self, trial: str, days: int = SHARE_DAYS) -> str:
        """A new link to one trial: the token is told here and nowhere else. Raises NotFound."""
        token, digest = secrets.new_token()
        now = wall_ns()
        with self._change() as db:
            if db.execute(select(trials.c.id).where(trials.c.id == trial)).first() is None:
                raise NotFound("trial", trial)
            row = {"sha256": digest, "trial_id": trial, "created_ns": now, "expires_ns": now + days * DAY_NS, "revoked": False}
            db.execute(insert(tokens).values(row))
        return token


def _engine(path: Path) -> Engine:
    engine = writing_engine(path)
    try:
        migrate(engine, path)
    except DBAPIError as error:
        engine.dispose()
        raise StoreError(say("store.database", reason=str(error.orig)), say("store.database.do")) from error
    except BaseException:
        engine.dispose()
        raise
    return engine


def _remove(database: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        database.with_name(database.name + suffix).unlink(missing_ok=True)


def _person(row: RowMapping) -> Person:
    return Person(row["id"], row["code"], row["nickname"], row["animal"], row["colour"], row["weight_kg"], bool(row["demo"]))
