"""Whether sway grows towards the end: within trials of quiet standing by thirds, within sets of a drill rep by rep.

It says how this set went, nothing about the person's health.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import fmean, stdev

from station.core.compare import words
from station.core.compare.model import Bar, Comparison
from station.core.compare.registry import Kind, comparison
from station.core.compare.theil_sen import Points, theil_sen
from station.core.compare.visit import Family, Visit, grouped, length_s
from station.core.measures.needs import OWN
from station.core.reference.student import t_quantile
from station.core.results import TrialResult
from station.words import Num, Words, say

THIRDS = ("velocity_first_third_mm_s", "velocity_middle_third_mm_s", "velocity_last_third_mm_s")
REP_VELOCITY = "steady_mm_s"
LEAST_REPS = 6  # two a third
LEAST_BLOCKS = 3  # trials or sets, before the end may be called faster, slower or the same


@dataclass(frozen=True, slots=True)
class _Course:
    """How velocity went in trials that are alike. Each: (velocity of the first third, of the last), mm/s, and (position, ln velocity)."""

    results: tuple[TrialResult, ...]
    family: Family
    ends_mm_s: tuple[tuple[float, float], ...]
    points: tuple[Points, ...]
    unit: str  # a step of the position
    duration_s: float | None


@comparison(symbol="ln v3/v1", unit="ln", source=OWN)
def fatigue_last_first_ln(kind: Kind, visit: Visit) -> Iterator[Comparison]:
    """ln(velocity of the last third / of the first third), mean over trials or sets; below 0 the sway became slower."""
    for course in _courses(visit):
        ratios = [math.log(last / first) for first, last in course.ends_mm_s]
        n, mean = len(ratios), fmean(ratios)
        if n < LEAST_BLOCKS:
            yield replace(_bare(kind, course), why=_few(n))
            continue
        full = replace(_bare(kind, course), value=mean, says=_says(mean))
        u = stdev(ratios) / math.sqrt(n)
        half = t_quantile(0.975, n - 1) * u
        beyond = abs(mean) > half
        told = words.verdict(beyond, half)
        yield replace(full, uncertainty=u, interval=(mean - half, mean + half), least_real=half, beyond=beyond, verdict=told)


@comparison(unit="ln/step", source="Theil 1950; Sen 1968")
def fatigue_slope_ln(kind: Kind, visit: Visit) -> Iterator[Comparison]:
    """Theil-Sen slope of ln velocity per rep, or per third of a trial; nothing when its 95 % interval holds 0, or of fewer than 3 trials.

    The reps of one set may bear a slope; that one set shows none says nothing.
    """
    for course in _courses(visit):
        slope = theil_sen(course.points)
        if slope is None:
            continue
        bare = replace(_bare(kind, course), unit=f"ln/{course.unit}")
        n = len(course.results)
        if n < LEAST_BLOCKS and (slope.holds_zero or course.unit == "third"):
            yield replace(bare, why=_few(n))
            continue
        if slope.holds_zero:
            yield replace(bare, why=say("compare.why.holds-zero", n=n))
            continue
        per_cent = Num(100 * math.expm1(abs(slope.value)), 1)
        grows = "grows" if slope.value > 0 else "falls"
        told = say(f"compare.says.{grows}-{course.unit}", pct=per_cent)
        yield replace(bare, value=slope.value, interval=(slope.low, slope.high), beyond=True, says=told)


def _few(n: int) -> Words:
    return say("compare.why.few-for-verdict", need=LEAST_BLOCKS, n=n)


def _bare(kind: Kind, course: _Course) -> Comparison:
    family = course.family
    first, last = (math.exp(fmean(math.log(pair[end]) for pair in course.ends_mm_s)) for end in (0, 1))
    return Comparison(
        key=kind.key,
        of=REP_VELOCITY if course.unit == "rep" else THIRDS[-1],
        unit=kind.unit,
        value=None,
        bars=(_bar("first", first, course), _bar("last", last, course)),
        about=_about(course),
        protocol_id=family.protocol_id,
        demo=family.demo,
        method=family.method,
        duration_s=course.duration_s,
        notes=words.usable(course.results),
    )


def _about(course: _Course) -> Words:
    result = course.results[0]
    c = result.condition
    condition = say(f"compare.condition.{c.eyes}-{c.surface}")
    if not result.side:
        return say("compare.about.thirds", condition=condition)
    return say("compare.about.thirds-leg", condition=condition, leg=say(f"compare.leg.{result.side}"))


def _bar(end: str, value: float, course: _Course) -> Bar:
    return Bar(say(f"compare.third.{end}"), value, "mm/s", len(course.results), tuple(r.trial_id for r in course.results))


def _says(mean: float) -> Words:
    return words.times(say("compare.third.last"), say("compare.third.first"), mean)


def _courses(visit: Visit) -> Iterator[_Course]:
    yield from _standing(visit)
    yield from _sets(visit)


def _standing(visit: Visit) -> Iterator[_Course]:
    """Thirds of quiet trials."""
    quiet = visit.samples(THIRDS[0], "quiet")
    for alike in grouped(quiet, lambda s: (s.family, s.result.condition, s.result.side, length_s(s))).values():
        whole = [(s.result, v) for s in alike if len(v := _thirds(s.result)) == len(THIRDS)]
        if whole:
            ends = tuple((v[0], v[-1]) for _, v in whole)
            points = tuple(tuple(enumerate(map(math.log, v))) for _, v in whole)
            yield _Course(tuple(r for r, _ in whole), alike[0].family, ends, points, "third", length_s(alike[0]))


def _thirds(result: TrialResult) -> list[float]:
    found = (result.measures.get(key) for key in THIRDS)
    return [m.value for m in found if m is not None and m.value is not None and m.value > 0]


def _sets(visit: Visit) -> Iterator[_Course]:
    """Reps of a drill that has a velocity after each, by leg."""
    drills: dict[tuple[Family, str], list[tuple[TrialResult, list[tuple[float, float]]]]] = {}
    for r in visit.results:
        points = [(float(i), math.log(v)) for i, rep in enumerate(r.reps) if (v := rep.get(REP_VELOCITY)) is not None and v > 0]
        if len(points) >= LEAST_REPS:
            family = Family(r.protocol_id, r.protocol_version, r.kind, r.condition.stance, r.demo, "")
            drills.setdefault((family, r.side), []).append((r, points))
    for (family, _), sets in drills.items():
        ends = tuple(_ends_mm_s([y for _, y in points]) for _, points in sets)
        yield _Course(tuple(r for r, _ in sets), family, ends, tuple(points for _, points in sets), "rep", None)


def _ends_mm_s(ln_mm_s: Sequence[float]) -> tuple[float, float]:
    """Geometric mean of the first third of the reps and of the last."""
    third = len(ln_mm_s) // 3
    return math.exp(fmean(ln_mm_s[:third])), math.exp(fmean(ln_mm_s[-third:]))
