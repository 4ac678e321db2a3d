"""Words after `simulated:` - who stands on the simulated board, and on which board: `70kg,eyes-closed,foam,gains=10%`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Any

from hardware.plate import Build, Four
from station.core.readings import CELLS
from station.errors import NotFound
from station.words import say


@dataclass(frozen=True, slots=True)
class Traits:
    """eyes_closed and foam hold whatever a protocol asks (the pad then counts as part of the empty plate); `sway` multiplies the sway.

    chips: readings come from simulated chips through the true driver, slower by far
    build: what is wrong with plate, cells and plugs
    wants: what the person does when the station leaves it open, for `hardware.actor.Actor`:
           standing, side, hold_s, tap_bpm, mistake, mistake_s
    """

    weight_kg: float = 70.0
    eyes_closed: bool = False
    foam: bool = False
    sway: float = 1.0
    standing: bool = False
    calibrated: bool = True
    chips: bool = False
    build: Build = field(default_factory=Build)
    wants: Mapping[str, Any] = field(default_factory=dict)


def _want(**wants: Any) -> Callable[[Traits], Traits]:
    return lambda t: replace(t, wants={**t.wants, **wants})


def _build(**build: Any) -> Callable[[Traits], Traits]:
    return lambda t: replace(t, build=replace(t.build, **build))


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
    "creep": _build(creep=0.002, hysteresis=0.005),  # cells that take minutes to show the last grams, and lag up to 50 g behind
    "soft": _build(soft=0.3),  # a plate that bends
    "cold": _build(cold=True),  # switched on a moment ago
    "chips": lambda t: replace(t, chips=True),
}

NUMBERS: Mapping[str, tuple[float, float, Callable[[Traits, float], Traits]]] = {
    "kg": (5.0, 250.0, lambda t, x: replace(t, weight_kg=x)),
    "s-hold": (0.5, 600.0, lambda t, x: _want(hold_s=x)(t)),
    "s-mistake": (0.0, 600.0, lambda t, x: _want(mistake_s=x)(t)),
    "bpm": (6.0, 60.0, lambda t, x: _want(tap_bpm=x)(t)),
    "pct-sway": (10.0, 500.0, lambda t, x: replace(t, sway=x / 100)),
}
"""A number before these: `82.5kg`, `20s-hold`, `120pct-sway`; with its least and greatest value."""

SETTINGS: Mapping[str, tuple[str, float, float, Callable[[Traits, float], Traits]]] = {
    "gains": ("%", 0.0, 50.0, lambda t, x: _build(gain_spread=x / 100)(t)),
    "misplaced": ("mm", 0.0, 20.0, lambda t, x: _build(misplaced_mm=x)(t)),
    "drift": ("g/min", 0.0, 2000.0, lambda t, x: _build(drift_g_min=x)(t)),
}
"""`gains=10%`: unit, least and greatest value. Cells off the nominal gain (+-), off their place (SD), zeros that drift."""
FOOT_MM = (0.0, 10.0)
EXAMPLES = ("gains=10%", "misplaced=2mm", "drift=20g/min", "foot=front_left:1mm", "reversed=front_left", "swapped=front_left/rear_right")


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
                raise _beyond(word, value, least, greatest, "", number[2])
            traits = make(traits, value)
        else:
            traits = _set(traits, word)
    return traits


def _set(traits: Traits, word: str) -> Traits:
    """`name=value`."""
    name, _, value = word.partition("=")
    if name in SETTINGS:
        unit, least, greatest, make = SETTINGS[name]
        return make(traits, _number(word, value, unit, least, greatest, f"{name}="))
    match name:
        case "foot":
            cell, _, height = value.partition(":")
            corner = _cell(word, cell, "foot={}:1mm")
            high_mm = _number(word, height, "mm", *FOOT_MM, f"foot={CELLS[corner]}:")
            feet = [high_mm if i == corner else mm for i, mm in enumerate(traits.build.foot_mm)]
            longer: Four = (feet[0], feet[1], feet[2], feet[3])
            return _build(foot_mm=longer)(traits)
        case "reversed":
            return _build(reversed=traits.build.reversed | {_cell(word, value, "reversed={}")})(traits)
        case "swapped":
            one, _, other = value.partition("/")
            a, b = _cell(word, one, "swapped={}/rear_right"), _cell(word, other, f"swapped={one}/{{}}", CELLS[-1])
            if a == b:
                raise NotFound("trait", word, EXAMPLES[-1])
            return _build(swapped=(a, b))(traits)
    raise NotFound("trait", word, nearest(word, [*WORDS, *(f"70{unit}" for unit in NUMBERS), *EXAMPLES]))


def _number(word: str, value: str, unit: str, least: float, greatest: float, before: str) -> float:
    """With its unit behind it: 10 of what would be a guess."""
    found = re.fullmatch(rf"(\d+(?:\.\d+)?)({re.escape(unit)})?", value)
    if not found:
        raise NotFound("trait", word, next(e for e in EXAMPLES if e.startswith(before.partition("=")[0])))
    number = float(found[1])
    if not least <= number <= greatest:
        raise _beyond(word, number, least, greatest, before, unit)
    if not found[2]:
        raise NotFound("trait", word, f"{before}{number:g}{unit}")
    return number


def _beyond(word: str, number: float, least: float, greatest: float, before: str, unit: str) -> NotFound:
    """The nearest value that there is, and the limits."""
    error = NotFound("trait", word, near := f"{before}{min(max(number, least), greatest):g}{unit}")
    error.do = say("hardware.trait.limits", near=near, least=f"{least:g}", most=f"{greatest:g}{unit}")
    return error


def _cell(word: str, name: str, form: str, usual: str = CELLS[0]) -> int:
    """Index of a cell; `form` is the whole word with {} for its name, `usual` the one to propose for a name like no other."""
    known = name.replace("-", "_")
    if known not in CELLS:
        raise NotFound("trait", word, form.format(nearest(known, list(CELLS)) or usual))
    return CELLS.index(known)


def nearest(word: str, known: list[str]) -> str:
    """The closest known word, "" when none is close."""
    return next(iter(get_close_matches(word, known, 1, 0.6)), "")
