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
    """Who stands there; `person` None is a guest. kg: what the plate weighed, None when it was not asked (a run started by phone)."""

    person: str | None
    kg: float | None = None


@dataclass(frozen=True, slots=True)
class VisitBegan:
    """A person's time at the station: safety questions are asked once in it."""

    person: str | None


@dataclass(frozen=True, slots=True)
class VisitEnded:
    """Somebody else came, or nobody for a long time."""


@dataclass(frozen=True, slots=True)
class RunBegun:
    """A run was made: its row is inserted before any of its trials."""

    run_id: str
    protocol_id: str
    person: str | None


@dataclass(frozen=True, slots=True)
class PlateEmptied:
    """Load to zero: the identity is over, recordings that only wait for their tail are complete."""


FlowEffect = view.Effect | LookUpPeople | PersonChosen | VisitBegan | VisitEnded | RunBegun | PlateEmptied
