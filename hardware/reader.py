"""The station's side of the reader process: a `Board` that never blocks longer than asked, and knows when its process dies."""

from __future__ import annotations

import json
import math
import os
import select
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from hardware.boards import BoardInfo, BoardSpec, describe
from hardware.controls import LampState, Press
from hardware.person import ACTIONS
from hardware.pipe import BadPipe, Message, Note, Unpacker
from station.core.readings import EndOfBoard, Lost, Readings
from station.errors import BoardError, NotFound
from station.words import Words, say

SILENT_S = 3.0  # a reader speaks every 50 ms; one that says nothing for so long hangs and is ended
START_S = 15.0  # until its first word: a small Pi loads numpy slowly
TRUTH_S = 2.0
CLOSE_S = 1.0
TAKE_BYTES = 1 << 20  # at most this much of the pipe in one read: a long queue does not hold up the picture
ACTS_KEPT = 2000
LOST_KEPT = 1000
PRESSES_KEPT = 32


class ReaderDied(BoardError):
    """The process ended, hangs, or says why it cannot read the board. Told once; then `restart`."""

    def __init__(self, what: Words, do: Words, pid: int) -> None:
        super().__init__(what, do)
        self.pid = pid


class Reader:
    """Starts the process at once; the first readings come about half a second later.

    hello: what the process said of itself (pid, board, realtime, core, memory), {} before; counters: of a real board, newest
    restarts: how often `restart` was called
    """

    def __init__(
        self,
        spec: BoardSpec,
        *,
        info: BoardInfo | None = None,
        speed: float = 1.0,
        folder: str | Path | None = None,
        silent_s: float = SILENT_S,
    ) -> None:
        """`speed` paces boards without a clock (math.inf: as fast as the pipe takes them). `folder`: where the process lives, for the
        file that lgpio drops there; a temporary one by default. `silent_s`: a process that says nothing for so long is ended.

        Raises BadFile when the board's file makes no sense.
        """
        info = info or describe(spec)
        self.spec = spec
        self.name, self.demo, self.geometry, self.timing = info.name, info.demo, info.geometry, info.timing
        self.calibration = info.calibration
        self.hello: Mapping[str, Any] = {}
        self.counters: Mapping[str, Any] = {}
        self.restarts = 0
        self._silent_s = silent_s
        self._speed = None if math.isinf(speed) else speed
        self._own_folder = tempfile.TemporaryDirectory(prefix="balance-reader-") if folder is None else None
        self._folder = str(folder) if self._own_folder is None else self._own_folder.name
        self._until_ns: int | None = None
        self._acts: deque[tuple[float, str, dict[str, Any]]] = deque(maxlen=ACTS_KEPT)
        self._lost: deque[Lost] = deque(maxlen=LOST_KEPT)
        self._presses: deque[Press] = deque(maxlen=PRESSES_KEPT)
        self._lamp: LampState = "off"
        self._truth: dict[str, Any] = {}
        self._start()

    # -- Board -------------------------------------------------------------------------------------------------------------------

    def read(self, timeout_s: float) -> Readings:
        """Everything that has come, as one block; waits at most `timeout_s` for the first of it, and is empty after that.

        Raises EndOfBoard when the file or script is over, ReaderDied once when the process is gone. After that, until `restart`,
        nothing comes and no error is raised.
        """
        if not self._told and not self._blocks and not self._ended:
            self._pump(timeout_s)
        if self._blocks:
            return self._taken()
        if self._ended:
            raise EndOfBoard
        if self._told:
            time.sleep(timeout_s)
        elif self._gone or self._hangs():
            raise self._death()
        return Readings.none(self._until_ns or 0)

    def act(self, action: str, **args: Any) -> None:
        """Tell the simulated person. Other boards have nobody to tell. Raises NotFound for an unknown action."""
        if action not in ACTIONS:
            raise NotFound("action", action)
        if self.spec.kind != "simulated":
            return
        if action == "lean" and self._acts and self._acts[-1][1] == "lean":
            self._acts.pop()  # only the newest target matters to who comes after
        self._acts.append(((self._until_ns or 0) / 1e9, action, args))
        self._order({"act": action, "args": args})

    def close(self) -> None:
        """Ends the process: it goes by itself when its pipe closes. May be called twice."""
        self._end_process()
        if self._own_folder:
            self._own_folder.cleanup()

    # -- about the process -------------------------------------------------------------------------------------------------------

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        return self._process.pid

    def restart(self) -> None:
        """A new process. A file or simulated person goes on after the last reading that was delivered."""
        self._end_process()
        self.restarts += 1
        self._start()

    def reopen(self, info: BoardInfo) -> None:
        """A new process for the same board, whose profile in the data folder has changed. It counts as no restart."""
        self.geometry, self.calibration, self.timing = info.geometry, info.calibration, info.timing
        self._end_process()
        self._start()

    def take_lost(self) -> list[Lost]:
        """Marks of readings that the process had to drop since the last call."""
        taken = list(self._lost)
        self._lost.clear()
        return taken

    def take_presses(self) -> list[Press]:
        """Buttons at the board since the last call, oldest first."""
        taken = list(self._presses)
        self._presses.clear()
        return taken

    def lamp(self, state: LampState) -> None:
        """What the lamp at the board should say; told to the process when it changes."""
        if state != self._lamp:
            self._lamp = state
            self._order({"lamp": state})

    def truth(self) -> dict[str, Any]:
        """What the simulated person really did, times in s of data; {} for other boards, or when no answer comes in 2 s."""
        if self.spec.kind != "simulated" or self._gone:
            return self._truth
        self._truth = {}
        self._order({"truth": True})
        end_s = time.monotonic() + TRUTH_S
        while not self._truth and not self._gone and time.monotonic() < end_s:
            self._pump(0.05)
        return self._truth

    # -- inside ------------------------------------------------------------------------------------------------------------------

    def _start(self) -> None:
        self._unpacker, self._blocks = Unpacker(), list[Readings]()
        self._ended = self._gone = self._told = False
        self._error: tuple[Words, Words] | None = None
        self.hello = {}
        self._lamp = "off"
        take, give = os.pipe()
        os.set_blocking(take, False)
        paths = [str(Path(__file__).resolve().parent.parent), os.environ.get("PYTHONPATH", "")]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "hardware.reader_process", str(give)],
            stdin=subprocess.PIPE,
            pass_fds=(give,),
            env=environment,
            cwd=self._folder,
        )
        os.close(give)
        self._fd: int | None = take
        self._heard_s = time.monotonic()
        start_ns = self._until_ns if self.spec.paced else None
        self._order({"spec": self.spec.to_json(), "speed": self._speed, "start_ns": start_ns, "script": list(self._acts)})

    def _order(self, order: Mapping[str, Any]) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(order).encode() + b"\n")
            self._process.stdin.flush()
        except (BrokenPipeError, ValueError):
            pass  # it is gone: `read` says so

    def _pump(self, timeout_s: float) -> None:
        """Take what the pipe has."""
        if self._fd is None or not select.select([self._fd], [], [], timeout_s)[0]:
            return
        taken = 0
        while taken < TAKE_BYTES:
            try:
                more = os.read(self._fd, 1 << 16)
            except BlockingIOError:
                break
            if not more:
                self._gone = True
                break
            taken += len(more)
            try:
                for message in self._unpacker.feed(more):
                    self._hear(message)
            except BadPipe:
                self._gone = True
                break
        self._heard_s = time.monotonic()

    def _hear(self, message: Message) -> None:
        match message:
            case Readings():
                self._blocks.append(message)
            case Lost():
                self._lost.append(message)
            case Note("hello", doc):
                self.hello = doc
            case Note("counters", doc):
                self.counters = doc
            case Note("truth", doc):
                self._truth = dict(doc)
            case Note("end"):
                self._ended = True
            case Note("button", doc):
                self._presses.append(Press(doc["button"], doc["kind"]))
            case Note("error", doc):
                self._error = (Words.from_json(doc["what"]), Words.from_json(doc["do"]))

    def _taken(self) -> Readings:
        blocks, self._blocks = self._blocks, []
        self._until_ns = max(self._until_ns or 0, blocks[-1].until_ns)
        if len(blocks) == 1:
            return blocks[0]
        cell, t_ns, count, flag = (np.concatenate([getattr(b, c) for b in blocks]) for c in ("cell", "t_ns", "count", "flag"))
        return Readings(cell, t_ns, count, flag, blocks[-1].until_ns)

    def _hangs(self) -> bool:
        return time.monotonic() - self._heard_s > (self._silent_s if self.hello else START_S)

    def _death(self) -> ReaderDied:
        self._told = True
        self._end_process()
        what, do = self._error or (say("board.reader-died"), say("board.reader-died.do"))
        return ReaderDied(what, do, self._process.pid)

    def _end_process(self) -> None:
        process = self._process
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None
        if process.stdin and not process.stdin.closed:
            try:
                process.stdin.close()
            except BrokenPipeError:
                pass
        try:
            process.wait(0.0 if self._told else CLOSE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
