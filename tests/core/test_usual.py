"""The own usual band: from four values on, on the log scale, of the newest twelve, never narrower than is known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from station.core.results import Condition, Quality, Score, TrialResult
from station.core.usual import earlier_values, own_band, student_975
from station.words import say


def test_three_values_are_no_band() -> None:
    assert own_band([30.0, 31.0, 29.0]) is None


@pytest.mark.parametrize("freedom", [8, 11, 15, 19, 40])
def test_the_quantile_is_students(freedom: int) -> None:
    assert student_975(freedom) == pytest.approx(stats.t.ppf(0.975, freedom), abs=0.006)


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


def test_the_next_value_of_a_stable_person_lies_in_the_band_nineteen_times_of_twenty() -> None:
    dice = np.random.default_rng(4)
    inside = 0
    for _ in range(2000):
        *before, today = np.exp(np.log(9.0) + 0.14 * dice.standard_normal(9)).tolist()
        band = own_band(before)
        assert band is not None
        inside += band[0] <= today <= band[1]
    assert inside / 2000 == pytest.approx(0.95, abs=0.015)


def test_only_the_newest_twelve_count_and_nothing_below_zero() -> None:
    assert own_band([500.0, 0.0, -3.0, *[10.0, 11.0] * 6]) == own_band([10.0, 11.0] * 6)


def hold(seconds: float, *, verdict: str = "valid", kind: str = "hold", demo: bool = False, side: str = "left") -> TrialResult:
    condition = Condition("single-leg")
    return TrialResult(
        "t", "r", "single-leg-hold", 1, "", kind, condition, side, "completed", say("trial.end.time"),
        duration_s=seconds, quality=Quality(verdict), demo=demo, score=Score(seconds, "s"),
    )  # fmt: skip


def test_only_trials_of_the_same_kind_stand_beside_a_trial() -> None:
    before = [hold(20.0), hold(21.0, side="right"), hold(22.0, verdict="reject"), hold(0.0)]
    assert earlier_values(hold(30.0), before) == [20.0, 22.0]
    assert earlier_values(hold(30.0, kind="reps"), [hold(8.0, kind="reps"), hold(9.0, kind="reps", verdict="reject")]) == [8.0]


def test_simulated_trials_never_make_a_real_persons_band() -> None:
    before = [hold(20.0, demo=True), hold(21.0)]
    assert earlier_values(hold(30.0), before) == [21.0]
    assert earlier_values(hold(30.0, demo=True), before) == [20.0]
