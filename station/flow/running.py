"""Screens of a run: ready, countdown, the cross of a test, training, drill, game, rest, ending. Pure: a View in, a Scene out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from station.core.geometry import Geometry
from station.core.scene import BoardMap, Circle, Panel, Scene, Shape, Text, Trail
from station.core.theme import GRID, MOTION
from station.core.view import View
from station.flow.art import cross, dash, eye, feet, pad_on, plate, plate_map, ring, stance, tick
from station.flow.pieces import FIGURE_MID_X, RIGHT, STAGE_MID_Y, Furniture, Picture, band, dot, line_h, strip
from station.protocols.model import Protocol
from station.words import Num, Words, say

MID_X = GRID.width / 2
CROSS_Y = 456  # eye height on a screen that hangs with its middle a little lower
SCALES = {"training": 10.0, "drill": 5.0}  # layout units per mm: a ring of 15 mm is a good hand wide; taps shift 60 mm
MARK_W = 84
COUNT_BOX = (MID_X - 372, 204, 744, 540)


@dataclass(frozen=True, slots=True)
class RunState:
    """trail_mm: the dot's last 0.8 s, newest last. middle_mm: where the rings have their middle. loaded: somebody stands there already."""

    protocol: Protocol
    view: View
    trail_mm: Sequence[tuple[float, float]] = ()
    middle_mm: tuple[float, float] = (0.0, 0.0)
    loaded: bool = False


def run_scene(state: RunState, geometry: Geometry, furniture: Furniture) -> Scene:
    """The screen of this phase."""
    phase, kind = state.view.phase, state.protocol.kind
    if phase == "countdown":
        return _countdown(state)
    if phase in ("record", "ending", "frozen"):
        if kind == "test":
            return _test() if phase == "record" else _test_over(state, furniture)
        return _stage(state, geometry, furniture)
    if phase in ("clear-plate", "rest") or (phase == "step-on" and not state.loaded):
        return _board(state, geometry, furniture)
    return _ready(state, furniture)


def what_is_on(protocol: Protocol, view: View) -> Words:
    """The strip's line: "Single-leg hold, right leg, eyes closed"; only what differs from plain standing."""
    words = protocol.title
    if view.side:
        words = say("flow.on.with", what=words, more=say(f"flow.on.{view.side}"))
    if view.condition.eyes == "closed":
        words = say("flow.on.with", what=words, more=say("flow.on.closed"))
    if view.condition.surface == "foam":
        words = say("flow.on.with", what=words, more=say("flow.on.foam"))
    if view.of > 1:
        words = say("flow.on.with", what=words, more=say("flow.on.part", n=view.index + 1, of=view.of))
    return words


def _signs(state: RunState, x: float, foot_y: float, height: float) -> tuple[Shape, ...]:
    """How to stand: figure and eyes. A drill or game shows no eye."""
    condition = state.view.condition
    figure = stance(x, foot_y, height, condition, state.view.side or "right", state.protocol.hands)
    shut = condition.eyes == "closed"
    return (*figure, *eye(x + height * 0.34, foot_y - height * 0.92, height * 0.17, shut=shut, role="target" if shut else "quiet"))


def _ready(state: RunState, furniture: Furniture) -> Scene:
    """Stance picture left, the instruction right, the ring of stillness below it."""
    view = state.view
    x, y = 660.0, 696.0
    still: list[Shape] = [
        *strip(what_is_on(state.protocol, view), furniture),
        *_signs(state, GRID.margin_x + 228, 852, 600),
        Text(view.say, x, 168, RIGHT - x, line_h("say", 2), "say", "ink", "semibold", lines=2, top=True),
        *_band(view, "hold" if view.asks == "stand-still" else "lean"),
    ]
    moving: list[Shape] = []
    if view.phase in ("settle", "place"):
        moving += ring(x + 165, y - 132, 135, view.ring)
        if view.phase == "settle" and view.ring >= 1:
            moving += tick(x + 165, y - 132, 120)
    return Scene("ready", tuple(still), tuple(moving), view.say if view.say.id else say("flow.run.alt"))


