"""The verdict: each reason with its number, and nothing to say about a good trial."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sways import frames, wander

from station.core.frames import Frames
from station.core.geometry import GRAVITY_M_S2, Geometry
from station.core.quality import Judged, judge
from station.core.readings import CELLS
from station.core.results import Quality

NO_FLAGS: dict[str, dict[str, int]] = {cell: {} for cell in CELLS}


def good(seconds: float = 30.0, **changes: Any) -> Judged:
    judged = Judged(
        window=frames(wander(seconds)), kind="quiet", flags_by_cell=NO_FLAGS, rate_hz=(80.0, 80.5, 79.8, 80.1), expected_s=30.0, bw_n=700.0
    )
    return replace(judged, **changes)


def told(quality: Quality) -> list[str]:
    return [words.id for words in quality.reasons]


def flags(**of_front_right: int) -> dict[str, dict[str, int]]:
    return NO_FLAGS | {"front_right": of_front_right}


def pushed(cell: int, share: float, where: slice) -> Frames:
    made = frames(wander(30))
    made.force_n[where, cell] += share * 700
    return made


def loaded(load_n: Any) -> Frames:
    return frames(wander(30), load_n=load_n)


def test_a_good_trial_is_valid_and_has_no_reasons() -> None:
    quality = judge(good())
    assert (quality.verdict, told(quality), quality.valid_pct) == ("valid", [], 100.0)
    assert quality.rate_hz == (80.0, 80.5, 79.8, 80.1)
    assert quality.flags_by_cell == NO_FLAGS


SWELL = 700 * (1 + 0.049 * np.sin(np.arange(3000) / 100))
DIP = np.where((np.arange(3000) > 1000) & (np.arange(3000) < 1030), 640.0, 700.0)
FALL = np.where((np.arange(3000) > 1000) & (np.arange(3000) < 1030), 500.0, 700.0)
ARRIVAL = np.where(np.arange(3000) < 40, 640.0, 700.0)


@pytest.mark.parametrize(
    ("changes", "verdict", "reason"),
    [
        ({"rate_hz": (80, 80, 58.0, 80)}, "reject", "quality.rate-low"),
        ({"rate_hz": (92.8, 92.8, 93, 110)}, "usable", "quality.rate-odd"),
        ({"rate_hz": (70.0, 70, 70, 70)}, "usable", "quality.rate-odd"),
        ({"rate_hz": (80, 80, 85.0, 80)}, "usable", "quality.rates-differ"),
        ({"p99_periods": 1.8}, "usable", "quality.uneven"),
        ({"window": frames(wander(30), missing=slice(100, 150))}, "usable", "quality.missing"),
        ({"window": frames(wander(30), missing=slice(100, 300))}, "reject", "quality.missing"),
        ({"window": frames(wander(60), missing=slice(100, 205)), "expected_s": 60}, "reject", "quality.missing"),
        ({"flags_by_cell": flags(DUPLICATE=40)}, "usable", "quality.bad-words"),
        ({"flags_by_cell": flags(DUPLICATE=100, SCK_LATE=50)}, "reject", "quality.bad-words"),
        ({"flags_by_cell": flags(REPEAT=1)}, "reject", "quality.stuck"),
        ({"flags_by_cell": flags(RAIL=1)}, "reject", "quality.rail"),
        ({"geometry": Geometry(cell_rating_kg=15)}, "reject", "quality.cell-overload"),
        ({"zero_checked": False}, "usable", "quality.zero-not-checked"),
        ({"zero_drift_n": (0, 0, 2.0, 0)}, "usable", "quality.zero-drift"),
        ({"zero_drift_n": (0, 0, 5.0, 0)}, "reject", "quality.zero-drift"),
        ({"calibrated": False}, "usable", "quality.not-calibrated"),
        ({"calibration_age_days": 91}, "usable", "quality.calibration-old"),
        ({"window": frames(wander(9))}, "reject", "quality.too-short"),
        ({"window": frames(wander(20))}, "usable", "quality.shorter"),
        ({"settled_s": 2.0}, "usable", "quality.settle-short"),
        ({"window": loaded(SWELL)}, "usable", "quality.load-varies"),
        ({"window": loaded(DIP)}, "usable", "quality.load-jumps"),
        ({"window": loaded(FALL)}, "reject", "quality.load-jumps"),
        ({"window": loaded(ARRIVAL)}, "reject", "quality.load-start"),
        ({"geometry": Geometry(cells_mm=((-5, 275), (5, 275), (-5, -275), (5, -275)))}, "reject", "quality.outside-cells"),
        ({"window": frames((wander(30)[0] + 200, wander(30)[1]))}, "usable", "quality.outside-feet"),
        ({"touch_downs": 1}, "usable", "quality.touch-downs"),
        ({"window": pushed(2, 0.4, slice(1000, 1003))}, "usable", "quality.spikes"),
        ({"window": pushed(2, 0.02, slice(1000, 1200))}, "usable", "quality.twist"),
        ({"window": pushed(2, 0.06, slice(1000, 1200))}, "reject", "quality.twist"),
        ({"noise_n": (0.2, 0.2, 0.2, 0.2)}, "usable", "quality.noise"),
        ({"noise_n": (0.6, 0.6, 0.6, 0.6)}, "reject", "quality.noise"),
    ],
)
def test_each_reason_is_found_and_graded(changes: dict[str, Any], verdict: str, reason: str) -> None:
    quality = judge(good(**changes))
    assert reason in told(quality)
    assert quality.verdict == verdict


def test_a_step_in_quiet_stance_shows_in_the_largest_speed() -> None:
    ml, ap = wander(30)
    quality = judge(good(window=frames((ml + np.where(np.arange(3000) > 1500, 40.0, 0.0), ap))))
    assert "quality.peak" in told(quality)


def test_a_lively_third_is_a_reservation() -> None:
    ml, ap = wander(30)
    shape = np.where(np.arange(3000) < 1000, 4.0, 1.0)
    assert "quality.not-steady" in told(judge(good(window=frames((ml * shape, ap * shape)))))


def test_timing_and_counting_go_on_at_ten_readings_a_second() -> None:
    slow = {"rate_hz": (10.0, 10.0, 10.0, 10.0)}
    assert judge(good(kind="reps", **slow)).verdict == "usable"
    assert judge(good(kind="quiet", **slow)).verdict == "reject"


def test_a_hold_has_no_length_to_reach_and_a_game_no_stillness() -> None:
    assert judge(good(seconds=6, kind="hold", expected_s=45.0)).verdict == "valid"
    assert judge(good(kind="game", window=loaded(FALL))).verdict == "valid"


def test_a_rejecting_reason_comes_first() -> None:
    quality = judge(good(zero_checked=False, flags_by_cell=flags(RAIL=2)))
    assert told(quality) == ["quality.rail", "quality.zero-not-checked"]
    assert quality.reasons[0].args["n"] == 2


def test_a_window_without_frames_is_rejected_and_breaks_nothing() -> None:
    quality = judge(good(window=Frames.none()))
    assert (quality.verdict, quality.valid_pct) == ("reject", 0.0)


def test_the_reason_carries_its_number() -> None:
    (reason,) = judge(good(zero_drift_n=(0, 0.3 * GRAVITY_M_S2, 0, 0))).reasons
    assert reason.args["grams"].value == pytest.approx(300)
    assert reason.args["cell"].id == "quality.cell.front-right"


def test_every_reason_has_its_sentence_with_all_its_numbers(root: Path) -> None:
    texts = tomllib.loads((root / "station/text/parts/measures.toml").read_text("utf-8"))
    for judged in (
        good(rate_hz=(80, 80, 58.0, 80), zero_drift_n=(5, 5, 5, 5), calibrated=False, touch_downs=2, settled_s=1.0, p99_periods=2.0),
        good(flags_by_cell=flags(DUPLICATE=100, RAIL=1, REPEAT=1), window=loaded(FALL), noise_n=(9, 9, 9, 9), calibration_age_days=99),
    ):
        for words in judge(judged).reasons:
            for language in ("en", "de"):
                assert texts[words.id][language].format(**words.args)


def test_real_quiet_trials_are_valid_but_for_their_zero(shared_data: Path) -> None:
    for path in sorted((shared_data / "cop").glob("BDS*.csv.gz"))[:8]:
        _, ml, ap, load = np.loadtxt(path, delimiter=",", skiprows=1, unpack=True)
        window = frames((ml - ml.mean(), ap - ap.mean()), load_n=load)
        quality = judge(good(window=window, rate_hz=(100.0, 100.0, 100.0, 100.0), expected_s=60.0, zero_checked=False))
        assert quality.verdict == "usable", path.name
        assert "quality.zero-not-checked" in told(quality)
