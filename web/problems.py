"""Every error of the pages in one shape: JSON `{"error": {"code", "what", "do"}}` for programs, one page for people. Never a stack trace."""

from __future__ import annotations

import logging

from flask import Flask, Response, jsonify, make_response, render_template, request
from werkzeug.exceptions import HTTPException

from station.commands import Problem
from station.errors import StationError
from station.live import StationAway
from web.site import site

log = logging.getLogger(__name__)

STATUS = {"busy": 409, "refused": 409, "not-found": 404, "invalid": 422, "away": 503}
KNOWN = {400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 503}


def problem(status: int, code: str, what: str, do: str) -> Response:
    """The one shape, as JSON below /api or when asked for, else as a page."""
    wants_json = request.path.startswith("/api/") or request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"
    if wants_json:
        response = jsonify(error={"code": code, "what": what, "do": do})
    else:
        response = make_response(render_template("problem.html", what=what, do=do))
    response.status_code = status
    if status == 503:
        response.headers["Retry-After"] = "2"
    return response


def of_answer(found: Problem) -> Response:
    """A refusal of the station, as it came through the socket."""
    return problem(STATUS[found.code], found.code, found.what, found.do)


def away() -> Response:
    text = site().text
    return problem(503, "away", text("web.away"), text("web.away.do"))


def install(app: Flask) -> None:
    @app.errorhandler(HTTPException)
    def refused(error: HTTPException) -> Response:
        status = error.code if error.code in KNOWN else 500
        text = site().text
        return problem(status, f"http-{status}", text(f"web.http-{status}"), text(f"web.http-{status}.do"))

    @app.errorhandler(StationAway)
    def station_away(_: StationAway) -> Response:
        return away()

    @app.errorhandler(StationError)
    def station_error(error: StationError) -> Response:
        status = 404 if isinstance(error, LookupError) else 422
        return problem(status, "invalid", site().words(error.what), site().words(error.do))

    @app.errorhandler(Exception)
    def broken(error: Exception) -> Response:
        log.exception("a page failed: %s", type(error).__name__)
        text = site().text
        return problem(500, "http-500", text("web.http-500"), text("web.http-500.do"))
