"""Is the board warm and quiet enough to be weighed with? A minute of nothing, looked at cell by cell."""

from __future__ import annotations

from collections import deque

import numpy as np

from station.core.corners import corner_words
from station.core.geometry import GRAVITY_M_S2
from station.core.readings import Edge, Timing
from station.core.sheet import Answer, CellView, Sheet
from station.service.feel import LEAST_RATE_HZ, MOST_RATE_HZ, SLICE_S, Feel, Slice
from station.service.fit import Floats
from station.service.guide import Leaves
from station.words import Num, Words, say

WATCH_S = 60.0
MOST_DRIFT_G_MIN = 20.0
MOST_NOISE_G = 10.0
MOVED_G = 250.0
"""From one tenth of a second to the next: somebody touched the plate."""
MOST_MISSING = 20
"""Tenths in a row: after two seconds without a value the minute begins again."""
LOOK_EVERY = 5
SOON_S = 15.0
"""From here on a cell that is far off is told, long before the minute is over."""


class WarmUp:
    """Passes when over the last minute every cell drifts less than 20 g a minute, its SD is below 10 g and its rate 75-100 Hz.

    Grams are by the nominal gains: a cell of half their sensitivity is held to twice the figures. A cold board simply takes longer: the
    minute slides on until it passes.
    """

    def __init__(self, feel: Feel, timing: Timing, gain_n_per_count: float) -> None:
        self._feel = feel
        self._rated = isinstance(timing, Edge)
        self._gram = gain_n_per_count / GRAVITY_M_S2 * 1000.0
        self._slices: deque[Slice] = deque(maxlen=round(WATCH_S / SLICE_S))
        self._missing = 0
        self._seen = 0
        self._problem: Words | None = None
        self._passes = False
        self.leaves: Leaves = ""
        self.drift_g_min: Floats = np.zeros(4)
        self.noise_g: Floats = np.zeros(4)

    @property
    def rest_count(self) -> Floats:
        """(4,) raw counts of the last ten seconds."""
        return np.asarray(np.mean([s.counts for s in list(self._slices)[-100:]], axis=0), np.float64)

    def feed(self, slice: Slice) -> None:
        self._seen += 1
        if not slice.whole:
            self._missing += 1
            if self._missing > MOST_MISSING:
                self._again(None)
            return
        self._missing = 0
        last = self._slices[-1] if self._slices else slice
        if max(np.abs(slice.counts - last.counts).max(), slice.sd.max()) * self._gram > MOVED_G:
            self._again(say("calibrate.warm-up.moved"))
        self._slices.append(slice)
        if self._seen % LOOK_EVERY == 0 and len(self._slices) * SLICE_S >= SOON_S:
            self._look()

    def _again(self, problem: Words | None) -> None:
        self._slices.clear()
        self._passes, self._problem = False, problem

    def _look(self) -> None:
        t_min = np.array([s.t_ns for s in self._slices]) / 60e9
        grams = np.array([s.counts for s in self._slices]) * self._gram
        t_min = t_min - t_min.mean()
        self.drift_g_min = t_min @ (grams - grams.mean(axis=0)) / (t_min @ t_min)
        around = grams - grams.mean(axis=0) - np.outer(t_min, self.drift_g_min)
        within = np.array([s.sd for s in self._slices]) * self._gram
        self.noise_g = np.sqrt(np.mean(around**2, axis=0) + np.mean(within**2, axis=0))
        full = len(self._slices) == self._slices.maxlen
        self._problem = self._judge(1.0 if full else 2.0)
        self._passes = full and self._problem is None

    def _judge(self, allowed: float) -> Words | None:
        """The worst thing first; before the minute is full only what is twice over its limit."""
        rates = self._feel.rates_hz
        for i, hz in enumerate(rates):
            if self._rated and not LEAST_RATE_HZ <= hz <= MOST_RATE_HZ:
                return say("calibrate.warm-up.rate", cell=corner_words(i), hz=Num(hz, 1), least=Num(LEAST_RATE_HZ), most=Num(MOST_RATE_HZ))
        worst = int(np.argmax(self.noise_g))
        if self.noise_g[worst] >= MOST_NOISE_G * allowed:
            g = Num(float(self.noise_g[worst]), 1)
            return say("calibrate.warm-up.noise", cell=corner_words(worst), g=g, most=Num(MOST_NOISE_G))
        worst = int(np.argmax(np.abs(self.drift_g_min)))
        if abs(self.drift_g_min[worst]) >= MOST_DRIFT_G_MIN * allowed:
            g = Num(abs(float(self.drift_g_min[worst])))
            return say("calibrate.warm-up.drift", cell=corner_words(worst), g=g, most=Num(MOST_DRIFT_G_MIN))
        return None

    def answer(self, answer: Answer, weight_kg: float | None) -> None:
        if answer == "next" and self._passes:
            self.leaves = "on"

    def back(self) -> bool:
        self._again(None)
        return True

    @property
    def face(self) -> Sheet:
        if self._passes:
            words, do = say("calibrate.warm-up.ready"), say("calibrate.next")
        elif self._problem is not None and len(self._slices) == self._slices.maxlen:
            words, do = say("calibrate.warm-up.waiting", minutes=Num(int(self._seen * SLICE_S / 60))), say("calibrate.warm-up.do")
        else:
            words, do = say("calibrate.warm-up"), say("calibrate.warm-up.do")
        return Sheet(
            "calibrate",
            "warm-up",
            say=words,
            do=do,
            problem=self._problem,
            progress=1.0 if self._passes else len(self._slices) * SLICE_S / WATCH_S,
            asks="next" if self._passes else "",
            does="step-off",
            cells=self._views(),
        )

    def _views(self) -> tuple[CellView, ...]:
        judged = len(self._slices) * SLICE_S >= SOON_S
        return tuple(
            CellView(noise_g=float(noise_g) if judged else None, ok=self._cell_ok(i) if judged else None)
            for i, noise_g in enumerate(self.noise_g)
        )

    def _cell_ok(self, i: int) -> bool:
        quiet = bool(self.noise_g[i] < MOST_NOISE_G and abs(self.drift_g_min[i]) < MOST_DRIFT_G_MIN)
        return quiet and (not self._rated or LEAST_RATE_HZ <= self._feel.rates_hz[i] <= MOST_RATE_HZ)
