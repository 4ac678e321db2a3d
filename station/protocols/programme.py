"""The order of a run: which trials a protocol asks for, which one comes next, and what they add up to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from station.core.geometry import Geometry
from station.core.results import Score, TrialResult
from station.errors import Refused
from station.protocols.model import Protocol
from station.protocols.plan import TrialPlan
from station.words import Num, Words, say

GIVES_UP_AFTER = 2  # failures of one condition that make a harder one pointless (protocol key `skip`)


def refuse(
    protocol: Protocol,
    geometry: Geometry,
    *,
    calibrated: bool = True,
    rate_hz: float | None = None,
    side: str | None = None,
    eyes: str | None = None,
    surface: str | None = None,
) -> None:
    """Raises Refused, with what to do, when the protocol cannot run now. `rate_hz`: the slowest cell's, None when not known yet."""
    needs = protocol.needs
    if needs.calibration and not calibrated:
        raise Refused(say("run.refused.calibration"), say("run.refused.calibration.do"))
    if needs.hops and not geometry.allows_hops:
        raise Refused(say("run.refused.hops", kg=Num(geometry.cell_rating_kg)), say("run.refused.hops.do"))
    if rate_hz is not None and rate_hz < needs.least_rate_hz:
        raise Refused(say("run.refused.rate", rate=Num(rate_hz), least=Num(needs.least_rate_hz)), say("run.refused.rate.do"))
    if any(have < least for have, least in zip(geometry.plate_mm, needs.least_plate_mm, strict=True)):
        width, depth = needs.least_plate_mm
        raise Refused(say("run.refused.plate", width=Num(width), depth=Num(depth)), say("run.refused.plate.do"))
    if protocol.side == "given" and not side:
        raise Refused(say("run.refused.side-missing"), say("run.refused.side-missing.do"))
    if protocol.side == "none" and side:
        raise Refused(say("run.refused.two-legs"), say("run.refused.two-legs.do"))
    if (eyes or surface) and len(protocol.conditions) > 1:
        raise Refused(say("run.refused.conditions", n=Num(len(protocol.conditions))), say("run.refused.conditions.do"))


def plans(protocol: Protocol, side: str | None, seconds: float | None, eyes: str | None, surface: str | None) -> tuple[TrialPlan, ...]:
    """First attempts in order: conditions, and in each its trials with the sides in turn."""
    sides = ("left", "right") if protocol.side == "both" and not side else (side or "",)
    wanted = [(c, s) for c in protocol.conditions for _ in range(protocol.trials) for s in sides]
    return tuple(
        TrialPlan(
            protocol,
            replace(condition, eyes=eyes or condition.eyes, surface=surface or condition.surface),
            seconds or protocol.seconds,
            one_side,
            index,
            len(wanted),
        )
        for index, (condition, one_side) in enumerate(wanted)
    )


def next_plan(protocol: Protocol, all_plans: Sequence[TrialPlan], trials: Sequence[TrialResult]) -> TrialPlan | None:
    """Another attempt at the trial that failed, or the next trial, or None when the run is over."""
    last = trials[-1]
    if last.status == "failed" and last.attempt < protocol.attempts:
        return replace(all_plans[last.index], attempt=last.attempt + 1)
    later = [p for p in all_plans if p.index > last.index and not _skipped(protocol, p, trials)]
    return later[0] if later else None


def _skipped(protocol: Protocol, plan: TrialPlan, trials: Sequence[TrialResult]) -> bool:
    skip = protocol.extra.get("skip")
    if not skip or plan.condition != protocol.conditions[skip["condition"] - 1]:
        return False
    before = protocol.conditions[skip["when_failed_twice"] - 1]
    fell: int = sum(t.status == "failed" and t.condition == before for t in trials)
    return fell >= GIVES_UP_AFTER


def run_outcome(trials: Sequence[TrialResult]) -> tuple[str, Words]:
    """A run of one trial ends as that trial; one of several is completed: a condition that failed is a result too."""
    if len({t.index for t in trials}) > 1:
        return "completed", say("run.all-done")
    return trials[-1].status, trials[-1].reason


def run_score(protocol: Protocol, all_plans: Sequence[TrialPlan], trials: Sequence[TrialResult]) -> Score | None:
    """Holds: the longest. Timed stances in several conditions: their seconds added up, device-free. Else the last trial's score."""
    if not trials:
        return None
    kind = protocol.phase.kind
    if kind == "hold":
        return max((t.score for t in trials if t.score), key=lambda s: s.value, default=None)
    if kind == "quiet" and len(all_plans) > 1:
        stood = sum(_stood_s([t for t in trials if t.index == p.index], p.seconds) for p in all_plans)
        return Score(stood, "s", sum(p.seconds for p in all_plans))
    return trials[-1].score


def _stood_s(attempts: Sequence[TrialResult], full_s: float) -> float:
    """The full time once it was reached; else the mean of the attempts; 0 for a condition that was left out."""
    if any(t.status == "completed" for t in attempts):
        return full_s
    return sum(t.duration_s for t in attempts) / len(attempts) if attempts else 0.0
