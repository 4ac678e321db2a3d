"""`balance-station drawings OUT`: all drawings of the platform as PDF and SVG."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from station.cli_common import told
from station.core.formats.sidecar import read_geometry
from station.core.geometry import Geometry
from station.drawings import drawings, to_pdf, to_svg, wiring
from station.drawings.paper import Paper
from station.drawings.wiring import Pin
from station.errors import BadFile
from station.text.catalogue import languages
from station.words import say


@click.command("drawings")
@click.argument("out", type=click.Path(file_okay=False, path_type=Path))
@click.option("--geometry", type=click.Path(dir_okay=False), help="Another platform: a geometry.json or calibration.json.")
@click.option("--language", type=click.Choice(languages()), default="en", show_default=True)
@click.option("--paper", type=click.Choice(["a4", "a3"]), default="a4", show_default=True, help="Of the sheets a template is cut into.")
@told
def drawings_command(out: Path, geometry: str | None, language: str, paper: Paper) -> None:
    """Write the drawings of the platform into the folder OUT: plate, marks, calibration template, room, wires."""
    from hardware.pi import PINS

    platform = read_geometry(geometry) if geometry else Geometry()
    for path in write(out, platform, PINS, language, paper):
        click.echo(path)


def write(out: Path, geometry: Geometry, pins: Sequence[Pin], language: str, paper: Paper = "a4") -> list[Path]:
    """Every drawing as <name>.pdf and <name>.svg; returns what was written.

    Raises BadPlatform for a platform nobody should stand on, BadFile when the folder cannot be written.
    """
    made = [*drawings(geometry, language).values(), wiring(pins, language)]
    written = []
    try:
        out.mkdir(parents=True, exist_ok=True)
        for drawing in made:
            pdf, svg = out / f"{drawing.name}.pdf", out / f"{drawing.name}.svg"
            pdf.write_bytes(to_pdf(drawing, paper))
            svg.write_text(to_svg(drawing), "utf-8")
            written += [pdf, svg]
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise BadFile(say("drawings.unwritable", folder=str(out), reason=reason), file=str(out)) from error
    return written
