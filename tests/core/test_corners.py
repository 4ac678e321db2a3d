"""Corners pressed in turn: which plug answered, which way round, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from station.core.corners import Corners
from station.text.catalogue import Catalogue

MS = 1_000_000
SHARES = ((0.75, 0.25, 0.25, -0.25), (0.25, 0.75, -0.25, 0.25), (0.25, -0.25, 0.75, 0.25), (-0.25, 0.25, 0.25, 0.75))
"""Of a press right above each corner: what each corner's cell carries of it on a rigid plate."""


class Hand:
    """Presses a plate whose corner c is plugged in at `order[c]` with `signs[c]`."""

    def __init__(self, order: Sequence[int] = (0, 1, 2, 3), signs: Sequence[int] = (1, 1, 1, 1)) -> None:
        self.order, self.signs, self.now_ns = order, signs, 0

    def load(self, corners: Corners, kg: Sequence[float], ms: int) -> None:
        plugs = [0.0, 0.0, 0.0, 0.0]
        for corner, plug in enumerate(self.order):
            plugs[plug] = kg[corner] * self.signs[corner]
        for _ in range(ms // 10):
            self.now_ns += 10 * MS
            corners.feed(self.now_ns, (plugs[0], plugs[1], plugs[2], plugs[3]))

    def press(self, corners: Corners, corner: int, kg: float = 12.0) -> None:
        self.load(corners, [kg * share for share in SHARES[corner]], 700)
        self.load(corners, [0.0] * 4, 500)

    def press_all(self, corners: Corners) -> None:
        for corner in range(4):
            assert corners.corner == corner
            self.press(corners, corner)


def en(corners: Corners) -> list[str]:
    catalogue = Catalogue("en")
    return [f"{catalogue.text(v.what)} {catalogue.text(v.do)}".strip() for v in corners.verdicts()]


def test_four_plugs_in_their_places_are_right() -> None:
    corners = Corners()
    Hand().press_all(corners)
    assert (corners.corner, corners.order, corners.signs) == (None, (0, 1, 2, 3), (1, 1, 1, 1))
    assert corners.found == ("right",)
    assert en(corners) == ["All four corners answer in their place."]
    assert [p.kg for p in corners.presses] == [9.0] * 4


def test_two_swapped_plugs_are_named_with_the_next_step() -> None:
    corners = Corners()
    Hand(order=(0, 3, 2, 1)).press_all(corners)
    assert corners.order == (0, 3, 2, 1)
    assert corners.found == ("swapped",)
    assert en(corners) == [
        "Two corners look swapped: Front right, Rear right. "
        "Put their plugs in the right places, or calibrate the board: that keeps the new places."
    ]


def test_a_reversed_bridge_is_found_at_its_corner_and_disturbs_no_other() -> None:
    corners = Corners()
    Hand(signs=(1, 1, -1, 1)).press_all(corners)
    assert (corners.order, corners.signs, corners.found) == ((0, 1, 2, 3), (1, 1, -1, 1), ("reversed",))
    assert en(corners)[0].startswith("Rear left falls when it is pressed. Swap its two signal wires")


def test_everything_at_once_still_gives_places_and_signs() -> None:
    corners = Corners()
    Hand(order=(2, 0, 3, 1), signs=(-1, 1, 1, -1)).press_all(corners)
    assert (corners.order, corners.signs) == ((2, 0, 3, 1), (-1, 1, 1, -1))
    assert corners.found == ("swapped", "reversed")
    assert en(corners)[0].startswith("4 corners are not in their place.")
    assert len(corners.verdicts()) == 3


@pytest.mark.parametrize("kg", [3.5, 0.5])
def test_too_light_a_press_is_waited_through(kg: float) -> None:
    corners = Corners()
    Hand().press(corners, 0, kg)
    assert (corners.corner, corners.problem) == (0, None)


def test_a_press_in_the_middle_of_an_edge_is_told_and_the_right_one_counts() -> None:
    corners, hand = Corners(), Hand()
    hand.load(corners, [6.0, 6.0, 0.1, 0.1], 2500)
    assert corners.corner == 0
    assert Catalogue("en").text(corners.problem) == "Front left does not move more than the others."  # type: ignore[arg-type]
    hand.load(corners, [0.0] * 4, 500)
    hand.press(corners, 0)
    assert (corners.corner, corners.problem) == (1, None)


def test_a_corner_held_down_is_not_taken_for_the_next_one() -> None:
    corners, hand = Corners(), Hand()
    hand.load(corners, [9.0, 3.0, 3.0, -3.0], 3000)
    assert (corners.corner, corners.releasing) == (1, True)
    hand.load(corners, [0.0] * 4, 500)
    assert not corners.releasing


def test_a_plug_that_answers_twice_is_asked_again_and_then_all_are() -> None:
    corners, hand = Corners(), Hand()
    hand.press(corners, 0)
    for id in ("corners.twice", "corners.twice", "corners.again"):
        hand.press(corners, 0)
        assert corners.problem is not None
        assert corners.problem.id == id
    assert corners.corner == 0
    hand.press_all(corners)
    assert corners.found == ("right",)


def test_a_dead_plug_is_never_taken_for_an_answer() -> None:
    corners, hand = Corners(), Hand()
    hand.load(corners, [float("nan"), 3.0, 3.0, -3.0], 5000)
    assert (corners.corner, corners.presses) == (0, ())


def test_going_back_asks_for_the_corner_before() -> None:
    corners, hand = Corners(), Hand()
    hand.press(corners, 0)
    corners.back()
    assert (corners.corner, corners.presses) == (0, ())
    hand.load(corners, [0.0] * 4, 500)
    hand.press_all(corners)
    assert corners.found == ("right",)
