"""A simulated person on the plate: loads and centre of pressure in steps of 5 ms of data time, steered by acts.

Acts take effect on these steps. The same acts at the same times with the same seed give the same loads, however the steps are cut
into calls. Between the acts the person sways as `hardware.body` says.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from hardware.body import BODY_HZ, STEP_S, SWAY, Floats, Pendulum
from hardware.motion import PLATEAU, PULSE, Curve, Glide, Keys, Lean, Twitch
from hardware.things import Things
from hardware.truth import Truth
from station.core.geometry import GRAVITY_M_S2, Geometry
from station.core.readings import EndOfBoard
from station.errors import NotFound

PAD_KG, BAG_KG, SECOND_KG = 0.7, 4.2, 55.0
PRESS_KG, PRESS_S, PRESS_AT = 5.0, 2.5, 0.9  # a hand near a corner, this share of the way from the middle to the cell
WEIGHT_KG = 10.0
BREATH_HZ, BREATH_PART = 0.25, 0.003
HEART_HZ, HEART_PART = 1.1, 0.003
GLIDE_S = 0.7  # from both feet to one, and back
LIFTED_S = GLIDE_S * math.acos(-0.8) / math.pi  # the lifted foot carries less than 5 %
DOWN_S = GLIDE_S - LIFTED_S  # it carries 5 % again
LEAN_LIMIT_MM = (160.0, 110.0)  # how far the CoP gets from the middle before a person steps
STEP_ON_S, STEP_ON = 0.65, ((0.62, 1.1), (1.0, 1.0))  # 0.4 s ramp, 10 % overshoot
STEP_OFF_S, STEP_OFF = 0.6, ((0.0, 1.0), (0.33, 1.1), (1.0, 0.0))
HALF_OFF_S = STEP_OFF_S * 0.69  # about half the weight has left the plate
HOP_S = 1.6  # short crouch, push, 0.25 s of flight, landing, ring-down: load less one body weight
HOP: Keys = (
    (0.0, 0.0), (0.04, -0.4), (0.1, 1.0), (0.15, -1.0), (0.31, -1.0), (0.35, 1.5), (0.42, -0.25), (0.55, 0.12), (0.7, -0.04), (1.0, 0.0),
)  # fmt: skip
STUMBLE_S = 0.8
STUMBLE: Keys = ((0.0, 0.0), (0.25, 1.0), (0.4, 0.9), (1.0, 0.0))


class Person:
    """One person, or nobody, and what lies on the plate. `self.side` is the standing leg, "" for both."""

    def __init__(
        self,
        seed: int,
        geometry: Geometry,
        *,
        weight_kg: float = 70.0,
        eyes_closed: bool = False,
        foam: bool = False,
        factor: float = 1.0,
        standing: bool = False,
    ) -> None:
        """`eyes_closed` and `foam` hold whatever is asked later; `foam` is a pad that lay there when the board was zeroed."""
        self.step = 0
        self.on = standing
        self._known = standing  # someone was here: from then on the body lives, on the plate or beside it
        self.side = ""
        self.truth = Truth()
        self.weight_n = weight_kg * GRAVITY_M_S2
        self._half_mm, self._cells_mm = geometry.marks_mm / 2, geometry.cells_mm
        self._pendulum = Pendulum(seed, factor=factor)
        self._rng = np.random.default_rng((seed, 0xAC7))
        self._eyes_closed, self._always_closed, self._always_foam = False, eyes_closed, foam
        self._home = (float(self._rng.normal(0, 2)), float(self._rng.normal(0, 4)))  # nobody stands in the exact middle
        self._place = Glide(self._home)
        self._lean = (Lean(), Lean())
        self._presence = Curve.constant(float(standing))
        self._twitches: list[Twitch] = []
        self._things = Things()
        self._queue: list[tuple[int, int, str, dict[str, Any]]] = []
        self._planned = 0

    def plan(self, at_s: float, action: str, args: dict[str, Any]) -> None:
        """Do `action` at a time in s of data, or now when that has passed. Raises NotFound for an unknown one."""
        if action not in ACTIONS:
            raise NotFound("action", action)
        self._planned += 1
        heapq.heappush(self._queue, (max(self.step, math.ceil(at_s * BODY_HZ - 1e-6)), self._planned, action, args))

    def run(self, steps: int) -> Floats:
        """(steps, 3): load in N and its moments in N mm about ml = 0 and ap = 0, of the next steps. EndOfBoard after act `end`."""
        end = self.step + steps
        parts = []
        while self.step < end:
            self._do_due()
            until = min(end, self._queue[0][0]) if self._queue else end
            parts.append(self._segment(until - self.step))
            self.step = until
        return np.concatenate(parts)

    def jump(self, step: int) -> None:
        """Go forward to `step`: every act on the way is done, nothing is computed between them."""
        while self._queue and self._queue[0][0] < step:
            self.step = max(self.step, self._queue[0][0])
            self._do_due()
        self.step = max(self.step, step)

    def facts(self) -> dict[str, Any]:
        """What really happened, times in s of data. `holds` are single-leg stances, `end_s` None while one lasts."""
        return {"weight_kg": round(self.weight_n / GRAVITY_M_S2, 3), "pad": "pad" in self._things, **self.truth.to_json()}

    # -- acts --------------------------------------------------------------------------------------------------------------------

    def _do_due(self) -> None:
        while self._queue and self._queue[0][0] <= self.step:
            _, _, action, args = heapq.heappop(self._queue)
            self.truth.acts.append({"t_s": self._now_s(), "action": action, **args})
            ACTIONS[action](self, **args)

    def _now_s(self, later_s: float = 0.0) -> float:
        return round(self.step * STEP_S + later_s, 4)

    def _later(self, later_s: float, action: str, **args: Any) -> None:
        self.plan((self.step + 1) * STEP_S + later_s, action, args)

    def _twitch(self, seconds: float, load: Keys, part: float, shift: Keys, ml_mm: float, ap_mm: float) -> None:
        curves = (Curve.over_s(self.step, seconds, keys, size) for keys, size in ((load, part), (shift, ml_mm), (shift, ap_mm)))
        self._twitches.append(Twitch(*curves))

    def step_on(self) -> None:
        if not self.on:
            first_mm = self._half_mm if self._rng.random() < 0.5 else -self._half_mm
            self._place = Glide((first_mm, -20.0))  # one foot first, then the other
            self._place.send(self.step, self._home, 0.9)
            self._lean = (Lean(), Lean())
            self._presence = Curve.over_s(self.step, STEP_ON_S, ((0.0, self._presence.value(self.step)), *STEP_ON))
            self.on, self.side, self._known = True, "", True

    def step_off(self) -> None:
        if self.on:
            self.truth.end_hold("step-off", self._now_s(HALF_OFF_S))
            self._presence = Curve.over_s(self.step, STEP_OFF_S, STEP_OFF, self._presence.value(self.step))
            self.on, self.side = False, ""

    def stand_on(self, side: str) -> None:
        """The other foot is lifted. The hold begins when that foot carries less than 5 %."""
        if self.on and self.side != side:
            self.truth.end_hold("touch-down", self._now_s(DOWN_S))
            self.side = side
            self.stand()
            mark_mm = self._half_mm if side == "right" else -self._half_mm
            self._place.send(self.step, (mark_mm + self._home[0], self._home[1]), GLIDE_S)
            self.truth.begin_hold(side, self._now_s(LIFTED_S))

    def both_feet(self, seconds: float = GLIDE_S) -> None:
        if self.side:
            self.truth.end_hold("touch-down", self._now_s(DOWN_S * seconds / GLIDE_S))
            self.side = ""
            self._place.send(self.step, self._home, seconds)

    def tap(self, dip_pct: float | None = None, ml_mm: float = 0.0, ap_mm: float = 30.0, seconds: float = 0.35) -> None:
        """Heel of the free foot on the floor beside the plate: a smooth dip of the load, the CoP moves under the standing foot."""
        if self.on:
            dip = float(self._rng.uniform(6, 12)) if dip_pct is None else dip_pct
            self._twitch(seconds, PULSE, -dip / 100, PULSE, ml_mm, ap_mm)
            span = {"t_s": self._now_s(seconds / 2), "start_s": self._now_s(), "end_s": self._now_s(seconds)}
            self.truth.taps.append({**span, "dip_pct": round(dip, 3), "side": self.side})

    def lean(self, ml_mm: float = 0.0, ap_mm: float = 0.0) -> None:
        """To a point of the plate with both feet down; on one leg, that far from the foot's mark."""
        for axis, to_mm, limit_mm, home_mm in zip(self._lean, (ml_mm, ap_mm), LEAN_LIMIT_MM, self._home, strict=True):
            from_home = to_mm if self.side else to_mm - home_mm
            axis.target_mm = min(max(from_home, -limit_mm), limit_mm)

    def stand(self) -> None:
        for axis in self._lean:
            axis.target_mm = 0.0

    def eyes(self, closed: bool) -> None:
        self._eyes_closed = closed

    def put(self, name: str, kg: float, ml_mm: float, ap_mm: float) -> None:
        """Dead weight at a point of the plate."""
        self._things.put(self.step, name, kg, ml_mm, ap_mm)

    def take(self, name: str) -> None:
        self._things.take(self.step, name)

    def press(self, corner: int, kg: float = PRESS_KG, seconds: float = PRESS_S) -> None:
        """A push by hand close to a cell (index into CELLS), held for a while, then let go."""
        ml_mm, ap_mm = self._cells_mm[corner]
        name = f"hand {self.step} {corner}"
        self._things.put(self.step, name, kg, PRESS_AT * ml_mm, PRESS_AT * ap_mm)
        self._later(seconds, "take", name=name)

    def support(self, dip_pct: float = 10.0, seconds: float = 0.6) -> None:
        """A hand on the rail takes part of the weight."""
        self.truth.end_hold("support", self._now_s())
        self._twitch(seconds, PLATEAU, -dip_pct / 100, PLATEAU, 12.0, 5.0)

    def hop(self) -> None:
        if self.on:
            self.truth.end_hold("hop", self._now_s())
            self._twitch(HOP_S, HOP, 1.0, PLATEAU, 0.0, 10.0)
            self._later(HOP_S * 0.5, "both-feet")

    def stumble(self) -> None:
        """The CoP runs to the edge of the foot; a step, or the other foot, catches it."""
        if self.on:
            self.truth.end_hold("stumble", self._now_s())
            self._twitch(STUMBLE_S, PULSE, 0.06, STUMBLE, 0.0, 90.0)
            self._later(0.2, "both-feet", seconds=0.3)

    def end(self) -> None:
        raise EndOfBoard

    # -- body --------------------------------------------------------------------------------------------------------------------

    def _segment(self, n: int) -> Floats:
        k = np.arange(self.step, self.step + n, dtype=np.float64)
        presence = self._presence.at(k)
        felt = self._body(k, presence) if self._known else np.zeros((n, 3))
        felt += self._things.loads(k, pad=False)
        stands = felt[:, 0] > 1.0
        weight = np.where(stands, felt[:, 0], np.nan)
        self.truth.keep(k, felt[:, 0], felt[:, 1] / weight, felt[:, 2] / weight)
        return felt + self._things.loads(k, pad=True)

    def _body(self, k: Floats, presence: Floats | float) -> Floats:
        stance = "single-leg" if self.side else "two-leg"
        eyes = "closed" if self._eyes_closed or self._always_closed else "open"
        surface = "foam" if self._always_foam or "pad" in self._things else "firm"
        sway_ml, sway_ap = self._pendulum.sway(len(k), SWAY[stance, eyes, surface])
        place_ml, place_ap = self._place.at(k)
        ml, ap = place_ml + sway_ml + self._lean[0].run(len(k)), place_ap + sway_ap + self._lean[1].run(len(k))
        share = 1.0 + BREATH_PART * np.sin(2 * np.pi * BREATH_HZ * STEP_S * k) + HEART_PART * np.sin(2 * np.pi * HEART_HZ * STEP_S * k)
        for twitch in self._twitches:
            share = share + twitch.load.at(k)
            ml, ap = ml + twitch.ml_mm.at(k), ap + twitch.ap_mm.at(k)
        self._twitches = [t for t in self._twitches if not t.load.over(int(k[-1]) + 1)]
        felt = np.empty((len(k), 3))
        felt[:, 0] = load = self.weight_n * presence * np.maximum(share, 0.0)
        felt[:, 1], felt[:, 2] = load * ml, load * ap
        return felt


