"""What a person means by a key, a foot button, a touch or the helper's phone: each input becomes one of these, once."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Intent(Enum):
    NEXT = "next"  # go on; on a question: yes
    BACK = "back"
    YES = "yes"
    NO = "no"
    LEFT = "left"  # the card to the left
    RIGHT = "right"
    STOP = "stop"  # ends whatever goes on
    ARMS = "arms"  # what only a person sees: ends a trial
    EYES = "eyes"
    LEG = "leg"
    CALIBRATE = "calibrate"  # for who looks after the board
    CHECK = "check"


@dataclass(frozen=True, slots=True)
class Point:
    """A click or touch at (x, y) of the layout space."""

    x: float
    y: float
