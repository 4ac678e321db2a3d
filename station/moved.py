"""Which numbers of a result moved, from what to what, and why: what `recompute` and `rebuild` report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from station.core.results import TrialResult
from station.words import Num, Words, literal, say

Value = float | str | None
LISTED = 40  # moved numbers that are told one by one; more are told a line for each measure


@dataclass(frozen=True, slots=True)
class Moved:
    """One number (or verdict) of a trial; None: no value."""

    trial: str
    key: str
    before: Value
    after: Value
    why: Words

    @property
    def change_pct(self) -> float | None:
        """Of a number that was not zero and still is one."""
        if isinstance(self.before, float) and isinstance(self.after, float) and self.before:
            return 100 * (self.after / self.before - 1)
        return None


@dataclass(slots=True)
class Report:
    """What was done.

    of: recordings of trials that there are; unchanged: to the last digit, not written; reworded: no number moved, but a reason or an
    event; carried: trials whose marks or verdicts of people came from the old database
    """

    trials: int = 0
    of: int = 0
    unchanged: int = 0
    reworded: int = 0
    interrupted: int = 0
    carried: int = 0
    skipped: list[str] = field(default_factory=list)
    moved: list[Moved] = field(default_factory=list)
    rebuilt: bool = False
    stopped: bool = False

    def lines(self) -> list[Words]:
        done = say("recompute.done", n=Num(self.trials), same=Num(self.unchanged))
        out = [say("recompute.rebuilt", n=Num(self.trials)) if self.rebuilt else done]
        if self.interrupted:
            out.append(say("recompute.interrupted", n=Num(self.interrupted)))
        out += [say("recompute.skipped", file=name) for name in self.skipped]
        out += _one_by_one(self.moved) if len(self.moved) <= LISTED else _by_measure(self.moved)
        if self.reworded:
            out.append(say("recompute.reworded", n=Num(self.reworded)))
        if self.stopped:
            out.append(say("recompute.stopped", n=Num(self.trials), of=Num(self.of)))
        if self.carried:
            out.append(say("recompute.carried", n=Num(self.carried)))
        if self.rebuilt:
            out.append(say("recompute.names"))
        return out


def moved_in(
    old: TrialResult, new: TrialResult, *, recalibrated: bool, damage: Sequence[Words], software: tuple[str | None, str]
) -> list[Moved]:
    """Every number of the two results that differs, with its cause.

    recalibrated: another calibration than the old result was made with; damage: what of the recording is lost; software: (then, now),
    None where nobody knows
    """
    found = []
    for key, before, after, methods in _pairs(old, new):
        if before != after:
            found.append(Moved(new.trial_id, key, before, after, _why(methods, recalibrated, damage, software)))
    return found


def _pairs(old: TrialResult, new: TrialResult) -> Iterator[tuple[str, Value, Value, tuple[str, str]]]:
    """(key, before, after, (method before, method after)); methods are "" where there is none."""
    for key in dict.fromkeys([*old.measures, *new.measures]):
        a, b = old.measures.get(key), new.measures.get(key)
        methods = (a.method if a else "", b.method if b else "")
        yield key, a.value if a else None, b.value if b else None, methods
        yield f"{key} uncertainty", a.uncertainty if a else None, b.uncertainty if b else None, methods
    rules = (old.quality.method, new.quality.method)
    yield "verdict", old.quality.verdict, new.quality.verdict, rules
    yield "valid_pct", old.quality.valid_pct, new.quality.valid_pct, rules
    yield "status", old.status, new.status, ("", "")
    yield "duration_s", old.duration_s, new.duration_s, ("", "")
    yield "load_n", old.load_n, new.load_n, ("", "")
    yield "score", old.score.value if old.score else None, new.score.value if new.score else None, ("", "")


def _why(methods: tuple[str, str], recalibrated: bool, damage: Sequence[Words], software: tuple[str | None, str]) -> Words:
    """The first that is known: method, calibration, lost data, software; else the stored number itself was another."""
    if all(methods) and methods[0] != methods[1]:
        return say("recompute.why.method", before=methods[0], after=methods[1])
    if recalibrated:
        return say("recompute.why.calibration")
    if damage:
        return say("recompute.why.raw", what=damage[0])
    then, now = software
    if then and now and then != now:
        return say("recompute.why.software", before=then, after=now)
    return say("recompute.why.stored")


def _one_by_one(moved: Sequence[Moved]) -> list[Words]:
    return [say("recompute.moved", trial=m.trial, key=m.key, before=_shown(m.before), after=_shown(m.after), why=m.why) for m in moved]


def _by_measure(moved: Sequence[Moved]) -> list[Words]:
    """A line for each measure and cause: how many trials, and how far."""
    groups: dict[tuple[str, str], list[Moved]] = {}
    for m in moved:
        groups.setdefault((m.key, repr(m.why.to_json())), []).append(m)
    out = []
    for (key, _), group in groups.items():
        changes = [pct for m in group if (pct := m.change_pct) is not None]
        far = say("recompute.far", least=Num(min(changes), 2), most=Num(max(changes), 2)) if changes else literal("-")
        out.append(say("recompute.moved-many", key=key, n=Num(len({m.trial for m in group})), far=far, why=group[0].why))
    return out


def _shown(value: Value) -> Num | Words:
    if value is None:
        return say("recompute.none")
    return literal(value) if isinstance(value, str) else Num(value, 6)
