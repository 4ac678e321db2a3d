"""The own usual band: from four values on, on the log scale, of the newest twelve."""

from __future__ import annotations

from math import exp, log
from statistics import fmean, stdev

from pytest import approx

from station.core.usual import own_band


def test_three_values_are_no_band() -> None:
    assert own_band([30.0, 31.0, 29.0]) is None


def test_the_band_is_two_standard_deviations_of_the_logarithms() -> None:
    values = [8.0, 9.5, 7.2, 8.8, 9.1]
    logs = [log(v) for v in values]
    low, high = fmean(logs) - 2 * stdev(logs), fmean(logs) + 2 * stdev(logs)
    assert own_band(values) == approx((exp(low), exp(high)))


def test_only_the_newest_twelve_count_and_nothing_below_zero() -> None:
    assert own_band([500.0, 0.0, -3.0, *[10.0, 11.0] * 6]) == own_band([10.0, 11.0] * 6)
