"""The glossary, the measures of staff, a person's verdict, trends and comparisons."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

import pytest
from flask.testing import FlaskClient
from gym import Gym, StationThere, charts, csrf, enter

from station.core.compare.registry import kinds
from station.core.measures.presets import SETTINGS
from station.core.measures.registry import registry
from station.store.queries import Archive, TrialRow
from station.store.store import Store
from web.app import create_app
from web.spread import COLUMNS

IDS = "web|measure|family|why|compare|change|parameter|norm|reference"


@pytest.fixture(params=["en", "de"])
def both(request: pytest.FixtureRequest, gym: Gym) -> Iterator[FlaskClient]:
    """Staff of a station in each language."""
    (gym.folder / "station.toml").write_text(f'[station]\nlanguage = "{request.param}"\n', "utf-8")
    app = create_app(gym.folder)
    yield enter(app.test_client(), gym.pin)
    app.extensions["balance"].close()


def row_of(gym: Gym, trial: str) -> TrialRow:
    with Archive(gym.folder) as archive:
        row = archive.trial(trial)
    assert row is not None
    return row


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))


def verdict(staff: FlaskClient, trial: str, wish: str, reason: str) -> tuple[int, str]:
    form = {"csrf_token": csrf(staff, f"/trials/{trial}"), "verdict": wish, "reason": reason}
    answer = staff.post(f"/trials/{trial}/verdict", data=form)
    return answer.status_code, answer.text


def test_the_glossary_has_every_measure_and_comparison_with_all_that_is_known_of_it(client: FlaskClient) -> None:
    page = client.get("/glossary").text
    anchors = re.findall(r'<h3 id="(\w+)"', page)
    assert sorted(anchors) == sorted([*registry(), *kinds()])
    entries = page.split('<article class="entry">')[1:]
    assert all(part in entry for entry in entries for part in ("<dt>Formula</dt>", "<dt>Source</dt>", "<code>"))
    velocity = text_of(next(e for e in entries if 'id="mean_velocity_mm_s"' in e))
    for told in ("MVELO, mm/s", "MVELO = TOTEX / T", "Prieto et al. 1996", "This needs at least 10 s.", "station, raw, prieto"):
        assert told in velocity


def test_axes_of_one_measure_share_an_entry(client: FlaskClient) -> None:
    entries = client.get("/glossary").text.split('<article class="entry">')
    (rms,) = (e for e in entries if 'id="rms_ml_mm"' in e)
    assert 'id="rms_ap_mm"' in rms
    assert 'id="rms_distance_mm"' not in rms


def test_every_measure_on_a_page_leads_to_its_entry(staff: FlaskClient, gym: Gym) -> None:
    known = set(re.findall(r'<h3 id="(\w+)"', staff.get("/glossary").text))
    for path in (f"/trials/{gym.quiet}", f"/r/{gym.token}", f"/people/{gym.person}"):
        linked = set(re.findall(r'href="/glossary#(\w+)"', staff.get(path).text))
        assert linked, path
        assert linked <= known, path


def test_no_page_of_measures_shows_an_id_in_the_place_of_words(both: FlaskClient, gym: Gym) -> None:
    for path in ("/glossary", f"/trials/{gym.quiet}", f"/trials/{gym.hold}", f"/r/{gym.token}", f"/people/{gym.person}"):
        assert re.findall(rf"\b(?:{IDS})\.[a-z][\w.-]+", text_of(both.get(path).text)) == [], path


def test_staff_see_every_measure_once_by_family_with_what_is_not_known_of_it(staff: FlaskClient, gym: Gym) -> None:
    page = staff.get(f"/trials/{gym.quiet}").text
    families = page.split('class="no-print family"')[1:]
    shown = [key for f in families for key in re.findall(r'data-value="(\w+)"', f)]
    measured = row_of(gym, gym.quiet).result.measures
    beside = {"path_length_corrected_mm", "mean_velocity_corrected_mm_s"}
    assert sorted(shown) == sorted(set(measured) - beside)
    rows = [r for f in families for r in re.findall(r"<tr>(.*?)</tr>", f, re.S) if "data-value" in r]
    assert all("±" in r or "<sup>" in r for r in rows)
    for family in families[:-1]:
        numbers = [int(n) for n in re.findall(r'<sup><a href="#\w+-(\d+)"', family)]
        assert max(numbers, default=0) == family.count("<li id=")


def test_the_path_without_noise_stands_beside_the_conventional_one(staff: FlaskClient, gym: Gym) -> None:
    table = staff.get(f"/trials/{gym.quiet}").text.split('<table class="corrected')[1].split("</table>")[0]
    told = text_of(table)
    assert "as measured" in told
    assert "without noise" in told
    assert len(re.findall(r"<tr>", table)) == 3


def test_the_same_trial_stands_under_every_preset(staff: FlaskClient, gym: Gym) -> None:
    table = staff.get(f"/trials/{gym.quiet}").text.split('<table class="spread-table">')[1].split("</table>")[0]
    found = re.findall(r'<th scope="row">(\w+)</th>(.*?)</tr>', table)
    rows = {name: re.findall(r'<td class="n">([^<]+)<', cells) for name, cells in found}
    assert list(rows) == list(SETTINGS)
    assert {len(cells) for cells in rows.values()} == {len(COLUMNS)}
    velocity = row_of(gym, gym.quiet).result.measures["mean_velocity_mm_s"].value
    assert float(rows["station"][0]) == pytest.approx(velocity, rel=1e-3)
    assert rows["duarte"][0] != rows["station"][0]


def test_strangers_get_neither_families_nor_uncertainties_nor_what_is_exploratory(client: FlaskClient, gym: Gym) -> None:
    page = client.get(f"/r/{gym.token}").text
    assert "±" not in page
    assert "dfa_alpha_ml" not in page
    assert "/verdict" not in page
    assert page.count("data-measure=") == 3


def test_a_person_sets_a_verdict_with_a_reason_and_takes_it_back(staff: FlaskClient, gym: Gym, station: StationThere) -> None:
    assert verdict(staff, gym.quiet, "reject", "Talked all along")[0] == 302
    page = staff.get(f"/trials/{gym.quiet}").text
    told = text_of(page)
    assert "Talked all along. The machine said: good." in told
    assert "Not measured" in told
    assert "Staff set this verdict." in text_of(staff.get(f"/r/{gym.token}").text)
    assert "Talked all along" not in staff.get(f"/r/{gym.token}").text
    assert verdict(staff, gym.quiet, "machine", "A mistake of mine")[0] == 302
    assert "Good measurement." in staff.get(f"/trials/{gym.quiet}").text
    assert row_of(gym, gym.quiet).result.quality.override is None


@pytest.mark.parametrize(("wish", "reason"), [("valid", "so good"), ("usable", "  ")])
def test_a_verdict_that_may_not_be_is_refused_in_words(staff: FlaskClient, gym: Gym, station: StationThere, wish: str, reason: str) -> None:
    status, page = verdict(staff, gym.quiet, wish, reason)
    assert status == 422
    assert 'class="problem" role="alert">' in page
    assert row_of(gym, gym.quiet).result.quality.override is None


def test_what_does_not_count_is_a_cross_in_the_trend(staff: FlaskClient, gym: Gym) -> None:
    with Archive(gym.folder) as archive:
        mine = [r.id for r in archive.trials(gym.person) if r.result.kind == "quiet"]
    with Store.open(gym.folder) as store:
        store.mark_trial(mine[1], "discarded", "shoes on")
        store.override_verdict(mine[2], "reject", "held the rail")
    page = staff.get(f"/people/{gym.person}").text
    kinds_of = [e.get("class") for e in charts(page)[0].iter()]
    assert kinds_of.count("out") == 2
    assert kinds_of.count("dot") + kinds_of.count("dot-real") + kinds_of.count("dot-self") == 4
    assert "A cross does not count" in page
    assert "set by staff" in page


def test_a_change_is_called_real_only_beyond_the_noise_and_the_first_visits_still_teach(staff: FlaskClient, gym: Gym) -> None:
    told = text_of(staff.get(f"/people/{gym.person}").text)
    assert "A real change" not in told
    assert "Still learning: the first 3 visits" in told


def test_the_last_visit_is_compared_with_its_reasons(both: FlaskClient, gym: Gym) -> None:
    page = both.get(f"/people/{gym.person}").text.split('data-testid="compared"')[1]
    pairs = page.split('<article class="pair">')[1:]
    assert pairs
    for pair in pairs:
        assert charts(pair) or re.search(r"<p", pair)
        assert 'href="/glossary#' in pair
