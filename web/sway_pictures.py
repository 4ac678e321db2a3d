"""The pictures of one trial from its recording: sway path, sway over time, and the same as a table."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from station.core.frames import FS_HZ, Frames
from station.core.geometry import Geometry
from station.core.measures.prepare import filtered_window
from station.core.outcome import Window, loaded_stretch, sway_span
from station.core.results import TrialResult
from station.store.queries import TrialRow, frames_of
from web import charts
from web.site import site

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Pictures:
    """SVG of path and time; `table`: once a second time in s, right and forward of the mean in mm. Empty where no sway was measured."""

    path: str = ""
    time: str = ""
    table: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Recorded:
    """The recording's frames from its origin on, the origin (ns of the board's clock) and the platform."""

    frames: Frames
    origin_ns: int
    geometry: Geometry


def recorded(row: TrialRow) -> Recorded | None:
    """None when the file is gone. What one page needs more than once is read once."""
    found: Recorded | None = site().frames.get((row.id, row.result.window_s, row.result.load_n), lambda: _read(row))
    return found


def _read(row: TrialRow) -> Recorded | None:
    recording = site().archive.recording(row.id)
    if recording is None or not recording.header:
        return None
    frames, origin_ns = frames_of(recording), int(recording.header["origin_ns"])
    geometry = Geometry.from_json(recording.header["geometry"])
    return Recorded(frames[int(np.searchsorted(frames.t_ns, origin_ns)) :], origin_ns, geometry)


def window_ns(result: TrialResult, origin_ns: int) -> Window:
    """The result's window on the board's clock."""
    start_s, end_s = result.window_s or (0.0, 0.0)
    start_ns, end_ns = origin_ns + round(start_s * 1e9), origin_ns + round(end_s * 1e9)
    return Window(start_ns, end_ns)


def pictures(row: TrialRow) -> Pictures:
    """Of the very sway that the measures saw: filtered, the same span. Made once for each result."""
    r = row.result
    if r.window_s is None or not r.measures:
        return Pictures()
    made: Pictures = site().shelf.get((row.id, r.window_s, r.settings, r.load_n), lambda: _made(row))
    return made


def _made(row: TrialRow) -> Pictures:
    r = row.result
    found = recorded(row)
    if found is None:
        return Pictures()
    window = window_ns(r, found.origin_ns)
    span = sway_span(r.kind, window, raw=r.settings == "raw")
    cut = filtered_window(loaded_stretch(found.frames, window, r.load_n or 0.0), *span, r.settings) if span else None
    if cut is None or np.isnan(cut[0]).all():
        return Pictures()
    mean_ml, mean_ap = (float(np.nanmean(axis)) for axis in cut)
    ml, ap = cut[0] - mean_ml, cut[1] - mean_ap
    standing = charts.Standing(found.geometry.plate_mm, _feet(r, found.geometry), (mean_ml, mean_ap))
    return Pictures(_path(ml, ap, r, standing), _time(ml, ap), _table(ml, ap))


def _feet(r: TrialResult, geometry: Geometry) -> tuple[tuple[float, float], ...]:
    """Where the marks tell the feet to stand; on one leg only that foot."""
    half_mm = geometry.marks_mm / 2
    feet = {"left": (-half_mm, 0.0), "right": (half_mm, 0.0)}
    return (feet[r.side],) if r.condition.stance == "single-leg" and r.side in feet else tuple(feet.values())


def _path(ml: Floats, ap: Floats, r: TrialResult, standing: charts.Standing) -> str:
    own = site()
    width, depth = (own.number(float(np.nanmax(v) - np.nanmin(v)), 0, "mm") for v in (ml, ap))
    mean_ml, mean_ap = (own.number(v) for v in standing.mean_mm)
    alt = f"{own.text('web.path.alt', width=width, depth=depth)}. {own.text('web.path.where', ml=mean_ml, ap=mean_ap)}"
    words = charts.PathWords(own.text("web.path"), alt, own.text("web.front"), lambda mm: own.number(mm, 0, "mm"))
    return charts.sway_path(ml, ap, _ellipse(ml, ap, r), words, standing=standing)


def _ellipse(ml: Floats, ap: Floats, r: TrialResult) -> tuple[float, float, float] | None:
    """Half axes in mm as measured, and the direction of the longer one in degrees from right towards forward.

    A nearly round ellipse has no measured direction; then any draws the same picture, and the path's own is taken.
    """
    major, minor, angle = (r.measures.get(f"ellipse_{k}") for k in ("major_mm", "minor_mm", "angle_deg"))
    if major is None or minor is None or major.value is None or minor.value is None:
        return None
    if angle is not None and angle.value is not None:
        return major.value, minor.value, angle.value
    seen = ~np.isnan(ml)
    x, y = ml[seen], ap[seen]
    return major.value, minor.value, float(np.degrees(np.arctan2(2 * np.mean(x * y), np.mean(x * x) - np.mean(y * y)) / 2))


def _time(ml: Floats, ap: Floats) -> str:
    own = site()
    words = charts.TimeWords(
        own.text("web.over-time"),
        own.text("web.over-time.alt", seconds=own.number(len(ml) / FS_HZ, 0, "s")),
        own.text("web.right"),
        own.text("web.forward"),
        own.text("web.seconds-axis"),
    )
    return charts.sway_over_time(np.arange(len(ml)) / FS_HZ, ml, ap, words, own.number)


def _table(ml: Floats, ap: Floats) -> tuple[tuple[str, str, str], ...]:
    own = site()
    rows = range(0, len(ml), FS_HZ)
    return tuple((own.number(i / FS_HZ), _mm(float(ml[i])), _mm(float(ap[i]))) for i in rows)


def _mm(value: float) -> str:
    return site().number(value, 1) if value == value else "–"
