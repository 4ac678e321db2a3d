"""What a phone may see of the station now: words and numbers, no name; the CoP only in training, drills and games."""

from __future__ import annotations

from dataclasses import dataclass, field

from station.core.results import RunResult
from station.core.view import View
from station.protocols.model import Protocol
from station.words import Words

NOTHING = Words("")


@dataclass(frozen=True, slots=True)
class LiveState:
    """The fields of `station.commands.LiveView`, its texts still as words. asks: "safety", "sound" or "helper" waits for yes or no."""

    screen: str
    title: Words = field(default_factory=lambda: NOTHING)
    say: Words = field(default_factory=lambda: NOTHING)
    do: Words = field(default_factory=lambda: NOTHING)
    busy: bool = False
    demo: bool = False
    run_id: str | None = None
    protocol: str | None = None
    kind: str | None = None
    phase: str | None = None
    seconds_left: float | None = None
    count: int | None = None
    score: float | None = None
    load: str = "unknown"
    quality: str | None = None
    cop_ml_mm: float | None = None
    cop_ap_mm: float | None = None
    target_ml_mm: float | None = None
    target_ap_mm: float | None = None
    target_r_mm: float | None = None
    plate_mm: tuple[float, float] | None = None
    asks: str | None = None
    result_trial: str | None = None


def of_run(protocol: Protocol, view: View, run_id: str, *, load: str, demo: bool, plate_mm: tuple[float, float]) -> LiveState:
    """A run going on."""
    shows = protocol.kind != "test" or protocol.feedback != "none"
    cop = view.cop_mm if shows else None
    target = view.target_mm if shows else None
    return LiveState(
        screen="run",
        title=protocol.title,
        say=view.say,
        do=view.do,
        busy=True,
        demo=demo,
        run_id=run_id,
        protocol=protocol.id,
        kind=protocol.kind,
        phase=view.phase,
        seconds_left=view.seconds,
        count=view.count,
        score=view.score,
        load=load,
        cop_ml_mm=cop[0] if cop else None,
        cop_ap_mm=cop[1] if cop else None,
        target_ml_mm=target[0] if target else None,
        target_ap_mm=target[1] if target else None,
        target_r_mm=target[2] if target else None,
        plate_mm=plate_mm,
    )


def of_result(protocol: Protocol, result: RunResult, headline: Words, *, load: str, demo: bool) -> LiveState:
    """A run that is over: the machine's verdict and where to find it."""
    last = result.trials[-1] if result.trials else None
    return LiveState(
        screen="result",
        title=protocol.title,
        say=headline,
        demo=demo,
        run_id=result.run_id,
        protocol=protocol.id,
        kind=protocol.kind,
        phase="done",
        load=load,
        quality=last.quality.verdict if last is not None else None,
        result_trial=last.trial_id if last is not None else None,
    )
