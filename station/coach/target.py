"""Training: keep the live dot inside a ring round one's own centre. Never compared with a test."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from station.core.frames import FS_HZ
from station.core.results import Score
from station.core.stance import Rest
from station.core.task import TaskView


class TargetTask:
    """Counts the frames in which the CoP is within `radius_mm` of the centre of rest. The score is those seconds, of `seconds`."""

    def __init__(self, rest: Rest, seconds: float, radius_mm: float) -> None:
        self._centre_mm = (rest.ml_mm, rest.ap_mm)
        self._radius_mm = radius_mm
        self._seconds = seconds
        self._inside = 0
        self._now_inside = False

    def step(self, t_ns: int, load_n: float, ml_mm: float, ap_mm: float) -> None:
        off_ml, off_ap = ml_mm - self._centre_mm[0], ap_mm - self._centre_mm[1]
        self._now_inside = off_ml * off_ml + off_ap * off_ap <= self._radius_mm * self._radius_mm
        self._inside += self._now_inside

    def freeze(self, t_ns: int) -> None:
        self._now_inside = False

    @property
    def done(self) -> bool:
        return False

    @property
    def score(self) -> Score:
        return Score(self._inside / FS_HZ, "s", self._seconds)

    @property
    def reps(self) -> tuple[Mapping[str, Any], ...]:
        return ()

    def view(self) -> TaskView:
        return TaskView(
            asks="lean",
            asks_at=self._centre_mm,
            target_mm=(*self._centre_mm, self._radius_mm),
            score=float(self._inside // FS_HZ),
            ring=1.0 if self._now_inside else 0.0,
        )

    def drain(self) -> list[str]:
        return []
