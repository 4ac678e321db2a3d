"""What the flow wants done beyond a run's own effects: plain data, carried out by whoever owns store and sound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from station.core import view
from station.core.sheet import Answer


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


@dataclass(frozen=True, slots=True)
class ServiceWanted:
    """A key asks for a guided procedure on the board; nothing speaks against it: answer with `Flow.service`."""

    kind: Literal["calibrate", "check"]


@dataclass(frozen=True, slots=True)
class ServiceAnswered:
    """What a person answered to the procedure going on, for `Procedure.answer`."""

    answer: Answer


@dataclass(frozen=True, slots=True)
class ServiceLeft:
    """How the procedure ended was seen: it may go (`Flow.service(None)`)."""


FlowEffect = (
    view.Effect
    | LookUpPeople
    | PersonChosen
    | VisitBegan
    | VisitEnded
    | RunBegun
    | PlateEmptied
    | ServiceWanted
    | ServiceAnswered
    | ServiceLeft
)
