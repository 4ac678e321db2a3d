"""Every route, for a stranger and for staff. A route that is not in the table fails."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flask.testing import FlaskClient
from flask_openapi3.openapi import OpenAPI
from gym import Gym, StationThere, csrf, site_of, wait_for

STAFF_ONLY = 401


@dataclass(frozen=True)
class Row:
    """What a stranger and staff get; `form` or `json` is sent with a POST. Names of the path are filled from the gym."""

    path: str
    stranger: int
    staff: int
    form: dict[str, str] | None = None
    json: dict[str, Any] | None = None
    more: dict[str, str] = field(default_factory=dict)


ROWS: dict[tuple[str, str], Row] = {
    ("live.now", "GET"): Row("/", 200, 200),
    ("live.stream", "GET"): Row("/live", 200, 200),
    ("pages.style", "GET"): Row("/style.css", 200, 200),
    ("pages.icon", "GET"): Row("/icon.svg", 200, 200),
    ("static", "GET"): Row("/static/live.js", 200, 200),
    ("results.result", "GET"): Row("/r/{token}", 200, 200),
    ("glossary.glossary", "GET"): Row("/glossary", 200, 200),
    ("results.download", "GET"): Row("/r/{token}/csv", 200, 200),
    ("api.view", "GET"): Row("/api/v1/view", 200, 200),
    ("api.start_run", "POST"): Row("/api/v1/runs", 202, 202, json={"protocol": "two-leg-quiet"}),
    ("api.press", "POST"): Row("/api/v1/keys", 200, 200, json={"key": "stop"}),
    ("staff.login", "GET"): Row("/staff", 200, 302),
    ("staff.enter", "POST"): Row("/staff", 401, 401, form={"pin": "wrong"}),
    ("staff.logout", "POST"): Row("/staff/leave", 302, 302, form={}),
    ("api.description", "GET"): Row("/api/v1/description", STAFF_ONLY, 200),
    ("api.add_person", "POST"): Row("/api/v1/people", STAFF_ONLY, 201, json={"nickname": "Fern"}),
    ("api.rename_person", "POST"): Row("/api/v1/people/{person}/nickname", STAFF_ONLY, 200, json={"nickname": "Fern"}),
    ("api.move_trial", "POST"): Row("/api/v1/trials/{hold}/owner", STAFF_ONLY, 200, json={"person": None}),
    ("api.mark_trial", "POST"): Row("/api/v1/trials/{hold}/mark", STAFF_ONLY, 200, json={"mark": "practice"}),
    ("api.share", "POST"): Row("/api/v1/trials/{hold}/share", STAFF_ONLY, 200, json={}),
    ("api.service", "POST"): Row("/api/v1/service", STAFF_ONLY, 202, json={"do": "check"}),
    ("board.board", "GET"): Row("/board", STAFF_ONLY, 200),
    ("board.procedure", "GET"): Row("/board/procedure", STAFF_ONLY, 200),
    ("board.stream", "GET"): Row("/board/live/procedure", STAFF_ONLY, 200),
    ("board.parts", "GET"): Row("/board/parts/health", STAFF_ONLY, 200),
    ("board.drawing", "GET"): Row("/board/drawings/calibration.svg", STAFF_ONLY, 200),
    ("board.begin", "POST"): Row("/board/begin", STAFF_ONLY, 302, form={"do": "check"}),
    ("people.people", "GET"): Row("/people", STAFF_ONLY, 200),
    ("people.add", "POST"): Row("/people", STAFF_ONLY, 302, form={"nickname": "Fern"}),
    ("people.person", "GET"): Row("/people/{person}", STAFF_ONLY, 200),
    ("people.rename", "POST"): Row("/people/{person}/nickname", STAFF_ONLY, 302, form={"nickname": "Fern"}),
    ("people.start", "POST"): Row("/people/{person}/start", STAFF_ONLY, 302, form={"protocol": "candle"}),
    ("people.export_person", "GET"): Row("/people/{person}/export/json", STAFF_ONLY, 200),
    ("people.export_all", "GET"): Row("/export/csv", STAFF_ONLY, 200),
    ("trials.trial", "GET"): Row("/trials/{quiet}", STAFF_ONLY, 200),
    ("trials.download", "GET"): Row("/trials/{quiet}/csv-samples", STAFF_ONLY, 200),
    ("trials.move", "POST"): Row("/trials/{hold}/owner", STAFF_ONLY, 302, form={"person": ""}),
    ("trials.mark", "POST"): Row("/trials/{hold}/mark", STAFF_ONLY, 302, form={"mark": "practice", "reason": "talked"}),
    ("trials.verdict", "POST"): Row("/trials/{hold}/verdict", STAFF_ONLY, 302, form={"verdict": "reject", "reason": "talked"}),
    ("trials.share", "POST"): Row("/trials/{hold}/share", STAFF_ONLY, 200, form={}),
}


def routes(app: OpenAPI) -> set[tuple[str, str]]:
    return {(r.endpoint, m) for r in app.url_map.iter_rules() for m in (r.methods or set()) - {"HEAD", "OPTIONS"}}


def ask(client: FlaskClient, gym: Gym, key: tuple[str, str], page: str) -> int:
    """The status; the body of the stream is not waited for."""
    row = ROWS[key]
    path = row.path.format(**vars(gym))
    if key[1] == "GET":
        with client.get(path, buffered=False) as response:
            return response.status_code
    if row.json is not None:
        return client.post(path, json=row.json).status_code
    return client.post(path, data={**(row.form or {}), "csrf_token": csrf(client, page)}).status_code


def test_every_route_has_a_row_and_every_row_a_route(app: OpenAPI) -> None:
    assert routes(app) == set(ROWS)


def ask_all(client: FlaskClient, gym: Gym, page: str) -> dict[tuple[str, str], int]:
    """Every route once; leaving comes last."""
    return {key: ask(client, gym, key, page) for key in sorted(ROWS, key=lambda k: (k[0] == "staff.logout", k))}


def test_a_stranger_gets_what_the_table_says(app: OpenAPI, client: FlaskClient, gym: Gym, station: StationThere) -> None:
    wait_for(lambda: site_of(app).hub.newest is not None)
    assert ask_all(client, gym, "/staff") == {key: row.stranger for key, row in ROWS.items()}


def test_staff_get_what_the_table_says(app: OpenAPI, staff: FlaskClient, gym: Gym, station: StationThere) -> None:
    wait_for(lambda: site_of(app).hub.newest is not None)
    assert ask_all(staff, gym, "/people") == {key: row.staff for key, row in ROWS.items()}


def test_a_guest_may_not_name_a_person(client: FlaskClient, gym: Gym, station: StationThere) -> None:
    answer = client.post("/api/v1/runs", json={"protocol": "candle", "person": gym.person})
    assert answer.status_code == 401
    assert station.asked == []


def test_looking_changes_nothing(app: OpenAPI, staff: FlaskClient, gym: Gym, station: StationThere) -> None:
    before = (gym.folder / "station.db").read_bytes()
    for key in sorted(ROWS):
        if key[1] == "GET" and key[0] != "live.stream":
            ask(staff, gym, key, "")
    assert (gym.folder / "station.db").read_bytes() == before
    assert [c for c in station.asked if c.cmd != "addresses"] == []
