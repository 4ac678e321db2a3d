"""Slope of a line through the middle of all slopes between pairs: one wild point moves it little (Theil 1950, Sen 1968)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import median

Z_975 = 1.959964
Points = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Slope:
    """The median slope and its 95 % interval; an end is infinite where so few pairs cannot bound it."""

    value: float
    low: float
    high: float

    @property
    def holds_zero(self) -> bool:
        return self.low <= 0 <= self.high


def theil_sen(blocks: Sequence[Points]) -> Slope | None:
    """Of the points (x, y) of each block, pairs taken within a block only; None without a pair of different x.

    Interval: Sen's, from the variance of Kendall's S, sum over blocks of n(n-1)(2n+5)/18 (no ties).
    """
    slopes = sorted((b[1] - a[1]) / (b[0] - a[0]) for block in blocks for a, b in combinations(block, 2) if a[0] != b[0])
    if not slopes:
        return None
    n = len(slopes)
    spread = Z_975 * math.sqrt(sum(len(b) * (len(b) - 1) * (2 * len(b) + 5) / 18 for b in blocks))
    lowest, highest = (n - spread) / 2, (n + spread) / 2  # ranks from 0: outwards, so that the interval is never too narrow
    low = slopes[math.floor(lowest) - 1] if lowest >= 1 else -math.inf
    high = slopes[math.ceil(highest)] if math.ceil(highest) < n else math.inf
    return Slope(median(slopes), low, high)
