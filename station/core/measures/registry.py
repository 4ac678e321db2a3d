"""How a measure declares itself, and the list of all of them.

A file of this folder holds one family. Adding a measure is adding a function with `@measure` to one of them (or a new file): it
is found, listed, computed, exported and tested without another edit; its two sentences stand in the catalogue as
`measure.<key>.name` and `measure.<key>.means`.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from types import MappingProxyType

from station.core.measures.presets import PRESETS, known, preset
from station.core.measures.presets import SETTINGS as SETTINGS
from station.core.measures.sway import AP, ML, Sway
from station.words import Words

PRIMARY = "mean_velocity_mm_s"
"""The outcome that is reported first and compared, as ln."""
SECONDARY = "ellipse_area_95_mm2"

BOTH = ("station", "raw")
STATION = ("station",)
RAW = ("raw",)


@dataclass(frozen=True, slots=True)
class Need:
    """What a measure needs to mean something: `met(sway)`, and the catalogue's id that says why there is no value (or, when
    `marks`, why the value is to be read with care)."""

    why: str
    met: Callable[[Sway], bool]
    marks: bool = False


@dataclass(frozen=True, slots=True)
class Measure:
    """One number of a window of sway.

    better:     "lower", "higher" or "" when more is neither
    settings:   names of the presets that give a measure of this key
    staff_only: exploratory: never on a wall, never on a person's page
    needs:      checked under "station" and what is based on it; "raw" gives whatever can be computed, as published tools do
    doc:        its first line is the formula, what follows says what to mind
    parameters: what else the number depends on: a band, a window, a tolerance
    family:     the file it stands in
    """

    key: str
    symbol: str
    unit: str
    source: str
    better: str
    settings: tuple[str, ...]
    staff_only: bool
    needs: tuple[Need, ...]
    doc: str
    function: Callable[[Sway], float]
    parameters: tuple[Words, ...] = ()
    family: str = ""

    @property
    def name(self) -> Words:
        return Words(f"measure.{self.key}.name")

    @property
    def means(self) -> Words:
        return Words(f"measure.{self.key}.means")


_declared: dict[tuple[str, str], Measure] = {}
_AXES = ((ML, "ml"), (AP, "ap"))


def measure(
    *,
    unit: str,
    source: str,
    symbol: str = "",
    better: str = "",
    settings: tuple[str, ...] = BOTH,
    staff_only: bool = False,
    needs: tuple[Need, ...] = (),
    parameters: tuple[Words, ...] = (),
) -> Callable[[Callable[[Sway], float]], Callable[[Sway], float]]:
    """Registers the function under its own name, which is the key."""

    def register(function: Callable[[Sway], float]) -> Callable[[Sway], float]:
        key, doc, family = _key(function), function.__doc__ or "", _family(function)
        _declare(Measure(key, symbol, unit, source, better, settings, staff_only, needs, doc, function, parameters, family))
        return function

    return register


def measure_axes(
    *,
    unit: str,
    source: str,
    symbol: str = "",
    better: str = "",
    settings: tuple[str, ...] = BOTH,
    staff_only: bool = False,
    needs: tuple[Need, ...] = (),
    parameters: tuple[Words, ...] = (),
) -> Callable[[Callable[[Sway, int], float]], Callable[[Sway, int], float]]:
    """Registers a function of (sway, axis) twice: the word "axis" of its name becomes "ml" and "ap"."""

    def register(function: Callable[[Sway, int], float]) -> Callable[[Sway, int], float]:
        for axis, word in _AXES:
            key, of_axis = _key(function).replace("axis", word), _bind(function, axis)
            sign, doc, family = f"{symbol} {word.upper()}" if symbol else "", function.__doc__ or "", _family(function)
            _declare(Measure(key, sign, unit, source, better, settings, staff_only, needs, doc, of_axis, parameters, family))
        return function

    return register


def _key(function: Callable[..., float]) -> str:
    """Two definitions may share a key, one for each setting; then the functions' names end in the setting after two underscores."""
    return function.__name__.partition("__")[0]


def _family(function: Callable[..., float]) -> str:
    return function.__module__.rpartition(".")[2]


def _bind(function: Callable[[Sway, int], float], axis: int) -> Callable[[Sway], float]:
    return lambda sway: function(sway, axis)


def _declare(new: Measure) -> None:
    for base in new.settings:
        if (base, new.key) in _declared:
            raise ValueError(f"two measures are called {new.key} under {base}")
        _declared[base, new.key] = new


@cache
def registry(settings: str | None = None) -> Mapping[str, Measure]:
    """Every measure by its key: those that a preset gives or, with none, all; where two settings define a key differently the
    station's stands. Raises NotFound for an unknown preset."""
    package = import_module("station.core.measures")
    for module in pkgutil.iter_modules(package.__path__):
        import_module(f"{package.__name__}.{module.name}")
    if settings is not None:
        how = preset(settings)
        return MappingProxyType({key: _listed(m) for (base, key), m in _declared.items() if how.gives(key, base)})
    return MappingProxyType({key: _listed(m) for of in reversed(BOTH) for (base, key), m in _declared.items() if base == of})


def _listed(m: Measure) -> Measure:
    bases = [base for base in BOTH if (base, m.key) in _declared]
    return replace(m, settings=tuple(p.name for p in PRESETS.values() if any(p.gives(m.key, base) for base in bases)))


def definitions(key: str) -> Mapping[str, Measure]:
    """The measure of that key under each base that has one; the station's first. Raises NotFound with the nearest key."""
    known("measure", key, registry())
    return MappingProxyType({base: _listed(_declared[base, key]) for base in BOTH if (base, key) in _declared})


def chosen(settings: str, only: Iterable[str] | None) -> Mapping[str, Measure]:
    """The preset's measures, or those of `only` in that order. Raises NotFound for a key that the preset does not give."""
    every = registry(settings)
    return every if only is None else {key: every[known("measure", key, every)] for key in only}
