"""Plain SVG elements with classes; the style sheet has the colours, so that a chart follows dark pages and prints black."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def svg(width: int, height: int, title: str, describe: str, kind: str = "") -> ET.Element:
    """The root, with its title and description."""
    shape = {"viewBox": f"0 0 {width} {height}", "role": "img", "class": f"chart {kind}".strip(), "xmlns": "http://www.w3.org/2000/svg"}
    root = ET.Element("svg", shape)
    ET.SubElement(root, "title").text = title
    ET.SubElement(root, "desc").text = describe
    return root


def text(parent: ET.Element, x: float, y: float, words: str, kind: str = "tick", anchor: str = "start") -> None:
    ET.SubElement(parent, "text", {"x": f"{x:.1f}", "y": f"{y:.1f}", "class": kind, "text-anchor": anchor}).text = words


def line(parent: ET.Element, x1: float, y1: float, x2: float, y2: float, kind: str) -> None:
    ET.SubElement(parent, "line", {"x1": f"{x1:.1f}", "y1": f"{y1:.1f}", "x2": f"{x2:.1f}", "y2": f"{y2:.1f}", "class": kind})


def rect(parent: ET.Element, x: float, y: float, width: float, height: float, kind: str, radius: float = 0.0) -> None:
    box = {"x": f"{x:.1f}", "y": f"{y:.1f}", "width": f"{width:.1f}", "height": f"{height:.1f}", "rx": f"{radius:.0f}", "class": kind}
    ET.SubElement(parent, "rect", box)


def circle(parent: ET.Element, x: float, y: float, r: float, kind: str) -> None:
    ET.SubElement(parent, "circle", {"cx": f"{x:.1f}", "cy": f"{y:.1f}", "r": f"{r:.0f}", "class": kind})


def path(parent: ET.Element, x: Floats, y: Floats, kind: str) -> None:
    """A polyline; a gap (NaN) lifts the pen."""
    parts, pen = [], "M"
    for px, py in zip(x.tolist(), y.tolist(), strict=True):
        if math.isnan(px) or math.isnan(py):
            pen = "M"
            continue
        parts.append(f"{pen}{px:.1f} {py:.1f}")
        pen = "L"
    ET.SubElement(parent, "path", {"d": "".join(parts), "class": kind})


def done(root: ET.Element) -> str:
    return ET.tostring(root, encoding="unicode")
