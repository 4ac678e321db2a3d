"""Charts as SVG: sway path with its ellipse, sway over time, trend with the own band. Plain elements with classes; the style sheet
has the colours, so that a chart follows dark pages and prints black. Every chart has a title, a description and a table beside it.
"""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Number = Callable[[float, int], str]
MOST_POINTS = 2400  # more are not seen and cost the phone


def _svg(width: int, height: int, title: str, describe: str) -> ET.Element:
    root = ET.Element("svg", {"viewBox": f"0 0 {width} {height}", "role": "img", "class": "chart", "xmlns": "http://www.w3.org/2000/svg"})
    ET.SubElement(root, "title").text = title
    ET.SubElement(root, "desc").text = describe
    return root


def _text(parent: ET.Element, x: float, y: float, text: str, kind: str = "tick", anchor: str = "start") -> None:
    ET.SubElement(parent, "text", {"x": f"{x:.1f}", "y": f"{y:.1f}", "class": kind, "text-anchor": anchor}).text = text


def _line(parent: ET.Element, x1: float, y1: float, x2: float, y2: float, kind: str) -> None:
    ET.SubElement(parent, "line", {"x1": f"{x1:.1f}", "y1": f"{y1:.1f}", "x2": f"{x2:.1f}", "y2": f"{y2:.1f}", "class": kind})


def _path(parent: ET.Element, x: Floats, y: Floats, kind: str) -> None:
    """A polyline; a gap (NaN) lifts the pen."""
    parts, pen = [], "M"
    for px, py in zip(x.tolist(), y.tolist(), strict=True):
        if math.isnan(px) or math.isnan(py):
            pen = "M"
            continue
        parts.append(f"{pen}{px:.1f} {py:.1f}")
        pen = "L"
    ET.SubElement(parent, "path", {"d": "".join(parts), "class": kind})


def _done(root: ET.Element) -> str:
    return ET.tostring(root, encoding="unicode")


def nice_steps(low: float, high: float, most: int = 4) -> list[float]:
    """Three or four round values within [low, high] (1, 2, 2.5 or 5 times a power of ten apart)."""
    if not high > low:
        return [low]
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= rough)
    first = math.ceil(low / step - 1e-9)
    return [k * step for k in range(first, math.floor(high / step + 1e-9) + 1)]


def _decimals(steps: Sequence[float]) -> int:
    gap = abs(steps[1] - steps[0]) if len(steps) > 1 else 1.0
    return max(0, -math.floor(math.log10(gap) + 1e-9)) if gap else 0


@dataclass(frozen=True, slots=True)
class PathWords:
    title: str
    describe: str
    front: str
    scale: str


