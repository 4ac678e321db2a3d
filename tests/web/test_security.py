"""Strangers' pages, wrong hosts, bad bodies, and thousands of hostile requests."""

from __future__ import annotations

import http.client
import random
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient
from flask_openapi3.openapi import OpenAPI
from gym import Gym, StationThere, csrf, site_of, wait_for

from web.app import create_app, served
from web.security import HEADERS, OwnHosts

WIDE_S = 60  # a busy machine is no wrong answer
JSON_PATHS = ("/api/v1/runs", "/api/v1/keys", "/api/v1/people", "/api/v1/trials/x/share")


def test_every_answer_carries_the_headers(client: FlaskClient, gym: Gym) -> None:
    shared = f"/r/{gym.token}"
    files = ("/style.css", "/icon.svg", "/static/live.js", f"{shared}/csv")
    for path in ("/", *files, shared, "/people", "/nothing", "/api/v1/view", "/staff"):
        with client.get(path) as answer:
            assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS, path
    assert client.get(f"/r/{gym.token}").headers["Cache-Control"] == "no-store"


def test_no_page_has_script_or_style_of_its_own(staff: FlaskClient, gym: Gym) -> None:
    for path in ("/", "/people", f"/people/{gym.person}", f"/trials/{gym.quiet}", f"/r/{gym.token}", "/nothing"):
        page = staff.get(path).text
        assert "<style" not in page, path
        assert " style=" not in page, path
        assert " onclick=" not in page, path
        assert page.count("<script") == page.count('<script src="/static/'), path


STRANGE_HOSTS = (
    "evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "localhost\t", "user@localhost", "", "localhost:99", "[::1",
    "8.8.8.8",
)  # fmt: skip


@pytest.mark.parametrize("host", STRANGE_HOSTS)
def test_another_host_is_refused(client: FlaskClient, host: str) -> None:
    answer = client.get("/", environ_overrides={"HTTP_HOST": host})
    assert answer.status_code == 400
    assert host not in answer.text or host == ""


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8080", "LOCALHOST:8080", "[::1]:8080"])
def test_the_own_names_are_taken(client: FlaskClient, host: str) -> None:
    assert client.get("/", environ_overrides={"HTTP_HOST": host}).status_code == 200


def test_an_address_that_came_later_is_known_then() -> None:
    addresses = ["192.168.1.7"]
    hosts = OwnHosts(8080, lambda: list(addresses))
    assert "192.168.1.7:8080" in hosts
    assert "192.168.1.8:8080" not in hosts
    addresses.append("192.168.1.8")
    assert "192.168.1.8:8080" in OwnHosts(8080, lambda: list(addresses))


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"}, 403),
        ({"Origin": "http://localhost"}, 200),
        ({"Origin": "null"}, 403),
        ({"Origin": ""}, 403),
        ({"Origin": "http://localhost:9090"}, 403),
        ({"Origin": "https://localhost"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "http://[broken"}, 403),
        ({"Origin": "localhost"}, 403),
        ({}, 200),
    ],
)
def test_only_the_own_page_may_act(client: FlaskClient, station: StationThere, headers: dict[str, str], status: int) -> None:
    assert client.post("/api/v1/keys", json={"key": "stop"}, headers=headers).status_code == status
    assert [c.cmd for c in station.asked if c.cmd == "stop"] == (["stop"] if status == 200 else [])


def test_a_form_without_its_token_changes_nothing(staff: FlaskClient, gym: Gym, station: StationThere) -> None:
    answer = staff.post("/people", data={"nickname": "Mallory"})
    assert answer.status_code == 403
    assert "started again" in answer.text
    assert "Mallory" not in staff.get("/people").text


@pytest.mark.parametrize(
    ("path", "kind", "body", "status"),
    [
        ("/api/v1/runs", "text/plain", b'{"protocol":"candle"}', 415),
        ("/api/v1/runs", "multipart/form-data; boundary=x", b"--x--", 415),
        ("/api/v1/runs", "application/json", b"{" * 10, 422),
        ("/api/v1/runs", "application/json", b"\xff\xfe", 422),
        ("/api/v1/runs", "application/json", b"[" * 30_000, 422),
        ("/api/v1/runs", "application/json", b'{"protocol":"candle","seconds":1e999}', 422),
        ("/api/v1/runs", "application/json", b'{"protocol":"candle","seconds":NaN}', 422),
        ("/api/v1/runs", "application/json", b'{"protocol":"\\ud800"}', 422),
        ("/api/v1/runs", "application/json", b'{"protocol":"candle","admin":true}', 422),
        ("/api/v1/runs", "application/json", b"x" * 70_000, 413),
    ],
)
def test_a_bad_body_is_refused_in_words(client: FlaskClient, station: StationThere, path: str, kind: str, body: bytes, status: int) -> None:
    answer = client.post(path, data=body, content_type=kind)
    assert answer.status_code == status
    if path.startswith("/api"):
        assert set(answer.get_json()["error"]) == {"code", "what", "do"}
    assert not any(c.cmd == "start_run" for c in station.asked)


def test_a_form_larger_than_any_of_ours_is_refused(client: FlaskClient) -> None:
    answer = client.post("/staff", data={"csrf_token": csrf(client, "/staff"), "pin": "9" * 70_000})
    assert answer.status_code == 413
    assert "larger than 64" in answer.text


def test_json_nested_two_thousand_deep_is_the_senders_mistake(client: FlaskClient) -> None:
    deep = b'{"protocol":' + b"[" * 2000 + b"]" * 2000 + b"}"
    assert 400 <= client.post("/api/v1/runs", data=deep, content_type="application/json").status_code < 500


