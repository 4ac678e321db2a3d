"""The short screens: corners in turn, an empty plate's zero, the size of the weight."""

from __future__ import annotations

from math import isfinite

from station.core.corners import Corners, Order, corner_words
from station.core.readings import CELLS
from station.core.sheet import Answer, CellView, Sheet
from station.service.feel import SLICE_S, Slice
from station.service.fit import row
from station.service.guide import Leaves
from station.service.scale import Scale
from station.service.still import Still
from station.words import Num, Words, say

EMPTY_KG = 2.0
TOLD_AFTER_S = 2.0
"""A load on the plate that should be empty is told after this: the last press or weight is just being taken off."""
LEAST_WEIGHT_KG, MOST_WEIGHT_KG = 5.0, 40.0
USUAL_WEIGHT_KG = 10.0
WEIGHT_STEP_KG = 0.5


class PressCorners:
    """Each corner is pressed once; what is swapped or reversed is offered to be stored."""

    def __init__(self, scale: Scale) -> None:
        self._scale = scale
        self._corners = Corners()
        self._kg: tuple[float, ...] = (0.0,) * 4
        self.leaves: Leaves = ""

    @property
    def order(self) -> Order:
        return self._corners.order or self._scale.order

    @property
    def signs(self) -> Order:
        return self._corners.signs or (1, 1, 1, 1)

    def feed(self, slice: Slice) -> None:
        felt = self._scale.felt(slice)
        if slice.whole:
            self._kg = row(felt.cells_kg)
        self._corners.feed(slice.t_ns, row(felt.cells_kg))
        if self._corners.found == ("right",):
            self.leaves = "on"

    def answer(self, answer: Answer, weight_kg: float | None) -> None:
        if not self._corners.found:
            return
        if answer in ("yes", "next"):
            self.leaves = "on"
        elif answer == "no":  # the plugs are put right by hand and pressed again
            self._corners = Corners()

    def back(self) -> bool:
        if not self._corners.presses:
            return False
        self._corners.back()
        return True

    @property
    def face(self) -> Sheet:
        corners = self._corners
        cells = tuple(CellView(load_kg=kg) for kg in self._kg)
        done = len(corners.presses) / len(CELLS)
        if corners.corner is None:
            return Sheet(
                "calibrate", "corners", say=say("calibrate.corners.store"), do=say("calibrate.corners.store.do"), asks="yes-no",
                progress=1.0, does="step-off", cells=cells, verdicts=corners.verdicts(),
            )  # fmt: skip
        if corners.releasing:
            return Sheet(
                "calibrate", "corners", say=say("calibrate.corners.release"), do=say("calibrate.corners.release.do"),
                problem=self._problem(), progress=done, does="step-off", cells=cells,
            )  # fmt: skip
        return Sheet(
            "calibrate", "corners", say=say("calibrate.corners.press", cell=corner_words(corners.corner)), do=say("calibrate.corners.do"),
            problem=self._problem(), progress=done, does="press-corner", corner=corners.corner, cells=cells,
        )  # fmt: skip

    def _problem(self) -> Words | None:
        """Another plug answered: either it is plugged in there, or the wrong corner was pressed. Only the person knows."""
        presses = self._corners.presses
        if self._corners.problem is None and presses and presses[-1].plug != presses[-1].corner:
            asked, answered = corner_words(presses[-1].corner), corner_words(presses[-1].plug)
            return say("calibrate.corners.other", asked=asked, felt=answered)
        return self._corners.problem


class TakeZero:
    """So many seconds of an empty, still plate. `scale` knows the empty plate roughly; more than `most_kg` above it is somebody."""

    def __init__(self, scale: Scale, seconds: float = 5.0, most_kg: float = EMPTY_KG, step: str = "zero") -> None:
        self._scale = scale
        self._still = Still(seconds)
        self._most_kg = most_kg
        self._load_kg = 0.0
        self._loaded = 0
        self._name = step
        self.leaves: Leaves = ""

    @property
    def still(self) -> Still:
        return self._still

    def feed(self, slice: Slice) -> None:
        if slice.whole:
            self._load_kg = self._scale.felt(slice).load_kg
        self._loaded = self._loaded + 1 if self._load_kg > self._most_kg else 0
        if self._loaded:
            self._still.again()
            return
        self._still.feed(slice, self._scale)
        if self._still.mean is not None:
            self.leaves = "on"

    def answer(self, answer: Answer, weight_kg: float | None) -> None:
        """It goes on by itself."""

    def back(self) -> bool:
        return False

    @property
    def face(self) -> Sheet:
        problem = say("calibrate.zero.loaded", kg=Num(self._load_kg, 1)) if self._loaded * SLICE_S >= TOLD_AFTER_S else None
        return Sheet(
            "calibrate", self._name, say=say("calibrate.zero"), do=say("calibrate.zero.do"), problem=problem, progress=self._still.progress,
            does="step-off", load_kg=self._load_kg,
        )  # fmt: skip


class EnterWeight:
    """5 to 40 kg, typed or in steps of half a kilogram."""

    def __init__(self, weight_kg: float | None) -> None:
        self.weight_kg = USUAL_WEIGHT_KG if weight_kg is None else weight_kg
        self._problem = self._judge(self.weight_kg)
        self.leaves: Leaves = ""

    def feed(self, slice: Slice) -> None:
        """What lies on the plate says nothing yet."""

    def answer(self, answer: Answer, weight_kg: float | None) -> None:
        if answer in ("more", "less"):
            wanted_kg = self.weight_kg + (WEIGHT_STEP_KG if answer == "more" else -WEIGHT_STEP_KG)
            self.weight_kg = min(max(wanted_kg, LEAST_WEIGHT_KG), MOST_WEIGHT_KG)
            self._problem = None
        elif answer == "next":
            entered_kg = self.weight_kg if weight_kg is None else weight_kg
            self._problem = self._judge(entered_kg)
            if self._problem is None:
                self.weight_kg = entered_kg
                self.leaves = "on"

    def _judge(self, kg: float) -> Words | None:
        if isfinite(kg) and LEAST_WEIGHT_KG <= kg <= MOST_WEIGHT_KG:
            return None
        return say("calibrate.weight.range", kg=Num(kg, 1), least=Num(LEAST_WEIGHT_KG), most=Num(MOST_WEIGHT_KG))

    def back(self) -> bool:
        return False

    @property
    def face(self) -> Sheet:
        do = say("calibrate.weight.do", least=Num(LEAST_WEIGHT_KG), most=Num(MOST_WEIGHT_KG))
        return Sheet(
            "calibrate", "weight", say=say("calibrate.weight"), do=do,
            problem=self._problem, asks="weight", does="step-off", weight_kg=self.weight_kg,
        )  # fmt: skip
