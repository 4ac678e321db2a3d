"""Where things lie in the data folder."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from station.core.formats.recording import SUFFIX, is_part

DATABASE = "station.db"
LOCK = "lock"
RECORDINGS = "recordings"
RESERVE = "reserve"
PIN = "pin.json"

_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,63}")


def recording_path(folder: Path, header: Mapping[str, Any]) -> Path:
    """`recordings/<year-month>/<trial>.rec`; filed by the boot while nobody knows the date. Simulated ones lie in `demo-...`.

    Raises ValueError for an id with a path in it.
    """
    trial_id = str(header["trial_id"])
    if not _ID.fullmatch(trial_id):
        raise ValueError("a trial's id is letters, digits and hyphens")
    wall = header.get("wall") or {}
    if wall.get("synced"):
        group = datetime.fromtimestamp(int(wall["wall_ns"]) / 1e9, UTC).strftime("%Y-%m")
    else:
        group = "boot-" + re.sub(r"[^0-9A-Za-z-]", "", str(header.get("boot_id") or "unknown"))
    demo = "demo-" if header.get("demo") else ""
    return folder / RECORDINGS / f"{demo}{group}" / f"{trial_id}{SUFFIX}"


def find_recording(folder: Path, trial_id: str) -> Path | None:
    """The recording of a trial, wherever it was filed."""
    if not _ID.fullmatch(trial_id):
        return None
    return next(iter(sorted((folder / RECORDINGS).glob(f"*/{trial_id}{SUFFIX}"))), None)


def recordings(folder: Path) -> Iterator[Path]:
    """Every recording of the folder, without the files that only continue one."""
    for path in sorted((folder / RECORDINGS).glob(f"*/*{SUFFIX}")):
        if path.is_file() and not is_part(path):
            yield path
