"""Path and velocity. All of them depend on the low-pass, the rate and the duration."""

from __future__ import annotations

import math

import numpy as np

from station.core.measures.needs import OWN, PRIETO_1996, QUIJOUX_2021, TEN_SECONDS, TWENTY_SECONDS
from station.core.measures.registry import measure, measure_axes
from station.core.measures.sway import Sway


@measure(symbol="TOTEX", unit="mm", source=PRIETO_1996, better="lower")
def path_length_mm(sway: Sway) -> float:
    """TOTEX = sum sqrt(dx^2 + dy^2) (N-1)/(valid steps).

    A gap's missing steps are made up by the mean of the others. Compare across no other duration, rate or low-pass.
    """
    return sway.path_mm


@measure_axes(symbol="TOTEX", unit="mm", source=PRIETO_1996, better="lower")
def path_length_axis_mm(sway: Sway, axis: int) -> float:
    """TOTEX = sum abs(dx) (N-1)/(valid steps)."""
    return float(np.abs(sway.steps_mm[axis]).sum()) * sway.step_scale


@measure(symbol="MVELO", unit="mm/s", source=PRIETO_1996, better="lower", needs=(TEN_SECONDS,))
def mean_velocity_mm_s(sway: Sway) -> float:
    """MVELO = TOTEX / T, T = N/fs.

    The primary outcome. Depends on the low-pass (10 Hz here) and on duration: the first 20 s of a minute read about 8 % high. Compare
    across neither.
    """
    return sway.path_mm / sway.duration_s


@measure(symbol="ln MVELO", unit="ln(mm/s)", source=OWN, better="lower", needs=(TEN_SECONDS,))
def mean_velocity_ln(sway: Sway) -> float:
    """ln MVELO = natural logarithm of MVELO in mm/s.

    What is compared from visit to visit.
    """
    return _ln(sway.path_mm / sway.duration_s)


@measure_axes(symbol="MVELO", unit="mm/s", source=PRIETO_1996, better="lower", needs=(TEN_SECONDS,))
def mean_velocity_axis_mm_s(sway: Sway, axis: int) -> float:
    """MVELO = TOTEX / T of one axis, T = N/fs."""
    return path_length_axis_mm(sway, axis) / sway.duration_s


@measure(unit="mm/s", source=OWN, staff_only=True)
def peak_velocity_mm_s(sway: Sway) -> float:
    """max of fs sqrt(dx^2 + dy^2).

    Judges the recording, not the person: 5.6 x the mean is the median in quiet stance.
    """
    return float(sway.step_mm.max()) * sway.fs_hz if len(sway.step_mm) else math.nan


@measure(unit="mm/s", source=OWN, staff_only=True, needs=(TWENTY_SECONDS,))
def velocity_first_third_mm_s(sway: Sway) -> float:
    """MVELO of frames 0 to N/3."""
    return velocity_of_third_mm_s(sway, 0)


@measure(unit="mm/s", source=OWN, staff_only=True, needs=(TWENTY_SECONDS,))
def velocity_middle_third_mm_s(sway: Sway) -> float:
    """MVELO of frames N/3 to 2 N/3."""
    return velocity_of_third_mm_s(sway, 1)


@measure(unit="mm/s", source=OWN, staff_only=True, needs=(TWENTY_SECONDS,))
def velocity_last_third_mm_s(sway: Sway) -> float:
    """MVELO of frames 2 N/3 to N."""
    return velocity_of_third_mm_s(sway, 2)


@measure(unit="ln", source=OWN, staff_only=True, needs=(TWENTY_SECONDS,))
def velocity_thirds_ln(sway: Sway) -> float:
    """ln(MVELO of the last third / MVELO of the first third).

    Below 0 the sway became slower. At rest: median -0.12, p5 -0.53, p95 +0.28.
    """
    return _ln(velocity_of_third_mm_s(sway, 2)) - _ln(velocity_of_third_mm_s(sway, 0))


