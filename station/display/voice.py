"""The voice: sentences to WAV files by espeak-ng, each once, in a thread of its own. Without it the words are only on the screen."""

from __future__ import annotations

import hashlib
import logging
import os
import queue
import shutil
import subprocess
import threading
from pathlib import Path

log = logging.getLogger(__name__)

WORDS_PER_MIN = 150
TIMEOUT_S = 10.0
PROGRAM = "espeak-ng"


class Voice:
    """Speaks one language. `folder` keeps the files; it is made when the first is written.

    available: espeak-ng is installed and has not failed
    """

    def __init__(self, folder: Path, language: str, *, program: str = PROGRAM) -> None:
        self._folder = folder
        self._language = language
        self._program = shutil.which(program)
        self.available = self._program is not None
        self._asked: set[str] = set()
        self._work: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def file(self, text: str) -> Path | None:
        """The WAV of a sentence when it is ready. The first time it is asked for it is not: ask again with the next picture."""
        path = self._path(text)
        if path.exists():
            return path
        if self.available and text not in self._asked:
            self._asked.add(text)
            self._start()
            self._work.put(text)
        return None

    def close(self) -> None:
        """End the thread; what is being rendered is finished first."""
        if self._thread is not None:
            self._work.put(None)
            self._thread.join(TIMEOUT_S)
            self._thread = None

    def _path(self, text: str) -> Path:
        name = hashlib.sha256(f"{self._language} {WORDS_PER_MIN} {text}".encode()).hexdigest()[:24]
        return self._folder / f"{name}.wav"

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._render_all, name="voice", daemon=True)
            self._thread.start()

    def _render_all(self) -> None:
        while (text := self._work.get()) is not None:
            if not self.available:
                continue
            try:
                self._render(text)
            except (OSError, subprocess.SubprocessError):
                self.available = False
                log.exception("%s failed; the voice is off", self._program)

    def _render(self, text: str) -> None:
        """Written beside its place and moved there, so that a half-written file is never played."""
        path = self._path(text)
        path.parent.mkdir(parents=True, exist_ok=True)
        half = path.with_suffix(f".{os.getpid()}.part")
        command = [str(self._program), "-v", self._language, "-s", str(WORDS_PER_MIN), "-w", str(half), "--stdin"]
        subprocess.run(command, input=text.encode(), check=True, timeout=TIMEOUT_S, capture_output=True)
        half.replace(path)
