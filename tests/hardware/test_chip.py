"""The chip model behaves as the datasheet and its users say, in virtual time."""

from __future__ import annotations

import random
from itertools import pairwise
from statistics import mean, pstdev

import pytest

from hardware.chip import BOTTOM, TOP, WIRE_WORDS, Bench, Chip
from hardware.converter import clock_word
from hardware.pi import CELL_LINES, CellLine
from hardware.pins import GpiozeroPins

ONE = CELL_LINES[:1]
MS = 1_000_000


def bench_of(chip: Chip, op_ns: int = 5_000) -> tuple[Bench, GpiozeroPins]:
    bench = Bench([chip], lines=ONE, op_ns=op_ns, limit_s=100.0)
    pins = bench.pins()
    pins.claim([ONE[0].sck], [ONE[0].dout])
    return bench, pins


def next_edge(pins: GpiozeroPins, after_ns: int) -> int:
    """Data time of the next data-ready edge that comes after a time."""
    while True:
        for _, t_ns in pins.wait_edges(1.0):
            if t_ns > after_ns:
                return t_ns


def pulse(pins: GpiozeroPins, n: int) -> None:
    for _ in range(n):
        pins.write(ONE[0].sck, True)
        pins.write(ONE[0].sck, False)


def value(code: int) -> int:
    return code - (1 << 24) if code & 0x800000 else code


@pytest.mark.parametrize("mv_v", [0.0, 1.25, -1.25, 3.9, -3.9, -0.0000005])
def test_a_word_is_the_bridge_in_counts_with_its_sign(mv_v):
    _, pins = bench_of(Chip(mv_v, noise_counts=0))
    next_edge(pins, 0)
    code, _, released = clock_word(pins, ONE[0])
    assert value(code) == round(mv_v * 1e-3 * 128 * 2**24)
    assert released


@pytest.mark.parametrize(("mv_v", "rail"), [(4.0, TOP), (-4.0, BOTTOM)])
def test_a_bridge_out_of_range_reads_the_rail(mv_v, rail):
    _, pins = bench_of(Chip(mv_v))
    next_edge(pins, 0)
    assert value(clock_word(pins, ONE[0])[0]) == rail


def test_noise_is_45_counts_at_80_sps():
    chip = Chip(0.0, seed=5)
    chip.advance(20_000 * MS)
    assert pstdev(code for _, code in chip.truth) == pytest.approx(45, abs=3)


def test_the_first_word_comes_four_conversions_after_the_start():
    _, pins = bench_of(Chip())
    assert next_edge(pins, 0) == 50 * MS


def test_edges_carry_the_time_of_the_conversion_to_the_nanosecond():
    chip = Chip(ppm=12_000, jitter_ns=3_000)
    _, pins = bench_of(chip)
    heard = []
    while len(heard) < 200:
        heard += [t_ns for _, t_ns in pins.wait_edges(1.0)]
    assert heard == [t_ns for t_ns, _ in chip.truth][:200]


@pytest.mark.parametrize("ppm", [-160_000, -30_000, 0, 12_000, 100_000])
def test_the_oscillator_runs_free_at_its_own_rate(ppm):
    chip = Chip(ppm=ppm, jitter_ns=5_000)
    chip.advance(10_000 * MS)
    steps = [b - a for (a, _), (b, _) in zip(chip.truth, chip.truth[1:], strict=False)]
    assert mean(steps) == pytest.approx(12.5 * MS * (1 + ppm * 1e-6), rel=1e-3)


def test_unread_data_are_replaced_with_a_short_high_pulse():
    chip = Chip(noise_counts=0)
    chip.advance(62_400_000)
    assert chip.dout(62_400_000) is False
    assert chip.dout(62_450_000) is True
    assert chip.dout(62_500_001) is False
    assert chip.overwritten == 1


