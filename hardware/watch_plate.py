"""What only the four cells together can tell: corners that disagree, swapped corners, a board that was knocked or has drifted.

A rigid plate on four feet has three unknowns (load and two moments) and four cells: F0 - F1 - F2 + F3, the *twist*, is nearly nothing
whoever stands where. Thresholds are our own; a soft plate needs the learnt terms of its calibration.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from station.core.calibration import Calibration, Row
from station.core.frames import Plate
from station.core.geometry import GRAVITY_M_S2, Geometry

S = 1_000_000_000
SIGNS = (1.0, -1.0, -1.0, 1.0)  # of each of CELLS in the twist
LEAST_KG = 20.0  # below it a per cent is a matter of grams
TWIST_SHARE, TWIST_NS = 0.01, S
UNLEARNT_SHARE = 0.03  # where nobody has learnt what this plate does
LEARN_LOOKS = 150  # four and a half seconds of standing
LEARNT_MARGIN_MM = 20.0
LIFTED_SHARE = 0.05  # a foot that carries less than this hangs in the air
BESIDE_NS = (600_000_000, 100_000_000)  # before and after a change, leaving out what the medians smear
SWAP_LOOKS = 130  # four seconds
SWAP_RANGE, SWAP_REST = 0.10, 0.25  # of the load; of the range that is left when two sides are exchanged in thought
OFFSET_KG = 0.2
SHOWN_NS = 5 * S  # how long a knock that is over by now is told


@dataclass(frozen=True, slots=True)
class Look:
    """The four cells at one moment, newtons, with load and moments (N, N mm) by the calibration's matrix."""

    t_ns: int
    force_n: Row
    load_n: float
    mx_nmm: float
    my_nmm: float

    @property
    def twist_n(self) -> float:
        a, b, c, d = self.force_n
        return a - b - c + d


class Weights:
    """From forces of the cells to load and moments, as the calibration says."""

    def __init__(self, calibration: Calibration) -> None:
        gain = calibration.gain_n_per_count
        self._rows = [[k / g if g else 0.0 for k, g in zip(row, gain, strict=True)] for row in calibration.matrix]

    def look(self, t_ns: int, force_n: Row) -> Look:
        a, b, c, d = force_n
        load, mx, my = (k[0] * a + k[1] * b + k[2] * c + k[3] * d for k in self._rows)
        return Look(t_ns, force_n, load, mx, my)


class Disagreement:
    """The corners disagree by more than 1 % of the load for a second.

    With the calibration's twist terms everywhere; without, the mean of the first seconds of standing is taken for the plate's own
    twist where that person stood, and elsewhere (or before) only 3 % of a calibrated board are told.
    `feed` gives (disagrees, cell): the cell whose change alone explains it, None when no single one does.
    """

    def __init__(self, geometry: Geometry, calibration: Calibration) -> None:
        self._cells_mm = geometry.cells_mm
        self._terms = calibration.twist
        self._calibrated = calibration.calibrated
        self._learning: list[tuple[float, float, float]] = []  # twist share, ml, ap
        self._own: tuple[float, float, float, float, float] | None = None  # share, least and most ml, least and most ap
        self._looks: deque[tuple[Look, float]] = deque(maxlen=84)
        self._since_ns: int | None = None
        self._sign = 0
        self._cell: int | None = None
        self._told = False

    def feed(self, look: Look) -> tuple[bool, int | None]:
        if look.load_n < LEAST_KG * GRAVITY_M_S2:
            self._looks.clear()
            self._since_ns, self._told = None, False
            return False, None
        share, limit = self._judged(look)
        self._looks.append((look, share))
        sign = 0 if limit is None or abs(share) <= limit else 1 if share > 0 else -1
        if sign != self._sign:
            self._sign, self._since_ns, self._told = sign, look.t_ns, False
        if not sign or self._since_ns is None or look.t_ns - self._since_ns < TWIST_NS:
            return False, None
        if not self._told:
            self._told, self._cell = True, self._lifted(look) if self._lifted(look) is not None else self._culprit(self._since_ns)
        return True, self._cell

    def _judged(self, look: Look) -> tuple[float, float | None]:
        """(twist that the plate does not explain, as a share of the load; the limit that holds there, None: nobody knows)."""
        load, ml_mm, ap_mm = look.load_n, look.mx_nmm / look.load_n, look.my_nmm / look.load_n
        share = look.twist_n / load
        if self._terms is not None:
            alpha, beta, gamma, delta = self._terms
            return share - (alpha + beta * ml_mm + gamma * ap_mm + delta * ml_mm * ap_mm), TWIST_SHARE
        if self._own is None:
            self._learn(share, ml_mm, ap_mm)
        elif self._own[1] <= ml_mm <= self._own[2] and self._own[3] <= ap_mm <= self._own[4]:
            return share - self._own[0], TWIST_SHARE
        return share, UNLEARNT_SHARE if self._calibrated else None

    def _learn(self, share: float, ml_mm: float, ap_mm: float) -> None:
        if self._calibrated and abs(share) > UNLEARNT_SHARE:
            self._learning.clear()
            return
        self._learning.append((share, ml_mm, ap_mm))
        if len(self._learning) >= LEARN_LOOKS:
            shares, mls, aps = zip(*self._learning, strict=True)
            least_ml, most_ml = min(mls) - LEARNT_MARGIN_MM, max(mls) + LEARNT_MARGIN_MM
            self._own = (sum(shares) / len(shares), least_ml, most_ml, min(aps) - LEARNT_MARGIN_MM, max(aps) + LEARNT_MARGIN_MM)

    @staticmethod
    def _lifted(look: Look) -> int | None:
        """The one foot that carries next to nothing while the three others carry."""
        light = [i for i, force_n in enumerate(look.force_n) if abs(force_n) < LIFTED_SHARE * look.load_n]
        return light[0] if len(light) == 1 else None

    def _culprit(self, onset_ns: int) -> int | None:
        """A person weighs the same before and after, and does not jump: the cell with whose error this is true, if only one."""
        far_ns, near_ns = BESIDE_NS
        before = [look for look, _ in self._looks if onset_ns - far_ns <= look.t_ns < onset_ns - near_ns]
        after = [look for look, _ in self._looks if onset_ns + near_ns < look.t_ns <= onset_ns + far_ns]
        if len(before) < 8 or len(after) < 8:
            return None
        error_n, load_n, mx, my = (_mean(after, name) - _mean(before, name) for name in ("twist_n", "load_n", "mx_nmm", "my_nmm"))
        whole_n = _mean(before, "load_n")
        apart = []
        for cell, (sign, (x, y)) in enumerate(zip(SIGNS, self._cells_mm, strict=True)):
            off_n = sign * error_n
            if abs(load_n - off_n) <= 0.3 * abs(off_n) + 0.005 * whole_n:
                apart.append((((mx - x * off_n) ** 2 + (my - y * off_n) ** 2) ** 0.5 / whole_n, cell))
        apart.sort()
        if not apart or (len(apart) > 1 and apart[0][0] > 0.6 * apart[1][0]):
            return None
        return apart[0][1]


