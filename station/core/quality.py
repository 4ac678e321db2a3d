"""The machine's verdict on a trial: valid, usable (named reservations) or reject (no sway values), each reason with its number.

Thresholds are own unless said. Timing and counting go on where sway is rejected; nothing is deleted.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from station.core.frames import FS_HZ, STEP_NS, Frames
from station.core.geometry import GRAVITY_M_S2, Geometry
from station.core.measures.path import velocity_of_third_mm_s
from station.core.measures.prepare import sway_of
from station.core.measures.presets import preset
from station.core.measures.spikes import spike_frames, twist_n
from station.core.measures.sway import Sway
from station.core.readings import CELLS
from station.core.results import Quality
from station.words import Num, Words, say

SWAY_KINDS = ("quiet", "hold")
LEAST_RATE_HZ = 60.0  # below it path and velocity read 5 % and more too low
GOOD_RATE_HZ = (75.0, 100.5)  # half a hertz for the clock of a 100 Hz file
NOISE_STEP = 0.020339  # sum (h_k - h_k-1)^2 of our low-pass at 100 Hz: variance of a pure-noise step over that of the noise
BAD_WORDS = ("SCK_LATE", "NOT_RELEASED", "LATE_END", "DUPLICATE")
FOOT_HALF_WIDTH_MM = 60.0
USABLE, REJECT = "usable", "reject"


@dataclass(frozen=True, slots=True)
class Judged:
    """What a verdict is made of; what is not known is left at its default and gives no reason.

    window:       frames of the window alone
    kind:         quiet, hold, target, reps, game: only the first two are judged as sway
    flags_by_cell, rate_hz (Hz), p99_periods: of the conversions in the window: counts by flag, measured rate of each cell, 99th
                  percentile of the interval in periods
    expected_s:   the protocol's length of a timed stance; None when it has none
    bw_n:         body weight, 0 when unknown
    noise_n:      SD of each cell on the empty plate; zero_drift_n: zero after less zero before, each cell
    settled_s:    standing before the window
    touch_downs:  how many were seen inside the window
    faults:       what the watch on the board said meanwhile, in its own sentences
    """

    window: Frames
    kind: str
    flags_by_cell: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    rate_hz: tuple[float, ...] = ()
    p99_periods: float = 1.0
    expected_s: float | None = None
    bw_n: float = 0.0
    geometry: Geometry = field(default_factory=Geometry)
    calibrated: bool = True
    zero_checked: bool = True
    noise_n: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    zero_drift_n: tuple[float, float, float, float] | None = None
    calibration_age_days: float | None = None
    settled_s: float | None = None
    touch_downs: int = 0
    faults: tuple[Words, ...] = ()

    @property
    def is_sway(self) -> bool:
        return self.kind in SWAY_KINDS


Reason = tuple[str, Words]
Check = Callable[[Judged], Iterator[Reason]]


def judge(judged: Judged) -> Quality:
    """The verdict with every reason that fired, the rejecting ones first."""
    checks = EVERY_TRIAL + (SWAY_ONLY if judged.is_sway else ())
    reasons = [reason for check in checks for reason in check(judged)]
    reasons.sort(key=lambda reason: reason[0] != REJECT)
    verdict = reasons[0][0] if reasons else "valid"
    return Quality(verdict, tuple(words for _, words in reasons), valid_pct(judged.window), judged.flags_by_cell, judged.rate_hz)


def valid_pct(window: Frames) -> float:
    """Share of frames with a value of all four cells; the filter's reach around a gap does not count against it."""
    return 100 * float(window.valid.mean()) if len(window) else 0.0


def _grade(value: float, usable: float, reject: float = math.inf) -> str:
    """What a value above one limit or the other makes of the trial; "" when it is below both."""
    return REJECT if value > reject else USABLE if value > usable else ""


def _reason(grade: str, id: str, **args: object) -> Iterator[Reason]:
    if grade:
        yield grade, say(id, **args)


def _cell(index: int) -> Words:
    return say(f"quality.cell.{CELLS[index].replace('_', '-')}")


