"""The share of weight of two feet on one plate, against two plates and on paper; when it says nothing."""

from __future__ import annotations

import csv
import gzip
from dataclasses import replace
from math import sqrt
from pathlib import Path

import numpy as np
import pytest

from station.core.compare import Comparison, compare
from station.core.compare.load import Feet, share
from station.core.results import Condition, MeasureValue, TrialResult
from station.text.catalogue import Catalogue
from station.words import say


def stood(ml_mm: float, u_mm: float | None = None, trial_id: str = "t", surface: str = "firm") -> TrialResult:
    place = {"mean_ml_mm": MeasureValue(ml_mm, "mm", u_mm, "station/1")}
    here = Condition("two-leg", "open", surface)
    return TrialResult(
        trial_id, "r", "two-leg-quiet", 1, "", "quiet", here, "", "completed", say("trial.end.time"), duration_s=30.0, measures=place
    )


def held(side: str, ml_mm: float) -> TrialResult:
    return replace(stood(ml_mm), kind="hold", side=side, condition=Condition("single-leg"), protocol_id="single-leg-hold")


def found(results: list[TrialResult], key: str, marks_mm: float | None = None) -> Comparison:
    (one,) = (c for c in compare(results, marks_mm=marks_mm) if c.key == key)
    return one


def two_plates(shared_data: Path) -> list[dict[str, str]]:
    with (shared_data / "cop" / "pds_left_share.csv").open() as table:
        return list(csv.DictReader(table))


def columns(path: Path) -> dict[str, np.ndarray]:
    with gzip.open(path, "rt") as lines:
        names = lines.readline().strip().split(",")
        return dict(zip(names, np.loadtxt(lines, delimiter=",").T, strict=True))


def test_the_left_share_is_that_of_two_plates_within_a_tenth_of_a_point(shared_data: Path) -> None:
    rows = two_plates(shared_data)
    assert len(rows) == 4
    for row in rows:
        recorded = columns(shared_data / "cop" / f"{row['trial']}.csv.gz")
        feet = Feet(float(row["stance_width_mm"]), float(row["midline_ml_mm"]))
        truth = 100 * float(np.mean(recorded["fz_left_n"] / (recorded["fz_left_n"] + recorded["fz_right_n"])))
        assert truth == pytest.approx(float(row["left_share_percent"]), abs=0.01)
        assert share(float(recorded["ml_mm"].mean()), 0.0, feet).left_pct == pytest.approx(truth, abs=0.1)


def test_from_moment_to_moment_it_stays_within_1_point_7_of_two_plates(shared_data: Path) -> None:
    for row in two_plates(shared_data):
        recorded = columns(shared_data / "cop" / f"{row['trial']}.csv.gz")
        feet = Feet(float(row["stance_width_mm"]), float(row["midline_ml_mm"]))
        moments = [share(float(x), 0.0, feet).left_pct for x in recorded["ml_mm"]]
        truth = 100 * recorded["fz_left_n"] / (recorded["fz_left_n"] + recorded["fz_right_n"])
        assert np.abs(np.array(moments) - truth).max() < 1.7


def test_weight_in_the_middle_is_half_and_on_one_mark_is_all() -> None:
    feet = Feet(250.0)
    assert [share(x, 0.0, feet).left_pct for x in (0.0, -125.0, 125.0, -25.0)] == [50.0, 100.0, 0.0, 60.0]


def test_its_uncertainty_is_that_of_the_place_and_of_the_distance() -> None:
    feet = Feet(250.0, 0.0, 8.0, 3.0)
    found = share(20.0, 1.0, feet)
    assert found.u_points == pytest.approx(100 * sqrt((sqrt(1.0 + 9.0) / 250) ** 2 + (20 * 8 / 250**2) ** 2))


def test_on_the_marks_one_trial_gives_the_share_with_its_uncertainty() -> None:
    left = found([stood(-12.5)], "left_share", 250.0)
    assert left.value == pytest.approx(55.0)
    assert 1.4 < left.uncertainty < 1.5
    assert left.interval == pytest.approx((55.0 - 2 * left.uncertainty, 55.0 + 2 * left.uncertainty))
    assert Catalogue("en").text(left.says) == "Left foot 55.0 %, right foot 45.0 %."
    assert left.beyond is None


def test_the_asymmetry_is_twice_the_distance_from_half() -> None:
    trials = [stood(x) for x in (-12.5, -12.4, -12.6)]
    left, uneven = found(trials, "left_share", 250.0), found(trials, "weight_asymmetry_pct", 250.0)
    assert uneven.value == pytest.approx(2 * (left.value - 50.0))
    assert uneven.uncertainty == pytest.approx(2 * left.uncertainty)
    assert uneven.beyond is left.beyond is True


def test_three_trials_near_the_middle_are_not_called_uneven() -> None:
    near = found([stood(x) for x in (-4.0, 1.0, -3.0)], "weight_asymmetry_pct", 250.0)
    assert near.beyond is False
    assert near.value < near.least_real


def test_trials_that_differ_make_the_share_less_sure() -> None:
    steady, roaming = ([stood(x) for x in places] for places in ((-5.0, -5.0, -5.0), (-9.0, -5.0, -1.0)))
    assert found(roaming, "left_share", 250.0).uncertainty > found(steady, "left_share", 250.0).uncertainty


def test_without_marks_the_person_s_own_holds_tell_the_distance() -> None:
    holds = [held("right", x) for x in (125.0, 127.0, 123.0)] + [held("left", x) for x in (-126.0, -124.0, -128.0)]
    left = found([stood(-12.55), *holds], "left_share")
    assert left.value == pytest.approx(100 * (0.5 + (12.55 - 0.5) / 251.0))
    assert left.uncertainty < 2.0


def test_an_unknown_distance_gives_no_share_and_says_what_to_do() -> None:
    nothing = found([stood(-12.5), held("right", 125.0)], "left_share")
    assert nothing.value is None
    assert Catalogue("en").text(nothing.why).startswith("Nobody knows how far apart the feet stand.")


def test_a_share_less_sure_than_two_points_is_withheld_with_its_number() -> None:
    nothing = found([stood(-12.5)], "left_share", 120.0)
    assert nothing.value is None
    assert Catalogue("en").text(nothing.why).startswith("The share is only known to 3.0 points, more than 2.")


def test_holds_whose_left_leg_stands_right_of_the_right_one_tell_no_distance() -> None:
    assert found([stood(0.0), held("left", 120.0), held("right", -120.0)], "left_share").value is None


def test_each_ground_has_its_own_share() -> None:
    shares = [c for c in compare([stood(-5.0), stood(5.0, surface="foam")], marks_mm=250.0) if c.key == "left_share"]
    assert [round(c.value) for c in shares] == [52, 48]


def test_six_recorded_holds_put_the_feet_251_mm_apart(shared_data: Path) -> None:
    plateaus = {
        side: [float(columns(shared_data / "wii_board_segments" / f"WBB_SL_{side}{n}.csv.gz")["ml_mm"].mean()) for n in (1, 2, 3)]
        for side in "LR"
    }
    feet = Feet.of_holds(plateaus["L"], plateaus["R"])
    assert feet is not None
    assert feet.distance_mm == pytest.approx(251.0, abs=2.0)
    assert share(0.0, 0.0, feet).left_pct == pytest.approx(50.0, abs=1.0)
    assert share(0.0, 0.0, feet).u_points < 2.0
