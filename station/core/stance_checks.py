"""What speaks against the sway of a timed stance or a hold: length, load, place, touch-downs, spikes, twist, movement, noise."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from station.core.frames import FS_HZ, STEP_NS
from station.core.judged import REJECT, USABLE, Check, Judged, Reason, grade, longest, longest_s, reason
from station.core.measures.path import velocity_of_third_mm_s
from station.core.measures.prepare import sway_of
from station.core.measures.presets import preset
from station.core.measures.spikes import spike_frames, twist_n
from station.core.measures.sway import Sway
from station.words import Num, say

NOISE_STEP = 0.020339  # sum (h_k - h_k-1)^2 of our low-pass at 100 Hz: variance of a pure-noise step over that of the noise
FOOT_HALF_WIDTH_MM = 60.0
TWIST_SHARE, TWIST_REJECTS = 0.01, 0.03  # of the load, for a second
SUSTAINED = 0.5  # of the window: a foot off the floor is off all the time, a knock is over soon
CONVERTER_HZ = 18.0  # of an HX711 at 80 readings a second, inferred
GOOD_BANDWIDTH_HZ, LEAST_BANDWIDTH_HZ = 8.0, 4.0


def _length(j: Judged) -> Iterator[Reason]:
    """A hold is as long as it is held: only a timed stance has a length to reach."""
    if j.kind != "quiet":
        return
    seconds = len(j.window) / FS_HZ
    if seconds < 10:
        yield REJECT, say("quality.too-short", seconds=Num(seconds, 1))
    elif j.expected_s is not None and seconds < j.expected_s - 0.5 * STEP_NS / 1e9:
        yield USABLE, say("quality.shorter", seconds=Num(seconds, 1), expected=Num(j.expected_s))
    if j.settled_s is not None and j.settled_s < 5:
        yield USABLE, say("quality.settle-short", seconds=Num(j.settled_s, 1))


def _load(j: Judged) -> Iterator[Reason]:
    load_n = j.window.load_n[j.window.valid]
    if len(load_n) < 25 or not (mean_n := float(load_n.mean())) > 0:
        return
    cv_pct = 100 * float(load_n.std()) / mean_n
    yield from reason(grade(cv_pct, 3), "quality.load-varies", percent=Num(cv_pct, 1))
    off = np.abs(load_n / mean_n - 1)
    for limit, graded in ((0.15, REJECT), (0.05, USABLE)):
        if longest(off > limit) > 15:  # more than 150 ms
            yield graded, say("quality.load-jumps", percent=Num(100 * limit))
            break
    settled_n = float(np.median(load_n))
    start_pct = 100 * abs(float(load_n[:25].mean()) / settled_n - 1)
    yield from reason(grade(start_pct, math.inf, 5) if j.kind == "quiet" else "", "quality.load-start", percent=Num(start_pct, 0))


def _place(j: Judged) -> Iterator[Reason]:
    there = j.window.valid & np.isfinite(j.window.ml_mm)
    ml, ap = j.window.ml_mm[there], j.window.ap_mm[there]
    if not len(ml):
        return
    at_ml, at_ap = zip(*j.geometry.cells_mm, strict=True)
    outside = (ml < min(at_ml)) | (ml > max(at_ml)) | (ap < min(at_ap)) | (ap > max(at_ap))
    if outside.any():
        yield REJECT, say("quality.outside-cells", seconds=Num(int(outside.sum()) / FS_HZ, 2))
    feet_mm = j.geometry.marks_mm / 2 + FOOT_HALF_WIDTH_MM
    beside_s = longest_s(np.abs(ml) > feet_mm)
    yield from reason(grade(beside_s, 0.5), "quality.outside-feet", seconds=Num(beside_s, 1))


def _touch_downs(j: Judged) -> Iterator[Reason]:
    yield from reason(grade(j.touch_downs, 0), "quality.touch-downs", n=j.touch_downs)
    yield from reason(grade(j.supports, 0), "quality.supports", n=j.supports)


def _spikes(j: Judged) -> Iterator[Reason]:
    spikes = spike_frames(j.window)
    n = int(np.count_nonzero(np.diff(np.concatenate(([False], spikes)).astype(np.int8)) == 1))
    yield from reason(grade(n, 0, 3), "quality.spikes", n=n)


def _twist(j: Judged) -> Iterator[Reason]:
    """How much the four cells disagree: a dead cell, a foot off the plate or off the floor."""
    there = j.window.valid & np.isfinite(j.window.ml_mm)
    load_n = j.window.load_n[there]
    if len(load_n) < FS_HZ:
        return
    rest = np.abs(_twist_rest_n(j, there)) / load_n
    sustained = j.twist is not None and float((rest > TWIST_SHARE).mean()) > SUSTAINED
    if sustained or longest(rest > TWIST_REJECTS) >= FS_HZ:
        limit = TWIST_SHARE if sustained else TWIST_REJECTS
        yield REJECT, say("quality.twist", percent=Num(100 * limit))
    elif longest(rest > TWIST_SHARE) >= FS_HZ:
        yield USABLE, say("quality.twist", percent=Num(100 * TWIST_SHARE))


def _twist_rest_n(j: Judged, there: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    """The twist (N) less what is known of this plate; where nothing is, less its fit on load and moments of this window, which leaves
    what changes within it and cannot see what is wrong all along."""
    load_n, ml, ap = j.window.load_n[there], j.window.ml_mm[there], j.window.ap_mm[there]
    twist = twist_n(j.window.force_n[there])
    mx, my = load_n * ml, load_n * ap
    if j.twist is not None:
        alpha, beta, gamma, delta = j.twist
        return np.asarray(twist - (alpha * load_n + beta * mx + gamma * my + delta * mx * ap))
    explained = np.column_stack((np.ones(len(load_n)), load_n, mx, my))
    explained /= np.abs(explained).max(axis=0) + 1e-12
    return np.asarray(twist - explained @ np.linalg.lstsq(explained, twist, rcond=None)[0])


def _bandwidth(j: Judged) -> Iterator[Reason]:
    """Movement faster than this is not in the numbers: the narrowest of low-pass, converter and 0.4 of the slowest cell's rate."""
    slowest_hz = min(j.rate_hz, default=math.inf)
    hz = min(j.lowpass_hz or math.inf, CONVERTER_HZ, 0.4 * slowest_hz)
    graded = REJECT if hz < LEAST_BANDWIDTH_HZ else USABLE if hz < GOOD_BANDWIDTH_HZ else ""
    yield from reason(graded, "quality.bandwidth", hz=Num(hz, 1), good=Num(GOOD_BANDWIDTH_HZ))


