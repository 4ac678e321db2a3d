"""A simulated person at the board does what a guided procedure asks, after a human delay, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from chain_figures import absolute_error_mm, means, rms

from hardware.hx711 import nominal_calibration
from hardware.operator import Operator
from hardware.simulated import SimulatedBoard
from station.core.calibration import Calibration
from station.core.geometry import GRAVITY_M_S2, Geometry
from station.core.sheet import Sheet
from station.service.calibrate import Calibrate

STEP_OFF = Sheet("calibrate", "zero", does="step-off")
TAKE = Sheet("calibrate", "points", does="take-weight")
WAIT = Sheet("calibrate", "fit", does="wait")


def corner(index: int) -> Sheet:
    return Sheet("calibrate", "corners", does="press-corner", corner=index)


def mark(number: int, ml_mm: float = 130.0, ap_mm: float = -130.0) -> Sheet:
    return Sheet("calibrate", "points", does="put-weight", at=(number, ml_mm, ap_mm))


@dataclass
class Done:
    t_s: float
    action: str
    args: dict[str, Any]


class Stage:
    """Shows sheets for a while, and writes down what the operator does."""

    def __init__(self, **about: Any) -> None:
        self.done: list[Done] = []
        self.now_s = 0.0
        self.operator = Operator(self._note, **{"seed": 3, **about})

    def _note(self, action: str, **args: Any) -> None:
        self.done.append(Done(self.now_s, action, args))

    def show(self, sheet: Sheet, seconds: float) -> list[Done]:
        first, end_s = len(self.done), self.now_s + seconds
        while self.now_s < end_s:
            self.operator.obey(sheet, self.now_s)
            self.now_s = round(self.now_s + 0.05, 3)
        return self.done[first:]

    def actions(self) -> list[str]:
        return [done.action for done in self.done]


def test_steps_off_once_when_it_stands_there_and_else_does_nothing() -> None:
    stage, empty = Stage(standing=True), Stage()
    stage.show(STEP_OFF, 20)
    empty.show(STEP_OFF, 20)
    assert stage.actions() == ["step-off"]
    assert 0.5 < stage.done[0].t_s < 2.0
    assert empty.actions() == []


def test_presses_each_corner_that_it_is_asked_for() -> None:
    stage = Stage()
    pressed = [stage.show(corner(i), 5.0)[0] for i in range(4)]
    assert [done.args["corner"] for done in pressed] == [0, 1, 2, 3]
    assert all(6 <= done.args["kg"] <= 10 for done in pressed)


def test_presses_again_when_it_was_not_felt() -> None:
    stage = Stage()
    stage.show(corner(2), 25)
    assert stage.actions() == ["press"] * 2 or stage.actions() == ["press"] * 3


def test_sets_the_weight_on_the_mark_with_a_human_error_and_takes_it_off_when_asked() -> None:
    stage = Stage(weight_kg=12.5)
    put = stage.show(mark(3), 10)
    taken = stage.show(TAKE, 5)
    assert [done.action for done in put] == ["put"]
    assert put[0].args["kg"] == 12.5
    assert 0 < np.hypot(put[0].args["ml_mm"] - 130, put[0].args["ap_mm"] + 130) < 6
    assert [done.action for done in taken] == ["take"]


def test_carries_the_weight_from_mark_to_mark_also_when_asked_in_the_middle_of_it() -> None:
    stage = Stage()
    stage.show(mark(1, -130, 130), 5)
    stage.show(mark(2, 0, 130), 0.1)
    stage.show(mark(3, 130, 130), 12)
    assert stage.actions()[:3] == ["put", "take", "put"]
    assert stage.done[-1].action == "put"
    assert stage.done[-1].args["ml_mm"] == pytest.approx(130, abs=6)
    assert stage.actions().count("put") == stage.actions().count("take") + 1


def test_sets_a_weight_down_anew_when_the_mark_is_asked_for_too_long() -> None:
    stage = Stage()
    stage.show(mark(5), 40)
    assert stage.actions() == ["put", "take", "put"]
    assert stage.done[0].args["ml_mm"] != stage.done[2].args["ml_mm"]


def test_clears_the_plate_for_a_corner_and_waits_when_there_is_nothing_to_do() -> None:
    stage = Stage()
    stage.show(mark(5), 5)
    stage.show(WAIT, 5)
    stage.show(corner(0), 5)
    assert stage.actions() == ["put", "take", "press"]


def test_the_placement_error_is_a_millimetre_an_axis() -> None:
    stage = Stage()
    for number in range(120):
        stage.show(mark(number), 6)
    put = np.array([(done.args["ml_mm"] - 130, done.args["ap_mm"] + 130) for done in stage.done if done.action == "put"])
    assert len(put) == 120
    assert put.std(axis=0) == pytest.approx([1, 1], abs=0.2)


def test_the_same_seed_does_the_same() -> None:
    def acts(seed: int) -> list[Done]:
        stage = Stage(seed=seed)
        stage.show(corner(1), 4)
        stage.show(mark(2), 6)
        return stage.done

    assert acts(1) == acts(1) != acts(2)


# --- on a board ---------------------------------------------------------------------------------------------------------------------


def kg_of(board: SimulatedBoard, spans_s: list[tuple[float, float]]) -> Any:
    counts = means(board, spans_s)
    return (counts[1:] - counts[0]) * np.array(board.gain_truth_n_per_count) / GRAVITY_M_S2


def test_a_pressed_corner_rises_by_more_than_three_kilograms_most_of_all_and_falls_back() -> None:
    for index in range(4):
        board = SimulatedBoard(script=[(1.0, "press", {"corner": index, "kg": 5.0, "seconds": 2.0})])
        held, after = kg_of(board, [(0.2, 0.9), (1.8, 2.8), (4.0, 4.5)])
        assert int(np.argmax(held)) == index
        assert held[index] > 3
        assert np.abs(after).max() < 0.01


def test_a_weight_put_on_a_mark_weighs_what_it_weighs_where_it_is_and_goes_away() -> None:
    script = [(1.0, "put", {"ml_mm": 130.0, "ap_mm": 65.0, "kg": 20.0}), (3.0, "take", {})]
    on, off = kg_of(SimulatedBoard(script=script), [(0.2, 0.9), (2.0, 2.9), (4.0, 4.5)])
    cells = np.array(Geometry().cells_mm)
    assert on.sum() == pytest.approx(20, abs=0.01)
    assert on @ cells / 20 == pytest.approx([130, 65], abs=0.2)
    assert np.abs(off).max() < 0.01


def test_a_guided_calibration_is_followed_to_its_end_also_on_a_board_wired_wrongly() -> None:
    traits = "gains=10%,misplaced=2mm,swapped=front_left/rear_right,reversed=front_right"
    board = SimulatedBoard(traits, seed=5)
    guide = Calibrate(
        board.geometry, board.timing, new_id=lambda: "made", date="2026-01-01", software="1", nominal=nominal_calibration(board.geometry)
    )
    operator = Operator(board.act, seed=2, weight_kg=10.0)
    sheet = guide.sheet
    while not sheet.over and board.now_ns < 600e9:
        guide.feed(board.read(0.05))
        sheet = guide.sheet
        operator.obey(sheet, board.now_ns / 1e9)
        if sheet.asks:
            guide.answer("yes" if sheet.asks == "yes-no" else "next", 10.0 if sheet.asks == "weight" else None)
    assert sheet.passed
    assert guide.result is not None
    made = Calibration.from_json(guide.result["calibration"])
    assert made.order == (3, 1, 2, 0)
    assert rms(absolute_error_mm(traits, made, seed=5)) < 1.5
