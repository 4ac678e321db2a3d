"""The plate from above as SVG: its corners with their numbers, and what a guided procedure wants done on it. Front is up.

Plain elements with classes, in millimetres of the plate; the style sheet has the colours.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from math import hypot
from typing import Any

from station.core.geometry import Geometry
from station.core.readings import CELLS
from web.site import site

EDGE_MM = 30  # around the plate
FRONT_MM = 44  # above it, for the word
MARK_R_MM = 27
ARROW_TIMES = 20
ARROW_HEAD_MM = 9.0
TRUE_R_MM = 4
SCALE_BAR_MM = 2
TICK = ((-0.5, 0.05), (-0.12, 0.42), (0.55, -0.4))
TRIANGLE = ((0.0, -0.62), (0.6, 0.45), (-0.6, 0.45))
CORNER_SIGN_MM = 26


def corners(cells: Sequence[Mapping[str, Any]]) -> str:
    """Four corners, each {"name", "load", "rate", "noise": numbers as text, "ok", "state"}: load large, rate and noise under it."""
    own, (width, depth) = site(), Geometry().plate_mm
    told = (f"{c['name']}: {c['load']} kg, {c['rate']} Hz, {c['noise']} g, {c['state']}" for c in cells)
    root = _plate((width, depth), own.text("web.board.corners"), "; ".join(told), "corners")
    _e(root, "path", d=f"M{-width / 2:.0f} 0H{width / 2:.0f}M0 {-depth / 2:.0f}V{depth / 2:.0f}", class_="grid")
    for i, c in enumerate(cells):
        side, front = 1 if i % 2 else -1, i < 2
        x, top = side * width / 4, (-depth / 2 if front else 0) + 62
        kind = "bad" if c["ok"] is False else ""
        _text(root, x, top, str(c["name"]), f"name {kind}")
        _text(root, x, top + 72, f"{c['load']}\u202fkg", "load")
        _text(root, x, top + 116, f"{c['rate']}\u202fHz", "more")
        _text(root, x, top + 150, own.text("web.board.noise", g=str(c["noise"])), "more")
        if c["ok"] is not None:
            _sign(root, x, top + 200, bool(c["ok"]), CORNER_SIGN_MM)
    return _done(root)


def plate(sheet: Mapping[str, Any], plate_mm: Sequence[float] | None) -> str:
    """The plate with the marks of the sheet: the next one pulses, done ones carry a tick, bad ones a triangle; the corner to press is
    filled and pulses; at the end the error of each mark as an arrow, `ARROW_TIMES` as long as it is, with a scale bar."""
    width, depth = plate_mm or Geometry().plate_mm
    root = _plate((float(width), float(depth)), site().text("web.procedure.picture"), _told(sheet), "procedure")
    if sheet.get("corner") is not None:
        _corner(root, int(sheet["corner"]), float(width), float(depth))
    marks = sheet.get("marks") or []
    for mark in marks:
        _mark(root, mark, sheet.get("at"))
    at = sheet.get("at")
    if at and all(m["number"] != at[0] for m in marks):
        _mark(root, {"number": at[0], "ml_mm": at[1], "ap_mm": at[2], "state": "now", "error_mm": None}, at)
    arrows = [m for m in marks if m.get("error_mm")]
    for mark in arrows:
        _arrow(root, mark)
    if arrows:
        _scale_bar(root, float(width), float(depth))
    return _done(root)


def _told(sheet: Mapping[str, Any]) -> str:
    """The picture for those who hear it."""
    own, at, corner = site(), sheet.get("at"), sheet.get("corner")
    if corner is not None:
        return own.text("web.procedure.press.alt", cell=own.text(f"cell.{CELLS[int(corner)].replace('_', '-')}"))
    done = sum(m["state"] == "done" for m in sheet.get("marks") or [])
    if at:
        ml, ap = own.number(abs(at[1])), own.number(abs(at[2]))
        side = own.text("terminal.mark.right") if at[1] >= 0 else own.text("terminal.mark.left")
        ahead = own.text("terminal.mark.forward") if at[2] >= 0 else own.text("terminal.mark.back")
        return own.text("web.procedure.at.alt", n=int(at[0]), ml=ml, side=side, ap=ap, ahead=ahead, done=done)
    errors = [hypot(*m["error_mm"]) for m in sheet.get("marks") or [] if m.get("error_mm")]
    if errors:
        return own.text("web.procedure.errors.alt", n=len(errors), most=own.number(max(errors), 1, "mm"))
    return own.text("web.procedure.done.alt", done=done)


def _plate(size_mm: tuple[float, float], title: str, describe: str, kind: str) -> ET.Element:
    width, depth = size_mm
    x, y = -width / 2 - EDGE_MM, -depth / 2 - FRONT_MM
    box = f"{x:.0f} {y:.0f} {width + 2 * EDGE_MM:.0f} {depth + FRONT_MM + EDGE_MM:.0f}"
    root = ET.Element("svg", {"viewBox": box, "role": "img", "class": f"plate {kind}", "xmlns": "http://www.w3.org/2000/svg"})
    ET.SubElement(root, "title").text = title
    ET.SubElement(root, "desc").text = describe
    _text(root, 0, -depth / 2 - 14, site().text("web.front"), "front")
    edge = {"x": f"{-width / 2:.0f}", "y": f"{-depth / 2:.0f}", "width": f"{width:.0f}", "height": f"{depth:.0f}", "rx": "30"}
    _e(root, "rect", class_="edge", **edge)
    return root


def _corner(root: ET.Element, index: int, width: float, depth: float) -> None:
    """The quarter of the plate to press, filled, with its name."""
    x, y = (0.0 if index % 2 else -width / 2), (-depth / 2 if index < 2 else 0.0)
    box = {"x": f"{x:.0f}", "y": f"{y:.0f}", "width": f"{width / 2:.0f}", "height": f"{depth / 2:.0f}", "rx": "30"}
    _e(root, "rect", class_="press pulse", **box)
    name = site().text(f"cell.{CELLS[index].replace('_', '-')}")
    _text(root, x + width / 4, y + depth / 4 + 10, name, "press-name")


def _mark(root: ET.Element, mark: Mapping[str, Any], at: Sequence[float] | None) -> None:
    x, y = float(mark["ml_mm"]), -float(mark["ap_mm"])
    state = "now" if at and mark["number"] == at[0] else str(mark["state"])
    if mark.get("error_mm"):
        return  # its arrow stands for it
    if state == "now":
        _circle(root, x, y, MARK_R_MM + 16, "halo pulse")
    _circle(root, x, y, MARK_R_MM, f"mark {state}")
    if state in ("done", "bad"):
        _sign(root, x, y, state == "done", MARK_R_MM * 0.9)
    else:
        _text(root, x, y + 11, str(mark["number"]), f"number {state}")


def _arrow(root: ET.Element, mark: Mapping[str, Any]) -> None:
    """From the true place to where it was measured, drawn larger."""
    x, y = float(mark["ml_mm"]), -float(mark["ap_mm"])
    right, down = float(mark["error_mm"][0]) * ARROW_TIMES, -float(mark["error_mm"][1]) * ARROW_TIMES
    kind = "arrow bad" if mark["state"] == "bad" else "arrow"
    _circle(root, x, y, TRUE_R_MM, "true-place")
    _text(root, x - 16, y - 12, str(mark["number"]), "of-mark", "end")
    length = hypot(right, down)
    if length < 1:
        return
    ux, uy = right / length, down / length
    head = min(ARROW_HEAD_MM, length / 2)
    tip_x, tip_y = x + right, y + down
    wings = [(tip_x - head * (ux + side * 0.6 * uy), tip_y - head * (uy - side * 0.6 * ux)) for side in (-1, 1)]
    (ax, ay), (bx, by) = wings
    _e(root, "path", class_=kind, d=f"M{x:.1f} {y:.1f}L{tip_x:.1f} {tip_y:.1f}M{ax:.1f} {ay:.1f}L{tip_x:.1f} {tip_y:.1f}L{bx:.1f} {by:.1f}")


def _scale_bar(root: ET.Element, width: float, depth: float) -> None:
    long = SCALE_BAR_MM * ARROW_TIMES
    x, y = -width / 2 + 24, depth / 2 - 24
    _e(root, "path", class_="scalebar", d=f"M{x:.0f} {y:.0f}h{long}")
    _text(root, x + long + 12, y + 8, site().number(SCALE_BAR_MM, 0, "mm"), "scale", "start")


def _sign(root: ET.Element, x: float, y: float, good: bool, size: float) -> None:
    """Tick or triangle: colour alone says nothing."""
    points = [f"{x + px * size:.1f} {y + py * size:.1f}" for px, py in (TICK if good else TRIANGLE)]
    _e(root, "path", class_="sign-good" if good else "sign-bad", d=f"M{'L'.join(points)}{'' if good else 'Z'}")


def _circle(root: ET.Element, x: float, y: float, r: float, kind: str) -> None:
    _e(root, "circle", cx=f"{x:.1f}", cy=f"{y:.1f}", r=f"{r:.0f}", class_=kind)


def _text(root: ET.Element, x: float, y: float, text: str, kind: str, anchor: str = "middle") -> None:
    ET.SubElement(root, "text", {"x": f"{x:.0f}", "y": f"{y:.0f}", "text-anchor": anchor, "class": kind.strip()}).text = text


def _e(root: ET.Element, tag: str, class_: str, **attributes: str) -> None:
    ET.SubElement(root, tag, {**attributes, "class": class_})


def _done(root: ET.Element) -> str:
    return ET.tostring(root, encoding="unicode")
