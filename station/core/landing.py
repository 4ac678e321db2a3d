"""Flight and landing from vertical force alone, at any even rate. All thresholds are our own.

The frames are taken as they are: no 10 Hz low-pass, which would round every landing. What the converter itself rounds off cannot be
undone, so a peak is a share of body weight to compare on one board, never newtons.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from station.core.frames import FS_HZ, Frames
from station.core.geometry import GRAVITY_M_S2
from station.core.results import MeasureValue

Floats = npt.NDArray[np.float64]

UNITS: Mapping[str, str] = {
    "flight_time_s": "s",
    "jump_height_mm": "mm",
    "landing_peak_bw": "BW",
    "time_to_stabilisation_s": "s",
    "vertical_stability_index": "",
}
"""Every landing measure; its name and meaning are `landing.<key>.name` and `.means` of the catalogue."""

DID_NOT_STABILISE = "landing.why.did-not-stabilise"
TOO_SOON = "landing.why.ends-too-soon"
TOO_SHORT = "landing.why.too-short"
NO_FLIGHT = "landing.why.no-flight"


@dataclass(frozen=True, slots=True)
class Rules:
    """What the answers depend on; kept with every result, since the watched length alone moves the time to stabilisation by 100 %.

    unloaded_sds, least_n: in the air below mean + so many SD of the unloaded plate, and never above a threshold lower than this
    most_flight_s:         a longer time without load is an empty plate
    band_bw, hold_s:       stable while within this share of body weight, for so long
    watch_s:               how long after a landing a stable stretch is looked for
    off_bw, off_s:         stepped off: below this share of body weight for so long, or until the recording ends; a landing's own rebound
                           and a second hop are shorter
    peak_s, index_s:       how long after a landing the peak and the stability index look
    """

    unloaded_sds: float = 5.0
    least_n: float = 20.0
    least_flight_s: float = 0.08
    most_flight_s: float = 1.0
    band_bw: float = 0.05
    hold_s: float = 1.0
    watch_s: float = 10.0
    off_bw: float = 0.5
    off_s: float = 0.6
    peak_s: float = 0.5
    index_s: float = 3.0
    method: str = "landing/1"


RULES = Rules()


@dataclass(frozen=True, slots=True)
class Landing:
    """at_s: when the plate was touched, from the first sample; take_off_s: when it was left before, None when the plate was empty."""

    at_s: float
    take_off_s: float | None
    bw_n: float
    measures: Mapping[str, MeasureValue]
    rules: Rules

    def to_json(self) -> dict[str, Any]:
        return {
            "at_s": self.at_s,
            "take_off_s": self.take_off_s,
            "bw_n": self.bw_n,
            "measures": {key: m.to_json() for key, m in self.measures.items()},
            "rules": asdict(self.rules),
        }


def landings(
    force_n: npt.ArrayLike, fs_hz: float, bw_n: float, *, unloaded_n: float = 0.0, unloaded_sd_n: float = 0.0, rules: Rules = RULES
) -> tuple[Landing, ...]:
    """Every landing of a recording, in order; stepping on from beside the plate is one without a flight.

    force_n: (n,) vertical force; NaN where it is missing, which is neither in the air nor stable. fs_hz: its even rate.
    bw_n:    body weight, the median of quiet standing. unloaded_n, unloaded_sd_n: mean and SD of the empty plate.
    Raises ValueError unless fs_hz and bw_n are positive and force_n is one column.
    """
    force = np.asarray(force_n, np.float64)
    if force.ndim != 1 or not (fs_hz > 0 and bw_n > 0):
        raise ValueError(f"one column, a positive rate and weight are needed, not {force.shape}, {fs_hz} Hz, {bw_n} N")
    limit_n = max(unloaded_n + rules.unloaded_sds * unloaded_sd_n, rules.least_n)
    found = []
    for start, stop in _runs(force < limit_n):
        seconds = (stop - start) / fs_hz
        if stop == len(force) or seconds < rules.least_flight_s or not _reaches(force[stop:], fs_hz, bw_n, rules):
            continue
        at_s = stop / fs_hz
        left = start > 0 and seconds <= rules.most_flight_s
        take_off_s = start / fs_hz if left else None
        flight_s = seconds if left else None
        found.append(Landing(at_s, take_off_s, bw_n, _measures(force[stop:], fs_hz, bw_n, flight_s, rules), rules))
    return tuple(found)


def frame_landings(frames: Frames, bw_n: float, *, unloaded_sd_n: float = 0.0, rules: Rules = RULES) -> tuple[Landing, ...]:
    """Those of frames, which are zeroed on the empty plate; times from the first frame."""
    return landings(frames.load_n, float(FS_HZ), bw_n, unloaded_sd_n=unloaded_sd_n, rules=rules)


def jump_height_mm(flight_s: float) -> float:
    """g t^2/8: take-off and landing in the same posture."""
    return 1000 * GRAVITY_M_S2 * flight_s**2 / 8


def _measures(after_n: Floats, fs_hz: float, bw_n: float, flight_s: float | None, rules: Rules) -> dict[str, MeasureValue]:
    """after_n: from the first sample of the landing on."""
    stood = after_n[: _steps_off(after_n, fs_hz, bw_n, rules)]
    soon, watched = (stood[: max(round(seconds * fs_hz), 1)] for seconds in (rules.peak_s, rules.index_s))
    index = math.sqrt(float(np.mean((1 - watched / bw_n) ** 2))) if len(watched) >= round(rules.index_s * fs_hz) else math.nan
    stable_s = time_to_stabilisation_s(after_n, fs_hz, bw_n, rules)
    return {
        **_flight(flight_s, fs_hz, rules),
        "landing_peak_bw": _value("landing_peak_bw", float(np.nanmax(soon)) / bw_n, rules),
        "time_to_stabilisation_s": _value("time_to_stabilisation_s", stable_s, rules),
        "vertical_stability_index": _value("vertical_stability_index", index if math.isfinite(index) else TOO_SHORT, rules),
    }


def _flight(flight_s: float | None, fs_hz: float, rules: Rules) -> dict[str, MeasureValue]:
    if flight_s is None:
        return {key: _value(key, NO_FLIGHT, rules) for key in ("flight_time_s", "jump_height_mm")}
    u_s = 1 / fs_hz / math.sqrt(6)  # either end lies anywhere between two samples
    u_mm = 1000 * GRAVITY_M_S2 * flight_s / 4 * u_s
    return {
        "flight_time_s": _value("flight_time_s", flight_s, rules, u_s),
        "jump_height_mm": _value("jump_height_mm", jump_height_mm(flight_s), rules, u_mm),
    }


def _value(key: str, value: float | str, rules: Rules, u: float | None = None) -> MeasureValue:
    """A number, or the id that says why there is none."""
    if isinstance(value, str):
        return MeasureValue(None, UNITS[key], None, rules.method, value)
    return MeasureValue(value, UNITS[key], u, rules.method, "why.no-uncertainty" if u is None else "")


def time_to_stabilisation_s(after_n: Floats, fs_hz: float, bw_n: float, rules: Rules = RULES) -> float | str:
    """First time from which abs(W - BW) <= 5 % of BW for 1 s, counted from the first sample of `after_n`; else why there is none:
    DID_NOT_STABILISE when the person was watched for long enough or stepped off, TOO_SOON when the recording ends before that."""
    off = _steps_off(after_n, fs_hz, bw_n, rules)
    watched = min(off, round(rules.watch_s * fs_hz))
    hold = round(rules.hold_s * fs_hz)
    inside = np.abs(after_n[:watched] - bw_n) <= rules.band_bw * bw_n
    for start, stop in _runs(inside):
        if stop - start >= hold:
            return start / fs_hz
    return DID_NOT_STABILISE if watched < len(after_n) or watched == round(rules.watch_s * fs_hz) else TOO_SOON


def _steps_off(after_n: Floats, fs_hz: float, bw_n: float, rules: Rules) -> int:
    """Sample at which the person leaves the plate again; the length when nobody does."""
    n, least = len(after_n), round(rules.off_s * fs_hz)
    return next((start for start, stop in _runs(after_n < rules.off_bw * bw_n) if stop - start >= least or stop == n), n)


def _reaches(after_n: Floats, fs_hz: float, bw_n: float, rules: Rules) -> bool:
    """Somebody lands: half of body weight within the time of a peak. A knock on the empty plate does not."""
    soon = after_n[: max(round(rules.peak_s * fs_hz), 1)]
    return bool((soon >= rules.off_bw * bw_n).any())


def _runs(holds: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Stretches in which a condition holds, half open."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], holds, [False])).astype(np.int8)))
    return [(int(start), int(stop)) for start, stop in zip(edges[::2], edges[1::2], strict=True)]
