"""What goes down the pipe from the reader process: length, kind, payload. Readings are 15 bytes each.

u32 length of what follows | u8 kind | payload          all little-endian
readings: i64 until_ns, then per reading u8 cell, i64 t_ns, i32 count, u16 flag
lost:     i64 from_ns, i64 to_ns, u64 n, u8 bits of the cells
the rest: JSON
"""

from __future__ import annotations

import json
import os
import struct
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from station.core.readings import Lost, Readings

ROW = np.dtype([("cell", "<u1"), ("t_ns", "<i8"), ("count", "<i4"), ("flag", "<u2")])
HEAD = struct.Struct("<IB")
UNTIL = struct.Struct("<q")
LOST = struct.Struct("<qqQB")
LONGEST = 64 << 20  # a longer message is none of ours
QUEUE_NS = 30_000_000_000
"""What the reader keeps for a station that does not take it; then the oldest block goes, and a Lost mark comes in its place."""

NoteKind = Literal["hello", "truth", "error", "end", "counters", "button"]
KINDS: Mapping[str, int] = {"readings": 1, "lost": 2, "hello": 3, "truth": 4, "error": 5, "end": 6, "counters": 7, "button": 8}
NAMES = {number: name for name, number in KINDS.items()}


@dataclass(frozen=True, slots=True)
class Note:
    """Anything that is no data: hello, truth, error, end, counters, button."""

    kind: NoteKind
    doc: Mapping[str, Any] = field(default_factory=dict)


Message = Readings | Lost | Note


class BadPipe(ValueError):
    """Bytes that no reader of this version sends."""


def pack(message: Message) -> bytes:
    """The message as it goes down the pipe."""
    if isinstance(message, Readings):
        rows = np.empty(len(message), ROW)
        rows["cell"], rows["t_ns"], rows["count"], rows["flag"] = message.cell, message.t_ns, message.count, message.flag
        return _framed("readings", UNTIL.pack(message.until_ns) + rows.tobytes())
    if isinstance(message, Lost):
        bits = sum(1 << cell for cell in message.cells)
        return _framed("lost", LOST.pack(message.from_ns, message.to_ns, message.n, bits))
    return _framed(message.kind, json.dumps(message.doc).encode())


def _framed(kind: str, payload: bytes) -> bytes:
    return HEAD.pack(len(payload) + 1, KINDS[kind]) + payload


class Unpacker:
    """Bytes in whatever pieces the pipe gives them; whole messages out."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def feed(self, more: bytes) -> Iterator[Message]:
        """Messages that became whole. Raises BadPipe for what is no message."""
        self._bytes += more
        at = 0
        try:
            while len(self._bytes) - at >= HEAD.size:
                length, kind = HEAD.unpack_from(self._bytes, at)
                if kind not in NAMES or not 1 <= length <= LONGEST:
                    raise BadPipe(f"kind {kind}, length {length}")
                end = at + HEAD.size + length - 1
                if len(self._bytes) < end:
                    break
                payload = bytes(self._bytes[at + HEAD.size : end])
                at = end
                yield _unpacked(NAMES[kind], payload)
        finally:
            del self._bytes[:at]


def _unpacked(kind: str, payload: bytes) -> Message:
    try:
        if kind == "readings":
            rows = np.frombuffer(payload, ROW, offset=UNTIL.size)
            return Readings.of(rows["cell"], rows["t_ns"], rows["count"], rows["flag"], UNTIL.unpack_from(payload)[0])
        if kind == "lost":
            from_ns, to_ns, n, bits = LOST.unpack(payload)
            return Lost(tuple(cell for cell in range(8) if bits >> cell & 1), n, from_ns, to_ns)
        return Note(kind, json.loads(payload))  # type: ignore[arg-type]
    except (struct.error, ValueError) as error:
        raise BadPipe(f"{kind}: {error}") from error


class Outbox:
    """The reader's own queue before a pipe that must never be waited for.

    Holds `queue_ns` of data. Only when that is full the oldest block of readings goes, and a Lost mark stands in its place; marks
    that touch become one.
    """

    def __init__(self, queue_ns: int = QUEUE_NS) -> None:
        self._queue_ns = queue_ns
        self._waiting: deque[Message] = deque()
        self._going = memoryview(b"")
        self._spans: deque[int] = deque()  # until_ns of each waiting block of readings

    def put(self, message: Message) -> None:
        self._waiting.append(message)
        if isinstance(message, Readings):
            self._spans.append(message.until_ns)
            while self._spans[-1] - self._spans[0] > self._queue_ns:
                self._drop_oldest()

    @property
    def full(self) -> bool:
        """The next block may cost an old one: a source that can wait should."""
        return len(self._spans) > 1 and self._spans[-1] - self._spans[0] > self._queue_ns * 0.95

    @property
    def empty(self) -> bool:
        return not self._waiting and not self._going

    def flush(self, fd: int) -> bool:
        """Write what the pipe takes now (`fd` is non-blocking); True when all is gone. Raises BrokenPipeError when nobody reads."""
        while not self.empty:
            if not self._going:
                message = self._waiting.popleft()
                if isinstance(message, Readings):
                    self._spans.popleft()
                self._going = memoryview(pack(message))
            try:
                self._going = self._going[os.write(fd, self._going) :]
            except BlockingIOError:
                return False
        return True

    def _drop_oldest(self) -> None:
        at = next(i for i, m in enumerate(self._waiting) if isinstance(m, Readings))
        block = self._waiting[at]
        assert isinstance(block, Readings)
        self._spans.popleft()
        before = self._waiting[at - 1] if at else None
        if not len(block):
            del self._waiting[at]
            return
        lost = Lost(tuple(sorted(set(block.cell.tolist()))), len(block), int(block.t_ns.min()), int(block.t_ns.max()))
        if isinstance(before, Lost):
            self._waiting[at - 1] = _one(before, lost)
            del self._waiting[at]
        else:
            self._waiting[at] = lost


def _one(first: Lost, second: Lost) -> Lost:
    cells = tuple(sorted({*first.cells, *second.cells}))
    return Lost(cells, first.n + second.n, min(first.from_ns, second.from_ns), max(first.to_ns, second.to_ns))
