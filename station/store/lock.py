"""One station a data folder: an advisory lock that ends with the process, whatever ends it."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from station.errors import FolderBusy, FolderUnwritable
from station.store.places import LOCK


class FolderLock:
    """Holds `<folder>/lock` until closed. Raises FolderBusy when another process (or another store of this one) holds it."""

    def __init__(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._fd = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
        except OSError as error:
            raise FolderUnwritable(str(folder), error.strerror or str(error)) from error
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._fd)
            raise FolderBusy(str(folder)) from error
        os.ftruncate(self._fd, 0)
        os.write(self._fd, f"{os.getpid()}\n".encode())

    def close(self) -> None:
        os.close(self._fd)
