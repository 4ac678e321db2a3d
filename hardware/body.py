"""How a person stands: one inverted pendulum an axis, after the model of postural sway of Peterka (2002) and Maurer & Peterka (2005).

    J th'' = m g h th + T;  T = -kp m g h th(t - tau) - kd th'(t - tau) - ki integral(th) + n;  CoP = -T / (m g)

`th` is the lean angle, `T` the ankle torque, `n` first-order low-passed noise, smoothed once more as a muscle does. The numbers are
those of a 70 kg person for every weight: a CoP in mm depends on the shares, not on the kilograms. Two-leg speeds and spreads lie near
those of 65 young adults (Santos & Duarte 2016, CC BY 4.0); no value is a norm. All is seeded and runs on data time in steps of 5 ms.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from station.core.geometry import GRAVITY_M_S2

BODY_HZ = 200
STEP_S = 1.0 / BODY_HZ
STEP_NS = 1_000_000_000 // BODY_HZ

MASS_KG = 70.0
HEIGHT_M = 0.92  # of the centre of mass over the ankle
INERTIA_KG_M2 = 1.1 * MASS_KG * HEIGHT_M**2
KD_N_M_S = 300.0
KI_N_M_PER_S = 15.0
WARM_UP_STEPS = 10 * BODY_HZ  # the first 10 s are not steady yet and are dropped
MUSCLE_TAU_S = 0.010  # own: no muscle changes its torque from one step to the next; smooths only what lies above 10 Hz
_PAST = 64  # ring of lean angles, longer than the longest delay (0.16 s = 32 steps), a power of two
_LAST = _PAST - 1

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sway:
    """How hard standing is.

    noise_n_m: standard deviation of the torque noise; tau_n_s its time constant; kp the stiffness as a share of m g h
    scale_ml, scale_ap: of the noise on each axis; delay_s: of nerves and muscles
    """

    noise_n_m: float
    kp: float
    tau_n_s: float
    scale_ml: float = 1.0
    scale_ap: float = 1.0
    delay_s: float = 0.15


SWAY: Mapping[tuple[str, str, str], Sway] = MappingProxyType(
    {
        ("two-leg", "open", "firm"): Sway(0.62, 1.35, 1.0, 0.75),
        ("two-leg", "closed", "firm"): Sway(0.95, 1.35, 1.0, 0.75),
        ("two-leg", "open", "foam"): Sway(1.5, 1.30, 1.0, 0.75),
        ("two-leg", "closed", "foam"): Sway(2.8, 1.30, 1.0, 0.75, delay_s=0.16),
        ("single-leg", "open", "firm"): Sway(2.2, 1.5, 0.5),
        ("single-leg", "closed", "firm"): Sway(4.5, 1.5, 0.5, 1.1),
        # own: no source gives one leg on a pad; a third more than on firm ground
        ("single-leg", "open", "foam"): Sway(2.9, 1.5, 0.5),
        ("single-leg", "closed", "foam"): Sway(5.5, 1.5, 0.5, 1.1),
    }
)
"""Stance, eyes, surface -> sway."""


class _Axis:
    """One pendulum: state in plain floats, because 200 steps a second are too few to be worth an array."""

    def __init__(self) -> None:
        self.nerve_noise = 0.0
        self.torque_noise = 0.0
        self.lean_rad = 0.0
        self.turn_rad_s = 0.0
        self.integral = 0.0
        self.leans = [0.0] * _PAST
        self.turns = [0.0] * _PAST
        self.at = 0

    def run(self, white: list[float], sway: Sway, scale: float) -> list[float]:
        """CoP in mm, one value for each number of white noise (unit variance)."""
        keep = math.exp(-STEP_S / sway.tau_n_s)
        smooth = 1.0 - math.exp(-STEP_S / MUSCLE_TAU_S)
        fresh = sway.noise_n_m * scale * math.sqrt(1.0 - keep * keep)
        weight_n = MASS_KG * GRAVITY_M_S2
        topple = weight_n * HEIGHT_M
        stiff = sway.kp * topple
        delay = round(sway.delay_s * BODY_HZ)
        leans, turns, at = self.leans, self.turns, self.at
        nerve, noise = self.nerve_noise, self.torque_noise
        lean, turn, integral = self.lean_rad, self.turn_rad_s, self.integral
        cop_mm = []
        for w in white:
            nerve = keep * nerve + fresh * w
            noise += smooth * (nerve - noise)
            past = (at - delay) & _LAST
            torque = -stiff * leans[past] - KD_N_M_S * turns[past] - KI_N_M_PER_S * integral + noise
            turn += STEP_S * (topple * lean + torque) / INERTIA_KG_M2
            lean += STEP_S * turn
            integral += STEP_S * lean
            at = (at + 1) & _LAST
            leans[at] = lean
            turns[at] = turn
            cop_mm.append(-1000.0 * torque / weight_n)
        self.at = at
        self.nerve_noise, self.torque_noise = nerve, noise
        self.lean_rad, self.turn_rad_s, self.integral = lean, turn, integral
        return cop_mm


class Pendulum:
    """Sway of a standing person about the point they stand on.

    The same seed gives the same sway, however the steps are cut into calls. It is steady from the first value on.
    """

    def __init__(self, seed: int, *, factor: float = 1.0) -> None:
        """`factor` multiplies the sway of every condition: 0.8 is a steadier person."""
        self._rng = np.random.default_rng((seed, 0xB0D7))
        self._ml = _Axis()
        self._ap = _Axis()
        self._factor = factor
        self.sway(WARM_UP_STEPS, SWAY["two-leg", "open", "firm"])

    def sway(self, steps: int, sway: Sway) -> tuple[Floats, Floats]:
        """(ml_mm, ap_mm), each (steps,), of the next `steps` times 5 ms under this sway."""
        white = self._rng.standard_normal((steps, 2))
        ml = self._ml.run(white[:, 0].tolist(), sway, sway.scale_ml * self._factor)
        ap = self._ap.run(white[:, 1].tolist(), sway, sway.scale_ap * self._factor)
        return np.array(ml), np.array(ap)