STRANGE_PATHS = ("/<script>alert(1)</script>", "/r/..%2f..%2fetc%2fpasswd", "/trials/%00", "/people/'%20or%201=1", "/people//")


@pytest.mark.parametrize("path", STRANGE_PATHS)
def test_what_was_asked_for_is_never_said_back(staff: FlaskClient, path: str) -> None:
    answer = staff.get(path)
    assert answer.status_code == 404
    assert path not in answer.text
    assert "There is nothing under this address." in answer.text


def test_errors_have_one_shape_for_programs_and_one_for_people(client: FlaskClient) -> None:
    for_programs, for_people = client.get("/api/v1/nothing"), client.get("/nothing")
    assert for_programs.get_json() == {
        "error": {
            "code": "http-404",
            "what": "There is nothing under this address.",
            "do": "Links to a result end after 7 days. Ask for a new one.",
        }
    }
    assert for_people.mimetype == "text/html"
    assert "Ask for a new one." in for_people.text
    assert client.get("/nothing", headers={"Accept": "application/json"}).is_json
    assert client.put("/api/v1/runs").status_code == 405
    assert "GET" in client.delete("/").headers["Allow"]


HOSTILE = (
    "", "'", '"', "<script>alert(1)</script>", "../../../etc/passwd", "%00", "%ff%fe", "${7*7}", "{{7*7}}", "\u202e", "A" * 5000, "-1",
    "1e309", "null", "NaN", "'; DROP TABLE people; --", "\r\nX-Evil: 1", "0", "[]", "\ud7ff", "%2e%2e/", "\N{PILE OF POO}",
)  # fmt: skip
METHODS = ("GET", "POST", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "BREW")
HEADER_NAMES = ("Accept", "Cookie", "Origin", "If-None-Match", "Range", "X-Forwarded-For", "Accept-Language")
KEYS = ("protocol", "person", "side", "seconds", "eyes", "surface", "key", "nickname", "mark", "reason", "trial", "__class__")


def _values(dice: random.Random) -> Any:
    made: tuple[Any, ...] = (dice.choice(HOSTILE), None, True, -1, 2**70, 1e300, [], {}, [dice.choice(HOSTILE)], {"a": {"b": []}})
    return dice.choice(made)


def _requests(dice: random.Random, app: OpenAPI) -> Iterator[dict[str, Any]]:
    paths = [r.rule for r in app.url_map.iter_rules() if r.endpoint not in ("live.stream", "people.export_all")]
    while True:
        path = dice.choice(paths)
        while "<" in path:
            start, end = path.index("<"), path.index(">")
            path = path[:start] + dice.choice(HOSTILE[1:]).replace("/", "%2f").replace("\r\n", "%0d%0a").replace("?", "") + path[end + 1 :]
        headers = {dice.choice(HEADER_NAMES): dice.choice(HOSTILE[3:8])} if dice.random() < 0.5 else {}
        ask: dict[str, Any] = {"path": path, "method": dice.choice(METHODS), "headers": headers}
        if ask["method"] in ("POST", "PUT"):
            fields = {dice.choice(KEYS): _values(dice) for _ in range(dice.randrange(4))}
            ask |= {"json": fields} if dice.random() < 0.7 else {"data": {k: str(v) for k, v in fields.items()}}
        yield ask


def test_two_thousand_hostile_requests_break_nothing(app: OpenAPI, staff: FlaskClient, gym: Gym, station: StationThere) -> None:
    """As staff, so that they reach what lies behind the PIN; leaving and PIN guesses are left out of it."""
    wait_for(lambda: site_of(app).hub.newest is not None)
    dice, seen = random.Random(7), set()
    asked = (r for r in _requests(dice, app) if not r["path"].startswith("/staff"))
    for _, ask in zip(range(2000), asked, strict=False):
        answer = staff.open(base_url="http://localhost", **ask)
        assert answer.status_code < 500, ask
        assert b"Traceback" not in answer.data
        assert str(gym.folder).encode() not in answer.data
        seen.add(answer.status_code)
    assert {200, 403, 404, 405, 422} <= seen


RAW = [
    (b"POST /api/v1/keys HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gibberish\r\n\r\n", 501),
    (b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 20_000 + b"\r\n\r\n", 431),
    (b"POST /api/v1/keys HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999\r\n\r\n", 413),
    (b"POST /api/v1/keys HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", 400),
    (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n", 400),
    (b"GET /\x00 HTTP/1.1\r\nHost: localhost\r\n\r\n", 404),
]


def test_the_real_server_answers_broken_http_and_goes_on(gym: Gym) -> None:
    import socket

    with served(create_app(gym.folder)) as address:
        port = urlsplit(address).port
        assert port is not None
        told = []
        for raw, _ in RAW:
            with socket.create_connection(("127.0.0.1", port), timeout=WIDE_S) as line:
                line.sendall(raw)
                told.append(int(line.recv(65_536).split(b" ", 2)[1]))
        assert told == [status for _, status in RAW]
        after = http.client.HTTPConnection("127.0.0.1", port, timeout=WIDE_S)
        after.request("GET", "/style.css", headers={"Host": "localhost"})
        assert after.getresponse().status == 200
        after.close()


def test_the_server_does_not_name_its_software(gym: Gym) -> None:
    with served(create_app(gym.folder)) as address:
        line = http.client.HTTPConnection("127.0.0.1", urlsplit(address).port or 0, timeout=WIDE_S)
        line.request("GET", "/icon.svg", headers={"Host": "localhost"})
        assert line.getresponse().getheader("Server") is None
        line.close()


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(app: OpenAPI, gym: Gym) -> None:
    client = app.test_client()
    answer = client.post("/staff", data={"csrf_token": csrf(client, "/staff"), "pin": gym.pin})
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert site_of(app).sessions.knows("") is False
