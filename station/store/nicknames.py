"""Nicknames: what may be one, and the animal and colour a person gets with it."""

from __future__ import annotations

import unicodedata
import zlib

from station.errors import StationError
from station.words import Num, Words, say

LONGEST = 60
ANIMALS = ("fox", "owl", "bear", "cat", "rabbit", "frog", "penguin", "whale", "turtle", "fish")  # those the screens can draw
COLOURS = ("target", "self", "good", "ghost", "world")


class BadNickname(StationError, ValueError):
    """Every rule that the text breaks."""

    def __init__(self, mistakes: list[Words]) -> None:
        super().__init__(mistakes[0], say("nickname.do", most=Num(LONGEST)))
        self.mistakes = mistakes


def nickname(text: str) -> str:
    """The nickname as it is kept: trimmed, inner spaces folded. Raises BadNickname."""
    trimmed = text.strip(" ")
    mistakes = []
    if not trimmed:
        mistakes.append(say("nickname.empty"))
    if any(unicodedata.category(c) in ("Cc", "Cs", "Cf", "Zl", "Zp") for c in trimmed):
        mistakes.append(say("nickname.control"))
    if len(trimmed) > LONGEST:
        mistakes.append(say("nickname.long", n=Num(len(trimmed)), most=Num(LONGEST)))
    if mistakes:
        raise BadNickname(mistakes)
    return " ".join(trimmed.split())


def animal_of(code: str) -> tuple[str, str]:
    """Animal and colour role of a code: always the same, spread over all."""
    number = zlib.crc32(code.encode())
    return ANIMALS[number % len(ANIMALS)], COLOURS[number // len(ANIMALS) % len(COLOURS)]
