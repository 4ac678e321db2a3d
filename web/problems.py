"""Every error of the pages in one shape: JSON `{"error": {"code", "what", "do"}}` for programs, one page for people.

Never a stack trace, never anything of the request.
"""

from __future__ import annotations

import logging

from flask import Flask, Response, jsonify, make_response, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from pydantic import ValidationError
from werkzeug.exceptions import HTTPException

from station.commands import Problem
from station.errors import StationError
from station.live import StationAway
from web.site import site

log = logging.getLogger(__name__)

STATUS = {"busy": 409, "refused": 409, "not-found": 404, "invalid": 422, "away": 503, "failed": 503}
KNOWN = {400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 503}
RETRY_AFTER_S = 2


def problem(status: int, code: str, what: str, do: str) -> Response:
    """The one shape, as JSON below /api or when asked for, else as a page with the next step as its button."""
    if wants_json():
        response = jsonify(error={"code": code, "what": what, "do": do})
    else:
        url, step = (login_url(), "web.staff-in") if status == 401 else (url_for("live.now"), "web.now")
        response = make_response(render_template("problem.html", what=what, do=do, url=url, step=site().text(step)))
    response.status_code = status
    if status == 503:
        response.headers["Retry-After"] = str(RETRY_AFTER_S)
    return response


def login_url() -> str:
    """Where the PIN is given; it leads back to the board for whoever wanted to see it."""
    return url_for("staff.login", to="board") if request.path.startswith("/board") else url_for("staff.login")


def wants_json() -> bool:
    """A program asks: below /api, or by its Accept header."""
    return request.path.startswith("/api/") or request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"


def of_answer(found: Problem) -> Response:
    """A refusal of the station, as it came through the socket."""
    return problem(STATUS[found.code], found.code, found.what, found.do)


def away() -> Response:
    text = site().text
    return problem(503, "away", text("web.away"), text("web.away.do"))


def not_valid(error: ValidationError) -> Response:
    """A request of the API that its models refuse: which fields, and never what was sent."""
    known = [e["loc"] for e in error.errors(include_input=False, include_url=False) if e["type"] != "extra_forbidden"]
    fields = sorted({str(loc[0]) for loc in known if loc})
    text = site().text
    do = text("web.fields", fields=", ".join(fields)) if fields else text("web.http-422.do")
    return problem(422, "invalid", text("web.http-422"), do)


def install(app: Flask) -> None:
    """Every way a request can fail ends in `problem`."""

    @app.errorhandler(CSRFError)
    def stale(_: CSRFError) -> Response:
        text = site().text
        return problem(403, "stale", text("web.stale"), text("web.stale.do"))

    @app.errorhandler(HTTPException)
    def refused(error: HTTPException) -> Response:
        found = error.code or 500
        status = found if found in KNOWN else 400 if 400 <= found < 500 else 500
        text = site().text
        response = problem(status, f"http-{status}", text(f"web.http-{status}"), text(f"web.http-{status}.do"))
        if status == 405 and error.get_response().headers.get("Allow"):
            response.headers["Allow"] = error.get_response().headers["Allow"]
        return response

    @app.errorhandler(StationAway)
    def station_away(_: StationAway) -> Response:
        return away()

    @app.errorhandler(StationError)
    def station_error(error: StationError) -> Response:
        code = "not-found" if isinstance(error, LookupError) else "failed" if isinstance(error, OSError) else "invalid"
        return problem(STATUS[code], code, site().words(error.what), site().words(error.do))

    @app.errorhandler(Exception)
    def broken(error: Exception) -> Response:
        log.exception("a page failed: %s", type(error).__name__)
        text = site().text
        return problem(500, "http-500", text("web.http-500"), text("web.http-500.do"))
