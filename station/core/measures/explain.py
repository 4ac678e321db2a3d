"""What a number is, for people who ask: the command line's `--explain`, the glossary, the page of staff."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, fields
from typing import Any

from station.core.measures.registry import Measure, definitions
from station.words import Words, say


@dataclass(frozen=True, slots=True)
class Explained:
    """One measure in full.

    formula:    one line; symbols as in `measures`, sums over the valid frames of the window, its mean removed
    notes:      what the docstring says beyond the formula, English, may be empty
    variants:   (settings, formula) where presets define the same key otherwise
    settings:   presets that give the measure
    needs:      sentences: without one of these there is no value under "station"
    cautions:   sentences: with these the value stands but is to be read with care
    parameters: sentences: what else the number depends on
    """

    key: str
    symbol: str
    unit: str
    better: str
    staff_only: bool
    family: Words
    name: Words
    means: Words
    formula: str
    notes: str
    variants: tuple[tuple[str, str], ...]
    source: str
    settings: tuple[str, ...]
    needs: tuple[Words, ...]
    cautions: tuple[Words, ...]
    parameters: tuple[Words, ...]

    def to_json(self) -> dict[str, Any]:
        """Words as {id, args}."""
        doc: dict[str, Any] = {field.name: getattr(self, field.name) for field in fields(self)}
        doc |= {part: doc[part].to_json() for part in ("family", "name", "means")}
        doc |= {part: [words.to_json() for words in doc[part]] for part in ("needs", "cautions", "parameters")}
        doc["variants"] = [{"settings": settings, "formula": formula} for settings, formula in self.variants]
        doc["settings"] = list(self.settings)
        return doc


def explain(key: str) -> Explained:
    """The measure of that key, as the station defines it where it does. Raises NotFound with the nearest key."""
    of_base = definitions(key)
    first, *others = of_base.values()
    formula, notes = _parts(first)
    variants = tuple((base, _parts(m)[0]) for base, m in of_base.items() if m in others)
    return Explained(
        key=key,
        symbol=first.symbol,
        unit=first.unit,
        better=first.better,
        staff_only=first.staff_only,
        family=say(f"family.{first.family}"),
        name=first.name,
        means=first.means,
        formula=formula,
        notes=notes,
        variants=tuple((base, other) for base, other in variants if other != formula),
        source=first.source,
        settings=first.settings,
        needs=tuple(say(need.why) for need in first.needs if not need.marks),
        cautions=tuple(say(need.why) for need in first.needs if need.marks),
        parameters=first.parameters,
    )


def _parts(m: Measure) -> tuple[str, str]:
    """The formula (first line, without its full stop) and the notes, lines joined."""
    formula, _, notes = inspect.cleandoc(m.doc).partition("\n")
    return formula.strip().removesuffix("."), " ".join(notes.split())
