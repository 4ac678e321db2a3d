"""Pictures made of primitives: the plate from above, feet, a person seen from behind, a hand on a rail, signs. All in layout units."""

from __future__ import annotations

from math import cos, pi, sin

from station.core.geometry import Geometry
from station.core.readings import CELLS
from station.core.results import Condition
from station.core.scene import Arc, BoardMap, Circle, Line, Panel, Polygon, Role, Shape
from station.core.theme import GRID

Points = tuple[tuple[float, float], ...]

# A right foot from above, in mm about the middle of the sole: x outwards, y forward.
SOLE_MM: Points = (
    (0, -125), (26, -116), (36, -88), (33, -45), (38, 0), (47, 40), (45, 66), (28, 82), (0, 90), (-28, 88), (-43, 68), (-40, 35), (-26, 0),
    (-22, -45), (-33, -88), (-25, -116),
)  # fmt: skip
TOES_MM = ((-29, 112, 16), (-4, 113, 11), (17, 107, 10), (34, 97, 9), (48, 83, 8))
TOE_OUT_TURNS = 7 / 360
SPLINE_STEPS = 5


def curve(points: Points, steps: int = SPLINE_STEPS) -> Points:
    """A closed Catmull-Rom curve through the points."""
    out = []
    n = len(points)
    for i in range(n):
        p0, p1, p2, p3 = (points[(i + k - 1) % n] for k in range(4))
        for step in range(steps):
            t = step / steps
            out.append((_catmull(p0[0], p1[0], p2[0], p3[0], t), _catmull(p0[1], p1[1], p2[1], p3[1], t)))
    return tuple(out)


def _catmull(a: float, b: float, c: float, d: float, t: float) -> float:
    return 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t * t + (3 * b - a - 3 * c + d) * t * t * t)


SOLE_CURVE_MM = curve(SOLE_MM)


def foot(
    board: BoardMap, ml_mm: float, side: str, role: Role, *, size: float = 1.0, width: float = GRID.stroke_target
) -> tuple[Shape, ...]:
    """One foot outline with its toes on the mark at (ml_mm, 0); `size` breathes about the mark."""
    hand = 1.0 if side == "right" else -1.0
    turn = 2 * pi * TOE_OUT_TURNS

    def at(x: float, y: float) -> tuple[float, float]:
        x, y = x * size, y * size
        return board.at(ml_mm + hand * (x * cos(turn) + y * sin(turn)), y * cos(turn) - x * sin(turn))

    sole = tuple(at(x, y) for x, y in SOLE_CURVE_MM)
    toes = tuple(Circle(*at(x, y), r * size * board.scale, role) for x, y, r in TOES_MM)
    return (Polygon(sole, role, alpha=0.16), Polygon(sole, role, width), *toes)


def feet(board: BoardMap, marks_mm: float, role: Role, *, size: float = 1.0, width: float = GRID.stroke_target) -> tuple[Shape, ...]:
    """Both feet on their marks."""
    left = foot(board, -marks_mm / 2, "left", role, size=size, width=width)
    return left + foot(board, marks_mm / 2, "right", role, size=size, width=width)


def plate_map(geometry: Geometry, x: float, y: float, height: float) -> BoardMap:
    """The plate about (x, y), as high as `height` layout units."""
    return BoardMap(x, y, height / geometry.plate_mm[1])


def plate(board: BoardMap, geometry: Geometry, *, pad: bool = False) -> tuple[Shape, ...]:
    """The plate from above with its real marks: centre line, heel line, cells; the pad as a second rim."""
    w, h = (mm * board.scale for mm in geometry.plate_mm)
    left, top = board.x - w / 2, board.y - h / 2
    half_mark = geometry.marks_mm / 2
    heel = tuple(board.at(ml, -150) for ml in (-half_mark - 50, half_mark + 50))
    centre = tuple(board.at(0, ap) for ap in (-150, 150))
    shapes: list[Shape] = [
        Panel(left, top, w, h, "panel"),
        Panel(left, top, w, h, "ring", GRID.stroke_target / 2),
        Line(heel, "ring", GRID.stroke_thin),
        Line(centre, "ring", GRID.stroke_thin, dashed=True),
    ]
    if pad:
        shapes.append(Panel(left + 24, top + 24, w - 48, h - 48, "ring", GRID.stroke_target))
    shapes += [Circle(*corner_at(board, geometry, cell), 12, "ring") for cell in CELLS]
    return tuple(shapes)


