"""The result: one number, what it is, why it ended, the own usual band; or that nothing was measured, and why."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from station.core import shown
from station.core.results import RunResult, TrialResult
from station.core.scene import Circle, Line, Scene, Shape, Text
from station.core.theme import GRID, TYPE_PX
from station.flow.home import qr
from station.flow.pieces import FIGURE_MID_X, Furniture, Picture, band, fill_ring, headline, line_h, strip
from station.flow.shop import Usual
from station.protocols.model import Protocol
from station.words import Num, Words, literal, say

NUMBER_Y = 156
PRIMARY = "mean_velocity_mm_s"  # the measure that speaks for a quiet stance
SHOWN_DECIMALS = {"s": 1}
TALLY_W = 1104
DIGIT_EM, POINT_EM = 0.53, 0.31  # widths of the bold type
PLAIN_ENDS = ("trial.end.time", "trial.end.all-done", "trial.end.file", "trial.end.stop")


@dataclass(frozen=True, slots=True)
class Headline:
    """`number` None: nothing was measured. label: what the number is. why: how it ended."""

    number: Num | None
    label: Words
    why: Words
    again: bool = False  # worth another try


@dataclass(frozen=True, slots=True)
class ResultState:
    """lean: the ring of "go on", 0..1. eyes: the words that bring somebody safely back still stand in the band."""

    protocol: Protocol
    result: RunResult
    url: str | None = None
    usual: Usual | None = None
    loaded: bool = False
    lean: float = 0.0
    steady_first: bool = False
    furniture: Furniture = field(default_factory=Furniture)


def headline_of(protocol: Protocol, result: RunResult) -> Headline:
    """The one number of a run: its score, else the sway speed of its last trial that was measured."""
    last = result.trials[-1] if result.trials else None
    why = _why(result, last)
    if result.score is not None and result.status != "interrupted":
        score = result.score
        decimals = SHOWN_DECIMALS.get(score.unit, 0)
        return Headline(Num(score.value, decimals, score.unit), _of(protocol, result), why)
    if last is not None and last.score is not None and last.status == "completed":
        return Headline(Num(last.score.value, SHOWN_DECIMALS.get(last.score.unit, 0), last.score.unit), _of(protocol, result), why)
    measured = last.measures.get(PRIMARY) if last is not None else None
    number = shown.headline(measured) if measured is not None else None
    if last is not None and measured is not None and number is not None and last.status == "completed" and not _rejected(last):
        return Headline(replace(number, unit=measured.unit), say("flow.result.speed"), why)
    return Headline(None, Words(""), _reason(last) or why, again=True)


def _rejected(trial: TrialResult) -> bool:
    return trial.quality.verdict == "reject"


def _reason(trial: TrialResult | None) -> Words | None:
    """The machine's first objection, when it rejected a trial that a person completed."""
    if trial is not None and trial.status == "completed" and _rejected(trial) and trial.quality.reasons:
        return trial.quality.reasons[0]
    return None


def _why(result: RunResult, last: TrialResult | None) -> Words:
    reason = last.reason if last is not None else result.reason
    return reason if reason.id in PLAIN_ENDS or last is None else say("flow.result.ended", why=reason)


def _of(protocol: Protocol, result: RunResult) -> Words:
    """What a score is: "of 120 s", "Score of 1000", or the name of what was done."""
    score = result.score
    if score is not None and score.of is not None and protocol.kind != "test":
        return say("flow.result.of", what=protocol.title, of=Num(score.of, 0, score.unit))
    if score is not None and score.of is not None and len(result.trials) > 1:
        return say("flow.result.of", what=protocol.title, of=Num(score.of, 0, score.unit))
    return protocol.title


def result_scene(state: ResultState) -> Scene:
    """Words column: number and why. Figure column: the code to keep it. Band: what comes next."""
    head = headline_of(state.protocol, state.result)
    still: list[Shape] = [*strip(state.protocol.title, state.furniture), *_band(state, head)]
    still += _measured(head, state.usual) if head.number is not None else _not_measured(head)
    if state.url and state.result.trials:
        still += qr(state.url, FIGURE_MID_X - GRID.qr / 2, 216, GRID.qr)
        x, w, h = GRID.figure_x, GRID.figure_w, line_h("label")
        still.append(Text(say("flow.result.keep"), x, 636, w, h, "label", "ink", "bold", "centre", lines=1))
        still.append(Text(say("flow.result.keep.how"), x, 720, w, h, "label", "quiet", "regular", "centre", lines=1))
    moving = fill_ring(1740, GRID.band_y + GRID.band_h / 2, state.lean, 36)
    return Scene("result" if head.number is not None else "not-measured", tuple(still), moving, head.why)


def _measured(head: Headline, usual: Usual | None) -> list[Shape]:
    assert head.number is not None
    number, unit = Num(head.number.value, head.number.decimals), head.number.unit
    whole = len(f"{number.value:.0f}")
    room = TYPE_PX["mega"] * (DIGIT_EM * (whole + number.decimals) + (POINT_EM if number.decimals else 0)) + 12
    x, h = GRID.words_x, line_h("mega")
    shapes: list[Shape] = [Text(say("flow.digit", n=number), x, NUMBER_Y - 72, room, h, "mega", "ink", "bold", lines=1)]
    if unit:
        shapes.append(Text(literal(unit), x + room, NUMBER_Y + 252, 252, line_h("label"), "label", "quiet", "regular", lines=1))
    shapes += [
        Text(head.label, x, 564, TALLY_W, line_h("label"), "label", "ink", "bold", lines=1),
        Text(head.why, x, 636, TALLY_W, line_h("label"), "label", "quiet", "regular", lines=1),
    ]
    return shapes + (_usual_strip(head.number, usual) if usual is not None else [])


def _usual_strip(number: Num, usual: Usual) -> list[Shape]:
    """The own usual band with the marker of today; the words say the same."""
    spread = max(usual.high - usual.low, 1e-9)
    low, high = min(usual.low - spread, number.value), max(usual.high + spread, number.value)
    x0, w, y = float(GRID.words_x), float(TALLY_W), 756.0

    def at(value: float) -> float:
        return x0 + w * (value - low) / (high - low)

    band_of = Line(((at(usual.low), y), (at(usual.high), y)), "good", GRID.stroke_gauge)
    words = say("flow.result.usual", low=Num(usual.low, number.decimals), high=Num(usual.high, number.decimals, number.unit))
    return [
        Line(((x0, y), (x0 + w, y)), "track", GRID.stroke_gauge),
        band_of,
        Circle(at(number.value), y, GRID.self_r, "self"),
        Text(words, x0, 792, w, line_h("label"), "label", "quiet", "regular", lines=1),
    ]


def _not_measured(head: Headline) -> list[Shape]:
    return [
        headline(say("flow.result.none"), y=264, lines=1),
        Text(head.why, GRID.words_x, 432, TALLY_W, line_h("label", 2), "label", "quiet", "regular", lines=2, top=True),
    ]


def _band(state: ResultState, head: Headline) -> tuple[Shape, ...]:
    if state.steady_first and state.loaded:
        return band(say("flow.steady"), "hold")
    picture: Picture = "lean" if state.loaded else "step"
    if not state.loaded:
        return band(say("flow.result.next-off"), picture, keep_right=108)
    return band(say("flow.result.again" if head.again else "flow.result.next"), picture, keep_right=108)
