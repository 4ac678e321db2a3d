"""Whole runs with a simulated person on simulated cells: what the station says is what really happened."""

from __future__ import annotations

from typing import Any

import pytest
from standing import numbered

from hardware.actor import Actor
from hardware.simulated import SimulatedBoard
from station.core.pipeline import Pipeline
from station.core.results import RunResult
from station.protocols.loader import load_all
from station.run import Run


def play(
    name: str, *, traits: str = "", seed: int = 1, faults: tuple[str, ...] = (), wants: dict[str, Any] | None = None
) -> tuple[RunResult, Any]:
    """The run's result, and the truth."""
    board = SimulatedBoard(traits, seed=seed, faults=faults)
    pipeline = Pipeline(board.geometry, board.calibration, board.timing)
    actor, ids = Actor(board.act, seed=seed, wants={**board.wants, **(wants or {})}), numbered()
    run = Run(load_all()[name], geometry=board.geometry, new_id=lambda: next(ids), demo=True)
    while not run.done:
        readings = board.read(0.05)
        run.feed(readings, pipeline.feed(readings), pipeline.plate, 0)
        actor.obey(run.view, readings.until_ns / 1e9)
    assert run.result is not None
    return run.result, board.truth()


@pytest.mark.parametrize("seed", [1, 3])
def test_a_hold_is_as_long_as_the_truth_says(seed: int) -> None:
    result, truth = play("single-leg-hold", seed=seed)
    hold, trial = truth["holds"][-1], result.trials[0]
    assert (result.status, trial.side, trial.demo) == ("completed", hold["side"], True)
    assert trial.window_s == pytest.approx((hold["start_s"], hold["end_s"]), abs=0.3)


@pytest.mark.parametrize(("traits", "seed"), [("70kg", 2), ("50kg,eyes-closed", 6)])
def test_heel_taps_are_counted_exactly_and_on_time(traits: str, seed: int) -> None:
    result, truth = play("heel-tap-front", traits=traits, seed=seed)
    taps, reps = truth["taps"], result.trials[0].reps
    assert len(reps) == len(taps) == 8
    assert [r["t_s"] for r in reps] == pytest.approx([t["t_s"] for t in taps], abs=0.03)
    assert [r["dip_pct"] for r in reps] == pytest.approx([t["dip_pct"] for t in taps], abs=1.5)


def test_a_quiet_trial_of_a_simulated_person_is_valid_and_has_a_velocity() -> None:
    result, _ = play("two-leg-quiet")
    trial = result.trials[0]
    assert (result.status, trial.quality.verdict, trial.duration_s) == ("completed", "valid", 30.0)
    assert trial.measures["mean_velocity_mm_s"].value == pytest.approx(10, abs=6)
    assert trial.quality.rate_hz == pytest.approx((80,) * 4, rel=0.03)


@pytest.mark.parametrize("word", ["off", "stuck"])
def test_a_cell_that_fails_closes_the_trial_with_its_name(word: str) -> None:
    result, _ = play("two-leg-quiet", faults=(f"front_left:{word}@20s",))
    assert (result.status, result.reason.id) == ("interrupted", "trial.end.cell")
    assert result.reason.args["cell"].id == "hardware.front-left"
    fault = next(e for e in result.trials[0].events if e.kind == "fault")
    assert fault.t_s == pytest.approx(20, abs=0.3)


def test_the_first_touch_of_the_board_is_not_taken_for_its_noise() -> None:
    """Stepping on just before a zero is taken must not make the board look noisy."""
    verdicts = [play("two-leg-quiet", seed=seed)[0].trials[0].quality.verdict for seed in (1, 2)]
    assert verdicts == ["valid", "valid"]


def test_the_candle_is_played_to_its_end() -> None:
    result, _ = play("candle")
    assert result.status == "completed"
    assert result.score is not None
    assert 300 < result.score.value <= 1000
