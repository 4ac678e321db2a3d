"""Home: "Stand here", two feet breathing on the plate, the last round to keep; now and then a silent moment of a game."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import pi, sin

from station.core.geometry import Geometry
from station.core.scene import Panel, Qr, Scene, Shape, Text
from station.core.theme import GRID, MOTION
from station.flow.art import feet, plate, plate_map
from station.flow.pieces import FIGURE_MID_X, STAGE_MID_Y, Furniture, band, line_h, nickname, strip
from station.flow.shop import Best, Kept
from station.games.contract import Game, Lean, all_games
from station.words import Words, literal, say

PLATE_H = 660
QR_SIZE = 264
BEST_W = 312
DEMO_CYCLE_S = MOTION.home_demo_every_s + MOTION.home_demo_s
DEMO_STEP_S = 0.02
DEMO_ROUND_S = 40.0


@dataclass(frozen=True, slots=True)
class HomeState:
    """line: the one quiet line under "Stand here". waiting: what starts when somebody steps on, if something was chosen already."""

    name: str = ""
    line: Words = field(default_factory=lambda: Words(""))
    kept: Kept | None = None
    best: Sequence[Best] = ()
    pad: bool = False
    waiting: Words = field(default_factory=lambda: Words(""))


def home_scene(state: HomeState, geometry: Geometry, furniture: Furniture, now_s: float) -> Scene:
    """The feet breathe with `now_s`; everything else stands still."""
    board = plate_map(geometry, FIGURE_MID_X, STAGE_MID_Y, PLATE_H)
    breath = 1 + MOTION.breath_part / 2 * sin(2 * pi * now_s / MOTION.breath_s)
    still: list[Shape] = [
        *strip(state.waiting if state.waiting.id else literal(state.name), furniture),
        Text(say("flow.home.title"), GRID.words_x, 264, GRID.words_w, line_h("hero", 1), "hero", "ink", "bold", lines=1),
        Text(state.line, GRID.words_x, 492, GRID.words_w, line_h("label", 2), "label", "quiet", lines=2, top=True),
        *plate(board, geometry, pad=state.pad),
        *_lower_left(state),
    ]
    return Scene("home", tuple(still), feet(board, geometry.marks_mm, "target", size=breath), say("flow.home.alt"))


def _lower_left(state: HomeState) -> tuple[Shape, ...]:
    if state.kept is not None and state.kept.url:
        return (*qr(state.kept.url, GRID.words_x, 636), *band(say("flow.home.keep"), "phone"))
    if state.best:
        return band(say("flow.home.best", who=_best_line(state.best)), "step")
    return band(say("flow.home.band"), "step")


def _best_line(best: Sequence[Best]) -> Words:
    """The three names in one line; each with its score."""
    ids = {1: "flow.home.best-1", 2: "flow.home.best-2", 3: "flow.home.best-3"}
    shown = list(best)[:3]
    args: dict[str, object] = {}
    for n, each in enumerate(shown, 1):
        args |= {f"name{n}": nickname(each.nickname, BEST_W), f"score{n}": each.score}
    return Words(ids[len(shown)], args)


def qr(url: str, x: float, y: float, size: float = QR_SIZE) -> tuple[Shape, ...]:
    """The code on its white field; the quiet zone belongs to it."""
    return (Panel(x, y, size, size, "paper", radius=18), Qr(url, x + 12, y + 12, size - 24))


class Demonstration:
    """Eight silent seconds of one game every twenty, played by a calm player; another game each time."""

    def __init__(self) -> None:
        self._games = tuple(all_games().values())
        self._turn = -1
        self._round: object | None = None
        self._played_s = 0.0

    def scene(self, idle_s: float, furniture: Furniture) -> Scene | None:
        """None while home shows its own picture. `idle_s`: seconds since home was shown, never going back within a turn."""
        turn, into_s = divmod(idle_s, DEMO_CYCLE_S)
        into_s -= MOTION.home_demo_every_s
        if into_s < 0 or not self._games:
            return None
        game = self._games[int(turn) % len(self._games)]
        if int(turn) != self._turn or self._round is None:
            self._turn, self._round, self._played_s = int(turn), game.new(int(turn), DEMO_ROUND_S), 0.0
        self._play(game, into_s)
        still = (*strip(say("flow.home.demo"), furniture), *band(say("flow.home.band"), "step"))
        return Scene("home-demo", still, game.scene(self._round), say("flow.home.alt"))

    def _play(self, game: Game, until_s: float) -> None:
        while self._played_s + DEMO_STEP_S <= until_s:
            to_ml, to_ap = game.ideal(self._round)
            t = self._played_s
            lean = Lean(0.8 * to_ml + 0.3 * sin(1.3 * t), 0.8 * to_ap + 0.15 * sin(1.9 * t + 1), 1.0 + 0.2 * sin(0.7 * t))
            self._round = game.step(self._round, DEMO_STEP_S, lean)
            self._played_s += DEMO_STEP_S
