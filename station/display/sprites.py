"""Pictures of single shapes, drawn once and kept: each is cut into tiles so that the empty middle of a ring costs nothing to show.

A sprite belongs to a shape up to whole pixels; its fraction of a pixel (in eighths) is part of the picture, so that a slow dot glides.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass

import numpy as np
import pygame
from numpy.typing import NDArray

from station.core.scene import Arc, Circle, Glow, Line, Panel, Polygon, Role, Shape
from station.core.theme import GRID
from station.display import raster

Rgb = tuple[int, int, int]
Tile = tuple[pygame.Surface, tuple[int, int]]

TILE_PX = 128
EIGHTHS = 8  # of a pixel: finer steps cannot be seen
KEEP_PX = 12_000_000  # pixels of sprites kept: 48 MB


def rgb(colours: dict[Role, Rgb] | None, role: Role, palette: Callable[[Role], str]) -> Rgb:
    """The colour of a role as three bytes, remembered in `colours`."""
    if colours is not None and role in colours:
        return colours[role]
    text = palette(role).lstrip("#")
    colour = (int(text[0:2], 16), int(text[2:4], 16), int(text[4:6], 16))
    if colours is not None:
        colours[role] = colour
    return colour


@dataclass(frozen=True, slots=True)
class Outline:
    """A shape in pixels: its contours relative to a whole-pixel corner, and what tells its picture from others."""

    corner: tuple[int, int]
    key: Hashable
    contours: Callable[[], list[raster.Contour]]


def outline(shape: Arc | Circle | Line | Panel | Polygon, x0: float, y0: float, scale: float) -> Outline:
    """The outline of a shape of the layout space, drawn at `scale` pixels a unit from (x0, y0)."""
    if isinstance(shape, Line | Polygon):
        points = np.array(shape.points, dtype=np.float64) * scale + (x0, y0)
    elif isinstance(shape, Panel):
        # edges on whole pixels: a card's side is a line, not a blur
        corners = np.array(((shape.x, shape.y), (shape.x + shape.w, shape.y + shape.h)))
        points = np.round(corners * scale + (x0, y0))
    else:
        points = np.array(((shape.x * scale + x0, shape.y * scale + y0),))
    points = np.round(points * EIGHTHS) / EIGHTHS
    corner = np.floor(points.min(axis=0))
    local = points - corner
    sizes = _sizes(shape, scale)
    return Outline(
        (int(corner[0]), int(corner[1])),
        (type(shape), local.tobytes(), sizes, bool(getattr(shape, "dashed", False))),
        lambda: _contours(shape, local, sizes),
    )


def _sizes(shape: Arc | Circle | Line | Panel | Polygon, scale: float) -> tuple[float, ...]:
    """Radius, stroke and angles in pixels; a stroke of 0 means filled, and no stroke is thinner than a pixel."""
    width = 0.0 if shape.width is None else max(shape.width * scale, 1.0)
    if isinstance(shape, Circle):
        return (shape.r * scale, width)
    if isinstance(shape, Arc):
        steps = max(64.0, 4.0 * math.pi * shape.r * scale)  # half pixels along the arc
        return (shape.r * scale, width, round(shape.start_turn * steps) / steps, round(shape.turns * steps) / steps)
    if isinstance(shape, Panel):
        return ((GRID.radius if shape.radius is None else shape.radius) * scale, width)
    return (0.0, width)


def _contours(shape: Shape, points: raster.Contour, sizes: tuple[float, ...]) -> list[raster.Contour]:
    r, width = sizes[0], sizes[1]
    dashed = bool(getattr(shape, "dashed", False))
    if isinstance(shape, Arc):
        return _arc(points[0], sizes)
    if isinstance(shape, Circle):
        x, y = float(points[0, 0]), float(points[0, 1])
        if dashed:
            return raster.dashes(raster.disc(x, y, r), width or 1.0, closed=True)
        return raster.ring(x, y, r, width) if width else [raster.disc(x, y, r)]
    if isinstance(shape, Panel):
        (x, y), (x1, y1) = points
        edge = raster.rounded(x, y, x1 - x, y1 - y, r)
        if not width:
            return [edge]
        inner = raster.rounded(x + width, y + width, x1 - x - 2 * width, y1 - y - 2 * width, max(r - width, 0.0))
        return [edge, inner[::-1]]
    closed = isinstance(shape, Polygon)
    if dashed:
        return raster.dashes(points, width or 1.0, closed=closed)
    if width:
        return raster.stroke(points, width, closed=closed)
    return [points]


def _arc(centre: NDArray[np.float64], sizes: tuple[float, ...]) -> list[raster.Contour]:
    """A bent bar with a disc at each end; a whole turn is a ring."""
    r, width, start, turns = sizes
    x, y = float(centre[0]), float(centre[1])
    if abs(turns) >= 1.0:
        return raster.ring(x, y, r, width)
    outer = raster.arc_points(x, y, r + width / 2.0, start, turns)
    inner = raster.arc_points(x, y, max(r - width / 2.0, 0.0), start, turns)
    ends = raster.arc_points(x, y, r, start, turns)
    caps = [raster.disc(float(px), float(py), width / 2.0) for px, py in (ends[0], ends[-1])]
    return [raster.clockwise(np.concatenate((outer, inner[::-1]))), *caps]


def tiles_of(alpha: NDArray[np.uint8], at: tuple[int, int], colour: Rgb) -> list[Tile]:
    """Surfaces of one colour with that (height, width) alpha, in tiles; empty ones are left out, solid ones need no alpha."""
    tiles: list[Tile] = []
    height, width = alpha.shape
    for top in range(0, height, TILE_PX):
        for left in range(0, width, TILE_PX):
            part = alpha[top : top + TILE_PX, left : left + TILE_PX]
            if not part.any():
                continue
            size = (part.shape[1], part.shape[0])
            if part.min() == 255:
                tile = pygame.Surface(size, 0, 32)
                tile.fill(colour)
            else:
                tile = pygame.Surface(size, pygame.SRCALPHA, 32)
                tile.fill((*colour, 0))  # the colour reaches under the transparent edge, so nothing turns dark there
                pixels = pygame.surfarray.pixels_alpha(tile)
                pixels[:] = part.T
                del pixels  # unlocks the surface
            tiles.append((tile, (at[0] + left, at[1] + top)))
    return tiles


class Sprites:
    """The kept pictures, the longest unused thrown away first."""

    def __init__(self, palette: Callable[[Role], str]) -> None:
        self._palette = palette
        self._colours: dict[Role, Rgb] = {}
        self._kept: OrderedDict[Hashable, list[Tile]] = OrderedDict()
        self._pixels = 0

    def colour(self, role: Role) -> Rgb:
        return rgb(self._colours, role, self._palette)

    def shape(self, shape: Arc | Circle | Line | Panel | Polygon, x0: float, y0: float, scale: float, clip: pygame.Rect) -> list[Tile]:
        """Tiles of a shape, placed on the surface."""
        if (isinstance(shape, Arc) and shape.turns == 0) or (isinstance(shape, Line | Polygon) and not shape.points):
            return []
        drawn = outline(shape, x0, y0, scale)
        key = (drawn.key, shape.role, round(shape.alpha * 255))
        tiles = self._find(key)
        if tiles is None:
            contours = drawn.contours()
            low = np.floor(np.min([c.min(axis=0) for c in contours], axis=0)).astype(int)
            high = np.ceil(np.max([c.max(axis=0) for c in contours], axis=0)).astype(int)
            if high[0] - low[0] > 2 * clip.w or high[1] - low[1] > 2 * clip.h:
                return self._cut(contours, drawn.corner, shape, clip)
            tiles = self._keep(key, self._draw(contours, low, high - low + 1, shape))
        dx, dy = drawn.corner
        return [(tile, (x + dx, y + dy)) for tile, (x, y) in tiles]

    def _draw(self, contours: list[raster.Contour], low: NDArray[np.int64], size: NDArray[np.int64], shape: Shape) -> list[Tile]:
        cover = raster.coverage([c - low for c in contours], int(size[0]), int(size[1]))
        alpha = (cover * (255.0 * shape.alpha) + 0.5).astype(np.uint8)  # type: ignore[union-attr]
        return tiles_of(alpha, (int(low[0]), int(low[1])), self.colour(shape.role))  # type: ignore[union-attr]

    def _cut(self, contours: list[raster.Contour], corner: tuple[int, int], shape: Shape, clip: pygame.Rect) -> list[Tile]:
        """A shape much larger than the screen: only what is seen is drawn, and it is not kept."""
        moved = [c + corner for c in contours]
        return self._draw(moved, np.array(clip.topleft), np.array(clip.size), shape)

    def glow(self, shape: Glow, x0: float, y0: float, scale: float) -> list[Tile]:
        """Soft light: alpha falls with the square of the distance left to the edge."""
        r = max(shape.r * scale, 1.0)
        x, y = (math.floor(v * 2 + 0.5) / 2 for v in (shape.x * scale + x0, shape.y * scale + y0))
        corner = (math.floor(x - r), math.floor(y - r))
        key = ("glow", x - corner[0], y - corner[1], r, shape.role, round(shape.alpha * 255))
        tiles = self._find(key)
        if tiles is None:
            side = math.ceil(2 * r) + 2
            px = np.arange(side) + 0.5
            away = np.hypot(px[None, :] - (x - corner[0]), px[:, None] - (y - corner[1])) / r
            alpha = 255.0 * shape.alpha * np.clip(1.0 - away, 0.0, 1.0) ** 2
            tiles = self._keep(key, tiles_of((alpha + 0.5).astype(np.uint8), (0, 0), self.colour(shape.role)))
        return [(tile, (left + corner[0], top + corner[1])) for tile, (left, top) in tiles]

    def disc(self, r_px: float, role: Role, alpha: float) -> pygame.Surface:
        """A small disc in the middle of its surface, for stamping along a trail."""
        key = ("disc", r_px, role, round(alpha * 255))
        tiles = self._find(key)
        if tiles is None:
            side = 2 * math.ceil(r_px) + 2
            cover = raster.coverage([raster.disc(side / 2, side / 2, r_px)], side, side)
            surface = pygame.Surface((side, side), pygame.SRCALPHA, 32)
            surface.fill((*self.colour(role), 0))
            pixels = pygame.surfarray.pixels_alpha(surface)
            pixels[:] = (cover * (255.0 * alpha) + 0.5).astype(np.uint8).T
            del pixels  # unlocks the surface
            tiles = self._keep(key, [(surface, (0, 0))])
        return tiles[0][0]

    def _find(self, key: Hashable) -> list[Tile] | None:
        tiles = self._kept.get(key)
        if tiles is not None:
            self._kept.move_to_end(key)
        return tiles

    def _keep(self, key: Hashable, tiles: list[Tile]) -> list[Tile]:
        self._kept[key] = tiles
        self._pixels += _area(tiles)
        while self._pixels > KEEP_PX and len(self._kept) > 1:
            _, gone = self._kept.popitem(last=False)
            self._pixels -= _area(gone)
        return tiles


def _area(tiles: list[Tile]) -> int:
    return sum(tile.get_width() * tile.get_height() for tile, _ in tiles)
