"""The station's settings: `station.toml` in the data folder, typed; every mistake at once, with "did you mean"."""

from __future__ import annotations

import difflib
import os
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from station.errors import SettingsError
from station.words import Words, literal, say

FILE = "station.toml"


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class StationSection(_Section):
    name: Annotated[str, Field(min_length=1, max_length=40)] = "Balance station"
    language: Literal["en", "de"] = "en"


class ScreenSection(_Section):
    """diagonal_in and distance_m decide whether the words can be read from the board."""

    diagonal_in: Annotated[float, Field(ge=5, le=120)] = 32.0
    distance_m: Annotated[float, Field(ge=0.3, le=10)] = 2.0
    width_px: Annotated[int, Field(ge=320, le=7680)] = 1280
    height_px: Annotated[int, Field(ge=240, le=4320)] = 720
    fullscreen: bool | None = None  # None: on a Pi yes, elsewhere no
    overscan_pct: Annotated[float, Field(ge=0, le=5)] = 0.0
    reduced_motion: bool = False


class SoundSection(_Section):
    volume: Annotated[int, Field(ge=0, le=4)] = 3
    voice: bool = True


class PadSection(_Section):
    mass_kg: Annotated[float, Field(gt=0.3, le=5)] = 0.7
    name: Annotated[str, Field(max_length=60)] = ""


class BoardSection(_Section):
    controls: bool = True  # the lines of the buttons and the lamp are ours; false when something else uses them


class WebSection(_Section):
    port: Annotated[int, Field(ge=1, le=65535)] = 8080
    host: str = ""  # "": 0.0.0.0 on a Pi, 127.0.0.1 elsewhere


class ReferenceSection(_Section):
    """site_percentiles: staff see where the people of this station lie, from 50 people on."""

    site_percentiles: bool = False


class Settings(_Section):
    station: StationSection = StationSection()
    screen: ScreenSection = ScreenSection()
    sound: SoundSection = SoundSection()
    pad: PadSection = PadSection()
    board: BoardSection = BoardSection()
    web: WebSection = WebSection()
    reference: ReferenceSection = ReferenceSection()


def data_folder(named: str | None) -> Path:
    """`--data`, else BALANCE_STATION_DATA, else ~/.local/share/balance-station."""
    return Path(named or os.environ.get("BALANCE_STATION_DATA") or Path.home() / ".local/share/balance-station").expanduser().absolute()


def load_settings(folder: Path) -> Settings:
    """Settings of a data folder; the defaults when it has no file. Raises SettingsError with every mistake."""
    path = folder / FILE
    try:
        text = path.read_text("utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return Settings()  # a folder that cannot be one is the store's to tell
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(str(path), [say("settings.unreadable", reason=str(error))]) from error
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(str(path), [say("settings.syntax", reason=str(error))]) from error
    try:
        return Settings.model_validate(document)
    except ValidationError as error:
        raise SettingsError(str(path), [_mistake(e) for e in error.errors()]) from error


def _mistake(error: Any) -> Words:
    """One sentence for one of pydantic's findings, with the nearest known key for an unknown one."""
    key = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        near = difflib.get_close_matches(key.rpartition(".")[2], _known(error["loc"][:-1]), n=1)
        return say("settings.unknown-near", key=key, near=near[0]) if near else say("settings.unknown", key=key)
    return say("settings.wrong", key=key, given=literal(repr(error["input"])), rule=literal(error["msg"]))


def _known(section: tuple[str | int, ...]) -> list[str]:
    if not section:
        return list(Settings.model_fields)
    field = Settings.model_fields.get(str(section[0]))
    kind = field.annotation if field else None
    return list(kind.model_fields) if isinstance(kind, type) and issubclass(kind, BaseModel) else []
