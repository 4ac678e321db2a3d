"""Buttons and lamp on gpiozero's mock pins, with time as data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from gpiozero import OutputDevice
from gpiozero.pins.mock import MockFactory

from hardware.controls import LINES, Controls, Debounced, Press, lit, open_controls

MS = 1_000_000


@pytest.fixture
def factory() -> Iterator[Any]:
    made = MockFactory(revision="c04170")
    yield made
    made.close()


@pytest.fixture
def controls(factory: Any) -> Iterator[Controls]:
    opened = open_controls(factory)
    yield opened
    opened.close()


def hold(factory: Any, controls: Controls, name: str, ms: range) -> list[Press]:
    """The presses told while the contact is closed, looked at every 5 ms."""
    factory.pin(LINES[name]).drive_low()
    told = [press for at in ms[::5] for press in controls.look(at * MS)]
    factory.pin(LINES[name]).drive_high()
    return told


def test_a_press_counts_once_however_long_it_is(factory: Any, controls: Controls) -> None:
    assert hold(factory, controls, "go", range(400)) == [Press("go", "pressed")]
    assert controls.look(405 * MS) == []


def test_each_button_is_its_own(factory: Any, controls: Controls) -> None:
    assert [hold(factory, controls, name, range(60)) for name in ("next", "stop")] == [
        [Press("next", "pressed")],
        [Press("stop", "pressed")],
    ]


def test_a_contact_that_bounces_counts_once() -> None:
    button = Debounced("go")
    closed = [True, False, True, False, True, True, True, True, True, True, True]
    assert [p for at, c in enumerate(closed) if (p := button.look(c, at * 5 * MS))] == [Press("go", "pressed")]


def test_a_spark_shorter_than_20_ms_is_no_press() -> None:
    button = Debounced("go")
    assert [p for at in range(100) if (p := button.look(at % 4 == 0, at * 5 * MS))] == []


def test_a_button_held_for_ten_seconds_is_told_once_and_again_when_it_is_free(factory: Any, controls: Controls) -> None:
    assert hold(factory, controls, "stop", range(25_000)) == [Press("stop", "pressed"), Press("stop", "stuck")]
    assert controls.look(25_000 * MS) == [Press("stop", "free")]
    assert hold(factory, controls, "stop", range(26_000, 26_050)) == [Press("stop", "pressed")]


def test_the_lamp_is_dark_steady_slow_or_fast(factory: Any, controls: Controls) -> None:
    pin = factory.pin(LINES["lamp"])

    def seen(state: Any) -> list[bool]:
        controls.lamp(state)
        shines = []
        for at_ms in range(0, 1000, 125):
            controls.look(at_ms * MS)
            shines.append(bool(pin.state))
        return shines

    assert seen("off") == [False] * 8
    assert seen("ready") == [True] * 8
    assert seen("recording") == [True] * 4 + [False] * 4
    assert seen("fault") == [True, False] * 4


def test_the_rhythm_depends_on_time_alone() -> None:
    assert [lit("fault", at * MS) for at in (0, 124, 125, 249, 250)] == [True, True, False, False, True]


def test_a_line_that_is_taken_costs_only_its_own_device(factory: Any) -> None:
    other = OutputDevice(LINES["go"], pin_factory=factory)
    controls = open_controls(factory)
    assert [m.partition(":")[0] for m in controls.missing] == ["go"]
    assert hold(factory, controls, "next", range(60)) == [Press("next", "pressed")]
    controls.close()
    other.close()


def test_closed_controls_give_their_lines_back(factory: Any) -> None:
    open_controls(factory).close()
    again = open_controls(factory)
    assert again.missing == ()
    again.close()
