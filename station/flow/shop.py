"""What the flow needs to know and cannot see for itself; and what others hand to it while it goes on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from typing import Protocol as Protocol_

from station.core.calibration import Calibration
from station.core.geometry import Geometry
from station.core.scene import Role
from station.protocols.model import Protocol
from station.words import Num, Words


@dataclass(frozen=True, slots=True)
class Best:
    """One of today's best: a nickname that its owner let be shown, and the score."""

    nickname: str
    score: Num


@dataclass(frozen=True, slots=True)
class Shop:
    """The station as it stands there.

    protocols:   by id, in the order they are listed
    calibration_age_days: None when unknown
    calibration: in force on the board
    suggestions: ids for the cards of the what-screen: today's suggestion, a game, a test; missing ones are filled up from `protocols`
    why:         one line for the first suggestion ("Easy run yesterday"); empty: the protocol's own
    sound:       "ok", or "none" when nothing can be heard: then a helper is needed for eyes-closed trials
    clock:       the time of day as it is written on the strip ("14:05"); empty: none
    network:     False puts a sign on the strip
    warm_min:    minutes until the cells are warm; 0: they are
    """

    protocols: Mapping[str, Protocol]
    geometry: Geometry = field(default_factory=Geometry)
    calibrated: bool = True
    calibration_age_days: float | None = None
    calibration: Calibration | None = None
    demo: bool = False
    station_name: str = ""
    language: str = "en"
    keys_attached: bool = False
    sound: Literal["ok", "none"] = "ok"
    voice: bool = True
    suggestions: tuple[str, ...] = ()
    why: Words = field(default_factory=lambda: Words(""))
    clock: str = ""
    network: bool = True
    warm_min: int = 0
    best_today: tuple[Best, ...] = ()


@dataclass(frozen=True, slots=True)
class PersonCard:
    """One person on the who-screen: never a weight, never a photograph."""

    id: str
    nickname: str
    animal: str = "fox"
    colour: Role = "target"


@dataclass(frozen=True, slots=True)
class Kept:
    """A trial that can be fetched by phone: the address its QR code carries, until when the home screen offers it (the flow's clock)."""

    trial_id: str
    url: str | None
    until_ns: int


@dataclass(frozen=True, slots=True)
class Usual:
    """A person's own usual band for a result: between `low` and `high`, in the result's unit."""

    low: float
    high: float


class FaultLike(Protocol_):
    """What the trouble screen needs of a fault, whoever found it."""

    @property
    def what(self) -> Words: ...
    @property
    def do(self) -> Words: ...
    @property
    def cell(self) -> int | None: ...
    @property
    def staff(self) -> Words: ...
    @property
    def stops(self) -> bool: ...
    @property
    def flags_trial(self) -> bool: ...
    @property
    def holds_tests(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Fault:
    """Something of the machine is wrong: a fact with its number, what to do, the corner concerned (index into CELLS), what staff
    want to know. `stops` False: measuring goes on; `flags_trial` or `holds_tests` then make it home's one quiet line."""

    what: Words
    do: Words
    cell: int | None = None
    staff: Words = field(default_factory=lambda: Words(""))
    stops: bool = True
    flags_trial: bool = True
    holds_tests: bool = True
