"""Counts of one cell on the even grid: exact where they must be, absent where nothing is known."""

from __future__ import annotations

import numpy as np
import pytest
from made_readings import CALIBRATION, GAIN_N, GEOMETRY, blocks, conversions, keep, rows, same, standing_n, through

from station.core.frames import STEP_NS, Frames
from station.core.pipeline import Pipeline
from station.core.readings import Edge, Flag, Readings, Sample
from station.core.resample import lagrange


def pipeline(timing: Edge | Sample | None = None) -> Pipeline:
    return Pipeline(GEOMETRY, CALIBRATION, timing or Edge(), fixed_zero=True)


def frames(readings: Readings, timing: Edge | Sample | None = None) -> Frames:
    return through(pipeline(timing), [readings])


def flagged(readings: Readings, which: np.ndarray, flag: Flag) -> Readings:
    flags = np.where(which, int(flag), readings.flag).astype(np.uint16)
    return Readings(readings.cell, readings.t_ns, readings.count, flags, readings.until_ns)


def without(readings: Readings, cell: int, from_s: float, to_s: float) -> Readings:
    t_s = readings.t_ns / 1e9
    return keep(readings, ~((readings.cell == cell) & (t_s >= from_s) & (t_s < to_s)))


def invalid_s(found: Frames) -> float:
    return float((~found.valid).sum()) * STEP_NS / 1e9


def test_four_points_carry_a_cubic_exactly() -> None:
    knots = np.array([[0], [11], [25], [36]]) * 1_000_000
    t_ns = np.array([17_300_000])
    values = (knots / 1e6) ** 3 - 4 * (knots / 1e6) ** 2 + 7
    assert lagrange(t_ns, knots, values)[0] == pytest.approx(17.3**3 - 4 * 17.3**2 + 7, rel=1e-12)


def test_a_grid_point_on_a_knot_is_the_knot() -> None:
    t_ns = 10_000_000 * np.arange(100, 400)
    force_n = np.random.default_rng(1).normal(180, 30, (300, 4)).round(3)
    found = frames(rows(t_ns, force_n), Sample())
    assert np.array_equal(found.t_ns, t_ns)
    assert np.array_equal(found.force_n, np.round(force_n / GAIN_N) * GAIN_N)
    assert found.valid.all()


def test_free_running_chips_meet_on_the_grid_at_their_sample_times() -> None:
    found = frames(conversions(8))
    t_s = found.t_ns[5:] / 1e9
    truth = np.stack([standing_n(cell, t_s) for cell in range(4)], axis=1)
    assert np.nanmax(np.abs(found.force_n[5:] - truth)) < 0.02


def test_every_multiple_of_ten_milliseconds_is_there() -> None:
    found = frames(conversions(5, loss=0.3))
    assert (np.diff(found.t_ns) == STEP_NS).all()
    assert (found.t_ns % STEP_NS == 0).all()


@pytest.mark.parametrize("timing", [Edge(), Sample()])
@pytest.mark.parametrize(("missing", "bridged"), [(1, True), (3, True), (4, False), (8, False)])
def test_three_missing_conversions_are_bridged_and_four_are_a_gap(timing: Edge | Sample, missing: int, bridged: bool) -> None:
    whole = conversions(6, delay_periods=2 if isinstance(timing, Edge) else 0, jitter_ms=0.0)
    lost = np.flatnonzero(whole.cell == 1)[200 : 200 + missing]
    found = frames(keep(whole, ~np.isin(np.arange(len(whole)), lost)), timing)
    middle = slice(50, -20)
    assert found.valid[middle].all() == bridged
    assert np.isnan(found.force_n[middle, 1]).any() != bridged
    assert not np.isnan(found.force_n[middle][:, [0, 2, 3]]).any()


def test_a_lost_second_is_a_gap_and_not_a_jump() -> None:
    whole = conversions(10)
    holed = keep(whole, (whole.t_ns < 5e9) | (whole.t_ns >= 6e9))
    a, b = frames(whole), frames(holed)
    assert np.array_equal(a.t_ns, b.t_ns)
    assert invalid_s(b) - invalid_s(a) == pytest.approx(1.0, abs=0.06)
    both = a.valid & b.valid
    assert np.abs(a.ml_mm - b.ml_mm)[both].max() < 0.05


def test_a_dead_cell_is_invalid_and_the_other_three_go_on() -> None:
    found = frames(without(conversions(8), 2, 4.0, 99.0))
    late = found.t_ns > 4.05e9
    assert not found.valid[late].any()
    assert np.isnan(found.force_n[late, 2]).all()
    assert not np.isnan(found.force_n[late][:-6, [0, 1, 3]]).any()
    assert np.isnan(found.ml_mm[late]).all()
    assert np.isnan(found.load_n[late]).all()


def test_a_cell_that_never_answers_does_not_hold_the_others_up() -> None:
    live = pipeline()
    readings = conversions(4, cells=(0, 1, 3))
    found = Frames.join(live.feed(part) for part in blocks(readings, 12))
    assert found.t_ns[-1] > readings.t_ns[-1] - 80_000_000
    assert not found.valid.any()
    assert live.silent_s[2] == pytest.approx(4.0, abs=0.1)
    assert live.health[2].n == 0


def test_silence_moves_time_on_with_no_reading_at_all() -> None:
    live = pipeline()
    readings = conversions(3)
    live.feed(readings)
    found = live.feed(Readings.none(int(readings.t_ns[-1]) + 1_000_000_000))
    assert len(found) > 90
    assert not found.valid[10:].any()


