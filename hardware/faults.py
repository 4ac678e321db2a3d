"""What is wrong with the board now, from its readings alone: within 0.3 s of data time, in a sentence per fault and cell.

Nothing here changes a reading.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from hardware.hx711 import nominal_calibration
from hardware.pi import CELL_LINES, CellLine, cell_words, pins_of
from station.core.calibration import Calibration, Row
from station.core.frames import Plate
from station.core.geometry import GRAVITY_M_S2, Geometry
from station.core.readings import CELLS, USABLE, Edge, Flag, Readings, Timing
from station.words import Words, say

SILENT_NS = 150_000_000  # and at least three periods of the cell
FIRST_WORD_NS = 800_000_000  # a chip in slow mode needs 400 ms for its first word, a driver 750 ms to find a shorted line
LOOK_NS = 30_000_000  # how often it is judged, in data time
RECENT_NS = 300_000_000
CLEAR_NS = 500_000_000  # a fault ends when it was not seen for this long
NEGATIVE_NS = 1_000_000_000
BUSY_NS = 5_000_000_000
LEAST_RATE_HZ = 60.0
NOISE_TIMES = 20.0
LEAST_BASELINE_N = 0.05  # ten times the floor of a 100 kg cell: boards differ, a floating input is thousands of times louder
NOISE_ROWS = 16
NEGATIVE_KG = -2.0
OVERLOAD = 1.2
TOTAL_OVERLOAD = 4 * 0.8
LANDING_SHARE = 0.3  # of a cell's rating, the three others together
BUSY_SHARE, MISSED_SHARE, LEAST_BAD = 0.01, 0.05, 8
# plain integers: this runs for every reading, and arithmetic on an enum is ten times slower
LATE, GAP, CUT, RESET = int(Flag.SCK_LATE | Flag.LATE_END), int(Flag.GAP_BEFORE), int(Flag.NOT_RELEASED), int(Flag.RESET)
SETTLING, RAIL, REPEAT, POLLED, BAD = int(Flag.SETTLING), int(Flag.RAIL), int(Flag.REPEAT), int(Flag.TIME_POLLED), 0xFFFF & ~int(USABLE)

STOPS = frozenset({"silent", "wire", "asleep", "rail", "frozen", "noisy", "overload"})
"""Kinds that take the cell off: no CoP, a running trial is interrupted."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong.

    cell: index into CELLS, or None for the whole board; since_ns: data time of its first sign; staff: the pins, for the person
    with the screwdriver (empty where no wire is meant)
    kind: silent wire asleep rail frozen noisy slow negative overload busy missed
    """

    cell: int | None
    kind: str
    what: Words
    do: Words
    staff: Words
    since_ns: int

    @property
    def stops(self) -> bool:
        return self.kind in STOPS


def fault_words(kind: str, cell: int | None) -> tuple[Words, Words]:
    """(what, do) of a fault."""
    what = say(f"hardware.fault.{kind}") if cell is None else say(f"hardware.fault.{kind}", cell=cell_words(cell))
    return what, say(f"hardware.fault.{kind}.do")


class Watch:
    """Fed with every block of readings; says which faults are there now, the gravest first.

    calibration: gains and zeros for kg and N (nominal gains without)
    timing: only a converter that runs free (`Edge`) has a rate to be wrong.
    """

    def __init__(
        self,
        geometry: Geometry,
        calibration: Calibration | None = None,
        timing: Timing | None = None,
        *,
        lines: tuple[CellLine, ...] = CELL_LINES,
    ) -> None:
        self._geometry = geometry
        calibration = calibration or nominal_calibration(geometry)
        self._gain = calibration.gain_n_per_count
        self._zero = calibration.zero_count
        self._zero_known = calibration.calibrated  # a bridge that was never zeroed may rest at 25 kg or below nothing
        self._lines = lines
        self._cells = tuple(_Cell(isinstance(timing or Edge(), Edge)) for _ in CELLS)
        self._baseline_n: Row = (LEAST_BASELINE_N,) * 4
        self._crowd = _Crowd()
        self._looked_ns = -LOOK_NS
        self._told: tuple[Fault, ...] = ()
        self._active: dict[tuple[int | None, str], tuple[int, int]] = {}
        self._began_ns: int | None = None

    def use(self, plate: Plate) -> None:
        """Takes the zero in force and the noise measured with it (the pipeline's `plate`)."""
        a, b, c, d = (max(LEAST_BASELINE_N, noise) for noise in plate.noise_n)
        self._zero, self._baseline_n = plate.zero_count, (a, b, c, d)
        self._zero_known = self._zero_known or plate.zero_checked

    def feed(self, readings: Readings) -> tuple[Fault, ...]:
        """The faults active now (judged each 30 ms of data time)."""
        rows = zip(readings.cell.tolist(), readings.t_ns.tolist(), readings.count.tolist(), readings.flag.tolist(), strict=True)
        for cell, t_ns, count, flag in rows:
            self._cells[cell].add(t_ns, (count - self._zero[cell]) * self._gain[cell], flag)
            self._crowd.add(t_ns, flag)
        now_ns = readings.until_ns
        if self._began_ns is None:
            self._began_ns = int(readings.t_ns.min()) if len(readings) else now_ns
        if now_ns - self._looked_ns >= LOOK_NS:
            self._looked_ns = now_ns
            self._told = self._look(now_ns)
        return self._told

    def _look(self, now_ns: int) -> tuple[Fault, ...]:
        for cell_or_none, kind in self._signs(now_ns):
            since_ns, _ = self._active.get((cell_or_none, kind), (now_ns, 0))
            self._active[cell_or_none, kind] = (since_ns, now_ns)
        self._active = {key: (since, seen) for key, (since, seen) in self._active.items() if now_ns - seen < CLEAR_NS}
        return tuple(self._fault(cell, kind, since_ns) for (cell, kind), (since_ns, _) in self._active.items())

    def _fault(self, cell: int | None, kind: str, since_ns: int) -> Fault:
        what, do = fault_words(kind, cell)
        return Fault(cell, kind, what, do, Words("", {"text": ""}) if cell is None else pins_of(cell, self._lines), since_ns)

    def _signs(self, now_ns: int) -> Iterator[tuple[int | None, str]]:
        """(cell, kind) of everything wrong at this moment: at most one kind a cell, the cause rather than what follows from it."""
        began_ns = self._began_ns or 0
        kinds = [cell.broken(now_ns, began_ns) for cell in self._cells]
        noises = [cell.noise_n() if kind is None else 0.0 for cell, kind in zip(self._cells, kinds, strict=True)]
        for i, cell in enumerate(self._cells):
            if kinds[i] == "rail" and self._others_rise(i):
                kinds[i] = "overload"
            elif kinds[i] is None:
                others_n = median(n for k, n in enumerate(noises) if k != i)
                if noises[i] > max(NOISE_TIMES * self._baseline_n[i], 5 * others_n):
                    kinds[i] = "noisy"
                else:
                    kinds[i] = cell.slow() or (cell.misloaded(now_ns, self._geometry.cell_rating_kg) if self._zero_known else None)
        yield from ((i, kind) for i, kind in enumerate(kinds) if kind is not None)
        if self._zero_known and all(kind is None for kind in kinds):
            total_kg = sum(cell.load_kg() for cell in self._cells)
            if total_kg > TOTAL_OVERLOAD * self._geometry.cell_rating_kg:
                yield None, "overload"
        yield from ((None, kind) for kind in self._crowd.kinds(now_ns))

    def _others_rise(self, rail: int) -> bool:
        """A rail while the load on the other cells shoots up is a landing; a rail alone, also under a person, is a wire."""
        rise_kg = sum(cell.rise_kg() for i, cell in enumerate(self._cells) if i != rail)
        return rise_kg > LANDING_SHARE * self._geometry.cell_rating_kg


class _Crowd:
    """Shares of doubtful and missing readings in the last five seconds, all cells together."""

    def __init__(self) -> None:
        self._rows: deque[tuple[int, bool, bool]] = deque()
        self._late = self._gaps = 0

    def add(self, t_ns: int, flag: int) -> None:
        late = bool(flag & LATE) and not flag & CUT
        gap = bool(flag & GAP) and not flag & (RESET | CUT)
        self._rows.append((t_ns, late, gap))
        self._late += late
        self._gaps += gap

    def kinds(self, now_ns: int) -> list[str]:
        while self._rows and self._rows[0][0] < now_ns - BUSY_NS:
            _, late, gap = self._rows.popleft()
            self._late -= late
            self._gaps -= gap
        found = ["busy"] if self._late >= LEAST_BAD and self._late > BUSY_SHARE * len(self._rows) else []
        return [*found, "missed"] if self._gaps >= LEAST_BAD and self._gaps > MISSED_SHARE * len(self._rows) else found


class _Cell:
    """The last third of a second of one cell."""

    def __init__(self, has_rate: bool) -> None:
        self._has_rate = has_rate
        self._rows: deque[tuple[int, float, int]] = deque(maxlen=24)
        self._heard_ns: int | None = None
        self._above_ns: int | None = None  # last time it was not below zero

    def add(self, t_ns: int, force_n: float, flag: int) -> None:
        self._rows.append((t_ns, force_n, flag))
        self._heard_ns = t_ns if self._heard_ns is None else max(self._heard_ns, t_ns)
        if self._above_ns is None or (force_n / GRAVITY_M_S2 >= NEGATIVE_KG and not flag & BAD):
            self._above_ns = t_ns

    def broken(self, now_ns: int, began_ns: int) -> str | None:
        """A fault of the cell, its wires or its chip."""
        if self._heard_ns is None:
            return "silent" if now_ns - began_ns > FIRST_WORD_NS else None
        if now_ns - self._heard_ns > max(SILENT_NS, 3 * self._interval_ns()):
            return "silent"
        flags = [flag for t_ns, _, flag in self._rows if t_ns > now_ns - RECENT_NS]
        if len(flags) >= 3 and all(flag & CUT for flag in flags[-3:]):
            return "wire"
        if any(flag & RESET for flag in flags) and flags[-1] & SETTLING:
            return "asleep"
        if len(flags) >= 3 and all(flag & RAIL for flag in flags[-3:]):
            return "rail"
        return "frozen" if flags and flags[-1] & REPEAT else None

    def slow(self) -> str | None:
        return "slow" if self._has_rate and self._interval_ns() > 1e9 / LEAST_RATE_HZ else None

    def misloaded(self, now_ns: int, rating_kg: float) -> str | None:
        """A cell that answers, but says too much or less than nothing."""
        if self.load_kg() > OVERLOAD * rating_kg:
            return "overload"
        return "negative" if self._above_ns is not None and now_ns - self._above_ns > NEGATIVE_NS else None

    def load_kg(self) -> float:
        """Median of the last eight good readings; 0 with fewer."""
        last = self._good()[-8:]
        return median(last) / GRAVITY_M_S2 if len(last) == 8 else 0.0

    def rise_kg(self) -> float:
        """How much more it carries now than a quarter of a second ago."""
        good = self._good()
        return (median(good[-3:]) - median(good[:3])) / GRAVITY_M_S2 if len(good) >= 16 else 0.0

    def noise_n(self) -> float:
        """SD of what jumps up and down from reading to reading, in N; 0 for movement, however strong.

        Noise changes its direction at two of three readings, a moving person does not: a body is slower than 80 Hz.
        """
        force_n = self._good()[-NOISE_ROWS:]
        if len(force_n) < NOISE_ROWS:
            return 0.0
        steps = [b - a for a, b in pairwise(force_n)]
        turns = sum(a * b < 0 for a, b in pairwise(steps))
        if turns < 0.4 * (len(steps) - 1):
            return 0.0
        return median(abs(b - a) for a, b in pairwise(steps)) / 1.65  # the median of |second difference| of white noise is 1.65 SD

    def _good(self) -> list[float]:
        return [force_n for _, force_n, flag in self._rows if not flag & BAD]

    def _interval_ns(self) -> float:
        """Median interval of the words that came on an edge; 0 while fewer than three are known."""
        t_ns = [t for t, _, flag in self._rows if not flag & POLLED][-8:]
        return median(b - a for a, b in pairwise(t_ns)) if len(t_ns) >= 4 else 0.0
