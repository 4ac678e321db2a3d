"""A row of cards on the wall: leaning, keys and touch choose alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, Protocol, TypeVar

from station.flow.intents import Intent, Point
from station.flow.lean import Chooser, Middle


class Card(Protocol):
    @property
    def direction(self) -> str: ...


C = TypeVar("C", bound=Card)


class Menu(Generic[C]):
    """Cards from left to right. `at` finds the card under a touch, `first` is where the keys begin."""

    def __init__(self, cards: Sequence[C], at: Callable[[Sequence[C], float, float], C | None], *, first: int = 0) -> None:
        self.cards = tuple(cards)
        self._at = at
        self._chooser = Chooser(tuple(c.direction for c in cards))
        self._first = first
        self._focus: int | None = None

    def feed(self, middle: Middle) -> C | None:
        """One frame of somebody standing there; the card whose ring is full."""
        direction = self._chooser.feed(middle)
        if self._chooser.aimed is not None:
            self._focus = None
        return next((c for c in self.cards if c.direction == direction), None)

    def press(self, intent: Intent | Point) -> C | None:
        if isinstance(intent, Point):
            return self._at(self.cards, intent.x, intent.y)
        if intent in (Intent.LEFT, Intent.RIGHT) and self.cards:
            step = -1 if intent is Intent.LEFT else 1
            start = self._first if self._focus is None else self._focus + step
            self._focus = max(0, min(len(self.cards) - 1, start))
        elif intent in (Intent.NEXT, Intent.YES) and self.cards:
            return self.cards[self._first if self._focus is None else self._focus]
        return None

    @property
    def filled(self) -> dict[str, float]:
        return self._chooser.filled

    @property
    def lit(self) -> str | None:
        """The direction aimed at, or the card the keys are on."""
        if self._chooser.aimed is not None or self._focus is None:
            return self._chooser.aimed
        return self.cards[self._focus].direction
