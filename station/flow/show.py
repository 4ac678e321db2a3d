"""From the state of the flow to its picture and to what a phone sees: one place that knows which screen is on top."""

from __future__ import annotations

from dataclasses import dataclass, replace

from station.core.frames import Plate
from station.core.geometry import GRAVITY_M_S2
from station.core.results import RunResult
from station.core.scene import Scene, Text
from station.core.sheet import Sheet
from station.core.theme import GRID
from station.core.view import View
from station.flow import live as live_
from station.flow.art import feet, plate, plate_map
from station.flow.home import HomeState, home_scene
from station.flow.lean import Chooser
from station.flow.live import LiveState
from station.flow.menu import Menu
from station.flow.pieces import FIGURE_MID_X, STAGE_MID_Y, Furniture, band, line_h, strip
from station.flow.result import ResultState, headline_of, result_scene
from station.flow.running import RunState, run_scene
from station.flow.safety import Question, safety_scene
from station.flow.service import service_scene
from station.flow.shop import FaultLike, Kept, Shop, Usual
from station.flow.trouble import trouble_scene
from station.flow.visit import Wish
from station.flow.what import Offer, what_scene
from station.flow.who import Choice, who_scene
from station.protocols.model import Protocol
from station.words import Num, Words, literal, say

S = 1_000_000_000
NOTHING = Words("")


@dataclass(frozen=True, slots=True)
class Shown:
    """All that a picture is made of. `started` is the wish of the run going on, or of the one whose result is shown."""

    screen: str
    shop: Shop
    plate: Plate
    loaded: bool
    fault: FaultLike | None
    doubt: FaultLike | None
    sheet: Sheet | None
    kept_s: float | None
    kept: Kept | None
    notice: Words | None
    who: Menu[Choice] | None
    what: Menu[Offer] | None
    onward: Chooser | None
    off_mm: tuple[float, float]
    wish: Wish | None
    started: Wish | None
    question: Question | None
    unheard: bool
    run_id: str | None
    view: View | None
    coda: View | None
    result: RunResult | None
    url: str | None
    usual: Usual | None
    trail: tuple[tuple[float, float], ...]
    middle_mm: tuple[float, float]

    @property
    def furniture(self) -> Furniture:
        return Furniture.of(self.shop, pad=self.plate.pad)


def scene(state: Shown, now_ns: int) -> Scene:
    """Trouble first; then the words that bring somebody safely back; then the screen."""
    furniture, geometry = state.furniture, state.shop.geometry
    if state.fault is not None:
        return trouble_scene(state.fault, geometry, furniture, loaded=state.loaded, kept_s=state.kept_s)
    if state.sheet is not None:
        return service_scene(state.sheet, geometry, furniture, now_ns / S)
    if state.started is not None and state.coda is not None and (state.view is None or state.view.phase != "record"):
        return run_scene(RunState(state.started.protocol, state.coda), geometry, furniture)
    if state.started is not None and state.view is not None:
        return run_scene(RunState(state.started.protocol, state.view, state.trail, state.middle_mm, state.loaded), geometry, furniture)
    return _at_rest(state, now_ns)


def _at_rest(state: Shown, now_ns: int) -> Scene:
    furniture = state.furniture
    if state.screen == "who" and state.who is not None:
        return who_scene(state.who.cards, state.who.filled, state.who.lit, state.off_mm, furniture)
    if state.screen == "what" and state.what is not None:
        return what_scene(state.what.cards, state.what.filled, state.what.lit, furniture)
    if state.screen == "ask" and state.question is not None and state.wish is not None:
        title = state.wish.protocol.title
        return safety_scene(state.question, title, furniture, loaded=state.loaded, heard_nothing=state.unheard)
    if state.screen == "result" and state.result is not None and state.started is not None:
        return _result(state, state.result, state.started)
    if state.screen == "heavy":
        return _heavy(state)
    return home_scene(_home(state), state.shop.geometry, furniture, now_ns / S)


