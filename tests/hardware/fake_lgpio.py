"""lgpio as far as the fast pins and gpiozero need it, on a bench of simulated chips: the names, arguments, errors and pipe records of
lgpio 0.2.2.

An object that stands for the module. Its notification pipe is a true named pipe in the current folder; time is the bench's.
"""

from __future__ import annotations

import importlib
import os
import struct
import sys
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hardware.chip import Bench

HANDLE, CHIP = 7, 4


class FakeLgpio:
    """version as in LGPIO_PY_VERSION; deaf: takes every claim and never tells of an edge; refuses: alerts cannot be claimed."""

    RISING_EDGE, FALLING_EDGE, BOTH_EDGES = 1, 2, 3
    SET_PULL_UP, SET_PULL_DOWN, SET_PULL_NONE = 32, 64, 128

    class error(Exception):  # lgpio's own name
        pass

    def __init__(self, bench: Bench, *, version: int = 0x00020200, deaf: bool = False, refuses: bool = False) -> None:
        self.LGPIO_PY_VERSION = version
        self._bench, self._deaf, self._refuses = bench, deaf, refuses
        self._alerts: set[int] = set()
        self._outputs: set[int] = set()
        self._callbacks: dict[int, Callable[[int, int, int, int], None]] = {}
        self._fd = -1
        self.open_notifications: list[int] = []

    def notify_open(self) -> int:
        handle = 1  # lgpio's own thread has 0
        os.mkfifo(f".lgd-nfy{handle}")
        self._fd = os.open(f".lgd-nfy{handle}", os.O_RDWR | os.O_NONBLOCK)
        self.open_notifications.append(handle)
        return handle

    def notify_resume(self, handle: int) -> int:
        return self._known(handle)

    def notify_close(self, handle: int) -> int:
        self._known(handle)
        self.open_notifications.remove(handle)
        os.close(self._fd)
        self._bench.on_edge = None
        return 0

    def gpio_claim_alert(self, handle: int, gpio: int, eFlags: int, lFlags: int = 0, notify_handle: int | None = None) -> int:
        self._chip(handle)
        if notify_handle is None:  # lgpio's own thread: `callback` says whom to tell
            return 0
        self._known(notify_handle)
        if self._refuses or (eFlags, lFlags) != (self.FALLING_EDGE, self.SET_PULL_UP):
            raise self.error("GPIO busy")
        self._alerts.add(gpio)
        self._bench.on_edge = self._edge
        return 0

    def callback(self, handle: int, gpio: int, edge: int, func: Callable[[int, int, int, int], None]) -> FakeLgpio:
        self._chip(handle)
        self._callbacks[gpio] = func
        self._bench.on_edge = self._call
        return self

    def cancel(self) -> None:
        """Of a callback: the bench tells nobody any more."""
        self._bench.on_edge = None

    def gpiochip_open(self, gpiochip: int) -> int:
        return HANDLE

    def gpiochip_close(self, handle: int) -> int:
        self._chip(handle)
        return 0

    def gpio_claim_input(self, handle: int, gpio: int, lFlags: int = 0) -> int:
        self._outputs.discard(gpio)
        return 0

    def gpio_claim_output(self, handle: int, gpio: int, level: int = 0, lFlags: int = 0) -> int:
        self._outputs.add(gpio)
        return 0

    def gpio_free(self, handle: int, gpio: int) -> int:
        return 0

    def gpio_get_mode(self, handle: int, gpio: int) -> int:
        """Bit 1: an output. It asks the kernel: as dear as a read."""
        self._bench.op()
        return (gpio in self._outputs) << 1

    def gpio_read(self, handle: int, gpio: int) -> int:
        self._chip(handle)
        return int(self._bench.level(gpio))

    def gpio_write(self, handle: int, gpio: int, level: int) -> int:
        self._chip(handle)
        self._bench.drive(gpio, bool(level))
        return 0

    def send(self, some: bytes) -> None:
        """Bytes into the pipe, whole records or not."""
        os.write(self._fd, some)

    def _edge(self, gpio: int, t_ns: int) -> None:
        if gpio in self._alerts and not self._deaf:
            os.write(self._fd, struct.pack("QBBBBI", t_ns, CHIP, gpio, 0, 0, 0))

    def _call(self, gpio: int, t_ns: int) -> None:
        if gpio in self._callbacks:
            self._callbacks[gpio](CHIP, gpio, 0, t_ns)

    def _chip(self, handle: int) -> None:
        if handle != HANDLE:
            raise self.error("unknown handle")

    def _known(self, handle: int) -> int:
        if handle not in self.open_notifications:
            raise self.error("unknown handle")
        return 0


def gpiozero_on(lgpio: FakeLgpio, patch: pytest.MonkeyPatch) -> Any:
    """gpiozero's real factory and pins for lgpio, of a Pi 5, on this stand-in: `open_pins` without the metal."""
    patch.setitem(sys.modules, "lgpio", lgpio)  # type: ignore[arg-type]
    patch.delitem(sys.modules, "gpiozero.pins.lgpio", raising=False)
    module = importlib.import_module("gpiozero.pins.lgpio")
    patch.delitem(sys.modules, "gpiozero.pins.lgpio")
    local = importlib.import_module("gpiozero.pins.local").LocalPiFactory
    patch.setattr(local, "pins", {})  # gpiozero keeps the pins of a computer for the whole process
    patch.setattr(local, "_reservations", defaultdict(list))
    patch.setattr(local, "_get_revision", lambda self: 0xC04170)
    return module.LGPIOFactory(chip=CHIP)


def pipes_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob(".lgd-nfy*"))
