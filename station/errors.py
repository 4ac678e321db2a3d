"""Every error of the station: what (a fact with its number) and do (the next action), both as words of the catalogue.

The screen shows `what` large and `do` in the band, the command line prints both, the web has one JSON and one page shape.
One class a cause; the sentences live in the catalogue under the ids named here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from station.words import Words, say


class StationError(Exception):
    """Root of the tree. `exit_code` is what the command line returns: 2 wrong use or bad input, 3 stopped or failed."""

    exit_code: ClassVar[int] = 2

    def __init__(self, what: Words, do: Words) -> None:
        super().__init__(what.id, dict(what.args))
        self.what = what
        self.do = do


class SettingsError(StationError, ValueError):
    """Something in a file a person wrote (settings, protocol, calibration); all mistakes of the file at once."""

    def __init__(self, file: str, mistakes: list[Words]) -> None:
        super().__init__(
            say("error.settings", file=file, n=len(mistakes)),
            say("error.settings.do", file=file),
        )
        self.file = file
        self.mistakes = mistakes


class BadFile(StationError, ValueError):
    """A recording or CSV that cannot be read: names file, line (1-based, 0 when none) and column ("" when none).

    mistakes: every mistake of the file, one sentence each (at most 20); empty when `what` says it all.
    """

    def __init__(self, what: Words, *, file: str, line: int = 0, column: str = "", mistakes: Sequence[Words] = ()) -> None:
        super().__init__(what, say("error.file.do", file=file))
        self.file = file
        self.line = line
        self.column = column
        self.mistakes = list(mistakes)


class NotFound(StationError, LookupError):
    """An unknown protocol, game, board, measure, person or trial; `near` is the closest name, if one is close."""

    def __init__(self, kind: str, name: str, near: str = "") -> None:
        super().__init__(
            say("error.not-found", kind=say(f"kind.{kind}"), name=name),
            say("error.not-found.near", near=near) if near else say(f"error.not-found.{kind}.do"),
        )
        self.kind = kind
        self.name = name


class BoardError(StationError):
    """The board cannot be opened or read."""

    exit_code = 3


class StoreError(StationError, OSError):
    """The data folder or the database cannot be used."""


class FolderBusy(StoreError):
    """Another station holds the lock of the data folder."""

    def __init__(self, folder: str) -> None:
        super().__init__(say("error.folder-busy", folder=folder), say("error.folder-busy.do"))


class FolderUnwritable(StoreError):
    """The data folder cannot be made or written."""

    def __init__(self, folder: str, reason: str) -> None:
        super().__init__(say("error.folder-unwritable", folder=folder, reason=reason), say("error.folder-unwritable.do"))


class Refused(StationError):
    """A command that makes sense but not now: busy, calibration missing, rate too low, plate not empty."""

    exit_code = 3
