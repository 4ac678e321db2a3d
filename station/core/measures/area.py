"""Area and shape. The 95 % ellipse is the region that holds a new point with 95 %."""

from __future__ import annotations

import math

from station.core.measures import hull
from station.core.measures.needs import DUARTE_2015, ELONGATED, PRIETO_1996, QUIJOUX_2021, SCHUBERT_2014
from station.core.measures.registry import STATION, measure
from station.core.measures.sway import Sway

Z_95 = 1.645  # one-sided 95 % of a normal distribution, as Prieto rounds it
CHI2_95 = -2 * math.log(0.05)  # 5.991465, two degrees of freedom
LEAST_N = 5  # below this k(N) is astronomical or not defined


def f_95(v: float) -> float:
    """The 95 % quantile of Fisher's F with 2 and v degrees of freedom, in closed form."""
    return float(v / 2 * (0.05 ** (-2 / v) - 1))


def k_95(n: int) -> float:
    """Factor of the exact 95 % prediction ellipse of n points; NaN below 5 points."""
    return float((n * n - 1) / n * (0.05 ** (-2 / (n - 2)) - 1)) if n >= LEAST_N else math.nan


def prieto_radius_mm(sway: Sway, ddof: int) -> float:
    """MDIST + 1.645 SD of the radius (Prieto's circle)."""
    n = sway.n_points
    if n <= ddof:
        return math.nan
    distance_mm, r = sway.mean_distance_mm, sway.radius_mm
    spread_mm = math.sqrt(float(((r - distance_mm) ** 2).sum()) / (n - ddof))
    return distance_mm + Z_95 * spread_mm


@measure(symbol="PEA", unit="mm2", source=f"{SCHUBERT_2014}; {DUARTE_2015}", better="lower")
def ellipse_area_95_mm2(sway: Sway) -> float:
    """PEA = pi k sqrt(det S), k = ((N^2 - 1)/N) (0.05^(-2/(N-2)) - 1), S with ddof 1.

    The region that holds a new point with 95 %. Grows with duration; nothing for a trace that is not one cloud.
    """
    return math.pi * k_95(sway.n_points) * sway.root_det_mm2


@measure(symbol="a", unit="mm", source=SCHUBERT_2014, better="lower")
def ellipse_major_mm(sway: Sway) -> float:
    """a = sqrt(k lambda_1), lambda_1 the larger eigenvalue of S."""
    return math.sqrt(k_95(sway.n_points) * sway.principal_mm2[0])


@measure(symbol="b", unit="mm", source=SCHUBERT_2014, better="lower")
def ellipse_minor_mm(sway: Sway) -> float:
    """b = sqrt(k lambda_2), lambda_2 the smaller eigenvalue of S."""
    return math.sqrt(k_95(sway.n_points) * sway.principal_mm2[1])


@measure(symbol="theta", unit="deg", source=SCHUBERT_2014, needs=(ELONGATED,))
def ellipse_angle_deg(sway: Sway) -> float:
    """theta = direction of the eigenvector of lambda_1 from right towards forward, in [0, 180)."""
    return sway.major_axis_deg


@measure(symbol="AREA-CC", unit="mm2", source=PRIETO_1996, better="lower")
def circle_area_95_mm2(sway: Sway) -> float:
    """AREA-CC = pi (MDIST + 1.645 s_RD)^2, s_RD = sqrt(RDIST^2 - MDIST^2).

    Differs from the ellipse by up to two thirds in long, thin sway.
    """
    return math.pi * prieto_radius_mm(sway, 0) ** 2


@measure(symbol="AREA-CE", unit="mm2", source=PRIETO_1996, better="lower")
def ellipse_area_prieto_mm2(sway: Sway) -> float:
    """AREA-CE = 2 pi F.95(2, N-2) sqrt(det S).

    Only for comparison with the literature.
    """
    return 2 * math.pi * f_95(sway.n_points - 2) * sway.root_det_mm2 if sway.n_points >= LEAST_N else math.nan


@measure(symbol="CHA", unit="mm2", source="convex hull", better="lower")
def hull_area_mm2(sway: Sway) -> float:
    """CHA = area of the convex hull of all points.

    One outlier spoils it.
    """
    return hull.area(sway.hull_mm)


@measure(symbol="LFS", unit="1/mm", source=QUIJOUX_2021, staff_only=True)
def path_per_area_1_mm(sway: Sway) -> float:
    """LFS = TOTEX / PEA."""
    area_mm2 = ellipse_area_95_mm2(sway)
    return sway.path_mm / area_mm2 if area_mm2 > 1e-9 else math.nan


@measure(symbol="FD CC", unit="", source=PRIETO_1996, settings=STATION, staff_only=True)
def fractal_dimension_cc(sway: Sway) -> float:
    """FD = ln N / ln(N d / TOTEX), d = 2 (MDIST + 1.645 s_RD).

    Depends on N and on the low-pass: same method only.
    """
    return _dimension(sway, 2 * prieto_radius_mm(sway, 0))


@measure(symbol="FD CE", unit="", source=PRIETO_1996, settings=STATION, staff_only=True)
def fractal_dimension_ce(sway: Sway) -> float:
    """FD = ln N / ln(N d / TOTEX), d = sqrt(2a 2b).

    Depends on N and on the low-pass: same method only.
    """
    return _dimension(sway, 2 * math.sqrt(ellipse_major_mm(sway) * ellipse_minor_mm(sway)))


def _dimension(sway: Sway, diameter_mm: float) -> float:
    n, path_mm = sway.n_points, sway.path_mm
    if not (path_mm > 0 and diameter_mm > 0) or n * diameter_mm == path_mm:
        return math.nan
    return math.log(n) / math.log(n * diameter_mm / path_mm)
