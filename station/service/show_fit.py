"""What the fit made of the points: how far each mark is off, before the board is put to the test."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from station.core.marks import Mark
from station.core.sheet import Answer, MarkView, Sheet, Verdict
from station.service.feel import Slice
from station.service.fit import Fit
from station.service.guide import Leaves
from station.words import Num, say


class ShowFit:
    """Residual arrows; NEXT goes on to the verification, BACK loads the last mark again."""

    def __init__(self, fit: Fit, marks: Sequence[Mark]) -> None:
        self._fit, self._marks = fit, tuple(marks)
        self.leaves: Leaves = ""

    def feed(self, slice: Slice) -> None:
        """Nothing is measured here."""

    def answer(self, answer: Answer, weight_kg: float | None) -> None:
        if answer in ("next", "yes"):
            self.leaves = "on"

    def back(self) -> bool:
        return False

    @property
    def face(self) -> Sheet:
        rms_mm = float(np.sqrt(np.mean(np.sum(self._fit.residual_mm**2, axis=1))))
        gain = np.abs(self._fit.gain_kg)
        verdicts = (
            Verdict(True, say("calibrate.fit.residual", mm=Num(rms_mm, 2), n=Num(len(self._marks)))),
            Verdict(True, say("calibrate.fit.gains", percent=Num(100.0 * float(gain.max() / gain.min() - 1.0), 1))),
        )
        return Sheet(
            "calibrate", "fit", say=say("calibrate.fit"), do=say("calibrate.next"), progress=1.0, asks="next",
            marks=residual_views(self._fit, self._marks), verdicts=verdicts,
        )  # fmt: skip


def residual_views(fit: Fit, marks: Sequence[Mark]) -> tuple[MarkView, ...]:
    """Every mark with its arrow, measured less true place."""
    errors = fit.residual_mm.tolist()
    return tuple(MarkView(m.number, m.ml_mm, m.ap_mm, "done", (error[0], error[1])) for m, error in zip(marks, errors, strict=True))
