"""The appliance: wires board, pipeline, flow, store, window and live socket, and runs the one loop. Started in order, stopped in reverse.

The loop waits for readings (headless) or for the next picture (window), never for a disk or a network: recordings go through the
writer's thread, the database through the clerk's, pages through the live link's.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from hardware.actor import Actor
from hardware.boards import BoardInfo
from hardware.faults import Watch
from hardware.reader import Reader, ReaderDied
from station.chain import Chain
from station.clerk import Clerk
from station.commands import Answer as _Answer  # noqa: F401 - the socket's shape is part of this module's contract
from station.commands import Command, LiveView, Problem
from station.core.frames import Frames
from station.core.readings import EndOfBoard, Readings
from station.core.scene import Scene
from station.core.view import Effect, Speak, Tone, TrialEnded
from station.errors import Refused, StationError
from station.flow.flow import Flow
from station.flow.intents import Intent, Point
from station.flow.shop import Kept, PersonCard
from station.live import Asked, LiveLink
from station.notify import notify
from station.recorder import Recorder
from station.settings import Settings
from station.text.catalogue import Catalogue
from station.words import Words

log = logging.getLogger(__name__)
VIEW_EVERY_S = 0.05
HEADLESS_WAIT_S = 0.02
RESTART_PAUSE_S = 0.5
SHARE_DAYS = 7
RECENT_PEOPLE = 3


class Shown(Protocol):
    """The window, as the loop sees it: draws scenes, gives what was pressed; `None` in its place is headless."""

    def events(self) -> Iterable[Any]: ...
    def draw(self, scene: Scene, now_s: float) -> None: ...
    def flip(self) -> None: ...
    @property
    def closed(self) -> bool: ...
