"""Draws a Scene on a pygame surface of any size: still shapes once into a layer, moving ones each frame, and the change between screens.

Time comes in as `now_s` with each frame; there is no clock here. The layout space is fitted inside the surface and centred, the ground
runs to the edges, nothing is ever stretched.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pygame
import segno

from station.core.scene import Glow, Qr, Role, Scene, Shape, Text, Trail
from station.core.theme import DARK, GRID, MOTION
from station.display.fonts import Fonts
from station.display.sprites import Rgb, Sprites, Tile, rgb
from station.display.typeset import Catalogue, Fit, PlacedText, Run, place
from station.words import Words

KEEP_TEXTS = 400
TRAIL_STEPS = 16  # fadings of the trail's discs
TRAIL_SPACING = 0.35  # of the dot's radius
TRAIL_STAMPS = 240  # at most, however far the dot has run
TRAIL_ALPHA = 0.2  # of one disc; about four lie over each other
QUIET_MODULES = 4  # white modules round a QR code
POP_STEPS = 6  # sizes a countdown digit passes through
_COUNTDOWN = "countdown"
_AT_ONCE = (_COUNTDOWN, "running")  # these begin on a beat and a tone, so they do not fade in
_DRIFT = ((1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1))


class Painter:
    """Paints scenes on one surface.

    overscan_pct: of each side left free; type_factor: larger type for small screens (1.0, 1.25 or 1.5), taken where it still fits
    overflows: texts of the newest frame that fit their box in neither form, for the checks
    """

    def __init__(
        self,
        surface: pygame.Surface,
        catalogue: Catalogue,
        *,
        overscan_pct: float = 0.0,
        type_factor: float = 1.0,
        reduced_motion: bool = False,
    ) -> None:
        self.surface = surface
        self.fit = Fit.of(surface.get_size(), overscan_pct)
        self.overflows: list[PlacedText] = []
        self._catalogue = catalogue
        self._type_factor = type_factor
        self._reduced = reduced_motion
        self._fonts = Fonts()
        self._sprites = Sprites(lambda role: DARK[role])
        self._colours: dict[Role, Rgb] = {}
        self._glyphs: dict[tuple[object, ...], pygame.Surface] = {}
        self._layer = pygame.Surface(surface.get_size(), 0, surface)
        self._layer_of: tuple[tuple[Shape, ...], Fit] | None = None
        self._layer_overflows: list[PlacedText] = []
        self._change = _Change()
        self._digit = _Digit()

    def paint(self, scene: Scene, now_s: float) -> None:
        """Draw the scene as it looks at `now_s` (seconds of any clock that only moves on)."""
        change = self._change
        if change.begins(scene.name, now_s):
            change.old = self.surface.copy() if change.seen and not scene.name.startswith(_AT_ONCE) else None
        fit = self._drifted(now_s - change.since_s)
        age_s = now_s - change.since_s
        if change.old is None or age_s >= MOTION.fade_out_s + MOTION.fade_in_s:
            change.old = None
            self._whole(scene, fit, now_s, self.surface)
            return
        self._fade(scene, fit, now_s, age_s, change.old)

    def _fade(self, scene: Scene, fit: Fit, now_s: float, age_s: float, old: pygame.Surface) -> None:
        """The old screen goes out, then the new one comes in and rises into place, slowing down."""
        ground = self._colour("ground")
        if age_s < MOTION.fade_out_s:
            self.surface.fill(ground)
            _see_through(old, 1.0 - age_s / MOTION.fade_out_s)
            self.surface.blit(old, (0, 0))
            return
        left = (1.0 - (age_s - MOTION.fade_out_s) / MOTION.fade_in_s) ** 3
        rise = 0.0 if self._reduced else GRID.rise * left
        self._whole(scene, fit, now_s, self._change.fresh(self.surface))
        new = self._change.fresh(self.surface)
        self.surface.fill(ground)
        _see_through(new, 1.0 - left)
        self.surface.blit(new, (0, round(rise * fit.scale)))

    def _whole(self, scene: Scene, fit: Fit, now_s: float, target: pygame.Surface) -> None:
        if self._layer_of is None or self._layer_of[1] != fit or self._layer_of[0] != scene.still:
            self._layer_of = (scene.still, fit)
            self._layer.fill(self._colour("ground"))
            self.overflows = []
            self._draw(scene.still, fit, self._layer)
            self._layer_overflows = self.overflows
        target.blit(self._layer, (0, 0))
        self.overflows = list(self._layer_overflows)
        pop = 1.0 if self._reduced or scene.name != _COUNTDOWN else self._digit.scale(scene, now_s)
        self._draw(scene.moving, fit, target, pop)

    def _draw(self, shapes: Iterable[Shape], fit: Fit, target: pygame.Surface, pop: float = 1.0) -> None:
        clip = target.get_rect()
        for shape in shapes:
            if isinstance(shape, Text):
                self._text(shape, fit, target, pop if shape.step == "mega" else 1.0)
            elif isinstance(shape, Qr):
                self._qr(shape, fit, target)
            elif isinstance(shape, Trail):
                self._trail(shape, fit, target)
            elif isinstance(shape, Glow):
                target.blits(self._sprites.glow(shape, fit.x, fit.y, fit.scale), doreturn=False)
            else:
                target.blits(self._sprites.shape(shape, fit.x, fit.y, fit.scale, clip), doreturn=False)

    def _text(self, text: Text, fit: Fit, target: pygame.Surface, pop: float) -> None:
        if not self._catalogue.text(text.words):
            return
        placed = place(text, self._catalogue, fit, self._fonts, self._type_factor)
        if placed.form == "none":
            self.overflows.append(placed)
        for run in placed.runs:
            glyphs, ascent = self._rendered(run, text.alpha, pop)
            x, y = run.x, run.baseline - ascent
            if pop != 1.0:
                x -= (pop - 1.0) * glyphs.get_width() / pop / 2.0
                y += (pop - 1.0) * run.px * 0.33  # grows round the middle of its capitals
            target.blit(glyphs, (round(x), round(y)))

    def _rendered(self, run: Run, alpha: float, pop: float) -> tuple[pygame.Surface, int]:
        px = round(run.px * pop)
        font = self._fonts.get(run.weight, px)
        key = (run.weight, px, run.text, run.role, round(alpha * 255))
        glyphs = self._glyphs.get(key)
        if glyphs is None:
            if len(self._glyphs) >= KEEP_TEXTS:
                self._glyphs.clear()
            glyphs = font.render(run.text, True, self._colour(run.role))
            if alpha < 1.0:
                _see_through(glyphs, alpha)
            self._glyphs[key] = glyphs
        return glyphs, font.get_ascent()

    def _qr(self, shape: Qr, fit: Fit, target: pygame.Surface) -> None:
        target.blits(self._qr_tiles(shape, fit), doreturn=False)

    def _qr_tiles(self, shape: Qr, fit: Fit) -> list[Tile]:
        """White square with whole-pixel modules, as large as fits into the size."""
        key: tuple[object, ...] = ("qr", shape.text, round(shape.size * fit.scale))
        code = self._glyphs.get(key)
        x, y = fit.at(shape.x, shape.y)
        if code is None:
            side = round(shape.size * fit.scale)
            rows = [list(row) for row in segno.make(shape.text, error="m", micro=False).matrix]
            module = max(1, side // (len(rows) + 2 * QUIET_MODULES))
            code = pygame.Surface((side, side), 0, 32)
            code.fill(self._colour("paper"))
            start = (side - module * len(rows)) // 2
            for r, row in enumerate(rows):
                for c, dark in enumerate(row):
                    if dark:
                        code.fill(self._colour("qr"), (start + c * module, start + r * module, module, module))
            self._glyphs[key] = code
        return [(code, (round(x), round(y)))]

    def _trail(self, trail: Trail, fit: Fit, target: pygame.Surface) -> None:
        """Discs from faint and small to strong, evenly spaced, so that a slow dot leaves no blot."""
        if len(trail.points) < 2:
            return
        path = np.array(trail.points) * fit.scale + (fit.x, fit.y)
        along = np.concatenate(([0.0], np.cumsum(np.hypot(*np.diff(path, axis=0).T))))
        spacing = max(trail.r * fit.scale * TRAIL_SPACING, 1.0)
        at = along[-1] - np.arange(0.0, min(float(along[-1]), TRAIL_STAMPS * spacing), spacing)[::-1]
        ages = np.interp(at, along, np.linspace(0.0, 1.0, len(path)))
        stamps: list[Tile] = []
        for x, y, age in zip(np.interp(at, along, path[:, 0]), np.interp(at, along, path[:, 1]), ages.tolist(), strict=True):
            step = max(1, round(age * TRAIL_STEPS)) / TRAIL_STEPS
            disc = self._sprites.disc(trail.r * fit.scale * (0.35 + 0.5 * step), trail.role, TRAIL_ALPHA * step)
            half = disc.get_width() / 2
            stamps.append((disc, (round(x - half), round(y - half))))
        target.blits(stamps, doreturn=False)

    def _drifted(self, stands_s: float) -> Fit:
        """After ten minutes of one screen the picture wanders by a few units each minute, so that nothing burns in."""
        if stands_s < MOTION.drift_after_s:
            return self.fit
        dx, dy = _DRIFT[int((stands_s - MOTION.drift_after_s) // 60.0) % len(_DRIFT)]
        return self.fit.moved(dx * MOTION.drift_px, dy * MOTION.drift_px)

    def _colour(self, role: Role) -> Rgb:
        return rgb(self._colours, role, lambda r: DARK[r])


def _see_through(surface: pygame.Surface, alpha: float) -> None:
    """One alpha for the whole surface; none at all when it is full, for SDL takes 20 times as long to blend with 255."""
    part = round(255 * alpha)
    surface.set_alpha(part if part < 255 else None)


class _Change:
    """Which screen is shown, since when, and the last picture of the one before while it fades."""

    def __init__(self) -> None:
        self.name = ""
        self.since_s = 0.0
        self.old: pygame.Surface | None = None
        self.seen = False
        self._buffer: pygame.Surface | None = None

    def begins(self, name: str, now_s: float) -> bool:
        """True on the first frame of another screen."""
        if name == self.name:
            self.seen = True
            return False
        self.seen = self.name != ""
        self.name, self.since_s = name, now_s
        return True

    def fresh(self, like: pygame.Surface) -> pygame.Surface:
        """A buffer for the new screen while it comes in."""
        if self._buffer is None:
            self._buffer = pygame.Surface(like.get_size(), 0, like)
        return self._buffer


class _Digit:
    """The countdown's digit lands: it starts a little large on its beat and is at its size a quarter of a second later."""

    def __init__(self) -> None:
        self._words: Words | None = None
        self._since_s = 0.0

    def scale(self, scene: Scene, now_s: float) -> float:
        words = next((text.words for text in scene.texts() if text.step == "mega"), None)
        if words != self._words:
            self._words, self._since_s = words, now_s
        left = 1.0 - min((now_s - self._since_s) / MOTION.count_pop_s, 1.0)
        return 1.0 + (MOTION.count_pop_scale - 1.0) * round(left**3 * POP_STEPS) / POP_STEPS
