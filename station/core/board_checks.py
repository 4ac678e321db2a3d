"""What the board itself says against a trial: rates, gaps, damaged words, overload, zero, calibration, faults."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from station.core.events import FAULT_NS, S
from station.core.frames import FS_HZ
from station.core.geometry import GRAVITY_M_S2
from station.core.judged import REJECT, USABLE, Check, Judged, Reason, cell_name, grade, longest_s, reason, valid_pct
from station.core.readings import CELLS
from station.words import Num, say

LEAST_RATE_HZ = 60.0  # below it path and velocity read 5 % and more too low
GOOD_RATE_HZ = (75.0, 100.5)  # half a hertz for the clock of a 100 Hz file
BAD_WORDS = ("SCK_LATE", "NOT_RELEASED", "LATE_END", "DUPLICATE")
SILENT_S = FAULT_NS / S  # as long as the watch on the frames waits


def _rate(j: Judged) -> Iterator[Reason]:
    if not j.rate_hz:
        return
    slow = int(np.argmin(j.rate_hz))
    rate = j.rate_hz[slow]
    if rate < LEAST_RATE_HZ:
        yield (REJECT if j.is_sway else USABLE), say("quality.rate-low", cell=cell_name(slow), rate=Num(rate, 1), least=Num(LEAST_RATE_HZ))
    elif rate < GOOD_RATE_HZ[0] or max(j.rate_hz) > GOOD_RATE_HZ[1]:
        odd = rate if rate < GOOD_RATE_HZ[0] else max(j.rate_hz)
        yield USABLE, say("quality.rate-odd", rate=Num(odd, 1))
    apart_pct = 100 * (max(j.rate_hz) / rate - 1) if rate > 0 else 0.0
    yield from reason(grade(apart_pct, 5), "quality.rates-differ", percent=Num(apart_pct, 0))
    yield from reason(grade(j.p99_periods, 1.5), "quality.uneven", periods=Num(j.p99_periods, 1))


def _missing(j: Judged) -> Iterator[Reason]:
    percent = valid_pct(j.window)
    gap_s = longest_s(~j.window.valid)
    graded = REJECT if percent < 95 or gap_s > 1 else USABLE if percent < 99 else ""
    yield from reason(graded, "quality.missing", percent=Num(100 - percent, 1), gap=Num(gap_s, 2))


def _silent(j: Judged) -> Iterator[Reason]:
    """One cell without a word while others go on; all of them together are a gap."""
    there = np.isfinite(j.window.force_n)
    for index in range(len(CELLS)):
        silent_s = longest_s(~there[:, index] & there.any(axis=1))
        yield from reason(grade(silent_s, math.inf, SILENT_S), "quality.silent", cell=cell_name(index), seconds=Num(silent_s, 1))


def _words(j: Judged) -> Iterator[Reason]:
    seconds = len(j.window) / FS_HZ
    for index, cell in enumerate(CELLS):
        flags = j.flags_by_cell.get(cell, {})
        read = j.rate_hz[index] * seconds if index < len(j.rate_hz) else 0.0
        percent = 100 * sum(flags.get(name, 0) for name in BAD_WORDS) / read if read > 0 else 0.0
        yield from reason(grade(percent, 0.5, 5), "quality.bad-words", cell=cell_name(index), percent=Num(percent, 1))
        for flag, id in (("REPEAT", "quality.stuck"), ("RAIL", "quality.rail")):
            n = flags.get(flag, 0)
            yield from reason(REJECT if n else "", id, cell=cell_name(index), n=n)


def _overload(j: Judged) -> Iterator[Reason]:
    force_n = j.window.force_n[j.window.valid]
    if len(force_n):
        kg = force_n.max(axis=0) / GRAVITY_M_S2
        worst = int(np.argmax(kg))
        heaviest, most = float(kg[worst]), j.geometry.cell_rating_kg
        over = REJECT if heaviest > most else ""
        yield from reason(over, "quality.cell-overload", cell=cell_name(worst), kg=Num(heaviest), most=Num(most))


def _zero(j: Judged) -> Iterator[Reason]:
    yield from reason("" if j.zero_checked else USABLE, "quality.zero-not-checked")
    for index, drift_n in enumerate(j.zero_drift_n or ()):
        grams = abs(drift_n) / GRAVITY_M_S2 * 1000
        yield from reason(grade(grams, 100, 500), "quality.zero-drift", cell=cell_name(index), grams=Num(grams, 0))


def _calibration(j: Judged) -> Iterator[Reason]:
    yield from reason("" if j.calibrated else USABLE, "quality.not-calibrated")
    age = j.calibration_age_days
    yield from reason(grade(age or 0.0, 90), "quality.calibration-old", days=Num(age or 0.0))
    error_mm = j.verified_mm or 0.0
    rejects_mm = 5 if j.is_sway else math.inf  # no mm then, but seconds and counts
    yield from reason(grade(error_mm, 2, rejects_mm), "quality.verification", error=Num(error_mm, 1))
    yield from reason(USABLE if j.board_moved else "", "quality.moved")
    yield from reason("" if j.clock_known else USABLE, "quality.clock")


def _faults(j: Judged) -> Iterator[Reason]:
    for words in j.faults:
        yield USABLE, words


EVERY_TRIAL: tuple[Check, ...] = (_rate, _missing, _silent, _words, _overload, _zero, _calibration, _faults)
