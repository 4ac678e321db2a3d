"""From how far the words of a screen can be read, computed from its size: pure arithmetic for set-up pages, window and checks.

A capital letter must be 6.4 mm high for each metre of distance (a rule of thumb; tune it with people).
"""

from __future__ import annotations

from math import hypot

from station.core.scene import Step
from station.core.theme import CAPS_OF_SIZE, GRID, TYPE_FACTORS, TYPE_PX

CAPITALS_MM_PER_M = 6.4
LEAST_M = 2.0  # from which a person on the plate must be able to read a test's words
MM_PER_IN = 25.4


def capitals_mm(step: Step, diagonal_in: float, width_px: int, height_px: int, type_factor: float = 1.0) -> float:
    """Height of the capitals of a type step on a screen, the layout fitted inside."""
    pixel_mm = diagonal_in * MM_PER_IN / hypot(width_px, height_px)
    scale = min(width_px / GRID.width, height_px / GRID.height)
    return TYPE_PX[step] * type_factor * scale * CAPS_OF_SIZE * pixel_mm


def reach_m(diagonal_in: float, width_px: int, height_px: int, type_factor: float = 1.0) -> float:
    """Distance from which the instruction, the smallest text a standing person must read, can be read."""
    return capitals_mm("say", diagonal_in, width_px, height_px, type_factor) / CAPITALS_MM_PER_M


def type_factor(diagonal_in: float, distance_m: float, width_px: int, height_px: int) -> float:
    """The smallest type that reaches the distance; the largest when none does."""
    reaching = (f for f in TYPE_FACTORS if reach_m(diagonal_in, width_px, height_px, f) >= distance_m)
    return next(reaching, TYPE_FACTORS[-1])
