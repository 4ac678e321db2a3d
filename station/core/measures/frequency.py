"""What the spectrum says: Welch, periodic Hann, 20 s segments half overlapped, each freed of its line, band 0.15-5 Hz.

Segment and detrend alone move a median frequency by up to 137 %, so compare with no other tool.
"""

from __future__ import annotations

import math

import numpy as np

from station.core.measures.needs import DUARTE_2015, PRIETO_1996, QUIJOUX_2021, SPECTRUM, WELCH, WELCH_HALF
from station.core.measures.registry import measure, measure_axes
from station.core.measures.spectrum import Spectrum, welch
from station.core.measures.sway import AP, ML, Sway

BETWEEN_HZ = (0.5, 2.0)  # borders of the three bands of power (Quijoux 2021)


@measure_axes(symbol="POWER", unit="mm2", source=PRIETO_1996, needs=SPECTRUM, parameters=WELCH)
def power_axis_mm2(sway: Sway, axis: int) -> float:
    """POWER = m_0 = sum G df over the band."""
    band = sway.band[axis]
    return band.moment(0) if len(band.f_hz) else math.nan


@measure_axes(symbol="F50", unit="Hz", source=PRIETO_1996, needs=SPECTRUM, parameters=WELCH)
def f50_axis_hz(sway: Sway, axis: int) -> float:
    """F50 = frequency below which half of POWER lies, linear between bins."""
    return sway.band[axis].quantile_hz(0.50)


@measure_axes(symbol="F95", unit="Hz", source=PRIETO_1996, needs=SPECTRUM, parameters=WELCH)
def f95_axis_hz(sway: Sway, axis: int) -> float:
    """F95 = frequency below which 95 % of POWER lies, linear between bins.

    Above 4 Hz, noise or the low-pass shows.
    """
    return sway.band[axis].quantile_hz(0.95)


@measure_axes(symbol="CFREQ", unit="Hz", source=PRIETO_1996, needs=SPECTRUM, parameters=WELCH)
def centroid_frequency_axis_hz(sway: Sway, axis: int) -> float:
    """CFREQ = sqrt(m_2 / m_0), m_k = sum f^k G df over the band."""
    band = sway.band[axis]
    return math.sqrt(_ratio(band, 2, 0))


@measure_axes(symbol="FREQD", unit="", source=PRIETO_1996, needs=SPECTRUM, parameters=WELCH)
def frequency_dispersion_axis(sway: Sway, axis: int) -> float:
    """FREQD = sqrt(1 - m_1^2 / (m_0 m_2)).

    0 for one pure frequency, towards 1 for a broad spectrum.
    """
    band = sway.band[axis]
    return math.sqrt(max(1 - _ratio(band, 1, 0) * _ratio(band, 1, 2), 0.0)) if band.moment(0) > 0 else math.nan


@measure_axes(symbol="MPF", unit="Hz", source="mean of the spectrum", needs=SPECTRUM, parameters=WELCH)
def mean_power_frequency_axis_hz(sway: Sway, axis: int) -> float:
    """MPF = m_1 / m_0.

    The mean of the spectrum: another thing than MFREQ and CFREQ.
    """
    return _ratio(sway.band[axis], 1, 0)


@measure_axes(unit="%", source=QUIJOUX_2021, needs=SPECTRUM, staff_only=True, parameters=WELCH)
def band_power_low_axis_pct(sway: Sway, axis: int) -> float:
    """100 P low / POWER, P low = sum G df below 0.5 Hz."""
    return _share_pct(sway.band[axis], 0)


@measure_axes(unit="%", source=QUIJOUX_2021, needs=SPECTRUM, staff_only=True, parameters=WELCH)
def band_power_middle_axis_pct(sway: Sway, axis: int) -> float:
    """100 P middle / POWER, P middle = sum G df from 0.5 to 2 Hz, both included."""
    return _share_pct(sway.band[axis], 1)


@measure_axes(unit="%", source=QUIJOUX_2021, needs=SPECTRUM, staff_only=True, parameters=WELCH)
def band_power_high_axis_pct(sway: Sway, axis: int) -> float:
    """100 P high / POWER, P high = sum G df above 2 Hz."""
    return _share_pct(sway.band[axis], 2)


