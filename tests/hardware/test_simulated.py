"""A simulated person on simulated cells: what the readings show is what truly happened."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware.sample_faults import FAULT_WORDS, parse_fault
from hardware.simulated import Act, SimulatedBoard
from hardware.traits import parse_traits
from station.core.frames import Frames
from station.core.geometry import GRAVITY_M_S2, Geometry
from station.core.pipeline import Pipeline
from station.core.readings import CELLS, EndOfBoard, Flag, Readings
from station.errors import NotFound

S = 1_000_000_000
EVERYTHING: list[Act] = [
    (0.4, "step-on", {}),
    (2.0, "lift-left", {}),
    (3.5, "tap", {}),
    (5.0, "both-feet", {}),
    (6.0, "hop", {}),
    (8.0, "stumble", {}),
    (9.5, "lean", {"ml_mm": 40.0, "ap_mm": 20.0}),
    (11.0, "support", {}),
    (12.0, "step-off", {}),
    (12.5, "put-pad-on", {}),
]


def read_all(board: SimulatedBoard, seconds: float, block_s: float = 0.05) -> Readings:
    blocks = []
    while board.now_ns < seconds * S:
        blocks.append(board.read(block_s))
    columns = (np.concatenate([getattr(b, c) for b in blocks]) for c in ("cell", "t_ns", "count", "flag"))
    return Readings.of(*columns, until_ns=blocks[-1].until_ns)


def frames_of(board: SimulatedBoard, seconds: float) -> Frames:
    pipeline = Pipeline(board.geometry, board.calibration, board.timing)
    parts = []
    while board.now_ns < seconds * S:
        parts.append(pipeline.feed(board.read(0.05)))
    return Frames.join(parts)


def at(board: SimulatedBoard, seconds: float | Iterable[float]) -> Any:
    """(load in body weights, ml, ap) at these times."""
    t_ns = np.round(np.atleast_1d(np.asarray(seconds)) * S).astype(np.int64)
    share = board.load_truth(t_ns) / (board.truth()["weight_kg"] * GRAVITY_M_S2)
    return np.column_stack((share, board.cop_truth(t_ns)))


# --- readings -----------------------------------------------------------------------------------------------------------------------


@given(st.lists(st.sampled_from([0.005, 0.01, 0.02, 0.035, 0.05, 1.0]), min_size=1, max_size=6))
@settings(max_examples=3, deadline=None)
def test_readings_are_the_same_to_the_last_bit_whatever_the_block_lengths(lengths: list[float]) -> None:
    faults = ("front_left:intermittent@3s+2s", "rear_right:garbage@8s+1s")
    whole = read_all(SimulatedBoard("82kg", seed=4, faults=faults, script=EVERYTHING), 13.0)
    board = SimulatedBoard("82kg", seed=4, faults=faults, script=EVERYTHING)
    blocks = []
    while board.now_ns < 13 * S:
        blocks.append(board.read(lengths[len(blocks) % len(lengths)]))
    for column in ("cell", "t_ns", "count", "flag"):
        cut = np.concatenate([getattr(b, column) for b in blocks])
        shorter = min(len(cut), len(whole))
        assert shorter > 4000
        assert np.array_equal(cut[:shorter], getattr(whole, column)[:shorter])


def test_four_converters_run_free_near_eighty_a_second() -> None:
    readings = read_all(SimulatedBoard(seed=2), 20.0)
    rates = [1e9 / np.median(np.diff(readings.t_ns[readings.cell == cell])) for cell in range(4)]
    assert all(78.3 <= rate <= 81.7 for rate in rates)
    assert min(np.diff(sorted(rates))) > 0.01
    assert readings.t_ns.min() < 13_000_000
    assert not readings.flag.any()


def test_until_is_honest_and_moves_at_least_every_fifty_milliseconds() -> None:
    board = SimulatedBoard("standing", faults=["rear_left:delayed@1s+3s", "front_left:off@2s"])
    until_ns, latest = 0, []
    for _ in range(100):
        block = board.read(9.0)
        assert block.until_ns >= until_ns
        assert not len(block) or block.t_ns.min() >= until_ns
        until_ns = block.until_ns
        latest.append(board.now_ns)
    assert max(np.diff(latest)) <= 50_000_000


def test_the_pipeline_finds_the_true_centre_of_pressure_and_the_true_load() -> None:
    board = SimulatedBoard("70kg", seed=3, script=[(5, "step-on", {})])
    frames = frames_of(board, 20.0)[800:]
    error_mm = np.column_stack((frames.ml_mm, frames.ap_mm)) - board.cop_truth(frames.t_ns)
    assert frames.valid.all()
    assert np.sqrt(np.mean(error_mm**2)) < 0.05
    assert np.abs(frames.load_n - board.load_truth(frames.t_ns)).max() < 0.5
    assert np.mean(frames.load_n) == pytest.approx(70 * GRAVITY_M_S2, rel=0.005)


def test_an_uncalibrated_board_says_so_and_reads_a_little_wrong() -> None:
    board = SimulatedBoard("uncalibrated", seed=3, script=[(5, "step-on", {})])
    frames = frames_of(board, 12.0)[800:]
    error_mm = np.column_stack((frames.ml_mm, frames.ap_mm)) - board.cop_truth(frames.t_ns)
    assert not board.calibration.calibrated
    assert 0.5 < np.sqrt(np.mean(error_mm**2)) < 15.0


def test_a_scripted_end_ends_the_board() -> None:
    board = SimulatedBoard(script=[(0.2, "end", {})])
    with pytest.raises(EndOfBoard):
        read_all(board, 1.0)
    assert board.now_ns == pytest.approx(0.2 * S, abs=0.05 * S)


def test_a_board_that_goes_on_keeps_its_zero_its_clocks_and_its_person() -> None:
    acts: list[Act] = [(1.0, "step-on", {}), (2.0, "lift-right", {})]
    whole = read_all(SimulatedBoard(seed=9, script=acts), 31.0)
    board = SimulatedBoard(seed=9, script=acts, start_ns=30 * S)
    later = read_all(board, 31.0)
    late = whole.t_ns >= 30 * S + 20_000
    assert later.t_ns.min() >= 30 * S
    for cell in range(4):
        before, after = whole.t_ns[late & (whole.cell == cell)], later.t_ns[later.cell == cell]
        assert np.abs(before[-70:] - after[-70:]).max() <= 20_000  # the same edges but for the kernel's stamp
    assert board.truth()["holds"][0]["side"] == "left"
    assert at(board, 30.5)[0, 1] < -80


# --- the person ---------------------------------------------------------------------------------------------------------------------


def test_stepping_on_takes_four_tenths_and_overshoots_by_a_tenth() -> None:
    board = SimulatedBoard(script=[(1.0, "step-on", {}), (4.0, "step-off", {})])
    read_all(board, 5.0)
    times = np.arange(0.9, 4.9, 0.005)
    share = at(board, times)[:, 0]
    assert share[times < 1.0].max() == 0
    assert times[np.argmax(share[: round(1.0 / 0.005)])] == pytest.approx(1.4, abs=0.03)
    assert share[:200].max() == pytest.approx(1.1, abs=0.01)
    assert np.abs(share[(times > 1.7) & (times < 3.99)] - 1).max() < 0.01
    assert share[times > 4.65].max() == 0


@pytest.mark.parametrize(("act", "side", "sign"), [("lift-left", "right", 1), ("lift-right", "left", -1)])
def test_lifting_a_foot_moves_the_pressure_to_the_other_foots_mark(act: str, side: str, sign: int) -> None:
    board = SimulatedBoard(script=[(0.1, "step-on", {}), (2.0, act, {}), (9.0, "both-feet", {})], geometry=Geometry(marks_mm=300))
    read_all(board, 11.0)
    hold = board.truth()["holds"][0]
    assert (hold["side"], hold["ended"]) == (side, "touch-down")
    assert at(board, np.arange(3, 9, 0.01))[:, 1].mean() == pytest.approx(sign * 150, abs=12)
    assert hold["start_s"] == pytest.approx(2.56, abs=0.02)
    assert hold["end_s"] == pytest.approx(9.14, abs=0.02)
    assert np.abs(at(board, [10.5])[0, 1]) < 20


def test_a_tap_dips_the_load_and_shifts_the_pressure_at_the_time_it_says() -> None:
    board = SimulatedBoard(
        script=[(0.1, "step-on", {}), (2.0, "lift-left", {}), (4.0, "tap", {"dip_pct": 12.0, "ap_mm": 40.0}), (8.0, "tap", {})]
    )
    read_all(board, 9.0)
    first, second = board.truth()["taps"]
    times = np.arange(3.9, 4.5, 0.005)
    share, _, ap = at(board, times).T
    assert times[np.argmin(share)] == pytest.approx(first["t_s"], abs=0.03)
    assert share.min() == pytest.approx(0.88, abs=0.01)
    assert ap.max() - ap[0] > 25
    assert 6 <= second["dip_pct"] <= 12
    assert board.truth()["reps"] == 2


def test_a_hop_leaves_the_plate_and_lands_hard() -> None:
    board = SimulatedBoard(script=[(0.1, "step-on", {}), (2.0, "hop", {})])
    read_all(board, 5.0)
    share = at(board, np.arange(2.0, 4.0, 0.005))[:, 0]
    assert (share == 0).sum() * 0.005 == pytest.approx(0.25, abs=0.05)
    assert 2.2 < share.max() < 3.0
    assert np.abs(share[-40:] - 1).max() < 0.02


def test_a_hand_on_the_rail_takes_weight_for_longer_than_a_touch() -> None:
    board = SimulatedBoard(script=[(0.1, "step-on", {}), (2.0, "lift-left", {}), (4.0, "support", {})])
    read_all(board, 6.0)
    share = at(board, np.arange(4.0, 5.0, 0.005))[:, 0]
    assert (share < 0.95).sum() * 0.005 > 0.3
    assert board.truth()["holds"][0]["ended"] == "support"


def test_a_stumble_is_faster_than_any_sway() -> None:
    board = SimulatedBoard(script=[(0.1, "step-on", {}), (3.0, "stumble", {})])
    read_all(board, 5.0)
    way = at(board, np.arange(2.9, 4.0, 0.01))[:, 1:]
    assert np.hypot(*np.diff(way, axis=0).T).max() / 0.01 > 500


def test_a_lean_goes_to_its_point_and_back() -> None:
    board = SimulatedBoard(script=[(0.1, "step-on", {}), (2.0, "lean", {"ml_mm": 60.0, "ap_mm": 45.0}), (6.0, "stand", {})])
    read_all(board, 10.0)
    assert at(board, np.arange(4, 6, 0.01))[:, 1:].mean(axis=0) == pytest.approx([60, 45], abs=5)
    assert np.abs(at(board, np.arange(8, 10, 0.01))[:, 1:].mean(axis=0)).max() < 15


def test_eyes_pad_and_words_of_the_spec_change_the_sway() -> None:
    def speed(traits: str, *acts: Act) -> float:
        board = SimulatedBoard(traits, script=[(0.1, "step-on", {}), *acts])
        read_all(board, 22.0)
        way = at(board, np.arange(2.0, 22.0, 0.02))[:, 1:]
        return float(np.hypot(*np.diff(way, axis=0).T).sum() / 20)

    quiet, closed = speed(""), speed("", (0.5, "close-eyes", {}))
    assert closed > 1.3 * quiet
    assert speed("eyes-closed", (0.5, "open-eyes", {})) == pytest.approx(closed, rel=1e-3)
    assert speed("", (0.05, "put-pad-on", {})) == pytest.approx(speed("foam"), rel=1e-3)
    assert speed("eyes-closed,foam") > 1.5 * speed("foam") > 2 * quiet
    assert speed("steady") < quiet < speed("unsteady")


def test_pad_bag_and_second_person_weigh_what_they_weigh() -> None:
    board = SimulatedBoard(
        script=[
            (5, "put-pad-on", {}),
            (10, "bag-on", {"kg": 10.0, "ml_mm": 130.0, "ap_mm": -130.0}),
            (15, "bag-off", {}),
            (16, "second-person", {}),
        ]
    )
    frames = frames_of(board, 18.0)

    def kg(t_s: float) -> float:
        return float(frames.load_n[frames.t_ns == round(t_s * S)][0] / GRAVITY_M_S2)

    assert kg(4.5) == pytest.approx(0, abs=0.02)
    assert kg(14.5) - kg(9.5) == pytest.approx(10, abs=0.02)
    assert kg(17.5) - kg(9.5) == pytest.approx(55, abs=0.1)
    assert board.cop_truth([14 * S])[0] == pytest.approx([130, -130])


def test_the_truth_is_plain_json_and_unknown_before_it_happened() -> None:
    board = SimulatedBoard(faults=["rear-left:stuck@2s+1s"], script=EVERYTHING)
    read_all(board, 13.0)
    truth = json.loads(json.dumps(board.truth()))
    assert truth["faults"] == [{"cell": "rear_left", "word": "stuck", "start_s": 2.0, "end_s": 3.0}]
    assert [a["action"] for a in truth["acts"]][:3] == ["step-on", "lift-left", "tap"]
    assert np.isnan(board.cop_truth([14 * S])).all()


def test_an_unknown_act_is_refused_at_once() -> None:
    with pytest.raises(NotFound):
        SimulatedBoard().act("fly")


# --- words --------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "near"), [("eyes-close", "eyes-closed"), ("foan", "foam"), ("70kgs", "70kg"), ("300kg", "250kg"), ("xyzzy", "")]
)
def test_an_unknown_trait_is_named_with_the_nearest_known_one(text: str, near: str) -> None:
    with pytest.raises(NotFound) as told:
        parse_traits(f"70kg,{text}")
    assert told.value.name == text
    assert told.value.do.args.get("near", "") == near


def test_traits_say_who_stands_there_and_what_they_want() -> None:
    traits = parse_traits("82.5kg, eyes-closed, foam, left, 20s-hold, hop, 5s-mistake")
    assert (traits.weight_kg, traits.eyes_closed, traits.foam) == (82.5, True, True)
    assert traits.wants == {"side": "left", "hold_s": 20.0, "mistake": "hop", "mistake_s": 5.0}


@pytest.mark.parametrize("text", ["nose:off@1s", "front_left:of@1s", "front_left", "front_left:off@soon", ""])
def test_a_fault_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(NotFound):
        parse_fault(text)


# --- faults -------------------------------------------------------------------------------------------------------------------------


def ill(word: str) -> tuple[Readings, Readings]:
    """Readings of front left, and of the other three, with this fault from 2 s to 4 s; somebody stands there."""
    readings = read_all(SimulatedBoard("standing", faults=[f"front_left:{word}@2s+2s"]), 6.0)

    def of(where: Any) -> Readings:
        return Readings(readings.cell[where], readings.t_ns[where], readings.count[where], readings.flag[where], readings.until_ns)

    return of(readings.cell == 0), of(readings.cell != 0)


def during(readings: Readings, start_s: float = 2.0, end_s: float = 4.0) -> Any:
    return (readings.t_ns >= start_s * S) & (readings.t_ns < end_s * S)


@pytest.mark.parametrize("word", FAULT_WORDS)
def test_a_fault_of_one_cell_leaves_the_other_three_alone(word: str) -> None:
    sick, others = ill(word)
    assert not others.flag.any()
    for cell in (1, 2, 3):
        assert np.sum(others.cell == cell) == pytest.approx(6 * 80, rel=0.03)
    before = sick.t_ns < 2 * S
    assert np.sum(before) == pytest.approx(160, rel=0.03)


def test_off_gives_nothing_and_says_so_when_it_comes_back() -> None:
    sick, _ = ill("off")
    assert not during(sick).any()
    assert sick.flag[sick.t_ns >= 4 * S][0] == Flag.GAP_BEFORE
    assert np.count_nonzero(sick.flag) == 1


def test_stuck_repeats_one_code_and_is_flagged_from_the_eighth_on() -> None:
    sick, _ = ill("stuck")
    where = during(sick, 2.001, 3.999)
    assert len(set(sick.count[where].tolist())) == 1
    assert not sick.flag[where][:6].any()
    assert (sick.flag[where][8:] == Flag.REPEAT).all()


def test_saturated_shows_the_rail_and_its_flag() -> None:
    sick, _ = ill("saturated")
    assert (sick.count[during(sick)] == (1 << 23) - 1).all()
    assert (sick.flag[during(sick)] == Flag.RAIL).all()


def test_garbage_fills_the_whole_range_and_wrong_loses_a_fifth() -> None:
    garbage, _ = ill("garbage")
    wrong, _ = ill("wrong")
    zero = SimulatedBoard().calibration.zero_count[0]
    assert np.ptp(garbage.count[during(garbage)]) > 1 << 23
    right = wrong.count[wrong.t_ns < 2 * S] - zero
    assert (wrong.count[during(wrong)] - zero).mean() == pytest.approx(0.8 * right.mean(), rel=0.05)


def test_slow_gives_a_seventh_of_the_readings_and_intermittent_loses_two_fifths() -> None:
    slow, _ = ill("slow")
    intermittent, _ = ill("intermittent")
    assert np.sum(during(slow)) == pytest.approx(2 * 11.7, abs=2)
    assert np.sum(during(intermittent)) == pytest.approx(0.6 * 160, rel=0.05)
    assert np.count_nonzero(intermittent.flag == Flag.GAP_BEFORE) == 4


def test_delayed_readings_come_late_with_their_right_times() -> None:
    sick, _ = ill("delayed")
    sound, _ = ill("slow")
    assert np.array_equal(sick.t_ns[sick.t_ns < 2 * S], sound.t_ns[sound.t_ns < 2 * S])
    assert np.sum(during(sick)) == pytest.approx(160, rel=0.03)
    assert (np.diff(sick.t_ns) > 0).all()
    assert np.diff(sick.t_ns).max() < 13_000_000


def test_faults_of_a_bridge_change_what_it_shows() -> None:
    calm = SimulatedBoard("standing")
    zero, counts_per_kg = calm.calibration.zero_count[0], GRAVITY_M_S2 / calm.calibration.gain_n_per_count[0]

    def kg(word: str, start_s: float = 3.0, end_s: float = 4.0) -> Any:
        sick, _ = ill(word)
        return (sick.count[during(sick, start_s, end_s)] - zero) / counts_per_kg

    sound = kg("off", 1.0, 2.0)
    assert kg("reversed").mean() == pytest.approx(-sound.mean(), rel=0.1)
    assert kg("lost-gain").mean() == pytest.approx(0.9 * sound.mean(), rel=0.07)
    assert kg("noisy").std() * counts_per_kg == pytest.approx(4500, rel=0.3)
    assert kg("shift").mean() - kg("slow").mean() == pytest.approx(0.3, abs=0.05)
    assert (kg("drift", 3.8, 4.0).mean() - kg("slow", 3.8, 4.0).mean()) == pytest.approx(0.1 * 1.9 / 60, abs=0.15)
    spikes = np.abs(kg("spike", 2.0, 4.0) - np.median(kg("spike", 2.0, 4.0))) > 10
    assert 0 < spikes.sum() < 8


def test_a_shorted_wire_reads_nothing_and_a_sleeping_chip_starts_anew() -> None:
    wire, _ = ill("wire")
    asleep, _ = ill("asleep")
    assert (wire.count[during(wire)] == 0).all()
    assert ((wire.flag[during(wire)] & Flag.NOT_RELEASED) != 0).all()
    assert 30 < during(wire).sum() < 50
    assert np.count_nonzero(asleep.flag & Flag.RESET) == 4
    assert np.count_nonzero(asleep.flag & Flag.SETTLING) == 16


@pytest.mark.parametrize(
    ("word", "flag", "share"), [("busy", Flag.SCK_LATE, 0.08), ("torn", Flag.LATE_END, 0.04), ("missed", Flag.GAP_BEFORE, 0.3 * 0.7)]
)
def test_a_busy_computer_flags_and_loses_the_share_that_it_says(word: str, flag: Flag, share: float) -> None:
    readings = read_all(SimulatedBoard("standing", faults=[f"front_left:{word}"]), 20.0)
    mine = readings.cell == 0
    assert np.count_nonzero(readings.flag[mine] & flag) == pytest.approx(share * 1600, rel=0.3)
    assert np.count_nonzero(mine) == pytest.approx(1600 * (0.7 if word == "missed" else 1.0), rel=0.06)


def test_any_fault_can_come_now_and_then() -> None:
    sick, _ = ill("intermittent-saturated")
    assert np.sum(sick.flag[during(sick)] == Flag.RAIL) == pytest.approx(0.4 * 160, abs=6)
    fault = parse_fault("rear_left:intermittent-stuck@2s+3s")
    assert fault.to_json() == {"cell": "rear_left", "word": "intermittent-stuck", "start_s": 2.0, "end_s": 5.0}
    for wrong in ("intermittent-intermittent", "intermittent-", "intermittent-of"):
        with pytest.raises(NotFound):
            parse_fault(f"rear_left:{wrong}@2s")


@pytest.mark.parametrize("cell", CELLS)
def test_each_corner_carries_most_when_a_weight_lies_on_it(cell: str) -> None:
    index = CELLS.index(cell)
    ml, ap = Geometry().cells_mm[index]
    board = SimulatedBoard(script=[(1.0, "bag-on", {"kg": 20.0, "ml_mm": ml, "ap_mm": ap})])
    readings = read_all(board, 3.0)
    calibration = board.calibration
    late = readings.t_ns > 2 * S
    newtons = [
        (readings.count[late & (readings.cell == i)].mean() - calibration.zero_count[i]) * calibration.gain_n_per_count[i] for i in range(4)
    ]
    assert int(np.argmax(newtons)) == index
    assert sum(newtons) == pytest.approx(20 * GRAVITY_M_S2, rel=0.001)
