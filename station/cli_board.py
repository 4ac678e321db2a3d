"""The commands that work on the board itself: `calibrate` and `check`."""

from __future__ import annotations

import json
import sys
import uuid
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from station.cli_common import EXIT_STOPPED, board_options, catalogue, told
from station.errors import Refused
from station.settings import data_folder
from station.terminal import Lines, Terminal
from station.text.catalogue import Catalogue
from station.words import say

if TYPE_CHECKING:
    from pathlib import Path

    from hardware.boards import BoardInfo, BoardSpec
    from station.core.sheet import Procedure


@click.command()
@board_options
@click.option("--points", type=click.Choice(["5", "9"]), default="9", show_default=True, help="Marks that the weight stands on.")
@click.option("--weight", type=click.FloatRange(5, 40), metavar="KG", help="Of your weight, as weighed on a good scale.")
@click.option("--serials", metavar="TEXT", help="Serial numbers of cells and converters, for the report.")
@click.option("--verify", is_flag=True, help="Only the daily check: the weight on the middle mark for three seconds. Nothing is kept.")
@click.option("--yes", is_flag=True, help="Answer NEXT and YES by itself.")
@told
def calibrate(points: str, weight: float | None, serials: str | None, verify: bool, yes: bool, **o: Any) -> None:
    """Guided calibration with a known weight on printed marks. Exit 0 passed and kept, 3 not."""
    from hardware.boards import calibration_path, describe
    from station.store.calibration_file import keep_calibration
    from station.store.lock import FolderLock

    folder, spec = _spec(o)
    if spec.kind == "replay":
        raise Refused(say("service.recording"), say("service.recording.do"))
    lock = FolderLock(folder)
    text = catalogue(folder)
    try:
        info = describe(spec)
        _say_demo(info, text)
        procedure = _daily(info, weight) if verify else _calibration(info, points, weight, serials)
        passed = _guide(spec, procedure, text, yes=yes, weight_kg=weight)
        if procedure.result is not None:
            path = calibration_path(spec)
            kept = keep_calibration(path, procedure.result)
            click.echo(text.text(say("terminal.kept", file=str(path))))
            if kept is not None:
                click.echo(text.text(say("terminal.kept-old", file=str(kept))))
    except KeyboardInterrupt:
        click.echo("\n" + text.text(say("calibrate.nothing-kept")), err=True)
        raise
    finally:
        lock.close()
    sys.exit(0 if passed else EXIT_STOPPED)


def _say_demo(info: BoardInfo, text: Catalogue, *, err: bool = False) -> None:
    """First of all: no simulated board is taken for a real one."""
    if info.demo:
        click.echo(text.text(say("terminal.demo")), err=err)


def _calibration(info: BoardInfo, points: str, weight_kg: float | None, serials: str | None) -> Procedure:
    from hardware.hx711 import nominal_calibration
    from hardware.pi import cpu_temperature
    from station.service.calibrate import Calibrate
    from station.store.clock import date_known
    from station.storing import software

    heat_c = None if info.demo else cpu_temperature()
    return Calibrate(
        info.geometry,
        info.timing,
        points=5 if points == "5" else 9,
        weight_kg=weight_kg,
        order=info.calibration.order,
        new_id=lambda: uuid.uuid4().hex[:8],
        date=date.today().isoformat() if date_known() else "",
        software=software(),
        nominal=nominal_calibration(info.geometry),
        about={"board": info.name, "demo": info.demo, "serials": serials, "computer_c": heat_c},
    )


def _daily(info: BoardInfo, weight_kg: float | None) -> Procedure:
    from station.service.daily import DailyCheck

    if not info.calibration.calibrated:
        raise Refused(say("daily.not-calibrated"), say("daily.not-calibrated.do"))
    return DailyCheck(info.geometry, info.timing, info.calibration, weight_kg=weight_kg)


def _guide(spec: BoardSpec, procedure: Procedure, text: Catalogue, *, yes: bool, weight_kg: float | None = None, err: bool = False) -> bool:
    """The procedure in this terminal, on the board in this process; a simulated board brings its own hand."""
    from hardware.boards import open_board, require
    from hardware.operator import Operator

    require(spec)
    board: Any = open_board(spec)
    hand = None
    if board.demo:
        hand = Operator(board.act, seed=spec.seed, weight_kg=10.0 if weight_kg is None else weight_kg, standing="standing" in spec.traits)
    stream = sys.stderr if err else sys.stdout
    terminal = Terminal(
        text, lambda line: click.echo(line, nl=False, err=err), Lines(sys.stdin), yes=yes, live=stream.isatty() and sys.stdin.isatty()
    )
    try:
        return terminal.run(procedure, board, hand)
    finally:
        board.close()


def _spec(o: dict[str, Any]) -> tuple[Path, BoardSpec]:
    from hardware.boards import parse_board

    folder = data_folder(o["data"])
    return folder, parse_board(o["board"], seed=o["seed"], faults=o["faults"], geometry_file=o["geometry"], data_dir=folder)


@click.command()
@board_options
@click.option("--json", "as_json", is_flag=True)
@click.option("--seconds", type=click.FloatRange(2, 60), default=10.0)
@click.option("--corners", is_flag=True, help="Then press each corner in turn: finds swapped plugs and reversed cells.")
@click.option("--yes", is_flag=True, help="With --corners: answer by itself.")
@told
def check(as_json: bool, seconds: float, corners: bool, yes: bool, **o: Any) -> None:
    """Self-test of the board with an empty plate: rate, noise and state of each cell, in sentences. Exit 0 when all is well."""
    from hardware.boards import describe, open_board, require
    from hardware.selftest import SelfTest
    from hardware.selftest import check as selftest

    folder, spec = _spec(o)
    require(spec)
    info = describe(spec)
    text = catalogue(folder)
    _say_demo(info, text, err=as_json)
    if corners:
        test = SelfTest(info.geometry, info.calibration, info.timing, seconds=seconds, corners=True)
        _guide(spec, test, text, yes=yes, err=as_json)
        report = test.report
    else:
        board = open_board(spec)
        try:
            report = selftest(board, seconds=seconds, calibration=info.calibration)
        finally:
            board.close()
    if as_json:
        click.echo(json.dumps(report.to_json(), indent=1))
    elif not corners:
        for verdict in report.verdicts:
            click.echo(f"{'ok' if verdict.ok else '!!'}  {text.text(verdict.what)} {text.text(verdict.do)}".rstrip())
    sys.exit(0 if report.ok else EXIT_STOPPED)
