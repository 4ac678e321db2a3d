"""Writes recordings in a thread of its own, so that the frame loop never waits for a card and never hears its errors.

Killed at any moment, at most the last second is missing: each block goes to the operating system as soon as the thread runs, and to the
card once a second.
"""

from __future__ import annotations

import errno
import logging
import os
import shutil
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Any

from station.core.formats.recording import Kind, Mark, document_payload, lost_payload, mark_payload, readings_payload
from station.core.readings import Lost, Readings
from station.errors import StoreError
from station.store.places import RESERVE, recording_path
from station.store.reel import Reel
from station.words import say

log = logging.getLogger(__name__)
SYNC_S = 1.0
MOST_QUEUED = 4 << 20  # bytes of readings: above ten minutes of four cells, so far more than the 30 s promised
RESERVE_BYTES = 4 << 20  # given up when the card is full: a running trial of ten minutes still lands
LEAST_FREE_BYTES = 200 << 20
_ROW_BYTES = 32


@dataclass(slots=True)
class _Missed:
    """Readings that found the queue full: told in the recording as soon as there is room again."""

    cells: set[int]
    n: int
    from_ns: int
    to_ns: int


class RecordingWriter:
    """Recordings of a data folder. Several may be open: the tail of one trial may overlap the next.

    A context manager; leaving it writes what is queued, syncs and closes. No method raises for a card that refuses: `problem` tells.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._queue: SimpleQueue[tuple[Callable[..., None], tuple[Any, ...], int] | None] = SimpleQueue()
        self._queued = 0
        self._lock = threading.Lock()
        self._missed: dict[str, _Missed] = {}
        self._reels: dict[str, Reel] = {}
        self._finished: deque[Reel] = deque()  # closed, but not yet surely on the card
        self._problem: StoreError | None = None
        self._thread = threading.Thread(target=self._run, name="recordings", daemon=True)
        self._thread.start()

    def __enter__(self) -> RecordingWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.shut()

    # --- called from the frame loop; nothing here waits ------------------------------------------------------------------------

    @property
    def problem(self) -> StoreError | None:
        """Why the newest writes did not reach the card, None when they did."""
        return self._problem

    @property
    def queued_bytes(self) -> int:
        return self._queued

    def open(self, header: Mapping[str, Any]) -> Path:
        """Begin the recording of `header["trial_id"]`; gives back where it lies. Raises ValueError for an id with a path in it."""
        path = recording_path(self._folder, header)
        self._put(self._open, str(header["trial_id"]), path, dict(header))
        return path

    def readings(self, trial_id: str, readings: Readings) -> None:
        size = _ROW_BYTES * (len(readings) + 4)
        if self._queued + size > MOST_QUEUED:
            self._miss(trial_id, readings)
            return
        if trial_id in self._missed:
            missed = self._missed.pop(trial_id)
            self.lost(trial_id, Lost(tuple(sorted(missed.cells)), missed.n, missed.from_ns, missed.to_ns))
        self._put(self._write, trial_id, Kind.READINGS, readings, size=size)

    def lost(self, trial_id: str, lost: Lost) -> None:
        """The reader had to drop readings: told in the recording."""
        self._put(self._write, trial_id, Kind.LOST, lost)

    def mark(self, trial_id: str, t_ns: int, kind: str) -> None:
        self._put(self._write, trial_id, Kind.MARK, Mark(t_ns, kind))

    def close(self, trial_id: str, footer: Mapping[str, Any] | None) -> None:
        """The recording is complete. Without a footer it stays marked as cut short."""
        self._put(self._close, trial_id, None if footer is None else dict(footer))

    # --- may wait for the card -------------------------------------------------------------------------------------------------

    def settle(self) -> None:
        """Wait until everything handed over so far is on the card, or has been refused."""
        done = threading.Event()
        self._put(self._settle, done)
        done.wait()

    def shut(self) -> None:
        """Write what is queued, close every file, end the thread. Again does nothing."""
        if self._thread.is_alive():
            self._queue.put(None)
            self._thread.join()

    def ready(self) -> StoreError | None:
        """Why no trial should start now: the card is nearly full or cannot be written. Writes a probe, so not for the frame loop."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            free = shutil.disk_usage(self._folder).free
            if free < LEAST_FREE_BYTES:
                return StoreError(say("store.nearly-full", mb=free >> 20), say("store.full.do"))
            probe = self._folder / ".probe"
            fd = os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o640)
            try:
                os.write(fd, b"probe")
                os.fsync(fd)
            finally:
                os.close(fd)
                probe.unlink()
            self._reserve()
        except OSError as error:
            return _told(error)
        return None

    # --- the thread ------------------------------------------------------------------------------------------------------------

    def _put(self, work: Callable[..., None], *args: Any, size: int = 0) -> None:
        with self._lock:
            self._queued += size
        self._queue.put((work, args, size))

    def _miss(self, trial_id: str, readings: Readings) -> None:
        cells = set(readings.cell.tolist())
        missed = self._missed.setdefault(trial_id, _Missed(set(), 0, readings.until_ns, readings.until_ns))
        missed.cells |= cells
        missed.n += len(readings)
        missed.to_ns = readings.until_ns
        self._problem = StoreError(say("store.slow", n=missed.n), say("store.slow.do"))

    def _run(self) -> None:
        next_s = time.monotonic() + SYNC_S
        while True:
            try:
                item = self._queue.get(timeout=max(0.0, next_s - time.monotonic()))
                if item is None:
                    break
                work, args, size = item
                self._guarded(work, *args)
                with self._lock:
                    self._queued -= size
            except Empty:
                pass
            if time.monotonic() >= next_s:
                self._sync()
                next_s = time.monotonic() + SYNC_S
        self._sync()
        for reel in (*self._reels.values(), *self._finished):
            reel.close()

    def _guarded(self, work: Callable[..., None], *args: Any) -> None:
        try:
            work(*args)
        except OSError as error:
            self._refused(error)
        except Exception:  # the thread must outlive one bad piece of work
            log.exception("a recording could not be written")
            self._problem = StoreError(say("store.unwritable", reason="?"), say("store.unwritable.do"))

    def _open(self, trial_id: str, path: Path, header: Mapping[str, Any]) -> None:
        self._reels[trial_id] = reel = Reel(path, header)
        reel.start()

    def _write(self, trial_id: str, kind: Kind, content: Any) -> None:
        reel = self._reels.get(trial_id)
        if reel is not None:
            reel.put(kind, _PAYLOADS[kind](content))

    def _close(self, trial_id: str, footer: Mapping[str, Any] | None) -> None:
        reel = self._reels.pop(trial_id, None)
        if reel is None:
            return
        self._finished.append(reel)
        if footer is not None:
            reel.put(Kind.FOOTER, document_payload(footer))

    def _settle(self, done: threading.Event) -> None:
        self._sync()
        done.set()

    def _sync(self) -> None:
        """All open recordings to the card; one that was refused goes on in a new file."""
        troubled = False
        for reel in [*self._reels.values(), *self._finished]:
            try:
                if reel.lost_its_file():
                    reel.rescue()
                if reel.dirty:
                    reel.sync()
            except OSError as error:
                self._refused(error)
                troubled = True
        for reel in [r for r in self._finished if not r.dirty]:
            reel.close()
            self._finished.remove(reel)
        if not troubled and not self._missed:
            self._problem = None

    def _refused(self, error: OSError) -> None:
        log.warning("the card refused a write: %s", error)
        self._problem = _told(error)
        if error.errno == errno.ENOSPC:
            (self._folder / RESERVE).unlink(missing_ok=True)

    def _reserve(self) -> None:
        path = self._folder / RESERVE
        if not path.exists():
            path.write_bytes(bytes(RESERVE_BYTES))


_PAYLOADS: Mapping[Kind, Callable[[Any], bytes]] = {Kind.READINGS: readings_payload, Kind.LOST: lost_payload, Kind.MARK: mark_payload}


def _told(error: OSError) -> StoreError:
    reason = error.strerror or str(error)
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StoreError(say("store.full"), say("store.full.do"))
    return StoreError(say("store.unwritable", reason=reason), say("store.unwritable.do"))
