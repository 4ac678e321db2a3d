"""Percentiles of the people of this station: one board, one protocol; for a site that asks for them, from 50 people on.

They say where the people of this place lie, never what is good, and never where the person lies among them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np

from station.core.results import TrialResult
from station.core.usual import headline_value, kind_of
from station.words import Num, Words, say

LEAST_PEOPLE = 50
FIRST = 3  # trials of a person that make the person's one value: whoever comes often does not weigh more
PERCENTS = (5, 25, 50, 75, 95)


@dataclass(frozen=True, slots=True)
class SitePercentiles:
    """n people; percentiles in the unit of their values."""

    n: int
    p5: float
    p25: float
    p50: float
    p75: float
    p95: float

    def words(self, decimals: int, unit: str) -> Words:
        """The complete label."""
        return say("norm.site", n=self.n, low=Num(self.p25, decimals), high=Num(self.p75, decimals, unit))


def site_percentiles(values: Sequence[float]) -> SitePercentiles | None:
    """Of one value a person, linear between neighbours; None with fewer than 50 people."""
    if len(values) < LEAST_PEOPLE:
        return None
    return SitePercentiles(len(values), *(float(p) for p in np.percentile(values, PERCENTS)))


def site_values(like: TrialResult, by_person: Mapping[str, Sequence[TrialResult]]) -> list[float]:
    """One value a person: the mean of the first valid trials (three at most) that are the same as `like`: protocol and its version,
    condition, side, length and settings. Simulated trials never; nothing of holds, whose longest ones end at the cap.

    by_person: results that a person let stand ("used"), oldest first, all of this board.
    """
    if like.kind == "hold" or like.demo:
        return []
    same = ([r for r in results if _same(like, r)][:FIRST] for results in by_person.values())
    return [fmean([headline_value(r) or 0.0 for r in first]) for first in same if first]


def _same(like: TrialResult, other: TrialResult) -> bool:
    alike = kind_of(like) == kind_of(other) and like.protocol_version == other.protocol_version
    return alike and not other.demo and other.quality.verdict == "valid" and headline_value(other) is not None
