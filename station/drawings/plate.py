"""The plate for the joiner: outline, cells, layers and a corner from the side, with a cut list and a table of drill places."""

from __future__ import annotations

from itertools import pairwise

from station.core.geometry import STEP_ON_FACTOR, Geometry
from station.drawings.draft import Draft, View
from station.drawings.shapes import LINE_MM, SMALL_MM, TEXT_MM, THICK_MM, THIN_MM, Drawing
from station.text.catalogue import Catalogue
from station.words import Num

SIZE_MM = (297.0, 192.0)
ROOM_MM = (100.0, 120.0)  # for the plan
SCALES = (0.5, 0.2, 0.1, 0.05)  # 1:2, 1:5, 1:10, 1:20, the scales of drawings
SIDE_SCALE = 0.5
RIGHT_X = 158.0
BENDING_MM = 0.2  # most that a rigid plate may give way, hardware reference section 11
CORNERS = ("front-left", "front-right", "rear-left", "rear-right")


def plate(geometry: Geometry, language: str) -> Drawing:
    """Seen from above, at the largest usual scale that fits."""
    draft = Draft(Catalogue(language))
    scale = next((s for s in SCALES if geometry.plate_mm[0] * s <= ROOM_MM[0] and geometry.plate_mm[1] * s <= ROOM_MM[1]), SCALES[-1])
    draft.heading(12.0, 18.0, draft.word("plate.title"), draft.word("plate.below", scale=f"1:{round(1 / scale)}"))
    _plan(draft, geometry, scale)
    _side(draft, geometry)
    y = _lists(draft, geometry, 92.0)
    draft.notes(RIGHT_X, y + 8.0, 127.0, _notes(draft, geometry), SMALL_MM)
    return draft.done("plate", SIZE_MM, scale)


def _plan(draft: Draft, geometry: Geometry, scale: float) -> None:
    half_w, half_d = geometry.plate_mm[0] / 2, geometry.plate_mm[1] / 2
    view = View(26.0 + half_w * scale, 38.0 + half_d * scale, scale)
    left, top = view.at(-half_w, half_d)
    right, bottom = view.at(half_w, -half_d)
    draft.box(left, top, right - left, bottom - top, width_mm=THICK_MM)
    draft.text((left + right) / 2, top - 2.5, draft.word("front"), TEXT_MM, "centre")
    draft.line(view.at(-half_w, 0), view.at(half_w, 0), width_mm=THIN_MM, dashed=True)
    draft.line(view.at(0, -half_d), view.at(0, half_d), width_mm=THIN_MM, dashed=True)
    for name, (ml, ap) in zip(CORNERS, geometry.cells_mm, strict=True):
        x, y = view.at(ml, ap)
        r = geometry.cell_mm / 2 * scale
        draft.circle((x, y), r, dashed=True, width_mm=THIN_MM)
        draft.line((x - 2, y), (x + 2, y), width_mm=THIN_MM)
        draft.line((x, y - 2), (x, y + 2), width_mm=THIN_MM)
        beside = (r + 2.0) * (1 if ml < 0 else -1)
        draft.text(x + beside, y + (1.0 if ap > 0 else 1.5), draft.word(f"corner.{name}"), SMALL_MM, "left" if ml < 0 else "right")
    columns = [-half_w, geometry.cells_mm[2][0], geometry.cells_mm[3][0], half_w]
    xs = [view.at(ml, 0)[0] for ml in columns]
    for a, b, size in zip(xs, xs[1:], _gaps(columns), strict=False):
        draft.across(a, b, bottom + 8.0, draft.mm(size), bottom + 1.0, after=b == right)
    draft.across(left, right, bottom + 16.0, draft.mm(geometry.plate_mm[0]), bottom + 1.0)
    rows = [half_d, geometry.cells_mm[1][1], geometry.cells_mm[3][1], -half_d]
    ys = [view.at(0, ap)[1] for ap in rows]
    for a, b, size in zip(ys, ys[1:], _gaps(rows), strict=False):
        draft.upward(a, b, right + 12.0, draft.mm(size), right + 1.0, after=b == bottom)
    draft.upward(top, bottom, right + 20.0, draft.mm(geometry.plate_mm[1]), right + 1.0)


