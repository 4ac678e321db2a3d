"""From frames, or from any even centre of pressure, to measures: bridge the gaps, filter the whole stretch, cut the window, measure.

The order matters: filtering after the cut would put the filter's transient into the window.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from station.core.frames import FS_HZ, STEP_NS, Frames
from station.core.measures.context import Context
from station.core.measures.grid import on_grid, smoothed
from station.core.measures.presets import Preset, preset
from station.core.measures.registry import Measure, chosen
from station.core.measures.spikes import spike_frames
from station.core.measures.sway import Sway
from station.core.results import MeasureValue
from station.core.uncertainty.budget import Parts, budget
from station.core.uncertainty.instrument import Instrument

Array = npt.NDArray[np.float64]

FILTER_REACH_S = 0.15  # of our low-pass: a bridged gap falsifies this much on each side of it
LEAST_POINTS = 3
NO_UNCERTAINTY = "why.no-uncertainty"  # nothing is known of the instrument
NOISE_UNKNOWN = "why.noise-unknown"
NOISE_ONLY = "why.noise-only"
NOT_WORKED_OUT = "why.uncertainty-not-worked-out"
RAW = "why.raw-settings"


def measure_cop(
    ml_mm: npt.ArrayLike,
    ap_mm: npt.ArrayLike,
    fs_hz: float,
    settings: str = "station",
    only: Iterable[str] | None = None,
    context: Context | None = None,
) -> dict[str, MeasureValue]:
    """All measures of a whole centre of pressure on an even grid, by key.

    ml_mm, ap_mm: (n,) in mm; NaN or infinite where it is missing. fs_hz: frames per second. `only` names the measures wanted.
    context: of the person and the stance. There is no uncertainty: nothing is known of the instrument.
    A measure that means nothing here has the value None and a `why`; nothing that the arrays hold raises.
    Raises NotFound for unknown settings or measures, ValueError when the arrays differ in length or fs is not positive.
    """
    ml, ap = np.asarray(ml_mm, np.float64), np.asarray(ap_mm, np.float64)
    if ml.shape != ap.shape or ml.ndim != 1 or not fs_hz > 0:
        raise ValueError(f"two equally long columns and a positive rate are needed, not {ml.shape}, {ap.shape}, {fs_hz} Hz")
    how = preset(settings)
    return _evaluate(_sway(ml, ap, fs_hz, how, slice(0, len(ml)), context), chosen(settings, only), how, fs_hz, {}, NO_UNCERTAINTY)


def measure_window(
    frames: Frames,
    start_ns: int,
    end_ns: int,
    settings: str = "station",
    only: Iterable[str] | None = None,
    *,
    instrument: Instrument | None = None,
    context: Context | None = None,
) -> dict[str, MeasureValue]:
    """All measures of the frames with start_ns <= t_ns < end_ns, by key.

    frames: the loaded stretch around the window, at most 5 s before and 1 s after it (the caller cuts): all of it is filtered. Frames
    of the window that are not there count as missing. Frames with a spike of one cell are left out under "station".
    instrument: the board on that day; with it, and under settings that low-pass as the station does, measures have an uncertainty and the
    noise-corrected ones a value. context: of the person and the stance.
    """
    how = preset(settings)
    wanted = chosen(settings, only)
    sway = sway_of(frames, start_ns, end_ns, how, context)
    parts: Mapping[str, Parts] = {}
    why = RAW if how.base == "raw" else NO_UNCERTAINTY if instrument is None else NOISE_UNKNOWN
    if sway is not None and instrument is not None and how.base == "station":
        load_n = _mean_load_n(frames, start_ns, end_ns)
        noise = instrument.noise(*sway.mean_mm, load_n, how.lowpass_hz)
        if noise is not None:
            why = NOT_WORKED_OUT
            sway = replace(sway, context=replace(sway.context, noise=noise))
            with np.errstate(all="ignore"):  # what is not finite gets no uncertainty
                parts = budget(sway, noise, instrument, load_n, wanted)
    return _evaluate(sway, wanted, how, float(FS_HZ), parts, why)


def _mean_load_n(frames: Frames, start_ns: int, end_ns: int) -> float:
    inside = frames[int(np.searchsorted(frames.t_ns, start_ns)) : int(np.searchsorted(frames.t_ns, end_ns))]
    load_n = inside.load_n[inside.valid]
    return float(load_n.mean()) if len(load_n) else 0.0


def filtered_window(frames: Frames, start_ns: int, end_ns: int, settings: str = "station") -> tuple[Array, Array] | None:
    """(ml, ap) in mm as the measures of that window saw it: filtered, not centred, NaN where it was not measured; None when it holds
    too little."""
    sway = sway_of(frames, start_ns, end_ns, preset(settings))
    if sway is None:
        return None
    ml, ap = (np.where(sway.valid, a + mean, np.nan) for a, mean in zip((sway.ml_mm, sway.ap_mm), sway.mean_mm, strict=True))
    return ml, ap


def sway_of(frames: Frames, start_ns: int, end_ns: int, how: Preset, context: Context | None = None) -> Sway | None:
    """The frames with start_ns <= t_ns < end_ns as the measures of a preset take them; see `measure_window`."""
    lacking = ~frames.valid
    if how.base == "station":
        lacking = lacking | spike_frames(frames)
    ml, ap = (np.where(lacking, np.nan, axis_mm) for axis_mm in (frames.ml_mm, frames.ap_mm))
    n = max(round((end_ns - start_ns) / STEP_NS), 0)
    first = math.ceil((start_ns - int(frames.t_ns[0])) / STEP_NS) if len(frames) else 0
    before, after = max(-first, 0), max(first + n - len(frames), 0)
    ml, ap = (np.pad(axis_mm, (before, after), constant_values=np.nan) for axis_mm in (ml, ap))
    return _sway(ml, ap, float(FS_HZ), how, slice(first + before, first + before + n), context)


def _filters(how: Preset, fs_hz: float) -> bool:
    return how.lowpass_hz is not None and fs_hz > 2 * how.lowpass_hz


def _sway(ml_mm: Array, ap_mm: Array, fs_hz: float, how: Preset, window: slice, context: Context | None = None) -> Sway | None:
    """The window as measures take it; None when it holds fewer than 3 points to measure."""
    ml_mm, ap_mm, fs_hz, window = on_grid(ml_mm, ap_mm, fs_hz, window, how)
    there = np.isfinite(ml_mm) & np.isfinite(ap_mm)
    known = np.flatnonzero(there)
    if len(known) < LEAST_POINTS:
        return None
    stretch = slice(int(known[0]), int(known[-1]) + 1)
    valid = there.copy()
    ml, ap = np.zeros(len(ml_mm)), np.zeros(len(ml_mm))
    at = np.arange(stretch.start, stretch.stop)
    for bridged, axis_mm in ((ml, ml_mm), (ap, ap_mm)):
        whole = axis_mm[stretch] if len(known) == len(at) else np.interp(at, known, axis_mm[known])
        bridged[stretch] = smoothed(whole, fs_hz, how)
    if _filters(how, fs_hz):
        valid[stretch] &= ~_widened(~there[stretch], round(FILTER_REACH_S * fs_hz))
    if valid[window].sum() < LEAST_POINTS:
        return None
    return Sway.of(ml[window], ap[window], fs_hz, valid[window], context)


def _widened(gap: npt.NDArray[np.bool_], reach: int) -> npt.NDArray[np.bool_]:
    """Frames that are in a gap or within `reach` frames of one."""
    if not gap.any():
        return gap
    near = np.convolve(gap.astype(np.int64), np.ones(2 * reach + 1, np.int64), "full")[reach : reach + len(gap)]
    return np.asarray(near > 0)


def _evaluate(
    sway: Sway | None, measures: Mapping[str, Measure], how: Preset, fs_hz: float, parts: Mapping[str, Parts], why: str
) -> dict[str, MeasureValue]:
    """why: there is no uncertainty where there are no parts."""
    method = how.method if how.lowpass_hz is None or _filters(how, fs_hz) else f"{how.method}-unfiltered"
    if sway is None:
        return {key: MeasureValue(None, m.unit, None, method, "why.too-few-points") for key, m in measures.items()}
    with np.errstate(all="ignore"):  # what cannot be computed comes out as NaN and gets its why
        return {key: _value(m, sway, method, parts.get(key), why, strict=how.base == "station") for key, m in measures.items()}


def _value(m: Measure, sway: Sway, method: str, parts: Parts | None, mark: str, *, strict: bool) -> MeasureValue:
    if parts is not None:
        mark = "" if parts.calibration is not None else NOISE_ONLY
    for need in m.needs if strict else ():
        if not need.met(sway):
            if not need.marks:
                return MeasureValue(None, m.unit, None, method, need.why)
            mark = need.why
    value = m.function(sway)
    if not math.isfinite(value):
        return MeasureValue(None, m.unit, None, method, "why.nothing-to-measure")
    if parts is None:
        return MeasureValue(value, m.unit, None, method, mark)
    return MeasureValue(value, m.unit, parts.u, method, mark, parts.to_json())
