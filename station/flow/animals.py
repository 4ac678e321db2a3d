"""Ten animals, each a shape that differs from the others also without its colour. `u` is a hundredth of the picture's size."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from types import MappingProxyType

from station.core.scene import Arc, Circle, Line, Panel, Polygon, Role, Shape
from station.flow.art import Points, curve

Draw = Callable[[float, float, float, Role], tuple[Shape, ...]]


def animal(name: str, x: float, y: float, size: float, role: Role) -> tuple[Shape, ...]:
    """The animal about (x, y), `size` wide; a name that nobody drew gets one of them, always the same."""
    known = name if name in _DRAW else tuple(_DRAW)[zlib.crc32(name.encode("utf-8", "replace")) % len(_DRAW)]
    return _DRAW[known](x, y, size / 100, role)


def animals() -> tuple[str, ...]:
    return tuple(_DRAW)


def _at(x: float, y: float, u: float, points: Points) -> Points:
    return tuple((x + px * u, y + py * u) for px, py in points)


def _eyes(x: float, y: float, u: float, apart: float, up: float, r: float = 5) -> tuple[Shape, ...]:
    return (Circle(x - apart * u, y + up * u, r * u, "ground"), Circle(x + apart * u, y + up * u, r * u, "ground"))


def _fox(x: float, y: float, u: float, role: Role) -> tuple[Shape, ...]:
    face = ((-44, -44), (-18, -24), (18, -24), (44, -44), (40, 2), (0, 44), (-40, 2))
    cheeks = ((-38, 6), (-14, 10), (0, 44)), ((38, 6), (14, 10), (0, 44))
    return (
        Polygon(_at(x, y, u, face), role),
        Polygon(_at(x, y, u, face), role, 6 * u),
        *(Polygon(_at(x, y, u, c), "ground", alpha=0.35) for c in cheeks),
        *_eyes(x, y, u, 17, -4),
        Circle(x, y + 38 * u, 7 * u, "ground"),
    )


def _owl(x: float, y: float, u: float, role: Role) -> tuple[Shape, ...]:
    body = curve(((-36, -36), (-20, -30), (0, -34), (20, -30), (36, -36), (38, 10), (24, 42), (0, 48), (-24, 42), (-38, 10)))
    return (
        Polygon(_at(x, y, u, body), role),
        Circle(x - 17 * u, y - 8 * u, 16 * u, "ground"),
        Circle(x + 17 * u, y - 8 * u, 16 * u, "ground"),
        Circle(x - 15 * u, y - 8 * u, 7 * u, role),
        Circle(x + 15 * u, y - 8 * u, 7 * u, role),
        Polygon(_at(x, y, u, ((-6, 4), (6, 4), (0, 16))), "ground"),
        *(Arc(x + dx * u, y + dy * u, 6 * u, 0.4, "ground", 3 * u, start_turn=0.3) for dx, dy in ((-12, 22), (0, 26), (12, 22))),
    )


def _bear(x: float, y: float, u: float, role: Role) -> tuple[Shape, ...]:
    return (
        Circle(x - 28 * u, y - 28 * u, 15 * u, role),
        Circle(x + 28 * u, y - 28 * u, 15 * u, role),
        Circle(x - 28 * u, y - 28 * u, 7 * u, "ground", alpha=0.5),
        Circle(x + 28 * u, y - 28 * u, 7 * u, "ground", alpha=0.5),
        Circle(x, y + 3 * u, 40 * u, role),
        Circle(x, y + 17 * u, 17 * u, "ground", alpha=0.35),
        *_eyes(x, y, u, 15, -8),
        Circle(x, y + 11 * u, 7 * u, "ground"),
    )


def _cat(x: float, y: float, u: float, role: Role) -> tuple[Shape, ...]:
    ears = ((-38, -44), (-6, -28), (-34, -4)), ((38, -44), (6, -28), (34, -4))
    whiskers = [((s * 14, 14 + k * 8), (s * 50, 8 + k * 14)) for s in (-1, 1) for k in (0, 1)]
    return (
        *(Polygon(_at(x, y, u, e), role) for e in ears),
        Circle(x, y + 6 * u, 36 * u, role),
        *(Line(_at(x, y, u, w), "ink", 2.5 * u) for w in whiskers),
        *_eyes(x, y, u, 14, 0, 6),
        Polygon(_at(x, y, u, ((-6, 12), (6, 12), (0, 19))), "ground"),
    )


def _rabbit(x: float, y: float, u: float, role: Role) -> tuple[Shape, ...]:
    ears = (((-14, -6), (-20, -40)), ((14, -6), (20, -40)))
    return (
        *(Line(_at(x, y, u, e), role, 18 * u) for e in ears),
        *(Line(_at(x, y, u, e), "ground", 6 * u, alpha=0.4) for e in ears),
        Circle(x, y + 18 * u, 30 * u, role),
        *_eyes(x, y, u, 11, 12),
        Circle(x, y + 23 * u, 4.5 * u, "ground"),
        Panel(x - 5 * u, y + 31 * u, 10 * u, 10 * u, "ground", radius=2 * u),
    )


def _frog(x: float, y: float, u: float, role: Role) -> tuple[Shape, ...]:
    head = curve(((-46, 10), (-34, -16), (0, -22), (34, -16), (46, 10), (30, 34), (0, 40), (-30, 34)))
    return (
        Polygon(_at(x, y, u, head), role),
        Circle(x - 24 * u, y - 24 * u, 17 * u, role),
        Circle(x + 24 * u, y - 24 * u, 17 * u, role),
        *_eyes(x, y, u, 24, -25, 8),
        Line(_at(x, y, u, ((-30, 12), (-14, 20), (0, 22), (14, 20), (30, 12))), "ground", 4 * u),
    )


def _penguin(x: float, y: float, u: float, role: Role) -> tuple[Shape, ...]:
    body = curve(((0, -48), (20, -40), (30, -10), (32, 22), (18, 44), (-18, 44), (-32, 22), (-30, -10), (-20, -40)))
    belly = curve(((0, -18), (16, -8), (20, 18), (10, 38), (-10, 38), (-20, 18), (-16, -8)))
    return (
        Line(_at(x, y, u, ((-30, -8), (-44, 18))), role, 11 * u),
        Line(_at(x, y, u, ((30, -8), (44, 18))), role, 11 * u),
        Polygon(_at(x, y, u, body), role),
        Polygon(_at(x, y, u, belly), "ground", alpha=0.6),
        *_eyes(x, y, u, 10, -28, 4.5),
        Polygon(_at(x, y, u, ((-7, -20), (7, -20), (0, -9))), "ground"),
    )


def _whale(x: float, y: float, u: float, role: Role) -> tuple[Shape, ...]:
    body = curve(((-46, 6), (-38, -16), (-8, -24), (18, -10), (34, 4), (38, 16), (20, 32), (-18, 36), (-40, 28)))
    tail = ((34, 14), (50, -16), (40, -12), (28, -18), (30, 6))
    return (
        Polygon(_at(x, y, u, tail), role),
        Polygon(_at(x, y, u, body), role),
        Line(_at(x, y, u, ((-16, -30), (-16, -40))), role, 5 * u),
        Line(_at(x, y, u, ((-16, -40), (-26, -47))), role, 5 * u),
        Line(_at(x, y, u, ((-16, -40), (-6, -47))), role, 5 * u),
        Circle(x - 28 * u, y + 4 * u, 5 * u, "ground"),
        Line(_at(x, y, u, ((-42, 18), (-26, 22), (-12, 18))), "ground", 4 * u),
    )


def _turtle(x: float, y: float, u: float, role: Role) -> tuple[Shape, ...]:
    shell = curve(((-36, 18), (-30, -12), (-6, -28), (18, -14), (26, 18), (-4, 24)))
    marks = (((-18, -14), (-8, 18)), ((6, -18), (4, 18)), ((-32, 4), (22, 4)))
    return (
        Line(_at(x, y, u, ((-24, 20), (-26, 36))), role, 12 * u),
        Line(_at(x, y, u, ((14, 20), (16, 36))), role, 12 * u),
        Line(_at(x, y, u, ((22, 14), (38, 2))), role, 12 * u),
        Circle(x + 40 * u, y - 4 * u, 11 * u, role),
        Polygon(_at(x, y, u, shell), role),
        *(Line(_at(x, y, u, m), "ground", 4 * u) for m in marks),
        Circle(x + 43 * u, y - 7 * u, 3 * u, "ground"),
    )


def _fish(x: float, y: float, u: float, role: Role) -> tuple[Shape, ...]:
    body = curve(((-44, 2), (-24, -24), (4, -26), (26, -4), (26, 6), (4, 30), (-24, 28)))
    return (
        Polygon(_at(x, y, u, ((18, 2), (46, -26), (40, 2), (46, 30))), role),
        Polygon(_at(x, y, u, body), role),
        Arc(x - 20 * u, y + 2 * u, 22 * u, 0.24, "ground", 4 * u, start_turn=0.13),
        Circle(x - 24 * u, y - 6 * u, 5 * u, "ground"),
    )


_DRAW: Mapping[str, Draw] = MappingProxyType(
    {
        "fox": _fox, "owl": _owl, "bear": _bear, "cat": _cat, "rabbit": _rabbit, "frog": _frog, "penguin": _penguin, "whale": _whale,
        "turtle": _turtle, "fish": _fish,
    }
)  # fmt: skip
