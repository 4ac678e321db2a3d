"""Sway with eyes closed against open and on foam against firm ground, as differences of ln: larger means more sway.

They lean less on the board than millimetres do. The reverse of the equilibrium-score ratios of the literature, so the keys are neutral.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from station.core.compare import shapes, words
from station.core.compare.model import Comparison
from station.core.compare.registry import Kind, comparison
from station.core.compare.spread import difference, geometric_mean, instrument_ln, logs, prior_of
from station.core.compare.visit import SWAY, Sample, Visit, bar, grouped, length_s
from station.words import say

LEAST_FOR_ROMBERG = 3  # trials of each: the quotient hangs almost only on the eyes-closed value, and one trial is not enough
Cell = tuple[str, str]
FIRM_OPEN: Cell = ("open", "firm")
LE_KAPOULA_2008 = "Le & Kapoula 2008"


@comparison(symbol="ln RQ", unit="ln", source=LE_KAPOULA_2008)
def romberg_ln(kind: Kind, visit: Visit) -> Iterator[Comparison]:
    """ln v(eyes closed) - ln v(eyes open), on one surface; 3 trials of each or more."""
    yield from _romberg(kind, visit, shapes.LN)


@comparison(symbol="RQ", unit="", source=LE_KAPOULA_2008)
def romberg_quotient(kind: Kind, visit: Visit) -> Iterator[Comparison]:
    """v(eyes closed)/v(eyes open) of the geometric means, on one surface; 3 trials of each or more."""
    yield from _romberg(kind, visit, shapes.QUOTIENT)


@comparison(unit="ln", source="Cornilleau-Peres et al. 2005")
def ratio_ec_firm_ln(kind: Kind, visit: Visit) -> Iterator[Comparison]:
    """ln v(eyes closed, firm) - ln v(eyes open, firm): the visual step of a sensory test."""
    yield from _pairs(kind, visit, ("closed", "firm"), FIRM_OPEN, shapes.LN)


@comparison(unit="ln", source="Cornilleau-Peres et al. 2005")
def ratio_eo_foam_ln(kind: Kind, visit: Visit) -> Iterator[Comparison]:
    """ln v(eyes open, foam) - ln v(eyes open, firm)."""
    yield from _pairs(kind, visit, ("open", "foam"), FIRM_OPEN, shapes.LN)


@comparison(unit="ln", source="Cornilleau-Peres et al. 2005")
def ratio_ec_foam_ln(kind: Kind, visit: Visit) -> Iterator[Comparison]:
    """ln v(eyes closed, foam) - ln v(eyes open, firm)."""
    yield from _pairs(kind, visit, ("closed", "foam"), FIRM_OPEN, shapes.LN)


def _romberg(kind: Kind, visit: Visit, shape: shapes.Shape) -> Iterator[Comparison]:
    for surface in ("firm", "foam"):
        yield from _pairs(kind, visit, ("closed", surface), ("open", surface), shape, LEAST_FOR_ROMBERG)


def _pairs(kind: Kind, visit: Visit, cell_a: Cell, cell_b: Cell, shape: shapes.Shape, least_n: int = 1) -> Iterator[Comparison]:
    """Wherever a family of trials of one length holds both conditions; velocity first, area second."""
    for of in SWAY:
        families = grouped(visit.samples(of, "quiet"), lambda s: (s.family, s.result.side, length_s(s)))
        for samples in families.values():
            cells = grouped((s for s in samples if s.value > 0), lambda s: (s.result.condition.eyes, s.result.condition.surface))
            if cell_a in cells and cell_b in cells:
                yield _pair(kind, of, cells[cell_a], cells[cell_b], shape, least_n)


def _pair(kind: Kind, of: str, a: list[Sample], b: list[Sample], shape: shapes.Shape, least_n: int) -> Comparison:
    family, labels = a[0].family, (words.condition_label(a[0]), words.condition_label(b[0]))
    told = words.notes(of, [*a, *b])
    bare = Comparison(
        key=kind.key,
        of=of,
        unit=kind.unit,
        value=None,
        bars=(bar(labels[0], geometric_mean(a), a), bar(labels[1], geometric_mean(b), b)),
        about=words.about_sway(*labels, of),
        protocol_id=family.protocol_id,
        demo=family.demo,
        method=family.method,
        duration_s=length_s(a[0]),
        notes=told if least_n == 1 else (*told, say("compare.note.fixation")),
    )
    fewest = min(len(a), len(b))
    if fewest < least_n:
        return replace(bare, why=say("compare.why.few-trials", need=least_n, n=fewest))
    d = difference(logs(a), logs(b), prior_of(of, a[0]), prior_of(of, b[0]))
    beyond = abs(d.ln) > d.least_real
    return replace(
        shapes.shaped(bare, shape, d, instrument_ln(a, b)),
        beyond=beyond,
        says=words.times(*labels, d.ln),
        verdict=words.verdict(beyond, d.least_real),
    )
