"""One weight on one mark: is it there, is it the right weight, is it the right mark, has it lain still long enough."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import hypot
from typing import Literal

from station.core.marks import Mark
from station.core.sheet import Does
from station.service.feel import SLICE_S, Slice
from station.service.fit import Floats
from station.service.scale import Felt, Scale
from station.service.still import Still
from station.words import Num, Words, say

JUDGE_S = 0.3
"""So long a load must be still before it is judged: nobody is told off while the weight is on its way."""
LIFTED = 0.5
"""Of the weight: with less the plate is being changed."""
MOVED_MM = 40.0
"""A weight that was pushed along instead of lifted."""
TOO_MUCH_KG = 50.0
"""A person, not a weight: calibration weights end at 40 kg."""

Doubt = Literal["", "weight", "place", "too-much"]


@dataclass(frozen=True, slots=True)
class Place:
    """A mark with its weight. counts: (4,) zeroed counts by corner, mean of the still seconds."""

    mark: Mark
    counts: Floats
    felt: Felt


class Placing:
    """Waits for `weight_kg` on `mark`, then for `seconds` of stillness.

    scale:     rough (equal cells) before the fit, fitted afterwards
    marks:     all that are printed, to name the one the weight lies on
    share:     the load may be off the weight by this share
    within_mm: the place may be off the mark by this; rough scales need half a mark spacing
    last:      where the weight lay before: until it has left that place nothing is wrong
    """

    def __init__(
        self,
        scale: Scale,
        mark: Mark,
        marks: Sequence[Mark],
        weight_kg: float,
        *,
        seconds: float = 4.0,
        share: float = 0.25,
        within_mm: float = 60.0,
        last: Felt | None = None,
    ) -> None:
        self.mark = mark
        self.place: Place | None = None
        self.doubt: Doubt = ""
        self.load_kg = 0.0
        self._scale, self._marks, self._weight_kg = scale, marks, weight_kg
        self._share, self._within_mm = share, within_mm
        self._last = last
        self._moves = last is not None and not self._on_last_mark
        self._still = Still(seconds)
        self._felt: Felt | None = None
        self._heavy = 0

    @property
    def progress(self) -> float:
        return self._still.progress if self._on_its_mark else 0.0

    @property
    def felt_kg(self) -> float:
        """What lay there when it was last judged."""
        return self.load_kg if self._felt is None else self._felt.load_kg

    @property
    def does(self) -> Does:
        """Lie still; come off the place where it lies, when that is this very mark; or go to the mark."""
        if self._on_its_mark:
            return "wait"
        return "take-weight" if self._on_last_mark else "put-weight"

    def asks(self, put: Words, move: Words) -> Words:
        """What to do with the weight: `move` it when it came from another mark, lift it when it lies where it is to be put again."""
        if self._on_last_mark:
            return say("calibrate.points.again", mark=Num(self.mark.number))
        return move if self._moves else put

    @property
    def _on_last_mark(self) -> bool:
        """It has lain here before and was not lifted since."""
        return self._last is not None and self._apart_mm(self.mark, self._last) < self._within_mm

    @property
    def _on_its_mark(self) -> bool:
        return self._last is None and not self.doubt and self._still.seconds >= JUDGE_S

    def feed(self, slice: Slice) -> None:
        if not slice.whole:
            self._still.feed(slice, self._scale)
            return
        felt = self._scale.felt(slice)
        self.load_kg = felt.load_kg
        self._heavy = self._heavy + 1 if felt.load_kg > max(TOO_MUCH_KG, 1.5 * self._weight_kg) else 0
        if self._heavy * SLICE_S >= JUDGE_S:  # a person is never still enough to be judged like a weight
            self._felt, self.doubt = felt, "too-much"
            self._still.again()
            return
        if self._last is not None and self._left(felt, self._last):
            self._last = None
        if self._last is not None or felt.load_kg < LIFTED * self._weight_kg * (1.0 - self._share):
            self._still.again()
            return
        self._still.feed(slice, self._scale)
        if self._still.seconds >= JUDGE_S:
            self._felt = felt
            self.doubt = self._judge(felt)
        if self.doubt:
            return
        mean = self._still.mean
        if mean is not None:
            weighed = self._scale.weigh(mean)
            self.place = Place(self.mark, weighed.counts, weighed)

    def _left(self, felt: Felt, last: Felt) -> bool:
        lifted = felt.load_kg < LIFTED * last.load_kg
        return lifted or hypot(felt.at_mm[0] - last.at_mm[0], felt.at_mm[1] - last.at_mm[1]) > MOVED_MM

    def _judge(self, felt: Felt) -> Doubt:
        if abs(felt.load_kg / self._weight_kg - 1.0) > self._share:
            return "weight"
        return "place" if self._apart_mm(self.mark, felt) > self._within_mm else ""

    def _apart_mm(self, mark: Mark, felt: Felt) -> float:
        return hypot(felt.at_mm[0] - mark.ml_mm, felt.at_mm[1] - mark.ap_mm)

    def problem(self) -> Words | None:
        """What is wrong with where or what lies there now; a doubted weight is told by the step, which knows what was entered."""
        felt = self._felt
        if felt is None or self.doubt in ("", "weight"):
            return None
        if self.doubt == "too-much":
            return say("calibrate.points.too-much", kg=Num(felt.load_kg))
        nearest = min(self._marks, key=lambda mark: self._apart_mm(mark, felt))
        if nearest.number != self.mark.number and self._apart_mm(nearest, felt) <= self._within_mm:
            return say("calibrate.points.wrong-mark", on=Num(nearest.number), asked=Num(self.mark.number))
        mm = Num(self._apart_mm(self.mark, felt))
        return say("calibrate.points.off-mark", mm=mm, asked=Num(self.mark.number))
