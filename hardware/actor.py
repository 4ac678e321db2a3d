"""A simulated person who does what is asked: reads the station's view as a person reads the screen, and acts after a human delay.

Pure: the time is that of the data, every choice comes from the seed. The same views at the same times give the same acts.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from station.core.view import View

DELAY_S: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "step-on": (0.7, 1.3),
        "step-off": (0.6, 1.2),
        "pad": (1.0, 1.8),  # after stepping off
        "foot": (0.5, 1.1),
        "eyes": (0.2, 0.4),
        "stand": (0.2, 0.5),
        "both-feet": (0.4, 0.8),
    }
)
EMPTY_S = 4.0  # the board zeroes itself in 3 s; who waits for it gets a better answer
AGAIN_S = 5.0  # asked for the same thing still: it was not seen, do it over
SEE_S = 0.25  # from a moved target to the body following it
HOLD_S = (12.0, 30.0)
TAP_BPM = 24.0
FIRST_TAP_S = 2.2  # a rep counts after a second and a half of quiet stance
MISTAKE_S = 8.0


class Actor:
    """`board_act(action, **args)` is a simulated board's or reader's `act`.

    wants: side "left" or "right" (standing leg, when it may choose), hold_s (how long it stays on one leg), tap_bpm,
           standing (True: on the plate already),
           mistake ("support", "hop", "stumble", "step-off") at mistake_s after the start of each recorded phase
    """

    def __init__(self, board_act: Callable[..., None], *, seed: int = 1, wants: Mapping[str, Any] | None = None) -> None:
        self._board_act = board_act
        self._wants = dict(wants or {})
        self._rng = np.random.default_rng((seed, 0xAC708))
        self._plan: list[tuple[float, str, dict[str, Any]]] = []
        self._asked: tuple[str, str] = ("", "")
        self._asked_s = 0.0
        self._began_s: float | None = None  # of the recorded phase
        self._on, self._leg, self._closed, self._pad, self._leaning = bool(self._wants.get("standing")), "", False, False, False
        self._empty_s = 0.0  # since when nothing has moved on the empty plate
        self._seen: deque[tuple[float, tuple[float, float]]] = deque()
        self._leant: tuple[float, float] | None = None
        self._tap_s: float | None = None
        self._down_s: float | None = None

    def obey(self, view: View, now_s: float) -> None:
        """Do what is due at this time of data, and decide what to do about what the view asks."""
        if (view.asks, view.phase) != self._asked:
            if view.asks != self._asked[0]:
                self._plan.clear()
            self._asked, self._asked_s = (view.asks, view.phase), now_s
        elif now_s - self._asked_s > AGAIN_S and not self._plan:
            self._again(view)
            self._asked_s = now_s
        self._follow_phase(view, now_s)
        if not self._plan:
            self._decide(view, now_s)
        due = [p for p in self._plan if p[0] <= now_s]
        self._plan = [p for p in self._plan if p[0] > now_s]
        for _, action, args in due:
            self._do(action, now_s, **args)

    def _decide(self, view: View, now_s: float) -> None:
        """Plan the acts that bring this person to where the view wants them."""
        match view.asks:
            case "step-on" if not self._on:
                self._soon(now_s if view.phase == "frozen" else max(now_s, self._empty_s + EMPTY_S), "step-on", "step-on")
            case "stand-still" if self._leaning or (self._leg and _both_feet(view)):
                self._soon(now_s, "both-feet" if self._leg else "stand", "stand")
            case "lift-foot" | "lift-left" | "lift-right" if self._on and not self._leg:
                self._soon(now_s, "foot", self._foot(view))
            case "both-feet" if self._leg:
                self._soon(now_s, "both-feet", "both-feet")
            case "close-eyes" if not self._closed:
                self._soon(now_s, "eyes", "close-eyes")
            case "open-eyes" if self._closed:
                self._soon(now_s, "eyes", "open-eyes")
            case "step-off" if self._on:
                self._soon(now_s, "step-off", "step-off")
            case "put-pad-on" if not self._pad:
                self._beside(now_s, "put-pad-on")
            case "take-pad-off" if self._pad:
                self._beside(now_s, "take-pad-off")
            case "clear-plate":
                self._beside(now_s, "bag-off")
            case "tap":
                self._tap(now_s)
            case "lean":
                self._lean(view, now_s)
        if view.phase == "done" and view.asks == "" and self._on:
            self._soon(now_s, "step-off", "step-off")

    def _follow_phase(self, view: View, now_s: float) -> None:
        """What nobody needs to be asked: eyes shut while they must be, a foot that comes down when it is tired."""
        if view.asks != "tap":
            self._tap_s = None
        if view.asks != "lean":
            self._seen.clear()
        if view.phase == "record":
            if self._began_s is None:
                self._began_s = now_s
                self._plan_record(view, now_s)
            if view.condition.eyes == "closed" and not self._closed:
                self._do("close-eyes", now_s)
        elif self._began_s is not None:
            self._began_s = None
            self._plan.clear()
            if view.phase in ("rest", "done", "ending") and self._leg:
                self._soon(now_s, "both-feet", "both-feet")
        if view.phase in ("rest", "done") and self._closed and view.asks == "":
            self._do("open-eyes", now_s)

    def _plan_record(self, view: View, now_s: float) -> None:
        if self._leg and self._down_s is not None and view.asks != "tap":
            self._plan.append((max(now_s, self._down_s), "both-feet", {}))
        if "mistake" in self._wants:
            at_s = now_s + float(self._wants.get("mistake_s", MISTAKE_S))
            self._plan.append((at_s, str(self._wants["mistake"]), {}))

    def _again(self, view: View) -> None:
        """Still asked to lift a foot, with a foot up: put it down and try once more."""
        if view.asks.startswith("lift") and self._leg:
            self._plan.append((0.0, "both-feet", {}))

    def _foot(self, view: View) -> str:
        if view.asks != "lift-foot":
            return view.asks
        side = view.side or self._wants.get("side") or ("left" if self._rng.random() < 0.5 else "right")
        return "lift-right" if side == "left" else "lift-left"

    def _beside(self, now_s: float, action: str) -> None:
        """Something to do at the plate while nobody stands on it."""
        if self._on:
            self._soon(now_s, "step-off", "step-off")
        else:
            self._soon(now_s, "pad", action)

    def _tap(self, now_s: float) -> None:
        if self._tap_s is None:
            self._tap_s = now_s + FIRST_TAP_S
        if now_s >= self._tap_s:
            self._tap_s += 60.0 / float(self._wants.get("tap_bpm", TAP_BPM))
            self._do("tap", now_s)

    def _lean(self, view: View, now_s: float) -> None:
        if view.asks_at is not None:
            self._seen.append((now_s, view.asks_at))
        while self._seen and self._seen[0][0] <= now_s - SEE_S:
            target = self._seen.popleft()[1]
            if not self._leaning or self._leant is None or max(abs(a - b) for a, b in zip(target, self._leant, strict=True)) > 1.0:
                self._leant = target
                self._do("lean", now_s, ml_mm=target[0], ap_mm=target[1])

    def _soon(self, now_s: float, kind: str, action: str) -> None:
        least_s, most_s = DELAY_S[kind]
        self._plan.append((now_s + float(self._rng.uniform(least_s, most_s)), action, {}))

    def _do(self, action: str, now_s: float, **args: Any) -> None:
        self._board_act(action, **args)
        match action:
            case "step-on":
                self._on, self._leg = True, ""
            case "step-off":
                self._on, self._leg, self._leaning, self._empty_s = False, "", False, now_s
            case "lift-left" | "lift-right":
                self._leg = "right" if action == "lift-left" else "left"
                self._down_s = now_s + float(self._wants.get("hold_s") or self._rng.uniform(*HOLD_S))
            case "both-feet" | "hop" | "stumble":
                self._leg = ""
            case "stand" | "lean":
                self._leaning = action == "lean"
            case "close-eyes" | "open-eyes":
                self._closed = action == "close-eyes"
            case "put-pad-on" | "take-pad-off":
                self._pad, self._empty_s = action == "put-pad-on", now_s
            case "bag-off":
                self._empty_s = now_s


def _both_feet(view: View) -> bool:
    """Standing still here means on both feet: before the test, and in tests of two legs."""
    return view.phase in ("place", "settle") or view.condition.stance != "single-leg"