@measure_axes(unit="mm2", source=QUIJOUX_2021, needs=SPECTRUM, staff_only=True, parameters=WELCH)
def band_power_low_axis_mm2(sway: Sway, axis: int) -> float:
    """P low = sum G df below 0.5 Hz."""
    return _part_mm2(sway.band[axis], 0)


@measure_axes(unit="mm2", source=QUIJOUX_2021, needs=SPECTRUM, staff_only=True, parameters=WELCH)
def band_power_middle_axis_mm2(sway: Sway, axis: int) -> float:
    """P middle = sum G df from 0.5 to 2 Hz, both included."""
    return _part_mm2(sway.band[axis], 1)


@measure_axes(unit="mm2", source=QUIJOUX_2021, needs=SPECTRUM, staff_only=True, parameters=WELCH)
def band_power_high_axis_mm2(sway: Sway, axis: int) -> float:
    """P high = sum G df above 2 Hz."""
    return _part_mm2(sway.band[axis], 2)


@measure_axes(unit="", source=QUIJOUX_2021, needs=SPECTRUM, staff_only=True, parameters=WELCH)
def frequency_quotient_axis(sway: Sway, axis: int) -> float:
    """FQ = P high / (P low + P middle): power above 2 Hz over power up to 2 Hz."""
    slow_mm2 = _part_mm2(sway.band[axis], 0) + _part_mm2(sway.band[axis], 1)
    return _part_mm2(sway.band[axis], 2) / slow_mm2 if slow_mm2 > 0 else math.nan


@measure_axes(unit="Hz", source=QUIJOUX_2021, needs=SPECTRUM, staff_only=True, parameters=WELCH)
def peak_frequency_axis_hz(sway: Sway, axis: int) -> float:
    """frequency of the bin with the largest G.

    Hardly repeatable from one trial to the next.
    """
    band = sway.band[axis]
    return float(band.f_hz[int(np.argmax(band.g_mm2_hz))]) if band.moment(0) > 0 else math.nan


@measure(symbol="MPF", unit="Hz", source=DUARTE_2015, staff_only=True, parameters=WELCH_HALF)
def mpf_duarte_hz(sway: Sway) -> float:
    """MPF = (MPF_ml sum G_ml + MPF_ap sum G_ap) / (sum G_ml + sum G_ap), each MPF = integral f G / integral G.

    As the authors of the BDS data publish it: only for comparison with them.
    """
    spectra = sway.once(half_run_spectra)
    weights = [float(s.g_mm2_hz.sum()) for s in spectra]
    if not sum(weights) > 0:
        return math.nan
    means = [trapezoid_mean_hz(s) if w > 0 else 0.0 for s, w in zip(spectra, weights, strict=True)]
    return sum(m * w for m, w in zip(means, weights, strict=True)) / sum(weights)


def half_run_spectra(sway: Sway) -> tuple[Spectrum, Spectrum]:
    """(ml, ap) Welch with segments of half the unbroken run, a quarter of it overlapped, the mean of each removed."""
    n = sway.run.stop - sway.run.start
    ml, ap = (welch(sway.run_mm(axis), sway.fs_hz, n // 2, n // 4, line=False) for axis in (ML, AP))
    return ml, ap


def trapezoid_mean_hz(spectrum: Spectrum) -> float:
    """Integral of f G over integral of G, both by the trapezoid rule."""
    g, f = spectrum.g_mm2_hz, spectrum.f_hz
    if not g.sum() > 0:
        return math.nan
    return _trapezoid(f * g) / _trapezoid(g)


def _trapezoid(y: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
    return float(y.sum() - (y[0] + y[-1]) / 2)


def _ratio(band: Spectrum, over: int, under: int) -> float:
    bottom = band.moment(under)
    return band.moment(over) / bottom if bottom > 0 else math.nan


def _share_pct(band: Spectrum, which: int) -> float:
    total_mm2 = band.moment(0)
    return 100 * _part_mm2(band, which) / total_mm2 if total_mm2 > 0 else math.nan


def _part_mm2(band: Spectrum, which: int) -> float:
    """Power below, between and above the borders; NaN without a spectrum."""
    if not len(band.f_hz):
        return math.nan
    low_hz, high_hz = (edge + side * band.df_hz * 1e-6 for edge, side in zip(BETWEEN_HZ, (-1, 1), strict=True))
    below, above = band.f_hz < low_hz, band.f_hz > high_hz
    inside = (below, ~(below | above), above)[which]
    return float(band.g_mm2_hz[inside].sum()) * band.df_hz
