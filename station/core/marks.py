"""The places printed on the plate: where a calibration weight stands and where feet stand. One numbering for print, screen and file.

Axes as everywhere: ml + to the person's right, ap + forward, origin at the plate's centre, mm.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

MARK_SPACING_MM = 130.0
"""Between neighbouring calibration marks: far enough apart to part gains from positions, inside every plate of 300 mm and more."""

FOOT_LENGTH_MM = 300.0
"""The longest foot that the marks are drawn for (about EU size 47): two of them heel to toe fill a plate 600 mm deep."""

FOOT_WIDTH_MM = 110.0
HEEL_LINE_MM = -130.0
"""ap of the heels: a foot of 260 mm has its middle at the plate's centre."""

Stance = Literal["hip", "together", "one-left", "one-right", "instep", "tandem"]
STANCES: tuple[Stance, ...] = ("hip", "together", "one-left", "one-right", "instep", "tandem")


@dataclass(frozen=True, slots=True)
class Mark:
    """A numbered place for a weight, seen by a person who stands on the plate and faces the screen."""

    number: int
    ml_mm: float
    ap_mm: float


def calibration_marks(n: Literal[5, 9]) -> tuple[Mark, ...]:
    """The marks of a calibration in the order they are loaded, row by row from the front left: 1 2 3 / 4 5 6 / 7 8 9.

    Five marks are the corners and the centre and keep their numbers (1, 3, 5, 7, 9), so that one printed template serves both.
    Raises ValueError for any other n.
    """
    if n not in (5, 9):
        raise ValueError(f"a calibration has 5 or 9 marks, not {n}")
    rows = (MARK_SPACING_MM, 0.0, -MARK_SPACING_MM)
    columns = (-MARK_SPACING_MM, 0.0, MARK_SPACING_MM)
    places = [(ml, ap) for ap in rows for ml in columns]
    marks = tuple(Mark(i, ml, ap) for i, (ml, ap) in enumerate(places, 1))
    return marks if n == 9 else marks[::2]


def verification_marks() -> tuple[Mark, ...]:
    """Three marks that no calibration uses, numbered 10 to 12: half a spacing off the grid, not in one line, their mean at the centre."""
    half = MARK_SPACING_MM / 2
    return Mark(10, -half, half), Mark(11, MARK_SPACING_MM, half), Mark(12, -half, -MARK_SPACING_MM)


@dataclass(frozen=True, slots=True)
class FootMark:
    """Where one foot stands: the middle of its sole's outline. The heel is half a foot length behind it, along the foot."""

    side: Literal["left", "right"]
    ml_mm: float
    ap_mm: float


def foot_marks(stance: Stance, apart_mm: float) -> tuple[FootMark, ...]:
    """Feet of a stance, the left foot first where there are two. `apart_mm`: between hip marks, centre to centre (`Geometry.marks_mm`).

    hip: on both hip marks. together: inner edges touching. one-left, one-right: the hip mark of that foot, where a single-leg hold
    begins and ends. instep: the left foot half a length ahead, its instep at the other's big toe. tandem: left before right, heel to toe
    on the middle line. Heels stand on the heel line (HEEL_LINE_MM), but instep and tandem are centred on the plate.
    """
    middle_mm = HEEL_LINE_MM + FOOT_LENGTH_MM / 2
    half_mm = apart_mm / 2
    left, right = FootMark("left", -half_mm, middle_mm), FootMark("right", half_mm, middle_mm)
    beside_mm, ahead_mm = FOOT_WIDTH_MM / 2, FOOT_LENGTH_MM / 2
    feet: dict[Stance, tuple[FootMark, ...]] = {
        "hip": (left, right),
        "together": (FootMark("left", -beside_mm, middle_mm), FootMark("right", beside_mm, middle_mm)),
        "one-left": (left,),
        "one-right": (right,),
        "instep": (FootMark("left", -beside_mm, ahead_mm / 2), FootMark("right", beside_mm, -ahead_mm / 2)),
        "tandem": (FootMark("left", 0.0, ahead_mm), FootMark("right", 0.0, -ahead_mm)),
    }
    return feet[stance]
