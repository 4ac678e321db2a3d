"""A comparison as plain data with a stable JSON shape."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from station.words import Words


@dataclass(frozen=True, slots=True)
class Bar:
    """One side: `value` is what its n trials give (geometric mean of a velocity, an area or a time), in `unit`."""

    label: Words
    value: float
    unit: str
    n: int
    trial_ids: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        return {"label": self.label.to_json(), "value": self.value, "unit": self.unit, "n": self.n, "trial_ids": list(self.trial_ids)}


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two or more bars and one number about them. Show the bars, not the number alone.

    key, unit:      of the registered comparison; of: the measure compared, "hold_s" for seconds held
    value:          None when it means nothing here: then `why` says so, the bars are still true
    uncertainty:    standard uncertainty of the value, from how much this person's trials differ (None: too few to know)
    instrument_u:   standard uncertainty that the instrument alone gives it; never merged with the one above. None when a trial has none
    interval:       95 %, (low, high) in `unit`
    least_real:     the smallest value that is more than trials differ by themselves (minimal detectable change), in `unit`;
                    of a symmetry, where 100 is equal, the largest
    beyond:         whether the value passes it; None when too few trials allow an answer: then say neither
    about:          what is compared, e.g. "Eyes closed against eyes open, firm ground"; says: the fact with its numbers;
    verdict:        `beyond` in words; why: why there is no value, or no verdict; notes: what to keep in mind
    duration_s:     T of the trials, None where it differs from trial to trial; method: of their measures
    """

    key: str
    of: str
    unit: str
    value: float | None
    bars: tuple[Bar, ...]
    about: Words
    protocol_id: str
    demo: bool
    method: str = ""
    duration_s: float | None = None
    uncertainty: float | None = None
    instrument_u: float | None = None
    interval: tuple[float, float] | None = None
    least_real: float | None = None
    beyond: bool | None = None
    says: Words | None = None
    verdict: Words | None = None
    why: Words | None = None
    notes: tuple[Words, ...] = field(default=())

    def to_json(self) -> dict[str, Any]:
        interval = self.interval
        return {
            "key": self.key,
            "of": self.of,
            "unit": self.unit,
            "value": self.value,
            "uncertainty": self.uncertainty,
            "instrument_uncertainty": self.instrument_u,
            "interval_95": None if interval is None else {"low": interval[0], "high": interval[1]},
            "least_real": self.least_real,
            "beyond": self.beyond,
            "bars": [bar.to_json() for bar in self.bars],
            "about": self.about.to_json(),
            "says": _plain(self.says),
            "verdict": _plain(self.verdict),
            "why": _plain(self.why),
            "notes": [note.to_json() for note in self.notes],
            "protocol_id": self.protocol_id,
            "demo": self.demo,
            "method": self.method,
            "duration_s": self.duration_s,
        }


def _plain(words: Words | None) -> dict[str, Any] | None:
    return None if words is None else words.to_json()
