"""Charts of many values as SVG: the trend with its band of noise, the strip of one value in its band, bars side by side."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from web import strokes
from web.charts import WIDTH, Number, decimals_of, nice_steps

LEAST_SPAN = 0.2  # of a trend's values: smaller differences are not blown up to mountains
HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 256, 60, 74, 24, 44
BAR_ROW, BAR_LABEL, BAR_VALUE = 62, 22, 150


@dataclass(frozen=True, slots=True)
class Point:
    """One trial. value: None where nothing was measured; band: where it was expected from those before it; out: it does not count."""

    value: float | None
    band: tuple[float, float] | None = None
    out: bool = False

    @property
    def real(self) -> bool:
        """Outside the band: more than noise."""
        return not self.out and self.value is not None and self.band is not None and not self.band[0] <= self.value <= self.band[1]


def trend(points: Sequence[Point], title: str, describe: str, number: Number, decimals: int, days: tuple[str, str] = ("", "")) -> str:
    """Values in order, evenly spaced, within the ribbon of noise; the last that counts is the person's dot with its number.

    Filled dots lie outside the ribbon, hollow ones within it. What does not count is a cross, joined to nothing; without a value it
    lies on the floor. days: under the first and the last point. At least one point counts.
    """
    root = strokes.svg(WIDTH, HEIGHT, title, describe)
    place = _places(points, decimals)
    for step in (steps := nice_steps(place.low, place.high)):
        strokes.line(root, LEFT, place.y(step), WIDTH - RIGHT, place.y(step), "grid")
        strokes.text(root, LEFT - 10, place.y(step) + 6, number(step, decimals_of(steps)), "tick", "end")
    _ribbon(root, points, place)
    counted = [(i, p.value) for i, p in enumerate(points) if p.value is not None and not p.out]
    last, value = counted[-1]
    x, y = np.asarray([place.x(i) for i, _ in counted]), np.asarray([place.y(v) for _, v in counted])
    strokes.path(root, x, y, "trend")
    for i, p in enumerate(points):
        if p.out or p.value is None:
            _cross(root, place.x(i), HEIGHT - BOTTOM if p.value is None else place.y(p.value))
        elif i != last:
            strokes.circle(root, place.x(i), place.y(p.value), 6, "dot-real" if p.real else "dot")
    strokes.circle(root, place.x(last), place.y(value), 8, "dot-self")
    strokes.text(root, WIDTH - RIGHT + 16, place.y(value) + 7, number(value, decimals), "value")
    strokes.text(root, LEFT, HEIGHT - 8, days[0])
    strokes.text(root, WIDTH - RIGHT, HEIGHT - 8, days[1] if days[1] != days[0] else "", "tick", "end")
    return strokes.done(root)


@dataclass(frozen=True, slots=True)
class _Places:
    """Where values and counts lie in the picture."""

    low: float
    high: float
    n: int

    def x(self, i: float) -> float:
        if self.n == 1:
            return (LEFT + WIDTH - RIGHT) / 2
        return LEFT + i * (WIDTH - LEFT - RIGHT) / (self.n - 1)

    def y(self, value: float) -> float:
        return HEIGHT - BOTTOM - (value - self.low) * (HEIGHT - TOP - BOTTOM) / (self.high - self.low)


def _places(points: Sequence[Point], decimals: int) -> _Places:
    shown = [v for p in points for v in (p.value, *(p.band or ())) if v is not None]
    low, high = min(shown), max(shown)
    least = max(LEAST_SPAN * abs(high), 2.0 * 10.0**-decimals)
    pad = max((high - low) * 0.12, (least - (high - low)) / 2)
    return _Places(max(0.0, low - pad), high + pad, len(points))


def _ribbon(root: ET.Element, points: Sequence[Point], place: _Places) -> None:
    """One shape for each stretch of points that have a band."""
    edges = [i for i, p in enumerate(points) if p.band is not None]
    starts = [i for i in edges if i - 1 not in edges]
    for start, stop in zip(starts, [i for i in edges if i + 1 not in edges], strict=True):
        part = [(i, band) for i in range(start, stop + 1) if (band := points[i].band) is not None]
        x_of = [place.x(i) for i, _ in part]
        x_of[0], x_of[-1] = max(LEFT, place.x(start - 0.5)), min(WIDTH - RIGHT, place.x(stop + 0.5)) + (8 if stop == place.n - 1 else 0)
        upper = [f"{x:.1f} {place.y(band[1]):.1f}" for x, (_, band) in zip(x_of, part, strict=True)]
        lower = [f"{x:.1f} {place.y(band[0]):.1f}" for x, (_, band) in zip(x_of, part, strict=True)]
        if len(part) == 1:
            upper, lower = _flat(place, start, part[0][1])
        ET.SubElement(root, "path", {"d": f"M{'L'.join([*upper, *reversed(lower)])}Z", "class": "band"})


def _flat(place: _Places, i: int, band: tuple[float, float]) -> tuple[list[str], list[str]]:
    """A band that only one point has, half a step to each side."""
    left, right = max(LEFT, place.x(i - 0.5)), min(WIDTH - RIGHT, place.x(i + 0.5)) + 8
    sides = [[f"{left:.1f} {place.y(v):.1f}", f"{right:.1f} {place.y(v):.1f}"] for v in (band[1], band[0])]
    return sides[0], sides[1]


def _cross(root: ET.Element, x: float, y: float, arm: float = 5.0) -> None:
    d = f"M{x - arm:.1f} {y - arm:.1f}L{x + arm:.1f} {y + arm:.1f}M{x - arm:.1f} {y + arm:.1f}L{x + arm:.1f} {y - arm:.1f}"
    ET.SubElement(root, "path", {"d": d, "class": "out"})


def strip(value: float, band: tuple[float, float], title: str, describe: str) -> str:
    """Where today's value lies against the own band: a ribbon and the person's marker; no scale, no colour judgement."""
    height, margin = 40, 16
    root = strokes.svg(WIDTH, height, title, describe)
    low, high = band
    span = max(high - low, 1e-9)
    left, right = min(low - span * 0.75, value - span * 0.1), max(high + span * 0.75, value + span * 0.1)
    k = (WIDTH - 2 * margin) / (right - left)
    strokes.line(root, margin, height / 2, WIDTH - margin, height / 2, "track")
    strokes.rect(root, margin + (low - left) * k, height / 2 - 8, span * k, 16, "band", 8)
    strokes.circle(root, margin + (value - left) * k, height / 2, 8, "dot-self")
    return strokes.done(root)


@dataclass(frozen=True, slots=True)
class BarOf:
    """A side of a comparison: what it is, its number as written."""

    label: str
    value: float
    told: str


def bars(sides: Sequence[BarOf], title: str, describe: str) -> str:
    """Lying bars from 0 on one scale, each under its label and with its number."""
    root = strokes.svg(WIDTH, BAR_ROW * len(sides), title, describe)
    most = max(max(side.value for side in sides), 1e-9)
    room = WIDTH - BAR_VALUE
    for row, side in enumerate(sides):
        top = row * BAR_ROW
        strokes.text(root, 0, top + BAR_LABEL, side.label, "label")
        strokes.rect(root, 0, top + BAR_LABEL + 9, room, 18, "bar-room", 9)
        strokes.rect(root, 0, top + BAR_LABEL + 9, max(18.0, room * max(side.value, 0.0) / most), 18, "bar", 9)
        strokes.text(root, room + 14, top + BAR_LABEL + 25, side.told, "value small")
    return strokes.done(root)
