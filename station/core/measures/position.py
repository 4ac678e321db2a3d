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
    """Mean of the window before it is centred; means something only with the feet on the marks."""
    return sway.mean_mm[axis]


@measure(symbol="MDIST", unit="mm", source=PRIETO_1996, better="lower")
def mean_distance_mm(sway: Sway) -> float:
    """Mean distance from the mean point."""
    return sway.mean_distance_mm


@measure_axes(symbol="MDIST", unit="mm", source=PRIETO_1996, better="lower")
def mean_distance_axis_mm(sway: Sway, axis: int) -> float:
    """Mean absolute distance from the mean along one axis."""
    return float(np.abs(sway.points_mm[axis]).mean())


@measure(symbol="RDIST", unit="mm", source=PRIETO_1996, better="lower")
def rms_distance_mm(sway: Sway) -> float:
    """Root mean square distance from the mean point; compare only at equal duration."""
    return math.sqrt(sum(sway.mean_square_mm2))


@measure_axes(symbol="RMS", unit="mm", source=PRIETO_1996, better="lower")
def rms_axis_mm(sway: Sway, axis: int) -> float:
    """Standard deviation along one axis, divided by N."""
    return math.sqrt(sway.mean_square_mm2[axis])


@measure_axes(symbol="RANGE", unit="mm", source=PRIETO_1996, better="lower")
def range_axis_mm(sway: Sway, axis: int) -> float:
    """Largest minus smallest along one axis; one spike spoils it, and it grows with duration."""
    return float(np.ptp(sway.points_mm[axis]))


@measure(symbol="RANGE", unit="mm", source=PRIETO_1996, better="lower")
def range_mm(sway: Sway) -> float:
    """Largest distance between any two points; grows with duration."""
    return diameter(sway.hull_mm)


@measure(symbol="R95", unit="mm", source="robust companion of the ellipse, own", better="lower", needs=(FOUR_HUNDRED_POINTS,))
def radius_95_mm(sway: Sway) -> float:
    """Radius that holds 95 % of the frames, linear between order statistics."""
    return float(np.quantile(sway.radius_mm, 0.95))


@measure(unit="mm", source=QUIJOUX_2021, better="lower")
def planar_deviation_mm(sway: Sway) -> float:
    """sqrt(s_ml^2 + s_ap^2), the same number as the root mean square distance."""
    return math.sqrt(sway.mean_square_mm2[ML] + sway.mean_square_mm2[AP])


@measure(unit="mm", source=QUIJOUX_2021, better="lower")
def max_distance_mm(sway: Sway) -> float:
    """Farthest frame from the mean point; one spike spoils it."""
    return float(sway.radius_mm.max())


@measure(unit="", source=QUIJOUX_2021)
def ml_ap_correlation(sway: Sway) -> float:
    """Correlation of ml and ap: + when forward goes with right."""
    xx, xy, yy = sway.covariance_mm2
    return xy / math.sqrt(xx * yy) if xx > 0 and yy > 0 else math.nan
