"""The plate from above while somebody works at it: marks and what became of them, the corner to press, what each cell says."""

from __future__ import annotations

from math import hypot, pi, sin

from station.core.geometry import Geometry
from station.core.readings import CELLS
from station.core.scene import Align, BoardMap, Circle, Line, Panel, Role, Shape, Text
from station.core.sheet import CellView, MarkView, Sheet
from station.core.theme import GRID, MOTION
from station.flow.art import Points, corner_at, feet, ring, tick, triangle
from station.flow.pieces import RIGHT, STAGE_MID_Y, line_h
from station.words import Num, Words, say

WIDTH, HEIGHT = 624, 744
MID_X = RIGHT - WIDTH / 2
MARK_R, AIM_R, BIG_R = 42, 69, 84
ENLARGED = 20.0  # arrows of what is left over are drawn so many times longer
SCALE_MM = 2.0
LEAST_ARROW = 9.0  # layout units: shorter ones are a dot
LYING_KG = 1.0
MOST_LARGE = 9  # marks; with more of them those that are done step back
CELL_W = 240


def bench_map(geometry: Geometry) -> BoardMap:
    """The plate as large as its place allows."""
    return BoardMap(MID_X, STAGE_MID_Y, min(WIDTH / geometry.plate_mm[0], HEIGHT / geometry.plate_mm[1]))


def bench(sheet: Sheet, geometry: Geometry, now_s: float) -> tuple[tuple[Shape, ...], tuple[Shape, ...]]:
    """What stands still, and what moves: the pulse, the ring that fills, the numbers of the cells."""
    board = bench_map(geometry)
    w, h = (mm * board.scale for mm in geometry.plate_mm)
    left, top = board.x - w / 2, board.y - h / 2
    still: list[Shape] = [
        Panel(left, top, w, h, "panel"),
        Panel(left, top, w, h, "ring", GRID.stroke_target / 2),
        *(Circle(*corner_at(board, geometry, cell), 12, "ring") for cell in CELLS),
    ]
    if not sheet.marks and not _tells(sheet):
        still += feet(board, geometry.marks_mm, "ring")  # which way round it lies
    arrows = (sheet.over or sheet.asks == "next") and any(m.error_mm is not None for m in sheet.marks)
    wrong = sheet.problem is not None or any(m.state == "bad" for m in sheet.marks)
    for mark in sheet.marks:
        still += _mark(board, mark, "quiet" if wrong else "good", arrows=arrows, small=len(sheet.marks) > MOST_LARGE)
        if mark.state == "now" and not _lies(sheet):
            still.append(_number(board, mark, "ink"))
    if arrows:
        still += _scale(board, geometry)
    moving = [*_aim(sheet, board, geometry, now_s), *_cells(sheet, board, geometry)]
    return tuple(still), tuple(moving)


def _mark(board: BoardMap, mark: MarkView, done: Role, *, arrows: bool, small: bool) -> list[Shape]:
    """A mark: its number while it waits, a tick when it is done; at the end the arrow from where it is to where it was measured."""
    x, y = board.at(mark.ml_mm, mark.ap_mm)
    if arrows and mark.error_mm is not None:
        return [*_arrow(board, mark, mark.error_mm), Circle(x, y, 7, "target" if mark.state != "bad" else "trouble")]
    if mark.state == "done":
        rim = () if small else (Circle(x, y, MARK_R, "ring", GRID.stroke_thin),)
        return [*rim, *tick(x, y, 36 if small else 45, done)]
    if mark.state == "bad":
        return [Circle(x, y, MARK_R, "trouble", GRID.stroke_thin), *triangle(x, y, 42)]
    if mark.state == "now":
        return [Circle(x, y, MARK_R, "target", GRID.stroke_target)]
    return [Circle(x, y, MARK_R, "ring", GRID.stroke_thin), _number(board, mark, "quiet")]


def _number(board: BoardMap, mark: MarkView, role: Role) -> Text:
    x, y = board.at(mark.ml_mm, mark.ap_mm)
    h = line_h("label")
    top = round((y - h / 2) / 6) * 6
    return Text(say("flow.digit", n=Num(mark.number)), x - 48, top, 96, h, "label", role, "semibold", "centre", lines=1)


def _arrow(board: BoardMap, mark: MarkView, error_mm: tuple[float, float]) -> list[Shape]:
    x0, y0 = board.at(mark.ml_mm, mark.ap_mm)
    x1, y1 = board.at(mark.ml_mm + ENLARGED * error_mm[0], mark.ap_mm + ENLARGED * error_mm[1])
    long = hypot(x1 - x0, y1 - y0)
    if long < LEAST_ARROW:
        return []
    ux, uy = (x1 - x0) / long, (y1 - y0) / long
    size = min(15.0, long / 2)
    head: Points = ((x1 - size * (ux + uy), y1 - size * (uy - ux)), (x1, y1), (x1 - size * (ux - uy), y1 - size * (uy + ux)))
    return [Line(((x0, y0), (x1, y1)), "self", 6), Line(head, "self", 6)]


