"""One leg against the other: seconds held, sway velocity, sway area. Positive: the right leg has more.

Asymmetric only beyond what one leg's own trials differ by (Bishop's variability test); there is no fixed limit of 10 or 15 %.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from station.core.compare import shapes, words
from station.core.compare.model import Comparison
from station.core.compare.registry import Kind, comparison
from station.core.compare.spread import geometric_mean, instrument_ln, logs, pooled_difference, prior_of
from station.core.compare.visit import HOLD_S, SWAY, Sample, Visit, bar, grouped, length_s
from station.words import Num, Words, say

BISHOP_2019 = "Bishop et al. 2019"
LEAST_A_SIDE = 3  # trials, before a difference may be called one
SAME_LENGTH = 1.25  # longest over shortest hold whose sway may stand side by side: velocity then reads within 2 % (own)


@comparison(symbol="ASI", unit="%", source=BISHOP_2019)
def limb_asymmetry_pct(kind: Kind, visit: Visit) -> Iterator[Comparison]:
    """100 (R - L)/max(R, L) of the geometric means."""
    yield from _legs(kind, visit, shapes.ASYMMETRY_PCT)


@comparison(symbol="LSI", unit="%", source=BISHOP_2019)
def limb_symmetry_pct(kind: Kind, visit: Visit) -> Iterator[Comparison]:
    """100 worse/better: the worse leg's seconds over the better one's; for sway, where less is better, the inverses. 100 is equal."""
    yield from _legs(kind, visit, shapes.SYMMETRY_PCT)


@comparison(unit="%", source=BISHOP_2019)
def norm_difference_pct(kind: Kind, visit: Visit) -> Iterator[Comparison]:
    """100 (R - L)/(R + L) of the geometric means."""
    yield from _legs(kind, visit, shapes.NORM_DIFFERENCE_PCT)


def _legs(kind: Kind, visit: Visit, shape: shapes.Shape) -> Iterator[Comparison]:
    """Seconds held first, then sway: wherever one protocol and condition holds both legs."""
    for of in (HOLD_S, *SWAY):
        samples = visit.holds() if of == HOLD_S else visit.samples(of)
        on_one_leg = (s for s in samples if s.result.side in ("left", "right") and s.value > 0)
        for alike in grouped(on_one_leg, lambda s: (s.family, s.result.condition)).values():
            sides = grouped(alike, lambda s: s.result.side)
            if len(sides) == 2:
                yield _leg(kind, of, sides["right"], sides["left"], shape)


def _leg(kind: Kind, of: str, right: list[Sample], left: list[Sample], shape: shapes.Shape) -> Comparison:
    family, both = right[0].family, [*right, *left]
    labels = (words.leg_label(right[0]), words.leg_label(left[0]))
    bare = Comparison(
        key=kind.key,
        of=of,
        unit=kind.unit,
        value=None,
        bars=(bar(labels[0], geometric_mean(right), right), bar(labels[1], geometric_mean(left), left)),
        about=say("compare.about.legs", what=words.measured(of), condition=words.condition_label(right[0])),
        protocol_id=family.protocol_id,
        demo=family.demo,
        method=family.method,
        duration_s=length_s(right[0]) if len({length_s(s) for s in both}) == 1 else None,
        notes=words.notes(of, both),
    )
    nothing = _capped(right, left) if of == HOLD_S else _uneven(both)
    if nothing is not None:
        return replace(bare, why=nothing)
    d = pooled_difference(logs(right), logs(left), prior_of(of, right[0]))
    full = replace(shapes.shaped(bare, shape, d, instrument_ln(right, left)), says=words.times(*labels, d.ln))
    fewest = min(len(right), len(left))
    if fewest < LEAST_A_SIDE:
        return replace(full, why=say("compare.why.few-a-side", need=LEAST_A_SIDE, n=fewest))
    beyond = abs(d.ln) > d.least_real
    return replace(full, beyond=beyond, verdict=words.verdict(beyond, d.least_real))


def _capped(right: list[Sample], left: list[Sample]) -> Words | None:
    """A hold that the test ended could have been longer: its seconds compare with nothing."""
    capped = [s for s in (*right, *left) if s.at_cap]
    return say("compare.why.cap", n=len(capped), seconds=Num(max(s.value for s in capped))) if capped else None


def _uneven(samples: list[Sample]) -> Words | None:
    shortest, longest = min(map(length_s, samples)), max(map(length_s, samples))
    if longest <= SAME_LENGTH * shortest:
        return None
    return say("compare.why.lengths", shortest=Num(shortest, 1), longest=Num(longest, 1))
