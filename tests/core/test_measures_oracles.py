"""Measures against programs of others on the same numbers: SciPy, openbalance 0.1.5 and micromotion 1.15.0. Values are compared only."""

from __future__ import annotations

import micromotion
import numpy as np
import pytest
from openbalance import Trial
from openbalance.processing.filters import apply_lowpass_filter
from openbalance.processing.kinematics import calculate_cop, calculate_path_length, calculate_sway_areas
from scipy import signal, spatial
from sways import FS_HZ, Path, frames, wander

from station.core.geometry import Geometry
from station.core.measures.diffusion import mean_squared_displacement_mm2
from station.core.measures.frequency import half_run_spectra
from station.core.measures.grid import averages, zero_phase_order_4
from station.core.measures.hull import area, diameter, hull
from station.core.measures.prepare import measure_cop
from station.core.measures.structure import sample_entropy
from station.core.measures.sway import ML, Sway

approx = pytest.approx
PATHS = {"a minute": wander(60, 1), "another": wander(60, 2), "half a minute": wander(30, 3)}


@pytest.fixture(scope="module", params=PATHS)
def path(request: pytest.FixtureRequest) -> Path:
    return PATHS[request.param]


def raw(path: Path) -> dict[str, float]:
    return {key: m.value for key, m in measure_cop(*path, FS_HZ, "raw").items() if m.value is not None}


@pytest.mark.parametrize(("fs_hz", "fc_hz"), [(25.0, 10.0), (100.0, 10.0), (40.0, 3.0), (100.0, 45.0)])
def test_the_steep_low_pass_is_that_of_scipy(fs_hz: float, fc_hz: float) -> None:
    x = np.cumsum(np.random.default_rng(4).normal(size=900)) + 500
    b, a = signal.butter(4, fc_hz, fs=fs_hz)
    assert np.abs(zero_phase_order_4(x, fs_hz, fc_hz) - signal.filtfilt(b, a, x)).max() < 1e-9
    assert zero_phase_order_4(x[:1], fs_hz, fc_hz) == approx(x[:1])
    assert zero_phase_order_4(np.full(5, 3.0), fs_hz, fc_hz) == approx(np.full(5, 3.0))
    with pytest.raises(ValueError, match="half of"):
        zero_phase_order_4(x, fs_hz, fs_hz / 2)


def test_an_average_of_80_ms_on_an_even_100_hz_grid_takes_seven_frames_the_outer_two_half_again_as_much() -> None:
    x = np.random.default_rng(6).normal(size=400)
    x[100:140] = np.nan
    weights = np.array([0.015, 0.01, 0.01, 0.01, 0.01, 0.01, 0.015]) / 0.08
    found = averages(x, 100.0, np.arange(100) / 25)
    plain = np.array([x[4 * k - 3 : 4 * k + 4] @ weights for k in range(1, 98)])
    assert np.where(np.isnan(plain), 0, found[1:98]) == approx(np.nan_to_num(plain), abs=1e-4)
    assert np.isnan(found[26:35]).all()  # nothing within 40 ms
    assert not np.isnan(found[[25, 35]]).any()
    assert averages(np.full(400, 7.5), 100.0, np.arange(100) / 25) == approx(np.full(100, 7.5))


