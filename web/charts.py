"""Charts of one trial as SVG: the sway path with its ellipse, sway over time. Each has a title, a description and a table beside it."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from web import strokes
from web.strokes import Floats

Number = Callable[[float, int], str]
MOST_POINTS = 2400  # more are not seen and cost the phone
WIDTH = 520  # of every chart, in its own units: a phone's page, a little larger than life
PLAN_HEIGHT = 120  # of the small plate beside the path
FOOT_MM = (95.0, 260.0)  # width and length of a drawn foot
SCALE_BARS_MM = (1, 2, 5, 10, 20, 50, 100)


def nice_steps(low: float, high: float, least: int = 3) -> list[float]:
    """`least` to about twice as many round values within [low, high]: the widest steps of 1, 2 or 5 times a power of ten."""
    if not high > low:
        return [low]
    power = 10.0 ** math.ceil(math.log10(high - low))
    for step in (m * p for p in (power, power / 10, power / 100) for m in (1, 0.5, 0.2)):
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        if last - first + 1 >= least:
            return [k * step for k in range(first, last + 1)]
    return [low, high]


def decimals_of(steps: Sequence[float]) -> int:
    """As few as tell the steps apart: 0 for 5, 10; 1 for 2.5, 5; 2 for 0.25."""
    if len(steps) < 2:
        return 0
    gap = abs(steps[1] - steps[0])
    return next((d for d in range(7) if abs(round(gap, d) - gap) < gap * 1e-6), 6)


def _thinned(n: int) -> int:
    return max(1, math.ceil(n / MOST_POINTS))


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the path lies on the plate, for the small plan beside it: all (ml, ap) in mm from the plate's middle.

    feet: centres of the feet that stand on it.
    """

    plate_mm: tuple[float, float]
    feet_mm: tuple[tuple[float, float], ...]
    mean_mm: tuple[float, float]


@dataclass(frozen=True, slots=True)
class PathWords:
    """`mm(5)` writes the scale bar's length."""

    title: str
    describe: str
    front: str
    mm: Callable[[float], str]


def sway_path(
    ml_mm: Floats,
    ap_mm: Floats,
    ellipse: tuple[float, float, float] | None,
    words: PathWords,
    *,
    standing: Standing | None = None,
    reach_mm: float | None = None,
) -> str:
    """Statokinesigram: the path seen from above about (0, 0), front up, equal scales.

    ellipse: half axes in mm and the angle of the first, degrees from +ml towards +ap. reach_mm: what the half width shows, the same
    for pictures side by side; by default the least of the steps that holds everything.
    """
    size, margin = WIDTH, 46
    root = strokes.svg(size, size, words.title, words.describe, "path-chart")
    far = max(float(np.nanmax(np.hypot(ml_mm, ap_mm), initial=0.0)), ellipse[0] if ellipse else 0.0)
    reach = reach_mm or next((s for s in (5.0, 10.0, 15.0, 20.0, 30.0, 50.0, 75.0, 100.0, 150.0) if s >= far), far)
    k, c = (size / 2 - margin) / reach, size / 2
    for part in (0.5, 1.0):
        strokes.circle(root, c, c, part * reach * k, "grid")
    strokes.line(root, margin, c, size - margin, c, "grid")
    strokes.line(root, c, margin, c, size - margin, "grid")
    strokes.text(root, c, margin - 16, words.front, "tick", "middle")
    every = _thinned(len(ml_mm))
    strokes.path(root, c + ml_mm[::every] * k, c - ap_mm[::every] * k, "path")
    if ellipse:
        a, b, angle_deg = ellipse
        box = {"cx": f"{c:.1f}", "cy": f"{c:.1f}", "rx": f"{a * k:.1f}", "ry": f"{b * k:.1f}", "class": "ellipse"}
        ET.SubElement(root, "ellipse", {**box, "transform": f"rotate({-angle_deg:.1f} {c:.1f} {c:.1f})"})
    bar = max(s for s in SCALE_BARS_MM if s <= max(1.0, reach * 0.5))
    strokes.line(root, 4, size - 18, 4 + bar * k, size - 18, "scalebar")
    strokes.text(root, 16 + bar * k, size - 12, words.mm(bar))
    if standing:
        _plan(root, standing, size)
    return strokes.done(root)


def _plan(root: ET.Element, standing: Standing, size: float) -> None:
    """The plate from above in the lower right corner: its feet and the mean pressure point, so that the path has a place."""
    width_mm, depth_mm = standing.plate_mm
    k = PLAN_HEIGHT / depth_mm
    c_x, c_y = size - 4 - width_mm * k / 2, size - 4 - PLAN_HEIGHT / 2
    strokes.rect(root, c_x - width_mm * k / 2, c_y - PLAN_HEIGHT / 2, width_mm * k, PLAN_HEIGHT, "plate-edge", 6)
    for ml, ap in standing.feet_mm:
        foot_w, foot_l = (v * k for v in FOOT_MM)
        strokes.rect(root, c_x + ml * k - foot_w / 2, c_y - ap * k - foot_l / 2, foot_w, foot_l, "foot", foot_w / 2)
    strokes.circle(root, c_x + standing.mean_mm[0] * k, c_y - standing.mean_mm[1] * k, 5, "dot-self")


@dataclass(frozen=True, slots=True)
class TimeWords:
    title: str
    describe: str
    right: str
    forward: str
    seconds: str


def sway_over_time(t_s: Floats, ml_mm: Floats, ap_mm: Floats, words: TimeWords, number: Number) -> str:
    """Stabilogram: two strips on one scale, + right above, + forward below; time in s from the window's start."""
    strip, head, left, right = 130, 44, 56, 14
    height = 2 * (strip + head) + 58
    root = strokes.svg(WIDTH, height, words.title, words.describe)
    reach = max(2.0, float(np.nanmax(np.abs(np.concatenate([ml_mm, ap_mm])), initial=0.0)))
    x_of = (WIDTH - left - right) / max(float(t_s[-1]) if len(t_s) else 1.0, 1e-9)
    every, k = _thinned(len(t_s)), strip / 2 / reach
    steps = nice_steps(-reach, reach)
    for row, (values, label) in enumerate(((ml_mm, words.right), (ap_mm, words.forward))):
        top = row * (strip + head) + head
        middle = top + strip / 2
        strokes.text(root, 0, top - 18, label, "label")
        for step in steps:
            strokes.line(root, left, middle - step * k, WIDTH - right, middle - step * k, "grid")
            strokes.text(root, left - 10, middle - step * k + 6, number(step, decimals_of(steps)), "tick", "end")
        strokes.path(root, left + t_s[::every] * x_of, middle - values[::every] * k, "path")
    for step in nice_steps(0, float(t_s[-1]) if len(t_s) else 1.0, 4):
        strokes.text(root, left + step * x_of, height - 34, number(step, 0), "tick", "middle")
    strokes.text(root, WIDTH - right, height - 8, words.seconds, "tick", "end")
    return strokes.done(root)
