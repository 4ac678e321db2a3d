"""The gate: a single reading that jumps alone is kept out; nothing that a filtered load can do ever is."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_readings import CALIBRATION, GAIN_N, GEOMETRY, blocks, conversions, same, standing_n, through

from station.core.calibration import Calibration
from station.core.frames import Frames
from station.core.gate import GATED, LIMIT_KG, Gate, opening_spikes
from station.core.geometry import GRAVITY_M_S2
from station.core.pipeline import Pipeline
from station.core.readings import Edge, Flag, Readings, Sample, Timing

LIMIT = LIMIT_KG * GRAVITY_M_S2 / GAIN_N
GAP_NS = 12_500_000
KG = GRAVITY_M_S2 / GAIN_N
"""Counts."""


def pipeline(timing: Timing | None = None) -> Pipeline:
    return Pipeline(GEOMETRY, CALIBRATION, timing or Edge(), fixed_zero=True)


def spiked(readings: Readings, rows: list[int], counts: list[int], flag: Flag | None = None) -> Readings:
    count, flags = readings.count.copy(), readings.flag.copy()
    count[rows] += np.array(counts, np.int32)
    if flag is not None:
        flags[[row + 1 for row in rows]] = int(flag)
    return Readings(readings.cell, readings.t_ns, count, flags, readings.until_ns)


def of_cell(readings: Readings, cell: int) -> list[int]:
    return np.flatnonzero(readings.cell == cell).tolist()


@pytest.mark.parametrize("kg", [0.06, -0.06, 0.5, -3.0, 40.0])
def test_a_reading_that_jumps_alone_changes_no_frame_and_is_told(kg: float) -> None:
    whole = conversions(5)
    rows = of_cell(whole, 2)[150:350:50]
    one = pipeline()
    found = through(one, [spiked(whole, rows, [round(kg * KG)] * 4)])
    clean = through(pipeline(), [whole])
    assert np.nanmax(np.abs(found.force_n - clean.force_n)) < 0.05
    assert (found.valid == clean.valid).all()
    assert [health.gated for health in one.health] == [0, 0, 4, 0]
    assert int((found.flags & GATED != 0).sum()) == 4
    at_ns = found.t_ns[found.flags & GATED != 0]
    assert np.abs(at_ns - (whole.t_ns[rows] - 25_000_000)).max() < 11_000_000


def test_a_small_jump_stays() -> None:
    whole = conversions(5)
    one = pipeline()
    through(one, [spiked(whole, of_cell(whole, 2)[150:350:50], [round(0.02 * KG)] * 4)])
    assert sum(health.gated for health in one.health) == 0


def test_a_file_is_never_gated() -> None:
    whole = conversions(5, delay_periods=0)
    one = pipeline(Sample())
    found = through(one, [spiked(whole, of_cell(whole, 2)[150:350:50], [round(3 * KG)] * 4)])
    assert [health.gated for health in one.health] == [0] * 4
    assert not (found.flags & GATED).any()


def test_a_board_that_was_never_calibrated_is_gated_by_its_nominal_gains() -> None:
    twice = Calibration.from_gains(GEOMETRY, (2 * GAIN_N,) * 4)
    whole = conversions(5)
    rows = of_cell(whole, 2)[150:350:50]
    one = Pipeline(GEOMETRY, twice, Edge(), fixed_zero=True)
    through(one, [spiked(whole, rows, [round(0.04 * KG)] * 4)])
    assert one.health[2].gated == 4
    assert sum(health.gated for health in one.health) == 4


def test_a_jump_beside_a_flagged_reading_is_not_believed() -> None:
    whole = conversions(5, cells=[2])
    one = pipeline()
    through(one, [spiked(whole, [200], [round(2 * KG)], Flag.LATE_END)])
    assert one.health[2].gated == 1


def test_two_jumps_to_opposite_sides_are_both_kept_out() -> None:
    whole = conversions(5, cells=[2])
    one = pipeline()
    found = through(one, [spiked(whole, [200, 201], [round(2 * KG), round(-1.5 * KG)])])
    assert one.health[2].gated == 2
    assert np.nanmax(np.abs(found.force_n[:, 2] - through(pipeline(), [whole]).force_n[:, 2])) < 0.05


@pytest.mark.parametrize("place", range(5))
def test_a_jump_among_the_first_readings_after_a_gap_is_kept_out(place: int) -> None:
    whole = conversions(6, cells=[2])
    holed = np.r_[0:200, 240 : len(whole)]
    cut = Readings(whole.cell[holed], whole.t_ns[holed], whole.count[holed], whole.flag[holed], whole.until_ns)
    one = pipeline()
    found = through(one, [spiked(cut, [200 + place], [round(0.8 * KG)])])
    clean = through(pipeline(), [cut])
    both = np.isfinite(found.force_n[:, 2]) & np.isfinite(clean.force_n[:, 2])
    assert one.health[2].gated == 1
    assert np.abs(found.force_n[both, 2] - clean.force_n[both, 2]).max() < 0.1
    assert int(both.sum()) > len(found) - 80


def sinc4(force_n: np.ndarray) -> np.ndarray:
    """Four moving means of one period each, 50 steps of 0.25 ms."""
    for _ in range(4):
        force_n = np.convolve(force_n, np.full(50, 1 / 50), "same")
    return force_n


@given(st.integers(0, 49), st.integers(1, 400), st.floats(0.001, 1.0), st.booleans(), st.integers(0, 2**32))
@settings(max_examples=120, deadline=None, derandomize=True)
def test_no_push_however_short_hard_or_badly_timed_is_ever_kept_out(phase: int, steps: int, share: float, up: bool, seed: int) -> None:
    force_n = np.full(4000, 170.0)
    force_n[2000 : 2000 + steps] += (1 if up else -1) * share * 2000.0 * 50 / min(steps, 50)
    noise = np.random.default_rng(seed).normal(0, 10, 80)
    counts = np.round(sinc4(force_n)[200 + phase : 3800 : 50] / GAIN_N + noise[: len(range(200 + phase, 3800, 50))]).astype(int).tolist()
    gate, kept_out = Gate(LIMIT), 0
    for i, count in enumerate(counts[:-1]):
        knot = (i * GAP_NS, count)
        if gate.is_spike(knot, ((i + 1) * GAP_NS, counts[i + 1])):
            kept_out += 1
        else:
            gate.keep(knot)
    assert kept_out == 0


@given(st.integers(0, 49), st.integers(1, 400), st.integers(0, 5), st.floats(0.001, 1.0))
@settings(max_examples=120, deadline=None, derandomize=True)
def test_no_push_between_the_first_readings_after_a_gap_is_kept_out(phase: int, steps: int, place: int, share: float) -> None:
    force_n = np.full(1000, 170.0)
    force_n[350 + 50 * place : 350 + 50 * place + steps] += share * 2000.0 * 50 / min(steps, 50)
    counts = np.round(sinc4(force_n)[300 + phase : 550 + phase : 50] / GAIN_N).astype(int).tolist()
    assert set(opening_spikes(counts, LIMIT)) <= {0, len(counts) - 1}


def jumping(readings: Readings, seed: int, share: float) -> Readings:
    rng = np.random.default_rng(seed)
    hit = rng.random(len(readings)) < share
    flag = np.where(rng.random(len(readings)) < 0.03, 1 << rng.integers(0, 8, len(readings)), 0)
    count = readings.count + np.where(hit, np.round(rng.normal(0, 3 * KG, len(readings))), 0).astype(np.int64)
    return Readings.of(readings.cell, readings.t_ns, count, flag, readings.until_ns)


@given(
    st.integers(0, 2**32), st.sampled_from([0.01, 0.1, 0.4]), st.sampled_from([0.0, 0.2, 0.5]), st.lists(st.integers(1, 200), min_size=1)
)
@settings(max_examples=60, deadline=None, derandomize=True)
def test_the_gate_knows_no_block_borders(seed: int, share: float, loss: float, sizes: list[int]) -> None:
    readings = jumping(conversions(2.5, loss=loss, seed=seed % 1000), seed, share)
    one, many = pipeline(), pipeline()
    batch = through(one, [readings])
    parts = []
    for part in blocks(readings, sizes):
        parts += [many.feed(part), many.feed(Readings.none(part.until_ns))]
    assert same(Frames.join([*parts, many.feed(Readings.none(readings.until_ns)), many.finish()]), batch)
    assert many.health == one.health


def test_a_stored_gate_goes_on_bit_for_bit_and_a_state_from_before_it_still_loads() -> None:
    parts = list(blocks(jumping(conversions(9), 3, 0.05), 37))
    for cut in (3, 20, 50):
        before = pipeline()
        for part in parts[:cut]:
            before.feed(part)
        state = json.loads(json.dumps(before.state(), allow_nan=False))
        after = Pipeline(GEOMETRY, CALIBRATION, Edge(), fixed_zero=True, resume=state)
        assert same(through(after, parts[cut:]), through(before, parts[cut:]))
        assert after.health == before.health
        for cell in state["cells"]:
            del cell["gate"]
        older = Pipeline(GEOMETRY, CALIBRATION, Edge(), fixed_zero=True, resume=state)
        assert len(through(older, parts[cut:])) > 100


def test_frames_wait_no_longer_for_a_spike_than_for_a_missing_conversion() -> None:
    whole = conversions(4, jitter_ms=0.0)
    rows = of_cell(whole, 1)[100:200:9]
    live, waited = pipeline(), []
    seen: list[list[int]] = [[], [], [], []]
    for part in blocks(spiked(whole, rows, [round(2 * KG)] * len(rows)), 1):
        seen[int(part.cell[0])].append(int(part.t_ns[0]) - 25_000_000)
        out = live.feed(part)
        waited += [min(sum(s > t + 500_000 for s in times[-8:]) for times in seen) for t in out.t_ns[out.valid].tolist()]
    assert live.health[1].gated == len(rows)
    assert max(waited[15:]) <= 4
    assert np.mean(np.array(waited[15:]) <= 3) > 0.9


def test_quiet_standing_with_the_noise_of_a_chip_is_never_gated() -> None:
    rng = np.random.default_rng(5)
    readings = conversions(60.0, lambda cell, t_s: standing_n(cell, t_s) + rng.normal(0, 0.01, len(t_s)))
    one = pipeline()
    through(one, [readings])
    assert sum(health.gated for health in one.health) == 0
