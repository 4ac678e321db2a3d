"""From the frames and readings of a trial to its quality and measures: the same code live, in replay and in a recompute."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from station.core.events import S
from station.core.frames import LEAST_LOAD_N, STEP_NS, Frames
from station.core.geometry import Geometry
from station.core.measures.context import Context
from station.core.measures.prepare import measure_window
from station.core.measures.presets import preset
from station.core.quality import Judged, judge
from station.core.readings import CELLS, Flag, Readings
from station.core.results import Event, MeasureValue, Quality
from station.core.seen_faults import fault_reasons
from station.core.uncertainty.instrument import Instrument
from station.words import Words, say

BEFORE_NS, AFTER_NS = 5 * S, S  # how far the stretch reaches out of the window
SWAY_AFTER_LIFT_NS, SWAY_BEFORE_END_NS = 2 * S, S // 2  # lifting and touching down are no sway
LEAST_SWAY_NS = 10 * S  # sway of a shorter stance is not comparable: seconds only


Row = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Facts:
    """What was known when the trial began; stored in its recording.

    noise_n: SD of each cell on the empty plate; step_on_ns: when the person came, None: stood there before;
    calibration_age_days: None when nobody knows what day it is, or was
    verified_mm, twist: of the calibration in force (`Calibration.error_mm`, `Calibration.twist`); None: never verified, never learnt
    overruled: a person lets the sway of this trial count although the machine rejects it; known afterwards only, so in no recording
    """

    calibrated: bool = True
    zero_checked: bool = True
    noise_n: Row = (0.0, 0.0, 0.0, 0.0)
    step_on_ns: int | None = None
    calibration_age_days: float | None = None
    overruled: bool = False
    verified_mm: float | None = None
    twist: Row | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "calibrated": self.calibrated,
            "zero_checked": self.zero_checked,
            "noise_n": list(self.noise_n),
            "step_on_ns": self.step_on_ns,
            "calibration_age_days": self.calibration_age_days,
            "verified_mm": self.verified_mm,
            "twist": None if self.twist is None else list(self.twist),
        }

    @staticmethod
    def from_json(doc: Mapping[str, Any]) -> Facts:
        """Of a header. Older ones say `verified_mm` and `twist` only in their calibration."""
        noise_n = _row(doc.get("noise_n", (0.0, 0.0, 0.0, 0.0)))
        calibration = doc.get("calibration") or {}
        verified, twist = doc.get("verified_mm", calibration.get("error_mm")), doc.get("twist", calibration.get("twist"))
        step_on, age_days = doc.get("step_on_ns"), doc.get("calibration_age_days")
        return Facts(
            bool(doc.get("calibrated", True)),
            bool(doc.get("zero_checked", True)),
            noise_n,
            None if step_on is None else int(step_on),
            None if age_days is None else float(age_days),
            overruled=bool(doc.get("overruled", False)),
            verified_mm=None if verified is None else float(verified),
            twist=None if twist is None else _row(twist),
        )


def _row(values: Sequence[Any]) -> Row:
    a, b, c, d = (float(v) for v in values)
    return (a, b, c, d)


@dataclass(frozen=True, slots=True)
class Window:
    """Half open, ns of the board's clock; `frozen_ns` of it did not count."""

    start_ns: int
    end_ns: int
    frozen_ns: int = 0

    @property
    def active_s(self) -> float:
        return (self.end_ns - self.start_ns - self.frozen_ns) / S


@dataclass(frozen=True, slots=True)
class Outcome:
    quality: Quality
    measures: Mapping[str, MeasureValue]
    load_n: float | None
    warnings: tuple[Words, ...] = ()


@dataclass(frozen=True, slots=True)
class Counted:
    """Conversions of a span, per cell: flags by name, measured rate (Hz), 99th percentile of the interval over its median."""

    flags_by_cell: Mapping[str, Mapping[str, int]]
    rate_hz: tuple[float, ...]
    p99_periods: float
    n: int


def count(blocks: Sequence[Readings], from_ns: int, to_ns: int) -> Counted:
    """Counts conversions with from_ns <= t_ns <= to_ns."""
    cell, t_ns, flag = (np.concatenate([getattr(b, name) for b in blocks] or [np.empty(0, np.int64)]) for name in ("cell", "t_ns", "flag"))
    inside = (t_ns >= from_ns) & (t_ns <= to_ns)
    cell, t_ns, flag = cell[inside], t_ns[inside], flag[inside]
    flags: dict[str, dict[str, int]] = {}
    rates: list[float] = []
    worst = 0.0
    for index, name in enumerate(CELLS):
        mine = cell == index
        flags[name] = {f.name: n for f in Flag if f.name and (n := int(np.count_nonzero(flag[mine] & f.value)))}
        gaps_ns = np.diff(t_ns[mine])
        gaps_ns = gaps_ns[gaps_ns > 0]
        rates.append(float(S * len(gaps_ns) / gaps_ns.sum()) if len(gaps_ns) else 0.0)
        if len(gaps_ns) > 1:
            worst = max(worst, float(np.percentile(gaps_ns, 99) / np.median(gaps_ns)))
    return Counted(flags, tuple(rates), worst, len(cell))


