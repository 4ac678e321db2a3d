"""The board's pages: what the owner reads, what each step of a guided procedure shows, who may see it, and the drawings."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from flask_openapi3.openapi import OpenAPI
from gym import Gym, StationThere, csrf, enter, site_of, wait_for

from station.commands import LiveView, Problem
from station.core.geometry import Geometry
from station.core.sheet import CellView, Sheet, Verdict
from station.text.catalogue import Catalogue
from station.words import Num, say
from web import picture_views as views
from web.app import create_app


def shown(page: str) -> str:
    """What stands on the page, without its markup."""
    return re.sub(r"[ \n]+", " ", unescape(re.sub(r"<[^>]+>", " ", page))).strip()


def part(page: str, name: str) -> str:
    """The HTML of a part, up to the next one."""
    found = re.search(rf'data-part="{name}"[^>]*>(.*?)(?=data-part=|$)', page, re.S)
    assert found, name
    return found[1]


@pytest.fixture
def follow(app: OpenAPI, station: StationThere) -> Any:
    """Show a view and wait until the pages have it."""

    def show(view: LiveView) -> None:
        station.show(view)
        wait_for(lambda: site_of(app).hub.newest == view)

    return show


# --- health ---------------------------------------------------------------------------------------------------------------------


def test_a_healthy_board_is_said_in_one_sentence_with_all_its_numbers(staff: FlaskClient, follow: Any) -> None:
    follow(views.healthy())
    page = staff.get("/board").text
    assert shown(part(page, "verdict")).startswith("The board is healthy. DEMO")
    for text in ("16.4", "80.3", "noise 2.1\u202fg", "The four corners disagree by 0.2\u202f%"):
        assert text in part(page, "cells"), text
    assert "None now." in part(page, "faults")
    assert "A test can start." in part(page, "ready")
    calibration = shown(part(page, "calibration"))
    for text in ("20 Oct 2026, 32 days ago", "tests and games", "0.8\u202fmm"):
        assert text in calibration, text
    assert "0.02\u202f%" in part(page, "reader")
    for text in ("no warning", "48\u202f°C", "21.4\u202fGB", "5.5 hours"):
        assert text in part(page, "computer"), text


def test_a_fault_comes_first_with_what_to_do_and_its_corner(staff: FlaskClient, follow: Any) -> None:
    follow(views.faulty())
    page = staff.get("/board").text
    assert shown(part(page, "verdict")).startswith("Front left is in slow mode. Set its RATE jumper to 80.")
    assert '<span class="problem">slow mode</span>' in part(page, "cells")
    assert part(page, "cells").count('class="sign-bad"') == 1
    assert "GPIO 27 and 22, 11.7 Hz" in part(page, "faults")
    assert "A test would wait for this:" in part(page, "ready")
    calibration = shown(part(page, "calibration"))
    assert "This calibration is 93 days old." in calibration
    assert "games only: no millimetres are shown" in calibration
    assert "Swapped plugs were found and are put right." in calibration


def test_what_nobody_knows_is_a_dash_and_an_older_station_is_shown_too(staff: FlaskClient, follow: Any) -> None:
    bare = {"cell": "rear_left", "name": "rear left", "load_kg": None, "rate_hz": None, "noise_g": None, "ok": None, "state": ""}
    follow(LiveView(screen="home", health={"board": "HX711", "fault": "none", "cells": [bare] * 4, "computer": {"clock_synced": False}}))
    page = staff.get("/board").text
    assert "–\u202fkg" in part(page, "cells")
    assert "not set: dates may be wrong" in part(page, "computer")
    follow(LiveView(screen="home", health={"board": "HX711", "fault": "none"}))
    assert "The station has told nothing about the corners yet." in staff.get("/board").text


def test_what_the_driver_counted_stands_in_a_table_with_a_column_for_each_corner(staff: FlaskClient, follow: Any) -> None:
    h = views.health()
    counters = [{"sck_late": n, "resets": 0} for n in range(4)]
    follow(LiveView(screen="home", health={**h, "reader": {**h["reader"], "counters": counters}}))
    reader = part(staff.get("/board").text, "reader")
    assert re.search(r'sck late</th><td class="n">0</td><td class="n">1</td><td class="n">2</td><td class="n">3</td>', reader)


def test_a_station_that_is_away_is_said_on_both_pages(staff: FlaskClient) -> None:
    for path in ("/board", "/board/procedure"):
        assert "The station does not answer. Check that it is switched on." in shown(staff.get(path).text), path
    assert staff.post("/api/v1/service", json={"do": "check"}).status_code == 503
    answer = staff.post("/board/begin", data={"csrf_token": csrf(staff, "/board"), "do": "check"})
    assert answer.status_code == 503
    assert "The station does not answer." in answer.text


# --- who may see what -----------------------------------------------------------------------------------------------------------


def test_a_stranger_learns_no_load_and_no_sheet(app: OpenAPI, client: FlaskClient, staff: FlaskClient, follow: Any) -> None:
    follow(views.following(views.on_mark(5)))
    polled = client.get("/api/v1/view").get_json()
    assert "sheet" not in polled
    assert set(polled["health"]) == {"board", "rate", "plate", "calibration", "fault", "sound"}
    assert staff.get("/api/v1/view").get_json()["sheet"]["load_kg"] == 10.02
    with client.get("/live", buffered=False) as stream:
        first = next(iter(stream.response)).decode()
    assert "load_kg" not in first
    assert '"screen":"service"' in first


def test_a_stranger_is_sent_to_the_pin_and_back_to_the_board(client: FlaskClient, gym: Gym) -> None:
    answer = client.get("/board")
    assert answer.status_code == 401
    assert 'href="/staff?to=board"' in answer.text
    done = client.post("/staff?to=board", data={"csrf_token": csrf(client, "/staff"), "pin": gym.pin})
    assert done.headers["Location"] == "/board"
    assert client.get("/staff?to=//evil.example").headers["Location"] == "/people"


def test_a_stream_is_locked_when_the_login_is_over_and_does_not_keep_it_awake(app: OpenAPI, staff: FlaskClient, follow: Any) -> None:
    follow(views.healthy())
    with staff.get("/board/live/health", buffered=False) as stream:
        events = iter(stream.response)
        assert next(events).startswith(b"event: parts\n")
        with staff.session_transaction() as session:
            site_of(app).sessions.logout(session["staff"])
        follow(views.faulty())
        assert next(events) == b"event: locked\ndata: {}\n\n"


def test_a_stream_sends_again_only_what_changed(app: OpenAPI, staff: FlaskClient, follow: Any) -> None:
    follow(views.following(views.on_mark(5)))
    with staff.get("/board/live/procedure", buffered=False) as stream:
        events = iter(stream.response)
        whole = json.loads(next(events).decode().partition("data: ")[2])
        assert {"head", "say", "problem", "picture", "answers"} <= set(whole)
        follow(views.following(replace(views.on_mark(5), load_kg=10.11)))
        assert set(json.loads(next(events).decode().partition("data: ")[2])) == {"facts"}


def test_an_unknown_part_of_the_board_is_nothing(staff: FlaskClient) -> None:
    for path in ("/board/live/none", "/board/parts/none", "/board/drawings/none.pdf", "/board/drawings/plate.exe", "/board/drawings/plate"):
        assert staff.get(path).status_code == 404, path


# --- begin and answer -----------------------------------------------------------------------------------------------------------


def test_the_buttons_begin_a_procedure_and_a_refusal_stands_on_the_page(staff: FlaskClient, station: StationThere) -> None:
    token = csrf(staff, "/board")
    done = staff.post("/board/begin", data={"csrf_token": token, "do": "calibrate", "points": "5"})
    assert done.headers["Location"] == "/board/procedure"
    (asked,) = [c for c in station.asked if c.cmd == "service"]
    assert (asked.do, asked.points) == ("calibrate", 5)
    for wish in ({"do": "verify"}, {"do": "check", "corners": "1"}, {"do": "check"}):
        assert staff.post("/board/begin", data={"csrf_token": token, **wish}).status_code == 302
    told = [(c.do, c.corners) for c in station.asked if c.cmd == "service"]
    assert told == [("calibrate", False), ("verify", False), ("check", True), ("check", False)]
    station.refusal = Problem(code="busy", what="Someone is on the board.", do="Wait for them.")
    refused = staff.post("/board/begin", data={"csrf_token": token, "do": "check"})
    assert refused.status_code == 409
    assert "Someone is on the board. Wait for them." in shown(refused.text)
    assert staff.post("/board/begin", data={"csrf_token": token, "do": "hammer"}).status_code == 400


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"do": "calibrate", "points": 5}, 202),
        ({"do": "next", "weight_kg": 10.0}, 202),
        ({"do": "more"}, 202),
        ({"do": "verify"}, 202),
        ({"do": "check", "corners": True}, 202),
        ({"do": "next", "weight_kg": -1}, 422),
        ({"do": "next", "weight_kg": 900}, 422),
        ({"do": "calibrate", "points": 7}, 422),
        ({"do": "explode"}, 422),
        ({}, 422),
    ],
)
def test_the_api_takes_what_a_procedure_knows(staff: FlaskClient, station: StationThere, body: dict[str, Any], status: int) -> None:
    assert staff.post("/api/v1/service", json=body).status_code == status
    told = [c.model_dump(exclude_unset=True, exclude={"cmd"}) for c in station.asked if c.cmd == "service"]
    assert [{k: t[k] for k in body} for t in told] == ([body] if status == 202 else [])


def test_the_api_keeps_the_words_of_a_refusal_and_is_described(staff: FlaskClient, station: StationThere) -> None:
    station.refusal = Problem(code="busy", what="A test is on.", do="Wait until it is over.")
    answer = staff.post("/api/v1/service", json={"do": "check"})
    assert answer.status_code == 409
    assert answer.get_json()["error"] == {"code": "busy", "what": "A test is on.", "do": "Wait until it is over."}
    assert "post" in staff.get("/api/v1/description").get_json()["paths"]["/api/v1/service"]


# --- sheets ---------------------------------------------------------------------------------------------------------------------


def steps() -> dict[str, Sheet]:
    """One sheet of each kind of step, from both procedures."""
    listen = Sheet("check", "listen", say=say("hardware.check.listen"), progress=0.3, cells=(CellView(0.1, 80.2, 2.0, True),) * 4)
    verdict = Verdict(False, say("hardware.fault.frozen", cell=views.corner(1)), say("hardware.fault.frozen.do"))
    return {
        "corner": views.press(2),
        "store": views.sheet("corners", say("calibrate.corners.store"), asks="yes-no", problem=say("calibrate.corners.other",
                             asked=views.corner(0), felt=views.corner(3))),
        "weight": views.weight(),
        "point": views.on_mark(5, say("calibrate.points.wrong-mark", on=Num(4), asked=Num(5))),
        "fit": views.sheet("fit", say("calibrate.fit"), do=say("calibrate.next"), asks="next", progress=1.0),
        "passed": views.passed(),
        "listen": listen,
        "failed": replace(listen, step="done", over=True, passed=False, verdicts=(verdict,)),
        "stopped": Sheet("calibrate", "done", say=say("calibrate.stopped"), over=True),
    }  # fmt: skip


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("step", sorted(steps()))
def test_each_step_says_its_words_in_both_languages(gym: Gym, station: StationThere, step: str, language: str) -> None:
    (gym.folder / "station.toml").write_text(f'[station]\nlanguage = "{language}"\n', "utf-8")
    sheet, text = steps()[step], Catalogue(language).text
    app = create_app(gym.folder)
    try:
        view = views.following(sheet)
        station.show(view)
        wait_for(lambda: site_of(app).hub.newest == view)
        page = enter(app.test_client(), gym.pin).get("/board/procedure").text
    finally:
        app.extensions["balance"].close()
    assert shown(f"<h1>{text(sheet.say)}</h1>") in shown(part(page, "say"))
    for words, name in ((sheet.do, "say"), (sheet.problem, "problem"), *((v.what, "verdicts") for v in sheet.verdicts)):
        if words is not None and words.id:
            assert shown(text(words)) in shown(part(page, name))
    assert not re.search(r">[^<]*\b(web|calibrate|hardware|service)\.[a-z][a-z_.-]+", page)


def test_the_texts_of_the_station_are_used_as_they_come(staff: FlaskClient, follow: Any) -> None:
    sheet = Catalogue("de").with_texts(views.weight().to_json())
    follow(LiveView(screen="service", sheet=sheet))
    assert "Wie schwer ist dein Gewicht?" in staff.get("/board/procedure").text


BUTTONS = [
    ("corner", ["back", "stop"]), ("store", ["yes", "no", "back", "stop"]), ("weight", ["back", "stop"]), ("fit", ["next", "back", "stop"]),
    ("passed", []),
]  # fmt: skip


@pytest.mark.parametrize(("step", "buttons"), BUTTONS)
def test_a_step_has_the_buttons_that_it_understands(staff: FlaskClient, follow: Any, step: str, buttons: list[str]) -> None:
    follow(views.following(steps()[step]))
    answers = part(staff.get("/board/procedure").text, "answers")
    assert re.findall(r'data-do="([a-z-]+)"', answers) == buttons
    assert ("data-weight" in answers) == (step == "weight")
    assert ("data-leave" in answers) == (step == "passed")


def test_the_weight_goes_where_the_pulsing_mark_is_and_done_ones_have_a_tick(staff: FlaskClient, follow: Any) -> None:
    follow(views.following(views.on_mark(5)))
    picture = ET.fromstring(re.findall(r"<svg [^>]*plate.*?</svg>", staff.get("/board/procedure").text, re.S)[0])
    kinds = [e.get("class") or "" for e in picture.iter()]
    assert (kinds.count("sign-good"), kinds.count("mark now"), kinds.count("mark waiting")) == (4, 1, 4)
    (halo,) = [e for e in picture.iter() if e.get("class") == "halo pulse"]
    assert (float(halo.get("cx", "nan")), float(halo.get("cy", "nan"))) == (0.0, 0.0)
    (told,) = [e.text for e in picture if e.tag.endswith("desc")]
    assert told == "The weight goes on mark 5: from the middle 0\u202fmm to the right and 0\u202fmm forward. 4 marks are done."


def test_arrows_start_at_the_true_place_and_are_twenty_times_the_error_front_up(staff: FlaskClient, follow: Any) -> None:
    follow(views.following(views.passed()))
    page = staff.get("/board/procedure").text
    picture = ET.fromstring(re.findall(r"<svg [^>]*plate.*?</svg>", page, re.S)[0])
    arrows = [e.get("d") or "" for e in picture.iter() if e.get("class") == "arrow"]
    assert len(arrows) == 9
    first = [float(x) for x in re.findall(r"-?\d+\.\d", arrows[0])]
    assert first[:4] == pytest.approx([-130.0, -130.0, -130.0 + 20 * 0.4, -130.0 + 20 * 0.6])  # 0.4 mm right, 0.6 mm back
    (bar,) = [e.get("d") or "" for e in picture.iter() if e.get("class") == "scalebar"]
    assert bar.endswith("h40")  # 2 mm
    assert "20 times as long" in page


def test_the_corner_to_press_is_the_one_that_is_filled(staff: FlaskClient, follow: Any) -> None:
    width, depth = Geometry().plate_mm
    for corner, (x, y) in enumerate([(-width / 2, -depth / 2), (0, -depth / 2), (-width / 2, 0), (0, 0)]):
        follow(views.following(views.press(corner)))
        picture = ET.fromstring(re.findall(r"<svg [^>]*plate.*?</svg>", staff.get("/board/procedure").text, re.S)[0])
        (press,) = [e for e in picture.iter() if e.get("class") == "press pulse"]
        assert (float(press.get("x", "nan")), float(press.get("y", "nan"))) == (x, y)


def test_a_phone_that_was_away_at_the_end_still_learns_how_it_ended(staff: FlaskClient, follow: Any) -> None:
    follow(LiveView(screen="home"))
    assert "Nothing goes on." in staff.get("/board/procedure").text
    follow(views.following(views.passed()))
    follow(LiveView(screen="home"))
    page = staff.get("/board/procedure").text
    assert "The board is calibrated and good for tests." in page
    assert "data-leave" not in page  # there is nothing left to close at the station


def test_the_template_is_linked_before_the_first_mark_and_not_later(staff: FlaskClient, follow: Any) -> None:
    for step, there in (("weight", True), ("corner", True), ("point", False), ("listen", False)):
        follow(views.following(steps()[step]))
        assert ("/board/drawings/calibration.pdf" in staff.get("/board/procedure").text) == there, step


def test_the_page_offers_the_way_to_what_goes_on(staff: FlaskClient, follow: Any) -> None:
    follow(views.following(views.on_mark(1)))
    assert "Open the calibration that goes on" in staff.get("/board").text
    follow(views.following(views.passed()))
    assert "that goes on" not in staff.get("/board").text


# --- drawings -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["calibration", "marks", "plate", "site"])
def test_every_offered_drawing_is_a_pdf_and_an_svg(staff: FlaskClient, name: str) -> None:
    page = staff.get("/board").text
    pdf, svg = staff.get(f"/board/drawings/{name}.pdf"), staff.get(f"/board/drawings/{name}.svg")
    assert f"/board/drawings/{name}.pdf" in page
    assert pdf.data.startswith(b"%PDF")
    assert pdf.mimetype == "application/pdf"
    assert ET.fromstring(svg.text).tag.endswith("svg")
    assert svg.headers["Content-Disposition"] == f'inline; filename="{name}.svg"'


def test_drawings_are_made_from_the_geometry_that_the_board_was_calibrated_with(staff: FlaskClient, gym: Gym) -> None:
    usual = staff.get("/board/drawings/plate.svg").text
    larger = Geometry(plate_mm=(520.0, 620.0), cells_mm=((-240.0, 290.0), (240.0, 290.0), (-240.0, -290.0), (240.0, -290.0)))
    (gym.folder / "geometry.json").write_text(json.dumps({"geometry": larger.to_json()}), "utf-8")
    drawn = staff.get("/board/drawings/plate.svg").text
    assert "520" in drawn
    assert "520" not in usual
    (gym.folder / "geometry.json").write_text("{not json", "utf-8")
    assert staff.get("/board/drawings/plate.svg").text == usual
