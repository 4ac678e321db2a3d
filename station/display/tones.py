"""The tones of the theme as samples: sines with two harmonics and raised-cosine edges, so that nothing clicks."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from station.core.theme import ATTACK_S, HARMONICS, PEAK, RELEASE_S, SAMPLE_RATE_HZ, Tone

FULL_SCALE = 32767


def samples(tone: Tone) -> NDArray[np.int16]:
    """(n,) samples at 44.1 kHz; the loudest is `tone.level` x -6 dB of full scale. A rest is silence."""
    notes = [_note(hz, seconds) for hz, seconds in tone.notes]
    wave = np.concatenate(notes)
    loudest = float(np.max(np.abs(wave))) or 1.0
    return np.round(wave / loudest * (tone.level * PEAK * FULL_SCALE)).astype(np.int16)


def _note(hz: float | None, seconds: float) -> NDArray[np.float64]:
    t_s = np.arange(round(seconds * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    if hz is None:
        return np.zeros_like(t_s)
    wave = np.sum([level * np.sin(2 * np.pi * hz * (k + 1) * t_s) for k, level in enumerate(HARMONICS)], axis=0)
    return np.asarray(wave * _edges(t_s, seconds))


def _edges(t_s: NDArray[np.float64], seconds: float) -> NDArray[np.float64]:
    """Raised cosines at both ends; a click is shorter than they are and has them squeezed into it."""
    squeeze = min(1.0, seconds / (ATTACK_S + RELEASE_S))
    rise = np.clip(t_s / (ATTACK_S * squeeze), 0.0, 1.0)
    fall = np.clip((seconds - t_s) / (RELEASE_S * squeeze), 0.0, 1.0)
    return np.asarray((0.5 - 0.5 * np.cos(np.pi * rise)) * (0.5 - 0.5 * np.cos(np.pi * fall)))
