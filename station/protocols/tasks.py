"""The task of a training, drill or game, made when its recorded phase begins."""

from __future__ import annotations

import zlib

from station.coach.drill import Drill
from station.coach.target import TargetTask
from station.core.geometry import Geometry
from station.core.stance import Rest
from station.core.task import Task
from station.games.contract import find_game
from station.games.play import GameTask
from station.protocols.plan import TrialPlan


def make_task(plan: TrialPlan, geometry: Geometry, rest: Rest, *, side: str, begin_ns: int, seed_of: str) -> Task | None:
    """None for tests. The game's chance comes from `seed_of` (the trial's id), so a recompute plays the same round."""
    phase = plan.protocol.phase
    if phase.kind == "target":
        return TargetTask(rest, plan.seconds, float(plan.protocol.extra.get("target", {}).get("radius_mm", 20.0)))
    if phase.kind == "reps":
        return Drill(phase.reps, rest, geometry.marks_mm, side, begin_ns)
    if phase.kind == "game":
        return GameTask(find_game(plan.protocol.game), rest, geometry, plan.seconds, zlib.crc32(seed_of.encode()))
    return None
