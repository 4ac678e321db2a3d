"""A simulated plate carries what lies on it, also when it was built badly; cells age as cells do."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from chain_figures import absolute_error_mm, calibrated, means, rms
from hypothesis import given
from hypothesis import strategies as st

from hardware.cells import COUNTS_PER_KG
from hardware.plate import Build, Plate
from hardware.simulated import SimulatedBoard
from hardware.traits import parse_traits
from station.core.calibration import Calibration
from station.core.geometry import GRAVITY_M_S2, Geometry
from station.core.readings import Readings
from station.errors import NotFound

G = GRAVITY_M_S2
SIGNS = np.array([1.0, -1.0, -1.0, 1.0])
places = st.floats(-150, 150)


def forces(build: Build, kg: float = 70.0, ml: float = 0.0, ap: float = 0.0, seed: int = 1) -> np.ndarray[Any, Any]:
    return np.array(Plate(Geometry(), build, seed).forces((kg * G, kg * G * ml, kg * G * ap)))


# --- plate --------------------------------------------------------------------------------------------------------------------------


@given(places, places, st.sampled_from([Build(), Build(misplaced_mm=3), Build(soft=0.3), Build(foot_mm=(0.0, 0.3, 0, 0))]))
def test_the_cells_together_carry_the_weight_and_its_moments(ml: float, ap: float, build: Build) -> None:
    plate = Plate(Geometry(), build, seed=5)
    empty = plate.forces((0.0, 0.0, 0.0))
    f = np.array(plate.forces((700.0, 700.0 * ml, 700.0 * ap)))
    assert empty == pytest.approx((0, 0, 0, 0), abs=1e-9)
    assert f.sum() == pytest.approx(700, abs=1e-6)
    assert f @ np.array(plate.cells_mm) == pytest.approx([700 * ml, 700 * ap], abs=1e-3)


def test_an_unequal_foot_changes_who_carries_what_but_not_the_balance() -> None:
    even, uneven = forces(Build(), ml=40, ap=30), forces(Build(foot_n_per_mm=(200.0, 150.0, 200.0, 200.0)), ml=40, ap=30)
    assert uneven.sum() == pytest.approx(even.sum())
    assert abs(uneven @ SIGNS) > 0.02 * even.sum()
    assert even @ SIGNS == pytest.approx(0, abs=1e-6)


def test_a_rigid_plate_has_no_twist_and_a_long_foot_or_a_soft_plate_has() -> None:
    weight = 70 * G
    assert forces(Build(misplaced_mm=0.0), ml=80, ap=-60) @ SIGNS == pytest.approx(0, abs=1e-6)
    assert abs(forces(Build(foot_mm=(1.0, 0, 0, 0))) @ SIGNS) > 0.01 * weight
    soft = forces(Build(soft=1.0), ml=80, ap=-60) @ SIGNS
    assert soft == pytest.approx(-weight * 80 * -60 / (225 * 275) * weight / (weight + 8 * G), rel=1e-6)


def test_on_a_floor_too_uneven_the_plate_rocks_on_three_feet() -> None:
    plate = Plate(Geometry(), Build(foot_mm=(3.0, 0.0, 0.0, 0.0)), seed=1)
    left, right = (np.array(plate.forces((300.0, 300.0 * ml, 300.0 * ap))) for ml, ap in ((-100, -100), (100, 100)))
    assert left.sum() == pytest.approx(300)
    assert right.sum() == pytest.approx(300)
    hangs = [min(f) for f in (left, right)]
    assert max(abs(h) for h in hangs) < 40  # one foot carries no more than the empty plate gave it


def test_no_foot_ever_pulls() -> None:
    plate = Plate(Geometry(), Build(foot_mm=(1.0, 0.0, 0.0, 0.0)), seed=1)
    empty_n = 8 * G
    for ml in (-400.0, 0.0, 400.0):
        for ap in (-400.0, 0.0, 400.0):
            assert min(plate.forces((500.0, 500.0 * ml, 500.0 * ap))) > -empty_n


# --- cells on a board ---------------------------------------------------------------------------------------------------------------


def column(board: SimulatedBoard, seconds: float, block_s: float = 0.05) -> Readings:
    blocks = []
    while board.now_ns < seconds * 1e9:
        blocks.append(board.read(block_s))
    parts = (np.concatenate([getattr(b, c) for b in blocks]) for c in ("cell", "t_ns", "count", "flag"))
    return Readings.of(*parts, until_ns=blocks[-1].until_ns)


EVERY_TRAIT = (
    "gains=10%,misplaced=2mm,foot=front_left:0.2mm,soft,creep,cold,drift=20g/min,reversed=rear_left,swapped=front_left/front_right"
)


def test_a_bad_board_too_reads_the_same_whatever_the_block_lengths() -> None:
    script = [(0.5, "step-on", {}), (2.0, "hop", {})]
    one = column(SimulatedBoard(EVERY_TRAIT, seed=6, script=script), 5, 0.05)
    two = column(SimulatedBoard(EVERY_TRAIT, seed=6, script=script), 5, 0.015)
    n = min(len(one), len(two))
    assert n > 1500
    assert all(np.array_equal(getattr(one, c)[:n], getattr(two, c)[:n]) for c in ("cell", "t_ns", "count", "flag"))


def test_the_usual_gains_by_name_change_nothing() -> None:
    named, usual = (column(SimulatedBoard(f"standing{more}", seed=2), 2) for more in (",gains=3%", ""))
    assert np.array_equal(named.count, usual.count)


def test_a_wider_spread_of_gains_is_a_wider_spread_and_nobody_calibrated_it() -> None:
    board = SimulatedBoard("gains=10%", seed=2)
    off = np.array(board.gain_truth_n_per_count) * COUNTS_PER_KG / G - 1
    assert 0.03 < np.abs(off).max() < 0.12
    assert not board.calibration.calibrated
    mine = Calibration.from_gains(Geometry(), board.gain_truth_n_per_count, id="mine")
    assert SimulatedBoard("gains=10%", seed=2, calibration=mine).calibration is mine


def load(traits: str, corner: int, **more: Any) -> np.ndarray[Any, Any]:
    """Counts that 20 kg over a corner add to the readings of each name."""
    ml, ap = Geometry().cells_mm[corner]
    acts = [(1.0, "put", {"kg": 20.0, "ml_mm": ml, "ap_mm": ap})]
    counts = means(SimulatedBoard(traits, seed=3, script=acts, **more), [(0.2, 0.9), (2.0, 2.9)])
    return np.asarray(counts[1] - counts[0])


def test_two_swapped_plugs_answer_for_each_other_and_an_order_puts_them_right() -> None:
    assert int(np.argmax(load("swapped=front-left/rear_right", 0))) == 3
    assert int(np.argmax(load("swapped=front-left/rear_right", 3))) == 0
    assert int(np.argmax(load("swapped=front-left/rear_right", 1))) == 1
    straight = load("", 0)
    assert load("swapped=front_left/rear_right", 0, order=(3, 1, 2, 0)) == pytest.approx(straight, abs=20)


def test_an_order_of_four_plugs_in_a_ring_names_each_corner_as_asked() -> None:
    """order[corner] is the plug that carries its name: plug 1 is called front left, and so on."""
    assert [int(np.argmax(load("", corner, order=(1, 2, 3, 0)))) for corner in range(4)] == [3, 0, 1, 2]


def test_reversed_wires_turn_the_sign_of_their_cell_alone() -> None:
    assert [int(np.sign(load("reversed=rear_left", corner)[corner])) for corner in range(4)] == [1, 1, -1, 1]


def test_a_drifting_zero_drifts_at_its_rate() -> None:
    counts = means(SimulatedBoard("drift=60g/min", seed=1), [(0.1, 2.1), (30.1, 32.1)])
    assert np.abs(counts[1] - counts[0]) / COUNTS_PER_KG * 1000 == pytest.approx([30] * 4, abs=1)


def test_a_cold_board_is_warm_enough_after_four_minutes() -> None:
    board = SimulatedBoard("cold", seed=1)
    early = means(board, [(0.1, 1.1), (20.1, 21.1)])
    late = means(SimulatedBoard("cold", seed=1, start_ns=240_000_000_000), [(240.1, 241.1), (260.1, 261.1)])
    g_min = [np.abs(c[1] - c[0]) / COUNTS_PER_KG * 1000 * 3 for c in (early, late)]
    assert g_min[0].min() > 40
    assert g_min[1].max() < 20


def test_creep_comes_slowly_and_hysteresis_stays_behind() -> None:
    acts = [(1.0, "put", {"kg": 80.0, "ml_mm": 0.0, "ap_mm": 0.0}), (30.0, "take", {})]
    spans = [(0.1, 0.9), (1.8, 2.3), (29.0, 29.9), (31.0, 31.5)]
    creeping = means(SimulatedBoard("creep", seed=1, script=acts), spans) / COUNTS_PER_KG * 1000
    firm = means(SimulatedBoard("", seed=1, script=acts), spans) / COUNTS_PER_KG * 1000
    assert (creeping[2] - creeping[1]).min() > 4  # grams of 20 kg on each cell
    assert np.abs(firm[2] - firm[1]).max() < 1
    assert (creeping[3] - creeping[0]).min() > 2
    assert np.abs(firm[3] - firm[0]).max() < 1


def test_nine_marks_make_a_badly_built_board_measure_to_a_millimetre() -> None:
    board = "gains=10%,misplaced=2mm"
    after = absolute_error_mm(board, calibrated(board, seed=5), seed=5)
    assert rms(after) < 1.0
    assert rms(absolute_error_mm(board, None, seed=5)) > 2 * rms(after)


# --- words --------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "near"),
    [
        ("gain=10%", "gains=10%"),
        ("gains=ten", "gains=10%"),
        ("gains=80%", "gains=50%"),
        ("gains=10", "gains=10%"),
        ("foot=front_left:1", "foot=front_left:1mm"),
        ("drift=1kg", "drift=20g/min"),
        ("drift=9000", "drift=2000g/min"),
        ("misplaced=30mm", "misplaced=20mm"),
        ("foot=front_lft:1mm", "foot=front_left:1mm"),
        ("foot=front_left:99mm", "foot=front_left:10mm"),
        ("reversed=rear-rigth", "reversed=rear_right"),
        ("swapped=front_left", "swapped=front_left/rear_right"),
        ("swapped=front_left/front_left", "swapped=front_left/rear_right"),
        ("chip", "chips"),
    ],
)
def test_a_wrong_setting_is_named_with_a_right_one(word: str, near: str) -> None:
    with pytest.raises(NotFound) as told:
        parse_traits(f"70kg,{word}")
    assert told.value.name == word
    assert told.value.do.args["near"] == near


def test_a_value_beyond_its_limits_is_told_the_limits() -> None:
    for word, least, most in (("900kg", "5", "250kg"), ("gains=80%", "0", "50%"), ("foot=front_left:99mm", "0", "10mm")):
        with pytest.raises(NotFound) as told:
            parse_traits(word)
        assert (told.value.do.args["least"], told.value.do.args["most"]) == (least, most)


def test_settings_say_how_the_board_is_built() -> None:
    build = parse_traits("Gains=8%, misplaced=2mm, foot=rear-left:1.5mm, reversed=front_left, reversed=rear_right, soft").build
    assert (build.gain_spread, build.misplaced_mm, build.foot_mm) == (0.08, 2.0, (0.0, 0.0, 1.5, 0.0))
    assert build.reversed == {0, 3}
    assert build.soft > 0
    assert parse_traits("").build == Build()
