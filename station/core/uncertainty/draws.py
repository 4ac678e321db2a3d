"""Many disturbed copies of one window measured at once: the measures that are shown first, a draw a row.

The same formulas as `station.core.measures`, along the second axis; a test holds both to agree.
"""

from __future__ import annotations

from math import log, pi, sqrt

import numpy as np
import numpy.typing as npt

from station.core.measures.area import LEAST_N, Z_95, f_95, k_95
from station.core.measures.sway import Sway

Rows = npt.NDArray[np.floating]
Measured = dict[str, npt.NDArray[np.float64]]


def measured(sway: Sway, ml_mm: Rows, ap_mm: Rows) -> Measured:
    """{key: (b,)} of b copies of the window, with its gaps: ml_mm, ap_mm (b, n) centred on anything."""
    n, fs_hz = sway.n, sway.fs_hz
    if sway.whole:
        ml, ap = ml_mm, ap_mm
    else:
        ml, ap = ml_mm[:, sway.valid], ap_mm[:, sway.valid]
    means = ml.mean(axis=1, keepdims=True), ap.mean(axis=1, keepdims=True)
    ml, ap = ml - means[0], ap - means[1]
    found: Measured = {"mean_ml_mm": means[0][:, 0] + sway.mean_mm[0], "mean_ap_mm": means[1][:, 0] + sway.mean_mm[1]}
    _places(found, ml, ap)
    _shape(found, ml, ap)
    _steps(found, sway, ml_mm, ap_mm)
    swept = np.abs(ap[:, 1:] * ml[:, :-1] - ap[:, :-1] * ml[:, 1:]) if sway.whole else _swept(sway, ml_mm - means[0], ap_mm - means[1])
    found["sway_area_rate_mm2_s"] = swept.sum(axis=1) * (sway.step_scale * fs_hz / (2 * n))
    for key, over in (("", "mean_distance_mm"), ("_ml", "mean_distance_ml_mm"), ("_ap", "mean_distance_ap_mm")):
        turn = 4 * sqrt(2) if key else 2 * pi
        found[f"mean_frequency{key}_hz"] = found[f"mean_velocity{key}_mm_s"] / (turn * found[over])
    return {key: np.asarray(values, np.float64) for key, values in found.items()}


def _swept(sway: Sway, ml: Rows, ap: Rows) -> Rows:
    return np.asarray(np.abs(ap[:, 1:] * ml[:, :-1] - ap[:, :-1] * ml[:, 1:])[:, sway.step_valid])


def _places(found: Measured, ml: Rows, ap: Rows) -> None:
    """Position and amplitude, of centred points."""
    r = np.sqrt(ml * ml + ap * ap)
    found["mean_distance_mm"] = r.mean(axis=1)
    for name, axis in (("ml", ml), ("ap", ap)):
        found[f"mean_distance_{name}_mm"] = np.abs(axis).mean(axis=1)
        found[f"rms_{name}_mm"] = np.sqrt((axis * axis).mean(axis=1))
        found[f"range_{name}_mm"] = axis.max(axis=1) - axis.min(axis=1)
    found["rms_distance_mm"] = found["planar_deviation_mm"] = np.hypot(found["rms_ml_mm"], found["rms_ap_mm"])
    found["max_distance_mm"] = r.max(axis=1)
    found["radius_95_mm"] = np.quantile(r, 0.95, axis=1, overwrite_input=True)


def _shape(found: Measured, ml: Rows, ap: Rows) -> None:
    """Ellipse and circle, of centred points; call after `_places`."""
    n = ml.shape[1]
    if n < LEAST_N:
        return
    less_one = n / (n - 1)
    xx, yy = found["rms_ml_mm"].astype(np.float64) ** 2 * less_one, found["rms_ap_mm"].astype(np.float64) ** 2 * less_one
    xy = (ml * ap).mean(axis=1).astype(np.float64) * less_one
    half, spread = (xx + yy) / 2, np.hypot((xx - yy) / 2, xy)
    root_det = np.sqrt(np.maximum(xx * yy - xy * xy, 0.0))
    found["ellipse_area_95_mm2"] = pi * k_95(n) * root_det
    found["ellipse_area_prieto_mm2"] = 2 * pi * f_95(n - 2) * root_det
    found["ellipse_major_mm"] = np.sqrt(k_95(n) * (half + spread))
    found["ellipse_minor_mm"] = np.sqrt(k_95(n) * np.maximum(half - spread, 0.0))
    mean, rms = found["mean_distance_mm"].astype(np.float64), found["rms_distance_mm"].astype(np.float64)
    found["circle_area_95_mm2"] = pi * (mean + Z_95 * np.sqrt(np.maximum(rms * rms - mean * mean, 0.0))) ** 2


def _steps(found: Measured, sway: Sway, ml_mm: Rows, ap_mm: Rows) -> None:
    """Path and velocity."""
    d_ml, d_ap = np.diff(ml_mm, axis=1), np.diff(ap_mm, axis=1)
    if not sway.whole:
        d_ml, d_ap = d_ml[:, sway.step_valid], d_ap[:, sway.step_valid]
    lengths = {
        "path_length": np.sqrt(d_ml * d_ml + d_ap * d_ap).sum(axis=1),
        "path_length_ml": np.abs(d_ml).sum(axis=1),
        "path_length_ap": np.abs(d_ap).sum(axis=1),
    }
    for key, length in lengths.items():
        found[f"{key}_mm"] = length.astype(np.float64) * sway.step_scale
        found[f"{key.replace('path_length', 'mean_velocity')}_mm_s"] = found[f"{key}_mm"] / sway.duration_s
    velocity = found["mean_velocity_mm_s"]
    found["mean_velocity_ln"] = np.array([log(v) if v > 0 else np.nan for v in velocity.tolist()])
