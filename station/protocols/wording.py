"""What a trial says, asks and writes in each of its phases: ids of the catalogue chosen by protocol, condition and side."""

from __future__ import annotations

from station.core.results import Condition
from station.core.view import Ask, Phase
from station.protocols.model import Protocol
from station.words import Words, say

NOTHING = Words("")
OTHER_FOOT = {"left": "right", "right": "left"}


def asks(protocol: Protocol, condition: Condition, side: str, phase: Phase) -> Ask:
    """What the person should do now. `side` is the standing leg, so the other foot lifts."""
    if phase in ("step-on", "frozen"):
        return "step-on"
    if phase == "clear-plate":
        return "clear-plate"
    if phase == "ready" and protocol.phase.starts == "foot-lift":
        return lift(side)
    if phase in ("ready", "countdown") and condition.eyes == "closed":
        return "close-eyes"
    if phase in ("ending", "done"):
        if condition.eyes == "closed":
            return "open-eyes"
        return "both-feet" if condition.stance == "single-leg" else "stand-still"
    return "stand-still"


def lift(side: str) -> Ask:
    if side == "right":
        return "lift-left"
    return "lift-right" if side == "left" else "lift-foot"


def said(protocol: Protocol, condition: Condition, side: str, phase: Phase) -> Words:
    """The instruction of this phase, for screen and voice alike."""
    if phase == "ready":
        if protocol.phase.starts == "foot-lift" and side:
            return say(f"trial.lift-{OTHER_FOOT[side]}")
        return protocol.phase.say
    if phase == "countdown":
        return say("trial.close-eyes") if condition.eyes == "closed" else NOTHING
    if phase == "ending":
        return say("trial.open-eyes") if condition.eyes == "closed" else say("trial.over")
    if phase == "record":
        return NOTHING
    return say(f"trial.{phase}")


def ended_by_signal(kind: str, side: str) -> Words:
    """Why a trial ended, when a signal of the plate or a key of the helper did it."""
    if kind == "touch-down":
        return say(f"trial.end.{OTHER_FOOT[side]}-foot-down") if side else say("trial.end.foot-down")
    return say(f"trial.end.{kind}")


def hint(phase: Phase, *, restless: bool) -> Words:
    """One sentence for the band: what to do next."""
    if phase == "settle":
        return say("trial.settle.restless") if restless else say("trial.settle.do")
    if phase in ("step-on", "place", "frozen", "clear-plate"):
        return say(f"trial.{phase}.do")
    return NOTHING
