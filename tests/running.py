"""The station as a process of its own, as it runs on a board: started, spoken to over its socket, watched, killed."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from station.commands import Answer, LiveView
from station.live import LiveClient, StationAway

START_S = 90.0
"""A loaded machine loads numpy slowly; nothing here waits longer than it must."""
POLL_S = 0.02


class Running:
    """A station that answers. `seen`: every view that was looked at, oldest first."""

    def __init__(self, folder: Path, process: subprocess.Popen[bytes], log: Path) -> None:
        self.folder, self.process, self.log = folder, process, log
        self.seen: list[LiveView] = []
        end_s = time.monotonic() + START_S
        while True:
            try:
                self._client = LiveClient(folder)
                break
            except StationAway:
                if self.ended(POLL_S) or time.monotonic() > end_s:
                    raise AssertionError(f"the station did not start:\n{log.read_text()}") from None
        self._views = self._client.views()

    def ask(self, cmd: str, **args: object) -> Answer:
        with LiveClient(self.folder) as client:
            return client.request(cmd, **args)

    def until(self, seen: Callable[[LiveView], bool], limit_s: float = 90.0) -> LiveView:
        """The first view from now on for which this is true."""
        end_s = time.monotonic() + limit_s
        with suppress(StationAway):
            for view in self._views:
                self.seen.append(view)
                if seen(view):
                    return view
                if time.monotonic() > end_s:
                    break
        raise AssertionError(f"not within {limit_s} s; the last view was {self.seen[-1:]}\n{self.log.read_text()}")

    def child(self, word: str) -> int:
        """Process number of the reader ("reader_process") or the pages ("station web")."""
        listed = subprocess.run(["ps", "-axww", "-o", "pid=,ppid=,command="], capture_output=True, text=True, check=True).stdout
        for line in listed.splitlines():
            pid, parent, command = line.split(maxsplit=2)
            if int(parent) == self.process.pid and word in command:
                return int(pid)
        raise AssertionError(f"no {word} under {self.process.pid}")

    def kill(self, pid: int | None = None) -> float:
        """kill -9 of the station or of this process; when it was, on the monotonic clock."""
        os.kill(self.process.pid if pid is None else pid, signal.SIGKILL)
        return time.monotonic()

    def ended(self, within_s: float) -> bool:
        try:
            self.process.wait(within_s)
        except subprocess.TimeoutExpired:
            return False
        return True

    def terminate(self) -> int:
        """SIGTERM; the exit code."""
        self.process.terminate()
        return self.process.wait(60.0)

    def close(self) -> None:
        self._client.close()
        if self.process.poll() is None:
            self.process.terminate()
            if not self.ended(30.0):
                self.process.kill()
                self.process.wait()


@contextmanager
def running(folder: Path, *options: str, speed: float = 1.0, headless: bool = True, **env: str) -> Iterator[Running]:
    """`balance-station run --headless` on a folder, until the end of the block."""
    screen = ["--headless"] if headless else []
    command = [sys.executable, "-m", "station", "run", *screen, "--data", str(folder), "--speed", str(speed), *options]
    log = folder.with_name(f"{folder.name}.log")
    with log.open("ab") as out:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env={**os.environ, **env})
    station = None
    try:
        station = Running(folder, process, log)
        yield station
    finally:
        if station:
            station.close()
        elif process.poll() is None:
            process.kill()
            process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def page(port: int) -> int:
    """Status of the front page, 0 when nobody answers."""
    try:
        with socket.create_connection(("127.0.0.1", port), 0.5) as connection:
            connection.sendall(b"GET / HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")
            select.select([connection], [], [], 5.0)
            return int(connection.recv(64).split()[1])
    except (OSError, IndexError):
        return 0
