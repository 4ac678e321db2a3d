"""A simulated person through pin-level chips and the true driver: the whole chain, in virtual time. A model, no real chip."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from chain_figures import LANDINGS, STANDING, TAPS, chain_errors, frames_of, means, times_of

from hardware.chip_board import ChipBoard
from hardware.sample_faults import FAULT_WORDS
from hardware.simulated import SimulatedBoard, open_simulated
from station.core.geometry import GRAVITY_M_S2, Geometry
from station.core.readings import EndOfBoard, Flag, Readings

S = 1_000_000_000


def readings_of(board: SimulatedBoard, seconds: float) -> Readings:
    blocks = []
    while board.now_ns < seconds * S:
        blocks.append(board.read(0.05))
    parts = (np.concatenate([getattr(b, c) for b in blocks]) for c in ("cell", "t_ns", "count", "flag"))
    return Readings.of(*parts, until_ns=blocks[-1].until_ns)


# --- a board ------------------------------------------------------------------------------------------------------------------------


def test_the_word_chips_opens_chips_and_no_word_opens_none() -> None:
    assert isinstance(open_simulated("70kg,chips"), ChipBoard)
    assert not isinstance(open_simulated("70kg"), ChipBoard)


def test_it_is_a_simulated_board_marked_as_such() -> None:
    board = open_simulated("chips,82kg", seed=4)
    plain = open_simulated("82kg", seed=4)
    assert (board.name, board.demo, board.timing) == ("simulated", True, plain.timing)
    assert board.calibration == plain.calibration
    assert board.truth()["weight_kg"] == 82


def test_every_conversion_comes_once_with_the_chips_own_time_and_code() -> None:
    board = ChipBoard("standing", seed=2)
    readings = readings_of(board, 2.0)
    for cell, chip in enumerate(board.chips):
        mine = readings.cell == cell
        made = dict(chip.truth)
        assert all(made[t] == code for t, code in zip(readings.t_ns[mine].tolist(), readings.count[mine].tolist(), strict=True))
        assert np.sum(mine) == pytest.approx(80 * 1.95, abs=8)
    assert not (readings.flag & ~np.uint16(Flag.SETTLING)).any()


def test_the_same_seed_gives_the_same_readings_and_the_person_of_the_sample_level() -> None:
    one, two = (readings_of(ChipBoard("standing", seed=7, faults=["rear_left:busy@1s"]), 2.0) for _ in range(2))
    assert all(np.array_equal(getattr(one, c), getattr(two, c)) for c in ("cell", "t_ns", "count", "flag"))
    chips, samples = ChipBoard("standing", seed=7), SimulatedBoard("standing", seed=7)
    readings_of(chips, 1.5)
    readings_of(samples, 1.5)
    times = np.arange(0, S, 10_000_000)
    assert np.array_equal(chips.cop_truth(times), samples.cop_truth(times))


def test_acts_happen_truth_is_told_and_the_end_ends_it() -> None:
    board = open_simulated("chips", script=[(0.2, "step-on", {}), (1.5, "end", {})])
    board.act("close-eyes")
    with pytest.raises(EndOfBoard):
        readings_of(board, 3.0)
    with pytest.raises(EndOfBoard):
        board.read(0.05)
    assert [act["action"] for act in board.truth()["acts"]][:2] == ["close-eyes", "step-on"]


def test_it_goes_on_after_a_time_as_the_sample_level_does() -> None:
    board = open_simulated("chips", seed=3, script=[(1.0, "step-on", {})], start_ns=20 * S)
    readings = readings_of(board, 20.5)
    assert readings.t_ns.min() >= 20 * S
    assert readings.until_ns >= 20.4 * S
    assert board.load_truth([20_300_000_000])[0] == pytest.approx(70 * GRAVITY_M_S2, rel=0.02)


def test_driver_counters_and_rates_are_there_for_the_health_page() -> None:
    board = ChipBoard("standing", seed=2)
    readings_of(board, 1.0)
    assert [c.words > 60 for c in board.counters] == [True] * 4
    assert all(78 < hz < 82 for hz in board.rates_hz)


def loaded(traits: str, corner: int, order: tuple[int, int, int, int] = (0, 1, 2, 3)) -> Any:
    ml, ap = Geometry().cells_mm[corner]
    board = open_simulated(f"chips,{traits}", seed=3, script=[(0.8, "put", {"kg": 20.0, "ml_mm": ml, "ap_mm": ap})], order=order)
    counts = means(board, [(0.3, 0.75), (1.4, 1.9)])
    return counts[1] - counts[0]


def test_swapped_plugs_and_reversed_wires_reach_the_driver_and_an_order_puts_them_right() -> None:
    assert int(np.argmax(loaded("swapped=front_left/rear_right", 0))) == 3
    assert int(np.argmax(loaded("swapped=front_left/rear_right", 0, (3, 1, 2, 0)))) == 0
    assert int(np.argmin(loaded("reversed=rear_left", 2))) == 2


# --- how wrong ----------------------------------------------------------------------------------------------------------------------


def test_without_the_filter_the_chain_shows_what_pressed() -> None:
    board = ChipBoard("standing", seed=5, sinc4=False)
    frames = frames_of(board, 4.0)
    frames = frames[frames.t_ns > 1.5 * S]
    error_mm = np.column_stack((frames.ml_mm, frames.ap_mm)) - board.cop_truth(frames.t_ns)
    assert len(frames) > 200
    assert np.sqrt(np.mean(error_mm**2)) < 0.03


@pytest.mark.parametrize(
    ("acts", "seconds", "action", "most_added_mm", "most_filter_mm"),
    [(STANDING, 5.0, "", 0.02, 0.05), (TAPS, 6.5, "tap", 0.05, 0.5), (LANDINGS, 5.0, "tap", 0.25, 0.5)],
)
def test_what_the_chain_adds_is_small_and_what_its_filter_does_is_stated_apart(
    acts: Any, seconds: float, action: str, most_added_mm: float, most_filter_mm: float
) -> None:
    """One or two events each; below 0.1 mm rms over many of them: tests/benchmarks/test_chain_error.py."""
    errors = chain_errors(acts, seconds, seed=2, around_s=[t for t in times_of(acts, action) if t < seconds - 0.8])
    assert errors.added_mm < most_added_mm
    assert 0 < errors.filter_mm < most_filter_mm


# --- faults -------------------------------------------------------------------------------------------------------------------------


def ill(word: str) -> tuple[Readings, Readings]:
    """Readings of front left and of the others while the fault is on, for two seconds; somebody stands there."""
    readings = readings_of(open_simulated("chips,standing", seed=3, faults=[f"front_left:{word}@1s+2s"]), 3.4)

    def of(where: Any) -> Readings:
        return Readings(readings.cell[where], readings.t_ns[where], readings.count[where], readings.flag[where], readings.until_ns)

    during = (readings.t_ns > 1.05 * S) & (readings.t_ns < 3 * S)
    return of(during & (readings.cell == 0)), of(during & (readings.cell != 0))


def part(readings: Readings, flag: Flag) -> float:
    return float(np.mean((readings.flag & flag) != 0))


SIGNS: dict[str, Callable[[Readings], bool]] = {
    "off": lambda r: len(r) == 0,
    "stuck": lambda r: len(set(r.count.tolist())) == 1 and part(r, Flag.REPEAT) > 0.9,
    "garbage": lambda r: np.ptp(r.count) > 1 << 23,
    "wrong": lambda r: part(r, Flag.RAIL) == 0,
    "lost-gain": lambda r: part(r, Flag.RAIL) == 0,
    "slow": lambda r: len(r) < 40,
    "intermittent": lambda r: 80 < len(r) < 115 and part(r, Flag.GAP_BEFORE) > 0,
    "saturated": lambda r: part(r, Flag.RAIL) == 1,
    "reversed": lambda r: r.count.mean() < 0,
    "noisy": lambda r: r.count.std() > 2000,
    "shift": lambda r: len(r) > 140,
    "drift": lambda r: len(r) > 140,
    "spike": lambda r: len(r) > 140,
    "busy": lambda r: part(r, Flag.SCK_LATE) > 0.01,
    "torn": lambda r: part(r, Flag.LATE_END | Flag.SCK_LATE | Flag.NOT_RELEASED) > 0.005,
    "missed": lambda r: part(r, Flag.GAP_BEFORE) > 0.05,
    "delayed": lambda r: part(r, Flag.GAP_BEFORE) > 0.005,
    "wire": lambda r: part(r, Flag.NOT_RELEASED) == 1,
    "asleep": lambda r: part(r, Flag.SETTLING) > 0.05,
}
COMPUTER = {"busy", "torn", "missed", "delayed"}
"""Of the one processor: all four cells show it."""


def test_every_fault_word_has_its_sign() -> None:
    assert set(SIGNS) == set(FAULT_WORDS)


@pytest.mark.parametrize("word", FAULT_WORDS)
def test_a_fault_shows_at_the_pins_and_leaves_the_other_chips_alone(word: str) -> None:
    sick, others = ill(word)
    assert SIGNS[word](sick)
    if word not in COMPUTER:
        assert part(others, ~Flag.GAP_BEFORE) == 0
        assert len(others) > 0.97 * 3 * 80 * 1.95


def test_faults_of_a_bridge_change_the_count_as_their_words_say() -> None:
    def kg(word: str) -> float:
        faults = [f"front_left:{word}@1s"] if word else []
        board = open_simulated("chips,standing", seed=3, faults=faults)
        (counts,) = means(board, [(1.5, 2.0)])
        return float((counts[0] - board.calibration.zero_count[0]) * board.calibration.gain_n_per_count[0] / GRAVITY_M_S2)

    sound = kg("")
    assert kg("wrong") == pytest.approx(0.8 * sound, abs=0.05)
    assert kg("lost-gain") == pytest.approx(0.9 * sound, abs=0.05)
    assert kg("reversed") == pytest.approx(-sound, abs=0.05)
    assert kg("shift") == pytest.approx(sound + 0.3, abs=0.05)


def test_a_fault_now_and_then_comes_and_goes() -> None:
    sick, _ = ill("intermittent-stuck")
    flags = (sick.flag & Flag.REPEAT) != 0
    assert 2 <= np.count_nonzero(np.diff(flags.astype(int)) == 1) <= 5
    assert 0.1 < flags.mean() < 0.4