def sway_path(ml_mm: Floats, ap_mm: Floats, ellipse: tuple[float, float, float] | None, words: PathWords, *, least_mm: float = 10.0) -> str:
    """Statokinesigram: the centred path seen from above, front up, equal scales, 95 % ellipse (half axes a, b in mm, angle in degrees from +ml)."""
    size, margin = 480, 44
    root = _svg(size, size, words.title, words.describe)
    ml, ap = ml_mm - np.nanmean(ml_mm), ap_mm - np.nanmean(ap_mm)
    reach = max(least_mm, float(np.nanmax(np.hypot(ml, ap), initial=0.0)), ellipse[0] if ellipse else 0.0)
    k, c = (size / 2 - margin) / reach, size / 2
    _line(root, margin, c, size - margin, c, "grid")
    _line(root, c, margin, c, size - margin, "grid")
    _text(root, c, margin - 14, words.front, "tick", "middle")
    every = max(1, len(ml) // MOST_POINTS)
    _path(root, c + ml[::every] * k, c - ap[::every] * k, "path")
    if ellipse:
        a, b, angle = ellipse
        box = {"cx": f"{c:.1f}", "cy": f"{c:.1f}", "rx": f"{a * k:.1f}", "ry": f"{b * k:.1f}", "class": "ellipse"}
        ET.SubElement(root, "ellipse", {**box, "transform": f"rotate({-angle:.1f} {c:.1f} {c:.1f})"})
    bar = max(s for s in (1, 2, 5, 10, 20, 50, 100) if s <= max(1.0, reach * 0.8))
    y = size - 18
    _line(root, margin, y, margin + bar * k, y, "scalebar")
    _text(root, margin + bar * k + 10, y + 5, words.scale.format(bar=bar))
    return _done(root)


@dataclass(frozen=True, slots=True)
class TimeWords:
    title: str
    describe: str
    right: str
    forward: str
    seconds: str


def sway_over_time(t_s: Floats, ml_mm: Floats, ap_mm: Floats, words: TimeWords, number: Number) -> str:
    """Stabilogram: two strips on one scale, + right above, + forward below; time in s from the window's start."""
    width, strip, left, right, top = 680, 150, 52, 12, 26
    height = top + 2 * strip + 44
    root = _svg(width, height, words.title, words.describe)
    ml, ap = ml_mm - np.nanmean(ml_mm), ap_mm - np.nanmean(ap_mm)
    reach = max(2.0, float(np.nanmax(np.abs(np.concatenate([ml, ap])), initial=0.0)))
    end = float(t_s[-1]) if len(t_s) else 1.0
    x_of = (width - left - right) / max(end, 1e-9)
    every = max(1, len(t_s) // MOST_POINTS)
    steps = nice_steps(-reach, reach, 4)
    for row, (values, label) in enumerate(((ml, words.right), (ap, words.forward))):
        middle = top + strip * row + strip / 2
        k = (strip / 2 - 14) / reach
        for step in steps:
            _line(root, left, middle - step * k, width - right, middle - step * k, "grid")
            _text(root, left - 8, middle - step * k + 5, number(step, _decimals(steps)), "tick", "end")
        _path(root, left + t_s[::every] * x_of, middle - values[::every] * k, "path")
        _text(root, left, top + strip * row + 8, label)
    for step in nice_steps(0, end, 5):
        _text(root, left + step * x_of, height - 22, number(step, 0), "tick", "middle")
    _text(root, width - right, height - 4, words.seconds, "tick", "end")
    return _done(root)


@dataclass(frozen=True, slots=True)
class Point:
    """One visit's value; `real` when it differs from the first by more than the noise (filled), else hollow; `label` for the table."""

    value: float
    label: str
    real: bool = False


def trend(points: Sequence[Point], band: tuple[float, float] | None, title: str, describe: str, number: Number, decimals: int) -> str:
    """Values in order with the own band as a ribbon; the last one is the person's dot with its number."""
    width, height, left, right, top, bottom = 680, 240, 60, 76, 24, 28
    root = _svg(width, height, title, describe)
    values = [p.value for p in points]
    low, high = min([*values, *(band or ())]), max([*values, *(band or ())])
    pad = (high - low or abs(high) or 1.0) * 0.15
    low, high = max(0.0, low - pad), high + pad
    k = (height - top - bottom) / (high - low)
    y_of = [height - bottom - (v - low) * k for v in values]
    gap = (width - left - right) / max(1, len(points) - 1)
    x_of = [left + i * gap for i in range(len(points))] if len(points) > 1 else [(left + width - right) / 2]
    if band:
        box = {"x": f"{left}", "y": f"{height - bottom - (band[1] - low) * k:.1f}", "width": f"{width - left - right}"}
        ET.SubElement(root, "rect", {**box, "height": f"{max(1.0, (band[1] - band[0]) * k):.1f}", "class": "band"})
    steps = nice_steps(low, high, 4)
    for step in steps:
        y = height - bottom - (step - low) * k
        _line(root, left, y, width - right, y, "grid")
        _text(root, left - 8, y + 5, number(step, max(_decimals(steps), 0)), "tick", "end")
    _path(root, np.asarray(x_of), np.asarray(y_of), "trend")
    for i, (p, x, y) in enumerate(zip(points, x_of, y_of, strict=True)):
        last = i == len(points) - 1
        kind = "dot-self" if last else "dot-real" if p.real else "dot"
        ET.SubElement(root, "circle", {"cx": f"{x:.1f}", "cy": f"{y:.1f}", "r": "7" if last else "5", "class": kind})
        if last:
            _text(root, x + 14, y + 6, number(p.value, decimals), "value")
    return _done(root)


def strip(value: float, band: tuple[float, float], title: str, describe: str) -> str:
    """Where today's value lies against the own band: a ribbon and the person's marker; no scale, no colour judgement."""
    width, height, margin = 680, 56, 24
    root = _svg(width, height, title, describe)
    low, high = band
    span = max(high - low, 1e-9)
    left, right = min(low - span * 0.75, value - span * 0.1), max(high + span * 0.75, value + span * 0.1)
    k = (width - 2 * margin) / (right - left)
    _line(root, margin, height / 2, width - margin, height / 2, "grid")
    box = {"x": f"{margin + (low - left) * k:.1f}", "y": f"{height / 2 - 9:.1f}", "width": f"{span * k:.1f}", "height": "18", "rx": "9", "class": "band"}
    ET.SubElement(root, "rect", box)
    ET.SubElement(root, "circle", {"cx": f"{margin + (value - left) * k:.1f}", "cy": f"{height / 2:.1f}", "r": "11", "class": "dot-self"})
    return _done(root)
