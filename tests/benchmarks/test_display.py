"""What a picture costs: every screen as it stands, and training with everything moving, at 720p and 1080p. `pytest --benchmark-only`."""

from __future__ import annotations

from itertools import count
from math import cos, sin

import pygame
import pytest

from station.core.scene import Arc, Circle, Glow, Polygon, Scene, Text, Trail
from station.core.theme import GRID
from station.display.painter import Painter
from station.flow.samples import Sample, samples
from station.text.catalogue import Catalogue
from station.words import literal

FRAME_S = 1 / 60
SIZES = [(1280, 720), (1920, 1080)]


def painter(size: tuple[int, int]) -> Painter:
    return Painter(pygame.Surface(size, 0, 32), Catalogue("en"))


@pytest.mark.parametrize("size", SIZES, ids=["720p", "1080p"])
@pytest.mark.parametrize("sample", samples(), ids=lambda s: s.name)
def test_a_standing_screen(benchmark, sample: Sample, size):
    p = painter(size)
    now_s = (k * FRAME_S for k in count())
    benchmark(lambda: p.paint(sample.scene, next(now_s)))
    assert benchmark.stats.stats.median < FRAME_S / 2


def moving(k: int, still: Scene) -> Scene:
    """Training at picture k: a target, a filling ring, a dot with its trail, a flame of forty corners, seconds."""
    t = k * FRAME_S
    path = tuple((960 + 200 * sin(2 * (t - n * 0.01)), 516 + 120 * sin(3 * (t - n * 0.01))) for n in range(80, -1, -1))
    x, y = path[-1]
    flame = tuple((420 + (60 + 9 * sin(3 * t + n)) * cos(n / 6.37), 600 + (120 + 9 * sin(4 * t + n)) * sin(n / 6.37)) for n in range(40))
    return still.plus(
        moving=(
            Circle(1060, 420, GRID.target_r, "target", GRID.stroke_target),
            Arc(960, 516, 255, (t / 3) % 1, "target", GRID.stroke_gauge),
            Polygon(flame, "self"),
            Trail(path, GRID.self_r),
            Glow(x, y, GRID.glow_r, "self"),
            Circle(x, y, GRID.self_r, "self"),
            Text(literal(str(30 - int(t) % 30)), 1428, 132, 384, 216, "hero", "ink", "bold", "right", lines=1),
        )
    )


@pytest.mark.parametrize("size", SIZES, ids=["720p", "1080p"])
def test_everything_moving(benchmark, size):
    still = Scene("running-training", tuple(Circle(960, 516, r, "ring", GRID.stroke_thin) for r in GRID.rings))
    p = painter(size)
    k = iter(range(10**9))

    def picture() -> None:
        at = next(k)
        p.paint(moving(at, still), at * FRAME_S)

    benchmark(picture)
    assert benchmark.stats.stats.median < FRAME_S / 1.5


@pytest.mark.parametrize("size", SIZES, ids=["720p", "1080p"])
def test_a_change_of_screen(benchmark, size):
    """Old out, new in: every picture of it, the building of the new screen among them."""
    shown = {s.name: s.scene for s in samples()}
    p = painter(size)
    k = iter(range(10**9))

    def picture() -> None:
        at = next(k)
        p.paint(shown["who" if at // 24 % 2 else "home"], at * FRAME_S)

    benchmark(picture)
    assert benchmark.stats.stats.median < FRAME_S / 1.5
    assert benchmark.stats.stats.max < 6 * FRAME_S  # the one picture in which a screen is built
