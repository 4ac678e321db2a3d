"""The self-test: ten seconds of listening, then each corner pressed when that is wanted; verdicts in words with the next step.

`SelfTest` is a guided procedure like the calibration: readings and answers in, a sheet out. `check` feeds one from a board.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any, Protocol, runtime_checkable

from hardware.faults import Fault, Watch
from hardware.hx711 import nominal_calibration
from hardware.pi import cpu_temperature, read_throttled
from hardware.selftest_report import EMPTY_KG, MOST_NOISE_G, CellReport, Machine, Report, cell_report, report_of
from hardware.watch_cell import BAD
from station.core.calibration import Calibration, Row
from station.core.corners import Corners, corner_words
from station.core.geometry import GRAVITY_M_S2, Geometry
from station.core.readings import CELLS, Board, Edge, EndOfBoard, Readings, Timing
from station.core.sheet import Answer, CellView, Sheet
from station.words import Words, say

__all__ = ["CellReport", "Machine", "Report", "SelfTest", "check"]

S = 1_000_000_000
SHOW_NS = S // 4  # the figures on the sheet are renewed so often, in data time
LAST_BLOCKS_NS = 2 * S  # and are those of the last two seconds
STILL_KG = 0.5
STALE_NS = 3 * S // 10


class SelfTest:
    """A `Procedure`: listens for `seconds` of the readings' own time, judges, then with `corners` asks for each corner in turn.

    calibration: nominal gains without; machine: what the computer says of itself
    """

    def __init__(
        self,
        geometry: Geometry,
        calibration: Calibration | None = None,
        timing: Timing | None = None,
        *,
        seconds: float = 10.0,
        corners: bool = False,
        machine: Machine | None = None,
    ) -> None:
        self._geometry, self._timing, self._seconds = geometry, timing or Edge(), seconds
        self._calibration = calibration or nominal_calibration(geometry)
        self._machine = machine or Machine()
        self._watch = Watch(geometry, self._calibration, self._timing)
        self._faults: dict[tuple[int | None, str], Fault] = {}
        self._blocks: list[Readings] = []
        self._begin_ns: int | None = None
        self._shown_ns: int | None = None
        self._cells: tuple[CellView, ...] = ()
        self._problem: Words | None = None
        self._press = _Pressing(self._calibration) if corners else None
        self._report: Report | None = None
        self._over = False

    @property
    def report(self) -> Report:
        """What is known: the final one once the sheet is over."""
        return self._report or self._judge()

    @property
    def result(self) -> Mapping[str, Any] | None:
        """The report as JSON, once the test is over and passed."""
        return self.report.to_json() if self._over and self.report.ok else None

    @property
    def sheet(self) -> Sheet:
        of = 2 if self._press is not None else 1
        if self._over:
            report = self.report
            say_it = say("hardware.check.passed" if report.ok else "hardware.check.failed")
            return Sheet(
                "check",
                "done",
                of,
                of,
                say_it,
                cells=self._cells,
                verdicts=report.verdicts,
                load_kg=report.load_kg,
                progress=1.0,
                over=True,
                passed=report.ok,
            )
        if self._report is not None and self._press is not None:
            return replace(self._press.sheet(), index=1, of=of, cells=self._cells, verdicts=self._report.verdicts)
        return Sheet(
            "check",
            "listen",
            0,
            of,
            say("hardware.check.listen"),
            say("hardware.check.listen.do"),
            self._problem,
            progress=min(1.0, self._heard_s / self._seconds),
            does="wait",
            cells=self._cells,
            load_kg=sum(c.load_kg or 0.0 for c in self._cells) if self._cells else None,
        )

    def feed(self, readings: Readings) -> None:
        if self._over:
            return
        if self._begin_ns is None:
            self._begin_ns = readings.until_ns
        if self._report is None:
            self._listen(readings)
        elif self._press is not None:
            self._press.feed(readings)
            if self._press.corners.corner is None:
                self._report = replace(self._report, verdicts=(*self._report.verdicts, *self._press.corners.verdicts()))
                self._over = True

    def answer(self, answer: Answer, weight_kg: float | None = None) -> None:
        """`stop` ends it with what was heard; `back` asks for the last corner again. Nothing else is asked for."""
        if self._over:
            return
        if answer == "stop":
            self.finish()
        elif answer == "back" and self._report is not None and self._press is not None:
            self._press.corners.back()
        else:
            self._problem = say("hardware.check.wait")

    def finish(self) -> None:
        """The readings are over: judged by what there was."""
        self._report = self._report or self._judge()
        self._over = True

    # --- listening -------------------------------------------------------------------------------------------------------------

    @property
    def _heard_s(self) -> float:
        return (self._blocks[-1].until_ns - self._begin_ns) / S if self._blocks and self._begin_ns is not None else 0.0

    def _listen(self, readings: Readings) -> None:
        self._blocks.append(readings)
        self._faults |= {(f.cell, f.kind): f for f in self._watch.feed(readings)}
        if self._shown_ns is None or readings.until_ns - self._shown_ns >= SHOW_NS:
            self._shown_ns = readings.until_ns
            self._cells = self._views()
        if self._heard_s >= self._seconds:
            self._report = self._judge()
            self._over = self._press is None

    def _views(self) -> tuple[CellView, ...]:
        since_ns = self._blocks[-1].until_ns - LAST_BLOCKS_NS
        last = [b for b in self._blocks if b.until_ns > since_ns]
        reports = [cell_report(i, last, self._calibration) for i in range(len(CELLS))]
        ill = {cell for cell, _ in self._faults}
        return tuple(CellView(c.load_kg, c.rate_hz, c.noise_g, i not in ill and c.noise_g <= MOST_NOISE_G) for i, c in enumerate(reports))

    def _judge(self) -> Report:
        return report_of(
            self._blocks,
            self._heard_s,
            list(self._faults.values()),
            self._geometry,
            self._calibration,
            self._timing,
            self._machine,
        )


class _Pressing:
    """The corners' part: a zero from one still second of an empty plate, then `Corners`."""

    def __init__(self, calibration: Calibration) -> None:
        self.corners = Corners()
        self._calibration = calibration
        self._gain_kg = [abs(g) / GRAVITY_M_S2 for g in calibration.gain_n_per_count]
        self._latest: list[tuple[int, float]] = [(-STALE_NS, 0.0)] * len(CELLS)
        self._still: list[tuple[int, tuple[float, ...]]] = []
        self._zero: tuple[float, ...] | None = None
        self._loaded = False

    def feed(self, readings: Readings) -> None:
        rows = zip(readings.cell.tolist(), readings.t_ns.tolist(), readings.count.tolist(), readings.flag.tolist(), strict=True)
        for cell, t_ns, count, flag in rows:
            if not flag & BAD:
                self._latest[cell] = (t_ns, count * self._gain_kg[cell])
            self._moment(t_ns)

    def _moment(self, t_ns: int) -> None:
        a, b, c, d = (kg if t_ns - at_ns < STALE_NS else float("nan") for at_ns, kg in self._latest)
        if self._zero is None:
            self._find_zero(t_ns, (a, b, c, d))
        else:
            w, x, y, z = self._zero
            self.corners.feed(t_ns, (a - w, b - x, c - y, d - z))

    def _find_zero(self, t_ns: int, kg: Row) -> None:
        """A second in which no cell moved by more than half a kilogram; with a calibration the plate must be empty in it too."""
        stored = [zero * gain for zero, gain in zip(self._calibration.zero_count, self._gain_kg, strict=True)]
        self._loaded = self._calibration.calibrated and abs(sum(kg) - sum(stored)) > EMPTY_KG
        first = self._still[0][1] if self._still else kg
        if self._loaded or not all(abs(now - before) <= STILL_KG for now, before in zip(kg, first, strict=True)):
            self._still.clear()
            return
        self._still.append((t_ns, kg))
        if t_ns - self._still[0][0] >= S:
            self._zero = tuple(sum(column) / len(self._still) for column in zip(*(row for _, row in self._still), strict=True))

    def sheet(self) -> Sheet:
        corners = self.corners
        if self._zero is None:
            words = say("hardware.check.step-off" if self._loaded else "hardware.check.still")
            return Sheet("check", "corners", say=words, does="step-off" if self._loaded else "wait")
        corner = corners.corner if corners.corner is not None else 0
        if corners.releasing:
            return Sheet("check", "corners", say=say("hardware.check.let-go"), problem=corners.problem, progress=corner / 4, does="wait")
        return Sheet(
            "check",
            "corners",
            say=say("hardware.check.press", cell=corner_words(corner)),
            do=say("hardware.check.press.do"),
            problem=corners.problem,
            progress=corner / 4,
            does="press-corner",
            corner=corner,
        )


@runtime_checkable
class _Counting(Protocol):
    """A real board, which counts what its chips do and knows how it reaches them."""

    way: str
    sck_high_p99_ns: int

    @property
    def counters(self) -> tuple[Any, ...]: ...


def check(board: Board, seconds: float = 10.0, calibration: Calibration | None = None) -> Report:
    """Reads the board for `seconds` of its own time and judges every cell. Without a calibration the nominal gains are used.

    A board that ends before is judged by what it gave. Raises BoardError when it cannot be read.
    """
    test = SelfTest(board.geometry, calibration, board.timing, seconds=seconds, machine=_machine(board))
    try:
        while not test.sheet.over:
            test.feed(board.read(0.05))
    except EndOfBoard:
        test.finish()
    return replace(test.report, machine=_machine(board)) if isinstance(board, _Counting) else test.report


def _machine(board: Board) -> Machine:
    """Asked only where a real board hangs on this computer."""
    if not isinstance(board, _Counting):
        return Machine()
    heat = cpu_temperature()
    return Machine(
        way=board.way,
        high_us=board.sck_high_p99_ns / 1000,
        throttled=read_throttled(),
        temperature_c=None if heat is None else heat.value,
        counters=tuple(asdict(c) for c in board.counters),
    )
