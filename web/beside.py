"""What stands beside a trial's number for staff: the change since the visit before with its noise, published values where everything
was measured alike (else why not), and the people of this station where the site asks for them."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import takewhile
from typing import Any

from station.core.reference.change import change
from station.core.reference.holds import HoldNorm, hold_norm_for
from station.core.reference.norm import Norm, Refused, norm_for
from station.core.reference.site import site_percentiles, site_values
from station.core.results import TrialResult
from station.core.usual import Dated, kind_of, prior_of, visits_of
from station.store.queries import TrialRow
from station.words import Words
from web.site import site
from web.usual import counts, headline

NORM_TRIALS = 3


def beside(row: TrialRow) -> dict[str, Any]:
    """Sentences for the staff page: `change`, `norm` (shown) or `refused` (greyed, each condition that failed), `people`."""
    own = site()
    norm = _norm(row)
    label = [] if norm is None or isinstance(norm, Refused) else [norm.label, *([norm.sample] if isinstance(norm, Norm) else [])]
    refused = norm.reasons if isinstance(norm, Refused) else ()
    told = {"change": _change(row), "norm": label, "refused": refused, "people": _people(row)}
    return {part: [own.words(words) for words in sentences] for part, sentences in told.items()}


def _change(row: TrialRow) -> tuple[Words, ...]:
    """Of the person's visit that this trial ends against the visit before."""
    if row.person_id is None or not counts(row):
        return ()
    found = change(visits_of(row.result, [dated(r) for r in _until(row)]), prior_of(row.result))
    return found.words() if found else ()


def _norm(row: TrialRow) -> Norm | HoldNorm | Refused | None:
    """The newest three trials of the day and kind, this one included; None where nothing is published for such a trial at all.

    No age is asked at this station, so nobody's age is known.
    """
    result = row.result
    same = [r.result for r in _until(row) if counts(r) and kind_of(r.result) == kind_of(result) and _day(r) == _day(row)][-NORM_TRIALS:]
    if result.kind == "quiet":
        return norm_for(same, age_years=None, pad=site().settings.pad.name)
    protocol = site().protocols.get(result.protocol_id)
    if result.kind != "hold" or protocol is None:
        return None
    return hold_norm_for(same, age_years=None, cap_s=protocol.seconds)


def _people(row: TrialRow) -> tuple[Words, ...]:
    """Where the people of this station lie, when the site asks for it and there are enough of them."""
    found = headline(row.result)
    if found is None or not site().settings.reference.site_percentiles:
        return ()
    by_person: dict[str, list[TrialResult]] = {}
    for other in site().archive.all_trials():
        if other.person_id and other.mark == "used":
            by_person.setdefault(other.person_id, []).append(other.result)
    percentiles = site_percentiles(site_values(row.result, by_person))
    return () if percentiles is None else (percentiles.words(found.decimals, found.unit),)


def _until(row: TrialRow) -> Iterable[TrialRow]:
    """The person's trials up to this one, oldest first; for nobody's trial that one alone."""
    if row.person_id is None:
        return [row]
    before = takewhile(lambda other: other.id != row.id, site().archive.trials(row.person_id))
    return [*before, row]


def dated(row: TrialRow) -> Dated:
    """A day is a visit; without a date a run is."""
    day = _day(row)
    return Dated(row.result, row.run_id if day is None else str(day), day, row.mark)


def _day(row: TrialRow) -> int | None:
    return row.started.date().toordinal() if row.started else None
