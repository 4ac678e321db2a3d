"""What a machine can check of the look: every screen, both languages, three sizes, shortest and longest content."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
import pygame
import pytest

from station.core.reach import LEAST_M, capitals_mm, reach_m, type_factor
from station.core.scene import Circle, Scene, Text
from station.core.theme import DARK, GRID, MOTION, TYPE_FACTORS, TYPE_PX
from station.display.fonts import Fonts
from station.display.painter import Painter
from station.display.typeset import PlacedText, layout
from station.flow.samples import Sample, samples
from station.settings import ScreenSection
from station.text.catalogue import Catalogue, ids, languages, parts
from station.words import say

SIZES = ((1920, 1080), (1280, 720), (800, 480))
CASES = [(language, full) for language in languages() for full in (False, True)]
CASE_NAMES = [f"{language}-{'longest' if full else 'shortest'}" for language, full in CASES]
each_case = pytest.mark.parametrize(("language", "full"), CASES, ids=CASE_NAMES)
SAMPLES = {full: samples(full=full) for full in (False, True)}
FONTS = Fonts()
MOST_WORDS = {"before": 9, "play": 5}  # of the stage, and of the one sentence in the band
SENTENCE_WORDS = 12  # in the band of any other screen
SIGNS = {"DEMO", "RATE", "GPIO"}  # the tag, and what is printed on a circuit board
FLASH = 0.1  # change of relative luminance that counts as one (WCAG 2, general flash)
MOST_AREA = 0.25


def problems(language: str, full: bool, size: tuple[int, int], wrong: Callable[[Sample, list[PlacedText]], list[str]]) -> list[str]:
    """What `wrong` finds on the screens of one case, each with the screen's name."""
    catalogue = Catalogue(language)
    found: list[str] = []
    for sample in SAMPLES[full]:
        found += [f"{sample.name}: {what}" for what in wrong(sample, layout(sample.scene, catalogue, size, fonts=FONTS))]
    return found


def none(found: list[str]) -> None:
    """Nothing was found; else each finding on its own line."""
    assert not found, "\n" + "\n".join(found)


def part_of(text: Text) -> str:
    """strip, stage or band."""
    if text.y < GRID.stage_y:
        return "strip" if text.step == "strip" else "stage"
    return "band" if text.y >= GRID.band_y else "stage"


@pytest.mark.parametrize("size", SIZES, ids=str)
@each_case
def test_no_text_leaves_its_box_or_the_screen(language, full, size):
    def wrong(_: Sample, placed: list[PlacedText]) -> list[str]:
        left, right = (size[0] - GRID.width * size[0] / GRID.width) / 2, size[0]
        out = [f"{p.text!r} fits in no form" for p in placed if p.form == "none"]
        return out + [f"{p.text!r} leaves the screen" for p in placed if p.rect[0] < left or p.rect[2] > right or p.rect[3] > size[1]]

    none(problems(language, full, size, wrong))


@pytest.mark.parametrize("size", SIZES, ids=str)
@each_case
def test_no_two_texts_overlap(language, full, size):
    def wrong(_: Sample, placed: list[PlacedText]) -> list[str]:
        return [f"{a.text!r} and {b.text!r}" for a, b in combinations(placed, 2) if overlap(a.rect, b.rect)]

    none(problems(language, full, size, wrong))


