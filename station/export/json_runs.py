"""Results as JSON, the shape of `result.schema.json`: one run for a trial, a list of runs with their people for more."""

from __future__ import annotations

import json
import math
from typing import Any

from station.core.results import RunResult
from station.export.registry import Format, Selection
from station.store.queries import Archive, TrialRow
from station.words import say

VERSION = 1


def run_of(row: TrialRow) -> RunResult:
    """The trial as a run of its own."""
    r = row.result
    return RunResult(r.run_id, r.protocol_id, r.status, r.reason, (r,), r.score, r.demo)


def _make(archive: Archive, chosen: Selection) -> bytes:
    if chosen.scope == "trial":
        return _bytes(run_of(chosen.trials[0]).to_json())
    by_run: dict[str, list[TrialRow]] = {}
    for row in chosen.trials:
        by_run.setdefault(row.run_id, []).append(row)
    people = {p.id: p.code for p in chosen.people.values()}
    doc = {"format": "balance-station/runs", "version": VERSION, "runs": [_run(archive, id, rows, people) for id, rows in by_run.items()]}
    return _bytes(doc)


def _run(archive: Archive, run_id: str, rows: list[TrialRow], people: dict[str, str]) -> dict[str, Any]:
    """The run with those of its trials that were chosen (one may have been given to another person)."""
    results = tuple(row.result for row in rows)
    kept = archive.run(run_id)
    status, reason, score = (kept.status, kept.reason, kept.score) if kept else ("interrupted", say("store.interrupted"), None)
    run = RunResult(run_id, results[0].protocol_id, status, reason, results, score, any(r.demo for r in results)).to_json()
    about = [
        {
            "trial_id": row.id,
            "person": people.get(row.person_id or ""),
            "started": row.started.isoformat() if row.started else None,
            "mark": row.mark,
            "mark_reason": row.mark_reason,
        }
        for row in rows
    ]
    return {**run, "about": about}


def _bytes(doc: dict[str, Any]) -> bytes:
    return (json.dumps(_finite(doc), indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _finite(value: Any) -> Any:
    """JSON has no NaN: what has no value is null."""
    if isinstance(value, dict):
        return {key: _finite(v) for key, v in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(v) for v in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


FORMAT = Format("json", "JSON", "application/json", "json", _make)
