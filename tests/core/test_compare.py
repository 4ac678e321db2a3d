"""Comparisons of one visit: what is found, what it says, when it means nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import count
from math import exp, log, sqrt
from statistics import fmean

import pytest
from scipy import stats

from station.core.compare import Comparison, compare, kinds
from station.core.results import Condition, MeasureValue, Quality, TrialResult
from station.text.catalogue import Catalogue, ids
from station.words import Words, say

VELOCITY, AREA = "mean_velocity_mm_s", "ellipse_area_95_mm2"
NUMBERS = count(1)
EYES = {"eo": "open", "ec": "closed"}


def quiet(where: str, mm_s: float, seconds: float = 30.0, *, mm2: float | None = None, u: float | None = None) -> TrialResult:
    """A quiet trial: where = "eo firm", "ec foam" ..."""
    eyes, surface = where.split()
    measures = {VELOCITY: MeasureValue(mm_s, "mm/s", u, "station/1")}
    if mm2 is not None:
        measures[AREA] = MeasureValue(mm2, "mm2", None, "station/1")
    return trial("quiet", Condition("two-leg", EYES[eyes], surface), "", seconds, measures, "mctsib")


def hold(side: str, seconds: float, mm_s: float | None = None, *, capped: bool = False, place_mm: float | None = None) -> TrialResult:
    """A single-leg hold that ended by itself or, `capped`, with the test's time."""
    measures = {} if mm_s is None else {VELOCITY: MeasureValue(mm_s, "mm/s", None, "station/1")}
    if place_mm is not None:
        measures["mean_ml_mm"] = MeasureValue(place_mm, "mm", None, "station/1")
    held = trial("hold", Condition("single-leg"), side, seconds, measures, "single-leg-hold")
    return replace(held, reason=say("trial.end.time" if capped else "trial.end.foot-down"))


def trial(
    kind: str, condition: Condition, side: str, seconds: float, measures: dict[str, MeasureValue], protocol: str = "two-leg-quiet"
) -> TrialResult:
    number = f"t{next(NUMBERS)}"
    reason = say("trial.end.time")
    return TrialResult(number, "run", protocol, 1, "", kind, condition, side, "completed", reason, duration_s=seconds, measures=measures)


def found(results: list[TrialResult], key: str, of: str = VELOCITY, marks_mm: float | None = None) -> Comparison:
    every = [c for c in compare(results, marks_mm=marks_mm) if c.key == key and c.of == of]
    assert len(every) == 1, f"{len(every)} of {key}"
    return every[0]


def text(words: Words | None) -> str:
    assert words is not None
    return Catalogue("en").text(words).replace("\u2212", "-")


THREE_EACH = [quiet("eo firm", v) for v in (8.0, 9.0, 8.5)] + [quiet("ec firm", v) for v in (12.0, 13.0, 12.5)]


def test_nothing_is_found_in_an_empty_visit_or_in_one_condition_alone() -> None:
    assert compare([]) == ()
    assert compare([quiet("eo firm", 8.0), quiet("eo firm", 8.4)]) == ()


def test_romberg_is_the_difference_of_the_mean_logarithms_and_its_quotient() -> None:
    ln = fmean(map(log, (12.0, 13.0, 12.5))) - fmean(map(log, (8.0, 9.0, 8.5)))
    assert found(THREE_EACH, "romberg_ln").value == pytest.approx(ln, rel=1e-12)
    assert found(THREE_EACH, "romberg_quotient").value == pytest.approx(exp(ln), rel=1e-12)


def test_romberg_shows_both_bars_with_their_trials() -> None:
    closed, opened = found(THREE_EACH, "romberg_quotient").bars
    assert (text(closed.label), closed.n, closed.unit) == ("eyes closed, firm ground", 3, "mm/s")
    assert opened.value == pytest.approx((8.0 * 9.0 * 8.5) ** (1 / 3))
    assert set(opened.trial_ids) == {r.trial_id for r in THREE_EACH[:3]}


def test_romberg_says_what_it_compares_the_fact_and_the_verdict_in_words() -> None:
    romberg = found(THREE_EACH, "romberg_ln")
    assert text(romberg.about) == "Sway speed: eyes closed, firm ground against eyes open, firm ground"
    assert text(romberg.says) == "1.47 times as much: eyes closed, firm ground, against eyes open, firm ground."
    assert text(romberg.verdict) == "This is more than your trials differ by themselves (1.25 times)."


def test_the_spread_is_the_person_s_own_shrunk_towards_what_is_known() -> None:
    romberg = found(THREE_EACH, "romberg_ln")
    parts = []
    for values, nu0, s0 in (((8.0, 9.0, 8.5), 6.0, 0.115), ((12.0, 13.0, 12.5), 11.7, 0.131)):
        logs = [log(v) for v in values]
        squares = sum((x - fmean(logs)) ** 2 for x in logs)
        parts.append(((nu0 * (1.15 * s0) ** 2 + squares) / (nu0 + 2) / 3, nu0 + 2))
    se = sqrt(sum(v for v, _ in parts))
    freedom = sum(v for v, _ in parts) ** 2 / sum(v * v / nu for v, nu in parts)
    assert romberg.uncertainty == pytest.approx(se, rel=1e-9)
    assert romberg.least_real == pytest.approx(stats.t.ppf(0.975, freedom) * se, rel=1e-9)
    assert romberg.interval == pytest.approx((romberg.value - romberg.least_real, romberg.value + romberg.least_real))


