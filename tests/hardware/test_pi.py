"""Which computer this is, and whose lines they are: asked of a tree of files, never of the test's own machine."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from gpiozero.pins.mock import MockFactory

from hardware.chip import Bench, Chip
from hardware.hx711 import Hx711Board, NotAPi, open_hx711
from hardware.pi import (
    CELL_LINES,
    PINS,
    ChipDenied,
    Throttled,
    chip_label,
    cpu_temperature,
    find_gpiochip,
    line_owner,
    pins_of,
    read_throttled,
)
from hardware.pins import GpiozeroPins, LineBusy
from station.core.readings import CELLS


@pytest.fixture
def dev(tmp_path: Path) -> Path:
    folder = tmp_path / "dev"
    folder.mkdir()
    return folder


def chips(dev: Path, labels: Mapping[int, str]) -> Path:
    for number, label in labels.items():
        (dev / f"gpiochip{number}").write_text(label, "ascii")
    return dev


def read_label(path: Path) -> str:
    label = path.read_text("ascii")
    if label == "denied":
        raise PermissionError(path)
    if label == "broken":
        raise OSError(path)
    return label


@pytest.mark.parametrize(
    ("labels", "number"),
    [
        ({0: "pinctrl-bcm2835"}, 0),
        ({0: "pinctrl-bcm2711", 1: "raspberrypi-exp-gpio"}, 0),
        ({0: "gpio-brcmstb@107d508500", 4: "pinctrl-rp1"}, 4),
        ({11: "pinctrl-rp1", 12: "gpio-brcmstb", 13: "x", 14: "y", 15: "z"}, 11),
        ({10: "pinctrl-rp1", 9: "broken", 2: "denied"}, 10),
        ({0: "INTC1055:00"}, None),
        ({0: "denied"}, None),
        ({}, None),
    ],
)
def test_the_header_is_found_by_its_label_and_never_guessed(dev, tmp_path, labels, number):
    assert find_gpiochip(chips(dev, labels), read_label, tmp_path / "no-model") == number


def test_a_pi_whose_chip_may_not_be_opened_is_a_pi_with_a_trouble_and_not_a_simulator(dev, tmp_path):
    model = tmp_path / "model"
    model.write_bytes(b"Raspberry Pi 5 Model B Rev 1.0\0")
    with pytest.raises(ChipDenied) as denied:
        find_gpiochip(chips(dev, {0: "denied"}), read_label, model)
    assert denied.value.what.args["chip"] == "gpiochip0"
    assert denied.value.exit_code == 3


def test_a_plain_file_has_no_label_and_no_owner(dev):
    chips(dev, {0: "pinctrl-rp1"})
    with pytest.raises(OSError):
        chip_label(dev / "gpiochip0")
    assert line_owner(0, 27, dev) == ""
    assert line_owner(7, 27, dev) == ""


@pytest.mark.skipif(find_gpiochip() is not None, reason="this is a Pi")
def test_without_a_pi_the_real_board_is_refused_in_a_sentence():
    with pytest.raises(NotAPi) as refused:
        open_hx711()
    assert refused.value.what.id == "hardware.not-a-pi"


def test_a_busy_line_is_named_with_its_owner():
    factory = MockFactory(revision="c04170")
    first = GpiozeroPins(factory)
    first.claim([CELL_LINES[0].sck], [CELL_LINES[0].dout])
    second = GpiozeroPins(factory, owner_of=lambda line: "fan-control" if line == 27 else "")
    with pytest.raises(LineBusy) as busy:
        Hx711Board(second)
    assert busy.value.what.args == {"line": 27, "owner": "fan-control"}


def test_closed_pins_can_be_claimed_again():
    bench = Bench([Chip(seed=i) for i in range(4)])
    Hx711Board(bench.pins()).close()
    again = Bench([Chip(seed=i) for i in range(4)])
    board = Hx711Board(again.pins())
    assert sum(len(board.read(0.05)) for _ in range(20)) > 20


def test_the_wiring_table_and_the_default_lines_are_the_same():
    by_use = {pin.use: pin.bcm for pin in PINS}
    assert [(by_use[f"{cell} SCK"], by_use[f"{cell} DOUT"]) for cell in CELLS] == [(line.sck, line.dout) for line in CELL_LINES]
    assert len({pin.bcm for pin in PINS}) == len({pin.header for pin in PINS}) == len(PINS)


def test_the_readme_prints_the_wiring_table(root):
    text = (root / "hardware" / "README.md").read_text("utf-8")
    for pin in PINS:
        assert f"| {pin.use.replace('_', ' ')} | {pin.bcm} | {pin.header} | {pin.ground} |" in text


def test_no_clock_line_is_pulled_up_while_the_pi_starts():
    assert all(line.sck > 8 for line in CELL_LINES)


def test_the_pins_of_a_cell_are_words_for_the_staff():
    assert pins_of(2).args["sck"] == 26
    assert pins_of(2).args["dout"] == 6


@pytest.mark.parametrize(
    ("bits", "said"),
    [
        (0x0, []),
        (0x1, ["hardware.weak-power"]),
        (0x50000, ["hardware.weak-power"]),
        (0xE0008, ["hardware.hot"]),
        (0x5, ["hardware.weak-power", "hardware.hot"]),
    ],
)
def test_the_power_flags_are_told_in_words(bits, said):
    assert [words.id for words in Throttled(bits).words()] == said


def test_the_power_flags_come_from_the_kernel_or_from_nowhere(tmp_path):
    folder = tmp_path / "devices/platform/soc/soc:firmware"
    folder.mkdir(parents=True)
    (folder / "get_throttled").write_text("50005\n", "ascii")
    assert read_throttled(tmp_path) == Throttled(0x50005)
    assert read_throttled(tmp_path / "none", command="no-such-command-here") is None


def test_the_temperature_is_in_degrees(tmp_path):
    zone = tmp_path / "class/thermal/thermal_zone0"
    zone.mkdir(parents=True)
    (zone / "temp").write_text("48312\n", "ascii")
    found = cpu_temperature(tmp_path)
    assert found is not None
    assert found.value == pytest.approx(48.312)
    assert cpu_temperature(tmp_path / "none") is None
