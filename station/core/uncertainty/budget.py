"""The parts of a measure's uncertainty: noise, calibration, drift.

Construction. The window as measured holds the noise once. 200 windows with the noise added once more show two things: how far chance alone
moves a measure (its SD: the part `noise`), and how much noise raises it (the part `bias`: the path's from SIMEX, others' from the squares,
which grow in proportion to the noise's variance). The noise itself was measured in a few seconds; that share of the bias is in `noise`.
The calibration's part is propagated through the four entries of the map from true to shown place, the drift's by a ramp.

u^2 = noise^2 + calibration^2 + drift^2 + bias^2: the bias is not taken off a conventional value, so it counts in full. The noise-corrected
path has none. `interval_95` (see `interval`) is centred where the bias is taken off, and holds the true value 19 times in 20.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from math import hypot, isfinite, log, sqrt

import numpy as np

from station.core.measures.corrected import lengths_without_noise_mm
from station.core.measures.registry import Measure
from station.core.measures.sway import Sway
from station.core.uncertainty.draws import measured
from station.core.uncertainty.instrument import Instrument
from station.core.uncertainty.noise import Noise
from station.core.uncertainty.simex import Lengths

DRAWS = 200
DRAWS_AT_ONCE = 25  # what fits a processor's cache
FEW_DRAWS = 40  # for measures taken one window at a time: their u is good to 11 %
FEW_FACTOR = sqrt((FEW_DRAWS - 1) / (FEW_DRAWS - 3))  # of so few draws the SD itself is uncertain (Student)
SEED = 40_093
ORDER_FACTOR = {"radius_95_mm": 1.35, "range_ml_mm": 1.15, "range_ap_mm": 1.15, "max_distance_mm": 1.1}
"""Own, from simulations: these hang on the few frames near a border. Noise that is in the window already spreads that border over
more frames, so noise added to it moves them less than it did the first time."""
ONE_BY_ONE = ("frequency",)
"""Families whose measures are drawn one window at a time; measures of other families that `draws` does not know get no u."""
CORRECTED = {"path_length_corrected_mm": "path_length_mm", "mean_velocity_corrected_mm_s": "mean_velocity_mm_s"}
LENGTHS = ("path_length", "mean_velocity", "mean_frequency", "sway_area_rate")
EXTRAPOLATION = 0.05  # own: share of a path's bias that the way back to no noise may miss
RESAMPLING = 1e-4  # of a path: cubic between conversions of four free clocks at 80 a second, on real trials (simulated)
LEAST_LEFT = 0.5  # of a path: what is left of less is withheld anyhow
SIGNED = ("mean_ml_mm", "mean_ap_mm", "mean_velocity_ln")
"""Not proportional to a length: their squares say nothing."""


@dataclass(frozen=True, slots=True)
class Parts:
    """In the measure's unit, standard uncertainties. bias: what noise has probably added to the value, with its sign; None: not known."""

    noise: float
    bias: float = 0.0
    calibration: float | None = None
    drift: float | None = None

    @property
    def u(self) -> float:
        return hypot(self.noise, self.bias, self.calibration or 0.0, self.drift or 0.0)

    def to_json(self) -> dict[str, float]:
        doc = {"noise": self.noise, "bias": self.bias, "calibration": self.calibration, "drift": self.drift}
        return {name: part for name, part in doc.items() if part is not None and (part or name != "bias")}


def budget(sway: Sway, noise: Noise, instrument: Instrument, load_n: float, measures: Mapping[str, Measure]) -> dict[str, Parts]:
    """{key: parts} of those measures whose uncertainty can be told; the same window and instrument always give the same numbers.

    load_n: mean load in the window; the window's own context names that noise
    """
    plain = _each(measured(sway, sway.ml_mm[None], sway.ap_mm[None]))
    spread = _spread(sway, noise)
    systematic = _systematic(sway, instrument, load_n, plain)
    shorter = _shorter(plain, sway.once(lengths_without_noise_mm))
    found = {}
    for key in measures:
        of = CORRECTED.get(key, key)
        if of in plain and all(isfinite(v) for v in (plain[of], *spread[of])):
            parts = _parts(of, plain[of], spread[of], shorter, noise, systematic[of])
            found[key] = parts if key == of else replace(parts, bias=0.0)
    return found | _one_by_one(sway, noise, [m for m in measures.values() if m.family in ONE_BY_ONE], instrument)


def _parts(
    key: str,
    value: float,
    spread: tuple[float, float],
    shorter: Mapping[str, float],
    noise: Noise,
    systematic: tuple[float | None, float | None],
) -> Parts:
    sd = spread[0] * ORDER_FACTOR.get(key, 1.0)
    bias = _bias(key, value, spread[1], shorter)
    if key in shorter:  # L_c^2 = L^2 - noise: what moves L by 1 moves what is left by L/L_c
        sd /= max(shorter[key], LEAST_LEFT)
    random = hypot(sd, noise.relative_se * bias)
    if key.startswith(LENGTHS):
        random = hypot(random, EXTRAPOLATION * bias, RESAMPLING * abs(value))
    return Parts(random, bias, *systematic)


