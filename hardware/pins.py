"""The port between the reading logic and the metal, and the port through gpiozero.

On a Pi gpiozero sits on lgpio, and `hardware.fast_pins` goes past it where speed counts; off a Pi the same classes sit on gpiozero's
mock pins (`hardware.chip`), in virtual time.
Lines are BCM numbers, times are CLOCK_MONOTONIC nanoseconds of the falling edge as the kernel stamped it.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from gpiozero import GPIOZeroError

from hardware.pi import line_owner
from station.errors import BoardError
from station.words import Words, say


class Pins(Protocol):
    """Eight lines, nothing more: everything above is written once, for a Pi and for the chip model.

    A way that drives all chips from one common clock would be another class behind this port; there is none.
    """

    @property
    def way(self) -> str:
        """How the lines are worked, for the health page: "lgpio edges" or "gpiozero"."""
        ...

    @property
    def note(self) -> Words | None:
        """Why it is not the fast way; None when there is nothing to say."""
        ...

    def claim(self, outputs: Sequence[int], inputs_pull_up: Sequence[int]) -> None:
        """Outputs start low; inputs have their pull-up on and report falling edges. Raises LineBusy."""
        ...

    def write(self, line: int, level: bool) -> None: ...

    def read(self, line: int) -> bool: ...

    def wait_edges(self, timeout_s: float) -> list[tuple[int, int]]:
        """Falling edges (line, t_ns) since the last call; waits for one at most `timeout_s`. May come back empty early."""
        ...

    def now_ns(self) -> int: ...

    def fall_back(self) -> None:
        """Told that words come but edges never do: takes another way when there is one."""
        ...

    def close(self) -> None: ...


class Clock(Protocol):
    """What time it is, and a bell to sleep by."""

    def now_ns(self) -> int: ...

    def ring(self) -> None: ...

    def wait(self, timeout_s: float) -> None: ...


class LineBusy(BoardError):
    """A line cannot be had; names the line and its owner."""

    def __init__(self, line: int, owner: str) -> None:
        who: str | Words = owner or say("hardware.someone")
        super().__init__(say("hardware.line-busy", line=line, owner=who), say("hardware.line-busy.do"))
        self.line = line
        self.owner = owner


class NoPins(BoardError):
    """The gpiochip or the library behind the pins cannot be opened."""

    def __init__(self, reason: str) -> None:
        super().__init__(say("hardware.no-pins", reason=reason), say("hardware.no-pins.do"))


class MonotonicClock:
    """The computer's own clock; the bell is rung by the library's edge thread."""

    def __init__(self) -> None:
        self._bell = threading.Event()

    def now_ns(self) -> int:
        return time.monotonic_ns()

    def ring(self) -> None:
        self._bell.set()

    def wait(self, timeout_s: float) -> None:
        self._bell.wait(timeout_s)
        self._bell.clear()


class GpiozeroPins:
    """Pins through gpiozero's public API, with an explicit factory, which it owns from here on."""

    way = "gpiozero"
    note: Words | None = None

    def __init__(
        self,
        factory: Any,
        *,
        clock: Clock | None = None,
        owner_of: Callable[[int], str] = lambda line: "",
        claim_errors: tuple[type[Exception], ...] = (GPIOZeroError, OSError),
    ) -> None:
        self._factory = factory
        self._clock = clock or MonotonicClock()
        self._owner_of = owner_of
        self._claim_errors = claim_errors
        self._edges: deque[tuple[int, int]] = deque()
        self._pins: dict[int, Any] = {}
        self._ears: list[_Ear] = []

    def claim(self, outputs: Sequence[int], inputs_pull_up: Sequence[int]) -> None:
        self.own(outputs, inputs_pull_up)
        self.hear(inputs_pull_up)

    def own(self, outputs: Sequence[int], inputs_pull_up: Sequence[int]) -> None:
        """The lines are ours and configured, without edges. Raises LineBusy."""
        for line in (*outputs, *inputs_pull_up):
            with self._claiming(line):
                self._factory.reserve_pins(self, line)
                self._pins[line] = self._factory.pin(line)
                if line in outputs:
                    self._pins[line].output_with_state(False)
                else:
                    self._pins[line].input_with_pull("up")

    def hear(self, inputs: Sequence[int]) -> None:
        """Falling edges of these lines, which are ours, through gpiozero's thread. Raises LineBusy."""
        for line in inputs:
            with self._claiming(line):
                self._listen(line)

    def write(self, line: int, level: bool) -> None:
        self._pins[line].state = level

    def read(self, line: int) -> bool:
        return bool(self._pins[line].state)

    def wait_edges(self, timeout_s: float) -> list[tuple[int, int]]:
        if not self._edges:
            self._clock.wait(timeout_s)
        taken = []
        while self._edges:  # the edge thread may append meanwhile: popleft is atomic, clear() would lose
            taken.append(self._edges.popleft())
        return taken

    def now_ns(self) -> int:
        return self._clock.now_ns()

    def fall_back(self) -> None:
        """There is nothing behind gpiozero."""

    def close(self) -> None:
        """Lets the lines go. May be called twice."""
        for line, pin in self._pins.items():
            pin.when_changed = None
            self._factory.release_pins(self, line)
        self._pins.clear()
        self._ears.clear()
        self._factory.close()

    def heard(self, line: int, t_ns: int) -> None:
        """An edge, from the library's thread."""
        self._edges.append((line, t_ns))
        self._clock.ring()

    @contextmanager
    def _claiming(self, line: int) -> Iterator[None]:
        try:
            yield
        except self._claim_errors as failure:
            self.close()
            raise LineBusy(line, self._owner_of(line)) from failure

    def _listen(self, line: int) -> None:
        pin = self._pins[line]
        pin.edges = "falling"
        ear = _Ear(self, line)
        self._ears.append(ear)  # gpiozero holds a callback only weakly
        pin.when_changed = ear.changed

    def _conflicts_with(self, other: object) -> bool:
        """gpiozero asks this of two owners of one line: we share with nobody."""
        return True


class _Ear:
    def __init__(self, pins: GpiozeroPins, line: int) -> None:
        self._pins = pins
        self._line = line

    def changed(self, ticks: float, state: int) -> None:
        """`ticks` are the kernel's nanoseconds / 1e9 on a Pi (exact to under 1 us for years of uptime)."""
        if not state:
            self._pins.heard(self._line, round(ticks * 1e9))


def open_pins(chip: int) -> Pins:
    """The pins of /dev/gpiochip`chip`, the fast way where lgpio allows it. lgpio is imported here, so only in the process that reads.

    Raises NoPins.
    """
    try:
        import lgpio
        from gpiozero.pins.lgpio import LGPIOFactory

        factory = LGPIOFactory(chip=chip)
    except ImportError as failure:
        raise NoPins(f"python3-lgpio: {failure}") from failure
    except (GPIOZeroError, OSError) as failure:
        raise NoPins(f"gpiochip{chip}: {failure}") from failure
    except lgpio.error as failure:
        raise NoPins(f"gpiochip{chip}: {failure}") from failure
    from hardware.fast_pins import FastPins

    owner = GpiozeroPins(factory, owner_of=lambda line: line_owner(chip, line), claim_errors=(GPIOZeroError, OSError, lgpio.error))
    return FastPins(owner, lgpio, factory._handle)  # gpiozero has no public name for the handle that its lines belong to
