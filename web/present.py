"""A stored trial as a page shows it: one number with its band, a sentence, pictures, measures in words. Every number keeps its unit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from station.core.results import Override, TrialResult
from station.core.usual import own_band, prior_of
from station.store.queries import TrialRow
from station.words import Words, literal, say
from web import measured, trend_charts
from web.measured import NONE
from web.openness import open_words
from web.site import site
from web.sway_pictures import pictures
from web.usual import earlier, headline, told


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
        "verdict_id": r.quality.verdict,
        "override": _override(r.quality.override, staff),
        "reasons": list(dict.fromkeys(_shown(x, staff) for x in reasons)),
        "cannot_see": [own.words(x) for x in protocol.cannot_see] if protocol else [],
        "reps": [_rep(rep, r) for rep in r.reps],
        "why": own.words(protocol.why) if protocol else "",
        **_headline(row),
        **measured.measures(r, staff=staff),
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
    return {**page, "band": words, "strip": trend_charts.strip(found.value, band, against, words), "against": against}


def _override(override: Override | None, staff: bool) -> str:
    """That a person set the verdict; staff also read why, when and over what."""
    own = site()
    if override is None:
        return ""
    if not staff:
        return own.text("web.override.open")
    said = when(datetime.fromisoformat(override.at)) if override.at else own.text("web.no-date")
    was = own.text(f"web.verdict.{override.was}.short")
    return own.text("web.override.told", reason=literal(override.reason), when=said, was=was)


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
