"""The drawing board: collects shapes, knows how a dimension, a table or a paragraph is drawn, and speaks one language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from station.drawings.shapes import (
    LINE_MM,
    TEXT_MM,
    THIN_MM,
    TITLE_MM,
    Align,
    Circle,
    Colour,
    Drawing,
    Line,
    Point,
    Shape,
    Text,
    width_mm,
    wrapped,
)
from station.text.catalogue import MINUS, THIN_GAP, Catalogue
from station.words import Num, say

LEADING = 1.75  # from base line to base line, in capital heights
ARROW_MM = 2.0


@dataclass(frozen=True, slots=True)
class View:
    """Where a plan of the board lies on paper: its origin at (x, y), `scale` paper over life."""

    x: float
    y: float
    scale: float = 1.0

    def at(self, ml_mm: float, ap_mm: float) -> Point:
        return self.x + ml_mm * self.scale, self.y - ap_mm * self.scale


@dataclass(slots=True)
class Draft:
    """Shapes of one drawing, in the order they are drawn."""

    catalogue: Catalogue
    shapes: list[Shape] = field(default_factory=list)

    def word(self, id: str, **args: Any) -> str:
        """A text of the catalogue. `id` is written out where it is used: `drawings.` is put before it here."""
        return plain(self.catalogue.text(say(f"drawings.{id}", **args)))

    def mm(self, value: float) -> str:
        """A size as a joiner reads it: whole millimetres, a decimal only when there is one."""
        return plain(self.catalogue.number(Num(value, 0 if abs(value - round(value)) < 0.05 else 1)))

    def line(self, *points: Point, width_mm: float = LINE_MM, colour: Colour = "black", dashed: bool = False) -> None:
        self.shapes.append(Line(points, width_mm, colour, dashed))

    def polygon(
        self, *points: Point, width_mm: float = LINE_MM, colour: Colour = "black", dashed: bool = False, fill: Colour | None = None
    ) -> None:
        self.shapes.append(Line(points, width_mm, colour, dashed, True, fill))

    def box(self, x: float, y: float, w: float, h: float, **style: Any) -> None:
        """A rectangle from its top left corner."""
        self.polygon((x, y), (x + w, y), (x + w, y + h), (x, y + h), **style)

    def circle(self, at: Point, r: float, **style: Any) -> None:
        self.shapes.append(Circle(at[0], at[1], r, **style))

    def text(self, x: float, y: float, text: str, height_mm: float = TEXT_MM, align: Align = "left", **style: Any) -> None:
        if text:
            self.shapes.append(Text(x, y, text, height_mm, align, **style))

    def clear_text(self, x: float, y: float, text: str, height_mm: float = TEXT_MM) -> None:
        """A centred text that lines below it make room for."""
        wide = width_mm(text, height_mm) + 1.5 * height_mm
        self.box(x - wide / 2, y - 1.4 * height_mm, wide, 1.75 * height_mm, colour="white", fill="white", width_mm=THIN_MM)
        self.text(x, y, text, height_mm, "centre")

    def paragraph(self, x: float, y: float, wide_mm: float, text: str, height_mm: float = TEXT_MM, **style: Any) -> float:
        """Wrapped lines from the first base line y down. Returns the base line after the last."""
        for line in wrapped(text, wide_mm, height_mm, bool(style.get("bold"))):
            self.text(x, y, line, height_mm, **style)
            y += LEADING * height_mm
        return y

    def heading(self, x: float, y: float, title: str, below: str = "", wide_mm: float = 260.0) -> None:
        self.text(x, y, title, TITLE_MM, bold=True)
        if below:
            self.paragraph(x, y + 7.0, wide_mm, below)

    def notes(self, x: float, y: float, wide_mm: float, texts: Sequence[str], height_mm: float = TEXT_MM) -> float:
        """A numbered list. Returns the base line after it."""
        for n, text in enumerate(texts, 1):
            self.text(x, y, f"{n}", height_mm, bold=True)
            y = self.paragraph(x + 2.4 * height_mm, y, wide_mm - 2.4 * height_mm, text, height_mm) + 0.35 * height_mm
        return y

    def table(self, x: float, y: float, columns_mm: Sequence[float], rows: Sequence[Sequence[str]], height_mm: float = TEXT_MM) -> float:
        """Rows under a bold first one, with thin lines between them; y is the top. Returns its lower edge."""
        deep = 2.1 * height_mm
        for n, row in enumerate(rows):
            left = x
            for cell, wide in zip(row, columns_mm, strict=True):
                self.text(left + 1.0, y + 0.75 * deep, cell, height_mm, bold=n == 0)
                left += wide
            y += deep
            self.line((x, y), (left, y), width_mm=LINE_MM if n == 0 else THIN_MM)
        return y

    def arrow(self, tip: Point, toward: Point) -> None:
        """A filled head at `tip`; `toward` is a point it comes from, along an axis of the paper."""
        dx, dy = toward[0] - tip[0], toward[1] - tip[1]
        long = max(abs(dx), abs(dy)) or 1.0
        ux, uy = dx / long * ARROW_MM, dy / long * ARROW_MM
        self.polygon(
            tip, (tip[0] + ux - uy / 6, tip[1] + uy + ux / 6), (tip[0] + ux + uy / 6, tip[1] + uy - ux / 6), width_mm=0.05, fill="black"
        )

    def across(
        self, x0: float, x1: float, y: float, text: str, from_y: float | None = None, height_mm: float = TEXT_MM, *, after: bool = False
    ) -> None:
        """A horizontal dimension from x0 to x1 at y, with extension lines from `from_y`.

        A text too wide for it stands to its left, or to its right with `after`.
        """
        out = 0.0 if from_y is None else 1.0 if y > from_y else -1.0
        self._dimension((x0, y), (x1, y), [] if from_y is None else [((x, from_y), (x, y + out)) for x in (x0, x1)])
        if width_mm(text, height_mm) <= x1 - x0 - 1.0:
            self.text((x0 + x1) / 2, y - 0.9, text, height_mm, "centre")
        elif after:
            self.text(x1 + ARROW_MM + 1.5, y - 0.9, text, height_mm)
        else:
            self.text(x0 - ARROW_MM - 1.5, y - 0.9, text, height_mm, "right")

    def upward(
        self, y0: float, y1: float, x: float, text: str, from_x: float | None = None, height_mm: float = TEXT_MM, *, after: bool = False
    ) -> None:
        """A vertical dimension from y0 (upper) to y1 at x, with extension lines from `from_x`.

        A text too wide for it stands above it, or below it with `after`.
        """
        out = 0.0 if from_x is None else 1.0 if x > from_x else -1.0
        self._dimension((x, y0), (x, y1), [] if from_x is None else [((from_x, y), (x + out, y)) for y in (y0, y1)])
        if width_mm(text, height_mm) <= y1 - y0 - 1.0:
            self.text(x - 0.9, (y0 + y1) / 2, text, height_mm, "centre", upright=True)
        elif after:
            self.text(x - 0.9, y1 + ARROW_MM + 1.5, text, height_mm, "right", upright=True)
        else:
            self.text(x - 0.9, y0 - ARROW_MM - 1.5, text, height_mm, upright=True)

    def _dimension(self, a: Point, b: Point, extensions: Sequence[tuple[Point, Point]]) -> None:
        """Arrows inside, or outside pointing in when there is no room between."""
        for start, end in extensions:
            self.line(start, end, width_mm=THIN_MM)
        self.line(a, b, width_mm=THIN_MM)
        inside = max(b[0] - a[0], b[1] - a[1]) > 3 * ARROW_MM
        away = [(2 * a[0] - b[0], 2 * a[1] - b[1]), (2 * b[0] - a[0], 2 * b[1] - a[1])]
        self.arrow(a, b if inside else away[0])
        self.arrow(b, a if inside else away[1])

    def done(self, name: str, size_mm: tuple[float, float], scale: float, *, template: bool = False, to_scale: bool = True) -> Drawing:
        """The drawing, named by its texts `<name>.title` and `<name>.alt`."""
        title, alt = self.word(f"{name}.title"), self.word(f"{name}.alt")
        return Drawing(name, title, alt, size_mm, scale, tuple(self.shapes), self.catalogue.language, template, to_scale)


def plain(text: str) -> str:
    """Signs that Helvetica's own encoding holds."""
    return text.replace(THIN_GAP, " ").replace(MINUS, "-")
