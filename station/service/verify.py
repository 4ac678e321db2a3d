"""The fitted board is asked about three marks that had no part in the fit, and about zero."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import hypot, sqrt

import numpy as np

from station.core.corners import corner_words
from station.core.marks import Mark, calibration_marks, verification_marks
from station.core.sheet import Answer, MarkState, MarkView, Sheet
from station.service.feel import Slice
from station.service.fit import Floats
from station.service.guide import Leaves
from station.service.placing import Place, Placing
from station.service.points import POINT_S
from station.service.scale import Felt, Scale
from station.service.still import Still
from station.words import Num, Words, say

EACH_MM = 2.0
GOOD_RMS_MM = 1.5
MOST_EXTRA = 4
MOST_ZERO_G = 50.0
SETTLE_S = 3.0
WEIGHT_SHARE = 0.05
WITHIN_MM = 30.0
"""From here on the place is known: half the way to the nearest mark of the calibration is another mark."""
LEFT_SHARE = 0.1
"""Of the weight: with less on it the plate is empty, and its zero is looked at."""


@dataclass(frozen=True, slots=True)
class Check:
    """One verification mark. places_mm, weights_kg: measured, once each time it was loaded; error_mm: (ml, ap) of the mean place less
    the mark."""

    mark: Mark
    places_mm: tuple[tuple[float, float], ...] = ()
    weights_kg: tuple[float, ...] = ()

    @property
    def error_mm(self) -> tuple[float, float]:
        ml, ap = (float(np.mean([place[axis] for place in self.places_mm])) for axis in (0, 1))
        return ml - self.mark.ml_mm, ap - self.mark.ap_mm

    @property
    def apart_mm(self) -> float:
        return hypot(*self.error_mm)


def rms_mm(checks: Mapping[int, Check]) -> float:
    """Of the distances of all marks."""
    return sqrt(sum(check.apart_mm**2 for check in checks.values()) / len(checks))


def exact(checks: Mapping[int, Check]) -> bool:
    """Good for tests: each mark within 2 mm, all together within 1.5 mm rms."""
    return rms_mm(checks) <= GOOD_RMS_MM and all(check.apart_mm <= EACH_MM for check in checks.values())


class VerifyMarks:
    """Three marks, then the plate without a load.

    When they do not pass, the worst is loaded again, at most four times in all, and the mean of its places counts: a hand sets a
    weight down about 1 mm off, which alone would fail every second good board. Every place is reported.
    """

    def __init__(self, scale: Scale, weight_kg: float, shown: Sequence[MarkView], last: Felt | None) -> None:
        self._scale, self._weight_kg, self._shown = scale, weight_kg, tuple(shown)
        self._marks = verification_marks()
        self._all = (*calibration_marks(9), *self._marks)
        self._checks: dict[int, Check] = {}
        self._extra = 0
        self._still = Still(SETTLE_S)
        self._problem: Words | None = None
        self._load_kg = 0.0
        self.zero_return_g: Floats | None = None
        self.leaves: Leaves = ""
        # Where the weight lies now, on the new scale.
        self._placing: Placing | None = self._on(self._marks[0], None if last is None else scale.weigh(last.counts + scale.zero_count))

    @property
    def checks(self) -> Mapping[int, Check]:
        """By the number of the mark."""
        return self._checks

    def _on(self, mark: Mark, last: Felt | None) -> Placing:
        return Placing(self._scale, mark, self._all, self._weight_kg, seconds=POINT_S, share=WEIGHT_SHARE, within_mm=WITHIN_MM, last=last)

    def feed(self, slice: Slice) -> None:
        placing = self._placing
        if placing is None:
            self._settle(slice)
            return
        placing.feed(slice)
        if placing.progress > 0.0:
            self._problem = None
        if placing.place is not None:
            self._take(placing.place)

    def _take(self, place: Place) -> None:
        number, mark = place.mark.number, place.mark
        before = self._checks.get(number, Check(mark))
        self._checks[number] = Check(mark, (*before.places_mm, place.felt.at_mm), (*before.weights_kg, place.felt.load_kg))
        left = [m for m in self._marks if m.number not in self._checks]
        if left:
            self._placing = self._on(left[0], place.felt)
        elif exact(self._checks) or self._extra == MOST_EXTRA:
            self._placing = None
        else:
            self._extra += 1
            worst = max(self._checks.values(), key=lambda check: check.apart_mm)
            mm, most = Num(worst.apart_mm, 1), Num(GOOD_RMS_MM, 1)
            self._problem = say("calibrate.verify.again", mark=Num(worst.mark.number), mm=mm, most=most)
            self._placing = self._on(worst.mark, place.felt)

    def _settle(self, slice: Slice) -> None:
        """Back to zero: as long as it is not, it is measured again every three seconds."""
        if slice.whole:
            self._load_kg = self._scale.felt(slice).load_kg
        if self._load_kg > LEFT_SHARE * self._weight_kg:
            self._still.again()
            return
        self._still.feed(slice, self._scale)
        mean = self._still.mean
        if mean is None:
            return
        self.zero_return_g = self._scale.weigh(mean).cells_kg * 1000.0
        worst = int(np.argmax(np.abs(self.zero_return_g)))
        if abs(self.zero_return_g[worst]) <= MOST_ZERO_G:
            self.leaves = "on"
            return
        g = Num(abs(float(self.zero_return_g[worst])))
        self._problem = say("calibrate.verify.zero", cell=corner_words(worst), g=g, most=Num(MOST_ZERO_G))
        self._still.again()

    def answer(self, answer: Answer, weight_kg: float | None) -> None:
        """A zero that does not come back may be taken as it is: the board is graded by it."""
        if answer == "next" and self._placing is None and self.zero_return_g is not None:
            self.leaves = "on"

    def back(self) -> bool:
        if not self._checks:
            return False
        number, _ = self._checks.popitem()
        self._problem, self.zero_return_g = None, None
        self._placing = self._on(next(m for m in self._marks if m.number == number), None)
        return True

    @property
    def face(self) -> Sheet:
        placing = self._placing
        if placing is None:
            return Sheet(
                "calibrate", "verify", say=say("calibrate.verify.take"), do=say("calibrate.verify.take.do"), problem=self._problem,
                progress=self._still.progress, asks="" if self.zero_return_g is None else "next", does="take-weight",
                weight_kg=self._weight_kg, marks=self._views(), load_kg=self._load_kg,
            )  # fmt: skip
        mark = placing.mark
        on_it, number = placing.progress > 0.0, Num(mark.number)
        asks = placing.asks(say("calibrate.verify.put", mark=number), say("calibrate.verify.move", mark=number))
        return Sheet(
            "calibrate",
            "verify",
            say=say("calibrate.points.wait") if on_it else asks,
            do=say("calibrate.verify.do", n=Num(len(self._checks)), of=Num(len(self._marks))),
            problem=self._told(placing),
            progress=placing.progress,
            does=placing.does,
            at=(mark.number, mark.ml_mm, mark.ap_mm),
            weight_kg=self._weight_kg,
            marks=self._views(),
            load_kg=placing.load_kg,
        )

    def _told(self, placing: Placing) -> Words | None:
        if placing.doubt == "weight":
            return say("calibrate.points.other-weight", felt=Num(placing.felt_kg, 1), before=Num(self._weight_kg, 1))
        return placing.problem() or self._problem

    def _views(self) -> tuple[MarkView, ...]:
        return (*self._shown, *check_views(self._marks, self._checks, self._placing.mark.number if self._placing else 0))


def check_views(marks: Sequence[Mark], checks: Mapping[int, Check], now: int = 0) -> tuple[MarkView, ...]:
    views = []
    for mark in marks:
        check = checks.get(mark.number)
        state: MarkState = "now" if mark.number == now else "waiting" if check is None else "done" if check.apart_mm <= EACH_MM else "bad"
        views.append(MarkView(mark.number, mark.ml_mm, mark.ap_mm, state, None if check is None else check.error_mm))
    return tuple(views)
