"""The guided calibration: warm-up, corners, zero, weight, points, fit, verification. Pure: date, id and weight come from outside."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, cast

import numpy as np

from station.core.calibration import Calibration
from station.core.corners import Order
from station.core.geometry import Geometry
from station.core.marks import calibration_marks, verification_marks
from station.core.readings import CELLS, Timing
from station.core.sheet import MarkView, Verdict
from station.service.accept import Acceptance, accept
from station.service.fit import Fit, Floats
from station.service.guide import Ending, Guide, Step
from station.service.placing import Place
from station.service.points import LoadMarks
from station.service.scale import STRAIGHT, Felt, Scale
from station.service.show_fit import ShowFit, residual_views
from station.service.simple_steps import EnterWeight, PressCorners, TakeZero
from station.service.verify import VerifyMarks, check_views
from station.service.warm_up import WarmUp
from station.words import Words, say

STEPS = ("warm-up", "corners", "zero", "weight", "points", "fit", "verify")


class Calibrate(Guide):
    """A `Procedure`. `result` is {"geometry", "calibration", "report"}, ready for `station.store.calibration_file.keep_calibration`.

    points:    marks that the weight stands on: 9, or 5 (less exact: about 1.1 mm instead of 0.7 mm for a grown-up on a rigid plate)
    weight_kg: offered when the weight is asked
    order:     what the board was opened with; a swap found here is added to it
    new_id:    makes the calibration's id, once, at the end; date: ISO date; software: version, both for the report
    nominal:   gains of a board nobody calibrated: rough kilograms before the fit
    about:     more for the report: board's name, serial numbers, temperature
    """

    kind = "calibrate"

    def __init__(
        self,
        geometry: Geometry,
        timing: Timing,
        *,
        points: Literal[5, 9] = 9,
        weight_kg: float | None = None,
        order: Order = STRAIGHT,
        new_id: Callable[[], str],
        date: str,
        software: str,
        nominal: Calibration,
        about: Mapping[str, Any] | None = None,
    ) -> None:
        self._geometry, self._timing, self._nominal = geometry, timing, nominal
        self._marks = calibration_marks(points)
        self._wanted_kg = weight_kg
        self._opened_with = order
        self._new_id, self._date, self._software, self._about = new_id, date, software, dict(about or {})
        self._signs: Order = (1, 1, 1, 1)
        self._scale = Scale.rough(geometry, nominal, np.zeros(4))
        self._rest_count = np.zeros(4)
        self._noise_g, self._drift_g_min = np.zeros(4), np.zeros(4)
        self._weight_kg = 0.0
        self._places: list[Place] = []
        self._last: Felt | None = None  # where the weight lay when the last mark was done
        self._fit: Fit | None = None
        super().__init__(geometry, timing, STEPS)

    def _rough(self) -> Scale:
        """Before the zero is taken: the plate at rest, with what is known of its plugs."""
        rest = self._rest_count[list(self._order)]
        return Scale.rough(self._geometry, self._nominal, rest, self._order, self._signs)

    def _make(self, name: str) -> Step:
        match name:
            case "warm-up":
                self._order = STRAIGHT
                return WarmUp(self._feel, self._timing, float(np.mean(np.abs(self._nominal.gain_n_per_count))))
            case "corners":
                self._order, self._signs = STRAIGHT, (1, 1, 1, 1)
                return PressCorners(self._rough())
            case "zero":
                return TakeZero(self._rough())
            case "weight":
                return EnterWeight(self._weight_kg or self._wanted_kg)
            case "points":
                places = self._places[:-1] if len(self._places) == len(self._marks) else self._places
                return LoadMarks(self._scale, self._geometry, self._marks, self._weight_kg, places)
            case "fit":
                return ShowFit(self._known_fit, self._marks)
            case _:
                shown = residual_views(self._known_fit, self._marks)
                return VerifyMarks(self._fitted(), self._weight_kg, shown, self._last)

    def _leave(self, name: str, step: Step) -> None:
        match step:
            case WarmUp():
                self._rest_count = step.rest_count
                self._noise_g, self._drift_g_min = step.noise_g, step.drift_g_min
            case PressCorners():
                self._order, self._signs = step.order, step.signs
            case TakeZero() if step.still.mean is not None:
                self._scale = Scale.rough(self._geometry, self._nominal, step.still.mean, self._order, self._signs)
            case EnterWeight():
                self._weight_kg, self._places = step.weight_kg, []
            case LoadMarks():
                number = [mark.number for mark in self._marks]
                self._places = sorted(step.places, key=lambda place: number.index(place.mark.number))
                self._last = step.places[-1].felt
                self._fit = step.fit
            case _:
                pass

    @property
    def _known_fit(self) -> Fit:
        return cast(Fit, self._fit)

    def _fitted(self) -> Scale:
        fit = self._known_fit
        return Scale(self._order, self._scale.zero_count, fit.gain_kg, fit.matrix_kg)

    def _ending(self, step: Step) -> Ending:
        if isinstance(step, LoadMarks):
            why = step.why_failed or say("calibrate.refused")
            return Ending(False, say("calibrate.refused"), (Verdict(False, why, say("calibrate.refused.do")),))
        verify = cast(VerifyMarks, step)
        zero_g = np.zeros(4) if verify.zero_return_g is None else verify.zero_return_g
        accepted = accept(self._known_fit, self._marks, verify.checks, zero_g, self._weight_kg)
        marks = (*residual_views(self._known_fit, self._marks), *check_views(verification_marks(), verify.checks))
        if accepted.grade is None:
            return Ending(False, say("calibrate.refused"), (*accepted.verdicts, Verdict(False, *_NOT_GOOD)), marks)
        words = say("calibrate.good") if accepted.grade == "good" else say("calibrate.games")
        return Ending(True, words, accepted.verdicts, marks, self._document(accepted, verify, marks))

    def _document(self, accepted: Acceptance, verify: VerifyMarks, marks: tuple[MarkView, ...]) -> dict[str, Any]:
        order = tuple(self._opened_with[cell] for cell in self._order)
        calibration = self._known_fit.calibration(
            self._scale.zero_count,
            id=self._new_id(),
            source=f"{len(self._marks)} x {self._weight_kg:g} kg",
            date=self._date,
            grade=accepted.grade,
            error_mm=accepted.error_mm,
            order=order,
        )
        report = {
            **self._about,
            "date": self._date,
            "software": self._software,
            "weight_kg": self._weight_kg,
            "gain_n_per_count": dict(zip(CELLS, calibration.gain_n_per_count, strict=True)),
            "noise_g": self._by_cell(self._noise_g),
            "drift_g_min": self._by_cell(self._drift_g_min),
            "rate_hz": self._by_cell(self._feel.rates_hz),
            "points": [
                {"mark": mark.number, "at_mm": [mark.ml_mm, mark.ap_mm], "residual_mm": residual, "weight_kg": kg}
                for mark, residual, kg in zip(
                    self._marks, self._known_fit.residual_mm.tolist(), self._known_fit.weight_kg.tolist(), strict=True
                )
            ],
            "verification": [
                {"mark": c.mark.number, "at_mm": [c.mark.ml_mm, c.mark.ap_mm], "measured_mm": [list(p) for p in c.places_mm],
                 "error_mm": list(c.error_mm), "weight_kg": list(c.weights_kg)}
                for c in verify.checks.values()
            ],
            "zero_return_g": dict(zip(CELLS, accepted.zero_return_g.tolist(), strict=True)),
            "span_error_kg": accepted.span_kg,
            "corner_spread": accepted.corners,
            "grade": accepted.grade,
            "error_mm": accepted.error_mm,
            "verdicts": [{"ok": v.ok, "what": v.what.to_json(), "do": v.do.to_json()} for v in accepted.verdicts],
        }  # fmt: skip
        return {"geometry": self._geometry.to_json(), "calibration": calibration.to_json(), "report": report}

    def _by_cell(self, values: Sequence[float] | Floats) -> dict[str, float]:
        """Of the readings' cells, under the names of the corners that they carry."""
        return {corner: float(values[cell]) for corner, cell in zip(CELLS, self._order, strict=True)}


_NOT_GOOD: tuple[Words, Words] = (say("calibrate.refused.far"), say("calibrate.refused.do"))
