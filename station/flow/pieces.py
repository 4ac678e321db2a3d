"""What screens share: the strip at the top, the band at the bottom with its picture, the words column, cards, the live dot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from station.core.scene import Arc, Circle, Glow, Line, Panel, Role, Shape, Text
from station.core.theme import GRID, TYPE_PX
from station.flow.art import ring, speaker
from station.flow.shop import Shop
from station.words import Words, literal, say

Picture = Literal["step", "lean", "hold", "off", "key", "phone", "wait", "press", "weight", "lift"]

RIGHT = GRID.width - GRID.margin_x
WIDTH = GRID.width - 2 * GRID.margin_x
FIGURE_MID_X = GRID.figure_x + GRID.figure_w / 2
STAGE_MID_Y = GRID.stage_y + GRID.stage_h / 2
BAND_MID_Y = GRID.band_y + GRID.band_h / 2
TAG_W = 156
TAG_H = 60
CLOCK_W = 132
NAME_EM = {**dict.fromkeys("iIl.,:;'|!jftr()[]-1 ", 0.38), **dict.fromkeys("mwMW@%…", 0.96), **dict.fromkeys("NHUOQGÖÜ&", 0.68)}
OTHER_EM = 0.62  # no other letter of the type is wider


@dataclass(frozen=True, slots=True)
class Furniture:
    """What stands on strip and band besides the words: taken from the shop and the plate."""

    demo: bool = False
    clock: str = ""
    network: bool = True
    sound: bool = True
    pad: bool = False

    @staticmethod
    def of(shop: Shop, *, pad: bool = False) -> Furniture:
        return Furniture(shop.demo, shop.clock, shop.network, shop.sound == "ok", pad)


def strip(left: Words, furniture: Furniture) -> tuple[Shape, ...]:
    """What is on at the left; at the right the clock, and signs only when they are true."""
    mid_y = GRID.strip_y + GRID.strip_h / 2
    shapes: list[Shape] = []
    x: float = RIGHT
    if furniture.clock:
        x -= CLOCK_W
        shapes.append(Text(literal(furniture.clock), x, GRID.strip_y, CLOCK_W, GRID.strip_h, "strip", "quiet", align="right", lines=1))
    if furniture.demo:
        x -= TAG_W + 24
        shapes += [
            Panel(x, mid_y - TAG_H / 2, TAG_W, TAG_H, "target", GRID.stroke_thin, radius=18),
            Text(say("flow.demo"), x, mid_y - TAG_H / 2, TAG_W, TAG_H, "strip", "target", "semibold", "centre", lines=1),
        ]
    for shown, sign in ((furniture.pad, _pad_sign), (not furniture.sound, _mute_sign), (not furniture.network, _away_sign)):
        if shown:
            x -= 84
            shapes += sign(x + 30, mid_y)
    shapes.append(Text(left, GRID.margin_x, GRID.strip_y, max(0.0, x - 24 - GRID.margin_x), GRID.strip_h, "strip", "quiet", lines=1))
    return tuple(shapes)


def _pad_sign(x: float, y: float) -> tuple[Shape, ...]:
    return (Panel(x - 27, y - 6, 54, 24, "quiet", radius=9), Line(((x - 30, y + 24), (x + 30, y + 24)), "quiet", 4))


def _mute_sign(x: float, y: float) -> tuple[Shape, ...]:
    return (*speaker(x, y, 48, "quiet"), Line(((x - 24, y + 24), (x + 24, y - 24)), "ink", 5))


def _away_sign(x: float, y: float) -> tuple[Shape, ...]:
    waves = tuple(Arc(x, y + 20, r, 0.25, "quiet", 6, start_turn=0.875) for r in (18.0, 36.0))
    return (Circle(x, y + 20, 5, "quiet"), *waves, Line(((x - 24, y + 24), (x + 24, y - 24)), "ink", 5))


def band(words: Words, picture: Picture, *, keep_right: float = 0.0) -> tuple[Shape, ...]:
    """One sentence saying what to do next, its picture at the left end. `keep_right`: room left free at the right end."""
    x = GRID.margin_x + 144
    return (
        Panel(GRID.margin_x, GRID.band_y, WIDTH, GRID.band_h, "panel"),
        *_PICTURES[picture](GRID.margin_x + 78, BAND_MID_Y),
        Text(words, x, GRID.band_y, RIGHT - 36 - x - keep_right, GRID.band_h, "label", "ink", lines=1),
    )


def _step(x: float, y: float) -> tuple[Shape, ...]:
    """Down onto the plate."""
    return (*_plate_line(x, y), *_arrow(x, y - 33, x, y + 9))


def _off(x: float, y: float) -> tuple[Shape, ...]:
    return (*_plate_line(x - 18, y), *_arrow(x - 18, y + 6, x + 33, y - 27))


def _lean(x: float, y: float) -> tuple[Shape, ...]:
    return (Circle(x, y, 14, "self"), *_arrow(x + 21, y, x + 45, y), *_arrow(x - 21, y, x - 45, y))


def _hold(x: float, y: float) -> tuple[Shape, ...]:
    return (Circle(x, y, 14, "self"), Circle(x, y, 33, "target", GRID.stroke_target))


def _key(x: float, y: float) -> tuple[Shape, ...]:
    """A foot button."""
    foot_of_it = Line(((x - 36, y + 27), (x + 36, y + 27)), "quiet", 8)
    return (foot_of_it, Panel(x - 24, y - 3, 48, 24, "target", radius=12), *_arrow(x, y - 42, x, y - 15))


def _phone(x: float, y: float) -> tuple[Shape, ...]:
    return (Panel(x - 21, y - 36, 42, 72, "ink", 6, radius=9), Line(((x - 6, y + 24), (x + 6, y + 24)), "ink", 5))


def _wait(x: float, y: float) -> tuple[Shape, ...]:
    return tuple(Circle(x + dx, y, 9, "quiet") for dx in (-30, 0, 30))


def _press(x: float, y: float) -> tuple[Shape, ...]:
    """Down onto one corner."""
    return (*_plate_line(x, y), Circle(x + 27, y + 18, 9, "target"), *_arrow(x + 27, y - 39, x + 27, y - 3))


def _kettle(x: float, y: float) -> tuple[Shape, ...]:
    """A weight with its handle."""
    return (Arc(x, y - 15, 12, 1.0, "self", 6), Panel(x - 18, y - 9, 36, 30, "self", radius=9))


def _weight(x: float, y: float) -> tuple[Shape, ...]:
    return (*_plate_line(x, y), *_kettle(x - 15, y - 3), *_arrow(x + 27, y - 33, x + 27, y + 9))


def _lift(x: float, y: float) -> tuple[Shape, ...]:
    return (*_plate_line(x, y), *_kettle(x - 15, y - 3), *_arrow(x + 27, y + 9, x + 27, y - 33))


def _plate_line(x: float, y: float) -> tuple[Shape, ...]:
    return (Line(((x - 36, y + 27), (x + 36, y + 27)), "quiet", 9),)


def _arrow(x0: float, y0: float, x1: float, y1: float) -> tuple[Shape, ...]:
    long = ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5
    ux, uy = (x1 - x0) / long, (y1 - y0) / long
    head = ((x1 - 14 * (ux + uy), y1 - 14 * (uy - ux)), (x1, y1), (x1 - 14 * (ux - uy), y1 - 14 * (uy + ux)))
    return (Line(((x0, y0), (x1, y1)), "target", 8), Line(head, "target", 8))


_PICTURES = {"step": _step, "off": _off, "lean": _lean, "hold": _hold, "key": _key, "phone": _phone, "wait": _wait}
_PICTURES |= {"press": _press, "weight": _weight, "lift": _lift}


def headline(words: Words, *, y: float = GRID.stage_y, w: float = GRID.words_w, role: Role = "ink", lines: int = 2) -> Text:
    """The title at the top of the words column."""
    return Text(words, GRID.words_x, y, w, line_h("title", lines), "title", role, "bold", lines=lines, top=True)


def line_h(step: Literal["mega", "hero", "title", "say", "label", "strip"], lines: int = 1) -> int:
    """Height of a box for so many lines, up to the next step of the grid."""
    return -(-round(TYPE_PX[step] * 1.26 * lines) // 12) * 12


def card_frame(x: float, y: float, w: float, h: float, *, lit: bool) -> tuple[Shape, ...]:
    rim: tuple[Shape, ...] = (Panel(x, y, w, h, "target", GRID.stroke_target),) if lit else ()
    return (Panel(x, y, w, h, "panel"), *rim)


def fill_ring(x: float, y: float, level: float, r: float = 48) -> tuple[Shape, ...]:
    """The ring of a card while somebody leans to it; nothing while nobody does."""
    return ring(x, y, r, level, width=15) if level > 0.02 else ()


def dot(x: float, y: float) -> tuple[Shape, ...]:
    """The person."""
    return (Glow(x, y, GRID.glow_r, "self"), Circle(x, y, GRID.self_r, "self"))


def nickname(name: str, w: float) -> Words:
    """As much of a nickname as fits into one line of `w` at the label step; widths are those of the type, rounded up."""
    room_em = w / TYPE_PX["label"]
    if sum(NAME_EM.get(c, OTHER_EM) for c in name) <= room_em:
        return literal(name)
    kept, room_em = "", room_em - NAME_EM["…"]
    for c in name:
        room_em -= NAME_EM.get(c, OTHER_EM)
        if room_em < 0:
            break
        kept += c
    return literal(kept.rstrip() + "…")


def yes_no() -> tuple[Shape, ...]:
    """Two wide fields at the foot of the words column; `answer_at` says which one was touched."""
    out: list[Shape] = []
    for (x, y, w, h), words, lit in ((YES_BOX, say("flow.yes"), True), (NO_BOX, say("flow.no"), False)):
        out += [*card_frame(x, y, w, h, lit=lit), Text(words, x, y, w, h, "title", "ink", "bold", "centre", lines=1)]
    return tuple(out)


YES_BOX = (GRID.words_x, 708, 540, 168)
NO_BOX = (GRID.words_x + 564, 708, 540, 168)


def inside(x: float, y: float, box: tuple[float, float, float, float]) -> bool:
    return box[0] <= x <= box[0] + box[2] and box[1] <= y <= box[1] + box[3]
