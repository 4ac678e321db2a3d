"""One trial for staff: numbers, pictures, downloads, whose it is, a link to share it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from station.commands import Answer
from station.store.queries import TrialRow
from web import downloads, present, qr
from web.beside import beside
from web.site import need_staff, site
from web.spread import UNITS, spread

group = Blueprint("trials", __name__)
group.before_request(need_staff)


@group.get("/trials/<trial>")
def trial(trial: str) -> str:
    return _page(_found(trial))


@group.get("/trials/<trial>/<format>")
def download(trial: str, format: str) -> Response:
    return downloads.exported("trial", _found(trial).id, format)


@group.post("/trials/<trial>/owner")
def move(trial: str) -> AnyResponse:
    row = _found(trial)
    return _done(row, site().hub.ask("move_trial", trial=row.id, person=request.form.get("person", "")[:80] or None))


@group.post("/trials/<trial>/mark")
def mark(trial: str) -> AnyResponse:
    row = _found(trial)
    wish, reason = request.form.get("mark", "")[:20], request.form.get("reason", "")[:200]
    return _done(row, site().hub.ask("mark", kind=wish, trial=row.id, reason=reason))


@group.post("/trials/<trial>/verdict")
def verdict(trial: str) -> AnyResponse:
    """A person's verdict in the place of the machine's, with the reason; "machine" takes it back."""
    row = _found(trial)
    wish, reason = request.form.get("verdict", "")[:20], request.form.get("reason", "")[:200]
    return _done(row, site().hub.ask("override", trial=row.id, verdict=None if wish == "machine" else wish, reason=reason))


@group.post("/trials/<trial>/share")
def share(trial: str) -> AnyResponse:
    """A new link to this result, told once; the page that answers shows it."""
    row = _found(trial)
    answer = site().hub.ask("share", trial=row.id)
    if answer.error is not None:
        return _done(row, answer)
    path = url_for("results.result", token=str((answer.ok or {})["token"]))
    link = f"{request.host_url.rstrip('/')}{path}"
    return make_response(_page(row, link=link, code=qr.svg(link, site().text("web.share.alt"))))


def _done(row: TrialRow, answer: Answer) -> AnyResponse:
    if answer.error is None:
        return redirect(url_for("trials.trial", trial=row.id))
    page: Response = make_response(_page(row, problem=f"{answer.error.what} {answer.error.do}".strip()))
    page.status_code = 422
    return page


def _found(trial: str) -> TrialRow:
    row = site().archive.trial(trial)
    if row is None:
        abort(404)
    return row


def _page(row: TrialRow, **more: Any) -> str:
    own = site()
    owner = own.archive.person(row.person_id) if row.person_id else None
    links = [{"url": url_for("trials.download", trial=row.id, format=f.id), "label": f.label} for f in downloads.offered("trial")]
    return render_template(
        "trial.html",
        r=present.trial(row, staff=True),
        beside=beside(row),
        spread=spread(row),
        spread_units=UNITS,
        links=links,
        demo=row.result.demo,
        people=[p for p in own.archive.people() if p.demo == row.result.demo],
        owner=owner,
        marked=row.mark,
        mark_reason=row.mark_reason,
        **more,
    )
