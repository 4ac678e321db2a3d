"""A drawing as data: lines, circles and texts in millimetres of paper, x to the right, y down, origin at the top left.

Black on white. Nothing here knows SVG or PDF; both writers and the tests read the same shapes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from reportlab.pdfbase.pdfmetrics import stringWidth

Colour = Literal["black", "red", "grey", "white", "yellow"]
Align = Literal["left", "centre", "right"]
Point = tuple[float, float]

THIN_MM, LINE_MM, THICK_MM = 0.18, 0.35, 0.7  # line widths of technical drawings, ISO 128
SMALL_MM, TEXT_MM, HEAD_MM, TITLE_MM = 2.0, 2.5, 3.5, 5.0  # heights of capitals, ISO 3098
CAPITAL_OF_FONT = 0.718
"""Height of a Helvetica capital over the size of its font; Arial and Liberation Sans measure the same."""
ABOVE, BELOW = 1.3, 0.3
"""Umlauts reach so many capital heights above the base line, descenders below it."""


@dataclass(frozen=True, slots=True)
class Line:
    """A polyline, or a polygon when `closed`. `fill`: None leaves it open."""

    points: tuple[Point, ...]
    width_mm: float = LINE_MM
    colour: Colour = "black"
    dashed: bool = False
    closed: bool = False
    fill: Colour | None = None


@dataclass(frozen=True, slots=True)
class Circle:
    x: float
    y: float
    r: float
    width_mm: float = LINE_MM
    colour: Colour = "black"
    dashed: bool = False
    fill: Colour | None = None


@dataclass(frozen=True, slots=True)
class Text:
    """`height_mm`: of a capital. (x, y): on the base line, at its left end, middle or right end. `upright`: turned, read from the right."""

    x: float
    y: float
    text: str
    height_mm: float = TEXT_MM
    align: Align = "left"
    colour: Colour = "black"
    bold: bool = False
    upright: bool = False

    @property
    def font_mm(self) -> float:
        return self.height_mm / CAPITAL_OF_FONT

    @property
    def width_mm(self) -> float:
        return width_mm(self.text, self.height_mm, self.bold)

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom of the ink, umlauts and descenders included."""
        before = {"left": 0.0, "centre": self.width_mm / 2, "right": self.width_mm}[self.align]
        above, below = ABOVE * self.height_mm, BELOW * self.height_mm
        if self.upright:
            return self.x - above, self.y - self.width_mm + before, self.x + below, self.y + before
        return self.x - before, self.y - above, self.x - before + self.width_mm, self.y + below


Shape = Line | Circle | Text


@dataclass(frozen=True, slots=True)
class Drawing:
    """`size_mm`: of the paper it needs, the footer left out. `scale`: paper over life, 1.0 is life size.

    `to_scale`: False for a picture whose lengths mean nothing.
    `template`: larger than a sheet and laid on the plate, so that a PDF cuts it into sheets. `alt`: the picture in words.
    """

    name: str
    title: str
    alt: str
    size_mm: tuple[float, float]
    scale: float
    shapes: tuple[Shape, ...]
    language: str = "en"
    template: bool = False
    to_scale: bool = True


def width_mm(text: str, height_mm: float, bold: bool = False) -> float:
    """Of a line of text, in Helvetica."""
    return float(stringWidth(text, "Helvetica-Bold" if bold else "Helvetica", height_mm / CAPITAL_OF_FONT))


def wrapped(text: str, wide_mm: float, height_mm: float, bold: bool = False) -> list[str]:
    """Lines no wider than `wide_mm`, broken at blanks (never at a no-break one); a word wider than that stands alone."""
    lines = [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and width_mm(longer, height_mm, bold) > wide_mm:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def moved(shapes: Sequence[Shape], dx: float, dy: float) -> tuple[Shape, ...]:
    """The same shapes elsewhere."""
    return tuple(
        replace(s, points=tuple((x + dx, y + dy) for x, y in s.points)) if isinstance(s, Line) else replace(s, x=s.x + dx, y=s.y + dy)
        for s in shapes
    )
