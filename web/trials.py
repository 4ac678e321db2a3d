"""One trial for staff: numbers, pictures, downloads, whose it is."""

from __future__ import annotations

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from station.store.queries import TrialRow
from web import present
from web.site import need_staff, site

group = Blueprint("trials", __name__)
group.before_request(need_staff)


@group.get("/trials/<trial>")
def trial(trial: str) -> str:
    return _page(_found(trial), "")


@group.get("/trials/<trial>/<format>")
def download(trial: str, format: str) -> Response:
    return present.exported("trial", _found(trial).id, format)


@group.post("/trials/<trial>/owner")
def move(trial: str) -> AnyResponse:
    row = _found(trial)
    answer = site().hub.ask("move_trial", trial=row.id, person=request.form.get("person", "")[:80] or None)
    if answer.error is not None:
        page = Response(_page(row, f"{answer.error.what} {answer.error.do}"))
        page.status_code = 422
        return page
    return redirect(url_for("trials.trial", trial=row.id))


@group.post("/trials/<trial>/mark")
def mark(trial: str) -> AnyResponse:
    row = _found(trial)
    answer = site().hub.ask("mark", kind=request.form.get("mark", "")[:20], trial=row.id, reason=request.form.get("reason", "")[:200])
    if answer.error is not None:
        page = Response(_page(row, f"{answer.error.what} {answer.error.do}"))
        page.status_code = 422
        return page
    return redirect(url_for("trials.trial", trial=row.id))


def _found(trial: str) -> TrialRow:
    row = site().archive.trial(trial)
    if row is None:
        abort(404)
    return row


def _page(row: TrialRow, problem: str) -> str:
    own = site()
    links = [
        {"url": url_for("trials.download", trial=row.id, format="csv-samples"), "label": own.text("web.download.csv")},
        {"url": url_for("trials.download", trial=row.id, format="json"), "label": own.text("web.download.json")},
    ]
    return render_template(
        "trial.html", r=present.trial(row, links, newtons=True), demo=row.result.demo, people=own.archive.people(), owner=row.person_id, marked=row.mark, problem=problem
    )
