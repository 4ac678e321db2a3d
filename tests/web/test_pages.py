"""What the pages say: numbers with units, words without names, both languages, an empty folder."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from gym import Gym, StationThere, charts, csrf, enter

from station.core.theme import DARK, LIGHT
from station.store.queries import Archive
from station.store.store import Store
from web.app import create_app


def test_an_empty_folder_has_pages_that_say_what_to_do_first(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        pin = store.make_pin()
    assert pin is not None
    app = create_app(tmp_path)
    try:
        client = enter(app.test_client(), pin)
        assert "The station does not answer." in client.get("/").text
        people = client.get("/people").text
        assert "Nobody yet. Add a person" in people
        assert "Every trial belongs to someone." in people
    finally:
        app.extensions["balance"].close()


def test_a_folder_without_a_database_is_an_empty_one(tmp_path: Path) -> None:
    app = create_app(tmp_path)
    try:
        client = app.test_client()
        assert client.get("/").status_code == 200
        assert client.get("/r/AAAAAAAAAAAAAAAAAAAAAA").status_code == 404
    finally:
        app.extensions["balance"].close()


def test_the_page_of_now_offers_every_protocol_by_kind(client: FlaskClient) -> None:
    page = client.get("/").text
    for title in ("Tests", "Training", "Drills", "Games"):
        assert f"<h3>{title}</h3>" in page
    assert 'data-run="single-leg-hold"' in page
    assert "up to 45" in page
    assert 'data-health="rate"' in page


def test_a_trial_page_shows_the_stored_numbers_with_their_units(staff: FlaskClient, gym: Gym) -> None:
    with Archive(gym.folder) as archive:
        row = archive.trial(gym.quiet)
    assert row is not None
    page = staff.get(f"/trials/{gym.quiet}").text
    speed, path = (row.result.measures[k].value for k in ("mean_velocity_mm_s", "path_length_mm"))
    assert speed is not None
    assert path is not None
    assert re.search(rf'data-testid="number">{speed:.1f}<span class="unit"> mm/s', page)
    assert re.search(rf'data-measure="path_length_mm">{path:.1f}</span> mm<', page)
    assert "Good measurement." in page


def test_the_one_number_lies_against_the_own_band_of_the_trials_before(staff: FlaskClient, gym: Gym) -> None:
    page = staff.get(f"/trials/{gym.quiet}").text
    band = re.search(r"yours: (\d+\.\d) to (\d+\.\d)", page)
    assert band is not None
    assert float(band[1]) < 10 < float(band[2])
    assert any("usual</p>" in line for line in page.splitlines())
    assert "yours:" not in staff.get(f"/trials/{gym.guest}").text


def test_a_person_page_has_a_trend_with_band_and_a_table_beside_it(staff: FlaskClient, gym: Gym) -> None:
    page = staff.get(f"/people/{gym.person}").text
    trend, *compared = charts(page)
    kinds = [e.get("class") for e in trend.iter()]
    assert kinds.count("band") == 1
    assert kinds.count("dot") + kinds.count("dot-real") == 5
    assert kinds.count("dot-self") == 1
    assert page.count('<th scope="row"><a href="/trials/') == 6
    assert page.count('<p class="single"><strong>') == 2  # the hold and the drill, done once
    assert "Differences inside the ribbon are ordinary noise" in page
    assert "Weight on each foot, eyes open, firm ground" in {c[0].text for c in compared}


def test_every_chart_has_a_title_a_description_and_no_colour_of_its_own(staff: FlaskClient, gym: Gym) -> None:
    found = [c for path in (f"/trials/{gym.quiet}", f"/people/{gym.person}", f"/r/{gym.token}") for c in charts(staff.get(path).text)]
    assert len(found) == 10
    for chart in found:
        texts = {e.tag.rpartition("}")[2]: e.text for e in chart}
        assert texts["title"]
        assert texts["desc"]
        assert not any(set(e.attrib) & {"fill", "stroke", "style", "onload"} for e in chart.iter())


def test_the_style_sheet_holds_the_colours_of_the_theme_and_no_others(client: FlaskClient) -> None:
    sheet = client.get("/style.css").text
    known = {c.upper() for c in (*LIGHT.values(), *DARK.values(), "#000000")}
    assert {c.upper() for c in re.findall(r"#[0-9a-fA-F]{3,8}\b", sheet)} <= known
    assert "prefers-color-scheme: dark" in sheet
    assert not re.search(r"\brgba?\(|\bhsl", sheet)


def test_no_colour_stands_in_a_template_or_script(root: Path) -> None:
    for path in [*(root / "web/templates").glob("*"), *(root / "web/static").glob("*"), *(root / "web").glob("*.py")]:
        assert not re.search(r"#[0-9a-fA-F]{6}\b", path.read_text("utf-8")), path.name


def test_an_open_result_tells_neither_weight_nor_force(client: FlaskClient, gym: Gym) -> None:
    with Archive(gym.folder) as archive:
        row = archive.trial(gym.quiet)
    assert row is not None
    load_n = row.result.load_n
    assert load_n is not None
    for kind in ("", "/csv", "/json"):
        text = client.get(f"/r/{gym.token}{kind}").text
        assert not re.search(r"\d[\s\u202f]*(kg|N)\b", text)
        for told in (f"{load_n:.0f}", f"{load_n / 9.80665:.1f}"):
            assert not re.search(rf"(?<![\d.,]){re.escape(told)}(?!\d)", text)
        assert gym.person not in text
        assert gym.code not in text


def test_the_open_samples_are_cop_and_share_of_the_load(client: FlaskClient, gym: Gym) -> None:
    rows = list(csv.reader(io.StringIO(client.get(f"/r/{gym.token}/csv").text)))
    assert rows[0] == ["t_s", "ml_mm", "ap_mm", "load_bw"]
    assert len(rows) == 3001
    assert rows[1][0] == "0.00"
    mean = sum(float(r[3]) for r in rows[1:]) / 3000
    assert mean == pytest.approx(1.0, abs=0.002)


def test_the_open_json_keeps_the_sway_and_drops_the_loads(client: FlaskClient, gym: Gym) -> None:
    document = json.loads(client.get(f"/r/{gym.token}/json").text)
    assert document["measures"]["mean_velocity_mm_s"]["unit"] == "mm/s"
    assert {m["unit"] for m in document["measures"].values()}.isdisjoint({"N", "kg"})
    assert "load_n" not in document


def test_wrong_links_are_all_the_same_nothing(client: FlaskClient, gym: Gym) -> None:
    t = gym.token
    wrong = [t[:-1], t + "A", t.swapcase(), t[::-1], "1", "2", "0" * 22, ("A" if t[0] != "A" else "B") + t[1:], "%00", "%ff"]
    answers = [client.get(f"/r/{w}") for w in wrong]
    assert {a.status_code for a in answers} == {404}
    assert len({a.text for a in answers}) == 1


def test_a_link_ends_after_its_days(client: FlaskClient, gym: Gym) -> None:
    with Store.open(gym.folder) as store:
        over, alive = store.share(gym.hold, days=-1), store.share(gym.hold)
    assert client.get(f"/r/{over}").status_code == 404
    assert client.get(f"/r/{alive}").status_code == 200


def test_staff_share_a_result_by_link_and_qr_code(staff: FlaskClient, client: FlaskClient, gym: Gym, station: StationThere) -> None:
    page = staff.post(f"/trials/{gym.hold}/share", data={"csrf_token": csrf(staff, f"/trials/{gym.hold}")}).text
    link = re.search(r'<a href="http://localhost(/r/[\w-]{22})"', page)
    assert link
    assert 'class="qr"' in page
    assert client.get(link.group(1)).status_code == 200


def test_a_trial_is_given_to_another_person_and_marked(staff: FlaskClient, gym: Gym, station: StationThere) -> None:
    token = csrf(staff, "/people")
    staff.post(f"/trials/{gym.guest}/owner", data={"csrf_token": token, "person": gym.person})
    assert gym.guest in staff.get(f"/people/{gym.person}").text
    staff.post(f"/trials/{gym.guest}/mark", data={"csrf_token": token, "mark": "practice", "reason": "talked"})
    page = staff.get(f"/trials/{gym.guest}").text
    assert '<option value="practice" selected>' in page
    assert 'value="talked"' in page


def test_what_the_station_refuses_is_said_on_the_page(staff: FlaskClient, gym: Gym, station: StationThere) -> None:
    answer = staff.post(f"/trials/{gym.hold}/owner", data={"csrf_token": csrf(staff, "/people"), "person": "nobody-known"})
    assert answer.status_code == 422
    assert 'class="problem" role="alert"' in answer.text


def test_a_drill_shows_each_repetition(staff: FlaskClient, gym: Gym) -> None:
    page = staff.get(f"/trials/{gym.drill}").text
    assert "Repetitions" in page
    assert page.count("<tr><td") == 8


def test_a_trial_without_its_recording_keeps_its_numbers(staff: FlaskClient, gym: Gym) -> None:
    for file in (gym.folder / "recordings").rglob("*.rec"):
        file.unlink()
    page = staff.get(f"/trials/{gym.quiet}").text
    assert 'data-testid="number"' in page
    assert charts(page) != []  # the strip of the own band
    assert "path-chart" not in page


def test_simulated_trials_say_so_everywhere(staff: FlaskClient, client: FlaskClient, gym: Gym) -> None:
    for page in (staff.get(f"/trials/{gym.quiet}").text, client.get(f"/r/{gym.token}").text):
        assert '<span class="tag">demo</span>' in page
        assert 'class="demo-print"' in page
    assert "demo-" in client.get(f"/r/{gym.token}/csv").headers["Content-Disposition"]


def test_german_pages_speak_german_with_a_comma(gym: Gym) -> None:
    (gym.folder / "station.toml").write_text('[station]\nlanguage = "de"\nname = "Halle Süd"\n', "utf-8")
    app = create_app(gym.folder)
    try:
        staff = enter(app.test_client(), gym.pin)
        trial, people = staff.get(f"/trials/{gym.quiet}").text, staff.get("/people").text
        assert '<html lang="de">' in trial
        assert re.search(r'data-testid="number">\d+,\d<', trial)
        assert re.search(r"deins: \d+,\d bis \d+,\d", trial)
        assert "Personen" in people
        assert "Halle Süd" in people
        assert "Unter dieser Adresse gibt es nichts." in staff.get("/nichts").text
    finally:
        app.extensions["balance"].close()


def test_every_text_of_the_pages_exists_in_both_languages(root: Path, staff: FlaskClient, gym: Gym) -> None:
    pages = [staff.get(p).text for p in ("/", "/people", f"/people/{gym.person}", f"/trials/{gym.quiet}", f"/trials/{gym.drill}", "/no")]
    for page in pages:
        assert not re.search(r">[^<]*\b(web|measure|protocol|quality|trial|why)\.[a-z][a-z_.-]+", page)
