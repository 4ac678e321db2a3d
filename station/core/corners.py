"""Which plug carries which corner, and which way round it is wired: each corner is pressed once and the plug that answers is taken down.

On a rigid plate a press right above a foot puts three quarters of itself on that cell, a quarter on each neighbour and minus a quarter
on the cell across: the plug that moves most is the pressed one whichever cells are reversed. Thresholds are our own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from station.core.calibration import Row
from station.core.readings import CELLS
from station.core.sheet import Verdict
from station.words import Num, Words, say

S = 1_000_000_000
PRESS_KG = 3.0
CLEAR_TIMES = 1.5
"""The pressed plug moves this many times more than any other: 3 right above the foot, 2 a third of the way to the middle."""
HOLD_NS = S // 2
RELEASE_KG = 1.0
RELEASE_NS = 3 * S // 10
UNCLEAR_NS = 2 * S
"""Pressed this long without a clear answer: told."""
MOST_DOUBTS = 2
"""So often a plug may answer for a second corner before all four are asked again: the first answer may have been the wrong one."""

Order = tuple[int, int, int, int]
Found = Literal["right", "swapped", "reversed"]


@dataclass(frozen=True, slots=True)
class Press:
    """One corner (index into CELLS) pressed: the plug that answered, its sign and how far it moved at the end of the hold, kg."""

    corner: int
    plug: int
    sign: int
    kg: float


class Corners:
    """Fed with the four plugs' zeroed loads in kg, in the order they are plugged; asks for front left, front right, rear left, rear right.

    A press counts when one plug has moved more than 3 kg and most of all for half a second; the next corner is asked once the plate is
    free again.
    """

    def __init__(self) -> None:
        self._presses: list[Press] = []
        self._free = True  # the plate was empty since the last press
        self._since_ns: int | None = None  # of the press, or of the release
        self._held: tuple[int, int] | None = None  # plug and sign that have answered since then
        self._pressed_ns: int | None = None  # since when anything at all is pressed
        self._doubts = 0
        self._problem: Words | None = None

    @property
    def corner(self) -> int | None:
        """The corner to press now; None when all four are known."""
        return len(self._presses) if len(self._presses) < len(CELLS) else None

    @property
    def releasing(self) -> bool:
        """The corner was heard: the hand should come off before the next one."""
        return not self._free and self.corner is not None

    @property
    def presses(self) -> tuple[Press, ...]:
        return tuple(self._presses)

    @property
    def problem(self) -> Words | None:
        """What was wrong with the last press, until the next one counts."""
        return self._problem

    @property
    def order(self) -> Order | None:
        """order[corner] is the plug that carries it; None until all four are known."""
        if self.corner is not None:
            return None
        a, b, c, d = (press.plug for press in self._presses)
        return (a, b, c, d)

    @property
    def signs(self) -> Order | None:
        """signs[corner] is -1 where the plug that carries it falls under a load; None until all four are known."""
        if self.corner is not None:
            return None
        a, b, c, d = (press.sign for press in self._presses)
        return (a, b, c, d)

    def back(self) -> None:
        """The last corner is asked again."""
        if self._presses:
            self._presses.pop()
        self._problem = None
        self._since_ns = self._held = None
        self._free = False

    def feed(self, t_ns: int, kg: Row) -> None:
        """One moment of the four plugs; a plug without a value is NaN and no press is taken down meanwhile."""
        corner = self.corner
        if corner is None:
            return
        sizes = [abs(x) for x in kg]
        if not self._free:
            self._free = self._sustained(t_ns, all(size < RELEASE_KG for size in sizes), RELEASE_NS)
            if self._free:
                self._since_ns = self._pressed_ns = None
            return
        plug = max(range(len(CELLS)), key=lambda i: sizes[i])
        pressed = sizes[plug] > PRESS_KG and all(size == size for size in sizes)
        self._pressed_ns = (t_ns if self._pressed_ns is None else self._pressed_ns) if pressed else None
        clear = pressed and all(sizes[plug] > CLEAR_TIMES * size for i, size in enumerate(sizes) if i != plug)
        answer = (plug, 1 if kg[plug] > 0 else -1) if clear else None
        if answer != self._held:
            self._held, self._since_ns = answer, None
        if self._sustained(t_ns, answer is not None, HOLD_NS) and answer is not None:
            self._take(Press(corner, *answer, kg[plug]))
        elif self._pressed_ns is not None and t_ns - self._pressed_ns >= UNCLEAR_NS:
            self._problem = say("corners.unclear", cell=corner_words(corner))

    def _sustained(self, t_ns: int, holds: bool, for_ns: int) -> bool:
        self._since_ns = (t_ns if self._since_ns is None else self._since_ns) if holds else None
        return self._since_ns is not None and t_ns - self._since_ns >= for_ns

    def _take(self, press: Press) -> None:
        self._free, self._since_ns, self._held = False, None, None
        before = next((p for p in self._presses if p.plug == press.plug), None)
        if before is None:
            self._presses.append(press)
            self._problem = None
            return
        self._doubts += 1
        if self._doubts > MOST_DOUBTS:
            self._doubts = 0
            self._presses.clear()
            self._problem = say("corners.again", cell=corner_words(0))
        else:
            self._problem = say("corners.twice", before=corner_words(before.corner), cell=corner_words(press.corner))

    # --- what was found --------------------------------------------------------------------------------------------------------

    @property
    def found(self) -> tuple[Found, ...]:
        """Everything that is not as it should be, or ("right",); empty until all four are known."""
        order, signs = self.order, self.signs
        if order is None or signs is None:
            return ()
        wrong: list[Found] = []
        if order != (0, 1, 2, 3):
            wrong.append("swapped")
        if -1 in signs:
            wrong.append("reversed")
        return tuple(wrong) or ("right",)

    def verdicts(self) -> tuple[Verdict, ...]:
        """The same in sentences with the next step; empty until all four are known."""
        order, signs = self.order, self.signs
        if order is None or signs is None:
            return ()
        return (*swapped_verdicts(order), *reversed_verdicts(signs)) or (Verdict(True, say("corners.right")),)


def corner_words(corner: int) -> Words:
    """The name of a corner, as a person at the board sees it."""
    return say(f"hardware.{CELLS[corner].replace('_', '-')}")


def swapped_verdicts(order: Order) -> tuple[Verdict, ...]:
    """One for a plain exchange of two plugs, one that counts for anything more, none when each is in its place."""
    moved = [corner for corner, plug in enumerate(order) if plug != corner]
    if not moved:
        return ()
    if len(moved) == 2:
        a, b = (corner_words(corner) for corner in moved)
        return (Verdict(False, say("corners.swapped", a=a, b=b), say("corners.swapped.do")),)
    return (Verdict(False, say("corners.mixed", n=Num(len(moved))), say("corners.swapped.do")),)


def reversed_verdicts(signs: Order) -> tuple[Verdict, ...]:
    return tuple(
        Verdict(False, say("corners.reversed", cell=corner_words(corner)), say("corners.reversed.do"))
        for corner, sign in enumerate(signs)
        if sign < 0
    )
