"""The command line, `balance-station ...`. An error is a fact and what to do; exit 2: wrong use, 3: stopped or failed."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from station.cli_board import calibrate, check
from station.cli_common import (
    EXIT_STOPPED,
    board_options,
    catalogue,
    known_settings,
    listing,
    print_measures,
    progress,
    settings_help,
    told,
)
from station.cli_measure import measure, measures, rebuild, recompute
from station.core.results import VERDICTS, RunResult
from station.drawings.command import drawings_command
from station.errors import StationError
from station.settings import data_folder, load_settings
from station.text.catalogue import Catalogue
from station.words import say

if TYPE_CHECKING:
    from station.solo import Outcome


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="balance-station")
def main() -> None:
    """Balance station: timed tests, coached drills and games on a balance board."""


for command in (calibrate, check, drawings_command, measure, measures, recompute, rebuild):
    main.add_command(command)


@main.command()
@board_options
@click.option("--headless", is_flag=True, help="No window and no sound; pages only.")
@click.option("--port", type=click.IntRange(1, 65535), help="Of the pages (default 8080).")
@click.option("--host", help="Address the pages listen on: 0.0.0.0 on a Pi, 127.0.0.1 elsewhere.")
@click.option("--no-web", is_flag=True, help="Without the pages.")
@click.option("--speed", type=click.FloatRange(0.1, 100), default=1.0, hidden=True)
@told
def run(**options: Any) -> None:
    """Start the station: screen, recordings and pages."""
    from station.appliance import appliance

    sys.exit(appliance(**options))


def run_options(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        click.option("--person", metavar="CODE", help="Code of the person it belongs to."),
        click.option("--side", type=click.Choice(["left", "right"]), help="Standing leg."),
        click.option("--seconds", type=click.FloatRange(1, 600), help="Length, or cap of a hold."),
        click.option("--eyes", type=click.Choice(["open", "closed"])),
        click.option("--surface", type=click.Choice(["firm", "foam"])),
        click.option("--repeat", type=click.Choice(["all"]), help="Every run that a recording holds."),
        click.option("--window", type=click.Choice(["file"]), help="The whole file as the window: no zero, no phases."),
        click.option("--settings", default="station", metavar="NAME", help=settings_help("Settings of the measures")),
        click.option("--speed", type=click.Choice(["max", "1"]), default="max", help="As fast as possible, or as on the wall."),
        click.option("--json", "as_json", is_flag=True, help="The whole result as JSON."),
    ):
        command = option(command)
    return board_options(command)


@main.command()
@click.argument("protocol")
@run_options
@told
def trial(protocol: str, **options: Any) -> None:
    """One run of PROTOCOL without a screen. Exit 0 completed, 3 stopped, failed or interrupted."""
    sys.exit(_solo(protocol, None, **options))


@main.command()
@click.argument("game")
@run_options
@told
def play(game: str, **options: Any) -> None:
    """One round of GAME without a screen, by a simulated player or a recording."""
    sys.exit(_solo(game, "game", **options))


def _solo(name: str, kind: str | None, **o: Any) -> int:
    from hardware.boards import parse_board, require
    from station.protocols.loader import find_protocol
    from station.solo import Wishes, go
    from station.storing import keeper

    folder = data_folder(o["data"])
    settings = load_settings(folder)
    protocol = find_protocol(name, folder / "protocols", kind=kind)
    known_settings(o["settings"])
    spec = parse_board(o["board"], seed=o["seed"], faults=o["faults"], geometry_file=o["geometry"], data_dir=folder)
    require(spec)
    wishes = Wishes(o["side"], o["seconds"], o["eyes"], o["surface"], o["settings"], o["window"] == "file", o["repeat"] == "all", None)
    # A replay is no new measurement; a simulated person is kept when a folder or a person was named; the real board always is.
    kept = not spec.paced or (spec.kind == "simulated" and bool(o["data"] or o["person"]))
    if o["person"] and spec.kind == "replay":
        raise StationError(say("cli.replay-person"), say("cli.replay-person.do"))
    with keeper(folder if kept else None, o["person"]) as keep:
        outcome = go(spec, protocol, keep.wishes(wishes), pad_kg=settings.pad.mass_kg, paced=o["speed"] == "1", keep=keep.recorder)
    text = Catalogue(settings.station.language)
    for notice in outcome.notices:
        click.echo(text.text(notice), err=True)
    if o["as_json"]:
        click.echo(json.dumps(text.with_texts(_json(outcome, wishes.repeat)), indent=1, ensure_ascii=False))
    else:
        for result in outcome.runs:
            _print_run(result, text)
    done = bool(outcome.runs) and all(r.status == "completed" for r in outcome.runs)
    return 0 if done else EXIT_STOPPED


def _json(outcome: Outcome, repeat: bool) -> dict[str, Any]:
    """One run as it is. With --repeat all: `runs` in order, every trial under `trials`, and the quality of all the board gave."""
    runs = outcome.runs
    if repeat:
        trials = [t for r in runs for t in r.trials]
        qualities = [t.quality for t in trials]
        doc: dict[str, Any] = {
            "status": "completed" if runs and all(r.status == "completed" for r in runs) else "stopped",
            "demo": any(r.demo for r in runs),
            "quality": {
                "verdict": max((q.verdict for q in qualities), key=VERDICTS.index, default=None),
                "reasons": [w.to_json() for w in {str(w.to_json()): w for q in qualities for w in q.reasons}.values()],
                "valid_pct": min((q.valid_pct for q in qualities), default=None),
                "flags_by_cell": {cell: dict(flags) for cell, flags in outcome.flags_by_cell.items()},
            },
            "runs": [r.to_json() for r in runs],
            "trials": [t.to_json() for t in trials],
        }
    else:
        doc = runs[0].to_json() if runs else {"status": "stopped", "trials": []}
    if outcome.truth is not None:
        doc["truth"] = outcome.truth
    return doc


def _print_run(result: RunResult, text: Catalogue) -> None:
    demo = "DEMO " if result.demo else ""
    click.echo(f"{demo}{result.protocol_id}: {result.status}. {text.text(result.reason)}")
    if result.score is not None:
        of = "" if result.score.of is None else f" / {text.number(result.score.of, 0)}"
        click.echo(f"  {text.number(result.score.value, 1)}{of} {result.score.unit}")
    for t in result.trials:
        side = f", {t.side}" if t.side else ""
        verdict = f"{t.quality.verdict}, {text.number(t.quality.valid_pct, 1)} % valid"
        click.echo(
            f"  {t.condition.stance}, eyes {t.condition.eyes}, {t.condition.surface}{side}: {text.number(t.duration_s, 2)} s, {verdict}"
        )
        for reason in (*t.quality.reasons, *t.warnings):
            click.echo(f"    {text.text(reason)}")
        print_measures(t.measures, text)


@main.command()
@click.option("--json", "as_json", is_flag=True)
@click.option("--data", type=click.Path())
@told
def protocols(as_json: bool, data: str | None) -> None:
    """Tests, training and drills, shipped ones and the site's own."""
    from station.protocols.loader import load_all

    folder = data_folder(data)
    text = catalogue(folder)
    rows = [_protocol(p, text) for p in load_all(folder / "protocols").values() if p.kind != "game"]
    listing(rows, as_json, lambda r: f"{r['id']:<20} {r['kind']:<9} {r['seconds']:>5.0f} s  {r['title']}: {r['why']}")


