"""Quiet stance on four simulated chips through the true driver, with faults of every kind thrown in: who is caught, and by whom.

A fault hits one cell (a busy computer: all). What is right is the load itself, not what the chip sent.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from dataclasses import dataclass, field

import numpy as np
from fake_lgpio import HANDLE, FakeLgpio

from hardware.chip import Bench, Chip
from hardware.fast_pins import FastPins
from hardware.hx711 import Hx711Board
from station.core.clockwork import EdgeClock
from station.core.gate import LIMIT_KG
from station.core.readings import USABLE, Flag, Readings
from station.core.resample import CellTrack

MS = 1_000_000
COUNTS_PER_G = 42.95  # 100 kg cell of 2 mV/V
COUNTS_PER_MV_V = 1e-3 * 128 * (1 << 24)
PPM = (-30_000, 0, 12_000, 20_000)
BAD = 0xFFFF & ~int(USABLE)
WRONG_G = 50.0
CALM_NS = 150 * MS
"""A reading further from every fault has no excuse for a flag; settling after a reset takes 100 ms."""
ONE_WORD = ("flipped", "shifted", "extra", "garbage", "open_bridge_hi", "open_bridge_lo", "reversed", "gain")
WIRES = ("dout_high", "dout_low", "sck_open", "sck_high")
KINDS = (*ONE_WORD, *WIRES, "stuck", "busy", "asleep")


@dataclass
class Tally:
    """Of one kind of fault: how often it was thrown in, how many words were wrong by more than 50 g, who caught them."""

    thrown: int = 0
    wrong: int = 0
    caught: Counter[str] = field(default_factory=Counter)
    worst_accepted_g: float = 0.0


@dataclass
class Toll:
    """What a storm did. conversions: that the chips made; words: that were read; calm: far from any fault; false: flagged or kept
    out among these."""

    conversions: int
    words: int
    calm: int
    false: int
    kinds: dict[str, Tally]

    def table(self) -> str:
        rows = [f"{'kind':16}{'thrown':>8}{'wrong':>8}{'flag':>8}{'reset':>8}{'clock':>8}{'gate':>8}{'missed':>8}{'worst g':>9}"]
        for kind, t in self.kinds.items():
            by = [t.caught[who] for who in ("flag", "reset", "clock", "gate", "accepted")]
            rows.append(f"{kind:16}{t.thrown:8}{t.wrong:8}" + "".join(f"{n:8}" for n in by) + f"{t.worst_accepted_g:9.1f}")
        share = 100 * self.false / max(self.calm, 1)
        rows.append(
            f"{self.conversions} conversions, {self.words} words, {self.false} false alarms of {self.calm} calm words ({share:.3f} %)"
        )
        return "\n".join(rows)


def stance_kg(cell: int, t_s: float) -> float:
    """A quarter of 70 kg, swaying a third of a kilogram."""
    return 17.5 + 0.25 * math.sin(1.9 * t_s + cell) + 0.1 * math.sin(5.3 * t_s + 2 * cell) + 0.01 * math.sin(25 * t_s + 3 * cell)


class Storm:
    """share: of conversions that a fault hits. Chips with the noise of the datasheet and its jitter, periods -3 to +2 % off."""

    def __init__(self, seed: int, *, share: float = 0.02, op_ns: int = 5_000, fast: bool = True) -> None:
        self._rng = random.Random(seed)
        self.chips = [
            Chip(lambda t_ns, _, k=k: stance_kg(k, t_ns * 1e-9) / 50.0, ppm=ppm, seed=seed * 4 + k, jitter_ns=500)  # type: ignore[misc]
            for k, ppm in enumerate(PPM)
        ]
        self.bench = Bench(self.chips, op_ns=op_ns, latency_ns=lambda: self._rng.randint(0, 300_000), limit_s=1e6)
        pins = FastPins(self.bench.pins(), FakeLgpio(self.bench), HANDLE, clock=self.bench) if fast else self.bench.pins()
        self.board = Hx711Board(pins)
        self._share = share
        self.hits: list[list[tuple[int, int, str]]] = [[] for _ in PPM]
        self.thrown: Counter[str] = Counter()
        self._next_ns = [self._gap_ns() + 2_000 * MS for _ in PPM]

    def run(self, seconds: float) -> Toll:
        end_ns = self.bench.now_ns() + seconds * 1e9
        blocks = []
        while self.bench.now_ns() < end_ns:
            self._throw()
            blocks.append(self.board.read(0.05))
        return self._judge(blocks)

    def _gap_ns(self) -> int:
        """From the end of one fault of a cell to the next: the share of conversions, but never closer than ten of them."""
        return round(125 * MS + self._rng.expovariate(1.0) * max(0.0, 12.5 * MS / self._share - 205 * MS)) if self._share else 1 << 62

    def _throw(self) -> None:
        now_ns = self.bench.now_ns()
        for cell, due_ns in enumerate(self._next_ns):
            if now_ns >= due_ns:
                self._hit(cell, self._rng.choice(KINDS))
                self._next_ns[cell] = self.hits[cell][-1][1] + self._gap_ns()

    def _hit(self, cell: int, kind: str) -> None:
        rng, chip, now_ns = self._rng, self.chips[cell], self.bench.now_ns()
        self.thrown[kind] += 1
        edge_ns = max(now_ns, chip.next_ns)
        if kind == "busy":
            for_ns = round(10 ** rng.uniform(4.3, 7.5))
            self.bench.preempt(in_ops=rng.randint(1, 300), for_ns=for_ns)
            self._note(range(4), now_ns, now_ns + 50 * MS + for_ns, kind)
            return
        from_ns, for_ns = edge_ns - MS, 2 * MS
        if kind == "asleep":
            kind, from_ns, for_ns = "sck_high", edge_ns + rng.randint(-3 * MS, 2 * MS), rng.randint(70_000, 400_000)
        elif kind in WIRES:
            from_ns, for_ns = edge_ns + rng.randint(-3 * MS, 2 * MS), round(10 ** rng.uniform(4.0, 7.8))
        elif kind == "stuck":
            for_ns = rng.randint(12, 25) * round(12.5 * MS)
        chip.fault(kind, from_ns, for_ns)
        self._note([cell], from_ns - 5 * MS, from_ns + for_ns + 30 * MS, kind)

    def _note(self, cells: range | list[int], from_ns: int, to_ns: int, kind: str) -> None:
        for cell in cells:
            self.hits[cell].append((from_ns, to_ns, kind))

    def _judge(self, blocks: list[Readings]) -> Toll:
        kinds = {kind: Tally(thrown=self.thrown[kind]) for kind in KINDS}
        columns = [np.concatenate([getattr(b, name) for b in blocks]) for name in ("cell", "t_ns", "count", "flag")]
        words = calm = false = 0
        for cell in range(4):
            rows = list(zip(*(column[columns[0] == cell].tolist() for column in columns[1:]), strict=True))
            fate, words = self._fates(rows), words + len(rows)
            n, wrong = self._weigh(cell, rows, fate, kinds)
            calm, false = calm + n, false + wrong
        return Toll(sum(len(chip.truth) for chip in self.chips), words, calm, false, kinds)

    def _fates(self, rows: list[tuple[int, int, int]]) -> list[str]:
        """Who kept each reading out: the driver's flag, the next reading's RESET, the core's clock, the gate; or nobody."""
        clock, track = EdgeClock(2), CellTrack(self.board.timing, LIMIT_KG * 1000 * COUNTS_PER_G)
        fates, edge_of = [], {}
        for i, (t_ns, count, flag) in enumerate(rows):
            sample_ns = clock.step(t_ns, bool(flag & Flag.RESET))
            track.add(t_ns, count, flag)
            if sample_ns is not None:
                edge_of[sample_ns] = i
            before_reset = i + 1 < len(rows) and rows[i + 1][2] & Flag.RESET
            fates.append("flag" if flag & BAD else "reset" if before_reset else "clock" if sample_ns is None else "accepted")
            track.forget(t_ns - 200 * MS)
        for sample_ns in track.gated_ns:
            i = edge_of[sample_ns]
            fates[i] = "gate" if fates[i] == "accepted" else fates[i]
        return fates

    def _weigh(self, cell: int, rows: list[tuple[int, int, int]], fates: list[str], kinds: dict[str, Tally]) -> tuple[int, int]:
        """Fills the tallies; (calm readings, false alarms among them)."""
        hits, at, calm, false = sorted(self.hits[cell]), 0, 0, 0
        delay_ns = 2 * 12.5 * MS * (1 + PPM[cell] * 1e-6)
        for (t_ns, count, _), fate in zip(rows, fates, strict=True):
            while at < len(hits) - 1 and hits[at + 1][0] <= t_ns:
                at += 1
            off_g = abs(count - stance_kg(cell, (t_ns - delay_ns) * 1e-9) / 50.0 * COUNTS_PER_MV_V) / COUNTS_PER_G
            near = [h for h in hits[max(0, at - 5) : at + 2] if h[0] <= t_ns < h[1] + CALM_NS]
            if not near and t_ns > 1_000 * MS:
                calm, false = calm + 1, false + (fate in ("flag", "gate"))
            tally = kinds[_blamed(t_ns, near)]
            if off_g > WRONG_G:
                tally.wrong += 1
                tally.caught[fate] += 1
            if fate == "accepted":
                tally.worst_accepted_g = max(tally.worst_accepted_g, off_g)
        return calm, false


def _blamed(t_ns: int, near: list[tuple[int, int, str]]) -> str:
    """The kind that a word is booked under: a frozen code before all, then what is going on now, then what was last."""
    kinds = [kind for _, to_ns, kind in near if t_ns < to_ns] or [kind for _, _, kind in near] or ["busy"]
    return "stuck" if any(kind == "stuck" for _, _, kind in near) else kinds[-1]