def _band(view: View, picture: Picture) -> tuple[Shape, ...]:
    return band(view.do, picture) if view.do.id else ()


def _countdown(state: RunState) -> Scene:
    """One digit inside an emptying ring, the stance small at the left, and the one line that must be read now, if there is one."""
    view = state.view
    left = view.seconds if view.seconds is not None else 0.0
    x, y, w, h = COUNT_BOX
    still: list[Shape] = [*_signs(state, 240, 780, 384)]
    if view.say.id:
        still.append(Text(view.say, GRID.margin_x, 864, RIGHT - GRID.margin_x, line_h("say"), "say", "ink", "semibold", "centre", lines=1))
    digit = Text(say("flow.digit", n=Num(left)), x, y, w, h, "mega", "ink", "bold", "centre", lines=1)
    moving: tuple[Shape, ...] = (*ring(MID_X, y + h / 2, 309, max(0.0, min(1.0, left / 3))), digit)
    return Scene("countdown", tuple(still), moving, view.say if view.say.id else say("flow.run.alt"))


def _test() -> Scene:
    """The cross and nothing else."""
    return Scene("running-test", cross(MID_X, CROSS_Y), (), None)


def _test_over(state: RunState, furniture: Furniture) -> Scene:
    """The cross becomes a tick; then the words that bring somebody safely back."""
    view = state.view
    words = view.say if view.condition.eyes == "closed" or view.say.id not in ("", "trial.over") else say("flow.over")
    still = (
        *tick(MID_X, CROSS_Y - 120, 192),
        Text(words, 240, 480, GRID.width - 480, line_h("say", 2), "say", "ink", "semibold", "centre", lines=2),
    )
    return Scene("ending-test", still, (), words)


def _board(state: RunState, geometry: Geometry, furniture: Furniture) -> Scene:
    """Before and between trials: what must happen on the plate, with the plate."""
    view = state.view
    board = plate_map(geometry, FIGURE_MID_X, STAGE_MID_Y, 660)
    pad = view.asks in ("put-pad-on", "take-pad-off")
    w = GRID.words_w - 48
    lines: list[Shape] = [Text(view.say, GRID.words_x, 264, w, line_h("say", 2), "say", "ink", "semibold", lines=2, top=True)]
    if view.phase == "rest" and view.seconds is not None:
        seconds = say("flow.seconds", n=Num(view.seconds))
        lines.append(Text(seconds, GRID.words_x, 516, w, line_h("hero"), "hero", "ink", "bold", lines=1))
    picture: Picture = "off" if view.asks == "step-off" else "wait" if view.phase == "rest" else "step"
    still: tuple[Shape, ...] = (
        *strip(what_is_on(state.protocol, view), furniture),
        *plate(board, geometry),
        *(pad_on(board, geometry) if pad else ()),
        *(() if view.asks in ("clear-plate", "put-pad-on", "take-pad-off", "step-off") else feet(board, geometry.marks_mm, "target")),
        *_band(view, picture),
    )
    return Scene(f"run-{view.phase}", still, tuple(lines), view.say)


def _stage(state: RunState, geometry: Geometry, furniture: Furniture) -> Scene:
    """Training, drill or game: the world, seconds at the right, count or score at the left, one line in the band, marks of repetitions."""
    view = state.view
    still: list[Shape] = [*strip(what_is_on(state.protocol, view), furniture)]
    world = _world(state) if view.phase != "frozen" else _frozen(state, geometry)
    moving: list[Shape] = [*world, *_numbers(view), *_rep_marks(view)]
    if view.phase == "frozen":
        moving.append(Text(view.say, 240, 732, GRID.width - 480, line_h("say"), "say", "ink", "semibold", "centre", lines=1))
    words = view.do if view.do.id else view.say
    if words.id:
        moving += band(words, "step" if view.phase == "frozen" else "hold")
    name = f"frozen-{state.protocol.kind}" if view.phase == "frozen" else f"running-{state.protocol.kind}"
    return Scene(name, tuple(still), tuple(moving), state.protocol.title)


