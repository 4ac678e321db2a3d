"""lgpio as far as the fast pins need it, on a bench of simulated chips: the names, arguments, errors and pipe records of lgpio 0.2.2.

An object that stands for the module. Its notification pipe is a true named pipe in the current folder; time is the bench's.
"""

from __future__ import annotations

import os
import struct
from pathlib import Path

from hardware.chip import Bench

HANDLE, CHIP = 7, 4


class FakeLgpio:
    """version as in LGPIO_PY_VERSION; deaf: takes every claim and never tells of an edge; refuses: alerts cannot be claimed."""

    FALLING_EDGE = 2
    SET_PULL_UP = 32

    class error(Exception):  # lgpio's own name
        pass

    def __init__(self, bench: Bench, *, version: int = 0x00020200, deaf: bool = False, refuses: bool = False) -> None:
        self.LGPIO_PY_VERSION = version
        self._bench, self._deaf, self._refuses = bench, deaf, refuses
        self._alerts: set[int] = set()
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
        assert notify_handle is not None
        self._chip(handle)
        self._known(notify_handle)
        if self._refuses or (eFlags, lFlags) != (self.FALLING_EDGE, self.SET_PULL_UP):
            raise self.error("GPIO busy")
        self._alerts.add(gpio)
        self._bench.on_edge = self._edge
        return 0

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

    def _chip(self, handle: int) -> None:
        if handle != HANDLE:
            raise self.error("unknown handle")

    def _known(self, handle: int) -> int:
        if handle not in self.open_notifications:
            raise self.error("unknown handle")
        return 0


def pipes_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob(".lgd-nfy*"))
