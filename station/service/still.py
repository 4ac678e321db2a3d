"""Waiting for stillness: a plate nobody touches for so many seconds, and what it weighed meanwhile."""

from __future__ import annotations

import numpy as np

from station.service.feel import SLICE_S, Slice
from station.service.fit import Floats
from station.service.scale import Scale

STILL_SD_G = 30.0
"""Within a tenth of a second: three times the noise that a cell may have."""
STILL_RANGE_G = 60.0
"""Each tenth stays this near the mean of those before: a weight that still rocks, a hand that still holds it, does not."""
MOST_MISSING = 3
"""Tenths in a row that may be missing (a gap in the readings)."""


class Still:
    """Collects slices as long as all is still; begins again at the first movement."""

    def __init__(self, seconds: float) -> None:
        self._wanted = round(seconds / SLICE_S)
        self._kept: list[Floats] = []
        self._missing = 0

    def feed(self, slice: Slice, scale: Scale) -> None:
        if not slice.whole:
            self._missing += 1
            if self._missing > MOST_MISSING:
                self.again()
            return
        self._missing = 0
        counts = scale.by_corner(slice.counts)
        if scale.grams(slice).max() > STILL_SD_G:
            self.again()
        elif self._kept and np.abs((counts - np.mean(self._kept, axis=0)) * scale.gain_kg).max() * 1000.0 > STILL_RANGE_G:
            self._kept = [counts]
        else:
            self._kept.append(counts)

    def again(self) -> None:
        self._kept, self._missing = [], 0

    @property
    def seconds(self) -> float:
        """So long all has been still."""
        return len(self._kept) * SLICE_S

    @property
    def progress(self) -> float:
        return min(1.0, len(self._kept) / self._wanted)

    @property
    def mean(self) -> Floats | None:
        """(4,) raw counts by corner once the time is full."""
        return None if len(self._kept) < self._wanted else np.asarray(np.mean(self._kept, axis=0), np.float64)
