"""The measures of a trial as pages show them: three for everybody, families with value +- 2u, method and reasons for staff."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from station.core.measures.registry import Measure, registry
from station.core.results import MeasureValue, TrialResult
from station.core.shown import shown
from station.words import say
from web.openness import MASS_UNITS
from web.site import site

MAIN = ("path_length_mm", "ellipse_area_95_mm2", "mean_frequency_hz")
NONE = "–"
FAMILIES = ("path", "area", "position", "frequency", "turning", "density", "diffusion", "structure", "boundary", "gravity", "published")
"""In this order; a family that is not named here comes last."""
CORRECTED = "corrected"
WITHOUT_NOISE = {"path_length_mm": "path_length_corrected_mm", "mean_velocity_mm_s": "mean_velocity_corrected_mm_s"}


def numbers(m: MeasureValue) -> dict[str, str]:
    """`value` and `spread` (2u, "" without one) to the place that the uncertainty carries, and the unit; "–" without a value."""
    own, found = site(), shown(m)
    if found is None:
        return {"value": NONE, "spread": "", "unit": ""}
    spread = "" if found.spread is None else own.words_of(found.spread)
    return {"value": own.words_of(found.value), "spread": spread, "unit": unit_of(m.unit)}


def unit_of(unit: str) -> str:
    """As people write it."""
    if unit == "mixed":
        return site().text("web.unit.mixed")
    return "°" if unit == "deg" else unit.replace("mm2", "mm²").replace("s2", "s²")


def row(key: str, m: MeasureValue) -> dict[str, Any]:
    own = site()
    texts = {part: own.text(f"measure.{key}.{part}") for part in ("name", "means")}
    why = own.text(m.why) if m.why else ""
    return {"key": key, **texts, **numbers(m), "why": why}


def measures(r: TrialResult, *, staff: bool) -> dict[str, Any]:
    """`main`: three; `all`: for everybody else's page, what has a value; `families` and `corrected`: for staff."""
    own, known = site(), registry()
    seen = {key: m for key, m in r.measures.items() if key in known and (staff or _open(known[key], m))}
    main = [row(key, seen[key]) for key in MAIN if key in seen and seen[key].value is not None]
    start, end = (own.number(t, 2, "s") for t in r.window_s or (0.0, 0.0))
    method = next((m.method for m in r.measures.values() if m.method), r.settings)
    return {
        "main": main,
        "all": [] if staff else [row(key, m) for key, m in seen.items() if m.value is not None],
        "families": _families(seen, known) if staff else [],
        "corrected": _corrected(r) if staff else [],
        "method": own.text("web.measures.method", method=method, start=start, end=end),
    }


def _open(measure: Measure, m: MeasureValue) -> bool:
    return m.unit not in MASS_UNITS and not measure.staff_only and measure.family != CORRECTED


def _families(seen: Mapping[str, MeasureValue], known: Mapping[str, Measure]) -> list[dict[str, Any]]:
    by_family: dict[str, list[str]] = {}
    for key in seen:
        by_family.setdefault(known[key].family, []).append(key)
    order = [f for f in FAMILIES if f in by_family] + [f for f in by_family if f not in (*FAMILIES, CORRECTED)]
    return [_family(name, {key: seen[key] for key in by_family[name]}) for name in order]


def _family(name: str, of: Mapping[str, MeasureValue]) -> dict[str, Any]:
    """Rows, and every reason once: `note` of a row is its number among the notes, 0 without one."""
    rows = [row(key, m) for key, m in of.items()]
    notes: Sequence[str] = list(dict.fromkeys(each["why"] for each in rows if each["why"]))
    for each in rows:
        each["note"] = notes.index(each["why"]) + 1 if each["why"] else 0
    title = site().words(say(f"family.{name}"))
    methods = sorted({m.method for m in of.values() if m.method})
    return {"id": name, "title": title, "rows": rows, "notes": notes, "methods": ", ".join(methods)}


def _corrected(r: TrialResult) -> list[dict[str, Any]]:
    """As measured, without the board's noise, and how much that takes off, where it was worked out."""
    own, rows = site(), []
    for key, other in WITHOUT_NOISE.items():
        plain, without = r.measures.get(key), r.measures.get(other)
        if plain is None or without is None or not plain.value:
            continue
        less = "" if without.value is None else own.number(100 * (1 - without.value / plain.value), 1, "%")
        rows.append({"plain": row(key, plain), "without": row(other, without), "less": less})
    return rows
