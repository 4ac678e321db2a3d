"""What is known of the board on the day of a trial, and the noise and errors of the centre of pressure that follow from it."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from station.core.frames import FS_HZ
from station.core.geometry import Geometry
from station.core.marks import MARK_SPACING_MM
from station.core.uncertainty.noise import Noise

Row = tuple[float, float, float, float]

ON_THE_GRID_HZ = 0.5
"""A rate this near to 100 Hz is a file's own grid: every frame is a conversion."""
LEFT_BY_CUBIC = 733 / 945
"""What the cubic between knots leaves of the variance of white noise, mean over all places between two knots: the integral of the sum of
its four squared weights."""
FRAMES_TELL = 0.92  # simulated: frames between conversions tell a little less of their variance than the conversions would
SECONDS_OF_A_ZERO = 3.0


@dataclass(frozen=True, slots=True)
class Instrument:
    """The board as it was when the trial began.

    noise_n:        SD of each cell's frames on the empty plate, N; all zeros: never measured
    rate_hz:        conversions per second of a cell
    cells_mm:       (ml, ap) of each cell
    calibration_mm: rms distance between the marks of the verification and where the board saw the weight; None: never verified
    drift_n:        zero after less zero before, each cell, N; None: not known
    noise_s:        seconds that `noise_n` was measured in
    """

    noise_n: Row
    rate_hz: float
    cells_mm: tuple[tuple[float, float], ...]
    calibration_mm: float | None = None
    drift_n: Row | None = None
    noise_s: float = SECONDS_OF_A_ZERO

    @staticmethod
    def of(geometry: Geometry, noise_n: Row, rate_hz: float, calibration_mm: float | None = None, drift_n: Row | None = None) -> Instrument:
        return Instrument(noise_n, rate_hz, geometry.cells_mm, calibration_mm, drift_n)

    @property
    def noise_known(self) -> bool:
        return any(self.noise_n) and self.rate_hz > 0

    def noise(self, ml_mm: float, ap_mm: float, load_n: float, lowpass_hz: float | None, fs_hz: float = FS_HZ) -> Noise | None:
        """Of the centre of pressure at that place under that load; None when the cells' noise was never measured or nobody stands there.

        sigma_x^2 = sum (x_i - x)^2 sigma_i^2 / W^2. A conversion is noisier than a frame between two of them, and its density is spread
        over the grid: sigma_i^2 (fs/rate), with sigma_i of the conversions.
        """
        if not self.noise_known or not load_n > 0:
            return None
        xx = xy = yy = xx_4 = yy_4 = 0.0
        for (x, y), sigma_n in zip(self.cells_mm, self.noise_n, strict=True):
            dx, dy, v = (x - ml_mm) / load_n, (y - ap_mm) / load_n, self._frame_var_n2(sigma_n, fs_hz)
            xx, xy, yy = xx + dx * dx * v, xy + dx * dy * v, yy + dy * dy * v
            xx_4, yy_4 = xx_4 + (dx * dx * v) ** 2, yy_4 + (dy * dy * v) ** 2
        share = max(xx_4 / xx**2 if xx > 0 else 0.0, yy_4 / yy**2 if yy > 0 else 0.0)
        return Noise(xx, xy, yy, lowpass_hz, sqrt(share * 2 / max(self.rate_hz * self.noise_s * FRAMES_TELL, 2.0)))

    def _frame_var_n2(self, sigma_n: float, fs_hz: float) -> float:
        between = abs(self.rate_hz - FS_HZ) > ON_THE_GRID_HZ
        return sigma_n**2 / (LEFT_BY_CUBIC if between else 1.0) * fs_hz / self.rate_hz

    def scale_error(self) -> float | None:
        """Standard uncertainty of each of the four entries of the map from true to shown place, as a share; None: never verified.

        The verification's error, an axis, over the rms distance of its marks from the centre: whatever part of it was the weight not
        being on its mark is counted too, so it is rather too large than too small.
        """
        return None if self.calibration_mm is None else self.calibration_mm / sqrt(2) / VERIFICATION_RADIUS_MM

    def drift_mm(self, ml_mm: float, ap_mm: float, load_n: float) -> tuple[float, float] | None:
        """How far the drift moves the centre of pressure: sum (x_i - x) delta_i / W, each axis; None: not known."""
        if self.drift_n is None or not load_n > 0:
            return None
        cells = list(zip(self.cells_mm, self.drift_n, strict=True))
        return sum((x - ml_mm) * d for (x, _), d in cells) / load_n, sum((y - ap_mm) * d for (_, y), d in cells) / load_n


VERIFICATION_RADIUS_MM = float(MARK_SPACING_MM)
"""Rms distance of the three verification marks (`station.core.marks`) from the centre."""
