"""From a known weight on known marks to gains, matrix and twist: the arithmetic of a calibration.

`counts` (n, 4) are zeroed, in the order of CELLS; `at_mm` (n, 2) is where the weight stood, (ml, ap). Gains are in kg per count, as the
weight is in kg; `Fit.calibration` turns them into newtons.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from station.core.calibration import Calibration, Row
from station.core.geometry import GRAVITY_M_S2, Geometry
from station.core.marks import MARK_SPACING_MM
from station.errors import Refused
from station.words import say

Floats = npt.NDArray[np.float64]
RIDGE_SHARE = 0.02
"""The ridge's strength, as a share of the weight: cells that lie 2 mm off their drawing are learnt, placement errors mostly not."""
LEAST_SPREAD = 0.05
"""Least singular value of the equations, of the greatest, with each cell's counts of the same size. On a rigid plate marks all over give
0.3 and more, totals alone (no positions) 0.01 and less: the twist [1, -1, -1, 1] of the gains cannot be seen."""


@dataclass(frozen=True, slots=True)
class Fit:
    """What the points gave.

    gain_kg:     (4,) kg per count
    matrix_kg:   (4, 3): counts -> [kg, kg mm, kg mm], the ridge between gains at the drawn places and freedom
    twist:       alpha, beta, gamma, delta of `Calibration.twist`
    residual_mm: (n, 2) measured less true place of the points, by the matrix
    weight_kg:   (n,) weight measured at the points, by the matrix
    """

    gain_kg: Floats
    matrix_kg: Floats
    twist: Row
    residual_mm: Floats
    weight_kg: Floats

    def calibration(self, zero_count: Sequence[float] | Floats, **about: Any) -> Calibration:
        """In newtons. `about`: id, source, date, grade, error_mm, order."""
        rows = (self.matrix_kg.T * GRAVITY_M_S2).tolist()
        return Calibration(
            row(self.gain_kg * GRAVITY_M_S2), row(zero_count), (row(rows[0]), row(rows[1]), row(rows[2])), twist=self.twist, **about
        )


def fit(counts: Floats, at_mm: Floats, weight_kg: float, geometry: Geometry) -> Fit:
    """Gains, ridge matrix, twist and residuals. Raises Refused when the points do not tell the four cells apart."""
    gain_kg = fit_gains(counts, at_mm, weight_kg, geometry)
    matrix_kg = fit_matrix(counts, at_mm, weight_kg, geometry, gain_kg)
    weights, places_mm = measured(counts, matrix_kg)
    return Fit(gain_kg, matrix_kg, fit_twist(counts, gain_kg, matrix_kg), places_mm - at_mm, weights)


def fit_gains(counts: Floats, at_mm: Floats | None, weight_kg: float, geometry: Geometry) -> Floats:
    """(4,) kg per count, least squares over all points of

        sum g_i R_i = W;  sum g_i R_i (ml_i - ml) / L = 0;  sum g_i R_i (ap_i - ap) / L = 0

    with L the spacing of the marks. `at_mm` None: only the total is known, as of a person of known weight somewhere on the plate. That
    leaves one of four unknowns open on a rigid plate. Raises Refused when the equations leave any of them open.
    """
    n = len(counts)
    equations, wanted = [counts], [np.full(n, weight_kg)]
    if at_mm is not None:
        for axis in (0, 1):
            arm = np.array([cell[axis] for cell in geometry.cells_mm]) - at_mm[:, axis, None]
            equations.append(counts * arm / MARK_SPACING_MM)
            wanted.append(np.zeros(n))
    a, b = np.concatenate(equations), np.concatenate(wanted)
    size = np.sqrt(np.mean(counts**2, axis=0)) if n else np.zeros(4)
    if not np.all(np.isfinite(a)) or not np.all(size > 0.0):
        raise Refused(say("calibrate.unknowable"), say("calibrate.unknowable.do"))
    solved, _, _, spread = np.linalg.lstsq(a / size, b)
    if len(spread) < 4 or spread[-1] < LEAST_SPREAD * spread[0]:
        raise Refused(say("calibrate.unknowable"), say("calibrate.unknowable.do"))
    return np.asarray(solved / size, np.float64)


def fit_matrix(counts: Floats, at_mm: Floats, weight_kg: float, geometry: Geometry, gain_kg: Floats) -> Floats:
    """(4, 3): B = B0 + inv(X'X + lam I) X'(Y - X B0), B0 = [g, g ml_i, g ap_i], lam = (0.02 W)^2, X scaled to kg by the gains.

    Gains alone leave the error of cells that do not lie where they are drawn; the ridge learns what the points say beyond doubt.
    """
    x = counts * gain_kg
    places = np.array(geometry.cells_mm)
    first = np.column_stack((np.ones(4), places))
    y = weight_kg * np.column_stack((np.ones(len(at_mm)), at_mm))
    ridge = (RIDGE_SHARE * weight_kg) ** 2 * np.eye(4)
    more = np.linalg.solve(x.T @ x + ridge, x.T @ (y - x @ first))
    return np.asarray(gain_kg[:, None] * (first + more), np.float64)


def gains_matrix(geometry: Geometry, gain_kg: Floats) -> Floats:
    """(4, 3) of gains and drawn places alone."""
    return np.asarray(gain_kg[:, None] * np.column_stack((np.ones(4), np.array(geometry.cells_mm))), np.float64)


def fit_twist(counts: Floats, gain_kg: Floats, matrix_kg: Floats) -> Row:
    """alpha, beta (1/mm), gamma (1/mm), delta (1/mm2): F0 - F1 - F2 + F3 = alpha W + beta Mx + gamma My + delta Mx My / W, least squares.

    An ideal rigid plate gives zeros; a plate that bends needs the last term. The same with newtons as with kg.
    """
    force = counts * gain_kg
    twist = force @ np.array([1.0, -1.0, -1.0, 1.0])
    load, mx, my = (counts @ matrix_kg).T
    scale = np.array([1.0, MARK_SPACING_MM, MARK_SPACING_MM, MARK_SPACING_MM**2])
    terms = np.column_stack((load, mx, my, mx * my / load)) / scale
    solved = np.linalg.lstsq(terms, twist)[0]
    return row(solved / scale)


def measured(counts: Floats, matrix_kg: Floats) -> tuple[Floats, Floats]:
    """(n,) kg and (n, 2) mm of zeroed counts (n, 4)."""
    moments = counts @ matrix_kg
    return moments[:, 0], moments[:, 1:] / moments[:, :1]


def misfits(counts: Floats, at_mm: Floats, weight_kg: float, geometry: Geometry) -> tuple[Floats, Floats]:
    """Each point judged by the gains of all the others: (n,) distance from its mark in mm, (n,) error of the weight as a share of it.

    So a weight that stood on a wrong place cannot pull the fit towards itself. Needs four points or more.
    """
    apart_mm, off = np.empty(len(counts)), np.empty(len(counts))
    for i in range(len(counts)):
        others = np.arange(len(counts)) != i
        gain_kg = fit_gains(counts[others], at_mm[others], weight_kg, geometry)
        weights, places_mm = measured(counts[i : i + 1], gains_matrix(geometry, gain_kg))
        apart_mm[i] = np.hypot(*(places_mm[0] - at_mm[i]))
        off[i] = abs(weights[0] / weight_kg - 1.0)
    return apart_mm, off


def row(values: Sequence[float] | Floats) -> Row:
    a, b, c, d = (float(v) for v in values)
    return (a, b, c, d)
