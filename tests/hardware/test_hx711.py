"""The driver on the chip model: every word it accepts is the chip's own, every doubtful one carries its flag."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import pytest
from storm import Storm

from hardware.chip import Bench, Chip
from hardware.converter import Cause, Period, cause_words
from hardware.hx711 import ClockTooSlow, Hx711Board, nominal_calibration
from station.core.geometry import Geometry
from station.core.readings import USABLE, Edge, Flag, Readings

S = 1_000_000_000
MS = 1_000_000
PPM = (-30_000, 0, 12_000, 20_000)
BAD = int(~USABLE) & 0x3FF


def four_chips(**kinds: float) -> list[Chip]:
    return [Chip(0.3 + 0.2 * i, ppm=ppm, seed=i + 1, jitter_ns=500, **kinds) for i, ppm in enumerate(PPM)]  # type: ignore[arg-type]


@dataclass
class Run:
    chips: Sequence[Chip]
    board: Hx711Board
    blocks: list[Readings]

    @cached_property
    def table(self) -> tuple[list[tuple[int, int, int]], ...]:
        columns = [np.concatenate([getattr(b, name) for b in self.blocks]) for name in ("cell", "t_ns", "count", "flag")]
        return tuple(list(zip(*(column[columns[0] == k].tolist() for column in columns[1:]), strict=True)) for k in range(4))

    def rows(self, cell: int) -> list[tuple[int, int, int]]:
        """(t_ns, count, flag) of a cell."""
        return self.table[cell]

    def flags(self, cell: int) -> Flag:
        found = Flag(0)
        for _, _, flag in self.rows(cell):
            found |= Flag(flag)
        return found

    def wrong(self, cell: int) -> int:
        """Accepted words that the chip never made at that time."""
        truth = dict(self.chips[cell].truth)
        return sum(truth.get(t) != count for t, count, flag in self.rows(cell) if not flag & BAD)


def run(
    chips: Sequence[Chip],
    seconds: float,
    *,
    age_guard: bool = True,
    op_ns: int = 5_000,
    latency_ns: Callable[[], int] = lambda: 0,
    hear_edges: bool = True,
    disturb: Callable[[Bench], None] = lambda bench: None,
) -> Run:
    bench = Bench(chips, op_ns=op_ns, latency_ns=latency_ns, hear_edges=hear_edges, limit_s=seconds + 5)
    board = Hx711Board(bench.pins(), age_guard=age_guard)
    blocks = []
    while bench.now_ns() < seconds * S:
        disturb(bench)
        blocks.append(board.read(0.05))
    return Run(chips, board, blocks)


def late_starts(seed: int = 4) -> Callable[[], int]:
    """A process that gets the processor 0.03 to 11.5 ms late, each time."""
    rng = random.Random(seed)
    return lambda: rng.randint(30_000, 11_500_000)


@pytest.fixture(scope="module")
def long_run() -> Run:
    """More than 10,000 conversions of each of four chips, noise on, the processor late at each start, SCK pre-empted at random."""
    rng = random.Random(8)

    def disturb(bench: Bench) -> None:
        if rng.random() < 0.002:
            bench.preempt(in_ops=rng.randint(1, 300), for_ns=rng.randint(20_000, 15_000_000))

    return run(four_chips(), 128.5, op_ns=9_000, latency_ns=late_starts(), disturb=disturb)


@pytest.mark.parametrize("cell", range(4))
def test_every_accepted_word_of_ten_thousand_is_the_chips_own(long_run, cell):
    assert len(long_run.chips[cell].truth) > 10_000
    assert sum(not flag & BAD for _, _, flag in long_run.rows(cell)) > 9_700
    assert long_run.wrong(cell) == 0


@pytest.mark.parametrize("cell", range(4))
def test_no_conversion_is_lost_without_a_flag(long_run, cell):
    order = {t_ns: i for i, (t_ns, _) in enumerate(long_run.chips[cell].truth)}
    rows = [(order[t], flag) for t, _, flag in long_run.rows(cell)]
    steps = [(b - a, flag) for (a, _), (b, flag) in pairwise(rows)]
    assert all(step >= 1 for step, _ in steps)
    assert [flag for step, flag in steps if step > 1 and not flag & (Flag.GAP_BEFORE | Flag.RESET)] == []


def test_the_long_run_met_every_kind_of_trouble(long_run):
    totals = [long_run.board.counters[cell] for cell in range(4)]
    assert sum(c.skipped_old for c in totals) > 0
    assert sum(c.sck_late for c in totals) > 0
    assert sum(c.resets for c in totals) > 0
    assert sum(c.gaps for c in totals) > 0


def test_until_ns_never_goes_back_and_nothing_older_follows_it(long_run):
    until_ns = 0
    for block in long_run.blocks:
        assert block.until_ns >= until_ns
        assert len(block) == 0 or int(block.t_ns.min()) >= until_ns
        until_ns = block.until_ns


def test_without_the_age_guard_the_same_board_accepts_words_that_no_chip_made():
    guarded = run(four_chips(), 12.0, op_ns=9_000, latency_ns=late_starts())
    trusting = run(four_chips(), 12.0, op_ns=9_000, latency_ns=late_starts(), age_guard=False)
    assert sum(guarded.wrong(cell) for cell in range(4)) == 0
    assert sum(trusting.wrong(cell) for cell in range(4)) > 0


def test_a_quiet_computer_reads_every_conversion_unflagged():
    quiet = run(four_chips(), 3.0)
    for cell, chip in enumerate(quiet.chips):
        rows = quiet.rows(cell)
        assert [t for t, _, _ in rows] == [t for t, _ in chip.truth][: len(rows)]
        assert len(chip.truth) - len(rows) <= 1
        assert [flag for _, _, flag in rows[:4]] == [Flag.SETTLING] * 4
        assert {flag for _, _, flag in rows[4:]} == {0}


def test_it_is_a_board_with_edge_times():
    board = Hx711Board(Bench(four_chips()).pins())
    assert (board.name, board.demo, board.timing) == ("hx711", False, Edge(2))
    assert board.geometry == Geometry()


def test_the_rate_of_each_chip_is_measured():
    assert run(four_chips(), 2.0).board.rates_hz == pytest.approx([80 / (1 + ppm * 1e-6) for ppm in PPM], rel=1e-3)


def test_a_chip_in_slow_mode_gives_its_eleven_readings_a_second():
    chips = [*four_chips()[:3], Chip(rate_hz=11.67)]
    slow = run(chips, 4.0)
    assert slow.board.rates_hz[3] == pytest.approx(11.67, rel=1e-3)
    assert slow.wrong(3) == 0
    assert len(slow.rows(3)) > 30
    assert Flag.RESET not in slow.flags(3)


def test_a_jumper_moved_while_running_is_a_new_rate_and_not_a_row_of_resets():
    period = Period()
    for dt_ns in [12_500_000] * 30 + [85_700_000] * 25:
        period.interval(dt_ns)
    assert period.ns == pytest.approx(85_700_000, rel=1e-3)


def test_missed_edges_do_not_move_the_period():
    period = Period()
    for k in [1, 1, 2, 1, 1, 1, 3, 1, 1, 2] * 10:
        period.interval(k * 12_500_000)
    assert period.ns == pytest.approx(12_500_000, rel=1e-3)


def test_a_drifting_oscillator_is_followed():
    chips = [Chip(ppm=-20_000, drift_ppm_s=1_000, seed=i) for i in range(4)]
    drifting = run(chips, 20.0)
    last_s = [b[0] - a[0] for a, b in zip(chips[0].truth[-50:], chips[0].truth[-49:], strict=False)]
    assert 1e9 / drifting.board.rates_hz[0] == pytest.approx(np.mean(last_s), rel=2e-3)
    assert drifting.wrong(0) == 0


def test_a_computer_that_clocks_too_slowly_is_refused_with_its_number():
    with pytest.raises(ClockTooSlow) as refused:
        Hx711Board(Bench(four_chips(), op_ns=25_000).pins())
    assert refused.value.what.args["us"].value == 50


def test_a_board_of_dead_chips_still_moves_time_every_50_ms():
    chips = four_chips()
    for chip in chips:
        chip.fault("dout_high")
    dead = run(chips, 3.0)
    until = [block.until_ns for block in dead.blocks]
    assert all(len(block) == 0 for block in dead.blocks)
    assert max(b - a for a, b in pairwise(until)) <= 60 * MS
    assert 2.9 * S < until[-1] <= 3.1 * S


@pytest.mark.parametrize("word", ["dout_high", "dout_low", "sck_open", "sck_high"])
def test_a_dead_chip_never_holds_up_the_others(word):
    chips = four_chips()
    chips[1].fault(word, 1 * S)
    run_ = run(chips, 4.0)
    for cell in (0, 2, 3):
        assert len(chips[cell].truth) - len(run_.rows(cell)) <= 1
        assert run_.wrong(cell) == 0
        assert {flag for _, _, flag in run_.rows(cell)[4:]} == {0}


def test_a_chip_that_was_cut_off_comes_back_with_a_gap_and_is_believed_again():
    chips = four_chips()
    chips[2].fault("dout_high", 1 * S, S // 2)
    back = run(chips, 3.0)
    after = [flag for t, _, flag in back.rows(2) if t >= 1.5 * S]
    assert after[0] & Flag.GAP_BEFORE
    assert after[-1] == 0
    assert back.wrong(2) == 0


def test_a_chip_sent_to_sleep_is_woken_within_a_second():
    chips = four_chips()
    chips[0].fault("sck_high", 1 * S, S // 5)
    woken = run(chips, 3.0)
    first = next((t, flag) for t, _, flag in woken.rows(0) if t > 1.2 * S)
    assert first[0] < 1.4 * S
    assert first[1] & Flag.RESET
    assert first[1] & Flag.SETTLING


def test_lines_whose_edges_never_arrive_are_polled_and_say_so():
    polled = run(four_chips(), 3.0, hear_edges=False)
    for cell, chip in enumerate(polled.chips):
        rows = [(t, count, flag) for t, count, flag in polled.rows(cell) if not flag & BAD]
        codes = {code for _, code in chip.truth}
        assert len(rows) > 180
        assert all(flag & Flag.TIME_POLLED for _, _, flag in rows)
        assert all(count in codes for _, count, _ in rows)


def test_nominal_gains_follow_the_rating_of_the_cells():
    light, heavy = nominal_calibration(Geometry(cell_rating_kg=50)), nominal_calibration(Geometry(cell_rating_kg=200))
    assert heavy.gain_n_per_count[0] == pytest.approx(4 * light.gain_n_per_count[0])
    assert light.gain_n_per_count[0] * 85_899 == pytest.approx(9.80665)
    assert not light.calibrated


NEVER = "no readings"


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("dout_high", NEVER),
        ("sck_high", NEVER),
        ("dout_low", Flag.NOT_RELEASED),
        ("sck_open", Flag.NOT_RELEASED),
        ("stuck", Flag.REPEAT),
        ("open_bridge_hi", Flag.RAIL),
        ("open_bridge_lo", Flag.RAIL),
    ],
)
def test_each_fault_of_a_chip_is_flagged_or_silent(word, expected):
    chips = four_chips()
    chips[1].fault(word, 1 * S)
    rows = [(t, flag) for t, _, flag in run(chips, 2.0).rows(1) if t > 1.15 * S]
    if expected == NEVER:
        assert rows == []
    else:
        assert len(rows) > 10
        assert all(flag & expected for _, flag in rows)


def test_a_floating_input_leaves_unflagged_noise_for_the_watch_to_find():
    chips = four_chips()
    chips[1].fault("garbage", 1 * S)
    floating = run(chips, 2.0)
    rows = [count for t, count, _ in floating.rows(1) if t > 1.1 * S]
    assert np.std(rows) > 1_000_000
    assert floating.wrong(1) == 0


@pytest.mark.parametrize("bit", [1, 6, 12, 23])
def test_a_pre_emption_while_sck_is_high_is_flagged_and_followed_by_a_reset(bit):
    chips = four_chips()
    hit = []

    def disturb(bench: Bench) -> None:
        if not hit and bench.now_ns() > 1 * S:
            bench.preempt(in_ops=3 * (bit - 1) + 3, for_ns=300_000)  # the first operation is the look at DOUT
            hit.append(bench.now_ns())

    hurt = run(chips, 2.0, disturb=disturb)
    cell = next(i for i in range(4) if hurt.board.counters[i].sck_late)
    rows = hurt.rows(cell)
    late = next(i for i, (_, _, flag) in enumerate(rows) if flag & Flag.SCK_LATE)
    assert hurt.wrong(cell) == 0
    assert chips[cell].resets == 2
    assert rows[late + 1][2] & Flag.RESET
    assert rows[late + 1][0] - rows[late][0] > 45 * MS
    assert [bool(flag & Flag.SETTLING) for _, _, flag in rows[late + 1 : late + 6]] == [True] * 4 + [False]


def test_a_process_away_for_two_seconds_leaves_a_gap_and_no_wrong_word():
    away = []

    def disturb(bench: Bench) -> None:
        if not away and bench.now_ns() > 1 * S:
            bench.preempt(in_ops=1, for_ns=2 * S)
            away.append(bench.now_ns())

    paused = run(four_chips(), 5.0, disturb=disturb)
    for cell in range(4):
        assert paused.wrong(cell) == 0
        assert Flag.GAP_BEFORE in paused.flags(cell)
        assert paused.rows(cell)[-1][2] == 0


def test_quiet_stance_with_faults_of_every_kind_lets_no_wrong_word_through(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # where lgpio makes its pipe
    toll = Storm(seed=11, share=0.1).run(25.0)
    caught = {who: sum(t.caught[who] for t in toll.kinds.values()) for who in ("flag", "reset", "gate")}
    assert toll.conversions > 7_000
    assert sum(t.thrown for t in toll.kinds.values()) > 200
    assert min(caught.values()) > 10
    for kind, tally in toll.kinds.items():
        assert kind == "stuck" or tally.caught["accepted"] == 0, f"{kind}\n{toll.table()}"
    assert toll.false == 0


@pytest.mark.parametrize("bit", [1, 4, 9, 12, 18, 24])
def test_a_data_wire_that_breaks_within_a_read_is_flagged_or_changes_less_than_48_grams(bit):
    """Half of a word is ones then; the chip itself is well and answers again two conversions later."""
    chips = four_chips()
    cut = []

    def disturb(bench: Bench) -> None:
        if not cut and bench.now_ns() > 1 * S:
            read_ns = chips[0].next_ns + 30_000 + 15_000 * bit + 12_000
            chips[0].fault("dout_high", read_ns, 25 * MS)
            cut.append(read_ns)

    run_ = run(chips[:], 2.0, disturb=disturb)
    truth = dict(chips[0].truth)
    t_ns, count, flag = next(row for row in run_.rows(0) if row[0] > cut[0] - 2 * MS)
    assert t_ns < cut[0]
    assert bool(flag & (Flag.NOT_RELEASED | Flag.RAIL)) == (bit <= 12)
    assert bit <= 12 or abs(count - truth[t_ns]) < 2_048
    after = [row for row in run_.rows(0) if row[0] > t_ns]
    assert all(row[2] & BAD or truth.get(row[0]) == row[1] for row in after)


def test_an_edge_off_the_rhythm_is_a_wire_that_made_contact_and_its_word_is_not_used():
    chips = four_chips()
    chips[0].fault("dout_high", 1_010 * MS, 25 * MS + 9 * MS)
    rows = run(chips, 2.0).rows(0)
    t_ns, _, flag = next(row for row in rows if row[0] > 1_012 * MS)
    assert t_ns == 1_044 * MS
    assert flag & Flag.LATE_END
    assert rows[-1][2] == 0


def causes_over(chips: Sequence[Chip], seconds: float) -> list[tuple[float, tuple[str, ...]]]:
    """Every change of the causes, with its time in s."""
    bench = Bench(chips, limit_s=seconds + 5)
    board = Hx711Board(bench.pins())
    told: list[tuple[float, tuple[str, ...]]] = []
    while bench.now_ns() < seconds * S:
        board.read(0.05)
        if not told or told[-1][1] != board.causes:
            told.append((bench.now_ns() / S, board.causes))
            assert tuple(c.cause for c in board.counters) == board.causes
    return told


@pytest.mark.parametrize(
    ("word", "cause"),
    [
        ("dout_high", Cause.SILENT),
        ("sck_high", Cause.SILENT),
        ("dout_low", Cause.WIRE),
        ("sck_open", Cause.WIRE),
        ("open_bridge_hi", Cause.RAIL),
        ("open_bridge_lo", Cause.RAIL),
        ("stuck", Cause.FROZEN),
    ],
)
def test_the_cause_stays_until_good_words_come_again(word, cause):
    chips = four_chips()
    chips[1].fault(word, 1 * S, 1 * S)
    told = causes_over(chips, 6.0)
    assert told[0][1] == (Cause.STARTING,) * 4
    assert all(causes[0] in (Cause.STARTING, Cause.NONE) for _, causes in told)
    ill = [(t, causes[1]) for t, causes in told if 1.0 < t < 2.0]
    assert ill[-1][1] == cause
    assert ill[0][0] < 1.2
    assert all(kind != Cause.NONE for _, kind in ill)
    assert told[-1][1] == (Cause.NONE,) * 4
    well = next(t for t, causes in told if t > 2.0 and causes[1] == Cause.NONE)
    assert well > 2.03


def test_a_slow_chip_is_well_but_says_that_it_is_slow():
    chips = [*four_chips()[:3], Chip(rate_hz=11.67)]
    told = causes_over(chips, 3.0)
    assert told[-1][1] == (Cause.NONE, Cause.NONE, Cause.NONE, Cause.SLOW)


def test_every_cause_has_a_sentence_that_names_the_corner():
    sentences = {cause: cause_words(cause, 2).id for cause in Cause if cause}
    assert len(set(sentences.values())) == len(sentences)
    assert all(cause_words(cause, 2).args["cell"].id == "hardware.rear-left" for cause in sentences)


def resets_s(chips: Sequence[Chip], cell: int, seconds: float) -> tuple[list[float], int]:
    """When the board reset a chip after the start, and how many words came."""
    bench = Bench(chips, limit_s=seconds + 5)
    board = Hx711Board(bench.pins())
    at_s, words, seen = [], 0, board.counters[cell].revivals
    while bench.now_ns() < seconds * S:
        words += len(board.read(0.05))
        if board.counters[cell].revivals != seen:
            seen = board.counters[cell].revivals
            at_s.append(bench.now_ns() / S)
    return at_s, words


def test_a_dead_chip_is_reset_after_one_two_four_up_to_thirty_seconds_and_the_others_go_on():
    chips = [Chip(rate_hz=11.67, seed=i) for i in range(4)]
    chips[1].fault("dout_high", 1 * S)
    at_s, words = resets_s(chips, 1, 66.0)
    assert [b - a for a, b in pairwise([1.0, *at_s])] == pytest.approx([1, 2, 4, 8, 16, 30], abs=0.15)
    assert words == pytest.approx(3 * 11.67 * 65.7, rel=0.01)


def test_a_chip_that_lived_again_is_reset_after_a_second_next_time():
    chips = [Chip(rate_hz=11.67, seed=i) for i in range(4)]
    for from_s in (1, 20):
        chips[1].fault("dout_high", from_s * S, 8 * S)
    assert resets_s(chips, 1, 29.0)[0] == pytest.approx([2, 4, 8, 21, 23, 27], abs=0.15)


@pytest.mark.parametrize("v1", [True, False])
@pytest.mark.parametrize("mode", ["B32", "A64"])
def test_a_chip_that_wakes_in_another_mode_is_back_at_gain_128_after_one_word(v1, mode):
    chips = [Chip(0.5, mode=mode, v1=v1, seed=i) for i in range(4)]
    woken = run(chips, 1.0)
    wanted = round(0.5e-3 * 128 * 2**24)
    for cell in range(4):
        rows = woken.rows(cell)
        assert chips[cell].mode == "A128"
        good = [count for _, count, flag in rows if not flag & BAD]
        assert len(good) > 60
        assert max(abs(count - wanted) for count in good) < 500


def test_the_counters_tell_how_late_and_how_slow_the_last_words_were():
    lazy = run(four_chips(), 3.0, latency_ns=lambda: 2 * MS)
    for c in lazy.board.counters:
        assert 1.9 * MS < c.late_p99_ns < 6 * MS
        assert 300_000 < c.read_p99_ns < 600_000
        assert c.high_ns == c.worst_high_ns == 10_000
        assert c.rate_hz == pytest.approx(80, rel=0.04)


def test_the_worst_clock_of_the_start_does_not_stay_among_the_last():
    hurt = []

    def disturb(bench: Bench) -> None:
        if not hurt and bench.now_ns() > 1 * S:
            bench.preempt(in_ops=3, for_ns=45_000)
            hurt.append(True)

    c = max(run(four_chips(), 5.0, disturb=disturb).board.counters, key=lambda c: c.worst_high_ns)
    assert c.worst_high_ns > 50_000
    assert c.high_ns == 10_000


def test_a_word_shifted_by_a_pulse_taken_for_two_is_followed_by_a_reset_that_disowns_it():
    chips = four_chips()
    chips[3].fault("extra", 1 * S, 12 * MS)
    rows = run(chips, 2.0).rows(3)
    truth = dict(chips[3].truth)
    wrong = [i for i, (t, count, flag) in enumerate(rows) if not flag & BAD and truth.get(t) != count]
    assert len(wrong) == 1
    assert rows[wrong[0] + 1][2] & Flag.RESET


def test_a_frozen_chip_is_not_excused_by_a_shorted_wire_between():
    chips = four_chips()
    chips[0].fault("stuck", 1 * S, 1 * S)
    chips[0].fault("dout_low", 1_500 * MS, 20 * MS)
    rows = [(t, flag) for t, _, flag in run(chips, 2.0).rows(0) if 1_150 * MS < t < 1_990 * MS]
    assert all(flag & (Flag.REPEAT | Flag.NOT_RELEASED) for _, flag in rows)
