"""A result beside the person's own: which earlier trials may be compared with it, the usual band of the next value, and visits for
the rules of change (`station.core.reference.change`)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from station.core.reference.change import NEWEST, Visit, band
from station.core.reference.prior import SCORE, SECONDS_HELD, Prior, sway_prior
from station.core.results import TrialResult

SPEED_KEYS = ("mean_velocity_mm_s", "mean_velocity_n_mm_s")
AT_THE_CAP = "trial.end.time"


@dataclass(frozen=True, slots=True)
class Dated:
    """A stored result with the visit it belongs to. day: its date as an ordinal, None when the clock was not set."""

    result: TrialResult
    visit: str
    day: int | None = None
    mark: str = "used"


def headline_value(result: TrialResult) -> float | None:
    """The number that speaks for a trial: seconds held, mean sway velocity (mm/s), or the score; None when nothing was measured."""
    if result.kind == "hold":
        return result.duration_s if result.duration_s > 0 else None
    if result.kind == "quiet":
        return next((m.value for key in SPEED_KEYS if (m := result.measures.get(key)) is not None), None)
    return None if result.score is None else result.score.value


def kind_of(result: TrialResult) -> tuple[str, ...]:
    """What may be compared: protocol, stance, eyes, surface and side, method, and the length of a timed stance (velocity falls with
    it), which one that ended early does not have."""
    c = result.condition
    timed = result.kind == "quiet" and result.status == "completed"
    return (result.protocol_id, c.stance, c.eyes, c.surface, result.side, result.settings, f"{result.duration_s:.0f}" if timed else "")


def good_enough(result: TrialResult) -> bool:
    """Whether the number may stand for the person; a hold that only the machine rejects still has its seconds."""
    return result.comparable


def at_the_cap(result: TrialResult) -> bool:
    """Whether a hold lasted as long as the protocol lets it: then its seconds are a least value, not the value."""
    return result.kind == "hold" and result.reason.id == AT_THE_CAP


def prior_of(result: TrialResult) -> Prior:
    """What is known of the spread of such a number before the person has shown any."""
    if result.kind == "hold":
        return SECONDS_HELD
    return sway_prior(result.condition, result.duration_s) if result.kind == "quiet" else SCORE


def comparable(result: TrialResult, before: Iterable[TrialResult]) -> list[TrialResult]:
    """Those trials before that may stand beside this one, in their order: of the same kind, simulated only beside simulated, good
    enough, with a number above 0."""
    same = (r for r in before if kind_of(r) == kind_of(result) and r.demo == result.demo and good_enough(r))
    return [r for r in same if (headline_value(r) or 0) > 0]


def earlier_values(result: TrialResult, before: Iterable[TrialResult]) -> list[float]:
    """Headlines of the trials that may stand beside this one, in their order. None at all when one of the newest holds hit the cap:
    how long it would have lasted is not known, and leaving it out would make the others the person's best."""
    found = comparable(result, before)
    if any(at_the_cap(r) for r in found[-NEWEST:]):
        return []
    return [value for r in found if (value := headline_value(r)) is not None]


def own_band(values: Sequence[float], prior: Prior = SCORE) -> tuple[float, float] | None:
    """Where the next value lies with 95 %, of the newest 12 positive ones; None with fewer than 4. `prior`: `prior_of` the result.

    On ln: mean +- t s sqrt(1 + 1/n), s shrunk towards the prior, since a handful of values that happen to agree is no narrow band. All
    values count as repeats, so what differs between days is within s as far as they come from several.
    """
    newest = tuple(v for v in values if v > 0)[-NEWEST:]
    found = band([Visit(newest)], prior) if newest else None
    return None if found is None else (found.low, found.high)


def usual_band(result: TrialResult, before: Iterable[TrialResult]) -> tuple[float, float] | None:
    """The person's own usual band for this result, from the trials before it, oldest first: the one that wall, phone and staff see."""
    return own_band(earlier_values(result, before), prior_of(result))


def visits_of(like: TrialResult, dated: Iterable[Dated]) -> tuple[Visit, ...]:
    """The visits of a person with trials of `like`'s kind, oldest first, for `change` and `bands`: trials marked used and good enough.

    A practice trial of the same kind makes its visit a practised one. Empty when a hold hit the cap.
    """
    trials = list(dated)
    allowed = {id(r) for r in comparable(like, [d.result for d in trials])}
    of_kind = [d for d in trials if id(d.result) in allowed]
    used = [d for d in of_kind if d.mark == "used"]
    if any(at_the_cap(d.result) for d in used):
        return ()
    practised = {d.visit for d in of_kind if d.mark == "practice"}
    by_visit: dict[str, list[Dated]] = {}
    for d in used:
        by_visit.setdefault(d.visit, []).append(d)
    return tuple(
        Visit(tuple(headline_value(d.result) or 0.0 for d in of), of[0].day, name, name in practised) for name, of in by_visit.items()
    )
