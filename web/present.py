"""A stored trial as a page shows it: one number with its band, a sentence, pictures, measures in words. Every number keeps its unit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from station.core.measures.registry import registry
from station.core.results import MeasureValue, TrialResult
from station.core.usual import own_band, prior_of
from station.store.queries import TrialRow
from station.words import Words, say
from web import charts
from web.openness import MASS_UNITS, open_words
from web.site import site
from web.sway_pictures import pictures
from web.usual import earlier, headline, told

MAIN = ("path_length_mm", "ellipse_area_95_mm2", "mean_frequency_hz")
NONE = "–"


def title(result: TrialResult) -> str:
    known = site().protocols.get(result.protocol_id)
    return site().words(known.title) if known else result.protocol_id


def how(result: TrialResult) -> str:
    """Stance, eyes, surface and standing leg in words."""
    own, c = site(), result.condition
    words = {"stance": say(f"web.stance.{c.stance}"), "eyes": say(f"web.eyes.{c.eyes}"), "surface": say(f"web.surface.{c.surface}")}
    text = own.text("web.trial.how", **words)
    return f"{text}, {own.text(f'web.side.{result.side}')}" if result.side else text


def when(moment: datetime | None) -> str:
    """Date and time in the station's language; a trial of a clock that was never set has none."""
    return site().catalogue.moment(moment) if moment else site().text("web.no-date")


def short(row: TrialRow) -> dict[str, Any]:
    """A line of a list."""
    found = headline(row.result)
    number = found.told() if found else site().text("web.not-measured")
    return {"id": row.id, "title": title(row.result), "when": when(row.started), "headline": number, "demo": row.result.demo}


def trial(row: TrialRow, *, staff: bool) -> dict[str, Any]:
    """Everything the trial page shows; for others than staff no force, no mass and no exploratory measure is among it."""
    own, r = site(), row.result
    protocol = own.protocols.get(r.protocol_id)
    reasons = [*r.quality.reasons, *r.warnings]
    return {
        "id": row.id,
        "code": row.id[:8],
        "title": title(r),
        "when": when(row.started),
        "how": how(r),
        "demo": r.demo,
        "ended": _shown(r.reason, staff),
        "verdict": own.text(f"web.verdict.{r.quality.verdict}"),
        "reasons": list(dict.fromkeys(_shown(x, staff) for x in reasons)),
        "cannot_see": [own.words(x) for x in protocol.cannot_see] if protocol else [],
        "reps": [_rep(rep, r) for rep in r.reps],
        "why": own.words(protocol.why) if protocol else "",
        **_headline(row),
        **_measures(r, staff),
        "pictures": pictures(row),
    }


def _headline(row: TrialRow) -> dict[str, Any]:
    """The one number, and where it lies against the person's own band once there is one."""
    own, found = site(), headline(row.result)
    if found is None:
        return {"number": "", "band": "", "strip": "", "against": "", "means": ""}
    page = {"number": own.number(found.value, found.decimals), "unit": found.unit, "name": found.name, "means": found.means}
    band = own_band(earlier(row), prior_of(row.result))
    if band is None:
        return {**page, "band": "", "strip": "", "against": ""}
    low, high = own.number(band[0], found.decimals), own.number(band[1], found.decimals)
    words, against = own.text("web.band", low=low, high=high), told(found, band)
    return {**page, "band": words, "strip": charts.strip(found.value, band, against, words), "against": against}


def _shown(words: Words, staff: bool) -> str:
    """A sentence with a mass or force in it is for staff; others are sent to them."""
    return site().words(words if staff else open_words(words))


def _rep(rep: Mapping[str, Any], r: TrialResult) -> dict[str, str]:
    own, dip = site(), rep.get("dip_pct")
    start_s = r.window_s[0] if r.window_s else 0.0
    return {
        "t": own.number(float(rep["t_s"]) - start_s, 1),
        "verdict": own.text(f"web.rep.{rep['verdict']}"),
        "dip": NONE if dip is None else own.number(float(dip)),
    }


def _measures(r: TrialResult, staff: bool) -> dict[str, Any]:
    own, known = site(), registry()
    rows = []
    for key, m in r.measures.items():
        if not staff and (m.unit in MASS_UNITS or (key in known and known[key].staff_only)):
            continue
        texts = {part: own.text(f"measure.{key}.{part}") for part in ("name", "means")}
        rows.append({"key": key, **texts, "value": _value(m), "unit": _unit(m.unit)})
    main = [{**row, "value": _value(r.measures[row["key"]], 3)} for key in MAIN for row in rows if row["key"] == key]
    main = [row for row in main if r.measures[row["key"]].value is not None]
    start, end = (own.number(t, 2, "s") for t in r.window_s or (0.0, 0.0))
    method = next((m.method for m in r.measures.values() if m.method), r.settings)
    return {"main": main, "all": rows, "method": own.text("web.measures.method", method=method, start=start, end=end)}


def _value(m: MeasureValue, digits: int = 4) -> str:
    own = site()
    if m.value is None:
        return own.text(m.why) if m.why else NONE
    value = own.catalogue.significant(m.value, digits)
    return value if m.uncertainty is None else f"{value} ± {own.catalogue.significant(m.uncertainty, 2)}"


def _unit(unit: str) -> str:
    return unit.replace("mm2", "mm²").replace("s2", "s²")
