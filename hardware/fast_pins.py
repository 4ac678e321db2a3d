"""The fast way to the lines of a Pi: gpiozero owns and configures them, the bit loop calls lgpio, edges come through lgpio's own pipe.

One line operation is one call of lgpio with the factory's handle (gpiozero asks for the mode before each write: twice the system calls).
Edges are not handed over by a thread: lgpio writes them, as the kernel stamped them, into a named pipe that the reader's own loop waits on.
Never run on a real Pi yet. Names, arguments and the record are those of lgpio 0.2.2 (its module's own documentation).
"""

from __future__ import annotations

import os
import select
import struct
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from hardware.pins import Clock, GpiozeroPins
from station.words import Words, say

RECORD = struct.Struct("<QBBBB4x")
"""One edge in the pipe: kernel time ns, gpiochip, line, level (0 low, 1 high, 2 time-out), flags (none defined), padding: 16 bytes."""
LEAST_LGPIO = (0, 2, 2)
"""Older ones stamp with another clock or lose lines on a Pi 5."""
TAKE_BYTES = 4096 * RECORD.size
FAST, SLOW = "lgpio edges", "gpiozero"


class FastPins:
    """`Pins` past gpiozero. `owner` claims the lines and is the way to fall back to; it belongs to this object from here on.

    lgpio:  the module, or one that has its `gpio_read gpio_write gpio_claim_alert notify_open notify_resume notify_close error` and
            `LGPIO_PY_VERSION`
    handle: of the gpiochip, as `owner`'s factory opened it
    clock:  None: the computer's own; else whose time it is and who waits (a clock that is virtual)
    Falls back to `owner`'s way, and says why in `note`, when lgpio is older than 0.2.2, when it gives no pipe or no alerts, and when
    `fall_back` is called.
    """

    write: Callable[[int, bool], None]
    read: Callable[[int], bool]
    now_ns: Callable[[], int]

    def __init__(self, owner: GpiozeroPins, lgpio: Any, handle: int, *, clock: Clock | None = None) -> None:
        self.way = SLOW
        self.note: Words | None = None
        self._owner, self._lgpio, self._handle, self._clock = owner, lgpio, handle, clock
        self._inputs: tuple[int, ...] = ()
        self._notify = self._fd = -1
        self._bytes = b""
        self.write, self.read, self.now_ns = owner.write, owner.read, owner.now_ns

    def claim(self, outputs: Sequence[int], inputs_pull_up: Sequence[int]) -> None:
        """Outputs start low; inputs have their pull-up on and report falling edges. Raises LineBusy."""
        self._owner.own(outputs, inputs_pull_up)
        self._inputs = tuple(inputs_pull_up)
        lgpio = self._lgpio
        version = _version(lgpio)
        if version < LEAST_LGPIO:
            self._slow(say("driver.old-lgpio", found=_dotted(version), least=_dotted(LEAST_LGPIO)))
            return
        try:
            self._open_pipe()
            for line in self._inputs:
                lgpio.gpio_claim_alert(self._handle, line, lgpio.FALLING_EDGE, lgpio.SET_PULL_UP, self._notify)
        except (OSError, lgpio.error) as refusal:
            self._slow(say("driver.no-alerts", reason=str(refusal)))
            return
        self.way = FAST
        self.write, self.read = partial(lgpio.gpio_write, self._handle), partial(lgpio.gpio_read, self._handle)
        self.now_ns = self._clock.now_ns if self._clock else time.monotonic_ns

    def wait_edges(self, timeout_s: float) -> list[tuple[int, int]]:
        """Falling edges (line, t_ns) since the last call; waits for one at most `timeout_s`. May come back empty early."""
        if self.way == SLOW:
            return self._owner.wait_edges(timeout_s)
        edges = self._take()
        if edges or timeout_s <= 0:
            return edges
        if self._clock:
            self._clock.wait(timeout_s)
        else:
            select.select([self._fd], [], [], timeout_s)
        return self._take()

    def fall_back(self) -> None:
        """Words come, but no edge through the pipe: gpiozero's thread from now on."""
        if self.way == FAST:
            self._slow(say("driver.no-edges"))

    def close(self) -> None:
        """Lets the lines go. May be called twice."""
        self._close_pipe()
        self._owner.close()

    def _take(self) -> list[tuple[int, int]]:
        try:
            self._bytes += os.read(self._fd, TAKE_BYTES)
        except BlockingIOError:
            return []
        whole = len(self._bytes) // RECORD.size * RECORD.size
        records, self._bytes = self._bytes[:whole], self._bytes[whole:]
        return [(line, t_ns) for t_ns, _, line, level, _ in RECORD.iter_unpack(records) if level == 0]

    def _open_pipe(self) -> None:
        """lgpio makes the pipe in its working folder, which is ours. Its name goes at once: a pipe that lies about hangs who reads it."""
        self._notify = self._lgpio.notify_open()
        name = f".lgd-nfy{self._notify}"
        self._fd = os.open(name, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        os.unlink(name)
        self._lgpio.notify_resume(self._notify)

    def _close_pipe(self) -> None:
        if self._notify >= 0:
            self._lgpio.notify_close(self._notify)
        if self._fd >= 0:
            os.close(self._fd)
        self._notify = self._fd = -1

    def _slow(self, note: Words) -> None:
        owner = self._owner
        self._close_pipe()
        self.way, self.note = SLOW, note
        self.write, self.read, self.now_ns = owner.write, owner.read, owner.now_ns
        owner.hear(self._inputs)


def _version(lgpio: Any) -> tuple[int, int, int]:
    """Major, minor, fix of the module; (0, 0, 0) of one that does not say (the placeholder 0.0.0.2 does not)."""
    packed = int(getattr(lgpio, "LGPIO_PY_VERSION", 0))
    return packed >> 24 & 0xFF, packed >> 16 & 0xFF, packed >> 8 & 0xFF


def _dotted(version: tuple[int, int, int]) -> str:
    return ".".join(map(str, version))
