"""Drawings on paper: every sheet to scale carries a ruler to measure, and a template is cut into sheets that are glued together again."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Literal

from station.drawings.draft import Draft
from station.drawings.shapes import SMALL_MM, TEXT_MM, THIN_MM, Drawing, Shape, moved
from station.text.catalogue import Catalogue

Paper = Literal["a4", "a3"]
SIZES_MM: dict[Paper, tuple[float, float]] = {"a4": (210.0, 297.0), "a3": (297.0, 420.0)}
MARGIN_MM = 10.0  # what a printer may leave white
FOOTER_MM = 18.0
OVERLAP_MM = 10.0
RULER_MM = 100.0


@dataclass(frozen=True, slots=True)
class Page:
    """One sheet. `body` is drawn inside `window` (x, y, w, h) only, `frame` everywhere."""

    size_mm: tuple[float, float]
    frame: tuple[Shape, ...]
    body: tuple[Shape, ...]
    window: tuple[float, float, float, float]


def whole(drawing: Drawing) -> Page:
    """The drawing in one piece with its footer below."""
    w, h = drawing.size_mm
    draft = Draft(Catalogue(drawing.language))
    if drawing.to_scale:
        _ruler(draft, MARGIN_MM, h + 10.0)
    draft.text(w - MARGIN_MM, h + 10.0, drawing.title, TEXT_MM, "right")
    return Page((w, h + FOOTER_MM), tuple(draft.shapes), drawing.shapes, (0.0, 0.0, w, h))


def pages(drawing: Drawing, paper: Paper = "a4") -> tuple[Page, ...]:
    """The sheets to print: one, or row by row the tiles of a template."""
    if not drawing.template:
        return (whole(drawing),)
    wide, high = SIZES_MM[paper]
    window_w, window_h = wide - 2 * MARGIN_MM, high - 2 * MARGIN_MM - FOOTER_MM
    columns = ceil((drawing.size_mm[0] - OVERLAP_MM) / (window_w - OVERLAP_MM))
    rows = ceil((drawing.size_mm[1] - OVERLAP_MM) / (window_h - OVERLAP_MM))
    return tuple(_tile(drawing, (wide, high), (window_w, window_h), (columns, rows), (c, r)) for r in range(rows) for c in range(columns))


def _tile(
    drawing: Drawing, size_mm: tuple[float, float], window_mm: tuple[float, float], grid: tuple[int, int], place: tuple[int, int]
) -> Page:
    (w, h), (columns, rows), (c, r) = window_mm, grid, place
    step_x, step_y = w - OVERLAP_MM, h - OVERLAP_MM
    draft = Draft(Catalogue(drawing.language))
    left, top, right, bottom = MARGIN_MM, MARGIN_MM, MARGIN_MM + w, MARGIN_MM + h
    for x in (left, right):  # cut marks, outside the picture
        for y in (top, bottom):
            out_x, out_y = (-4.0 if x == left else 4.0), (-4.0 if y == top else 4.0)
            draft.line((x + out_x / 4, y), (x + out_x, y), width_mm=THIN_MM)
            draft.line((x, y + out_y / 4), (x, y + out_y), width_mm=THIN_MM)
    draft.line((left, top), (right, top), (right, bottom), (left, bottom), (left, top), width_mm=THIN_MM, colour="grey")
    if c + 1 < columns:
        draft.line((right - OVERLAP_MM, top), (right - OVERLAP_MM, bottom), width_mm=THIN_MM, dashed=True)
    if r + 1 < rows:
        draft.line((left, bottom - OVERLAP_MM), (right, bottom - OVERLAP_MM), width_mm=THIN_MM, dashed=True)
    footer = bottom + 10.0
    _ruler(draft, left, footer)
    _key(draft, right, footer - 4.0, grid, place)
    draft.text(
        right - 4.0 * columns - 2.0, footer, draft.word("sheet", n=r * columns + c + 1, of=rows * columns), TEXT_MM, "right", bold=True
    )
    draft.paragraph(left, footer + 7.2, w, draft.word("sheet.glue"), SMALL_MM)
    return Page(size_mm, tuple(draft.shapes), moved(drawing.shapes, left - c * step_x, top - r * step_y), (left, top, w, h))


def _key(draft: Draft, right: float, top: float, grid: tuple[int, int], place: tuple[int, int]) -> None:
    """Which piece of the whole this is."""
    for r in range(grid[1]):
        for c in range(grid[0]):
            x, y = right - 4.0 * (grid[0] - c), top + 2.6 * r
            draft.box(x, y, 4.0, 2.6, width_mm=THIN_MM, fill="black" if (c, r) == place else None)


def _ruler(draft: Draft, x: float, y: float) -> None:
    """100 mm with a tick each 10, and what to do with it. y: its line."""
    draft.line((x, y), (x + RULER_MM, y))
    for n in range(11):
        draft.line((x + 10.0 * n, y), (x + 10.0 * n, y - (3.0 if n % 5 == 0 else 1.6)))
    draft.text(x + RULER_MM / 2, y + 3.6, draft.word("ruler"), SMALL_MM, "centre")
