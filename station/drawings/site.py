"""The room: what is within reach, what is ahead, what stays clear, and what may cross the floor. From above and from the side."""

from __future__ import annotations

from station.core.geometry import Geometry
from station.drawings.draft import Draft, View
from station.drawings.shapes import LINE_MM, SMALL_MM, TEXT_MM, THICK_MM, THIN_MM, Drawing
from station.text.catalogue import Catalogue

SIZE_MM = (297.0, 192.0)
SCALE = 0.04  # 1:25
AHEAD_MM = 2000.0  # eyes to screen: people sway with where they look, so the distance is the same for every trial
REACH_MM = 300.0  # from the plate's edge to the rail: the hand gets there without a step
RAIL_MM = 950.0  # its height
CLEAR_MM = 1000.0
EYES_MM = 1600.0  # drawn; the screen goes to the eyes of who stands there
SCREEN_MM = (710.0, 400.0)  # 32 inches
PERSON_MM = 1720.0
WALL_MM, RAIL_LINE_MM = 1.0, 1.6  # of the lines that stand for them


def site(geometry: Geometry, language: str) -> Drawing:
    draft = Draft(Catalogue(language))
    draft.heading(12.0, 18.0, draft.word("site.title"), draft.word("site.below", scale=f"1:{round(1 / SCALE)}"))
    _above(draft, View(69.0, 38.0 + AHEAD_MM * SCALE, SCALE), geometry)
    _aside(draft, View(152.0, 112.0, SCALE), geometry)
    names = ("rail", "screen", "clear", "pi", "floor", "edge")
    draft.notes(138.0, 128.0, 147.0, [draft.word(f"site.note.{name}") for name in names], SMALL_MM)
    return draft.done("site", SIZE_MM, SCALE)


def _above(draft: Draft, view: View, geometry: Geometry) -> None:
    half_w, half_d = geometry.plate_mm[0] / 2, geometry.plate_mm[1] / 2
    wall_left, wall = view.at(-half_w - CLEAR_MM, AHEAD_MM)
    right, rear = view.at(half_w + REACH_MM, -half_d - CLEAR_MM)
    draft.text(12.0, 34.0, draft.word("site.above"), TEXT_MM, bold=True)
    draft.line((wall_left, wall), (right + 12.0, wall), width_mm=WALL_MM)
    screen = SCREEN_MM[0] / 2 * SCALE
    draft.box(view.x - screen, wall + 0.8, 2 * screen, 2.2, fill="black")
    draft.text(view.x, wall + 7.2, draft.word("site.screen"), SMALL_MM, "centre")
    draft.line((right, wall + 2.0), (wall_left, wall + 2.0), (wall_left, rear), (right, rear), width_mm=THIN_MM, dashed=True)
    draft.text(wall_left + 2.0, rear - 2.0, draft.word("site.free"), SMALL_MM)
    x, y = view.at(-half_w, half_d)
    draft.box(x, y, 2 * half_w * SCALE, 2 * half_d * SCALE, width_mm=THICK_MM, fill="yellow")
    draft.box(x + 0.8, y + 0.8, 2 * half_w * SCALE - 1.6, 2 * half_d * SCALE - 1.6, width_mm=THIN_MM, fill="white")
    for side in (-1, 1):
        draft.box(view.x + side * 5.0 - 1.8, view.y - 5.0, 3.6, 10.0, width_mm=THIN_MM)
    _cable(draft, view, half_d)
    rail_top, rail_low = view.at(0, half_d + 300.0)[1], view.at(0, -half_d - 400.0)[1]
    draft.line((right, rail_top), (right, rail_low), width_mm=RAIL_LINE_MM)
    draft.text(right + 5.0, (rail_top + rail_low) / 2, draft.word("site.rail"), SMALL_MM, "centre", upright=True)
    draft.circle(view.at(-half_w - 350.0, -half_d + 50.0), 6.0, dashed=True)
    draft.text(view.at(-half_w - 350.0, 0)[0], view.at(0, -half_d + 50.0)[1] + 10.0, draft.word("site.helper"), SMALL_MM, "centre")
    draft.across(view.at(half_w, 0)[0], right, rail_low + 7.0, draft.mm(REACH_MM), rail_low + 2.0, SMALL_MM)
    draft.upward(wall, view.y, wall_left - 3.0, draft.mm(AHEAD_MM), wall_left + 3.0, SMALL_MM)
    draft.upward(view.at(0, -half_d)[1], rear, view.x, draft.mm(CLEAR_MM), None, SMALL_MM)
    draft.across(wall_left, x, view.y - 6.0, draft.mm(CLEAR_MM), None, SMALL_MM)


