"""Where the known weight stands in a calibration, in life size: numbered as the screens of the calibration number them."""

from __future__ import annotations

from station.core.geometry import Geometry
from station.core.marks import MARK_SPACING_MM, Mark, calibration_marks, verification_marks
from station.drawings.draft import Draft, View
from station.drawings.shapes import LINE_MM, THIN_MM, Drawing
from station.text.catalogue import Catalogue

REACH_MM = MARK_SPACING_MM + 32.0  # from the middle to the edge of the template
HEAD_MM = 40.0
FOOT_MM = 38.0
NUMBER_MM = 7.0
RING_MM = 12.0
ARROW_MM = (9.0, 14.0)  # half its width, its length


def calibration(geometry: Geometry, language: str) -> Drawing:
    """A template to lay on the plate: centre lines to line up, nine crosses, three more to verify."""
    draft = Draft(Catalogue(language))
    wide = 2 * REACH_MM + 16.0
    view = View(wide / 2, HEAD_MM + REACH_MM)
    draft.heading(8.0, 13.0, draft.word("calibration.title"), draft.word("calibration.below"), wide - 16.0)
    draft.box(view.x - REACH_MM, view.y - REACH_MM, 2 * REACH_MM, 2 * REACH_MM, width_mm=THIN_MM)
    draft.line(view.at(-REACH_MM, 0), view.at(REACH_MM, 0), width_mm=THIN_MM)
    draft.line(view.at(0, -REACH_MM), view.at(0, REACH_MM), width_mm=THIN_MM)
    _front(draft, view)
    draft.text(view.x - 4.0, view.y - REACH_MM + 7.0, draft.word("front"), 3.5, "right")
    draft.text(view.x + 4.0, view.y - REACH_MM + 7.0, draft.word("calibration.to-front", mm=draft.mm(geometry.plate_mm[1] / 2)), 3.5)
    draft.text(
        view.x - REACH_MM + 6.0, view.y - 4.0, draft.word("calibration.to-left", mm=draft.mm(geometry.plate_mm[0] / 2)), 3.5, upright=True
    )
    five = set(calibration_marks(5))
    for mark in calibration_marks(9):
        _mark(draft, view, mark, rings=2 if mark in five else 1)
    for mark in verification_marks():
        _verify(draft, view, mark)
    _spacing(draft, view)
    draft.notes(
        8.0, view.y + REACH_MM + 10.0, wide - 16.0, [draft.word(f"calibration.note.{n}") for n in ("place", "marks", "verify")], 3.0
    )
    return draft.done("calibration", (wide, HEAD_MM + 2 * REACH_MM + FOOT_MM), 1.0, template=True)


def _front(draft: Draft, view: View) -> None:
    """An arrow out of the front edge, to the screen."""
    edge = view.y - REACH_MM
    draft.polygon((view.x, edge - ARROW_MM[1]), (view.x + ARROW_MM[0], edge), (view.x - ARROW_MM[0], edge), fill="black")


def _mark(draft: Draft, view: View, mark: Mark, rings: int) -> None:
    x, y = view.at(mark.ml_mm, mark.ap_mm)
    for n in range(rings):
        draft.circle((x, y), RING_MM + 2.0 * n, width_mm=LINE_MM)
    _cross(draft, x, y)
    draft.text(x + 11.5, y + 18.0, str(mark.number), NUMBER_MM, bold=True)


def _verify(draft: Draft, view: View, mark: Mark) -> None:
    x, y = view.at(mark.ml_mm, mark.ap_mm)
    draft.polygon((x - RING_MM, y), (x, y - RING_MM), (x + RING_MM, y), (x, y + RING_MM), dashed=True)
    _cross(draft, x, y)
    draft.text(x + 8.0, y + 15.0, str(mark.number), NUMBER_MM * 0.8)


def _cross(draft: Draft, x: float, y: float) -> None:
    draft.line((x - 8.0, y), (x + 8.0, y))
    draft.line((x, y - 8.0), (x, y + 8.0))


def _spacing(draft: Draft, view: View) -> None:
    """The distance to measure with a steel rule before trusting the print."""
    right, y = view.at(MARK_SPACING_MM, -MARK_SPACING_MM)
    draft.across(view.x, right, y - 22.0, draft.mm(MARK_SPACING_MM), y - 16.0, 3.5)
