"""What may be built: the overhang rule, ratings, whom the cells can weigh, what fits; and files that know less."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from station.core.formats.sidecar import read_geometry
from station.core.geometry import BadPlatform, Geometry
from station.errors import SettingsError

SOUND = Geometry()


def told(geometry: Geometry) -> list[str]:
    return [words.id for words in geometry.problems()]


def test_the_platform_of_the_guide_is_sound() -> None:
    assert told(SOUND) == []
    assert SOUND.checked() is SOUND


def test_a_plate_too_light_for_its_overhang_tips() -> None:
    """125 kg x 1.2 on an edge 25 mm outside a line 225 mm from the middle: 125 x 1.2 x 25 / 225 = 16.7 kg."""
    assert SOUND.least_plate_kg == pytest.approx(125 * 1.2 * 25 / 225)
    assert told(replace(SOUND, plate_mass_kg=16.6)) == ["platform.tips"]
    assert told(replace(SOUND, plate_mass_kg=16.7)) == []


def test_cells_nearer_to_the_edge_need_less_plate() -> None:
    nearer = replace(SOUND, cells_mm=((-230.0, 280.0), (230.0, 280.0), (-230.0, -280.0), (230.0, -280.0)))
    assert nearer.least_plate_kg == pytest.approx(125 * 1.2 * 20 / 230)


def test_the_inner_cell_of_an_edge_decides() -> None:
    skew = replace(SOUND, cells_mm=((-225.0, 275.0), (215.0, 275.0), (-225.0, -275.0), (225.0, -275.0)))
    assert skew.least_plate_kg == pytest.approx(125 * 1.2 * 35 / 215)


def test_the_rating_is_that_of_the_weakest_part() -> None:
    assert SOUND.rating_kg == 125.0  # the pad
    assert replace(SOUND, pad_rating_kg=200.0).rating_kg == pytest.approx(SOUND.cells_rating_kg)
    assert replace(SOUND, plate_rating_kg=90.0).rating_kg == 90.0


def test_no_cell_carries_more_than_its_rating_at_the_worst_place_of_a_marked_foot() -> None:
    """Outside of the front of a foot on a hip mark: (125 + 55, 20 + 150) mm."""
    assert SOUND.worst_share == pytest.approx(0.25 + 180 / 900 + 170 / 1100)
    assert SOUND.cells_rating_kg == pytest.approx(100 / SOUND.worst_share)
    assert replace(SOUND, cell_rating_kg=50.0).rating_kg == pytest.approx(50 / SOUND.worst_share)


def test_hops_need_cells_of_two_hundred_kilograms() -> None:
    assert not SOUND.allows_hops
    assert replace(SOUND, cell_rating_kg=200.0).allows_hops


def test_coarser_cells_weigh_heavier_people_only() -> None:
    """2 x 275 mm x 3 x 1.05 g x 0.5 / 0.05 mm = 17.3 kg for cells of 100 kg: 20 kg stays the least; 200 kg cells need twice that."""
    assert SOUND.least_kg == 20.0
    assert replace(SOUND, cell_rating_kg=200.0).least_kg == pytest.approx(34.5, abs=0.1)
    assert SOUND.least_kg_for(2e-3) == pytest.approx(11.0)


def test_tandem_and_a_common_pad_fit_on_the_platform_of_the_guide() -> None:
    assert SOUND.allows_tandem
    assert SOUND.pad_mm == (410.0, 500.0)
    assert not replace(SOUND, plate_mm=(450.0, 450.0)).allows_tandem


@pytest.mark.parametrize(
    ("wrong", "ids"),
    [
        ({"cells_mm": ((225.0, 275.0), (-225.0, 275.0), (-225.0, -275.0), (225.0, -275.0))}, ["platform.cell-corner"] * 2),
        ({"cell_mm": 60.0}, ["platform.cell-beyond"] * 4),
        ({"marks_mm": 400.0}, ["platform.feet-beyond"]),
        ({"pad_mm": (500.0, 610.0)}, ["platform.pad-beyond"]),
        ({"plate_thickness_mm": 50.0}, ["platform.no-room"]),
        (
            {"plate_mass_kg": 4.0, "marks_mm": 400.0, "cell_mm": 60.0},
            [*["platform.cell-beyond"] * 4, "platform.tips", "platform.feet-beyond"],
        ),
    ],
)
def test_every_mistake_of_a_platform_is_told(wrong: dict[str, object], ids: list[str]) -> None:
    with pytest.raises(BadPlatform) as caught:
        replace(SOUND, **wrong).checked()  # type: ignore[arg-type]
    assert [m.id for m in caught.value.mistakes] == ids
    assert caught.value.what.args["n"] == len(ids)


def test_a_geometry_comes_back_from_its_file_as_it_was() -> None:
    other = replace(SOUND, plate_mass_kg=21.5, pad_mm=(400.0, 480.0), cell_mm=35.0)
    assert Geometry.from_json(json.loads(json.dumps(other.to_json()))) == other


def test_a_document_from_before_the_plate_had_a_mass_is_still_read() -> None:
    old = {key: SOUND.to_json()[key] for key in ("cells_mm", "plate_mm", "marks_mm", "height_mm", "cell_rating_kg", "plate_rating_kg",
                                                 "pad_rating_kg", "least_person_kg")}  # fmt: skip
    assert Geometry.from_json(json.loads(json.dumps(old))) == SOUND


def test_a_geometry_file_may_say_mass_and_pad_and_is_told_what_is_no_size(tmp_path: Path) -> None:
    path = tmp_path / "geometry.json"
    path.write_text(json.dumps({"geometry": {**SOUND.to_json(), "plate_mass_kg": 19.5, "pad_mm": [400, 480]}}), "utf-8")
    assert read_geometry(path) == replace(SOUND, plate_mass_kg=19.5, pad_mm=(400.0, 480.0))
    path.write_text(json.dumps({"geometry": {**SOUND.to_json(), "plate_mass_kg": -1, "pad_mm": [400]}}), "utf-8")
    with pytest.raises(SettingsError) as caught:
        read_geometry(path)
    assert sorted(str(m.args["key"]) for m in caught.value.mistakes) == ["geometry.pad_mm", "geometry.plate_mass_kg"]
