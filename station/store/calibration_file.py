"""The board's calibration on disk: written whole or not at all, and the one before stays beside it."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from station.errors import FolderUnwritable

BUFFER = "new"


def keep_calibration(path: Path, document: Mapping[str, Any]) -> Path | None:
    """Writes `document` ({"geometry", "calibration", "report"}) to `path`; returns where the one before was kept, None when there was none.

    Temporary file, fsync, rename, fsync of the folder: a process killed at any moment leaves the old file or the new one, whole. The
    old one is kept as `calibration-<date>-<id>.json` first, by its own date and id. Raises FolderUnwritable.
    """
    text = json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        kept = _keep_old(path)
        _write(path, text.encode())
    except OSError as error:
        raise FolderUnwritable(str(path.parent), error.strerror or type(error).__name__) from error
    return kept


def _keep_old(path: Path) -> Path | None:
    try:
        old = path.read_bytes()
    except FileNotFoundError:
        return None
    name = f"{path.stem}-{_label(old)}"
    kept, n = path.with_name(f"{name}{path.suffix}"), 2
    while kept.exists() and kept.read_bytes() != old:  # two of one day without an id
        kept, n = path.with_name(f"{name}-{n}{path.suffix}"), n + 1
    if not kept.exists():
        _write(kept, old)
    return kept


def _label(document: bytes) -> str:
    """Date and id as they stand in the file; whatever it holds, it is kept."""
    try:
        calibration = json.loads(document)["calibration"]
        parts = [str(calibration["date"]), str(calibration["id"])]
    except (ValueError, KeyError, TypeError):
        parts = []
    plain = [re.sub(r"[^0-9A-Za-z-]", "", part)[:40] for part in parts]
    return "-".join(part for part in plain if part) or "unknown"


def _write(path: Path, content: bytes) -> None:
    fresh = path.with_name(f"{path.name}.{BUFFER}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(descriptor)
    fresh.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
