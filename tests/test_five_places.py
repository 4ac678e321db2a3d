"""One trial's numbers on the wall, the phone, the page of staff, in CSV and JSON: they agree digit for digit, in both languages."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from gym import enter

from hardware.boards import parse_board
from station.core.results import MeasureValue, RunResult
from station.core.shown import headline, shown
from station.core.usual import usual_band
from station.export.registry import export_bytes, find
from station.flow.result import ResultState, result_scene
from station.flow.shop import Usual
from station.protocols.loader import load_all
from station.solo import Wishes, go
from station.store.queries import Archive, TrialRow
from station.store.store import Store
from station.storing import keeper
from station.text.catalogue import Catalogue, languages
from station.words import Num
from web.app import create_app

PRIMARY = "mean_velocity_mm_s"
EARLIER = 4  # trials before it: enough for a band of one's own


@dataclass(frozen=True)
class Made:
    """A folder with a person who stood still five times and held one leg once; the runs as the wall got them."""

    folder: Path
    pin: str
    runs: dict[str, RunResult]
    tokens: dict[str, str]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder, runs = tmp_path_factory.mktemp("five"), {}
    with Store.open(folder) as store:
        pin, code = store.make_pin(), store.add_person("Kiwi", demo=True).code
    assert pin is not None
    for n in range(EARLIER + 1):
        runs["quiet"] = _run(folder, "two-leg-quiet", Wishes(seconds=12), 10 + n, code)
    runs["hold"] = _run(folder, "single-leg-hold", Wishes(side="right"), 20, code)
    with Store.open(folder) as store:
        tokens = {kind: store.share(run.trials[0].trial_id) for kind, run in runs.items()}
    return Made(folder, pin, runs, tokens)


def _run(folder: Path, protocol: str, wishes: Wishes, seed: int, code: str) -> RunResult:
    with keeper(folder, code) as keep:
        return go(parse_board("simulated", seed=seed), load_all()[protocol], keep.wishes(wishes), keep=keep.recorder).runs[0]


@pytest.fixture(scope="module", params=languages())
def told(request: pytest.FixtureRequest, made: Made) -> Iterator[tuple[Catalogue, FlaskClient, FlaskClient]]:
    """The catalogue of a language, a stranger's browser and one of staff."""
    (made.folder / "station.toml").write_text(f'[station]\nlanguage = "{request.param}"\n', "utf-8")
    app = create_app(made.folder)
    yield Catalogue(request.param), app.test_client(), enter(app.test_client(), made.pin)
    app.extensions["balance"].close()


@pytest.fixture
def archive(made: Made) -> Iterator[Archive]:
    with Archive(made.folder) as opened:
        yield opened


def stored(archive: Archive, made: Made, kind: str) -> TrialRow:
    row = archive.trial(made.runs[kind].trials[0].trial_id)
    assert row is not None
    return row


def in_json(archive: Archive, row: TrialRow) -> Any:
    return json.loads(export_bytes(archive, find("json"), "trial", row.id)[0])


def in_csv(archive: Archive, row: TrialRow) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(export_bytes(archive, find("csv"), "trial", row.id)[0])) as files:
        (line,) = csv.DictReader(io.StringIO(files.read("trials.csv").decode()))
    return line


def measured(document: Any) -> dict[str, MeasureValue]:
    """What the file says, and nothing else: what is shown must follow from it."""
    return {key: MeasureValue.from_json(m) for key, m in document["measures"].items()}


def on_wall(run: RunResult, catalogue: Catalogue, usual: Usual | None = None) -> list[str]:
    scene = result_scene(ResultState(load_all()[run.protocol_id], run, usual=usual))
    return [catalogue.text(text.words) for text in scene.texts()]


def big(page: str) -> str:
    found = re.search(r'data-testid="number">([^<]+)<', page)
    assert found is not None
    return found[1]


def test_csv_and_json_hold_the_same_numbers_to_the_last_digit(made: Made, archive: Archive) -> None:
    row = stored(archive, made, "quiet")
    document, line = in_json(archive, row), in_csv(archive, row)
    columns = {name: cell for name, cell in line.items() if name in document["measures"]}
    assert len(columns) > 60
    for key, cell in columns.items():
        value = document["measures"][key]["value"]
        assert (float(cell) if cell else None) == value, key
        assert row.result.measures[key].value == value, key


