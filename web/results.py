"""One result by the link of its QR code: open to whoever holds it, without names, newtons or kilograms."""

from __future__ import annotations

from flask import Blueprint, Response, abort, render_template, url_for

from station.store.queries import TrialRow
from web import present
from web.site import site

group = Blueprint("results", __name__)


@group.get("/r/<token>")
def result(token: str) -> str:
    row = _found(token)
    own = site()
    links = [
        {"url": url_for("results.download", token=token, format="csv"), "label": own.text("web.download.csv")},
        {"url": url_for("results.download", token=token, format="json"), "label": own.text("web.download.json")},
    ]
    return render_template("trial.html", r=present.trial(row, links, newtons=False), demo=row.result.demo)


@group.get("/r/<token>/<format>")
def download(token: str, format: str) -> Response:
    """CSV: t_s, CoP and load as share of body weight. JSON: the result without loads in newtons."""
    row = _found(token)
    if format == "csv":
        return present.shared_csv(row)
    if format == "json":
        return present.shared_json(row)
    abort(404)


def _found(token: str) -> TrialRow:
    row = site().archive.by_token(token)
    if row is None:
        abort(404)
    return row
