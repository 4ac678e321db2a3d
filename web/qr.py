"""A QR code as SVG: dark modules on white paper, whatever the page's palette."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import segno

QUIET = 4  # modules of white around it, as the standard wants


def svg(text: str, describe: str) -> str:
    """The code of `text`; `describe` is what a screen reader says."""
    rows = segno.make(text, error="m", micro=False).matrix
    size = len(rows) + 2 * QUIET
    root = ET.Element("svg", {"viewBox": f"0 0 {size} {size}", "role": "img", "class": "qr", "xmlns": "http://www.w3.org/2000/svg"})
    ET.SubElement(root, "title").text = describe
    ET.SubElement(root, "rect", {"width": str(size), "height": str(size), "class": "paper"})
    runs = [f"M{x + QUIET} {y + QUIET}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark]
    ET.SubElement(root, "path", {"d": "".join(runs), "class": "code"})
    return ET.tostring(root, encoding="unicode")
