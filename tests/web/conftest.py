"""The gym of each test, a station for it, and browsers of two roles."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from flask_openapi3.openapi import OpenAPI
from gym import Gym, StationThere, enter, make_gym

from web.app import create_app


@pytest.fixture(scope="session")
def made_gym(tmp_path_factory: pytest.TempPathFactory) -> Gym:
    return make_gym(tmp_path_factory.mktemp("made"))


@pytest.fixture
def gym(made_gym: Gym, tmp_path: Path) -> Gym:
    shutil.copytree(made_gym.folder, tmp_path / "gym")
    return made_gym.at(tmp_path / "gym")


@pytest.fixture
def station(gym: Gym) -> Iterator[StationThere]:
    there = StationThere(gym.folder)
    yield there
    there.leave()


@pytest.fixture
def app(gym: Gym) -> Iterator[OpenAPI]:
    made = create_app(gym.folder)
    yield made
    made.extensions["balance"].close()


@pytest.fixture
def client(app: OpenAPI) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def staff(app: OpenAPI, gym: Gym) -> FlaskClient:
    return enter(app.test_client(), gym.pin)
