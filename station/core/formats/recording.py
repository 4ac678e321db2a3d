"""A recording: one append-only file a trial, made of frames that each carry their own length, number and CRC-32.

Layout of a frame, little endian:

    magic 4 s | kind u8 | tag u32 | number u32 | length u32 | payload | crc32 u32 of everything before it in the frame

`tag` is the CRC-32 of the trial's id, so that a frame of another file is never taken for one of this; `number` counts from 0, so that a
missing frame is seen and a frame written twice (a writer that went on in a new file) is read once. A reading packs to 15 bytes.
The reader never refuses: it gives back every whole frame and says what is missing. A header holds no name of a person, ever.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import Any

import numpy as np

from station.core.readings import CELLS, Lost, Readings
from station.errors import BadFile
from station.words import Words, say

FORMAT = 1
SUFFIX = ".rec"
MAGIC = b"\xf5BR1"
MOST_PAYLOAD = 1 << 24  # a length above this is damage, not a frame

_HEAD = struct.Struct("<4sBIII")
_CRC = struct.Struct("<I")
_UNTIL = struct.Struct("<q")
_ROW = np.dtype([("cell", "u1"), ("t_ns", "<i8"), ("count", "<i4"), ("flag", "<u2")])


class Kind(IntEnum):
    """Stored: never renumber."""

    HEADER = 1
    READINGS = 2
    MARK = 3
    LOST = 4
    FOOTER = 5


@dataclass(frozen=True, slots=True)
class Mark:
    """A key of operator or helper at `t_ns` of the board's clock."""

    t_ns: int
    kind: str


@dataclass(frozen=True, slots=True)
class Recording:
    """What a file still holds. `header` is empty when its frame is gone; `footer` is None when the recording was never closed.

    blocks: readings exactly as they were fed to the pipeline, block for block
    notices: what is missing or damaged, in words
    """

    header: Mapping[str, Any] = field(default_factory=dict)
    blocks: tuple[Readings, ...] = ()
    marks: tuple[Mark, ...] = ()
    lost: tuple[Lost, ...] = ()
    footer: Mapping[str, Any] | None = None
    notices: tuple[Words, ...] = ()

    @property
    def closed(self) -> bool:
        return self.footer is not None

    @property
    def until_ns(self) -> int | None:
        """Time up to which readings are here, None without any."""
        return self.blocks[-1].until_ns if self.blocks else None


# --- writing ---------------------------------------------------------------------------------------------------------------------------


def tag_of(trial_id: str) -> int:
    return zlib.crc32(trial_id.encode())


def frame(kind: Kind, tag: int, number: int, payload: bytes) -> bytes:
    """One whole frame. Raises ValueError for a payload above 16 MB."""
    if len(payload) > MOST_PAYLOAD:
        raise ValueError(f"payload of {len(payload)} bytes is above {MOST_PAYLOAD}")
    body = _HEAD.pack(MAGIC, kind, tag, number, len(payload)) + payload
    return body + _CRC.pack(zlib.crc32(body))


def document_payload(doc: Mapping[str, Any]) -> bytes:
    """Header or footer. Floats survive exactly; numpy scalars become plain numbers."""
    return json.dumps(doc, separators=(",", ":"), default=_plain).encode()


def readings_payload(readings: Readings) -> bytes:
    rows = np.empty(len(readings), _ROW)
    rows["cell"], rows["t_ns"], rows["count"], rows["flag"] = readings.cell, readings.t_ns, readings.count, readings.flag
    return _UNTIL.pack(readings.until_ns) + rows.tobytes()


def mark_payload(mark: Mark) -> bytes:
    return document_payload({"t_ns": mark.t_ns, "kind": mark.kind})


def lost_payload(lost: Lost) -> bytes:
    return document_payload({"cells": list(lost.cells), "n": lost.n, "from_ns": lost.from_ns, "to_ns": lost.to_ns})


def encode(recording: Recording) -> bytes:
    """A whole recording at once, in the order header, readings, marks, lost, footer. `header["trial_id"]` must be there."""
    payloads = [(Kind.HEADER, document_payload({"format": FORMAT, **recording.header}))]
    payloads += [(Kind.READINGS, readings_payload(block)) for block in recording.blocks]
    payloads += [(Kind.MARK, mark_payload(mark)) for mark in recording.marks]
    payloads += [(Kind.LOST, lost_payload(lost)) for lost in recording.lost]
    if recording.footer is not None:
        payloads.append((Kind.FOOTER, document_payload(recording.footer)))
    tag = tag_of(str(recording.header["trial_id"]))
    return b"".join(frame(kind, tag, number, payload) for number, (kind, payload) in enumerate(payloads))


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} does not go into a recording")


# --- reading ---------------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Frame:
    kind: Kind
    tag: int
    number: int
    content: Any  # Mapping, Readings, Mark or Lost


def part_path(path: Path, part: int) -> Path:
    """Where a writer went on after the card refused the file before: part 1 is the recording itself."""
    return path if part == 1 else path.with_name(f"{path.name.removesuffix(SUFFIX)}.part{part}{SUFFIX}")


