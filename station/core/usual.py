"""The person's own usual band: what the same trial (protocol, stance, eyes, surface, side) gave before."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean, stdev

from station.core.results import TrialResult

LEAST_FOR_BAND = 4
BAND_SD = 2.0  # about 95 % of what ordinary repeats give
NEWEST = 12  # a band of last year's visits says nothing about this month
SPEED_KEYS = ("mean_velocity_mm_s", "mean_velocity_n_mm_s")


def headline_value(result: TrialResult) -> float | None:
    """The number that speaks for a trial: seconds held, mean sway velocity (mm/s), or the score; None when nothing was measured."""
    if result.kind == "hold":
        return result.duration_s if result.duration_s > 0 else None
    if result.kind == "quiet":
        return next((m.value for key in SPEED_KEYS if (m := result.measures.get(key)) is not None), None)
    return None if result.score is None else result.score.value


def kind_of(result: TrialResult) -> tuple[str, ...]:
    """What may be compared: protocol, stance, eyes, surface and side."""
    c = result.condition
    return (result.protocol_id, c.stance, c.eyes, c.surface, result.side)


def good_enough(result: TrialResult) -> bool:
    """Whether the number may stand for the person; a rejected hold still has its seconds."""
    return result.quality.verdict != "reject" or result.kind == "hold"


def earlier_values(result: TrialResult, before: Sequence[TrialResult]) -> list[float]:
    """Headlines of those trials before that may stand beside this one, in their order: of the same kind, simulated only beside
    simulated, and good enough."""
    same = (r for r in before if kind_of(r) == kind_of(result) and r.demo == result.demo and good_enough(r))
    return [value for r in same if (value := headline_value(r)) is not None]


def own_band(values: Sequence[float]) -> tuple[float, float] | None:
    """Geometric mean times or over exp(2 SD of ln) of the newest 12 positive values; None with fewer than 4."""
    logs = [math.log(v) for v in values if v > 0][-NEWEST:]
    if len(logs) < LEAST_FOR_BAND:
        return None
    middle, spread = fmean(logs), stdev(logs)
    return math.exp(middle - BAND_SD * spread), math.exp(middle + BAND_SD * spread)
