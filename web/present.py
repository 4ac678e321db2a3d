"""A stored trial as a page shows it: one number with its band, a sentence, pictures, measures in words. Every number keeps its unit."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from flask import Response, abort

from station.core.frames import FS_HZ, Frames
from station.core.measures.prepare import filtered_window
from station.core.measures.registry import registry
from station.core.results import TrialResult
from station.export.registry import export_bytes, find
from station.protocols.loader import load_all
from station.protocols.model import Protocol
from station.store.queries import TrialRow
from station.words import say
from web import charts
from web.site import site

MAIN = ("path_length_mm", "ellipse_area_95_mm2", "mean_frequency_hz")
BW_DECIMALS = 4


@lru_cache(maxsize=4)
def _loaded(folder: Path) -> Mapping[str, Protocol]:
    return load_all(folder / "protocols")


def protocols() -> Mapping[str, Protocol]:
    """What this station can run, its own and the site's."""
    return _loaded(site().folder)


def title(result: TrialResult) -> str:
    known = protocols().get(result.protocol_id)
    return site().words(known.title) if known else result.protocol_id


def how(result: TrialResult) -> str:
    own, c = site(), result.condition
    text = own.text(
        "web.trial.how", stance=say(f"web.stance.{c.stance}"), eyes=say(f"web.eyes.{c.eyes}"), surface=say(f"web.surface.{c.surface}")
    )
    return f"{text}, {own.text(f'web.side.{result.side}')}" if result.side else text


def when(moment: datetime | None) -> str:
    """Date and time in the station's language; a trial of a clock that was never set has none."""
    return site().catalogue.moment(moment) if moment else site().text("web.no-date")


@dataclass(frozen=True, slots=True)
class Headline:
    """The one number: `value` in `unit` with the decimals it carries."""

    value: float
    unit: str
    decimals: int
    name: str
    means: str = ""


def headline(result: TrialResult) -> Headline | None:
    """None when nothing was measured."""
    own = site()
    if result.kind == "hold":
        return Headline(result.duration_s, "s", 1, own.text("web.headline.seconds")) if result.duration_s > 0 else None
    if result.kind == "quiet":
        key = "mean_velocity_mm_s" if "mean_velocity_mm_s" in result.measures else "mean_velocity_n_mm_s"
        found = result.measures.get(key)
        if found is None or found.value is None:
            return None
        return Headline(found.value, found.unit, 1, own.text(f"measure.{key}.name"), own.text(f"measure.{key}.means"))
    if result.score is None:
        return None
    name = own.text("web.headline.reps") if result.kind == "reps" else own.text("web.headline.score")
    unit = "" if result.score.of is None else f"/ {own.catalogue.number(result.score.of, 0)}"
    return Headline(result.score.value, unit, 0, name)


def short(row: TrialRow) -> dict[str, Any]:
    found = headline(row.result)
    told = f"{site().catalogue.number(found.value, found.decimals)} {found.unit}" if found else site().text("web.not-measured")
    return {"id": row.id, "title": title(row.result), "when": when(row.started), "headline": told, "demo": row.result.demo}


def trial(row: TrialRow, links: list[dict[str, str]], *, newtons: bool) -> dict[str, Any]:
    """Everything the trial page shows; without `newtons` (open links) no force or mass is among it."""
    own, r = site(), row.result
    found = headline(r)
    page: dict[str, Any] = {
        "id": row.id,
        "title": title(r),
        "when": when(row.started),
        "how": how(r),
        "demo": r.demo,
        "number": own.catalogue.number(found.value, found.decimals) if found else "",
        "unit": found.unit if found else "",
        "name": found.name if found else "",
        "means": found.means if found else "",
        "ended": own.words(r.reason),
        "verdict": own.text(f"web.verdict.{r.quality.verdict}"),
        "reasons": [own.words(x) for x in (*r.quality.reasons, *r.warnings)],
        "cannot_see": [own.words(x) for x in known.cannot_see] if (known := protocols().get(r.protocol_id)) else [],
        "downloads": links,
        "reps": [_rep(rep) for rep in r.reps],
        **_measures(r, newtons),
        **_pictures(row),
    }
    return page


def _rep(rep: Mapping[str, Any]) -> dict[str, str]:
    own, dip = site(), rep.get("dip_pct")
    return {
        "t": own.catalogue.number(float(rep["t_s"]), 1),
        "verdict": own.text(f"web.rep.{rep['verdict']}"),
        "dip": "–" if dip is None else own.catalogue.number(float(dip), 0),
    }


