"""The one rule of digits: as many as the uncertainty carries."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.core.results import MeasureValue
from station.core.shown import COVERAGE, headline, shown
from station.text.catalogue import Catalogue
from station.words import Num


def text(number: Num | None) -> str:
    assert number is not None
    return Catalogue().number(number)


CASES = [
    (8.2347, 0.114, "8.23", "0.23"),
    (246.93, 3.31, "246.9", "6.6"),
    (246.93, 33.1, "247", "66"),
    (1246.93, 331.0, "1250", "660"),
    (0.28536, 0.004, "0.2854", "0.0080"),
    (0.28536, 0.0004, "0.2854", "0.0008"),
    (2.89182, 0.00019, "2.892", "0.001"),
    (0.0, 0.031, "0.000", "0.062"),
    (0.0002, 0.031, "0.000", "0.062"),
    (12346.0, 3.0, "12350", "10"),
    (8.2347, 0.0498, "8.23", "0.10"),
    (99.96, 4.99, "100", "10"),
]


@pytest.mark.parametrize(("value", "u", "told", "spread"), CASES)
def test_the_value_ends_where_two_digits_of_its_spread_end(value: float, u: float, told: str, spread: str) -> None:
    found = shown(MeasureValue(value, "mm", u))
    assert found is not None
    assert (text(found.value), text(found.spread)) == (told, spread)


@pytest.mark.parametrize(
    ("value", "told"), [(8.63, "9"), (246.9, "247"), (1.66, "2"), (0.4113, "0.4"), (0.0234, "0.02"), (0.0, "0"), (-4.4, "−4")]
)
@pytest.mark.parametrize("u", [None, 0.0, math.nan])
def test_without_an_uncertainty_there_are_no_decimals(value: float, told: str, u: float | None) -> None:
    found = shown(MeasureValue(value, "mm", u))
    assert found is not None
    assert text(found.value) == told
    assert found.spread is None


@pytest.mark.parametrize(("value", "told"), [(1.66, "1.7"), (0.4113, "0.41"), (12.6, "13")])
def test_a_number_without_a_unit_and_uncertainty_keeps_two_digits(value: float, told: str) -> None:
    found = shown(MeasureValue(value, "", None))
    assert found is not None
    assert text(found.value) == told


@pytest.mark.parametrize(("u", "told"), [(0.114, "8.2"), (0.4, "8.2"), (6.0, "8"), (None, "8")])
def test_the_one_number_has_one_decimal_at_most_and_none_that_is_not_known(u: float | None, told: str) -> None:
    assert text(headline(MeasureValue(8.2347, "mm/s", u))) == told


@pytest.mark.parametrize("value", [None, math.nan, math.inf])
def test_what_was_not_measured_is_not_shown(value: float | None) -> None:
    assert shown(MeasureValue(value, "mm")) is None
    assert headline(MeasureValue(value, "mm")) is None


@given(st.floats(1e-4, 1e6), st.floats(1e-6, 1e3))
def test_rounding_moves_a_number_by_little_of_what_is_told_beside_it(value: float, u: float) -> None:
    found = shown(MeasureValue(value, "mm", u))
    assert found is not None
    assert found.spread is not None
    told, spread = float(text(found.value)), float(text(found.spread))
    assert abs(told - value) <= max(0.0501 * COVERAGE * u, 0.501 * spread)
    assert spread >= 0.949 * COVERAGE * u
    assert abs(told - value) <= 0.000501 * value or abs(told - value) <= 0.0501 * COVERAGE * u
