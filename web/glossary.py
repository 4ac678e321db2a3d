"""The glossary: every measure and comparison of the registries with symbol, unit, meaning, formula, source and limits. Open to all."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from flask import Blueprint, render_template

from station.core.compare.registry import Kind, kinds
from station.core.measures.explain import Explained, explain
from station.core.measures.registry import registry
from web.measured import CORRECTED, FAMILIES, unit_of
from web.site import site

group = Blueprint("glossary", __name__)


@group.get("/glossary")
def glossary() -> str:
    own = site()
    families, comparisons = own.shelf.get(("glossary", own.catalogue.language), _made)
    return render_template("glossary.html", families=families, comparisons=comparisons)


def _made() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    return _families(), [_comparison(kind) for kind in kinds().values()]


def _families() -> list[dict[str, Any]]:
    by_family: dict[str, list[Explained]] = {}
    for key, measure in registry().items():
        by_family.setdefault(measure.family, []).append(explain(key))
    first = (FAMILIES[0], CORRECTED, *FAMILIES[1:])
    order = [f for f in first if f in by_family] + [f for f in by_family if f not in first]
    return [{"id": name, "title": site().words(by_family[name][0].family), "entries": _entries(by_family[name])} for name in order]


def _entries(of: list[Explained]) -> list[dict[str, Any]]:
    """Axes of one measure follow each other: what they share is said once."""
    return [_entry(list(alike)) for _, alike in groupby(of, key=_shared)]


def _shared(e: Explained) -> tuple[Any, ...]:
    """What two entries must share to stand as one; a measure of no axis stands alone."""
    axis = next((part for part in ("_ml", "_ap") if f"{part}_" in f"{e.key}_"), None)
    stem = e.key if axis is None else f"{e.key}_".replace(f"{axis}_", "_")
    return (stem, e.unit, e.formula, e.source, e.settings, e.staff_only, repr((e.needs, e.cautions, e.parameters)))


def _entry(alike: list[Explained]) -> dict[str, Any]:
    own, one = site(), alike[0]
    return {
        "names": [{"key": e.key, "name": own.words(e.name), "symbol": e.symbol, "means": own.words(e.means)} for e in alike],
        "unit": unit_of(one.unit),
        "formula": one.formula,
        "variants": one.variants,
        "source": _source(one.source),
        "settings": ", ".join(one.settings),
        "needs": [own.words(words) for words in one.needs],
        "cautions": [own.words(words) for words in one.cautions],
        "parameters": [own.words(words) for words in one.parameters],
        "staff_only": one.staff_only,
    }


def _comparison(kind: Kind) -> dict[str, Any]:
    own = site()
    texts = {"name": own.words(kind.name), "means": own.words(kind.means), "nothing": own.words(kind.nothing_when)}
    formula = kind.doc.strip().partition("\n")[0].removesuffix(".")
    return {"key": kind.key, "symbol": kind.symbol, "unit": kind.unit, "formula": formula, "source": _source(kind.source), **texts}


def _source(source: str) -> str:
    """Ours and everybody's are words; a paper is cited as it is."""
    known = {"own": "web.glossary.own", "in common use": "web.glossary.common"}
    return site().text(known[source]) if source in known else source
