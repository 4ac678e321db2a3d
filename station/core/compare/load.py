"""How the weight is shared by two feet on one board: p_left = 1/2 - x/d.

The share on the left cells is not the share on the left foot: cells lie further apart than feet, which hides asymmetry.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from statistics import fmean, variance

from station.core.compare import words
from station.core.compare.model import Bar, Comparison
from station.core.compare.registry import Kind, comparison
from station.core.compare.visit import Sample, Visit, grouped
from station.core.measures.needs import OWN
from station.words import Num, say

PLACE = "mean_ml_mm"
PLACING_U_MM = 5.0  # how surely a foot's pressure lies where its mark is (own; six real holds lay within 118-133 mm of 125)
MOST_U_POINTS = 2.0  # a share less sure than that says nothing (own)
LEAST_TRIALS = 3
COVERAGE = 2.0  # value +- 2u


@dataclass(frozen=True, slots=True)
class Feet:
    """Where two feet press: distance between their centres and the midline between them (mm, ml + to the right), with standard
    uncertainties."""

    distance_mm: float
    midline_mm: float = 0.0
    u_distance_mm: float = 0.0
    u_midline_mm: float = 0.0

    @staticmethod
    def on_marks(marks_mm: float) -> Feet:
        """On marks that lie evenly about the plate's centre."""
        return Feet(marks_mm, 0.0, math.sqrt(2) * PLACING_U_MM, PLACING_U_MM / math.sqrt(2))

    @staticmethod
    def of_holds(left_mm: list[float], right_mm: list[float]) -> Feet | None:
        """From the plateaus of holds on each leg, with the feet back on the same places; None when left is not left of right."""
        left, right = fmean(left_mm), fmean(right_mm)
        if right <= left:
            return None
        u_left, u_right = (PLACING_U_MM * math.sqrt(1 + 1 / len(each)) for each in (left_mm, right_mm))
        u_mm = math.hypot(u_left, u_right)
        return Feet(right - left, (left + right) / 2, u_mm, u_mm / 2)


@dataclass(frozen=True, slots=True)
class Share:
    """Of the weight on the left foot, per cent, and its standard uncertainty in points."""

    left_pct: float
    u_points: float


def share(ml_mm: float, u_ml_mm: float, feet: Feet) -> Share:
    """ml_mm: mean CoP; u(p)^2 = (u_x/d)^2 + (x u_d/d^2)^2 with x from the midline."""
    x_mm, d_mm = ml_mm - feet.midline_mm, feet.distance_mm
    u_x_mm = math.hypot(u_ml_mm, feet.u_midline_mm)
    return Share(100 * (0.5 - x_mm / d_mm), 100 * math.hypot(u_x_mm / d_mm, x_mm * feet.u_distance_mm / d_mm**2))


@comparison(symbol="p_L", unit="%", source=OWN)
def left_share(kind: Kind, visit: Visit) -> Iterator[Comparison]:
    """100 (1/2 - x/d): per cent of the weight on the left foot; x from the midline between the feet, d between their centres."""
    for samples in _standing(visit):
        yield _told(kind, visit, samples, asymmetric=False)


@comparison(unit="%", source=OWN)
def weight_asymmetry_pct(kind: Kind, visit: Visit) -> Iterator[Comparison]:
    """100 |p_L - p_R|: how much more one foot carries, in per cent of body weight."""
    for samples in _standing(visit):
        yield _told(kind, visit, samples, asymmetric=True)


def _standing(visit: Visit) -> Iterator[list[Sample]]:
    """Quiet trials on two legs, alike in family, eyes and ground."""
    two_legs = (s for s in visit.samples(PLACE, "quiet") if s.result.condition.stance == "two-leg")
    yield from grouped(two_legs, lambda s: (s.family, s.result.condition)).values()


def feet_of(visit: Visit, demo: bool) -> Feet | None:
    """From the marks, else from the person's own holds on each leg; None when nobody knows."""
    if visit.marks_mm is not None:
        return Feet.on_marks(visit.marks_mm)
    holds = grouped((s for s in visit.samples(PLACE, "hold") if s.result.demo == demo), lambda s: s.result.side)
    left, right = ([s.value for s in holds.get(side, [])] for side in ("left", "right"))
    return Feet.of_holds(left, right) if left and right else None


def _u_mm(samples: list[Sample]) -> float:
    """Of the mean place: how much the trials differ, and what the instrument adds where it is known."""
    n = len(samples)
    spread = math.sqrt(variance(s.value for s in samples) / n) if n > 1 else 0.0
    return math.hypot(spread, math.sqrt(sum((s.u or 0.0) ** 2 for s in samples)) / n)


def _told(kind: Kind, visit: Visit, samples: list[Sample], asymmetric: bool) -> Comparison:
    family, feet = samples[0].family, feet_of(visit, samples[0].result.demo)
    bare = Comparison(
        key=kind.key,
        of=PLACE,
        unit=kind.unit,
        value=None,
        bars=(),
        about=say("compare.about.feet", condition=words.condition_label(samples[0])),
        protocol_id=family.protocol_id,
        demo=family.demo,
        method=family.method,
        notes=(*words.notes(PLACE, samples), say("compare.note.one-plate")),
    )
    if feet is None:
        return replace(bare, why=say("compare.why.no-distance"))
    found = share(fmean(s.value for s in samples), _u_mm(samples), feet)
    if found.u_points > MOST_U_POINTS:
        return replace(bare, why=say("compare.why.unsure", u=Num(found.u_points, 1), most=Num(MOST_U_POINTS)))
    return _answered(bare, samples, found, asymmetric)


def _answered(bare: Comparison, samples: list[Sample], found: Share, asymmetric: bool) -> Comparison:
    left, right = found.left_pct, 100 - found.left_pct
    scale = 2.0 if asymmetric else 1.0
    value = abs(left - right) if asymmetric else left
    half = COVERAGE * scale * found.u_points
    full = replace(
        bare,
        value=value,
        uncertainty=scale * found.u_points,
        interval=(max(0.0, value - half), min(100.0, value + half)),
        least_real=half,
        bars=(_foot("left", left, samples), _foot("right", right, samples)),
        says=say("compare.says.share", left=Num(left, 1), right=Num(right, 1)),
    )
    if len(samples) < LEAST_TRIALS:
        return replace(full, why=say("compare.why.few-for-verdict", need=LEAST_TRIALS, n=len(samples)))
    beyond = abs(left - 50) > COVERAGE * found.u_points
    points = Num(COVERAGE * found.u_points, 1)
    return replace(full, beyond=beyond, verdict=say("compare.verdict.uneven" if beyond else "compare.verdict.even", points=points))


def _foot(side: str, pct: float, samples: list[Sample]) -> Bar:
    return Bar(say(f"compare.foot.{side}"), pct, "%", len(samples), tuple(s.result.trial_id for s in samples))
