"""Convex hull of a cloud of points, its area and its diameter. Numpy only; half a millisecond for a minute of sway."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Point = tuple[float, float]

PARALLEL = 1e-9  # edges nearer to parallel than this count as parallel: rounding must not stop the search


def hull(x: Array, y: Array) -> Array:
    """(h, 2) corners counter-clockwise, without points inside an edge (Andrew's chain over the points that may be corners).

    One point gives one corner, points on a line give the two ends.
    """
    outer_x, outer_y = _outer(x, y)
    order = np.lexsort((outer_y, outer_x))
    points = list(zip(outer_x[order].tolist(), outer_y[order].tolist(), strict=True))
    below, above = _chain(points), _chain(points[::-1])
    return np.array([*below[:-1], *above[:-1]] or points[:1])


def _chain(points: list[Point]) -> list[Point]:
    """From the first point to the last, turning left at every corner."""
    chain: list[Point] = []
    for x, y in points:
        while len(chain) > 1:
            (x0, y0), (x1, y1) = chain[-2], chain[-1]
            if (x1 - x0) * (y - y0) > (y1 - y0) * (x - x0):
                break
            chain.pop()
        if not chain or chain[-1] != (x, y):
            chain.append((x, y))
    return chain


def _outer(x: Array, y: Array) -> tuple[Array, Array]:
    """(x, y) of the points that are not strictly inside the octagon of the farthest ones: few, and among them all corners."""
    ways = (x, x + y, y, y - x)
    farthest = [int(np.argmax(way)) for way in ways] + [int(np.argmin(way)) for way in ways]
    inside = np.ones(len(x), np.bool_)
    for i, k in zip(farthest, farthest[1:] + farthest[:1], strict=True):
        if x[i] != x[k] or y[i] != y[k]:
            inside &= (x[k] - x[i]) * (y - y[i]) > (y[k] - y[i]) * (x - x[i])
    if inside.all():  # no edge: all points are one
        return x[:1], y[:1]
    return x[~inside], y[~inside]


def area(corners: Array) -> float:
    """Shoelace formula; 0 for a point or a line."""
    x, y = corners[:, 0], corners[:, 1]
    return float(abs((x * np.roll(y, -1) - y * np.roll(x, -1)).sum()) / 2)


def diameter(corners: Array) -> float:
    """Largest distance between two corners, which is the largest between any two points of the cloud (rotating calipers)."""
    points: list[Point] = list(zip(corners[:, 0].tolist(), corners[:, 1].tolist(), strict=True))
    h, across, largest = len(points), 1, 0.0
    for i, (x0, y0) in enumerate(points):
        x1, y1 = points[(i + 1) % h]
        while True:  # the corner farthest from this edge: it only ever moves on
            (xa, ya), (xb, yb) = points[across % h], points[(across + 1) % h]
            largest = max(largest, math.hypot(xa - x0, ya - y0), math.hypot(xa - x1, ya - y1))
            on, off = (x1 - x0) * (yb - ya), (y1 - y0) * (xb - xa)
            if on - off < -PARALLEL * (abs(on) + abs(off)) or across >= i + h:
                break
            across += 1
    return largest