def _cable(draft: Draft, view: View, half_d: float) -> None:
    """The Pi in front of the plate, one flat bridge from it to the wall: nobody walks there."""
    x, y = view.at(0, half_d + 150.0)
    draft.box(x - 5.0, y - 1.5, 10.0, 4.0, fill="white")
    draft.text(x + 7.0, y + 1.5, draft.word("site.pi"), SMALL_MM)
    low, high = y - 1.5, view.at(0, AHEAD_MM)[1] + 9.5
    for dx in (-1.0, 1.0):
        draft.line((x + dx, low), (x + dx, high), width_mm=THIN_MM)
    draft.text(x - 4.0, (low + high) / 2, draft.word("site.cable"), SMALL_MM, "right")


def _aside(draft: Draft, view: View, geometry: Geometry) -> None:
    """The person looks to the right; heights from the floor."""
    half_d, high = geometry.plate_mm[1] / 2, geometry.height_mm
    wall = view.at(AHEAD_MM, 0)[0]
    draft.text(138.0, 34.0, draft.word("site.aside"), TEXT_MM, bold=True)
    draft.line((view.x - 14.0, view.y), (wall + 3.0, view.y))
    draft.line((wall, view.y), (wall, view.y - 2150.0 * SCALE), width_mm=WALL_MM)
    draft.box(view.x - half_d * SCALE, view.y - high * SCALE, 2 * half_d * SCALE, high * SCALE, fill="yellow", width_mm=THIN_MM)
    _person(draft, view, high)
    eyes, screen = view.y - (high + EYES_MM) * SCALE, SCREEN_MM[1] / 2 * SCALE
    draft.box(wall - 2.2, eyes - screen, 2.2, 2 * screen, fill="black")
    draft.line((view.x + 3.0, eyes), (wall - 3.0, eyes), width_mm=THIN_MM, dashed=True)
    draft.text((view.x + wall) / 2, eyes - 2.0, draft.word("site.eyes"), SMALL_MM, "centre")
    draft.across(view.x, wall, view.y + 6.0, draft.mm(AHEAD_MM), view.y + 1.0, SMALL_MM)
    rail = view.y - RAIL_MM * SCALE
    draft.line((view.x - 12.0, rail), (view.x + 14.0, rail), width_mm=RAIL_LINE_MM)
    for x in (view.x - 10.0, view.x + 12.0):
        draft.line((x, rail), (x, view.y), width_mm=LINE_MM)
    draft.text(view.x + 16.0, rail + 0.8, draft.word("site.rail-short"), SMALL_MM)
    draft.upward(rail, view.y, view.x - 15.0, draft.mm(RAIL_MM), None, SMALL_MM)
    draft.box(view.x + (half_d + 60.0) * SCALE, view.y - 2.6, 8.0, 2.6, fill="white", width_mm=THIN_MM)
    draft.text(view.x + (half_d + 60.0) * SCALE + 10.0, view.y - 3.6, draft.word("site.pi"), SMALL_MM)


def _person(draft: Draft, view: View, high: float) -> None:
    """A plain figure, PERSON_MM tall."""
    feet, top = view.y - high * SCALE, view.y - (high + PERSON_MM) * SCALE
    draft.circle((view.x, top + 4.6), 4.6)
    hip, neck = feet - 0.5 * PERSON_MM * SCALE, top + 9.2
    draft.line((view.x, neck), (view.x, hip), width_mm=2 * THICK_MM)
    draft.line((view.x, hip), (view.x, feet), width_mm=2 * THICK_MM)
    draft.line((view.x - 2.0, feet), (view.x + 5.0, feet), width_mm=2 * THICK_MM)
    draft.line((view.x, neck + 3.0), (view.x + 2.0, hip - 2.0), (view.x + 4.0, hip + 6.0), width_mm=THICK_MM)
