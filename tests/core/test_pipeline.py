"""Readings in, frames out: the same whatever the blocks, on time, for ever, and continued exactly."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_readings import CALIBRATION, GEOMETRY, blocks, conversions, keep, same, through

from station.core.formats.csv import read_csv
from station.core.formats.sidecar import sidecar
from station.core.frames import STEP_NS, Frames
from station.core.pipeline import Pipeline
from station.core.readings import Edge, Flag, Readings, Sample, Timing
from station.core.tape import Tape

SHARED = (*(f"cells/BDS{n:05d}.csv.gz" for n in (1, 4, 7, 10, 157, 160, 163, 166)), "wii_board/recording.csv.gz")


def pipeline(timing: Timing, resume: dict[str, object] | None = None) -> Pipeline:
    return Pipeline(GEOMETRY, CALIBRATION, timing, resume=resume)


def first_s(readings: Readings, seconds: float) -> Readings:
    end_ns = int(readings.t_ns[0] + seconds * 1e9)
    part = keep(readings, readings.t_ns < end_ns)
    return Readings(part.cell, part.t_ns, part.count, part.flag, end_ns)


@pytest.mark.shared
@pytest.mark.parametrize("name", SHARED)
def test_a_recording_gives_the_same_frames_in_any_blocks(shared_data: Path, name: str) -> None:
    table = read_csv(shared_data / name)
    geometry, calibration, _ = sidecar(table.path, newtons=table.newtons)
    whole = table.to_readings()
    for size, seconds in ((1, 5.0), (7, 12.0), (64, 60.0), (1000, 200.0)):
        readings = first_s(whole, seconds)
        batch = through(Pipeline(geometry, calibration, Sample()), [readings])
        streamed = through(Pipeline(geometry, calibration, Sample()), blocks(readings, size))
        assert len(batch) > 450
        assert same(streamed, batch)


@pytest.mark.shared
def test_a_recording_on_the_grid_is_kept_as_it_is(shared_data: Path) -> None:
    table = read_csv(shared_data / SHARED[0])
    geometry, calibration, _ = sidecar(table.path, newtons=True)
    frames = through(Pipeline(geometry, calibration, Sample(), fixed_zero=True), [table.to_readings()])
    cells = np.stack(list(table.columns.values()), axis=1)
    assert np.array_equal(frames.t_ns, table.t_ns)
    assert np.abs(frames.force_n - cells).max() < 0.51e-6
    assert np.abs(frames.load_n - cells.sum(axis=1)).max() < 2.1e-6


@st.composite
def streams(draw: st.DrawFn) -> tuple[Timing, Readings]:
    """Loss, jitter, a dead cell, nonsense times, any flags, blocks of one cell held back: all of it honest."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    timing: Timing = Edge() if draw(st.booleans()) else Sample()
    made = conversions(
        draw(st.sampled_from([0.6, 2.5])),
        delay_periods=2 if isinstance(timing, Edge) else 0,
        rate_hz=draw(st.sampled_from([80.0, 80.0, 100.0, 40.0, 320.0])),
        jitter_ms=draw(st.sampled_from([0.0, 0.05, 2.0])),
        loss=draw(st.sampled_from([0.0, 0.1, 0.5])),
        start_s=draw(st.sampled_from([0.0, 3.217])),
        seed=draw(st.integers(0, 1000)),
    )
    if draw(st.booleans()):
        made = keep(made, (made.cell != 1) | (made.t_ns < draw(st.integers(0, 5_000_000_000))))
    if draw(st.booleans()):
        from_ns = draw(st.integers(0, 4_000_000_000))
        made = keep(made, (made.cell != 2) | (made.t_ns < from_ns) | (made.t_ns > from_ns + draw(st.integers(0, 600_000_000))))
    n = len(made)
    flag = np.where(rng.random(n) < draw(st.sampled_from([0.0, 0.05, 0.4])), 1 << rng.integers(0, 10, n), 0)
    wild = rng.random(n) < draw(st.sampled_from([0.0, 0.05]))
    t_ns = np.where(wild, made.t_ns + rng.integers(-20_000_000, 20_000_000, n), made.t_ns)
    held_ns = np.where((made.cell == 3) & (rng.random(n) < 0.02), draw(st.integers(0, 300_000_000)), 0)
    arrival_ns = np.zeros(n, np.int64)
    for cell in range(4):
        ours = made.cell == cell
        arrival_ns[ours] = np.maximum.accumulate(made.t_ns[ours] + held_ns[ours])
    order = np.argsort(arrival_ns, kind="stable")
    until_ns = int(t_ns.max()) + draw(st.integers(1, 500_000_000)) if n else 1
    return timing, Readings.of(made.cell[order], t_ns[order], made.count[order], flag[order], until_ns)


