"""From zeroed counts to newtons and moments: one 3x4 matrix, by default made of gains and cell positions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from station.core.geometry import Geometry

Row = tuple[float, float, float, float]
Grade = Literal["good", "games"]


@dataclass(frozen=True, slots=True)
class Calibration:
    """Maps zeroed counts (4) of CELLS to [W in N, Mx in N mm, My in N mm]; ml = Mx/W, ap = My/W.

    gain_n_per_count: (4,) newtons per count of each cell (force_n of a frame)
    zero_count:       (4,) counts of the empty board when it was calibrated: the first zero in force
    matrix:           (3, 4)
    id:               "" when the board is not calibrated (nominal gains): timed tests are blocked, games marked
    source:           words for a person: "replay", "nominal", the file's name
    date:             ISO date of the calibration, "" when unknown
    twist:            (alpha, beta, gamma, delta) learnt on the calibration points: what F0 - F1 - F2 + F3 is on this plate,
                      alpha W + beta Mx + gamma My + delta Mx My / W, in N; None: never learnt
    grade:            "good", or "games" when the verification missed the limit for tests (2-5 mm): no mm is shown or exported then
    error_mm:         rms of the verification points, None when never verified
    order:            order[corner] is the plug that carries it: (0, 1, 2, 3), unless plugs were found swapped. Readings already come in
                      the order of CELLS: the board is opened with it
    """

    gain_n_per_count: Row
    zero_count: Row
    matrix: tuple[Row, Row, Row]
    id: str = ""
    source: str = "nominal"
    date: str = ""
    twist: Row | None = None
    grade: Grade = "good"
    error_mm: float | None = None
    order: tuple[int, int, int, int] = (0, 1, 2, 3)

    @property
    def calibrated(self) -> bool:
        return bool(self.id)

    @property
    def good_for_tests(self) -> bool:
        """Timed tests and figures in mm are allowed."""
        return self.calibrated and self.grade == "good"

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
            "twist": None if self.twist is None else list(self.twist),
            "grade": self.grade,
            "error_mm": self.error_mm,
            "order": list(self.order),
        }

    @staticmethod
    def from_json(doc: dict[str, Any]) -> Calibration:
        """Recordings made before `twist`, `grade`, `error_mm` and `order` were known lack them."""
        first, second, third = (_row(row) for row in doc["matrix"])
        twist, error_mm = doc.get("twist"), doc.get("error_mm")
        fl, fr, rl, rr = (int(plug) for plug in doc.get("order", (0, 1, 2, 3)))
        return Calibration(
            _row(doc["gain_n_per_count"]),
            _row(doc["zero_count"]),
            (first, second, third),
            str(doc["id"]),
            str(doc["source"]),
            str(doc["date"]),
            None if twist is None else _row(twist),
            "games" if doc.get("grade") == "games" else "good",
            None if error_mm is None else float(error_mm),
            (fl, fr, rl, rr),
        )


def _row(values: Any) -> Row:
    a, b, c, d = (float(v) for v in values)
    return (a, b, c, d)
