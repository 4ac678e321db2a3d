"""Candle: keep a flame alive by standing still. It leans as the body leans, goes out when the body wobbles, and lights itself again."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import cos, pi, sin

from station.core.scene import Arc, Circle, Glow, Line, Panel, Polygon, Shape
from station.core.theme import GRID
from station.games.contract import HAND_FACTOR, Lean

OUT_SPEED = 1.5  # times the own speed of rest, over a second: the flame goes out
STILL_SPEED = 1.0  # at or below it every moment counts fully
LIGHTS_AFTER_S = 1.0  # as still as that for this long, and it burns again
FLICKER_S = 1.7  # a slow breath of the flame: 35 a minute, far below any flash
MOST_LEAN = 0.55  # of its height, the tip's shift at a lean of 1

MIDDLE_X, TABLE_Y = GRID.width / 2, 876.0
TABLE_W = 480.0
FLAME_H, FLAME_W = 384.0, 96.0
BODY_W, BODY_H, STUB = 216.0, 288.0, 0.35  # the wax melts from full height to its stub
WICK_H = 48.0
STROKE = float(GRID.stroke_target)
HAND_X, HAND_Y = 1500.0, 636.0


@dataclass(frozen=True, slots=True)
class Round:
    """burnt_s: seconds of steadiness gathered, of `seconds`; still_s: how long a flame that is out has seen stillness."""

    seconds: float
    gone_s: float = 0.0
    burnt_s: float = 0.0
    lit: bool = True
    still_s: float = 0.0
    phase: float = 0.0
    lean: Lean = field(default_factory=Lean)


class Candle:
    id = "candle"
    protocol = """\
# Candle: 40 s of standing still as a game. Training and fun; tests judge.
id = "candle"
version = 1
kind = "game"
title = "game.candle.title"
short = "game.candle.short"
why = "game.candle.why"
status = "own"
stance = "two-leg"
eyes = "open"
surface = "firm"
hands = "free"
feedback = "cursor"
settle_s = 3
game = "candle"
cannot_see = ["protocol.cannot-see.hands"]

[[phase]]
kind = "game"
seconds = 40
ladder_s = [20, 30, 40, 60]
starts = "countdown"
say = "game.candle.say"
"""

    def new(self, seed: int, seconds: float) -> Round:
        """The seed only sets where in its breath the flame begins."""
        return Round(seconds, phase=(seed % 1000) / 1000)

    def step(self, now: Round, dt_s: float, lean: Lean) -> Round:
        wild = lean.speed > OUT_SPEED or lean.reach >= 1.0
        still_s = 0.0 if wild else now.still_s + dt_s
        lit = not wild and (now.lit or still_s >= LIGHTS_AFTER_S)
        gain_s = dt_s * steadiness(lean) * (HAND_FACTOR if lean.hand else 1.0) if lit else 0.0
        return replace(
            now,
            gone_s=now.gone_s + dt_s,
            burnt_s=now.burnt_s + gain_s,
            lit=lit,
            still_s=still_s,
            phase=(now.phase + dt_s / FLICKER_S) % 1.0,
            lean=lean,
        )

    def score(self, now: Round) -> float:
        return min(1000.0, 1000.0 * now.burnt_s / now.seconds)

    def done(self, now: Round) -> bool:
        return False

    def ideal(self, now: Round) -> tuple[float, float]:
        return (0.0, 0.0)

    def scene(self, now: Round) -> tuple[Shape, ...]:
        left = max(0.0, 1.0 - now.gone_s / now.seconds)
        body_h = BODY_H * (STUB + (1 - STUB) * left)
        top_y = TABLE_Y - body_h
        foot_y = top_y - WICK_H
        shapes: list[Shape] = [
            Line(((MIDDLE_X - TABLE_W / 2, TABLE_Y), (MIDDLE_X + TABLE_W / 2, TABLE_Y)), "ring", STROKE),
            Panel(MIDDLE_X - BODY_W / 2, top_y, BODY_W, body_h, "world", radius=24),
            Line(((MIDDLE_X, top_y), (MIDDLE_X, foot_y)), "ink", STROKE),
        ]
        shapes += _flame(now, foot_y) if now.lit else _smoke(now, foot_y)
        if now.lean.hand:
            shapes += _hand()
        return tuple(shapes)


def steadiness(lean: Lean) -> float:
    """1 as still as at rest or stiller and in the middle; falls to 0 at the speed or the reach at which the flame goes out."""
    calm = min(1.0, max(0.0, (OUT_SPEED - lean.speed) / (OUT_SPEED - STILL_SPEED)))
    return calm * max(0.0, 1.0 - lean.reach * lean.reach)


def _flame(now: Round, foot_y: float) -> list[Shape]:
    breath = 1.0 + 0.03 * sin(2 * pi * now.phase)
    height = FLAME_H * breath * (1.0 - 0.25 * min(1.0, max(0.0, now.lean.speed - STILL_SPEED)))
    tip = MOST_LEAN * FLAME_H * now.lean.ml
    x, y = MIDDLE_X, foot_y
    outer = _drop(x, y, FLAME_W, height, tip)
    inner = _drop(x, y - 12, FLAME_W * 0.5, height * 0.5, tip * 0.5)
    return [
        Glow(x + tip * 0.4, y - height * 0.45, 330.0, "self", 0.3),
        Polygon(outer, "self"),
        Polygon(inner, "ink", alpha=0.55),
    ]


def _outline() -> tuple[tuple[float, float], ...]:
    """(half width, height) of a drop, round below, pointed above, in shares of its size; 0 at the foot, 1 at the tip."""
    turns = [2 * pi * n / 40 for n in range(40)]
    ups = [(1 - cos(turn)) / 2 for turn in turns]
    return tuple((sin(turn) * (1 - up) ** 0.6 * (0.35 + up) * 1.6, up) for turn, up in zip(turns, ups, strict=True))


_OUTLINE = _outline()


def _drop(x: float, y: float, half_w: float, height: float, tip: float) -> tuple[tuple[float, float], ...]:
    """A flame's outline, bent sideways towards its tip."""
    return tuple((x + half_w * wide + tip * up * up, y - height * up) for wide, up in _OUTLINE)


def _smoke(now: Round, foot_y: float) -> list[Shape]:
    """Out: a thread of smoke, and an arc that fills while stillness lights it again."""
    sway = 30 * sin(2 * pi * now.phase)
    thread = tuple((MIDDLE_X + (12 + sway) * sin(k * pi / 10) * k / 20, foot_y - 15 * k) for k in range(21))
    again = min(1.0, now.still_s / LIGHTS_AFTER_S)
    ring: list[Shape] = [Circle(MIDDLE_X, foot_y - 144, 105, "ring", STROKE)]
    if again > 0:
        ring.append(Arc(MIDDLE_X, foot_y - 144, 105, again, "target", STROKE))
    return [Line(thread, "quiet", STROKE), *ring]


def _hand() -> list[Shape]:
    """A small open hand: something else carries weight, points count half. It explains itself and shames nobody."""
    fingers: list[Shape] = [
        Line(((HAND_X - 36 + 24 * k, HAND_Y), (HAND_X - 42 + 28 * k, HAND_Y - 78 + 12 * abs(k - 1.5))), "quiet", 15) for k in range(4)
    ]
    thumb = Line(((HAND_X - 42, HAND_Y + 42), (HAND_X - 84, HAND_Y + 6)), "quiet", 15)
    return [*fingers, thumb, Circle(HAND_X, HAND_Y + 36, 48, "quiet")]


GAME = Candle()
