"""What may leave the station by an open link: no newtons, no kilograms, no identity beyond the trial itself."""

from __future__ import annotations

import re
from typing import Any

from station.commands import LiveView
from station.core.results import TrialResult
from station.words import Words, say
from web.site import site

MASS_UNITS = ("N", "kg")
OPEN_HEALTH = ("board", "rate", "plate", "calibration", "fault", "sound")
HIDDEN = ("load_n", "run_id", "trial_id")
_MASS = re.compile(r"\d[\s\u202f]*(?:kg|N)\b")


def open_words(words: Words) -> Words:
    """The sentence, or, when it tells a mass or a force, one that sends the reader to the staff."""
    return say("web.ask-staff") if _MASS.search(site().words(words)) else words


def open_view(view: LiveView) -> LiveView:
    """The view without what weighs somebody: loads of the corners, and the sheet of a guided procedure."""
    health = {k: v for k, v in view.health.items() if k in OPEN_HEALTH}
    return view.model_copy(update={"health": health, "sheet": None})


def open_document(result: TrialResult) -> dict[str, Any]:
    """The result's JSON without ids, loads, and everything that is in newtons or kilograms."""
    document: dict[str, Any] = _without_mass(result.to_json())
    document["measures"] = {k: m for k, m in document["measures"].items() if m["unit"] not in MASS_UNITS}
    document["quality"]["reasons"] = [open_words(w).to_json() for w in result.quality.reasons]
    document["warnings"] = [open_words(w).to_json() for w in result.warnings]
    document["reason"] = open_words(result.reason).to_json()
    return document


def _without_mass(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _without_mass(v) for k, v in value.items() if k not in HIDDEN and not str(k).endswith(("_n", "_kg"))}
    return [_without_mass(v) for v in value] if isinstance(value, list | tuple) else value
