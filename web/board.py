"""The board for its owner: is it healthy, the guided procedures (self-test, calibration), drawings. Staff only.

Both pages are made of parts; a stream sends each part again when it has changed, so that pages are written in one place, here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from flask import Blueprint, Response, abort, jsonify, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from station.commands import LiveView
from web import board_drawings, board_health, board_procedure
from web.hub import Told
from web.live_page import follow
from web.problems import STATUS
from web.site import is_staff, need_staff, site

group = Blueprint("board", __name__)
group.before_request(need_staff)
GAP_S = 0.2  # numbers that change more often are not read
Parts = Callable[[LiveView | None], Mapping[str, str]]
PAGES: Mapping[str, Parts] = {"health": board_health.parts, "procedure": board_procedure.parts}


@group.get("/board")
def board() -> str:
    return _board("")


@group.get("/board/procedure")
def procedure() -> str:
    view = site().hub.newest
    return render_template("procedure.html", parts=board_procedure.parts(view), demo=_demo(view))


@group.post("/board/begin")
def begin() -> AnyResponse:
    """Begin what the form asks for, then follow it; a refusal comes back on the page."""
    wish, points = request.form.get("do", ""), request.form.get("points", "9")
    if wish not in ("calibrate", "verify", "check") or points not in ("5", "9"):
        abort(400)
    answer = site().hub.ask("service", do=wish, points=int(points), corners=bool(request.form.get("corners")))
    if answer.error is None:
        return redirect(url_for("board.procedure"))
    page: Response = make_response(_board(f"{answer.error.what} {answer.error.do}".strip()))
    page.status_code = STATUS[answer.error.code]
    return page


@group.get("/board/live/<page>")
def stream(page: str) -> Response:
    """Server-sent events: the parts that changed; `locked` when the staff PIN is needed again."""
    return follow(_changes(_page(page)), GAP_S)


@group.get("/board/parts/<page>")
def parts(page: str) -> Response:
    """All parts at once, for those who poll."""
    return jsonify(dict(_page(page)(site().hub.newest)))


@group.get("/board/drawings/<file>")
def drawing(file: str) -> Response:
    """A drawing at true scale in the station's language: `<name>.pdf` or `<name>.svg`."""
    return board_drawings.download(file)


def _board(problem: str) -> str:
    view = site().hub.newest
    made = board_health.parts(view)
    return render_template("board.html", parts=made, problem=problem, drawings=board_drawings.offered(), demo=_demo(view))


def _demo(view: LiveView | None) -> bool:
    return bool(view and view.demo)


def _page(name: str) -> Parts:
    return PAGES.get(name) or abort(404)


def _changes(made: Parts) -> Told:
    """Each viewer is told what differs from what it was told before. Watching does not keep a login awake; answering does."""
    told: dict[str, str] = {}

    def event(view: LiveView | None) -> str:
        if not is_staff(awake=False):
            return "event: locked\ndata: {}\n\n"
        fresh = {name: html for name, html in made(view).items() if told.get(name) != html}
        told.update(fresh)
        return f"event: parts\ndata: {json.dumps(fresh)}\n\n" if fresh else ""

    return event
