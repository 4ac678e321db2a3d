"""Every screen the flow can show, as it may look on one day: for the sheet of screens and for the checks of the look.

Each is made by the very functions that the flow uses. `full` gives the longest content a screen must hold, else it is short.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import cos, sin
from typing import Any, Literal

from station.core.geometry import Geometry
from station.core.results import Condition, Event, MeasureValue, Quality, RunResult, Score, TrialResult
from station.core.scene import Role, Scene
from station.core.view import View
from station.flow.home import Demonstration, HomeState, home_scene
from station.flow.pieces import Furniture
from station.flow.result import ResultState, result_scene
from station.flow.running import RunState, run_scene
from station.flow.safety import safety_scene
from station.flow.service_samples import service_samples
from station.flow.shop import Best, Fault, Kept, PersonCard, Shop, Usual
from station.flow.trouble import trouble_scene
from station.flow.what import offers, what_scene
from station.flow.who import choices, who_scene
from station.games.contract import Game, Lean, all_games
from station.protocols.loader import load_all
from station.protocols.model import Protocol
from station.protocols.wording import asks, hint, said
from station.words import Num, Words, say

Part = Literal["menu", "before", "play", "after", "service"]
URL = "http://192.168.178.120:8080/r/k7w2m9q4x8"
STEP_S = 0.02


@dataclass(frozen=True, slots=True)
class Sample:
    """part: "menu", "before" a test, in "play", "after", or the "service" of the board; it decides how many words the screen may have."""

    name: str
    part: Part
    scene: Scene


@dataclass(frozen=True, slots=True)
class _Day:
    """What all screens of one sheet share."""

    full: bool
    furniture: Furniture
    geometry: Geometry
    protocols: dict[str, Protocol]

    def run(self, id: str, phase: Any, *, side: str = "", trail: bool = False, **changes: Any) -> Scene:
        """The screen of a protocol in a phase; `changes` are fields of its View."""
        protocol = self.protocols[id]
        condition = changes.pop("condition", protocol.conditions[0])
        usual = {
            "asks": asks(protocol, condition, side, phase),
            "say": said(protocol, condition, side, phase),
            "do": hint(phase, restless=self.full),
        }
        view = View(phase, condition=condition, side=side, **{**usual, **changes})
        path = tuple((14 * cos(k / 16) + 6, 9 * sin(k / 11) - 4) for k in range(80)) if trail else ()
        return run_scene(RunState(protocol, view, path), self.geometry, self.furniture)


def samples(*, full: bool = False) -> tuple[Sample, ...]:
    """Every screen, in the order a person may meet them."""
    furniture = Furniture(demo=full, clock="14:05", network=not full, sound=not full, pad=full)
    day = _Day(full, furniture, Geometry(), dict(load_all()))
    found: list[Sample] = []
    makers: tuple[tuple[Part, Callable[[_Day], dict[str, Scene]]], ...] = (
        ("menu", _menus),
        ("menu", _questions),
        ("before", _before),
        ("play", _play),
        ("after", _after),
        ("after", _results),
        ("after", _troubles),
        ("service", _services),
    )
    for part, maker in makers:
        found += [Sample(name, part, scene) for name, scene in maker(day).items()]
    return tuple(found)


def _menus(day: _Day) -> dict[str, Scene]:
    line = say("flow.home.warming", minutes=Num(15)) if day.full else Words("")
    best = tuple(Best(name, Num(score)) for name, score in (("Otter am Bach", 1000), ("Kiwi", 912), ("Maximiliane K", 874)))
    home = HomeState("Studio am Marktplatz, Halle 2" if day.full else "Station", line, pad=day.full)
    nobody = HomeState("Station", best=best[: 3 if day.full else 1])
    kept = replace(home, kept=Kept("t", URL, 0))
    named: tuple[tuple[str, str, Role], ...] = (("Otter", "otter", "target"), ("Maximiliane K", "fox", "self"), ("Kiwi", "owl", "good"))
    people = [PersonCard(name, name, animal, colour) for name, animal, colour in named]
    fan = choices(people if day.full else people[:1])
    wanted = ("sway-target", "candle", "single-leg-hold" if day.full else "two-leg-quiet")
    shop = Shop(day.protocols, day.geometry, suggestions=wanted)
    return {
        "home": home_scene(home, day.geometry, day.furniture, 1.0),
        "home-best": home_scene(nobody, day.geometry, day.furniture, 1.0),
        "home-keep": home_scene(kept, day.geometry, day.furniture, 1.0),
        "home-demo": _demonstration(day.furniture),
        "who": who_scene(fan, {"left": 0.6}, "left", (-60.0, 6.0), day.furniture),
        "what": what_scene(offers(shop), {"front": 0.4} if day.full else {}, "front" if day.full else None, day.furniture),
    }


def _demonstration(furniture: Furniture) -> Scene:
    scene = Demonstration().scene(16.0, furniture)
    assert scene is not None, "after twelve seconds home shows a game"
    return scene


def _questions(day: _Day) -> dict[str, Scene]:
    title = day.protocols["mctsib" if day.full else "single-leg-hold"].title
    return {
        "ask-safety": safety_scene("safety", title, day.furniture, loaded=day.full),
        "ask-sound": safety_scene("sound", title, day.furniture, loaded=day.full),
        "ask-helper": safety_scene("helper", title, day.furniture, loaded=day.full, heard_nothing=day.full),
    }


def _before(day: _Day) -> dict[str, Scene]:
    blind = Condition(eyes="closed", surface="foam" if day.full else "firm")
    part: dict[str, Any] = {"index": 3, "of": 4} if day.full else {}
    weight = Num(14.25, 1, "kg")
    return {
        "step-on": day.run("two-leg-quiet", "step-on"),
        "object": day.run("two-leg-quiet", "clear-plate", say=say("run.object", weight=weight), do=say("run.object.do")),
        "put-pad-on": day.run("mctsib", "clear-plate", asks="put-pad-on", say=say("run.pad-on"), do=say("run.pad-on.do"), **part),
        "place": day.run("two-leg-quiet", "place"),
        "settle": day.run("mctsib", "settle", ring=0.7, condition=blind, **part),
        "ready": day.run("mctsib", "ready", condition=blind, **part) if day.full else day.run("two-leg-quiet", "ready"),
        "ready-one-leg": day.run("single-leg-hold", "ready", side="right"),
        "countdown": day.run("mctsib", "countdown", seconds=3.0, condition=blind, **part)
        if day.full
        else day.run("candle", "countdown", seconds=3.0),
    }


def _play(day: _Day) -> dict[str, Scene]:
    seconds = 120.0 if day.full else 9.0
    target: dict[str, Any] = {"cop_mm": (8.0, -6.0), "target_mm": (0.0, 0.0, 13.8), "seconds": seconds}
    reps: dict[str, Any] = {"count": 7, "of_count": 8, "rep_marks": ("valid", "heavy", "valid", "lost", "valid", "rushed", "valid")}
    cue = say("drill.cue.heavy") if day.full else say("drill.cue.light")
    heel: dict[str, Any] = {"seconds": seconds, "cop_mm": (4.0, 2.0), "asks": "tap", "do": cue}
    heel |= reps if day.full else {"count": 0, "of_count": 8}
    found = {
        "running-test": day.run("two-leg-quiet", "record"),
        "running-training": day.run("sway-target", "record", trail=True, **target),
        "running-drill": day.run("heel-tap-front", "record", side="right", trail=True, **heel),
        "frozen-training": day.run("sway-target", "frozen", trail=True, **target),
    }
    for game in all_games().values():
        world = game.scene(_played(game))
        found[f"running-{game.id}"] = day.run(game.id, "record", world=world, seconds=seconds, score=1000.0 if day.full else 4.0)
        found[f"frozen-{game.id}"] = day.run(game.id, "frozen", world=world, seconds=seconds, score=312.0)
    return found


def _played(game: Game) -> object:
    """A round ten seconds in, played fairly well."""
    now = game.new(1, 40.0)
    for k in range(500):
        to_ml, to_ap = game.ideal(now)
        now = game.step(now, STEP_S, Lean(0.8 * to_ml + 0.2 * sin(k / 40), 0.8 * to_ap, 1.2))
    return now


def _after(day: _Day) -> dict[str, Scene]:
    blind: dict[str, Any] = {"condition": Condition(eyes="closed", surface="firm")}
    part: dict[str, Any] = {"index": 2, "of": 4} if day.full else {}
    return {
        "ending": day.run("two-leg-quiet", "ending"),
        "ending-eyes-closed": day.run("mctsib", "ending", **blind, **part),
        "rest": day.run("mctsib", "rest", say=say("run.rest"), do=say("run.rest.do"), seconds=60.0 if day.full else 9.0, **part),
        "step-off": day.run("mctsib", "clear-plate", asks="step-off", say=say("run.step-off"), do=say("run.pad-on.next"), **part),
    }


def _results(day: _Day) -> dict[str, Scene]:
    def shown(id: str, **how: Any) -> Scene:
        asked = {k: how.pop(k) for k in ("usual", "loaded", "steady_first") if k in how}
        return result_scene(ResultState(day.protocols[id], _result(day.protocols[id], **how), URL, furniture=day.furniture, **asked))

    held = Score(45.0 if day.full else 31.2, "s", 45.0)
    sway = {"mean_velocity_mm_s": MeasureValue(112.4 if day.full else 8.1, "mm/s", 0.4)}
    poor = Quality("reject", (say("trial.end.second-person"),))
    foot_down = say("trial.end.left-foot-down")
    return {
        "result-hold": shown("single-leg-hold", score=held, reason=foot_down, usual=Usual(26.0, 34.0), loaded=not day.full),
        "result-quiet": shown("two-leg-quiet", measures=sway, loaded=True),
        "result-eyes-closed": shown("two-leg-quiet", measures=sway, loaded=True, steady_first=True),
        "result-game": shown("candle", score=Score(1000.0 if day.full else 7.0, "", 1000.0), loaded=day.full),
        "result-drill": shown("heel-tap-front", score=Score(8.0, "", 8.0), reason=say("trial.end.all-done")),
        "result-four": shown("mctsib", score=Score(104.6, "s", 120.0), loaded=day.full),
        "not-measured": shown("two-leg-quiet", quality=poor, loaded=day.full),
        "stopped": shown("two-leg-quiet", status="stopped", reason=say("trial.end.stop")),
    }


def _result(
    protocol: Protocol,
    *,
    score: Score | None = None,
    measures: dict[str, MeasureValue] | None = None,
    quality: Quality | None = None,
    status: str = "completed",
    reason: Words | None = None,
) -> RunResult:
    why = reason or say("trial.end.time")
    trial = TrialResult(
        trial_id="t",
        run_id="r",
        protocol_id=protocol.id,
        protocol_version=protocol.version,
        protocol_sha256=protocol.sha256,
        kind=protocol.phase.kind,
        condition=protocol.conditions[0],
        side="right" if protocol.side != "none" else "",
        status=status,
        reason=why,
        window_s=(5.0, 35.0),
        duration_s=30.0,
        quality=quality or Quality(),
        measures=measures or {},
        events=(Event(5.0, "start"), Event(35.0, "end")),
        score=score,
    )
    return RunResult("r", protocol.id, status, why, (trial,), score)


def _troubles(day: _Day) -> dict[str, Scene]:
    def found(kind: str, cell: int | None, **how: Any) -> Scene:
        named = {"cell": say(f"cell.{CORNERS[cell]}")} if cell is not None else {}
        fault = Fault(say(f"hardware.fault.{kind}", **named), say(f"hardware.fault.{kind}.do"), cell)
        return trouble_scene(fault, day.geometry, day.furniture, **how)

    return {
        "trouble-corner": found("silent", 1, loaded=day.full, kept_s=12.4 if day.full else None),
        "trouble-slow": found("slow", 2, loaded=False, kept_s=None),
        "trouble-board": found("busy", None, loaded=day.full, kept_s=12.4 if day.full else None),
    }


def _services(day: _Day) -> dict[str, Scene]:
    return service_samples(day.geometry, day.furniture, full=day.full)


CORNERS = ("front-left", "front-right", "rear-left", "rear-right")