def test_two_trials_of_each_are_too_few_for_romberg_and_it_says_so_with_the_bars_still_there() -> None:
    romberg = found(THREE_EACH[:2] + THREE_EACH[3:], "romberg_ln")
    assert romberg.value is None
    assert len(romberg.bars) == 2
    assert text(romberg.why) == "This needs 3 trials of each; so far 2. Do the others."


FOUR = [quiet("eo firm", 8.0), quiet("ec firm", 9.0), quiet("eo foam", 24.0), quiet("ec foam", 31.0)]


@pytest.mark.parametrize(("key", "mm_s"), [("ratio_ec_firm_ln", 9.0), ("ratio_eo_foam_ln", 24.0), ("ratio_ec_foam_ln", 31.0)])
def test_the_sensory_ratios_stand_over_eyes_open_on_firm_ground(key: str, mm_s: float) -> None:
    assert found(FOUR, key).value == pytest.approx(log(mm_s / 8.0))


def test_one_trial_of_each_gives_a_ratio_with_a_wide_interval() -> None:
    ratio = found(FOUR, "ratio_ec_firm_ln")
    assert ratio.beyond is False
    assert ratio.least_real == pytest.approx(0.41, abs=0.05)
    assert found(FOUR, "ratio_ec_foam_ln").beyond is True


def test_velocity_comes_first_and_area_second_with_a_note() -> None:
    both = [quiet("eo firm", 8.0, mm2=200.0), quiet("ec firm", 9.0, mm2=210.0)]
    ratios = [c for c in compare(both) if c.key == "ratio_ec_firm_ln"]
    assert [c.of for c in ratios] == [VELOCITY, AREA]
    assert ratios[1].least_real > 2 * ratios[0].least_real
    assert [text(n) for n in ratios[1].notes] == ["Area differs more from trial to trial than speed: look at speed first."]


@pytest.mark.parametrize(
    "other",
    [
        replace(quiet("ec firm", 9.0), protocol_id="two-leg-quiet"),
        replace(quiet("ec firm", 9.0), protocol_version=2),
        quiet("ec firm", 9.0, seconds=60.0),
        replace(quiet("ec firm", 9.0), demo=True),
        replace(quiet("ec firm", 9.0), quality=Quality("reject")),
        replace(quiet("ec firm", 9.0), status="stopped"),
        replace(quiet("ec firm", 9.0), measures={VELOCITY: MeasureValue(9.0, "mm/s", None, "raw/1")}),
    ],
    ids=["protocol", "version", "length", "demo", "rejected", "stopped", "method"],
)
def test_trials_that_differ_in_kind_are_never_compared(other: TrialResult) -> None:
    assert compare([quiet("eo firm", 8.0), other]) == ()


def test_simulated_trials_are_compared_with_each_other_and_marked() -> None:
    assert found([replace(r, demo=True) for r in FOUR], "ratio_ec_firm_ln").demo


def test_trials_with_a_reservation_count_and_are_named() -> None:
    doubtful = [replace(FOUR[0], quality=Quality("usable")), *FOUR[1:]]
    assert [text(n) for n in found(doubtful, "ratio_ec_firm_ln").notes] == ["1 of 2 trials have a reservation."]


def test_what_the_instrument_adds_stands_beside_the_person_s_own_spread() -> None:
    sure = [quiet("eo firm", 8.0, u=0.08), quiet("ec firm", 9.0, u=0.18)]
    assert found(sure, "ratio_ec_firm_ln").instrument_u == pytest.approx(sqrt(0.01**2 + 0.02**2))
    assert found(FOUR, "ratio_ec_firm_ln").instrument_u is None


RIGHT, LEFT = (20.0, 22.0, 21.0), (12.0, 13.0, 11.0)
LEGS = [hold("right", s) for s in RIGHT] + [hold("left", s) for s in LEFT]


def test_the_three_limb_indices_come_from_the_same_geometric_means() -> None:
    right, left = (exp(fmean(map(log, each))) for each in (RIGHT, LEFT))
    assert found(LEGS, "limb_asymmetry_pct", "hold_s").value == pytest.approx(100 * (right - left) / right)
    assert found(LEGS, "limb_symmetry_pct", "hold_s").value == pytest.approx(100 * left / right)
    assert found(LEGS, "norm_difference_pct", "hold_s").value == pytest.approx(100 * (right - left) / (right + left))


def test_swapping_the_legs_turns_the_sign_and_keeps_the_symmetry() -> None:
    swapped = [hold("left", s) for s in RIGHT] + [hold("right", s) for s in LEFT]
    for key in ("limb_asymmetry_pct", "norm_difference_pct"):
        assert found(swapped, key, "hold_s").value == pytest.approx(-found(LEGS, key, "hold_s").value)
    assert found(swapped, "limb_symmetry_pct", "hold_s").value == pytest.approx(found(LEGS, "limb_symmetry_pct", "hold_s").value)


