"""The live view on the real server: streams, their limit, polling, and what they never carry."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from contextlib import ExitStack, closing
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask_openapi3.openapi import OpenAPI
from gym import IDLE, TEST_VIEW, TRAINING_VIEW, Gym, StationThere, site_of, wait_for

from station.commands import Problem
from web.app import create_app, served
from web.hub import MOST_VIEWERS

WIDE_S = 60  # a busy machine is no wrong answer


class Stream:
    """One viewer: events as they come over HTTP."""

    def __init__(self, address: str) -> None:
        self._line = http.client.HTTPConnection("127.0.0.1", urlsplit(address).port or 0, timeout=WIDE_S)
        self._line.request("GET", "/live", headers={"Host": "localhost"})
        self.answer = self._line.getresponse()

    def events(self) -> Iterator[tuple[str, Any]]:
        name = ""
        while line := self.answer.readline().decode():
            if line.startswith("event: "):
                name = line[7:].strip()
            elif line.startswith("data: "):
                yield name, json.loads(line[6:])

    def first(self, wanted: str) -> Any:
        return next(data for name, data in self.events() if name == wanted)

    def close(self) -> None:
        self.answer.close()
        self._line.close()


def ask(address: str, path: str) -> tuple[int, dict[str, str], Any]:
    line = http.client.HTTPConnection("127.0.0.1", urlsplit(address).port or 0, timeout=WIDE_S)
    with closing(line):
        line.request("GET", path, headers={"Host": "localhost"})
        answer = line.getresponse()
        return answer.status, dict(answer.getheaders()), json.loads(answer.read())


@pytest.fixture
def live_app(gym: Gym) -> OpenAPI:
    return create_app(gym.folder)


@pytest.fixture
def address(live_app: OpenAPI) -> Iterator[str]:
    with served(live_app) as at:
        yield at


def test_a_viewer_sees_the_seconds_run(address: str, station: StationThere) -> None:
    station.show(lambda n: TEST_VIEW.model_copy(update={"seconds_left": 20.0 - n % 20}))
    with closing(Stream(address)) as viewer:
        seen: list[float] = []
        for name, data in viewer.events():
            if name == "view" and "seconds_left" in data and data["seconds_left"] not in seen:
                seen.append(data["seconds_left"])
            if len(seen) == 4:
                break
    assert viewer.answer.getheader("Content-Type") == "text/event-stream; charset=utf-8"
    assert len(seen) == 4


def test_a_quiet_test_carries_no_pressure_point_and_a_training_does(address: str, station: StationThere) -> None:
    station.show(TEST_VIEW)
    with closing(Stream(address)) as viewer:
        quiet = next(d for n, d in viewer.events() if n == "view" and d["title"] == "Stand still")
        assert not [key for key in quiet if key.startswith(("cop_", "target_"))]
        station.show(TRAINING_VIEW)
        moving = next(d for n, d in viewer.events() if n == "view" and d["title"] == "Sway target")
    assert (moving["cop_ml_mm"], moving["cop_ap_mm"]) == (22.0, 31.0)


def test_the_seventeenth_viewer_is_sent_to_poll(address: str, live_app: OpenAPI, station: StationThere) -> None:
    hub = site_of(live_app).hub
    with ExitStack() as open_streams:
        viewers = [open_streams.enter_context(closing(Stream(address))) for _ in range(MOST_VIEWERS)]
        assert [v.answer.status for v in viewers] == [200] * 16
        late = open_streams.enter_context(closing(Stream(address)))
        assert late.answer.status == 503
        assert late.answer.getheader("Retry-After") == "2"
        wait_for(lambda: hub.newest is not None)
        status, _, polled = ask(address, "/api/v1/view")
        assert (status, polled["title"]) == (200, IDLE.title)
    wait_for(lambda: hub.viewers == 0)
    with closing(Stream(address)) as again:
        assert again.answer.status == 200


def test_looking_at_the_head_of_the_stream_takes_no_place(live_app: OpenAPI, address: str) -> None:
    with live_app.test_client().head("/live") as answer:
        assert answer.status_code == 200
    assert site_of(live_app).hub.viewers == 0


def test_a_station_that_leaves_is_away_for_viewers_and_back_when_it_returns(address: str, gym: Gym, live_app: OpenAPI) -> None:
    hub = site_of(live_app).hub
    status, headers, told = ask(address, "/api/v1/view")
    assert (status, headers["Retry-After"]) == (503, "2")
    assert told["error"]["code"] == "away"
    there = StationThere(gym.folder)
    try:
        wait_for(lambda: hub.newest is not None)
        with closing(Stream(address)) as viewer:
            assert viewer.first("view")["title"] == IDLE.title
            there.leave()
            assert viewer.first("away") == {}
    finally:
        there.leave()
    assert hub.newest is None


def test_the_station_learns_where_phones_reach_the_pages(live_app: OpenAPI, station: StationThere, address: str) -> None:
    site_of(live_app).hub.reach(lambda: ["http://192.168.1.7:8080"])
    wait_for(lambda: station.urls == ["http://192.168.1.7:8080"])
    assert {c.cmd for c in station.asked} == {"addresses"}


@pytest.mark.parametrize(("code", "status"), [("busy", 409), ("refused", 409), ("not-found", 404), ("invalid", 422)])
def test_a_refusal_of_the_station_keeps_its_words(live_app: OpenAPI, station: StationThere, code: Any, status: int) -> None:
    station.refusal = Problem(code=code, what="Someone is on the board.", do="Wait for them.")
    answer = live_app.test_client().post("/api/v1/runs", json={"protocol": "candle"})
    assert answer.status_code == status
    assert answer.get_json() == {"error": {"code": code, "what": "Someone is on the board.", "do": "Wait for them."}}
    site_of(live_app).close()


def test_a_started_run_answers_with_its_id_and_hands_over_what_was_chosen(live_app: OpenAPI, station: StationThere) -> None:
    answer = live_app.test_client().post("/api/v1/runs", json={"protocol": "two-leg-quiet", "seconds": 60, "eyes": "closed"})
    assert (answer.status_code, answer.get_json()) == (202, {"run_id": "run-1"})
    (asked,) = [c for c in station.asked if c.cmd == "start_run"]
    assert (asked.protocol, asked.seconds, asked.eyes, asked.person) == ("two-leg-quiet", 60.0, "closed", None)
    site_of(live_app).close()


def test_without_a_station_a_run_cannot_start(live_app: OpenAPI) -> None:
    answer = live_app.test_client().post("/api/v1/runs", json={"protocol": "candle"})
    assert answer.status_code == 503
    assert answer.get_json()["error"]["what"] == "The station does not answer."
    site_of(live_app).close()


def test_a_page_that_is_older_than_the_station_does_not_die(gym: Gym, live_app: OpenAPI) -> None:
    """A line that is no view of ours ends the connection, not the pages."""
    import socket

    path = gym.folder / "run" / "live.sock"
    path.parent.mkdir(exist_ok=True)
    (gym.folder / "run" / "live").write_text(str(path), "utf-8")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(str(path))
        listener.listen(2)
        listener.settimeout(WIDE_S)
        for _ in range(2):  # it comes again after the first nonsense
            connection, _ = listener.accept()
            with connection:
                connection.sendall(b'{"view": {"colour": "blue"}}\n')
    assert live_app.test_client().get("/").status_code == 200
    site_of(live_app).close()
