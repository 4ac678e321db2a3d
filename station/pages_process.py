"""The pages as a child process of `run`: started, watched, started again when they die. Under systemd they are a unit of their own."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType

from station.errors import StationError
from station.words import say

AGAIN_S = 2.0


class PagesProcess:
    """`start` at once; `tick` now and then starts a dead one again, never sooner than every two seconds."""

    def __init__(self, folder: Path, host: str, port: int) -> None:
        self._command = [sys.executable, "-m", "station", "web", "--data", str(folder), "--host", host, "--port", str(port)]
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

    def close(self) -> None:
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(3.0)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def port_free(host: str, port: int) -> None:
    """Raises StationError when nobody could listen there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise StationError(say("web.port-taken", port=port, reason=error.strerror or str(error)), say("web.port-taken.do")) from error
