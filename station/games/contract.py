"""What a game is: rules and a picture as data. It knows no screen, no pixels and no clock, only seconds that pass and a `Lean`.

A game is one file of this folder with a `GAME`; it is found, listed, run and contract-tested without another edit.
"""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Protocol

import station.games
from station.core.scene import Shape
from station.errors import NotFound


@dataclass(frozen=True, slots=True)
class Lean:
    """The body as a game sees it, scaled to the person's own limits (`station.games.control`).

    ml, ap:  -1..1 of what the game may demand: + right, + forward; 0 inside the dead band of rest
    speed:   mean speed of the last second over the person's own speed at rest (1 = as still as at rest)
    support: share of body weight that something else carries, 0..1
    """

    ml: float = 0.0
    ap: float = 0.0
    speed: float = 1.0
    support: float = 0.0

    @property
    def reach(self) -> float:
        """Distance from the centre; 1 is as far as the game may demand."""
        return float((self.ml * self.ml + self.ap * self.ap) ** 0.5)

    @property
    def hand(self) -> bool:
        """More than 5 % of the weight is held elsewhere: points count half while it lasts."""
        return self.support > HAND_SUPPORT


HAND_SUPPORT = 0.05
HAND_FACTOR = 0.5


class Game(Protocol):
    """`protocol` is the TOML text of the protocol it plays as (kind "game"), `ideal` where a player should lean now."""

    id: str
    protocol: str

    def new(self, seed: int, seconds: float) -> Any:
        """The first state of a round; all chance comes from `seed`."""
        ...

    def step(self, now: Any, dt_s: float, lean: Lean) -> Any:
        """The state `dt_s` later. Never called while the person is off the plate."""
        ...

    def scene(self, now: Any) -> tuple[Shape, ...]:
        """The world in layout space; seconds and score are drawn by the screen around it."""
        ...

    def score(self, now: Any) -> float:
        """0..1000, relative to the person's own limits."""
        ...

    def done(self, now: Any) -> bool:
        """Over before the time is."""
        ...

    def ideal(self, now: Any) -> tuple[float, float]:
        """Where to lean now, in the units of `Lean`."""
        ...


NOT_GAMES = ("contract", "control", "play")


def all_games() -> Mapping[str, Game]:
    """Every game of this folder by id."""
    found: dict[str, Game] = {}
    for module in pkgutil.iter_modules(station.games.__path__):
        if module.name not in NOT_GAMES:
            game: Game = importlib.import_module(f"station.games.{module.name}").GAME
            found[game.id] = game
    return MappingProxyType(found)


def find_game(name: str) -> Game:
    """Raises NotFound, with the closest name."""
    games = all_games()
    if name not in games:
        near = difflib.get_close_matches(name, list(games), n=1)
        raise NotFound("game", name, near[0] if near else "")
    return games[name]
