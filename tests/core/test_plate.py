"""The zero: taken from an empty, still plate, never from a person, a pad or a bag."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pytest
from made_readings import CALIBRATION, GEOMETRY, NOMINAL, blocks, rows

from station.core.calibration import Calibration
from station.core.frames import Frames, Plate
from station.core.geometry import GRAVITY_M_S2
from station.core.pipeline import Pipeline
from station.core.readings import Readings, Sample

NOISE_N = 0.1


def loads(kg: Callable[[np.ndarray], np.ndarray], seconds: float, *, noise_n: float = NOISE_N) -> Readings:
    """A load spread evenly over four cells, 100 readings a second."""
    t_ns = 10_000_000 * np.arange(round(seconds * 100), dtype=np.int64)
    quarter_n = kg(t_ns / 1e9)[:, None] * GRAVITY_M_S2 / 4
    return rows(t_ns, quarter_n + np.random.default_rng(7).normal(0, noise_n, (len(t_ns), 4)))


def steps(*at: tuple[float, float]) -> Callable[[np.ndarray], np.ndarray]:
    """(from second, kg), ramped over 0.3 s."""

    def kg(t_s: np.ndarray) -> np.ndarray:
        times = [t for s, _ in at for t in (s, s + 0.3)]
        masses = [m for i, (_, kg) in enumerate(at) for m in (at[i - 1][1] if i else kg, kg)]
        return np.interp(t_s, times, masses)

    return kg


def history(readings: Readings, calibration: Calibration = CALIBRATION, *, fixed: bool = False) -> tuple[list[Plate], Frames]:
    """The plate after each half second, and the frames."""
    pipeline = Pipeline(GEOMETRY, calibration, Sample(), fixed_zero=fixed)
    seen, frames = [], []
    for part in blocks(readings, 200):
        frames.append(pipeline.feed(part))
        seen.append(pipeline.plate)
    frames.append(pipeline.finish())
    return [*seen, pipeline.plate], Frames.join(frames)


def last(readings: Readings, calibration: Calibration = CALIBRATION) -> Plate:
    return history(readings, calibration)[0][-1]


def test_three_still_seconds_of_an_empty_plate_become_the_zero() -> None:
    seen, frames = history(loads(steps((0, 0.5)), 6))
    assert not seen[4].zero_checked
    assert seen[4].state == "unknown"
    assert seen[7].zero_checked
    plate = seen[-1]
    assert plate.state == "empty"
    assert plate.zero_count == pytest.approx((0.5 * GRAVITY_M_S2 / 4 * 1000,) * 4, abs=20)
    assert plate.noise_n == pytest.approx((NOISE_N,) * 4, rel=0.2)
    assert frames.load_n[:350].mean() == pytest.approx(0.5 * GRAVITY_M_S2, abs=0.05)
    assert frames.load_n[350:].mean() == pytest.approx(0.0, abs=0.05)


def test_the_zero_of_a_half_second_is_known_before_it_begins() -> None:
    _, frames = history(loads(steps((0, 0.5)), 6, noise_n=0.0))
    change = np.flatnonzero(np.abs(np.diff(frames.load_n)) > 1.0)
    assert len(change) == 1
    assert frames.t_ns[change[0] + 1] == 3_500_000_000


def test_the_first_touch_of_a_foot_is_not_in_the_zero() -> None:
    seen, _ = history(loads(steps((0, 0), (5.4, 0.09), (5.8, 70)), 9, noise_n=0.0))
    assert seen[-1].state == "loaded"
    assert seen[-1].zero_count == (0.0,) * 4


def test_a_stored_zero_goes_on_as_if_nothing_had_happened() -> None:
    parts = list(blocks(loads(steps((0, 0.2), (8, 0.9), (16, 70)), 20), 170))
    whole = Pipeline(GEOMETRY, CALIBRATION, Sample())
    states, plates = [], []
    for part in parts:
        states.append(json.dumps(whole.state(), allow_nan=False))
        whole.feed(part)
        plates.append(whole.plate)
    for cut in range(0, len(parts), 5):
        resumed = Pipeline(GEOMETRY, CALIBRATION, Sample(), resume=json.loads(states[cut]))
        for part, expected in zip(parts[cut:], plates[cut:], strict=True):
            resumed.feed(part)
            assert resumed.plate == expected
    assert plates[-1].pad
    assert plates[-1].state == "loaded"


def test_a_slow_drift_is_followed_and_says_nothing() -> None:
    seen, frames = history(loads(lambda t_s: 0.004 * t_s, 120))
    assert {plate.state for plate in seen[8:]} == {"empty"}
    assert abs(frames.load_n[-100:].mean()) < 0.2


def test_a_person_freezes_the_zero_and_stepping_off_frees_it() -> None:
    seen, _ = history(loads(steps((0, 0), (5, 72), (20, 0.1)), 26))
    zero = seen[10].zero_count
    assert all(plate.state == "loaded" for plate in seen[13:40])
    assert all(plate.zero_count == seen[12].zero_count for plate in seen[12:40])
    assert seen[13].load_n == pytest.approx(72 * GRAVITY_M_S2, rel=0.01)
    assert seen[-1].state == "empty"
    assert sum(seen[-1].zero_count) - sum(zero) == pytest.approx(0.1 * GRAVITY_M_S2 * 1000, abs=60)


def test_the_pad_is_known_by_its_step_and_zeroed_with() -> None:
    seen, frames = history(loads(steps((0, 0), (5, 0.68), (15, 0)), 25))
    assert [plate.pad for plate in (seen[9], seen[25], seen[-1])] == [False, True, False]
    assert all(plate.state == "empty" for plate in (seen[9], seen[25], seen[-1]))
    assert frames.load_n[1200:1480].mean() == pytest.approx(0.0, abs=0.1)
    assert frames.load_n[-100:].mean() == pytest.approx(0.0, abs=0.1)


def test_a_pad_laid_down_while_nobody_looked_is_seen_when_the_person_steps_off() -> None:
    seen, _ = history(loads(steps((0, 0), (5, 70), (10, 0.7)), 20))
    assert seen[-1].pad
    assert seen[-1].state == "empty"


@pytest.mark.parametrize("kg", [0.4, 1.2, 1.9, 4.0, 9.0])
def test_a_thing_that_is_no_pad_is_never_swallowed(kg: float) -> None:
    seen, _ = history(loads(steps((0, 0), (5, kg), (30, 0)), 36))
    assert seen[50].state == "object"
    assert seen[50].load_n == pytest.approx(kg * GRAVITY_M_S2, abs=0.2)
    assert seen[50].zero_count == pytest.approx(seen[10].zero_count, abs=30)
    assert not any(plate.pad for plate in seen)
    assert seen[-1].state == "empty"


def test_a_plate_that_is_never_still_is_never_zeroed() -> None:
    rocking = loads(lambda t_s: 0.5 * np.sin(2 * np.pi * 1.3 * t_s), 10)
    assert not last(rocking).zero_checked


def test_a_plate_that_is_loaded_slowly_is_not_still() -> None:
    seen, _ = history(loads(lambda t_s: np.clip((t_s - 5) * 0.2, 0, 3), 26))
    assert seen[-1].state == "object"
    assert seen[-1].load_n == pytest.approx(3 * GRAVITY_M_S2, abs=1.5)


def test_a_person_who_stands_there_from_the_start_is_no_zero() -> None:
    plate = last(loads(steps((0, 70)), 10))
    assert plate.state == "loaded"
    assert not plate.zero_checked
    assert plate.zero_count == CALIBRATION.zero_count
    assert last(loads(steps((0, 6)), 10)).state == "loaded"
    assert last(loads(steps((0, 3)), 10)).state == "object"


def test_an_uncalibrated_board_takes_its_first_still_seconds_whatever_they_read() -> None:
    plate = last(loads(steps((0, 400)), 5), NOMINAL)
    assert plate.state == "empty"
    assert plate.zero_checked
    assert plate.load_n == pytest.approx(0, abs=0.2)


def test_what_lay_there_at_the_zero_and_is_taken_away_makes_a_new_zero() -> None:
    plate = last(loads(steps((0, 5), (6, 0)), 14), NOMINAL)
    assert plate.state == "empty"
    assert not plate.pad
    assert plate.load_n == pytest.approx(0, abs=0.2)


def test_a_silent_cell_makes_no_zero() -> None:
    readings = loads(steps((0, 0.5)), 8)
    part = readings.cell != 2
    silent = Readings(readings.cell[part], readings.t_ns[part], readings.count[part], readings.flag[part], readings.until_ns)
    plate = last(silent)
    assert plate == Plate(zero_count=CALIBRATION.zero_count)


def test_a_fixed_zero_stays() -> None:
    seen, frames = history(loads(steps((0, 1.0)), 10), fixed=True)
    assert seen[-1].zero_count == CALIBRATION.zero_count
    assert not seen[-1].zero_checked
    assert frames.load_n.mean() == pytest.approx(GRAVITY_M_S2, abs=0.05)
