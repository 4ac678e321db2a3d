"""A round of any game as the task of a trial."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from station.core.frames import FS_HZ
from station.core.geometry import Geometry
from station.core.results import Score
from station.core.stance import Rest
from station.core.task import TaskView
from station.games.contract import Game, Lean
from station.games.control import Control, Limits

MOST_SUPPORTED = 0.3  # share of the round held by hands beyond which there is no score


class GameTask:
    """Steps the game once a frame, 10 ms each. A round played mostly on a rail has no score."""

    def __init__(self, game: Game, rest: Rest, geometry: Geometry, seconds: float, seed: int) -> None:
        self._game = game
        self._control = Control(Limits.guest(rest, geometry), rest.bw_n)
        self._round = game.new(seed, seconds)
        self._frames = 0
        self._lean_sum = 0.0

    def step(self, t_ns: int, load_n: float, ml_mm: float, ap_mm: float) -> None:
        lean: Lean = self._control.step(1 / FS_HZ, load_n, ml_mm, ap_mm)
        self._round = self._game.step(self._round, 1 / FS_HZ, lean)
        self._frames += 1
        self._lean_sum += lean.support

    def freeze(self, t_ns: int) -> None:
        self._control.restart()

    @property
    def done(self) -> bool:
        return self._game.done(self._round)

    @property
    def score(self) -> Score | None:
        if not self._frames or self._lean_sum / self._frames > MOST_SUPPORTED:
            return None
        return Score(float(round(self._game.score(self._round))), "", 1000.0)

    @property
    def reps(self) -> tuple[Mapping[str, Any], ...]:
        return ()

    def view(self) -> TaskView:
        return TaskView(
            asks="lean",
            asks_at=self._control.mm(*self._game.ideal(self._round)),
            score=float(round(self._game.score(self._round))),
            world=self._game.scene(self._round),
        )

    def drain(self) -> list[str]:
        return []
