"""The commands about numbers: `measure` files, list `measures`, `recompute` results, `rebuild` the index."""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from station.cli_common import catalogue, known_settings, listing, print_measures, progress, settings_help, tell_words, told
from station.errors import StationError
from station.settings import data_folder
from station.words import say

if TYPE_CHECKING:
    from station.measuring import Measured, Refused
    from station.text.catalogue import Catalogue

EXIT_WRONG, EXIT_CTRL_C = 2, 130


@click.command()
@click.argument("files", nargs=-1, metavar="FILE...")
@click.option("--json", "as_json", is_flag=True, help="JSON instead of a table.")
@click.option("--settings", default="station", metavar="NAME", help=settings_help("all, or one of"))
@click.option("--only", metavar="A,B", help="Only these measures.")
@click.option("--geometry", type=click.Path(dir_okay=False), help="Geometry and calibration of a file of counts, if not beside it.")
@click.option("--out", type=click.Path(dir_okay=False), help="Write the table to FILE.csv or FILE.xlsx.")
@click.option("--jobs", type=click.IntRange(1, 64), default=1, metavar="N", help="Processes, for big folders.")
@click.option("--explain", metavar="KEY", help="What a measure is: formula, source, when it means nothing.")
@told
def measure(files: tuple[str, ...], as_json: bool, settings: str, only: str | None, explain: str | None, **o: Any) -> None:
    """All measures of CSVs of CoP or of four cells. FILE may be a folder or a pattern; several files give one table.

    A bad file is named at the end and skipped; then the exit code is 2. Ctrl-C keeps what is done.
    """
    from station.measure_table import check_out
    from station.measuring import Job, files_of

    text = catalogue()
    if explain is not None:
        _explain(explain, text, as_json)
        return
    if not files:
        raise click.UsageError("name a file, a folder or a pattern, or --explain KEY")
    wanted, out = _wanted(only, settings), Path(o["out"]) if o["out"] else None
    if out is not None:
        check_out(out)
    paths = files_of(files)
    jobs = [Job(path, settings, wanted, o["geometry"]) for path in paths]
    done, bad, stopped = _work(jobs, o["jobs"])
    single = len(paths) == 1 and {str(path) for path in paths} == set(files)
    for one in done if single or as_json else ():
        for notice in one.notices:
            said = text.text(notice)
            click.echo(said if said.startswith(f"{one.file}: ") else f"{one.file}: {said}", err=True)
    if as_json:
        documents = [one.to_json() for one in done]
        click.echo(json.dumps(documents[0] if single and documents else documents, indent=1))
    _show(done, text, single=single and not as_json, out=out, table=not as_json and not single)
    _summary(done, bad, len(paths), text, stopped=stopped)
    sys.exit(EXIT_CTRL_C if stopped else EXIT_WRONG if bad else 0)


def _work(jobs: list[Any], processes: int) -> tuple[list[Measured], list[Refused], bool]:
    """(measured, refused, whether Ctrl-C came in between)."""
    from station.measuring import Measured, measure_files

    done: list[Measured] = []
    bad: list[Refused] = []
    hidden = len(jobs) < 2 or not sys.stderr.isatty()
    try:
        with click.progressbar(measure_files(jobs, processes), length=len(jobs), file=sys.stderr, hidden=hidden) as each:
            for answer in each:
                if isinstance(answer, Measured):
                    done.append(answer)
                else:
                    bad.append(answer)
    except KeyboardInterrupt:
        return done, bad, True
    return done, bad, False


def _show(done: list[Measured], text: Catalogue, *, single: bool, out: Path | None, table: bool) -> None:
    from station.measure_table import as_csv, one_table, write

    if out is not None and done:
        write(one_table(done, text.text), out)
        click.echo(text.text(say("measuring.written", file=str(out), n=len(done))), err=True)
    elif single:
        for one in done:
            click.echo(f"{one.file}  ({one.settings}, {text.number(one.fs_hz, 2)} Hz, {text.number(one.duration_s, 2)} s)")
            _print_one(one, text)
    elif table and done:
        click.echo(as_csv(one_table(done, text.text)), nl=False)


def _print_one(one: Measured, text: Catalogue) -> None:
    from station.measure_table import lines, one_table
    from station.measuring import ALL

    if one.settings != ALL:
        print_measures(one.measures, text, "  ")
        return
    made = one_table([one], text.text)
    values = [row[1:-2] for row in (made.header, *made.rows)]  # notes are told beside the table, methods are in CSV
    rows = [[c if isinstance(c, str) else "-" if c is None else text.significant(c) for c in row] for row in values]
    for line in lines(rows):
        click.echo(f"  {line}")


