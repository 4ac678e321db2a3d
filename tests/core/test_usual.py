"""The own usual band: from four values on, on the log scale, of the newest twelve."""

from __future__ import annotations

from math import exp, log
from statistics import fmean, stdev

import pytest

from station.core.results import Condition, Quality, Score, TrialResult
from station.core.usual import earlier_values, own_band
from station.words import say


def test_three_values_are_no_band() -> None:
    assert own_band([30.0, 31.0, 29.0]) is None


def test_the_band_is_two_standard_deviations_of_the_logarithms() -> None:
    values = [8.0, 9.5, 7.2, 8.8, 9.1]
    logs = [log(v) for v in values]
    low, high = fmean(logs) - 2 * stdev(logs), fmean(logs) + 2 * stdev(logs)
    assert own_band(values) == pytest.approx((exp(low), exp(high)))


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