def _measures(r: TrialResult, newtons: bool) -> dict[str, Any]:
    own, rows = site(), []
    for key, m in r.measures.items():
        if m.unit in ("N", "kg") and not newtons:
            continue
        value = own.text(m.why) if m.value is None and m.why else "–" if m.value is None else own.catalogue.significant(m.value)
        entry = registry().get(key)
        staff = entry is not None and entry.staff_only
        if staff and not newtons:
            continue
        rows.append({"key": key, "name": own.text(f"measure.{key}.name"), "means": own.text(f"measure.{key}.means"), "value": value, "unit": m.unit})
    main = [row for key in MAIN for row in rows if row["key"] == key]
    window = r.window_s or (0.0, 0.0)
    start, end = (f"{own.catalogue.number(t, 2)} s" for t in window)
    method = next((m.method for m in r.measures.values() if m.method), r.settings)
    return {"main": main or rows[:3], "all": rows, "method": own.text("web.measures.method", method=method, start=start, end=end)}


def _pictures(row: TrialRow) -> dict[str, Any]:
    """Sway path, sway over time and their table, from the recording; empty where there is no sway to show."""
    own, r = site(), row.result
    frames = own.archive.frames(row.id)
    if frames is None or r.window_s is None:
        return {"path": "", "time": "", "table": []}
    cut = filtered_window(frames, *_window_ns(frames, r))
    if cut is None:
        return {"path": "", "time": "", "table": []}
    ml, ap = cut
    if not len(ml) or np.isnan(ml).all():
        return {"path": "", "time": "", "table": []}
    number = own.catalogue.number
    t_s = np.arange(len(ml)) / FS_HZ
    axes, angle = r.measures.get("ellipse_major_mm"), r.measures.get("ellipse_angle_deg")
    minor = r.measures.get("ellipse_minor_mm")
    known = axes and minor and angle and axes.value is not None and minor.value is not None and angle.value is not None
    ellipse = (axes.value, minor.value, angle.value) if known else None
    width, depth = (f"{number(float(np.nanmax(v) - np.nanmin(v)), 0)} mm" for v in (ml, ap))
    words = charts.PathWords(own.text("web.path"), own.text("web.path.alt", width=width, depth=depth), own.text("web.front"), own.text("web.scale", bar="{bar}"))
    seconds = f"{number(len(ml) / FS_HZ, 0)} s"
    times = charts.TimeWords(
        own.text("web.over-time"), own.text("web.over-time.alt", seconds=seconds), own.text("web.right"), own.text("web.forward"), own.text("web.seconds-axis")
    )
    centred = (ml - np.nanmean(ml), ap - np.nanmean(ap))
    table = [[number(i / FS_HZ, 0), number(float(centred[0][i]), 1), number(float(centred[1][i]), 1)] for i in range(0, len(ml), FS_HZ)]
    return {
        "path": charts.sway_path(ml, ap, ellipse, words),
        "path_note": own.text("web.path.note"),
        "time": charts.sway_over_time(t_s, ml, ap, times, number),
        "table": table,
    }


def _window_ns(frames: Frames, r: TrialResult) -> tuple[int, int]:
    start_s, end_s = r.window_s or (0.0, 0.0)
    origin_ns = int(frames.t_ns[0])
    return origin_ns + round(start_s * 1e9), origin_ns + round(end_s * 1e9)


def exported(scope: str, id: str | None, format: str) -> Response:
    """A download made by the export registry."""
    found = find(format)
    data, name = export_bytes(site().archive, found, scope, id)
    return _file(data, name, found.mimetype)


def shared_csv(row: TrialRow) -> Response:
    """Samples for the holder of a link: t_s, CoP, load as a share of the body weight; no newtons, no kilograms."""
    frames, r = site().archive.frames(row.id), row.result
    if frames is None or r.window_s is None:
        abort(404)
    start, end = (int(np.searchsorted(frames.t_ns, t)) for t in _window_ns(frames, r))
    part = frames[start:end]
    weight_n = r.load_n or float(np.nanmean(part.load_n))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["t_s", "ml_mm", "ap_mm", "load_bw"])
    columns = zip(part.ml_mm.tolist(), part.ap_mm.tolist(), (part.load_n / weight_n).tolist(), strict=True)
    for i, (ml, ap, load) in enumerate(columns):
        writer.writerow([f"{i / FS_HZ:.2f}", f"{ml:.4f}", f"{ap:.4f}", f"{load:.{BW_DECIMALS}f}"])
    return _file(out.getvalue().encode(), f"{_name(row)}.csv", "text/csv")


def shared_json(row: TrialRow) -> Response:
    document = row.result.to_json()
    document.pop("load_n", None)
    document["measures"] = {k: m for k, m in document["measures"].items() if m["unit"] not in ("N", "kg")}
    return _file(json.dumps(document, indent=1).encode(), f"{_name(row)}.json", "application/json")


def _name(row: TrialRow) -> str:
    demo = "demo-" if row.result.demo else ""
    return f"{demo}{row.result.protocol_id}-{row.id[:8]}"


def _file(data: bytes, name: str, mimetype: str) -> Response:
    response = Response(data, mimetype=mimetype)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
