"""What a trial or run shows and asks while it goes on, and what it wants done: plain data, for screen, phone, voice and store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from station.core.results import Condition, RunResult, TrialResult
from station.core.scene import Shape
from station.words import Words

Phase = Literal[
    "step-on",  # waiting for the person, or for them to come back
    "clear-plate",  # someone or something must leave the plate first
    "place",  # on the plate, not yet on the marks
    "settle",  # standing still, ring fills
    "ready",  # words of the test; self-start tests wait here for the foot to lift
    "countdown",
    "record",
    "frozen",  # training, drill or game: the person stepped off, the world waits
    "ending",  # over; the second after the window is still being read
    "rest",  # between trials of a run
    "done",
]

Ask = Literal[
    "",
    "step-on",
    "stand-still",
    "lift-foot",
    "lift-left",
    "lift-right",
    "both-feet",
    "close-eyes",
    "open-eyes",
    "put-pad-on",
    "take-pad-off",
    "step-off",
    "tap",
    "lean",
    "clear-plate",
]
"""What the person should do next, for pictures and for the simulated person, who does as asked."""


@dataclass(frozen=True, slots=True)
class View:
    """State of a run at its newest frame. Lengths in mm, times in s; None where it makes no sense.

    say, short instruction for the screen (`say` step) and the voice; `do` one sentence for the band
    ring:    0..1, the fill of the settle or hold ring
    seconds: whole seconds left (quiet, target, game) or held so far (hold)
    count, of_count: repetitions so far and wanted; rep_marks per repetition: "valid", "heavy", "rushed", "lost", "light"
    cop_mm:  (ml, ap) after the live filter; only when the protocol's feedback is "cursor" or the run is training or a game
    target_mm: (ml, ap, radius)
    world:   shapes of a game or training in layout space, drawn on the stage by the flow's screen
    asks_at: where to lean (ml, ap in mm) when asks == "lean"
    """

    phase: Phase
    asks: Ask = ""
    say: Words = field(default_factory=lambda: Words(""))
    do: Words = field(default_factory=lambda: Words(""))
    condition: Condition = field(default_factory=Condition)
    side: str = ""
    index: int = 0
    of: int = 1
    attempt: int = 1
    ring: float = 0.0
    seconds: float | None = None
    seconds_held: float | None = None
    count: int | None = None
    of_count: int | None = None
    rep_marks: tuple[str, ...] = ()
    score: float | None = None
    cop_mm: tuple[float, float] | None = None
    target_mm: tuple[float, float, float] | None = None
    world: tuple[Shape, ...] = ()
    asks_at: tuple[float, float] | None = None
    load_pct: float | None = None  # of body weight


@dataclass(frozen=True, slots=True)
class Tone:
    """Play a tone of the theme."""

    name: str


@dataclass(frozen=True, slots=True)
class Speak:
    """Say these words (they are on the screen too); never over a tone."""

    words: Words


@dataclass(frozen=True, slots=True)
class TrialBegun:
    """Open a recording: the trial's row is inserted and the readings from `since_ns` on (the pre-roll) are kept.

    `begin_ns` is the time of the first frame the trial saw: recompute feeds it from there.
    """

    trial_id: str
    run_id: str
    begin_ns: int
    since_ns: int
    header: Mapping[str, object]  # protocol text, condition, side, index, attempt ... for the recording's header


@dataclass(frozen=True, slots=True)
class Marked:
    """A key of the operator or helper during a trial, or that its readings ended ("interrupted"): recorded with its time, so that a
    recompute sees it too."""

    trial_id: str
    t_ns: int
    kind: str


@dataclass(frozen=True, slots=True)
class TrialEnded:
    """The result is known. The recording goes on to 5 s after the end or the step-off."""

    result: TrialResult


@dataclass(frozen=True, slots=True)
class RunEnded:
    result: RunResult


Effect = Tone | Speak | TrialBegun | Marked | TrialEnded | RunEnded
