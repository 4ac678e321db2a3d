"""A scripted person in front of a flow: stands, leans, steps off; presses; and what the station did and showed meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from math import pi, sin
from typing import Self

import numpy as np

from station.core.frames import FS_HZ, STEP_NS, Frames, Plate
from station.core.geometry import Geometry
from station.core.readings import Readings
from station.core.scene import Scene
from station.flow.effects import FlowEffect, LookUpPeople
from station.flow.flow import Flow
from station.flow.intents import Intent, Point
from station.flow.shop import PersonCard, Shop
from station.protocols.loader import load_all

BW_N = 700.0
BLOCK = 10
RUNNER = PersonCard("uuid-runner", "Kiwi", "fox", "self")
PROTOCOLS = load_all()


def shop(**kw: object) -> Shop:
    return Shop(PROTOCOLS, **kw)  # type: ignore[arg-type]


def numbered() -> Iterator[str]:
    n = 0
    while True:
        n += 1
        yield f"id-{n}"


class Floor:
    """Each verb lasts `s` seconds. `known`: who the store finds for whoever steps on."""

    def __init__(self, the_shop: Shop | None = None, known: tuple[PersonCard, ...] = ()) -> None:
        ids = numbered()
        self.flow = Flow(the_shop or shop(), new_id=lambda: next(ids))
        self.known = known
        self.effects: list[FlowEffect] = []
        self.seen: list[tuple[float, Scene]] = []  # every picture, with its time in s
        self._n = 0

    @property
    def now_s(self) -> float:
        return self._n / FS_HZ

    @property
    def scene(self) -> Scene:
        return self.flow.scene(self._n * STEP_NS)

    @property
    def screens(self) -> list[str]:
        """Names of the pictures in order, each once in a row."""
        names = [scene.name for _, scene in self.seen]
        return [b for a, b in zip(["", *names], names, strict=False) if a != b]

    def first(self, name: str) -> float:
        """Seconds at which a screen was first seen."""
        return next(t for t, scene in self.seen if scene.name == name)

    def of(self, kind: type) -> list[FlowEffect]:
        return [e for e in self.effects if isinstance(e, kind)]

    def empty(self, s: float) -> Self:
        return self.go(s, 0.0, state="empty")

    def stand(self, s: float, ml_mm: float = 0.0, ap_mm: float = 0.0, *, bw_n: float = BW_N, pad: bool = False) -> Self:
        return self.go(s, bw_n, ml_mm, ap_mm, state="loaded", pad=pad)

    def lean(self, way: str, s: float = 1.2) -> Self:
        """Towards a card and back to the middle."""
        ml, ap = {"left": (-40.0, 0.0), "front": (0.0, 40.0), "right": (40.0, 0.0), "front-left": (-30.0, 30.0)}[way]
        return self.stand(s, ml, ap).stand(0.5)

    def leg(self, s: float, side: str) -> Self:
        return self.stand(s, (0.5 if side == "right" else -0.5) * Geometry().marks_mm)

    def go(self, s: float, load_n: float, ml_mm: float = 0.0, ap_mm: float = 0.0, *, state: str, pad: bool = False) -> Self:
        plate = Plate(state=state, zero_checked=True, pad=pad, load_n=load_n)
        left = round(s * FS_HZ)
        while left > 0:
            n = min(BLOCK, left)
            left -= n
            self._block(n, load_n, ml_mm, ap_mm, plate)
        return self

    def press(self, intent: Intent | Point) -> Self:
        self.did(self.flow.press(intent))
        return self

    def _block(self, n: int, load_n: float, ml_mm: float, ap_mm: float, plate: Plate) -> None:
        frames, readings = self._frames(n, load_n, ml_mm, ap_mm), self._readings(n)
        self._n += n
        self.did(self.flow.feed(readings, frames, plate, self._n * STEP_NS, lambda since_ns: since_ns))
        self.seen.append((self.now_s, self.scene))

    def did(self, effects: list[FlowEffect]) -> None:
        self.effects += effects
        if any(isinstance(e, LookUpPeople) for e in effects):
            self.flow.people(self.known)

    def _frames(self, n: int, load_n: float, ml_mm: float, ap_mm: float) -> Frames:
        t_ns = (self._n + np.arange(n, dtype=np.int64)) * STEP_NS
        t = t_ns / 1e9
        load = load_n * (1 + 0.002 * np.sin(2 * pi * 1.1 * t))
        ml = ml_mm + 2 * np.sin(2 * pi * 0.3 * t) if load_n else np.full(n, np.nan)
        ap = ap_mm + 3 * np.sin(2 * pi * 0.23 * t) if load_n else np.full(n, np.nan)
        force = np.tile(load[:, None] / 4, (1, 4))
        return Frames(t_ns, force, load, ml, ap, np.ones(n, np.bool_), np.zeros(n, np.uint16))

    def _readings(self, n: int) -> Readings:
        t_ns = (self._n + np.arange(n, dtype=np.int64)) * STEP_NS
        count = [round(1000 * sin(k)) + k for k in range(4 * self._n, 4 * (self._n + n))]
        return Readings.of(np.tile(np.arange(4), n), np.repeat(t_ns, 4), count, np.zeros(4 * n), int(t_ns[-1]))