def test_spectra_are_those_of_scipy_welch(path: Path) -> None:
    ml, ap = path
    found = raw(path)
    f, g = signal.welch(ap, FS_HZ, "hann", 2000, 1000, detrend="linear")
    inside = slice(3, 101)
    part = (f[inside] < 0.5 - 1e-9, (f[inside] > 0.5 - 1e-9) & (f[inside] < 2 + 1e-9), f[inside] > 2 + 1e-9)
    for word, which in zip(("low", "middle", "high"), part, strict=True):
        assert found[f"band_power_{word}_ap_mm2"] == approx(g[inside][which].sum() * 0.05, rel=1e-9)
    assert found["peak_frequency_ap_hz"] == approx(f[inside][np.argmax(g[inside])])
    m0, m1, m2 = ((f[inside] ** k * g[inside]).sum() for k in range(3))
    assert found["centroid_frequency_ap_hz"] == approx(np.sqrt(m2 / m0), rel=1e-9)
    assert found["frequency_dispersion_ap"] == approx(np.sqrt(1 - m1**2 / (m0 * m2)), rel=1e-9)
    n = len(ml)
    f, g = signal.welch(ml, FS_HZ, "hann", n // 2, n // 4, detrend="constant")
    ours = Sway.of(ml, ap, FS_HZ).once(half_run_spectra)[ML]
    assert ours.g_mm2_hz == approx(g, rel=1e-8, abs=1e-15)
    assert found["mpf_ml_hz"] == approx(np.trapezoid(f * g, f) / np.trapezoid(g, f), rel=1e-9)


def test_the_hull_is_that_of_scipy(path: Path) -> None:
    theirs = spatial.ConvexHull(np.column_stack(path))
    corners = hull(*path)
    assert area(corners) == approx(theirs.volume, rel=1e-12)
    assert len(corners) == len(theirs.vertices)
    assert diameter(corners) == approx(spatial.distance.pdist(corners).max(), rel=1e-12)
    assert corners[0] == approx([path[0].min(), path[1][np.argmin(path[0])]])


def test_shapes_and_paths_are_those_of_micromotion(path: Path) -> None:
    found, xy = raw(path), np.column_stack(path)
    assert found["path_length_mm"] == approx(micromotion.posture.path_length(xy, FS_HZ)["path"], rel=1e-12)
    assert found["ellipse_chi2_mm2"] == approx(micromotion.confidence_ellipse_area(xy), rel=1e-12)
    assert found["hull_area_mm2"] == approx(micromotion.convex_hull_area(xy), rel=1e-12)
    assert found["radius_95_mm"] == approx(micromotion.posture.dispersion_radius(xy), rel=1e-12)
    geometry = micromotion.posture.sway_geometry(xy)
    assert found["principal_axis_deg"] == approx(geometry["axis_deg"], abs=1e-6)
    assert found["rms_distance_mm"] == approx(geometry["rms_radius"], rel=1e-12)


def test_structure_is_that_of_micromotion(path: Path) -> None:
    found, (ml, ap) = raw(path), path
    assert found["dfa_alpha_ml"] == approx(micromotion.balance.dfa(ml), rel=1e-9)
    assert found["dfa_alpha_ap"] == approx(micromotion.balance.dfa(ap), rel=1e-9)
    for x in (ml[::5], ap[::5]):
        assert sample_entropy(x) == approx(micromotion.balance.sample_entropy(x), rel=0.01)
    lags = micromotion.dynamics.sda(ml, ap, FS_HZ)
    ours = mean_squared_displacement_mm2(ml, 1000) + mean_squared_displacement_mm2(ap, 1000)
    assert ours[np.round(lags["lags_s"] * FS_HZ).astype(int) - 1] == approx(lags["msd"], rel=1e-9)


def test_multiscale_entropy_is_the_sum_over_averaged_series_with_one_tolerance() -> None:
    ml, ap = wander(60)
    x = ml[::5]
    theirs = sum(micromotion.dynamics.sampen(x.reshape(-1, s).mean(axis=1), 2, 0.2 * x.std()) for s in range(1, 7))
    assert raw((ml, ap))["multiscale_entropy_ml"] == approx(theirs, rel=0.01)


def test_the_preset_of_openbalance_is_openbalance(path: Path) -> None:
    made = frames(path)
    trial = apply_lowpass_filter(Trial(made.force_n, FS_HZ, ["FL", "FR", "RL", "RR"]))
    calculate_path_length(calculate_cop(trial, list(Geometry().cells_mm)))
    calculate_sway_areas(trial)
    ours = {key: m.value for key, m in measure_cop(*path, FS_HZ, "openbalance").items()}
    names = {"path_length_mm": "Path_Length", "hull_area_mm2": "Area_Hull", "ellipse_chi2_mm2": "Area_Ellipse"}
    for key, name in (names | {"circle_prieto_mm2": "Area_Circle"}).items():
        assert ours[key] == approx(float(trial.parameters[name]), rel=1e-6), key
