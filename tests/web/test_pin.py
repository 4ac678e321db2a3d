"""The staff PIN: who gets in, for how long, and how often it may be guessed."""

from __future__ import annotations

from pathlib import Path

from flask.testing import FlaskClient
from flask_openapi3.openapi import OpenAPI
from gym import Gym, csrf, enter

from station.store.secrets import make_pin
from web.staff import Sessions


class Clock:
    """Seconds that pass when told."""

    def __init__(self) -> None:
        self.s = 1000.0

    def __call__(self) -> float:
        return self.s


def wrong(sessions: Sessions) -> None:
    assert sessions.login("no") is None


def test_after_five_wrong_tries_the_delay_doubles_up_to_a_quarter_of_an_hour(tmp_path: Path) -> None:
    make_pin(tmp_path)
    clock = Clock()
    sessions, waits = Sessions(tmp_path, clock), []
    for _ in range(16):
        wrong(sessions)
        waits.append(sessions.wait_s())
        clock.s += sessions.wait_s()
    assert waits == [0, 0, 0, 0, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]


def test_during_the_delay_even_the_right_pin_waits_and_costs_nothing(tmp_path: Path) -> None:
    pin, clock = make_pin(tmp_path), Clock()
    assert pin is not None
    sessions = Sessions(tmp_path, clock)
    for _ in range(5):
        wrong(sessions)
    assert sessions.login(pin) is None
    assert sessions.wait_s() == 2.0
    clock.s += 2.0
    assert sessions.login(pin) is not None
    assert sessions.wait_s() == 0.0


def test_a_restart_does_not_forget_the_guesses(tmp_path: Path) -> None:
    make_pin(tmp_path)
    clock = Clock()
    sessions = Sessions(tmp_path, clock)
    for _ in range(7):
        wrong(sessions)
        clock.s += sessions.wait_s()
    assert Sessions(tmp_path, clock).wait_s() == 8.0


def test_a_damaged_count_of_guesses_starts_again_and_stops_nobody(tmp_path: Path) -> None:
    pin = make_pin(tmp_path)
    assert pin is not None
    (tmp_path / "run").mkdir()
    for content in ("", "[]", '{"wrong": "many"}', '{"wrong": null}', '{"wrong": -3}'):
        (tmp_path / "run" / "pin-tries.json").write_text(content, "utf-8")
        assert Sessions(tmp_path, Clock()).login(pin) is not None


def test_a_huge_count_of_guesses_still_waits_a_quarter_of_an_hour(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "pin-tries.json").write_text('{"wrong": 100000}', "utf-8")
    assert Sessions(tmp_path, Clock()).wait_s() == 900.0


def test_a_session_ends_after_a_quarter_of_an_hour_of_rest_or_eight_hours(tmp_path: Path) -> None:
    pin, clock = make_pin(tmp_path), Clock()
    assert pin is not None
    sessions = Sessions(tmp_path, clock)
    rested = sessions.login(pin)
    assert rested is not None
    clock.s += 14 * 60
    assert sessions.knows(rested)
    clock.s += 15 * 60 + 1
    assert not sessions.knows(rested)
    busy = sessions.login(pin)
    assert busy is not None
    minutes = 0
    while sessions.knows(busy):
        clock.s += 600
        minutes += 10
    assert minutes == 490


def test_without_a_pin_nobody_gets_in(tmp_path: Path) -> None:
    assert Sessions(tmp_path, Clock()).login("") is None


def test_the_page_says_how_long_to_wait(client: FlaskClient) -> None:
    token = csrf(client, "/staff")
    answers = [client.post("/staff", data={"csrf_token": token, "pin": f"{n}"}) for n in range(6)]
    assert [a.status_code for a in answers] == [401, 401, 401, 401, 401, 429]
    assert "That is not the PIN." in answers[0].text
    assert "the next one counts in 2 s" in answers[5].text


def test_a_session_that_was_left_opens_nothing_any_more(app: OpenAPI, gym: Gym) -> None:
    client = app.test_client()
    before = client.get_cookie("session")
    enter(client, gym.pin)
    kept = client.get_cookie("session")
    assert kept is not None
    assert before is None or before.value != kept.value
    client.post("/staff/leave", data={"csrf_token": csrf(client, "/people")})
    client.set_cookie("session", kept.value)
    assert client.get("/people").status_code == 401
