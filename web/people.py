"""People and one person's trials: staff only."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from station.commands import Problem
from station.core.usual import kind_of
from station.store.queries import TrialRow
from web import compared, downloads, present, trends
from web.site import need_staff, site

group = Blueprint("people", __name__)
group.before_request(need_staff)
GIVEN_BACK = 200  # characters of a refused nickname that stand in the field again
NEWEST_UNOWNED = 50


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
    rows = own.archive.trials(found.id)
    for row in rows:
        kind = kind_of(row.result)
        by_kind[kind] = [*by_kind.pop(kind, []), row]
    groups = [trends.group(of_kind) for of_kind in reversed(by_kind.values())]  # what was done last stands first
    _say_once(groups)
    protocols = [{"id": p.id, "title": own.words(p.title)} for p in own.protocols.values()]
    return render_template(
        "person.html",
        person=found,
        last=present.when(found.last) if found.last else "",
        groups=groups,
        compared=compared.compared(rows),
        protocols=protocols,
        formats=downloads.offered("person"),
        given=given,
        problem=problem,
        demo=found.demo,
    )


def _say_once(groups: list[dict[str, Any]]) -> None:
    """What one condition of a protocol says without a picture, its others need not say again."""
    said: set[tuple[str, str]] = set()
    for each in groups:
        if not each["chart"]:
            each["said"] = [text for text in each["said"] if (each["title"], text) not in said]
        said |= {(each["title"], text) for text in each["said"]}


def _told(problem: Problem) -> str:
    return f"{problem.what} {problem.do}".strip()


def _again(page: str) -> Response:
    response: Response = make_response(page)
    response.status_code = 422
    return response
