"""A protocol as the program sees it: what `loader` makes of a TOML file, and what a game or drill file declares of itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from station.core.results import Condition
from station.words import Words


@dataclass(frozen=True, slots=True)
class Phase:
    """The one recorded phase of each trial.

    kind:   quiet (timed stance), hold (from foot lift to touch-down), target (training with live CoP), reps (coached drill), game
    seconds: the fixed length (quiet, target, game) or the cap (hold, reps); steps a person may choose in `ladder_s`
    starts: "countdown" or "foot-lift"
    ends:   what stops it early: touch-down, support, step-off, hop, stumble
    reps:   how many repetitions end a drill (kind reps), 0 elsewhere
    detector: drills: which detector of `station.coach` counts ("floor-tap")
    say:    spoken and written at its start
    """

    kind: str
    seconds: float
    starts: str = "countdown"
    ends: tuple[str, ...] = ()
    reps: int = 0
    tempo_bpm: float = 0.0
    detector: str = ""
    ladder_s: tuple[float, ...] = ()
    say: Words = field(default_factory=lambda: Words(""))


@dataclass(frozen=True, slots=True)
class Needs:
    """What the run refuses to start without."""

    least_rate_hz: float = 60.0
    least_plate_mm: tuple[float, float] = (0.0, 0.0)
    hops: bool = False
    calibration: bool = True  # games: False, they are marked instead


@dataclass(frozen=True, slots=True)
class Protocol:
    """One test, drill, training or game.

    kind:      "test" | "training" | "drill" | "game"
    conditions: in order; one trial each (times `trials`), each with up to `attempts` attempts, stopping at the first full one
    side:      "none", "either" (the person lifts whichever foot), "both" (left and right in turn), "given" (must be told)
    feedback:  "none" (a test never shows live sway) or "cursor"
    settle_s:  stillness before READY; rest_s between trials
    cannot_see: texts said on the screen and in every report
    sha256, text: of the file as it was read; a recording stores the text
    """

    id: str
    version: int
    kind: str
    title: Words
    short: Words  # at most 3 words, for a card
    why: Words  # one line: what it is good for
    conditions: tuple[Condition, ...]
    phase: Phase
    status: str = "own"  # sourced | own | UNVERIFIED
    source: str = ""
    side: str = "none"
    hands: str = "sides"  # sides | hips | crossed | free
    feet: str = "hip"  # hip | together | one
    feedback: str = "none"
    trials: int = 1
    attempts: int = 1
    rest_s: float = 0.0
    settle_s: float = 3.0
    fail: tuple[str, ...] = ()  # signal names and helper keys that end a trial as failed or stopped
    needs: Needs = field(default_factory=Needs)
    words: Mapping[str, Words] = field(default_factory=dict)  # named lines of the protocol: ready, eyes-close, pad-on ...
    cannot_see: tuple[Words, ...] = ()
    game: str = ""  # id of the game that plays it
    text: str = ""
    sha256: str = ""
    origin: str = ""  # file name, for messages
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def seconds(self) -> float:
        return self.phase.seconds

    def needs_safety(self) -> bool:
        """Eyes closed, foam or one leg: the safety question comes first, once a visit."""
        return any(c.eyes == "closed" or c.surface == "foam" or c.stance != "two-leg" for c in self.conditions)

    def needs_sound(self) -> bool:
        """Eyes closed: the stop signal must have been heard this visit, or a helper confirms."""
        return any(c.eyes == "closed" for c in self.conditions)
