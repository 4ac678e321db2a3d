"""One real window on a real X server without a screen: a key arrives, a picture is shown."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time

import pytest

NEEDED = ("Xvfb", "xdotool")
pytestmark = pytest.mark.skipif(any(shutil.which(tool) is None for tool in NEEDED), reason="Xvfb or xdotool is not installed")

PROGRAM = """
import time
import pygame
from station.core.scene import Circle, Scene
from station.display.window import Window
from station.settings import ScreenSection
from station.text.catalogue import Catalogue
with Window(ScreenSection(width_px=800, height_px=480), Catalogue("en")) as window:
    end_s = time.monotonic() + 60
    said = False
    while time.monotonic() < end_s and not window.closed:
        window.draw(Scene("home", (Circle(960, 540, 60, "ink"),)), time.monotonic())
        window.flip()
        if not said:
            print(pygame.display.get_driver(), tuple(pygame.display.get_surface().get_at((400, 240)))[:3], flush=True)
            said = True
        for event in window.events():
            print(event.name, flush=True)
            window.closed = True
"""


@pytest.fixture
def display():
    """An X server of our own; it picks a free number itself."""
    read_fd, write_fd = os.pipe()
    command = ["Xvfb", "-displayfd", str(write_fd), "-screen", "0", "1024x768x24", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=(write_fd,), stderr=subprocess.DEVNULL)
    os.close(write_fd)
    with os.fdopen(read_fd) as answered:
        number = answered.readline().strip()
    yield f":{number}"
    server.terminate()
    server.wait(10)


def test_a_window_shows_its_picture_and_hears_its_keys(display):
    quiet = {k: v for k, v in os.environ.items() if k not in ("SDL_VIDEODRIVER", "WAYLAND_DISPLAY")} | {"DISPLAY": display}
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM], env=quiet, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as program:
        assert program.stdout is not None
        first = program.stdout.readline().strip()
        if first.startswith("pygame "):  # its greeting, in two lines
            program.stdout.readline()
            first = program.stdout.readline().strip()
        assert first == "x11 (232, 238, 244)"
        heard = ""
        end_s = time.monotonic() + 60
        while not heard and time.monotonic() < end_s:
            # without a window manager nobody gives the window the keys, so the pointer does
            subprocess.run(["xdotool", "mousemove", "300", "300", "key", "Return"], env=quiet, check=True, timeout=10)
            if program.poll() is not None:
                heard = program.stdout.readline().strip()
            else:
                time.sleep(0.05)
        assert heard == "NEXT"
