"""What the pipeline makes of readings: an even 100 Hz grid of forces and centre of pressure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

FS_HZ = 100
STEP_NS = 10_000_000
LEAST_LOAD_N = 100.0
"""No CoP below this load (our own limit)."""


@dataclass(frozen=True, slots=True)
class Frames:
    """m points of the even grid.

    t_ns:    (m,) int64    multiples of 10 ms of the board's clock, consecutive
    force_n: (m, 4) float  each cell, zeroed, gain applied (health, twist); NaN where that cell has no value
    load_n:  (m,) float    W; NaN where not valid
    ml_mm, ap_mm: (m,)     CoP; NaN where not valid or W < 100 N
    valid:   (m,) bool     all four cells have a value (bridged gaps of up to 3 conversions count as values)
    flags:   (m,) uint16   union of the flags of the readings since the frame before
    """

    t_ns: npt.NDArray[np.int64]
    force_n: npt.NDArray[np.float64]
    load_n: npt.NDArray[np.float64]
    ml_mm: npt.NDArray[np.float64]
    ap_mm: npt.NDArray[np.float64]
    valid: npt.NDArray[np.bool_]
    flags: npt.NDArray[np.uint16]

    def __len__(self) -> int:
        return len(self.t_ns)

    def __getitem__(self, where: slice) -> Frames:
        return Frames(
            self.t_ns[where],
            self.force_n[where],
            self.load_n[where],
            self.ml_mm[where],
            self.ap_mm[where],
            self.valid[where],
            self.flags[where],
        )

    @staticmethod
    def none() -> Frames:
        empty = np.empty(0)
        return Frames(
            np.empty(0, np.int64), np.empty((0, 4)), empty, empty.copy(), empty.copy(), np.empty(0, np.bool_), np.empty(0, np.uint16)
        )

    @staticmethod
    def join(parts: Iterable[Frames]) -> Frames:
        kept = list(parts) or [Frames.none()]
        return Frames(*(np.concatenate([getattr(p, f.name) for p in kept]) for f in fields(Frames)))


@dataclass(frozen=True, slots=True)
class Plate:
    """What lies on the plate, as the pipeline's zeroing sees it (updated on the half second of data time; never a clock).

    state:     "unknown" (not zeroed yet), "empty", "object" (0.3-10 kg that is no pad and stays), "loaded" (above 10 kg)
    pad:       the pad lies on the plate (known by its mass; auto-zeroed with it)
    load_n:    load above the zero in force (mean of the last half second)
    zero_count: (4,) counts taken as zero now
    zeroed_ns: when that zero was taken, 0 when it is the calibration's own
    noise_n:   (4,) SD of each cell in the still seconds that made the zero; zeros when never measured
    zero_checked: an empty, still plate was seen and zeroed since the pipeline began
    """

    state: str = "unknown"
    pad: bool = False
    load_n: float = 0.0
    zero_count: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    zeroed_ns: int = 0
    noise_n: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    zero_checked: bool = False
