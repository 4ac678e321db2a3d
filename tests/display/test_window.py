"""Keys, mouse and the window on SDL's dummy screen; what is said when there is no screen."""

from __future__ import annotations

import logging
import os
import subprocess
import sys

import pygame
import pytest

from station.core.reach import reach_m, type_factor
from station.core.scene import Circle, Scene
from station.core.theme import GRID, MOTION
from station.display.keys import Act, Keys, VolumeKey
from station.display.typeset import layout
from station.display.window import DisplayError, Window, legend
from station.flow.intents import Intent, Point
from station.settings import ScreenSection
from station.text.catalogue import Catalogue


@pytest.fixture
def open_window():
    opened = []

    def window(**how):
        screen = ScreenSection(**{k: how.pop(k) for k in list(how) if k in ScreenSection.model_fields})
        opened.append(Window(screen, Catalogue("en"), **how))
        return opened[-1]

    yield window
    for each in opened:
        each.close()


def press(key: int, mod: int = 0) -> None:
    pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=key, mod=mod, unicode=""))


def test_keys_choose_and_answer_when_the_board_is_real():
    keys = Keys(simulated=False)
    meant = {
        pygame.K_RETURN: Intent.NEXT,
        pygame.K_SPACE: Intent.NEXT,
        pygame.K_ESCAPE: Intent.BACK,
        pygame.K_LEFT: Intent.LEFT,
        pygame.K_RIGHT: Intent.RIGHT,
        pygame.K_y: Intent.YES,
        pygame.K_n: Intent.NO,
        pygame.K_s: Intent.STOP,
        pygame.K_a: Intent.ARMS,
        pygame.K_e: Intent.EYES,
        pygame.K_g: Intent.LEG,
    }
    assert {key: keys.down(key) for key in meant} == {key: [intent] for key, intent in meant.items()}


def test_space_steps_a_simulated_person_on_and_off():
    keys = Keys(simulated=True)
    assert [keys.down(pygame.K_SPACE)[0] for _ in range(3)] == [Act("step-on"), Act("step-off"), Act("step-on")]
    assert Keys(simulated=True, standing=True).down(pygame.K_SPACE) == [Act("step-off")]


def test_arrows_lean_a_simulated_person_for_as_long_as_they_are_held():
    keys = Keys(simulated=True)
    right = keys.down(pygame.K_RIGHT)[0]
    both = keys.down(pygame.K_UP)[0]
    assert right.action == both.action == "lean"
    assert right.args["ml_mm"] > 0 == right.args["ap_mm"]
    assert both.args["ml_mm"] > 0 < both.args["ap_mm"]
    assert keys.up(pygame.K_RIGHT)[0].args["ml_mm"] == 0
    assert keys.up(pygame.K_UP) == [Act("stand")]


def test_a_lifted_foot_comes_down_with_the_same_key():
    keys = Keys(simulated=True)
    acts = [keys.down(key)[0].action for key in (pygame.K_l, pygame.K_l, pygame.K_l, pygame.K_r, pygame.K_r)]
    assert acts == ["lift-left", "both-feet", "lift-left", "lift-right", "both-feet"]


def test_every_act_is_one_that_the_simulated_board_knows():
    from hardware.simulated import SimulatedBoard

    keys, board = Keys(simulated=True), SimulatedBoard()
    acts = []
    for key in (pygame.K_SPACE, pygame.K_l, pygame.K_r, pygame.K_r, pygame.K_t, pygame.K_p, pygame.K_p, pygame.K_UP, pygame.K_SPACE):
        acts += keys.down(key) + keys.up(key)
    for act in acts:
        board.act(act.action, **act.args)
    assert len(acts) == 10


def test_the_mouse_leans_when_it_is_dragged_and_points_when_it_is_not():
    keys = Keys(simulated=True)
    assert keys.press(960, 540) + keys.release(960, 540) == [Point(960, 540)]
    keys.press(960, 540)
    lean = keys.drag(GRID.width, 0)[0]
    assert lean.args == {"ml_mm": 140.0, "ap_mm": 110.0}
    assert keys.release(GRID.width, 0) == [Act("stand")]


def test_a_touch_is_a_point_at_once_when_the_board_is_real():
    keys = Keys(simulated=False)
    assert keys.press(12, 24) + keys.drag(500, 500) + keys.release(12, 24) == [Point(12, 24)]


def test_events_arrive_as_intents_in_layout_units(open_window):
    window = open_window(width_px=1280, height_px=720)
    press(pygame.K_RETURN)
    press(pygame.K_PLUS)
    pygame.event.post(pygame.event.Event(pygame.MOUSEBUTTONDOWN, pos=(640, 360), button=1))
    assert window.events() == [Intent.NEXT, VolumeKey(1), Point(960.0, 540.0)]
    assert window.events() == []


