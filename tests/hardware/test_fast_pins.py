"""The fast way past gpiozero, on the chip model in virtual time through a stand-in for lgpio with a true pipe."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import numpy as np
import pytest
from fake_lgpio import HANDLE, FakeLgpio, gpiozero_on, pipes_in
from gpiozero.pins.mock import MockFactory

from hardware.chip import Bench, Chip
from hardware.fast_pins import FAST, RECORD, SLOW, FastPins
from hardware.hx711 import Hx711Board
from hardware.pi import CELL_LINES, CellLine
from hardware.pins import GpiozeroPins, LineBusy
from station.core.readings import USABLE, Flag, Readings

S = 1_000_000_000
PPM = (-30_000, 0, 12_000, 20_000)
BAD = int(~USABLE) & 0x3FF


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """lgpio makes its pipe in the current folder."""
    monkeypatch.chdir(tmp_path)


def bench(*, op_ns: int = 3_000, lines: tuple[CellLine, ...] = CELL_LINES) -> tuple[Bench, list[Chip]]:
    chips = [Chip(0.3 + 0.2 * i, ppm=ppm, seed=i + 1, jitter_ns=500) for i, ppm in enumerate(PPM)]
    return Bench(chips, op_ns=op_ns, lines=lines, limit_s=60), chips


def fast(on: Bench, **kinds: int | bool) -> tuple[FastPins, FakeLgpio]:
    lgpio = FakeLgpio(on, **kinds)  # type: ignore[arg-type]
    return FastPins(on.pins(), lgpio, HANDLE, clock=on), lgpio


def read(board: Hx711Board, on: Bench, seconds: float) -> Readings:
    blocks = []
    while on.now_ns() < seconds * S:
        blocks.append(board.read(0.05))
    columns = [np.concatenate([getattr(b, name) for b in blocks]) for name in ("cell", "t_ns", "count", "flag")]
    return Readings.of(*columns, blocks[-1].until_ns)


def test_every_conversion_comes_with_the_kernels_own_stamp() -> None:
    on, chips = bench()
    pins, _ = fast(on)
    board = Hx711Board(pins)
    got = read(board, on, 2.0)
    assert (board.way, board.note) == (FAST, None)
    for cell, chip in enumerate(chips):
        mine = list(zip(got.t_ns[got.cell == cell].tolist(), got.count[got.cell == cell].tolist(), strict=True))
        assert len(mine) > 130
        assert mine == chip.truth[: len(mine)]
    assert not got.flag[got.t_ns > 0.2 * S].any()


def test_both_ways_read_the_same_words() -> None:
    (one, _), (two, _) = bench(), bench()
    quick, slow = read(Hx711Board(fast(one)[0]), one, 2.0), read(Hx711Board(two.pins()), two, 2.0)
    n = min(len(quick), len(slow)) - 4
    words = [{(c, t, v) for c, t, v, _ in zip(r.cell[:n], r.t_ns[:n], r.count[:n], r.flag[:n], strict=True)} for r in (quick, slow)]
    assert words[0] == words[1]


def test_on_gpiozeros_own_lgpio_pins_it_is_the_same_with_six_operations_for_ten(monkeypatch: pytest.MonkeyPatch) -> None:
    ops = {}
    for way in (FAST, SLOW):
        on, chips = bench()
        lgpio = FakeLgpio(on, version=0x00020200 if way == FAST else 0)
        with monkeypatch.context() as patch:
            factory = gpiozero_on(lgpio, patch)
            pins = FastPins(GpiozeroPins(factory, clock=on), lgpio, factory._handle, clock=on)
            board = Hx711Board(pins)
            before = on.ops
            got = read(board, on, 1.0)
            ops[way] = (on.ops - before) / len(got)
            assert board.way == way
            assert [(t, c) for k, t, c in zip(got.cell, got.t_ns, got.count, strict=True) if k == 2] == chips[2].truth[: sum(got.cell == 2)]
            board.close()
    assert ops[FAST] == pytest.approx(76, abs=0.5)  # a look, 25 pulses of two writes, 25 looks
    assert ops[SLOW] == pytest.approx(126, abs=0.5)  # gpiozero asks for the mode before each write


def test_the_pipe_loses_its_name_at_once_and_is_closed_at_the_end(tmp_path: Path) -> None:
    on, _ = bench()
    pins, lgpio = fast(on)
    board = Hx711Board(pins)
    assert pipes_in(tmp_path) == []
    assert lgpio.open_notifications == [1]
    board.close()
    pins.close()
    assert lgpio.open_notifications == []


def test_a_rising_edge_is_no_news() -> None:
    on, _ = bench()
    pins, lgpio = fast(on)
    pins.claim([27], [22])
    lgpio.send(RECORD.pack(123, 4, 22, 1, 0))
    assert pins.wait_edges(0.0) == []


@pytest.mark.parametrize(
    ("kinds", "id"),
    [({"version": 0x00010600}, "driver.old-lgpio"), ({"refuses": True}, "driver.no-alerts"), ({"deaf": True}, "driver.no-edges")],
)
def test_without_edges_from_lgpio_it_goes_on_through_gpiozero_and_says_why(kinds: dict[str, int], id: str) -> None:
    on, chips = bench()
    pins, lgpio = fast(on, **kinds)
    board = Hx711Board(pins)
    got = read(board, on, 4.0)
    last = got.t_ns > 3 * S
    assert board.way == SLOW
    assert board.note is not None
    assert board.note.id == id
    assert not got.flag[last].any()
    assert set(got.cell[last].tolist()) == {0, 1, 2, 3}
    for cell, chip in enumerate(chips):
        truth = dict(chip.truth)
        mine = last & (got.cell == cell)
        assert all(truth[t] == count for t, count in zip(got.t_ns[mine].tolist(), got.count[mine].tolist(), strict=True))
    assert lgpio.open_notifications == []


def test_a_version_too_old_is_named() -> None:
    on, _ = bench()
    pins, _ = fast(on, version=0x00010600)
    pins.claim([27], [22])
    assert pins.note is not None
    assert pins.note.args["found"] == "0.1.6"
    assert pins.note.args["least"] == "0.2.2"


def test_a_line_that_somebody_has_is_refused_by_name() -> None:
    on, _ = bench()
    pins = FastPins(GpiozeroPins(on.factory, clock=on, owner_of=lambda line: f"program {line}"), FakeLgpio(on), HANDLE, clock=on)
    holder = _Holder()
    on.factory.reserve_pins(holder, 24)
    with pytest.raises(LineBusy) as busy:
        Hx711Board(pins)
    assert (busy.value.line, busy.value.owner) == (24, "program 24")


class _Holder:
    def _conflicts_with(self, other: object) -> bool:
        return True


def test_a_computer_without_a_virtual_clock_waits_on_the_pipe_itself() -> None:
    on, _ = bench()
    lgpio = FakeLgpio(on)
    pins = FastPins(GpiozeroPins(MockFactory(revision="c04170")), lgpio, HANDLE)
    pins.claim([27], [22])
    assert abs(pins.now_ns() - time.monotonic_ns()) < 60 * S
    assert pins.wait_edges(0.0) == []
    writer = threading.Timer(0.01, lambda: on.on_edge(22, 4_242) if on.on_edge else None)
    writer.start()
    assert pins.wait_edges(30.0) == [(22, 4_242)]
    writer.join()
    pins.close()


def test_half_a_record_waits_for_its_other_half() -> None:
    on, _ = bench()
    pins, lgpio = fast(on)
    pins.claim([27], [22])
    lgpio.send(RECORD.pack(77, 4, 22, 0, 0)[:9])
    assert pins.wait_edges(0.0) == []
    lgpio.send(RECORD.pack(77, 4, 22, 0, 0)[9:] + RECORD.pack(99, 4, 22, 0, 0))
    assert pins.wait_edges(0.0) == [(22, 77), (22, 99)]


@pytest.mark.parametrize("order", [(3, 2, 1, 0), (1, 3, 0, 2)])
def test_lines_given_in_another_order_put_swapped_plugs_right(order: tuple[int, ...]) -> None:
    on, chips = bench()
    pins, _ = fast(on)
    lines = tuple(CELL_LINES[i] for i in order)
    got = read(Hx711Board(pins, lines=lines), on, 1.0)
    for cell, plug in enumerate(order):
        assert got.count[(got.cell == cell) & (got.flag == 0)].mean() == pytest.approx(np.mean([c for _, c in chips[plug].truth]), abs=30)


def test_polled_words_say_so_until_the_edges_come_another_way() -> None:
    on, _ = bench()
    pins, _ = fast(on, deaf=True)
    got = read(Hx711Board(pins), on, 4.0)
    first = got.flag[:12]
    assert (first & int(Flag.TIME_POLLED)).all()
    assert not (got.flag[got.t_ns > 3 * S] & int(Flag.TIME_POLLED)).any()
    assert not (got.flag & BAD)[got.t_ns > 3 * S].any()
