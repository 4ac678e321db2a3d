"""Who gave the staff PIN, and how often it may be guessed: sessions of 15 idle minutes, a delay for the whole station that doubles."""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from station.store.secrets import verify_pin

IDLE_S = 15 * 60.0
MOST_S = 8 * 3600.0
FREE_TRIES = 5
LONGEST_DELAY_S = 900.0


@dataclass(slots=True)
class _Login:
    since_s: float
    used_s: float

    def over(self, now_s: float) -> bool:
        return now_s - self.used_s > IDLE_S or now_s - self.since_s > MOST_S


class Sessions:
    """Logins live in memory: a restart ends them all. `clock_s` is monotonic, so that a clock that jumps logs nobody out.

    The count of wrong tries outlives a restart. It delays these pages only: at the screen itself the PIN is not asked for.
    """

    def __init__(self, folder: Path, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._folder = folder
        self._clock_s = clock_s
        self._tries_file = folder / "run" / "pin-tries.json"
        self._logins: dict[str, _Login] = {}
        self._lock = threading.Lock()
        self._trying = threading.Lock()  # one PIN at a time: the hash is slow on purpose
        self._wrong = self._kept()
        self._next_s = clock_s() + self._delay_s()

    def wait_s(self) -> float:
        """Seconds until the next try is looked at; one delay for the station, since addresses on a network are free."""
        return max(0.0, self._next_s - self._clock_s())

    def login(self, pin: str) -> str | None:
        """A new session id for the right PIN, else None. While `wait_s` is above 0 nothing is compared."""
        with self._trying:
            if self.wait_s() > 0:
                return None
            right = verify_pin(self._folder, pin)
            self._wrong = 0 if right else self._wrong + 1
            self._next_s = self._clock_s() + self._delay_s()
            self._keep()
        if not right:
            return None
        name, now_s = secrets.token_urlsafe(24), self._clock_s()
        with self._lock:
            self._logins = {k: v for k, v in self._logins.items() if not v.over(now_s)}
            self._logins[name] = _Login(now_s, now_s)
        return name

    def knows(self, name: str, *, awake: bool = True) -> bool:
        """Whether this session is staff's; every look keeps it awake, but for those of a page that looks by itself."""
        now_s = self._clock_s()
        with self._lock:
            login = self._logins.get(name)
            if login is None or login.over(now_s):
                self._logins.pop(name, None)
                return False
            if awake:
                login.used_s = now_s
            return True

    def logout(self, name: str) -> None:
        with self._lock:
            self._logins.pop(name, None)

    def _delay_s(self) -> float:
        return 0.0 if self._wrong < FREE_TRIES else min(LONGEST_DELAY_S, 2.0 ** min(self._wrong - FREE_TRIES + 1, 10))

    def _kept(self) -> int:
        try:
            return max(0, int(json.loads(self._tries_file.read_text("utf-8"))["wrong"]))
        except (OSError, ValueError, KeyError, TypeError):
            return 0

    def _keep(self) -> None:
        try:
            self._tries_file.parent.mkdir(parents=True, exist_ok=True)
            self._tries_file.write_text(json.dumps({"wrong": self._wrong}), "utf-8")
        except OSError:
            return  # a folder that cannot be written keeps the count in memory