def pad_on(board: BoardMap, geometry: Geometry) -> tuple[Shape, ...]:
    """The pad as the thing to lay on or take off: in the colour of what to do."""
    w, h = geometry.plate_mm[0] * board.scale * 0.84, geometry.plate_mm[1] * board.scale * 0.7
    x, y = board.x - w / 2, board.y - h / 2
    return (Panel(x, y, w, h, "target", alpha=0.16), Panel(x, y, w, h, "target", GRID.stroke_target))


def corner_at(board: BoardMap, geometry: Geometry, cell: str) -> tuple[float, float]:
    """Where a cell is drawn: over itself, but never on the rim."""
    ml, ap = geometry.cells_mm[CELLS.index(cell)]
    room_ml, room_ap = geometry.plate_mm[0] / 2 - 36 / board.scale, geometry.plate_mm[1] / 2 - 36 / board.scale
    return board.at(max(-room_ml, min(room_ml, ml)), max(-room_ap, min(room_ap, ap)))


def cross(x: float, y: float) -> tuple[Shape, ...]:
    """The fixation cross of a test."""
    half = GRID.cross / 2
    return (
        Line(((x - half, y), (x + half, y)), "ink", GRID.stroke_cross),
        Line(((x, y - half), (x, y + half)), "ink", GRID.stroke_cross),
    )


def tick(x: float, y: float, size: float, role: Role = "good") -> tuple[Shape, ...]:
    return (Line(((x - size * 0.5, y), (x - size * 0.12, y + size * 0.38), (x + size * 0.5, y - size * 0.38)), role, size * 0.16),)


def dash(x: float, y: float, size: float, role: Role = "quiet") -> tuple[Shape, ...]:
    return (Line(((x - size * 0.4, y), (x + size * 0.4, y)), role, size * 0.16),)


def triangle(x: float, y: float, size: float, role: Role = "trouble") -> tuple[Shape, ...]:
    """The sign of trouble: a triangle with a bar and a dot."""
    rim = ((x, y - size * 0.5), (x + size * 0.56, y + size * 0.46), (x - size * 0.56, y + size * 0.46))
    return (
        Polygon(rim, role, size * 0.09),
        Line(((x, y - size * 0.14), (x, y + size * 0.14)), role, size * 0.09),
        Circle(x, y + size * 0.3, size * 0.055, role),
    )


def eye(x: float, y: float, size: float, *, shut: bool, role: Role = "ink") -> tuple[Shape, ...]:
    """An open eye, or a closed one with lashes."""
    arc = tuple((x + size * (t / 10 - 0.5), y + (1 if shut else -1) * size * 0.3 * sin(pi * t / 10)) for t in range(11))
    if shut:
        lids = [(d, 0.3 * sin(pi * (d + 0.5))) for d in (-0.34, 0.0, 0.34)]
        lashes = [
            Line(((x + size * d, y + size * low), (x + size * d * 1.3, y + size * (low + 0.16))), role, size * 0.07) for d, low in lids
        ]
        return (Line(arc, role, size * 0.08), *lashes)
    lower = tuple((px, 2 * y - py) for px, py in arc)
    return (Line(arc, role, size * 0.08), Line(lower, role, size * 0.08), Circle(x, y, size * 0.13, role))


def stance(x: float, foot_y: float, height: float, condition: Condition, side: str, hands: str) -> tuple[Shape, ...]:
    """A person from behind, as they stand facing the screen: legs, arms, eyes and pad are the condition's. Feet at (x, foot_y)."""
    u = height / 100  # the person is 100 u high
    width = 7 * u
    ground_y = foot_y - (12 * u if condition.surface == "foam" else 0)
    hip_y, shoulder_y, head_y = ground_y - 46 * u, ground_y - 78 * u, ground_y - 92 * u
    shapes: list[Shape] = []
    if condition.surface == "foam":
        shapes.append(Panel(x - 26 * u, ground_y + 2 * u, 52 * u, 10 * u, "quiet", radius=3 * u))
    shapes.append(Line(((x - 34 * u, foot_y + 3 * u), (x + 34 * u, foot_y + 3 * u)), "ring", 2 * u))
    shapes += [
        Line((foot_at, (x + hip * u, hip_y)), "ink", width)
        for foot_at, hip in (((x - 8 * u, ground_y - 3.5 * u), -4), ((x + 8 * u, ground_y - 3.5 * u), 4))
        if condition.stance != "single-leg"
    ]
    if condition.stance == "single-leg":
        stand = -1 if side == "left" else 1
        lifted = ((x - stand * 4 * u, hip_y), (x - stand * 9 * u, ground_y - 25 * u), (x - stand * 7 * u, ground_y - 12 * u))
        shapes += [
            Line(((x + stand * 3 * u, ground_y - 3.5 * u), (x + stand * 4 * u, hip_y)), "ink", width),
            Line(lifted, "target", width),
        ]
    shapes += [
        Polygon(((x - 9 * u, shoulder_y), (x + 9 * u, shoulder_y), (x + 5 * u, hip_y), (x - 5 * u, hip_y)), "ink", width),
        Polygon(((x - 9 * u, shoulder_y), (x + 9 * u, shoulder_y), (x + 5 * u, hip_y), (x - 5 * u, hip_y)), "ink"),
        Circle(x, head_y, 8 * u, "ink"),
        *_arms(x, shoulder_y, hip_y, u, hands),
    ]
    return tuple(shapes)