def _gaps(places: list[float]) -> list[float]:
    return [abs(b - a) for a, b in pairwise(places)]


def _side(draft: Draft, geometry: Geometry) -> None:
    """The front right corner, cut: plate, cell and foot on the floor, with heights."""
    s = SIDE_SCALE
    thick, high = geometry.plate_thickness_mm * s, geometry.height_mm * s
    right, floor = RIGHT_X + 62.0, 72.0
    top = floor - high
    draft.text(RIGHT_X, 34.0, draft.word("plate.side", scale=f"1:{round(1 / s)}"), TEXT_MM, bold=True)
    draft.line((RIGHT_X, top + thick), (RIGHT_X, top), (right, top), (right, top + thick), (RIGHT_X, top + thick), width_mm=THICK_MM)
    layer = thick / 8
    for y in (top + layer, top + thick - layer):
        draft.line((RIGHT_X, y), (right, y), width_mm=THIN_MM)
    edge = (geometry.plate_mm[0] / 2 - abs(geometry.cells_mm[1][0])) * s
    cell_w, cell_h = geometry.cell_mm * s, (high - thick) * 0.55
    x = right - edge
    draft.box(x - cell_w / 2, top + thick, cell_w, cell_h)
    draft.box(x - cell_w / 5, top + thick + cell_h, 2 * cell_w / 5, high - thick - cell_h, fill="grey")
    draft.line((RIGHT_X - 4.0, floor), (right + 24.0, floor), width_mm=LINE_MM)
    draft.upward(top, top + thick, right + 8.0, draft.mm(geometry.plate_thickness_mm), right + 1.0)
    draft.upward(top, floor, right + 17.0, draft.mm(geometry.height_mm), right + 1.0)
    draft.across(x, right, floor + 8.0, draft.mm(edge / s), floor + 1.0)
    draft.text(x - cell_w / 2 - 2.0, top + thick + cell_h * 0.8, draft.word("plate.cell"), SMALL_MM, "right")
    draft.text(x - cell_w / 2 - 2.0, floor - 1.2, draft.word("plate.foot"), SMALL_MM, "right")


def _lists(draft: Draft, geometry: Geometry, y: float) -> float:
    """Cut list and drill places; returns the lower edge."""
    width, depth = geometry.plate_mm
    sheet = f"{draft.mm(width)} × {draft.mm(depth)}"
    draft.text(RIGHT_X, y, draft.word("plate.cut"), TEXT_MM, bold=True)
    rows = [
        (draft.word("plate.part"), draft.word("plate.pieces"), draft.word("plate.size")),
        (draft.word("plate.body"), "1", f"{sheet} × {draft.mm(geometry.plate_thickness_mm)}"),
        (draft.word("plate.mat"), "1", sheet),
        (draft.word("plate.strip"), "1", draft.mm(2 * (width + depth))),
        (draft.word("plate.cells"), "4", f"Ø {draft.mm(geometry.cell_mm)}, {draft.mm(geometry.cell_rating_kg)} kg"),
    ]
    y = draft.table(RIGHT_X, y + 2.0, (62.0, 17.0, 48.0), rows, SMALL_MM)
    draft.text(RIGHT_X, y + 8.0, draft.word("plate.drill"), TEXT_MM, bold=True)
    places = [("", draft.word("plate.from-left"), draft.word("plate.from-front"))]
    for name, (ml, ap) in zip(CORNERS, geometry.cells_mm, strict=True):
        places.append((draft.word(f"corner.{name}"), draft.mm(width / 2 + ml), draft.mm(depth / 2 - ap)))
    return draft.table(RIGHT_X, y + 10.0, (37.0, 45.0, 45.0), places, SMALL_MM)


def _notes(draft: Draft, geometry: Geometry) -> list[str]:
    numbers = {"least": Num(geometry.least_plate_kg, 1), "person": Num(geometry.rating_kg), "factor": Num(STEP_ON_FACTOR, 1)}
    return [
        draft.word("plate.note.mass", mass=Num(geometry.plate_mass_kg, 1), **numbers),
        draft.word("plate.note.stiff", person=Num(geometry.rating_kg), mm=Num(BENDING_MM, 1)),
        draft.word("plate.note.studs"),
        draft.word("plate.note.edge"),
    ]
