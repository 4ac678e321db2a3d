"""Change between visits: Student's t, the priors of the table, what is real and what is noise, days, words."""

from __future__ import annotations

import math
from collections.abc import Callable
from statistics import fmean

import numpy as np
import pytest
from scipy import stats

from station.core.reference.change import Change, Visit, band, bands, change
from station.core.reference.prior import ONE_LEG, SWAY, Prior, shorter_factor, sway_prior
from station.core.reference.student import t_cdf, t_quantile
from station.core.results import Condition
from station.text.catalogue import Catalogue

EO_FIRM = SWAY["open", "firm"]
FREEDOMS = [1, 1.3, 2, 2.25, 3, 4.7, 6, 8, 11.7, 20, 56.3, 200, 10_000]


@pytest.mark.parametrize("freedom", FREEDOMS)
@pytest.mark.parametrize("p", [1e-6, 0.01, 0.2, 0.4999, 0.5, 0.75, 0.975, 0.99999])
def test_the_quantile_is_students(p: float, freedom: float) -> None:
    assert t_quantile(p, freedom) == pytest.approx(stats.t.ppf(p, freedom), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("freedom", FREEDOMS)
@pytest.mark.parametrize("t", [-30.0, -3.0, -0.1, 0.0, 0.01, 1.0, 2.5, 9.0, 1e6])
def test_the_distribution_is_students(t: float, freedom: float) -> None:
    assert t_cdf(t, freedom) == pytest.approx(stats.t.cdf(t, freedom), abs=1e-11)


@pytest.mark.parametrize(("freedom", "t"), [(6, 2.447), (8, 2.306), (10, 2.228), (12, 2.179), (20, 2.086)])
def test_the_quantiles_of_the_printed_tables_are_met(freedom: float, t: float) -> None:
    assert t_quantile(0.975, freedom) == pytest.approx(t, abs=5e-4)


@pytest.mark.parametrize("p", [0.0, 1.0, -0.1, math.nan])
def test_a_quantile_outside_of_probability_is_refused(p: float) -> None:
    with pytest.raises(ValueError, match="probability"):
        t_quantile(p, 5)


def test_no_degrees_of_freedom_are_refused() -> None:
    with pytest.raises(ValueError, match="degrees of freedom"):
        t_cdf(1.0, 0)


def compared(*visits: Visit, prior: Prior = EO_FIRM, since: int = -2) -> Change:
    found = change(visits, prior, since)
    assert found is not None
    return found


# eyes, surface, MDC ratio of one trial and of the mean of three: as measured on 158 to 163 people
TABLE = [
    ("open", "firm", 1.492, 1.260), ("closed", "firm", 1.503, 1.265), ("open", "foam", 1.297, 1.162), ("closed", "foam", 1.328, 1.178),
]  # fmt: skip


@pytest.mark.parametrize(("eyes", "surface", "single", "of_three"), TABLE)
def test_without_own_data_the_noise_is_that_of_the_table(eyes: str, surface: str, single: float, of_three: float) -> None:
    prior = sway_prior(Condition("two-leg", eyes, surface), 60.0)
    assert compared(Visit((9.0,)), Visit((9.0,)), prior=prior).mdc_ratio == pytest.approx(single, rel=0.02)
    se = prior.spread_ln * math.sqrt(2 / 3)
    assert math.exp(t_quantile(0.975, prior.freedom) * se) == pytest.approx(of_three, rel=0.02)


def test_the_noise_of_one_leg_is_that_of_its_sources() -> None:
    assert compared(Visit((90.0,)), Visit((90.0,)), prior=ONE_LEG).mdc_ratio == pytest.approx(1.39, rel=0.07)
    assert sway_prior(Condition("single-leg", "closed", "foam"), 10.0) == ONE_LEG


@pytest.mark.parametrize(
    ("surface", "window_s", "factor"),
    [("firm", 60, 1.0), ("firm", 90, 1.0), ("firm", 45, 1.08), ("firm", 30, 1.15), ("firm", 20, 1.28), ("firm", 10, 1.41),
     ("firm", 5, 1.41), ("foam", 45, 1.09), ("foam", 30, 1.27), ("foam", 20, 1.49), ("foam", 10, 1.62), ("firm", 25, 1.215)],
)  # fmt: skip
def test_a_shorter_window_is_noisier_by_the_measured_factor(surface: str, window_s: float, factor: float) -> None:
    assert shorter_factor(surface, window_s) == pytest.approx(factor)


def test_the_spread_is_the_persons_own_shrunk_towards_the_prior() -> None:
    visits = [Visit((8.0, 9.0, 10.0), 1), Visit((9.0, 9.5, 8.2), 1)]
    squares = sum(float(np.var(np.log(v.values)) * 3) for v in visits)
    found = compared(*visits)
    assert found.freedom == pytest.approx(6 + 4)
    assert found.spread_ln == pytest.approx(math.sqrt((6 * 0.115**2 + squares) / 10))
    assert found.mdc_ratio == pytest.approx(math.exp(2.228139 * found.spread_ln * math.sqrt(2 / 3)), rel=1e-6)
    assert found.ratio == pytest.approx(stats.gmean(visits[1].values) / stats.gmean(visits[0].values))


def test_the_probability_is_students_and_falls_when_the_order_is_turned() -> None:
    one, other = Visit((8.0, 9.0, 10.0), 1), Visit((9.0, 9.5, 10.2), 1)
    up, down = compared(one, other), compared(other, one)
    t = math.log(up.ratio) / (math.log(up.mdc_ratio) / t_quantile(0.975, up.freedom))
    assert up.probability_higher == pytest.approx(stats.t.cdf(t, up.freedom))
    assert up.probability_higher + down.probability_higher == pytest.approx(1)


def test_a_change_is_real_only_just_beyond_its_noise() -> None:
    edge = compared(Visit((9.0,), 1), Visit((9.0,), 1)).mdc_ratio
    assert not compared(Visit((9.0,), 1), Visit((9.0 * edge * 0.999,), 1)).real
    assert compared(Visit((9.0,), 1), Visit((9.0 * edge * 1.001,), 1)).real
    assert compared(Visit((9.0,), 1), Visit((9.0 / edge * 0.999,), 1)).real


def test_between_days_nothing_is_called_real_before_the_fourth_day_is_known() -> None:
    three = [Visit((9.0, 9.1, 9.2), day) for day in (1, 2, 3)]
    early = compared(*three, Visit((30.0, 31.0, 29.0), 4))
    assert (early.beyond, early.real, early.day_spread_ln) == (True, False, None)
    late = compared(*three, Visit((9.3, 9.0, 9.1), 4), Visit((30.0, 31.0, 29.0), 5))
    assert (late.beyond, late.real) == (True, True)
    assert not compared(Visit((9.0,)), Visit((30.0,))).real  # a clock that was never set: nobody knows whether it was one day


def test_the_newest_day_does_not_widen_the_band_that_it_is_held_against() -> None:
    known = [Visit((9.0, 9.2, 8.8), day) for day in range(5)]
    assert compared(*known, Visit((18.0, 18.4, 17.6), 5)).mdc_ratio == pytest.approx(compared(*known, Visit((9.0, 9.2, 8.8), 5)).mdc_ratio)


def test_the_day_to_day_spread_is_what_repeats_do_not_explain() -> None:
    dice = np.random.default_rng(3)
    spread, of_days = 0.115, 0.2
    found = []
    for _ in range(300):
        visits = simulated(dice, 12, 3, spread, of_days)
        told = compared(*visits, Visit((9.0,) * 3, 99))
        assert told.day_spread_ln is not None
        found.append(told.day_spread_ln**2)
    assert math.sqrt(fmean(found)) == pytest.approx(of_days, rel=0.05)


def simulated(dice: np.random.Generator, visits: int, trials: int, spread: float, of_days: float, one_day: bool = False) -> list[Visit]:
    day_ln = of_days * dice.standard_normal(visits)
    logs = math.log(9.0) + day_ln[:, None] + spread * dice.standard_normal((visits, trials))
    return [Visit(tuple(row), 1 if one_day else day) for day, row in enumerate(np.exp(logs).tolist())]


def drawn(prior: Prior) -> Callable[[np.random.Generator], float]:
    """People who differ as the prior says."""
    return lambda dice: prior.spread_ln * math.sqrt(prior.freedom / dice.chisquare(prior.freedom))


@pytest.mark.parametrize(
    ("spread_of", "trials"),
    [(drawn(EO_FIRM), 1), (drawn(EO_FIRM), 3), (drawn(EO_FIRM), 6), (lambda dice: 0.115, 30), (lambda dice: 0.23, 30)],
)
def test_a_person_who_did_not_change_is_called_changed_once_in_twenty_times(
    spread_of: Callable[[np.random.Generator], float], trials: int
) -> None:
    dice = np.random.default_rng(7)
    people = 2500
    false = sum(compared(*simulated(dice, 2, trials, spread_of(dice), 0.0, one_day=True)).real for _ in range(people))
    assert false / people == pytest.approx(0.05, abs=0.0153)  # 3.5 standard errors


def test_a_person_steadier_than_most_is_called_changed_more_seldom() -> None:
    dice = np.random.default_rng(7)
    assert not any(compared(*simulated(dice, 2, 3, 0.03, 0.0, one_day=True)).real for _ in range(300))


@pytest.mark.parametrize("days", [5, 8])
@pytest.mark.parametrize("of_days", [0.0, 0.05, 0.2])
def test_a_person_whose_days_differ_is_called_changed_no_oftener(days: int, of_days: float) -> None:
    dice = np.random.default_rng(8)
    people = 600
    false = sum(compared(*simulated(dice, days, 3, drawn(EO_FIRM)(dice), of_days)).real for _ in range(people))
    assert false / people < 0.05 + 0.03


def test_a_true_change_of_a_third_is_found_in_a_person_with_steady_days() -> None:
    dice = np.random.default_rng(9)
    people, found = 300, 0
    for _ in range(people):
        *before, after = simulated(dice, 9, 3, 0.1, 0.03)
        found += compared(*before, Visit(tuple(v * 0.67 for v in after.values), after.day)).real
    assert found / people > 0.9


@pytest.mark.parametrize("of_days", [0.0, 0.1])
def test_the_next_visit_lies_in_the_band_of_the_trend_nineteen_times_of_twenty(of_days: float) -> None:
    dice = np.random.default_rng(10)
    people, inside = 1000, 0
    for _ in range(people):
        visits = simulated(dice, 8, 3, drawn(EO_FIRM)(dice), of_days)
        found = band(visits[:-1], EO_FIRM, 3)
        assert found is not None
        assert found.days_known
        inside += found.low <= math.exp(fmean(visits[-1].logs)) <= found.high
    assert inside / people > 0.95 - 0.024
    assert inside / people < 0.99


def test_a_band_needs_four_values_and_says_when_the_days_are_not_known() -> None:
    visits = [Visit((9.0,), day) for day in range(6)]
    assert [b is not None for b in bands(visits, EO_FIRM)] == [False, False, False, False, True, True]
    of_two = bands([Visit((9.0, 9.4, 8.8), day) for day in (1, 2, 3)], EO_FIRM)
    assert [None if b is None else b.days_known for b in of_two] == [None, None, False]


def test_the_mean_of_three_has_a_narrower_band_than_one_trial() -> None:
    before = [Visit((9.0, 9.4, 8.8), 1), Visit((9.1, 9.0, 8.9), 1)]
    one, three = band(before, EO_FIRM), band(before, EO_FIRM, 3)
    assert one is not None
    assert three is not None
    assert one.low < three.low < three.high < one.high


@pytest.mark.parametrize("values", [(), (9.0, 0.0), (9.0, -1.0), (math.nan,), (math.inf,)])
def test_a_visit_without_values_above_zero_is_refused(values: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="values"):
        Visit(values)


def test_one_visit_is_no_change() -> None:
    assert change([Visit((9.0,))], EO_FIRM) is None


def said(found: Change, language: str = "en") -> list[str]:
    return [Catalogue(language).text(words) for words in found.words()]


def test_the_words_carry_the_change_its_noise_and_the_probability() -> None:
    visits = [Visit((9.0, 9.1, 8.9), day, practised=True) for day in range(6)]
    found = compared(*visits, Visit((12.0, 12.1, 11.9), 6, practised=True))
    size, likely = said(found)
    assert size.startswith("A real change: 1.33 times the earlier value. Noise goes from 0.")
    assert likely == "Very likely higher than before: 99 in 100."
    assert said(found, "de")[0].startswith("Eine echte Änderung: das 1,33-Fache")
    same = compared(*visits, Visit((9.0, 9.1, 8.9), 6, practised=True))
    assert said(same)[0].startswith("Within noise: 1.00 times the earlier value.")
    assert said(same)[1] == "Neither higher nor lower is likely."


def test_a_likely_fall_inside_the_noise_is_told_with_its_probability() -> None:
    visits = [Visit((9.0,), 1, practised=True)] * 4
    found = compared(*visits, Visit((7.4,), 1, practised=True))
    assert said(found)[0].startswith("Within noise")
    assert said(found)[1] == f"Likely lower than before: {math.floor(100 * (1 - found.probability_higher))} in 100."


def test_what_limits_a_comparison_is_said_with_it() -> None:
    size, *limits = said(compared(Visit((9.0,), 1), Visit((20.0,), 2)))
    assert size.startswith("2.22 times the earlier value: more than repeats of one visit differ (0.6")
    assert limits == [
        "Day-to-day band not known yet: it needs visits on 4 days.",
        "Still learning: one of the two is among the first 3 visits.",
        "No practice trial came first: a first trial differs from those after it.",
    ]


def test_who_is_past_the_first_visits_is_still_learning_only_against_them() -> None:
    visits = [Visit((9.0,), 1, practised=True)] * 5
    assert not compared(*visits).learning
    assert compared(*visits, since=0).learning
