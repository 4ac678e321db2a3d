"""What is wrong with the board now, from its readings: told in a sentence per fault and cell, within 0.3 s of data where physics allows.

Nothing here changes a reading. What one cell says is judged in `watch_cell`, what only the four together say in `watch_plate`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import median
from types import MappingProxyType

from hardware.hx711 import nominal_calibration
from hardware.pi import CELL_LINES, HOT_C, CellLine, Throttled, cell_words, pins_of
from hardware.watch_cell import NEGATIVE_N, OVERLOAD, WARN_LOAD, CellWatch, Counts
from hardware.watch_plate import LEAST_KG, Disagreement, Swapped, Weights, Zeros
from station.core.calibration import Calibration, Row
from station.core.frames import Plate
from station.core.geometry import GRAVITY_M_S2, Geometry
from station.core.readings import CELLS, Edge, Readings, Timing
from station.words import Words, say

LOOK_NS = 30_000_000  # how often it is judged, in data time
CLEAR_NS = 500_000_000  # a fault ends when it was not seen for this long
SPIKE_SHARE = 0.20  # of the load
SAME_TIME_NS = 30_000_000  # a jump of two cells at once is a person's
NOISE_TIMES = 20.0
MOST_BASELINE_N = 0.3  # the worst board known; more is a fault, and must not become what the fault is measured by
LEAST_BASELINE_N = 0.05  # ten times the floor of a 100 kg cell: boards differ, a floating input is thousands of times louder
TOTAL_OVERLOAD = 4 * 0.8
LANDING_SHARE = 0.3  # of a cell's rating, the three others together


@dataclass(frozen=True, slots=True)
class Kind:
    """What a kind of fault does.

    stops:       the cell is off or the plate in danger: no CoP, a running trial ends as interrupted (or stopped), nothing starts
    flags_trial: a trial that saw it is no better than usable
    holds_tests: no timed test starts while it is there; games and drills do
    ends_trial:  the frames do not show it, so the run has to be told to end its trial (`Run.faults`)
    """

    stops: bool = False
    flags_trial: bool = False
    holds_tests: bool = False
    ends_trial: bool = False


_OFF = Kind(stops=True, flags_trial=True, holds_tests=True)
_UNSEEN = Kind(stops=True, flags_trial=True, holds_tests=True, ends_trial=True)
_FLAGS = Kind(flags_trial=True, holds_tests=True)
KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "overload": _OFF,
        "silent": _OFF,
        "wire": _OFF,
        "asleep": _UNSEEN,
        "rail": _OFF,
        "frozen": _OFF,
        "noisy": _UNSEEN,
        "swapped": _FLAGS,
        "slow": _FLAGS,
        "twist": _FLAGS,
        "negative": _FLAGS,
        "standing": Kind(holds_tests=True),
        "moved": Kind(holds_tests=True),
        "drift": Kind(holds_tests=True),
        "heavy": Kind(flags_trial=True),
        "missed": _FLAGS,
        "torn": _FLAGS,
        "busy": _FLAGS,
        "weak-power": Kind(flags_trial=True),
        "hot": Kind(flags_trial=True),
        "no-realtime": Kind(),
    }
)
"""Every kind, the gravest first. A single spike is counted (`Watch.counts`), never told."""

STOPS = frozenset(kind for kind, does in KINDS.items() if does.stops)
_GRAVITY = {kind: n for n, kind in enumerate(KINDS)}
_WHOLE_BOARD = frozenset({"silent", "twist"})  # kinds with a sentence of their own when no single cell is meant


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong.

    cell: index into CELLS, or None for the whole board; kind: one of KINDS; since_ns: data time of its first sign; staff: the pins, for
    the person with the screwdriver (empty where no wire is meant)
    """

    cell: int | None
    kind: str
    what: Words
    do: Words
    staff: Words
    since_ns: int

    @property
    def stops(self) -> bool:
        return KINDS[self.kind].stops

    @property
    def flags_trial(self) -> bool:
        return KINDS[self.kind].flags_trial

    @property
    def holds_tests(self) -> bool:
        return KINDS[self.kind].holds_tests

    @property
    def ends_trial(self) -> bool:
        return KINDS[self.kind].ends_trial


def fault_words(kind: str, cell: int | None) -> tuple[Words, Words]:
    """(what, do) of a fault."""
    do = say(f"hardware.fault.{kind}.do")
    if cell is not None:
        return say(f"hardware.fault.{kind}", cell=cell_words(cell)), do
    return say(f"hardware.fault.{kind}-board") if kind in _WHOLE_BOARD else say(f"hardware.fault.{kind}"), do


