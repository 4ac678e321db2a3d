"""What is true of this computer: which gpiochip carries the header, who owns a line, how the power is, which pins we use.

Nothing here imports gpiozero or lgpio: the questions are asked of the kernel, so that the station may ask them too.
Sources: linux/gpio.h (ioctl numbers and structures), Raspberry Pi documentation of `get_throttled`.
"""

from __future__ import annotations

import fcntl
import os
import struct
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from station.core.readings import CELLS
from station.errors import BoardError
from station.words import Num, Words, say

PI_LABELS = ("pinctrl-rp1", "pinctrl-bcm2711", "pinctrl-bcm2835")
"""Labels of the chip behind the 40-pin header: Pi 5, Pi 4, and all before. The chip's number changes with kernels, the label does not."""

HOT_C = 80.0
"""From here on a Raspberry Pi lowers its clock (documentation: soft limit 60 C on a 3B+, 80 C on all others, hard limit 85 C)."""

GET_CHIPINFO = 0x8044B401
GET_LINEINFO_V2 = 0xC100B405


@dataclass(frozen=True, slots=True)
class CellLine:
    """The two lines of one converter, BCM numbers."""

    sck: int
    dout: int


CELL_LINES = (CellLine(27, 22), CellLine(23, 24), CellLine(26, 6), CellLine(25, 5))
"""Default lines in the order of CELLS. SCK only on lines that a Pi pulls down at power-on: a pulled-up SCK puts a chip to sleep."""


@dataclass(frozen=True, slots=True)
class PinUse:
    """One row of the wiring table: what, its BCM line, its header pin and the nearest ground pin."""

    use: str
    bcm: int
    header: int
    ground: int


PINS = (
    PinUse("front_left SCK", 27, 13, 14),
    PinUse("front_left DOUT", 22, 15, 14),
    PinUse("front_right SCK", 23, 16, 20),
    PinUse("front_right DOUT", 24, 18, 20),
    PinUse("rear_left SCK", 26, 37, 39),
    PinUse("rear_left DOUT", 6, 31, 39),
    PinUse("rear_right SCK", 25, 22, 30),
    PinUse("rear_right DOUT", 5, 29, 30),
    PinUse("button go", 17, 11, 9),
    PinUse("button next", 16, 36, 34),
    PinUse("button stop", 13, 33, 34),
    PinUse("lamp", 12, 32, 34),
)


def pins_of(cell: int, lines: tuple[CellLine, ...] = CELL_LINES) -> Words:
    """Where a cell is plugged in, for the person with the screwdriver."""
    line = lines[cell]
    return say("hardware.pins", cell=cell_words(cell), sck=line.sck, dout=line.dout)


def cell_words(cell: int) -> Words:
    """The name of a cell, as a person at the board sees it."""
    return say(f"hardware.{CELLS[cell].replace('_', '-')}")


class ChipDenied(BoardError):
    """This is a Pi, but its gpiochip may not be opened."""

    def __init__(self, chip: str) -> None:
        super().__init__(say("hardware.chip-denied", chip=chip), say("hardware.chip-denied.do"))


def chip_label(path: Path) -> str:
    """The label that the driver of a gpiochip gave it. Raises OSError when it cannot be opened or is no gpiochip."""
    handle = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    try:
        info = fcntl.ioctl(handle, GET_CHIPINFO, bytes(68))
    finally:
        os.close(handle)
    return _text(info[32:64])


def find_gpiochip(dev: Path = Path("/dev"), label_of: Callable[[Path], str] = chip_label, model: Path | None = None) -> int | None:
    """Number n of the /dev/gpiochipN behind the Pi's header; None when this is no Pi. Never a guess.

    Raises ChipDenied on a Pi whose chips may not be opened: that is a Pi that needs its group, not a computer without pins.
    """
    denied = ""
    for number in sorted(int(p.name[8:]) for p in dev.glob("gpiochip*") if p.name[8:].isdigit()):
        path = dev / f"gpiochip{number}"
        try:
            label = label_of(path)
        except PermissionError:
            denied = denied or path.name
            continue
        except OSError:
            continue
        if label in PI_LABELS:
            return number
    if denied and _says_pi(model or Path("/proc/device-tree/model")):
        raise ChipDenied(denied)
    return None


def line_owner(chip: int, line: int, dev: Path = Path("/dev")) -> str:
    """Name of the program that holds a line (as the kernel knows it), "" when nobody does or nobody can say."""
    try:
        handle = os.open(dev / f"gpiochip{chip}", os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return ""
    try:
        info = fcntl.ioctl(handle, GET_LINEINFO_V2, struct.pack("64xI188x", line))
    except OSError:
        return ""
    finally:
        os.close(handle)
    return _text(info[32:64])


@dataclass(frozen=True, slots=True)
class Throttled:
    """The bits of `get_throttled`: 0 under-voltage now, 1 clock capped, 2 throttled, 3 hot; 16-19 the same since the start."""

    bits: int

    @property
    def weak_power(self) -> bool:
        return bool(self.bits & (1 << 0 | 1 << 16))

    @property
    def weak_power_now(self) -> bool:
        return bool(self.bits & 1 << 0)

    @property
    def hot(self) -> bool:
        """The clock is lowered now, or the soft limit of the temperature was reached now or since the start."""
        return bool(self.bits & (1 << 2 | 1 << 3 | 1 << 19))

    @property
    def hot_now(self) -> bool:
        return bool(self.bits & (1 << 2 | 1 << 3))

    def words(self) -> tuple[Words, ...]:
        """What the health page says; empty when all is well."""
        found = [say("hardware.weak-power")] if self.weak_power else []
        return (*found, say("hardware.hot")) if self.hot else tuple(found)


def read_throttled(sysfs: Path = Path("/sys"), command: str = "vcgencmd") -> Throttled | None:
    """The power and heat flags, from the kernel's file or else from `vcgencmd`; None where neither exists."""
    try:
        return Throttled(int((sysfs / "devices/platform/soc/soc:firmware/get_throttled").read_text("ascii"), 16))
    except (OSError, ValueError):
        pass
    try:
        said = subprocess.run([command, "get_throttled"], capture_output=True, text=True, timeout=2, check=True).stdout
        return Throttled(int(said.partition("=")[2], 16))
    except (OSError, ValueError, subprocess.SubprocessError):
        return None


def cpu_temperature(sysfs: Path = Path("/sys")) -> Num | None:
    """Temperature of the processor in C; None where the kernel does not tell."""
    try:
        return Num(int((sysfs / "class/thermal/thermal_zone0/temp").read_text("ascii")) / 1000.0, 1, "C")
    except (OSError, ValueError):
        return None


def _says_pi(model: Path) -> bool:
    try:
        return "Raspberry Pi" in model.read_bytes().decode("ascii", "replace")
    except OSError:
        return False


def _text(raw: bytes) -> str:
    return raw.split(b"\0", 1)[0].decode("utf-8", "replace")
