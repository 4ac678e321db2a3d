"""What a trial and a run end in: plain data with a stable JSON shape (`station/export/result.schema.json`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from station.words import Words

VERDICTS = ("valid", "usable", "reject")
MARKS = ("used", "practice", "discarded")
VERDICT_METHOD = "verdict/2"
"""Id and version of the rules of the verdict; it rises when a limit or a row of them changes."""
OVERRIDES = ("usable", "reject")
"""Verdicts that a person may set: never "valid"."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened at `t_s` seconds from the recording's first frame.

    kinds: step-on, step-off, foot-lift, touch-down, support, hop, stumble, second-person, start, end, tap, target,
    say, mark, freeze, resume, fault
    """

    t_s: float
    kind: str
    detail: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return {"t_s": self.t_s, "kind": self.kind, **self.detail}

    @staticmethod
    def from_json(doc: Mapping[str, Any]) -> Event:
        rest = {k: v for k, v in doc.items() if k not in ("t_s", "kind")}
        return Event(float(doc["t_s"]), str(doc["kind"]), rest)


@dataclass(frozen=True, slots=True)
class MeasureValue:
    """One number: value in `unit`, standard uncertainty (None with a `why`), and the method it was made by.

    parts: what the uncertainty is made of, standard uncertainties in `unit`: noise, calibration, drift, and bias, which is what the
           noise has probably added to the value, with its sign (`station.core.uncertainty.budget`). A part that is not known is not there
    """

    value: float | None
    unit: str
    uncertainty: float | None = None
    method: str = ""
    why: str = ""  # why there is no value or no uncertainty, or why to read them with care: an id of the catalogue
    parts: Mapping[str, float] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        doc: dict[str, Any] = {"value": self.value, "unit": self.unit, "uncertainty": self.uncertainty, "method": self.method}
        if self.why:
            doc["why"] = self.why
        if self.parts:
            doc["parts"] = dict(self.parts)
        return doc

    @staticmethod
    def from_json(doc: Mapping[str, Any]) -> MeasureValue:
        method, why = str(doc.get("method", "")), str(doc.get("why", ""))
        return MeasureValue(doc["value"], str(doc["unit"]), doc.get("uncertainty"), method, why, dict(doc.get("parts", {})))


@dataclass(frozen=True, slots=True)
class Override:
    """A person's verdict in the place of the machine's.

    verdict: usable or reject; was: the machine's own; reason: in their words; by: "staff"
    at:      ISO 8601 with offset, None when nobody knew what day it was
    """

    verdict: str
    was: str
    reason: str
    at: str | None = None
    by: str = "staff"

    def to_json(self) -> dict[str, Any]:
        return {"verdict": self.verdict, "was": self.was, "reason": self.reason, "at": self.at, "by": self.by}

    @staticmethod
    def from_json(doc: Mapping[str, Any]) -> Override:
        return Override(str(doc["verdict"]), str(doc["was"]), str(doc["reason"]), doc.get("at"), str(doc.get("by", "staff")))


@dataclass(frozen=True, slots=True)
class Quality:
    """The verdict on a trial: `valid`, `usable` or `reject`, each of the machine's reasons a sentence with its number.

    method:   the rules by which the machine judged
    override: where a person has set the verdict that stands; the reasons stay the machine's
    """

    verdict: str = "valid"
    reasons: tuple[Words, ...] = ()
    valid_pct: float = 100.0
    flags_by_cell: Mapping[str, Mapping[str, int]] = field(default_factory=dict)  # {"front_left": {"DUPLICATE": 39}}; every cell is there
    rate_hz: tuple[float, ...] = ()  # measured conversions per second of each cell
    override: Override | None = None
    method: str = VERDICT_METHOD

    def to_json(self) -> dict[str, Any]:
        return {
            "verdict": self.verdict,
            "reasons": [r.to_json() for r in self.reasons],
            "valid_pct": self.valid_pct,
            "flags_by_cell": {cell: dict(flags) for cell, flags in self.flags_by_cell.items()},
            "rate_hz": list(self.rate_hz),
            "method": self.method,
            "override": None if self.override is None else self.override.to_json(),
        }

    @staticmethod
    def from_json(doc: Mapping[str, Any]) -> Quality:
        override = doc.get("override")
        return Quality(
            str(doc["verdict"]),
            tuple(Words.from_json(r) for r in doc["reasons"]),
            float(doc["valid_pct"]),
            doc["flags_by_cell"],
            tuple(doc.get("rate_hz", ())),
            None if override is None else Override.from_json(override),
            str(doc.get("method", "verdict/1")),
        )


@dataclass(frozen=True, slots=True)
class Score:
    """The one number of a drill, game or timed test."""

    value: float
    unit: str
    of: float | None = None

    def to_json(self) -> dict[str, Any]:
        return {"value": self.value, "unit": self.unit, "of": self.of}

    @staticmethod
    def from_json(doc: Mapping[str, Any]) -> Score:
        return Score(float(doc["value"]), str(doc["unit"]), doc.get("of"))


@dataclass(frozen=True, slots=True)
class Condition:
    """How the person stands in one trial."""

    stance: str = "two-leg"  # two-leg | single-leg | tandem
    eyes: str = "open"  # open | closed
    surface: str = "firm"  # firm | foam

    def to_json(self) -> dict[str, Any]:
        return {"stance": self.stance, "eyes": self.eyes, "surface": self.surface}

    @staticmethod
    def from_json(doc: Mapping[str, Any]) -> Condition:
        return Condition(str(doc["stance"]), str(doc["eyes"]), str(doc["surface"]))


@dataclass(frozen=True, slots=True)
class TrialResult:
    """One recorded phase. Times in s from the recording's first frame.

    status: how it ended, with a `reason`: completed, stopped, failed or interrupted
    side:   the standing (loaded) leg, "" for two legs
    """

    trial_id: str
    run_id: str
    protocol_id: str
    protocol_version: int
    protocol_sha256: str
    kind: str  # quiet | hold | target | reps | game
    condition: Condition
    side: str
    status: str
    reason: Words
    index: int = 0  # which condition of the run, from 0
    attempt: int = 1
    window_s: tuple[float, float] | None = None  # half open
    duration_s: float = 0.0  # of the window: seconds held, stood or played
    load_n: float | None = None  # mean load in the window
    quality: Quality = field(default_factory=Quality)
    measures: Mapping[str, MeasureValue] = field(default_factory=dict)
    settings: str = "station"
    events: tuple[Event, ...] = ()
    reps: tuple[Mapping[str, Any], ...] = ()  # drills: {"t_s", "verdict", "dip_pct", ...}
    score: Score | None = None
    demo: bool = False
    warnings: tuple[Words, ...] = ()

    @property
    def comparable(self) -> bool:
        """It may stand in a trend, a band or among bests: not rejected; a hold that only the machine rejects still has its seconds."""
        q = self.quality
        return q.verdict != "reject" or (self.kind == "hold" and q.override is None)

    def under(self, override: Override | None) -> TrialResult:
        """With a person's verdict in force; a trial that a person rejects keeps its time and reasons and gives no measures."""
        if override is None:
            return self
        quality = replace(self.quality, verdict=override.verdict, override=override)
        return replace(self, quality=quality, measures={} if override.verdict == "reject" else self.measures)

    def to_json(self) -> dict[str, Any]:
        window = self.window_s
        return {
            "trial_id": self.trial_id,
            "run_id": self.run_id,
            "protocol": {"id": self.protocol_id, "version": self.protocol_version, "sha256": self.protocol_sha256},
            "kind": self.kind,
            "condition": self.condition.to_json(),
            "side": self.side,
            "status": self.status,
            "reason": self.reason.to_json(),
            "index": self.index,
            "attempt": self.attempt,
            "demo": self.demo,
            "window": None if window is None else {"start_s": window[0], "end_s": window[1]},
            "duration_s": self.duration_s,
            "load_n": self.load_n,
            "quality": self.quality.to_json(),
            "settings": self.settings,
            "measures": {key: m.to_json() for key, m in self.measures.items()},
            "events": [e.to_json() for e in self.events],
            "reps": [dict(r) for r in self.reps],
            "score": None if self.score is None else self.score.to_json(),
            "warnings": [w.to_json() for w in self.warnings],
        }

    @staticmethod
    def from_json(doc: Mapping[str, Any]) -> TrialResult:
        window, score, protocol = doc["window"], doc["score"], doc["protocol"]
        return TrialResult(
            trial_id=str(doc["trial_id"]),
            run_id=str(doc["run_id"]),
            protocol_id=str(protocol["id"]),
            protocol_version=int(protocol["version"]),
            protocol_sha256=str(protocol["sha256"]),
            kind=str(doc["kind"]),
            condition=Condition.from_json(doc["condition"]),
            side=str(doc["side"]),
            status=str(doc["status"]),
            reason=Words.from_json(doc["reason"]),
            index=int(doc["index"]),
            attempt=int(doc["attempt"]),
            window_s=None if window is None else (float(window["start_s"]), float(window["end_s"])),
            duration_s=float(doc["duration_s"]),
            load_n=doc["load_n"],
            quality=Quality.from_json(doc["quality"]),
            measures={key: MeasureValue.from_json(m) for key, m in doc["measures"].items()},
            settings=str(doc["settings"]),
            events=tuple(Event.from_json(e) for e in doc["events"]),
            reps=tuple(doc["reps"]),
            score=None if score is None else Score.from_json(score),
            demo=bool(doc["demo"]),
            warnings=tuple(Words.from_json(w) for w in doc.get("warnings", ())),
        )


@dataclass(frozen=True, slots=True)
class RunResult:
    """One go at a protocol, drill or game: its trials in order, and a headline."""

    run_id: str
    protocol_id: str
    status: str
    reason: Words
    trials: tuple[TrialResult, ...]
    score: Score | None = None
    demo: bool = False

    def to_json(self) -> dict[str, Any]:
        """A run of one trial carries that trial's keys at the top too."""
        top: dict[str, Any] = {}
        if self.trials:
            first = self.trials[0].to_json()
            top = first if len(self.trials) == 1 else {k: first[k] for k in ("protocol", "kind", "settings")}
        return {
            **top,
            "run_id": self.run_id,
            "status": self.status,
            "reason": self.reason.to_json(),
            "demo": self.demo,
            "score": self.score.to_json() if self.score else top.get("score"),
            "trials": [t.to_json() for t in self.trials],
        }
