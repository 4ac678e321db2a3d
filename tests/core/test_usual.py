"""The own usual band: from four values on, on the log scale, of the newest twelve, never narrower than is known."""

from __future__ import annotations

import numpy as np
import pytest

from station.core.reference.prior import ONE_LEG, SCORE, SECONDS_HELD, SWAY, Prior
from station.core.results import Condition, MeasureValue, Quality, Score, TrialResult
from station.core.usual import Dated, earlier_values, own_band, prior_of, usual_band, visits_of
from station.words import say


def test_three_values_are_no_band() -> None:
    assert own_band([30.0, 31.0, 29.0]) is None


def test_values_that_agree_by_chance_make_no_narrow_band() -> None:
    band = own_band([9.0, 9.0, 9.0, 9.0])
    assert band is not None
    low, high = band
    assert low < 9.0 * 0.8
    assert high > 9.0 * 1.2
    assert low * high == pytest.approx(81.0)  # even on the log scale


def test_a_person_who_varies_more_has_a_wider_band() -> None:
    steady, lively = own_band([9.0, 9.4, 8.8, 9.1, 9.0]), own_band([6.0, 14.0, 8.0, 12.0, 7.0])
    assert steady is not None
    assert lively is not None
    assert lively[1] / lively[0] > steady[1] / steady[0]


@pytest.mark.parametrize("prior", [*SWAY.values(), ONE_LEG, SECONDS_HELD, SCORE])
def test_the_next_value_of_people_who_differ_as_people_do_lies_in_the_band_nineteen_times_of_twenty(prior: Prior) -> None:
    dice = np.random.default_rng(4)
    inside, people = 0, 1500
    for _ in range(people):
        spread = prior.spread_ln * np.sqrt(prior.freedom / dice.chisquare(prior.freedom))
        *before, today = np.exp(np.log(9.0) + spread * dice.standard_normal(6)).tolist()
        band = own_band(before, prior)
        assert band is not None
        inside += band[0] <= today <= band[1]
    assert inside / people == pytest.approx(0.95, abs=0.02)  # 3.5 standard errors


def test_only_the_newest_twelve_count_and_nothing_below_zero() -> None:
    assert own_band([500.0, 0.0, -3.0, *[10.0, 11.0] * 6]) == own_band([10.0, 11.0] * 6)


def hold(
    seconds: float, *, verdict: str = "valid", kind: str = "hold", demo: bool = False, side: str = "left", end: str = "left-foot-down"
) -> TrialResult:
    condition = Condition("single-leg")
    return TrialResult(
        "t", "r", "single-leg-hold", 1, "", kind, condition, side, "completed", say(f"trial.end.{end}"),
        duration_s=seconds, quality=Quality(verdict), demo=demo, score=Score(seconds, "s"),
    )  # fmt: skip


def quiet(
    speed_mm_s: float | None, *, seconds: float = 30.0, status: str = "completed", settings: str = "station", verdict: str = "valid"
) -> TrialResult:
    return TrialResult(
        "t", "r", "two-leg-quiet", 1, "", "quiet", Condition(), "", status, say("trial.end.time"), duration_s=seconds,
        quality=Quality(verdict), settings=settings, measures={"mean_velocity_mm_s": MeasureValue(speed_mm_s, "mm/s")},
    )  # fmt: skip


def test_only_trials_of_the_same_kind_stand_beside_a_trial() -> None:
    before = [hold(20.0), hold(21.0, side="right"), hold(22.0, verdict="reject"), hold(0.0)]
    assert earlier_values(hold(30.0), before) == [20.0, 22.0]
    assert earlier_values(hold(30.0, kind="reps"), [hold(8.0, kind="reps"), hold(9.0, kind="reps", verdict="reject")]) == [8.0]


def test_simulated_trials_never_make_a_real_persons_band() -> None:
    before = [hold(20.0, demo=True), hold(21.0)]
    assert earlier_values(hold(30.0), before) == [21.0]
    assert earlier_values(hold(30.0, demo=True), before) == [20.0]


def test_stances_of_another_length_or_method_are_never_compared() -> None:
    before = [quiet(9.0), quiet(8.5, seconds=60.0), quiet(9.5, seconds=12.3, status="stopped"), quiet(10.0, settings="prieto"), quiet(9.9)]
    assert earlier_values(quiet(9.2), before) == [9.0, 9.9]


def test_a_rejected_stance_or_one_without_a_number_is_left_out() -> None:
    assert earlier_values(quiet(9.2), [quiet(9.0, verdict="reject"), quiet(None), quiet(9.4, verdict="usable")]) == [9.4]


def test_a_hold_at_the_cap_leaves_no_band_since_nobody_knows_how_long_it_would_have_lasted() -> None:
    before = [hold(20.0), hold(22.0), hold(25.0), hold(21.0), hold(24.0)]
    assert usual_band(hold(30.0), before) is not None
    assert usual_band(hold(30.0), [*before, hold(45.0, end="time")]) is None
    assert visits_of(hold(30.0), [Dated(hold(45.0, end="time"), "a", 1)]) == ()


def test_the_band_of_a_shorter_stance_is_wider() -> None:
    values = [9.0, 9.4, 8.8, 9.1, 9.0]
    widths = []
    for seconds in (60.0, 30.0, 20.0):
        band = usual_band(quiet(9.0, seconds=seconds), [quiet(v, seconds=seconds) for v in values])
        assert band is not None
        widths.append(band[1] / band[0])
    assert widths == sorted(widths)
    assert widths[0] < widths[1] < widths[2]


def test_each_kind_of_number_has_its_own_prior() -> None:
    assert prior_of(quiet(9.0, seconds=60.0)) == SWAY["open", "firm"]
    assert prior_of(quiet(9.0)).spread_ln == pytest.approx(0.115 * 1.15)
    assert prior_of(hold(20.0)) == SECONDS_HELD
    assert prior_of(hold(20.0, kind="game")) == SCORE


def test_trials_become_visits_in_their_order_and_a_practice_trial_is_no_value() -> None:
    done = [
        Dated(quiet(12.0), "a", 10, "practice"),
        Dated(quiet(10.0), "a", 10),
        Dated(quiet(9.0), "a", 10),
        Dated(quiet(20.0), "a", 10, "discarded"),
        Dated(quiet(8.0, seconds=60.0), "b", 11),
        Dated(quiet(9.5), "b", 11),
        Dated(quiet(9.9, verdict="reject"), "b", 11),
        Dated(quiet(9.1), "c"),
    ]
    first, second, third = visits_of(quiet(9.0), done)
    assert (first.values, first.day, first.practised) == ((10.0, 9.0), 10, True)
    assert (second.values, second.day, second.practised) == ((9.5,), 11, False)
    assert (third.values, third.day) == ((9.1,), None)
