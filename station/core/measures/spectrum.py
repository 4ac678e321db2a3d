"""Power spectral density after Welch, and what is read from it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Spectrum:
    """One-sided density. f_hz: (k,) even grid; g_mm2_hz: (k,) mm2 per Hz; df_hz: bin width."""

    f_hz: Array
    g_mm2_hz: Array
    df_hz: float

    def within(self, low_hz: float, high_hz: float) -> Spectrum:
        """The bins from low to high, both included; none when the spectrum ends below `high_hz`."""
        slack_hz = self.df_hz * 1e-6  # bins are multiples of df and rounding must not lose the outer ones
        if not len(self.f_hz) or self.f_hz[-1] < high_hz - slack_hz:
            return Spectrum(self.f_hz[:0], self.g_mm2_hz[:0], self.df_hz)
        inside = (self.f_hz >= low_hz - slack_hz) & (self.f_hz <= high_hz + slack_hz)
        return Spectrum(self.f_hz[inside], self.g_mm2_hz[inside], self.df_hz)

    def moment(self, k: int) -> float:
        """m_k = sum f^k G df, in mm2 Hz^k."""
        return float((self.f_hz**k * self.g_mm2_hz).sum()) * self.df_hz

    @cached_property
    def cumulative_mm2(self) -> Array:
        return np.asarray(np.cumsum(self.g_mm2_hz) * self.df_hz)

    def quantile_hz(self, share: float) -> float:
        """Where the cumulative sum reaches `share` of all power, linear between bins; NaN without power."""
        total = self.cumulative_mm2[-1] if len(self.g_mm2_hz) else 0.0
        return float(np.interp(share * total, self.cumulative_mm2, self.f_hz)) if total > 0 else float("nan")


def welch(x_mm: Array, fs_hz: float, segment: int, overlap: int, *, line: bool) -> Spectrum:
    """Mean of the periodograms of overlapping segments, periodic Hann window, density scaling.

    x_mm: (n,); segment and overlap in frames. `line` removes the straight line of each segment, else only its mean.
    Fewer than 8 frames in a segment give an empty spectrum.
    """
    if segment < 8 or len(x_mm) < segment:
        return Spectrum(np.empty(0), np.empty(0), fs_hz)
    parts = np.lib.stride_tricks.sliding_window_view(x_mm, segment)[:: segment - overlap]
    parts = parts - parts.mean(axis=1, keepdims=True)
    if line:
        t = np.arange(segment) - (segment - 1) / 2
        parts -= np.outer(np.einsum("ij,j->i", parts, t) / (t @ t), t)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(segment) / segment)
    power = np.abs(np.fft.rfft(parts * window, axis=1)) ** 2
    density = np.asarray(power.mean(axis=0) / (fs_hz * float(window @ window)), np.float64)
    density[1 : None if segment % 2 else -1] *= 2  # the negative frequencies; zero and half the rate have no twin
    return Spectrum(np.arange(len(density), dtype=np.float64) * (fs_hz / segment), density, fs_hz / segment)
