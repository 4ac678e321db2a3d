"""`station.toml`: the defaults without it, every mistake of it at once with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from station.errors import SettingsError
from station.settings import Settings, data_folder, load_settings
from station.text.catalogue import Catalogue


def written(folder: Path, text: str) -> Path:
    (folder / "station.toml").write_text(text, "utf-8")
    return folder


def mistakes(folder: Path) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load_settings(folder)
    return [Catalogue("en").text(m) for m in caught.value.mistakes]


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    assert load_settings(tmp_path) == Settings()


def test_a_good_file_is_read(tmp_path: Path) -> None:
    settings = load_settings(written(tmp_path, '[station]\nname = "Gym"\nlanguage = "de"\n[screen]\ndiagonal_in = 24\n'))
    assert (settings.station.name, settings.station.language, settings.screen.diagonal_in) == ("Gym", "de", 24)


def test_all_mistakes_are_told_at_once_with_the_nearest_known_key(tmp_path: Path) -> None:
    told = mistakes(written(tmp_path, '[station]\nlanguge = "en"\nname = ""\n[screen]\noverscan_pct = 9\n[wbe]\nport = 1\n'))
    assert len(told) == 4
    assert any("station.languge" in t and "Did you mean language?" in t for t in told)
    assert any("station.name" in t for t in told)
    assert any("screen.overscan_pct = 9" in t for t in told)
    assert any("wbe" in t and "Did you mean web?" in t for t in told)


def test_broken_toml_names_the_line(tmp_path: Path) -> None:
    (told,) = mistakes(written(tmp_path, "[station\nname = 1\n"))
    assert "line 1" in told


def test_bytes_that_are_no_text_are_told(tmp_path: Path) -> None:
    (tmp_path / "station.toml").write_bytes(b"\xff\xfe\x00")
    assert len(mistakes(tmp_path)) == 1


def test_a_named_folder_wins_over_the_environment(tmp_path: Path) -> None:
    assert data_folder(str(tmp_path)) == tmp_path
