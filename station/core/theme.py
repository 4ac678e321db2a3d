"""The look, as plain data: colours, sizes, grid, durations and tones. Nothing else in the project holds one of these.

Read by the pygame painter, the SVG charts, the style sheet and the PDF. Contrast figures are computed in the tests.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

DARK = MappingProxyType(
    {
        "ground": "#0B121C",
        "panel": "#151F2E",
        "ink": "#E8EEF4",
        "quiet": "#8A99AC",
        "target": "#58C4DD",
        "self": "#FFBE5C",
        "good": "#78D696",
        "trouble": "#FF8A73",
        "ghost": "#8F9DFF",
        "ring": "#2E425A",
        "track": "#28384E",
        "world": "#B583D6",  # the one extra hue of a game; 7.0 on ground
        "paper": "#FFFFFF",  # behind a QR code
        "qr": "#0B121C",
    }
)
"""Roles on the wall screen, and on pages under prefers-color-scheme: dark."""

LIGHT = MappingProxyType(
    {
        "ground": "#F6F8FA",
        "panel": "#FFFFFF",
        "ink": "#17212E",
        "quiet": "#4F6075",
        "target": "#0B6A85",
        "self": "#A85B00",
        "good": "#1D7A45",
        "trouble": "#B3341F",
        "ghost": "#4A55B8",
        "ring": "#8595A8",
        "track": "#D5DDE6",
        "world": "#7A3FA3",
        "paper": "#FFFFFF",
        "qr": "#17212E",
    }
)
"""The same roles on paper: pages by default, print always. "ring" is the control border."""


DRAWING = MappingProxyType({"black": "#000000", "red": "#C00000", "grey": "#8A8A8A", "white": "#FFFFFF", "yellow": "#FFD200"})
"""Lines and fills of the technical drawings, which go to a joiner and an electrician on paper."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Layout space of the wall screen."""

    width: int = 1920
    height: int = 1080
    margin_x: int = 108
    margin_y: int = 48
    column: int = 120
    gutter: int = 24
    strip_y: int = 48
    strip_h: int = 72
    stage_y: int = 132
    stage_h: int = 768
    band_y: int = 912
    band_h: int = 120
    words_x: int = 108
    words_w: int = 1128
    figure_x: int = 1236
    figure_w: int = 576
    radius: int = 33
    stroke_thin: int = 3
    stroke_cross: int = 9
    stroke_target: int = 8
    stroke_gauge: int = 21
    rings: tuple[int, int, int] = (135, 255, 375)
    target_r: int = 69
    self_r: int = 27
    glow_r: int = 105
    cross: int = 72
    qr: int = 396
    rise: int = 24


GRID = Grid()

TYPE_PX = MappingProxyType({"mega": 420, "hero": 168, "title": 108, "say": 84, "label": 60, "strip": 42})
"""Height of each type step in layout units (1080 of them are the screen's height)."""
CAPS_OF_SIZE = 0.66  # capitals of Source Sans Pro over the size given to the font
LINE_OF_SIZE = 1.26
TYPE_FACTORS = (1.0, 1.25, 1.5)  # small screens: larger type with the short texts

PAGE_PX = MappingProxyType({"small": 17, "body": 20, "head": 28, "number": 44})
PAGE_COLUMN_PX = 680
PAGE_TARGET_PX = 48
PAGE_RADIUS_PX = 12
PAGE_SPACE_PX = 8
PAGE_LINE = 1.45
PRINT_PT = 11
PRINT_INK = "#000000"


@dataclass(frozen=True, slots=True)
class Motion:
    """Durations in seconds."""

    fade_out_s: float = 0.12
    fade_in_s: float = 0.24
    count_pop_s: float = 0.25
    count_pop_scale: float = 1.15
    choose_s: float = 1.0
    choose_drain: float = 3.0
    trail_s: float = 0.8
    breath_s: float = 4.0
    breath_part: float = 0.06
    pulse_s: float = 1.6  # of what is asked for on the plate: 38 a minute, and it covers little
    drift_after_s: float = 600.0
    drift_px: int = 12
    legend_s: float = 5.0
    world_dim_s: float = 0.1
    world_dim: float = 0.4
    home_demo_every_s: float = 12.0
    home_demo_s: float = 8.0
    result_s: float = 6.0
    keep_s: float = 180.0
    idle_menu_s: float = 20.0


MOTION = Motion()


@dataclass(frozen=True, slots=True)
class Tone:
    """Partials are fixed (20 % second, 8 % third harmonic); `hz` None is a rest. `level` 0..1 of the peak."""

    notes: tuple[tuple[float | None, float], ...]  # (Hz, seconds)
    level: float = 0.7


TONES = MappingProxyType(
    {
        "choose": Tone(((784, 0.09),)),
        "ready": Tone(((523, 0.18),)),
        "count": Tone(((659, 0.12),)),
        "start": Tone(((1047, 0.4),)),
        "stop": Tone(((988, 0.22), (None, 0.12), (988, 0.22)), 1.0),
        "rep": Tone(((880, 0.06),)),
        "heavy": Tone(((587, 0.09),), 0.4),
        "done": Tone(((659, 0.09), (784, 0.09), (1047, 0.09))),
        "frozen": Tone(((587, 0.12), (523, 0.12)), 0.4),
        "trouble": Tone(((523, 0.3), (None, 0.1), (523, 0.3))),
        "click": Tone(((1000, 0.015),), 0.6),
        "accent": Tone(((1500, 0.015),), 0.6),
    }
)
SAMPLE_RATE_HZ = 44_100
PEAK = 0.5  # -6 dB of full scale
ATTACK_S, RELEASE_S = 0.008, 0.040
HARMONICS = (1.0, 0.20, 0.08)
VOLUME_STEPS = (0.0, 0.12, 0.3, 0.6, 1.0)
LEAST_VOLUME_EYES_CLOSED = 2
