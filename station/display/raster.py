"""Filled shapes to coverage, exactly: how much of each pixel lies inside, from 0 to 1.

Plain pygame draws jagged strokes and supersampling a moving shape costs several milliseconds a frame, so edges are cut at the pixel
borders and their signed areas summed along each row (the way font rasterisers work). A shape may be given as several overlapping
contours: their union is filled when all run the same way round, and one that runs the other way is a hole.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Contour = NDArray[np.float64]
"""(n, 2) pixels, x to the right, y down; closed by itself."""

FLAT_PX = 0.03  # a circle may leave its polygon by this much


def coverage(contours: Sequence[Contour], width: int, height: int) -> NDArray[np.float32]:
    """(height, width) covered part of each pixel. What lies outside the rectangle is cut off."""
    x0, y0, x1, y1 = _edges(contours)
    row, at0, at1, dy = _cut_rows(x0, y0, x1, y1)
    inside = (row >= 0) & (row < height)
    row, at0, at1, dy = row[inside], at0[inside], at1[inside], dy[inside]
    # left of the picture an edge still opens its row, right of it it opens nothing
    at0, at1 = np.clip(at0, 0.0, float(width)), np.clip(at1, 0.0, float(width))
    row, column, middle, dy = _cut_columns(row, at0, at1, dy)
    stride = width + 2
    index = row * stride + column
    right = dy * (middle - column)
    sums = np.bincount(index, weights=dy - right, minlength=height * stride)[: height * stride]
    sums += np.bincount(index + 1, weights=right, minlength=height * stride)[: height * stride]
    area = np.cumsum(sums.reshape(height, stride)[:, :width].astype(np.float32), axis=1)
    return np.minimum(np.abs(area, out=area), 1.0, out=area)


def _edges(contours: Sequence[Contour]) -> tuple[NDArray[np.float64], ...]:
    starts = np.concatenate(contours)
    ends = np.concatenate([np.roll(contour, -1, axis=0) for contour in contours])
    rises = starts[:, 1] != ends[:, 1]
    starts, ends = starts[rises], ends[rises]
    return starts[:, 0], starts[:, 1], ends[:, 0], ends[:, 1]


def _spread(first: NDArray[np.int64], count: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For each segment its index, repeated, and the whole numbers first, first + 1 ... of the cells it crosses."""
    owner = np.repeat(np.arange(len(count)), count)
    step = np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count)
    return owner, first[owner] + step


def _cut_rows(
    x0: NDArray[np.float64], y0: NDArray[np.float64], x1: NDArray[np.float64], y1: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Pieces of the edges within one row each: row, x at both ends, signed height."""
    down = y1 > y0
    low, high = np.where(down, y0, y1), np.where(down, y1, y0)
    x_low, x_high = np.where(down, x0, x1), np.where(down, x1, x0)
    first = np.floor(low).astype(np.int64)
    owner, row = _spread(first, np.maximum(np.ceil(high).astype(np.int64) - first, 1))
    low, high, x_low, slope = low[owner], high[owner], x_low[owner], ((x_high - x_low) / (high - low))[owner]
    top, bottom = np.maximum(low, row), np.minimum(high, row + 1.0)
    return row, x_low + (top - low) * slope, x_low + (bottom - low) * slope, np.where(down[owner], bottom - top, top - bottom)


def _cut_columns(
    row: NDArray[np.int64], x0: NDArray[np.float64], x1: NDArray[np.float64], dy: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """The same pieces within one column each: row, column, mean x, signed height."""
    low, high = np.minimum(x0, x1), np.maximum(x0, x1)
    first = np.floor(low).astype(np.int64)
    owner, column = _spread(first, np.maximum(np.ceil(high).astype(np.int64) - first, 1))
    low, high, wide = low[owner], high[owner], (high - low)[owner]
    left, right = np.maximum(low, column), np.minimum(high, column + 1.0)
    part = np.divide(right - left, wide, out=np.ones_like(wide), where=wide > 0)
    return row[owner], column, (left + right) / 2.0, dy[owner] * part


def disc(x: float, y: float, r: float) -> Contour:
    """A circle's outline."""
    count = max(12, math.ceil(math.pi / math.acos(max(1.0 - FLAT_PX / max(r, 0.1), 0.5))))
    turn = np.linspace(0.0, 2.0 * math.pi, count, endpoint=False)
    return np.column_stack((x + r * np.cos(turn), y + r * np.sin(turn)))


def ring(x: float, y: float, r: float, width: float) -> list[Contour]:
    """A circle's stroke: the outer edge, and the inner one as a hole."""
    inner = r - width / 2.0
    outline = [disc(x, y, r + width / 2.0)]
    return [*outline, disc(x, y, inner)[::-1]] if inner > 0 else outline


def arc_points(x: float, y: float, r: float, start_turn: float, turns: float) -> Contour:
    """Points along an arc, clockwise from twelve o'clock."""
    whole = math.pi / math.acos(max(1.0 - FLAT_PX / max(r, 0.1), 0.5))
    count = max(2, math.ceil(whole * abs(turns)) + 1)
    angle = 2.0 * math.pi * (start_turn + np.linspace(0.0, turns, count)) - math.pi / 2.0
    return np.column_stack((x + r * np.cos(angle), y + r * np.sin(angle)))


def rounded(x: float, y: float, w: float, h: float, r: float) -> Contour:
    """A rectangle with round corners."""
    r = min(r, w / 2.0, h / 2.0)
    corners = ((x + r, y + r, 0.75), (x + w - r, y + r, 0.0), (x + w - r, y + h - r, 0.25), (x + r, y + h - r, 0.5))
    return np.concatenate([arc_points(cx, cy, r, turn, 0.25) for cx, cy, turn in corners])


def clockwise(contour: Contour) -> Contour:
    """The contour, turned so that all contours of a union run the same way."""
    x, y = contour[:, 0], contour[:, 1]
    return contour if float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y)) >= 0 else contour[::-1]


def stroke(points: Contour, width: float, *, closed: bool = False) -> list[Contour]:
    """A line of that width with round ends and joints: a bar for each piece and a disc for each point."""
    half = width / 2.0
    path = np.vstack((points, points[:1])) if closed else points
    step = np.diff(path, axis=0)
    long = np.hypot(step[:, 0], step[:, 1])
    contours: list[Contour] = [disc(float(px), float(py), half) for px, py in points]
    for (x0, y0), (x1, y1), length in zip(path[:-1], path[1:], long, strict=True):
        if length > 0:
            nx, ny = -(y1 - y0) / length * half, (x1 - x0) / length * half
            contours.append(clockwise(np.array(((x0 + nx, y0 + ny), (x1 + nx, y1 + ny), (x1 - nx, y1 - ny), (x0 - nx, y0 - ny)))))
    return contours


def dashes(points: Contour, width: float, *, closed: bool = False) -> list[Contour]:
    """The line as round-ended dashes: three widths of line, then a gap as long, so that the ends read as ends."""
    path = np.vstack((points, points[:1])) if closed else points
    step = np.hypot(*np.diff(path, axis=0).T)
    along = np.concatenate(([0.0], np.cumsum(step)))
    total = float(along[-1])
    count = max(1, round(total / (6.0 * width)))
    pitch = total / count
    contours: list[Contour] = []
    for k in range(count):
        start, stop = k * pitch, k * pitch + pitch / 2.0
        inner = along[(along > start) & (along < stop)]
        at = np.concatenate(([start], inner, [stop]))
        piece = np.column_stack((np.interp(at, along, path[:, 0]), np.interp(at, along, path[:, 1])))
        contours += stroke(piece, width)
    return contours
