"""The low-pass of the sway measures (zero phase, after the fact) and the one of the screen (causal, live).

Butterworth of order 2 designed at 10 Hz, run forward and back; -3 dB at 8.1 Hz.
"""

from __future__ import annotations

from functools import lru_cache
from math import log, pi, sqrt, tan

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

PAD = 9
"""Points of odd reflection at each end: three times the filter's length, as scipy.signal.filtfilt does."""
LIVE_HZ = 6.0


def lowpass_coefficients(fc_hz: float, fs_hz: float) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    """(b, a) of the Butterworth low-pass of order 2 with cut-off `fc_hz` (bilinear transform). Raises ValueError unless 0 < fc < fs/2."""
    if not 0.0 < fc_hz < fs_hz / 2:
        raise ValueError(f"cut-off {fc_hz} Hz is not between 0 and half of {fs_hz} Hz")
    k = tan(pi * fc_hz / fs_hz)
    n = 1.0 / (1.0 + sqrt(2.0) * k + k * k)
    b0 = k * k * n
    return (b0, 2.0 * b0, b0), (1.0, 2.0 * (k * k - 1.0) * n, (1.0 - sqrt(2.0) * k + k * k) * n)


@lru_cache(maxsize=32)
def _impulse_response(fc_hz: float, fs_hz: float) -> Floats:
    """Of one pass, until it has died away to 1e-18 (the pole radius is sqrt(a2)); scaled to a sum of exactly 1."""
    (b0, b1, b2), (_, a1, a2) = lowpass_coefficients(fc_hz, fs_hz)
    taps = int(log(1e-18) / log(sqrt(a2))) + 3 if a2 > 0 else 3
    y1 = y2 = 0.0
    response = np.empty(taps)
    for i in range(taps):
        y1, y2 = (b0, b1, b2)[i] * 1.0 - a1 * y1 - a2 * y2 if i < 3 else -a1 * y1 - a2 * y2, y1
        response[i] = y1
    response /= response.sum()
    response.setflags(write=False)
    return response


def zero_phase_lowpass(x: npt.ArrayLike, fs_hz: float, fc_hz: float = 10.0) -> Floats:
    """Low-pass along the first axis, forward and back: no delay, gain 0.5 at `fc_hz`.

    x: (n,) or (n, k), any unit, no NaN. The mean is taken off before and put back after, the ends are reflected oddly over 9 points
    (n - 1 when shorter) and each pass starts settled on its first value: the same as `scipy.signal.filtfilt(b, a, x)` with its
    defaults, to 1e-10. One point or none comes back as it is.
    """
    values = np.asarray(x, np.float64)
    if values.ndim == 2:
        columns = [zero_phase_lowpass(column, fs_hz, fc_hz) for column in values.T]
        return np.stack(columns, axis=1) if columns else values.copy()
    n = len(values)
    if n < 2:
        return values.copy()
    response = _impulse_response(float(fc_hz), float(fs_hz))
    mean = float(values.mean())
    centred = values - mean
    pad = min(PAD, n - 1)
    before = 2.0 * centred[0] - centred[pad:0:-1]
    after = 2.0 * centred[-1] - centred[-2 : -pad - 2 : -1]
    forward = _settled_pass(np.concatenate([before, centred, after]), response)
    back = _settled_pass(forward[::-1], response)[::-1]
    return back[pad : pad + n] + mean


def _settled_pass(x: Floats, response: Floats) -> Floats:
    """One causal pass that begins as if the first value had been there for ever."""
    return np.convolve(np.concatenate([np.full(len(response) - 1, x[0]), x]), response, "valid")


class LiveLowpass:
    """Causal Butterworth of order 2 for the dot on the screen; never for a result.

    Delay of slow movement: sqrt(2)/(2 pi fc) = 38 ms at the default 6 Hz. Starts settled on the first point; a NaN (nobody there, a
    gap) comes back as NaN and starts it anew.
    """

    def __init__(self, fs_hz: float = 100.0, fc_hz: float = LIVE_HZ) -> None:
        self._b, self._a = lowpass_coefficients(fc_hz, fs_hz)
        self._ml: tuple[float, float] | None = None
        self._ap: tuple[float, float] | None = None

    def reset(self) -> None:
        """Start anew with the next point."""
        self._ml = self._ap = None

    def step(self, ml_mm: float, ap_mm: float) -> tuple[float, float]:
        """The smoothed point, mm."""
        if ml_mm != ml_mm or ap_mm != ap_mm:
            self.reset()
            return ml_mm, ap_mm
        ml_out, self._ml = self._one(ml_mm, self._ml)
        ap_out, self._ap = self._one(ap_mm, self._ap)
        return ml_out, ap_out

    def _one(self, x: float, memory: tuple[float, float] | None) -> tuple[float, tuple[float, float]]:
        """Transposed direct form II: two memories an axis; settled ones make the output equal the input."""
        b0, b1, b2 = self._b
        _, a1, a2 = self._a
        z1, z2 = memory if memory is not None else ((1.0 - b0) * x, (b2 - a2) * x)
        y = b0 * x + z1
        return y, (b1 * x - a1 * y + z2, b2 * x - a2 * y)
