"""A person's verdict in the place of the machine's: set, kept with its reason, taken back, carried into a rebuilt index."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from station.core.results import OVERRIDES, Override, TrialResult
from station.errors import NotFound, StationError
from station.store.clock import Moment
from station.store.tables import overrides, trials
from station.words import say

MOST_REASON = 200
STAFF = "staff"


@dataclass(frozen=True, slots=True)
class Spoken:
    """What people said of trials, which no recording holds: marks as (mark, reason) by trial, every verdict ever set, those in force."""

    marks: Mapping[str, tuple[str, str]]
    history: tuple[Mapping[str, Any], ...]
    in_force: Mapping[str, Override]


def in_force(result_json: str, override_json: str | None) -> TrialResult:
    """The stored result with a person's verdict, where there is one, in the place of the machine's."""
    return TrialResult.from_json(json.loads(result_json)).under(override_of(override_json))


def override_of(override_json: str | None) -> Override | None:
    return None if override_json is None else Override.from_json(json.loads(override_json))


def set_override(db: Connection, trial: str, verdict: str | None, reason: str, now: Moment) -> Override | None:
    """See `Store.override_verdict`."""
    if verdict is not None and verdict not in OVERRIDES:
        raise StationError(say("override.verdict", verdict=verdict), say("override.verdict.do"))
    if not reason.strip():
        raise StationError(say("override.reason"), say("override.reason.do"))
    kept = db.execute(select(trials.c.result_json).where(trials.c.id == trial)).scalar()
    if kept is None:
        raise NotFound("trial", trial)
    was, told = str(json.loads(kept)["quality"]["verdict"]), reason.strip()[:MOST_REASON]
    at = datetime.fromtimestamp(now.wall_ns / 1e9, UTC).astimezone().isoformat(timespec="seconds") if now.synced else None
    override = None if verdict is None else Override(verdict, was, told, at, STAFF)
    row = {
        "id": str(uuid.uuid4()), "trial_id": trial, "verdict": verdict, "was": was, "reason": told, "set_by": STAFF,
        "set_ns": now.wall_ns, "synced": now.synced,
    }  # fmt: skip
    db.execute(insert(overrides).values(row))
    _put(db, trial, override, was)
    return override


def _put(db: Connection, trial: str, override: Override | None, machine: str | None) -> None:
    doc = None if override is None else json.dumps(override.to_json())
    values = {"override_json": doc, "verdict": machine if override is None else override.verdict}
    db.execute(update(trials).where(trials.c.id == trial).values(values))


def spoken(db: Connection) -> Spoken:
    """All of it, to be carried into a new index."""
    said = trials.c.mark != "used", trials.c.mark_reason != "", trials.c.override_json.is_not(None)
    rows = db.execute(
        select(trials.c.id, trials.c.mark, trials.c.mark_reason, trials.c.override_json).where(said[0] | said[1] | said[2])
    ).all()
    marks = {row.id: (row.mark, row.mark_reason) for row in rows if row.mark != "used" or row.mark_reason}
    found = {row.id: override for row in rows if (override := override_of(row.override_json)) is not None}
    return Spoken(marks, tuple(dict(row) for row in db.execute(select(overrides)).mappings()), found)


def restore(db: Connection, said: Spoken) -> int:
    """Puts it to those trials that are there; to how many."""
    known = {row.id: row.verdict for row in db.execute(select(trials.c.id, trials.c.verdict)).all()}
    for trial, (mark, reason) in said.marks.items():
        db.execute(update(trials).where(trials.c.id == trial).values(mark=mark, mark_reason=reason))
    rows = [dict(row) for row in said.history if row["trial_id"] in known]
    if rows:
        db.execute(insert(overrides), rows)
    for trial, override in said.in_force.items():
        if trial in known:
            _put(db, trial, override, known[trial])
    return len(known.keys() & {*said.marks, *said.in_force})


def calibration_digest(header: Mapping[str, Any]) -> str:
    """Check sum of what turns a recording's counts into newtons and millimetres."""
    made_with = {key: header.get(key) for key in ("calibration", "geometry")}
    return hashlib.sha256(json.dumps(made_with, sort_keys=True, default=str).encode()).hexdigest()
