"""Drawings as a PDF at true scale, a page a sheet; templates larger than the paper are cut into sheets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from io import BytesIO

from reportlab.lib.colors import HexColor
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from station.core.theme import DRAWING
from station.drawings.paper import Page, Paper, pages
from station.drawings.shapes import Circle, Drawing, Shape, Text


def to_pdf(drawings: Drawing | Iterable[Drawing], paper: Paper = "a4") -> bytes:
    """One document; the same drawings give the same bytes. `paper`: of the sheets a template is cut into."""
    several = [drawings] if isinstance(drawings, Drawing) else list(drawings)
    file = BytesIO()
    canvas = Canvas(file, invariant=1)
    canvas.setTitle(", ".join(drawing.title for drawing in several))
    for drawing in several:
        for page in pages(drawing, paper):
            _page(canvas, page)
    canvas.save()
    return file.getvalue()


def _page(canvas: Canvas, page: Page) -> None:
    w, h = page.size_mm
    canvas.setPageSize((w * mm, h * mm))
    canvas.setLineCap(1)
    canvas.setLineJoin(1)
    canvas.saveState()
    x, y, wide, high = page.window
    clip = canvas.beginPath()
    clip.rect(x * mm, (h - y - high) * mm, wide * mm, high * mm)
    canvas.clipPath(clip, stroke=0, fill=0)
    _draw(canvas, page.body, h)
    canvas.restoreState()
    _draw(canvas, page.frame, h)
    canvas.showPage()


def _draw(canvas: Canvas, shapes: Sequence[Shape], high_mm: float) -> None:
    for shape in shapes:
        if isinstance(shape, Text):
            _text(canvas, shape, high_mm)
            continue
        canvas.setStrokeColor(HexColor(DRAWING[shape.colour]))
        canvas.setLineWidth(shape.width_mm * mm)
        canvas.setDash(*(([8 * shape.width_mm * mm, 5 * shape.width_mm * mm], 0) if shape.dashed else ([], 0)))
        if shape.fill:
            canvas.setFillColor(HexColor(DRAWING[shape.fill]))
        if isinstance(shape, Circle):
            canvas.circle(shape.x * mm, (high_mm - shape.y) * mm, shape.r * mm, stroke=1, fill=int(bool(shape.fill)))
            continue
        path = canvas.beginPath()
        path.moveTo(shape.points[0][0] * mm, (high_mm - shape.points[0][1]) * mm)
        for px, py in shape.points[1:]:
            path.lineTo(px * mm, (high_mm - py) * mm)
        if shape.closed:
            path.close()
        canvas.drawPath(path, stroke=1, fill=int(bool(shape.fill)))


def _text(canvas: Canvas, text: Text, high_mm: float) -> None:
    canvas.setFillColor(HexColor(DRAWING[text.colour]))
    canvas.setFont("Helvetica-Bold" if text.bold else "Helvetica", text.font_mm * mm)
    canvas.saveState()
    canvas.translate(text.x * mm, (high_mm - text.y) * mm)
    if text.upright:
        canvas.rotate(90)
    write = {"left": canvas.drawString, "centre": canvas.drawCentredString, "right": canvas.drawRightString}[text.align]
    write(0, 0, text.text)
    canvas.restoreState()
