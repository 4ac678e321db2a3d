"""Whether sway grows towards the end: made trials and sets whose slope is known, and the slope against SciPy."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from math import exp, log

import pytest
from scipy import stats

from station.core.compare import Comparison, compare
from station.core.compare.theil_sen import theil_sen
from station.core.results import Condition, MeasureValue, TrialResult
from station.text.catalogue import Catalogue
from station.words import say

THIRDS = ("velocity_first_third_mm_s", "velocity_middle_third_mm_s", "velocity_last_third_mm_s")


def stood(first: float, middle: float, last: float) -> TrialResult:
    measures = {key: MeasureValue(v, "mm/s", None, "station/1") for key, v in zip(THIRDS, (first, middle, last), strict=True)}
    here = Condition()
    return TrialResult(
        "t", "r", "two-leg-quiet", 1, "", "quiet", here, "", "completed", say("trial.end.time"), duration_s=30.0, measures=measures
    )


def tapped(speeds: list[float | None], side: str = "right") -> TrialResult:
    reps = tuple({"t_s": 2.5 * i, "verdict": "valid", "steady_mm_s": v} for i, v in enumerate(speeds))
    return replace(
        stood(1, 1, 1), kind="reps", protocol_id="heel-tap-front", side=side, condition=Condition("single-leg"), measures={}, reps=reps
    )


def found(results: list[TrialResult], key: str) -> Comparison:
    (one,) = (c for c in compare(results) if c.key == key)
    return one


def text(comparison: Comparison) -> str:
    words = comparison.says if comparison.why is None else comparison.why
    assert words is not None
    return Catalogue("en").text(words)


def test_the_last_third_over_the_first_is_the_mean_of_the_logarithms() -> None:
    trials = [stood(10.0, 11.0, 12.0), stood(10.0, 10.0, 13.0), stood(11.0, 12.0, 13.0)]
    told = found(trials, "fatigue_last_first_ln")
    assert told.value == pytest.approx((log(1.2) + log(1.3) + log(13 / 11)) / 3)
    assert told.unit == "ln"
    assert told.beyond is True
    assert [Catalogue("en").text(b.label) for b in told.bars] == ["first third", "last third"]


@pytest.mark.parametrize("key", ["fatigue_last_first_ln", "fatigue_slope_ln"])
@pytest.mark.parametrize("n", [1, 2])
def test_one_or_two_trials_conclude_nothing_and_say_why(key: str, n: int) -> None:
    told = found([stood(10.0, 11.0, 12.0), stood(10.0, 10.0, 13.0)][:n], key)
    assert (told.value, told.beyond, told.says, told.verdict) == (None, None, None, None)
    assert told.bars[0].value == pytest.approx(10.0)
    assert text(told) == f"Whether this is more than chance takes 3 trials; so far {n}. Do the others."


def test_a_trial_without_its_thirds_gives_nothing() -> None:
    short = replace(stood(1, 1, 1), measures={THIRDS[0]: MeasureValue(None, "mm/s", None, "station/1", "why.under-20-s")})
    assert compare([short]) == ()


def test_a_set_that_grows_by_a_tenth_a_rep_has_that_slope() -> None:
    told = found([tapped([20.0 * 1.1**i for i in range(8)])], "fatigue_slope_ln")
    assert told.value == pytest.approx(log(1.1))
    assert told.unit == "ln/rep"
    assert text(told) == "Sway speed grows by 10.0 % with each rep."


def test_a_set_that_goes_up_and_down_has_no_slope_and_says_so() -> None:
    ups_and_downs = tapped([20.0, 24.0, 19.0, 23.0, 21.0, 22.0, 20.0, 23.0])
    told = found([ups_and_downs] * 3, "fatigue_slope_ln")
    assert told.value is None
    assert text(told).startswith("Between first and last no change stands out")
    assert text(found([ups_and_downs], "fatigue_slope_ln")).endswith("so far 1. Do the others.")


def test_three_thirds_of_one_trial_never_make_a_slope_but_those_of_several_may() -> None:
    growing = stood(10.0, 11.0, 12.1)
    assert found([growing], "fatigue_slope_ln").value is None
    told = found([growing] * 3, "fatigue_slope_ln")
    assert told.value == pytest.approx(log(1.1))
    assert text(told) == "Sway speed grows by 10.0 % with each third."


def test_fewer_than_six_reps_with_a_speed_are_no_set_to_judge() -> None:
    assert compare([tapped([20.0, 21.0, 22.0, 23.0, 24.0, None, None])]) == ()


def test_each_leg_has_its_own_course() -> None:
    rising = [20.0 * 1.1**i for i in range(8)]
    sets = [tapped(rising, "right"), tapped(rising[::-1], "left")]
    slopes = [c.value for c in compare(sets) if c.key == "fatigue_slope_ln"]
    assert slopes == pytest.approx([log(1.1), -log(1.1)])


@pytest.mark.parametrize("seed", range(8))
def test_the_slope_and_its_interval_are_those_of_scipy(seed: int) -> None:
    rng = random.Random(seed)
    y = [0.05 * i + rng.gauss(0, 0.4) for i in range(25)]
    ours = theil_sen([list(enumerate(y))])
    theirs = stats.theilslopes(y, range(25), 0.95)
    assert ours.value == pytest.approx(theirs.slope, rel=1e-12)
    assert ours.low <= theirs.low_slope < ours.value < theirs.high_slope <= ours.high
    assert ours.high - ours.low == pytest.approx(theirs.high_slope - theirs.low_slope, rel=0.05)


def test_one_wild_rep_moves_the_slope_little() -> None:
    line = [(float(i), 0.1 * i) for i in range(12)]
    wild = [*line[:-1], (11.0, 50.0)]
    assert theil_sen([wild]).value == pytest.approx(theil_sen([line]).value, rel=1e-9)


def test_pairs_across_blocks_do_not_count() -> None:
    falling, raised = [(0.0, 1.0), (1.0, 0.0)], [(2.0, 101.0), (3.0, 100.0)]
    assert theil_sen([falling, raised]).value == -1.0


def test_points_at_one_place_have_no_slope_and_two_points_no_interval() -> None:
    assert theil_sen([[(1.0, 2.0), (1.0, 3.0)]]) is None
    two = theil_sen([[(0.0, 0.0), (1.0, exp(1.0))]])
    assert (two.low, two.high) == (-math.inf, math.inf)


def test_noise_alone_is_called_a_slope_about_one_time_in_twenty() -> None:
    rng = random.Random(5)
    called = sum(not theil_sen([[(float(i), rng.gauss(0, 1)) for i in range(10)]]).holds_zero for _ in range(1000))
    assert stats.binom.sf(called - 1, 1000, 0.05) > 0.005
    assert called > 10
