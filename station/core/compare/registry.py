"""How a comparison declares itself, and the list of all of them.

A comparison is a function with `@comparison` in a file of this folder; its name, its meaning and when it means nothing stand in the
catalogue as `compare.<key>.name`, `.means` and `.nothing`.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from types import MappingProxyType

from station.core.compare.model import Comparison
from station.core.compare.visit import Visit
from station.words import Words

FAMILIES = ("sensory", "load", "limbs", "fatigue")
Finder = Callable[["Kind", Visit], Iterable[Comparison]]


@dataclass(frozen=True, slots=True)
class Kind:
    """One comparison; `function(kind, visit)` gives every instance of it that the visit holds."""

    key: str
    symbol: str
    unit: str
    source: str
    doc: str
    function: Finder

    @property
    def name(self) -> Words:
        return Words(f"compare.{self.key}.name")

    @property
    def means(self) -> Words:
        return Words(f"compare.{self.key}.means")

    @property
    def nothing_when(self) -> Words:
        return Words(f"compare.{self.key}.nothing")

    def found(self, visit: Visit) -> Iterable[Comparison]:
        return self.function(self, visit)


_declared: dict[str, Kind] = {}


def comparison(*, unit: str, source: str, symbol: str = "") -> Callable[[Finder], Finder]:
    """Registers the function under its own name, which is the key."""

    def register(function: Finder) -> Finder:
        key = function.__name__
        if key in _declared:
            raise ValueError(f"two comparisons are called {key}")
        _declared[key] = Kind(key, symbol, unit, source, function.__doc__ or "", function)
        return function

    return register


@cache
def kinds() -> Mapping[str, Kind]:
    """Every comparison by its key, in the order of FAMILIES; those of other files come last."""
    package = import_module("station.core.compare")
    for module in pkgutil.iter_modules(package.__path__):
        import_module(f"{package.__name__}.{module.name}")
    return MappingProxyType(dict(sorted(_declared.items(), key=lambda item: _rank(item[1]))))


def _rank(kind: Kind) -> int:
    family = kind.function.__module__.rpartition(".")[2]
    return FAMILIES.index(family) if family in FAMILIES else len(FAMILIES)
