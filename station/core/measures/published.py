"""The definitions that published tools use where they differ from ours: given under "raw", for comparison only.

Together with the measures that are the same everywhere they are the 36 keys of `PUBLISHED_KEYS`, checked on real trials against
up to five tools and the values that data authors published. T is (N-1)/fs here where a name or docstring says so.
"""

from __future__ import annotations

import math

import numpy as np

from station.core.measures import area, path
from station.core.measures.frequency import half_run_spectra, mpf_duarte_hz, trapezoid_mean_hz
from station.core.measures.hull import diameter
from station.core.measures.needs import COMMON_USE, DUARTE_2015, PRIETO_1996, QUIJOUX_2021, RICHMAN_2000, WELCH_HALF
from station.core.measures.registry import RAW, measure, measure_axes
from station.core.measures.structure import ENTROPY, sample_entropy
from station.core.measures.sway import Sway

PUBLISHED_KEYS = (
    "path_length_mm", "path_length_ml_mm", "path_length_ap_mm", "mean_velocity_n_mm_s", "mean_velocity_n1_mm_s",
    "ellipse_f_mm2", "ellipse_chi2_mm2", "ellipse_f_ddof0_mm2", "circle_prieto_mm2", "hull_area_mm2",
    "rms_ml_mm", "rms_ap_mm", "sd_ml_mm", "sd_ap_mm", "range_ml_mm", "range_ap_mm", "range_2d_mm",
    "mean_distance_mm", "mean_distance_ml_mm", "mean_distance_ap_mm", "rms_radius_mm", "radius_95_mm",
    "sway_area_rate_mm2_s", "mean_frequency_hz", "mean_frequency_ml_hz", "mean_frequency_ap_hz", "msd_ml_1s_mm2", "msd_ap_1s_mm2",
    "principal_axis_deg", "mpf_ml_hz", "mpf_ap_hz", "mpf_resultant_hz",
    "sample_entropy_ml", "sample_entropy_ap", "dfa_alpha_ml", "dfa_alpha_ap",
)  # fmt: skip


@measure(unit="mm/s", source=DUARTE_2015, better="lower", settings=RAW)
def mean_velocity_n_mm_s(sway: Sway) -> float:
    """TOTEX / (N/fs), whatever the duration."""
    return sway.path_mm / sway.duration_s


@measure(unit="mm/s", source=COMMON_USE, better="lower", settings=RAW)
def mean_velocity_n1_mm_s(sway: Sway) -> float:
    """TOTEX / ((N-1)/fs)."""
    return sway.path_mm / sway.elapsed_s if sway.n > 1 else math.nan


@measure(unit="mm2", source=DUARTE_2015, better="lower", settings=RAW)
def ellipse_f_mm2(sway: Sway) -> float:
    """pi k sqrt(det S), exact F: the same number as ellipse_area_95_mm2."""
    return area.ellipse_area_95_mm2(sway)


@measure(unit="mm2", source=COMMON_USE, better="lower", settings=RAW)
def ellipse_chi2_mm2(sway: Sway) -> float:
    """pi 5.9915 sqrt(det S), the chi-square limit of k."""
    return math.pi * area.CHI2_95 * sway.root_det_mm2


@measure(unit="mm2", source=QUIJOUX_2021, better="lower", settings=RAW)
def ellipse_f_ddof0_mm2(sway: Sway) -> float:
    """pi k sqrt(det S) (N-1)/N, exact F with S divided by N."""
    return area.ellipse_area_95_mm2(sway) * (sway.n_points - 1) / sway.n_points


@measure(symbol="AREA-CC", unit="mm2", source=PRIETO_1996, better="lower", settings=RAW)
def circle_prieto_mm2(sway: Sway) -> float:
    """pi (MDIST + 1.645 s)^2, s = SD of r divided by N-1."""
    return math.pi * area.prieto_radius_mm(sway, 1) ** 2


@measure_axes(symbol="SD", unit="mm", source=COMMON_USE, better="lower", settings=RAW)
def sd_axis_mm(sway: Sway, axis: int) -> float:
    """SD = sqrt(sum x^2 / (N-1))."""
    return math.sqrt(sway.covariance_mm2[2 * axis])


