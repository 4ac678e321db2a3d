"""What all commands share: the station's language, errors in two sentences, the options that name a board."""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import click

from station.core.measures.presets import SETTINGS
from station.core.results import MeasureValue
from station.errors import SettingsError, StationError
from station.settings import data_folder, load_settings
from station.text.catalogue import Catalogue
from station.words import Words, say

EXIT_STOPPED = 3


def catalogue(folder: Path | None = None) -> Catalogue:
    """The station's language; English when its settings cannot be read (their own error is told elsewhere)."""
    try:
        return Catalogue(load_settings(folder or data_folder(None)).station.language)
    except SettingsError:
        return Catalogue("en")


def tell(error: StationError) -> None:
    """What and do, with every mistake on a line of its own."""
    tell_words(error.what, getattr(error, "mistakes", ()), error.do)


def tell_words(what: Words, mistakes: Iterable[Words], do: Words) -> None:
    """The same of an error that is only told."""
    text = catalogue().text
    click.echo(text(what), err=True)
    for mistake in mistakes:
        if mistake != what:
            click.echo(f"  {text(mistake)}", err=True)
    click.echo(text(do), err=True)


def told(command: Callable[..., Any]) -> Callable[..., Any]:
    """StationErrors become two sentences and an exit code; Ctrl-C ends quietly."""

    @functools.wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except StationError as error:
            tell(error)
            sys.exit(error.exit_code)
        except KeyboardInterrupt:
            sys.exit(130)

    return run


def board_options(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        click.option("--board", default="auto", metavar="BOARD", help="auto, hx711, hx711-package, simulated[:TRAITS] or replay:FILE."),
        click.option("--seed", default=1, help="Of the simulated person."),
        click.option("--fault", "faults", multiple=True, metavar="CELL:WORD@12s", help="A fault of a simulated cell; may be repeated."),
        click.option("--geometry", type=click.Path(dir_okay=False), help="Geometry and calibration of a CSV, if not beside it."),
        click.option("--data", type=click.Path(), help="The data folder."),
    ):
        command = option(command)
    return command


def print_measures(measures: Mapping[str, MeasureValue], text: Catalogue, indent: str = "    ") -> None:
    """A line for each, with four significant digits; behind them once each reason why some have no value, and which these are."""
    empty: dict[str, list[str]] = {}
    for key, m in measures.items():
        if m.value is not None:
            click.echo(f"{indent}{key:<32} {text.significant(m.value):>14} {m.unit}")
        else:
            empty.setdefault(m.why, []).append(key)
    for why, keys in empty.items():
        click.echo(f"{indent}{text.text(say(why)) if why else '-'} ({', '.join(keys)})")


def settings_help(what: str) -> str:
    """The help of --settings: every name there is."""
    return f"{what}: {', '.join(SETTINGS)}."


def known_settings(name: str) -> str:
    """The name itself. Raises StationError that names all when there is none like it."""
    if name not in SETTINGS:
        every = say("measuring.settings.every", names=", ".join(SETTINGS))
        raise StationError(say("error.not-found", kind=say("kind.settings"), name=name), every)
    return name


def listing(rows: Iterable[dict[str, Any]], as_json: bool, line: Callable[[dict[str, Any]], str]) -> None:
    """A line for each row, or all of them as JSON."""
    listed = list(rows)
    click.echo(json.dumps(listed, indent=1, ensure_ascii=False) if as_json else "\n".join(line(r) for r in listed))


def progress(done: int, total: int) -> None:
    """How far it is, where a person watches."""
    if sys.stderr.isatty():
        click.echo(f"\r{done} / {total}", nl=done == total, err=True)
