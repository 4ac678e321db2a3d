"""People and one person's trials: staff only."""

from __future__ import annotations

import math
from collections import defaultdict
from statistics import fmean, stdev
from typing import Any

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from station.commands import Problem
from station.export.registry import formats
from station.store.queries import TrialRow
from web import charts, present
from web.site import need_staff, site

group = Blueprint("people", __name__)
group.before_request(need_staff)
LEAST_FOR_BAND = 4


@group.get("/people")
def people() -> str:
    return _people("", "")


@group.post("/people")
def add() -> AnyResponse:
    given = request.form.get("nickname", "")
    answer = site().hub.ask("add_person", nickname=given[:20_000])
    if answer.error is not None:
        return _again(_people(given[:200], _told(answer.error)))
    return redirect(url_for("people.people"))


@group.get("/people/<person>")
def person(person: str) -> str:
    return _person(person, "", "")


@group.post("/people/<person>/nickname")
def rename(person: str) -> AnyResponse:
    given = request.form.get("nickname", "")
    answer = site().hub.ask("rename_person", person=person[:80], nickname=given[:20_000])
    if answer.error is not None:
        return _again(_person(person, given[:200], _told(answer.error)))
    return redirect(url_for("people.person", person=person))


@group.post("/people/<person>/start")
def start(person: str) -> AnyResponse:
    answer = site().hub.ask("start_run", protocol=request.form.get("protocol", "")[:80], person=person[:80])
    if answer.error is not None:
        return _again(_person(person, "", _told(answer.error)))
    return redirect(url_for("live.now"))


@group.get("/people/<person>/export/<format>")
def export_person(person: str, format: str) -> Response:
    return present.exported("person", person, format)


@group.get("/export/<format>")
def export_all(format: str) -> Response:
    return present.exported("all", None, format)


def _people(given: str, problem: str) -> str:
    own = site()
    rows = [{"id": p.id, "nickname": p.nickname, "code": p.code, "trials": p.trials, "last": present.when(p.last), "demo": p.demo} for p in own.archive.people()]
    unowned = [present.short(row) for row in own.archive.trials(None, newest=50)]
    return render_template("people.html", people=rows, unowned=unowned, formats=formats(), given=given, problem=problem)


def _person(person: str, given: str, problem: str) -> str:
    own = site()
    found = own.archive.person(person)
    if found is None:
        abort(404)
    by_kind: dict[tuple[str, ...], list[TrialRow]] = defaultdict(list)
    for row in own.archive.trials(person):
        r = row.result
        by_kind[(r.protocol_id, r.condition.stance, r.condition.eyes, r.condition.surface, r.side)].append(row)
    groups = [_group(rows) for rows in by_kind.values()]
    protocols = [{"id": p.id, "title": own.words(p.title)} for p in present.protocols().values()]
    return render_template("person.html", person=found, groups=groups, protocols=protocols, formats=formats(), given=given, problem=problem)


def _group(rows: list[TrialRow]) -> dict[str, Any]:
    """One protocol and condition: its headline over time. Own band = mean +- 2 SD of all but the last, on the log scale of the measure."""
    own = site()
    headlines = [present.headline(row.result) for row in rows]
    name, unit, decimals = next(((h.name, h.unit, h.decimals) for h in headlines if h), ("", "", 0))
    shown = [(row, h) for row, h in zip(rows, headlines, strict=True) if h and row.mark == "used"]
    values = [h.value for _, h in shown]
    band = own_band(values[:-1])
    chart = ""
    if len(values) > 1:
        points = [charts.Point(v, "", bool(band) and not band[0] <= v <= band[1]) for v in values]
        last = own.catalogue.number(values[-1], decimals)
        title = own.text("web.trend.title", measure=name, unit=unit)
        chart = charts.trend(points, band, title, own.text("web.trend.alt", n=len(values), last=last), own.catalogue.number, decimals)
    table = [
        {
            "id": row.id,
            "when": present.when(row.started),
            "value": own.catalogue.number(h.value, h.decimals) if h else "–",
            "quality": own.text(f"web.verdict.{row.result.quality.verdict}"),
            "mark": own.text(f"web.mark.{row.mark}"),
        }
        for row, h in zip(rows, headlines, strict=True)
    ]
    return {
        "title": f"{present.title(rows[0].result)} · {present.how(rows[0].result)}",
        "note": own.text("web.trend.note" if band else "web.trend.few"),
        "chart": chart,
        "caption": own.text("web.trend.caption"),
        "column": f"{name}, {unit}" if unit else name,
        "rows": table[::-1],
    }


def own_band(values: list[float]) -> tuple[float, float] | None:
    """The person's own usual band: geometric mean times or over exp(2 SD of ln), from at least 4 positive values; else None."""
    logs = [math.log(v) for v in values if v > 0]
    if len(logs) < LEAST_FOR_BAND:
        return None
    middle, spread = fmean(logs), stdev(logs)
    return math.exp(middle - 2 * spread), math.exp(middle + 2 * spread)


def _told(problem: Problem) -> str:
    return f"{problem.what} {problem.do}".strip()


def _again(page: str) -> Response:
    response: Response = make_response(page)
    response.status_code = 422
    return response
