"""The reader process: owns the board, stamps time, sends readings down its pipe and never waits for who takes them.

Started by `hardware.reader` as `python -m hardware.reader_process FD`; FD is the writing end of the pipe. Orders come on standard
input, one JSON object a line, the first says which board. It ends when either end closes. It imports neither pygame, Flask nor a
database, touches no disk and, with a real board, asks for real-time scheduling.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import json
import os
import select
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any, Protocol, runtime_checkable

from hardware.boards import BoardSpec, open_board
from hardware.controls import Controls, open_controls
from hardware.pi import find_gpiochip
from hardware.pipe import Note, Outbox
from hardware.simulated import SimulatedBoard
from station.core.readings import Board, EndOfBoard
from station.errors import StationError

BLOCK_S = 0.02
FIFO_PRIORITY = 40  # below the kernel's threaded interrupt handlers (50)
SCHED_RESET_ON_FORK = 0x40000000
LOCK_CURRENT_AND_FUTURE = 1 | 2
LAGGING_S = 1.0  # a paced board that fell further behind goes on from now
COUNTERS_EVERY_S = 1.0
FAREWELL_S = 1.0


@runtime_checkable
class OnDataTime(Protocol):
    """A board without a clock of its own: somebody must say how fast its time runs."""

    @property
    def now_ns(self) -> int: ...


@runtime_checkable
class Counting(Protocol):
    """A board that counts what its chips do (dataclasses, one a cell)."""

    @property
    def counters(self) -> tuple[Any, ...]: ...


def raise_priority() -> dict[str, str]:
    """Real-time scheduling, the last core, memory that stays: what was granted, in words for the health page. Never fails."""
    granted = {"realtime": "not on this system", "core": "not on this system", "memory": "not on this system"}
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO | SCHED_RESET_ON_FORK, os.sched_param(FIFO_PRIORITY))
        granted["realtime"] = f"fifo {FIFO_PRIORITY}"
        last = max(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {last})
        granted["core"] = str(last)
    except OSError as refusal:
        granted["realtime"] = f"refused: {refusal.strerror}"
    except AttributeError:
        return granted
    locked = ctypes.CDLL(None, use_errno=True).mlockall(LOCK_CURRENT_AND_FUTURE)
    granted["memory"] = "locked" if locked == 0 else f"refused: {os.strerror(ctypes.get_errno())}"
    return granted


class Orders:
    """Lines of JSON from standard input; `open` turns False when the station has gone."""

    def __init__(self, fd: int) -> None:
        self.fd = fd
        self.open = True
        self._bytes = b""
        os.set_blocking(fd, False)

    def take(self) -> Iterator[Mapping[str, Any]]:
        while self.open:
            try:
                more = os.read(self.fd, 65536)
            except BlockingIOError:
                break
            self.open = bool(more)
            self._bytes += more
        *lines, self._bytes = self._bytes.split(b"\n")
        for line in lines:
            yield json.loads(line)

    def first(self) -> Mapping[str, Any] | None:
        """The order that says which board; None when the station left before."""
        while self.open:
            select.select([self.fd], [], [])
            for order in self.take():
                return order
        return None


class ReaderLoop:
    """One board, one pipe. `run` comes back when the station has gone."""

    def __init__(
        self, board: Board, outbox: Outbox, orders: Orders, fd: int, speed: float | None, controls: Controls | None = None
    ) -> None:
        """`speed`: how fast a board without a clock runs; None: as fast as the pipe takes it."""
        self._board, self._outbox, self._orders, self._fd = board, outbox, orders, fd
        self._controls = controls
        self._speed = speed
        self._ended = False
        self._due_s = time.monotonic()
        self._counters_s = self._due_s + COUNTERS_EVERY_S

    def run(self) -> None:
        while self._orders.open:
            for order in self._orders.take():
                self._obey(order)
            now_s = time.monotonic()
            if self._may_read(now_s):
                self._read(now_s)
            if self._controls is not None:
                self._look_at(self._controls)
            sent = self._outbox.flush(self._fd)
            self._wait(sent)

    def _look_at(self, controls: Controls) -> None:
        for press in controls.look(time.monotonic_ns()):
            self._outbox.put(Note("button", asdict(press)))

    def _obey(self, order: Mapping[str, Any]) -> None:
        if "lamp" in order and self._controls is not None:
            self._controls.lamp(order["lamp"])
        if not isinstance(self._board, SimulatedBoard):
            return
        if "act" in order:
            self._board.act(order["act"], **order["args"])
        elif order.get("truth"):
            self._outbox.put(Note("truth", self._board.truth()))

    def _may_read(self, now_s: float) -> bool:
        if self._ended:
            return False
        if not isinstance(self._board, OnDataTime):
            return True
        if self._speed is None:
            return self._outbox.empty
        return now_s >= self._due_s and not self._outbox.full

    def _read(self, now_s: float) -> None:
        board = self._board
        before_ns = board.now_ns if isinstance(board, OnDataTime) else 0
        try:
            self._outbox.put(board.read(BLOCK_S))
        except EndOfBoard:
            self._ended = True
            self._outbox.put(Note("end"))
            return
        if isinstance(board, OnDataTime) and self._speed is not None:
            went_s = (board.now_ns - before_ns) / 1e9 / self._speed
            self._due_s = (self._due_s if now_s - self._due_s < LAGGING_S else now_s) + went_s
        if isinstance(board, Counting) and now_s >= self._counters_s:
            self._counters_s = now_s + COUNTERS_EVERY_S
            self._outbox.put(Note("counters", {"cells": [asdict(c) for c in board.counters]}))

    def _wait(self, sent: bool) -> None:
        """Until an order, room in the pipe or the next block's time; a real board waits in its own read."""
        if self._ended or self._speed is None:
            idle_s = 1.0 if self._ended or not sent else 0.0
        else:
            idle_s = max(0.0, self._due_s - time.monotonic()) if not self._outbox.full else 1.0
        if not isinstance(self._board, OnDataTime) and not self._ended:
            idle_s = 0.0
        select.select([self._orders.fd], [] if sent else [self._fd], [], idle_s)


