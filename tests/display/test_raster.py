"""Coverage of shapes, against areas known on paper."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from station.display import raster


def box(x: float, y: float, w: float, h: float) -> np.ndarray:
    return np.array(((x, y), (x + w, y), (x + w, y + h), (x, y + h)))


@given(st.floats(1, 8), st.floats(1, 8), st.floats(0.1, 8), st.floats(0.1, 8))
@settings(max_examples=60, deadline=None)
def test_a_box_covers_its_own_area_wherever_its_edges_lie(x, y, w, h):
    assert raster.coverage([box(x, y, w, h)], 20, 20).sum() == pytest.approx(w * h, rel=1e-4)


def test_a_box_on_half_pixels_covers_half_of_each_edge_pixel_and_a_quarter_of_the_corners():
    cover = raster.coverage([box(1.5, 1.5, 2, 2)], 5, 5)
    np.testing.assert_allclose(cover[1:4, 1:4], [[0.25, 0.5, 0.25], [0.5, 1, 0.5], [0.25, 0.5, 0.25]], atol=1e-6)
    assert cover[[0, 4]].sum() == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("r", [1.5, 9.0, 77.3])
def test_a_disc_has_the_area_of_a_circle(r):
    side = math.ceil(2 * r) + 4
    cover = raster.coverage([raster.disc(side / 2 + 0.2, side / 2 - 0.3, r)], side, side)
    assert cover.sum() == pytest.approx(math.pi * r * r, rel=0.03)
    assert cover.max() == 1.0


def test_a_ring_is_empty_in_the_middle_and_as_wide_as_its_stroke():
    cover = raster.coverage(raster.ring(50, 50, 40, 8), 100, 100)
    assert cover[50, 50] == pytest.approx(0, abs=1e-6)
    assert cover[50, :50].sum() == pytest.approx(8, abs=0.05)


def test_overlapping_contours_are_one_shape():
    cover = raster.coverage([box(2, 2, 6, 6), box(4, 4, 6, 6)], 12, 12)
    assert cover.sum() == pytest.approx(36 + 36 - 16, rel=1e-5)


def test_a_line_is_its_length_times_its_width_and_two_half_discs():
    cover = raster.coverage(raster.stroke(np.array(((10.0, 10.0), (60.0, 47.0))), 6.0), 80, 80)
    assert cover.sum() == pytest.approx(math.hypot(50, 37) * 6 + math.pi * 9, rel=0.01)


def test_dashes_leave_as_much_as_they_draw():
    path = np.array(((10.0, 20.0), (190.0, 20.0)))
    whole = raster.coverage(raster.stroke(path, 4.0), 200, 40).sum()
    dashed = raster.coverage(raster.dashes(path, 4.0), 200, 40).sum()
    assert 0.5 < dashed / whole < 0.75  # the round ends reach into the gaps


def test_what_lies_outside_the_picture_is_cut_off_and_not_wrapped_round():
    cover = raster.coverage([box(-5, -5, 100, 8)], 10, 10)
    assert (cover[:3] == 1).all()
    assert cover[3:].max() == pytest.approx(0, abs=1e-6)


def test_a_quarter_arc_begins_at_twelve_and_runs_clockwise():
    points = raster.arc_points(0, 0, 10, 0.0, 0.25)
    np.testing.assert_allclose(points[[0, -1]], [[0, -10], [10, 0]], atol=1e-9)