@pytest.mark.parametrize("flag", [f for f in Flag if f not in (Flag.RESET, Flag.GAP_BEFORE, Flag.TIME_POLLED)])
def test_a_flagged_reading_is_left_out_and_told(flag: Flag) -> None:
    whole = conversions(5)
    bad = np.zeros(len(whole), np.bool_)
    bad[np.flatnonzero(whole.cell == 0)[150]] = True
    torn = flagged(whole, bad, flag)
    torn = Readings(torn.cell, torn.t_ns, np.where(bad, 0x7FFFFF, torn.count).astype(np.int32), torn.flag, torn.until_ns)
    found, clean = frames(torn), frames(whole)
    assert found.valid.all() == clean.valid.all()
    assert np.nanmax(np.abs(found.force_n - clean.force_n)) < 0.05
    assert np.bitwise_or.reduce(found.flags) == int(flag)
    assert (found.flags != 0).sum() == 1
    assert abs(int(found.t_ns[found.flags != 0][0]) - int(torn.t_ns[bad][0])) < 45_000_000


@pytest.mark.parametrize("flag", [Flag.GAP_BEFORE, Flag.TIME_POLLED])
def test_a_remark_leaves_the_count_in_use(flag: Flag) -> None:
    whole = conversions(3)
    remarked = frames(flagged(whole, np.arange(len(whole)) % 50 == 0, flag))
    assert np.array_equal(remarked.force_n, frames(whole).force_n, equal_nan=True)


def test_the_word_before_a_reset_is_never_used() -> None:
    whole = conversions(6, jitter_ms=0.0)
    ours = np.flatnonzero(whole.cell == 3)
    torn, lost, reset = ours[250], ours[251:254], ours[254]
    count = whole.count.copy()
    count[torn] = 8_000_000
    flag = whole.flag.copy()
    flag[reset] = int(Flag.RESET)
    asleep = keep(Readings(whole.cell, whole.t_ns, count, flag, whole.until_ns), ~np.isin(np.arange(len(whole)), lost))
    for size in (1, 5000):
        found = through(pipeline(), blocks(asleep, size))
        assert np.nanmax(found.force_n[:, 3]) < 190
        assert found.valid[-60:-20].all()


def test_fewer_than_four_knots_are_no_segment() -> None:
    whole = conversions(4, jitter_ms=0.0)
    ours = np.flatnonzero(whole.cell == 0)
    lost = np.concatenate([ours[150:156], ours[159:165]])
    found = frames(keep(whole, ~np.isin(np.arange(len(whole)), lost)), Edge())
    hole = np.flatnonzero(np.isnan(found.force_n[:, 0]))[3:-3]
    inner = hole[(hole > 20) & (hole < len(found) - 20)]
    assert (np.diff(inner) == 1).all()
    assert len(inner) > 12


def test_what_comes_after_newer_readings_of_its_cell_is_counted_and_not_used() -> None:
    whole = conversions(6, delay_periods=0)
    hidden = (whole.cell == 1) & (whole.t_ns >= 3e9) & (whole.t_ns < 4e9)
    live = pipeline(Sample())
    before = keep(whole, ~hidden & (whole.t_ns < 5e9))
    first = live.feed(Readings(before.cell, before.t_ns, before.count, before.flag, 5_000_000_000))
    rest = keep(whole, ~hidden & (whole.t_ns >= 5e9))
    late = keep(whole, hidden)
    second = live.feed(Readings(late.cell, late.t_ns, late.count, late.flag, 5_000_000_000))
    assert live.health[1].unordered == int(hidden.sum())
    third = Frames.join([live.feed(rest), live.finish()])
    found = Frames.join([first, second, third])
    assert (np.diff(found.t_ns) == STEP_NS).all()
    assert np.isnan(found.force_n[(found.t_ns > 3.05e9) & (found.t_ns < 3.95e9), 1]).all()


def test_a_silent_cells_late_readings_are_counted_too() -> None:
    whole = conversions(4, delay_periods=0)
    live = pipeline(Sample())
    known = keep(whole, (whole.t_ns < 2e9) | (whole.cell != 0))
    live.feed(known)
    late = keep(whole, (whole.t_ns >= 2e9) & (whole.cell == 0))
    assert len(live.feed(late)) == 0
    assert live.health[0].late == len(late) - int((late.t_ns >= whole.until_ns - 1).sum())


def test_a_time_that_does_not_go_on_gives_no_knot() -> None:
    whole = conversions(3, delay_periods=0)
    again = Readings.of(
        np.repeat(whole.cell, 2),
        np.repeat(whole.t_ns, 2),
        np.repeat(whole.count, 2) + np.tile([0, 999], len(whole)),
        np.zeros(2 * len(whole)),
        whole.until_ns,
    )
    found = frames(again, Sample())
    assert same(found, frames(whole, Sample()))


def test_ten_readings_a_second_work() -> None:
    found = frames(conversions(20, rate_hz=10.0, delay_periods=0), Sample())
    assert found.valid[10:-20].all()


def test_below_a_hundred_newtons_there_is_no_centre_of_pressure() -> None:
    t_ns = 10_000_000 * np.arange(100, 300)
    light = frames(rows(t_ns, np.full((200, 4), 24.9)), Sample())
    heavy = frames(rows(t_ns, np.full((200, 4), 25.1)), Sample())
    assert np.isnan(light.ml_mm).all()
    assert light.valid.all()
    assert np.abs(heavy.ap_mm).max() < 1e-9


def test_the_axes_point_right_and_forward() -> None:
    t_ns = 10_000_000 * np.arange(100, 300)
    right = frames(rows(t_ns, np.tile([100.0, 200.0, 100.0, 200.0], (200, 1))), Sample())
    ahead = frames(rows(t_ns, np.tile([200.0, 200.0, 100.0, 100.0], (200, 1))), Sample())
    assert right.ml_mm == pytest.approx(np.full(200, 75.0))
    assert ahead.ap_mm == pytest.approx(np.full(200, 275.0 / 3))