def test_legs_are_asymmetric_only_beyond_the_least_real_difference_of_one_person() -> None:
    squares = sum((log(v) - fmean(map(log, each))) ** 2 for each in (RIGHT, LEFT) for v in each)
    variance, freedom = (4.0 * 0.20**2 + squares) / 8.0, 8.0
    least_ln = stats.t.ppf(0.975, freedom) * sqrt(variance * 2 / 3)
    legs = found(LEGS, "limb_asymmetry_pct", "hold_s")
    assert legs.least_real == pytest.approx(100 * (1 - exp(-least_ln)))
    assert legs.beyond is True
    near = [hold("right", s) for s in RIGHT] + [hold("left", s * 0.9) for s in RIGHT]
    assert found(near, "limb_asymmetry_pct", "hold_s").beyond is False


def test_equal_sides_are_said_to_be_equal() -> None:
    same = [quiet("eo firm", 8.0), quiet("ec firm", 8.03)]
    assert text(found(same, "ratio_ec_firm_ln").says) == "As much: eyes closed, firm ground, and eyes open, firm ground."


def test_two_holds_a_leg_give_the_number_but_no_verdict() -> None:
    few = found(LEGS[:2] + LEGS[3:], "limb_asymmetry_pct", "hold_s")
    assert few.value is not None
    assert few.beyond is None
    assert text(few.why) == "Whether the legs differ needs 3 trials a leg; so far 2. Do the others."


def test_a_hold_that_the_test_ended_is_no_hold_time_to_compare() -> None:
    capped = found([*LEGS[:-1], hold("left", 45.0, capped=True)], "limb_asymmetry_pct", "hold_s")
    assert capped.value is None
    assert text(capped.why).startswith("The test ended 1 of the holds at 45 s")


def test_sway_on_one_leg_compares_over_the_same_time_only() -> None:
    same = [hold("right", 18.6, 45.0), hold("left", 20.4, 38.0)]
    assert found(same, "norm_difference_pct").value == pytest.approx(100 * 7 / 83)
    uneven = found([hold("right", 12.0, 45.0), hold("left", 20.4, 38.0)], "norm_difference_pct")
    assert uneven.value is None
    assert "12.0 to 20.4 s" in text(uneven.why)


def test_less_sway_is_the_better_leg_so_symmetry_never_passes_a_hundred() -> None:
    assert found([hold("right", 20.0, 50.0), hold("left", 20.0, 40.0)], "limb_symmetry_pct").value == pytest.approx(80.0)


def test_an_interval_of_symmetry_that_may_hold_equality_ends_at_a_hundred() -> None:
    alike = found([hold("right", 20.0, 41.0), hold("left", 20.0, 40.0)], "limb_symmetry_pct")
    assert alike.interval[1] == 100.0
    assert alike.interval[0] < alike.value < 100.0


def test_equal_legs_are_called_different_one_time_in_twenty() -> None:
    """With people whose spread is drawn from the prior, as the rule takes it to be."""
    rng = stats.chi2(8.0)
    draws = rng.rvs(400, random_state=7)
    called = 0
    for i, chi2 in enumerate(draws):
        sd = sqrt(8.0 * 0.12**2 / chi2)
        values = exp_all(3.7 + sd * stats.norm.rvs(size=6, random_state=1000 + i))
        legs = [hold("right", 20.0, v) for v in values[:3]] + [hold("left", 20.0, v) for v in values[3:]]
        called += bool(found(legs, "limb_asymmetry_pct").beyond)
    assert stats.binom.cdf(called, 400, 0.05) > 0.005
    assert stats.binom.sf(called - 1, 400, 0.05) > 0.005


def exp_all(values: object) -> list[float]:
    return [exp(float(v)) for v in values]


def test_every_comparison_has_its_name_meaning_and_silence_in_both_languages() -> None:
    known = set(ids())
    for kind in kinds().values():
        assert {kind.name.id, kind.means.id, kind.nothing_when.id} <= known
        assert kind.source
        assert kind.doc


def test_the_list_begins_with_the_senses_and_every_find_comes_from_it() -> None:
    assert list(kinds())[:5] == ["romberg_ln", "romberg_quotient", "ratio_ec_firm_ln", "ratio_eo_foam_ln", "ratio_ec_foam_ln"]
    assert {c.key for c in compare([*THREE_EACH, *LEGS])} <= set(kinds())


def test_a_comparison_is_plain_json() -> None:
    doc = json.loads(json.dumps(found(THREE_EACH, "romberg_ln").to_json()))
    assert doc["key"] == "romberg_ln"
    assert doc["interval_95"]["low"] < doc["value"] < doc["interval_95"]["high"]
    assert [b["n"] for b in doc["bars"]] == [3, 3]
    assert doc["why"] is None
    assert Catalogue("de").text(Words.from_json(doc["about"])) == (
        "Schwankgeschwindigkeit: Augen zu, fester Boden gegen Augen offen, fester Boden"
    )
