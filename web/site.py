"""What every page needs of its station: data folder, settings, language, the newest view, the database to read, who is staff."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask import abort, current_app, session

from station.settings import Settings
from station.store.queries import Archive
from station.text.catalogue import Catalogue
from station.words import Words, say
from web.hub import Hub
from web.staff import Sessions


@dataclass(slots=True)
class Site:
    folder: Path
    settings: Settings
    catalogue: Catalogue
    hub: Hub
    archive: Archive
    sessions: Sessions
    port: int
    urls: list[str] = field(default_factory=list)

    def text(self, id: str, **args: Any) -> str:
        return self.catalogue.text(say(id, **args))

    def words(self, words: Words) -> str:
        return self.catalogue.text(words)


def site() -> Site:
    """The site of the application that handles this request."""
    found: Site = current_app.extensions["balance"]
    return found


def is_staff() -> bool:
    return site().sessions.knows(session.get("staff", ""))


def need_staff() -> None:
    """401 unless this browser gave the staff PIN."""
    if not is_staff():
        abort(401)
