"""The time in a rep: how it keeps to a beat, and how long it goes down, waits and comes up. All of it our own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

import numpy as np
import numpy.typing as npt

from station.core.geometry import GRAVITY_M_S2

MOVING_SHARE = 0.1  # of the fastest speed of the rep: slower is a pause
LEAST_SPEED_M_S = 0.05  # a rep that is never faster is none: breathing and sway move the body less
NOT_A_REP = "tempo.why.no-rep"


@dataclass(frozen=True, slots=True)
class Metronome:
    """bias_ms: mean of (rep - nearest beat), below 0 early. consistency_ms: SD of it, None with one rep. n: reps."""

    bias_ms: float
    consistency_ms: float | None
    n: int


@dataclass(frozen=True, slots=True)
class Tempo:
    """Seconds of one rep: going down, at the bottom (slower than a tenth of the rep's fastest), coming up."""

    descent_s: float
    bottom_s: float
    ascent_s: float

    @property
    def ratio(self) -> float:
        """Descent over ascent: 2 is twice as long down as up."""
        return self.descent_s / self.ascent_s


def metronome(reps_s: Sequence[float], beat_s: float, first_beat_s: float = 0.0) -> Metronome | None:
    """Each rep against its nearest beat; beats every beat_s > 0 from first_beat_s on, both ways. None without a rep. Raises ValueError."""
    if not beat_s > 0:
        raise ValueError(f"a beat every {beat_s} s")
    if not reps_s:
        return None
    errors_ms = [1000 * _to_nearest(t - first_beat_s, beat_s) for t in reps_s]
    return Metronome(fmean(errors_ms), stdev(errors_ms) if len(errors_ms) > 1 else None, len(errors_ms))


def _to_nearest(since_s: float, beat_s: float) -> float:
    return since_s - beat_s * round(since_s / beat_s)


def tempo(load_n: npt.ArrayLike, fs_hz: float, bw_n: float) -> Tempo | str:
    """Phases of ONE rep from the vertical force, from standing still to standing still (a squat, a sit that does not touch).

    load_n: (n,) without gaps. Speed is the integral of g (W/BW - 1) inside the rep only, freed of the line that a body weight a little
    off would add: it is 0 at both ends. NOT_A_REP when nothing goes down and up again. Raises ValueError for no positive rate or weight.
    """
    load = np.asarray(load_n, np.float64)
    if not (fs_hz > 0 and bw_n > 0):
        raise ValueError(f"a positive rate and weight are needed, not {fs_hz} Hz, {bw_n} N")
    if len(load) < 3:
        return NOT_A_REP
    gained = GRAVITY_M_S2 * (load / bw_n - 1) / fs_hz
    speed_m_s = np.concatenate(([0.0], np.cumsum((gained[1:] + gained[:-1]) / 2)))
    speed_m_s -= speed_m_s[-1] * np.arange(len(load)) / (len(load) - 1)
    fastest = float(np.abs(speed_m_s).max())
    lowest = int(np.argmin(np.cumsum(speed_m_s)))
    down = np.flatnonzero(speed_m_s[:lowest] < -MOVING_SHARE * fastest)
    up = lowest + np.flatnonzero(speed_m_s[lowest:] > MOVING_SHARE * fastest)
    if fastest < LEAST_SPEED_M_S or not len(down) or not len(up):
        return NOT_A_REP
    return Tempo(*(float(n) / fs_hz for n in (down[-1] + 1 - down[0], up[0] - down[-1] - 1, up[-1] + 1 - up[0])))
