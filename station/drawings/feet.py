"""The marks a person stands on, in life size: a template to lay on the plate and trace."""

from __future__ import annotations

from math import cos, radians, sin

from station.core.geometry import Geometry
from station.core.marks import FOOT_LENGTH_MM, FOOT_WIDTH_MM, HEEL_LINE_MM, FootMark, foot_marks
from station.drawings.draft import Draft, View
from station.drawings.shapes import THICK_MM, THIN_MM, Drawing, Point
from station.text.catalogue import Catalogue

EDGE_MM = 20.0
HEAD_MM = 34.0  # for title and front above the plate
BIG_MM = 7.0
TOE_OUT_DEG = 15.0  # each foot: 30 degrees between the feet
CROSS_MM = 30.0

# Outline of a left sole: (share of the width from the middle, share of the length from the middle), from the heel round the outside.
SOLE = ((0.0, -0.5), (-0.24, -0.47), (-0.33, -0.36), (-0.33, -0.1), (-0.46, 0.15), (-0.5, 0.27), (-0.4, 0.4), (-0.1, 0.48), (0.2, 0.5),
        (0.42, 0.44), (0.5, 0.28), (0.42, 0.1), (0.25, -0.08), (0.3, -0.36), (0.22, -0.47))  # fmt: skip


def marks(geometry: Geometry, language: str) -> Drawing:
    """Plate, centre cross, hip marks with a toe-out option, heel line, middle line for feet together and tandem, instep heels, pad."""
    draft = Draft(Catalogue(language))
    width, depth = geometry.plate_mm
    view = View(EDGE_MM + width / 2, HEAD_MM + depth / 2)
    draft.heading(EDGE_MM, 14.0, draft.word("marks.title"), draft.word("marks.below"), width)
    draft.box(EDGE_MM, HEAD_MM, width, depth, width_mm=THICK_MM)
    _pad(draft, view, geometry)
    _lines(draft, view, geometry)
    draft.clear_text(view.x, HEAD_MM + 12.0, draft.word("front"), BIG_MM)
    for foot in foot_marks("hip", geometry.marks_mm):
        _foot(draft, view, foot)
    left, right = (view.at(foot.ml_mm, 0)[0] for foot in foot_marks("hip", geometry.marks_mm))
    low = view.at(0, HEEL_LINE_MM)[1] + 46.0
    apart = draft.word("marks.hip", mm=draft.mm(geometry.marks_mm))
    draft.across(left, right, low, "", low - 20.0, 4.0)
    draft.clear_text(view.x, low, apart, 4.0)
    return draft.done("marks", (width + 2 * EDGE_MM, depth + HEAD_MM + 4.0), 1.0, template=True)


def _pad(draft: Draft, view: View, geometry: Geometry) -> None:
    w, d = geometry.pad_mm
    x, y = view.at(-w / 2, d / 2)
    draft.box(x, y, w, d, dashed=True)
    sizes = f"{draft.mm(w)} × {draft.mm(d)} × {draft.mm(geometry.pad_thickness_mm)}"
    draft.text(x + 6.0, y + d - 5.0, draft.word("marks.pad", size=sizes), 4.0)


def _lines(draft: Draft, view: View, geometry: Geometry) -> None:
    """Cross, middle line, heel line and the heels of the instep stance."""
    half_d = geometry.plate_mm[1] / 2
    draft.line(view.at(0, -half_d + 14.0), view.at(0, half_d - 20.0), dashed=True)
    for dx, dy in ((CROSS_MM, 0.0), (0.0, CROSS_MM)):
        draft.line(view.at(-dx, -dy), view.at(dx, dy), width_mm=3 * THICK_MM)
    half_feet = geometry.marks_mm / 2 + FOOT_WIDTH_MM / 2
    draft.line(view.at(-half_feet - 10.0, HEEL_LINE_MM), view.at(half_feet + 10.0, HEEL_LINE_MM), width_mm=THICK_MM)
    x, y = view.at(0, HEEL_LINE_MM)
    draft.text(x - 4.0, y + 6.0, draft.word("marks.heels"), 4.0, "right")
    above_toes = max(half_d - 66.0, HEEL_LINE_MM + FOOT_LENGTH_MM + 7.0)
    if geometry.allows_tandem:
        draft.text(*view.at(-4.0, above_toes), draft.word("marks.tandem"), 4.0, "right")
    draft.text(*view.at(4.0, above_toes), draft.word("marks.together"), 4.0, "left")
    instep = foot_marks("instep", geometry.marks_mm)
    if min(foot.ap_mm for foot in instep) - FOOT_LENGTH_MM / 2 < 20.0 - half_d:
        return  # a plate too short for this stance
    for foot in instep:
        heel = foot.ap_mm - FOOT_LENGTH_MM / 2
        side = -1 if foot.side == "left" else 1
        draft.line(view.at(0, heel), view.at(side * FOOT_WIDTH_MM / 2, heel), width_mm=THICK_MM, dashed=True)
        at = view.at(side * 3.0, heel - 6.5)
        draft.text(*at, draft.word(f"marks.instep.{foot.side}"), 3.5, "right" if foot.side == "left" else "left")


def _foot(draft: Draft, view: View, foot: FootMark) -> None:
    """Outline, name, and the dashed axis it turns to for the toe-out option, about the middle of its heel."""
    mirror = 1 if foot.side == "left" else -1
    outline: list[Point] = [view.at(foot.ml_mm + mirror * u * FOOT_WIDTH_MM, foot.ap_mm + v * FOOT_LENGTH_MM) for u, v in SOLE]
    draft.polygon(*_rounded(outline), width_mm=THICK_MM)
    heel = foot.ap_mm - FOOT_LENGTH_MM / 2
    turn = radians(TOE_OUT_DEG)
    toe = view.at(foot.ml_mm - mirror * sin(turn) * FOOT_LENGTH_MM, heel + cos(turn) * FOOT_LENGTH_MM)
    draft.line(view.at(foot.ml_mm, heel), toe, dashed=True, width_mm=THIN_MM)
    draft.line(view.at(foot.ml_mm, heel), view.at(foot.ml_mm, heel + 40.0), width_mm=THIN_MM)
    x, y = view.at(foot.ml_mm, foot.ap_mm + 60.0)
    draft.text(x + mirror * 8.0, y, draft.word(f"marks.{foot.side}"), BIG_MM, "centre")
    draft.text(toe[0] + mirror * 3.0, toe[1], draft.word("marks.toes-out"), 3.5, "left" if foot.side == "left" else "right")


def _rounded(corners: list[Point], steps: int = 8) -> list[Point]:
    """A closed curve through the corners (Catmull-Rom)."""
    found: list[Point] = []
    for i in range(len(corners)):
        a, b, c, d = (corners[(i + k) % len(corners)] for k in range(-1, 3))
        for n in range(steps):
            t = n / steps
            weights = (-t + 2 * t**2 - t**3, 2 - 5 * t**2 + 3 * t**3, t + 4 * t**2 - 3 * t**3, -(t**2) + t**3)
            x, y = (sum(w * p[axis] for w, p in zip(weights, (a, b, c, d), strict=True)) / 2 for axis in (0, 1))
            found.append((x, y))
    return found
