"""The formats there are and how one is made. A format is a module of this package with a `FORMAT`; adding one touches no other file."""

from __future__ import annotations

import difflib
import os
import pkgutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path

import station.export
from station.errors import FolderUnwritable, NotFound
from station.store.queries import Archive, PersonRow, TrialRow

SCOPES = ("trial", "person", "all")


@dataclass(frozen=True, slots=True)
class Selection:
    """What is exported: trials oldest first, and people by id. `samples`: with the 100 Hz rows, where the format has them."""

    scope: str
    trials: Sequence[TrialRow]
    people: dict[str, PersonRow]
    samples: bool = True


@dataclass(frozen=True, slots=True)
class Format:
    """label: on a button. scopes: what it can hold. make: the whole file from a selection."""

    id: str
    label: str
    mimetype: str
    extension: str
    make: Callable[[Archive, Selection], bytes]
    scopes: tuple[str, ...] = SCOPES


@cache
def _all() -> dict[str, Format]:
    modules = (import_module(f"station.export.{m.name}") for m in pkgutil.iter_modules(station.export.__path__))
    found = [m.FORMAT for m in modules if isinstance(getattr(m, "FORMAT", None), Format)]
    return {f.id: f for f in sorted(found, key=lambda f: f.id)}


def formats(scope: str = "all") -> list[Format]:
    """The formats that can hold a trial, a person or all, by id."""
    return [f for f in _all().values() if scope in f.scopes]


def find(id: str) -> Format:
    """Raises NotFound with the nearest name."""
    found = _all().get(id)
    if found is None:
        near = difflib.get_close_matches(id, _all(), n=1)
        raise NotFound("format", id, near[0] if near else "")
    return found


def export_bytes(archive: Archive, format: Format, scope: str, id: str | None) -> tuple[bytes, str]:
    """The file and its name, for a download. `all` comes without samples: hundreds of trials would keep a page waiting for minutes.

    id: of a trial; of a person their id or code. Raises NotFound.
    """
    chosen = _select(archive, format, scope, id, samples=scope != "all")
    return format.make(archive, chosen), _name(chosen, format)


def export_file(archive: Archive, format: Format, scope: str, id: str | None, path: Path) -> int:
    """Writes the file whole or not at all (temporary name, synced, renamed), with all samples; bytes written.

    Raises NotFound, FolderUnwritable. A stick pulled in the middle leaves an older file as it was.
    """
    data = format.make(archive, _select(archive, format, scope, id, samples=True))
    fresh = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with fresh.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except OSError as error:
        with suppress(OSError):
            fresh.unlink()
        raise FolderUnwritable(str(path.parent), error.strerror or str(error)) from error
    return len(data)


def _select(archive: Archive, format: Format, scope: str, id: str | None, *, samples: bool) -> Selection:
    if scope not in format.scopes:
        raise NotFound("format", format.id)
    if scope == "trial":
        trial = archive.trial(id or "")
        if trial is None:
            raise NotFound("trial", id or "")
        owner = archive.person(trial.person_id) if trial.person_id else None
        return Selection(scope, [trial], {owner.id: owner} if owner else {}, samples)
    if scope == "person":
        person = archive.person(id or "")
        if person is None:
            raise NotFound("person", id or "")
        return Selection(scope, archive.trials(person.id), {person.id: person}, samples)
    return Selection(scope, list(archive.all_trials()), {p.id: p for p in archive.people()}, samples)


def _name(chosen: Selection, format: Format) -> str:
    """Code or trial, never a nickname; simulated ones say so."""
    demo = "demo-" if chosen.trials and all(t.result.demo for t in chosen.trials) else ""
    if chosen.scope == "trial":
        what = f"{chosen.trials[0].result.protocol_id}-{chosen.trials[0].id[:8]}"
    elif chosen.scope == "person":
        what = next(iter(chosen.people.values())).code
    else:
        what = "balance-station"
    return f"{demo}{what}.{format.extension}"
