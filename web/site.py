"""What every page needs of its station: data folder, settings, language, the newest view, the database to read, who is staff."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from flask import abort, current_app, session
from markupsafe import Markup

from station.protocols.loader import load_all
from station.protocols.model import Protocol
from station.settings import Settings
from station.store.queries import Archive
from station.text.catalogue import Catalogue
from station.words import Num, Words, say
from web.hub import Hub
from web.shelf import Shelf
from web.staff import Sessions


@dataclass
class Site:
    """One data folder as its pages see it. `port`: where they are served."""

    folder: Path
    settings: Settings
    catalogue: Catalogue
    hub: Hub
    archive: Archive
    sessions: Sessions
    port: int
    shelf: Shelf = field(default_factory=Shelf)
    frames: Shelf = field(default_factory=lambda: Shelf(most=2))  # of recordings, up to a megabyte each

    @cached_property
    def protocols(self) -> Mapping[str, Protocol]:
        """What this station can run, its own and the site's. Raises SettingsError."""
        return load_all(self.folder / "protocols")

    def text(self, id: str, **args: Any) -> str:
        return self.catalogue.text(say(id, **args))

    def words(self, words: Words) -> str:
        return self.catalogue.text(words)

    def number(self, value: float, decimals: int = 0, unit: str = "") -> str:
        """With the decimal sign of the language; the unit after a thin gap."""
        return self.catalogue.number(Num(value, decimals, unit))

    def words_of(self, number: Num) -> str:
        """A number with the decimals and the unit that it brings."""
        return self.catalogue.number(number)

    def close(self) -> None:
        self.hub.close()
        self.archive.close()


def fragment(template: str, **known: Any) -> str:
    """A part of a page, without what only whole pages know: a stream makes many, and none is a sign of somebody at the phone."""
    return current_app.jinja_env.get_template(template).render(t=site().text, svg=Markup, **known)


def site() -> Site:
    """The site of the application that handles this request."""
    found: Site = current_app.extensions["balance"]
    return found


def is_staff(*, awake: bool = True) -> bool:
    """Whether this browser gave the staff PIN; the look keeps its login `awake`."""
    return site().sessions.knows(session.get("staff", ""), awake=awake)


def need_staff() -> None:
    """401 unless this browser gave the staff PIN."""
    if not is_staff():
        abort(401)
