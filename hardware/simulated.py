"""A board without a board: a simulated person on simulated cells. Pure: data time only moves when it is read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from hardware.body import BODY_HZ, STEP_NS, Floats
from hardware.cells import Cells
from hardware.person import Person
from hardware.sample_faults import SampleFault, parse_fault
from hardware.traits import parse_traits
from station.core.calibration import Calibration
from station.core.geometry import Geometry
from station.core.readings import Edge, Readings, Timing

LONGEST_BLOCK_S = 0.05

Act = tuple[float, str, Mapping[str, Any]]
"""(time in s of data, action, arguments)"""


class SimulatedBoard:
    """A `Board` whose person does what `act` says (`hardware.person.ACTIONS`). Marked DEMO everywhere.

    The same traits, seed, faults and acts give the same readings to the last bit, whatever the block lengths.
    `calibration` fits the cells (id "simulated"), or is the nominal one when the traits say that nobody calibrated this board
    (`uncalibrated`, and those of cells, places and plugs that are not as they should be).
    """

    name = "simulated"
    demo = True

    def __init__(
        self,
        traits: str = "",
        *,
        seed: int = 1,
        faults: Iterable[SampleFault | str] = (),
        geometry: Geometry | None = None,
        script: Iterable[Act] = (),
        start_ns: int = 0,
        calibration: Calibration | None = None,
        order: tuple[int, int, int, int] = (0, 1, 2, 3),
    ) -> None:
        """`script`: acts to come, or, with `start_ns`, acts that have been: the board goes on from that time.

        calibration: one that somebody made of this board; order: order[corner] is the plug whose readings carry that corner's index.

        Raises NotFound for unknown traits, faults and actions.
        """
        self.geometry = geometry or Geometry()
        self.timing: Timing = Edge(delay_periods=2)
        self.traits = parse_traits(traits)
        self._faults = tuple(parse_fault(f) if isinstance(f, str) else f for f in faults)
        self._person = Person(
            seed,
            self.geometry,
            weight_kg=self.traits.weight_kg,
            eyes_closed=self.traits.eyes_closed,
            foam=self.traits.foam,
            factor=self.traits.sway,
            standing=self.traits.standing,
        )
        for at_s, action, args in script:
            self._person.plan(at_s, action, dict(args))
        self._person.jump(-(-start_ns // STEP_NS))
        self._cells = Cells(seed, self.geometry, self._faults, start_ns=self._person.step * STEP_NS, build=self.traits.build, order=order)
        known = self.traits.calibrated and not self.traits.build.surprising
        self.calibration: Calibration = calibration or self._cells.bridges.calibration(self.geometry, known=known)

    @property
    def now_ns(self) -> int:
        """Time of data up to which everything has been read, but for what a fault holds back."""
        return self._person.step * STEP_NS

    @property
    def wants(self) -> Mapping[str, Any]:
        """What the traits say of the person's ways, for the Actor."""
        return self.traits.wants

    def read(self, timeout_s: float) -> Readings:
        """The next `timeout_s` of data, at most 50 ms, in whole steps of 5 ms. EndOfBoard after a scripted `end`."""
        steps = max(1, int(min(timeout_s, LONGEST_BLOCK_S) * BODY_HZ + 1e-6))
        loads = self._person.run(steps)
        return self._cells.sample(loads, self.now_ns)

    def act(self, action: str, **args: Any) -> None:
        """Do it now. Raises NotFound for an unknown action."""
        self._person.plan(0.0, action, args)

    @property
    def gain_truth_n_per_count(self) -> tuple[float, float, float, float]:
        """The true gain of each corner's cell."""
        return self._cells.bridges.gain_n_per_count

    @property
    def cells_truth_mm(self) -> tuple[tuple[float, float], ...]:
        """Where each corner's cell truly is."""
        return self._cells.bridges.plate.cells_mm

    def truth(self) -> dict[str, Any]:
        """What really happened, times in s of data: holds, taps, acts, faults, weight. JSON-able."""
        return {**self._person.facts(), "faults": [f.to_json() for f in self._faults]}

    def cop_truth(self, t_ns: Any) -> Floats:
        """(m, 2): true ml and ap in mm at these times of data (up to 20 minutes back); NaN where nothing stood on the plate."""
        return self._person.truth.past(t_ns)[:, 1:]

    def load_truth(self, t_ns: Any) -> Floats:
        """(m,): true load in N without the pad."""
        return self._person.truth.past(t_ns)[:, 0]

    def close(self) -> None:
        """Nothing is held."""


def open_simulated(
    traits: str = "",
    *,
    seed: int = 1,
    faults: Iterable[SampleFault | str] = (),
    geometry: Geometry | None = None,
    script: Iterable[Act] = (),
    start_ns: int = 0,
    calibration: Calibration | None = None,
    order: tuple[int, int, int, int] = (0, 1, 2, 3),
) -> SimulatedBoard:
    """The simulated board that the traits ask for: readings made directly, or, with `chips`, by simulated chips and the true driver.

    Raises NotFound for unknown traits, faults and actions.
    """
    kind = SimulatedBoard
    if parse_traits(traits).chips:
        from hardware.chip_board import ChipBoard  # imports gpiozero: only where chips are read

        kind = ChipBoard
    return kind(traits, seed=seed, faults=faults, geometry=geometry, script=script, start_ns=start_ns, calibration=calibration, order=order)
