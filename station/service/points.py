"""The known weight on one mark after another; what does not fit the others is asked for again."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from station.core.geometry import Geometry
from station.core.marks import Mark, calibration_marks
from station.core.sheet import Answer, MarkView, Sheet
from station.errors import Refused
from station.service.feel import Slice
from station.service.fit import Fit, Floats, fit, fit_gains, gains_matrix, measured, misfits
from station.service.guide import Leaves
from station.service.placing import Place, Placing
from station.service.scale import Scale
from station.words import Num, Words, say

POINT_S = 4.0
MOST_WEIGHT_OFF = 0.02
MOST_RESIDUAL_MM = 5.0
MOST_REPEATS = 3
"""Points asked for again because they do not fit; then the plate is at fault, not the hand."""


class LoadMarks:
    """`places` are those done so far (kept by the caller, so that a step back loses one point and not all)."""

    def __init__(self, scale: Scale, geometry: Geometry, marks: Sequence[Mark], weight_kg: float, places: Sequence[Place] = ()) -> None:
        self._scale, self._geometry, self._marks, self._weight_kg = scale, geometry, tuple(marks), weight_kg
        self.places = list(places)
        self.leaves: Leaves = ""
        self.fit: Fit | None = None
        self.why_failed: Words | None = None
        self._bad: int | None = None  # number of the mark asked for again
        self._misfit: Words | None = None
        self._repeats = 0
        self._asks = False
        self._placing = self._next()

    def _next(self) -> Placing:
        done = {place.mark.number for place in self.places}
        mark = next(mark for mark in self._marks if mark.number not in done)
        last = self.places[-1].felt if self.places else None
        expected_kg = float(np.median([p.felt.load_kg for p in self.places])) if self.places else self._weight_kg
        return Placing(self._scale, mark, calibration_marks(9), expected_kg, seconds=POINT_S, last=last)

    def feed(self, slice: Slice) -> None:
        placing = self._placing
        placing.feed(slice)
        if placing.doubt == "weight" and not self.places:
            self._asks = True
        elif not placing.doubt:
            self._asks = False
        if placing.progress > 0.0:
            self._misfit = None
        if placing.place is not None:
            self.places.append(placing.place)
            if len(self.places) < len(self._marks):
                self._placing = self._next()
            else:
                self._close()

    def _close(self) -> None:
        """All marks are done: fitted, or the one that does not belong is asked for again."""
        counts, at_mm = arrays(self.places)
        try:
            worst = doubtful(counts, at_mm, self._weight_kg, self._geometry)
            if worst is None:
                self.fit = fit(counts, at_mm, self._weight_kg, self._geometry)
                self.leaves = "on"
                return
        except Refused as error:
            self.why_failed = error.what
            self.leaves = "failed"
            return
        place = self.places[worst]
        self._repeats += 1
        if self._repeats > MOST_REPEATS:
            self.why_failed = say("calibrate.points.never", mark=Num(place.mark.number))
            self.leaves = "failed"
            return
        self._misfit = say("calibrate.points.misfit", mark=Num(place.mark.number))
        self._bad = place.mark.number
        last = self.places[-1].felt
        self.places.pop(worst)
        self._placing = Placing(self._scale, place.mark, calibration_marks(9), last.load_kg, seconds=POINT_S, last=last)

    def answer(self, answer: Answer, weight_kg: float | None) -> None:
        """Only a weight that feels wrong is asked about: YES takes what was entered, NO goes back to enter it again."""
        if not self._asks:
            return
        if answer == "yes":
            self._scale = self._scale.times(self._weight_kg / self._placing.felt_kg)
            self._asks = False
            self._placing = self._next()
        elif answer == "no":
            self.leaves = "back"

    def back(self) -> bool:
        if not self.places:
            return False
        self.places.pop()
        self._misfit, self._bad = None, None
        self._placing = self._next()
        return True

    @property
    def face(self) -> Sheet:
        placing, mark = self._placing, self._placing.mark
        on_it = placing.progress > 0.0
        return Sheet(
            "calibrate",
            "points",
            say=self._say(on_it),
            do=say("calibrate.points.do", n=Num(len(self.places)), of=Num(len(self._marks))),
            problem=self._problem(),
            progress=placing.progress,
            asks="yes-no" if self._asks else "",
            does=placing.does,
            at=(mark.number, mark.ml_mm, mark.ap_mm),
            weight_kg=self._weight_kg,
            marks=self._views(),
            load_kg=placing.load_kg,
        )

    def _say(self, on_it: bool) -> Words:
        if self._asks:
            return say("calibrate.points.right", kg=Num(self._weight_kg, 1))
        if on_it:
            return say("calibrate.points.wait")
        mark = Num(self._placing.mark.number)
        return self._placing.asks(say("calibrate.points.put", mark=mark), say("calibrate.points.move", mark=mark))

    def _problem(self) -> Words | None:
        placing = self._placing
        if placing.doubt == "weight":
            felt = Num(placing.felt_kg, 1)
            if not self.places:
                return say("calibrate.points.weight", felt=felt, entered=Num(self._weight_kg, 1))
            before = Num(float(np.median([p.felt.load_kg for p in self.places])), 1)
            return say("calibrate.points.other-weight", felt=felt, before=before)
        return placing.problem() or self._misfit

    def _views(self) -> tuple[MarkView, ...]:
        done = {place.mark.number for place in self.places}
        now = self._placing.mark.number
        return tuple(
            MarkView(
                m.number,
                m.ml_mm,
                m.ap_mm,
                "done" if m.number in done else "bad" if m.number == self._bad else "now" if m.number == now else "waiting",
            )
            for m in self._marks
        )


def arrays(places: Sequence[Place]) -> tuple[Floats, Floats]:
    """(n, 4) zeroed counts and (n, 2) marks in mm."""
    return np.array([p.counts for p in places]), np.array([(p.mark.ml_mm, p.mark.ap_mm) for p in places])


def doubtful(counts: Floats, at_mm: Floats, weight_kg: float, geometry: Geometry) -> int | None:
    """The point that least fits the others, when any is more than 5 mm or 2 % off under gains fitted to all; None when all fit.

    Raises Refused when the points do not tell the cells apart.
    """
    weights, places_mm = measured(counts, gains_matrix(geometry, fit_gains(counts, at_mm, weight_kg, geometry)))
    apart_mm = np.hypot(*(places_mm - at_mm).T)
    off = np.abs(weights / np.median(weights) - 1.0)
    if apart_mm.max() <= MOST_RESIDUAL_MM and off.max() <= MOST_WEIGHT_OFF:
        return None
    alone_mm, alone_off = misfits(counts, at_mm, weight_kg, geometry)
    return int(np.argmax(np.maximum(alone_mm / MOST_RESIDUAL_MM, alone_off / MOST_WEIGHT_OFF)))
