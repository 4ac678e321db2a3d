"""A simulated person who follows a guided procedure at the board: steps off, presses corners, puts a weight on marks and takes it away.

Reads the sheet as a person reads the screen and acts on the plate after a human delay; answers (NEXT, the weight) are the caller's. Pure:
the time is that of the data, every choice comes from the seed. The same sheets at the same times give the same acts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from station.core.sheet import Sheet

SEE_S = (0.8, 1.6)  # from what the sheet asks to the hand on its way
MOVE_S = (1.2, 2.0)  # from a weight lifted off to the weight set down
LIFT_S = 0.4  # what the board's own ramp takes
PRESS_S = 2.5
PRESS_KG = (6.0, 10.0)
AGAIN_S = 8.0  # still asked to press the same corner: press it again
PLACE_AGAIN_S = 25.0  # still asked for the same mark: lift the weight and set it down anew

Step = tuple[float, str, dict[str, Any]]
"""(time in s of data, action, arguments)"""


class Operator:
    """`act(action, **args)` is a simulated board's or reader's `act`.

    weight_kg: what the weight truly weighs; placement_mm: SD of where it is set down about its mark, an axis;
    standing: is on the plate already.
    """

    def __init__(
        self, act: Callable[..., None], *, seed: int, weight_kg: float = 10.0, placement_mm: float = 1.0, standing: bool = False
    ) -> None:
        self._act = act
        self._rng = np.random.default_rng((seed, 0x09E8A))
        self._weight_kg, self._placement_mm = weight_kg, placement_mm
        self._standing = standing
        self._placed: int | None = None  # number of the mark that the weight is on
        self._asked: tuple[str, int | None] = ("", None)
        self._done_s = 0.0  # when the last act was, or when the present thing was first asked
        self._plan: list[Step] = []

    def obey(self, sheet: Sheet, now_s: float) -> None:
        """Do what is due at this time of data, and decide what to do about what the sheet asks."""
        asked = (
            sheet.does,
            sheet.corner if sheet.does == "press-corner" else sheet.at[0] if sheet.at and sheet.does == "put-weight" else None,
        )
        if asked != self._asked:
            self._asked = asked
            self._plan = [step for step in self._plan if step[1] != "press"]  # what is in the hand is set down first
            if not self._plan:
                self._decide(sheet, now_s)
        elif not self._plan:
            self._again(sheet, now_s)
        due = [step for step in self._plan if step[0] <= now_s]
        self._plan = [step for step in self._plan if step[0] > now_s]
        for _, action, args in due:
            self._act(action, **args)
            self._done_s = now_s

    def _decide(self, sheet: Sheet, now_s: float) -> None:
        self._done_s = now_s
        at_s = now_s + self._delay_s(SEE_S)
        match sheet.does:
            case "step-off":
                self._clear(at_s)
            case "press-corner" if sheet.corner is not None:
                self._clear(at_s)
                kg = float(self._rng.uniform(*PRESS_KG))
                self._plan.append((at_s + LIFT_S, "press", {"corner": sheet.corner, "kg": kg, "seconds": PRESS_S}))
            case "put-weight" if sheet.at is not None and sheet.at[0] != self._placed:
                self._put(sheet.at, at_s)
            case "take-weight" if self._placed is not None:
                self._clear(at_s)

    def _again(self, sheet: Sheet, now_s: float) -> None:
        """Asked for the same thing still: it was not seen, or not good enough."""
        waited_s = now_s - self._done_s
        if sheet.does == "press-corner" and waited_s > AGAIN_S:
            self._decide(sheet, now_s)
        elif sheet.does == "put-weight" and sheet.at is not None and (waited_s > PLACE_AGAIN_S or sheet.at[0] != self._placed):
            self._put(sheet.at, now_s + self._delay_s(SEE_S))
        elif sheet.does in ("step-off", "take-weight") and (self._standing or self._placed is not None):
            self._clear(now_s + self._delay_s(SEE_S))

    def _clear(self, at_s: float) -> None:
        """Nobody and nothing on the plate."""
        if self._standing:
            self._plan.append((at_s, "step-off", {}))
        if self._placed is not None:
            self._plan.append((at_s, "take", {}))
        self._standing, self._placed = False, None

    def _put(self, at: tuple[int, float, float], at_s: float) -> None:
        number, ml_mm, ap_mm = at
        if self._standing or self._placed is not None:
            self._clear(at_s)
            at_s += self._delay_s(MOVE_S)
        off_ml, off_ap = self._rng.normal(0.0, self._placement_mm, 2).tolist()
        self._plan.append((at_s, "put", {"ml_mm": ml_mm + off_ml, "ap_mm": ap_mm + off_ap, "kg": self._weight_kg}))
        self._placed = number

    def _delay_s(self, span: tuple[float, float]) -> float:
        return float(self._rng.uniform(*span))
