"""This station's driver beside the packages that people use for an HX711, on the same chip model and the same cost of a pin operation.

Four chips at 92.8 readings a second, each at its own speed. The chip's own truth decides what is right. Virtual time; processor time is
real, holds the model's own cost (ours also that of gpiozero's mock pins) and is only to be compared. Nothing here ran on a Raspberry Pi.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable

import pytest
from peers import WAYS, Tally, four_chips, late_starts, on_time, with_a_fault
from pytest_benchmark.fixture import BenchmarkFixture

from hardware.chip import FAULT_WORDS, WIRE_WORDS
from hardware.hx711 import ClockTooSlow

SECONDS = 60.0
OURS, ADAPTER, IN_TURN, SHARED = WAYS


def show(capsys: pytest.CaptureFixture[str], title: str, rows: Iterable[tuple[str, ...]]) -> None:
    """A table on the terminal, whatever is captured."""
    lines = list(rows)
    widths = [max(len(row[i]) for row in lines) for i in range(len(lines[0]))]
    with capsys.disabled():
        sys.stdout.write(f"\n{title}\n")
        for row in lines:
            sys.stdout.write("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() + "\n")


def side_by_side(capsys: pytest.CaptureFixture[str], title: str, tallies: dict[str, Tally]) -> None:
    head = ("", "captured %", "wrong taken for good", "of", "CPU us a reading", "x ours")
    cpu_us = tallies[OURS].cpu_us
    rows = [
        (name, f"{t.captured_pct:.2f}", f"{t.wrong}", f"{t.conversions}", f"{t.cpu_us:.0f}", f"{t.cpu_us / cpu_us:.1f}")
        for name, t in tallies.items()
    ]
    show(capsys, title, [head, *rows])


@pytest.mark.parametrize("op_ns", [5_000, 9_000])
def test_a_minute_on_a_quiet_computer(benchmark: BenchmarkFixture, capsys: pytest.CaptureFixture[str], op_ns: int) -> None:
    found = benchmark.pedantic(lambda: {name: way(four_chips(), SECONDS, op_ns, on_time) for name, way in WAYS.items()}, rounds=1)
    side_by_side(capsys, f"{SECONDS:.0f} s, {op_ns / 1000:.0f} us a pin operation, quiet computer", found)
    assert found[OURS].captured_pct > 99.9
    assert found[ADAPTER].captured_pct > 99.9
    assert found[OURS].wrong == found[ADAPTER].wrong == 0
    for peer in (IN_TURN, SHARED):
        assert found[peer].captured_pct < 97
        assert found[peer].wrong > 0.005 * found[peer].conversions


def test_a_minute_on_a_computer_that_is_always_late(benchmark: BenchmarkFixture, capsys: pytest.CaptureFixture[str]) -> None:
    found = benchmark.pedantic(lambda: {name: way(four_chips(), SECONDS, 9_000, late_starts()) for name, way in WAYS.items()}, rounds=1)
    side_by_side(capsys, f"{SECONDS:.0f} s, 9 us a pin operation, each start 0.03 to 11.5 ms late", found)
    assert found[OURS].wrong == found[ADAPTER].wrong == 0
    assert found[OURS].captured_pct > max(found[name].captured_pct for name in (ADAPTER, IN_TURN, SHARED))
    assert min(found[peer].wrong for peer in (IN_TURN, SHARED)) > 0


def test_who_hangs_when_one_chip_breaks(benchmark: BenchmarkFixture, capsys: pytest.CaptureFixture[str]) -> None:
    def all_faults() -> dict[str, dict[str, Tally]]:
        return {word: {name: with_a_fault(way, word) for name, way in WAYS.items()} for word in FAULT_WORDS}

    found = benchmark.pedantic(all_faults, rounds=1)
    cells = [(word, *("hangs" if t.hung else f"{t.wrong} wrong" for t in row.values())) for word, row in found.items()]
    show(
        capsys, "one chip broken for good, 5 us a pin operation: a call takes over 3 s, or values that no chip made", [("", *WAYS), *cells]
    )
    assert not any(found[word][name].hung for word in FAULT_WORDS for name in (OURS, ADAPTER))
    assert all(found[word][name].wrong == 0 for word in WIRE_WORDS for name in (OURS, ADAPTER))
    assert all(found[word][IN_TURN].hung for word in ("dout_high", "sck_high", "open_bridge_hi", "open_bridge_lo"))


def test_a_computer_that_is_too_slow_is_told_so_and_hangs_the_package(
    benchmark: BenchmarkFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    def outcome(name: str) -> str:
        try:
            result = WAYS[name](four_chips(), 5.0, 33_000, on_time)
        except ClockTooSlow as refused:
            return f"refused: {refused.what.args['us'].value:.0f} us"
        return "hangs" if result.hung else f"{result.captured_pct:.0f} % captured"

    found = benchmark.pedantic(lambda: {name: outcome(name) for name in WAYS}, rounds=1)
    show(capsys, "33 us a pin operation", list(found.items()))
    assert found[OURS] == found[ADAPTER] == "refused: 66 us"
    assert found[IN_TURN] == "hangs"
