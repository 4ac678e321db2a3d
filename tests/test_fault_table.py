"""The fault table: every row made, read by the code that reads a live board, told in its sentence at the right corner in time, with what
it does to the trial; and after it the station goes on by itself.

Rows that a reading can show are made by a simulated board with a fault word while a person stands a test. Rows of the whole plate are
made as loads of the four cells. Faults of a chip's lines, at the pins, are in `tests/hardware/test_faults.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pytest
from standing import numbered

from hardware.actor import Actor
from hardware.faults import KINDS, Fault, Watch
from hardware.hx711 import nominal_calibration
from hardware.pi import Throttled
from hardware.simulated import SimulatedBoard
from station.core.calibration import Calibration
from station.core.frames import Frames, Plate
from station.core.geometry import GRAVITY_M_S2, Geometry
from station.core.pipeline import Pipeline
from station.core.readings import Readings, Sample
from station.core.results import TrialResult
from station.core.view import Marked, TrialBegun
from station.protocols.loader import load_all
from station.run import Run
from station.text.catalogue import Catalogue, parts
from station.trial import Trial

S = 1_000_000_000
GEOMETRY = Geometry()
CALIBRATION = Calibration.from_gains(GEOMETRY, nominal_calibration(GEOMETRY).gain_n_per_count, id="test")
START_S = 16.0  # of every fault, three seconds into the recorded phase
EN = Catalogue("en")


@dataclass(frozen=True)
class Row:
    """A fault word of the simulated front right cell for `for_s`: kind (and cell) of the fault, its sentence, told within; the trial."""

    word: str
    kind: str
    cell: int | None
    sentence: str
    within_s: float = 0.3
    for_s: float = 2.0
    status: str = "interrupted"
    verdict: str = "reject"
    reason: str = "Front right stopped answering"

    def __str__(self) -> str:
        return self.word


TIME = "Full time"
FAILED = "Front right failed"
TABLE = (
    Row("off", "silent", 1, "Front right is not answering. Check its plug."),
    Row("wire", "wire", 1, "Front right: clock or data wire. Check its plug."),
    Row("asleep", "asleep", 1, "Front right went to sleep; waking it. Wait a moment.", reason=FAILED),
    Row("saturated", "rail", 1, "Front right: sensor wire loose. Check the four sensor wires."),
    Row("stuck", "frozen", 1, "Front right is frozen. Switch the board off and on."),
    Row("garbage", "noisy", 1, "Front right readings are noisy. Check wiring and shield.", reason=FAILED),
    Row("noisy", "noisy", 1, "Front right readings are noisy. Check wiring and shield.", reason=FAILED),
    Row("slow", "slow", 1, "Front right is in slow mode. Set its RATE jumper to 80.", 0.5),
    Row("lost-gain", "twist", 1, "Front right disagrees with the others. Level the board.", 1.4, 3.0, "completed", "usable", TIME),
    Row(
        "busy",
        "busy",
        None,
        "The computer was too busy: some readings were skipped. Close other programs on it.",
        4.0,
        4.0,
        "completed",
        "usable",
        TIME,
    ),
    Row(
        "torn",
        "torn",
        None,
        "The computer was too busy: some readings were torn. Close other programs on it. Check the clock and data wires.",
        4.0,
        4.0,
        "completed",
        "usable",
        TIME,
    ),
    Row("missed", "missed", None, "Too many readings were missed. Please repeat.", 4.0, 4.0, "completed", "usable", TIME),
)
IDS = [str(row) for row in TABLE]


@dataclass(frozen=True)
class Seen:
    """What came of one test under a fault: faults with the time they were told first and last, and what the watch counted."""

    trial: TrialResult
    told: dict[tuple[int | None, str], tuple[Fault, float, float]]
    left: tuple[Fault, ...]
    spikes: tuple[int, ...]
    again: TrialResult


@cache
def stood(word: str, for_s: float) -> Seen:
    """A person stands a test of 12 s while the fault comes and goes; `again` is what a recompute of it gives."""
    board = SimulatedBoard("70kg", seed=1, faults=(f"front_right:{word}@{START_S}s+{for_s}s",))
    pipeline, watch = Pipeline(board.geometry, board.calibration, board.timing), Watch(board.geometry, board.calibration, board.timing)
    actor, ids = Actor(board.act, seed=1, wants=board.wants), numbered()
    run = Run(load_all()["two-leg-quiet"], geometry=board.geometry, new_id=lambda: next(ids), seconds=12.0, demo=True)
    told: dict[tuple[int | None, str], tuple[Fault, float, float]] = {}
    blocks: list[tuple[Readings, Frames]] = []
    effects = []
    until_s = 0.0
    while not run.done or until_s < START_S + for_s + 3.5:
        readings = board.read(0.05)
        frames = pipeline.feed(readings)
        until_s = readings.until_ns / S
        watch.use(pipeline.plate)
        for fault in watch.feed(readings):
            _, first_s, _ = told.get((fault.cell, fault.kind), (fault, until_s, until_s))
            told[fault.cell, fault.kind] = (fault, first_s, until_s)
        if not run.done:
            effects += run.feed(readings, frames, pipeline.plate, 0) + run.faults(watch.faults)
            actor.obey(run.view, until_s)
            blocks.append((readings, frames))
    assert run.result is not None
    again = recomputed(effects, blocks)
    return Seen(run.result.trials[0], told, watch.faults, tuple(c.spikes for c in watch.counts), again)


def recomputed(effects: Iterable[object], blocks: Sequence[tuple[Readings, Frames]]) -> TrialResult:
    """The trial again, from the header and the marks that a recording of it holds."""
    begun = next(e for e in effects if isinstance(e, TrialBegun))
    trial = Trial.from_header(begun.header)
    for mark in (e for e in effects if isinstance(e, Marked)):
        trial.mark(mark.t_ns, mark.kind)
    for readings, frames in blocks:
        trial.count_readings(readings)
        trial.feed(frames)
    trial.finish()
    assert trial.result is not None
    return trial.result


def sentence(fault: Fault) -> str:
    return f"{EN.text(fault.what)} {EN.text(fault.do)}"


@pytest.mark.parametrize("row", TABLE, ids=IDS)
def test_a_fault_is_told_in_its_sentence_at_its_corner_in_time(row: Row) -> None:
    seen = stood(row.word, row.for_s)
    assert set(seen.told) == {(row.cell, row.kind)}
    fault, first_s, _ = seen.told[row.cell, row.kind]
    assert sentence(fault) == row.sentence
    assert START_S < first_s <= START_S + row.within_s + 0.051  # and a block
    assert bool(fault.staff.id) == (row.cell is not None)


@pytest.mark.parametrize("row", TABLE, ids=IDS)
def test_a_fault_does_to_the_trial_what_the_table_says(row: Row) -> None:
    trial = stood(row.word, row.for_s).trial
    assert (trial.status, trial.quality.verdict) == (row.status, row.verdict)
    assert EN.text(trial.reason) == row.reason
    assert KINDS[row.kind].flags_trial
    assert KINDS[row.kind].holds_tests
    if not KINDS[row.kind].stops and row.status == "completed":
        assert row.sentence.startswith(tuple(EN.text(words) for words in trial.quality.reasons))


@pytest.mark.parametrize("row", TABLE, ids=IDS)
def test_a_fault_is_over_when_it_is_over(row: Row) -> None:
    seen = stood(row.word, row.for_s)
    _, _, last_s = seen.told[row.cell, row.kind]
    lingers_s = 2.6 if row.kind in ("busy", "torn", "missed") else 1.2  # shares look back two seconds
    assert last_s <= START_S + row.for_s + lingers_s
    assert seen.left == ()


@pytest.mark.parametrize("row", TABLE, ids=IDS)
def test_a_recompute_sees_the_same_fault(row: Row) -> None:
    seen = stood(row.word, row.for_s)
    assert seen.again == seen.trial


def test_a_single_spike_is_counted_at_its_cell_and_nobody_is_bothered() -> None:
    seen = stood("spike", 4.0)
    assert seen.told == {}
    assert seen.spikes[1] >= 2
    assert (seen.spikes[0], *seen.spikes[2:]) == (0, 0, 0)
    assert seen.trial.status == "completed"


@pytest.mark.parametrize("word", ["off", "garbage", "asleep"])
def test_the_next_test_is_valid_and_nobody_had_to_do_anything(word: str) -> None:
    board = SimulatedBoard("70kg,standing", seed=2, faults=(f"rear_left:{word}@1s+1s",))
    pipeline, watch = Pipeline(board.geometry, board.calibration, board.timing), Watch(board.geometry, board.calibration, board.timing)
    board.act("step-off")
    for _ in range(140):
        readings = board.read(0.05)
        pipeline.feed(readings)
        watch.use(pipeline.plate)
        watch.feed(readings)
    assert [fault.kind for fault in watch.faults] == []
    actor, ids = Actor(board.act, seed=1, wants={}), numbered()
    run = Run(load_all()["two-leg-quiet"], geometry=board.geometry, new_id=lambda: next(ids), seconds=10.0, demo=True)
    while not run.done:
        readings = board.read(0.05)
        run.feed(readings, pipeline.feed(readings), pipeline.plate, 0)
        watch.use(pipeline.plate)
        watch.feed(readings)
        run.faults(watch.faults)
        actor.obey(run.view, readings.until_ns / 1e9)
    assert run.result is not None
    trial = run.result.trials[0]
    assert (trial.status, [EN.text(w) for w in trial.quality.reasons], trial.quality.verdict) == ("completed", [], "valid")


# --- the four together --------------------------------------------------------------------------------------------------------------


def loads(seconds: float, kg: float = 72.0, ml: Callable[[np.ndarray], np.ndarray] | None = None, ap_mm: float = 0.0) -> np.ndarray:
    """(n, 4) kg of the four cells at 80 Hz under somebody who sways a little, about `ml`(t) mm."""
    t_s = np.arange(round(seconds * 80)) / 80
    x = (np.zeros_like(t_s) if ml is None else ml(t_s)) + 3 * np.sin(2 * np.pi * 0.3 * t_s)
    y = ap_mm + 4 * np.sin(2 * np.pi * 0.21 * t_s + 1)
    shares = [(1 + a * x / 225 + b * y / 275) / 4 for a, b in ((-1, 1), (1, 1), (-1, -1), (1, -1))]
    return np.stack([kg * share for share in shares], axis=1) + np.random.default_rng(7).normal(0, 0.001, (len(t_s), 4))


def readings(kg: np.ndarray, begin_s: float = 0.0) -> list[Readings]:
    counts = np.round(kg * GRAVITY_M_S2 / np.array(CALIBRATION.gain_n_per_count)).astype(np.int64)
    t_ns = np.round((begin_s + np.arange(len(kg)) / 80) * 1e9).astype(np.int64)
    return [Readings.of(range(4), [t] * 4, row, [0] * 4, int(t) + 1) for t, row in zip(t_ns, counts, strict=True)]


def told(kg: np.ndarray, calibration: Calibration = CALIBRATION, watch: Watch | None = None) -> list[tuple[float, Fault]]:
    """(data time of the first telling, fault) of everything told."""
    watch = watch or Watch(GEOMETRY, calibration)
    first: dict[tuple[int | None, str], tuple[float, Fault]] = {}
    for block in readings(kg):
        for fault in watch.feed(block):
            first.setdefault((fault.cell, fault.kind), (block.until_ns / S, fault))
    return list(first.values())


@pytest.mark.parametrize("cell", range(4))
def test_the_cell_that_loses_its_gain_under_a_person_is_the_one_that_is_named(cell: int) -> None:
    kg = loads(20)
    kg[1200:, cell] *= 0.9
    ((at_s, fault),) = told(kg)
    assert (fault.kind, fault.cell) == ("twist", cell)
    assert 16.0 <= at_s <= 16.3


def test_a_foot_off_the_floor_is_named() -> None:
    kg = loads(4)
    kg[:, 2] = 0.2
    ((_, fault),) = told(kg)
    assert sentence(fault) == "Rear left disagrees with the others. Level the board."


def test_a_board_that_rocks_is_told_as_a_whole() -> None:
    kg = loads(4)
    kg[:, (0, 3)] *= 1.3
    kg[:, (1, 2)] *= 0.7
    ((at_s, fault),) = told(kg)
    assert sentence(fault) == "The four corners disagree. Level the board."
    assert at_s == pytest.approx(1.1, abs=0.15)


def test_what_the_calibration_learnt_of_the_plate_is_no_disagreement() -> None:
    bent = loads(12)
    bent *= np.array([1.03, 0.97, 0.97, 1.03])
    assert [fault.kind for _, fault in told(bent, replace(CALIBRATION, twist=(0.03, 0.0, 0.0, 0.0)))] == []
    assert [fault.kind for _, fault in told(bent, replace(CALIBRATION, twist=(0.0, 0.0, 0.0, 0.0)))] == ["twist"]


def test_a_plate_that_nobody_learnt_is_learnt_while_somebody_stands() -> None:
    bent = loads(20) * np.array([1.01, 0.99, 0.99, 1.01])
    assert told(bent) == []
    bent[1200:, 0] *= 0.9
    assert [(fault.kind, fault.cell) for _, fault in told(bent)] == [("twist", 0)]


@pytest.mark.parametrize("plugs", [(1, 0, 2, 3), (0, 1, 3, 2), (2, 1, 0, 3), (0, 3, 2, 1)])
def test_two_exchanged_neighbours_look_swapped_once_the_person_leans(plugs: tuple[int, ...]) -> None:
    lean = loads(6, ml=lambda t: 80 * np.sin(2 * np.pi * 0.4 * t)) + loads(6, kg=30, ml=None, ap_mm=0)
    lean += np.outer(8 * np.sin(2 * np.pi * 0.23 * np.arange(480) / 80), (1, 1, -1, -1))
    found = told(lean[:, plugs])
    assert "swapped" in {fault.kind for _, fault in found}
    fault = next(fault for _, fault in found if fault.kind == "swapped")
    assert sentence(fault) == "Two corners look swapped. Check the board and press each corner when asked."


def test_neither_leaning_nor_a_lost_gain_nor_a_lifted_foot_looks_swapped() -> None:
    lean = loads(6, ml=lambda t: 90 * np.sin(2 * np.pi * 0.4 * t))
    weak, lifted = lean.copy(), lean.copy()
    weak[:, 0] *= 0.8
    lifted[:, 2] = 0.1
    assert told(lean) == []
    assert {fault.kind for _, fault in [*told(weak), *told(lifted)]} == {"twist"}


def test_one_corner_beyond_its_rating_is_warned_before_it_is_too_much() -> None:
    kg = np.full((80, 4), 100.0)
    kg[:, 1] = (104.0 + np.random.default_rng(1).normal(0, 0.001, 80)).tolist()
    kg[:, (0, 2, 3)] = 10.0 + np.random.default_rng(2).normal(0, 0.001, (80, 3))
    assert ("heavy", 1) in [(fault.kind, fault.cell) for _, fault in told(kg[:60])]
    assert not KINDS["heavy"].stops


def test_a_tap_that_moves_two_cells_is_no_spike() -> None:
    kg = loads(4)
    kg[200, (0, 1)] += 20.0
    kg[300, 2] += 20.0
    watch = Watch(GEOMETRY, CALIBRATION)
    assert told(kg, watch=watch) == []
    assert [c.spikes for c in watch.counts] == [0, 0, 1, 0]


# --- the zero -----------------------------------------------------------------------------------------------------------------------


def zeroed(kg: Sequence[float], at_s: float, **more: object) -> Plate:
    zero = tuple(k * GRAVITY_M_S2 / g for k, g in zip(kg, CALIBRATION.gain_n_per_count, strict=True))
    return Plate(state="empty", zero_count=zero, zeroed_ns=round(at_s * S), zero_checked=True, **more)  # type: ignore[arg-type]


def after(plates: Sequence[Plate], kg: np.ndarray | None = None) -> tuple[Fault, ...]:
    """The faults after these plates, half a second each."""
    watch = Watch(GEOMETRY, CALIBRATION)
    faults: tuple[Fault, ...] = ()
    zeros = np.repeat([p.zero_count for p in plates], 40, axis=0) * np.array(CALIBRATION.gain_n_per_count) / GRAVITY_M_S2
    rows = zeros + np.random.default_rng(4).normal(0, 0.001, zeros.shape) if kg is None else kg
    for i, block in enumerate(readings(rows)):
        watch.use(plates[i // 40])
        faults = watch.feed(block)
    return faults


def test_a_zero_that_jumps_on_an_empty_plate_is_a_board_that_was_moved() -> None:
    still, moved = zeroed((0, 0, 0, 0), 3.0), zeroed((0.25, -0.25, 0, 0), 7.0)
    (fault,) = after([still, still, moved])
    assert sentence(fault) == "The board was moved. Leave it empty for a moment. Check it with one weight."
    assert after([still, still, moved, *[moved] * 12]) == ()


def test_a_zero_that_creeps_away_is_a_board_that_has_drifted() -> None:
    creeping = [zeroed((0.04 * n, 0, 0, 0), 3.0 + n / 2) for n in range(7)]
    (fault,) = after(creeping)
    assert sentence(fault) == "The board has drifted; zeroing. Leave it empty for a moment."
    assert after(creeping[:5]) == ()


def test_a_zero_that_changed_under_a_person_has_drifted_and_a_pad_is_neither() -> None:
    still, loaded = zeroed((0, 0, 0, 0), 3.0), zeroed((0, 0, 0, 0), 3.0)
    off = zeroed((0.1, 0.3, 0, 0), 60.0)
    assert [f.kind for f in after([still, replace(loaded, state="loaded"), off])] == ["drift"]
    assert after([still, zeroed((0.2, 0.2, 0.2, 0.3), 9.0, pad=True)]) == ()


def test_a_twist_on_an_empty_plate_is_a_foot_that_was_moved_and_a_bag_is_not() -> None:
    still = zeroed((0, 0, 0, 0), 0.1)
    knocked = np.tile((0.3, 0.0, 0.0, 0.0), (160, 1)) + np.random.default_rng(4).normal(0, 0.001, (160, 4))
    bag = np.tile((1.5, 0.5, 0.5, -0.5), (160, 1)) + np.random.default_rng(4).normal(0, 0.001, (160, 4))
    assert [f.kind for f in after([still] * 4, knocked)] == ["moved"]
    assert after([still] * 4, bag) == ()


def test_a_knocked_corner_is_told_and_zeroed_and_a_bag_stays_a_bag() -> None:
    def lying(kg: Sequence[float]) -> tuple[set[str], Plate, tuple[Fault, ...]]:
        pipeline, watch, found = Pipeline(GEOMETRY, CALIBRATION, Sample()), Watch(GEOMETRY, CALIBRATION, Sample()), set()
        rows = np.random.default_rng(8).normal(0, 0.001, (1600, 4))
        rows[480:] += kg
        for block in readings(rows, begin_s=1.0):
            pipeline.feed(block)
            watch.use(pipeline.plate)
            found |= {fault.kind for fault in watch.feed(block)}
        return found, pipeline.plate, watch.faults

    found, plate, left = lying((0.0, 0.6, 0.0, 0.0))
    assert (found, plate.state, left) == ({"moved"}, "empty", ())
    assert plate.zero_count[1] * CALIBRATION.gain_n_per_count[1] / GRAVITY_M_S2 == pytest.approx(0.6, abs=0.002)
    found, plate, left = lying((1.5, 0.5, 0.5, -0.5))
    assert (found, plate.state) == (set(), "object")


def test_a_board_that_starts_with_somebody_on_it_asks_them_to_step_off() -> None:
    watch = Watch(GEOMETRY, CALIBRATION)
    watch.use(Plate(state="loaded"))
    (fault,) = watch.feed(Readings.none(1))
    assert sentence(fault) == "The board cannot find its zero: somebody stands on it. Please step off first."
    assert (fault.stops, fault.holds_tests) == (False, True)


# --- the computer -------------------------------------------------------------------------------------------------------------------


def test_weak_power_heat_and_a_refused_right_are_told_and_end() -> None:
    watch = Watch(GEOMETRY, CALIBRATION)
    watch.computer(Throttled(0x1), 84.0)
    watch.realtime(False)
    faults = watch.feed(Readings.none(1))
    assert [sentence(fault) for fault in faults] == [
        "Weak power supply. Use the power supply that belongs to this computer.",
        "The computer is hot and slows down. Give it air.",
        "The reader has no real-time right: a busy computer may lose readings. "
        "Start the station as a service: it is given the right there.",
    ]
    assert [(f.stops, f.flags_trial, f.holds_tests) for f in faults] == [(False, True, False), (False, True, False), (False, False, False)]
    watch.computer(Throttled(0x50000), 61.0)
    watch.realtime(None)
    for until_ns in range(100_000_000, 700_000_000, 100_000_000):
        faults = watch.feed(Readings.none(until_ns))
    assert [fault.kind for fault in faults] == []


def test_the_gravest_fault_comes_first() -> None:
    watch = Watch(GEOMETRY, CALIBRATION)
    watch.computer(Throttled(0x1))
    watch.use(Plate(state="loaded"))
    watch.feed(Readings.none(1))
    faults = watch.feed(Readings.none(S))
    assert [fault.kind for fault in faults] == ["silent", "standing", "weak-power"]


def test_every_kind_has_its_sentence_in_every_language() -> None:
    texts = parts()["hardware.toml"]
    ids = {f"hardware.fault.{kind}{do}" for kind in KINDS for do in ("", ".do")}
    assert ids <= set(texts)
    assert len(KINDS) == 21
