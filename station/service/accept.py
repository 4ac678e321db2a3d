"""Is this calibration good for tests, for games, or for nothing? The limits, and the sentences that say so with their numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from station.core.calibration import Grade
from station.core.corners import corner_words
from station.core.marks import Mark
from station.core.sheet import Verdict
from station.service.fit import Fit, Floats
from station.service.verify import GOOD_RMS_MM, MOST_ZERO_G, Check, exact, rms_mm
from station.words import Num, say

GAMES_RMS_MM = 5.0
MOST_SPAN_SHARE, MOST_SPAN_KG = 0.005, 0.1
"""The verification weights, on average: half a percent or 100 g, whichever is more."""
MOST_CORNER_SHARE = 0.005
"""The same weight on the corner marks: greatest less least."""


@dataclass(frozen=True, slots=True)
class Acceptance:
    """grade: None when it is refused. error_mm: rms of the verification marks. span_kg: mean error of their weight. corners: spread of
    the weight on the corner marks, as a share of it. zero_return_g: (4,) what each cell shows on the empty plate at the end."""

    grade: Grade | None
    error_mm: float
    span_kg: float
    corners: float
    zero_return_g: Floats
    verdicts: tuple[Verdict, ...]


def accept(fit: Fit, marks: Sequence[Mark], checks: Mapping[int, Check], zero_return_g: Floats, weight_kg: float) -> Acceptance:
    """Zero return, span and corner spread missed: never better than games. The verification decides the rest."""
    error_mm, worst_mm = rms_mm(checks), max(check.apart_mm for check in checks.values())
    span_kg = float(np.mean([kg for check in checks.values() for kg in check.weights_kg])) - weight_kg
    corner_kg = [kg for mark, kg in zip(marks, fit.weight_kg.tolist(), strict=True) if mark.ml_mm and mark.ap_mm]
    corners = (max(corner_kg) - min(corner_kg)) / weight_kg
    worst = int(np.argmax(np.abs(zero_return_g)))
    zero_g = abs(float(zero_return_g[worst]))
    span_ok = abs(span_kg) <= max(MOST_SPAN_SHARE * weight_kg, MOST_SPAN_KG)
    zero_ok, corners_ok = zero_g <= MOST_ZERO_G, corners <= MOST_CORNER_SHARE
    near = exact(checks)
    grade: Grade | None = "good" if near and span_ok and zero_ok and corners_ok else "games" if error_mm <= GAMES_RMS_MM else None
    verdicts = (
        Verdict(
            near,
            say("calibrate.done.error", rms=Num(error_mm, 2), worst=Num(worst_mm, 2), most=Num(GOOD_RMS_MM, 1)),
            say("") if near else say("calibrate.done.error.do"),
        ),
        Verdict(
            zero_ok,
            say("calibrate.done.zero", cell=corner_words(worst), g=Num(zero_g), most=Num(MOST_ZERO_G)),
            say("") if zero_ok else say("calibrate.done.zero.do"),
        ),
        Verdict(
            span_ok,
            say("calibrate.done.span", g=Num(span_kg * 1000.0), kg=Num(weight_kg, 1)),
            say("") if span_ok else say("calibrate.done.span.do"),
        ),
        Verdict(
            corners_ok,
            say("calibrate.done.corners", percent=Num(corners * 100.0, 2), most=Num(MOST_CORNER_SHARE * 100.0, 1)),
            say("") if corners_ok else say("calibrate.done.corners.do"),
        ),
    )
    return Acceptance(grade, error_mm, span_kg, corners, zero_return_g, verdicts)
