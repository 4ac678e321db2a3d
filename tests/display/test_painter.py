"""The painter on surfaces of several sizes: what is drawn where, in which colour, and what a change of screen looks like."""

from __future__ import annotations

import numpy as np
import pygame
import pytest

from station.core.scene import Arc, Circle, Glow, Line, Panel, Polygon, Qr, Scene, Text, Trail
from station.core.theme import DARK, GRID, MOTION
from station.display.painter import Painter
from station.display.typeset import Fit, layout
from station.text.catalogue import Catalogue
from station.words import Num, Words, literal, say

SIZES = [(1920, 1080), (1280, 720), (800, 480)]


def surface(size: tuple[int, int]) -> pygame.Surface:
    pygame.display.init()
    return pygame.Surface(size, 0, 32)


def painter(size: tuple[int, int] = (1280, 720), **how: float) -> Painter:
    return Painter(surface(size), Catalogue("en"), **how)


def rgb(role: str) -> tuple[int, int, int]:
    colour = DARK[role].lstrip("#")
    return (int(colour[:2], 16), int(colour[2:4], 16), int(colour[4:], 16))


def pixel(p: Painter, x: float, y: float) -> tuple[int, int, int]:
    px, py = p.fit.at(x, y)
    return tuple(p.surface.get_at((round(px), round(py))))[:3]


def pixels(p: Painter) -> np.ndarray:
    return pygame.surfarray.array3d(p.surface).astype(int)


@pytest.mark.parametrize("size", SIZES)
def test_a_filled_circle_has_its_colour_in_the_middle_and_the_ground_beyond(size):
    p = painter(size)
    p.paint(Scene("a", (Circle(960, 516, 69, "target"),)), 0.0)
    assert pixel(p, 960, 516) == rgb("target")
    assert pixel(p, 960, 516 + 80) == rgb("ground")


@pytest.mark.parametrize("size", SIZES)
def test_a_circle_stays_round_on_every_size(size):
    p = painter(size)
    p.paint(Scene("a", (Circle(960, 540, 300, "target"),)), 0.0)
    lit = (pixels(p) != rgb("ground")).any(axis=2)
    wide, high = lit.any(axis=1).sum(), lit.any(axis=0).sum()
    assert abs(int(wide) - int(high)) <= 1
    assert wide == pytest.approx(600 * p.fit.scale, abs=2)


def test_an_edge_is_never_darker_than_the_ground_nor_brighter_than_the_shape():
    p = painter()
    p.paint(Scene("a", (Circle(960.3, 540.7, 200, "self"), Line(((100, 100), (700, 333)), "self", 9))), 0.0)
    seen = pixels(p).reshape(-1, 3)
    assert (seen >= np.array(rgb("ground")) - 1).all()
    assert (seen <= np.array(rgb("self")) + 1).all()


def test_a_dot_that_moves_a_quarter_of_a_pixel_changes_the_picture():
    p = painter((1920, 1080))
    p.paint(Scene("a", (), (Circle(960.0, 516, 27, "self"),)), 0.0)
    before = pixels(p)
    p.paint(Scene("a", (), (Circle(960.25, 516, 27, "self"),)), 0.1)
    changed = np.abs(pixels(p) - before).max()
    assert 10 < changed < 120


def test_moving_shapes_leave_no_trace_behind():
    p = painter()
    p.paint(Scene("a", (), (Circle(300, 300, 27, "self"), Trail(((100, 100), (300, 300)), 27), Glow(300, 300, 105, "self"))), 0.0)
    p.paint(Scene("a"), 0.1)
    assert (pixels(p) == rgb("ground")).all()


def test_every_kind_of_shape_paints_something_of_its_own_colour():
    shapes = (
        Arc(960, 516, 255, 0.3, "target", 21),
        Panel(100, 200, 300, 200, "panel"),
        Panel(100, 500, 300, 200, "good", width=8),
        Polygon(((500, 200), (600, 300), (450, 350)), "trouble"),
        Line(((500, 500), (700, 520)), "ghost", 9, dashed=True),
        Glow(1500, 800, 105, "self", alpha=0.9),
    )
    for shape in shapes:
        p = painter()
        p.paint(Scene("a", (shape,)), 0.0)
        towards = np.array(rgb(shape.role)) - rgb("ground")
        change = pixels(p) - rgb("ground")
        assert (change @ towards).max() > 0.5 * (towards @ towards), shape


