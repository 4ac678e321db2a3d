"""Where words stand: the layout space on a screen of any size, and each text broken into lines that fit its box.

The painter draws what is placed here; checks read the same rectangles without drawing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, Protocol

import pygame

from station.core.scene import Role, Scene, Step, Text, Weight, fit_text
from station.core.theme import CAPS_OF_SIZE, GRID, LINE_OF_SIZE, TYPE_FACTORS, TYPE_PX
from station.display.fonts import Fonts
from station.words import Words

TIGHT_LINE = 1.1  # of the size, for the large steps: two lines of a title are one thing
_UNIT_STEP: dict[Step, Step] = {"mega": "title", "hero": "label"}
_THIN_GAPS = "\u202f\u2009"  # what the catalogue writes between a number and its unit


class Catalogue(Protocol):
    """What the painter needs of the language catalogue."""

    def text(self, words: Words) -> str: ...
    def short(self, words: Words) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Fit:
    """The layout space on a surface: fitted inside and centred, never stretched. `scale` pixels a layout unit."""

    x: float
    y: float
    scale: float
    width_px: int
    height_px: int

    @staticmethod
    def of(size: tuple[int, int], overscan_pct: float = 0.0) -> Fit:
        """`overscan_pct` of each side is left free, for televisions that crop."""
        width, height = size
        scale = min(width / GRID.width, height / GRID.height) * (1.0 - 2.0 * overscan_pct / 100.0)
        return Fit((width - GRID.width * scale) / 2.0, (height - GRID.height * scale) / 2.0, scale, width, height)

    def moved(self, dx: float, dy: float) -> Fit:
        """The same, moved by layout units."""
        return Fit(self.x + dx * self.scale, self.y + dy * self.scale, self.scale, self.width_px, self.height_px)

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Layout to pixels."""
        return (self.x + x * self.scale, self.y + y * self.scale)

    def layout(self, x_px: float, y_px: float) -> tuple[float, float]:
        """Pixels to layout."""
        return ((x_px - self.x) / self.scale, (y_px - self.y) / self.scale)


@dataclass(frozen=True, slots=True)
class Run:
    """Characters of one font, to be drawn with their baseline's left end at (x, baseline)."""

    text: str
    x: float
    baseline: float
    px: int
    weight: Weight
    role: Role


@dataclass(frozen=True, slots=True)
class PlacedText:
    """A text where it will be drawn, in pixels.

    rect:  what its ink covers; box: what the scene gave it; both (left, top, right, bottom)
    form:  "long" or "short"; "none" when neither fits into the box (then `lines` are the short form's, running over)
    px:    em of the font; `factor` the type factor that was taken
    """

    shape: Text
    lines: tuple[str, ...]
    runs: tuple[Run, ...]
    rect: tuple[float, float, float, float]
    box: tuple[float, float, float, float]
    form: Literal["long", "short", "none"]
    px: int
    factor: float

    @property
    def step(self) -> Step:
        return self.shape.step

    @property
    def role(self) -> Role:
        return self.shape.role

    @property
    def text(self) -> str:
        return " ".join(self.lines)


def layout(
    scene: Scene,
    catalogue: Catalogue,
    size: tuple[int, int],
    *,
    fonts: Fonts | None = None,
    type_factor: float = 1.0,
    overscan_pct: float = 0.0,
) -> list[PlacedText]:
    """Every text of a scene as it will stand on a screen of `size` pixels."""
    fonts = fonts or Fonts()
    fit = Fit.of(size, overscan_pct)
    return [place(text, catalogue, fit, fonts, type_factor) for text in scene.texts() if catalogue.text(text.words)]


def place(text: Text, catalogue: Catalogue, fit: Fit, fonts: Fonts, type_factor: float = 1.0) -> PlacedText:
    """Break a text into its box: the largest type factor at which the long or the short form fits, long before short."""
    long, short = catalogue.text(text.words), catalogue.short(text.words)
    forms: tuple[tuple[Literal["long", "short"], str], ...] = (("long", long), *((("short", short),) if short else ()))
    for factor in sorted((f for f in TYPE_FACTORS if f <= type_factor), reverse=True):
        for form, words in forms:
            placed = _try(text, words, form, fit, fonts, factor)
            if placed is not None:
                return placed
    return _set(text, _run_over(short or long, text), "none", fit, fonts, 1.0)


