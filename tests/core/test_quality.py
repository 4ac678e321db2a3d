"""The verdict: each reason with its number, and nothing to say about a good trial."""

from __future__ import annotations

import re
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
from station.text.catalogue import parts
from station.words import say

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


def swell(share: float) -> Any:
    return 700 * (1 + share * np.sin(np.arange(3000) / 100))


def dip(to_n: float, n: int = 30) -> Any:
    return np.where((np.arange(3000) > 1000) & (np.arange(3000) <= 1000 + n), to_n, 700.0)


def arrival(from_n: float) -> Any:
    return np.where(np.arange(3000) < 40, from_n, 700.0)


def silent(cell: int, n: int) -> Frames:
    """One cell without values for n frames; the others go on."""
    made = frames(wander(30), missing=slice(1000, 1000 + n))
    made.force_n[1000 : 1000 + n] = 175.0
    made.force_n[1000 : 1000 + n, cell] = np.nan
    return made


def spiked(n: int) -> Frames:
    made = frames(wander(30))
    for k in range(n):
        made.force_n[400 + 500 * k : 403 + 500 * k, 2] += 0.4 * 700
    return made


def beside(ml_mm: float, n: int) -> Frames:
    """The pressure to the right for n frames."""
    ml, ap = wander(30)
    return frames((np.where((np.arange(3000) >= 1000) & (np.arange(3000) < 1000 + n), ml_mm, ml), ap))


def lively(times: float) -> Frames:
    """The first third with larger movements than the others."""
    t = np.arange(3000) / 100
    size = np.where(t < 10, times, 1.0)
    return frames((5 * size * np.sin(2 * np.pi * 0.5 * t), 0.1 * np.sin(t)))


def knocked(mm: float) -> Frames:
    """Even sway of 0.2 mm a frame with one step of so many mm, spread as our low-pass spreads it."""
    t = np.arange(3000) / 100
    return frames((20 * np.sin(2 * np.pi * 0.2 * t) + np.where(t > 15.3, mm, 0.0), 20 * np.cos(2 * np.pi * 0.2 * t)))


HEALTHY = (0.0, 0.0, 0.0, 0.0)
NARROW = Geometry(cells_mm=((-5, 275), (5, 275), (-5, -275), (5, -275)))

