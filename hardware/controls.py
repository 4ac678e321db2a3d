"""Three buttons and a lamp at the board, all optional: pressed, stuck, lit. Time is handed in; gpiozero starts no thread here.

One process owns a line, so the reader owns these too: presses go up its pipe, what the lamp should say comes down.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from hardware.pi import PINS

Button = Literal["go", "next", "stop"]
BUTTONS: tuple[Button, ...] = ("go", "next", "stop")
LampState = Literal["off", "ready", "recording", "fault"]

DEBOUNCE_NS = 20_000_000
STUCK_NS = 10_000_000_000
BLINK_NS: Mapping[LampState, int] = {"recording": 1_000_000_000, "fault": 250_000_000}
"""Half lit, half dark, in turns of this length; ready is steady."""
LINES: Mapping[str, int] = {row.use.removeprefix("button "): row.bcm for row in PINS if row.use.startswith(("button ", "lamp"))}


@dataclass(frozen=True, slots=True)
class Press:
    """kind: "pressed", "stuck" (held for 10 s: ignored until let go) or "free" (a stuck one was let go)."""

    button: Button
    kind: Literal["pressed", "stuck", "free"]


class Debounced:
    """One button: a press counts once, when the contact has been closed for 20 ms."""

    def __init__(self, button: Button) -> None:
        self.button = button
        self._closed_ns: int | None = None
        self._told = self._stuck = False

    def look(self, closed: bool, now_ns: int) -> Press | None:
        """What the contact says now; looked at every few milliseconds."""
        if not closed:
            was_stuck, self._closed_ns, self._told, self._stuck = self._stuck, None, False, False
            return Press(self.button, "free") if was_stuck else None
        if self._closed_ns is None:
            self._closed_ns = now_ns
        held_ns = now_ns - self._closed_ns
        if not self._told and held_ns >= DEBOUNCE_NS:
            self._told = True
            return Press(self.button, "pressed")
        if not self._stuck and held_ns >= STUCK_NS:
            self._stuck = True
            return Press(self.button, "stuck")
        return None


def lit(state: LampState, now_ns: int) -> bool:
    """Whether the lamp shines at this moment."""
    if state in BLINK_NS:
        return now_ns % BLINK_NS[state] < BLINK_NS[state] // 2
    return state == "ready"


class Contact(Protocol):
    """What is used of a gpiozero InputDevice."""

    @property
    def is_active(self) -> bool: ...

    def close(self) -> None: ...


class Light(Protocol):
    """What is used of a gpiozero OutputDevice."""

    value: bool

    def close(self) -> None: ...


class Controls:
    """The devices there are. `look` is called in the reader's own loop and never waits."""

    def __init__(self, buttons: Mapping[Button, Contact], lamp: Light | None, *, missing: tuple[str, ...] = ()) -> None:
        """`missing`: what could not be had, and why, in the system's words; the rest works without it."""
        self.missing = missing
        self._buttons = {name: (contact, Debounced(name)) for name, contact in buttons.items()}
        self._lamp = lamp
        self._state: LampState = "off"
        self._shines = False

    def look(self, now_ns: int) -> list[Press]:
        """Presses since the last look, oldest first; the lamp follows its rhythm."""
        shines = lit(self._state, now_ns)
        if self._lamp is not None and shines != self._shines:
            self._lamp.value = self._shines = shines
        found = (debounced.look(contact.is_active, now_ns) for contact, debounced in self._buttons.values())
        return [press for press in found if press is not None]

    def lamp(self, state: LampState) -> None:
        self._state = state

    def close(self) -> None:
        for contact, _ in self._buttons.values():
            contact.close()
        if self._lamp is not None:
            self._lamp.close()


def open_controls(factory: Any, lines: Mapping[str, int] = LINES) -> Controls:
    """Buttons to ground with the pull-up on, the lamp dark. A line that is taken costs that one device, no more."""
    from gpiozero import GPIOZeroError, InputDevice, OutputDevice  # only in the process that reads

    missing: list[str] = []

    def had(name: str, make: Callable[..., Any], **how: Any) -> Any:
        try:
            return make(lines[name], pin_factory=factory, **how)
        except (GPIOZeroError, OSError) as refusal:
            missing.append(f"{name}: {refusal}")
        except Exception as refusal:  # lgpio's own error is known only where lgpio is
            if type(refusal).__module__ != "lgpio":
                raise
            missing.append(f"{name}: {refusal}")
        return None

    buttons = {name: had(name, InputDevice, pull_up=True) for name in BUTTONS}
    lamp = had("lamp", OutputDevice)
    return Controls({n: b for n, b in buttons.items() if b is not None}, lamp, missing=tuple(missing))