def _try(text: Text, words: str, form: Literal["long", "short"], fit: Fit, fonts: Fonts, factor: float) -> PlacedText | None:
    px = _px(text.step, fit, factor)
    line_width = _widths(text, fonts, px)
    lines = fit_text(words, None, text.w * fit.scale + 0.5, text.lines, line_width)
    if lines is None:
        return None
    placed = _set(text, lines, form, fit, fonts, factor)
    _, top, _, bottom = placed.rect
    _, box_top, _, box_bottom = placed.box
    return placed if top >= box_top - 0.5 and bottom <= box_bottom + 0.5 else None


def _run_over(words: str, text: Text) -> list[str]:
    """The words in as many lines as the box allows, broken evenly by characters: it does not fit anyway, and is reported."""
    tokens = words.replace("\n", " ").split(" ")
    lines: list[str] = [""]
    each = math.ceil(len(words) / text.lines)
    for token in tokens:
        if lines[-1] and len(lines[-1]) + len(token) >= each and len(lines) < text.lines:
            lines.append(token)
        else:
            lines[-1] = f"{lines[-1]} {token}".strip()
    return lines


def _px(step: Step, fit: Fit, factor: float) -> int:
    return max(1, round(TYPE_PX[step] * fit.scale * factor))


def _split_unit(line: str, step: Step) -> tuple[str, str]:
    """A large number and its unit, which is written smaller; the unit is empty when there is none."""
    if step in _UNIT_STEP:
        for gap in _THIN_GAPS:
            number, found, unit = line.partition(gap)
            if found and unit and any(char.isdigit() for char in number):
                return number, unit
    return line, ""


@dataclass(frozen=True, slots=True)
class _Widths:
    """Width of a line in pixels, its unit counted in its own smaller font."""

    text: Text
    fonts: Fonts
    px: int

    def __call__(self, line: str) -> float:
        number, unit = _split_unit(line, self.text.step)
        wide = self.fonts.get(self.text.weight, self.px).size(number)[0]
        return float(wide + (self.gap_px + self.unit_font.size(unit)[0] if unit else 0))

    @property
    def unit_px(self) -> int:
        step = self.text.step
        return max(1, round(self.px * TYPE_PX[_UNIT_STEP.get(step, step)] / TYPE_PX[step]))

    @property
    def unit_font(self) -> pygame.font.Font:
        return self.fonts.get("regular", self.unit_px)

    @property
    def gap_px(self) -> int:
        return round(self.px * 0.06)


def _widths(text: Text, fonts: Fonts, px: int) -> _Widths:
    return _Widths(text, fonts, px)


def _set(text: Text, lines: list[str], form: Literal["long", "short", "none"], fit: Fit, fonts: Fonts, factor: float) -> PlacedText:
    px = _px(text.step, fit, factor)
    width_of = _widths(text, fonts, px)
    left, top = fit.at(text.x, text.y)
    right, bottom = left + text.w * fit.scale, top + text.h * fit.scale
    pitch = px * (TIGHT_LINE if text.step in ("mega", "hero", "title") else LINE_OF_SIZE)
    caps = px * CAPS_OF_SIZE
    # one line is centred on its capitals, several from the first capitals to the last baseline; `top` leaves room for an accent
    first = top + px * 0.86 if text.top else (top + bottom - (len(lines) - 1) * pitch + caps) / 2.0
    runs: list[Run] = []
    inks: list[tuple[float, float, float, float]] = []
    for k, line in enumerate(lines):
        wide = width_of(line)
        x = {"left": left, "centre": (left + right - wide) / 2.0, "right": right - wide}[text.align]
        baseline = round(first + k * pitch)
        number, unit = _split_unit(line, text.step)
        runs.append(Run(number, x, baseline, px, text.weight, text.role))
        if unit:
            runs.append(Run(unit, x + wide - width_of.unit_font.size(unit)[0], baseline, width_of.unit_px, "regular", "quiet"))
        inks.append(_ink(number, fonts.get(text.weight, px), x, wide, baseline))
    rect = (min(i[0] for i in inks), min(i[1] for i in inks), max(i[2] for i in inks), max(i[3] for i in inks))
    return PlacedText(text, tuple(lines), tuple(runs), rect, (left, top, right, bottom), form, px, factor)


def _ink(line: str, font: pygame.font.Font, x: float, wide: float, baseline: float) -> tuple[float, float, float, float]:
    """What a line's glyphs cover: from the highest to the lowest of them."""
    marks = [m for m in font.metrics(line) if m is not None and m[1] > m[0]]
    high = max((m[3] for m in marks), default=0)
    low = min((m[2] for m in marks), default=0)
    return (x, baseline - high, x + wide, baseline - low)