@main.command()
@click.option("--json", "as_json", is_flag=True)
@told
def games(as_json: bool) -> None:
    """Games."""
    from station.protocols.loader import load_all

    text = catalogue()
    rows = [_protocol(p, text) for p in load_all().values() if p.kind == "game"]
    listing(rows, as_json, lambda r: f"{r['id']:<20} {r['seconds']:>5.0f} s  {r['title']}: {r['why']}")


def _protocol(p: Any, text: Catalogue) -> dict[str, Any]:
    return {
        "id": p.id,
        "kind": p.kind,
        "version": p.version,
        "sha256": p.sha256,
        "title": text.text(p.title),
        "why": text.text(p.why),
        "seconds": p.seconds,
        "unit": "s",
        "status": p.status,
        "source": p.source,
        "conditions": [c.to_json() for c in p.conditions],
        "trials": p.trials,
        "attempts": p.attempts,
        "feedback": p.feedback,
        "cannot_see": [text.text(w) for w in p.cannot_see],
    }


@main.command()
@click.argument("scope", type=click.Choice(["trial", "person", "all"]))
@click.argument("id", required=False)
@click.option("--format", "format_id", required=True, metavar="F", help="csv, csv-samples or json.")
@click.option("--out", required=True, type=click.Path(dir_okay=False), help="File to write.")
@click.option("--data", type=click.Path())
@told
def export(scope: str, id: str | None, format_id: str, out: str, data: str | None) -> None:
    """Write a trial, a person (ID = their code) or everything to a file, as the web pages offer it."""
    from station.export.registry import export_file, find
    from station.store.queries import Archive

    if scope != "all" and not id:
        raise click.UsageError(f"export {scope} needs an ID")
    with Archive(data_folder(data)) as archive:
        size = export_file(archive, find(format_id), scope, id, Path(out))
    click.echo(f"{out}: {size} bytes")


@main.command()
@click.option("--data", type=click.Path())
@click.option("--people", default=30, type=click.IntRange(1, 200))
@click.option("--weeks", default=8, type=click.IntRange(1, 52))
@click.option("--seed", default=1)
@told
def demo(data: str | None, people: int, weeks: int, seed: int) -> None:
    """Fill a data folder with a simulated gym, every trial marked demo."""
    from station.demo import fill

    folder = data_folder(data)
    made = fill(folder, people=people, weeks=weeks, seed=seed, progress=progress)
    click.echo(catalogue().text(say("cli.demo", trials=made, people=people, folder=str(folder))))


@main.command()
@click.option("--data", type=click.Path())
@click.option("--database", metavar="URL", help="Read another database than the folder's own.")
@click.option("--host", default=None)
@click.option("--port", type=click.IntRange(1, 65535))
@told
def web(data: str | None, database: str | None, host: str | None, port: int | None) -> None:
    """The pages alone."""
    from station.pages_process import port_free
    from web.app import serve

    folder = data_folder(data)
    settings = load_settings(folder)
    address, number = host or settings.web.host or "127.0.0.1", port or settings.web.port
    port_free(address, number)
    serve(folder, host=address, port=number, database=database)
