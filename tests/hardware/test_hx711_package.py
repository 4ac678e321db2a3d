"""The real package `hx711` on the chip model, in virtual time: what the board makes of it, healthy and with each fault."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from fake_rpi_gpio import FakePi, Hangs, rpi_gpio_that_raises, running
from peers import four_chips, late_starts, ours, package_in_turn

from hardware.chip import FAULT_WORDS, Chip
from hardware.converter import FAR_COUNTS, Cause
from hardware.faults import Watch
from hardware.hx711 import ClockTooSlow, NotAPi, nominal_calibration
from hardware.hx711_package import Hx711PackageBoard, PackageFailed, limits, open_hx711_package
from hardware.pi import CELL_LINES, find_gpiochip
from station.core.geometry import Geometry
from station.core.pipeline import Pipeline
from station.core.readings import USABLE, Edge, Flag, Readings
from station.text.catalogue import Catalogue

S = 1_000_000_000
MS = 1_000_000
BAD = int(~USABLE) & 0x3FF
LONGEST_READ_S = 0.1  # of virtual time: a block of 50 ms, one look at four chips, and what the processor is taken away for
FAULT_S = (0.5, 1.2)  # from, to


@dataclass
class Run:
    pi: FakePi
    chips: Sequence[Chip]
    board: Hx711PackageBoard
    blocks: list[Readings]

    def rows(self, cell: int) -> list[tuple[int, int, int]]:
        """(t_ns, count, flag) of a cell."""
        columns = [np.concatenate([getattr(b, name) for b in self.blocks]) for name in ("cell", "t_ns", "count", "flag")]
        return list(zip(*(column[columns[0] == cell].tolist() for column in columns[1:]), strict=True))

    def flags(self, cell: int, from_s: float, to_s: float) -> list[int]:
        return [flag for t_ns, _, flag in self.rows(cell) if from_s * S <= t_ns < to_s * S]

    def wrong(self, cell: int) -> list[tuple[int, int, int]]:
        """Accepted words that the chip had not made in the 30 ms before the look."""
        truth = self.chips[cell].truth
        return [
            (t_ns, count, flag)
            for t_ns, count, flag in self.rows(cell)
            if not flag & BAD and count not in {code for edge_ns, code in truth if t_ns - 30 * MS < edge_ns <= t_ns}
        ]

    def missed(self, cell: int) -> int:
        """Conversions since the chip settled that nobody read."""
        return len(self.chips[cell].truth) - len(self.rows(cell))


def read(chips: Sequence[Chip], seconds: float, disturb: Callable[[FakePi], None] = lambda pi: None, **kinds: Any) -> Run:
    """Runs the board on chips for some seconds; every single read must come back in time."""
    return run_on(FakePi(chips, **kinds), chips, seconds, disturb)


def run_on(pi: FakePi, chips: Sequence[Chip], seconds: float, disturb: Callable[[FakePi], None] = lambda pi: None) -> Run:
    with running(pi):
        board, blocks = Hx711PackageBoard(clock=pi), []
        while pi.now_ns() < seconds * S:
            disturb(pi)
            pi.allow(LONGEST_READ_S)
            blocks.append(board.read(0.05))
    return Run(pi, chips, board, blocks)


@cache
def broken_for_a_while(word: str) -> Run:
    """The second chip from 0.5 to 1.2 of 2.4 seconds."""
    chips = four_chips()
    chips[1].fault(word, round(FAULT_S[0] * S), round((FAULT_S[1] - FAULT_S[0]) * S))
    return read(chips, 2.4)


@cache
def broken_for_good(word: str) -> Run:
    """The third chip from 1 second on, seen at 2."""
    chips = four_chips()
    chips[2].fault(word, 1 * S)
    return read(chips, 2.0)


@pytest.fixture(scope="module")
def quiet() -> Run:
    return read(four_chips(), 3.0)


def test_it_is_a_board_with_the_times_of_looks_at_edges(quiet):
    board = quiet.board
    assert (board.name, board.demo, board.timing) == ("hx711-package", False, Edge(2))
    assert board.geometry == Geometry()


@pytest.mark.parametrize("op_ns", [5_000, 9_000, 15_000])
def test_a_quiet_computer_reads_every_conversion_of_four_chips(op_ns):
    quiet = read(four_chips(), 2.5, op_ns=op_ns)
    for cell in range(4):
        rows = quiet.rows(cell)
        assert quiet.missed(cell) <= 1
        assert quiet.wrong(cell) == []
        assert [flag for _, _, flag in rows[:4]] == [Flag.SETTLING | Flag.TIME_POLLED] * 4
        assert {flag for _, _, flag in rows[4:]} == {Flag.TIME_POLLED}


def test_every_time_is_that_of_a_look_soon_after_the_edge():
    quiet = read(four_chips(), 3.0, op_ns=9_000)
    for cell, chip in enumerate(quiet.chips):
        late_ms = [(t_ns - edge_ns) / MS for (t_ns, _, _), (edge_ns, _) in zip(quiet.rows(cell), chip.truth, strict=False)]
        assert min(late_ms) > 0
        assert max(late_ms) < 1 + 4 * 0.75


def test_time_moves_every_50_ms_and_nothing_older_follows(quiet):
    assert all(0 < b.until_ns - a.until_ns <= 60 * MS for a, b in pairwise(quiet.blocks))
    assert all(int(b.t_ns.min()) >= a.until_ns for a, b in pairwise(quiet.blocks) if len(b))


def test_the_rate_and_the_counters_of_each_chip_are_known(quiet):
    assert quiet.board.rates_hz == pytest.approx([92.8 / factor for factor in (0.97, 1, 1.012, 1.02)], rel=5e-3)
    assert quiet.board.causes == (Cause.NONE,) * 4
    for cell, counters in enumerate(quiet.board.counters):
        assert counters.words == counters.polled == len(quiet.rows(cell))
        assert counters.rate_hz == quiet.board.rates_hz[cell]
        assert counters.sck_late == counters.late_end == counters.resets == counters.revivals == 0


def test_the_core_makes_frames_of_it(quiet):
    pipeline = Pipeline(Geometry(), nominal_calibration(Geometry()), quiet.board.timing)
    frames = [pipeline.feed(block) for block in quiet.blocks]
    valid = np.concatenate([f.valid for f in frames])
    assert np.mean(valid[len(valid) // 4 :]) > 0.99


def test_zero_and_minus_one_are_counts_like_others():
    chips = [Chip(0.0, noise_counts=1.0, seed=i) for i in range(4)]
    counts = [count for _, count, flag in read(chips, 2.0).rows(0) if not flag & BAD]
    assert {0, -1} <= set(counts)


EXPECTED = {
    "dout_high": None,
    "sck_high": None,
    "dout_low": Flag.NOT_RELEASED,
    "sck_open": Flag.NOT_RELEASED,
    "stuck": Flag.REPEAT,
    "open_bridge_hi": Flag.RAIL,
    "open_bridge_lo": Flag.RAIL,
}
CAUSE = {
    "dout_high": Cause.SILENT,
    "sck_high": Cause.SILENT,
    "dout_low": Cause.WIRE,
    "sck_open": Cause.WIRE,
    "stuck": Cause.FROZEN,
    "open_bridge_hi": Cause.RAIL,
    "open_bridge_lo": Cause.RAIL,
}


@pytest.mark.parametrize("word", EXPECTED)
def test_each_fault_is_flagged_or_silent_and_then_over(word):
    fault = broken_for_a_while(word)
    during, expected = fault.flags(1, FAULT_S[0] + 0.2, FAULT_S[1] - 0.05), EXPECTED[word]
    if expected is None:
        assert during == []
    else:
        assert len(during) > 20
        assert all(flag & expected for flag in during)
    after = fault.flags(1, FAULT_S[1] + 0.4, 2.4)
    assert len(after) > 60
    assert set(after) == {Flag.TIME_POLLED}
    assert fault.wrong(1) == []
    assert fault.board.causes[1] is Cause.NONE


@pytest.mark.parametrize("word", FAULT_WORDS)
def test_a_broken_chip_never_holds_up_the_others(word):
    fault = broken_for_a_while(word)
    for cell in (0, 2, 3):
        assert fault.missed(cell) <= 1
        assert fault.wrong(cell) == []
        assert {flag for _, _, flag in fault.rows(cell)[4:]} == {Flag.TIME_POLLED}


@pytest.mark.parametrize(("word", "cause"), CAUSE.items())
def test_the_cause_is_known_while_it_lasts(word, cause):
    assert broken_for_good(word).board.causes[2] is cause


@pytest.mark.parametrize(
    ("word", "kind"), [("dout_high", "silent"), ("dout_low", "wire"), ("stuck", "frozen"), ("open_bridge_lo", "rail"), ("garbage", "noisy")]
)
def test_the_watch_says_what_is_wrong(word, kind):
    fault = broken_for_good(word)
    watch = Watch(Geometry(), nominal_calibration(Geometry()), fault.board.timing)
    told = [watch.feed(block) for block in fault.blocks][-1]
    assert [(f.cell, f.kind) for f in told] == [(2, kind)]


@pytest.mark.parametrize("every_ms", [17, 43, 230])
@pytest.mark.parametrize("word", ["dout_high", "dout_low"])
def test_a_loose_plug_gives_no_count_that_is_far_wrong(word, every_ms):
    """A cut in the last bits of a word leaves a few ones more: less than half a hundred grams on a 100 kg cell."""
    chips = four_chips()
    chips[0].fault(word, 1 * S, every_ns=every_ms * MS, on_ns=every_ms * MS // 3)
    loose = read(chips, 3.5)
    near = dict(chips[0].truth).values()
    assert len(loose.rows(0)) > 100
    assert [row for row in loose.wrong(0) if min(abs(row[1] - code) for code in near) > FAR_COUNTS] == []


def test_a_chip_that_needs_a_reset_gets_it_and_says_so():
    chips = four_chips()
    chips[0].fault("sck_high", 1 * S, S // 5)
    woken = read(chips, 3.0)
    first = next((t_ns, flag) for t_ns, _, flag in woken.rows(0) if t_ns > 1.2 * S)
    assert first[0] < 1.4 * S
    assert first[1] & Flag.RESET
    assert first[1] & Flag.SETTLING


def test_after_three_resets_in_vain_the_lines_are_claimed_anew():
    chips = four_chips()
    chips[1].fault("dout_high", 1 * S, 4 * S)
    dead = read(chips, 6.5)
    line = CELL_LINES[1]
    assert dead.board.counters[1].revivals >= 3
    assert dead.pi.setups.count(line.sck) == 2
    assert dead.pi.pulled_up == {line.dout for line in CELL_LINES}
    assert set(dead.flags(1, 6.0, 6.5)) == {Flag.TIME_POLLED}
    assert [dead.missed(cell) <= 1 for cell in (0, 2, 3)] == [True] * 3


def test_a_board_of_dead_chips_still_moves_time():
    chips = four_chips()
    for chip in chips:
        chip.fault("dout_high")
    dead = read(chips, 3.0)
    assert all(len(block) == 0 for block in dead.blocks)
    assert all(b.until_ns - a.until_ns <= 60 * MS for a, b in pairwise(dead.blocks))
    assert dead.board.rates_hz == (0.0,) * 4


def test_a_chip_in_slow_mode_is_read_at_its_own_pace():
    chips = [*four_chips()[:3], Chip(0.4, rate_hz=11.67)]
    slow = read(chips, 4.0)
    assert slow.board.rates_hz[3] == pytest.approx(11.67, rel=0.01)
    assert slow.board.causes[3] is Cause.SLOW
    assert slow.missed(3) <= 1
    assert slow.wrong(3) == []
    assert slow.missed(0) <= 1


@pytest.mark.parametrize("pulse", [1, 6, 12, 23])
def test_a_word_that_the_package_breaks_off_leaves_a_gap_and_nothing_wrong(pulse):
    hit = broken_off(pulse)
    assert sum(chip.resets for chip in hit.chips) == 4 + 1
    broken = next(cell for cell, chip in enumerate(hit.chips) if chip.resets == 2)
    assert sum(counters.sck_late for counters in hit.board.counters) == 1
    assert [bool(flag & Flag.RESET) for _, _, flag in hit.rows(broken)].count(True) == 1
    assert [hit.wrong(cell) for cell in range(4)] == [[]] * 4


def test_a_late_pulse_after_the_word_is_flagged_and_followed_by_a_reset():
    hit = broken_off(25)
    broken = next(cell for cell, chip in enumerate(hit.chips) if chip.resets == 2)
    flags = [flag for _, _, flag in hit.rows(broken)]
    late = next(i for i, flag in enumerate(flags) if flag & Flag.SCK_LATE)
    assert flags[late + 1] & Flag.RESET
    assert flags[late + 1] & Flag.SETTLING
    assert hit.wrong(broken) == []


def broken_off(pulse: int) -> Run:
    """The processor is taken away for 0.3 ms while SCK is high, at one pulse of one word."""
    asked: list[bool] = []

    class AtPulse(FakePi):
        def input(self, channel: int) -> int:
            level = super().input(channel)
            if not level and not asked and self.now_ns() > S:
                asked.append(True)  # the board's look; the package looks again, then clocks: 2 operations, and 3 a bit
                self.preempt(in_ops=2 + 3 * (pulse - 1) + 2, for_ns=300_000)
            return level

    chips = four_chips()
    return run_on(AtPulse(chips), chips, 2.0)


def test_pre_emptions_at_random_let_nothing_wrong_through():
    rng = random.Random(3)

    def disturb(pi: FakePi) -> None:
        if rng.random() < 0.2:
            pi.preempt(in_ops=rng.randint(1, 300), for_ns=rng.randint(20_000, 9_000_000))

    disturbed = read(four_chips(), 10.0, disturb, op_ns=9_000)
    assert sum(counters.sck_late for counters in disturbed.board.counters) > 20
    assert [disturbed.wrong(cell) for cell in range(4)] == [[]] * 4


def test_a_process_that_is_always_late_loses_readings_and_takes_no_wrong_one():
    late = read(four_chips(), 10.0, op_ns=9_000, latency_ns=late_starts())
    assert sum(counters.late_end for counters in late.board.counters) > 100
    assert [late.wrong(cell) for cell in range(4)] == [[]] * 4
    assert all(len([1 for _, _, flag in late.rows(cell) if not flag & BAD]) > 250 for cell in range(4))


def test_a_computer_whose_pulses_are_too_slow_is_refused_with_its_number():
    pi = FakePi(four_chips(), op_ns=33_000)
    with running(pi), pytest.raises(ClockTooSlow) as refused:
        Hx711PackageBoard(clock=pi)
    assert refused.value.what.args["us"].value == 66
    assert pi.claimed == set()


def test_plugs_in_another_order_are_put_right_by_the_order_of_the_lines():
    chips = four_chips()
    pi = FakePi(chips)
    with running(pi):
        board = Hx711PackageBoard(lines=CELL_LINES[::-1], clock=pi)
        blocks = [board.read(0.05) for _ in range(40)]
    last = {int(cell): int(count) for b in blocks for cell, count in zip(b.cell, b.count, strict=True)}
    assert [last[cell] for cell in range(4)] == pytest.approx([chip.truth[-1][1] for chip in chips[::-1]], abs=500)


def test_the_lines_are_freed_at_the_end():
    pi = FakePi(four_chips())
    with running(pi):
        board = Hx711PackageBoard(clock=pi)
        assert pi.claimed == {number for line in CELL_LINES for number in (line.sck, line.dout)}
        board.close()
        board.close()
    assert pi.claimed == set()


@pytest.mark.parametrize(
    "failure", [ImportError("No module named 'RPi'"), RuntimeError("Cannot determine SOC peripheral base address")], ids=["none", "wrong"]
)
def test_without_a_working_rpi_gpio_it_says_what_to_install(failure):
    with rpi_gpio_that_raises(failure), pytest.raises(PackageFailed) as refused:
        Hx711PackageBoard()
    assert "rpi-lgpio" in Catalogue("en").text(refused.value.do)


def test_a_line_that_another_program_holds_is_an_error_and_the_rest_is_freed():
    pi = FakePi(four_chips(), busy=[CELL_LINES[2].dout])
    with running(pi), pytest.raises(PackageFailed) as refused:
        Hx711PackageBoard(clock=pi)
    assert refused.value.what.args["reason"] == "GPIO busy"
    assert pi.claimed == set()


@pytest.mark.skipif(find_gpiochip() is not None, reason="this is a Raspberry Pi")
def test_off_a_pi_there_is_no_such_board():
    with pytest.raises(NotAPi):
        open_hx711_package()


@pytest.mark.parametrize(("language", "word"), [("en", "hops"), ("de", "Hüpfen")])
def test_its_limits_reach_the_user(language, word):
    assert word in Catalogue(language).text(limits())


def test_the_package_alone_hangs_on_the_cut_wire_that_the_board_survives():
    chips = four_chips()
    chips[0].fault("dout_high", 3 * S)
    pi = FakePi(chips)
    with running(pi):
        import hx711

        cell = hx711.HX711(CELL_LINES[0].dout, CELL_LINES[0].sck)
        pi.allow(20.0)
        with pytest.raises(Hangs):
            _ = [cell.get_raw_data(2) for _ in range(1000)]
    assert pi.now_ns() > 20 * S


@pytest.mark.parametrize("op_ns", [5_000, 9_000])
def test_the_own_driver_captures_what_the_package_in_turn_loses(op_ns):
    own, package = ours(four_chips(), 5.0, op_ns), package_in_turn(four_chips(), 5.0, op_ns)
    assert own.captured_pct > 99.5  # of a few seconds; tests/benchmarks/test_peers.py promises 99.9
    assert own.wrong == 0
    assert package.captured_pct < 97
    assert package.wrong > 0