def _longest(of: npt.NDArray[np.bool_]) -> int:
    """Length of the longest run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], of, [False])).astype(np.int8)))
    return int((edges[1::2] - edges[::2]).max()) if len(edges) else 0


def _rate(j: Judged) -> Iterator[Reason]:
    if not j.rate_hz:
        return
    slow = int(np.argmin(j.rate_hz))
    rate = j.rate_hz[slow]
    if rate < LEAST_RATE_HZ:
        yield (REJECT if j.is_sway else USABLE), say("quality.rate-low", cell=_cell(slow), rate=Num(rate, 1), least=Num(LEAST_RATE_HZ))
    elif rate < GOOD_RATE_HZ[0] or max(j.rate_hz) > GOOD_RATE_HZ[1]:
        odd = rate if rate < GOOD_RATE_HZ[0] else max(j.rate_hz)
        yield USABLE, say("quality.rate-odd", rate=Num(odd, 1))
    apart_pct = 100 * (max(j.rate_hz) / rate - 1) if rate > 0 else 0.0
    yield from _reason(_grade(apart_pct, 5), "quality.rates-differ", percent=Num(apart_pct, 0))
    yield from _reason(_grade(j.p99_periods, 1.5), "quality.uneven", periods=Num(j.p99_periods, 1))


def _missing(j: Judged) -> Iterator[Reason]:
    percent = valid_pct(j.window)
    gap_s = _longest(~j.window.valid) / FS_HZ
    grade = REJECT if percent < 95 or gap_s > 1 else USABLE if percent < 99 else ""
    yield from _reason(grade, "quality.missing", percent=Num(100 - percent, 1), gap=Num(gap_s, 2))


def _words(j: Judged) -> Iterator[Reason]:
    seconds = len(j.window) / FS_HZ
    for index, cell in enumerate(CELLS):
        flags = j.flags_by_cell.get(cell, {})
        read = j.rate_hz[index] * seconds if index < len(j.rate_hz) else 0.0
        percent = 100 * sum(flags.get(name, 0) for name in BAD_WORDS) / read if read > 0 else 0.0
        yield from _reason(_grade(percent, 0.5, 5), "quality.bad-words", cell=_cell(index), percent=Num(percent, 1))
        for flag, id in (("REPEAT", "quality.stuck"), ("RAIL", "quality.rail")):
            n = flags.get(flag, 0)
            yield from _reason(REJECT if n else "", id, cell=_cell(index), n=n)


def _overload(j: Judged) -> Iterator[Reason]:
    force_n = j.window.force_n[j.window.valid]
    if len(force_n):
        kg = force_n.max(axis=0) / GRAVITY_M_S2
        worst = int(np.argmax(kg))
        heaviest, most = float(kg[worst]), j.geometry.cell_rating_kg
        over = REJECT if heaviest > most else ""
        yield from _reason(over, "quality.cell-overload", cell=_cell(worst), kg=Num(heaviest), most=Num(most))


def _zero(j: Judged) -> Iterator[Reason]:
    yield from _reason("" if j.zero_checked else USABLE, "quality.zero-not-checked")
    for index, drift_n in enumerate(j.zero_drift_n or ()):
        grams = abs(drift_n) / GRAVITY_M_S2 * 1000
        yield from _reason(_grade(grams, 100, 500), "quality.zero-drift", cell=_cell(index), grams=Num(grams, 0))


def _calibration(j: Judged) -> Iterator[Reason]:
    yield from _reason("" if j.calibrated else USABLE, "quality.not-calibrated")
    age = j.calibration_age_days
    yield from _reason(_grade(age or 0.0, 90), "quality.calibration-old", days=Num(age or 0.0))


def _faults(j: Judged) -> Iterator[Reason]:
    for words in j.faults:
        yield USABLE, words


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
    yield from _reason(_grade(cv_pct, 3), "quality.load-varies", percent=Num(cv_pct, 1))
    off = np.abs(load_n / mean_n - 1)
    for limit, grade in ((0.15, REJECT), (0.05, USABLE)):
        if _longest(off > limit) > 15:  # more than 150 ms
            yield grade, say("quality.load-jumps", percent=Num(100 * limit))
            break
    settled_n = float(np.median(load_n))
    start_pct = 100 * abs(float(load_n[:25].mean()) / settled_n - 1)
    yield from _reason(_grade(start_pct, math.inf, 5) if j.kind == "quiet" else "", "quality.load-start", percent=Num(start_pct, 0))


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
    beside_s = _longest(np.abs(ml) > feet_mm) / FS_HZ
    yield from _reason(_grade(beside_s, 0.5), "quality.outside-feet", seconds=Num(beside_s, 1))


def _touch_downs(j: Judged) -> Iterator[Reason]:
    yield from _reason(_grade(j.touch_downs, 0), "quality.touch-downs", n=j.touch_downs)


def _spikes(j: Judged) -> Iterator[Reason]:
    spikes = spike_frames(j.window)
    n = int(np.count_nonzero(np.diff(np.concatenate(([False], spikes)).astype(np.int8)) == 1))
    yield from _reason(_grade(n, 0, 3), "quality.spikes", n=n)


def _twist(j: Judged) -> Iterator[Reason]:
    """The twist less its fit on load and moments of this window: what a dead cell or a foot off the plate changes within it."""
    there = j.window.valid & np.isfinite(j.window.ml_mm)
    load_n = j.window.load_n[there]
    if len(load_n) < FS_HZ:
        return
    explained = np.column_stack((np.ones(len(load_n)), load_n, load_n * j.window.ml_mm[there], load_n * j.window.ap_mm[there]))
    explained /= np.abs(explained).max(axis=0) + 1e-12
    twist = twist_n(j.window.force_n[there])
    rest = np.abs(twist - explained @ np.linalg.lstsq(explained, twist, rcond=None)[0]) / load_n
    for limit, grade in ((0.03, REJECT), (0.01, USABLE)):
        if _longest(rest > limit) >= FS_HZ:
            yield grade, say("quality.twist", percent=Num(100 * limit))
            return


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
        yield from _reason(_grade(ratio, 15, 25), "quality.peak", ratio=Num(ratio, 0))
        thirds = [velocity_of_third_mm_s(sway, third) for third in range(3)]
        uneven = max(thirds) / min(thirds) if min(thirds) > 0 else 1.0
        yield from _reason(_grade(uneven, 2), "quality.not-steady", ratio=Num(uneven, 1))
    share_pct = 100 * noise_share(j, sway)
    yield from _reason(_grade(share_pct, 5, 20), "quality.noise", percent=Num(share_pct, 0))


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


EVERY_TRIAL: tuple[Check, ...] = (_rate, _missing, _words, _overload, _zero, _calibration, _faults)
SWAY_ONLY: tuple[Check, ...] = (_length, _load, _place, _touch_downs, _spikes, _twist, _movement)
