"""The screens as pictures: what stands where, in how many sizes, and what is never drawn."""

from __future__ import annotations

from itertools import combinations

import pytest

from station.core.geometry import Geometry
from station.core.readings import CELLS
from station.core.results import Condition
from station.core.scene import Circle, Scene
from station.core.theme import GRID, TYPE_PX
from station.core.view import View
from station.flow.animals import animal, animals
from station.flow.art import corner_at, plate_map, stance
from station.flow.pieces import NAME_EM, OTHER_EM, Furniture, nickname
from station.flow.running import RunState, run_scene
from station.flow.samples import samples
from station.flow.shop import Fault
from station.flow.trouble import trouble_scene
from station.protocols.loader import load_all
from station.words import say

SAMPLES = {f"{s.name}{' full' if full else ''}": s.scene for full in (False, True) for s in samples(full=full)}
PLAIN = Furniture()


@pytest.mark.parametrize("name", SAMPLES)
def test_a_stage_has_two_sizes_and_two_weights_at_most(name: str) -> None:
    stage = [t for t in SAMPLES[name].texts() if GRID.stage_y <= t.y + t.h / 2 < GRID.band_y]
    assert len({t.step for t in stage}) <= 2
    assert len({t.weight for t in stage}) <= 2
    assert "strip" not in {t.step for t in stage}


@pytest.mark.parametrize("name", SAMPLES)
def test_every_text_lies_inside_the_layout(name: str) -> None:
    for text in SAMPLES[name].texts():
        assert text.x >= GRID.margin_x
        assert text.x + text.w <= GRID.width - GRID.margin_x
        assert text.y >= 0
        assert text.y + text.h <= GRID.height


@pytest.mark.parametrize("name", [n for n in SAMPLES if not n.startswith(("trouble", "calibrate", "check"))])
def test_the_colour_of_trouble_is_for_the_machine_alone(name: str) -> None:
    assert "trouble" not in {getattr(s, "role", "") for s in SAMPLES[name].shapes()}


def test_a_quiet_test_has_neither_strip_nor_band_nor_a_single_word() -> None:
    scene = SAMPLES["running-test"]
    assert list(scene.texts()) == []
    assert len(list(scene.shapes())) == 2


def test_every_animal_is_another_shape_without_its_colour() -> None:
    drawn = {name: animal(name, 0.0, 0.0, 200.0, "ink") for name in animals()}
    assert len(drawn) == 10
    for a, b in combinations(drawn, 2):
        assert drawn[a] != drawn[b]


def test_an_animal_that_nobody_drew_is_always_the_same_one() -> None:
    assert animal("otter", 0.0, 0.0, 100.0, "ink") == animal("otter", 0.0, 0.0, 100.0, "ink")


@pytest.mark.parametrize("cell", range(4))
def test_trouble_fills_and_names_the_corner_as_one_stands_on_it(cell: int) -> None:
    fault = Fault(say("hardware.fault.silent", cell=say("cell.front-left")), say("hardware.fault.silent.do"), cell)
    scene = trouble_scene(fault, Geometry(), PLAIN, loaded=False, kept_s=None)
    spot = next(s for s in scene.shapes() if isinstance(s, Circle) and s.role == "trouble" and s.width is None and s.r == 27)
    middle_x = GRID.figure_x + GRID.figure_w / 2
    assert (spot.x < middle_x) == CELLS[cell].endswith("left")
    assert (spot.y < GRID.stage_y + GRID.stage_h / 2) == CELLS[cell].startswith("front")
    assert say(f"cell.{CELLS[cell].replace('_', '-')}") in [t.words for t in scene.texts()]


def test_seconds_that_are_safe_are_told_in_whole_seconds() -> None:
    fault = Fault(say("flow.fault.reader"), say("flow.fault.reader.do"))
    scene = trouble_scene(fault, Geometry(), PLAIN, loaded=True, kept_s=12.9)
    kept = next(t for t in scene.texts() if t.words.id == "flow.trouble.kept")
    assert kept.words.args["n"].value == 12


def test_the_lifted_leg_is_the_other_one() -> None:
    left, right = (stance(0, 0, 600, Condition("single-leg"), side, "sides") for side in ("left", "right"))
    lifted = [next(s for s in figure if s.role == "target").points[-1][0] for figure in (left, right)]
    assert lifted[0] > 0 > lifted[1]


def test_corners_lie_where_the_cells_are() -> None:
    geometry = Geometry()
    board = plate_map(geometry, 100, 100, 600)
    at = {cell: corner_at(board, geometry, cell) for cell in CELLS}
    assert at["front_left"][0] < 100 < at["front_right"][0]
    assert at["front_left"][1] < 100 < at["rear_left"][1]


@pytest.mark.parametrize("name", ["Kiwi", "Maximiliane Kröger", "WWWWWWWWWWWWWWWW", "iiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiii", ""])
def test_a_nickname_is_cut_to_its_card(name: str) -> None:
    text = str(nickname(name, 300).args["text"])
    assert sum(NAME_EM.get(c, OTHER_EM) for c in text) * TYPE_PX["label"] <= 300
    assert name.startswith(text.rstrip("…"))


PROTOCOLS = load_all()


def record(kind: str, **view: object) -> Scene:
    return run_scene(RunState(PROTOCOLS[kind], View("record", **view)), Geometry(), PLAIN)  # type: ignore[arg-type]


def test_repetitions_are_ticks_rings_and_dashes_and_never_red() -> None:
    scene = record("heel-tap-front", count=3, of_count=8, rep_marks=("valid", "heavy", "lost"))
    roles = [s.role for s in scene.moving if isinstance(s, Circle) and s.y > 800]
    assert roles == ["good", "ink", "ring", "ring", "ring", "ring", "ring"]


def test_the_dot_is_drawn_where_the_weight_is() -> None:
    dots = [
        next(s for s in record("sway-target", cop_mm=at, target_mm=(0.0, 0.0, 15.0)).moving if isinstance(s, Circle) and s.role == "self")
        for at in ((0.0, 0.0), (10.0, 0.0), (0.0, 10.0))
    ]
    assert dots[1].x > dots[0].x
    assert dots[2].y < dots[0].y
