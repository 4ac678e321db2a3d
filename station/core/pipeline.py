"""Readings in, frames out: the one way from conversions to the even 100 Hz grid, live, in replay and in recompute.

`feed()` is a function of the readings in the order they arrived and of the `until_ns` marks, never of block borders: each reading is
taken by its cell alone, a frame leaves when nothing that may still arrive can change it, and its arithmetic is elementwise in one fixed
order (no dot product, no FFT, whose last bit depends on shape). So streaming and batch are equal to the last bit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from station.core.calibration import Calibration, Row
from station.core.frames import LEAST_LOAD_N, STEP_NS, Frames, Plate
from station.core.gate import GATED, LIMIT_KG
from station.core.geometry import GRAVITY_M_S2, Geometry
from station.core.plate import Zeroing
from station.core.readings import CELLS, Flag, Readings, Timing
from station.core.resample import CellTrack, Floats, Ints

_LONG_AGO_NS = -(1 << 62)


@dataclass(frozen=True, slots=True)
class CellHealth:
    """One cell since the pipeline began.

    rate_hz:   measured conversions a second (1 / median interval), 0 before there are two
    silent_s:  from its last reading (from the board's first sign of life if it never had one) to `until_ns`
    n:         readings; flagged: how many carry each flag, by the flag's name
    late:      readings that came after their time was given up; unordered: not later than the one before; bad_edges: off the period
    gated:     single readings that jumped alone and were kept out (`station.core.gate`); their frames carry GATED
    """

    rate_hz: float
    silent_s: float
    n: int
    flagged: dict[str, int]
    late: int
    unordered: int
    bad_edges: int
    gated: int = 0


class Pipeline:
    """Counts of four cells on their own times -> forces and CoP every 10 ms.

    The grid: all multiples of 10 ms of the board's clock from the first one at or after the first knot of any cell, none left out.
    A frame leaves once every living cell has two knots after it, or a knot on it: with `Sample` timing 2 conversions after its time, with
    `Edge` timing 3 (a word counts when the next edge has come without a reset); one more in the first interval after a gap, which uses
    the four knots that follow. At the very start the first nine readings of a file wait for each other, the first 20 edges of a chip
    for its clock. A cell silent for 4.5 of its periods (`CellTrack`) gives invalid frames; the other three go on.

    geometry:    kept for who asks; the CoP comes from `calibration.matrix`
    pad_kg:      mass of the site's pad, known by its step in the empty load
    fixed_zero:  keep `calibration.zero_count` for ever (a file taken whole)
    resume:      a `state()`: continues bit for bit where that pipeline stood
    """

    def __init__(
        self,
        geometry: Geometry,
        calibration: Calibration,
        timing: Timing,
        *,
        pad_kg: float = 0.7,
        fixed_zero: bool = False,
        resume: Mapping[str, Any] | None = None,
    ) -> None:
        self.geometry = geometry
        self.calibration = calibration
        self.timing = timing
        limit_n = LIMIT_KG * GRAVITY_M_S2
        self._tracks = tuple(CellTrack(timing, limit_n / abs(gain) if gain else None) for gain in calibration.gain_n_per_count)
        self._zeroing = Zeroing(calibration, pad_kg=pad_kg, fixed=fixed_zero)
        self._until_ns = _LONG_AGO_NS
        self._began_ns: int | None = None
        self._next_ns: int | None = None
        self._flags: dict[int, int] = {}  # frame time -> union, for frames to come
        if resume is not None:
            self._restore(resume)

    def feed(self, readings: Readings) -> Frames:
        """The frames that these readings complete, oldest first; often none."""
        tracks = self._tracks
        rows = zip(readings.cell.tolist(), readings.t_ns.tolist(), readings.count.tolist(), readings.flag.tolist(), strict=True)
        for cell, t_ns, count, flag in rows:
            track = tracks[cell]
            flag_ns = track.add(t_ns, count, flag)
            if flag:
                self._mark(flag_ns, flag)
            while track.gated_ns:
                self._mark(track.gated_ns.pop(), GATED)
        if self._began_ns is None:
            self._began_ns = int(readings.t_ns[0]) if len(readings) else readings.until_ns
        self._until_ns = max(self._until_ns, readings.until_ns)
        for track in tracks:
            track.advance(self._until_ns)
        return self._emit(min(track.decided_ns(self._until_ns) for track in tracks))

    def _mark(self, t_ns: int, flag: int) -> None:
        """The first frame at or after this time carries the flag."""
        frame_ns = -(-t_ns // STEP_NS) * STEP_NS
        self._flags[frame_ns] = self._flags.get(frame_ns, 0) | flag

    def finish(self) -> Frames:
        """The tail, up to the last knot of any cell: nothing will follow."""
        for track in self._tracks:
            track.finish()
        return self._emit(max(track.last_knot_ns for track in self._tracks))

    def _emit(self, decided_ns: int) -> Frames:
        if self._next_ns is None:
            starts = [track.first_knot_ns for track in self._tracks if track.first_knot_ns is not None]
            if not starts or decided_ns < -(-min(starts) // STEP_NS) * STEP_NS:
                self._gather_flags(decided_ns)
                return Frames.none()
            self._next_ns = -(-min(starts) // STEP_NS) * STEP_NS
        m = (decided_ns - self._next_ns) // STEP_NS + 1
        if m <= 0:
            return Frames.none()
        t_ns = self._next_ns + STEP_NS * np.arange(m, dtype=np.int64)
        flags = self._flags_of(t_ns)
        self._next_ns += m * STEP_NS
        counts = self._counts_at(t_ns)
        for track in self._tracks:
            track.forget(self._next_ns)
        return frames_of(t_ns, counts, self._zeroing.zeros(t_ns, counts), self.calibration, flags)

    def _counts_at(self, t_ns: Ints) -> Floats:
        """(m, 4) counts, NaN where a cell has no value."""
        counts = np.empty((len(t_ns), len(CELLS)))
        for cell, track in enumerate(self._tracks):
            counts[:, cell] = track.counts_at(t_ns)
        return counts

    def _gather_flags(self, decided_ns: int) -> None:
        """Before the grid begins all flags of decided times belong to its first frame: one entry, however long that takes."""
        old = [frame_ns for frame_ns in self._flags if frame_ns <= decided_ns]
        for frame_ns in old[1:]:
            self._flags[old[0]] |= self._flags.pop(frame_ns)

    def _flags_of(self, t_ns: Ints) -> np.ndarray[tuple[int], np.dtype[np.uint16]]:
        flags = np.zeros(len(t_ns), np.uint16)
        if self._flags:
            first_ns, last_ns = int(t_ns[0]), int(t_ns[-1])
            for frame_ns in [frame_ns for frame_ns in self._flags if frame_ns <= last_ns]:
                flags[max(0, (frame_ns - first_ns) // STEP_NS)] |= self._flags.pop(frame_ns)
        return flags

    @property
    def plate(self) -> Plate:
        """What lies on the plate, as of the last whole half second of frames."""
        return self._zeroing.plate

    @property
    def next_ns(self) -> int | None:
        """Time of the next frame, None before the grid has begun."""
        return self._next_ns

    @property
    def until_ns(self) -> int:
        """The newest `until_ns` seen."""
        return self._until_ns

    @property
    def rates_hz(self) -> Row:
        """Measured conversions a second of each cell."""
        a, b, c, d = (track.clock.rate_hz for track in self._tracks)
        return (a, b, c, d)

    @property
    def silent_s(self) -> Row:
        """Seconds from each cell's last reading to `until_ns`."""
        a, b, c, d = (self._silent_s(track) for track in self._tracks)
        return (a, b, c, d)

    def _silent_s(self, track: CellTrack) -> float:
        since_ns = track.last_t_ns if track.last_t_ns is not None else self._began_ns
        return 0.0 if since_ns is None else max(0, self._until_ns - since_ns) / 1e9

    @property
    def health(self) -> tuple[CellHealth, ...]:
        """One for each of CELLS."""
        return tuple(
            CellHealth(
                rate_hz=track.clock.rate_hz,
                silent_s=self._silent_s(track),
                n=track.n,
                flagged={Flag(bit).name or "": n for bit, n in sorted(track.flagged.items())},
                late=track.late,
                unordered=track.unordered,
                bad_edges=track.clock.bad_edges,
                gated=track.gate.n if track.gate else 0,
            )
            for track in self._tracks
        )

    def state(self) -> dict[str, Any]:
        """All that decides the frames to come, JSON-able; floats survive JSON exactly."""
        return {
            "until_ns": self._until_ns,
            "began_ns": self._began_ns,
            "next_ns": self._next_ns,
            "flags": [[frame_ns, flags] for frame_ns, flags in self._flags.items()],
            "cells": [track.state() for track in self._tracks],
            "zeroing": self._zeroing.state(),
        }

    def _restore(self, state: Mapping[str, Any]) -> None:
        self._until_ns = state["until_ns"]
        self._began_ns = state["began_ns"]
        self._next_ns = state["next_ns"]
        self._flags = dict(state["flags"])
        for track, cell in zip(self._tracks, state["cells"], strict=True):
            track.restore(cell)
        self._zeroing.restore(state["zeroing"])


def frames_of(t_ns: Ints, counts: Floats, zero_count: Floats, calibration: Calibration, flags: Any) -> Frames:
    """Counts (m, 4), NaN where a cell has no value, and the zero in force (m, 4) -> forces, load and CoP."""
    above = counts - zero_count
    r0, r1, r2, r3 = above.T
    load_n, mx_n_mm, my_n_mm = (k0 * r0 + k1 * r1 + k2 * r2 + k3 * r3 for k0, k1, k2, k3 in calibration.matrix)
    stands = load_n >= LEAST_LOAD_N
    divisor_n = np.where(stands, load_n, np.nan)
    return Frames(
        t_ns=t_ns,
        force_n=above * np.array(calibration.gain_n_per_count),
        load_n=load_n,
        ml_mm=mx_n_mm / divisor_n,
        ap_mm=my_n_mm / divisor_n,
        valid=np.asarray(~np.isnan(counts).any(axis=1)),
        flags=flags,
    )
