"""What time it is, and whether anybody can know: moments carry both clocks, so that a date can be repaired later."""

from __future__ import annotations

import ctypes
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
SYNCHRONIZED = Path("/run/systemd/timesync/synchronized")
MODEL = Path("/proc/device-tree/model")
TIME_ERROR = 5  # adjtimex(2): the clock is not synchronised


@dataclass(frozen=True, slots=True)
class Moment:
    """mono_ns: since this boot; wall_ns: since 1970, to be believed only when `synced`; boot_id: which boot `mono_ns` counts from."""

    mono_ns: int
    wall_ns: int
    synced: bool
    boot_id: str

    def to_json(self) -> dict[str, Any]:
        """The wall anchor of a recording's header."""
        return asdict(self)


Clock = Callable[[], Moment]


def system_clock() -> Moment:
    """Now, by this machine."""
    return Moment(time.monotonic_ns(), time.time_ns(), date_known(), _boot_id())


def date_known() -> bool:
    """Whether the wall clock can be believed: off a Raspberry Pi always (a battery keeps it), on one after the network told it."""
    if not _is_pi() or SYNCHRONIZED.exists():
        return True
    adjtimex = getattr(ctypes.CDLL(None), "adjtimex", None)
    return adjtimex is not None and 0 <= int(adjtimex(ctypes.create_string_buffer(512))) < TIME_ERROR


def days_since(date: str) -> float | None:
    """Whole days from an ISO date to today; None without a date, or while nobody knows what day it is."""
    try:
        then = datetime.fromisoformat(date).date()
    except ValueError:
        return None
    return float((datetime.now().astimezone().date() - then).days) if date_known() else None


def _is_pi() -> bool:
    try:
        return sys.platform == "linux" and MODEL.read_bytes().startswith(b"Raspberry Pi")
    except OSError:
        return False


def _boot_id() -> str:
    try:
        return BOOT_ID.read_text("ascii").strip()
    except OSError:
        return f"{(time.time_ns() - time.monotonic_ns()) // 60_000_000_000}"  # the minute of the boot, where no kernel names it
