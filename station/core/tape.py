"""The last seconds of readings, each second with the pipeline's state before it: a recording can begin in the past, exactly."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from station.core.readings import Readings

CUT_NS = 1_000_000_000

State = dict[str, Any]


@dataclass(slots=True)
class _Cut:
    state: State
    began_ns: int
    blocks: list[Readings] = field(default_factory=list)


class Tape:
    """Ring of (state of the pipeline, readings fed to it from there on), cut about once a second of `until_ns`.

        tape.add(pipeline.state, readings)      # before the pipeline is fed
        frames = pipeline.feed(readings)

    `add` takes the state itself or a function that gives it, which is called only when a cut is due.
    """

    def __init__(self, seconds: float = 20.0) -> None:
        self._keep_ns = int(seconds * 1e9)
        self._cuts: deque[_Cut] = deque()

    def add(self, state_before: State | Callable[[], State], readings: Readings) -> None:
        """Keep a block that the pipeline is about to be fed."""
        now_ns = readings.until_ns
        if not self._cuts or now_ns - self._cuts[-1].began_ns >= CUT_NS:
            self._cuts.append(_Cut(state_before() if callable(state_before) else state_before, now_ns))
            while len(self._cuts) > 1 and self._cuts[1].began_ns <= now_ns - self._keep_ns:
                self._cuts.popleft()
        self._cuts[-1].blocks.append(readings)

    def since(self, t_ns: int) -> tuple[State | None, list[Readings]]:
        """State and readings from which a new `Pipeline(resume=state)` gives every frame from `t_ns` on (and a little before).

        The newest cut whose next frame was not later than `t_ns`, else the oldest there is; (None, []) when nothing was added.
        """
        if not self._cuts:
            return None, []
        start = 0
        for i, cut in enumerate(self._cuts):
            next_ns = cut.state["next_ns"]
            if next_ns is not None and next_ns <= t_ns:
                start = i
        cuts = list(self._cuts)[start:]
        return cuts[0].state, [block for cut in cuts for block in cut.blocks]
