"""Time to boundary: how soon the pressure would reach the edge of the feet if it went on as it goes now. For staff only.

The edge is the convex hull of the outlines of both feet. Outlines come from marks: a pad spreads load, so the pressure cannot show them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import numpy as np
import numpy.typing as npt

from station.core.measures.density import peaks
from station.core.measures.hull import hull
from station.core.measures.needs import HERTEL_2006, OUTLINES_KNOWN, RICCIO_1993, RUN_OF_20_S, SLOBOUNOV_1997
from station.core.measures.registry import STATION, Need, measure
from station.core.measures.sway import AP, ML, Sway
from station.words import say

Array = npt.NDArray[np.float64]

INSIDE_SHARE = 0.95  # own: below it the marks or the outlines are not where the feet are
ON_EDGE = 1e-9  # of an edge's length: a corner belongs to both of its edges in spite of rounding
CURVED = f"{SLOBOUNOV_1997}; {HERTEL_2006}"
STRAIGHT = f"{RICCIO_1993}; {HERTEL_2006}"


@np.errstate(divide="ignore", invalid="ignore", over="ignore")  # no root is NaN or infinite, and no hit
def time_to_edge_s(at_mm: Array, v_mm_s: Array, a_mm_s2: Array, corners_mm: Array) -> Array:
    """(n,) the smallest positive tau with p + v tau + a tau^2/2 on an edge segment; inf when there is none, NaN outside the polygon.

    at_mm, v_mm_s, a_mm_s2: (n, 2) as (ml, ap); corners_mm: (h, 2) of a convex polygon, counter-clockwise
    """
    soonest = np.full(len(at_mm), math.inf)
    inside = np.ones(len(at_mm), np.bool_)
    for start, end in zip(corners_mm, np.roll(corners_mm, -1, axis=0), strict=True):
        edge = end - start
        inward = np.array((-edge[1], edge[0]))
        away = (at_mm - start) @ inward
        inside &= away >= 0
        for tau in _roots(a_mm_s2 @ inward / 2, v_mm_s @ inward, away):
            along = (at_mm - start + (v_mm_s + a_mm_s2 * (tau / 2)[:, None]) * tau[:, None]) @ edge / (edge @ edge)
            hits = (tau > 0) & (along >= -ON_EDGE) & (along <= 1 + ON_EDGE)
            soonest = np.where(hits, np.minimum(soonest, tau), soonest)
    return np.where(inside, soonest, math.nan)


def _roots(a: Array, b: Array, c: Array) -> tuple[Array, Array]:
    """Of a t^2 + b t + c, without cancellation; NaN or infinite where there is none."""
    half = -(b + np.copysign(np.sqrt(b * b - 4 * a * c), b)) / 2
    return half / a, c / half


def curved_s(sway: Sway) -> Array:
    """(n-2,) time to the edge of the unbroken run, with velocity and acceleration kept."""
    return _times_s(sway, curved=True)


def straight_s(sway: Sway) -> Array:
    """(n-2,) time to the edge of the unbroken run, with the velocity kept."""
    return _times_s(sway, curved=False)


def _times_s(sway: Sway, *, curved: bool) -> Array:
    corners_mm = sway.once(support_mm)
    at_mm = np.column_stack([sway.run_mm(axis) + sway.mean_mm[axis] for axis in (ML, AP)])
    if len(at_mm) < 3 or len(corners_mm) < 3:
        return np.empty(0)
    v_mm_s = (at_mm[2:] - at_mm[:-2]) * (sway.fs_hz / 2)
    a_mm_s2 = (at_mm[2:] - 2 * at_mm[1:-1] + at_mm[:-2]) * sway.fs_hz**2 if curved else np.zeros_like(v_mm_s)
    return time_to_edge_s(at_mm[1:-1], v_mm_s, a_mm_s2, corners_mm)


def support_mm(sway: Sway) -> Array:
    """(h, 2) corners of the base of support; fewer than 3 when no outline is known."""
    points = [corner for outline in sway.context.feet_mm for corner in outline]
    return hull(*np.array(points, np.float64).T) if points else np.empty((0, 2))


def _on_the_feet(sway: Sway) -> bool:
    inside = ~np.isnan(sway.once(straight_s))
    return bool(inside.size) and float(inside.mean()) >= INSIDE_SHARE


NEEDS = (OUTLINES_KNOWN, RUN_OF_20_S, Need("why.beside-the-feet", _on_the_feet))
HOW = (say("parameter.central-differences"), say("parameter.hull-of-feet"))
_of_ttb = partial(measure, unit="s", settings=STATION, staff_only=True, needs=NEEDS, parameters=HOW)


def _dips_s(sway: Sway, times: Callable[[Sway], Array]) -> Array:
    """The minima of the time to the edge: each is a moment when the pressure turned away from it."""
    ttb_s = sway.once(times)
    dips_s = ttb_s[peaks(-ttb_s)]
    return dips_s[np.isfinite(dips_s)]


def _mean(x: Array) -> float:
    return float(x.mean()) if len(x) else math.nan


def _sd(x: Array) -> float:
    return float(x.std()) if len(x) else math.nan


def _least(x: Array) -> float:
    finite = x[np.isfinite(x)]
    return float(finite.min()) if len(finite) else math.nan


@_of_ttb(symbol="TTB mean", source=CURVED, better="higher")
def time_to_boundary_mean_s(sway: Sway) -> float:
    """TTB mean = mean of the minima of tau(t), tau = smallest positive root of p + v tau + a tau^2/2 = a point of the edge."""
    return _mean(_dips_s(sway, curved_s))


@_of_ttb(symbol="TTB SD", source=CURVED)
def time_to_boundary_sd_s(sway: Sway) -> float:
    """TTB SD = SD (divided by their number) of the minima of tau(t), with the acceleration kept."""
    return _sd(_dips_s(sway, curved_s))


@_of_ttb(symbol="TTB min", source=CURVED, better="higher")
def time_to_boundary_least_s(sway: Sway) -> float:
    """TTB min = min over t of tau(t), with the acceleration kept."""
    return _least(sway.once(curved_s))


@_of_ttb(symbol="TTB0 mean", source=STRAIGHT, better="higher")
def time_to_boundary_straight_mean_s(sway: Sway) -> float:
    """TTB0 mean = mean of the minima of tau(t), tau = smallest positive root of p + v tau = a point of the edge."""
    return _mean(_dips_s(sway, straight_s))


@_of_ttb(symbol="TTB0 SD", source=STRAIGHT)
def time_to_boundary_straight_sd_s(sway: Sway) -> float:
    """TTB0 SD = SD (divided by their number) of the minima of tau(t), with the velocity kept."""
    return _sd(_dips_s(sway, straight_s))


@_of_ttb(symbol="TTB0 min", source=STRAIGHT, better="higher")
def time_to_boundary_straight_least_s(sway: Sway) -> float:
    """TTB0 min = min over t of tau(t), with the velocity kept."""
    return _least(sway.once(straight_s))
