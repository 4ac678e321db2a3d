"""Words a person reads or hears, before they become a language: an id of the catalogue and its arguments.

Everything below the painters speaks in `Words`; only `station.text` turns them into English or German. This module imports
nothing, so that errors, core and flow can all use it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True, slots=True)
class Num:
    """A number to be written with the decimal sign of the language: `Num(31.24, 1)` is "31.2" or "31,2"."""

    value: float
    decimals: int = 0
    unit: str = ""  # written after a thin gap, never translated: mm/s, s, N, kg


@dataclass(frozen=True, slots=True)
class Words:
    """An id of the catalogue with its arguments (text, `Num` or other `Words`).

    A text with a short form has it under `<id>.short`; the painter takes the longest that fits.
    `Words("", {"text": "Kiwi"})` (see `literal`) is text that no catalogue translates: a nickname, a number already written.
    """

    id: str
    args: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    def to_json(self) -> dict[str, Any]:
        return {"id": self.id, "args": {k: _plain(v) for k, v in self.args.items()}}

    @staticmethod
    def from_json(doc: Mapping[str, Any]) -> Words:
        return Words(str(doc["id"]), {k: _rich(v) for k, v in doc.get("args", {}).items()})


def say(id: str, **args: Any) -> Words:
    """`say("board.cell-silent", cell=say("cell.front-left"), seconds=Num(0.6, 1))`."""
    return Words(id, args)


def literal(text: str) -> Words:
    """Text that is the same in every language."""
    return Words("", {"text": text})


def _plain(value: Any) -> Any:
    if isinstance(value, Words):
        return {"words": value.to_json()}
    if isinstance(value, Num):
        return {"num": [value.value, value.decimals, value.unit]}
    return value


def _rich(value: Any) -> Any:
    if isinstance(value, Mapping):
        if "words" in value:
            return Words.from_json(value["words"])
        if "num" in value:
            number, decimals, unit = value["num"]
            return Num(float(number), int(decimals), str(unit))
    return value
