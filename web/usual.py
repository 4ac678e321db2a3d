"""A value against the person's own usual band: the same protocol, condition and side, before this trial."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile

from station.core import shown
from station.core.results import TrialResult
from station.core.usual import SPEED_KEYS, earlier_values, good_enough
from station.store.queries import TrialRow
from web.site import site


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
        key, found = next(((key, m) for key in SPEED_KEYS if (m := result.measures.get(key)) is not None), ("", None))
        number = shown.headline(found) if found is not None else None
        if found is None or number is None:
            return None
        name, means = own.text(f"measure.{key}.name"), own.text(f"measure.{key}.means")
        return Headline(number.value, found.unit, number.decimals, name, means, "lower", "web.usual.less-steady", "web.usual.steadier")
    if result.score is None:
        return None
    decimals = 1 if result.score.unit == "s" else 0
    of = "" if result.score.of is None else own.text("web.of", n=own.number(result.score.of, 0, result.score.unit))
    return Headline(result.score.value, of or result.score.unit, decimals, own.text(f"web.headline.{result.kind}"))


def counts(row: TrialRow) -> bool:
    """Whether the trial speaks for the person: marked used, and good enough."""
    return row.mark == "used" and good_enough(row.result)


def earlier(row: TrialRow) -> list[float]:
    """Headlines of the same person and kind before this trial, oldest first; what was marked practice or discarded is left out."""
    if row.person_id is None:
        return []
    before = takewhile(lambda other: other.id != row.id, site().archive.trials(row.person_id))
    return earlier_values(row.result, [other.result for other in before if other.mark == "used"])


def told(found: Headline, band: tuple[float, float]) -> str:
    """The value against the band, in words and without a judgement."""
    low, high = band
    return site().text(found.below if found.value < low else found.above if found.value > high else "web.usual.as-usual")
