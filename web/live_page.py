"""Station now: what happens on the board, live by server-sent events, without names; and the stream itself."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Blueprint, Response, render_template, stream_with_context

from web.problems import problem
from web.site import is_staff, site

group = Blueprint("live", __name__)


@group.get("/")
def now() -> str:
    own = site()
    return render_template("now.html", view=own.hub.newest, choices=own.archive.choices(), staff=is_staff())


@group.get("/live")
def stream() -> Response:
    """Server-sent events for up to 16 viewers; the next is told to poll /api/v1/view once a second."""
    hub = site().hub
    if not hub.enter():
        text = site().text
        return problem(503, "viewers", text("web.viewers"), text("web.viewers.do"))

    def events() -> Iterator[str]:
        try:
            yield from hub.events()
        finally:
            hub.leave()

    response = Response(stream_with_context(events()), mimetype="text/event-stream")
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"
    return response
