"""The path and velocity with the board's noise taken off: beside the conventional values, never instead of them."""

from __future__ import annotations

import math

from station.core.measures.needs import TEN_SECONDS
from station.core.measures.registry import STATION, Need, measure
from station.core.measures.sway import Sway
from station.core.uncertainty.simex import Lengths, corrected_lengths_mm

COOK_1994 = "Cook & Stefanski 1994, J Am Stat Assoc 89:1314 (SIMEX)"
WITHHELD, MARKED = 0.20, 0.05
"""A correction of more than this share of the path says that the board is too noisy to tell, or that it is to be read with care; own."""


def correction(sway: Sway) -> float:
    """Share of the conventional path that the noise has made, 0..1; 0 where the noise is not known."""
    if not (sway.context.noise is not None and sway.path_mm > 0):
        return 0.0
    return max(1 - _path_mm(sway) / sway.path_mm, 0.0)


def _path_mm(sway: Sway) -> float:
    return sway.once(lengths_without_noise_mm)[0]


def lengths_without_noise_mm(sway: Sway) -> Lengths:
    """(path, along ml, along ap) by SIMEX; NaN where the noise is not known."""
    noise = sway.context.noise
    return (math.nan, math.nan, math.nan) if noise is None else corrected_lengths_mm(sway, noise)


NOISE_KNOWN = Need("why.noise-unknown", lambda sway: sway.context.noise is not None)
NOT_DROWNED = Need("why.noise-too-much", lambda sway: correction(sway) <= WITHHELD)
QUIET = Need("why.noise-much", lambda sway: correction(sway) <= MARKED, marks=True)


@measure(symbol="TOTEX c", unit="mm", source=COOK_1994, better="lower", settings=STATION, needs=(NOISE_KNOWN, NOT_DROWNED, QUIET))
def path_length_corrected_mm(sway: Sway) -> float:
    """sqrt(Q(-1)), Q the quadratic fitted to L^2(kappa): squared path length with kappa = 0, 0.5, 1, 1.5, 2 times the noise added.

    What the low-pass takes off the path is not put back.
    """
    return _path_mm(sway)


@measure(
    symbol="MVELO c", unit="mm/s", source=COOK_1994, better="lower", settings=STATION, needs=(NOISE_KNOWN, NOT_DROWNED, TEN_SECONDS, QUIET)
)
def mean_velocity_corrected_mm_s(sway: Sway) -> float:
    """Corrected path length / T."""
    return _path_mm(sway) / sway.duration_s