@pytest.mark.parametrize(("pulses", "mode", "gain"), [(25, "A128", 128), (26, "B32", 32), (27, "A64", 64)])
def test_the_number_of_pulses_chooses_the_next_mode(pulses, mode, gain):
    chip = Chip(1.0, noise_counts=0)
    bench, pins = bench_of(chip)
    first = next_edge(pins, 0)
    pulse(pins, pulses)
    second = next_edge(pins, bench.now_ns())
    assert chip.mode == mode
    assert chip.truth[-1][1] == round(1e-3 * gain * 2**24)
    assert second - first == pytest.approx((12.5 if mode == "A128" else 62.5) * MS)


@pytest.mark.parametrize(("pulses", "collisions", "errors"), [(12, 1, 0), (24, 1, 0), (28, 0, 1)])
def test_a_wrong_number_of_pulses_is_counted(pulses, collisions, errors):
    chip = Chip()
    bench, pins = bench_of(chip)
    next_edge(pins, 0)
    pulse(pins, pulses)
    next_edge(pins, bench.now_ns())
    assert (chip.collisions, chip.protocol_errors) == (collisions, errors)


def test_a_read_across_a_conversion_gives_a_torn_word():
    chip = Chip(1.25, noise_counts=45, seed=3)
    bench, pins = bench_of(chip)
    edge = next_edge(pins, 0)
    late_ns = edge + 12_300_000 - bench.now_ns()
    pins.wait_edges(late_ns / 1e9)
    code, _, _ = clock_word(pins, ONE[0])
    assert value(code) not in {code for _, code in chip.truth}
    assert chip.collisions == 1


@pytest.mark.parametrize("bit", [1, 6, 12, 23])
def test_a_clock_held_high_too_long_resets_the_chip_and_the_other_bits_read_one(bit):
    chip = Chip(0.5, noise_counts=0)
    bench, pins = bench_of(chip)
    edge = next_edge(pins, 0)
    bench.preempt(in_ops=3 * (bit - 1) + 2, for_ns=300_000)
    code, high_ns, _ = clock_word(pins, ONE[0])
    rest = 24 - bit
    assert code & ((1 << rest) - 1) == (1 << rest) - 1
    assert high_ns > 300_000
    assert chip.resets == 1
    assert next_edge(pins, bench.now_ns()) - edge > 45 * MS


@pytest.mark.parametrize(("v1", "mode"), [(True, "A128"), (False, "A64")])
def test_both_generations_of_chips_wake_as_their_datasheets_say(v1, mode):
    chip = Chip(v1=v1)
    bench, pins = bench_of(chip)
    next_edge(pins, 0)
    pulse(pins, 27)
    next_edge(pins, bench.now_ns())
    pins.write(ONE[0].sck, True)
    pins.wait_edges(100e-6)
    pins.write(ONE[0].sck, False)
    assert chip.mode == mode


def test_the_filter_answers_a_step_after_two_periods():
    step = Chip(lambda t_ns, channel: 1.0 if t_ns >= 200 * MS else 0.0, noise_counts=0, sinc4=True)
    step.advance(400 * MS)
    half = round(0.5e-3 * 128 * 2**24)
    crossing = next(t_ns for t_ns, code in step.truth if code >= half)
    assert crossing - 200 * MS == pytest.approx(25 * MS, abs=6.3 * MS)


def test_a_shared_clock_line_tears_words():
    shared = tuple(CellLine(27, line.dout) for line in CELL_LINES)
    chips = [Chip(1.0, ppm=ppm, seed=i) for i, ppm in enumerate((-30_000, 0, 12_000, -20_000))]
    bench = Bench(chips, lines=shared)
    pins = bench.pins()
    pins.claim([27], [line.dout for line in shared])
    wrong = 0
    for _ in range(150):
        while any(pins.read(line.dout) for line in shared):
            pins.wait_edges(0.0002)
        code, _, _ = clock_word(pins, shared[0])
        wrong += value(code) not in {code for _, code in chips[0].truth[-2:]}
    assert wrong + sum(chip.collisions for chip in chips) > 10