def is_part(path: Path) -> bool:
    """The file only continues another recording."""
    return ".part" in path.name


def read_recording(path: Path) -> Recording:
    """A recording with its continuations. Raises BadFile when the file cannot be opened; damage inside is told, not raised."""
    data, part = b"", 1
    try:
        while part == 1 or part_path(path, part).exists():
            data += part_path(path, part).read_bytes()
            part += 1
    except OSError as error:
        raise BadFile(say("recording.unreadable", file=str(path), reason=error.strerror or str(error)), file=str(path)) from error
    return decode(data)


def decode(data: bytes) -> Recording:
    """Every whole frame of `data`, in the order they were written, and what is missing."""
    found, torn, damaged = _scan(data)
    own = next((f.tag for f in found if f.kind is Kind.HEADER), found[0].tag if found else 0)
    foreign = sum(f.tag != own for f in found)
    by_number: dict[int, _Frame] = {}
    for each in found:
        if each.tag == own:
            by_number.setdefault(each.number, each)
    numbers = sorted(by_number)
    frames = [by_number[n] for n in numbers]
    header: Mapping[str, Any] = next((f.content for f in frames if f.kind is Kind.HEADER), {})
    footer = next((f.content for f in frames if f.kind is Kind.FOOTER), None)
    missing = numbers[-1] + 1 - len(numbers) if numbers else 0
    return Recording(
        header=header,
        blocks=tuple(f.content for f in frames if f.kind is Kind.READINGS),
        marks=tuple(f.content for f in frames if f.kind is Kind.MARK),
        lost=tuple(f.content for f in frames if f.kind is Kind.LOST),
        footer=footer,
        notices=_notices(header, footer, missing=missing, foreign=foreign, torn=torn, damaged=damaged),
    )


def _notices(header: Mapping[str, Any], footer: Any, *, missing: int, foreign: int, torn: int, damaged: int) -> tuple[Words, ...]:
    told: list[Words] = []
    if not header:
        told.append(say("recording.no-header"))
    elif header.get("format", 0) > FORMAT:
        told.append(say("recording.newer", version=header["format"], own=FORMAT))
    if missing:
        told.append(say("recording.missing", n=missing))
    if damaged:
        told.append(say("recording.damaged", n=damaged))
    if foreign:
        told.append(say("recording.foreign", n=foreign))
    if torn:
        told.append(say("recording.torn", n=torn))
    if footer is None:
        told.append(say("recording.not-closed"))
    return tuple(told)


def _scan(data: bytes) -> tuple[list[_Frame], int, int]:
    """Whole frames in file order, bytes of a torn tail, damaged bytes before it."""
    found: list[_Frame] = []
    at = bad = tail = 0
    while at < len(data):
        taken = _frame_at(data, at)
        if taken is not None:
            found.append(taken[0])
            at, bad, tail = at + taken[1], bad + tail, 0
            continue
        after = data.find(MAGIC, at + 1)
        after = len(data) if after < 0 else after
        tail += after - at
        at = after
    return found, tail, bad


def _frame_at(data: bytes, at: int) -> tuple[_Frame, int] | None:
    """The frame that begins at `at` and its length in bytes, None when there is no whole one."""
    if len(data) - at < _HEAD.size + _CRC.size:
        return None
    magic, kind, tag, number, length = _HEAD.unpack_from(data, at)
    end = at + _HEAD.size + length
    if magic != MAGIC or length > MOST_PAYLOAD or end + _CRC.size > len(data):
        return None
    view = memoryview(data)[at:end]
    if zlib.crc32(view) != _CRC.unpack_from(data, end)[0]:
        return None
    try:
        return _Frame(Kind(kind), tag, number, _content(Kind(kind), bytes(view[_HEAD.size :]))), _HEAD.size + length + _CRC.size
    except (ValueError, KeyError, TypeError, struct.error, RecursionError):
        return None  # whole, but not of this format


def _content(kind: Kind, payload: bytes) -> Any:
    if kind is Kind.READINGS:
        (until_ns,) = _UNTIL.unpack_from(payload)
        rows = np.frombuffer(payload, _ROW, offset=_UNTIL.size)
        if len(rows) and int(rows["cell"].max()) >= len(CELLS):
            raise ValueError("a cell that the board does not have")
        cell, t_ns, count, flag = (np.ascontiguousarray(rows[name]) for name in ("cell", "t_ns", "count", "flag"))
        return Readings.of(cell, t_ns, count, flag, until_ns)
    doc = json.loads(payload)
    if not isinstance(doc, dict):
        raise ValueError("not a document")
    if kind is Kind.MARK:
        return Mark(int(doc["t_ns"]), str(doc["kind"]))
    if kind is Kind.LOST:
        return Lost(tuple(int(c) for c in doc["cells"]), int(doc["n"]), int(doc["from_ns"]), int(doc["to_ns"]))
    return doc