def main(fd: int) -> int:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C ends the station, the station ends us
    os.set_blocking(fd, False)
    orders, outbox = Orders(sys.stdin.fileno()), Outbox()
    start = orders.first()
    if start is None:
        return 0
    try:
        return _serve(start, orders, outbox, fd)
    except BrokenPipeError:
        return 0
    except StationError as error:
        outbox.put(Note("error", {"what": error.what.to_json(), "do": error.do.to_json()}))
        end_s = time.monotonic() + FAREWELL_S
        with contextlib.suppress(BrokenPipeError):  # nobody wants to know any more
            while not outbox.flush(fd) and time.monotonic() < end_s:
                select.select([], [fd], [], FAREWELL_S)
        return error.exit_code


def _serve(start: Mapping[str, Any], orders: Orders, outbox: Outbox, fd: int) -> int:
    spec = BoardSpec.from_json(start["spec"])
    granted = {} if spec.paced else raise_priority()
    script = [(float(t), str(action), dict(args)) for t, action, args in start["script"]]
    with contextlib.ExitStack() as open_things:
        board = open_board(spec, start_ns=start["start_ns"], script=script)
        open_things.callback(board.close)
        controls = _controls() if spec.controls and not spec.paced else None
        if controls is not None:
            open_things.callback(controls.close)
            granted |= {"controls": "; ".join(controls.missing)}
        outbox.put(Note("hello", {"pid": os.getpid(), "board": board.name, **_way(board), **granted}))
        gc.collect()
        gc.freeze()  # what lives now lives to the end: never looked at again
        gc.disable()  # the loop makes no cycles, and a collection would come in the middle of a word
        ReaderLoop(board, outbox, orders, fd, start["speed"], controls).run()
    return 0


def _way(board: Board) -> dict[str, Any]:
    """How a board of chips works its lines, and why that is not the fast way."""
    note = getattr(board, "note", None)
    return {"way": getattr(board, "way", ""), "note": None if note is None else note.to_json()}


def _controls() -> Controls | None:
    """Buttons and lamp on the header of this Pi, beside the board's own lines."""
    chip = find_gpiochip()
    if chip is None:
        return None
    from gpiozero.pins.lgpio import LGPIOFactory

    return open_controls(LGPIOFactory(chip=chip))


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
