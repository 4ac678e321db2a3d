"""The person's own usual band: what the same trial (protocol, stance, eyes, surface, side) gave before."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean

from station.core.results import TrialResult

LEAST_FOR_BAND = 4
PRIOR_SD_LN, PRIOR_N = (
    0.14,
    8,
)  # spread of ln between repeats of one person and how many repeats that knowledge is worth (30 s stances; own)
Z_975 = 1.959964
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
    """Where the next value lies with 95 %, of the newest 12 positive ones; None with fewer than 4.

    On ln: mean +- t s sqrt(1 + 1/n), with the person's own spread shrunk towards the usual one, since a handful of values that happen to
    agree is no narrow band: s^2 = (n0 s0^2 + sum of squares) / (n0 + n - 1).
    """
    logs = [math.log(v) for v in values if v > 0][-NEWEST:]
    n = len(logs)
    if n < LEAST_FOR_BAND:
        return None
    middle = fmean(logs)
    freedom = PRIOR_N + n - 1
    spread = math.sqrt((PRIOR_N * PRIOR_SD_LN**2 + sum((x - middle) ** 2 for x in logs)) / freedom)
    half = student_975(freedom) * spread * math.sqrt(1 + 1 / n)
    return math.exp(middle - half), math.exp(middle + half)


def student_975(freedom: float) -> float:
    """97.5 % quantile of Student's t by the Cornish-Fisher expansion: within 0.006 from 8 degrees of freedom on."""
    z = Z_975
    return z + (z**3 + z) / (4 * freedom) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)
