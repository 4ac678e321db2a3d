"""A simulated person carries a run out by doing what is asked, and the result is what truly happened."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest

from hardware.actor import Actor
from hardware.simulated import SimulatedBoard
from station.core.pipeline import Pipeline
from station.core.results import RunResult
from station.protocols.loader import load_all
from station.run import Run

LONGEST_S = 300


def carried_out(protocol: str, traits: str, seed: int) -> tuple[RunResult, dict[str, Any], float]:
    """The result, the truth, and when the first trial's recording began (s of data)."""
    board = SimulatedBoard(traits, seed=seed)
    pipeline = Pipeline(board.geometry, board.calibration, board.timing)
    numbers, origins = count(), []

    def origin_ns(since_ns: int) -> int:
        origins.append(since_ns)
        return since_ns

    run = Run(load_all()[protocol], geometry=board.geometry, new_id=lambda: f"id-{next(numbers)}", demo=True)
    actor = Actor(board.act, seed=seed, wants=board.wants)
    while not run.done and board.now_ns < LONGEST_S * 1_000_000_000:
        readings = board.read(0.05)
        run.feed(readings, pipeline.feed(readings), pipeline.plate, origin_ns)
        actor.obey(run.view, board.now_ns / 1e9)
    assert run.result is not None
    return run.result, board.truth(), origins[0] / 1e9


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_hold_lasts_as_long_as_the_foot_was_up(seed: int) -> None:
    result, truth, origin_s = carried_out("single-leg-hold", "15s-hold,left", seed)
    (trial,), (hold,) = result.trials, truth["holds"]
    assert (trial.status, trial.side, hold["side"]) == ("completed", "left", "left")
    assert trial.duration_s == pytest.approx(hold["end_s"] - hold["start_s"], abs=0.3)
    assert trial.window_s is not None
    assert trial.window_s[0] + origin_s == pytest.approx(hold["start_s"], abs=0.3)


def test_every_heel_tap_is_counted_at_its_time() -> None:
    result, truth, origin_s = carried_out("heel-tap-front", "70kg", 2)
    seen = [rep["t_s"] + origin_s for rep in result.trials[0].reps]
    assert len(seen) == truth["reps"] == 8
    assert seen == pytest.approx([tap["t_s"] for tap in truth["taps"]], abs=0.03)


def test_eyes_and_pad_are_done_as_asked_through_four_conditions() -> None:
    result, truth, _ = carried_out("mctsib", "70kg", 5)
    assert result.status == "completed"
    assert [t.condition.surface for t in result.trials] == ["firm", "firm", "foam", "foam"]
    actions = [a["action"] for a in truth["acts"]]
    assert actions.count("close-eyes") == actions.count("open-eyes") == 2
    assert actions.index("put-pad-on") > actions.index("step-off")


def test_a_hand_on_the_rail_ends_a_quiet_test_as_failed() -> None:
    result, truth, _ = carried_out("two-leg-quiet", "support,5s-mistake", 4)
    assert (result.status, result.trials[0].reason.id) == ("failed", "trial.end.support")
    assert "support" in [a["action"] for a in truth["acts"]]
