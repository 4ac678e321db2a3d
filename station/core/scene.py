"""A picture as data: primitives with roles, in the 1920 x 1080 layout space of the wall screen (or any other stated space).

pygame paints it, the web draws the same as SVG, the PDF prints it, tests read it. No colour and no size in pixels is written
here or by those who build scenes: roles and steps are looked up in `station.core.theme`.
Layout space: x to the right, y down, origin top left. Board millimetres are turned into it by `BoardMap`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from station.words import Words

Role = Literal["ground", "panel", "ink", "quiet", "target", "self", "good", "trouble", "ghost", "ring", "track", "world", "paper", "qr"]
Step = Literal["mega", "hero", "title", "say", "label", "strip"]
Weight = Literal["bold", "semibold", "regular"]
Align = Literal["left", "centre", "right"]


@dataclass(frozen=True, slots=True)
class Circle:
    """`width` None: filled; else stroke width. `alpha` 0..1."""

    x: float
    y: float
    r: float
    role: Role
    width: float | None = None
    dashed: bool = False
    alpha: float = 1.0


@dataclass(frozen=True, slots=True)
class Arc:
    """Round-ended arc from `start_turn`, clockwise from twelve o'clock, over `turns` (0..1)."""

    x: float
    y: float
    r: float
    turns: float
    role: Role
    width: float
    start_turn: float = 0.0
    alpha: float = 1.0


@dataclass(frozen=True, slots=True)
class Line:
    """Polyline with round ends and joints. `points`: (n, 2) as tuples."""

    points: tuple[tuple[float, float], ...]
    role: Role
    width: float
    dashed: bool = False
    alpha: float = 1.0


@dataclass(frozen=True, slots=True)
class Polygon:
    points: tuple[tuple[float, float], ...]
    role: Role
    width: float | None = None
    dashed: bool = False
    alpha: float = 1.0


@dataclass(frozen=True, slots=True)
class Panel:
    """Rounded rectangle, filled, or outlined when `width` is given. `radius` None: the theme's."""

    x: float
    y: float
    w: float
    h: float
    role: Role
    width: float | None = None
    radius: float | None = None
    alpha: float = 1.0


@dataclass(frozen=True, slots=True)
class Text:
    """Words in a box: at most `lines` lines, the long form if it fits, else the short one. Vertically centred unless `top`."""

    words: Words
    x: float
    y: float
    w: float
    h: float
    step: Step
    role: Role = "ink"
    weight: Weight = "regular"
    align: Align = "left"
    lines: int = 2
    top: bool = False
    alpha: float = 1.0


@dataclass(frozen=True, slots=True)
class Qr:
    """A QR code of `text`, dark on white, `size` wide with its quiet zone."""

    text: str
    x: float
    y: float
    size: float


@dataclass(frozen=True, slots=True)
class Trail:
    """Where the person's dot was: newest last, fading to nothing at the oldest."""

    points: tuple[tuple[float, float], ...]
    r: float
    role: Role = "self"


@dataclass(frozen=True, slots=True)
class Glow:
    """Soft light round (x, y), r to nothing."""

    x: float
    y: float
    r: float
    role: Role
    alpha: float = 0.27


Shape = Circle | Arc | Line | Polygon | Panel | Text | Qr | Trail | Glow


@dataclass(frozen=True, slots=True)
class Scene:
    """`still` shapes change only with the screen (the painter renders them once and keeps the layer), `moving` ones each frame.

    name:     of the screen: "home", "running-test": a change of name is a change of screen (fade)
    alt:      what a screen reader says the picture shows
    """

    name: str
    still: tuple[Shape, ...] = ()
    moving: tuple[Shape, ...] = ()
    alt: Words | None = None

    def shapes(self) -> Iterator[Shape]:
        yield from self.still
        yield from self.moving

    def texts(self) -> Iterator[Text]:
        return (s for s in self.shapes() if isinstance(s, Text))

    def plus(self, *, still: tuple[Shape, ...] = (), moving: tuple[Shape, ...] = ()) -> Scene:
        return replace(self, still=self.still + still, moving=self.moving + moving)


@dataclass(frozen=True, slots=True)
class BoardMap:
    """Board millimetres to layout: `scale` layout units per mm about (x, y), the plate's origin. Forward is up."""

    x: float
    y: float
    scale: float

    def at(self, ml_mm: float, ap_mm: float) -> tuple[float, float]:
        return (self.x + ml_mm * self.scale, self.y - ap_mm * self.scale)


def fit_text(long: str, short: str | None, w: float, lines: int, width_of: Callable[[str], float]) -> list[str] | None:
    """Lines of the longest form that fits into `lines` lines of width `w`, broken at spaces; None when none fits.

    `width_of(text)` measures in the same unit as `w` (the painter's font, the page's font). Explicit "\\n" breaks are kept.
    """
    for text in (long, short):
        if text is None:
            continue
        broken = _wrap(text, w, width_of)
        if broken is not None and len(broken) <= lines:
            return broken
    return None


def _wrap(text: str, w: float, width_of: Callable[[str], float]) -> list[str] | None:
    out: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for word in paragraph.split(" "):
            longer = f"{line} {word}" if line else word
            if width_of(longer) <= w:
                line = longer
            elif not line or width_of(word) > w:
                return None
            else:
                out.append(line)
                line = word
        out.append(line)
    return out
