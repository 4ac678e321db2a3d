"""Carries out what runs ask of the store: opens, feeds, marks and closes recordings; keeps rows of runs, trials and results.

Sits between the pure run (its effects) and the disk (writer thread, clerk), for the station and the command line alike.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from station.chain import Chain
from station.core.readings import Lost, Readings
from station.core.results import TrialResult
from station.core.view import Effect, Marked, RunEnded, TrialBegun, TrialEnded
from station.errors import StoreError
from station.store.recording import RecordingWriter
from station.store.store import Store

TAIL_NS = 5_000_000_000  # a recording goes on to 5 s after its end, or to the step-off


@dataclass(slots=True)
class _Open:
    trial_id: str
    result: TrialResult | None = None
    close_ns: int | None = None


class Index(Protocol):
    """Who writes the rows: the clerk of a station, or somebody who only remembers them."""

    def ask(self, work: Callable[[Store], Any], then: Callable[[Any], None] | None = None) -> None: ...


class Recorder:
    """`facts` are the header fields that do not change: station, boot, board, geometry, calibration, software version ..."""

    def __init__(self, clerk: Index, writer: RecordingWriter, chain: Chain, facts: Mapping[str, Any]) -> None:
        self._clerk = clerk
        self._writer = writer
        self._chain = chain
        self._facts = dict(facts)
        self._open: list[_Open] = []
        self._not_ready: StoreError | None = None
        self.person: str | None = None
        self.kg: float | None = None
        self.visit: str | None = None
        self.anchor: Callable[[], Mapping[str, Any]] = dict

    def reopen(self, chain: Chain, facts: Mapping[str, Any]) -> None:
        """The board has another profile: what is recorded from now on is of this one."""
        self.close_all()
        self._chain = chain
        self._facts |= facts

    @property
    def recording(self) -> bool:
        return bool(self._open)

    @property
    def problem(self) -> StoreError | None:
        """What keeps recordings from being written (disk full, read-only ...), None when all is well."""
        return self._writer.problem or self._not_ready

    def probe(self) -> None:
        """Try the card now, in the clerk's thread: no trial should start that could not be kept. Skipped while one is recorded."""
        if not self._open:
            self._clerk.ask(lambda _: self._writer.ready(), self._probed)

    def _probed(self, problem: StoreError | None) -> None:
        self._not_ready = problem

    def readings(self, readings: Readings) -> None:
        """To every open recording; call before the effects of the same readings are carried out."""
        for each in self._open:
            self._writer.readings(each.trial_id, readings)
        for each in [o for o in self._open if o.close_ns is not None and readings.until_ns >= o.close_ns]:
            self._close(each)

    def lost(self, lost: Lost) -> None:
        for each in self._open:
            self._writer.lost(each.trial_id, lost)

    def stepped_off(self) -> None:
        """The plate is empty: recordings that only wait for their tail are complete."""
        for each in [o for o in self._open if o.result is not None]:
            self._close(each)

    def begin_visit(self, person: str | None) -> None:
        """A person's time at the station; its row comes first, so that everything in it can name it."""
        visit, kg = str(uuid.uuid4()), self.kg
        self.visit = visit
        self._clerk.ask(lambda store: store.begin_visit(person, kg, visit))

    def begin_run(self, run_id: str, protocol_id: str, person: str | None) -> None:
        """The run's row, before any of its trials."""
        visit = self.visit
        self._clerk.ask(lambda store: store.begin_run(run_id, protocol_id, person, visit))

    def do(self, effect: Effect) -> None:
        if isinstance(effect, TrialBegun):
            self._begin(effect)
        elif isinstance(effect, Marked):
            self._writer.mark(effect.trial_id, effect.t_ns, effect.kind)
        elif isinstance(effect, TrialEnded):
            self._end(effect.result)
        elif isinstance(effect, RunEnded):
            result = effect.result
            self._clerk.ask(lambda store: store.finish_run(result))

    def close_all(self) -> None:
        for each in list(self._open):
            self._close(each)

    def _begin(self, begun: TrialBegun) -> None:
        state, blocks = self._chain.tape.since(begun.since_ns)
        header = {
            **self._facts,
            **begun.header,
            "trial_id": begun.trial_id,
            "run_id": begun.run_id,
            "visit_id": self.visit,
            "person_id": self.person,
            "begin_ns": begun.begin_ns,
            "pipeline_state": state,
            "wall": dict(self.anchor()),
        }
        self._clerk.ask(lambda store: store.begin_trial(header))
        self._writer.open(header)
        self._open.append(_Open(begun.trial_id))
        for block in blocks:
            self._writer.readings(begun.trial_id, block)

    def _end(self, result: TrialResult) -> None:
        self._clerk.ask(lambda store: store.finish_trial(result))
        for each in self._open:
            if each.trial_id == result.trial_id:
                each.result = result
                each.close_ns = self._chain.until_ns + TAIL_NS

    def _close(self, each: _Open) -> None:
        self._open.remove(each)
        footer = None if each.result is None else {"status": each.result.status, "reason": each.result.reason.to_json()}
        self._writer.close(each.trial_id, footer)
