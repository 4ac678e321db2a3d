"""The sheet of screens: one small file a screen and language."""

from __future__ import annotations

import pygame

from station.display.sheet import SIZE, main, pictures, sheet
from station.flow.samples import samples
from station.text.catalogue import languages


def test_the_sheet_shows_every_screen_in_every_language_in_small_files(tmp_path):
    shown = samples()[::6]
    written = sheet(tmp_path / "screens", shown)
    assert {f.name for f in written} == {f"{s.name}-{code}.png" for s in shown for code in languages()} | {"sheet.png", "sheet-de.png"}
    single = [f for f in written if not f.name.startswith("sheet")]
    assert all(pygame.image.load(str(f)).get_size() == SIZE for f in single)
    assert max(f.stat().st_size for f in single) < 40_000


def test_a_picture_is_drawn_in_the_words_of_its_language():
    home = next(s.scene for s in samples() if s.name == "home")
    drawn = [pygame.image.tobytes(next(pictures([home], language)), "RGB") for language in ("en", "de", "en")]
    assert drawn[0] != drawn[1]
    assert drawn[0] == drawn[2]


def test_without_a_folder_it_says_how_it_is_used(capsys):
    assert main([]) == 2
    assert "FOLDER" in capsys.readouterr().err