def _world(state: RunState) -> tuple[Shape, ...]:
    view = state.view
    if state.protocol.kind == "game":
        return view.world
    rims: tuple[Shape, ...] = tuple(Circle(MID_X, STAGE_MID_Y, r, "ring", GRID.stroke_thin) for r in GRID.rings)
    target: tuple[Shape, ...] = ()
    if view.target_mm is not None:
        x, y = _place(state, view.target_mm[0], view.target_mm[1])
        target = (Circle(x, y, view.target_mm[2] * _training(state).scale, "target", GRID.stroke_target),)
    return (*rims, *target, *view.world, *_person(state))


def _person(state: RunState) -> tuple[Shape, ...]:
    if state.view.cop_mm is None:
        return ()
    trail = tuple(_place(state, ml, ap) for ml, ap in state.trail_mm)
    return (Trail(trail, GRID.self_r * 0.6), *dot(*_place(state, *state.view.cop_mm)))


def _training(state: RunState) -> BoardMap:
    return BoardMap(MID_X, STAGE_MID_Y, SCALES.get(state.protocol.kind, 5.0))


def _place(state: RunState, ml_mm: float, ap_mm: float) -> tuple[float, float]:
    """In the training picture: about the middle, and never outside the stage."""
    x, y = _training(state).at(ml_mm - state.middle_mm[0], ap_mm - state.middle_mm[1])
    return max(48.0, min(GRID.width - 48.0, x)), max(GRID.stage_y + 36.0, min(GRID.stage_y + GRID.stage_h - 36.0, y))


def _frozen(state: RunState, geometry: Geometry) -> tuple[Shape, ...]:
    """The world at 40 %, and the feet come back. The strip above it stays as it was."""
    top = GRID.strip_y + GRID.strip_h
    veil = Panel(0, top, GRID.width, GRID.height - top, "ground", radius=0, alpha=1 - MOTION.world_dim)
    board = plate_map(geometry, MID_X, 444, 540)
    return (*_world(state), veil, *feet(board, geometry.marks_mm, "target"))


def _numbers(view: View) -> tuple[Shape, ...]:
    h = line_h("hero")
    shapes: list[Shape] = []
    if view.seconds is not None:
        seconds = say("flow.digit", n=Num(view.seconds))
        shapes.append(Text(seconds, RIGHT - 384, GRID.stage_y, 384, h, "hero", "ink", "bold", "right", lines=1))
    if view.count is not None:
        words = say("flow.count", n=view.count, of=view.of_count) if view.of_count else say("flow.digit", n=view.count)
        shapes.append(Text(words, GRID.margin_x, GRID.stage_y, 576, h, "hero", "ink", "bold", lines=1))
    elif view.score is not None:
        shapes.append(Text(say("flow.digit", n=Num(view.score)), GRID.margin_x, GRID.stage_y, 576, h, "hero", "ink", "bold", lines=1))
    return tuple(shapes)


def _rep_marks(view: View) -> tuple[Shape, ...]:
    """One mark a repetition along the stage's lower edge: tick valid, hollow heavy or rushed, dash lost; never red."""
    wanted = max(view.of_count or 0, len(view.rep_marks))
    x0, y = MID_X - MARK_W * (wanted - 1) / 2, GRID.stage_y + GRID.stage_h - 48
    shapes: list[Shape] = []
    for n in range(wanted):
        x = x0 + n * MARK_W
        mark = view.rep_marks[n] if n < len(view.rep_marks) else ""
        if mark in ("valid", "light"):
            shapes += [Circle(x, y, 27, "good"), *tick(x, y, 27, "ground")]
        elif mark in ("heavy", "rushed"):
            shapes.append(Circle(x, y, 27, "ink", GRID.stroke_target))
        elif mark:
            shapes += dash(x, y, 48)
        else:
            shapes.append(Circle(x, y, 12, "ring"))
    return tuple(shapes)