class Watch:
    """Fed with every block of readings; says which faults are there now, the gravest first.

    calibration: gains and zeros for kg and N (nominal gains without), and what the plate is known to twist
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
        calibration = calibration or nominal_calibration(geometry)
        self._rating_n = geometry.cell_rating_kg * GRAVITY_M_S2
        self._gain = calibration.gain_n_per_count
        self._zero = calibration.zero_count
        self._calibrated = calibration.calibrated
        self._zero_known = calibration.calibrated  # a bridge that was never zeroed may rest at 25 kg or below nothing
        self._lines = lines
        self._cells = tuple(CellWatch(isinstance(timing or Edge(), Edge)) for _ in CELLS)
        self._baseline_n: Row = (LEAST_BASELINE_N,) * 4
        self._plate = Plate()
        self._weights, self._twist, self._swapped = Weights(calibration), Disagreement(geometry, calibration), Swapped()
        self._zeros = Zeros(calibration)
        self._computer: tuple[str, ...] = ()
        self._no_realtime = False
        self._looked_ns = -LOOK_NS
        self._all_silent_ns = -CLEAR_NS
        self._told: tuple[Fault, ...] = ()
        self._active: dict[tuple[int | None, str], tuple[int, int]] = {}
        self._began_ns: int | None = None

    # --- what it is told -------------------------------------------------------------------------------------------------------

    def use(self, plate: Plate) -> None:
        """Takes the zero in force and the noise measured with it (the pipeline's `plate`); of a noisy cell, that from before."""
        if plate is self._plate:
            return
        a, b, c, d = (
            max(LEAST_BASELINE_N, noise) if noise <= MOST_BASELINE_N else known
            for noise, known in zip(plate.noise_n, self._baseline_n, strict=True)
        )
        self._plate, self._zero, self._baseline_n = plate, plate.zero_count, (a, b, c, d)
        self._zero_known = self._zero_known or plate.zero_checked

    def computer(self, throttled: Throttled | None, temperature_c: float | None = None) -> None:
        """Power and heat of the computer, as `read_throttled` and `cpu_temperature` found them; None: nobody knows."""
        weak = throttled is not None and throttled.weak_power_now
        hot = (throttled is not None and throttled.hot_now) or (temperature_c is not None and temperature_c > HOT_C)
        self._computer = (*(("weak-power",) if weak else ()), *(("hot",) if hot else ()))

    def realtime(self, granted: bool | None) -> None:
        """Whether the reader got real-time scheduling (its hello); None: a board that asks for none."""
        self._no_realtime = granted is False

    def feed(self, readings: Readings) -> tuple[Fault, ...]:
        """The faults active now (judged each 30 ms of data time)."""
        cells, zero, gain = self._cells, self._zero, self._gain
        rows = zip(readings.cell.tolist(), readings.t_ns.tolist(), readings.count.tolist(), readings.flag.tolist(), strict=True)
        for cell, t_ns, count, flag in rows:
            cells[cell].add(t_ns, (count - zero[cell]) * gain[cell], flag)
        now_ns = readings.until_ns
        if self._began_ns is None:
            self._began_ns = int(readings.t_ns.min()) if len(readings) else now_ns
        if now_ns - self._looked_ns >= LOOK_NS:
            self._looked_ns = now_ns
            self._told = self._look(now_ns)
        return self._told

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Those active now, as `feed` gave them."""
        return self._told

    @property
    def counts(self) -> tuple[Counts, ...]:
        """What happened at each cell since the start."""
        return tuple(cell.counts for cell in self._cells)

    # --- what it makes of it ---------------------------------------------------------------------------------------------------

    def _look(self, now_ns: int) -> tuple[Fault, ...]:
        for cell_or_none, kind in self._signs(now_ns):
            since_ns, _ = self._active.get((cell_or_none, kind), (now_ns, 0))
            self._active[cell_or_none, kind] = (since_ns, now_ns)
        if not self._active:
            return ()
        self._active = {key: (since, seen) for key, (since, seen) in self._active.items() if now_ns - seen < CLEAR_NS}
        faults = [self._fault(cell, kind, since_ns) for (cell, kind), (since_ns, _) in self._active.items()]
        return tuple(sorted(faults, key=lambda fault: (_GRAVITY[fault.kind], fault.since_ns)))

    def _fault(self, cell: int | None, kind: str, since_ns: int) -> Fault:
        what, do = fault_words(kind, cell)
        return Fault(cell, kind, what, do, Words("", {"text": ""}) if cell is None else pins_of(cell, self._lines), since_ns)

    def _signs(self, now_ns: int) -> Iterator[tuple[int | None, str]]:
        """(cell, kind) of everything wrong at this moment: at most one kind a cell, the cause rather than what follows from it."""
        began_ns = self._began_ns or 0
        loads_n = [cell.load_n() for cell in self._cells]
        kinds = [cell.broken(now_ns, began_ns) for cell in self._cells]
        noises = [cell.noise_n() if kind is None else 0.0 for cell, kind in zip(self._cells, kinds, strict=True)]
        for i, cell in enumerate(self._cells):
            if kinds[i] == "rail" and self._others_rise(i):
                kinds[i] = "overload"
            elif kinds[i] is None and noises[i] > NOISE_TIMES * self._baseline_n[i] and self._alone(i, noises):
                kinds[i] = "noisy"
            elif kinds[i] is None:
                kinds[i] = "slow" if cell.slow() else self._misloaded(cell, loads_n[i], now_ns)
        whole = all(kind in (None, "heavy", "negative") for kind in kinds)
        if "silent" in kinds and all(cell.unheard(now_ns) for cell in self._cells):
            self._all_silent_ns = now_ns
            yield None, "silent"
        waking = now_ns - self._all_silent_ns < CLEAR_NS  # four chips with power again do not start at the same moment
        yield from ((i, kind) for i, kind in enumerate(kinds) if kind is not None and not (waking and kind == "silent"))
        yield from self._plate_signs(loads_n if whole else [None], now_ns)
        self._count_spikes(now_ns, quiet=whole)
        shares = {kind for i, cell in enumerate(self._cells) if kinds[i] is None for kind in cell.shares(now_ns)}
        yield from ((None, kind) for kind in sorted(shares))
        yield from ((None, kind) for kind in self._computer)
        if self._no_realtime:
            yield None, "no-realtime"

    def _alone(self, noisy: int, noises: list[float]) -> bool:
        """A floor that shakes makes all four noisy."""
        return noises[noisy] > 5 * median([n for k, n in enumerate(noises) if k != noisy])

    def _misloaded(self, cell: CellWatch, load_n: float | None, now_ns: int) -> str | None:
        """A cell that answers, but says too much or less than nothing."""
        if not self._zero_known:
            return None
        if load_n is not None and load_n > WARN_LOAD * self._rating_n:
            return "overload" if load_n > OVERLOAD * self._rating_n else "heavy"
        return "negative" if cell.below_zero(now_ns) else None

    def _plate_signs(self, loads_n: list[float | None], now_ns: int) -> Iterator[tuple[int | None, str]]:
        """What the four together say; nothing but the zeros while one of them is ill."""
        known = [n for n in loads_n if n is not None]
        look = self._weights.look(now_ns, (known[0], known[1], known[2], known[3])) if len(known) == 4 and self._zero_known else None
        yield from ((None, kind) for kind in self._zeros.feed(self._plate, look, now_ns))
        if self._calibrated and not self._plate.zero_checked and self._plate.state == "loaded":
            yield None, "standing"
        spike_n = 0.0
        if look is not None:
            if sum(look.force_n) > TOTAL_OVERLOAD * self._rating_n:
                yield None, "overload"
            below = min(look.force_n) < NEGATIVE_N  # which disagrees, of course
            swapped = not below and self._swapped.feed(look)
            disagree, cell = (False, None) if below else self._twist.feed(look)
            if swapped:
                yield None, "swapped"
            elif disagree:
                yield cell, "twist"
            spike_n = SPIKE_SHARE * look.load_n if look.load_n > LEAST_KG * GRAVITY_M_S2 else 0.0
        for cell_watch in self._cells:
            cell_watch.spike_n = spike_n

    def _count_spikes(self, now_ns: int, *, quiet: bool) -> None:
        """A jump and back of one cell alone: electricity. Of two or more at once: a person."""
        jumped = [cell for cell in self._cells if now_ns - cell.spike_ns < LOOK_NS + SAME_TIME_NS]
        if quiet and len(jumped) == 1:
            jumped[0].counts.spikes += 1
        for cell in jumped:
            cell.spike_ns = -CLEAR_NS

    def _others_rise(self, rail: int) -> bool:
        """A rail while the load on the other cells shoots up is a landing; a rail alone, also under a person, is a wire."""
        rise_n = sum(cell.rise_n() for i, cell in enumerate(self._cells) if i != rail)
        return rise_n > LANDING_SHARE * self._rating_n
