"""Limits of stability: one lean from the centre to a target, measured; the same numbers for a game's targets.

Names as in the literature, thresholds our own, kept with every result. The signal is the estimated centre of gravity when the person's
height is known, else the centre of pressure low-passed at 1 Hz; the result says which, and the two are never compared.

Both signals are zero phase and look ahead. The low-pass begins early: for half swings of 60 mm that take 2 s, 0.6 s or no time at all, by
0.03, 0.14 and 0.31 s. The centre of gravity is right for a pressure that a body makes, which first runs the other way. So a reaction
time is less sure than the other measures, and compares with those of the same signal only.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from station.core.filters import zero_phase_lowpass
from station.core.frames import FS_HZ, Frames
from station.core.measures.gravity import centre_of_gravity_mm, natural_rad_s
from station.core.measures.sway import AP, ML
from station.core.movement import AWAY, Movement, Rules, Target, control_pct, end_of_first, onset, velocity
from station.core.results import MeasureValue

Floats = npt.NDArray[np.float64]

UNITS: Mapping[str, str] = {
    "reaction_time_s": "s",
    "movement_velocity_mm_s": "mm/s",
    "movement_velocity_deg_s": "deg/s",
    "endpoint_excursion_pct": "%",
    "maximum_excursion_pct": "%",
    "maximum_excursion_mm": "mm",
    "directional_control_pct": "%",
    "los_area_mm2": "mm2",
}
"""Every measure here; its name and meaning are `limits.<key>.name` and `.means` of the catalogue."""

FOOT_MOVED = "limits.why.foot-moved"
NOT_STILL = "limits.why.not-still"
UNMEASURED = "limits.why.gap"
TOO_FEW = "limits.why.too-few-directions"
DIRECTIONS = 8
RULES = Rules()
OF_ONE = tuple(key for key in UNITS if key != "los_area_mm2")


@dataclass(frozen=True, slots=True)
class Excursion:
    """One lean. `signal`: "cog" or "cop"."""

    target: Target
    signal: str
    measures: Mapping[str, MeasureValue]
    rules: Rules

    def to_json(self) -> dict[str, Any]:
        return {
            "centre_mm": list(self.target.centre_mm),
            "target_mm": list(self.target.at_mm),
            "signal": self.signal,
            "measures": {key: m.to_json() for key, m in self.measures.items()},
            "rules": asdict(self.rules),
        }


def excursion(
    frames: Frames,
    target: Target,
    *,
    rest_ns: tuple[int, int],
    cue_ns: int,
    end_ns: int,
    bw_n: float,
    height_mm: float | None = None,
    rules: Rules = RULES,
) -> Excursion:
    """Measures of the lean with rest in rest_ns[0] <= t < rest_ns[1], go cue at cue_ns, and its end (target held, or the cap) at end_ns.

    frames: the recorded phase and the second after it, which the filter looks into. Nothing is measured when a foot moved, when the
    rest was not still, or across a gap; the why says so. Raises ValueError when the times do not lie in this order inside the frames.
    """
    first, stop, cue, end = (int(np.searchsorted(frames.t_ns, t)) for t in (*rest_ns, cue_ns, end_ns))
    if not 0 <= first < stop <= cue < end <= len(frames):
        raise ValueError(f"rest {rest_ns}, cue {cue_ns} and end {end_ns} are not in this order inside the frames")
    signal = "cop" if height_mm is None else "cog"
    why = _spoilt(frames[first:end], stop - first, bw_n, rules)
    if why:
        return Excursion(target, signal, _measured({}, why, rules), rules)
    ml, ap = (axis_mm[: end - first] for axis_mm in _signal(frames[first : end + _good_tail(frames[end : end + FS_HZ])], height_mm, rules))
    rest = np.column_stack([ml[: stop - first], ap[: stop - first]])
    return lean(Movement(ml, ap, rest, cue - first, float(FS_HZ)), target, signal=signal, height_mm=height_mm, rules=rules)


def lean(movement: Movement, target: Target, *, signal: str, height_mm: float | None = None, rules: Rules = RULES) -> Excursion:
    """Measures of a signal that is ready. See `excursion`."""
    axis_ml, axis_ap = target.axis
    off_ml, off_ap = movement.ml_mm - target.centre_mm[ML], movement.ap_mm - target.centre_mm[AP]
    on_mm, across_mm = off_ml * axis_ml + off_ap * axis_ap, off_ap * axis_ml - off_ml * axis_ap
    furthest_mm = float(on_mm[movement.cue :].max())
    values: dict[str, float | str] = {
        "maximum_excursion_pct": 100 * furthest_mm / target.distance_mm,
        "maximum_excursion_mm": furthest_mm,
    }
    start = onset(movement, rules)
    if isinstance(start, str):
        return Excursion(target, signal, _measured(values, start, rules), rules)
    values["reaction_time_s"] = (start - movement.cue) / movement.fs_hz
    end = end_of_first(on_mm, start, movement.fs_hz, rules)
    if end is None:
        return Excursion(target, signal, _measured(values, AWAY, rules), rules)
    start_mm = float((movement.rest_mm.mean(axis=0) - target.centre_mm) @ target.axis)
    values["endpoint_excursion_pct"] = 100 * float(on_mm[end]) / target.distance_mm
    values["directional_control_pct"] = control_pct(on_mm[start : end + 1], across_mm[start : end + 1])
    values |= velocity(on_mm, movement.cue, end, start_mm, movement.fs_hz, height_mm, rules)
    return Excursion(target, signal, _measured(values, AWAY, rules), rules)


def los_area(excursions: Sequence[Excursion]) -> MeasureValue:
    """Area of the polygon of the furthest points along their axes, in eight directions; nothing with fewer, or with two signals."""
    points = []
    for one in excursions:
        furthest = one.measures["maximum_excursion_mm"].value
        if furthest is not None:
            ml, ap = one.target.axis
            points.append((one.target.centre_mm[ML] + furthest * ml, one.target.centre_mm[AP] + furthest * ap, math.atan2(ap, ml)))
    rules = excursions[0].rules if excursions else RULES
    if len({round(angle, 6) for _, _, angle in points}) < DIRECTIONS or len({e.signal for e in excursions}) > 1:
        return _value("los_area_mm2", TOO_FEW, rules)
    ml, ap, _ = np.array(sorted(points, key=lambda p: p[2])).T
    return _value("los_area_mm2", abs(float(ml @ np.roll(ap, -1) - ap @ np.roll(ml, -1))) / 2, rules)


def _spoilt(stretch: Frames, n_rest: int, bw_n: float, rules: Rules) -> str:
    """Why the lean cannot be measured; empty when it can."""
    if not np.isfinite(stretch.ml_mm).all():
        return UNMEASURED
    rest_n = stretch.load_n[:n_rest]
    if float(rest_n.std()) > rules.still_cv * float(rest_n.mean()):
        return NOT_STILL
    speed_mm_s = np.hypot(np.diff(stretch.ml_mm), np.diff(stretch.ap_mm)) * FS_HZ
    reach = round(rules.dip_s * FS_HZ)
    for k in np.flatnonzero(speed_mm_s > rules.jump_mm_s):
        if float(stretch.load_n[max(0, int(k) - reach) : int(k) + reach].min()) < (1 - rules.dip_bw) * bw_n:
            return FOOT_MOVED
    return ""


def _good_tail(after: Frames) -> int:
    """Frames right after the end that the filter may look into."""
    bad = np.flatnonzero(~np.isfinite(after.ml_mm))
    return int(bad[0]) if len(bad) else len(after)


def _signal(frames: Frames, height_mm: float | None, rules: Rules) -> tuple[Floats, Floats]:
    if height_mm is None:
        return zero_phase_lowpass(frames.ml_mm, FS_HZ, rules.lowpass_hz), zero_phase_lowpass(frames.ap_mm, FS_HZ, rules.lowpass_hz)
    w0 = (natural_rad_s(height_mm / 1000, axis) for axis in (ML, AP))
    ml, ap = (centre_of_gravity_mm(x, FS_HZ, w) for x, w in zip((frames.ml_mm, frames.ap_mm), w0, strict=True))
    return ml, ap


def _measured(values: Mapping[str, float | str], otherwise: str, rules: Rules) -> dict[str, MeasureValue]:
    """Every measure of one lean; `otherwise` says why the missing ones are missing."""
    return {key: _value(key, values.get(key, otherwise), rules) for key in OF_ONE}


def _value(key: str, value: float | str, rules: Rules) -> MeasureValue:
    """A number, or the id that says why there is none."""
    if isinstance(value, str):
        return MeasureValue(None, UNITS[key], None, rules.method, value)
    return MeasureValue(value, UNITS[key], None, rules.method, "why.no-uncertainty")