def _summary(done: list[Measured], bad: list[Refused], of: int, text: Catalogue, *, stopped: bool) -> None:
    """What could not be measured: one file with everything that is wrong in it, of many a line each."""
    for refused in bad:
        if of > 1:
            click.echo(text.text(refused.what), err=True)
        else:
            tell_words(refused.what, refused.mistakes, refused.do)
    if stopped:
        click.echo(text.text(say("measuring.stopped", n=len(done) + len(bad), of=of)), err=True)
    elif bad and of > 1:
        click.echo(text.text(say("measuring.some", n=len(done), of=of)), err=True)


def _wanted(only: str | None, settings: str) -> tuple[str, ...] | None:
    """Raises StationError for settings that nobody knows, and for measures that nobody knows or that these settings do not give."""
    from station.core.measures.presets import PRESETS, known
    from station.core.measures.registry import registry
    from station.measuring import ALL

    asked = PRESETS if settings == ALL else (known_settings(settings),)
    if only is None:
        return None
    keys = tuple(dict.fromkeys(key.strip() for key in only.split(",") if key.strip()))
    if not keys:
        raise StationError(say("measuring.only-empty"), say("measuring.only-empty.do"))
    given = {name: registry(name) for name in PRESETS}
    every = dict.fromkeys(key for name in PRESETS for key in given[name])
    for key in keys:
        by = [name for name in PRESETS if known("measure", key, every) in given[name]]
        if not set(by) & set(asked):
            raise StationError(
                say("measuring.not-given", settings=settings, key=key), say("measuring.not-given.do", settings=", ".join(by))
            )
    return keys


def _explain(key: str, text: Catalogue, as_json: bool) -> None:
    from station.core.measures.explain import explain

    it = explain(key)
    if as_json:
        click.echo(json.dumps(text.with_texts(it.to_json()), indent=1, ensure_ascii=False))
        return
    click.echo(f"{key}: {text.text(it.name)}" + (f" [{it.unit}]" if it.unit else "") + (f", {it.symbol}" if it.symbol else ""))
    click.echo(text.text(it.means))
    rows = [
        ("formula", [it.formula, *(f"{settings}: {formula}" for settings, formula in it.variants)]),
        ("notes", [it.notes] if it.notes else []),
        ("source", [it.source]),
        ("settings", [", ".join(it.settings)]),
        ("parameters", [text.text(words) for words in it.parameters]),
        ("nothing-when", [text.text(words) for words in it.needs]),
        ("mind", [text.text(words) for words in it.cautions]),
        ("staff", [text.text(say("measuring.explain.staff-only"))] if it.staff_only else []),
    ]
    for id, sentences in rows:
        label = text.text(say(f"measuring.explain.{id}"))
        for n, line in enumerate(sentences):
            click.echo(f"  {'' if n else label:<16} {line}")


@click.command()
@click.option("--json", "as_json", is_flag=True)
@told
def measures(as_json: bool) -> None:
    """Every measure with its symbol, unit and source; `measure --explain KEY` says more."""
    from station.core.measures.registry import registry

    text = catalogue()
    rows = [
        {
            "key": key,
            "name": text.text(m.name),
            "symbol": m.symbol,
            "unit": m.unit,
            "source": m.source,
            "settings": list(m.settings),
            "means": text.text(m.means),
        }
        for key, m in registry().items()
    ]
    listing(rows, as_json, lambda r: f"{r['key']:<32} {r['unit']:<8} {r['symbol']:<10} {r['source']:<28} {r['name']}")


_JOBS = click.option("--jobs", type=click.IntRange(1, 64), metavar="N", help="Processes; as many as there are cores when not said.")


@click.command()
@click.option("--data", type=click.Path(), help="The data folder.")
@_JOBS
@told
def recompute(data: str | None, jobs: int | None) -> None:
    """Recompute every result from its recording; says which numbers moved, from what to what, and why."""
    from station.parallel import cores
    from station.recompute import recompute_all
    from station.storing import software

    text, folder = catalogue(), data_folder(data)
    report = recompute_all(folder, software=software(), jobs=jobs or cores(), progress=progress)
    for line in report.lines():
        click.echo(text.text(line))
    sys.exit(EXIT_CTRL_C if report.stopped else 0)


@click.command()
@click.option("--data", type=click.Path(), help="The data folder.")
@_JOBS
@told
def rebuild(data: str | None, jobs: int | None) -> None:
    """Make the database anew from the recordings (names and the PIN come from backup only)."""
    from station.parallel import cores
    from station.recompute import rebuild as rebuild_index
    from station.storing import software

    text, folder = catalogue(), data_folder(data)
    try:
        report = rebuild_index(folder, software=software(), jobs=jobs or cores(), progress=progress)
    except KeyboardInterrupt:
        with suppress(OSError):
            click.echo(text.text(say("rebuild.stopped")), err=True)
        sys.exit(EXIT_CTRL_C)
    for line in report.lines():
        click.echo(text.text(line))
