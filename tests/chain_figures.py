"""How wrong the chain from the plate to the centre of pressure is, against what truly pressed: used by tests and by the figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from hardware.simulated import Act, SimulatedBoard, open_simulated
from station.core.calibration import Calibration
from station.core.frames import Frames
from station.core.marks import calibration_marks
from station.core.pipeline import Pipeline
from station.service.fit import fit

S = 1_000_000_000
PERIOD_S = 1 / 80
Floats = npt.NDArray[np.float64]

STANDING: tuple[Act, ...] = ((0.2, "step-on", {}),)
TAPS: tuple[Act, ...] = (
    (0.2, "step-on", {}),
    (2.0, "lift-left", {}),
    *((4.0 + 1.5 * i, "tap", {"dip_pct": -20.0, "ml_mm": 10.0, "ap_mm": 30.0, "seconds": 0.12}) for i in range(10)),
)
LANDINGS: tuple[Act, ...] = (  # twice the body weight more, for 60 ms, while the foot stays down
    (0.2, "step-on", {}),
    *((3.0 + 1.5 * i, "tap", {"dip_pct": -200.0, "ml_mm": 10.0, "ap_mm": 20.0, "seconds": 0.12}) for i in range(10)),
)
HOPS: tuple[Act, ...] = ((0.2, "step-on", {}), *((3.0 + 2.5 * i, "hop", {}) for i in range(6)))


@dataclass(frozen=True, slots=True)
class Errors:
    """mm rms, both axes together: of the whole chain against what pressed; of the filter alone; of the rest of the chain, that is
    against what pressed as an ideal filter of nominal speed shows it. peak_mm: the greatest of the last; lowered: least share of
    the greatest load that the filter leaves."""

    whole_mm: float
    filter_mm: float
    added_mm: float
    peak_mm: float
    lowered: float


def frames_of(board: SimulatedBoard, seconds: float) -> Frames:
    pipeline = Pipeline(board.geometry, board.calibration, board.timing)
    parts = []
    while board.now_ns < seconds * S:
        parts.append(pipeline.feed(board.read(0.05)))
    return Frames.join(parts)


def times_of(acts: Sequence[Act], action: str) -> list[float]:
    return [at_s for at_s, name, _ in acts if name == action]


def chain_errors(acts: Sequence[Act], seconds: float, *, seed: int, around_s: Sequence[float] = (), least_n: float = 100.0) -> Errors:
    """`around_s`: only the 0.6 s after each of these times count, where the event is; without, everything from 3 s on.

    least_n: only where the load is greater; below 100 N the station gives no CoP.
    """
    board = open_simulated("chips", seed=seed, script=acts)
    frames = frames_of(board, seconds)
    t_s = frames.t_ns / S
    inside = t_s > 3.0 if not around_s else np.any([(t_s >= at_s) & (t_s < at_s + 0.6) for at_s in around_s], axis=0)
    frames = frames[np.nonzero(inside & (t_s < seconds - 0.2) & frames.valid & ~np.isnan(frames.ml_mm))[0]]
    pressed = truth(board, frames.t_ns)
    shown = filtered_truth(board, frames.t_ns)
    cop = np.column_stack((frames.ml_mm, frames.ap_mm))
    enough = (pressed[:, 0] > least_n) & (shown[:, 0] > least_n)
    cop, pressed, shown = cop[enough], pressed[enough], shown[enough]
    return Errors(
        rms(cop - pressed[:, 1:]),
        rms(shown[:, 1:] - pressed[:, 1:]),
        rms(cop - shown[:, 1:]),
        float(np.abs(cop - shown[:, 1:]).max()),
        float(shown[:, 0].max() / pressed[:, 0].max()),
    )


def truth(board: SimulatedBoard, t_ns: Any) -> Floats:
    """(m, 3): load in N, ml and ap in mm."""
    return np.column_stack((board.load_truth(t_ns), board.cop_truth(t_ns)))


def filtered_truth(board: SimulatedBoard, t_ns: Any) -> Floats:
    """The same as an ideal filter shows it: four boxcars of one nominal period, centred, on the load and its moments."""
    offsets_ns = np.arange(-2 * PERIOD_S, 2 * PERIOD_S, 0.0005) * S + 250_000
    weights = np.array([_spline(abs(offset) / (PERIOD_S * S)) for offset in offsets_ns])
    total = np.zeros((len(t_ns), 3))
    for offset_ns, weight in zip(offsets_ns, weights / weights.sum(), strict=True):
        row = truth(board, t_ns + round(offset_ns))
        load = row[:, :1]
        total += weight * np.nan_to_num(np.column_stack((load, row[:, 1:] * load)))
    return np.column_stack((total[:, 0], total[:, 1:] / np.maximum(total[:, :1], 1e-9)))


def _spline(u: float) -> float:
    """Four boxcars of width 1 convolved, at a distance from their middle."""
    return 2 / 3 - u * u + u**3 / 2 if u < 1 else max(0.0, 2 - u) ** 3 / 6


def rms(error_mm: Floats) -> float:
    """Root mean square of an axis."""
    return float(np.sqrt(np.mean(error_mm**2)))


def calibrated(traits: str, *, seed: int, weight_kg: float = 10.0, placement_mm: float = 1.0) -> Calibration:
    """Nine marks with a known weight, placed with this error an axis, and the fit of the service."""
    rng = np.random.default_rng((seed, 99))
    marks = calibration_marks(9)
    acts: list[Act] = []
    for i, mark in enumerate(marks):
        off = rng.normal(0, placement_mm, 2)
        acts.append((3.0 + 2 * i, "put", {"ml_mm": mark.ml_mm + off[0], "ap_mm": mark.ap_mm + off[1], "kg": weight_kg, "name": f"w{i}"}))
        acts.append((4.6 + 2 * i, "take", {"name": f"w{i}"}))
    board = open_simulated(traits, seed=seed, script=acts)
    counts = means(board, [(1.0, 2.9), *((3.6 + 2 * i, 4.5 + 2 * i) for i in range(len(marks)))])
    at_mm = np.array([(mark.ml_mm, mark.ap_mm) for mark in marks])
    return fit(counts[1:] - counts[0], at_mm, weight_kg, board.geometry).calibration(counts[0].tolist(), id="nine", source="nine marks")


def absolute_error_mm(traits: str, calibration: Calibration | None, *, seed: int, weight_kg: float = 70.0) -> Floats:
    """(25, 2): measured less true place of a person's weight on a 5 x 5 grid to 120 mm."""
    places = [(ml, ap) for ap in (-120, -60, 0, 60, 120) for ml in (-120, -60, 0, 60, 120)]
    acts: list[Act] = []
    for i, (ml, ap) in enumerate(places):
        acts.append((2.0 + 1.5 * i, "put", {"ml_mm": ml, "ap_mm": ap, "kg": weight_kg, "name": f"p{i}"}))
        acts.append((3.0 + 1.5 * i, "take", {"name": f"p{i}"}))
    order = calibration.order if calibration else (0, 1, 2, 3)
    board = open_simulated(traits, seed=seed, script=acts, calibration=calibration, order=order)
    counts = means(board, [(1.0, 1.9), *((2.5 + 1.5 * i, 2.95 + 1.5 * i) for i in range(len(places)))])
    load_n, mx, my = np.array(board.calibration.matrix) @ (counts[1:] - counts[0]).T
    return np.column_stack((mx / load_n, my / load_n)) - np.array(places)


def means(board: SimulatedBoard, spans_s: Sequence[tuple[float, float]]) -> Floats:
    """(n, 4) mean counts of each cell in each span of time."""
    blocks = []
    while board.now_ns < (spans_s[-1][1] + 0.1) * S:
        blocks.append(board.read(0.05))
    cell, t_ns, count = (np.concatenate([getattr(b, c) for b in blocks]) for c in ("cell", "t_ns", "count"))
    where = [[(cell == c) & (t_ns >= a * S) & (t_ns < b * S) for c in range(4)] for a, b in spans_s]
    return np.array([[count[one].mean() for one in row] for row in where])
