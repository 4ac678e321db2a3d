"""One lean from the centre to a target as a curve: when it starts, when its first movement ends, how fast and how straight it is.

Pure geometry of a signal on an even grid. Thresholds are our own and travel with every result (`Rules`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

NEVER_LEFT = "limits.why.never-left"
TOO_EARLY = "limits.why.too-early"
AWAY = "limits.why.away"
NO_HEIGHT = "limits.why.no-height"
COG_OF_HEIGHT = 0.56 - 0.039  # height of the centre of gravity above the ankles, as the estimate takes it


@dataclass(frozen=True, slots=True)
class Rules:
    """onset_sds, onset_s: left the rest ellipse of so many SD for so long; least_sd_mm: a rest is never taken as stiller than that
    end_share, end_s:      a movement is under way above this share of the peak speed towards the target, and over when it stays below it
                           for so long
    way:                   the part of the way to its end over which speed is taken
    lowpass_hz:            of the centre of pressure, where the height is not known
    still_cv:              SD of the load over its mean in the rest; jump_mm_s, dip_bw, dip_s: a foot moved when the pressure jumps faster
                           with so much less load within that time
    """

    onset_sds: float = 3.0
    onset_s: float = 0.1
    least_sd_mm: float = 0.5
    end_share: float = 0.1
    end_s: float = 0.1
    way: tuple[float, float] = (0.05, 0.95)
    lowpass_hz: float = 1.0
    still_cv: float = 0.01
    jump_mm_s: float = 400.0
    dip_bw: float = 0.05
    dip_s: float = 0.25
    method: str = "limits/1"


RULES = Rules()


@dataclass(frozen=True, slots=True)
class Target:
    """Where the lean begins and where it should end, (ml, ap) mm. Raises ValueError when they are one point."""

    centre_mm: tuple[float, float]
    at_mm: tuple[float, float]

    def __post_init__(self) -> None:
        if not self.distance_mm > 0:
            raise ValueError(f"the target lies on the centre, {self.centre_mm}")

    @property
    def distance_mm(self) -> float:
        return math.dist(self.centre_mm, self.at_mm)

    @property
    def axis(self) -> tuple[float, float]:
        """Unit vector from the centre to the target."""
        d = self.distance_mm
        return (self.at_mm[0] - self.centre_mm[0]) / d, (self.at_mm[1] - self.centre_mm[1]) / d


@dataclass(frozen=True, slots=True)
class Movement:
    """A signal on an even grid. ml_mm, ap_mm: (n,); rest: (n_rest, 2) of the same signal while standing still; cue: index of the go cue."""

    ml_mm: Floats
    ap_mm: Floats
    rest_mm: Floats
    cue: int
    fs_hz: float


def onset(movement: Movement, rules: Rules) -> int | str:
    """First frame from the cue on outside the rest ellipse for 100 ms; why there is none."""
    middle = movement.rest_mm.mean(axis=0)
    spread, turn = np.linalg.eigh(np.cov(movement.rest_mm.T, ddof=0))
    sd = np.sqrt(np.maximum(spread, rules.least_sd_mm**2))
    along = (np.column_stack([movement.ml_mm, movement.ap_mm])[movement.cue :] - middle) @ turn / sd
    outside = np.hypot(along[:, 0], along[:, 1]) > rules.onset_sds
    if outside[0]:
        return TOO_EARLY
    start = _first_run(outside, round(rules.onset_s * movement.fs_hz))
    return NEVER_LEFT if start is None else movement.cue + start


def end_of_first(on_mm: Floats, onset: int, fs_hz: float, rules: Rules) -> int | None:
    """Frame at which the first movement towards the target is over; None when nothing moves there."""
    speed_mm_s = np.gradient(on_mm)[onset:] * fs_hz
    limit_mm_s = rules.end_share * float(speed_mm_s.max())
    if limit_mm_s <= 0:
        return None
    begun = int(np.argmax(speed_mm_s >= limit_mm_s))
    over = _first_run(speed_mm_s[begun:] < limit_mm_s, round(rules.end_s * fs_hz))
    return len(on_mm) - 1 if over is None else onset + begun + over


def _first_run(holds: npt.NDArray[np.bool_], least: int) -> int | None:
    """Index at which a condition begins to hold for so many frames."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], holds, [False])).astype(np.int8)))
    return next((int(a) for a, b in zip(edges[::2], edges[1::2], strict=True) if b - a >= least), None)


def velocity(
    on_mm: Floats, cue: int, end: int, start_mm: float, fs_hz: float, height_mm: float | None, rules: Rules
) -> dict[str, float | str]:
    """Mean speed between 5 and 95 % of the way from rest to the endpoint, straight lines between frames."""
    way_mm = float(on_mm[end]) - start_mm
    if way_mm <= 0:
        return {"movement_velocity_mm_s": AWAY, "movement_velocity_deg_s": AWAY}
    low_mm, high_mm = (start_mm + share * way_mm for share in rules.way)
    low_s, high_s = (_first_at(on_mm[cue : end + 1], level) / fs_hz for level in (low_mm, high_mm))
    if not high_s > low_s:  # there already when the cue came
        return {"movement_velocity_mm_s": AWAY, "movement_velocity_deg_s": AWAY}
    found: dict[str, float | str] = {"movement_velocity_mm_s": (high_mm - low_mm) / (high_s - low_s), "movement_velocity_deg_s": NO_HEIGHT}
    if height_mm is not None:
        hip_mm = COG_OF_HEIGHT * height_mm
        low_deg, high_deg = (math.degrees(math.atan((level - start_mm) / hip_mm)) for level in (low_mm, high_mm))
        found["movement_velocity_deg_s"] = (high_deg - low_deg) / (high_s - low_s)
    return found


def _first_at(on_mm: Floats, level_mm: float) -> float:
    """Frames until the level is first reached, between frames by a straight line; 0 when it is from the start."""
    k = int(np.argmax(on_mm >= level_mm))
    return k - 1 + float((level_mm - on_mm[k - 1]) / (on_mm[k] - on_mm[k - 1])) if k else 0.0


def control_pct(on_mm: Floats, across_mm: Floats) -> float:
    """100 (on-axis - off-axis)/on-axis of the absolute displacements; below 0 shown as 0."""
    on, across = float(np.abs(np.diff(on_mm)).sum()), float(np.abs(np.diff(across_mm)).sum())
    return max(0.0, 100 * (on - across) / on) if on > 0 else 0.0
