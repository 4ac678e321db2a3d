"""One run without a screen: a board, the chain, a run, and a simulated person who does as asked. What `trial`, `play` and `demo` use."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hardware.actor import Actor
from hardware.boards import CHIPS, BoardInfo, BoardSpec, describe, open_board
from hardware.faults import Fault, Watch
from hardware.reader import Reader
from station.chain import Chain
from station.core.frames import Frames, Plate
from station.core.pipeline import Pipeline
from station.core.readings import CELLS, Board, EndOfBoard, Readings
from station.core.results import RunResult
from station.errors import BoardError, Refused
from station.protocols.model import Protocol
from station.recorder import Recorder
from station.run import Run, all_runs
from station.store.clock import days_since
from station.words import Words, say

BLOCK_S = 0.05
LONGEST_S = 1800.0  # of data: a simulated run that has not ended by then never will
RECORDED = ("record", "frozen", "ending", "done")  # phases of a run in which no fault keeps it waiting
HELD_S = 20.0  # of data: a fault that is still there then is none that comes and goes


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the caller wants of the run; None: as the protocol says."""

    side: str | None = None
    seconds: float | None = None
    eyes: str | None = None
    surface: str | None = None
    settings: str = "station"
    whole_file: bool = False
    repeat: bool = False
    person: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """flags_by_cell: flags of every reading of the board, also outside the runs: {"front_left": {"DUPLICATE": 2}}"""

    runs: tuple[RunResult, ...]
    flags_by_cell: Mapping[str, Mapping[str, int]]
    truth: dict[str, Any] | None
    notices: tuple[Words, ...]


def go(
    spec: BoardSpec,
    protocol: Protocol,
    wishes: Wishes,
    *,
    pad_kg: float = 0.7,
    paced: bool = False,
    keep: Callable[[BoardInfo, Chain], Recorder] | None = None,
) -> Outcome:
    """The run (with `repeat` every run that the data holds). `paced`: at the speed of the wall clock, in a reader process.

    `keep` makes the recorder that stores it; None stores nothing. Raises Refused, BadFile, BoardError (also with the words of a fault
    that keeps the run from recording anything).
    """
    info = describe(spec)
    resume = None if wishes.whole_file else info.resume
    chain = Chain(Pipeline(info.geometry, info.calibration, info.timing, pad_kg=pad_kg, fixed_zero=wishes.whole_file, resume=resume))
    recorder = keep(info, chain) if keep else None
    board: Any = Reader(spec) if paced or not spec.paced else open_board(spec)
    actor = Actor(board.act, seed=spec.seed, wants=info.wants) if info.demo else None
    try:
        runs = tuple(_Sitting(board, info, chain, recorder, actor, _watch(spec, info)).runs(protocol, wishes))
        truth = board.truth() if info.demo else None
    finally:
        board.close()
        if recorder:
            recorder.close_all()
    flags = {cell: health.flagged for cell, health in zip(CELLS, chain.pipeline.health, strict=True)}
    return Outcome(runs, flags, truth, info.notices)


def _watch(spec: BoardSpec, info: BoardInfo) -> Watch | None:
    """A simulated board that nobody made ill has no faults to be found; looking for them takes longer than all the rest of a demo."""
    return None if spec.kind == "simulated" and not spec.faults else Watch(info.geometry, info.calibration, info.timing)


class _Held:
    """How long a fault has kept a run from recording. A file holds nothing back: what it has is measured."""

    def __init__(self, timed: bool) -> None:
        self._timed = timed
        self._since_ns: int | None = None

    def look(self, run: Run, faults: Sequence[Fault], now_ns: int) -> None:
        """After every block. Raises BoardError with the words of the gravest such fault once it was there for HELD_S of data."""
        held = [fault for fault in faults if fault.stops or (self._timed and fault.holds_tests)]
        if not held or run.view.phase in RECORDED:
            self._since_ns = None
            return
        self._since_ns = now_ns if self._since_ns is None else self._since_ns
        if now_ns - self._since_ns >= HELD_S * 1e9:
            raise BoardError(held[0].what, held[0].do)


@dataclass(frozen=True, slots=True)
class _Sitting:
    """A board and what hangs on it, while runs are made of what it gives."""

    board: Board
    info: BoardInfo
    chain: Chain
    recorder: Recorder | None
    actor: Actor | None
    watch: Watch | None

    def runs(self, protocol: Protocol, wishes: Wishes) -> Iterator[RunResult]:
        """One run's result; with `repeat` those of all that the data holds."""

        def make(recent: Sequence[Readings]) -> Run:
            return self._run(protocol, wishes, recent)

        held = _Held(protocol.kind == "test")
        for run, effects in all_runs(make, self._blocks(), self._origin):
            effects += run.faults(self.watch.faults) if self.watch else []
            if self.watch and self.info.name != "replay":
                held.look(run, self.watch.faults, self.chain.until_ns)
            if self.recorder:
                for effect in effects:
                    self.recorder.do(effect)
            if self.actor:
                self.actor.obey(run.view, self.chain.until_ns / 1e9)
            if run.result is not None:
                yield run.result
                if not wishes.repeat:
                    return

    def _run(self, protocol: Protocol, wishes: Wishes, recent: Sequence[Readings]) -> Run:
        info = self.info
        run = Run(
            protocol,
            geometry=info.geometry,
            new_id=lambda: str(uuid.uuid4()),
            person=wishes.person,
            side=wishes.side,
            seconds=wishes.seconds,
            eyes=wishes.eyes,
            surface=wishes.surface,
            demo=info.demo,
            calibrated=info.calibration.good_for_tests,
            calibration_age_days=days_since(info.calibration.date) if info.name in CHIPS else None,  # a file's was another day
            calibration=info.calibration,
            settings=wishes.settings,
            window="file" if wishes.whole_file else "phases",
            recent=recent,
        )
        if self.recorder:
            self.recorder.begin_run(run.run_id, protocol.id, wishes.person)
        return run

    def _blocks(self) -> Iterator[tuple[Readings, Frames, Plate]]:
        """Until the board is over. Raises Refused when a simulated person has been at it for half an hour."""
        chain, first_ns = self.chain, None
        while True:
            try:
                readings = self.board.read(BLOCK_S)
            except EndOfBoard:
                yield Readings.none(chain.until_ns), chain.finish(), chain.plate
                return
            first_ns = readings.until_ns if first_ns is None else first_ns
            if self.actor and readings.until_ns - first_ns > LONGEST_S * 1e9:
                raise Refused(say("solo.endless", minutes=round(LONGEST_S / 60)), say("solo.endless.do"))
            frames = chain.take(readings)
            if self.watch:
                self.watch.use(chain.plate)
                self.watch.feed(readings)
            if self.recorder:
                self.recorder.readings(readings)
            yield readings, frames, chain.plate

    def _origin(self, since_ns: int) -> int:
        """A file's times count from the file's own first frame, whatever of it a run looks at."""
        return self.chain.first_ns if self.info.name == "replay" else self.chain.origin_ns(since_ns)
