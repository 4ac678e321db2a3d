"""Drawings of the platform at true scale, made from its geometry: for the joiner, the room, the marks, the calibration and the wires."""

from __future__ import annotations

from collections.abc import Mapping

from station.core.geometry import Geometry
from station.drawings.feet import marks
from station.drawings.pdf import to_pdf
from station.drawings.plate import plate
from station.drawings.shapes import Drawing
from station.drawings.site import site
from station.drawings.svg import to_svg
from station.drawings.weights import calibration
from station.drawings.wiring import wiring

__all__ = ["Drawing", "drawings", "to_pdf", "to_svg", "wiring"]


def drawings(geometry: Geometry, language: str = "en") -> Mapping[str, Drawing]:
    """Name to drawing: plate, marks, calibration, site. Raises BadPlatform when nobody should stand on such a platform."""
    geometry.checked()
    return {made.name: made for made in (draw(geometry, language) for draw in (plate, marks, calibration, site))}