def _scale(board: BoardMap, geometry: Geometry) -> list[Shape]:
    """How long two millimetres are in the arrows."""
    half = ENLARGED * SCALE_MM * board.scale / 2
    y = round((board.y + geometry.plate_mm[1] * board.scale / 2 - 66) / 6) * 6
    x = board.x - 96
    bar = Line(((x - half, y), (x + half, y)), "self", 6)
    ends = [Line(((x + way * half, y - 12), (x + way * half, y + 12)), "self", 6) for way in (-1, 1)]
    words = say("service.scale", mm=Num(SCALE_MM, 0, "mm"))
    text_x = round((x + half + 24) / 6) * 6
    return [bar, *ends, Text(words, text_x, y - 42, 204, 84, "label", "quiet", "regular", lines=1)]


def _aim(sheet: Sheet, board: BoardMap, geometry: Geometry, now_s: float) -> list[Shape]:
    """What is asked for pulses; the ring round it fills with what is waited for."""
    if sheet.over:
        return []
    beat = 0.5 + 0.5 * sin(2 * pi * now_s / MOTION.pulse_s)
    if sheet.corner is not None:
        x, y = _reach(board, geometry, CELLS[sheet.corner])
        lit: list[Shape] = [Circle(x, y, 30 + 9 * beat, "target")] if sheet.does == "press-corner" else [Circle(x, y, 30, "target")]
        return [*lit, *ring(x, y, AIM_R, sheet.progress, width=15)]
    if sheet.at is not None:
        x, y = board.at(sheet.at[1], sheet.at[2])
        if _lies(sheet):
            return [Circle(x, y, MARK_R - 6, "self"), *ring(x, y, AIM_R, sheet.progress, width=15)]
        return [Circle(x, y, AIM_R - 12 + 15 * beat, "target", GRID.stroke_target, alpha=0.25 + 0.5 * (1 - beat))]
    waits = not sheet.asks and (sheet.progress > 0 or sheet.does == "wait")
    return [*ring(board.x, board.y, BIG_R, sheet.progress, width=15)] if waits else []


def _lies(sheet: Sheet) -> bool:
    """The weight covers the mark."""
    return sheet.progress > 0 or (sheet.load_kg is not None and sheet.load_kg >= LYING_KG)


def _reach(board: BoardMap, geometry: Geometry, cell: str) -> tuple[float, float]:
    """Where a corner is pressed: over its cell, as far inside the rim as its ring needs."""
    room = AIM_R + 24
    x, y = corner_at(board, geometry, cell)
    half_w, half_h = (mm * board.scale / 2 - room for mm in geometry.plate_mm)
    return max(board.x - half_w, min(board.x + half_w, x)), max(board.y - half_h, min(board.y + half_h, y))


def _cells(sheet: Sheet, board: BoardMap, geometry: Geometry) -> list[Shape]:
    """What each cell says, in its quarter of the plate; beside marks, which need the room, only that one is wrong."""
    if len(sheet.cells) != len(CELLS):
        return []
    if not _tells(sheet):
        wrong = (cell for cell, view in zip(CELLS, sheet.cells, strict=True) if view.ok is False)
        return [shape for cell in wrong for shape in triangle(*corner_at(board, geometry, cell), 42)]
    shapes: list[Shape] = []
    for cell, view in zip(CELLS, sheet.cells, strict=True):
        shapes += _cell(cell, view, board, geometry, "good" if all(v.ok is not False for v in sheet.cells) else "quiet")
    return shapes


def _tells(sheet: Sheet) -> bool:
    """The numbers of the cells are what this step is about."""
    return not sheet.marks and sheet.corner is None and any(v.noise_g is not None or v.load_kg is not None for v in sheet.cells)


def _cell(cell: str, view: CellView, board: BoardMap, geometry: Geometry, fine: Role) -> list[Shape]:
    lines = _numbers(view)
    left, front = cell.endswith("left"), cell.startswith("front")
    w, h = (mm * board.scale for mm in geometry.plate_mm)
    x = round((board.x - w / 2 + 60 if left else board.x + w / 2 - 60 - CELL_W) / 6) * 6
    tall = line_h("label")
    edge_y = board.y - h / 2 + 60 if front else board.y + h / 2 - 60 - tall * len(lines)
    align: Align = "left" if left else "right"
    role: Role = "trouble" if view.ok is False else "ink"
    shapes: list[Shape] = [
        Text(words, x, round((edge_y + n * tall) / 6) * 6, CELL_W, tall, "label", role, "regular", align, lines=1)
        for n, words in enumerate(lines)
    ]
    at = corner_at(board, geometry, cell)
    if view.ok is not None:
        shapes += tick(*at, 42, fine) if view.ok else triangle(at[0], at[1], 42)
    return shapes


def _numbers(view: CellView) -> list[Words]:
    found = []
    if view.rate_hz is not None:
        found.append(say("service.rate", hz=Num(view.rate_hz, 1)))
    if view.noise_g is not None:
        found.append(say("service.noise", g=Num(view.noise_g, 1)))
    if view.load_kg is not None:
        found.append(say("service.kg", kg=Num(view.load_kg, 1)))
    return found
