"""Whatever a person and a helper do, in whatever order: a screen is always there, and a run is never lost or doubled."""

from __future__ import annotations

from contextlib import suppress
from itertools import pairwise
from random import Random

import pytest
from flow.floor import PROTOCOLS, RUNNER, Floor, shop

from station.core.scene import Scene
from station.core.view import RunEnded, TrialBegun, TrialEnded
from station.errors import Refused
from station.flow.effects import PersonChosen, RunBegun, VisitBegan, VisitEnded
from station.flow.intents import Intent, Point
from station.flow.shop import Fault
from station.words import say

FAULT = Fault(say("hardware.fault.silent", cell=say("cell.rear-left")), say("hardware.fault.silent.do"), 2)


def something(floor: Floor, chance: Random) -> None:
    """One thing that may happen at a station."""
    what = chance.randrange(10)
    if what <= 2:
        floor.stand(chance.uniform(0.1, 6), chance.uniform(-50, 50), chance.uniform(-50, 50))
    elif what == 3:
        floor.stand(chance.uniform(5, 20))
    elif what == 4:
        floor.empty(chance.uniform(0.1, 8))
    elif what == 5:
        floor.lean(chance.choice(["left", "front", "right"]))
    elif what <= 7:
        floor.press(chance.choice([*Intent, Point(chance.uniform(0, 1920), chance.uniform(0, 1080))]))
    elif what == 8:
        with suppress(Refused):
            floor.flow.start(chance.choice(list(PROTOCOLS)), chance.choice([None, "uuid-anna"]))
    else:
        floor.flow.trouble(chance.choice([(), (FAULT,)]))


@pytest.mark.parametrize("seed", range(6))
def test_any_walk_ends_with_everything_closed_once_and_in_the_name_of_the_person_told_last(seed: int) -> None:
    chance = Random(seed)
    floor = Floor(shop(sound=chance.choice(["ok", "none"])), known=chance.choice([(), (RUNNER,)])).empty(1)
    for _ in range(40):
        something(floor, chance)
    floor.effects += floor.flow.shut()
    assert all(isinstance(scene, Scene) and scene.name for _, scene in floor.seen)
    assert [b.run_id for b in floor.of(RunBegun)] == [e.result.run_id for e in floor.of(RunEnded)]
    assert [b.trial_id for b in floor.of(TrialBegun)] == [e.result.trial_id for e in floor.of(TrialEnded)]
    assert len(floor.of(VisitBegan)) == len(floor.of(VisitEnded))
    told = [e for e in floor.effects if isinstance(e, PersonChosen | RunBegun)]
    for before, after in pairwise(told):
        if isinstance(after, RunBegun):
            assert after.person == before.person
