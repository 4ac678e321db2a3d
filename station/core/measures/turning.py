"""How often the pressure turns back or passes its mean, and how fast it gets in between. For staff only; depends on the low-pass."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from station.core.measures.needs import QUIJOUX_2021, RUN_OF_20_S
from station.core.measures.registry import measure_axes
from station.core.measures.sway import Sway

Array = npt.NDArray[np.float64]

NEEDS = (RUN_OF_20_S,)


def changes_of_sign(x: Array) -> npt.NDArray[np.int64]:
    """Where x first has another sign than before; zeros have none and are passed over."""
    signed = np.flatnonzero(x)
    return np.asarray(signed[1:][np.diff(np.sign(x[signed])) != 0])


@measure_axes(symbol="ZC", unit="1/s", source=QUIJOUX_2021, staff_only=True, needs=NEEDS)
def zero_crossings_axis_1_s(sway: Sway, axis: int) -> float:
    """ZC = (changes of sign of x) / T, T of the unbroken run, zeros passed over."""
    run_mm = sway.run_mm(axis)
    return len(changes_of_sign(run_mm)) / sway.run_s if run_mm.any() else math.nan


@measure_axes(symbol="ZCV", unit="1/s", source=QUIJOUX_2021, staff_only=True, needs=NEEDS)
def velocity_zero_crossings_axis_1_s(sway: Sway, axis: int) -> float:
    """ZCV = (changes of sign of dx) / T, dx = x[k+1] - x[k], T of the unbroken run, zeros passed over."""
    steps_mm = np.diff(sway.run_mm(axis))
    return len(changes_of_sign(steps_mm)) / sway.run_s if steps_mm.any() else math.nan


@measure_axes(symbol="PV", unit="mm/s", source=QUIJOUX_2021, better="lower", staff_only=True, needs=NEEDS)
def velocity_peak_axis_mm_s(sway: Sway, axis: int) -> float:
    """PV = mean over the stretches between successive changes of sign of dx of max abs(dx) fs.

    The first and the last stretch are cut by the window and left out.
    """
    steps_mm = np.diff(sway.run_mm(axis))
    turns = changes_of_sign(steps_mm)
    if len(turns) < 2:
        return math.nan
    peaks_mm = np.maximum.reduceat(np.abs(steps_mm[: turns[-1]]), turns[:-1])
    return float(peaks_mm.mean()) * sway.fs_hz
