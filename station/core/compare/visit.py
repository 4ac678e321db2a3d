"""Which trials of a visit may stand beside each other: same protocol and version, same method, same length, simulated beside simulated."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from station.core.compare.model import Bar
from station.core.results import TrialResult
from station.words import Words

VELOCITY = "mean_velocity_mm_s"
AREA = "ellipse_area_95_mm2"
SWAY = (VELOCITY, AREA)
"""What is compared, in this order: velocity first."""
HOLD_S = "hold_s"
AT_CAP = "trial.end.time"  # how a hold ends that was as long as the test allows

K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class Visit:
    """One person's trials that count; marks_mm: between the foot marks the person stood on, None when they stood elsewhere."""

    results: tuple[TrialResult, ...]
    marks_mm: float | None = None

    def samples(self, of: str, kind: str | None = None) -> Iterator[Sample]:
        """Every trial with a value of that measure. `kind`: only trials of that kind."""
        for result in self.results:
            if kind in (None, result.kind) and (m := result.measures.get(of)) is not None and m.value is not None:
                yield Sample(result, m.value, m.uncertainty, m.unit, m.method)

    def holds(self) -> Iterator[Sample]:
        """Seconds held on one leg."""
        for result in self.results:
            if result.kind == "hold" and result.side and result.duration_s > 0:
                yield Sample(result, result.duration_s, None, "s", "")


@dataclass(frozen=True, slots=True)
class Sample:
    """A trial and the number of it that is compared; u: the instrument's standard uncertainty."""

    result: TrialResult
    value: float
    u: float | None
    unit: str
    method: str

    @property
    def at_cap(self) -> bool:
        return self.result.reason.id == AT_CAP

    @property
    def family(self) -> Family:
        r = self.result
        return Family(r.protocol_id, r.protocol_version, r.kind, r.condition.stance, r.demo, self.method)


class Family(NamedTuple):
    """Trials of two families are never compared."""

    protocol_id: str
    protocol_version: int
    kind: str
    stance: str
    demo: bool
    method: str


def grouped(samples: Iterable[Sample], key: Callable[[Sample], K]) -> dict[K, list[Sample]]:
    """Samples by key, in the order of their first."""
    groups: dict[K, list[Sample]] = {}
    for sample in samples:
        groups.setdefault(key(sample), []).append(sample)
    return groups


def length_s(sample: Sample) -> float:
    """T to a tenth of a second."""
    return round(sample.result.duration_s, 1)


def bar(label: Words, value: float, samples: list[Sample], unit: str | None = None) -> Bar:
    trial_ids = tuple(s.result.trial_id for s in samples)
    return Bar(label, value, samples[0].unit if unit is None else unit, len(samples), trial_ids)