def test_a_qr_code_is_dark_on_white_with_a_quiet_zone_of_four_modules():
    p = painter((1920, 1080))
    p.paint(Scene("a", (Qr("http://192.168.1.20:8080/r/abcdefghijkmnopq", 1236, 240, GRID.qr),)), 0.0)
    code = pixels(p)[1236 : 1236 + GRID.qr, 240 : 240 + GRID.qr]
    assert set(map(tuple, code.reshape(-1, 3))) == {rgb("paper"), rgb("qr")}
    dark = (code == rgb("qr")).all(axis=2)
    columns = np.flatnonzero(dark.any(axis=1))
    quiet, across = columns[0], columns[-1] - columns[0] + 1
    finder = int(np.argmin(dark[:, np.flatnonzero(dark.any(axis=0))[0]][columns[0] :]))  # the corner square is seven modules wide
    assert quiet >= 4 * finder / 7
    assert across % (finder // 7) == 0


def test_the_ground_bleeds_where_the_layout_does_not_reach():
    p = painter((800, 480))
    p.paint(Scene("a", (Panel(0, 0, GRID.width, GRID.height, "panel", radius=0),)), 0.0)
    seen = pixels(p)
    assert (seen[:, :15] == rgb("ground")).all()
    assert (seen[:, 240] == rgb("panel")).all()


def test_overscan_leaves_its_part_of_each_side_free():
    fit = Fit.of((1920, 1080), 5.0)
    assert fit.at(0, 0) == pytest.approx((96, 54))
    assert fit.at(1920, 1080) == pytest.approx((1824, 1026))
    assert fit.layout(*fit.at(333, 444)) == pytest.approx((333, 444))


def words(step: str = "say", text: Words | None = None, **box: float) -> Text:
    where = {"x": 108, "y": 240, "w": 1128, "h": 216, **box}
    return Text(text or literal("Stand still"), **where, step=step, weight="semibold")


def test_words_are_drawn_inside_the_rectangle_that_layout_gives():
    scene = Scene("a", (words(),))
    p = painter()
    p.paint(scene, 0.0)
    lit = (pixels(p) != rgb("ground")).any(axis=2)
    columns, rows = np.flatnonzero(lit.any(axis=1)), np.flatnonzero(lit.any(axis=0))
    left, top, right, bottom = layout(scene, Catalogue("en"), (1280, 720))[0].rect
    assert left - 1 <= columns[0] <= columns[-1] <= right + 1
    assert top - 1 <= rows[0] <= rows[-1] <= bottom + 1


def test_a_text_that_fits_in_no_form_is_reported_and_still_drawn():
    p = painter()
    p.paint(Scene("a", (words(text=literal("Put both feet on the marks and stand still"), w=300, h=90),)), 0.0)
    assert [o.form for o in p.overflows] == ["none"]
    assert (pixels(p) == rgb("ink")).all(axis=2).any()
    p.paint(Scene("a", (words(),)), 1.0)
    assert p.overflows == []


def test_the_short_form_is_taken_where_the_long_one_does_not_fit():
    text = say("legend.person")
    wide = layout(Scene("a", (words("strip", text, w=1900, h=72),)), Catalogue("en"), (1920, 1080))[0]
    narrow = layout(Scene("a", (words("strip", text, w=800, h=150),)), Catalogue("en"), (1920, 1080))[0]
    assert (wide.form, narrow.form) == ("long", "short")


def test_larger_type_is_taken_only_where_it_fits():
    roomy = layout(Scene("a", (words(),)), Catalogue("en"), (800, 480), type_factor=1.5)[0]
    tight = layout(Scene("a", (words(w=420, h=100),)), Catalogue("en"), (800, 480), type_factor=1.5)[0]
    assert roomy.factor == 1.5
    assert tight.factor == 1.0


def test_the_unit_of_a_large_number_is_smaller_and_quiet():
    number = say("unused", seconds=Num(31.2, 1, "s"))
    text = literal(Catalogue("en").number(number.args["seconds"]))
    placed = layout(Scene("a", (words("mega", text, h=420),)), Catalogue("en"), (1920, 1080))[0]
    assert [(run.text, run.role) for run in placed.runs] == [("31.2", "ink"), ("s", "quiet")]
    assert placed.runs[1].px < placed.runs[0].px / 3
    assert placed.runs[1].x > placed.runs[0].x


def brightness(p: Painter) -> float:
    return float((pixels(p) - np.array(rgb("ground"))).clip(0).mean())


def test_a_change_of_screen_fades_out_and_in_and_rises():
    p = painter()
    old, new = Scene("a", (Panel(300, 300, 300, 300, "ink"),)), Scene("b", (Panel(1200, 300, 300, 300, "ink"),))
    p.paint(old, 10.0)
    full = brightness(p)
    p.paint(new, 10.1)
    p.paint(new, 10.16)
    assert 0.2 * full < brightness(p) < 0.8 * full  # the old one is going
    p.paint(new, 10.1 + MOTION.fade_out_s + 0.02)
    early = pixels(p)
    assert pixel(p, 450, 450) == rgb("ground")  # the old one has gone
    p.paint(new, 10.1 + MOTION.fade_out_s + MOTION.fade_in_s + 0.01)
    assert brightness(p) == pytest.approx(full, rel=0.02)
    top = lambda seen: np.flatnonzero((seen[900] - rgb("ground")).sum(axis=1) > 3)[0]  # noqa: E731
    assert top(early) > top(pixels(p))


def test_with_reduced_motion_nothing_rises():
    p = painter(reduced_motion=True)
    p.paint(Scene("a"), 0.0)
    new = Scene("b", (Panel(1200, 300, 300, 300, "ink"),))
    p.paint(new, 1.0)
    p.paint(new, 1.0 + MOTION.fade_out_s + 0.02)
    assert np.flatnonzero((pixels(p)[900] - rgb("ground")).sum(axis=1) > 3)[0] == 200


def test_a_countdown_and_a_run_are_there_in_full_on_their_first_picture():
    for name in ("countdown", "running-test"):
        p = painter()
        p.paint(Scene("ready", (Panel(0, 0, 600, 600, "ink"),)), 0.0)
        p.paint(Scene(name, (Circle(960, 540, 100, "ink"),)), 1.0)
        assert pixel(p, 960, 540) == rgb("ink")
        assert pixel(p, 300, 300) == rgb("ground")


def test_the_countdown_digit_lands_in_a_quarter_of_a_second():
    digit = words("mega", literal("3"), x=396, y=240, w=1128, h=600)
    p = painter()
    heights = []
    for now_s in (0.0, 0.1, MOTION.count_pop_s, 0.9):
        p.paint(Scene("countdown", (), (digit,)), now_s)
        heights.append(int((pixels(p) != rgb("ground")).any(axis=(0, 2)).sum()))
    assert heights[0] / heights[2] == pytest.approx(MOTION.count_pop_scale, abs=0.03)
    assert heights[0] > heights[1] > heights[2] == heights[3]


def test_a_picture_that_stands_for_ten_minutes_begins_to_wander():
    p = painter((1920, 1080))
    scene = Scene("home", (Panel(600, 300, 300, 300, "ink", radius=0),))
    lefts = []
    for now_s in (0.0, 599.0, 601.0, 661.0, 1e4):
        p.paint(scene, now_s)
        lefts.append(int(np.flatnonzero((pixels(p)[:, 450] == rgb("ink")).all(axis=1))[0]))
    assert lefts[:3] == [600, 600, 612]
    assert all(abs(left - 600) <= MOTION.drift_px for left in lefts)


def test_two_runs_paint_the_same_picture():
    scene = Scene("a", (words(), Arc(960, 516, 255, 0.3, "target", 21)), (Circle(700.3, 500.1, 27, "self"),))
    first, second = painter(), painter()
    first.paint(scene, 0.0)
    second.paint(scene, 0.0)
    assert (pixels(first) == pixels(second)).all()
