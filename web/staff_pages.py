"""The staff PIN: enter it, leave again. One delay for the whole station after five wrong tries."""

from __future__ import annotations

import math

from flask import Blueprint, Response, make_response, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response as AnyResponse

from web.site import is_staff, site

group = Blueprint("staff", __name__)
LEADS_TO = {"board": "board.board"}  # `?to=`; people else


@group.get("/staff")
def login() -> AnyResponse:
    if is_staff():
        return redirect(_next())
    return make_response(render_template("login.html", problem=""))


@group.post("/staff")
def enter() -> AnyResponse:
    own = site()
    wait_s = own.sessions.wait_s()
    name = own.sessions.login(request.form.get("pin", "")[:64])
    if name is None:
        told = own.text("web.pin.wait", seconds=math.ceil(wait_s)) if wait_s > 0 else own.text("web.pin.wrong")
        response: Response = make_response(render_template("login.html", problem=told))
        response.status_code = 429 if wait_s > 0 else 401
        return response
    session.clear()
    session["staff"] = name
    return redirect(_next())


@group.post("/staff/leave")
def logout() -> AnyResponse:
    site().sessions.logout(session.get("staff", ""))
    session.clear()
    return redirect(url_for("live.now"))


def _next() -> str:
    return url_for(LEADS_TO.get(request.args.get("to", ""), "people.people"))