def overlap(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_every_size_is_a_step_of_the_type(size):
    scale = min(size[0] / GRID.width, size[1] / GRID.height)
    allowed = {round(px * scale * factor) for px in TYPE_PX.values() for factor in TYPE_FACTORS}

    def wrong(_: Sample, placed: list[PlacedText]) -> list[str]:
        return [f"{p.text!r} is {p.px} px" for p in placed if p.px not in allowed or p.step not in TYPE_PX]

    none(problems("en", True, size, wrong))


@each_case
def test_a_stage_has_two_sizes_and_two_weights_at_most(language, full):
    def wrong(_: Sample, placed: list[PlacedText]) -> list[str]:
        stage = [p.shape for p in placed if part_of(p.shape) == "stage"]
        steps, weights = {t.step for t in stage}, {t.weight for t in stage}
        return [f"{sorted(each)}" for each in (steps, weights) if len(each) > 2]

    none(problems(language, full, (1920, 1080), wrong))


@each_case
def test_boxes_of_text_stand_on_the_grid(language, full):
    def wrong(_: Sample, placed: list[PlacedText]) -> list[str]:
        mega = [p.shape for p in placed if p.step == "mega"]  # its unit stands where the number ends
        boxes = [p.shape for p in placed if not any(m.y < p.shape.y and p.shape.y + p.shape.h <= m.y + m.h for m in mega)]
        return [f"{t.words.id} at {t.x}, {t.y}" for t in boxes if t.y % 6 or (t.align == "left" and t.x % 6)]

    none(problems(language, full, (1920, 1080), wrong))


@each_case
def test_few_words_before_a_test_and_fewer_in_play(language, full):
    def count(placed: list[PlacedText], where: str) -> int:
        return sum(bool(re.search(r"[^\W\d_]", word)) for p in placed if part_of(p.shape) == where for word in p.text.split())

    def wrong(sample: Sample, placed: list[PlacedText]) -> list[str]:
        most = {"stage": MOST_WORDS.get(sample.part, 99), "band": MOST_WORDS.get(sample.part, SENTENCE_WORDS)}
        return [f"{count(placed, where)} words in the {where}" for where in most if count(placed, where) > most[where]]

    none(problems(language, full, (1920, 1080), wrong))


@pytest.mark.parametrize("language", languages())
def test_every_cue_of_a_drill_is_short(language):
    cues = [id for id in ids() if (id.startswith("drill.") and id.endswith((".do", ".tap", ".lift-again"))) or id.startswith("drill.cue.")]
    assert len(cues) >= 8
    none([id for id in cues if len(Catalogue(language).text(say(id)).split()) > MOST_WORDS["play"]])


@each_case
def test_words_are_written_calmly(language, full):
    def wrong(_: Sample, placed: list[PlacedText]) -> list[str]:
        shouted = [w for p in placed for w in p.text.split() if len(w) > 3 and w.isalpha() and w.isupper() and w not in SIGNS]
        return shouted + [p.text for p in placed if "!" in p.text or "_" in p.text or re.search(r"\b[a-z]+\.[a-z]+-?[a-z]*\b", p.text)]

    none(problems(language, full, (1920, 1080), wrong))


@pytest.mark.parametrize("language", languages())
def test_the_typeface_has_every_character_of_the_language(language):
    catalogue = Catalogue(language)
    texts = [form for part in parts().values() for forms in part.values() for key, form in forms.items() if key.startswith(language)]
    shown = [p.text for full in SAMPLES for s in SAMPLES[full] for p in layout(s.scene, catalogue, (1280, 720), fonts=FONTS)]
    for weight in ("regular", "semibold", "bold"):
        assert FONTS.missing("".join(texts + shown), weight) == ""


@pytest.mark.parametrize(
    ("language", "names"),
    [
        ("en", ["front left", "front right", "rear left", "rear right"]),
        ("de", ["vorn links", "vorn rechts", "hinten links", "hinten rechts"]),
    ],
)
def test_corners_have_the_names_of_the_person_who_stands_there(language, names):
    keys = ["cell.front-left", "cell.front-right", "cell.rear-left", "cell.rear-right"]
    assert [Catalogue(language).text(say(key)).lower() for key in keys] == names


def test_a_corner_in_trouble_lies_where_its_name_says():
    scene = next(s.scene for s in SAMPLES[True] if s.name == "trouble-corner")  # front right
    corner = next(s for s in scene.still if isinstance(s, Circle) and s.role == "trouble" and s.x > GRID.figure_x)
    assert corner.x > GRID.figure_x + GRID.figure_w / 2
    assert corner.y < GRID.stage_y + GRID.stage_h / 2
    assert any(t.role == "trouble" and Catalogue("en").text(t.words).lower() == "front right" for t in scene.texts())


SRGB = np.arange(256) / 255.0
LINEAR = np.where(SRGB <= 0.04045, SRGB / 12.92, ((SRGB + 0.055) / 1.055) ** 2.4).astype(np.float32)


def luminance(rgb: np.ndarray) -> np.ndarray:
    """Relative luminance of sRGB bytes (WCAG 2)."""
    r, g, b = (LINEAR[rgb[..., k]] for k in range(3))
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def colour(role: str) -> np.ndarray:
    text = DARK[role]
    return np.array([int(text[k : k + 2], 16) for k in (1, 3, 5)])


@each_case
def test_every_text_stands_out_from_what_is_painted_under_it(language, full):
    size = (960, 540)
    catalogue, surface = Catalogue(language), pygame.Surface(size, 0, 32)
    painter = Painter(surface, catalogue, reduced_motion=True)
    weak = []
    for n, sample in enumerate(SAMPLES[full]):
        placed = layout(sample.scene, catalogue, size, fonts=FONTS)
        painter.paint(scene_without_words(sample.scene), 10.0 * n)
        painter.paint(scene_without_words(sample.scene), 10.0 * n + 5)
        under = pygame.surfarray.array3d(surface)
        for p in placed:
            left, top, right, bottom = (round(v) for v in p.rect)
            back = under[max(left, 0) : right, max(top, 0) : bottom].reshape(-1, 3)
            ink = (colour(p.role) * p.shape.alpha + back * (1 - p.shape.alpha)).astype(np.uint8)
            pair = np.sort(np.stack((luminance(ink), luminance(back))), axis=0)
            worst = float(((pair[1] + 0.05) / (pair[0] + 0.05)).min())
            if worst < (3.0 if p.step in ("mega", "hero") else 4.5):
                weak.append(f"{sample.name}: {p.text!r} {worst:.1f}")
    none(weak)


def scene_without_words(scene: Scene) -> Scene:
    def rest(shapes):
        return tuple(s for s in shapes if not isinstance(s, Text))

    return Scene(scene.name, rest(scene.still), rest(scene.moving))


def test_the_painted_words_have_the_colour_of_their_role():
    painter = Painter(pygame.Surface((960, 540), 0, 32), Catalogue("en"), reduced_motion=True)
    missing = []
    for n, sample in enumerate(SAMPLES[False]):
        painter.paint(sample.scene, 10.0 * n)
        painter.paint(sample.scene, 10.0 * n + 5)
        seen = pygame.surfarray.array3d(painter.surface)
        for p in layout(sample.scene, Catalogue("en"), (960, 540), fonts=FONTS):
            left, top, right, bottom = (round(v) for v in p.rect)
            if p.shape.alpha == 1 and not (seen[left:right, top:bottom] == colour(p.role)).all(axis=2).any():
                missing.append(f"{sample.name}: {p.text!r}")
    none(missing)


def test_every_shape_has_a_role_of_the_theme():
    roles = {getattr(shape, "role", "ink") for full in SAMPLES for s in SAMPLES[full] for shape in s.scene.shapes()}
    assert roles <= set(DARK)


def test_colours_are_written_in_the_theme_alone(root: Path):
    hexed = re.compile(r"#(?:[0-9a-fA-F]{8}|[0-9a-fA-F]{6}|[0-9a-fA-F]{3})(?![\w-])")
    kinds = {".py", ".css", ".html", ".js", ".svg", ".toml"}
    files = [f for top in ("station", "web") for f in (root / top).rglob("*") if f.suffix in kinds and f.name != "theme.py"]
    stray = [f"{f.relative_to(root)}: {hit}" for f in files for hit in hexed.findall(f.read_text("utf-8"))]
    assert len(files) > 20
    none(stray)


@pytest.mark.parametrize("reduced", [False, True], ids=["moving", "reduced"])
def test_no_change_of_screen_flashes(reduced):
    """Over any three pictures at 60 Hz no more than a quarter of the screen changes its luminance by a tenth."""
    painter = Painter(pygame.Surface((320, 180), 0, 32), Catalogue("en"), reduced_motion=reduced)
    shown = [s for s in SAMPLES[False] if s.name in CHANGES]
    flashes = []
    now_s = 0.0
    for before, after in pairwise(shown):
        seen: list[np.ndarray] = []
        for k in range(2 + round((MOTION.fade_out_s + MOTION.fade_in_s) * 60) + 2):
            painter.paint(before.scene if k < 2 else after.scene, now_s)
            now_s += 1 / 60
            seen.append(luminance(pygame.surfarray.array3d(painter.surface)[::2, ::2]))
        now_s += 1.0
        painter.paint(after.scene, now_s)
        worst = max(float((np.abs(b - a) >= FLASH).mean()) for a, b in zip(seen, seen[2:], strict=False))
        if worst > MOST_AREA:
            flashes.append(f"{before.name} to {after.name}: {worst:.2f}")
    none(flashes)


CHANGES = {"home", "home-keep", "who", "what", "ask-safety", "settle", "countdown", "running-test", "ending-eyes-closed", "running-candle"}
CHANGES |= {"frozen-candle", "result-hold", "not-measured", "trouble-corner"}


def test_the_standard_screen_can_be_read_from_where_people_stand():
    screen = ScreenSection()
    assert reach_m(screen.diagonal_in, screen.width_px, screen.height_px) >= max(screen.distance_m, LEAST_M)


def test_reach_grows_with_the_type_and_the_smallest_that_reaches_is_taken():
    size = (1280, 720)
    reaches = [reach_m(15.6, *size, factor) for factor in TYPE_FACTORS]
    assert reaches == sorted(reaches)
    for distance_m in (0.5, reaches[0] + 0.01, reaches[1] + 0.01, 9.0):
        factor = type_factor(15.6, distance_m, *size)
        assert factor == next((f for f, r in zip(TYPE_FACTORS, reaches, strict=True) if r >= distance_m), TYPE_FACTORS[-1])
    assert capitals_mm("mega", 32, *size) / capitals_mm("say", 32, *size) == TYPE_PX["mega"] / TYPE_PX["say"]


@pytest.mark.parametrize("language", languages())
def test_with_larger_type_every_screen_still_fits(language):
    catalogue = Catalogue(language)
    tight = [
        f"{sample.name}: {p.text!r}"
        for sample in SAMPLES[True]
        for p in layout(sample.scene, catalogue, (800, 480), fonts=FONTS, type_factor=1.5)
        if p.form == "none"
    ]
    none(tight)


def test_the_samples_show_every_screen_once_by_name():
    for full in SAMPLES:
        names = [s.name for s in SAMPLES[full]]
        assert len(names) == len(set(names)) >= 30
    assert len(set(ids())) > 100
