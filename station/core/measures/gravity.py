"""Where the body's centre of gravity stands over the plate, estimated from the pressure alone. For staff only, always an estimate.

A person who stands like a stick on a hinge at the ankle: the centre of gravity follows the slow part of the pressure. The mass falls
out of the stick's natural frequency; the height does not.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from station.core.measures.needs import BOTH_LEGS, HEIGHT_KNOWN, RUN_OF_20_S, WINTER_1998
from station.core.measures.registry import STATION, measure_axes
from station.core.measures.sway import AP, ML, Sway
from station.words import say

Array = npt.NDArray[np.float64]

G_M_S2 = 9.80665
PAD_S = 10.0  # the estimate looks about a second around itself; ten seconds of reflection leave no trace of the ends
INERTIA_OVER_M_H2 = {ML: 0.0572, AP: 0.0533}  # of the body about its centre, over mass times height squared
NEEDS = (HEIGHT_KNOWN, BOTH_LEGS, RUN_OF_20_S)
HOW = (say("parameter.one-stick"),)


def natural_rad_s(height_m: float, axis: int) -> float:
    """w0 = sqrt(m g h/I), h = 0.56 H - 0.039 H, I = k m H^2 + m h^2; about 3 rad/s (0.47 Hz) for 1.75 m."""
    h_m = 0.56 * height_m - 0.039 * height_m
    return math.sqrt(G_M_S2 * h_m / (INERTIA_OVER_M_H2[axis] * height_m**2 + h_m**2))


def centre_of_gravity_mm(x_mm: Array, fs_hz: float, w0_rad_s: float) -> Array:
    """(n,) x through w0^2/(w0^2 + w^2): zero phase, 1 for slow movement. The ends are reflected oddly over 10 s."""
    pad = min(round(PAD_S * fs_hz), len(x_mm) - 1)
    padded = np.concatenate((2 * x_mm[0] - x_mm[pad:0:-1], x_mm, 2 * x_mm[-1] - x_mm[-2 : -pad - 2 : -1]))
    size = 1 << (len(padded) - 1).bit_length()
    padded = np.concatenate((padded, np.linspace(padded[-1], padded[0], size - len(padded) + 2)[1:-1]))  # no jump where it closes
    w_rad_s = 2 * np.pi * np.fft.rfftfreq(size, 1 / fs_hz)
    through = np.fft.irfft(np.fft.rfft(padded) * (w0_rad_s**2 / (w0_rad_s**2 + w_rad_s**2)), size)
    return np.asarray(through[pad : pad + len(x_mm)])


def _estimates_mm(sway: Sway) -> tuple[Array, Array]:
    height_m = (sway.context.height_mm or math.nan) / 1000
    ml, ap = (centre_of_gravity_mm(sway.run_mm(axis), sway.fs_hz, natural_rad_s(height_m, axis)) for axis in (ML, AP))
    return ml, ap


@measure_axes(
    symbol="CoG RMS", unit="mm", source=WINTER_1998, better="lower", settings=STATION, staff_only=True, needs=NEEDS, parameters=HOW
)
def cog_rms_axis_mm(sway: Sway, axis: int) -> float:
    """CoG RMS = sqrt(mean (CoG - mean CoG)^2), CoG = CoP through w0^2/(w0^2 + w^2), w0^2 = m g h/I.

    h = 0.56 H - 0.039 H, I = 0.0533 m H^2 + m h^2 forward and back, 0.0572 to the side, H the height. An estimate, never a measurement.
    """
    return float(sway.once(_estimates_mm)[axis].std())


@measure_axes(
    symbol="CoP-CoG", unit="mm", source=WINTER_1998, better="lower", settings=STATION, staff_only=True, needs=NEEDS, parameters=HOW
)
def cop_cog_rms_axis_mm(sway: Sway, axis: int) -> float:
    """CoP-CoG = sqrt(mean (CoP - CoG)^2), CoG as estimated for CoG RMS.

    How far the pressure has to run ahead of the body to bring it back.
    """
    apart_mm = sway.run_mm(axis) - sway.once(_estimates_mm)[axis]
    return math.sqrt(float((apart_mm * apart_mm).mean()))
