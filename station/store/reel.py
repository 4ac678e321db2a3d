"""One recording being written: frames go to the operating system at once and to the card once a second."""

from __future__ import annotations

import errno
import os
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from station.core.formats.recording import FORMAT, Kind, document_payload, frame, part_path, tag_of

MOST_KEPT = 8 << 20  # bytes held while the card refuses: about 25 min of four cells


class Reel:
    """Append only, one frame a write. A file that the card refuses is left as it is, and the recording goes on in a new one.

    What was written since the last good sync is kept and repeated there: the kernel may have dropped it (a reader takes each
    number once). Used by one thread alone.
    """

    def __init__(self, path: Path, header: Mapping[str, Any]) -> None:
        self.path = path
        self.gone = 0  # frames given up because the card refused for too long
        self._tag = tag_of(str(header["trial_id"]))
        self._head = frame(Kind.HEADER, self._tag, 0, document_payload({"format": FORMAT, **header}))
        self._number = 1
        self._part = 0
        self._fd = -1
        self._unsure: deque[bytes] = deque()
        self._kept = 0

    @property
    def open(self) -> bool:
        return self._fd >= 0

    @property
    def dirty(self) -> bool:
        return bool(self._unsure) or not self.open

    def start(self) -> None:
        """Open the next file and write what is not surely on the card. Raises OSError."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        again = self._part and not part_path(self.path, self._part).exists()
        part = self._part if again else self._part + 1
        fd = os.open(part_path(self.path, part), os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o640)
        self._part = part
        try:
            for each in (self._head, *self._unsure):
                _write_all(fd, each)
            _sync_folder(self.path.parent)
        except OSError:
            os.close(fd)
            raise
        self._fd = fd

    def put(self, kind: Kind, payload: bytes) -> None:
        """One frame more. Raises OSError when the card refuses; the frame is kept and comes with the next `start`."""
        made = frame(kind, self._tag, self._number, payload)
        self._number += 1
        self._unsure.append(made)
        self._kept += len(made)
        while self._kept > MOST_KEPT:
            self._kept -= len(self._unsure.popleft())
            self.gone += 1
        if self.open:
            self._guarded(_write_all, made)

    def sync(self) -> None:
        """Everything so far is on the card when this returns. Raises OSError."""
        if not self.open:
            self.start()
        self._guarded(_sync)
        self._unsure.clear()
        self._kept = 0

    def close(self) -> None:
        if self.open:
            os.close(self._fd)
            self._fd = -1

    def lost_its_file(self) -> bool:
        """Somebody removed or replaced the file: writes would go nowhere."""
        if not self.open:
            return False
        try:
            there, here = os.stat(part_path(self.path, self._part)), os.fstat(self._fd)
        except OSError:
            return True
        return (there.st_ino, there.st_dev) != (here.st_ino, here.st_dev)

    def rescue(self) -> None:
        """Write all that the removed file still holds into a new one. Raises OSError."""
        fd = os.open(f"/proc/self/fd/{self._fd}", os.O_RDONLY) if os.path.exists(f"/proc/self/fd/{self._fd}") else -1
        if fd < 0:
            raise OSError(errno.ENOENT, os.strerror(errno.ENOENT))
        with os.fdopen(fd, "rb") as old:
            whole = old.read()
        self.close()
        self._unsure.appendleft(whole)
        self._kept += len(whole)
        self.start()

    def _guarded(self, work: Any, *args: Any) -> None:
        try:
            work(self._fd, *args)
        except OSError:
            self.close()
            raise


def _write_all(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def _sync(fd: int) -> None:
    getattr(os, "fdatasync", os.fsync)(fd)


def _sync_folder(folder: Path) -> None:
    """A new file's name is safe only when its folder is; a new folder's only when the one above is."""
    for each in (folder, folder.parent):
        fd = os.open(each, os.O_RDONLY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)
