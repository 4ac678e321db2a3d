"""The clocks: what they make of jitter, loss, resets and nonsense."""

from __future__ import annotations

import json

import numpy as np
import pytest

from station.core.clockwork import EdgeClock, SampleClock, period_clock
from station.core.readings import Edge, Sample

PERIOD_NS = 12_600_000


def edges(n: int, jitter_ms: float = 0.0, seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """(true, seen) edge times."""
    true_ns = 5_000_000_000 + PERIOD_NS * np.arange(n, dtype=np.int64)
    return true_ns, np.round(true_ns + np.random.default_rng(seed).normal(0, jitter_ms * 1e6, n)).astype(np.int64)


def phase_errors_ms(true_ns: np.ndarray, seen_ns: np.ndarray, after: int = 400) -> np.ndarray:
    clock = EdgeClock()
    found = [clock.step(int(t)) for t in seen_ns]
    errors = [(s + 2 * PERIOD_NS - t) / 1e6 for s, t in zip(found, true_ns.tolist(), strict=True) if s is not None]
    return np.array(errors[after:])


@pytest.mark.parametrize(("jitter_ms", "phase_ms"), [(0.05, 0.016), (1.0, 0.32)])
def test_a_third_of_the_edges_jitter_is_left(jitter_ms: float, phase_ms: float) -> None:
    errors = phase_errors_ms(*edges(20_000, jitter_ms))
    assert errors.std() == pytest.approx(phase_ms, rel=0.25)
    assert abs(errors.mean()) < 0.05 * jitter_ms


def test_thirty_per_cent_of_missing_edges_are_harmless() -> None:
    true_ns, seen_ns = edges(20_000, 0.05)
    kept = np.random.default_rng(4).random(len(true_ns)) > 0.3
    assert phase_errors_ms(true_ns[kept], seen_ns[kept]).std() < 0.025


def test_no_sample_time_comes_before_the_loop_has_settled() -> None:
    _, seen_ns = edges(60)
    clock = EdgeClock()
    found = [clock.step(int(t)) for t in seen_ns]
    first = next(i for i, s in enumerate(found) if s is not None)
    assert 20 <= first <= 23
    assert found[first] == seen_ns[first] - 2 * PERIOD_NS
    assert found[first] >= seen_ns[20]


def test_three_edges_off_the_beat_start_the_loop_again() -> None:
    _, seen_ns = edges(200)
    moved_ns = seen_ns.copy()
    moved_ns[100:] += PERIOD_NS // 2 - 1000
    clock = EdgeClock()
    found = [clock.step(int(t)) for t in moved_ns]
    assert clock.bad_edges == 3
    assert found[99] is not None
    assert found[100:123] == [None] * 23
    assert found[-1] == moved_ns[-1] - 2 * PERIOD_NS


def test_one_edge_off_the_beat_gives_no_time_and_moves_nothing() -> None:
    _, seen_ns = edges(100)
    seen_ns[60] += PERIOD_NS // 3
    clock = EdgeClock()
    found = [clock.step(int(t)) for t in seen_ns]
    assert found[60] is None
    assert found[61] == seen_ns[61] - 2 * PERIOD_NS


def test_a_reset_keeps_the_period_and_takes_the_new_phase() -> None:
    _, seen_ns = edges(100)
    seen_ns[60:] += 4 * PERIOD_NS + PERIOD_NS // 2
    clock = EdgeClock()
    found = [clock.step(int(t), reset=i == 60) for i, t in enumerate(seen_ns)]
    assert found[60:62] == [None, None]
    assert found[62] == seen_ns[60]
    assert clock.bad_edges == 0


def test_no_later_edge_is_sampled_before_what_was_promised() -> None:
    rng = np.random.default_rng(9)
    for jitter_ms in (0.05, 1.0, 3.0):
        _, seen_ns = edges(3000, jitter_ms)
        kept = np.maximum.accumulate(seen_ns)[rng.random(3000) > 0.2]
        clock = EdgeClock()
        for t in np.unique(kept).tolist():
            promised_ns = clock.earliest_ns(t)
            sample_ns = clock.step(t)
            assert sample_ns is None or sample_ns >= promised_ns


def test_the_rate_is_measured_and_not_assumed() -> None:
    clock = EdgeClock()
    assert clock.rate_hz == 0.0
    for t in edges(50, 0.05)[1].tolist():
        clock.step(t)
    assert clock.rate_hz == pytest.approx(1e9 / PERIOD_NS, rel=0.01)


@pytest.mark.parametrize("loss", [0.0, 0.3])
def test_the_period_of_samples_stands_jitter_and_loss(loss: float) -> None:
    rng = np.random.default_rng(5)
    t_ns = 25_000_000 * np.arange(2000) + np.round(25e6 * rng.uniform(-0.2, 0.2, 2000)).astype(np.int64)
    clock = SampleClock()
    for t in t_ns[rng.random(2000) >= loss].tolist():
        assert clock.step(t) == t
    assert clock.period_ns == pytest.approx(25e6, rel=0.25)


@pytest.mark.parametrize("timing", [Edge(), Sample()])
def test_a_stored_clock_goes_on_as_if_nothing_had_happened(timing: Edge | Sample) -> None:
    t_ns = edges(300, 1.0)[1].tolist()
    whole, before, after = period_clock(timing), period_clock(timing), period_clock(timing)
    for t in t_ns[:111]:
        before.step(t)
    after.restore(json.loads(json.dumps(before.state())))
    assert [whole.step(t) for t in t_ns][111:] == [after.step(t) for t in t_ns[111:]]
    assert whole.rate_hz == after.rate_hz
