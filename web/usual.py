"""A value against the person's own usual band: the same protocol, condition and side, before this trial."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

from station.core.results import TrialResult
from station.store.queries import TrialRow
from web.site import site

LEAST_FOR_BAND = 4
BAND_SD = 2.0  # about 95 % of what ordinary repeats give
NEWEST = 12  # a band of last year's visits says nothing about this month


@dataclass(frozen=True, slots=True)
class Headline:
    """The one number of a trial: `value` in `unit` with the decimals it carries. better: "lower", "higher"."""

    value: float
    unit: str
    decimals: int
    name: str
    means: str = ""
    better: str = "higher"
    above: str = "web.usual.more"
    below: str = "web.usual.fewer"

    def told(self) -> str:
        """Number and unit."""
        return site().number(self.value, self.decimals, self.unit)


def headline(result: TrialResult) -> Headline | None:
    """None when nothing was measured."""
    own = site()
    if result.kind == "hold":
        if result.duration_s <= 0:
            return None
        name, means = own.text("web.headline.seconds"), own.text("web.means.seconds")
        return Headline(result.duration_s, "s", 1, name, means, "higher", "web.usual.longer", "web.usual.shorter")
    if result.kind == "quiet":
        key = "mean_velocity_mm_s" if "mean_velocity_mm_s" in result.measures else "mean_velocity_n_mm_s"
        found = result.measures.get(key)
        if found is None or found.value is None:
            return None
        name, means = own.text(f"measure.{key}.name"), own.text(f"measure.{key}.means")
        return Headline(found.value, found.unit, 1, name, means, "lower", "web.usual.less-steady", "web.usual.steadier")
    if result.score is None:
        return None
    decimals = 1 if result.score.unit == "s" else 0
    of = "" if result.score.of is None else own.text("web.of", n=own.number(result.score.of, 0, result.score.unit))
    return Headline(result.score.value, of or result.score.unit, decimals, own.text(f"web.headline.{result.kind}"))


def kind_of(result: TrialResult) -> tuple[str, ...]:
    """What may be compared: protocol, stance, eyes, surface and side."""
    c = result.condition
    return (result.protocol_id, c.stance, c.eyes, c.surface, result.side)


def counts(row: TrialRow) -> bool:
    """Whether the trial speaks for the person: marked used, and good enough."""
    return row.mark == "used" and (row.result.quality.verdict != "reject" or row.result.kind == "hold")


def earlier(row: TrialRow) -> list[float]:
    """Headlines of the same person and kind before this trial, oldest first."""
    if row.person_id is None:
        return []
    values = []
    for other in site().archive.trials(row.person_id):
        if other.id == row.id:
            break
        found = headline(other.result) if counts(other) and kind_of(other.result) == kind_of(row.result) else None
        if found:
            values.append(found.value)
    return values


def own_band(values: Sequence[float]) -> tuple[float, float] | None:
    """Geometric mean times or over exp(2 SD of ln) of the newest 12 positive values; None with fewer than 4."""
    logs = [math.log(v) for v in values if v > 0][-NEWEST:]
    if len(logs) < LEAST_FOR_BAND:
        return None
    middle, spread = fmean(logs), stdev(logs)
    return math.exp(middle - BAND_SD * spread), math.exp(middle + BAND_SD * spread)


def told(found: Headline, band: tuple[float, float]) -> str:
    """The value against the band, in words and without a judgement."""
    low, high = band
    return site().text(found.below if found.value < low else found.above if found.value > high else "web.usual.as-usual")
