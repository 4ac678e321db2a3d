"""What the trials of a person's last visit say beside each other: eyes closed against open, foam against firm, left against right."""

from __future__ import annotations

from typing import Any

from station.core.compare import compare
from station.core.compare.model import Bar, Comparison
from station.core.geometry import Geometry
from station.store.queries import TrialRow
from web import present, trend_charts
from web.beside import dated
from web.measured import unit_of
from web.site import site

DECIMALS = {"ln": 2, "": 2, "%": 1}  # of a comparison's number: people differ from trial to trial by more than the last of them (own)
BAR_DECIMALS = {"mm2": 0}


def compared(rows: list[TrialRow]) -> dict[str, Any]:
    """`when` and `pairs` of the newest visit that holds a comparison; rows: all trials of the person, oldest first."""
    used = [row for row in rows if row.mark == "used"]
    visits: dict[str, list[TrialRow]] = {}
    for row in used:
        visits.setdefault(dated(row).visit, []).append(row)
    for visit in reversed(visits.values()):
        found = compare([row.result for row in visit], marks_mm=_marks_mm(visit))
        if found:
            return {"when": present.when(visit[-1].started), "pairs": _pairs(found)}
    return {"when": "", "pairs": []}


def _marks_mm(visit: list[TrialRow]) -> float | None:
    """Of the platform that a timed stance on two legs was recorded on, None when no recording is left."""
    stood = [row for row in visit if row.result.condition.stance == "two-leg" and row.result.kind == "quiet"]
    if not stood:
        return None
    return site().shelf.get(("marks", stood[-1].id), lambda: _recorded_marks_mm(stood[-1]))  # type: ignore[no-any-return]


def _recorded_marks_mm(row: TrialRow) -> float | None:
    recording = site().archive.recording(row.id)
    return Geometry.from_json(recording.header["geometry"]).marks_mm if recording and recording.header else None


def _pairs(found: tuple[Comparison, ...]) -> list[dict[str, Any]]:
    """Comparisons of the same two sides stand together: one picture, one fact, all their numbers."""
    by_sides: dict[tuple[Any, ...], list[Comparison]] = {}
    for each in found:
        sides = (site().words(each.about), each.protocol_id, each.of, tuple(bar.trial_ids for bar in each.bars))
        by_sides.setdefault(sides, []).append(each)
    return [_pair(alike) for alike in by_sides.values()]


def _pair(alike: list[Comparison]) -> dict[str, Any]:
    own, one = site(), alike[0]
    about = own.words(one.about)
    sentences = [words for each in alike for words in (each.says, each.verdict, each.why) if words is not None]
    notes = [words for each in alike for words in each.notes]
    return {
        "about": about,
        "picture": trend_charts.bars([_side(bar) for bar in one.bars], about, _alt(one)) if one.bars else "",
        "numbers": [_number(each) for each in alike],
        "said": list(dict.fromkeys(own.words(words) for words in sentences)),
        "notes": list(dict.fromkeys(own.words(words) for words in notes)),
    }


def _side(bar: Bar) -> trend_charts.BarOf:
    own = site()
    label = own.text("web.compare.side", what=own.words(bar.label), n=bar.n)
    return trend_charts.BarOf(label, bar.value, own.number(bar.value, BAR_DECIMALS.get(bar.unit, 1), unit_of(bar.unit)))


def _alt(one: Comparison) -> str:
    sides = [_side(bar) for bar in one.bars]
    return "; ".join(f"{side.label}: {side.told}" for side in sides)


def _number(each: Comparison) -> dict[str, str]:
    """Name, value and 95 % of one comparison; the value is empty where it means nothing."""
    own = site()
    decimals = DECIMALS.get(each.unit, 1)
    texts = {"key": each.key, "name": own.text(f"compare.{each.key}.name"), "value": "", "interval": ""}
    if each.value is not None:
        texts["value"] = own.number(each.value, decimals, each.unit)
    if each.value is not None and each.interval is not None:
        low, high = (own.number(v, decimals) for v in each.interval)
        texts["interval"] = own.text("web.compare.interval", low=low, high=high)
    return texts
