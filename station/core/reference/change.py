"""What is a real change of one person between visits, and what is noise: on ln of the value, with the person's own spread shrunk
towards what is known of people, Student's t, and a day-to-day term once there are visits on four days.

    s^2 = (nu0 s0^2 + SS) / (nu0 + nu)            SS, nu: squared deviations from each visit's mean, sum of n_j - 1
    SE^2 = s^2 (1/n1 + 1/n2) + 2 s_d^2            MDC ratio = exp(t_0.975 SE)

Degrees of freedom are nu0 + nu within a day; with the day term they are Satterthwaite's, since few days make s_d unsure.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, variance

from station.core.reference.prior import Prior
from station.core.reference.student import t_cdf, t_quantile
from station.words import Num, Words, say

LEAST_DAYS = 4
LEARNING_VISITS = 3
LEAST_FOR_BAND = 4  # values; own
NEWEST = 12  # visits or values: last year's say nothing about this month; own
VERY_LIKELY, LIKELY = 0.95, 0.75  # own


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit's values of one kind of trial, in their order: all above 0, at least one.

    day: its date as an ordinal, None when the clock was not set. practised: a practice trial came first.
    Raises ValueError.
    """

    values: tuple[float, ...]
    day: int | None = None
    id: str = ""
    practised: bool = False

    def __post_init__(self) -> None:
        if not self.values or not all(0 < v < math.inf for v in self.values):
            raise ValueError(f"a visit's values are {self.values}")

    @property
    def logs(self) -> list[float]:
        return [math.log(v) for v in self.values]


@dataclass(frozen=True, slots=True)
class Band:
    """Where a visit's mean (geometric) lies with 95 % as long as nothing changes. days_known: day-to-day spread is part of it."""

    low: float
    high: float
    days_known: bool


@dataclass(frozen=True, slots=True)
class Change:
    """A visit against an earlier one.

    ratio:         its mean over the earlier one's (geometric means)
    mdc_ratio:     minimal detectable change, 95 %: a ratio within 1/mdc_ratio .. mdc_ratio is noise
    probability_higher: that the true value rose
    spread_ln, freedom: the person's own spread between repeats, shrunk, and the degrees of freedom of the test
    day_spread_ln: SD between days; None while there are fewer than four days: noise is then that of one visit, which is too little
    learning:      one of the two is among the first three visits; practised: both began with a practice trial
    """

    ratio: float
    mdc_ratio: float
    probability_higher: float
    spread_ln: float
    freedom: float
    day_spread_ln: float | None
    same_day: bool
    learning: bool
    practised: bool

    @property
    def beyond(self) -> bool:
        """Whether the ratio lies beyond the noise that is known."""
        return abs(math.log(self.ratio)) > math.log(self.mdc_ratio)

    @property
    def days_known(self) -> bool:
        return self.same_day or self.day_spread_ln is not None

    @property
    def real(self) -> bool:
        """Whether the change is more than noise: never said between days whose spread is not known yet."""
        return self.beyond and self.days_known

    def words(self) -> tuple[Words, ...]:
        """For staff: the change with its noise, the probability in words, then what limits both."""
        told = [self._size(), self._likely()] if self.days_known else [self._size(), say("change.day-unknown", days=LEAST_DAYS)]
        if self.learning:
            told.append(say("change.learning", visits=LEARNING_VISITS))
        if not self.practised:
            told.append(say("change.no-practice"))
        return tuple(told)

    def _size(self) -> Words:
        noise = {"low": Num(1 / self.mdc_ratio, 2), "high": Num(self.mdc_ratio, 2)}
        if not self.beyond:
            return say("change.noise", ratio=Num(self.ratio, 2), **noise)
        return say("change.real" if self.real else "change.beyond-visit", ratio=Num(self.ratio, 2), **noise)

    def _likely(self) -> Words:
        p = max(self.probability_higher, 1 - self.probability_higher)
        if p < LIKELY:
            return say("change.unclear")
        word = "very-likely" if p >= VERY_LIKELY else "likely"
        side = "higher" if self.probability_higher > 0.5 else "lower"
        return say(f"change.{word}.{side}", of_100=math.floor(100 * p) if p < 0.99 else 99)