def _result(state: Shown, result: RunResult, started: Wish) -> Scene:
    lean = state.onward.filled["front"] if state.onward is not None else 0.0
    steady_first = state.onward is None and any(c.eyes == "closed" for c in started.conditions)
    return result_scene(ResultState(started.protocol, result, state.url, state.usual, state.loaded, lean, steady_first, state.furniture))


def _home(state: Shown) -> HomeState:
    shop = state.shop
    waiting = say("flow.home.waiting", what=state.wish.protocol.title) if state.wish is not None else NOTHING
    return HomeState(shop.station_name, _line(state), state.kept, shop.best_today, state.plate.pad, waiting)


def _line(state: Shown) -> Words:
    """The one quiet line: what matters most now."""
    shop, plate_now = state.shop, state.plate
    if state.notice is not None:
        return state.notice
    if plate_now.state == "object" and not state.loaded:
        return say("flow.home.object", weight=Num(plate_now.load_n / GRAVITY_M_S2, 1, "kg"))
    if not shop.calibrated:
        return say("flow.home.uncalibrated")
    if state.doubt is not None:
        return state.doubt.what
    if shop.warm_min > 0:
        return say("flow.home.warming", minutes=Num(shop.warm_min))
    if plate_now.pad:
        return say("flow.home.pad")
    return say("flow.home.line", most=Num(shop.geometry.rating_kg, 0, "kg"))


def _heavy(state: Shown) -> Scene:
    """The plate carries less than stands on it: a sentence, and the way down."""
    geometry = state.shop.geometry
    board = plate_map(geometry, FIGURE_MID_X, STAGE_MID_Y, 660)
    words = say("flow.heavy", most=Num(geometry.rating_kg, 0, "kg"))
    shapes = (
        *strip(NOTHING, state.furniture),
        Text(words, GRID.words_x, 264, GRID.words_w - 48, line_h("say", 2), "say", "ink", "semibold", lines=2, top=True),
        *plate(board, geometry),
        *feet(board, geometry.marks_mm, "ring"),
        *band(say("flow.heavy.do"), "off"),
    )
    return Scene("heavy", shapes, (), words)


def worth_again(protocol: Protocol, result: RunResult) -> bool:
    return headline_of(protocol, result).again


def live(state: Shown) -> LiveState:
    """No name, whatever the screen shows."""
    load = state.plate.state if state.plate.state in ("empty", "object", "loaded") else "unknown"
    shop = state.shop
    if state.fault is not None:
        first = say("flow.trouble.off") if state.loaded else state.fault.what
        return LiveState("trouble", state.fault.what, first, state.fault.do, state.view is not None, shop.demo, state.run_id, load=load)
    if state.sheet is not None:
        sheet = state.sheet
        first = sheet.say if sheet.problem is None else sheet.problem
        return LiveState(sheet.kind, say(f"service.{sheet.kind}"), first, sheet.do, not sheet.over, shop.demo, phase=sheet.step, load=load)
    if state.started is not None and state.view is not None and state.run_id is not None:
        plate_mm = shop.geometry.plate_mm
        return live_.of_run(state.started.protocol, state.view, state.run_id, load=load, demo=shop.demo, plate_mm=plate_mm)
    if state.screen == "ask" and state.wish is not None and state.question is not None:
        protocol, words = state.wish.protocol, say(f"flow.ask.{state.question}")
        do, run_id = say("flow.ask.band"), state.wish.run_id
        asked = LiveState("ask", protocol.title, words, do, True, shop.demo, run_id, protocol.id, protocol.kind)
        return replace(asked, load=load, asks=state.question)
    if state.screen == "result" and state.result is not None and state.started is not None:
        head = headline_of(state.started.protocol, state.result)
        return live_.of_result(state.started.protocol, state.result, head.why, load=load, demo=shop.demo)
    titles = {"who": say("flow.who.title"), "what": say("flow.what.title"), "heavy": say("flow.heavy.do")}
    title = titles.get(state.screen, say("flow.home.title"))
    return LiveState(state.screen, literal(shop.station_name), title, _line(state), state.wish is not None, shop.demo, load=load)
