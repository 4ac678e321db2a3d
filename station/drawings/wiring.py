"""The wires: every used pin of the Pi's header, the four converter boards, and one corner from its cell to the Pi.

The pins come as data, so that pages can offer this picture without knowing the hardware.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from station.drawings.draft import Draft
from station.drawings.shapes import SMALL_MM, TEXT_MM, THICK_MM, THIN_MM, Colour, Drawing
from station.text.catalogue import Catalogue

SIZE_MM = (297.0, 192.0)
LOGIC_PIN, ANALOGUE_PIN = 1, 2  # of the header: 3.3 V and 5 V
GROUNDS = (6, 9, 14, 20, 25, 30, 34, 39)
HEADER_X, HEADER_Y, ROW_MM, COLUMN_MM, PIN_R_MM = 92.0, 36.0, 7.4, 8.0, 3.0
BOARDS_X, BOARDS_Y, BOARD_W, BOARD_H = 196.0, 30.0, 43.0, 27.0
CORNERS = ("front_left", "front_right", "rear_left", "rear_right")


class Pin(Protocol):
    """A row of a wiring table: "front_left SCK", its BCM line, its header pin, the nearest ground pin."""

    @property
    def use(self) -> str: ...
    @property
    def bcm(self) -> int: ...
    @property
    def header(self) -> int: ...
    @property
    def ground(self) -> int: ...


def wiring(pins: Sequence[Pin], language: str) -> Drawing:
    """`pins` is the wiring table of the hardware. Raises ValueError for a pin beyond the header or a ground that is none."""
    draft = Draft(Catalogue(language))
    draft.heading(12.0, 18.0, draft.word("wiring.title"), draft.word("wiring.below"))
    _header(draft, _labels(draft, pins))
    for n, corner in enumerate(CORNERS):
        lines = {pin.use.partition(" ")[2]: pin for pin in pins if pin.use.startswith(corner)}
        _board(draft, BOARDS_X + n % 2 * (BOARD_W + 5.0), BOARDS_Y + n // 2 * (BOARD_H + 4.0), corner, lines)
    _corner(draft, BOARDS_X, 100.0)
    y = draft.paragraph(BOARDS_X, 142.0, 91.0, draft.word("wiring.never"), SMALL_MM, colour="red", bold=True)
    draft.notes(
        BOARDS_X, y + 2.0, 91.0, [draft.word(f"wiring.note.{name}") for name in ("pair", "star", "rate", "relief", "buttons")], SMALL_MM
    )
    return draft.done("wiring", SIZE_MM, 1.0, to_scale=False)


def _labels(draft: Draft, pins: Sequence[Pin]) -> dict[int, tuple[str, Colour]]:
    """What stands beside each used pin of the header."""
    found: dict[int, tuple[str, Colour]] = {
        LOGIC_PIN: (draft.word("wiring.logic"), "red"),
        ANALOGUE_PIN: (draft.word("wiring.analogue"), "black"),
    }
    for pin in pins:
        if not 1 <= pin.header <= 40 or pin.ground not in GROUNDS or pin.header in found:
            raise ValueError(f"{pin.use}: header pin {pin.header}, ground {pin.ground} is no place on the header or used twice")
        found[pin.header] = (draft.word("wiring.line", use=use(draft, pin), bcm=pin.bcm), "black")
    for ground in GROUNDS:
        served = [pin.use.partition(" ")[0] for pin in pins if pin.ground == ground]
        if served:
            names = ", ".join(dict.fromkeys(draft.word(f"wiring.ground.{name.replace('_', '-')}") for name in served))
            found[ground] = (draft.word("wiring.ground", uses=names), "black")
    return found


def use(draft: Draft, pin: Pin) -> str:
    """What a pin is for, in the language of the drawing."""
    return draft.word(f"wiring.use.{pin.use.lower().replace(' ', '-').replace('_', '-')}")


def _header(draft: Draft, labels: dict[int, tuple[str, Colour]]) -> None:
    """Forty pins as seen with the board's edge to the right and pin 1 at the top."""
    draft.box(HEADER_X - 6.0, HEADER_Y - 6.0, COLUMN_MM + 12.0, 19 * ROW_MM + 12.0, width_mm=THICK_MM)
    for pin in range(1, 41):
        odd, row = pin % 2 == 1, (pin - 1) // 2
        x, y = HEADER_X + (0.0 if odd else COLUMN_MM), HEADER_Y + row * ROW_MM
        label = labels.get(pin)
        if pin == 1:
            draft.box(x - PIN_R_MM, y - PIN_R_MM, 2 * PIN_R_MM, 2 * PIN_R_MM)
        else:
            draft.circle((x, y), PIN_R_MM, colour="black" if label else "grey")
        draft.text(x, y + 0.9, str(pin), 1.8, "centre", colour="black" if label else "grey", bold=label is not None)
        if label:
            out = -1 if odd else 1
            draft.line((x + out * PIN_R_MM, y), (x + out * 10.0, y), colour=label[1])
            draft.text(x + out * 11.5, y + 0.8, label[0], SMALL_MM, "right" if odd else "left", colour=label[1], bold=label[1] == "red")


