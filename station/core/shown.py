"""How many digits of a measured number are shown: as many as its uncertainty carries. The one rule for wall, phone, staff and print.

Value +- 2u: 2u to two significant digits, the value to the same place, but never more than four digits of the value: then 2u is rounded up
to the last of them. Without an uncertainty no decimals are shown (of a value below 1 its first digit; of a number without a unit, which
is small by nature, two digits), and the number's `why` stands beside it. Files carry every digit; rounding them by this rule gives what
is shown.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from station.core.results import MeasureValue
from station.words import Num

COVERAGE = 2.0  # standard uncertainties
DIGITS = 2  # of what follows +-
MOST_DIGITS = 4  # of the value: where only the board's noise is known, 2u alone would tell of micrometres (own)
BARE = ("", "-", "ln")
HEADLINE_DECIMALS = 1
"""Of the one number of a result: it is read from afar."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A number as it is written, without its unit; spread: 2u, None where the uncertainty is not known."""

    value: Num
    spread: Num | None = None


def shown(m: MeasureValue) -> Shown | None:
    """Value and 2u to the same place; None without a value."""
    if m.value is None or not math.isfinite(m.value):
        return None
    place = _place_of(m)
    spread = _expanded(m.uncertainty)
    return Shown(_num(m.value, place), None if spread is None else _num(_rounded_up(spread, place), place))


def headline(m: MeasureValue) -> Num | None:
    """The value alone, to the same place but one decimal at most; None without a value."""
    if m.value is None or not math.isfinite(m.value):
        return None
    return _num(m.value, min(_place_of(m), HEADLINE_DECIMALS))


def _place_of(m: MeasureValue) -> int:
    assert m.value is not None, "only a value has digits"
    if _expanded(m.uncertainty) is None and m.unit in BARE and m.value:
        return max(0, _place(m.value, DIGITS))
    return decimals_of(m.value, m.uncertainty)


def decimals_of(value: float, uncertainty: float | None) -> int:
    """The last place shown, as decimals; below 0 for tens and hundreds."""
    spread = _expanded(uncertainty)
    if spread is not None:
        place = _place(spread, DIGITS)
        return min(place, _place(value, MOST_DIGITS)) if value else place
    return _place(value, 1) if 0 < abs(value) < 1 else 0


def _expanded(uncertainty: float | None) -> float | None:
    """2u; an uncertainty of exactly 0 tells nothing."""
    return COVERAGE * uncertainty if uncertainty is not None and uncertainty > 0 and math.isfinite(uncertainty) else None


def _place(value: float, digits: int) -> int:
    """Decimals that leave so many significant digits, after rounding: 0.0996 is 0.10."""
    place = digits - 1 - math.floor(math.log10(abs(value)))
    rounded = round(abs(value), place)
    return digits - 1 - math.floor(math.log10(rounded)) if rounded > 0 else place


def _rounded_up(spread: float, place: int) -> float:
    """As it is where two of its digits are shown; else up to the last place shown, so that it never reads as nothing."""
    return spread if place >= _place(spread, DIGITS) else math.ceil(spread * 10.0**place - 1e-9) / 10.0**place


def _num(value: float, place: int) -> Num:
    """Decimals are left to whoever writes the number; tens and hundreds are rounded here."""
    return Num(value, place) if place >= 0 else Num(round(value, place))
