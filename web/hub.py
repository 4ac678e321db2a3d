"""The newest view of the station, shared by every page that watches it: one connection to the live socket for the whole web process."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from station.commands import Answer, LiveView
from station.live import LiveClient, StationAway

Told = Callable[[LiveView | None], str]
"""One view as a server-sent event, None: the station is away; "" when this viewer has nothing new to see."""

log = logging.getLogger(__name__)
MOST_VIEWERS = 16  # of waitress's 24 threads; the 17th polls once a second instead
RETRY_S = 0.5
SILENT_S = 2.0  # a station that sends no view for so long is away: it sends 20 a second
QUIET_S = 15.0  # a comment keeps proxies and dead clients honest
PING = ": ping\n\n"
TELL_AGAIN_S = 10.0  # addresses of a network may come and change later


class Hub:
    """Follows the station in a thread of its own; `newest` is None while it is away. Close it with the application."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._fresh = threading.Condition()
        self._closing = threading.Event()
        self._view: LiveView | None = None
        self._ended: dict[str, Any] | None = None
        self._count = 0
        self._viewers = 0
        self._client: LiveClient | None = None
        self._urls: Callable[[], list[str]] | None = None
        self._thread = threading.Thread(target=self._follow, name="hub", daemon=True)
        self._thread.start()

    @property
    def newest(self) -> LiveView | None:
        return self._view

    @property
    def ended(self) -> dict[str, Any] | None:
        """The sheet of the last guided procedure that came to its end, so that a phone that was away still learns how it ended."""
        return self._ended

    @property
    def viewers(self) -> int:
        return self._viewers

    def reach(self, urls: Callable[[], list[str]]) -> None:
        """Where phones reach these pages; told to the station at each connection and when it changes (it has no network of its own)."""
        self._urls = urls

    def ask(self, cmd: str, **args: object) -> Answer:
        """One command to the station. Raises StationAway."""
        with LiveClient(self._folder) as client:
            return client.request(cmd, **args)

    def enter(self) -> bool:
        """Take a viewer's place; False when all are taken. Who entered must `leave`."""
        with self._fresh:
            if self._viewers >= MOST_VIEWERS:
                return False
            self._viewers += 1
            return True

    def leave(self) -> None:
        with self._fresh:
            self._viewers -= 1

    def events(self, told: Told, gap_s: float = 0.0) -> Iterator[str]:
        """Server-sent events: every new view as `told` writes it, at least `gap_s` apart; a comment when nothing is new for long."""
        seen, next_ping_s = -1, time.monotonic() + QUIET_S
        while not self._closing.is_set():
            with self._fresh:
                fresh = self._fresh.wait_for(partial(self._newer, seen), timeout=QUIET_S)
                seen, view = self._count, self._view
            event = told(view) if fresh else ""
            if event or time.monotonic() >= next_ping_s:
                next_ping_s = time.monotonic() + QUIET_S
                yield event or PING
            if gap_s:
                self._closing.wait(gap_s)

    def _newer(self, seen: int) -> bool:
        return self._count != seen or self._closing.is_set()

    def close(self) -> None:
        self._closing.set()
        with self._fresh:
            self._fresh.notify_all()
            client = self._client
        if client is not None:
            client.close()
        self._thread.join(timeout=2)

    def _follow(self) -> None:
        while not self._closing.is_set():
            try:
                with LiveClient(self._folder, timeout_s=SILENT_S) as client:
                    self._client = client
                    self._watch(client)
            except StationAway:
                pass
            except ValueError:  # not a line of our station: told once, tried again
                log.exception("the live socket speaks another language")
            if self._view is not None:
                self._put(None)
            self._closing.wait(RETRY_S)

    def _watch(self, client: LiveClient) -> None:
        """Every view until the station is away; now and then tells it where the pages are."""
        told: list[str] | None = None
        next_s = 0.0
        for view in client.views():
            self._put(view)
            if self._closing.is_set():
                return
            find = self._urls
            if find is None or time.monotonic() < next_s:
                continue
            next_s = time.monotonic() + TELL_AGAIN_S
            urls = find()
            if urls != told:
                client.request("addresses", urls=urls)
                told = urls

    def _put(self, view: LiveView | None) -> None:
        with self._fresh:
            self._view = view
            if view is not None and view.sheet is not None and view.sheet.get("over"):
                self._ended = view.sheet
            self._count += 1
            self._fresh.notify_all()
