"""Position and amplitude: where the pressure is and how far it wanders."""

from __future__ import annotations

import math

import numpy as np

from station.core.measures.hull import diameter
from station.core.measures.needs import COMMON_USE, FOUR_HUNDRED_POINTS, PRIETO_1996, QUIJOUX_2021
from station.core.measures.registry import measure, measure_axes
from station.core.measures.sway import AP, ML, Sway


@measure_axes(unit="mm", source=COMMON_USE)
def mean_axis_mm(sway: Sway, axis: int) -> float:
    """mean = (1/N) sum x, before the window is centred.

    Means something only with the feet on the marks.
    """
    return sway.mean_mm[axis]


@measure(symbol="MDIST", unit="mm", source=PRIETO_1996, better="lower")
def mean_distance_mm(sway: Sway) -> float:
    """MDIST = (1/N) sum r, r = sqrt(x^2 + y^2).

    A slow drift or a shift of the feet dominates it.
    """
    return sway.mean_distance_mm


@measure_axes(symbol="MDIST", unit="mm", source=PRIETO_1996, better="lower")
def mean_distance_axis_mm(sway: Sway, axis: int) -> float:
    """MDIST = (1/N) sum abs(x)."""
    return float(np.abs(sway.points_mm[axis]).mean())


@measure(symbol="RDIST", unit="mm", source=PRIETO_1996, better="lower")
def rms_distance_mm(sway: Sway) -> float:
    """RDIST = sqrt((1/N) sum r^2).

    Compare only at equal duration.
    """
    return math.sqrt(sum(sway.mean_square_mm2))


@measure_axes(symbol="RMS", unit="mm", source=PRIETO_1996, better="lower")
def rms_axis_mm(sway: Sway, axis: int) -> float:
    """RMS = sqrt((1/N) sum x^2), the standard deviation divided by N.

    Compare only at equal duration.
    """
    return math.sqrt(sway.mean_square_mm2[axis])


@measure_axes(symbol="RANGE", unit="mm", source=PRIETO_1996, better="lower")
def range_axis_mm(sway: Sway, axis: int) -> float:
    """RANGE = max x - min x.

    One spike spoils it, and it grows with duration.
    """
    return float(np.ptp(sway.points_mm[axis]))


@measure(symbol="RANGE", unit="mm", source=PRIETO_1996, better="lower")
def range_mm(sway: Sway) -> float:
    """RANGE = largest distance between any two points.

    One spike spoils it, and it grows with duration; 1.016 x the range forward and back in the median.
    """
    return diameter(sway.hull_mm)


@measure(symbol="R95", unit="mm", source="robust companion of the ellipse, own", better="lower", needs=(FOUR_HUNDRED_POINTS,))
def radius_95_mm(sway: Sway) -> float:
    """R95 = 95 % quantile of r, linear between order statistics."""
    return float(np.quantile(sway.radius_mm, 0.95))


@measure(unit="mm", source=QUIJOUX_2021, better="lower")
def planar_deviation_mm(sway: Sway) -> float:
    """sqrt(s_x^2 + s_y^2), s divided by N: the same number as RDIST."""
    return math.sqrt(sway.mean_square_mm2[ML] + sway.mean_square_mm2[AP])


@measure(unit="mm", source=QUIJOUX_2021, better="lower")
def max_distance_mm(sway: Sway) -> float:
    """max r.

    One spike spoils it, and it grows with duration.
    """
    return float(sway.radius_mm.max())


@measure(unit="", source=QUIJOUX_2021, staff_only=True)
def range_ratio_ml_ap(sway: Sway) -> float:
    """RANGE ML / RANGE AP."""
    ml_mm, ap_mm = (float(np.ptp(sway.points_mm[axis])) for axis in (ML, AP))
    return ml_mm / ap_mm if ap_mm > 0 else math.nan


@measure(unit="", source=QUIJOUX_2021)
def ml_ap_correlation(sway: Sway) -> float:
    """(1/N) sum x y / (s_x s_y), s divided by N.

    Above 0 when forward goes with right. Little to read from it when the sway is nearly round.
    """
    xx, xy, yy = sway.covariance_mm2
    return xy / math.sqrt(xx * yy) if xx > 0 and yy > 0 else math.nan
