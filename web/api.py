"""The described API: start and steer runs, see the station's newest view. Everything a page does to the station goes through here."""

from __future__ import annotations

from typing import Any, Literal, cast

from flask import Response, current_app, jsonify, request
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag
from flask_openapi3.openapi import OpenAPI
from pydantic import BaseModel, ConfigDict, Field

from station.commands import StartRun
from web.openness import open_view
from web.problems import away, of_answer
from web.site import is_staff, need_staff, site

station = Tag(name="station", description="What happens on the board now")
people = Tag(name="people", description="People and their trials; staff only")
api = APIBlueprint("api", __name__, url_prefix="/api/v1")
OPEN = {"api.start_run", "api.press", "api.view"}  # a guest's phone; whatever is new is for staff until it is named here


@api.before_request
def staff_unless_open() -> None:
    if request.endpoint not in OPEN:
        need_staff()


class Start(BaseModel):
    """A run to start; only staff may name a person."""

    model_config = ConfigDict(extra="forbid")
    protocol: str = Field(min_length=1, max_length=80)
    person: str | None = Field(default=None, max_length=80)
    side: Literal["left", "right"] | None = None
    seconds: float | None = Field(default=None, gt=0, le=600)
    eyes: Literal["open", "closed"] | None = None
    surface: Literal["firm", "foam"] | None = None


class Key(BaseModel):
    model_config = ConfigDict(extra="forbid")
    key: Literal["stop", "next", "back", "yes", "no", "arms", "eyes", "leg"]


class Wish(BaseModel):
    """Begin a guided procedure on the board, or answer the one going on."""

    model_config = ConfigDict(extra="forbid")
    do: Literal["calibrate", "verify", "check", "next", "back", "yes", "no", "stop", "more", "less"]
    weight_kg: float | None = Field(default=None, gt=0, le=200, description="the known weight in kg, with next")
    points: Literal[5, 9] = Field(default=9, description="marks to load, with calibrate")
    corners: bool = Field(default=False, description="with check: each corner is pressed in turn")


class Nickname(BaseModel):
    model_config = ConfigDict(extra="forbid")
    nickname: str = Field(max_length=20_000)


class PersonPath(BaseModel):
    person: str = Field(max_length=80)


class TrialPath(BaseModel):
    trial: str = Field(max_length=80)


class Owner(BaseModel):
    model_config = ConfigDict(extra="forbid")
    person: str | None = Field(default=None, max_length=80)


class MarkBody(BaseModel):
    model_config = ConfigDict(extra="forbid")
    mark: Literal["used", "practice", "discarded"]
    reason: str = Field(default="", max_length=200)


def _told(cmd: str, success: int, **args: Any) -> Response:
    answer = site().hub.ask(cmd, **args)
    if answer.error is not None:
        return of_answer(answer.error)
    response = jsonify(answer.ok or {})
    response.status_code = success
    return response


@api.post("/runs", tags=[station], summary="Start a test, drill or game")
def start_run(body: Start) -> Response:
    """202 with the run's id, 409 when busy or refused, 503 when the station is away."""
    if body.person is not None:
        need_staff()
    return _told("start_run", 202, **StartRun(**body.model_dump()).model_dump(exclude={"cmd"}))


@api.post("/keys", tags=[station], summary="Press a key of the helper's phone")
def press(body: Key) -> Response:
    if body.key in ("arms", "eyes", "leg"):
        return _told("mark", 200, kind=body.key)
    return _told(body.key, 200)


@api.get("/view", tags=[station], summary="The newest view, for those who poll")
def view() -> Response:
    """What anybody may see; staff also see the corners' loads and the guided procedure that goes on."""
    newest = site().hub.newest
    if newest is None:
        return away()
    return jsonify((newest if is_staff() else open_view(newest)).model_dump(exclude_none=True))


@api.post("/service", tags=[station], summary="Begin the calibration or the self-test, or answer what it asks; staff only")
def service(body: Wish) -> Response:
    """202 when the station takes it, 409 when busy or refused, 503 when it is away. What comes of it is in the view's `sheet`."""
    return _told("service", 202, **body.model_dump(exclude_none=True))


@api.post("/people", tags=[people], summary="Add a person")
def add_person(body: Nickname) -> Response:
    return _told("add_person", 201, nickname=body.nickname)


@api.post("/people/<string:person>/nickname", tags=[people], summary="Rename a person")
def rename_person(path: PersonPath, body: Nickname) -> Response:
    return _told("rename_person", 200, person=path.person, nickname=body.nickname)


@api.post("/trials/<string:trial>/owner", tags=[people], summary="Give a trial to another person, or to nobody")
def move_trial(path: TrialPath, body: Owner) -> Response:
    return _told("move_trial", 200, trial=path.trial, person=body.person)


@api.post("/trials/<string:trial>/mark", tags=[people], summary="Mark a trial used, practice or discarded")
def mark_trial(path: TrialPath, body: MarkBody) -> Response:
    return _told("mark", 200, kind=body.mark, trial=path.trial, reason=body.reason)


@api.post("/trials/<string:trial>/share", tags=[people], summary="A new link to one result")
def share(path: TrialPath) -> Response:
    return _told("share", 200, trial=path.trial)


@api.get("/description", doc_ui=False)
def description() -> Response:
    """The API in OpenAPI 3.1."""
    return jsonify(cast(OpenAPI, current_app).api_doc)
