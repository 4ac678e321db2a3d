"""From a board to frames: the pipeline, and the tape that remembers the last seconds for the next recording's beginning."""

from __future__ import annotations

from station.core.frames import Frames, Plate
from station.core.pipeline import Pipeline
from station.core.readings import Readings
from station.core.tape import Tape


class Chain:
    """One board's chain. `until_ns`: data time up to which the board has spoken."""

    def __init__(self, pipeline: Pipeline) -> None:
        self.pipeline = pipeline
        self.tape = Tape()
        self.until_ns = 0
        self._first_ns: int | None = None

    def take(self, readings: Readings) -> Frames:
        """Frames that became complete with these readings."""
        self.tape.add(self.pipeline.state, readings)
        self.until_ns = readings.until_ns
        frames = self.pipeline.feed(readings)
        if self._first_ns is None and len(frames):
            self._first_ns = int(frames.t_ns[0])
        return frames

    def origin_ns(self, since_ns: int) -> int:
        """Time of the first frame of a recording whose pre-roll begins at `since_ns`."""
        state, _ = self.tape.since(since_ns)
        if state is not None and state["next_ns"] is not None:
            return int(state["next_ns"])
        return self._first_ns if self._first_ns is not None else since_ns

    @property
    def first_ns(self) -> int:
        """Time of the first frame there was."""
        return self._first_ns or 0

    def finish(self) -> Frames:
        return self.pipeline.finish()

    @property
    def plate(self) -> Plate:
        return self.pipeline.plate
