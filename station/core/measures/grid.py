"""The chain of Quijoux 2021 before its measures: averages of 80 ms on a grid of 25 Hz, then a Butterworth of order 4, forward and back.

A preset names the grid and the order; everything else stays on its own frames and takes the low-pass of order 2.
"""

from __future__ import annotations

from functools import lru_cache
from math import ceil, cos, floor, log, pi, sqrt, tan

import numpy as np
import numpy.typing as npt

from station.core.filters import zero_phase_lowpass
from station.core.measures.presets import Preset

Array = npt.NDArray[np.float64]

AVERAGED_S = 0.08
OPEN_S = 1e-6  # a frame exactly on the border of the average is outside it
PAD_4 = 15  # points of odd reflection: three times the length of a filter of order 4, as scipy.signal.filtfilt does
DECAYED = 1e-18


def on_grid(ml_mm: Array, ap_mm: Array, fs_hz: float, window: slice, how: Preset) -> tuple[Array, Array, float, slice]:
    """(ml, ap, fs, window) on the preset's grid, which has a point on the window's first frame; unchanged where the preset has no grid
    or one that is finer than the frames. NaN where no frame lies within 40 ms."""
    if how.grid_hz is None or fs_hz <= how.grid_hz:
        return ml_mm, ap_mm, fs_hz, window
    before = floor(window.start / fs_hz * how.grid_hz)
    points = before + ceil((len(ml_mm) - window.start) / fs_hz * how.grid_hz - 1e-9)
    at_s = window.start / fs_hz + (np.arange(points) - before) / how.grid_hz
    ml, ap = (averages(axis_mm, fs_hz, at_s) for axis_mm in (ml_mm, ap_mm))
    return ml, ap, how.grid_hz, slice(before, before + round((window.stop - window.start) / fs_hz * how.grid_hz))


def averages(x: Array, fs_hz: float, at_s: Array) -> Array:
    """(len(at_s),) the mean of x over 80 ms around each time, every frame weighted by the time that is nearer to it than to its
    neighbours, the outermost two up to the border of the 80 ms (or the end of the recording). NaN frames are as if not there."""
    good = np.flatnonzero(np.isfinite(x))
    if not len(good):
        return np.full(len(at_s), np.nan)
    t_s, values = good / fs_hz, x[good]
    middle_s = np.concatenate((t_s[:1], (t_s[1:] + t_s[:-1]) / 2, t_s[-1:]))  # between each frame and the one before
    upto = np.concatenate(([0.0], np.cumsum(values * np.diff(middle_s))))
    reach_s = (AVERAGED_S - OPEN_S) / 2
    first = np.searchsorted(t_s, at_s - reach_s, side="right")
    last = np.searchsorted(t_s, at_s + reach_s, side="left") - 1
    found = last >= first
    lo, hi = np.minimum(first, len(t_s) - 1), np.maximum(last, 0)
    from_s, to_s = np.maximum(at_s - reach_s, t_s[0]), np.minimum(at_s + reach_s, t_s[-1])
    whole = upto[hi] - upto[lo + 1] + values[lo] * (middle_s[lo + 1] - from_s) + values[hi] * (to_s - middle_s[hi])
    several = np.divide(whole, to_s - from_s, out=values[lo].copy(), where=hi > lo)
    return np.where(found, several, np.nan)


def smoothed(x: Array, fs_hz: float, how: Preset) -> Array:
    """x without NaN, low-passed as the preset says; as it is when the preset has no low-pass or the rate is too low for it."""
    if how.lowpass_hz is None or fs_hz <= 2 * how.lowpass_hz:
        return x
    return zero_phase_lowpass(x, fs_hz, how.lowpass_hz) if how.order == 2 else zero_phase_order_4(x, fs_hz, how.lowpass_hz)


def zero_phase_order_4(x: Array, fs_hz: float, fc_hz: float) -> Array:
    """Butterworth of order 4 forward and back, as `scipy.signal.filtfilt` runs it with its defaults, to 1e-9. Raises ValueError unless
    0 < fc < fs/2."""
    if not 0.0 < fc_hz < fs_hz / 2:
        raise ValueError(f"cut-off {fc_hz} Hz is not between 0 and half of {fs_hz} Hz")
    if len(x) < 2:
        return x.copy()
    mean = float(x.mean())
    centred, pad = x - mean, min(PAD_4, len(x) - 1)
    reflected = np.concatenate((2 * centred[0] - centred[pad:0:-1], centred, 2 * centred[-1] - centred[-2 : -pad - 2 : -1]))
    response = _response(float(fc_hz), float(fs_hz))
    there = _one_pass(reflected, response)
    return np.asarray(_one_pass(there[::-1], response)[::-1][pad : pad + len(x)] + mean)


def _one_pass(x: Array, response: Array) -> Array:
    return np.convolve(np.concatenate((np.full(len(response) - 1, x[0]), x)), response, "valid")


@lru_cache(maxsize=16)
def _response(fc_hz: float, fs_hz: float) -> Array:
    """Impulse response of one pass: two sections of order 2 in a row, until both have died away; its sum is 1."""
    k = tan(pi * fc_hz / fs_hz)
    sections = []
    for damping in (2 * cos(pi / 8), 2 * cos(3 * pi / 8)):
        n = 1 / (1 + damping * k + k * k)
        sections.append((k * k * n, 2 * (k * k - 1) * n, (1 - damping * k + k * k) * n))
    slowest = sqrt(max(abs(a2) for _, _, a2 in sections))
    response = np.zeros(int(log(DECAYED) / log(slowest)) + 5 if slowest > 0 else 5)
    response[0] = 1.0
    for b0, a1, a2 in sections:
        x1 = x2 = y1 = y2 = 0.0
        for i, x0 in enumerate(response):
            y0 = b0 * (x0 + 2 * x1 + x2) - a1 * y1 - a2 * y2
            x1, x2, y1, y2, response[i] = x0, x1, y0, y1, y0
    response /= response.sum()
    response.setflags(write=False)
    return response