def velocity_of_third_mm_s(sway: Sway, third: int) -> float:
    """Mean velocity of third 0, 1 or 2: mean valid step between its frames times the rate; NaN when it has none."""
    starts = [sway.n * k // 3 for k in range(4)]
    d_ml, d_ap = (np.diff(axis_mm[starts[third] : starts[third + 1]]) for axis_mm in (sway.ml_mm, sway.ap_mm))
    valid = sway.step_valid[starts[third] : max(starts[third + 1] - 1, 0)]
    if not valid.any():
        return math.nan
    return float(np.sqrt(d_ml * d_ml + d_ap * d_ap)[valid].mean()) * sway.fs_hz


@measure(symbol="TURNS", unit="", source="Acuna, posturography code", better="", staff_only=True)
def turns_index(sway: Sway) -> float:
    """TURNS = sum sqrt((dx/s_x)^2 + (dy/s_y)^2) (N-1)/(valid steps), s divided by N.

    How often the sway turns, whatever its size.
    """
    s_ml, s_ap = (math.sqrt(v) for v in sway.mean_square_mm2)
    if s_ml == 0 or s_ap == 0:
        return math.nan
    d_ml, d_ap = sway.steps_mm
    return float(np.sqrt((d_ml / s_ml) ** 2 + (d_ap / s_ap) ** 2).sum()) * sway.step_scale


@measure_axes(unit="mixed", source=f"{QUIJOUX_2021}; Riley", staff_only=True)
def phase_plane_axis(sway: Sway, axis: int) -> float:
    """sqrt(s_x^2 + s_v^2), v = fs dx, s divided by N.

    Mixes mm and mm/s: comparable only on the same board.
    """
    if not len(sway.step_mm):
        return math.nan
    return math.sqrt(sway.mean_square_mm2[axis] + float(np.var(sway.steps_mm[axis] * sway.fs_hz)))


@measure(symbol="MFREQ", unit="Hz", source=PRIETO_1996, settings=("station",), needs=(TEN_SECONDS,))
def mean_frequency_hz(sway: Sway) -> float:
    """MFREQ = MVELO / (2 pi MDIST), T = N/fs.

    Turns per second on a circle of that radius: a rotation rate, not the mean of the spectrum.
    """
    radius_mm = sway.mean_distance_mm
    return sway.path_mm / sway.duration_s / (2 * math.pi * radius_mm) if radius_mm > 0 else math.nan


@measure_axes(symbol="MFREQ", unit="Hz", source=PRIETO_1996, settings=("station",), needs=(TEN_SECONDS,))
def mean_frequency_axis_hz(sway: Sway, axis: int) -> float:
    """MFREQ = MVELO / (4 sqrt(2) MDIST) of one axis, T = N/fs."""
    distance_mm = float(np.abs(sway.points_mm[axis]).mean())
    if distance_mm == 0:
        return math.nan
    return path_length_axis_mm(sway, axis) / sway.duration_s / (4 * math.sqrt(2) * distance_mm)


def sway_area_per_second_mm2_s(sway: Sway, over_s: float) -> float:
    """Area swept by the line from the mean point to the moving point, over a given time."""
    ml, ap = sway.ml_mm, sway.ap_mm
    swept = np.abs(ap[1:] * ml[:-1] - ap[:-1] * ml[1:])
    return float(swept[sway.step_valid].sum()) * sway.step_scale / (2 * over_s) if over_s > 0 else math.nan


@measure(symbol="AREA-SW", unit="mm2/s", source=PRIETO_1996, better="lower", settings=("station",))
def sway_area_rate_mm2_s(sway: Sway) -> float:
    """AREA-SW = (1/2T) sum abs(y[i+1] x[i] - y[i] x[i+1]), T = N/fs.

    A drifting centre dominates it.
    """
    return sway_area_per_second_mm2_s(sway, sway.duration_s)


def _ln(value: float) -> float:
    return math.log(value) if value > 0 else math.nan
