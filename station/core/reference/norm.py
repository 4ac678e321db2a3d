"""Whether a published value may stand beside a person's result, and with which words.

Sway in mm or mm/s does not transfer between boards, so a value is context and never a limit: its quartiles with the full label, and
nothing that ranks the person. It is shown only when everything was measured as the published people were; else every condition
that failed is named, and the value stays away.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean

from station.core.reference.tables import Row, Source, table
from station.core.results import Condition, TrialResult
from station.words import Num, Words, say

LEAST_N = 15
LEAST_N_TAILS = 30  # below it the 5th and 95th percentile are the first and the last person
ADULT_YEARS = 18
LEAST_RATE_HZ = 75.0  # the class of 80 conversions a second; one of 10 reads 4 to 10 % low
WINDOW_SLACK_S = 0.5
LOWPASS_10_HZ = ("station",)  # settings whose low-pass is the published one
SHOWN = "mean_velocity_mm_s"  # everything else of the table is for staff
DECIMALS = {"mm/s": 1, "mm2": 0, "Hz": 2, "1": 2, "s": 1}
SHOWN_UNIT = {"mm2": "mm²", "1": ""}


@dataclass(frozen=True, slots=True)
class Refused:
    """No value may be shown; `reasons`: each condition that failed, as a sentence."""

    reasons: tuple[Words, ...]


@dataclass(frozen=True, slots=True)
class Norm:
    """A published value beside the person's own.

    value: the person's mean of three, in `unit`. ages: the band, "" for all. p5, p95: None with fewer than 30 people.
    label: the complete sentence that must stand with it; sample: who these people were. staff_only: not for a wall or a phone.
    """

    measure: str
    unit: str
    value: float
    ages: str
    n: int
    p25: float | None
    p50: float
    p75: float | None
    p5: float | None
    p95: float | None
    label: Words
    sample: Words
    source: Source
    staff_only: bool


def norm_for(results: Sequence[TrialResult], *, age_years: float | None, pad: str = "", measure: str = SHOWN) -> Norm | Refused:
    """The published value for three trials of one person, condition and day; age in years (None: not known), `pad` the name of the foam.

    measure: `mean_velocity_mm_s`, or for staff `ellipse_area_95_mm2` or `mpf_duarte_hz`.
    """
    published = table("bds_sway")
    reasons = [*of_person(age_years), *_of_trials(results, measure, pad, published.source)]
    if reasons or age_years is None:
        return Refused(tuple(reasons))
    condition = results[0].condition
    rows = [r for r in published.find(measure=measure, eyes=condition.eyes, surface=condition.surface) if r.covers(age_years)]
    if not rows:
        return Refused((say("norm.refused.none"),))
    row = rows[0]
    if row.n is None or row.n < LEAST_N:
        return Refused((say("norm.refused.few", n=row.n or 0, ages=row.keys["age"], least=LEAST_N),))
    return _norm(measure, _mean(results, measure), row)


def ratio_norm_for(
    ratio: str, over: Sequence[TrialResult], under: Sequence[TrialResult], *, age_years: float | None, pad: str = ""
) -> Norm | Refused:
    """The same for a ratio of mean velocities, each of three trials: `romberg_quotient` (eyes closed over open), `ratio_eo_foam`,
    `ratio_ec_foam` (over eyes open on firm ground)."""
    published = table("bds_ratios")
    reasons = list(of_person(age_years))
    for results in (over, under):
        reasons += [reason for reason in _of_trials(results, SHOWN, pad, published.source) if reason not in reasons]
    if not reasons and not _are_of(ratio, over[0].condition, under[0].condition):
        reasons.append(say("norm.refused.mixed"))
    if reasons:
        return Refused(tuple(reasons))
    rows = published.find(ratio=ratio, surface=over[0].condition.surface)
    if not rows:
        return Refused((say("norm.refused.none"),))
    return _norm(ratio, _mean(over, SHOWN) / _mean(under, SHOWN), rows[0])


def _are_of(ratio: str, over: Condition, under: Condition) -> bool:
    """Whether the two conditions are those of the ratio."""
    if ratio == "romberg_quotient":
        return (over.eyes, under.eyes) == ("closed", "open") and over.surface == under.surface
    return (over.surface, under.surface, under.eyes) == ("foam", "firm", "open") and ratio == f"ratio_e{over.eyes[0]}_foam"


def of_person(age_years: float | None) -> Iterator[Words]:
    """Why nobody of that age can be compared: not known, or no adult."""
    if age_years is None:
        yield say("norm.refused.age-unknown")
    elif age_years < ADULT_YEARS:
        yield say("norm.refused.child", years=ADULT_YEARS)


def _of_trials(results: Sequence[TrialResult], measure: str, pad: str, source: Source) -> Iterator[Words]:
    """What of the trials is unlike the published ones."""
    if len(results) != source.trials:
        yield say("norm.refused.trials", n=len(results), needs=source.trials)
    if any(r.demo for r in results):
        yield say("norm.refused.demo")
    if any(r.kind != "quiet" or r.condition.stance != "two-leg" for r in results):
        yield say("norm.refused.stance")
    if len({r.condition for r in results}) > 1:
        yield say("norm.refused.mixed")
    if any(r.condition.surface == "foam" for r in results) and not (source.pad and source.pad == pad):
        yield say("norm.refused.pad")
    if any(r.quality.verdict != "valid" for r in results):
        yield say("norm.refused.verdict")
    if any(r.measures.get(measure) is None or r.measures[measure].value is None for r in results):
        yield say("norm.refused.no-value")
    yield from _of_method(results, source)


def _of_method(results: Sequence[TrialResult], source: Source) -> Iterator[Words]:
    window_s = source.window_s or 0.0
    odd = next((r for r in results if abs(r.duration_s - window_s) > WINDOW_SLACK_S), None)
    if odd is not None:
        yield say("norm.refused.window", seconds=Num(odd.duration_s, 1), needs=Num(window_s))
    if any(r.settings not in LOWPASS_10_HZ for r in results):
        yield say("norm.refused.method", hz=Num(source.lowpass_hz or 0.0))
    rates = [min(r.quality.rate_hz, default=0.0) for r in results]
    if rates and min(rates) < LEAST_RATE_HZ:
        yield say("norm.refused.rate", hz=Num(min(rates)), needs=Num(LEAST_RATE_HZ))


def _mean(results: Sequence[TrialResult], measure: str) -> float:
    return fmean([value for r in results if (value := r.measures[measure].value) is not None])


def _norm(measure: str, value: float, row: Row) -> Norm:
    n, unit, ages, v, source = row.n or 0, row.units["p50"], row.keys.get("age", ""), row.values, row.source
    known = {"n": n, "where": say("norm.where.plate", seconds=Num(source.window_s or 0.0), hz=Num(source.lowpass_hz or 0.0))}
    low, high, share = (v["p25"], v["p75"], "half") if "p25" in v else (v["p5"], v["p95"], "nine-in-ten")
    label = say(
        f"norm.label.{share}",
        who=say("norm.who", ages=ages) if ages else say("norm.who.all"),
        low=Num(low, DECIMALS[unit]),
        high=Num(high, DECIMALS[unit], SHOWN_UNIT.get(unit, unit)),
        source=source.short,
        **known,
    )
    tails = n >= LEAST_N_TAILS
    return Norm(
        measure,
        unit,
        value,
        ages,
        n,
        p25=v.get("p25"),
        p50=v["p50"],
        p75=v.get("p75"),
        p5=v["p5"] if tails else None,
        p95=v["p95"] if tails else None,
        label=label,
        sample=say("norm.sample"),
        source=source,
        staff_only=measure != SHOWN,
    )
