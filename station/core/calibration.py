"""From zeroed counts to newtons and moments: one 3x4 matrix, by default made of gains and cell positions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from station.core.geometry import Geometry

Row = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Calibration:
    """Maps zeroed counts (4) of CELLS to [W in N, Mx in N mm, My in N mm]; ml = Mx/W, ap = My/W.

    gain_n_per_count: (4,) newtons per count of each cell (force_n of a frame)
    zero_count:       (4,) counts of the empty board when it was calibrated: the first zero in force
    matrix:           (3, 4)
    id:               "" when the board is not calibrated (nominal gains): timed tests are blocked, games marked
    source:           words for a person: "replay", "nominal", the file's name
    date:             ISO date of the calibration, "" when unknown
    """

    gain_n_per_count: Row
    zero_count: Row
    matrix: tuple[Row, Row, Row]
    id: str = ""
    source: str = "nominal"
    date: str = ""

    @property
    def calibrated(self) -> bool:
        return bool(self.id)

    @staticmethod
    def from_gains(
        geometry: Geometry,
        gain_n_per_count: Row,
        zero_count: Row = (0.0, 0.0, 0.0, 0.0),
        *,
        id: str = "",
        source: str = "nominal",
        date: str = "",
    ) -> Calibration:
        """The default matrix: W = sum g_i R_i, Mx = sum g_i R_i ml_i, My = sum g_i R_i ap_i."""
        ml = tuple(g * x for g, (x, _) in zip(gain_n_per_count, geometry.cells_mm, strict=True))
        ap = tuple(g * y for g, (_, y) in zip(gain_n_per_count, geometry.cells_mm, strict=True))
        return Calibration(gain_n_per_count, zero_count, (gain_n_per_count, _row(ml), _row(ap)), id, source, date)

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "source": self.source,
            "date": self.date,
            "gain_n_per_count": list(self.gain_n_per_count),
            "zero_count": list(self.zero_count),
            "matrix": [list(row) for row in self.matrix],
        }

    @staticmethod
    def from_json(doc: dict[str, Any]) -> Calibration:
        first, second, third = (_row(row) for row in doc["matrix"])
        return Calibration(
            _row(doc["gain_n_per_count"]),
            _row(doc["zero_count"]),
            (first, second, third),
            str(doc["id"]),
            str(doc["source"]),
            str(doc["date"]),
        )


def _row(values: Any) -> Row:
    a, b, c, d = (float(v) for v in values)
    return (a, b, c, d)
