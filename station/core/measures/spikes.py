"""Frames in which one cell alone jumps and comes back: electricity, not a person."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from station.core.frames import Frames

Array = npt.NDArray[np.float64]

JUMP_SHARE = 0.20  # of the load (own)
TWIST_SHARE = 0.10  # a person who moves loads two cells at once and leaves the twist alone
NEIGHBOURS = 15  # frames of the running median: longer than a conversion spread over the grid, shorter than any movement
WORTH_A_LOOK = 0.02  # of the load from one frame to the next; below it nothing jumped


def twist_n(force_n: Array) -> Array:
    """(m,) front left - front right - rear left + rear right: what is left when load and moments are explained."""
    return np.asarray(force_n[:, 0] - force_n[:, 1] - force_n[:, 2] + force_n[:, 3])


def spike_frames(frames: Frames) -> npt.NDArray[np.bool_]:
    """(m,) True where one cell is more than 20 % of the load away from its neighbours in time while the twist jumps with it."""
    none = np.zeros(len(frames), np.bool_)
    good = np.flatnonzero(frames.valid)
    if len(good) < NEIGHBOURS:
        return none
    force_n = frames.force_n[good]
    load_n = float(np.median(frames.load_n[good]))
    if load_n <= 0 or not (np.abs(np.diff(force_n, axis=0)) > WORTH_A_LOOK * load_n).any():
        return none
    apart_n = np.abs(force_n - _running_median(force_n))
    twist_apart_n = np.abs(twist_n(force_n) - _running_median(twist_n(force_n)[:, None])[:, 0])
    none[good] = (apart_n > JUMP_SHARE * load_n).any(axis=1) & (twist_apart_n > TWIST_SHARE * load_n)
    return none


def _running_median(x: Array) -> Array:
    """Down each column, the ends repeated."""
    half = NEIGHBOURS // 2
    padded = np.pad(x, ((half, half), (0, 0)), mode="edge")
    return np.asarray(np.median(np.lib.stride_tricks.sliding_window_view(padded, NEIGHBOURS, axis=0), axis=-1))
