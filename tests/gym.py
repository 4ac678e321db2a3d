"""A small gym made by the real chain, a station that answers on the real socket, and browsers of two roles: for the tests of the pages."""

from __future__ import annotations

import re
import threading
import uuid
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from flask_openapi3.openapi import OpenAPI

from hardware.boards import parse_board
from station.commands import LiveView, Problem
from station.core.results import TrialResult
from station.errors import NotFound, StationError
from station.live import LiveLink
from station.protocols.loader import load_all
from station.recompute import overrule
from station.solo import Wishes, go
from station.store.queries import Archive
from station.store.store import Store
from station.storing import keeper
from station.text.catalogue import Catalogue
from web.site import Site

IDLE = LiveView(screen="home", title="Stand here", say="Step on", do="Step on the plate.", load="empty")
TEST_VIEW = LiveView(
    screen="run",
    title="Stand still",
    say="Look at the cross",
    busy=True,
    protocol="two-leg-quiet",
    kind="test",
    phase="record",
    seconds_left=20.0,
)
TRAINING_VIEW = LiveView(
    screen="run",
    title="Sway target",
    say="Stay inside the ring",
    busy=True,
    demo=True,
    protocol="sway-target",
    kind="training",
    phase="record",
    seconds_left=18.0,
    cop_ml_mm=22.0,
    cop_ap_mm=31.0,
    target_ml_mm=0.0,
    target_ap_mm=12.0,
    target_r_mm=60.0,
    plate_mm=(500.0, 600.0),
)
EARLIER_MM_S = (9.0, 10.0, 11.0, 9.5, 10.5)


@dataclass(frozen=True)
class Gym:
    """A data folder: one person with a timed stance (and five before it), a hold and a drill, and a guest's timed stance."""

    folder: Path
    pin: str
    person: str
    code: str
    quiet: str
    hold: str
    drill: str
    guest: str
    token: str

    def at(self, folder: Path) -> Gym:
        return replace(self, folder=folder)


def _run(folder: Path, protocol: str, seed: int, code: str | None, side: str | None = None, seconds: float | None = None) -> str:
    with keeper(folder, code) as keep:
        wishes = keep.wishes(Wishes(side=side, seconds=seconds))
        done = go(parse_board("simulated", seed=seed), load_all()[protocol], wishes, keep=keep.recorder)
    return done.runs[0].trials[0].trial_id


def _history(folder: Path, model: TrialResult, person: str) -> None:
    """Five earlier timed stances of the person, as rows alone."""
    with Store.open(folder) as store:
        for n, mm_s in enumerate(EARLIER_MM_S):
            trial_id, speed = str(uuid.uuid4()), model.measures["mean_velocity_mm_s"]
            wall = {"wall_ns": 1_760_000_000_000_000_000 + n * 86_400_000_000_000, "synced": True}
            protocol = {"id": model.protocol_id, "version": 1}
            ids = {"trial_id": trial_id, "run_id": str(uuid.uuid4()), "person_id": person}
            store.begin_trial({**ids, "protocol": protocol, "demo": True, "wall": wall})
            store.finish_trial(replace(model, trial_id=trial_id, measures={"mean_velocity_mm_s": replace(speed, value=mm_s)}))


def make_gym(folder: Path) -> Gym:
    with Store.open(folder) as store:
        pin = store.make_pin()
        kiwi = store.add_person("Kiwi", demo=True)
    assert pin is not None
    model_id = _run(folder, "two-leg-quiet", 1, None, seconds=30)
    with Archive(folder) as archive:
        model = archive.trial(model_id)
    assert model is not None
    _history(folder, model.result, kiwi.id)
    quiet = _run(folder, "two-leg-quiet", 2, kiwi.code)
    hold = _run(folder, "single-leg-hold", 2, kiwi.code, "right")
    drill = _run(folder, "heel-tap-front", 3, kiwi.code, "right")
    with Store.open(folder) as store:
        token = store.share(quiet)
    return Gym(folder, pin, kiwi.id, kiwi.code, quiet, hold, drill, model_id, token)


class StationThere:
    """Stands on the station's side of the real socket: publishes views, answers commands with the real store."""

    def __init__(self, folder: Path) -> None:
        self.asked: list[Any] = []
        self.refusal: Problem | None = None
        self.urls: list[str] = []
        self._store = Store.open(folder)
        self._link = LiveLink(folder)
        self._view: Callable[[int], LiveView] = lambda _: IDLE
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._live, daemon=True)
        self._thread.start()

    def show(self, view: LiveView | Callable[[int], LiveView]) -> None:
        """This view from now on, or one made from the count of views so far."""
        self._view = view if callable(view) else (lambda _: view)

    def leave(self) -> None:
        """Again does nothing."""
        if self._over.is_set():
            return
        self._over.set()
        self._thread.join(timeout=5)
        self._link.close()
        self._store.close()

    def _live(self) -> None:
        count = 0
        while not self._over.wait(0.01):
            count += 1
            self._link.publish(self._view(count // 5).model_copy())
            for asked in self._link.take():
                self.asked.append(asked.command)
                try:
                    asked.ok(**self._do(asked.command))
                except StationError as error:
                    text = Catalogue().text
                    code: Any = "not-found" if isinstance(error, NotFound) else "invalid"
                    asked.problem(Problem(code=code, what=text(error.what), do=text(error.do)))
                except _Refusal as refused:
                    asked.problem(refused.problem)

    def _do(self, command: Any) -> dict[str, Any]:
        if self.refusal is not None and command.cmd in ("start_run", "service"):
            raise _Refusal(self.refusal)
        match command.cmd:
            case "addresses":
                self.urls = command.urls
            case "start_run":
                return {"run_id": "run-1"}
            case "add_person":
                return {"id": self._store.add_person(command.nickname, demo=True).id}
            case "rename_person":
                self._store.rename_person(command.person, command.nickname)
            case "move_trial":
                self._store.move_trial(command.trial, command.person)
            case "mark" if command.trial:
                self._store.mark_trial(command.trial, command.kind, command.reason or "")
            case "override":
                overrule(self._store, command.trial, command.verdict, command.reason)
            case "share":
                return {"token": self._store.share(command.trial)}
        return {}


class _Refusal(Exception):
    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.what)
        self.problem = problem


def enter(client: FlaskClient, pin: str) -> FlaskClient:
    """A browser that gave the PIN."""
    done = client.post("/staff", data={"csrf_token": csrf(client, "/staff"), "pin": pin})
    assert done.status_code == 302
    return client


def csrf(client: FlaskClient, path: str) -> str:
    """The token of a page's form."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get(path).text)
    assert found, f"{path} has no form"
    return found.group(1)


def charts(page: str) -> list[ET.Element]:
    """The charts of a page, in their order."""
    return [ET.fromstring(found) for found in re.findall(r"<svg [^>]*class=\"chart.*?</svg>", page, re.S)]


def wait_for(true: Callable[[], bool], seconds: float = 60.0) -> None:
    """Until a thread has done its part; fails when it has not in time."""
    tick = threading.Event()
    for _ in range(int(seconds / 0.01)):
        if true():
            return
        tick.wait(0.01)
    raise AssertionError("it did not happen in time")


def site_of(app: OpenAPI) -> Site:
    found: Site = app.extensions["balance"]
    return found
