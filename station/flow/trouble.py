"""Trouble: what is wrong, where, what is safe and what to do; somebody on the plate comes first."""

from __future__ import annotations

from station.core.geometry import Geometry
from station.core.readings import CELLS
from station.core.scene import Circle, Scene, Shape, Text
from station.core.theme import GRID
from station.flow.art import corner_at, feet, plate, plate_map, triangle
from station.flow.pieces import FIGURE_MID_X, STAGE_MID_Y, Furniture, band, line_h, strip
from station.flow.shop import FaultLike
from station.words import Num, Words, say


def trouble_scene(fault: FaultLike, geometry: Geometry, furniture: Furniture, *, loaded: bool, kept_s: float | None) -> Scene:
    """`kept_s`: seconds of the trial that was going on, and that are kept."""
    board = plate_map(geometry, FIGURE_MID_X, STAGE_MID_Y - 24, 612)
    x, w = GRID.words_x, GRID.words_w - 24
    first, second = (say("flow.trouble.off"), fault.what) if loaded else (fault.what, say("flow.trouble.safe"))
    shapes: list[Shape] = [
        *strip(fault.staff, furniture),
        *triangle(GRID.words_x + 72, 204, 120),
        Text(first, x, 288, w, line_h("title", 2), "title", "ink", "bold", lines=2, top=True),
        Text(second, x, 576, w, line_h("label", 2), "label", "ink", "regular", lines=2, top=True),
        *plate(board, geometry),
        *feet(board, geometry.marks_mm, "ring"),
        *_corner(fault, geometry),
        *band(fault.do, "wait"),
    ]
    if kept_s is not None and kept_s >= 1:
        shapes.append(Text(say("flow.trouble.kept", n=Num(kept_s // 1)), x, 744, w, line_h("label"), "label", "quiet", "regular", lines=1))
    return Scene("trouble", tuple(shapes), (), fault.what)


def _corner(fault: FaultLike, geometry: Geometry) -> tuple[Shape, ...]:
    """The corner concerned, filled and named as the person stands on the plate."""
    if fault.cell is None:
        return ()
    cell = CELLS[fault.cell]
    board = plate_map(geometry, FIGURE_MID_X, STAGE_MID_Y - 24, 612)
    x, y = corner_at(board, geometry, cell)
    h = line_h("label")
    name_y = GRID.stage_y + GRID.stage_h - h
    return (
        Circle(x, y, 60, "trouble", alpha=0.3),
        Circle(x, y, 27, "trouble"),
        Circle(x, y, 60, "trouble", GRID.stroke_thin),
        Text(name_of(fault.cell), GRID.figure_x, name_y, GRID.figure_w, h, "label", "trouble", "bold", "centre", lines=1),
    )


def name_of(cell: int) -> Words:
    return say(f"cell.{CELLS[cell].replace('_', '-')}")