# (what fires it, what is just under it, verdict, reason): every row of the table of verdicts, both grades
ROWS: list[tuple[dict[str, Any], dict[str, Any], str, str]] = [
    ({"rate_hz": (80, 80, 59.9, 80)}, {"rate_hz": (60.0,) * 4}, "reject", "quality.rate-low"),
    ({"rate_hz": (74.9,) * 4}, {"rate_hz": (75.0,) * 4}, "usable", "quality.rate-odd"),
    ({"rate_hz": (100.6,) * 4}, {"rate_hz": (100.4,) * 4}, "usable", "quality.rate-odd"),
    ({"rate_hz": (80, 80, 84.1, 80)}, {"rate_hz": (80, 80, 83.9, 80)}, "usable", "quality.rates-differ"),
    ({"p99_periods": 1.51}, {"p99_periods": 1.5}, "usable", "quality.uneven"),
    ({"window": frames(wander(30), missing=slice(100, 131))}, {"window": frames(wander(30), missing=slice(100, 130))},
     "usable", "quality.missing"),
    ({"window": frames(wander(60), missing=slice(100, 201)), "expected_s": 60},
     {"window": frames(wander(60), missing=slice(100, 200)), "expected_s": 60}, "reject", "quality.missing"),
    ({"window": silent(1, 31)}, {"window": silent(1, 30)}, "reject", "quality.silent"),
    ({"flags_by_cell": flags(DUPLICATE=13)}, {"flags_by_cell": flags(DUPLICATE=12)}, "usable", "quality.bad-words"),
    ({"flags_by_cell": flags(DUPLICATE=100, SCK_LATE=21)}, {"flags_by_cell": flags(DUPLICATE=100, SCK_LATE=20)},
     "reject", "quality.bad-words"),
    ({"flags_by_cell": flags(REPEAT=1)}, {"flags_by_cell": flags(REPEAT=0)}, "reject", "quality.stuck"),
    ({"flags_by_cell": flags(RAIL=1)}, {"flags_by_cell": flags(RAIL=0)}, "reject", "quality.rail"),
    ({"geometry": Geometry(cell_rating_kg=15)}, {"geometry": Geometry(cell_rating_kg=25)}, "reject", "quality.cell-overload"),
    ({"window": spiked(1)}, {"window": spiked(0)}, "usable", "quality.spikes"),
    ({"window": spiked(4)}, {"window": spiked(3)}, "reject", "quality.spikes"),
    ({"window": knocked(18.0)}, {"window": knocked(16.0)}, "usable", "quality.peak"),
    ({"window": knocked(30.0)}, {"window": knocked(28.0)}, "reject", "quality.peak"),
    ({"window": pushed(2, 0.02, slice(1000, 1200))}, {"window": pushed(2, 0.02, slice(1000, 1090))}, "usable", "quality.twist"),
    ({"window": pushed(2, 0.06, slice(1000, 1200))}, {"window": pushed(2, 0.025, slice(1000, 1200))}, "reject", "quality.twist"),
    ({"window": pushed(2, 0.015, slice(0, 1600)), "twist": HEALTHY}, {"window": pushed(2, 0.015, slice(0, 1400)), "twist": HEALTHY},
     "reject", "quality.twist"),
    ({"zero_drift_n": (0, 0, 0.99, 0)}, {"zero_drift_n": (0, 0, 0.97, 0)}, "usable", "quality.zero-drift"),
    ({"zero_drift_n": (0, 0, -4.91, 0)}, {"zero_drift_n": (0, 0, -4.90, 0)}, "reject", "quality.zero-drift"),
    ({"window": loaded(swell(0.0435))}, {"window": loaded(swell(0.042))}, "usable", "quality.load-varies"),
    ({"window": loaded(dip(664.0))}, {"window": loaded(dip(667.0))}, "usable", "quality.load-jumps"),
    ({"window": loaded(dip(664.0, 16))}, {"window": loaded(dip(664.0, 15))}, "usable", "quality.load-jumps"),
    ({"window": loaded(dip(590.0))}, {"window": loaded(dip(600.0))}, "reject", "quality.load-jumps"),
    ({"window": beside(190, 51), "kind": "hold"}, {"window": beside(190, 50), "kind": "hold"}, "usable", "quality.outside-feet"),
    ({"geometry": NARROW}, {}, "reject", "quality.outside-cells"),
    ({"settled_s": 4.9}, {"settled_s": 5.0}, "usable", "quality.settle-short"),
    ({"window": loaded(arrival(664.0))}, {"window": loaded(arrival(666.0))}, "reject", "quality.load-start"),
    ({"window": frames(wander(29.98))}, {"window": frames(wander(30))}, "usable", "quality.shorter"),
    ({"window": frames(wander(9.99))}, {"window": frames(wander(10))}, "reject", "quality.too-short"),
    ({"touch_downs": 1}, {"touch_downs": 0}, "usable", "quality.touch-downs"),
    ({"supports": 1}, {"supports": 0}, "usable", "quality.supports"),
    ({"window": lively(2.05)}, {"window": lively(1.95)}, "usable", "quality.not-steady"),
    ({"noise_n": (0.2,) * 4}, {"noise_n": (0.15,) * 4}, "usable", "quality.noise"),
    ({"noise_n": (0.6,) * 4}, {"noise_n": (0.3,) * 4}, "reject", "quality.noise"),
    ({"lowpass_hz": 7.9}, {"lowpass_hz": 8.0}, "usable", "quality.bandwidth"),
    ({"lowpass_hz": 3.9}, {"lowpass_hz": 4.0}, "reject", "quality.bandwidth"),
    ({"rate_hz": (9.9,) * 4}, {"rate_hz": (20.0,) * 4}, "reject", "quality.bandwidth"),
    ({"zero_checked": False}, {}, "usable", "quality.zero-not-checked"),
    ({"calibrated": False}, {}, "usable", "quality.not-calibrated"),
    ({"calibration_age_days": 91}, {"calibration_age_days": 90}, "usable", "quality.calibration-old"),
    ({"verified_mm": 2.1}, {"verified_mm": 2.0}, "usable", "quality.verification"),
    ({"verified_mm": 5.1}, {"verified_mm": 5.0}, "reject", "quality.verification"),
    ({"board_moved": True}, {}, "usable", "quality.moved"),
    ({"clock_known": False}, {}, "usable", "quality.clock"),
    ({"faults": (say("hardware.fault.weak-power"),)}, {}, "usable", "hardware.fault.weak-power"),
]  # fmt: skip


