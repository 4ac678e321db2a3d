"""What a person does in the recorded phase of a training, drill or game: the part of a trial that differs between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from station.core.results import Score
from station.core.scene import Shape
from station.core.view import Ask
from station.words import Words


@dataclass(frozen=True, slots=True)
class TaskView:
    """The fields of a `View` that only the task knows; words are empty when the task has nothing to add."""

    asks: Ask = ""
    say: Words = field(default_factory=lambda: Words(""))
    do: Words = field(default_factory=lambda: Words(""))
    count: int | None = None
    of_count: int | None = None
    rep_marks: tuple[str, ...] = ()
    score: float | None = None
    ring: float = 0.0
    target_mm: tuple[float, float, float] | None = None
    world: tuple[Shape, ...] = ()
    asks_at: tuple[float, float] | None = None


class Task(Protocol):
    """Fed one valid, loaded frame at a time, each 10 ms after the one before unless the world was frozen between them."""

    def step(self, t_ns: int, load_n: float, ml_mm: float, ap_mm: float) -> None: ...

    def freeze(self, t_ns: int) -> None:
        """The person stepped off; nothing is lost, the next `step` comes when they are back."""
        ...

    @property
    def done(self) -> bool:
        """All that was asked for is done before time is up."""
        ...

    @property
    def score(self) -> Score | None: ...

    @property
    def reps(self) -> tuple[Mapping[str, Any], ...]:
        """Repetitions so far; each has `t_ns`, `verdict` and what was measured."""
        ...

    def view(self) -> TaskView: ...

    def drain(self) -> list[str]:
        """Names of tones to play since the last call."""
        ...
