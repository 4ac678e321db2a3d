"""The way in: everything that the trials of one visit allow to be compared."""

from __future__ import annotations

from collections.abc import Sequence

from station.core.compare.model import Comparison
from station.core.compare.registry import kinds
from station.core.compare.visit import Visit
from station.core.results import TrialResult


def compare(results: Sequence[TrialResult], *, marks_mm: float | None = None) -> tuple[Comparison, ...]:
    """Every comparison that these trials hold, in the order of the registry; empty when there is none.

    results:  the trials of ONE person in ONE visit on one board, in any order. Leave out what a person marked as practice or discarded;
              rejected and uncompleted trials are left out here, and simulated trials stand beside simulated ones only.
    marks_mm: distance of the foot marks the person stood on (`Geometry.marks_mm`), None when they stood elsewhere: then the distance
              comes from their own holds on each leg, where there are any.

    Trials are compared within one protocol and version, one method and settings, one length T. Where both sides are there but the
    number means nothing, a comparison has value None, its bars, and a `why`. `beyond` is None when too few trials allow a verdict.
    All of it is `to_json()`-able; every text is `Words`: `about`, then `says`, then `verdict` or `why`, then `notes`.
    """
    kept = tuple(r for r in results if r.quality.verdict != "reject" and r.status == "completed")
    visit = Visit(kept, marks_mm)
    return tuple(found for kind in kinds().values() for found in kind.found(visit))
