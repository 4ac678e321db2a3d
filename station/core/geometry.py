"""The platform: where its cells, edges and foot marks are, what it carries, whom it can weigh. All in mm, kg and N.

The one description of the plate: recordings store it, drawings are made from it, safety is judged by it. What a person may build is held
by rules (`problems`, `checked`); what a file once recorded is read as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from station.core.marks import FOOT_LENGTH_MM, FOOT_WIDTH_MM, STANCES, foot_marks
from station.errors import StationError
from station.words import Num, Words, say

GRAVITY_M_S2 = 9.80665  # standard gravity, CGPM 1901
STEP_ON_FACTOR = 1.2  # estimate: a foot that steps on an edge presses with more than the weight of its person
COP_NOISE_MM = 0.05  # the resolution that Gagey asks of a platform, and what a calibrated board must reach with a dead weight

CHIP_NOISE_V = 90e-9  # HX711 datasheet: rms at gain 128 and 80 readings a second
CELL_V_PER_V = 2e-3  # output of a full bridge at its rating
BRIDGE_V = 4.3  # what a board with its own regulator feeds the bridge
NOISE_OVER_FLOOR = 3.0  # expected of cheap boards, not measured: the self-test measures the real one
LOW_PASS_SHARE = 0.5  # of white noise at 80 readings a second that a 10 Hz low-pass leaves: sqrt(10/40)

_CORNERS = ("front-left", "front-right", "rear-left", "rear-right")
_SIGNS = ((-1, 1), (1, 1), (-1, -1), (1, -1))


class BadPlatform(StationError, ValueError):
    """A platform nobody should stand on; `mistakes` has every reason, a sentence each."""

    def __init__(self, mistakes: Sequence[Words]) -> None:
        super().__init__(say("platform.bad", n=len(mistakes)), say("platform.bad.do"))
        self.mistakes = list(mistakes)


@dataclass(frozen=True, slots=True)
class Geometry:
    """Axes: ml + to the person's right, ap + forward, origin at the plate's centre.

    cells_mm:           (ml, ap) of each of CELLS
    plate_mm, pad_mm:   (width ml, depth ap)
    marks_mm:           distance between the two foot marks, centre to centre
    height_mm:          top of the plate above the cells' contact plane (shear moves the CoP by height x Fx/Fz)
    cell_rating_kg:     rated load of one cell; plate_rating_kg and pad_rating_kg of the plate and of the pad
    least_person_kg:    nobody lighter is tested, however quiet the cells are (`least_kg`)
    plate_thickness_mm: all layers; plate_mass_kg: all layers, what keeps the plate down when someone stands on its edge
    cell_mm:            diameter of the cell (or its foot) under the plate
    """

    cells_mm: tuple[tuple[float, float], ...] = ((-225.0, 275.0), (225.0, 275.0), (-225.0, -275.0), (225.0, -275.0))
    plate_mm: tuple[float, float] = (500.0, 600.0)
    marks_mm: float = 250.0
    height_mm: float = 50.0
    cell_rating_kg: float = 100.0
    plate_rating_kg: float = 180.0
    pad_rating_kg: float = 125.0
    least_person_kg: float = 20.0
    plate_thickness_mm: float = 24.0
    plate_mass_kg: float = 17.8
    cell_mm: float = 40.0
    pad_mm: tuple[float, float] = (410.0, 500.0)
    pad_thickness_mm: float = 60.0

    @property
    def rating_kg(self) -> float:
        """Heaviest person: the least of what the plate, the pad and the cells carry. Shown before anyone steps on."""
        return min(self.plate_rating_kg, self.pad_rating_kg, self.cells_rating_kg)

    @property
    def cells_rating_kg(self) -> float:
        """Heaviest person for the cells: at the worst allowed place no cell carries more than its rating."""
        return self.cell_rating_kg / self.worst_share

    @property
    def worst_share(self) -> float:
        """Greatest share of the weight on one cell, with the CoP anywhere in the outline of a marked foot.

        Rigid plate on four equal springs, cells at (+-a, +-b): share = 1/4 + x/4a + y/4b (hardware reference, section 11). A person who
        stands beside the marks, right above a cell, puts everything on that one: cells must bear 1.5 times their rating, as most do.
        """
        a_mm = min(abs(ml) for ml, _ in self.cells_mm)
        b_mm = min(abs(ap) for _, ap in self.cells_mm)
        feet = [foot for stance in STANCES for foot in foot_marks(stance, self.marks_mm)]
        half_width_mm, half_depth_mm = self.plate_mm[0] / 2, self.plate_mm[1] / 2
        places = (
            (min(abs(foot.ml_mm) + FOOT_WIDTH_MM / 2, half_width_mm), min(abs(foot.ap_mm) + FOOT_LENGTH_MM / 2, half_depth_mm))
            for foot in feet
        )
        return max(0.25 + x_mm / (4 * a_mm) + y_mm / (4 * b_mm) for x_mm, y_mm in places)

    @property
    def allows_hops(self) -> bool:
        """Landings put most of 2-3 body weights on one cell: 200 kg cells or none."""
        return self.cell_rating_kg >= 200.0

    @property
    def allows_tandem(self) -> bool:
        """Two of the longest feet, heel to toe, stand on the plate."""
        return self.plate_mm[1] >= 2 * FOOT_LENGTH_MM

    @property
    def least_kg(self) -> float:
        """Lightest person for a test: `least_person_kg`, or more when the cells are too coarse for anyone so light."""
        cell_noise_kg = NOISE_OVER_FLOOR * CHIP_NOISE_V * self.cell_rating_kg / (CELL_V_PER_V * BRIDGE_V)
        return max(self.least_person_kg, self.least_kg_for(cell_noise_kg))

    def least_kg_for(self, cell_noise_kg: float) -> float:
        """Lightest person whose CoP reads quieter than COP_NOISE_MM, for an rms noise of one cell at 80 readings a second.

        CoP noise = 2 a s_F / W in the middle between cells at +-a (hardware reference, section 3), after the 10 Hz low-pass.
        """
        a_mm = max(abs(place) for cell in self.cells_mm for place in cell)
        return 2 * a_mm * cell_noise_kg * LOW_PASS_SHARE / COP_NOISE_MM

    @property
    def least_plate_kg(self) -> float:
        """The overhang rule: the lightest plate that stays down when the heaviest person steps on its edge.

        About the line through the two cells nearest to the edge: STEP_ON_FACTOR x rating x overhang <= plate mass x distance from the
        plate's centre to that line. The plate alone: the pad is not always there. inf when the line lies beyond the centre.
        """
        needed_kg = 0.0
        for axis, half_mm in enumerate((self.plate_mm[0] / 2, self.plate_mm[1] / 2)):
            for side in (-1, 1):
                line_mm = min(side * cell[axis] for cell, sign in zip(self.cells_mm, _SIGNS, strict=True) if sign[axis] == side)
                overhang_mm = max(0.0, half_mm - line_mm)
                needed_kg = max(needed_kg, STEP_ON_FACTOR * self.rating_kg * overhang_mm / line_mm if line_mm > 0 else float("inf"))
        return needed_kg

    def problems(self) -> tuple[Words, ...]:
        """Every reason not to build or use this platform, each with what would put it right. Empty for a sound one."""
        return (*self._misplaced(), *self._tipping(), *self._too_small())

    def checked(self) -> Geometry:
        """Itself. Raises BadPlatform with all `problems` at once."""
        if found := self.problems():
            raise BadPlatform(found)
        return self

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @staticmethod
    def from_json(doc: dict[str, Any]) -> Geometry:
        """Of `to_json`, also of an older one: what it does not say keeps its default."""
        fields = dict(doc)
        fields["cells_mm"] = tuple((float(x), float(y)) for x, y in fields["cells_mm"])
        for key in ("plate_mm", "pad_mm"):
            if key in fields:
                width_mm, depth_mm = fields[key]
                fields[key] = (float(width_mm), float(depth_mm))
        return Geometry(**fields)

    def _misplaced(self) -> list[Words]:
        """Cells in the wrong corner, or not wholly under the plate."""
        found = []
        half_mm = (self.plate_mm[0] / 2, self.plate_mm[1] / 2)
        for name, cell, sign in zip(_CORNERS, self.cells_mm, _SIGNS, strict=True):
            corner = say(f"hardware.{name}")
            if _elsewhere(cell, sign):
                found.append(say("platform.cell-corner", cell=corner, ml=Num(cell[0]), ap=Num(cell[1])))
            elif (over_mm := max(abs(cell[axis]) + self.cell_mm / 2 - half_mm[axis] for axis in (0, 1))) > 0:
                found.append(say("platform.cell-beyond", cell=corner, over=Num(over_mm)))
        return found

    def _tipping(self) -> list[Words]:
        wrong = any(_elsewhere(cell, sign) for cell, sign in zip(self.cells_mm, _SIGNS, strict=True))
        if wrong or self.plate_mass_kg >= self.least_plate_kg:
            return []
        return [say("platform.tips", person=Num(self.rating_kg), mass=Num(self.plate_mass_kg, 1), least=Num(self.least_plate_kg, 1))]

    def _too_small(self) -> list[Words]:
        """Feet or pad that do not fit, a plate thicker than the board is high."""
        found = []
        width_mm, depth_mm = self.plate_mm
        pad_width_mm, pad_depth_mm = self.pad_mm
        if (need_mm := self.marks_mm + FOOT_WIDTH_MM) > width_mm:
            found.append(say("platform.feet-beyond", need=Num(need_mm), width=Num(width_mm)))
        if pad_width_mm > width_mm or pad_depth_mm > depth_mm:
            pad, plate = (Num(pad_width_mm), Num(pad_depth_mm)), (Num(width_mm), Num(depth_mm))
            found.append(say("platform.pad-beyond", w=pad[0], d=pad[1], width=plate[0], depth=plate[1]))
        if self.plate_thickness_mm >= self.height_mm:
            found.append(say("platform.no-room", thick=Num(self.plate_thickness_mm), height=Num(self.height_mm)))
        return found


def _elsewhere(cell: tuple[float, float], sign: tuple[int, int]) -> bool:
    """The cell is not in the corner it is named after."""
    return cell[0] * sign[0] <= 0 or cell[1] * sign[1] <= 0
