"""What the flow wants done beyond a run's own effects: plain data, carried out by whoever owns store and sound."""

from __future__ import annotations

from dataclasses import dataclass

from station.core import view


@dataclass(frozen=True, slots=True)
class LookUpPeople:
    """Somebody of this weight stands on the plate: answer with `Flow.people` (an empty list when nobody is known)."""

    kg: float


@dataclass(frozen=True, slots=True)
class PersonChosen:
    """Who stands there; None is a guest. A visit begins when `visit` is true, else the same visit goes on. `kg` None: not weighed."""

    person: str | None
    visit: bool
    kg: float | None = None


@dataclass(frozen=True, slots=True)
class RunBegun:
    """A run was made: its row is inserted before any of its trials."""

    run_id: str
    protocol_id: str
    person: str | None


@dataclass(frozen=True, slots=True)
class PlateEmptied:
    """Load to zero: the identity is over, recordings that only wait for their tail are complete."""


FlowEffect = view.Effect | LookUpPeople | PersonChosen | RunBegun | PlateEmptied
