"""One run without a screen: a board, the chain, a run, and a simulated person who does as asked. What `trial`, `play` and `demo` use."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hardware.actor import Actor
from hardware.boards import BoardInfo, BoardSpec, describe, open_board
from hardware.reader import Reader
from station.chain import Chain
from station.core.frames import Frames, Plate
from station.core.readings import CELLS, Board, EndOfBoard, Readings
from station.core.results import RunResult
from station.core.view import Effect
from station.errors import Refused
from station.protocols.model import Protocol
from station.recorder import Recorder
from station.run import Run, all_runs
from station.store.clock import days_since
from station.words import Words, say

BLOCK_S = 0.05
LONGEST_S = 1800.0  # of data: a simulated run that has not ended by then never will


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


Progress = Callable[[Run, float], None]
"""Called about ten times a second of data with the run and the seconds of data so far."""


def go(
    spec: BoardSpec,
    protocol: Protocol,
    wishes: Wishes,
    *,
    pad_kg: float = 0.7,
    paced: bool = False,
    keep: Callable[[BoardInfo, Chain], Recorder] | None = None,
    progress: Progress | None = None,
) -> Outcome:
    """The run (with `repeat` every run that the data holds). `paced`: at the speed of the wall clock, in a reader process.

    `keep` makes the recorder that stores it; None stores nothing. Raises Refused, BadFile, BoardError.
    """
    info = describe(spec)
    chain = Chain(
        info.geometry,
        info.calibration,
        info.timing,
        pad_kg=pad_kg,
        fixed_zero=wishes.whole_file,
        resume=None if wishes.whole_file else info.resume,
    )
    recorder = keep(info, chain) if keep else None
    board: Any = Reader(spec) if paced or spec.kind == "hx711" else open_board(spec)
    actor = Actor(board.act, seed=spec.seed, wants=info.wants) if info.demo else None
    try:
        runs = tuple(_runs(board, info, chain, protocol, wishes, recorder, actor, progress))
        truth = board.truth() if info.demo else None
    finally:
        board.close()
        if recorder:
            recorder.close_all()
    flags = {cell: health.flagged for cell, health in zip(CELLS, chain.pipeline.health, strict=True)}
    return Outcome(runs, flags, truth, info.notices)


def _runs(
    board: Board,
    info: BoardInfo,
    chain: Chain,
    protocol: Protocol,
    wishes: Wishes,
    recorder: Recorder | None,
    actor: Actor | None,
    progress: Progress | None,
) -> Iterator[RunResult]:
    def make(recent: Sequence[Readings]) -> Run:
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
            calibrated=info.calibration.calibrated,
            calibration_age_days=days_since(info.calibration.date) if info.name == "hx711" else None,  # a file's was another day
            settings=wishes.settings,
            window="file" if wishes.whole_file else "phases",
            recent=recent,
        )
        if recorder:
            recorder.begin_run(run.run_id, protocol.id, wishes.person)
        return run

    def blocks() -> Iterator[tuple[Readings, Frames, Plate]]:
        first_ns: int | None = None
        while True:
            try:
                readings = board.read(BLOCK_S)
            except EndOfBoard:
                yield Readings.none(chain.until_ns), chain.finish(), chain.plate
                return
            first_ns = readings.until_ns if first_ns is None else first_ns
            if actor and readings.until_ns - first_ns > LONGEST_S * 1e9:
                raise Refused(say("solo.endless", minutes=round(LONGEST_S / 60)), say("solo.endless.do"))
            frames = chain.take(readings)
            if recorder:
                recorder.readings(readings)
            yield readings, frames, chain.plate

    def origin(since_ns: int) -> int:
        # a file's times count from the file's own first frame, whatever of it a run looks at
        return chain.first_ns if info.name == "replay" else chain.origin_ns(since_ns)

    for turn, (run, effects) in enumerate(all_runs(make, blocks(), origin)):
        _carry_out(recorder, effects)
        if actor:
            actor.obey(run.view, chain.until_ns / 1e9)
        if progress and turn % 2 == 0:
            progress(run, chain.until_ns / 1e9)
        if run.done:
            assert run.result is not None
            yield run.result
            if not wishes.repeat:
                return


def _carry_out(recorder: Recorder | None, effects: list[Effect]) -> None:
    if recorder:
        for effect in effects:
            recorder.do(effect)