def change(visits: Sequence[Visit], prior: Prior, since: int = -2) -> Change | None:
    """The newest visit against visit `since` (an index; the one before it unless said), all visits oldest first and of one kind:
    same person, protocol, condition, side, window, settings, pad and board. None with fewer than two.

    Days before the newest visit's give the day-to-day spread, so that a change never hides itself.
    """
    if len(visits) < 2:
        return None
    newest, earlier = visits[-1], visits[since]
    difference = fmean(newest.logs) - fmean(earlier.logs)
    same_day = newest.day is not None and newest.day == earlier.day
    within = _within(visits, prior)
    days = None if same_day else _between([v for v in visits[:-1] if v.day != newest.day])
    error = _error(within, 1 / len(newest.values) + 1 / len(earlier.values), days, 2)
    se = math.sqrt(error.variance)
    base = range(len(visits))[since]
    return Change(
        ratio=math.exp(difference),
        mdc_ratio=math.exp(t_quantile(0.975, error.freedom) * se),
        probability_higher=t_cdf(difference / se, error.freedom),
        spread_ln=math.sqrt(within.variance),
        freedom=error.freedom,
        day_spread_ln=None if days is None else math.sqrt(days.variance(within)),
        same_day=same_day,
        learning=min(base, len(visits) - 1) < LEARNING_VISITS,
        practised=newest.practised and earlier.practised,
    )


def bands(visits: Sequence[Visit], prior: Prior) -> tuple[Band | None, ...]:
    """For a trend: the noise band of each visit, made of those before it; None where they hold fewer than four values."""
    return tuple(band(visits[:i], prior, len(v.values)) for i, v in enumerate(visits))


def band(before: Sequence[Visit], prior: Prior, n: int = 1) -> Band | None:
    """Where the mean of n trials of the next visit lies with 95 %, from the newest visits before it, which need at least four values
    between them. With fewer than four days, a band within one visit."""
    newest = before[-NEWEST:]
    logs = [x for v in newest for x in v.logs]
    if len(logs) < LEAST_FOR_BAND:
        return None
    within = _within(newest, prior)
    days = _between(newest)
    if days is None:
        middle, error = fmean(logs), _error(within, 1 / n + 1 / len(logs), None, 0)
    else:
        m = len(days.means)
        middle, error = fmean(days.means), _error(within, 1 / n + days.per_trial / m, days, 1 + 1 / m)
    half = t_quantile(0.975, error.freedom) * math.sqrt(error.variance)
    return Band(math.exp(middle - half), math.exp(middle + half), days is not None)


@dataclass(frozen=True, slots=True)
class _Variance:
    """An estimated variance and the degrees of freedom it stands on."""

    variance: float
    freedom: float


@dataclass(frozen=True, slots=True)
class _Days:
    """The newest days: the mean of each, the variance of these means, and the mean of 1/n over them."""

    means: tuple[float, ...]
    total: _Variance
    per_trial: float

    def variance(self, within: _Variance) -> float:
        """s_d^2: what repeats alone do not explain."""
        return max(0.0, self.total.variance - within.variance * self.per_trial)


def _within(visits: Sequence[Visit], prior: Prior) -> _Variance:
    """The person's own variance between repeats of a visit, shrunk towards the prior."""
    own = sum(variance(v.logs) * (len(v.values) - 1) for v in visits if len(v.values) > 1)
    freedom = prior.freedom + sum(len(v.values) - 1 for v in visits)
    return _Variance((prior.freedom * prior.spread_ln**2 + own) / freedom, freedom)


def _between(visits: Sequence[Visit]) -> _Days | None:
    """None with fewer than four days."""
    by_day: dict[int, list[float]] = {}
    for visit in visits:
        if visit.day is not None:
            by_day.setdefault(visit.day, []).extend(visit.logs)
    logs = [by_day[day] for day in sorted(by_day)][-NEWEST:]
    if len(logs) < LEAST_DAYS:
        return None
    means = tuple(fmean(x) for x in logs)
    return _Days(means, _Variance(variance(means), len(means) - 1), fmean([1 / len(x) for x in logs]))


def _error(within: _Variance, per_trial: float, days: _Days | None, factor: float) -> _Variance:
    """s^2 per_trial + factor s_d^2. s_d^2 holds -s^2 itself: the two are put together before Satterthwaite's freedom is taken."""
    if days is None or days.variance(within) == 0:
        return _Variance(within.variance * per_trial, within.freedom)
    of_repeats, of_days = within.variance * (per_trial - factor * days.per_trial), days.total.variance * factor
    total = of_repeats + of_days
    return _Variance(total, total**2 / (of_repeats**2 / within.freedom + of_days**2 / days.total.freedom))
