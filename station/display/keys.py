"""What keys, mouse and touch mean: intents of the screens, or what a simulated person is to do."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import pygame

from station.core.theme import GRID
from station.flow.intents import Intent, Point

LEAN_MM = (70.0, 50.0)  # ml, ap: how far an arrow key leans
DRAG_MM = (140.0, 110.0)  # ml, ap: how far the mouse leans at the screen's edge
DRAG_FROM = 24.0  # layout units; less is a click


@dataclass(frozen=True, slots=True)
class Act:
    """What the simulated person does now: `board.act(action, **args)`. Lengths in mm."""

    action: str
    args: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class VolumeKey:
    """One step louder (+1) or softer (-1)."""

    change: int


Event = Intent | Point | Act | VolumeKey

_INTENTS = MappingProxyType(
    {
        pygame.K_RETURN: Intent.NEXT,
        pygame.K_KP_ENTER: Intent.NEXT,
        pygame.K_PAGEDOWN: Intent.NEXT,  # a presenter's button
        pygame.K_BACKSPACE: Intent.BACK,
        pygame.K_ESCAPE: Intent.BACK,
        pygame.K_PAGEUP: Intent.BACK,
        pygame.K_y: Intent.YES,
        pygame.K_n: Intent.NO,
        pygame.K_s: Intent.STOP,
        pygame.K_a: Intent.ARMS,
        pygame.K_e: Intent.EYES,
        pygame.K_g: Intent.LEG,
        pygame.K_c: Intent.CALIBRATE,
        pygame.K_k: Intent.CHECK,
    }
)
_CHOOSE = MappingProxyType(
    {
        pygame.K_LEFT: Intent.LEFT,
        pygame.K_RIGHT: Intent.RIGHT,
        pygame.K_UP: Intent.LEFT,
        pygame.K_DOWN: Intent.RIGHT,
        pygame.K_SPACE: Intent.NEXT,
    }
)
_VOLUME = MappingProxyType({pygame.K_PLUS: 1, pygame.K_KP_PLUS: 1, pygame.K_EQUALS: 1, pygame.K_MINUS: -1, pygame.K_KP_MINUS: -1})
_ARROWS = MappingProxyType({pygame.K_LEFT: (-1, 0), pygame.K_RIGHT: (1, 0), pygame.K_UP: (0, 1), pygame.K_DOWN: (0, -1)})


class Keys:
    """Turns key and pointer events into what they mean. With `simulated`, Space, arrows, T, L, R, P and the dragged mouse move the person.

    standing: the simulated person is on the plate from the start
    """

    def __init__(self, *, simulated: bool, standing: bool = False) -> None:
        self.simulated = simulated
        self._standing = standing
        self._lifted = ""
        self._pad = False
        self._held: set[int] = set()
        self._pressed_at: tuple[float, float] | None = None
        self._dragging = False

    def down(self, key: int, shift: bool = False) -> list[Event]:
        """A key was pressed."""
        if key in _VOLUME:
            return [VolumeKey(_VOLUME[key])]
        if key == pygame.K_TAB:
            return [Intent.LEFT if shift else Intent.RIGHT]
        if self.simulated and (acts := self._person(key)):
            return acts
        if key in _INTENTS:
            return [_INTENTS[key]]
        return [_CHOOSE[key]] if key in _CHOOSE else []

    def up(self, key: int) -> list[Event]:
        """A key was let go: an arrow that leaned lets the person come back."""
        if not self.simulated or key not in self._held:
            return []
        self._held.discard(key)
        return [self._leaning()]

    def _person(self, key: int) -> list[Event]:
        if key in _ARROWS:
            self._held.add(key)
            return [self._leaning()]
        if key == pygame.K_SPACE:
            self._standing = not self._standing
            self._lifted = ""
            return [Act("step-on" if self._standing else "step-off")]
        if key in (pygame.K_l, pygame.K_r):
            side = "left" if key == pygame.K_l else "right"
            self._lifted = "" if self._lifted == side else side
            return [Act(f"lift-{side}" if self._lifted else "both-feet")]
        if key == pygame.K_t:
            return [Act("tap")]
        if key == pygame.K_p:
            self._pad = not self._pad
            return [Act("put-pad-on" if self._pad else "take-pad-off")]
        return []

    def _leaning(self) -> Act:
        ml = sum(_ARROWS[key][0] for key in self._held)
        ap = sum(_ARROWS[key][1] for key in self._held)
        return Act("lean", {"ml_mm": ml * LEAN_MM[0], "ap_mm": ap * LEAN_MM[1]}) if ml or ap else Act("stand")

    def press(self, x: float, y: float) -> list[Event]:
        """The mouse's left button or a finger goes down at (x, y) of the layout."""
        self._pressed_at, self._dragging = (x, y), False
        return [] if self.simulated else [Point(x, y)]

    def drag(self, x: float, y: float) -> list[Event]:
        """It moves while it is down: the simulated person leans to where it points, seen from the middle of the screen."""
        if not self.simulated or self._pressed_at is None:
            return []
        x0, y0 = self._pressed_at
        self._dragging = self._dragging or abs(x - x0) + abs(y - y0) > DRAG_FROM
        if not self._dragging:
            return []
        across = max(-1.0, min(1.0, (x - GRID.width / 2) / (GRID.width / 2)))
        along = max(-1.0, min(1.0, (GRID.height / 2 - y) / (GRID.height / 2)))
        return [Act("lean", {"ml_mm": across * DRAG_MM[0], "ap_mm": along * DRAG_MM[1]})]

    def release(self, x: float, y: float) -> list[Event]:
        """It goes up: the end of a lean, or a click."""
        if not self.simulated or self._pressed_at is None:
            return []
        self._pressed_at = None
        return [Act("stand")] if self._dragging else [Point(x, y)]
