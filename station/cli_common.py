"""What all commands share: the station's language, errors in two sentences, the options that name a board."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from station.errors import SettingsError, StationError
from station.settings import data_folder, load_settings
from station.text.catalogue import Catalogue

EXIT_STOPPED = 3


def catalogue(folder: Path | None = None) -> Catalogue:
    """The station's language; English when its settings cannot be read (their own error is told elsewhere)."""
    try:
        return Catalogue(load_settings(folder or data_folder(None)).station.language)
    except SettingsError:
        return Catalogue("en")


def tell(error: StationError) -> None:
    """What and do, with every mistake on a line of its own."""
    text = catalogue().text
    click.echo(text(error.what), err=True)
    for mistake in getattr(error, "mistakes", ()):
        if mistake != error.what:
            click.echo(f"  {text(mistake)}", err=True)
    click.echo(text(error.do), err=True)


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
