"""A file as a board: a CSV of four cells, or a recording of the station. Data time is the file's; nothing is resampled or repaired."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from station.core.calibration import Calibration
from station.core.formats.csv import read_csv
from station.core.formats.recording import MAGIC, SUFFIX, read_recording
from station.core.formats.sidecar import sidecar
from station.core.geometry import Geometry
from station.core.readings import EndOfBoard, Readings, Sample, Timing, timing_from_json
from station.errors import BadFile
from station.words import Words, say

LONGEST_BLOCK_NS = 50_000_000


class ReplayBoard:
    """Gives the readings of a file in their order, in blocks of at most 50 ms of data time, then EndOfBoard.

    calibration: of the recording's header, of the CSV's sidecar, or newtons as they are
    zero_in_file: the calibration's zero belongs to this file, so the file needs no empty plate to be weighed
    resume: pipeline state of a recording's header (frames come out bit for bit as they did live); None for a CSV
    notices: what a person should know about the file (columns ignored, end torn off)
    Raises BadFile naming file, line and column.
    """

    name = "replay"
    demo = False

    def __init__(self, path: str | Path, geometry_file: str | Path | None = None, *, start_ns: int | None = None) -> None:
        """`start_ns`: go on after this time of data; what came up to it has been delivered."""
        self.path = Path(path)
        self.geometry: Geometry
        self.calibration: Calibration
        self.timing: Timing
        self.resume: Mapping[str, Any] | None = None
        self.header: Mapping[str, Any] = {}
        self.notices: tuple[Words, ...] = ()
        if is_recording(self.path):
            blocks = self._open_recording()
        else:
            blocks = [self._open_csv(Path(geometry_file) if geometry_file else None)]
        self._blocks = [b for b in blocks if len(b) or b.until_ns]
        if not any(len(b) for b in self._blocks):
            raise BadFile(say("board.file-empty", file=str(path)), file=str(path))
        self.start_ns = min(int(b.t_ns.min()) for b in self._blocks if len(b))
        """Time of the oldest reading."""
        self.end_ns = max(b.until_ns for b in self._blocks)
        """Nothing follows after this time."""
        self.now_ns = self.start_ns if start_ns is None else max(start_ns, self.start_ns)
        self._block, self._next = 0, 0
        self._highest: npt.NDArray[np.int64] = self._blocks[0].t_ns
        self._enter(0 if start_ns is None else next((k for k, b in enumerate(self._blocks) if b.until_ns > start_ns), len(self._blocks)))
        if start_ns is not None and self._block < len(self._blocks):
            self._next = int(np.searchsorted(self._highest, start_ns))

    @property
    def zero_in_file(self) -> bool:
        return not self.header and self.calibration.calibrated

    def read(self, timeout_s: float) -> Readings:
        """The next `timeout_s` of data, at most 50 ms and no further than a block of the file; empty where the file is silent."""
        if self._block >= len(self._blocks):
            raise EndOfBoard
        block, first = self._blocks[self._block], self._next
        step_ns = max(1, min(round(timeout_s * 1e9), LONGEST_BLOCK_NS))
        if block.until_ns - self.now_ns <= step_ns:
            self.now_ns = max(self.now_ns, block.until_ns)
            self._enter(self._block + 1)
            return _cut(block, slice(first, None), block.until_ns)
        self.now_ns += step_ns
        self._next = max(first, int(np.searchsorted(self._highest, self.now_ns)))
        rest = block.t_ns[self._next :]
        until_ns = min(self.now_ns, int(rest.min())) if len(rest) else self.now_ns
        return _cut(block, slice(first, self._next), until_ns)

    def _enter(self, number: int) -> None:
        self._block, self._next = number, 0
        if number < len(self._blocks):
            self._highest = np.maximum.accumulate(self._blocks[number].t_ns)

    def close(self) -> None:
        """The file was read whole when it was opened."""

    def _open_csv(self, geometry_file: Path | None) -> Readings:
        table = read_csv(self.path)
        if table.kind != "cells":
            raise BadFile(say("board.file-no-cells", file=str(self.path)), file=str(self.path), line=1)
        self.geometry, self.calibration, notices = sidecar(self.path, geometry_file, newtons=table.newtons)
        self.timing = Sample()
        self.notices = (*table.notices, *notices)
        readings = table.to_readings()
        return _cut(readings, slice(None), int(readings.t_ns.max()) + 1 if len(readings) else 0)

    def _open_recording(self) -> list[Readings]:
        recording = read_recording(self.path)
        header = recording.header
        if not header:
            raise BadFile(say("board.file-no-header", file=str(self.path)), file=str(self.path))
        self.header = header
        self.geometry = Geometry.from_json(header["geometry"])
        self.calibration = Calibration.from_json(header["calibration"])
        self.timing = timing_from_json(header["timing"])
        self.resume = header.get("pipeline_state")
        self.notices = tuple(recording.notices)
        return list(recording.blocks)


def is_recording(path: Path) -> bool:
    """By its name or its first bytes. Raises BadFile when it cannot be read."""
    try:
        with path.open("rb") as file:
            return path.name.endswith(SUFFIX) or file.read(len(MAGIC)) == MAGIC
    except OSError as error:
        raise BadFile(say("board.file-unreadable", file=str(path), reason=error.strerror or "?"), file=str(path)) from error


def _cut(block: Readings, where: slice, until_ns: int) -> Readings:
    return Readings(block.cell[where], block.t_ns[where], block.count[where], block.flag[where], until_ns)
