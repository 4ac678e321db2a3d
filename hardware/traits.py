"""Words after `simulated:` - who stands on the simulated board, and on which board: `70kg,eyes-closed,foam`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Any

from station.errors import NotFound


@dataclass(frozen=True, slots=True)
class Traits:
    """eyes_closed and foam hold whatever a protocol asks (the pad then counts as part of the empty plate); `sway` multiplies the sway.

    wants: what the person does when the station leaves it open, for `hardware.actor.Actor`:
           standing, side, hold_s, tap_bpm, mistake, mistake_s
    """

    weight_kg: float = 70.0
    eyes_closed: bool = False
    foam: bool = False
    sway: float = 1.0
    standing: bool = False
    calibrated: bool = True
    wants: Mapping[str, Any] = field(default_factory=dict)


def _want(**wants: Any) -> Callable[[Traits], Traits]:
    return lambda t: replace(t, wants={**t.wants, **wants})


WORDS: Mapping[str, Callable[[Traits], Traits]] = {
    "eyes-open": lambda t: replace(t, eyes_closed=False),
    "eyes-closed": lambda t: replace(t, eyes_closed=True),
    "firm": lambda t: replace(t, foam=False),
    "foam": lambda t: replace(t, foam=True),
    "steady": lambda t: replace(t, sway=0.75),
    "unsteady": lambda t: replace(t, sway=1.35),
    "standing": lambda t: _want(standing=True)(replace(t, standing=True)),  # on the plate from the first reading on
    "uncalibrated": lambda t: replace(t, calibrated=False),
    "left": _want(side="left"),  # stands on the left leg when it may choose
    "right": _want(side="right"),
    "support": _want(mistake="support"),
    "hop": _want(mistake="hop"),
    "stumble": _want(mistake="stumble"),
    "step-off": _want(mistake="step-off"),
}

NUMBERS: Mapping[str, tuple[float, float, Callable[[Traits, float], Traits]]] = {
    "kg": (5.0, 250.0, lambda t, x: replace(t, weight_kg=x)),
    "s-hold": (0.5, 600.0, lambda t, x: _want(hold_s=x)(t)),
    "s-mistake": (0.0, 600.0, lambda t, x: _want(mistake_s=x)(t)),
    "bpm": (6.0, 60.0, lambda t, x: _want(tap_bpm=x)(t)),
    "pct-sway": (10.0, 500.0, lambda t, x: replace(t, sway=x / 100)),
}
"""A number before these: `82.5kg`, `20s-hold`, `120pct-sway`; with its least and greatest value."""


def parse_traits(text: str) -> Traits:
    """Commas between. Raises NotFound("trait") that names the wrong word and the nearest right one."""
    traits = Traits()
    for word in filter(None, (part.strip().lower() for part in text.split(","))):
        number = re.fullmatch(r"(\d+(?:\.\d+)?)([a-z-]+)", word)
        if word in WORDS:
            traits = WORDS[word](traits)
        elif number and number[2] in NUMBERS:
            least, greatest, make = NUMBERS[number[2]]
            value = float(number[1])
            if not least <= value <= greatest:
                raise NotFound("trait", word, f"{min(max(value, least), greatest):g}{number[2]}")
            traits = make(traits, value)
        else:
            raise NotFound("trait", word, nearest(word, [*WORDS, *(f"70{unit}" for unit in NUMBERS)]))
    return traits


def nearest(word: str, known: list[str]) -> str:
    """The closest known word, "" when none is close."""
    return next(iter(get_close_matches(word, known, 1, 0.6)), "")
