"""Words become a language here: the texts of `station/text/parts/*.toml`, one table an id, one key a language.

    ["board.cell-silent"]
    en = "{cell} has not answered for {seconds} s."
    de = "{cell} antwortet seit {seconds} s nicht."
    # optional short forms, for small boxes: en_short, de_short

A part belongs to one part of the program; an id lives in one part only.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from babel.dates import format_datetime
from babel.numbers import format_decimal

from station.words import Num, Words

LANGUAGES = ("en", "de")
THIN_GAP = "\u202f"  # narrow, and never a place to break a line
MINUS = "\u2212"
INLINE = "inline"


def languages() -> tuple[str, ...]:
    """Codes of the languages every text exists in; the first one is the fall-back."""
    return LANGUAGES


@cache
def parts() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    """Every part as it was read: file name to id to key ("en", "de_short" ...) to text."""
    folder = files("station.text") / "parts"
    found = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".toml")), key=lambda entry: entry.name)
    return MappingProxyType({entry.name: tomllib.loads(entry.read_text("utf-8")) for entry in found})


@cache
def _texts() -> Mapping[str, Mapping[str, str]]:
    return MappingProxyType({id: forms for part in parts().values() for id, forms in part.items()})


class Catalogue:
    """Texts of one language. An unknown id reads as itself, so that a missing text never stops a trial (a test finds it before)."""

    def __init__(self, language: str = "en") -> None:
        if language not in LANGUAGES:
            raise ValueError(f"language {language!r} is none of {', '.join(LANGUAGES)}")
        self.language = language

    def text(self, words: Words) -> str:
        """The long form. `Words("")` is its literal text; `Words("inline", {"en": ..., "de": ...})` is a site's own text."""
        if words.id == "":
            return str(words.args.get("text", ""))
        if words.id == INLINE:
            return _one_of(words.args, self.language)
        forms = _texts().get(words.id)
        return words.id if forms is None else self._fill(_one_of(forms, self.language), words.args)

    def short(self, words: Words) -> str | None:
        """The short form, None when the text has none."""
        form = _texts().get(words.id, {}).get(f"{self.language}_short")
        return None if form is None else self._fill(form, words.args)

    def with_texts(self, document: Any) -> Any:
        """A JSON document whose sentences ({"id", "args"}) also carry their text, for people who read the file."""
        if isinstance(document, list):
            return [self.with_texts(value) for value in document]
        if not isinstance(document, dict):
            return document
        if document.keys() == {"id", "args"}:
            return {**document, "text": self.text(Words.from_json(document))}
        return {key: self.with_texts(value) for key, value in document.items()}

    def number(self, number: Num | float, decimals: int = 0) -> str:
        """Decimal sign of the language, a true minus, no grouping; the unit of a `Num` after a thin gap."""
        given = number if isinstance(number, Num) else Num(number, decimals)
        digits = f"0.{'0' * given.decimals}" if given.decimals else "0"
        text = str(format_decimal(round(given.value, given.decimals) + 0.0, format=digits, locale=self.language)).replace("-", MINUS)
        return f"{text}{THIN_GAP}{given.unit}" if given.unit else text

    def significant(self, value: float, digits: int = 4) -> str:
        """A measure's value with so many significant digits, for tables; never an exponent for ordinary sizes."""
        if value == 0 or not math.isfinite(value):
            return self.number(0.0)
        magnitude = math.floor(math.log10(abs(value)))
        return self.number(round(value, digits - 1 - magnitude), max(0, digits - 1 - magnitude))

    def moment(self, moment: datetime) -> str:
        """Date and time of day."""
        return str(format_datetime(moment, "d. MMM y, HH:mm" if self.language == "de" else "d MMM y, HH:mm", locale=self.language))

    def day(self, moment: datetime) -> str:
        """The date alone."""
        return str(format_datetime(moment, "d. MMM y" if self.language == "de" else "d MMM y", locale=self.language))

    def _fill(self, form: str, args: Mapping[str, Any]) -> str:
        return form.format_map(_Filled({key: self._arg(value) for key, value in args.items()}))

    def _arg(self, value: Any) -> str:
        if isinstance(value, Words):
            return self.text(value)
        if isinstance(value, Num):
            return self.number(value)
        if isinstance(value, float):
            return self.number(Num(value, 0 if value.is_integer() else 1))
        return str(value)


class _Filled(dict[str, str]):
    """An argument that nobody gave is left out, not an error on the wall."""

    def __missing__(self, key: str) -> str:
        return ""


def _one_of(forms: Mapping[str, Any], language: str) -> str:
    return str(next((forms[code] for code in (language, *LANGUAGES) if code in forms), ""))


def ids() -> Iterator[str]:
    """Every id there is."""
    return iter(_texts())
