"""What the spectrum says: Welch, periodic Hann, 20 s segments half overlapped, each freed of its line, band 0.15-5 Hz.

Segment and detrend alone move a median frequency by up to 137 %, so compare with no other tool.
"""

from __future__ import annotations

import math

import numpy as np

from station.core.measures.needs import DUARTE_2015, PRIETO_1996, QUIJOUX_2021, SPECTRUM
from station.core.measures.registry import measure, measure_axes
from station.core.measures.spectrum import Spectrum, welch
from station.core.measures.sway import AP, ML, Sway

BETWEEN_HZ = (0.5, 2.0)  # borders of the three bands of power (Quijoux 2021)


@measure_axes(symbol="POWER", unit="mm2", source=PRIETO_1996, needs=SPECTRUM)
def power_axis_mm2(sway: Sway, axis: int) -> float:
    """Power in the band: m_0 = sum G df."""
    band = sway.band[axis]
    return band.moment(0) if len(band.f_hz) else math.nan


@measure_axes(symbol="F50", unit="Hz", source=PRIETO_1996, needs=SPECTRUM)
def f50_axis_hz(sway: Sway, axis: int) -> float:
    """Half of the power of the band lies below this frequency."""
    return sway.band[axis].quantile_hz(0.50)


@measure_axes(symbol="F95", unit="Hz", source=PRIETO_1996, needs=SPECTRUM)
def f95_axis_hz(sway: Sway, axis: int) -> float:
    """95 % of the power of the band lies below this frequency; above 4 Hz, noise or the low-pass shows."""
    return sway.band[axis].quantile_hz(0.95)


@measure_axes(symbol="CFREQ", unit="Hz", source=PRIETO_1996, needs=SPECTRUM)
def centroid_frequency_axis_hz(sway: Sway, axis: int) -> float:
    """sqrt(m_2/m_0)."""
    band = sway.band[axis]
    return math.sqrt(_ratio(band, 2, 0))


@measure_axes(symbol="FREQD", unit="", source=PRIETO_1996, needs=SPECTRUM)
def frequency_dispersion_axis(sway: Sway, axis: int) -> float:
    """sqrt(1 - m_1^2/(m_0 m_2)): 0 for one pure frequency, towards 1 for a broad spectrum."""
    band = sway.band[axis]
    return math.sqrt(max(1 - _ratio(band, 1, 0) * _ratio(band, 1, 2), 0.0)) if band.moment(0) > 0 else math.nan


@measure_axes(symbol="MPF", unit="Hz", source="mean of the spectrum", needs=SPECTRUM)
def mean_power_frequency_axis_hz(sway: Sway, axis: int) -> float:
    """m_1/m_0: the mean of the spectrum, another thing than MFREQ and CFREQ."""
    return _ratio(sway.band[axis], 1, 0)


@measure_axes(unit="%", source=QUIJOUX_2021, needs=SPECTRUM, staff_only=True)
def band_power_low_axis_pct(sway: Sway, axis: int) -> float:
    """Share of POWER below 0.5 Hz."""
    return _share_pct(sway.band[axis], 0)


@measure_axes(unit="%", source=QUIJOUX_2021, needs=SPECTRUM, staff_only=True)
def band_power_middle_axis_pct(sway: Sway, axis: int) -> float:
    """Share of POWER from 0.5 to 2 Hz, both included."""
    return _share_pct(sway.band[axis], 1)


@measure_axes(unit="%", source=QUIJOUX_2021, needs=SPECTRUM, staff_only=True)
def band_power_high_axis_pct(sway: Sway, axis: int) -> float:
    """Share of POWER above 2 Hz."""
    return _share_pct(sway.band[axis], 2)


@measure_axes(unit="Hz", source=QUIJOUX_2021, needs=SPECTRUM, staff_only=True)
def peak_frequency_axis_hz(sway: Sway, axis: int) -> float:
    """Bin of the largest density; hardly repeatable from one trial to the next."""
    band = sway.band[axis]
    return float(band.f_hz[int(np.argmax(band.g_mm2_hz))]) if band.moment(0) > 0 else math.nan


@measure(symbol="MPF", unit="Hz", source=DUARTE_2015, staff_only=True)
def mpf_duarte_hz(sway: Sway) -> float:
    """Mean power frequency of both axes weighted by their power, as the BDS authors publish it: only for comparison with them.

    Welch, Hann, segments of half the run, half overlapped, mean removed, 0 to half the rate, trapezoid rule.
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
    total = band.moment(0)
    if not total > 0:
        return math.nan
    low_hz, high_hz = (edge + side * band.df_hz * 1e-6 for edge, side in zip(BETWEEN_HZ, (-1, 1), strict=True))
    below, above = band.f_hz < low_hz, band.f_hz > high_hz
    inside = (below, ~(below | above), above)[which]
    return 100 * float(band.g_mm2_hz[inside].sum()) * band.df_hz / total
