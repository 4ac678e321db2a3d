"""`python -m station.display.sheet FOLDER`: every screen in every language as a small picture, and one sheet of all of them."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

import pygame
from PIL import Image, ImageColor

from station.core.scene import Scene
from station.core.theme import DARK
from station.display.painter import Painter
from station.flow.samples import Sample, samples
from station.text.catalogue import Catalogue, languages

SIZE = (960, 540)
SMALL = (384, 216)  # on the sheet
COLUMNS = 5
GAP = 12
STANDS_S = 10.0  # between two screens: any fade is over
SHADES = 9  # of each role over the ground and over a panel


def pictures(scenes: Iterable[Scene], language: str, size: tuple[int, int] = SIZE) -> Iterator[pygame.Surface]:
    """Scenes as the wall shows them once they stand. It is one surface: keep a copy of what is to stay."""
    painter = Painter(pygame.Surface(size, 0, 32), Catalogue(language), reduced_motion=True)
    for n, scene in enumerate(scenes):
        now_s = n * STANDS_S
        painter.paint(scene, now_s)
        painter.paint(scene, now_s + STANDS_S / 2)  # the fade is over
        yield painter.surface


def sheet(folder: Path, shown: Sequence[Sample] | None = None) -> list[Path]:
    """Write `<screen>-<language>.png` for every screen and one sheet a language with all of them; the files written."""
    folder.mkdir(parents=True, exist_ok=True)
    shown = samples() if shown is None else shown
    written: list[Path] = []
    for language in languages():
        small: list[Image.Image] = []
        for sample, surface in zip(shown, pictures((s.scene for s in shown), language), strict=True):
            image = _image(surface)
            written.append(_save(image, folder / f"{sample.name}-{language}.png"))
            small.append(image.resize(SMALL, Image.Resampling.LANCZOS))
        name = "sheet.png" if language == languages()[0] else f"sheet-{language}.png"
        written.append(_save(_together(small), folder / name))
    return written


def _image(surface: pygame.Surface) -> Image.Image:
    return Image.frombytes("RGB", surface.get_size(), pygame.image.tobytes(surface, "RGB"))


def _together(pictures: Iterable[Image.Image]) -> Image.Image:
    """All of them in rows, on a ground a little lighter than theirs."""
    found = list(pictures)
    rows = -(-len(found) // COLUMNS)
    width, height = SMALL
    paper = Image.new("RGB", (COLUMNS * (width + GAP) + GAP, rows * (height + GAP) + GAP), DARK["ring"])
    for n, each in enumerate(found):
        paper.paste(each, (GAP + n % COLUMNS * (width + GAP), GAP + n // COLUMNS * (height + GAP)))
    return paper


def _save(image: Image.Image, path: Path) -> Path:
    """As few bytes as a palette needs."""
    image.quantize(palette=_palette(), dither=Image.Dither.NONE).save(path, optimize=True)
    return path


@functools.cache
def _palette() -> Image.Image:
    """The roles, and the way from the ground and from a panel to each: all that a screen can show."""
    roles = {role: ImageColor.getrgb(text) for role, text in DARK.items() if role not in ("ground", "panel", "qr")}
    shades: set[tuple[int, ...]] = {ImageColor.getrgb(DARK[role]) for role in ("ground", "panel")}
    for under in (ImageColor.getrgb(DARK["ground"]), ImageColor.getrgb(DARK["panel"])):
        for over in roles.values():
            for k in range(1, SHADES + 1):
                shades.add(tuple(round(a + (b - a) * k / SHADES) for a, b in zip(under, over, strict=True)))
    palette = Image.new("P", (1, 1))
    palette.putpalette([part for shade in sorted(shades)[:256] for part in shade])
    return palette


def main(arguments: Sequence[str]) -> int:
    if len(arguments) != 1:
        sys.stderr.write("python -m station.display.sheet FOLDER\n")
        return 2
    written = sheet(Path(arguments[0]))
    sys.stdout.write(f"{len(written)} -> {arguments[0]}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
