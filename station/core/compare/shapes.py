"""From a difference of logarithms to the number that is shown, with its uncertainty, interval and least real value."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from station.core.compare.model import Comparison
from station.core.compare.spread import Difference


@dataclass(frozen=True, slots=True)
class Shape:
    """value(d) of a difference d = ln a - ln b, and its slope there. even: value(d) = value(-d), greatest at d = 0."""

    value: Callable[[float], float]
    slope: Callable[[float], float]
    even: bool = False

    def interval(self, d: Difference) -> tuple[float, float]:
        """95 %, low and high."""
        ends = (self.value(d.ln - d.least_real), self.value(d.ln + d.least_real))
        holds_zero = abs(d.ln) <= d.least_real
        return min(ends), self.value(0.0) if self.even and holds_zero else max(ends)


LN = Shape(lambda d: d, lambda d: 1.0)
QUOTIENT = Shape(math.exp, math.exp)
ASYMMETRY_PCT = Shape(lambda d: math.copysign(100 * -math.expm1(-abs(d)), d), lambda d: 100 * math.exp(-abs(d)))
"""100 (a - b)/max(a, b)."""
SYMMETRY_PCT = Shape(lambda d: 100 * math.exp(-abs(d)), lambda d: 100 * math.exp(-abs(d)), even=True)
"""100 min/max."""
NORM_DIFFERENCE_PCT = Shape(lambda d: 100 * math.tanh(d / 2), lambda d: 50 / math.cosh(d / 2) ** 2)
"""100 (a - b)/(a + b)."""


def shaped(bare: Comparison, shape: Shape, d: Difference, instrument: float | None) -> Comparison:
    """The comparison with its numbers; `instrument`: the instrument's standard uncertainty of d. `beyond` is left to the caller."""
    slope = shape.slope(d.ln)
    return replace(
        bare,
        value=shape.value(d.ln),
        uncertainty=slope * d.se,
        instrument_u=None if instrument is None else slope * instrument,
        interval=shape.interval(d),
        least_real=shape.value(d.least_real),
    )
