"""One trial under every preset of settings: how far definitions and preprocessing alone move a number. For staff; never in a trend."""

from __future__ import annotations

from typing import Any

from station.core.measures.presets import SETTINGS
from station.core.measures.spread import measure_all_window
from station.core.outcome import loaded_stretch, sway_span
from station.store.queries import TrialRow
from web.site import site
from web.sway_pictures import recorded, window_ns

COLUMNS = {
    "velocity": ("mean_velocity_mm_s", "mean_velocity_n_mm_s", "mean_velocity_n1_mm_s"),
    "path": ("path_length_mm",),
    "area": ("ellipse_area_95_mm2", "ellipse_area_prieto_mm2", "ellipse_f_mm2", "ellipse_f_ddof0_mm2", "ellipse_chi2_mm2"),
    "frequency": ("mean_frequency_hz",),
}
"""What is compared, and the keys that presets give it under; the first that one has is taken."""
UNITS = {"velocity": "mm/s", "path": "mm", "area": "mm²", "frequency": "Hz"}
DIGITS = 4  # the presets are to be told apart: these numbers carry no uncertainty


def spread(row: TrialRow) -> list[dict[str, Any]]:
    """A row a preset: `name` and `cells` in the order of COLUMNS; empty where no sway was measured. Made once for each result."""
    r = row.result
    if r.window_s is None or not r.measures:
        return []
    made: list[dict[str, Any]] = site().shelf.get(("spread", row.id, r.window_s, r.load_n), lambda: _made(row))
    return made


def _made(row: TrialRow) -> list[dict[str, Any]]:
    found = recorded(row)
    if found is None:
        return []
    window = window_ns(row.result, found.origin_ns)
    span = sway_span(row.result.kind, window)
    if span is None:
        return []
    stretch = loaded_stretch(found.frames, window, row.result.load_n or 0.0)
    measured = measure_all_window(stretch, *span, [key for keys in COLUMNS.values() for key in keys])
    return [{"name": name, "cells": [_cell(measured[name], keys) for keys in COLUMNS.values()]} for name in SETTINGS if name in measured]


def _cell(measured: Any, keys: tuple[str, ...]) -> str:
    value = next((measured[key].value for key in keys if key in measured and measured[key].value is not None), None)
    return "–" if value is None else site().catalogue.significant(value, DIGITS)
