"""The platform: where its cells, edges and foot marks are, what it carries, whom it can weigh. All in mm and N."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

GRAVITY_M_S2 = 9.80665  # standard gravity, CGPM 1901


@dataclass(frozen=True, slots=True)
class Geometry:
    """Axes: ml + to the person's right, ap + forward, origin at the plate's centre.

    cells_mm:       (ml, ap) of each of CELLS
    plate_mm:       (width ml, depth ap)
    marks_mm:       distance between the two foot marks, centre to centre
    height_mm:      top of the plate above the cells' contact plane (shear moves the CoP by height x Fx/Fz)
    cell_rating_kg: rated load of one cell; plate_rating_kg and pad_rating_kg of the plate and of the pad
    least_person_kg: below this the noise of the CoP is too large for a test
    """

    cells_mm: tuple[tuple[float, float], ...] = ((-225.0, 275.0), (225.0, 275.0), (-225.0, -275.0), (225.0, -275.0))
    plate_mm: tuple[float, float] = (500.0, 600.0)
    marks_mm: float = 250.0
    height_mm: float = 50.0
    cell_rating_kg: float = 100.0
    plate_rating_kg: float = 180.0
    pad_rating_kg: float = 125.0
    least_person_kg: float = 20.0

    @property
    def rating_kg(self) -> float:
        """Heaviest person: the least of plate, pad and four cells at 0.8 of their rating spread unevenly (half on one side)."""
        return min(self.plate_rating_kg, self.pad_rating_kg, 4 * 0.5 * self.cell_rating_kg)

    @property
    def allows_hops(self) -> bool:
        """Landings put most of 2-3 body weights on one cell: 200 kg cells or none."""
        return self.cell_rating_kg >= 200.0

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @staticmethod
    def from_json(doc: dict[str, Any]) -> Geometry:
        fields = dict(doc)
        fields["cells_mm"] = tuple((float(x), float(y)) for x, y in fields["cells_mm"])
        width_mm, depth_mm = fields["plate_mm"]
        fields["plate_mm"] = (float(width_mm), float(depth_mm))
        return Geometry(**fields)