def _movement(j: Judged) -> Iterator[Reason]:
    """Peak and steadiness of the velocity, and how much of the path is the board's own noise."""
    if not len(j.window):
        return
    start_ns = int(j.window.t_ns[0])
    sway = sway_of(j.window, start_ns, start_ns + len(j.window) * STEP_NS, preset("station"))
    if sway is None or not sway.path_mm > 0:
        return
    if j.kind == "quiet":
        ratio = float(sway.step_mm.max() * FS_HZ / (sway.path_mm / sway.duration_s))
        yield from reason(grade(ratio, 15, 25), "quality.peak", ratio=Num(ratio, 0))
        thirds = [velocity_of_third_mm_s(sway, third) for third in range(3)]
        uneven = max(thirds) / min(thirds) if min(thirds) > 0 else 1.0
        yield from reason(grade(uneven, 2), "quality.not-steady", ratio=Num(uneven, 1))
    share_pct = 100 * noise_share(j, sway)
    yield from reason(grade(share_pct, 5, 20), "quality.noise", percent=Num(share_pct, 0))


def noise_share(j: Judged, sway: Sway) -> float:
    """How much shorter the path would be without the cells' noise, 0..1: 1 - sqrt(1 - s_d^2/m2) (Rayleigh's estimate)."""
    rate_hz = min(j.rate_hz, default=0.0)
    load_n = float(j.window.load_n[j.window.valid].mean()) if j.window.valid.any() else 0.0
    if not any(j.noise_n) or rate_hz <= 0 or load_n <= 0 or not len(sway.step_mm):
        return 0.0
    (ml, ap), cells = sway.mean_mm, zip(j.geometry.cells_mm, j.noise_n, strict=True)
    variance_mm2 = sum(((x - ml) ** 2 + (y - ap) ** 2) * noise_n**2 for (x, y), noise_n in cells) / load_n**2
    step_mm2 = variance_mm2 * FS_HZ / rate_hz * NOISE_STEP
    return 1 - math.sqrt(max(1 - step_mm2 / float((sway.step_mm**2).mean()), 0.0))


SWAY_ONLY: tuple[Check, ...] = (_length, _load, _place, _touch_downs, _spikes, _twist, _bandwidth, _movement)