@given(streams(), st.lists(st.integers(1, 300), min_size=1, max_size=8), st.data())
@settings(max_examples=150, deadline=None, derandomize=True)
def test_any_honest_stream_gives_the_same_frames_in_any_blocks(
    stream: tuple[Timing, Readings], sizes: list[int], data: st.DataObject
) -> None:
    timing, readings = stream
    one = pipeline(timing)
    batch = through(one, [readings])
    many = pipeline(timing)
    parts = []
    for part in blocks(readings, sizes):
        parts.append(many.feed(part))
        if data.draw(st.booleans()):
            parts.append(many.feed(Readings.none(part.until_ns)))
    parts.append(many.feed(Readings.none(readings.until_ns)))
    assert same(Frames.join([*parts, many.finish()]), batch)
    assert many.plate == one.plate
    assert many.health == one.health


@pytest.mark.parametrize("loss", [0.0, 0.15])
@pytest.mark.parametrize("timing", [Edge(), Sample()])
def test_a_frame_is_out_no_later_than_three_conversions_after_its_time(timing: Timing, loss: float) -> None:
    readings = conversions(4, loss=loss, delay_periods=0)
    delay_ns = 25_000_000 if isinstance(timing, Edge) else 0
    live = pipeline(timing)
    seen: list[list[int]] = [[], [], [], []]
    waited = []
    for part in blocks(readings, 1):
        seen[int(part.cell[0])].append(int(part.t_ns[0]) - delay_ns)
        out = live.feed(part)
        for t_ns, valid in zip(out.t_ns.tolist(), out.valid.tolist(), strict=True):
            if valid:
                waited.append(min(sum(1 for s in times[-8:] if s > t_ns + 500_000) for times in seen))
    assert len(waited) > 200
    after_a_gap = 1 if loss else 0
    assert max(waited[15:]) <= 3 + after_a_gap


def test_a_dead_cell_delays_nothing_for_longer_than_its_silence_takes_to_show() -> None:
    readings = conversions(4)
    live = pipeline(Edge())
    newest_ns = 0
    for part in blocks(keep(readings, (readings.cell != 0) | (readings.t_ns < 2e9)), 4):
        out = live.feed(part)
        newest_ns = int(out.t_ns[-1]) if len(out) else newest_ns
        if part.t_ns[0] > 1.5e9:
            assert part.until_ns - newest_ns < 9 * 12_750_000


def test_a_stored_pipeline_goes_on_bit_for_bit() -> None:
    for timing in (Edge(), Sample()):
        readings = conversions(9, loss=0.2, delay_periods=2)
        readings = Readings(
            readings.cell,
            readings.t_ns,
            readings.count,
            np.where(np.arange(len(readings)) % 97 == 0, int(Flag.RAIL), 0).astype(np.uint16),
            readings.until_ns,
        )
        parts = list(blocks(readings, 37))
        for cut in (1, 3, 20, 50):
            before = pipeline(timing)
            for part in parts[:cut]:
                before.feed(part)
            after = pipeline(timing, resume=json.loads(json.dumps(before.state(), allow_nan=False)))
            assert after.next_ns == before.next_ns
            assert same(through(after, parts[cut:]), through(before, parts[cut:]))
            assert after.plate == before.plate
            assert after.health == before.health


