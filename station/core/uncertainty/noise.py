"""Noise of the centre of pressure: how large it is, and draws of it as it looks after the low-pass.

White at the conversions; resampled to the grid it keeps its density up to half the converters' rate, and our low-pass takes the rest. So
draws are made where the low-pass leaves something, in the frequency domain: what a convolution of white noise would give, at a tenth of its
cost.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import pi, sqrt, tan

import numpy as np
import numpy.typing as npt

Block = npt.NDArray[np.float32]
Array = npt.NDArray[np.float64]

LEAST_GAIN = 1e-3  # where the low-pass leaves less than this, nothing is drawn
FFT_STEP = 250  # frames: lengths without a large prime factor are quick to transform


@dataclass(frozen=True, slots=True)
class Noise:
    """White noise of the centre of pressure on the even grid, before the low-pass.

    var_ml_mm2, cov_mm2, var_ap_mm2: variance an axis and covariance, of one frame, with the density that the conversions have
    lowpass_hz:  of the zero-phase low-pass that the measures use; None: none
    relative_se: standard uncertainty of those variances, as a share: they were themselves measured in a few seconds
    """

    var_ml_mm2: float
    cov_mm2: float
    var_ap_mm2: float
    lowpass_hz: float | None
    relative_se: float = 0.0

    def step_mm2(self, fs_hz: float) -> float:
        """Mean square of a step of pure noise after the low-pass, both axes together."""
        return (self.var_ml_mm2 + self.var_ap_mm2) * _power_left(fs_hz, self.lowpass_hz)[1]

    def frame_mm2(self, fs_hz: float) -> tuple[float, float]:
        """(ml, ap) variance of a frame after the low-pass."""
        left = _power_left(fs_hz, self.lowpass_hz)[0]
        return self.var_ml_mm2 * left, self.var_ap_mm2 * left

    def draw(self, count: int, n: int, fs_hz: float, rng: np.random.Generator) -> tuple[Block, Block]:
        """`count` windows of n frames of it after the low-pass: (count, n) of ml and of ap, mm. The same rng state gives the same draws."""
        whole = -(-n // FFT_STEP) * FFT_STEP
        gain = lowpass_gain(whole, fs_hz, self.lowpass_hz)
        first, second = (_coloured(count, n, whole, gain, rng) for _ in range(2))
        a = sqrt(self.var_ml_mm2)
        b = self.cov_mm2 / a if a > 0 else 0.0
        c = sqrt(max(self.var_ap_mm2 - b * b, 0.0))
        return np.float32(a) * first, np.float32(b) * first + np.float32(c) * second


def lowpass_gain(n: int, fs_hz: float, lowpass_hz: float | None) -> Array:
    """Gain of the Butterworth of order 2, forward and back, at the frequencies k fs/n: as far as it is above 1/1000."""
    f_hz = np.arange(n // 2 + 1) * (fs_hz / n)
    if lowpass_hz is None:
        return np.ones(len(f_hz))
    below = f_hz[f_hz < fs_hz / 2]
    gain = 1.0 / (1.0 + (np.tan(pi * below / fs_hz) / tan(pi * lowpass_hz / fs_hz)) ** 4)
    return np.asarray(gain[gain >= LEAST_GAIN])


def _coloured(count: int, n: int, whole: int, gain: Array, rng: np.random.Generator) -> Block:
    """(count, n) noise of unit variance before the low-pass."""
    parts = rng.standard_normal((count, len(gain), 2), np.float32)
    spectrum = parts.view(np.complex64)[:, :, 0]
    spectrum *= (gain * sqrt(whole / 2)).astype(np.float32)
    spectrum[:, 0] *= sqrt(2.0)  # the mean has no imaginary part
    return np.fft.irfft(spectrum, whole, axis=1)[:, :n].astype(np.float32, copy=False)


@lru_cache(maxsize=16)
def _power_left(fs_hz: float, lowpass_hz: float | None) -> tuple[float, float]:
    """What the low-pass leaves of the variance of white noise: of a frame (sum h^2), and of a step (sum (h_k - h_k-1)^2)."""
    n = 4000
    gain = lowpass_gain(n, fs_hz, lowpass_hz)
    power = gain * gain
    weight = np.full(len(gain), 2.0 / n)
    weight[0] = 1.0 / n
    if lowpass_hz is None:
        weight[-1] = 1.0 / n
    turn = 2 - 2 * np.cos(2 * pi * np.arange(len(gain)) / n)
    return float((weight * power).sum()), float((weight * power * turn).sum())
