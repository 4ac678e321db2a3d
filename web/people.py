"""People and one person's trials: staff only."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from station.commands import Problem
from station.core.results import TrialResult
from station.core.usual import kind_of, usual_band
from station.store.queries import TrialRow
from web import charts, downloads, present
from web.site import need_staff, site
from web.usual import counts, headline

group = Blueprint("people", __name__)
group.before_request(need_staff)
GIVEN_BACK = 200  # characters of a refused nickname that stand in the field again
NEWEST_UNOWNED = 50
MOST_SHOWN = 40  # points of a trend


@group.get("/people")
def people() -> str:
    return _people("", "")


@group.post("/people")
def add() -> AnyResponse:
    given = request.form.get("nickname", "")
    answer = site().hub.ask("add_person", nickname=given[:20_000])
    if answer.error is not None:
        return _again(_people(given[:GIVEN_BACK], _told(answer.error)))
    return redirect(url_for("people.people"))


@group.get("/people/<person>")
def person(person: str) -> str:
    return _person(person, "", "")


@group.post("/people/<person>/nickname")
def rename(person: str) -> AnyResponse:
    given = request.form.get("nickname", "")
    answer = site().hub.ask("rename_person", person=person[:80], nickname=given[:20_000])
    if answer.error is not None:
        return _again(_person(person, given[:GIVEN_BACK], _told(answer.error)))
    return redirect(url_for("people.person", person=person))


@group.post("/people/<person>/start")
def start(person: str) -> AnyResponse:
    answer = site().hub.ask("start_run", protocol=request.form.get("protocol", "")[:80], person=person[:80])
    if answer.error is not None:
        return _again(_person(person, "", _told(answer.error)))
    return redirect(url_for("live.now"))


@group.get("/people/<person>/export/<format>")
def export_person(person: str, format: str) -> Response:
    return downloads.exported("person", person, format)


@group.get("/export/<format>")
def export_all(format: str) -> Response:
    return downloads.exported("all", None, format)


def _people(given: str, problem: str) -> str:
    archive = site().archive
    rows = [{"row": p, "last": present.when(p.last) if p.last else "–"} for p in archive.people()]
    unowned = [present.short(row) for row in archive.trials(None, newest=NEWEST_UNOWNED)][::-1]
    return render_template("people.html", people=rows, unowned=unowned, formats=downloads.offered("all"), given=given, problem=problem)


def _person(person: str, given: str, problem: str) -> str:
    own = site()
    found = own.archive.person(person)
    if found is None:
        abort(404)
    by_kind: dict[tuple[str, ...], list[TrialRow]] = {}
    for row in own.archive.trials(found.id):
        kind = kind_of(row.result)
        by_kind[kind] = [*by_kind.pop(kind, []), row]
    groups = [_group(rows) for rows in reversed(by_kind.values())]  # what was done last stands first
    protocols = [{"id": p.id, "title": own.words(p.title)} for p in own.protocols.values()]
    return render_template(
        "person.html",
        person=found,
        last=present.when(found.last) if found.last else "",
        groups=groups,
        protocols=protocols,
        formats=downloads.offered("person"),
        given=given,
        problem=problem,
        demo=found.demo,
    )


def _group(rows: list[TrialRow]) -> dict[str, Any]:
    """One protocol, condition and side, oldest first: its headline over time with the own band, and the same as a table."""
    own = site()
    headlines = [headline(row.result) for row in rows]
    name, unit, decimals = next(((h.name, h.unit, h.decimals) for h in headlines if h), (own.text("web.result"), "", 0))
    counted = [(row.result, h.value) for row, h in zip(rows, headlines, strict=True) if h and counts(row)]
    values = [value for _, value in counted]
    band = usual_band(counted[-1][0], [result for result, _ in counted[:-1]]) if counted else None
    title = own.text("web.trend.title", measure=name, unit=unit) if unit else name
    chart = ""
    if len(values) > 1:
        alt = own.text("web.trend.alt", n=len(values), last=own.number(values[-1], decimals))
        chart = charts.trend(_points(counted), band, title, alt, own.number, decimals)
    table = [
        {
            "id": row.id,
            "when": present.when(row.started),
            "value": own.number(h.value, h.decimals) if h else present.NONE,
            "quality": own.text(f"web.verdict.{row.result.quality.verdict}.short"),
            "mark": "" if row.mark == "used" else own.text(f"web.mark.{row.mark}"),
        }
        for row, h in zip(rows, headlines, strict=True)
    ]
    return {
        "title": present.title(rows[0].result),
        "how": present.how(rows[0].result),
        "chart_title": title,
        "name": name,
        "unit": unit,
        "note": own.text("web.trend.note" if band else "web.trend.few") if chart else "",
        "chart": chart,
        "caption": own.text("web.trend.caption"),
        "rows": table[::-1],
    }


def _points(counted: list[tuple[TrialResult, float]]) -> list[charts.Point]:
    """The newest; each is held against the band of all those before it, as on the day."""
    points = []
    for i in range(max(0, len(counted) - MOST_SHOWN), len(counted)):
        result, value = counted[i]
        band = usual_band(result, [before for before, _ in counted[:i]])
        points.append(charts.Point(value, band is not None and not band[0] <= value <= band[1]))
    return points


def _told(problem: Problem) -> str:
    return f"{problem.what} {problem.do}".strip()


def _again(page: str) -> Response:
    response: Response = make_response(page)
    response.status_code = 422
    return response