def graded(quality: Quality, id: str) -> str:
    """What this reason alone makes of the trial: rejecting reasons stand first, and none of the others rejects."""
    return quality.verdict if id in told(quality) else ""


@pytest.mark.parametrize(("fires", "under", "verdict", "reason"), ROWS, ids=[f"{row[3]}-{row[2]}-{n}" for n, row in enumerate(ROWS)])
def test_each_reason_is_found_and_graded_and_not_before_its_limit(
    fires: dict[str, Any], under: dict[str, Any], verdict: str, reason: str
) -> None:
    assert graded(judge(good(**fires)), reason) == verdict
    below = judge(good(**under))
    assert reason not in told(below) or (verdict == "reject" and below.verdict == "usable")


def test_the_table_of_rows_holds_every_reason_there_is(root: Path) -> None:
    said = {
        match
        for name in ("board_checks", "stance_checks")
        for match in re.findall(r'"(quality\.[a-z-]+)"', (root / f"station/core/{name}.py").read_text("utf-8"))
    }
    assert said == {row[3] for row in ROWS if row[3].startswith("quality.")}


def test_timing_and_counting_go_on_at_ten_readings_a_second() -> None:
    slow = {"rate_hz": (10.0, 10.0, 10.0, 10.0)}
    assert judge(good(kind="reps", **slow)).verdict == "usable"
    assert judge(good(kind="quiet", **slow)).verdict == "reject"


def test_a_hold_has_no_length_to_reach_and_a_game_no_stillness() -> None:
    assert judge(good(seconds=6, kind="hold", expected_s=45.0)).verdict == "valid"
    assert judge(good(kind="game", window=loaded(dip(500.0)))).verdict == "valid"


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


@pytest.mark.parametrize("row", ROWS, ids=[row[3] for row in ROWS])
def test_every_reason_has_its_sentence_with_all_its_numbers(row: tuple[dict[str, Any], dict[str, Any], str, str]) -> None:
    texts = {id: forms for part in parts().values() for id, forms in part.items()}
    for words in judge(good(**row[0])).reasons:
        for language in ("en", "de"):
            assert texts[words.id][language].format(**words.args)


def test_a_foot_off_the_floor_all_along_is_seen_on_a_plate_that_is_known() -> None:
    askew = pushed(2, 0.02, slice(0, 3000))
    assert "quality.twist" not in told(judge(good(window=askew)))
    assert judge(good(window=askew, twist=HEALTHY)).verdict == "reject"
    sum_n, twisted_n = 1.02 * 700, -0.02 * 700
    assert judge(good(window=askew, twist=(twisted_n / sum_n, 0.0, 0.0, 0.0))).verdict != "reject"


def test_a_board_without_mm_still_times_and_counts() -> None:
    assert judge(good(kind="reps", verified_mm=6.0)).verdict == "usable"


def test_real_quiet_trials_are_valid_but_for_their_zero(shared_data: Path) -> None:
    for path in sorted((shared_data / "cop").glob("BDS*.csv.gz"))[:8]:
        _, ml, ap, load = np.loadtxt(path, delimiter=",", skiprows=1, unpack=True)
        window = frames((ml - ml.mean(), ap - ap.mean()), load_n=load)
        quality = judge(good(window=window, rate_hz=(100.0, 100.0, 100.0, 100.0), expected_s=60.0, zero_checked=False))
        assert quality.verdict == "usable", path.name
        assert "quality.zero-not-checked" in told(quality)
