"""How much a person's repeats differ, as far as it is known before the person has any: a spread, and how much that knowledge is worth.

Fitted to 158-163 adults with 3 trials of 60 s in one visit (Santos & Duarte 2016, CC BY 4.0), as a scaled inverse chi-square
distribution of the variance of ln(mean velocity); shorter windows are noisier by factors measured on 17 people. What is `own` has no
such data behind it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from station.core.results import Condition


@dataclass(frozen=True, slots=True)
class Prior:
    """spread_ln: SD of ln(value) between repeats of one person in one visit. freedom: how many degrees of freedom of the person's
    own data that knowledge is worth. status: "measured" or "own"."""

    freedom: float
    spread_ln: float
    status: str


SWAY: Mapping[tuple[str, str], Prior] = MappingProxyType(
    {
        ("open", "firm"): Prior(6.0, 0.115, "measured"),
        ("closed", "firm"): Prior(11.7, 0.131, "measured"),
        ("open", "foam"): Prior(6.7, 0.081, "measured"),
        ("closed", "foam"): Prior(10.2, 0.094, "measured"),
    }
)
"""Mean velocity, two legs, 60 s, by eyes and surface."""

ONE_LEG = Prior(8.0, 0.12, "own")
"""Mean velocity on one leg, after the typical errors of J Sports Sci Med 17:174; tandem takes it too."""

SECONDS_HELD = Prior(4.0, 0.20, "own")
"""ln of seconds held: they differ more than sway does, and the person's own spread soon outweighs this."""

SCORE = Prior(8.0, 0.14, "own")
"""ln of a score of a drill or game."""

WINDOWS_S = (10.0, 20.0, 30.0, 45.0, 60.0)
SHORTER: Mapping[str, tuple[float, ...]] = MappingProxyType({"firm": (1.41, 1.28, 1.15, 1.08, 1.0), "foam": (1.62, 1.49, 1.27, 1.09, 1.0)})
"""Factor on the spread for a window of WINDOWS_S, by surface (rough)."""


def sway_prior(condition: Condition, window_s: float) -> Prior:
    """Of the mean velocity in that stance, window in s; between the windows measured the factor is interpolated."""
    if condition.stance != "two-leg":
        return ONE_LEG
    known = SWAY[condition.eyes, condition.surface]
    return Prior(known.freedom, known.spread_ln * shorter_factor(condition.surface, window_s), known.status)


def shorter_factor(surface: str, window_s: float) -> float:
    """How much noisier a window is than one of 60 s; that of 10 s below it, 1 above 60 s."""
    factors = SHORTER[surface]
    if window_s <= WINDOWS_S[0]:
        return factors[0]
    for i in range(1, len(WINDOWS_S)):
        if window_s <= WINDOWS_S[i]:
            share = (window_s - WINDOWS_S[i - 1]) / (WINDOWS_S[i] - WINDOWS_S[i - 1])
            return factors[i - 1] + share * (factors[i] - factors[i - 1])
    return 1.0
