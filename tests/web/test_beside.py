"""What staff see beside a number: the change with its noise, why published values stay away, the people of the station when asked for."""

from __future__ import annotations

import re
import uuid
from dataclasses import replace
from pathlib import Path

import numpy as np
from flask.testing import FlaskClient
from gym import Gym, enter

from station.store.queries import Archive
from station.store.store import Store
from web.app import create_app


def beside(page: str) -> str:
    found = re.search(r'<section class="card" data-testid="beside">.*?</section>', page, re.S)
    return found[0] if found else ""


def test_staff_see_the_change_since_the_visit_before_with_its_noise(staff: FlaskClient, gym: Gym) -> None:
    told = beside(staff.get(f"/trials/{gym.quiet}").text)
    assert re.search(r"\d\.\d\d times the earlier value", told)
    assert "No practice trial came first" in told
    assert "times the earlier value" not in beside(staff.get(f"/trials/{gym.guest}").text)


def test_published_values_stay_away_and_every_failed_condition_is_named(staff: FlaskClient, gym: Gym) -> None:
    told = beside(staff.get(f"/trials/{gym.quiet}").text)
    assert "Why no published values stand here" in told
    for reason in ("The age is not known.", "A simulated person did this.", "The trial lasts 30.0 s, theirs lasted 60 s."):
        assert f"{reason}</li>" in told
    assert "Santos" not in told
    assert "holds on one leg" not in beside(staff.get(f"/trials/{gym.hold}").text)


def test_an_open_result_has_no_comparison(client: FlaskClient, gym: Gym) -> None:
    page = client.get(f"/r/{gym.token}").text
    assert beside(page) == ""
    assert "published values" not in page


def test_the_people_of_the_station_are_shown_only_when_the_site_asks_and_there_are_fifty(gym: Gym) -> None:
    trial = fifty_people(gym.folder, gym.quiet)
    assert "People of this station" not in page_of(gym, trial)
    (gym.folder / "station.toml").write_text("[reference]\nsite_percentiles = true\n", "utf-8")
    told = page_of(gym, trial)
    assert re.search(r"People of this station, n = 50: half were between 8\.\d and 9\.\d", told)
    assert "People of this station" not in page_of(gym, gym.quiet)  # simulated


def page_of(gym: Gym, trial: str) -> str:
    app = create_app(gym.folder)
    try:
        return beside(enter(app.test_client(), gym.pin).get(f"/trials/{trial}").text)
    finally:
        app.extensions["balance"].close()


def fifty_people(folder: Path, model_id: str) -> str:
    """Each with one timed stance, as rows alone; the last one's trial."""
    with Archive(folder) as archive:
        model = archive.trial(model_id)
    assert model is not None
    speed = model.result.measures["mean_velocity_mm_s"]
    trial_id = ""
    with Store.open(folder) as store:
        for n, mm_s in enumerate(np.linspace(8.0, 10.0, 50).tolist()):
            person, trial_id = store.add_person(f"Person {n}").id, str(uuid.uuid4())
            ids = {"trial_id": trial_id, "run_id": str(uuid.uuid4()), "person_id": person}
            wall = {"wall_ns": 1_760_000_000_000_000_000 + n, "synced": True}
            store.begin_trial({**ids, "protocol": {"id": model.result.protocol_id, "version": 1}, "demo": False, "wall": wall})
            measured = {"mean_velocity_mm_s": replace(speed, value=mm_s)}
            quality = replace(model.result.quality, verdict="valid")
            store.finish_trial(replace(model.result, trial_id=trial_id, demo=False, measures=measured, quality=quality))
    return trial_id
