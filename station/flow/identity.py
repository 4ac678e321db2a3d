"""Who stands there, and the visit they are on: load to zero ends the one, somebody else the other."""

from __future__ import annotations

from station.flow.effects import FlowEffect, PersonChosen, VisitBegan, VisitEnded
from station.flow.visit import Visit


class Identity:
    """`effects` is where what must be told goes: the flow's own list."""

    def __init__(self, effects: list[FlowEffect]) -> None:
        self._effects = effects
        self.person: str | None = None
        self.visit: Visit | None = None

    def choose(self, person: str | None, kg: float | None, now_ns: int, *, answered: bool = False) -> Visit:
        """The person is known (None: a guest). Their visit goes on, or begins.

        answered: a question of this visit was answered on the empty plate, so the visit belongs to whoever stepped on for it.
        """
        self.person = person
        self._effects.append(PersonChosen(person, None if kg is None else round(kg, 1)))
        if self.visit is not None and answered and self.visit.person is None:
            self.visit.person = person
        elif self.visit is None or not self.visit.goes_on(person, now_ns):
            self.end_visit()
            self.visit = Visit(person, now_ns)
            self._effects.append(VisitBegan(person))
        self.visit.seen_ns = now_ns
        return self.visit

    def forget(self, now_ns: int, *, keep_guest: bool = False) -> None:
        """The plate is empty. A guest's visit ends with it, unless a question of theirs still waits (`keep_guest`)."""
        self.person = None
        if self.visit is not None and self.visit.person is None and not keep_guest:
            self.end_visit()
        self.seen(now_ns)

    def seen(self, now_ns: int) -> None:
        if self.visit is not None:
            self.visit.seen_ns = now_ns

    def end_visit(self) -> None:
        if self.visit is not None:
            self.visit = None
            self._effects.append(VisitEnded())
