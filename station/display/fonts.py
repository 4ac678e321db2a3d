"""The typeface: Source Sans Pro from its package, else DejaVu, else pygame's own. One loaded font a weight and size."""

from __future__ import annotations

import functools
import os
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

import pygame

from station.core.scene import Weight

_SOURCE_SANS = {"bold": "SourceSansProBold", "semibold": "SourceSansProSemibold", "regular": "SourceSansPro"}
_DEJAVU = {"bold": "DejaVuSans-Bold.ttf", "semibold": "DejaVuSans-Bold.ttf", "regular": "DejaVuSans.ttf"}
_DEJAVU_FOLDER = Path("/usr/share/fonts/truetype/dejavu")


@functools.cache
def font_file(weight: Weight) -> str:
    """Path of the file for a weight; the last resort is pygame's own bold face."""
    try:
        files: dict[str, str] = import_module("font_source_sans_pro").font_files_ttf
        return str(files[_SOURCE_SANS[weight]])
    except (ImportError, KeyError):
        fallback = _DEJAVU_FOLDER / _DEJAVU[weight]
        return str(fallback) if fallback.exists() else str(Path(pygame.__file__).with_name(pygame.font.get_default_font()))


class Fonts:
    """Fonts by weight and pixel size, kept for as long as the painter lives."""

    def __init__(self) -> None:
        if not pygame.font.get_init():
            pygame.font.init()
        self._loaded: dict[tuple[str, int], pygame.font.Font] = {}

    def get(self, weight: Weight, px: int) -> pygame.font.Font:
        """The font whose em is `px` pixels high."""
        key = (weight, px)
        font = self._loaded.get(key)
        if font is None:
            font = self._loaded[key] = pygame.font.Font(font_file(weight), px)
        return font

    def missing(self, text: str, weight: Weight = "regular") -> str:
        """The characters of a text that the typeface has no glyph for."""
        metrics: Sequence[tuple[int, int, int, int, int] | None] = self.get(weight, 42).metrics(text)
        return "".join(char for char, found in zip(text, metrics, strict=True) if found is None and char != "\n")