def _board(draft: Draft, x: float, y: float, corner: str, lines: dict[str, Pin]) -> None:
    """One converter board: its terminals and the header pins they go to."""
    draft.box(x, y, BOARD_W, BOARD_H)
    draft.text(x + 2.0, y + 4.6, draft.word(f"corner.{corner.replace('_', '-')}"), TEXT_MM, bold=True)
    rows: list[tuple[str, str, Colour]] = [(name, draft.word("wiring.to", pin=pin.header), "black") for name, pin in lines.items()]
    ground = next(iter(lines.values())).ground if lines else 0
    rows += [
        ("GND", draft.word("wiring.to", pin=ground), "black"),
        (draft.word("wiring.vdd"), draft.word("wiring.to", pin=LOGIC_PIN), "red"),
        (draft.word("wiring.vcc"), draft.word("wiring.to", pin=ANALOGUE_PIN), "black"),
    ]
    for n, (terminal, to, colour) in enumerate(rows):
        low = y + 9.4 + 4.0 * n
        draft.text(x + 2.0, low, terminal, SMALL_MM, colour=colour, bold=colour == "red")
        draft.text(x + BOARD_W - 2.0, low, to, SMALL_MM, "right", colour=colour, bold=colour == "red")


def _corner(draft: Draft, x: float, y: float) -> None:
    """Cell, plug, converter, cable to the Pi: the same four times."""
    draft.text(x, y, draft.word("wiring.corner"), TEXT_MM, bold=True)
    middle = y + 16.0
    draft.circle((x + 8.0, middle), 8.0)
    draft.text(x + 8.0, middle + 12.0, draft.word("wiring.cell"), SMALL_MM, "centre")
    for n, name in enumerate(("E+", "E-", "A+", "A-")):
        level = middle - 6.0 + 4.0 * n
        reach = (64.0 - (level - middle) ** 2) ** 0.5
        draft.line((x + 8.0 + reach, level), (x + 46.0, level), width_mm=THIN_MM)
        draft.text(x + 47.5, level + 0.8, name, SMALL_MM)
    draft.box(x + 19.0, middle - 1.0 - 7.0, 2.5, 16.0, fill="black")
    draft.text(x + 20.2, middle - 10.0, draft.word("wiring.relief"), SMALL_MM, "centre")
    draft.box(x + 29.0, middle - 8.0, 8.0, 16.0, fill="white")
    draft.line((x + 33.0, middle - 8.0), (x + 33.0, middle + 8.0), width_mm=THICK_MM)
    draft.text(x + 33.0, middle + 12.0, draft.word("wiring.plug"), SMALL_MM, "centre")
    draft.box(x + 46.0, middle - 9.0, 24.0, 18.0)
    draft.text(x + 61.5, middle + 0.9, "HX711", TEXT_MM, "centre", bold=True)
    draft.text(x + 58.0, middle + 13.0, draft.word("wiring.board"), SMALL_MM, "centre")
    for n in range(5):
        draft.line((x + 70.0, middle - 6.0 + 3.0 * n), (x + 80.0, middle - 6.0 + 3.0 * n), width_mm=THIN_MM)
    draft.text(x + 81.0, middle + 0.9, draft.word("wiring.pi"), SMALL_MM)