def _shorter(plain: Mapping[str, float], without: Lengths) -> dict[str, float]:
    """{measure: its share that is not noise}, of all that are in proportion to a path."""
    found: dict[str, float] = {}
    for axis, length in zip(("", "_ml", "_ap"), without, strict=True):
        path = plain[f"path_length{axis}_mm"]
        share = length / path if path > 0 else 1.0
        found |= dict.fromkeys((f"path_length{axis}_mm", f"mean_velocity{axis}_mm_s", f"mean_frequency{axis}_hz"), share)
    return found


def _bias(key: str, value: float, mean_square: float, shorter: Mapping[str, float]) -> float:
    if key in shorter:
        return value * (1 - shorter[key])
    if key == "mean_velocity_ln":
        return -log(shorter["mean_velocity_mm_s"]) if shorter["mean_velocity_mm_s"] > 0 else 0.0
    if key in SIGNED:
        return 0.0
    return value - sqrt(max(2 * value * value - mean_square, 0.0))


def _each(found: Mapping[str, np.ndarray[tuple[int], np.dtype[np.float64]]]) -> dict[str, float]:
    return {key: float(values[0]) for key, values in found.items()}


def _spread(sway: Sway, noise: Noise) -> dict[str, tuple[float, float]]:
    """{key: (SD, mean square)} over the draws."""
    rng = np.random.default_rng(SEED)
    ml, ap = sway.ml_mm.astype(np.float32), sway.ap_mm.astype(np.float32)
    parts = []
    for _ in range(DRAWS // DRAWS_AT_ONCE):
        d_ml, d_ap = noise.draw(DRAWS_AT_ONCE, sway.n, sway.fs_hz, rng)
        d_ml += ml
        d_ap += ap
        parts.append(measured(sway, d_ml, d_ap))
    all_of = {key: np.concatenate([part[key] for part in parts]) for key in parts[0]}
    return {key: (float(values.std(ddof=1)), float((values * values).mean())) for key, values in all_of.items()}


def _systematic(
    sway: Sway, instrument: Instrument, load_n: float, plain: Mapping[str, float]
) -> dict[str, tuple[float | None, float | None]]:
    """{key: (calibration, drift)}."""
    error = instrument.scale_error()
    ramp = instrument.drift_mm(*sway.mean_mm, load_n)
    ml, ap = sway.ml_mm, sway.ap_mm
    along = np.linspace(-0.5, 0.5, sway.n)
    e, (r_ml, r_ap) = error or 0.0, ramp or (0.0, 0.0)
    shown_ml = np.stack((ml + e * ml, ml + e * ap, ml, ml, ml + r_ml * along))
    shown_ap = np.stack((ap, ap, ap + e * ml, ap + e * ap, ap + r_ap * along))
    moved = measured(sway, shown_ml, shown_ap)
    found: dict[str, tuple[float | None, float | None]] = {}
    for key, values in moved.items():
        off = (values - plain[key]).tolist()
        calibration = None if error is None else hypot(*off[:4])
        if calibration is not None and instrument.calibration_mm is not None and key in ("mean_ml_mm", "mean_ap_mm"):
            calibration = instrument.calibration_mm / sqrt(2)  # the place itself, not its movement
        found[key] = (calibration, None if ramp is None else abs(off[4]))
    return found


def _one_by_one(sway: Sway, noise: Noise, measures: Iterable[Measure], instrument: Instrument) -> dict[str, Parts]:
    """Measures that only know how to measure one window."""
    wanted = list(measures)
    if not wanted:
        return {}
    rng = np.random.default_rng(SEED)
    ml, ap = noise.draw(FEW_DRAWS, sway.n, sway.fs_hz, rng)
    noisy = [_copy(sway, sway.ml_mm + m, sway.ap_mm + a) for m, a in zip(ml, ap, strict=True)]
    e = instrument.scale_error() or 0.0
    shown = [
        _copy(sway, sway.ml_mm + e * (a * sway.ml_mm + b * sway.ap_mm), sway.ap_mm + e * (c * sway.ml_mm + d * sway.ap_mm))
        for a, b, c, d in np.eye(4)
    ]
    found = {}
    for m in wanted:
        value, values = m.function(sway), [m.function(each) for each in noisy]
        off = [m.function(each) - value for each in shown]
        if not all(isfinite(v) for v in (value, *values, *off)):
            continue
        sd, raised = float(np.std(values, ddof=1)), sum(values) / len(values) - value
        if sd == 0:
            continue  # the grid of frequencies is coarser than what noise does to it
        random = hypot(FEW_FACTOR * sd, noise.relative_se * raised)
        found[m.key] = Parts(random, raised, None if instrument.calibration_mm is None else hypot(*off))
    return found


def _copy(sway: Sway, ml_mm: np.ndarray[tuple[int], np.dtype[np.float64]], ap_mm: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Sway:
    return Sway.of(ml_mm, ap_mm, sway.fs_hz, sway.valid, sway.context)