def test_the_one_number_is_the_same_on_wall_phone_and_staff_page_and_is_the_files_rounded(
    made: Made, archive: Archive, told: tuple[Catalogue, FlaskClient, FlaskClient]
) -> None:
    catalogue, phone, staff = told
    row = stored(archive, made, "quiet")
    number = headline(measured(in_json(archive, row))[PRIMARY])
    assert number is not None
    assert number.decimals == 1
    text = catalogue.number(number)
    assert text in on_wall(made.runs["quiet"], catalogue)
    assert big(phone.get(f"/r/{made.tokens['quiet']}").text) == text
    assert big(staff.get(f"/trials/{row.id}").text) == text
    assert f"{float(in_csv(archive, row)[PRIMARY]):.1f}" == text.replace(",", ".")


def test_the_usual_band_is_the_same_on_wall_phone_and_staff_page(
    made: Made, archive: Archive, told: tuple[Catalogue, FlaskClient, FlaskClient]
) -> None:
    catalogue, phone, staff = told
    row = stored(archive, made, "quiet")
    assert row.person_id is not None
    before = [other.result for other in archive.trials(row.person_id) if other.id != row.id and other.result.kind == "quiet"]
    band = usual_band(row.result, before)
    assert band is not None
    low, high = (catalogue.number(Num(v, 1)) for v in band)
    for page in (phone.get(f"/r/{made.tokens['quiet']}").text, staff.get(f"/trials/{row.id}").text):
        assert re.search(rf"<figcaption>\w+: {low} \w+ {high}</figcaption>", page)
    assert any(low in text and high in text for text in on_wall(made.runs["quiet"], catalogue, Usual(*band)))


def test_every_measure_of_the_pages_is_the_files_number_to_the_place_of_its_uncertainty(
    made: Made, archive: Archive, told: tuple[Catalogue, FlaskClient, FlaskClient]
) -> None:
    catalogue, phone, staff = told
    row = stored(archive, made, "quiet")
    of_file = {key: found for key, m in measured(in_json(archive, row)).items() if (found := shown(m)) is not None}
    page = unescape(staff.get(f"/trials/{row.id}").text)
    cells = dict(re.findall(r'data-value="(\w+)">([^<]+)<', page))
    spreads = dict(re.findall(r'data-value="(\w+)">[^<]+</span> <span class="spread">± ([^<]+)<', page))
    assert len(cells) > 60
    assert len(spreads) > 20
    assert {key: cell for key, cell in cells.items() if key in of_file} == {
        key: catalogue.number(found.value) for key, found in of_file.items() if key in cells
    }
    assert spreads == {key: catalogue.number(f.spread) for key, f in of_file.items() if f.spread is not None and key in cells}
    three = dict(re.findall(r'data-measure="(\w+)">([^<]+)<', unescape(phone.get(f"/r/{made.tokens['quiet']}").text)))
    assert len(three) == 3
    assert three == {key: cells[key] for key in three}


def test_seconds_held_are_the_same_in_all_five_places(
    made: Made, archive: Archive, told: tuple[Catalogue, FlaskClient, FlaskClient]
) -> None:
    catalogue, phone, staff = told
    row = stored(archive, made, "hold")
    held_s = in_json(archive, row)["duration_s"]
    text = catalogue.number(Num(held_s, 1))
    assert text in on_wall(made.runs["hold"], catalogue)
    assert big(phone.get(f"/r/{made.tokens['hold']}").text) == text
    assert big(staff.get(f"/trials/{row.id}").text) == text
    assert float(in_csv(archive, row)["duration_s"]) == held_s


def test_the_phones_own_files_say_what_the_others_say(
    made: Made, archive: Archive, told: tuple[Catalogue, FlaskClient, FlaskClient]
) -> None:
    _, phone, _ = told
    document = in_json(archive, stored(archive, made, "quiet"))
    taken = json.loads(phone.get(f"/r/{made.tokens['quiet']}/json").text)
    assert taken["measures"] == {key: document["measures"][key] for key in taken["measures"]}
    assert PRIMARY in taken["measures"]
