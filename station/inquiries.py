"""What the screens want to know of the store: who weighs that much, where a trial can be fetched, what is usual for its person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, get_args

from station.core.results import TrialResult
from station.core.scene import Role
from station.core.usual import usual_band
from station.flow.shop import Kept, PersonCard, Usual
from station.store.store import Person

if TYPE_CHECKING:
    from station.app import Station

KEEP_NS = 180_000_000_000
MOST_CARDS = 3
ROLES = get_args(Role)


def look_up(station: Station, kg: float) -> None:
    """Who weighs that much, else who was here last; the demo only knows its own."""
    demo = station.info.demo

    def found(people: list[Person]) -> None:
        station.flow.people(cards(people))

    station.clerk.ask(lambda store: store.people_of_weight(kg, MOST_CARDS, demo=demo), found)


def cards(people: Sequence[Person]) -> list[PersonCard]:
    """People as the wall shows them: nickname, animal and colour; nothing else."""
    return [PersonCard(p.id, p.nickname, p.animal, p.colour if p.colour in ROLES else "target") for p in people]  # type: ignore[arg-type]


def share(station: Station, trial_id: str) -> None:
    """A link for the QR code: on the result screen now, on home for three minutes."""
    until_ns = station.now_ns + KEEP_NS

    def shared(token: str) -> None:
        station.flow.kept(Kept(trial_id, f"{station.urls[0]}/r/{token}" if station.urls else None, until_ns))

    station.clerk.ask(lambda store: store.share(trial_id), shared)


def compare(station: Station, result: TrialResult) -> None:
    """The person's own usual band beside the number, where one trial is the whole run."""
    protocol, person = station.flow.shop.protocols.get(result.protocol_id), station.recorder.person
    if person is None or protocol is None or len(protocol.conditions) * protocol.trials > 1:
        return

    def found(before: list[TrialResult]) -> None:
        band = usual_band(result, [r for r in before if r.trial_id != result.trial_id])
        if band is not None:
            station.flow.usual(result.trial_id, Usual(*band))

    station.clerk.ask(lambda store: store.earlier(person, result.protocol_id), found)
