"""The faults there are now: the first of them is on the wall, each new one is told once."""

from __future__ import annotations

from station.core.view import Speak, Tone
from station.errors import StationError
from station.flow.effects import FlowEffect
from station.flow.shop import Fault, FaultLike
from station.words import literal, say


class Alarm:
    def __init__(self, effects: list[FlowEffect]) -> None:
        self._effects = effects
        self._found: tuple[FaultLike, ...] = ()
        self._quiet: tuple[FaultLike, ...] = ()
        self._reader: Fault | None = None
        self._told: tuple[str, int | None] | None = None

    @property
    def first(self) -> FaultLike | None:
        """The one on the wall; a dead reader comes before all that it can no longer tell."""
        return self._reader or (self._found[0] if self._found else None)

    @property
    def quiet(self) -> FaultLike | None:
        """The first of those that let a measurement go on but make it doubtful, or hold a test back: a line, not a screen."""
        return self._quiet[0] if self._quiet else None

    def found(self, faults: tuple[FaultLike, ...], *, loaded: bool) -> None:
        """All there are; those that do not stop a measurement get no screen."""
        self._found = tuple(f for f in faults if f.stops)
        self._quiet = tuple(f for f in faults if not f.stops and (f.flags_trial or f.holds_tests))
        self._tell(loaded)

    def reader_died(self, died: StationError | None, *, loaded: bool) -> None:
        staff = literal("") if died is None else died.what
        self._reader = Fault(say("flow.fault.reader"), say("flow.fault.reader.do"), staff=staff)
        self._tell(loaded)

    def reader_speaks(self) -> None:
        if self._reader is not None:
            self._reader = None
            self._tell(False)

    def _tell(self, loaded: bool) -> None:
        """The tone, then the words; about the person first, when one stands there."""
        before, first = self._told, self.first
        self._told = (first.what.id, first.cell) if first is not None else None
        if first is not None and self._told != before:
            self._effects += [Tone("trouble"), Speak(say("flow.trouble.off") if loaded else first.what)]
