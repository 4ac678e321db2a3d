"""One window of centre of pressure, and what most measures share: steps, radius, covariance, hull, unbroken run.

Everything is computed at most once (cached) and only when a measure asks for it, so that a hundred measures cost little more
than the dearest of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from station.core.measures.context import NOTHING_KNOWN, Context
from station.core.measures.hull import hull
from station.core.measures.spectrum import Spectrum, welch

Array = npt.NDArray[np.float64]
T = TypeVar("T")
ML, AP = 0, 1
"""The two axes, in that order everywhere."""

SEGMENT_S = 20.0  # of the Welch spectrum: df = 0.05 Hz
BAND_HZ = (0.15, 5.0)  # Prieto 1996


@dataclass(frozen=True)
class Sway:
    """A window of n frames.

    ml_mm, ap_mm: (n,) filtered (station) or as it came (raw), the mean of the valid frames removed; no NaN, bridged where not valid
    mean_mm:      (ml, ap) that mean
    fs_hz:        frames per second, even
    valid:        (n,) frames to be measured; False in gaps and in the filter's reach around them
    context:      what is known beyond the centre of pressure
    """

    ml_mm: Array
    ap_mm: Array
    mean_mm: tuple[float, float]
    fs_hz: float
    valid: npt.NDArray[np.bool_] = field(repr=False)
    context: Context = NOTHING_KNOWN
    _kept: dict[Callable[[Sway], Any], Any] = field(default_factory=dict, repr=False, compare=False)

    @staticmethod
    def of(ml_mm: Array, ap_mm: Array, fs_hz: float, valid: npt.NDArray[np.bool_] | None = None, context: Context | None = None) -> Sway:
        """Centres the window on the mean of its valid frames. Needs at least one valid frame, and finite numbers everywhere."""
        ml, ap = np.asarray(ml_mm, np.float64), np.asarray(ap_mm, np.float64)
        good = np.ones(len(ml), np.bool_) if valid is None else valid
        mean = (float(ml[good].mean()), float(ap[good].mean()))
        return Sway(ml - mean[ML], ap - mean[AP], mean, fs_hz, good, context or NOTHING_KNOWN)

    def once(self, make: Callable[[Sway], T]) -> T:
        """`make(self)`, computed at most once: what the measures of one family share."""
        if make not in self._kept:
            self._kept[make] = make(self)
        kept: T = self._kept[make]
        return kept

    @cached_property
    def n(self) -> int:
        """Frames of the window, valid or not."""
        return len(self.ml_mm)

    @property
    def duration_s(self) -> float:
        """T = N/fs: the window is half open (Prieto, Duarte)."""
        return self.n / self.fs_hz

    @property
    def elapsed_s(self) -> float:
        """(N-1)/fs: from the first frame to the last, as some published tools count."""
        return (self.n - 1) / self.fs_hz

    @cached_property
    def whole(self) -> bool:
        return bool(self.valid.all())

    @cached_property
    def points_mm(self) -> tuple[Array, Array]:
        """(ml, ap) of the valid frames."""
        return (self.ml_mm, self.ap_mm) if self.whole else (self.ml_mm[self.valid], self.ap_mm[self.valid])

    @property
    def n_points(self) -> int:
        return len(self.points_mm[ML])

    @cached_property
    def step_valid(self) -> npt.NDArray[np.bool_]:
        """(n-1,) steps with both ends valid."""
        return self.valid[1:] & self.valid[:-1]

    @cached_property
    def steps_mm(self) -> tuple[Array, Array]:
        """(d_ml, d_ap) of the steps with both ends valid."""
        d_ml, d_ap = np.diff(self.ml_mm), np.diff(self.ap_mm)
        return (d_ml, d_ap) if self.whole else (d_ml[self.step_valid], d_ap[self.step_valid])

    @cached_property
    def step_mm(self) -> Array:
        """Length of each of those steps."""
        d_ml, d_ap = self.steps_mm
        return np.sqrt(d_ml * d_ml + d_ap * d_ap)

    @cached_property
    def step_scale(self) -> float:
        """What sums over steps are multiplied with, so that a gap shortens no path: (N-1)/(steps with both ends valid)."""
        counted = len(self.step_mm)
        return (self.n - 1) / counted if counted else math.nan

    @cached_property
    def path_mm(self) -> float:
        return float(self.step_mm.sum()) * self.step_scale

    @cached_property
    def radius_mm(self) -> Array:
        """Distance of each valid frame from the mean."""
        ml, ap = self.points_mm
        return np.sqrt(ml * ml + ap * ap)

    @cached_property
    def mean_square_mm2(self) -> tuple[float, float]:
        """(ml, ap) variance, ddof 0."""
        ml, ap = self.points_mm
        return float((ml * ml).mean()), float((ap * ap).mean())

    @cached_property
    def mean_distance_mm(self) -> float:
        return float(self.radius_mm.mean())

    @cached_property
    def covariance_mm2(self) -> tuple[float, float, float]:
        """(var ml, cov, var ap), ddof 1; NaN with fewer than two points."""
        ml, ap = self.points_mm
        if len(ml) < 2:
            return (math.nan, math.nan, math.nan)
        less_one = len(ml) / (len(ml) - 1)
        return self.mean_square_mm2[ML] * less_one, float((ml * ap).mean()) * less_one, self.mean_square_mm2[AP] * less_one

    @cached_property
    def principal_mm2(self) -> tuple[float, float]:
        """Eigenvalues of the covariance, the larger first; rounding never makes one negative."""
        xx, xy, yy = self.covariance_mm2
        half, spread = (xx + yy) / 2, math.hypot((xx - yy) / 2, xy)
        return half + spread, max(half - spread, 0.0)

    @cached_property
    def root_det_mm2(self) -> float:
        """sqrt(det S), S with ddof 1."""
        xx, xy, yy = self.covariance_mm2
        return math.nan if math.isnan(xx) else math.sqrt(max(xx * yy - xy * xy, 0.0))

    @cached_property
    def major_axis_deg(self) -> float:
        """Direction of the larger eigenvector from +ml towards +ap, in [0, 180); NaN for a cloud without direction."""
        xx, xy, yy = self.covariance_mm2
        if math.isnan(xx) or (xy == 0 and xx == yy):
            return math.nan
        angle_deg = math.degrees(0.5 * math.atan2(2 * xy, xx - yy)) % 180.0
        return 0.0 if angle_deg >= 180.0 else angle_deg  # a tiny negative angle rounds up to 180

    @cached_property
    def hull_mm(self) -> Array:
        """(h, 2) corners of the convex hull, counter-clockwise."""
        return hull(*self.points_mm)

    @cached_property
    def run(self) -> slice:
        """The longest unbroken run of valid frames (the first of equals)."""
        if self.whole:
            return slice(0, self.n)
        edges = np.flatnonzero(np.diff(np.concatenate(([False], self.valid, [False])).astype(np.int8)))
        starts, ends = edges[::2], edges[1::2]
        longest = int(np.argmax(ends - starts))
        return slice(int(starts[longest]), int(ends[longest]))

    @property
    def run_s(self) -> float:
        return float(self.run.stop - self.run.start) / self.fs_hz

    def run_mm(self, axis: int) -> Array:
        """One axis of the longest unbroken run."""
        return (self.ml_mm, self.ap_mm)[axis][self.run]

    @cached_property
    def band(self) -> tuple[Spectrum, Spectrum]:
        """(ml, ap) Welch density of the unbroken run in the band 0.15-5 Hz: Hann, 20 s segments (the whole run when shorter),
        half overlapped, each freed of its line."""
        return self._band(ML), self._band(AP)

    def _band(self, axis: int) -> Spectrum:
        run_mm = self.run_mm(axis)
        segment = min(round(SEGMENT_S * self.fs_hz), len(run_mm))
        return welch(run_mm, self.fs_hz, segment, segment // 2, line=True).within(*BAND_HZ)
