"""Convex hull of a cloud of points, its area and its diameter. Numpy only; half a millisecond for a minute of sway."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


def hull(x: Array, y: Array) -> Array:
    """(h, 2) corners counter-clockwise, without points inside an edge (quickhull).

    One point gives one corner, points on a line give the two ends.
    """
    points = np.column_stack((x, y))
    first, last = (int(i) for i in (np.lexsort((y, x))[[0, -1]]))
    start, end = points[first], points[last]
    if (start == end).all():
        return points[first : first + 1]
    side = _cross(start, end, points)
    below, above = _corners(start, end, points, -side), _corners(end, start, points, side)
    return np.array([start, *below, end, *above])


def _cross(start: Array, end: Array, points: Array) -> Array:
    """Positive for points left of the way from start to end."""
    return np.asarray((end[0] - start[0]) * (points[:, 1] - start[1]) - (end[1] - start[1]) * (points[:, 0] - start[0]))


def _corners(start: Array, end: Array, points: Array, right: Array) -> list[Array]:
    """Corners strictly right of start-end, in the order of the way; `right` is how far right each point lies."""
    outside = right > 0
    if not outside.any():
        return []
    points, right = points[outside], right[outside]
    tip = points[int(np.argmax(right))]
    return [
        *_corners(start, tip, points, -_cross(start, tip, points)),
        tip,
        *_corners(tip, end, points, -_cross(tip, end, points)),
    ]


def area(corners: Array) -> float:
    """Shoelace formula; 0 for a point or a line."""
    x, y = corners[:, 0], corners[:, 1]
    return float(abs((x * np.roll(y, -1) - y * np.roll(x, -1)).sum()) / 2)


def diameter(corners: Array) -> float:
    """Largest distance between two corners, which is the largest between any two points of the cloud."""
    apart = corners[:, None, :] - corners[None, :, :]
    return float(np.sqrt((apart * apart).sum(axis=2).max()))
