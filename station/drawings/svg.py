"""A drawing as SVG at true scale: one user unit is one millimetre of paper."""

from __future__ import annotations

from html import escape

from station.core.theme import DRAWING
from station.drawings.paper import whole
from station.drawings.shapes import Circle, Drawing, Line, Shape, Text

FONTS = "Helvetica, Arial, 'Liberation Sans', sans-serif"
ANCHORS = {"left": "start", "centre": "middle", "right": "end"}


def to_svg(drawing: Drawing) -> str:
    """The whole drawing in one piece with its ruler, also when a PDF would cut it into sheets."""
    page = whole(drawing)
    (w, h), white = page.size_mm, DRAWING["white"]
    shapes = "\n".join(_element(shape) for shape in (*page.body, *page.frame))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_n(w)}mm" height="{_n(h)}mm" viewBox="0 0 {_n(w)} {_n(h)}" '
        f'role="img" lang="{drawing.language}" font-family="{FONTS}" stroke-linecap="round" stroke-linejoin="round">\n'
        f"<title>{escape(drawing.title)}</title>\n<desc>{escape(drawing.alt)}</desc>\n"
        f'<rect width="{_n(w)}" height="{_n(h)}" fill="{white}"/>\n{shapes}\n</svg>\n'
    )


def _element(shape: Shape) -> str:
    if isinstance(shape, Text):
        return _text(shape)
    fill = DRAWING[shape.fill] if shape.fill else "none"
    dash = f' stroke-dasharray="{_n(8 * shape.width_mm)} {_n(5 * shape.width_mm)}"' if shape.dashed else ""
    style = f'fill="{fill}" stroke="{DRAWING[shape.colour]}" stroke-width="{_n(shape.width_mm)}"{dash}'
    if isinstance(shape, Circle):
        return f'<circle cx="{_n(shape.x)}" cy="{_n(shape.y)}" r="{_n(shape.r)}" {style}/>'
    return f'<{_kind(shape)} points="{" ".join(f"{_n(x)},{_n(y)}" for x, y in shape.points)}" {style}/>'


def _kind(line: Line) -> str:
    return "polygon" if line.closed else "polyline"


def _text(text: Text) -> str:
    turn = f' transform="rotate(-90 {_n(text.x)} {_n(text.y)})"' if text.upright else ""
    bold = ' font-weight="bold"' if text.bold else ""
    return (
        f'<text x="{_n(text.x)}" y="{_n(text.y)}" font-size="{_n(text.font_mm)}" text-anchor="{ANCHORS[text.align]}" '
        f'fill="{DRAWING[text.colour]}"{bold}{turn}>{escape(text.text)}</text>'
    )


def _n(value: float) -> str:
    return f"{round(value, 3):g}"