def _mean(looks: list[Look], name: str) -> float:
    return float(sum(getattr(look, name) for look in looks) / len(looks))


class Swapped:
    """Left and right, or front and rear, of one pair of plugs are exchanged: the twist then follows the person's lean and vanishes
    when they are exchanged back in thought. Told only of a person who leans far on four standing feet; which of the two pairs, and an
    exchange across, the forces cannot say: pressing the corners can.
    """

    def __init__(self) -> None:
        self._rows: deque[tuple[float, float, float]] = deque(maxlen=SWAP_LOOKS)

    def feed(self, look: Look) -> bool:
        load = look.load_n
        if load < LEAST_KG * GRAVITY_M_S2 or min(look.force_n) < LIFTED_SHARE * load:
            self._rows.clear()
            return False
        a, b, c, d = look.force_n
        twist = look.twist_n / load
        self._rows.append((twist, (b - a - c + d) / load, (c - b - a + d) / load))
        if abs(twist) <= TWIST_SHARE or len(self._rows) < SWAP_LOOKS // 2:
            return False
        range_now, *others = (max(column) - min(column) for column in zip(*self._rows, strict=True))
        if range_now < SWAP_RANGE:
            return False
        rests = [abs(row[1 + k]) for k, rest in enumerate(others) if rest < SWAP_REST * range_now for row in self._rows]
        return bool(rests) and max(rests) < SWAP_REST * range_now


class Zeros:
    """The empty plate's zeros one after the other, and what it reads between them: a knock, or a slow drift, of more than 200 g."""

    def __init__(self, calibration: Calibration) -> None:
        self._gain = calibration.gain_n_per_count
        self._kept_kg: Row | None = None  # the zero that was last good
        self._last_kg: Row | None = None
        self._pad = False
        self._zeroed_ns = 0
        self._was_loaded = False
        self._until_ns = {"moved": 0, "drift": 0}
        self._offset_ns: int | None = None

    def feed(self, plate: Plate, look: Look | None, now_ns: int) -> list[str]:
        self._was_loaded |= plate.state == "loaded"
        if plate.zero_checked and plate.zeroed_ns != self._zeroed_ns:
            self._zeroed_ns = plate.zeroed_ns
            self._taken(plate, now_ns)
        if look is not None and plate.zero_checked and self._offset(look, now_ns):
            self._until_ns["moved"] = now_ns + 1
        return [kind for kind, until_ns in self._until_ns.items() if now_ns < until_ns]

    def _taken(self, plate: Plate, now_ns: int) -> None:
        a, b, c, d = (z * g / GRAVITY_M_S2 for z, g in zip(plate.zero_count, self._gain, strict=True))
        now_kg: Row = (a, b, c, d)
        if self._kept_kg is None or self._last_kg is None or plate.pad != self._pad:
            self._kept_kg = now_kg
        elif not self._was_loaded and _apart_kg(now_kg, self._last_kg) > OFFSET_KG:
            self._tell("moved", now_kg, now_ns)
        elif _apart_kg(now_kg, self._kept_kg) > OFFSET_KG:
            self._tell("drift", now_kg, now_ns)
        self._last_kg, self._pad, self._was_loaded = now_kg, plate.pad, False

    def _tell(self, kind: str, now_kg: Row, now_ns: int) -> None:
        self._kept_kg = now_kg
        self._until_ns[kind] = now_ns + SHOWN_NS

    def _offset(self, look: Look, now_ns: int) -> bool:
        """No thing on a rigid plate twists it: what reads so on a plate that carries next to nothing is a foot that was moved."""
        off = abs(look.twist_n) > OFFSET_KG * GRAVITY_M_S2 and abs(look.load_n) < 10 * GRAVITY_M_S2
        self._offset_ns = (now_ns if self._offset_ns is None else self._offset_ns) if off else None
        return self._offset_ns is not None and now_ns - self._offset_ns >= S


def _apart_kg(now: Row, before: Row) -> float:
    return max(abs(a - b) for a, b in zip(now, before, strict=True))
