"""One result by the link of its QR code: open to whoever holds it, without names, newtons or kilograms."""

from __future__ import annotations

from flask import Blueprint, Response, abort, render_template, url_for

from station.store.queries import TrialRow
from web import downloads, present
from web.site import site

group = Blueprint("results", __name__)


@group.get("/r/<token>")
def result(token: str) -> str:
    row = _found(token)
    own = site()
    links = [{"url": url_for("results.download", token=token, format=f), "label": own.text(f"web.download.{f}")} for f in downloads.SHARED]
    return render_template("result.html", r=present.trial(row, staff=False), links=links, demo=row.result.demo)


@group.get("/r/<token>/<format>")
def download(token: str, format: str) -> Response:
    """CSV: t_s, CoP and load as a share of the mean load. JSON: the result without loads in newtons."""
    row = _found(token)
    if format not in downloads.SHARED:
        abort(404)
    return downloads.shared_csv(row) if format == "csv" else downloads.shared_json(row)


def _found(token: str) -> TrialRow:
    row = site().archive.by_token(token)
    if row is None:
        abort(404)
    return row
