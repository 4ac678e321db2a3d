"""Path without the noise's share: noise lengthens every path, and with its size known it can be taken off again.

SIMEX (Cook & Stefanski 1994): add more noise, see how the squared path grows, and follow that back to no noise at all.
"""

from __future__ import annotations

from math import sqrt

import numpy as np

from station.core.measures.sway import Sway
from station.core.uncertainty.noise import Array, Noise

KAPPA = (0.0, 0.5, 1.0, 1.5, 2.0)
"""Shares of the noise's own variance that are added."""
BACK = (3.0, -0.4, -1.8, -1.2, 1.4)
"""The value at -1 of the quadratic that fits five even points from 0 to 2 best."""
DRAWS = 3
SEED = 20_091


Lengths = tuple[float, float, float]
"""Of the path, of its ml and of its ap movement, mm."""


def corrected_lengths_mm(sway: Sway, noise: Noise) -> Lengths:
    """The path, and that of each axis, as they would be without noise; 0 when all of it may be noise.

    Each of the three draws is taken as it is and turned round, at every kappa, so that what is left of chance is far below the noise's own.
    """
    rng = np.random.default_rng(SEED)
    ml, ap = (draw.astype(np.float64) for draw in noise.draw(DRAWS, sway.n, sway.fs_hz, rng))
    squares = np.zeros(3)
    for kappa, weight in zip(KAPPA, BACK, strict=True):
        signs = (sqrt(kappa), -sqrt(kappa)) if kappa else (0.0,)
        found = [_lengths_mm(sway, sign * m, sign * a) for sign in signs for m, a in zip(ml, ap, strict=True)]
        squares += weight * np.mean(np.square(found), axis=0)
    path, along_ml, along_ap = np.sqrt(np.maximum(squares, 0.0)).tolist()
    return path, along_ml, along_ap


def corrected_path_mm(sway: Sway, noise: Noise) -> float:
    """The path as it would be without noise."""
    return corrected_lengths_mm(sway, noise)[0]


def rayleigh_path_mm(sway: Sway, noise: Noise) -> float:
    """The quick estimate: L sqrt(max(m2 - s_d^2, 0)/m2), m2 the mean squared step, s_d^2 that of a step of pure noise, both filtered."""
    m2 = float((sway.step_mm**2).mean()) if len(sway.step_mm) else 0.0
    return sway.path_mm * sqrt(max(m2 - noise.step_mm2(sway.fs_hz), 0.0) / m2) if m2 > 0 else sway.path_mm


def _lengths_mm(sway: Sway, noise_ml: Array, noise_ap: Array) -> Lengths:
    d_ml, d_ap = np.diff(sway.ml_mm + noise_ml), np.diff(sway.ap_mm + noise_ap)
    if not sway.whole:
        d_ml, d_ap = d_ml[sway.step_valid], d_ap[sway.step_valid]
    step, scale = np.sqrt(d_ml * d_ml + d_ap * d_ap), sway.step_scale
    return float(step.sum()) * scale, float(np.abs(d_ml).sum()) * scale, float(np.abs(d_ap).sum()) * scale
