"""The guided procedures as pictures: the plate from above with its marks and corners, one instruction, what to press.

Layout: words at the left, the plate as high as the stage at the right. The plate's own picture is in `flow/bench.py`.
"""

from __future__ import annotations

from station.core.geometry import Geometry
from station.core.scene import Line, Panel, Role, Scene, Shape, Text
from station.core.sheet import Does, Sheet, Verdict
from station.core.theme import GRID
from station.flow.art import tick, triangle
from station.flow.bench import bench
from station.flow.pieces import BAND_MID_Y, RIGHT, Furniture, Picture, band, card_frame, line_h, strip
from station.words import Num, Words, say

WORDS_W = 1032
SAY_Y = 156
BELOW_Y = 504
SIGN = 84
BUTTON_Y, BUTTON_H = 708, 168
YES_BOX = (GRID.words_x, BUTTON_Y, 504, BUTTON_H)
NO_BOX = (GRID.words_x + 528, BUTTON_Y, 504, BUTTON_H)
OK_BOX = YES_BOX
LESS_BOX = (GRID.words_x, 432, 216, 216)
MORE_BOX = (GRID.words_x + WORDS_W - 216, 432, 216, 216)
STOP = 96
STOP_BOX = (RIGHT - 12 - STOP, GRID.band_y, STOP + 12, GRID.band_h)
MOST_VERDICTS = 3
PICTURES: dict[Does, Picture] = {
    "": "wait",
    "wait": "wait",
    "step-off": "off",
    "press-corner": "press",
    "put-weight": "weight",
    "take-weight": "lift",
}


def service_scene(sheet: Sheet, geometry: Geometry, furniture: Furniture, now_s: float) -> Scene:
    """A procedure at its newest reading; `now_s` moves the pulse of what is asked for."""
    still, moving = bench(sheet, geometry, now_s)
    left = say("service.step", what=say(f"service.{sheet.kind}"), n=Num(min(sheet.index + 1, sheet.of)), of=Num(sheet.of))
    shapes = (
        *strip(say(f"service.{sheet.kind}") if sheet.over or sheet.of <= 1 else left, furniture),
        *still,
        *(_ended(sheet) if sheet.over else _going(sheet)),
        *_band(sheet),
    )
    asked = () if sheet.over else (*_weight(sheet), *_load(sheet))
    return Scene(f"{sheet.kind}-{sheet.step}", shapes, (*moving, *asked), sheet.problem or sheet.say)


def _going(sheet: Sheet) -> tuple[Shape, ...]:
    """What to do, what is wrong with the last thing done, what to press. A wrong weight takes the place of the question."""
    if sheet.asks == "weight":
        first = _signed(sheet.problem, SAY_Y, "say", 2) if sheet.problem is not None else _say(sheet.say, 2)
        return (*first, *_button(OK_BOX, say("service.ok"), lit=True))
    if sheet.problem is not None:
        below = _signed(sheet.problem, BELOW_Y, "label", 2 if sheet.asks else 3)
    else:
        below = tuple(shape for verdict in weightiest(sheet.verdicts)[:1] for shape in _verdict(verdict, BELOW_Y))
    return (*_say(sheet.say, 3), *below, *_buttons(sheet))


def _buttons(sheet: Sheet) -> tuple[Shape, ...]:
    if sheet.asks == "yes-no":
        return (*_button(YES_BOX, say("flow.yes"), lit=True), *_button(NO_BOX, say("flow.no"), lit=False))
    return _button(OK_BOX, say("service.go-on"), lit=True) if sheet.asks == "next" else ()


def _ended(sheet: Sheet) -> tuple[Shape, ...]:
    """Passed or not in one sentence; below it what speaks for it, what is wrong first."""
    shapes, calm = [*_say(sheet.say, 2)], all(v.ok for v in sheet.verdicts)
    for n, verdict in enumerate(weightiest(sheet.verdicts)):
        shapes += _verdict(verdict, 396 + n * 168, calm=calm)
    return tuple(shapes)


def weightiest(verdicts: tuple[Verdict, ...]) -> tuple[Verdict, ...]:
    """As many as the wall holds, what is wrong first; the pages have them all."""
    return tuple(sorted(verdicts, key=lambda v: v.ok))[:MOST_VERDICTS]


