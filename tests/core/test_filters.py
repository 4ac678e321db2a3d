"""The low-pass against SciPy's, and the live one."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import signal

from station.core.filters import LiveLowpass, lowpass_coefficients, zero_phase_lowpass


def walk(n: int) -> np.ndarray:
    return 40.0 + np.cumsum(np.random.default_rng(2).normal(0, 0.3, n))


@pytest.mark.parametrize(("fc_hz", "fs_hz"), [(10, 100), (0.5, 100), (6, 40), (13, 100), (20, 450), (49, 100)])
def test_the_coefficients_are_those_of_a_butterworth(fc_hz: float, fs_hz: float) -> None:
    b, a = lowpass_coefficients(fc_hz, fs_hz)
    expected_b, expected_a = signal.butter(2, fc_hz, fs=fs_hz)
    assert np.array(b) == pytest.approx(expected_b, rel=1e-9)
    assert np.array(a) == pytest.approx(expected_a, rel=1e-9)


@pytest.mark.parametrize("n", [11, 50, 3000, 6000])
@pytest.mark.parametrize(("fc_hz", "fs_hz"), [(10, 100), (0.5, 100), (6, 40), (13, 100), (49, 100)])
def test_it_equals_filtfilt_up_to_the_very_ends(n: int, fc_hz: float, fs_hz: float) -> None:
    x = walk(n)
    expected = signal.filtfilt(*signal.butter(2, fc_hz, fs=fs_hz), x)
    assert np.abs(zero_phase_lowpass(x, fs_hz, fc_hz) - expected).max() < 1e-10


def test_two_columns_are_two_filters() -> None:
    both = np.stack([walk(500), walk(500)[::-1]], axis=1)
    assert np.array_equal(zero_phase_lowpass(both, 100)[:, 1], zero_phase_lowpass(both[:, 1], 100))


@pytest.mark.parametrize("n", [0, 1, 2, 5])
def test_short_and_constant_signals_come_back_as_they_are(n: int) -> None:
    assert zero_phase_lowpass(np.full(n, 7.5), 100) == pytest.approx(np.full(n, 7.5), abs=1e-12)


def test_an_offset_makes_no_transient() -> None:
    x = walk(800)
    assert zero_phase_lowpass(x + 1000.0, 100) - 1000.0 == pytest.approx(zero_phase_lowpass(x, 100), abs=1e-10)


@pytest.mark.parametrize("fc_hz", [0.0, -1.0, 50.0, 80.0])
def test_a_cut_off_outside_the_band_is_refused(fc_hz: float) -> None:
    with pytest.raises(ValueError, match="cut-off"):
        zero_phase_lowpass(walk(100), 100, fc_hz)


def test_the_live_dot_follows_slow_movement_forty_milliseconds_behind() -> None:
    live = LiveLowpass()
    t_s = np.arange(0, 10, 0.01)
    out = np.array([live.step(10 * t, -20 * t) for t in t_s])
    assert 10 * t_s[-1] - out[-1, 0] == pytest.approx(10 * 0.0375, rel=0.02)
    assert -20 * t_s[-1] - out[-1, 1] == pytest.approx(-20 * 0.0375, rel=0.02)


def test_the_live_dot_starts_where_the_person_stands_and_again_after_a_gap() -> None:
    live = LiveLowpass()
    assert live.step(12.0, -30.0) == pytest.approx((12.0, -30.0))
    gap = live.step(float("nan"), float("nan"))
    assert np.isnan(gap).all()
    assert live.step(-80.0, 5.0) == pytest.approx((-80.0, 5.0))
    live.reset()
    assert live.step(3.0, 4.0) == pytest.approx((3.0, 4.0))


def test_the_live_low_pass_is_a_butterworth_at_six_hertz() -> None:
    x = walk(300)
    live = LiveLowpass()
    got = np.array([live.step(v, v)[0] for v in x])
    b, a = signal.butter(2, 6, fs=100)
    expected, _ = signal.lfilter(b, a, x, zi=signal.lfilter_zi(b, a) * x[0])
    assert got == pytest.approx(expected, abs=1e-9)