def _arms(x: float, shoulder_y: float, hip_y: float, u: float, hands: str) -> tuple[Shape, ...]:
    out = []
    for way in (-1, 1):
        shoulder = (x + way * 12 * u, shoulder_y + u)
        if hands == "hips":
            arm: Points = (shoulder, (x + way * 22 * u, shoulder_y + 17 * u), (x + way * 10 * u, hip_y - 2 * u))
        elif hands == "crossed":
            arm = (shoulder, (x + way * 17 * u, shoulder_y + 16 * u), (x + way * 12 * u, shoulder_y + 15 * u))
        elif hands == "free":
            arm = (shoulder, (x + way * 24 * u, shoulder_y + 13 * u), (x + way * 34 * u, shoulder_y + 18 * u))
        else:
            arm = (shoulder, (x + way * 16 * u, shoulder_y + 18 * u), (x + way * 16 * u, hip_y + 5 * u))
        out.append(Line(arm, "ink", 5 * u))
    return tuple(out)


def hand_on_rail(x: float, y: float, size: float) -> tuple[Shape, ...]:
    """A hand closed round a rail, about (x, y), `size` wide."""
    u = size / 100
    rail_y = y - 4 * u
    shapes: list[Shape] = [
        Line(((x - 26 * u, y - 12 * u), (x - 26 * u, y + 58 * u)), "track", 9 * u),
        Line(((x + 42 * u, y - 12 * u), (x + 42 * u, y + 58 * u)), "track", 9 * u),
        Line(((x - 46 * u, rail_y), (x + 46 * u, rail_y)), "quiet", 13 * u),
        Line(((x + 8 * u, y + 12 * u), (x + 20 * u, y + 52 * u)), "ink", 22 * u),
        Panel(x - 17 * u, rail_y - 2 * u, 42 * u, 24 * u, "ink", radius=10 * u),
    ]
    for n in range(4):
        finger_x = x - 12 * u + n * 11 * u
        shapes += [
            Line(((finger_x, rail_y - 9 * u), (finger_x, rail_y + 8 * u)), "ground", 12 * u),
            Line(((finger_x, rail_y - 9 * u), (finger_x, rail_y + 8 * u)), "ink", 9.5 * u),
        ]
    shapes.append(Line(((x - 13 * u, rail_y + 17 * u), (x + 4 * u, rail_y + 17 * u)), "ink", 9 * u))
    return tuple(shapes)


def ring(x: float, y: float, r: float, level: float, role: Role = "target", width: float = GRID.stroke_gauge) -> tuple[Shape, ...]:
    """A gauge: the track, and what is filled of it (0..1)."""
    track = Circle(x, y, r, "track", width)
    return (track, Arc(x, y, r, min(1.0, level), role, width)) if level > 0 else (track,)


def speaker(x: float, y: float, size: float, role: Role = "ink") -> tuple[Shape, ...]:
    """A loudspeaker with two waves."""
    u = size / 100
    box = ((-40, -14), (-20, -14), (4, -36), (4, 36), (-20, 14), (-40, 14))
    return (
        Polygon(tuple((x + px * u, y + py * u) for px, py in box), role),
        Arc(x + 4 * u, y, 22 * u, 0.25, role, 8 * u, start_turn=0.125),
        Arc(x + 4 * u, y, 40 * u, 0.25, role, 8 * u, start_turn=0.125),
    )


def two_people(x: float, y: float, size: float) -> tuple[Shape, ...]:
    """A person on the plate and a helper beside, an arm ready."""
    u = size / 100
    standing = stance(x - 18 * u, y + 46 * u, 92 * u, Condition(), "", "sides")
    helper = stance(x + 30 * u, y + 46 * u, 92 * u, Condition(), "", "sides")
    return (*standing, *helper, Line(((x + 20 * u, y - 18 * u), (x + 2 * u, y - 4 * u)), "target", 6 * u))
