"""Faults of a simulated board at the level of readings: what the station gets when a cell, wire or chip is ill.

Written `CELL:WORD@START[+DURATION]`: `front_left:off@12s`, `rear-right:intermittent@5s+3s`. Without a start from the first reading on,
without a duration for ever.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from hardware.traits import nearest
from station.core.readings import CELLS
from station.errors import NotFound

FAULT_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "off": "no readings",
        "stuck": "always the same code",
        "garbage": "random codes",
        "wrong": "a fifth of the gain is lost",
        "slow": "11.7 readings a second instead of 80",
        "delayed": "readings come half a second late, with their right times",
        "intermittent": "no readings for 0.2 s of every 0.5 s",
        "saturated": "the greatest code, as from a loose sensor wire",
    }
)
SLOW_HZ = 11.7
WRONG_GAIN = 0.8
DELAY_NS = 500_000_000
CYCLE_NS, CYCLE_OFF_NS = 500_000_000, 200_000_000


@dataclass(frozen=True, slots=True)
class SampleFault:
    """One cell is ill from `start_ns` to `end_ns` (None: to the end)."""

    cell: int
    word: str
    start_ns: int
    end_ns: int | None = None

    def on(self, t_ns: int) -> bool:
        return self.start_ns <= t_ns and (self.end_ns is None or t_ns < self.end_ns)

    def silent(self, t_ns: int) -> bool:
        """The cell gives nothing at this time."""
        if not self.on(t_ns):
            return False
        return self.word == "off" or (self.word == "intermittent" and (t_ns - self.start_ns) % CYCLE_NS < CYCLE_OFF_NS)

    def release_ns(self, t_ns: int) -> int:
        """When a delayed reading of this time comes."""
        return self.start_ns + ((t_ns - self.start_ns) // DELAY_NS + 1) * DELAY_NS

    def to_json(self) -> dict[str, Any]:
        return {
            "cell": CELLS[self.cell],
            "word": self.word,
            "start_s": self.start_ns / 1e9,
            "end_s": None if self.end_ns is None else self.end_ns / 1e9,
        }


def parse_fault(text: str) -> SampleFault:
    """`front_left:off@12s+3s`. Raises NotFound naming the cell, the word or the whole when it makes no sense."""
    match = re.fullmatch(r"([\w-]+):([\w-]+)(?:@(\d+(?:\.\d+)?)s)?(?:\+(\d+(?:\.\d+)?)s)?", text.strip().lower())
    if not match:
        raise NotFound("fault", text, "front_left:off@12s")
    cell, word = match[1].replace("-", "_"), match[2]
    if cell not in CELLS:
        raise NotFound("cell", match[1], nearest(cell, list(CELLS)))
    if word not in FAULT_WORDS:
        raise NotFound("fault", word, nearest(word, list(FAULT_WORDS)))
    start_ns = round(float(match[3] or 0) * 1e9)
    return SampleFault(CELLS.index(cell), word, start_ns, None if match[4] is None else start_ns + round(float(match[4]) * 1e9))
