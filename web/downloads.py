"""Files to take away: what the export registry makes for staff, and the reduced ones of an open link."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
from flask import Response, abort

from station.core.frames import FS_HZ
from station.export.registry import Format, export_bytes, find, formats
from station.store.queries import TrialRow
from web.openness import open_document
from web.site import site
from web.sway_pictures import recorded, window_ns

SHARED = ("csv", "json")
BW_DECIMALS = 4


def offered(scope: str) -> list[Format]:
    """Formats that hold a trial, a person or all."""
    return formats(scope)


def exported(scope: str, id: str | None, format: str) -> Response:
    """A download made by the export registry. Raises NotFound."""
    found = find(format)
    data, name = export_bytes(site().archive, found, scope, id)
    return _file(data, name, found.mimetype)


def shared_csv(row: TrialRow) -> Response:
    """Samples of the window for the holder of a link: t_s, CoP, load as a share of the mean load; no newtons, no kilograms."""
    found, r = recorded(row), row.result
    if found is None or r.window_s is None:
        abort(404)
    window = window_ns(r, found.origin_ns)
    start, end = (int(np.searchsorted(found.frames.t_ns, t)) for t in (window.start_ns, window.end_ns))
    part = found.frames[start:end]
    seen = part.load_n[part.valid]
    if not len(seen):
        abort(404)
    share = part.load_n / (r.load_n or float(seen.mean()))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["t_s", "ml_mm", "ap_mm", "load_bw"])
    columns = zip(part.ml_mm.tolist(), part.ap_mm.tolist(), share.tolist(), part.valid.tolist(), strict=True)
    for i, (ml, ap, load, valid) in enumerate(columns):
        values = [f"{ml:.4f}", f"{ap:.4f}", f"{load:.{BW_DECIMALS}f}"] if valid else ["", "", ""]
        writer.writerow([f"{i / FS_HZ:.2f}", *values])
    return _file(out.getvalue().encode(), f"{_name(row)}.csv", "text/csv")


def shared_json(row: TrialRow) -> Response:
    return _file(json.dumps(open_document(row.result), indent=1).encode(), f"{_name(row)}.json", "application/json")


def _name(row: TrialRow) -> str:
    demo = "demo-" if row.result.demo else ""
    return f"{demo}{row.result.protocol_id}"


def _file(data: bytes, name: str, mimetype: str) -> Response:
    response = Response(data, mimetype=mimetype)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
