"""The reader process: its readings, its pace, its death and its return. Real processes, as few and as short as possible."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from gpiozero import OutputDevice
from gpiozero.pins.mock import MockFactory

from hardware.boards import BoardSpec, open_board, parse_board
from hardware.controls import LINES, Controls
from hardware.pipe import Note, Outbox, Unpacker
from hardware.reader import Reader, ReaderDied
from hardware.reader_process import Orders, ReaderLoop
from hardware.simulated import SimulatedBoard
from station.core.readings import EndOfBoard, Readings
from station.errors import NotFound

S = 1_000_000_000
Start = Callable[..., Reader]


@pytest.fixture
def start() -> Iterator[Start]:
    readers: list[Reader] = []

    def started(spec: str | BoardSpec, **args: float) -> Reader:
        readers.append(Reader(parse_board(spec) if isinstance(spec, str) else spec, **args))
        return readers[-1]

    yield started
    for reader in readers:
        reader.close()


def until(reader: Reader, seconds: float, limit_s: float = 60.0) -> Readings:
    """All readings up to this time of data, as one block."""
    blocks, end_s = [], time.monotonic() + limit_s
    while not blocks or blocks[-1].until_ns < seconds * S:
        assert time.monotonic() < end_s, "the reader is too slow"
        blocks.append(reader.read(0.05))
    columns = (np.concatenate([getattr(b, c) for b in blocks]) for c in ("cell", "t_ns", "count", "flag"))
    return Readings.of(*columns, until_ns=blocks[-1].until_ns)


def read_on(reader: Reader, times: int = 1200) -> None:
    """Until something is raised."""
    for _ in range(times):
        reader.read(0.05)


def test_the_readings_of_the_process_are_those_of_the_board(start: Start) -> None:
    reader = start("simulated:70kg,standing", speed=math.inf)
    got = until(reader, 5.0)
    board = open_board(parse_board("simulated:70kg,standing"))
    own = [board.read(0.02) for _ in range(got.until_ns // 20_000_000)]
    assert len(got) == sum(len(b) for b in own)
    assert np.array_equal(got.count, np.concatenate([b.count for b in own]))
    assert np.array_equal(got.t_ns, np.concatenate([b.t_ns for b in own]))
    assert (reader.name, reader.demo, reader.calibration.id) == ("simulated", True, "simulated")
    assert reader.hello["pid"] == reader.pid
    assert reader.take_lost() == []


def test_a_simulated_person_runs_by_the_clock_and_does_as_told(start: Start) -> None:
    reader = start("simulated", speed=4.0)
    until(reader, 0.1)
    began_s = time.monotonic()
    reader.act("step-on")
    got = until(reader, 2.1)
    took_s = time.monotonic() - began_s
    assert took_s > 0.35
    assert got.count[-40:].mean() - got.count[:40].mean() > 100_000
    acts = reader.truth()["acts"]
    assert [a["action"] for a in acts] == ["step-on"]
    assert 0.05 < acts[0]["t_s"] < 2.1
    with pytest.raises(NotFound):
        reader.act("fly")


def test_a_killed_reader_is_told_once_and_comes_back_where_it_was(start: Start) -> None:
    reader = start("simulated:70kg")
    reader.act("step-on")
    until(reader, 0.6)
    os.kill(reader.pid, signal.SIGKILL)
    with pytest.raises(ReaderDied) as died:
        read_on(reader)
    assert died.value.what.id == "board.reader-died"
    assert not reader.alive
    before = reader.read(0.0)  # no error a second time, only the time at which it stopped
    assert len(before) == 0
    assert before.until_ns >= 0.6 * S
    reader.restart()
    again = until(reader, before.until_ns / S + 0.05)
    assert before.until_ns <= again.t_ns.min() < before.until_ns + 0.1 * S
    assert again.count.mean() > 300_000  # the person still stands there
    assert reader.restarts == 1


def test_a_reader_that_hangs_is_ended_and_told(start: Start) -> None:
    reader = start("simulated", silent_s=0.4)
    until(reader, 0.05)
    os.kill(reader.pid, signal.SIGSTOP)
    began_s = time.monotonic()
    with pytest.raises(ReaderDied):
        read_on(reader)
    assert time.monotonic() - began_s > 0.3
    assert not reader.alive


def test_a_paced_reader_waits_for_a_station_that_is_away_and_loses_nothing(start: Start) -> None:
    reader = start("simulated", speed=math.inf)
    until(reader, 0.5)
    got = until(reader, 20.0)
    for cell in range(4):
        steps = np.diff(got.t_ns[got.cell == cell])
        assert steps.max() < 13_000_000
    assert reader.take_lost() == []


def test_the_end_of_a_script_is_the_end_of_the_board(start: Start) -> None:
    reader = start("simulated", speed=math.inf)
    until(reader, 0.1)
    reader.act("end")
    with pytest.raises(EndOfBoard):
        read_on(reader)
    assert [a["action"] for a in reader.truth()["acts"]] == ["end"]
    with pytest.raises(EndOfBoard):
        reader.read(0.0)


def test_a_board_that_cannot_be_opened_says_why(start: Start) -> None:
    if any(os.path.exists(f"/dev/gpiochip{n}") for n in range(12)):
        pytest.skip("this computer has gpiochips")
    reader = start("hx711")
    with pytest.raises(ReaderDied) as told:
        read_on(reader)
    assert (told.value.what.id, told.value.do.id) == ("hardware.not-a-pi", "hardware.not-a-pi.do")


def test_the_process_ends_when_the_station_closes_the_pipe(start: Start) -> None:
    reader = start("simulated")
    until(reader, 0.05)
    reader.close()
    assert not reader.alive


def test_the_process_loads_neither_pictures_nor_pages_nor_a_database() -> None:
    code = (
        "import sys, hardware.reader_process\n"
        "from hardware.boards import open_board, parse_board\n"
        "open_board(parse_board('simulated')).read(0.05)\n"
        "import hardware.replay, hardware.hx711\n"
        "heavy = ('pygame', 'flask', 'sqlalchemy', 'pydantic', 'sqlite3', 'web', 'station.store', 'station.display')\n"
        "print([m for m in heavy if m in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


def test_the_station_side_of_the_reader_loads_no_pins() -> None:
    code = "import sys, hardware.reader; print([m for m in ('gpiozero', 'lgpio', 'hx711') if m in sys.modules])"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


class Held:
    """A button that is being pressed."""

    is_active = True

    def close(self) -> None:
        """Nothing is held."""


def test_a_button_at_the_board_goes_up_the_pipe_and_the_lamps_order_comes_down() -> None:
    (orders_out, orders_in), (take, give) = os.pipe(), os.pipe()
    os.set_blocking(give, False)
    factory = MockFactory(revision="c04170")
    lamp = OutputDevice(LINES["lamp"], pin_factory=factory)
    loop = ReaderLoop(SimulatedBoard(), Outbox(), Orders(orders_out), give, 1.0, Controls({"go": Held()}, lamp))
    thread = threading.Thread(target=loop.run)
    thread.start()
    try:
        os.write(orders_in, b'{"lamp": "ready"}\n')
        unpacker = Unpacker()
        while not (notes := [m for m in unpacker.feed(os.read(take, 65536)) if isinstance(m, Note)]):
            pass
        os.close(orders_in)
        thread.join(20)
    finally:
        for fd in (orders_out, take, give):
            os.close(fd)
    assert notes == [Note("button", {"button": "go", "kind": "pressed"})]
    assert lamp.value == 1


def test_real_time_is_asked_for_and_a_refusal_is_no_failure() -> None:
    code = "from hardware.reader_process import raise_priority; print(raise_priority())"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "realtime" in told.stdout
    assert any(word in told.stdout for word in ("fifo 40", "refused", "not on this system"))
