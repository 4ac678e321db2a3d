"""One person's trials of a kind over time: the band of noise as it was on each day, what does not count, what is a real change."""

from __future__ import annotations

from typing import Any

from station.core.reference.change import LEARNING_VISITS, change
from station.core.usual import prior_of, usual_band, visits_of
from station.store.queries import TrialRow
from web import present, trend_charts
from web.beside import dated
from web.measured import NONE
from web.site import site
from web.usual import Headline, counts, headline

MOST_SHOWN = 40  # points of a trend


def group(rows: list[TrialRow]) -> dict[str, Any]:
    """One protocol, condition, side and length, oldest first: its headline over time, what it says, and the same as a table."""
    own = site()
    headlines = [headline(row.result) for row in rows]
    name, unit = next(((h.name, h.unit) for h in headlines if h), (own.text("web.result"), ""))
    points = _points(rows, headlines)
    counted = [h for row, h in zip(rows, headlines, strict=True) if h and counts(row)]
    title = own.text("web.trend.title", measure=name, unit=unit) if unit else name
    chart = _chart(rows, points, counted, title) if len(counted) > 1 else ""
    return {
        "title": present.title(rows[0].result),
        "how": present.how(rows[0].result),
        "chart_title": title,
        "name": name,
        "unit": unit,
        "chart": chart,
        "note": _legend(points) if chart else "",
        "said": _said(rows),
        "caption": own.text("web.trend.caption"),
        "rows": [_line(row, h) for row, h in zip(rows, headlines, strict=True)][::-1],
    }


def _points(rows: list[TrialRow], headlines: list[Headline | None]) -> list[trend_charts.Point]:
    """The newest; each is held against the band of all those before it that count, as wall and phone held it on the day."""
    points = []
    for i in range(max(0, len(rows) - MOST_SHOWN), len(rows)):
        row, found = rows[i], headlines[i]
        band = usual_band(row.result, [r.result for r in rows[:i] if counts(r)])
        points.append(trend_charts.Point(None if found is None else found.value, band, out=found is None or not counts(row)))
    return points


def _chart(rows: list[TrialRow], points: list[trend_charts.Point], counted: list[Headline], title: str) -> str:
    own, last = site(), counted[-1]
    if all(p.out for p in points):
        return ""
    shown = rows[-len(points) :]
    first_day, last_day = (own.catalogue.day(row.started) if row.started else "" for row in (shown[0], shown[-1]))
    alt = own.text("web.trend.alt", n=sum(not p.out for p in points), last=own.number(last.value, last.decimals, last.unit))
    return trend_charts.trend(points, title, alt, own.number, last.decimals, (first_day, last_day))


def _legend(points: list[trend_charts.Point]) -> str:
    """What of the picture needs words; nothing of what is not in it."""
    own = site()
    told = [own.text("web.trend.note" if any(p.band for p in points) else "web.trend.few")]
    if any(p.real for p in points):
        told.append(own.text("web.trend.filled"))
    if any(p.out for p in points):
        told.append(own.text("web.trend.crosses"))
    return " ".join(told)


def _said(rows: list[TrialRow]) -> list[str]:
    """Of the newest visit against the one before: a real change is called one only beyond the noise; the first visits still teach."""
    own = site()
    good = [row for row in rows if counts(row)]
    if not good:
        return []
    newest = good[-1].result
    visits = visits_of(newest, [dated(row) for row in rows])
    found = change(visits, prior_of(newest))
    if found is not None:
        return [own.words(words) for words in found.words()]
    return [own.text("web.learning", visits=LEARNING_VISITS)] if visits else []


def _line(row: TrialRow, found: Headline | None) -> dict[str, Any]:
    own = site()
    return {
        "id": row.id,
        "when": present.when(row.started),
        "value": own.number(found.value, found.decimals) if found else NONE,
        "quality": own.text(f"web.verdict.{row.result.quality.verdict}.short"),
        "mark": "" if row.mark == "used" else own.text(f"web.mark.{row.mark}"),
        "by_staff": row.result.quality.override is not None,
    }
