"""Parts of a busy station, each a process of its own: `busy_machine.py chips SECONDS fifo|plain`, `pages FOLDER PIN`, `picture`.

`chips` runs the true driver on four simulated chips in REAL time: the chips go on by the machine's clock whether they are read or not,
so a read that starts too late has lost its conversion. The simulated chips themselves take processor time that a Pi would not need;
what a Pi's own kernel and pins do is not in it. A virtual machine is stopped by its host a hundred times a second, for longer than a
clock pulse may last, whatever its priority: such stops WITHIN a word are counted and cut out of the time, stops before it cost in full.
"""

from __future__ import annotations

import gc
import json
import re
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from hardware.chip import Chip
from hardware.hx711 import Hx711Board
from hardware.pi import CELL_LINES
from hardware.reader_process import BLOCK_S, raise_priority
from station.core.readings import CELLS, USABLE

OP_NS = 3_000  # one line operation through lgpio, estimated
LONG_NS = 25_000  # from one line operation of the driver to the next it takes about 6 us here
RATE_HZ, PPM = 92.8, (-3e4, 0.0, 1.2e4, 2e4)


class RealTimePins:
    """`hardware.pins.Pins` on chips that live by the machine's clock."""

    def __init__(self, chips: Sequence[Chip]) -> None:
        self._sck = {line.sck: chip for line, chip in zip(CELL_LINES, chips, strict=True)}
        self._dout = {line.dout: chip for line, chip in zip(CELL_LINES, chips, strict=True)}
        self._cut_ns = self._asked_ns = 0
        self._in_word = False
        self.stopped: list[int] = []  # length of each stop within a word, ns

    def claim(self, outputs: Sequence[int], inputs_pull_up: Sequence[int]) -> None:
        """Nobody else is here."""

    def write(self, line: int, level: bool) -> None:
        self._sck[line].sck(self._spent_ns(), level)
        self._in_word = True

    def read(self, line: int) -> bool:
        return self._dout[line].dout(self._spent_ns())

    def wait_edges(self, timeout_s: float) -> list[tuple[int, int]]:
        """Sleeps until the next conversion, as poll does."""
        self._in_word = False
        found = self._edges()
        if not found and timeout_s > 0:
            next_ns = min(chip.next_ns for chip in self._dout.values())
            left_s = (next_ns - self.now_ns()) / 1e9
            time.sleep(max(0.0, min(timeout_s, left_s)))
            found = self._edges()
        return found

    def now_ns(self) -> int:
        now_ns = time.monotonic_ns() - self._cut_ns
        stopped_ns = now_ns - self._asked_ns
        if self._in_word and stopped_ns > LONG_NS:
            self.stopped.append(stopped_ns)
            self._cut_ns += stopped_ns - OP_NS
            now_ns -= stopped_ns - OP_NS
        self._asked_ns = now_ns
        return now_ns

    def close(self) -> None:
        """Nothing is held."""

    def _edges(self) -> list[tuple[int, int]]:
        now_ns, found = self.now_ns(), []
        for line, chip in self._dout.items():
            chip.advance(now_ns)
            found += [(line, t_ns) for t_ns in chip.edges]
            chip.edges.clear()
        return sorted(found, key=lambda edge: edge[1])

    def _spent_ns(self) -> int:
        end_ns = self.now_ns() + OP_NS
        while (now_ns := self.now_ns()) < end_ns:
            pass
        return now_ns


def chips(seconds: float, priority: str) -> dict[str, object]:
    """Conversions of each cell that never became a good word, in percent; how often the host stopped a word, and what was granted."""
    start_ns = time.monotonic_ns()
    made = [Chip(0.5, rate_hz=RATE_HZ, ppm=ppm, seed=n, start_ns=start_ns) for n, ppm in enumerate(PPM)]
    granted = raise_priority() if priority == "fifo" else {"realtime": "not asked"}
    pins = RealTimePins(made)
    board = Hx711Board(pins)
    gc.collect()
    gc.freeze()
    gc.disable()
    good: list[set[int]] = [set() for _ in CELLS]
    begin_ns = pins.now_ns() + 1_000_000_000  # the first second is for settling
    end_ns = begin_ns + round(seconds * 1e9)
    while pins.now_ns() < end_ns + 50_000_000:
        block = board.read(BLOCK_S)
        for cell, t_ns, flag in zip(block.cell.tolist(), block.t_ns.tolist(), block.flag.tolist(), strict=True):
            if not flag & ~int(USABLE):
                good[cell].add(t_ns)
    missed = {}
    for cell, chip, words in zip(CELLS, made, good, strict=True):
        due = [t_ns for t_ns, _ in chip.truth if begin_ns <= t_ns < end_ns]
        missed[cell] = round(100 * sum(t_ns not in words for t_ns in due) / len(due), 3)
    words = sum(c.words for c in board.counters)
    return {
        "granted": granted["realtime"],
        "missed_pct": missed,
        "words": words,
        "resets": sum(chip.resets for chip in made),
        "stops_in_words_per_1000_words": round(1000 * len(pins.stopped) / words, 1),
        "longest_stop_us": round(max(pins.stopped, default=0) / 1000),
    }


def pages(folder: str, pin: str) -> None:
    """One export of everything after the other, as fast as they come, until killed."""
    from web.app import create_app

    client = create_app(Path(folder)).test_client()
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/staff").text)
    assert token is not None
    client.post("/staff", data={"pin": pin, "csrf_token": token[1]})
    while True:
        for address in ("/people", "/export/csv", "/export/json"):
            assert client.get(address).status_code == 200, address


def picture() -> None:
    """The training screen at 720p, sixty times a second, until killed."""
    import pygame

    from station.display.painter import Painter
    from station.flow.samples import samples
    from station.text.catalogue import Catalogue

    scene = next(s.scene for s in samples() if s.name == "running-training")
    painter, clock = Painter(pygame.Surface((1280, 720), 0, 32), Catalogue("en")), pygame.time.Clock()
    while True:
        painter.paint(scene, time.monotonic())
        clock.tick(60)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["chips", seconds, priority]:
            sys.stdout.write(json.dumps(chips(float(seconds), priority)))
        case ["pages", folder, pin]:
            pages(folder, pin)
        case ["picture"]:
            picture()
