"""A person's time at the station, and what they (or a helper) wish to start in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from station.core.results import Condition
from station.flow.safety import Question
from station.flow.shop import Shop
from station.protocols.model import Protocol

SAME_VISIT_NS = 20 * 60 * 1_000_000_000  # a named person who comes back within this is still here


@dataclass(slots=True)
class Visit:
    """safe: something to hold is within reach. heard: the stop signal was heard. helper: one stands by."""

    person: str | None
    seen_ns: int
    safe: bool = False
    heard: bool = False
    helper: bool = False

    def goes_on(self, person: str | None, now_ns: int) -> bool:
        """Guests are strangers each time; a name comes back to its own visit."""
        return person is not None and person == self.person and now_ns - self.seen_ns <= SAME_VISIT_NS


@dataclass(frozen=True, slots=True)
class Wish:
    """A run that is about to start. by_lean: chosen by whoever stood there; lost: they stepped off, so whoever steps on is asked."""

    run_id: str
    protocol: Protocol
    person: str | None = None
    side: str | None = None
    seconds: float | None = None
    eyes: str | None = None
    surface: str | None = None
    by_lean: bool = False
    lost: bool = False

    @property
    def conditions(self) -> Sequence[Condition]:
        return [replace(c, eyes=self.eyes or c.eyes, surface=self.surface or c.surface) for c in self.protocol.conditions]

    def asks(self, visit: Visit, shop: Shop) -> Question | None:
        """The next question that must be answered before it may start."""
        asked = replace(self.protocol, conditions=tuple(self.conditions))
        if asked.needs_safety() and not visit.safe:
            return "safety"
        if asked.needs_sound() and not (visit.heard or visit.helper):
            return "sound" if shop.sound == "ok" else "helper"
        return None