def test_closing_the_window_ends_it(open_window):
    window = open_window()
    assert not window.closed
    pygame.event.post(pygame.event.Event(pygame.QUIT))
    window.events()
    assert window.closed


def test_the_legend_stays_five_seconds_after_a_key(open_window):
    window = open_window(width_px=1280, height_px=720)
    screen = pygame.display.get_surface()

    def lit() -> bool:
        rows = pygame.surfarray.array3d(screen)[:, 690:]
        return len({tuple(c) for c in rows.reshape(-1, 3).tolist()}) > 1

    def drawn(now_s: float, name: str = "home") -> bool:
        window.draw(Scene(name), now_s)
        return lit()

    assert not drawn(1.0)
    press(pygame.K_UP)
    window.events()
    assert drawn(2.0)
    assert drawn(2.0 + MOTION.legend_s - 0.1)
    assert not drawn(2.0 + MOTION.legend_s)
    press(pygame.K_UP)
    window.events()
    assert not drawn(20.0, "running-test")


def test_the_legend_stands_until_the_first_key_when_a_person_is_simulated(open_window):
    window = open_window(width_px=1280, height_px=720, simulated=True)
    window.draw(Scene("home"), 100.0)
    rows = pygame.surfarray.array3d(pygame.display.get_surface())[:, 690:]
    assert rows.max() > 100
    assert legend(simulated=True) != legend(simulated=False)


def test_a_scene_that_cannot_be_drawn_is_logged_once_and_the_next_one_is_drawn(open_window, caplog):
    window = open_window()
    broken = Scene("home", (Circle(960, 540, 30, "no-such-role"),))
    with caplog.at_level(logging.ERROR):
        window.draw(broken, 0.0)
        window.draw(broken, 0.1)
    assert len(caplog.records) == 1
    window.draw(Scene("home", (Circle(960, 540, 30, "ink"),)), 0.2)
    assert pygame.display.get_surface().get_at((640, 360))[:3] == (232, 238, 244)


def test_a_portrait_panel_gets_a_turned_picture_and_turned_touches(open_window):
    window = open_window(width_px=720, height_px=1280)
    assert window.size == (1280, 720)
    window.draw(Scene("home", (Circle(180, 135, 60, "ink"),)), 0.0)  # upper left
    window.flip()
    screen = pygame.display.get_surface()
    assert screen.get_at((720 - 90, 120))[:3] == (232, 238, 244)  # clockwise: upper right
    pygame.event.post(pygame.event.Event(pygame.MOUSEBUTTONDOWN, pos=(720 - 91, 120), button=1))
    assert window.events() == [Point(180.0, 135.0)]


def test_no_screen_is_an_error_that_says_what_to_do():
    quiet = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER")}
    program = (
        "from station.display.window import Window, DisplayError\n"
        "from station.settings import ScreenSection\n"
        "from station.text.catalogue import Catalogue\n"
        "text = Catalogue('en')\n"
        "try:\n    Window(ScreenSection(), text)\n"
        "except DisplayError as error:\n    print(text.text(error.what), text.text(error.do))\n"
    )
    said = subprocess.run([sys.executable, "-c", program], env=quiet, capture_output=True, text=True, timeout=30, check=True).stdout
    assert said.startswith("No screen was found. Connect a screen")


def test_a_driver_that_is_not_there_is_named(monkeypatch):
    pygame.display.quit()
    monkeypatch.setenv("SDL_VIDEODRIVER", "kmsdrm")
    with pytest.raises(DisplayError) as caught:
        Window(ScreenSection(), Catalogue("en"))
    assert Catalogue("en").text(caught.value.what) == "The screen could not be opened (driver kmsdrm: kmsdrm not available)."


@pytest.mark.parametrize(
    ("diagonal_in", "size", "reads_m"),
    [(24, (1920, 1080), 2.4), (32, (1920, 1080), 3.2), (43, (1920, 1080), 4.3), (10.1, (1280, 720), 1.0), (7, (800, 480), 0.7)],
)
def test_how_far_a_screen_can_be_read(diagonal_in, size, reads_m):
    assert reach_m(diagonal_in, *size) == pytest.approx(reads_m, abs=0.05)


def test_a_small_screen_gets_larger_type():
    assert type_factor(32, 2.0, 1920, 1080) == 1.0
    assert type_factor(24, 2.8, 1920, 1080) == 1.25
    assert type_factor(7, 2.0, 800, 480) == 1.5


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("size", [(1920, 1080), (1280, 720), (800, 480)], ids=str)
def test_the_legend_fits_below_the_band(language, size):
    for simulated in (True, False):
        placed = layout(Scene("home", legend(simulated=simulated)), Catalogue(language), size)
        assert placed[0].form in ("long", "short")
