"""Station now: what happens on the board, live by server-sent events, without names; and the stream itself."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, render_template, stream_with_context

from station.commands import LiveView
from station.protocols.model import Protocol
from web.hub import Told
from web.openness import OPEN_HEALTH, open_view
from web.problems import problem
from web.site import site

group = Blueprint("live", __name__)
KINDS = ("test", "training", "drill", "game")
HELPER_KEYS = ("arms", "eyes", "leg")


@group.get("/")
def now() -> str:
    own = site()
    every = own.protocols.values()
    groups = [([_choice(p) for p in every if p.kind == kind], own.text(f"web.group.{kind}")) for kind in KINDS]
    return render_template(
        "now.html",
        view=own.hub.newest,
        groups=[(group, title) for group, title in groups if group],
        health_names=[(name, own.text(f"web.health.{name}")) for name in OPEN_HEALTH],
        facts={p.id: {"holds": p.phase.kind == "hold", "keys": [k for k in HELPER_KEYS if k in p.fail]} for p in every},
        helper_keys=HELPER_KEYS,
    )


@group.get("/live")
def stream() -> Response:
    """Server-sent events for up to 16 viewers; the next is told to poll /api/v1/view once a second."""
    return follow(_event)


def follow(told: Told, gap_s: float = 0.0) -> Response:
    """A stream of the station's views as `told` writes them; 503 when all places are taken."""
    hub = site().hub
    if not hub.enter():
        text = site().text
        return problem(503, "viewers", text("web.viewers"), text("web.viewers.do"))
    response = Response(stream_with_context(hub.events(told, gap_s)), mimetype="text/event-stream")
    response.call_on_close(hub.leave)  # also when the phone left before its first event
    response.headers["X-Accel-Buffering"] = "no"
    return response


def _event(view: LiveView | None) -> str:
    if view is None:
        return "event: away\ndata: {}\n\n"
    return f"event: view\ndata: {open_view(view).model_dump_json(exclude_none=True)}\n\n"


def _choice(p: Protocol) -> dict[str, Any]:
    own = site()
    return {"id": p.id, "title": own.words(p.title), "why": own.words(p.why), "seconds": _length(p)}


def _length(p: Protocol) -> str:
    """How long it takes, without the rests: "40 s", "4 × 30 s", "up to 45 s", "10 times"."""
    own, times = site(), len(p.conditions) * p.trials
    if p.phase.reps:
        return own.text("web.times", n=p.phase.reps)
    each = own.number(p.phase.seconds, 0, "s")
    if p.phase.kind == "hold":
        return own.text("web.up-to", length=each)
    return each if times == 1 else f"{times} × {each}"
