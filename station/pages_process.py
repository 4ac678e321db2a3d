"""The pages as a child process of `run`: started, watched, started again when they die. Under systemd they are a unit of their own."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType

from station.errors import StationError
from station.words import say

AGAIN_S = 2.0
LEAVE_S = 3.0


class PagesProcess:
    """`start` at once; `tick` now and then starts a dead one again, never sooner than every two seconds."""

    def __init__(self, folder: Path, host: str, port: int) -> None:
        self._command = [sys.executable, "-m", *_words(folder), "--host", host, "--port", str(port)]
        self._note = _note(folder)
        self._next_s = 0.0
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> PagesProcess:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def tick(self) -> None:
        now_s = time.monotonic()
        if now_s < self._next_s or (self._process is not None and self._process.poll() is None):
            return
        self._next_s = now_s + AGAIN_S
        self._process = subprocess.Popen(self._command, stdin=subprocess.DEVNULL)
        with contextlib.suppress(OSError):
            self._note.write_text(str(self._process.pid), "ascii")

    def close(self) -> None:
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(LEAVE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def end_leftover(folder: Path) -> None:
    """Pages of a station that was killed go on, so that results stay readable; the folder's next station ends them for its own.

    Only for who holds the folder's lock: otherwise they may be somebody's.
    """
    try:
        pid = int(_note(folder).read_text("ascii"))
        command = subprocess.run(["ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    except (OSError, ValueError):
        return
    if " ".join(_words(folder)) not in command:
        return  # a number used again by somebody else
    asked_s = time.monotonic()
    with contextlib.suppress(ProcessLookupError):
        while (waited_s := time.monotonic() - asked_s) < 2 * LEAVE_S:
            os.kill(pid, signal.SIGTERM if waited_s < LEAVE_S else signal.SIGKILL)
            time.sleep(0.05)


def _words(folder: Path) -> list[str]:
    return ["station", "web", "--data", str(folder)]


def _note(folder: Path) -> Path:
    """Holds the number of the process."""
    return folder / "run" / "pages"


def port_free(host: str, port: int) -> None:
    """Raises StationError when nobody could listen there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise StationError(say("web.port-taken", port=port, reason=error.strerror or str(error)), say("web.port-taken.do")) from error