def test_a_driver_that_waits_for_ever_is_stopped():
    chip = Chip()
    chip.fault("dout_high")
    _, pins = bench_of(chip)
    with pytest.raises(TimeoutError):
        next_edge(pins, 0)


def test_an_unknown_fault_word_is_refused():
    with pytest.raises(ValueError, match="dout_high"):
        Chip().fault("dout-high")


def test_the_same_seed_gives_the_same_chip():
    def codes() -> list[tuple[int, int]]:
        chip = Chip(jitter_ns=2_000, seed=random.Random(9).randint(0, 99))
        chip.advance(1_000 * MS)
        return chip.truth

    assert codes() == codes()


def words_of(chip: Chip, seconds: float, op_ns: int = 5_000) -> list[tuple[int, int, bool]]:
    """(edge, count, released) of every conversion, each read at once."""
    bench, pins = bench_of(chip, op_ns)
    found, after_ns = [], 0
    while bench.now_ns() < seconds * 1e9:
        edges = [t_ns for _, t_ns in pins.wait_edges(0.05) if t_ns > after_ns]
        if edges and not pins.read(ONE[0].dout):
            code, _, released = clock_word(pins, ONE[0])
            found.append((edges[-1], value(code), released))
            after_ns = bench.now_ns()
    return found


@pytest.mark.parametrize("mode", ["A128", "B32", "A64"])
def test_a_chip_may_wake_in_any_mode(mode):
    chip = Chip(1.0, noise_counts=0, mode=mode)
    chip.advance(60 * MS)
    assert chip.truth[0][1] == round(1e-3 * {"A128": 128, "B32": 32, "A64": 64}[mode] * 2**24)


def test_a_drifting_oscillator_slows_down():
    chip = Chip(drift_ppm_s=2_000)
    chip.advance(20_000 * MS)
    edges = [t_ns for t_ns, _ in chip.truth]
    assert (edges[-1] - edges[-2]) / (edges[1] - edges[0]) == pytest.approx(1.04, abs=0.001)


def test_jitter_is_that_of_each_period():
    chip = Chip(jitter_ns=50_000, seed=3)
    chip.advance(30_000 * MS)
    steps = [b - a for (a, _), (b, _) in pairwise(chip.truth)]
    assert pstdev(steps) == pytest.approx(50_000, rel=0.1)


@pytest.mark.parametrize(
    ("word", "right", "wrong"),
    [
        ("open_bridge_hi", 0, TOP),
        ("open_bridge_lo", 0, BOTTOM),
        ("gain", 1_000_000, 800_000),
        ("reversed", 1_000_000, -1_000_000),
    ],
)
def test_a_fault_of_the_cell_begins_and_ends_when_it_is_told(word, right, wrong):
    mv_v = right / (1e-3 * 128 * 2**24)
    chip = Chip(mv_v, noise_counts=0)
    chip.fault(word, 200 * MS, 300 * MS)
    words = words_of(chip, 0.8)
    during = [count for t_ns, count, _ in words if 200 * MS <= t_ns < 500 * MS]
    outside = [count for t_ns, count, _ in words if not 200 * MS <= t_ns < 500 * MS]
    assert set(during) == {wrong}
    assert set(outside) == {right}


def test_a_stuck_chip_repeats_its_last_code():
    chip = Chip(0.5, seed=2)
    chip.fault("stuck", 200 * MS, 200 * MS)
    codes = [code for t_ns, code in (chip.advance(600 * MS), chip.truth)[1] if 180 * MS < t_ns < 420 * MS]
    assert len(set(codes[2:-2])) == 1
    assert len(set(codes)) > 1


def test_garbage_is_anywhere_in_24_bits():
    chip = Chip(0.5)
    chip.fault("garbage", 0)
    chip.advance(10_000 * MS)
    codes = [code for _, code in chip.truth]
    assert min(codes) < BOTTOM * 0.9
    assert max(codes) > TOP * 0.9


