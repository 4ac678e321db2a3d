"""Drawings of the platform at true scale, made when they are asked for from the geometry that the board is calibrated with."""

from __future__ import annotations

import logging
from pathlib import Path

from flask import Response, abort, url_for

from station.core.formats.sidecar import read_calibration, read_geometry
from station.core.geometry import Geometry
from station.errors import StationError
from web.site import site

log = logging.getLogger(__name__)
NAMES = ("calibration", "marks", "plate", "site")  # the wiring picture needs the table of pins, which the pages do not know
MIMETYPES = {"pdf": "application/pdf", "svg": "image/svg+xml"}


def offered() -> list[dict[str, str]]:
    """Every drawing: name, title, addresses."""
    own = site()
    return [
        {
            "name": name,
            "title": own.text(f"web.drawing.{name}"),
            "pdf": url_for("board.drawing", file=f"{name}.pdf"),
            "svg": url_for("board.drawing", file=f"{name}.svg"),
        }
        for name in NAMES
    ]


def download(file: str) -> Response:
    """`<name>.pdf` cut into A4 sheets, or `<name>.svg` in one piece; 404 for anything else."""
    name, _, kind = file.rpartition(".")
    if name not in NAMES or kind not in MIMETYPES:
        abort(404)
    own = site()
    language = own.settings.station.language
    found = geometry(own.folder)
    data: bytes = own.shelf.get(("drawing", name, kind, language, found), lambda: _made(name, kind, found, language))
    response = Response(data, mimetype=MIMETYPES[kind])
    response.headers["Content-Disposition"] = f'inline; filename="{name}.{kind}"'
    return response


def geometry(folder: Path) -> Geometry:
    """Of the folder's calibration, else of its geometry file, else the reference platform.

    A file that cannot be read is the station's to tell; here it is passed over.
    """
    for name, read in (("calibration.json", lambda p: read_calibration(p)[0]), ("geometry.json", read_geometry)):
        try:
            found = read(folder / name) if (folder / name).is_file() else None
        except StationError as error:
            log.warning("%s is not used for drawings: %s", name, error.what.id)
            continue
        if found is not None:
            return found
    return Geometry()


def _made(name: str, kind: str, found: Geometry, language: str) -> bytes:
    from station.drawings import drawings, to_pdf, to_svg  # the PDF writer is loaded when somebody prints

    drawn = drawings(found, language)[name]
    return to_pdf(drawn) if kind == "pdf" else to_svg(drawn).encode()
