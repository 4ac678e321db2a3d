"""The quick daily check: the known weight on the centre mark for three seconds, against the calibration in force."""

from __future__ import annotations

from math import hypot
from typing import cast

from station.core.calibration import Calibration
from station.core.geometry import Geometry
from station.core.marks import calibration_marks
from station.core.readings import Timing
from station.core.sheet import Answer, MarkView, Sheet, Verdict
from station.service.accept import MOST_SPAN_KG, MOST_SPAN_SHARE
from station.service.feel import Slice
from station.service.guide import Ending, Guide, Leaves, Step
from station.service.placing import Place, Placing
from station.service.scale import Scale
from station.service.simple_steps import EnterWeight, TakeZero
from station.service.verify import EACH_MM
from station.words import Num, Words, say

CENTRE = 5
CHECK_S = 3.0
ZERO_S = 3.0
MOST_EMPTY_KG = 5.0
"""Above the stored empty plate: somebody stands there. Zeros wander by less from day to day."""


class LoadCentre:
    """One weight on the centre mark."""

    def __init__(self, scale: Scale, weight_kg: float) -> None:
        marks = calibration_marks(9)
        self._mark = next(mark for mark in marks if mark.number == CENTRE)
        self._weight_kg = weight_kg
        self._placing = Placing(scale, self._mark, marks, weight_kg, seconds=CHECK_S)
        self.leaves: Leaves = ""

    @property
    def place(self) -> Place | None:
        return self._placing.place

    def feed(self, slice: Slice) -> None:
        self._placing.feed(slice)
        if self._placing.place is not None:
            self.leaves = "on"

    def answer(self, answer: Answer, weight_kg: float | None) -> None:
        """It goes on by itself."""

    def back(self) -> bool:
        return False

    @property
    def face(self) -> Sheet:
        placing, mark = self._placing, self._mark
        on_it = placing.progress > 0.0
        return Sheet(
            "calibrate",
            "verify",
            say=say("calibrate.points.wait") if on_it else say("daily.put", mark=Num(mark.number)),
            do=say("calibrate.verify.take.do") if on_it else say("calibrate.points.do", n=Num(0), of=Num(1)),
            problem=self._problem(),
            progress=placing.progress,
            does=placing.does,
            at=(mark.number, mark.ml_mm, mark.ap_mm),
            weight_kg=self._weight_kg,
            marks=(MarkView(mark.number, mark.ml_mm, mark.ap_mm, "now"),),
            load_kg=placing.load_kg,
        )

    def _problem(self) -> Words | None:
        if self._placing.doubt == "weight":
            return say("calibrate.points.weight", felt=Num(self._placing.felt_kg, 1), entered=Num(self._weight_kg, 1))
        return self._placing.problem()


class DailyCheck(Guide):
    """A `Procedure` that keeps nothing: `passed` when place and weight are within the limits of a fresh calibration."""

    kind = "calibrate"

    def __init__(self, geometry: Geometry, timing: Timing, calibration: Calibration, *, weight_kg: float | None = None) -> None:
        self._scale = Scale.of(calibration)
        self._weight_kg = weight_kg
        self._zeroed, self._kg = self._scale, 0.0
        super().__init__(geometry, timing, ("zero", "weight", "verify"))

    def _make(self, name: str) -> Step:
        match name:
            case "zero":
                return TakeZero(self._scale, ZERO_S, MOST_EMPTY_KG)
            case "weight":
                return EnterWeight(self._weight_kg)
            case _:
                return LoadCentre(self._zeroed, self._kg)

    def _leave(self, name: str, step: Step) -> None:
        if isinstance(step, TakeZero) and step.still.mean is not None:
            self._zeroed = self._scale.at_zero(step.still.mean)
        elif isinstance(step, EnterWeight):
            self._kg = step.weight_kg

    def _ending(self, step: Step) -> Ending:
        done = cast(Place, cast(LoadCentre, step).place)  # it only goes on with one
        place, mark = done.felt, done.mark
        mm = hypot(place.at_mm[0] - mark.ml_mm, place.at_mm[1] - mark.ap_mm)
        off_kg, most_kg = place.load_kg - self._kg, max(MOST_SPAN_SHARE * self._kg, MOST_SPAN_KG)
        near, weighs = mm <= EACH_MM, abs(off_kg) <= most_kg
        fine = near and weighs
        nothing, again = say(""), say("daily.off.do")
        verdicts = (
            Verdict(near, say("daily.place", mm=Num(mm, 1), most=Num(EACH_MM)), nothing if near else again),
            Verdict(
                weighs,
                say("daily.weight", kg=Num(self._kg, 1), g=Num(off_kg * 1000.0), most=Num(most_kg * 1000.0)),
                nothing if weighs else again,
            ),
        )
        error = (place.at_mm[0] - mark.ml_mm, place.at_mm[1] - mark.ap_mm)
        marks = (MarkView(mark.number, mark.ml_mm, mark.ap_mm, "done" if near else "bad", error),)
        return Ending(fine, say("daily.fine") if fine else say("daily.off"), verdicts, marks)
