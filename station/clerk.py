"""The one thread that writes the database, so that no frame ever waits for a disk.

`ask` hands over a piece of work on the open store; what it returns is given to `then` by `poll`, in the caller's own thread.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Any, TypeVar

from station.errors import StationError
from station.store.store import Store

log = logging.getLogger(__name__)
T = TypeVar("T")
Failed = Callable[[StationError], None]


class Clerk:
    """Owns the open store. A context manager: entering opens the folder (and raises what that raises), leaving finishes all work."""

    def __init__(self, folder: Path, software: str = "") -> None:
        self._folder = folder
        self._software = software
        self._work: SimpleQueue[tuple[Callable[[Store], Any], Callable[[Any], None] | None, Failed | None] | None] = SimpleQueue()
        self._done: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._opened = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="clerk")

    def __enter__(self) -> Clerk:
        self._thread.start()
        try:
            self._opened.wait()
        except BaseException:  # told to stop while the folder is being opened
            self._work.put(None)
            raise
        if self._failure is not None:
            self._thread.join()
            raise self._failure
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._work.put(None)
        self._thread.join()
        self.poll()

    def ask(self, work: Callable[[Store], T], then: Callable[[T], None] | None = None, failed: Failed | None = None) -> None:
        """Do `work(store)` in the clerk's thread, in order; `then(result)` or `failed(error)` runs at the next `poll`."""
        self._work.put((work, then, failed))

    def poll(self) -> None:
        """Run what finished since the last call."""
        while True:
            try:
                self._done.get_nowait()()
            except Empty:
                return

    def wait(self, work: Callable[[Store], T]) -> T:
        """Do it and wait: for command lines and start-up, never in the frame loop."""
        answer: SimpleQueue[tuple[bool, Any]] = SimpleQueue()

        def tried(store: Store) -> None:
            try:
                answer.put((True, work(store)))
            except Exception as error:  # noqa: BLE001 - handed to the caller's thread whole
                answer.put((False, error))

        self.ask(tried)
        fine, value = answer.get()
        if not fine:
            raise value
        result: T = value
        return result

    def _run(self) -> None:
        try:
            store = Store.open(self._folder, self._software)
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that enters
            self._failure = error
            self._opened.set()
            return
        with store:
            self._opened.set()
            while (item := self._work.get()) is not None:
                self._do(store, *item)

    def _do(self, store: Store, work: Callable[[Store], Any], then: Callable[[Any], None] | None, failed: Failed | None) -> None:
        try:
            value = work(store)
        except StationError as error:
            if failed is None:
                log.error("the store refused: %s", error.what.id)
            else:
                refuse, told = failed, error
                self._done.put(lambda: refuse(told))
        except Exception:  # the thread must outlive one bad piece of work
            log.exception("the store failed")
        else:
            if then is not None:
                finish = then
                self._done.put(lambda: finish(value))
