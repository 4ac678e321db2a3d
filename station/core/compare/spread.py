"""How much trials of one person differ by themselves, and so how large a difference of two means must be to be real.

    s^2 = (nu0 s0^2 + SS) / (nu0 + nu)      SE^2 = s_a^2/n_a + s_b^2/n_b      least real difference = t_0.975 SE

Two conditions have spreads of their own, and Satterthwaite's degrees of freedom; the two legs of one person in one condition share one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from station.core.compare.visit import AREA, HOLD_S, Sample
from station.core.reference.prior import ONE_LEG, SECONDS_HELD, Prior, shorter_factor, sway_prior
from station.core.reference.student import t_quantile

AREA_CV = {("open", "firm"): 0.4058, ("closed", "firm"): 0.4414, ("open", "foam"): 0.2363, ("closed", "foam"): 0.2039}
"""Within-person coefficient of variation of the ellipse area, 60 s, 158-163 people (Santos & Duarte 2016, CC BY 4.0)."""
AREA_TO_VELOCITY = 2.0  # an area is a length squared: on one leg, where nobody measured it, twice the velocity's spread (own)


@dataclass(frozen=True, slots=True)
class Difference:
    """mean ln a - mean ln b, its standard error, and the degrees of freedom of that."""

    ln: float
    se: float
    freedom: float

    @property
    def least_real(self) -> float:
        """t_0.975 SE: what trials that differ in nothing stay below 19 times in 20."""
        return t_quantile(0.975, self.freedom) * self.se


def prior_of(of: str, sample: Sample) -> Prior:
    """What is known of ln of that measure before the person's own repeats; for an area as far as velocity allows (own)."""
    condition, seconds = sample.result.condition, sample.result.duration_s
    if of == HOLD_S:
        return SECONDS_HELD
    known = sway_prior(condition, seconds)
    if of != AREA:
        return known
    if condition.stance != "two-leg":
        return Prior(ONE_LEG.freedom, AREA_TO_VELOCITY * ONE_LEG.spread_ln, "own")
    nu0 = known.freedom
    within_ln = math.log(1 + AREA_CV[condition.eyes, condition.surface]) * shorter_factor(condition.surface, seconds)
    return Prior(nu0, within_ln * math.sqrt((nu0 - 2) / nu0), "own")  # so that the mean of the prior's variance is the measured one


def difference(a: Sequence[float], b: Sequence[float], prior_a: Prior, prior_b: Prior) -> Difference:
    """Of two conditions; a and b are ln of their trials, at least one each."""
    (var_a, nu_a), (var_b, nu_b) = (_variance(_squares(x), len(x) - 1, p) for x, p in ((a, prior_a), (b, prior_b)))
    part_a, part_b = var_a / len(a), var_b / len(b)
    freedom = (part_a + part_b) ** 2 / (part_a**2 / nu_a + part_b**2 / nu_b)
    return Difference(fmean(a) - fmean(b), math.sqrt(part_a + part_b), freedom)


def pooled_difference(a: Sequence[float], b: Sequence[float], prior: Prior) -> Difference:
    """Of two sides in one condition, which share one spread."""
    variance, freedom = _variance(_squares(a) + _squares(b), len(a) + len(b) - 2, prior)
    return Difference(fmean(a) - fmean(b), math.sqrt(variance * (1 / len(a) + 1 / len(b))), freedom)


def instrument_ln(*groups: Sequence[Sample]) -> float | None:
    """Standard uncertainty that the instrument alone gives to a difference of mean ln; None when a trial has none.

    The trials' errors are taken as independent. What they share (gains, positions) cancels in a ratio, so this is the most it can be.
    """
    total = 0.0
    for samples in groups:
        for sample in samples:
            if sample.u is None:
                return None
            total += (sample.u / sample.value / len(samples)) ** 2
    return math.sqrt(total)


def logs(samples: Sequence[Sample]) -> list[float]:
    return [math.log(s.value) for s in samples]


def geometric_mean(samples: Sequence[Sample]) -> float:
    return math.exp(fmean(logs(samples)))


def _squares(x: Sequence[float]) -> float:
    middle = fmean(x)
    return sum((v - middle) ** 2 for v in x)


def _variance(squares: float, freedom: int, prior: Prior) -> tuple[float, float]:
    total = prior.freedom + freedom
    return (prior.freedom * prior.spread_ln**2 + squares) / total, total