def test_the_tape_gives_the_past_back_exactly() -> None:
    live, tape, seen = pipeline(Edge()), Tape(seconds=5), []
    for part in blocks(conversions(12), 16):
        tape.add(live.state, part)
        seen.append(live.feed(part))
    whole = Frames.join(seen)
    state, parts = tape.since(9_000_000_000)
    again = pipeline(Edge(), resume=state)
    frames = Frames.join(again.feed(part) for part in parts)
    assert frames.t_ns[0] <= 9_000_000_000
    assert frames.t_ns[0] > 7_500_000_000
    assert same(frames, whole[len(whole) - len(frames) :])


def test_the_tape_keeps_its_seconds_and_no_more() -> None:
    live, tape = pipeline(Edge()), Tape(seconds=5)
    assert tape.since(0) == (None, [])
    for part in blocks(conversions(20), 16):
        tape.add(live.state(), part)
        live.feed(part)
    state, parts = tape.since(0)
    assert state is not None
    kept_s = (parts[-1].until_ns - parts[0].until_ns) / 1e9
    assert 5.0 <= kept_s < 7.0


def test_an_hour_fills_no_memory() -> None:
    five_s = conversions(5.0, jitter_ms=0.0)
    live, tape, sizes = pipeline(Edge()), Tape(), []
    for i in range(720):
        t_ns = five_s.t_ns + i * 5_000_000_000
        part = Readings(five_s.cell, t_ns, five_s.count, five_s.flag, int(t_ns[-1]) + 1)
        part = keep(part, (part.cell != 2) | (i < 100))
        tape.add(live.state, part)
        frames = live.feed(part)
        if i % 60 == 59:
            sizes.append(len(json.dumps(live.state())))
            assert 480 < len(frames) < 520
    assert max(sizes) < 1.3 * min(sizes) < 20_000
    assert sum(len(part) for part in tape.since(0)[1]) < 30 * 320


def test_rates_and_silence_are_those_of_each_cell() -> None:
    live = pipeline(Edge())
    readings = conversions(6)
    live.feed(keep(readings, (readings.cell != 3) | (readings.t_ns < 4e9)))
    assert live.rates_hz == pytest.approx([80 / f for f in (0.98, 1.0, 1.012, 1.02)], rel=0.01)
    assert live.silent_s[:3] == pytest.approx([0.0] * 3, abs=0.02)
    assert live.silent_s[3] == pytest.approx(3.0, abs=0.1)


def test_flags_are_counted_by_cell_and_name() -> None:
    readings = conversions(3)
    flag = np.where((readings.cell == 1) & (np.arange(len(readings)) % 10 == 0), int(Flag.RAIL | Flag.GAP_BEFORE), 0).astype(np.uint16)
    live = pipeline(Edge())
    live.feed(Readings(readings.cell, readings.t_ns, readings.count, flag, readings.until_ns))
    n = int((flag != 0).sum())
    assert live.health[1].flagged == {"RAIL": n, "GAP_BEFORE": n}
    assert live.health[0].flagged == {}


def test_nothing_comes_of_nothing() -> None:
    live = pipeline(Edge())
    assert live.next_ns is None
    assert len(live.feed(Readings.none(1_000_000_000))) == 0
    assert len(live.finish()) == 0
    assert live.rates_hz == (0.0,) * 4


def test_the_grid_begins_at_the_first_knot_of_any_cell() -> None:
    readings = conversions(2, delay_periods=0, jitter_ms=0.0, start_s=1.0041)
    frames = through(pipeline(Sample()), [readings])
    assert frames.t_ns[0] == 1_010_000_000
    assert (np.diff(frames.t_ns) == STEP_NS).all()