def _say(words: Words, lines: int) -> tuple[Shape, ...]:
    return (Text(words, GRID.words_x, SAY_Y, WORDS_W, line_h("say", lines), "say", "ink", "semibold", lines=lines, top=True),)


def _signed(words: Words, y: float, step: str, lines: int) -> tuple[Shape, ...]:
    """What is wrong, beside its triangle."""
    x = GRID.words_x + SIGN + 24
    height, big = (line_h("say", lines), True) if step == "say" else (line_h("label", lines), False)
    text = Text(words, x, y, GRID.words_x + WORDS_W - x, height, "say" if big else "label", "trouble", "semibold", lines=lines, top=True)
    return (*triangle(GRID.words_x + SIGN / 2, y + (60 if big else 42), SIGN), text)


def _verdict(verdict: Verdict, y: float, *, calm: bool = True) -> tuple[Shape, ...]:
    """A sentence with its sign; `calm`: nothing is wrong beside it, so that the tick may be green."""
    x = GRID.words_x + 72
    mark = tick(GRID.words_x + 24, y + 39, 48, "good" if calm else "quiet") if verdict.ok else triangle(GRID.words_x + 24, y + 36, 54)
    role: Role = "quiet" if verdict.ok else "ink"
    return (*mark, Text(verdict.what, x, y, GRID.words_x + WORDS_W - x, line_h("label", 2), "label", role, "regular", lines=2, top=True))


def _button(box: tuple[float, float, float, float], words: Words, *, lit: bool) -> tuple[Shape, ...]:
    x, y, w, h = box
    return (*card_frame(x, y, w, h, lit=lit), Text(words, x, y, w, h, "say", "ink", "semibold", "centre", lines=1))


def _weight(sheet: Sheet) -> tuple[Shape, ...]:
    """The number, large, between less and more."""
    if sheet.asks != "weight":
        return ()
    x, y, w, h = LESS_BOX
    kg = sheet.weight_kg or 0.0
    fine = Num(kg, 1 if abs(kg * 10 - round(kg * 10)) < 1e-6 else 2, "kg")
    number = Text(say("service.number", n=fine), x + w, y, MORE_BOX[0] - x - w, h, "hero", "ink", "semibold", "centre", lines=1)
    return (*_sign_box(LESS_BOX, plus=False), number, *_sign_box(MORE_BOX, plus=True))


def _sign_box(box: tuple[float, float, float, float], *, plus: bool) -> tuple[Shape, ...]:
    x, y, w, h = box
    mid_x, mid_y, half = x + w / 2, y + h / 2, 42
    across = Line(((mid_x - half, mid_y), (mid_x + half, mid_y)), "target", GRID.stroke_gauge)
    down = (Line(((mid_x, mid_y - half), (mid_x, mid_y + half)), "target", GRID.stroke_gauge),) if plus else ()
    return (*card_frame(x, y, w, h, lit=False), across, *down)


def _load(sheet: Sheet) -> tuple[Shape, ...]:
    """What lies on the plate, while something is being put there or taken off."""
    if sheet.load_kg is None or sheet.asks or sheet.does not in ("put-weight", "take-weight", "step-off", "press-corner"):
        return ()
    words = say("service.load", kg=Num(sheet.load_kg, 1, "kg"))
    return (Text(words, GRID.words_x, 792, WORDS_W, line_h("label"), "label", "quiet", "regular", lines=1),)


def _band(sheet: Sheet) -> tuple[Shape, ...]:
    """One sentence; at its right end the way out, for who has nothing but the screen."""
    if sheet.over:
        return band(sheet.do if _says(sheet.do) else say("service.leave"), "key")
    words = sheet.do if _says(sheet.do) else say(f"service.do-{sheet.asks}") if sheet.asks else say("service.do-wait")
    picture: Picture = "key" if sheet.asks else PICTURES[sheet.does]
    x, y = STOP_BOX[0] + STOP / 2, BAND_MID_Y
    sign = (Panel(x - 36, y - 36, 72, 72, "quiet", GRID.stroke_target, radius=18), Panel(x - 15, y - 15, 30, 30, "quiet", radius=6))
    return (*band(words, picture, keep_right=STOP + 12), *sign)


def _says(words: Words) -> bool:
    return bool(words.id or words.args)
