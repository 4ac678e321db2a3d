"""The printed places: numbers, distances, and that they fit on the plate."""

from __future__ import annotations

import numpy as np
import pytest

from station.core.geometry import Geometry
from station.core.marks import FOOT_LENGTH_MM, FOOT_WIDTH_MM, STANCES, calibration_marks, foot_marks, verification_marks


def test_nine_marks_run_row_by_row_from_the_front_left():
    marks = calibration_marks(9)
    assert [m.number for m in marks] == list(range(1, 10))
    assert [(m.ml_mm, m.ap_mm) for m in marks[:4]] == [(-130, 130), (0, 130), (130, 130), (-130, 0)]


def test_five_marks_are_those_of_the_same_template():
    assert [m.number for m in calibration_marks(5)] == [1, 3, 5, 7, 9]
    assert set(calibration_marks(5)) < set(calibration_marks(9))


def test_no_other_number_of_marks_exists():
    with pytest.raises(ValueError, match="5 or 9"):
        calibration_marks(7)  # type: ignore[arg-type]


def test_verification_marks_are_new_places_not_in_one_line():
    places = {(m.ml_mm, m.ap_mm) for m in calibration_marks(9)}
    new = verification_marks()
    assert not places & {(m.ml_mm, m.ap_mm) for m in new}
    (a, b, c) = (np.array([m.ml_mm, m.ap_mm]) for m in new)
    assert abs(np.linalg.det(np.array([b - a, c - a]))) > 130 * 65


@pytest.mark.parametrize("stance", STANCES)
def test_every_stance_stands_wholly_on_the_plate(stance):
    width_mm, depth_mm = Geometry().plate_mm
    for foot in foot_marks(stance, Geometry().marks_mm):
        assert abs(foot.ml_mm) + FOOT_WIDTH_MM / 2 <= width_mm / 2
        assert abs(foot.ap_mm) + FOOT_LENGTH_MM / 2 <= depth_mm / 2


def test_hip_marks_are_as_far_apart_as_the_geometry_says():
    left, right = foot_marks("hip", 300.0)
    assert right.ml_mm - left.ml_mm == 300.0
