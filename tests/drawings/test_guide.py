"""The guide for builders says what the station says, and its pictures and files are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hardware.faults import KINDS
from station.core.geometry import Geometry
from station.text import Catalogue
from station.words import say


@pytest.fixture(scope="module")
def guide(root: Path) -> str:
    return (root / "hardware" / "README.md").read_text("utf-8")


@pytest.mark.parametrize("kind", KINDS)
def test_a_fault_is_told_in_the_guide_as_on_the_screen(guide: str, kind: str) -> None:
    text = Catalogue("en").text
    cell = say("hardware.front-left")
    assert f"| {text(say(f'hardware.fault.{kind}', cell=cell))} | {text(say(f'hardware.fault.{kind}.do', cell=cell))} |" in guide


def test_every_file_of_the_folder_is_in_the_guide(guide: str, root: Path) -> None:
    files = {p.name for p in (root / "hardware").glob("*.py")} - {"__init__.py"}
    assert sorted(name for name in files if f"`{name}`" not in guide) == []
    assert (
        sorted(name for name in re.findall(r"^\| .*?`.*?\|", guide, re.M) for name in re.findall(r"`(\w+\.py)`", name) if name not in files)
        == []
    )


def test_every_picture_of_the_guide_is_there(guide: str, root: Path) -> None:
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", guide)
    assert len(pictures) == 5
    assert all((root / "hardware" / path).is_file() for path in pictures)


def test_every_jump_within_the_guide_lands_on_a_heading(guide: str) -> None:
    headings = {re.sub(r"[^a-z0-9 -]", "", line[3:].lower()).replace(" ", "-") for line in guide.splitlines() if line.startswith("## ")}
    jumps = set(re.findall(r"\]\(#([^)]+)\)", guide))
    assert jumps
    assert jumps <= headings


def test_the_guides_numbers_of_the_plate_are_those_of_the_geometry(guide: str) -> None:
    usual = Geometry()
    assert f"must weigh {usual.least_plate_kg:.1f} kg at least" in guide
    assert f"weigh {usual.plate_mass_kg:.1f} kg" in guide
    assert f"up to {usual.rating_kg:.0f} kg" in guide
    assert f"one cell carries {100 * usual.worst_share:.0f} % of the person" in guide
