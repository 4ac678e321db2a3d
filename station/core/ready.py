"""The READY gate: what holds a timed test back, told before anybody stands still for it. Pure.

A test measures a person against limits of tenths of a millimetre: it needs a board that is calibrated, zeroed, quiet, fast enough and of
one mind. Drills and games only need one that works.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from station.core.calibration import Calibration
from station.core.frames import Plate
from station.core.geometry import GRAVITY_M_S2
from station.core.readings import CELLS
from station.words import Num, Words, say

LEAST_RATE_HZ = 60.0
"""Below it path and velocity read 5 % and more too low: such a trial would be rejected."""

MOST_NOISE_G = 30.0
"""SD of a cell on the still, empty plate: 0.2 mm of CoP noise at 60 kg, what a good game board has. Our own limit."""


class HoldingFault(Protocol):
    """What the gate needs of a fault (`hardware.faults.Fault`)."""

    @property
    def kind(self) -> str: ...
    @property
    def what(self) -> Words: ...
    @property
    def do(self) -> Words: ...
    @property
    def stops(self) -> bool: ...
    @property
    def holds_tests(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Ready:
    """What is known of the board now.

    faults:   active now, the gravest first
    rates_hz: conversions per second of each of CELLS; () while they are not known
    noise_g:  SD of each cell on the still, empty plate, grams; zeros when never measured (`noise_of`)
    """

    faults: Sequence[HoldingFault] = ()
    rates_hz: tuple[float, ...] = ()
    noise_g: tuple[float, ...] = ()
    plate: Plate = field(default_factory=Plate)
    calibration: Calibration | None = None


def noise_of(plate: Plate) -> tuple[float, ...]:
    """Grams, from the noise measured with the zero in force."""
    return tuple(1000 * noise_n / GRAVITY_M_S2 for noise_n in plate.noise_n)


def gate(ready: Ready, *, timed: bool = True) -> tuple[Words, ...]:
    """Why nothing may start now, the gravest first; empty: go. `timed` False: for a drill or a game only what stops every run counts.

    Each reason is a sentence; what to do about a fault is its own `do`, about anything else the id with `.do` behind it.
    """
    held = [fault for fault in ready.faults if fault.stops or (timed and fault.holds_tests)]
    reasons = [fault.what for fault in held]
    if not timed:
        return tuple(reasons)
    kinds = {fault.kind for fault in held}
    if ready.calibration is not None and not ready.calibration.calibrated:
        reasons.append(say("ready.calibration"))
    elif ready.calibration is not None and not ready.calibration.good_for_tests:
        reasons.append(say("ready.games-only"))
    if not ready.plate.zero_checked:
        reasons += [] if "standing" in kinds else [say("ready.zero")]
    elif ready.plate.state == "object":
        reasons.append(say("ready.object", kg=Num(ready.plate.load_n / GRAVITY_M_S2, 1)))
    if "slow" not in kinds:
        reasons += _too_slow(ready.rates_hz)
    if "noisy" not in kinds:
        reasons += too_noisy(ready.noise_g)
    return tuple(reasons)


def _too_slow(rates_hz: tuple[float, ...]) -> list[Words]:
    if not rates_hz or not all(rates_hz):
        return [say("ready.rate-unknown")]
    slow = min(range(len(rates_hz)), key=lambda i: rates_hz[i])
    if rates_hz[slow] >= LEAST_RATE_HZ:
        return []
    return [say("ready.rate", cell=_cell(slow), rate=Num(rates_hz[slow], 1), least=Num(LEAST_RATE_HZ))]


def too_noisy(noise_g: tuple[float, ...]) -> list[Words]:
    """The loudest corner in a sentence; its `.do` says what to do. Empty when all are quiet enough for a test."""
    if not noise_g or max(noise_g) <= MOST_NOISE_G:
        return []
    loud = max(range(len(noise_g)), key=lambda i: noise_g[i])
    return [say("ready.noise", cell=_cell(loud), g=Num(noise_g[loud]), most=Num(MOST_NOISE_G))]


def _cell(index: int) -> Words:
    return say(f"hardware.{CELLS[index].replace('_', '-')}")
