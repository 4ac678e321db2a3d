"""The chip model behaves as the datasheet and its users say, in virtual time."""

from __future__ import annotations

import random
from statistics import mean, pstdev

import pytest

from hardware.chip import BOTTOM, TOP, Bench, Chip
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
