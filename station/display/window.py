"""The window: one pygame display, its events as intents, its frames by the painter. A fault in drawing never stops a trial."""

from __future__ import annotations

import logging
import os
from collections import deque
from types import TracebackType

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

import pygame

from station.core.reach import type_factor
from station.core.scene import Panel, Scene, Text
from station.core.theme import GRID, MOTION
from station.display.keys import Event, Keys
from station.display.painter import Painter
from station.display.typeset import Catalogue
from station.errors import StationError
from station.settings import ScreenSection
from station.words import Words, say

log = logging.getLogger(__name__)

FRAMES_HZ = 60
FRAMES_KEPT, LEAST_FRAMES = 600, 100  # ten seconds of them tell how late pictures are
_NO_LEGEND = "running-test"  # nothing but the cross is on that screen
_EVENTS = (
    pygame.QUIT,
    pygame.KEYDOWN,
    pygame.KEYUP,
    pygame.MOUSEBUTTONDOWN,
    pygame.MOUSEBUTTONUP,
    pygame.MOUSEMOTION,
    pygame.VIDEORESIZE,
)


class DisplayError(StationError):
    """No picture can be shown: names SDL's driver and its reason."""

    exit_code = 3


class Window:
    """Opens the screen of the settings.

    simulated: keys and the mouse move a simulated person (see `station.display.keys`); `standing`: who stands on the plate already
    Raises DisplayError when no screen can be opened.
    """

    def __init__(
        self, screen: ScreenSection, catalogue: Catalogue, *, fullscreen: bool = False, simulated: bool = False, standing: bool = False
    ) -> None:
        self.closed = False
        self._screen = screen
        self._catalogue = catalogue
        self._keys = Keys(simulated=simulated, standing=standing)
        self._clock = pygame.time.Clock()
        self._frames_ms: deque[int] = deque(maxlen=FRAMES_KEPT)
        self._key_seen = False  # since the newest picture
        self._legend_until_s: float | None = None
        self._logged = False
        self._surface = _open((screen.width_px, screen.height_px), fullscreen)
        self._fullscreen = fullscreen
        pygame.display.set_caption(catalogue.text(say("window.title")))
        pygame.mouse.set_visible(not fullscreen)
        self._fit()

    @property
    def driver(self) -> str:
        """SDL's name of the way the pictures go."""
        return pygame.display.get_driver()

    @property
    def frame_p99_ms(self) -> float | None:
        """99 of the last 100 pictures came no later than this after the one before; None until there were so many."""
        n = len(self._frames_ms)
        return float(sorted(self._frames_ms)[(99 * n) // 100]) if n >= LEAST_FRAMES else None

    @property
    def size(self) -> tuple[int, int]:
        """Of the picture in pixels, as it is drawn (a portrait panel is turned)."""
        return self._canvas.get_size()

    def __enter__(self) -> Window:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def events(self) -> list[Event]:
        """What was pressed since the last call. Closing the window sets `closed`."""
        found: list[Event] = []
        moved: tuple[int, int] | None = None
        for event in pygame.event.get(_EVENTS):
            if event.type == pygame.MOUSEMOTION:
                moved = event.pos
            else:
                found += self._event(event)
        if moved is not None:
            found += self._keys.drag(*self._layout(moved))
        pygame.event.clear()
        return found

    def _event(self, event: pygame.event.Event) -> list[Event]:
        if event.type == pygame.QUIT:
            self.closed = True
        elif event.type == pygame.VIDEORESIZE:
            self._surface = pygame.display.get_surface() or self._surface
            self._fit()
        elif event.type == pygame.KEYDOWN:
            return self._key(event.key, event.mod)
        elif event.type == pygame.KEYUP:
            return self._keys.up(event.key)
        elif event.type == pygame.MOUSEBUTTONDOWN and event.button == 1:
            return self._keys.press(*self._layout(event.pos))
        elif event.type == pygame.MOUSEBUTTONUP and event.button == 1:
            return self._keys.release(*self._layout(event.pos))
        return []

    def _key(self, key: int, mod: int) -> list[Event]:
        self._key_seen = True
        if mod & (pygame.KMOD_CTRL | pygame.KMOD_META) and key in (pygame.K_q, pygame.K_c):
            self.closed = True
            return []
        if key == pygame.K_F11:
            self._fullscreen = not self._fullscreen
            self._surface = _open((self._screen.width_px, self._screen.height_px), self._fullscreen)
            self._fit()
            return []
        return self._keys.down(key, bool(mod & pygame.KMOD_SHIFT))

    def draw(self, scene: Scene, now_s: float) -> None:
        """Paint the scene, and the legend of keys for a while after one was pressed. Whatever goes wrong is logged once."""
        if self._key_seen:
            self._key_seen = False
            self._legend_until_s = now_s + MOTION.legend_s
        never_pressed = self._legend_until_s is None and self._keys.simulated
        pressed_lately = self._legend_until_s is not None and now_s < self._legend_until_s
        if (never_pressed or pressed_lately) and scene.name != _NO_LEGEND:
            scene = scene.plus(moving=legend(simulated=self._keys.simulated))
        try:
            self._painter.paint(scene, now_s)
        except Exception:
            if not self._logged:
                self._logged = True
                log.exception("a screen could not be drawn; the trial goes on (%s)", scene.name)

    def flip(self) -> None:
        """Show what was drawn, at most 60 times a second."""
        if self._canvas is not self._surface:
            self._surface.blit(pygame.transform.rotate(self._canvas, -90), (0, 0))
        pygame.display.flip()
        self._frames_ms.append(self._clock.tick(FRAMES_HZ))

    def close(self) -> None:
        """Give the screen back."""
        self.closed = True
        pygame.display.quit()

    def _fit(self) -> None:
        """A painter for the surface as it is now; a portrait panel gets its picture turned."""
        width, height = self._surface.get_size()
        self._canvas = self._surface if width >= height else pygame.Surface((height, width), 0, self._surface)
        screen = self._screen
        self._painter = Painter(
            self._canvas,
            self._catalogue,
            overscan_pct=screen.overscan_pct,
            type_factor=type_factor(screen.diagonal_in, screen.distance_m, *self._canvas.get_size()),
            reduced_motion=screen.reduced_motion,
        )

    def _layout(self, at: tuple[int, int]) -> tuple[float, float]:
        """A place on the screen in layout units, turned back on a portrait panel."""
        x, y = at
        if self._canvas is not self._surface:
            x, y = y, self._canvas.get_height() - 1 - x
        return self._painter.fit.layout(x, y)


def legend(*, simulated: bool) -> tuple[Panel | Text, ...]:
    """What the keys do, small, below the band."""
    y = GRID.band_y + GRID.band_h
    words: Words = say("legend.person") if simulated else say("legend.screens")
    return (
        Panel(0, y, GRID.width, GRID.height - y, "ground", radius=0),
        Text(words, GRID.margin_x, y - 6, GRID.width - 2 * GRID.margin_x, GRID.height - y, "strip", "quiet", lines=1),
    )


def _open(size: tuple[int, int], fullscreen: bool) -> pygame.Surface:
    """Set the mode: a window, or the whole screen drawn at the size of the settings."""
    try:
        pygame.display.init()
        driver = pygame.display.get_driver()
        if driver == "offscreen" and not os.environ.get("SDL_VIDEODRIVER"):
            raise DisplayError(say("window.none"), say("window.none.do"))  # SDL's silent fall-back: nobody would see it
        return _full(size) if fullscreen else pygame.display.set_mode(size, pygame.RESIZABLE)
    except pygame.error as error:
        wanted = os.environ.get("SDL_VIDEODRIVER", "auto")
        raise DisplayError(say("window.driver", driver=wanted, reason=str(error)), say("window.none.do")) from error


def _full(size: tuple[int, int]) -> pygame.Surface:
    """The whole screen. One larger than the settings is filled by the graphics chip, which costs a small computer nothing."""
    screen = pygame.display.Info()
    if screen.current_w >= screen.current_h and screen.current_w > size[0] and screen.current_h > size[1]:
        try:
            return pygame.display.set_mode(size, pygame.FULLSCREEN | pygame.SCALED)
        except pygame.error as error:
            log.info("the graphics chip cannot scale (%s); drawing at the screen's own size", error)
    return pygame.display.set_mode((0, 0), pygame.FULLSCREEN)
