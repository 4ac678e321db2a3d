"""The beat of reps and the phases of one rep, on made movements whose times are known."""

from __future__ import annotations

from math import asin, pi

import numpy as np
import pytest

from station.core.tempo import NOT_A_REP, Tempo, metronome, tempo
from station.text.catalogue import ids

FS = 100.0
BW = 700.0
G = 9.80665


def half_swing_m_s(depth_m: float, seconds: float) -> np.ndarray:
    """Speed of a body that goes `depth_m` in `seconds`, slow at both ends."""
    t = np.arange(round(seconds * FS)) / FS
    return depth_m * pi / 2 / seconds * np.sin(pi * t / seconds)


def squat_n(down_s: float, wait_s: float, up_s: float, depth_m: float = 0.3, bw_n: float = BW) -> np.ndarray:
    """The force of one squat between two half seconds of standing."""
    still = np.zeros(50)
    waiting = np.zeros(round(wait_s * FS))
    speed = np.concatenate([still, -half_swing_m_s(depth_m, down_s), waiting, half_swing_m_s(depth_m, up_s), still])
    return bw_n * (1 + np.gradient(speed) * FS / G)


def phases(load_n: np.ndarray, bw_n: float = BW) -> Tempo:
    found = tempo(load_n, FS, bw_n)
    assert isinstance(found, Tempo)
    return found


@pytest.mark.parametrize(("down_s", "wait_s", "up_s"), [(1.0, 0.0, 1.0), (2.0, 0.5, 1.0), (0.8, 1.0, 1.6)])
def test_a_squat_goes_down_waits_and_comes_up_as_it_was_made(down_s: float, wait_s: float, up_s: float) -> None:
    fastest = max(1 / down_s, 1 / up_s)
    slow_down_s, slow_up_s = (s / pi * asin(min(0.1 * fastest * s, 1.0)) for s in (down_s, up_s))
    found = phases(squat_n(down_s, wait_s, up_s))
    assert found.descent_s == pytest.approx(down_s - 2 * slow_down_s, abs=0.03)
    assert found.bottom_s == pytest.approx(wait_s + slow_down_s + slow_up_s, abs=0.03)
    assert found.ascent_s == pytest.approx(up_s - 2 * slow_up_s, abs=0.03)


def test_twice_as_long_down_as_up_is_a_ratio_of_two() -> None:
    assert phases(squat_n(2.0, 0.5, 1.0)).ratio == pytest.approx(2.0, rel=0.06)
    assert phases(squat_n(1.0, 0.5, 1.0)).ratio == pytest.approx(1.0, rel=0.02)


def test_a_body_weight_one_per_cent_off_changes_little() -> None:
    right, wrong = phases(squat_n(1.5, 0.3, 1.0)), phases(squat_n(1.5, 0.3, 1.0), BW * 1.01)
    assert wrong.ratio == pytest.approx(right.ratio, rel=0.05)


def test_standing_still_or_breathing_is_no_rep() -> None:
    t = np.arange(300) / FS
    assert tempo(np.full(300, BW), FS, BW) == NOT_A_REP
    assert tempo(BW * (1 + 0.004 * np.sin(2 * pi * t / 3)), FS, BW) == NOT_A_REP
    assert tempo(np.array([BW]), FS, BW) == NOT_A_REP


def test_up_first_and_down_after_is_no_squat() -> None:
    assert tempo(2 * BW - squat_n(1.0, 0.5, 1.0), FS, BW) == NOT_A_REP


def test_no_rate_no_weight_and_no_beat_are_refused() -> None:
    with pytest.raises(ValueError, match="positive"):
        tempo(np.full(100, BW), 0.0, BW)
    with pytest.raises(ValueError, match="positive"):
        tempo(np.full(100, BW), FS, 0.0)
    with pytest.raises(ValueError, match="beat"):
        metronome([1.0], 0.0)


def test_reps_always_late_by_the_same_have_a_bias_and_no_spread() -> None:
    found = metronome([2.5 * i + 0.12 for i in range(8)], 2.5)
    assert found.bias_ms == pytest.approx(120.0)
    assert found.consistency_ms == pytest.approx(0.0, abs=1e-9)
    assert found.n == 8


def test_reps_now_early_now_late_have_a_spread_and_no_bias() -> None:
    found = metronome([2.5 * i + (0.1 if i % 2 else -0.1) for i in range(8)], 2.5)
    assert found.bias_ms == pytest.approx(0.0, abs=1e-9)
    assert found.consistency_ms == pytest.approx(100 * (8 / 7) ** 0.5)


def test_beats_count_from_the_first_one_and_before_it_too() -> None:
    assert metronome([0.7, 3.3], 2.5, first_beat_s=0.75).bias_ms == pytest.approx(0.0)
    assert metronome([-1.7], 2.5, first_beat_s=0.75).bias_ms == pytest.approx(50.0)


def test_one_rep_has_no_spread_and_no_reps_nothing() -> None:
    assert metronome([1.0], 1.0).consistency_ms is None
    assert metronome([], 1.0) is None


def test_the_silence_of_a_rep_has_its_words() -> None:
    assert set(ids()) >= {NOT_A_REP}
