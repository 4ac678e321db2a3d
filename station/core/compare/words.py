"""What is said of a comparison: what was compared, the fact with its numbers, whether it is more than trials differ by themselves."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from station.core.compare.visit import AREA, VELOCITY, Sample
from station.core.results import TrialResult
from station.words import Num, Words, say

_OF = {VELOCITY: "velocity", AREA: "area"}


def about_sway(a: Words, b: Words, of: str) -> Words:
    """ "Sway speed: eyes closed, firm ground - eyes open, firm ground"."""
    return say("compare.about", what=measured(of), a=a, b=b)


def measured(of: str) -> Words:
    """What is compared, in a word or two; seconds held for what is no sway."""
    return say(f"compare.of.{_OF.get(of, 'hold')}")


def condition_label(sample: Sample) -> Words:
    """Eyes and ground."""
    c = sample.result.condition
    return say(f"compare.condition.{c.eyes}-{c.surface}")


def leg_label(sample: Sample) -> Words:
    return say(f"compare.leg.{sample.result.side}")


def times(label_a: Words, label_b: Words, ln: float) -> Words:
    """The side that is more, as so many times the other; or that nothing is seen between them."""
    more, less = (label_a, label_b) if ln >= 0 else (label_b, label_a)
    ratio = Num(math.exp(abs(ln)), 2)
    if round(ratio.value, 2) == 1:
        return say("compare.says.same", more=more, less=less)
    return say("compare.says.times", more=more, less=less, ratio=ratio)


def verdict(beyond: bool, least_ln: float) -> Words:
    return say("compare.verdict.beyond" if beyond else "compare.verdict.within", least=Num(math.exp(least_ln), 2))


def notes(of: str, samples: Iterable[Sample]) -> tuple[Words, ...]:
    """What to keep in mind whatever is compared."""
    area = (say("compare.note.area"),) if of == AREA else ()
    return (*area, *usable([s.result for s in samples]))


def usable(results: Sequence[TrialResult]) -> tuple[Words, ...]:
    """That some trials carry a reservation of the machine's."""
    n = sum(r.quality.verdict == "usable" for r in results)
    return (say("compare.note.usable", n=n, of=len(results)),) if n else ()
