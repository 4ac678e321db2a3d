"""Trials, events and samples as tables in a zip file, with a codebook and check sums."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterator
from typing import Any

from station.core.measures.registry import registry
from station.core.readings import Flag
from station.export.cells import table
from station.export.csv_samples import HEADER, samples
from station.export.registry import Format, Selection
from station.store.queries import Archive, TrialRow

EPOCH = (1980, 1, 1, 0, 0, 0)  # of every file in the zip: the same results give the same bytes
TRIAL_COLUMNS = {
    "trial_id": "the trial",
    "run_id": "the run it belongs to",
    "person": "code of the person, empty for nobody",
    "started": "date and time with offset (ISO 8601), empty when the clock was never set",
    "demo": "1: a simulated person",
    "protocol": "what was done",
    "protocol_version": "version of the protocol's file",
    "protocol_sha256": "check sum of that file",
    "kind": "quiet, hold, target, reps or game",
    "stance": "two-leg, single-leg or tandem",
    "eyes": "open or closed",
    "surface": "firm or foam",
    "side": "the standing leg, empty for both",
    "index": "which condition of the run, from 0",
    "attempt": "which attempt at it, from 1",
    "status": "how it ended: completed, stopped, failed or interrupted",
    "reason": "id of the sentence that says why",
    "verdict": "quality: valid, usable or reject; a person's where they set one",
    "verdict_was": "the machine's verdict, where a person set another",
    "verdict_reason": "why they did",
    "verdict_at": "when, with offset (ISO 8601), empty when the clock was never set",
    "quality_reasons": "ids of the sentences behind the machine's verdict",
    "mark": "a person's word: used, practice or discarded",
    "mark_reason": "why it was marked so",
    "window_start_s": "begin of what was measured, s from the first sample",
    "window_end_s": "its end (not included)",
    "duration_s": "seconds stood, held or played",
    "load_n": "mean load in the window, N",
    "valid_pct": "share of the window with a value of all four cells, %",
    "score": "score of a drill, game or timed test",
    "score_unit": "its unit",
    "score_of": "its most, where there is one",
    "settings": "how the measures were computed",
}
EVENT_COLUMNS = {
    "trial_id": "the trial",
    "t_s": "s from the first sample",
    "kind": "what happened",
    "detail": "more about it, as name=value",
}


def _make(archive: Archive, chosen: Selection) -> bytes:
    keys = list(dict.fromkeys(key for t in chosen.trials for key in t.result.measures))
    units = {key: m.unit for t in chosen.trials for key, m in t.result.measures.items()}
    files = {
        "trials.csv": table([*TRIAL_COLUMNS, *keys], (_trial(t, chosen, keys) for t in chosen.trials)),
        "events.csv": table(list(EVENT_COLUMNS), (row for t in chosen.trials for row in _events(t))),
        "README.txt": _codebook(chosen, units).encode(),
    }
    for t in chosen.trials if chosen.samples else ():
        rows = samples(archive, t.id)
        if rows is not None:
            files[f"samples/{t.id}.csv"] = rows
    files["SHA256SUMS"] = "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in files.items()).encode()
    return _zipped(files)


def _zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, EPOCH), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _trial(row: TrialRow, chosen: Selection, keys: list[str]) -> list[Any]:
    r = row.result
    start_s, end_s = r.window_s or (None, None)
    person = chosen.people.get(row.person_id or "")
    score = (r.score.value, r.score.unit, r.score.of) if r.score else (None, "", None)
    override = r.quality.override
    known: dict[str, Any] = {
        "trial_id": row.id,
        "run_id": row.run_id,
        "person": person.code if person else "",
        "started": row.started.isoformat(timespec="seconds") if row.started else "",
        "demo": r.demo,
        "protocol": r.protocol_id,
        "protocol_version": r.protocol_version,
        "protocol_sha256": r.protocol_sha256,
        "kind": r.kind,
        **r.condition.to_json(),
        "side": r.side,
        "index": r.index,
        "attempt": r.attempt,
        "status": r.status,
        "reason": r.reason.id,
        "verdict": r.quality.verdict,
        "verdict_was": override.was if override else "",
        "verdict_reason": override.reason if override else "",
        "verdict_at": (override.at if override else "") or "",
        "quality_reasons": " ".join(w.id for w in r.quality.reasons),
        "mark": row.mark,
        "mark_reason": row.mark_reason,
        "window_start_s": start_s,
        "window_end_s": end_s,
        "duration_s": r.duration_s,
        "load_n": r.load_n,
        "valid_pct": r.quality.valid_pct,
        **dict(zip(("score", "score_unit", "score_of"), score, strict=True)),
        "settings": r.settings,
    }
    return [*(known[column] for column in TRIAL_COLUMNS), *(r.measures[k].value if k in r.measures else None for k in keys)]


def _events(row: TrialRow) -> Iterator[list[Any]]:
    for event in row.result.events:
        yield [row.id, event.t_s, event.kind, "; ".join(f"{k}={v}" for k, v in event.detail.items())]


def _codebook(chosen: Selection, units: dict[str, str]) -> str:
    """What every column means. Plain English: it is read with the tables by whoever works with them."""
    lines = [
        "Balance performance record. Measurements for review by a person. Not a medical device.",
        "",
        "Decimal point, UTF-8, one row a line. ml: + to the person's right; ap: + forward; origin at the plate's centre.",
        "A cell that begins with an apostrophe is text that a spreadsheet would have taken for a formula.",
        "",
        "trials.csv",
        *(f"  {name}: {what}" for name, what in TRIAL_COLUMNS.items()),
        *(f"  {key}: {_measure(key, unit)}" for key, unit in units.items()),
        "",
        "events.csv",
        *(f"  {name}: {what}" for name, what in EVENT_COLUMNS.items()),
        "",
    ]
    if chosen.samples:
        lines += [
            "samples/<trial_id>.csv, 100 rows a second",
            f"  {', '.join(HEADER)}: time in s, force of each cell in N, centre of pressure in mm, flags",
            "  an empty cell: no value there; no centre of pressure is given below 100 N of load",
            "  flags, added up: " + ", ".join(f"{flag.value} {flag.name}" for flag in Flag),
        ]
    else:
        lines.append("samples: not in this file; they come with the export of one trial or one person")
    return "\n".join([*lines, "", "SHA256SUMS: check with sha256sum -c SHA256SUMS", ""])


def _measure(key: str, unit: str) -> str:
    known = registry().get(key)
    told = [f"in {unit}" if unit else "without unit", *((known.symbol, known.source) if known else ())]
    return ", ".join(part for part in told if part)


FORMAT = Format("csv", "CSV", "application/zip", "zip", _make)