@measure(symbol="RANGE", unit="mm", source=PRIETO_1996, better="lower", settings=RAW)
def range_2d_mm(sway: Sway) -> float:
    """RANGE = largest distance between any two points: the same number as range_mm."""
    return diameter(sway.hull_mm)


@measure(symbol="RDIST", unit="mm", source=PRIETO_1996, better="lower", settings=RAW)
def rms_radius_mm(sway: Sway) -> float:
    """RDIST = sqrt((1/N) sum r^2): the same number as rms_distance_mm."""
    return math.sqrt(sum(sway.mean_square_mm2))


@measure(symbol="AREA-SW", unit="mm2/s", source=QUIJOUX_2021, better="lower", settings=RAW)
def sway_area_rate_mm2_s__raw(sway: Sway) -> float:
    """AREA-SW = (1/2T) sum abs(y[i+1] x[i] - y[i] x[i+1]), T = (N-1)/fs."""
    return path.sway_area_per_second_mm2_s(sway, sway.elapsed_s)


@measure(symbol="MFREQ", unit="Hz", source=QUIJOUX_2021, settings=RAW)
def mean_frequency_hz__raw(sway: Sway) -> float:
    """MFREQ = TOTEX / (2 pi MDIST T), T = (N-1)/fs."""
    radius_mm = sway.mean_distance_mm
    return sway.path_mm / sway.elapsed_s / (2 * math.pi * radius_mm) if radius_mm > 0 else math.nan


@measure_axes(symbol="MFREQ", unit="Hz", source=QUIJOUX_2021, settings=RAW)
def mean_frequency_axis_hz__raw(sway: Sway, axis: int) -> float:
    """MFREQ = TOTEX / (4 sqrt(2) MDIST T) of one axis, T = (N-1)/fs."""
    distance_mm = float(np.abs(sway.points_mm[axis]).mean())
    if distance_mm == 0:
        return math.nan
    return path.path_length_axis_mm(sway, axis) / sway.elapsed_s / (4 * math.sqrt(2) * distance_mm)


@measure_axes(symbol="MSD", unit="mm2", source=COMMON_USE, settings=RAW, staff_only=True)
def msd_axis_1s_mm2(sway: Sway, axis: int) -> float:
    """MSD = mean of (x(t + 1 s) - x(t))^2 over the unbroken run."""
    run_mm, lag = sway.run_mm(axis), round(sway.fs_hz)
    return float(((run_mm[lag:] - run_mm[:-lag]) ** 2).mean()) if 0 < lag < len(run_mm) else math.nan


@measure(symbol="theta", unit="deg", source=COMMON_USE, settings=RAW)
def principal_axis_deg(sway: Sway) -> float:
    """theta = direction of the larger eigenvector of S from right towards forward, in [0, 180)."""
    return sway.major_axis_deg


@measure_axes(symbol="MPF", unit="Hz", source=DUARTE_2015, settings=RAW, parameters=WELCH_HALF)
def mpf_axis_hz(sway: Sway, axis: int) -> float:
    """MPF = integral f G / integral G, trapezoid rule, 0 to fs/2."""
    return trapezoid_mean_hz(sway.once(half_run_spectra)[axis])


@measure(symbol="MPF", unit="Hz", source=DUARTE_2015, settings=RAW, parameters=WELCH_HALF)
def mpf_resultant_hz(sway: Sway) -> float:
    """(MPF_ml sum G_ml + MPF_ap sum G_ap) / (sum G_ml + sum G_ap): the same number as mpf_duarte_hz."""
    return mpf_duarte_hz(sway)


@measure_axes(symbol="SampEn", unit="", source=RICHMAN_2000, settings=RAW, staff_only=True, parameters=ENTROPY[:1])
def sample_entropy_axis__raw(sway: Sway, axis: int) -> float:
    """SampEn = -ln(A/B), pairs that agree in 3 (A) and in 2 values (B) within r = 0.2 SD, at the trial's own rate."""
    return sample_entropy(sway.run_mm(axis))
