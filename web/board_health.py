"""The health page: the view's `health` (its shape: station/steering.py) as parts of a page, numbers in the station's language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from babel.dates import format_date

from station.commands import LiveView
from station.core.readings import CELLS
from web.board_pictures import corners
from web.site import fragment, site

NONE = "–"
MB_PER_GB = 1000
UNSWAPPED = list(range(len(CELLS)))
Rows = list[tuple[str, str]]


def parts(view: LiveView | None) -> dict[str, str]:
    """Each part of the page as HTML; all but `verdict` and `going` are empty while the station is away."""
    if view is None:
        own = site()
        gone = {"ok": False, "what": own.text("web.away"), "do": own.text("web.away.do")}
        empty = dict.fromkeys(("cells", "faults", "calibration", "reader", "computer", "ready"), "")
        return {"verdict": _part("verdict", verdict=gone, demo=False), "going": "", **empty}
    h = view.health
    calibrated = h.get("calibrated") or {}
    return {
        "verdict": _part("verdict", verdict=_verdict(h), demo=view.demo),
        "going": _part("going", kind=view.sheet["kind"]) if view.sheet and not view.sheet.get("over") else "",
        "cells": _part("cells", **_cells(h)),
        "faults": _part("faults", faults=h.get("faults") or []),
        "calibration": _part("calibration", rows=_calibration(h), reverify=_reverify(calibrated)),
        "reader": _part("facts", title=site().text("web.board.reader"), rows=_reader(h), counters=_counters(h)),
        "computer": _part("facts", title=site().text("web.board.computer"), rows=_computer(h), counters=None),
        "ready": _part("ready", held=h.get("ready") or []),
    }


def number(value: float | None, decimals: int = 0, unit: str = "") -> str:
    """A dash where nobody knows."""
    return NONE if value is None else site().number(float(value), decimals, unit)


def cell_name(index: int) -> str:
    return site().text(f"cell.{CELLS[index].replace('_', '-')}")


def numbers(cell: Mapping[str, Any]) -> dict[str, str]:
    """Load in kg, rate in Hz and noise in g of a corner, as text."""
    return {
        "load": number(cell.get("load_kg"), 1),
        "rate": number(cell.get("rate_hz"), 1),
        "noise": number(cell.get("noise_g"), 1),
    }


def _part(part: str, **known: Any) -> str:
    return fragment("board_parts.html", part=part, **known)


def _verdict(h: Mapping[str, Any]) -> Mapping[str, Any]:
    """The station's one sentence."""
    return h.get("verdict") or {"ok": True, "what": h.get("fault", ""), "do": ""}


def _cells(h: Mapping[str, Any]) -> dict[str, Any]:
    own, given = site(), h.get("cells") or []
    rows = [
        {
            "name": str(c.get("name") or cell_name(i)),
            **numbers(c),
            "state": c.get("state", ""),
            "ok": c.get("ok"),
        }
        for i, c in enumerate(given)
    ]
    twist = (h.get("twist") or {}).get("pct")
    shown = own.text("web.board.twist", pct=number(twist, 1)) if twist is not None else ""
    return {"cells": rows, "picture": corners(rows) if len(rows) == len(CELLS) else "", "twist": shown}


def _calibration(h: Mapping[str, Any]) -> Rows:
    own, c = site(), h.get("calibrated") or {}
    grade = "games" if c.get("grade") == "games" else "good"
    rows = [("state", str(h.get("calibration", "")))]
    if c.get("date"):
        rows.append(("date", ", ".join(x for x in (_day(str(c["date"])), _age(c.get("age_days"))) if x)))
    if c.get("id"):
        rows.append(("grade", own.text(f"web.board.grade.{grade}")))
    if c.get("error_mm") is not None:
        rows.append(("error", number(c["error_mm"], 1, "mm")))
    if list(c.get("order") or UNSWAPPED) != UNSWAPPED:
        rows.append(("plugs", own.text("web.board.calibration.plugs.swapped")))
    return [(own.text(f"web.board.calibration.{key}"), value) for key, value in rows]


def _day(date: str) -> str:
    """An ISO date as the language writes it; anything else as it stands."""
    language = site().settings.station.language
    try:
        return str(format_date(datetime.fromisoformat(date), "d. MMM y" if language == "de" else "d MMM y", locale=language))
    except ValueError:
        return date


def _age(days: float | None) -> str:
    own = site()
    if days is None:
        return ""
    n = int(days)
    return own.text(f"web.board.age.{'today' if n < 1 else 'day' if n == 1 else 'days'}", n=n)


def _reverify(c: Mapping[str, Any]) -> str:
    return site().text("web.board.reverify", n=int(c.get("age_days") or 0)) if c.get("reverify") else ""


def _reader(h: Mapping[str, Any]) -> Rows:
    own, r = site(), h.get("reader") or {}
    rows = [
        ("board", h.get("board")),
        ("rate", h.get("rate")),
        ("way", r.get("way")),
        ("realtime", r.get("realtime")),
        ("core", r.get("core")),
        ("memory", r.get("memory")),
        ("restarts", number(r.get("restarts"))),
        ("missed", number(r.get("missed_pct"), 2, "%")),
    ]
    return [(own.text(f"web.board.reader.{key}"), str(value or NONE)) for key, value in rows]


def _counters(h: Mapping[str, Any]) -> dict[str, Any] | None:
    """What the driver counted: a row for each counter, a column for each corner."""
    counted = (h.get("reader") or {}).get("counters") or []
    if len(counted) != len(CELLS):
        return None
    keys = list(dict.fromkeys(key for each in counted for key in each))
    rows = [(key.replace("_", " "), [number(each.get(key)) for each in counted]) for key in keys]
    return {"names": [cell_name(i) for i in range(len(CELLS))], "rows": rows}


def _computer(h: Mapping[str, Any]) -> Rows:
    own, c = site(), h.get("computer") or {}
    free_mb, set_right, up_s = c.get("disk_free_mb"), c.get("clock_synced"), c.get("started_s")
    disk = number(free_mb / MB_PER_GB, 1, "GB") if free_mb is not None and free_mb >= MB_PER_GB else number(free_mb, 0, "MB")
    clock = NONE if set_right is None else own.text(f"web.board.clock.{'set' if set_right else 'unset'}")
    rows = [
        ("power", c.get("power") or own.text("web.board.power.fine")),
        ("temperature", number(c.get("temperature_c"), 0, "°C")),
        ("disk", disk),
        ("clock", clock),
        ("sound", h.get("sound") or NONE),
        ("up", NONE if up_s is None else own.text("web.board.up.hours", n=number(up_s / 3600, 1))),
        ("software", c.get("software") or NONE),
    ]
    return [(own.text(f"web.board.computer.{key}"), str(value)) for key, value in rows]
