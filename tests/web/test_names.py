"""Names that are markup, too long, empty or full of control characters: refused in words, or shown as text and nothing else."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from flask.testing import FlaskClient
from flask_openapi3.openapi import OpenAPI
from gym import Gym, StationThere, csrf, enter

from station.store.store import Store
from web.app import create_app

MARKUP = (
    "<script>alert(1)</script><img src=x onerror=alert(1)>", "\"><svg onload=alert(1)>'><b></title><script>", "&lt;b&gt;{{ 7*7 }}<i>",
    "--><script>]]><x></option><option selected>", "\" autofocus onfocus=\"x' onclick='x", "<a href=javascript:x>",
)  # fmt: skip


class Shape(HTMLParser):
    """Elements and names of attributes in order: what markup in a name would change."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, tuple[str, ...]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, tuple(name for name, _ in attrs)))


def pages(client: FlaskClient, gym: Gym) -> list[str]:
    paths = ("/people", f"/people/{gym.person}", f"/trials/{gym.hold}", f"/r/{gym.token}", "/")
    return [client.get(path).text for path in paths]


def test_markup_in_a_stored_name_is_text_on_every_page(gym: Gym) -> None:
    app = create_app(gym.folder)
    try:
        staff = enter(app.test_client(), gym.pin)
        plain = [Shape(page).found for page in pages(staff, gym)]
        for name in MARKUP:
            with Store.open(gym.folder) as store:
                store.rename_person(gym.person, name)
            shown = pages(staff, gym)
            assert [Shape(page).found for page in shown] == plain, name
            assert all(name not in page or "<" not in name for page in shown)
    finally:
        app.extensions["balance"].close()


def test_the_open_page_and_the_page_of_now_hold_no_name(gym: Gym, client: FlaskClient, staff: FlaskClient) -> None:
    assert "Kiwi" in staff.get("/people").text
    for path in ("/", f"/r/{gym.token}", f"/r/{gym.token}/csv", f"/r/{gym.token}/json", "/api/v1/view"):
        assert "Kiwi" not in client.get(path).text


@pytest.mark.parametrize(
    ("name", "told"),
    [("", "name"), ("   ", "name"), ("Ki\nwi", "characters"), ("Ki\x00wi", "characters"), ("K" * 10_000, "60"), ("<b>" * 4000, "60")],
)
def test_a_name_that_cannot_be_is_refused_in_words(app: OpenAPI, gym: Gym, station: StationThere, name: str, told: str) -> None:
    staff = enter(app.test_client(), gym.pin)
    before = staff.get("/people").text.count('scope="row"')
    for path in ("/people", f"/people/{gym.person}/nickname"):
        answer = staff.post(path, data={"csrf_token": csrf(staff, "/people"), "nickname": name})
        assert answer.status_code == 422
        problem = answer.text.split('role="alert">')[1].split("<")[0]
        assert told in problem.lower()
        assert len(answer.text) < 40_000
    answer = staff.post("/api/v1/people", json={"nickname": name})
    assert answer.status_code == 422
    assert told in str(answer.get_json()["error"]).lower()
    assert staff.get("/people").text.count('scope="row"') == before


def test_a_good_name_is_added_and_renamed(staff: FlaskClient, gym: Gym, station: StationThere) -> None:
    staff.post("/people", data={"csrf_token": csrf(staff, "/people"), "nickname": "  Zoë  Ω "})
    assert "Zoë Ω" in staff.get("/people").text
    staff.post(f"/people/{gym.person}/nickname", data={"csrf_token": csrf(staff, "/people"), "nickname": "Mango"})
    assert "Mango" in staff.get(f"/people/{gym.person}").text


def test_without_the_station_a_name_cannot_be_changed_and_the_page_says_so(staff: FlaskClient, gym: Gym) -> None:
    answer = staff.post("/people", data={"csrf_token": csrf(staff, "/people"), "nickname": "Mango"})
    assert answer.status_code == 503
    assert "The station does not answer." in answer.text
    assert answer.headers["Retry-After"] == "2"