def loaded_stretch(frames: Frames, window: Window, bw_n: float) -> Frames:
    """The window with at most 5 s before and 1 s after it, cut where the person was not on the plate."""
    t_ns = frames.t_ns
    near = frames[int(np.searchsorted(t_ns, window.start_ns - BEFORE_NS)) : int(np.searchsorted(t_ns, window.end_ns + AFTER_NS))]
    empty = near.load_n < max(bw_n / 2, LEAST_LOAD_N)  # NaN (a gap) is not empty
    before = np.flatnonzero(empty & (near.t_ns < window.start_ns))
    after = np.flatnonzero(empty & (near.t_ns >= window.end_ns))
    return near[int(before[-1]) + 1 if len(before) else 0 : int(after[0]) if len(after) else len(near)]


def sway_span(kind: str, window: Window, *, raw: bool = False) -> tuple[int, int] | None:
    """Where sway is measured: all of a timed stance, a hold without its ends; None when too short or broken by a freeze.

    Under raw settings nothing is too short: the caller asked for the plain numbers.
    """
    start_ns, end_ns = window.start_ns, window.end_ns
    if kind == "hold":
        start_ns, end_ns = start_ns + SWAY_AFTER_LIFT_NS, end_ns - SWAY_BEFORE_END_NS
    short = end_ns - start_ns < (STEP_NS if raw else LEAST_SWAY_NS)
    if kind == "reps" or window.frozen_ns or short:
        return None
    return start_ns, end_ns


def settled_s(events: Sequence[Event], start_s: float, stood_s: float) -> float:
    """Seconds on the plate before `start_s`: since the last step on, or since `stood_s` when there is none."""
    return start_s - max((e.t_s for e in events if e.kind == "step-on" and e.t_s <= start_s), default=stood_s)


def outcome(
    frames: Frames,
    readings: Sequence[Readings],
    window: Window | None,
    *,
    kind: str,
    bw_n: float,
    expected_s: float | None,
    span_ns: tuple[int, int],
    geometry: Geometry,
    settings: str,
    facts: Facts,
    events: Sequence[Event] = (),
    origin_ns: int = 0,
    stood_ns: int | None = None,
    stance: str = "two-leg",
) -> Outcome:
    """Quality and measures.

    span_ns:  where to count conversions when there is no window; bw_n (N): 0 takes the window's mean load
    events:   of the trial, whose times count from `origin_ns`
    stood_ns: since when somebody stands there when no event says it; None: unknown
    stance:   as in `Condition`
    """
    counted = count(readings, span_ns[0] if window is None else window.start_ns, span_ns[1])
    if window is None:
        nothing = Quality("reject", (say("quality.nothing"),), 0.0, counted.flags_by_cell, counted.rate_hz)
        return Outcome(nothing, {}, None)
    stretch = loaded_stretch(frames, window, bw_n)
    t_ns = stretch.t_ns
    inside = stretch[int(np.searchsorted(t_ns, window.start_ns)) : int(np.searchsorted(t_ns, window.end_ns))]
    load = inside.load_n[inside.valid]
    load_n = float(load.mean()) if len(load) else None
    raw = preset(settings).base == "raw"
    span = sway_span(kind, window, raw=raw)
    start_s, end_s = (window.start_ns - origin_ns) / S, (window.end_ns - origin_ns) / S
    quality = judge(
        Judged(
            window=inside,
            kind=kind,
            flags_by_cell=counted.flags_by_cell,
            rate_hz=counted.rate_hz,
            p99_periods=counted.p99_periods,
            expected_s=expected_s if kind == "quiet" else None,
            bw_n=bw_n or load_n or 0.0,
            geometry=geometry,
            calibrated=facts.calibrated,
            zero_checked=facts.zero_checked,
            noise_n=facts.noise_n,
            calibration_age_days=facts.calibration_age_days,
            verified_mm=facts.verified_mm,
            twist=facts.twist,
            settled_s=None if stood_ns is None else settled_s(events, start_s, (stood_ns - origin_ns) / S),
            faults=fault_reasons(events, start_s, end_s),
            touch_downs=_within(events, "touch-down", start_s, end_s),
            supports=_within(events, "support", start_s, end_s),
            lowpass_hz=preset(settings).lowpass_hz,
        )
    )
    withheld = span is None or (quality.verdict == "reject" and not raw and not facts.overruled)
    if withheld or span is None:
        return Outcome(quality, {}, load_n)
    rates_hz = [rate for rate in counted.rate_hz if rate > 0]
    instrument = Instrument.of(geometry, facts.noise_n, sum(rates_hz) / len(rates_hz) if rates_hz else 0.0, facts.verified_mm)
    measures = measure_window(stretch, *span, settings, instrument=instrument, context=Context(stance=stance))
    return Outcome(quality, measures, load_n)


def _within(events: Sequence[Event], kind: str, start_s: float, end_s: float) -> int:
    """How many there were inside the window; one that ended it lies at its end."""
    return sum(e.kind == kind and start_s <= e.t_s < end_s for e in events)
