"""Who is standing? Cards in a fan before the person: animals, Guest in the middle, and "None of these"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from station.core.geometry import Geometry
from station.core.scene import Circle, Scene, Shape, Text
from station.core.theme import GRID
from station.flow.animals import animal
from station.flow.art import foot, plate_map
from station.flow.lean import DIRECTION_TURNS
from station.flow.pieces import Furniture, band, card_frame, dot, fill_ring, headline, inside, nickname, strip
from station.flow.shop import PersonCard
from station.words import Words, say

CARD_W, CARD_H = 324, 432
NAME_W = CARD_W - 24
CARD_X = {"left": 108, "front-left": 453, "front": 798, "front-right": 1143, "right": 1488}
CARD_Y = {"left": 324, "front-left": 288, "front": 264, "front-right": 288, "right": 324}
DOT_X, DOT_Y = 960.0, 804.0
DOT_MM = 2.4  # layout units per mm of lean
DOT_MOST = 84.0
PLACES = {1: ("left",), 2: ("left", "front-left"), 3: ("left", "front-left", "front-right")}


@dataclass(frozen=True, slots=True)
class Choice:
    """A card: who it stands for; `person` None is a guest, `known` False for "None of these"."""

    direction: str
    person: str | None
    card: PersonCard | None = None
    known: bool = True


def choices(cards: Sequence[PersonCard]) -> tuple[Choice, ...]:
    """At most three people (the likeliest first), Guest in the middle, "None of these" at the right; left to right."""
    people = [Choice(d, c.id, c) for d, c in zip(PLACES.get(min(3, len(cards)), ()), cards, strict=False)]
    found = [*people, Choice("front", None), Choice("right", None, known=False)]
    return tuple(sorted(found, key=lambda c: -DIRECTION_TURNS[c.direction]))


def who_scene(
    options: Sequence[Choice], filled: Mapping[str, float], lit: str | None, off_mm: tuple[float, float], furniture: Furniture
) -> Scene:
    """`filled`: ring of each direction, 0..1. `lit`: the card aimed at, or chosen with the keys."""
    still: list[Shape] = [*strip(Words(""), furniture), headline(say("flow.who.title"), lines=1), *band(say("flow.who.band"), "lean")]
    moving: list[Shape] = []
    for option in options:
        x, y = CARD_X[option.direction], CARD_Y[option.direction]
        still += [*card_frame(x, y, CARD_W, CARD_H, lit=False), *_face(option, x + CARD_W / 2, y + 144)]
        still.append(Text(_label(option), x + 12, y + 252, NAME_W, 144, "label", "ink", "semibold", "centre", lines=2))
        if option.direction == lit:
            moving += card_frame(x, y, CARD_W, CARD_H, lit=True)[1:]
        moving += fill_ring(x + CARD_W / 2, y + 144, filled.get(option.direction, 0.0), 120)
    at_x = DOT_X + max(-DOT_MOST * 3, min(DOT_MOST * 3, off_mm[0] * DOT_MM))
    at_y = DOT_Y - max(-DOT_MOST, min(DOT_MOST, off_mm[1] * DOT_MM))
    moving += [Circle(DOT_X, DOT_Y, 45, "ring", GRID.stroke_thin), *dot(at_x, at_y)]
    return Scene("who", tuple(still), tuple(moving), say("flow.who.alt"))


def card_at(options: Sequence[Choice], x: float, y: float) -> Choice | None:
    """The card under a touch."""
    return next((o for o in options if inside(x, y, (CARD_X[o.direction], CARD_Y[o.direction], CARD_W, CARD_H))), None)


def _label(option: Choice) -> Words:
    if option.card is not None:
        return nickname(option.card.nickname, NAME_W)
    return say("flow.who.guest") if option.known else say("flow.who.none")


def _face(option: Choice, x: float, y: float) -> tuple[Shape, ...]:
    if option.card is not None:
        return animal(option.card.animal, x, y, 192, option.card.colour)
    if option.known:
        board = plate_map(Geometry(), x, y + 6, 312)
        return (*foot(board, -72, "left", "ink", width=6), *foot(board, 72, "right", "ink", width=6))
    return tuple(Circle(x + dx, y, 15, "quiet") for dx in (-54, 0, 54))
