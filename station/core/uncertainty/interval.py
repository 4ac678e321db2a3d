"""Where the true value of a measure lies, from the number and the parts of its uncertainty."""

from __future__ import annotations

from math import hypot

from station.core.results import MeasureValue

Z_975 = 1.959964  # of the normal distribution


def interval_95(m: MeasureValue) -> tuple[float, float] | None:
    """(low, high) in the measure's unit: the value less its bias, +- 1.96 standard uncertainties of the rest. None when it has no u.

    It holds the value that the same movement would have on a board without noise, calibrated perfectly, 19 times in 20. It says nothing
    of how the person would do the next time.
    """
    if m.value is None or m.uncertainty is None:
        return None
    centre = m.value - m.parts.get("bias", 0.0)
    reach = Z_975 * (hypot(*(part for name, part in m.parts.items() if name != "bias")) if m.parts else m.uncertainty)
    return centre - reach, centre + reach
