"""Checks of a protocol file: every mistake at once, each naming its file and key, with "did you mean" for a key nobody knows."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from station.words import Num, Words, say

KEBAB = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
TEXT_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)+")
LANGUAGES = ("en", "de")


class Checker:
    """Reads the tables of one file; collects mistakes instead of raising, and gives a usable default in their place."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.mistakes: list[Words] = []

    def wrong(self, mistake: Words) -> None:
        self.mistakes.append(mistake)

    def table(self, doc: Mapping[str, Any], known: Iterable[str], where: str = "") -> None:
        """Every key that is not known is a mistake; a close one is offered."""
        names = list(known)
        for key in doc:
            if key in names:
                continue
            near = difflib.get_close_matches(key, names, n=1, cutoff=0.6)
            if near:
                self.wrong(say("protocol.wrong.unknown-near", file=self.file, key=where + key, near=near[0]))
            else:
                self.wrong(say("protocol.wrong.unknown", file=self.file, key=where + key, known=", ".join(names)))

    def missing(self, doc: Mapping[str, Any], needed: Iterable[str], where: str = "") -> None:
        for key in needed:
            if key not in doc:
                self.wrong(say("protocol.wrong.missing", file=self.file, key=where + key))

    def choice(self, doc: Mapping[str, Any], key: str, default: str, of: Iterable[str], where: str = "") -> str:
        value = doc.get(key, default)
        allowed = list(of)
        if value in allowed:
            return str(value)
        near = difflib.get_close_matches(str(value), allowed, n=1, cutoff=0.6)
        if near:
            self.wrong(say("protocol.wrong.choice-near", file=self.file, key=where + key, value=str(value), near=near[0]))
        else:
            self.wrong(say("protocol.wrong.choice", file=self.file, key=where + key, value=str(value), known=", ".join(allowed)))
        return default

    def number(self, doc: Mapping[str, Any], key: str, default: float, least: float, most: float, where: str = "") -> float:
        value = doc.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.wrong(say("protocol.wrong.number", file=self.file, key=where + key, value=str(value)))
            return default
        if not least <= value <= most:
            self.wrong(say("protocol.wrong.range", file=self.file, key=where + key, value=_num(value), least=_num(least), most=_num(most)))
            return default
        return float(value)

    def whole(self, doc: Mapping[str, Any], key: str, default: int, least: int, most: int, where: str = "") -> int:
        value = self.number(doc, key, default, least, most, where)
        if value != int(value):
            self.wrong(say("protocol.wrong.whole", file=self.file, key=where + key, value=_num(value)))
            return default
        return int(value)

    def flag(self, doc: Mapping[str, Any], key: str, default: bool, where: str = "") -> bool:
        value = doc.get(key, default)
        if isinstance(value, bool):
            return value
        self.wrong(say("protocol.wrong.flag", file=self.file, key=where + key, value=str(value)))
        return default

    def listed(self, doc: Mapping[str, Any], key: str, of: Iterable[str], where: str = "") -> tuple[str, ...]:
        """A list whose every item is one of `of`."""
        allowed = tuple(of)
        items = self.items(doc, key, where)
        return tuple(self.choice({key: item}, key, allowed[0], allowed, where) for item in items)

    def items(self, doc: Mapping[str, Any], key: str, where: str = "") -> list[Any]:
        value = doc.get(key, [])
        if isinstance(value, list):
            return value
        self.wrong(say("protocol.wrong.list", file=self.file, key=where + key))
        return []

    def words(self, doc: Mapping[str, Any], key: str, where: str = "") -> Words:
        """A text id, plain text (the same in every language), or a table of one text per language."""
        if key not in doc:
            return Words("")
        return self.text(doc[key], where + key)

    def text(self, value: Any, key: str) -> Words:
        if isinstance(value, str) and value:
            return Words(value) if TEXT_ID.fullmatch(value) else Words("", {"text": value})
        if isinstance(value, dict) and value and all(k in LANGUAGES and isinstance(v, str) for k, v in value.items()):
            first = next(iter(value.values()))
            return Words("inline", {language: value.get(language, first) for language in LANGUAGES})
        self.wrong(say("protocol.wrong.words", file=self.file, key=key))
        return Words("")

    def sub(self, doc: Mapping[str, Any], key: str, where: str = "") -> dict[str, Any]:
        value = doc.get(key, {})
        if isinstance(value, dict):
            return value
        self.wrong(say("protocol.wrong.table", file=self.file, key=where + key))
        return {}

    def must(self, holds: bool, mistake: Callable[[], Words]) -> None:
        if not holds:
            self.wrong(mistake())


def _num(value: float) -> Num:
    return Num(float(value), 0 if value == int(value) else 2)
