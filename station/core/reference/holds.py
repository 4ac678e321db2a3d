"""Seconds held: published values transfer between boards, as long as cap, stance and rules for stopping are the same."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from statistics import fmean
from typing import Any

from station.core.reference.norm import Refused, of_person
from station.core.reference.tables import DATA, UNVERIFIED, Source, table
from station.core.results import TrialResult
from station.core.usual import at_the_cap
from station.words import Num, Words, say

MEAN, BEST = "mean of 3", "best of 3"


@dataclass(frozen=True, slots=True)
class HoldNorm:
    """Published seconds beside the person's own: mean with mean, best with best. For staff only while the status says
    "secondary source". at_the_cap: `value` is a least value, to be written ">= 45 s"."""

    statistic: str
    value: float
    at_the_cap: bool
    published_s: float
    ages: str
    status: str
    label: Words
    source: Source
    staff_only: bool = True


def hold_norm_for(results: Sequence[TrialResult], *, age_years: float | None, statistic: str = MEAN, cap_s: float) -> HoldNorm | Refused:
    """For three holds of one leg with the same eyes on firm ground; `cap_s` is the protocol's longest hold.

    statistic: "mean of 3" or "best of 3". No values by sex: it makes no difference in the source.
    """
    published = table("springer_one_leg")
    source = published.source
    reasons = tuple(_reasons(results, age_years, statistic, cap_s, source))
    if reasons or age_years is None:
        return Refused(reasons)
    rows = [r for r in published.find(eyes=results[0].condition.eyes, statistic=statistic) if r.covers(age_years) and "total_s" in r.values]
    if not rows:
        return Refused((say("norm.refused.none"),))
    row, held = rows[0], [r.duration_s for r in results]
    value, published_s, ages = fmean(held) if statistic == MEAN else max(held), row.values["total_s"], row.keys["age"]
    label = say(
        "norm.hold.mean" if statistic == MEAN else "norm.hold.best", ages=ages, seconds=Num(published_s, 1), n=source.n, source=source.short
    )
    capped = any(at_the_cap(r) for r in results)
    return HoldNorm(statistic, value, capped, published_s, ages, row.status, label, source)


def _reasons(results: Sequence[TrialResult], age_years: float | None, statistic: str, cap_s: float, source: Source) -> Iterator[Words]:
    """What of the holds is unlike the published ones."""
    yield from of_person(age_years)
    if len(results) != source.trials:
        yield say("norm.refused.trials", n=len(results), needs=source.trials)
    if any(r.demo for r in results):
        yield say("norm.refused.demo")
    if any(r.kind != "hold" or r.condition.stance != "single-leg" or r.condition.surface != "firm" for r in results):
        yield say("norm.refused.one-leg")
    if len({(r.condition, r.side) for r in results}) > 1:
        yield say("norm.refused.mixed")
    if cap_s != source.cap_s:
        yield say("norm.refused.cap", seconds=Num(cap_s), needs=Num(source.cap_s or 0.0))
    if statistic == MEAN and any(at_the_cap(r) for r in results):
        yield say("norm.refused.at-the-cap", seconds=Num(cap_s))


@dataclass(frozen=True, slots=True)
class TimedStance:
    """A published mark in seconds, and the only sentence that may be said about it (`wording`).

    It is said from `at_least_s` on, up to `at_most_s`, or under `under_s`. foam: id of the words for the source's pad. needs: what
    an assistant must have seen: feet-together, arms-folded, pad-proven. staff: not for a wall.
    """

    id: str
    test: str
    stance: str
    ages: tuple[int, int]
    n: str
    source: str
    licence: str
    status: str
    wording: str
    unit: str = "s"
    under_s: float | None = None
    at_least_s: float | None = None
    at_most_s: float | None = None
    foam: str = ""
    needs: tuple[str, ...] = field(default_factory=tuple)
    staff: bool = False

    def words(self, seconds: float, age_years: float | None, *, seen: Collection[str] = (), pad: str = "") -> Words | None:
        """The sentence when it may be said of that many seconds; None otherwise."""
        if age_years is None or not self.ages[0] <= age_years < self.ages[1] + 1 or not set(self.needs) <= set(seen):
            return None
        if self.foam and not pad:
            return None
        under = self.under_s is None or seconds < self.under_s
        over = self.at_least_s is None or seconds >= self.at_least_s
        if not (under and over and (self.at_most_s is None or seconds <= self.at_most_s)):
            return None
        return say(self.wording, source=self.source, pad=pad, foam=say(self.foam) if self.foam else "")


@cache
def timed_stances() -> tuple[TimedStance, ...]:
    """All of `timed.toml` that is verified."""
    return read_timed((DATA / "timed.toml").read_text("utf-8"))


def read_timed(text: str) -> tuple[TimedStance, ...]:
    """Rows that say UNVERIFIED are left out. Raises ValueError for one without source, licence, status or wording."""
    told: list[dict[str, Any]] = tomllib.loads(text)["stance"]
    for row in told:
        lacks = [key for key in ("source", "licence", "status", "wording", "n") if not row.get(key)]
        if lacks:
            raise ValueError(f"timed stance {row['id']} does not say {', '.join(lacks)}")
    kept = [row for row in told if UNVERIFIED not in row["status"]]
    return tuple(TimedStance(**{**row, "ages": tuple(row["ages"]), "needs": tuple(row.get("needs", ()))}) for row in kept)