def _bag(person: Person, kg: float = BAG_KG, ml_mm: float = 60.0, ap_mm: float = -80.0) -> None:
    person.put("bag", kg, ml_mm, ap_mm)


def _put(person: Person, ml_mm: float, ap_mm: float, kg: float = WEIGHT_KG, name: str = "weight") -> None:
    person.put(name, kg, ml_mm, ap_mm)


ACTIONS: dict[str, Callable[..., None]] = {
    "step-on": Person.step_on,
    "step-off": Person.step_off,
    "lift-left": lambda person: person.stand_on("right"),
    "lift-right": lambda person: person.stand_on("left"),
    "both-feet": Person.both_feet,
    "tap": Person.tap,
    "lean": Person.lean,
    "stand": Person.stand,
    "close-eyes": lambda person: person.eyes(True),
    "open-eyes": lambda person: person.eyes(False),
    "put-pad-on": lambda person: person.put("pad", PAD_KG, 0.0, 0.0),
    "take-pad-off": lambda person: person.take("pad"),
    "bag-on": _bag,  # or any dead weight: kg, ml_mm, ap_mm
    "bag-off": lambda person: person.take("bag"),
    "second-person": lambda person: person.put("second", SECOND_KG, -40.0, -90.0),
    "second-person-off": lambda person: person.take("second"),
    "press": Person.press,  # corner: index into CELLS; kg, seconds
    "put": _put,  # a calibration weight: ml_mm, ap_mm, kg
    "take": lambda person, name="weight": person.take(name),
    "support": Person.support,
    "hop": Person.hop,
    "stumble": Person.stumble,
    "end": Person.end,  # the board is over: EndOfBoard
}
"""What a simulated person can be told to do. `lift-left` lifts the left foot: the right leg stands."""
