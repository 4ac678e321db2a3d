"""The newest view of the station, shared by every page that watches it: one connection to the live socket for the whole web process."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path

from station.commands import Answer, LiveView
from station.live import LiveClient, StationAway

MOST_VIEWERS = 16  # of waitress's 24 threads; the 17th polls once a second instead
RETRY_S = 0.5
QUIET_S = 15.0  # a comment keeps proxies and dead clients honest


class Hub:
    """Follows the station in a thread of its own; `newest` is None while it is away. Close it with the application."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._fresh = threading.Condition()
        self._view: LiveView | None = None
        self._count = 0
        self._open = True
        self._viewers = 0
        self._addresses: list[str] = []
        self._thread = threading.Thread(target=self._follow, name="hub", daemon=True)
        self._thread.start()

    @property
    def newest(self) -> LiveView | None:
        return self._view

    def reach(self, urls: list[str]) -> None:
        """Addresses where phones reach these pages; told to the station at each connection (it has no network of its own)."""
        self._addresses = urls

    def ask(self, cmd: str, **args: object) -> Answer:
        """One command to the station. Raises StationAway."""
        with LiveClient(self._folder) as client:
            return client.request(cmd, **args)

    def enter(self) -> bool:
        """Take a viewer's place; False when all are taken."""
        with self._fresh:
            if self._viewers >= MOST_VIEWERS:
                return False
            self._viewers += 1
            return True

    def leave(self) -> None:
        with self._fresh:
            self._viewers -= 1

    def events(self) -> Iterator[str]:
        """Server-sent events: every new view, `away` when the station is gone, a comment when nothing is new."""
        seen = -1
        while self._open:
            with self._fresh:
                count = seen
                if self._fresh.wait_for(lambda: self._count != count or not self._open, timeout=QUIET_S):
                    seen, view = self._count, self._view
                else:
                    view = None
                    count = -2
            if count == -2:
                yield ": ping\n\n"
            elif view is None:
                yield "event: away\ndata: {}\n\n"
            else:
                yield f"event: view\ndata: {view.model_dump_json(exclude_none=True)}\n\n"

    def close(self) -> None:
        self._open = False
        with self._fresh:
            self._fresh.notify_all()
        self._thread.join(timeout=2)

    def _follow(self) -> None:
        pause = threading.Event()
        while self._open:
            with contextlib.suppress(StationAway), LiveClient(self._folder, timeout_s=2.0) as client:
                if self._addresses:
                    client.request("addresses", urls=self._addresses)
                for view in client.views():
                    self._put(view)
                    if not self._open:
                        return
            if self._view is not None:
                self._put(None)
            pause.wait(RETRY_S)

    def _put(self, view: LiveView | None) -> None:
        with self._fresh:
            self._view = view
            self._count += 1
            self._fresh.notify_all()