def test_rate_low_is_an_eighth_of_the_speed():
    chip = Chip()
    chip.fault("slow", 500 * MS, 1_000 * MS)
    chip.advance(2_500 * MS)
    edges = [t_ns for t_ns, _ in chip.truth]
    steps = {round((b - a) / MS, 3) for a, b in pairwise(edges) if 500 * MS <= a < 1_500 * MS}
    assert steps == {100.0}
    assert edges[-1] - edges[-2] == 12.5 * MS


def test_a_flipped_bit_is_one_bit_and_the_chip_knows_nothing_of_it():
    chip = Chip(0.7, noise_counts=0, seed=4)
    chip.fault("flipped", 100 * MS, 2_000 * MS)
    truth = round(0.7e-3 * 128 * 2**24)
    turned = [(count ^ truth) & 0xFFFFFF for t_ns, count, _ in words_of(chip, 2.0) if t_ns > 100 * MS]
    assert all(bits.bit_count() == 1 for bits in turned)
    assert len(set(turned)) > 15
    assert {code for _, code in chip.truth} == {truth}


def test_a_lost_pulse_shifts_the_word_and_half_of_them_stay_low_at_the_end():
    chip = Chip(0.5, seed=6)
    chip.fault("shifted", 100 * MS)
    words = [word for word in words_of(chip, 3.0) if word[0] > 100 * MS]
    truth = dict(chip.truth)
    assert all((count & 0xFFFFFF) == (truth[t_ns] & 0xFFFFFF) >> 1 | (count & 0x800000) for t_ns, count, _ in words)
    assert 0.35 < mean(released for _, _, released in words) < 0.65
    assert chip.collisions > 200


def test_a_pulse_taken_for_two_changes_the_channel():
    chip = Chip(0.5, noise_counts=0)
    chip.fault("extra", 100 * MS, 12 * MS)
    words = words_of(chip, 0.5)
    at = next(i for i, (t_ns, _, _) in enumerate(words) if t_ns >= 100 * MS)
    assert words[at][1] == (round(0.5e-3 * 128 * 2**24) << 1 | 1)
    assert words[at + 1][0] - words[at][0] == 62.5 * MS
    assert words[at + 1][1] == round(0.5e-3 * 32 * 2**24)


@pytest.mark.parametrize("word", WIRE_WORDS)
def test_every_cable_fault_ends_and_the_chip_is_itself_again(word):
    chip = Chip(0.5, noise_counts=0)
    chip.fault(word, 300 * MS, 100 * MS)
    words = words_of(chip, 1.0)
    good = round(0.5e-3 * 128 * 2**24)
    assert {count for t_ns, count, _ in words if t_ns < 295 * MS} == {good}
    assert {count for t_ns, count, _ in words if t_ns > 520 * MS} == {good}
    assert len([t_ns for t_ns, count, _ in words if count == good and 300 * MS < t_ns < 400 * MS]) <= 1


def test_a_data_wire_that_makes_contact_while_a_word_waits_is_an_edge_of_its_own():
    chip = Chip()
    chip.fault("dout_high", 45 * MS, 11 * MS)
    _, pins = bench_of(chip)
    assert next_edge(pins, 0) == 56 * MS


def test_a_data_wire_shorted_while_it_is_high_is_an_edge_too():
    chip = Chip()
    chip.fault("dout_low", 20 * MS, 5 * MS)
    _, pins = bench_of(chip)
    assert next_edge(pins, 0) == 20 * MS
    assert next_edge(pins, 20 * MS) == 50 * MS


def test_an_intermittent_fault_comes_and_goes_on_its_cycle():
    chip = Chip(0.5)
    chip.fault("dout_high", 1_000 * MS, 2_000 * MS, every_ns=500 * MS, on_ns=200 * MS)
    high_ms = {t for t in range(1_050, 3_950, 100) if chip.dout(t * MS)}
    cut_ms = {t for t in range(1_050, 3_050, 100) if (t - 1_000) % 500 < 200}
    assert cut_ms <= high_ms
    assert len(high_ms - cut_ms) < 3  # the chip's own short pulse
