"""What a few measures need to know beyond the centre of pressure: how tall the person is, how they stand, where their feet are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from station.core.marks import FOOT_LENGTH_MM, FootMark
from station.core.uncertainty.noise import Noise

Outline = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Context:
    """None or empty where nobody knows; a measure that needs it then has no value and says why.

    height_mm:  standing height of the person
    stance:     "two-leg", "single-leg", "tandem" as in `Condition`
    feet_mm:    the outline of each foot on the plate, corners as (ml, ap) in either direction; a pad spreads load, so outlines come from
                the printed marks and the length of the foot, never from the pressure
    noise:      of the centre of pressure, from the unloaded board
    """

    height_mm: float | None = None
    stance: str = "two-leg"
    feet_mm: tuple[Outline, ...] = ()
    noise: Noise | None = None


NOTHING_KNOWN = Context()


def outlines(feet: Iterable[FootMark], length_mm: float, width_mm: float) -> tuple[Outline, ...]:
    """The rectangle around each foot that stands with its heel where the drawn foot has it, for `Context.feet_mm`.

    length_mm, width_mm: of the person's foot or shoe. A rectangle is a little larger than a sole: times to its edge read long.
    """
    corners = ((-width_mm / 2, 0.0), (width_mm / 2, 0.0), (width_mm / 2, length_mm), (-width_mm / 2, length_mm))
    return tuple(tuple((f.ml_mm + ml, f.ap_mm - FOOT_LENGTH_MM / 2 + ap) for ml, ap in corners) for f in feet)
