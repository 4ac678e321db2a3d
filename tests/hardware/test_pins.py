"""Pins through gpiozero's public API, on its mock pins."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from fake_lgpio import FakeLgpio, gpiozero_on

from hardware.chip import Bench, Chip
from hardware.pi import CELL_LINES
from hardware.pins import GpiozeroPins, LineBusy, NoPins, open_pins

MS = 1_000_000
SCK, DOUT = CELL_LINES[0].sck, CELL_LINES[0].dout


def bench() -> Bench:
    return Bench([Chip(0.5)], lines=CELL_LINES[:1], limit_s=5)


def test_it_says_which_way_it_is() -> None:
    assert (bench().pins().way, bench().pins().note) == ("gpiozero", None)


def test_lines_can_be_owned_first_and_heard_later() -> None:
    on = bench()
    pins = on.pins()
    pins.own([SCK], [DOUT])
    assert pins.wait_edges(0.06) == []
    pins.hear([DOUT])
    assert pins.wait_edges(0.06) == [(DOUT, 62_500_000)]


def test_an_edge_keeps_the_time_of_the_kernel() -> None:
    on = bench()
    pins = on.pins()
    pins.claim([SCK], [DOUT])
    assert pins.wait_edges(1.0) == [(DOUT, 50 * MS)]
    assert pins.now_ns() > 50 * MS


def test_there_is_nothing_behind_gpiozero_to_fall_back_to() -> None:
    on = bench()
    pins = on.pins()
    pins.claim([SCK], [DOUT])
    pins.fall_back()
    assert pins.way == "gpiozero"
    assert pins.wait_edges(1.0) == [(DOUT, 50 * MS)]


def test_a_second_owner_of_a_line_is_told_who_has_it() -> None:
    on = bench()
    first = on.pins()
    first.claim([SCK], [DOUT])
    second = GpiozeroPins(on.factory, clock=on, owner_of=lambda line: "balance-station")
    with pytest.raises(LineBusy) as busy:
        second.claim([SCK], [DOUT])
    assert (busy.value.line, busy.value.owner) == (SCK, "balance-station")
    assert busy.value.what.id == "hardware.line-busy"


def test_closing_twice_is_closing_once() -> None:
    on = bench()
    pins = on.pins()
    pins.claim([SCK], [DOUT])
    pins.close()
    pins.close()
    again = on.pins()
    again.claim([SCK], [DOUT])
    assert again.read(DOUT) in (True, False)


@pytest.mark.skipif("lgpio" in sys.modules, reason="this computer has lgpio loaded")
def test_without_lgpio_the_package_to_install_is_named() -> None:
    with pytest.raises(NoPins) as refused:
        open_pins(0)
    assert "lgpio" in str(refused.value.what.args["reason"])


def test_on_a_pi_the_fast_way_is_opened_on_the_chip_that_was_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    on = bench()
    gpiozero_on(FakeLgpio(on), monkeypatch).close()
    pins = open_pins(4)
    pins.claim([SCK], [DOUT])
    assert (pins.way, pins.note) == ("lgpio edges", None)
    assert pins.read(DOUT) == 1
    pins.close()
