"""The arithmetic of a calibration against exact plates and against its own published Monte Carlo."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_plate import GEOMETRY, shares

from station.core.geometry import GRAVITY_M_S2, Geometry
from station.core.marks import calibration_marks, verification_marks
from station.errors import Refused
from station.service.fit import fit, fit_gains, fit_matrix, gains_matrix, measured, misfits
from station.service.points import doubtful

NINE = np.array([(m.ml_mm, m.ap_mm) for m in calibration_marks(9)])
FIVE = np.array([(m.ml_mm, m.ap_mm) for m in calibration_marks(5)])
SQUARE = Geometry(cells_mm=((-190.0, 190.0), (190.0, 190.0), (-190.0, -190.0), (190.0, -190.0)), plate_mm=(420.0, 420.0))
GRID = np.array([(ml, ap) for ml in np.linspace(-120, 120, 5) for ap in np.linspace(-120, 120, 5)])
DRAWS = 300

gains = st.lists(st.floats(0.7, 1.3), min_size=4, max_size=4).map(lambda g: np.array(g) / 42_950.0)
signs = st.lists(st.sampled_from([1.0, -1.0]), min_size=4, max_size=4).map(np.array)


def counts_at(at_mm: np.ndarray, kg: float, gain_kg: np.ndarray, geometry: Geometry = GEOMETRY) -> np.ndarray:
    return kg * np.column_stack((np.ones(len(at_mm)), at_mm)) @ shares(geometry.cells_mm).T / gain_kg


@given(gains, signs, st.sampled_from([FIVE, NINE]), st.floats(5, 40))
def test_exact_points_give_back_the_exact_gains(gain_kg: np.ndarray, sign: np.ndarray, marks: np.ndarray, kg: float) -> None:
    true = gain_kg * sign
    found = fit(counts_at(marks, kg, true), marks, kg, GEOMETRY)
    assert found.gain_kg == pytest.approx(true, rel=1e-9)
    assert np.abs(found.residual_mm).max() < 1e-6
    assert found.weight_kg == pytest.approx(kg, rel=1e-9)
    assert found.twist[0] == pytest.approx(0.0, abs=1e-9)


@settings(max_examples=30)
@given(gains, st.integers(0, 8), st.floats(10, 60), st.floats(0, 6.28))
def test_a_misplaced_weight_is_found_among_the_points(gain_kg: np.ndarray, which: int, far_mm: float, angle: float) -> None:
    stood = NINE.copy()
    stood[which] += far_mm * np.array([np.cos(angle), np.sin(angle)])
    counts = counts_at(stood, 10.0, gain_kg)
    assert doubtful(counts, NINE, 10.0, GEOMETRY) == which
    apart_mm, _ = misfits(counts, NINE, 10.0, GEOMETRY)
    assert apart_mm[which] == pytest.approx(far_mm, rel=1e-6)


def test_points_that_fit_are_not_doubted() -> None:
    assert doubtful(counts_at(NINE, 10.0, np.full(4, 2e-5)), NINE, 10.0, GEOMETRY) is None


def test_totals_alone_leave_one_gain_open_and_are_refused() -> None:
    counts = counts_at(NINE, 70.0, np.array([1.0, 1.1, 0.9, 1.05]) * 2e-5)
    noisy = counts + np.random.default_rng(1).normal(0, 45, counts.shape)
    assert np.linalg.matrix_rank(counts, tol=1e-6 * np.abs(counts).max()) == 3
    with pytest.raises(Refused):
        fit_gains(noisy, None, 70.0, GEOMETRY)


def test_one_place_alone_is_refused() -> None:
    with pytest.raises(Refused):
        fit_gains(counts_at(np.zeros((9, 2)), 10.0, np.full(4, 2e-5)), np.zeros((9, 2)), 10.0, GEOMETRY)


def test_a_dead_cell_is_refused() -> None:
    counts = counts_at(NINE, 10.0, np.full(4, 2e-5))
    counts[:, 2] = 0.0
    with pytest.raises(Refused):
        fit_gains(counts, NINE, 10.0, GEOMETRY)


def test_the_twist_of_a_plate_that_bends_is_learnt() -> None:
    """A foot that is longer carries more together with the one across, whatever stands where; bending adds the product of both places."""
    kg, delta = 10.0, 4e-6
    counts = counts_at(NINE, kg, np.ones(4))
    extra = kg * (0.02 + delta * NINE[:, 0] * NINE[:, 1]) / 4.0
    found = fit(counts + np.outer(extra, [1.0, -1.0, -1.0, 1.0]), NINE, kg, GEOMETRY)
    forces = (counts + np.outer(extra, [1.0, -1.0, -1.0, 1.0])) * found.gain_kg
    alpha, beta, gamma, bend = found.twist
    twist = forces @ np.array([1.0, -1.0, -1.0, 1.0])
    told = kg * (alpha + beta * NINE[:, 0] + gamma * NINE[:, 1] + bend * NINE[:, 0] * NINE[:, 1])
    assert np.abs(twist - told).max() < 0.02 * kg
    assert bend == pytest.approx(delta, rel=0.1)


def test_a_calibration_speaks_newtons() -> None:
    gain_kg = np.array([1.0, -1.1, 0.9, 1.05]) * 2e-5
    found = fit(counts_at(NINE, 10.0, gain_kg), NINE, 10.0, GEOMETRY)
    made = found.calibration((1.0, 2.0, 3.0, 4.0), id="a", date="2026-01-01", order=(3, 1, 2, 0))
    load_n, mx, my = np.array(made.matrix) @ counts_at(np.array([[30.0, -40.0]]), 70.0, gain_kg)[0]
    assert load_n == pytest.approx(70.0 * GRAVITY_M_S2, rel=1e-6)
    assert (mx / load_n, my / load_n) == pytest.approx((30.0, -40.0), abs=1e-3)
    assert made.gain_n_per_count[1] < 0.0
    assert (made.order, made.zero_count) == ((3, 1, 2, 0), (1.0, 2.0, 3.0, 4.0))


@pytest.fixture(scope="module")
def errors_mm() -> dict[str, float]:
    """CoP error rms of 70 kg on a grid, as four procedures leave it: cells +-190 mm, 2 mm SD off, gains 10 % SD, weight 1 mm SD."""
    rng = np.random.default_rng(4)
    found: dict[str, list[np.ndarray]] = {"span": [], "five": [], "nine": [], "ridge": []}
    for _ in range(DRAWS):
        cells = np.array(SQUARE.cells_mm) + rng.normal(0.0, 2.0, (4, 2))
        share, gain_kg = shares(cells), (1.0 + rng.normal(0.0, 0.1, 4)) * 2e-5

        def counts(at: np.ndarray, kg: float, share: np.ndarray = share, gain_kg: np.ndarray = gain_kg) -> np.ndarray:
            return kg * np.column_stack((np.ones(len(at)), at)) @ share.T / gain_kg

        person = counts(GRID, 70.0)
        span = np.full(4, 10.0 / counts(np.zeros((1, 2)), 10.0).sum())
        five = fit_gains(counts(FIVE + rng.normal(0, 1, FIVE.shape), 10.0), FIVE, 10.0, SQUARE)
        loaded = counts(NINE + rng.normal(0, 1, NINE.shape), 10.0)
        nine = fit_gains(loaded, NINE, 10.0, SQUARE)
        ways = {"span": gains_matrix(SQUARE, span), "five": gains_matrix(SQUARE, five), "nine": gains_matrix(SQUARE, nine)}
        for way, matrix in {**ways, "ridge": fit_matrix(loaded, NINE, 10.0, SQUARE, nine)}.items():
            found[way].append(np.hypot(*(measured(person, matrix)[1] - GRID).T))
    return {way: float(np.sqrt(np.mean(np.square(each)))) for way, each in found.items()}


@pytest.mark.parametrize(("way", "rms_mm"), [("span", 13.0), ("five", 1.14), ("nine", 1.04), ("ridge", 0.70)])
def test_each_procedure_leaves_the_error_that_the_reference_names(errors_mm: dict[str, float], way: str, rms_mm: float) -> None:
    assert errors_mm[way] == pytest.approx(rms_mm, rel=0.1)


def test_no_verification_mark_is_a_calibration_mark() -> None:
    for mark in verification_marks():
        assert min(np.hypot(*(NINE - (mark.ml_mm, mark.ap_mm)).T)) > 60.0
