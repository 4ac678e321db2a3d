"""A stand-in for RPi.GPIO on the chip model, in virtual time: packages that read an HX711 run on it as they are.

Off a Pi `RPi.GPIO` cannot be imported, so `running(pi)` puts this one in its place, lets the package be imported anew and hands it
the virtual clock. Foreign packages alone are patched, nothing of the product.
"""

from __future__ import annotations

import importlib
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import ModuleType, SimpleNamespace

from hardware.chip import WAKE_NS, Chip
from hardware.pi import CELL_LINES, CellLine

BCM, OUT, IN, PUD_OFF, PUD_UP = 11, 0, 1, 20, 22


class Hangs(Exception):
    """A call took longer than the test allows."""


class FakePi:
    """A computer with chips on its header and a clock that moves when a line is used or somebody sleeps.

    op_ns: cost of one line operation; latency_ns: how late it is back from each sleep; busy: lines that another program holds;
    pulled_up: inputs with their pull-up on.
    """

    def __init__(
        self,
        chips: Sequence[Chip],
        *,
        lines: Sequence[CellLine] = CELL_LINES,
        op_ns: int = 5_000,
        preempt: Mapping[int, int] | None = None,
        latency_ns: Callable[[], int] = lambda: 0,
        busy: Iterable[int] = (),
    ) -> None:
        self.ops = 0
        self.pulled_up: set[int] = set()
        self.setups: list[int] = []
        self._now_ns = 0
        self._limit_ns: float = float("inf")
        self._op_ns, self._latency_ns, self._busy = op_ns, latency_ns, frozenset(busy)
        self._preempt = dict(preempt or {})
        self._directions: dict[int, int] = {}
        self._mode: int | None = None
        self._clocked: dict[int, list[Chip]] = {}
        self._data: dict[int, Chip] = {}
        for chip, line in zip(chips, lines, strict=True):
            self._clocked.setdefault(line.sck, []).append(chip)
            self._data[line.dout] = chip

    def now_ns(self) -> int:
        return self._now_ns

    def sleep(self, seconds: float) -> None:
        self._pass(round(seconds * 1e9) + WAKE_NS + self._latency_ns())

    def allow(self, seconds: float) -> None:
        """Raises Hangs when more than this passes before the next `allow`."""
        self._limit_ns = self._now_ns + seconds * 1e9

    def preempt(self, in_ops: int, for_ns: int) -> None:
        """Take the processor away for a while, before the operation that comes `in_ops` from now (1 is the next)."""
        self._preempt[self.ops + in_ops] = for_ns

    def _pass(self, ns: int) -> None:
        self._now_ns += ns
        if self._now_ns > self._limit_ns:
            raise Hangs(f"at {self._now_ns / 1e9:.1f} s")

    def _op(self) -> int:
        self.ops += 1
        now_ns = self._now_ns + self._op_ns
        if self._preempt:
            now_ns += self._preempt.pop(self.ops, 0)
        self._now_ns = now_ns
        if now_ns > self._limit_ns:
            self._pass(0)
        return now_ns

    # -- what RPi.GPIO offers ------------------------------------------------------------------------------------------------------

    def setmode(self, mode: int) -> None:
        self._mode = mode

    def setup(self, channel: int, direction: int, pull_up_down: int = PUD_OFF, initial: int = -1) -> None:
        if self._mode is None:
            raise RuntimeError("Please set pin numbering mode using GPIO.setmode(GPIO.BOARD) or GPIO.setmode(GPIO.BCM)")
        if channel in self._busy:
            raise RuntimeError("GPIO busy")
        self._op()
        self.setups.append(channel)
        self._directions[channel] = direction
        (self.pulled_up.add if pull_up_down == PUD_UP else self.pulled_up.discard)(channel)

    def output(self, channel: int, level: int) -> None:
        if self._directions.get(channel) != OUT:
            raise RuntimeError("The GPIO channel has not been set up as an OUTPUT")
        now_ns = self._op()
        for chip in self._clocked[channel]:
            chip.sck(now_ns, bool(level))

    def input(self, channel: int) -> int:
        if channel not in self._directions:
            raise RuntimeError("You must setup() the GPIO channel first")
        return int(self._data[channel].dout(self._op()))

    def cleanup(self, channels: int | Sequence[int] | None = None) -> None:
        """Lines become inputs; a clock line falls, for the Pi pulls it down."""
        if channels is None:
            self._mode, channels = None, tuple(self._directions)
        for channel in (channels,) if isinstance(channels, int) else channels:
            if self._directions.pop(channel, None) == OUT:
                for chip in self._clocked[channel]:
                    chip.sck(self._now_ns, False)
            self.pulled_up.discard(channel)

    @property
    def claimed(self) -> set[int]:
        return set(self._directions)

    def module(self) -> ModuleType:
        gpio = ModuleType("RPi.GPIO")
        for name in ("setmode", "setup", "output", "input", "cleanup"):
            setattr(gpio, name, getattr(self, name))
        gpio.__dict__.update(BCM=BCM, OUT=OUT, IN=IN, HIGH=1, LOW=0, PUD_OFF=PUD_OFF, PUD_UP=PUD_UP, setwarnings=lambda on: None)
        return gpio


@contextmanager
def running(pi: FakePi) -> Iterator[None]:
    """Inside, `import hx711` and `import hx711_multi` give the real packages, on this computer."""
    ours = ("RPi", "hx711", "hx711_multi")
    kept = {name: sys.modules.pop(name) for name in tuple(sys.modules) if name.partition(".")[0] in ours}
    gpio = pi.module()
    package = ModuleType("RPi")
    package.__dict__["GPIO"] = gpio
    sys.modules.update({"RPi": package, "RPi.GPIO": gpio})
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of the packages
            _give_time(pi)
            yield
    finally:
        for name in tuple(sys.modules):
            if name.partition(".")[0] in ours:
                del sys.modules[name]
        sys.modules.update(kept)


def _give_time(pi: FakePi) -> None:
    """Each package's `time` becomes the virtual one."""

    def perf_counter() -> float:
        return pi.now_ns() / 1e9

    importlib.import_module("hx711").__dict__["time"] = SimpleNamespace(perf_counter=perf_counter, sleep=pi.sleep)
    try:
        multi = importlib.import_module("hx711_multi.hx711")
    except ModuleNotFoundError:  # only the comparison of packages needs it
        return
    multi.__dict__.update(perf_counter=perf_counter, sleep=pi.sleep)


@contextmanager
def rpi_gpio_that_raises(failure: Exception) -> Iterator[None]:
    """Inside, importing RPi.GPIO fails as on a computer that is no Pi, or with the wrong library on a Pi 5."""

    class Finder:
        @staticmethod
        def find_spec(name: str, path: object = None, target: object = None) -> None:
            if name == "RPi" or name.startswith("RPi."):
                raise failure

    kept = {name: sys.modules.pop(name) for name in tuple(sys.modules) if name.partition(".")[0] in ("RPi", "hx711")}
    sys.meta_path.insert(0, Finder)  # type: ignore[arg-type]
    try:
        yield
    finally:
        sys.meta_path.remove(Finder)  # type: ignore[arg-type]
        sys.modules.pop("hx711", None)
        sys.modules.update(kept)
