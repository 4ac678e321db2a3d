"""Guided procedures on the wall: begun by a key, answered by keys, buttons and touch, never disturbed, left when they are over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from flow.floor import Floor, shop

from station.core.frames import Frames, Plate
from station.core.geometry import Geometry
from station.core.marks import calibration_marks
from station.core.readings import Readings
from station.core.scene import Arc, Circle, Line, Scene
from station.core.sheet import Answer, CellView, MarkView, Procedure, Sheet, Verdict
from station.core.view import Speak, Tone
from station.errors import Refused
from station.flow.effects import FlowEffect, LookUpPeople, RunBegun, ServiceAnswered, ServiceLeft, ServiceWanted
from station.flow.flow import Flow
from station.flow.intents import Intent, Point
from station.flow.pieces import Furniture
from station.flow.service import LESS_BOX, MORE_BOX, NO_BOX, OK_BOX, STOP_BOX, YES_BOX, service_scene
from station.flow.shop import Fault
from station.words import Words, literal, say

LEAST_KG, MOST_KG = 5.0, 40.0


class Weighing:
    """A small real procedure: a weight is entered, set on mark 5 for two seconds, and kept if a person says yes."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self._sheet = Sheet("calibrate", "weight", 0, 3, literal("How heavy?"), asks="weight", weight_kg=10.0)
        self._since_ns: int | None = None

    @property
    def sheet(self) -> Sheet:
        return self._sheet

    @property
    def result(self) -> Mapping[str, Any] | None:
        return {"kg": self._sheet.weight_kg} if self._sheet.passed else None

    def feed(self, readings: Readings) -> None:
        if self._sheet.step != "points":
            return
        self._since_ns = self._since_ns or readings.until_ns
        progress = min(1.0, (readings.until_ns - self._since_ns) / 2e9)
        self._sheet = replace(self._sheet, progress=progress)
        if progress == 1.0:
            mark = MarkView(5, 0.0, 0.0, "done", (0.5, -0.2))
            kg = self._sheet.weight_kg
            self._sheet = Sheet("calibrate", "keep", 2, 3, literal("Keep it?"), asks="yes-no", weight_kg=kg, marks=(mark,))

    def answer(self, answer: Answer, weight_kg: float | None = None) -> None:
        self.answers.append(answer)
        kg = self._sheet.weight_kg or 0.0
        match self._sheet.step, answer:
            case _, "stop":
                self._sheet = replace(self._sheet, step="done", say=literal("Stopped."), asks="", over=True, passed=False)
            case "weight", "more" | "less":
                self._sheet = replace(self._sheet, weight_kg=kg + (0.5 if answer == "more" else -0.5))
            case "weight", "next" if LEAST_KG <= kg <= MOST_KG:
                mark, put = MarkView(5, 0.0, 0.0, "now"), literal("Put it on mark 5.")
                self._sheet = Sheet("calibrate", "points", 1, 3, put, does="put-weight", at=(5, 0.0, 0.0), weight_kg=kg, marks=(mark,))
            case "weight", "next":
                self._sheet = replace(self._sheet, problem=say("calibrate.weight.range", kg=kg, least=LEAST_KG, most=MOST_KG))
            case "keep", "yes":
                self._sheet = replace(self._sheet, step="done", say=literal("Good."), asks="", over=True, passed=True)
            case "keep", "no":
                self._sheet = replace(self._sheet, step="done", say=literal("Not kept."), asks="", over=True, passed=False)
            case _:
                self._sheet = replace(self._sheet, problem=literal("Not now."))


class Bench(Floor):
    """A floor whose procedures are carried out as a station does."""

    def __init__(self, **kw: object) -> None:
        self.procedure: Procedure | None = None
        super().__init__(shop(**kw))

    def did(self, effects: list[FlowEffect]) -> None:
        self.carry_out(effects)
        if self.procedure is not None and not self.procedure.sheet.over:
            self.procedure.feed(Readings.none(round(self.now_s * 1e9)))
            self.carry_out(self.flow.service(self.procedure.sheet))

    def carry_out(self, effects: list[FlowEffect]) -> None:
        self.effects += effects
        for effect in effects:
            match effect:
                case ServiceWanted():
                    self.procedure = Weighing()
                    self.carry_out(self.flow.service(self.procedure.sheet))
                case ServiceAnswered() if self.procedure is not None:
                    self.procedure.answer(effect.answer)
                    self.carry_out(self.flow.service(self.procedure.sheet))
                case ServiceLeft():
                    self.procedure = None
                    self.carry_out(self.flow.service(None))
                case LookUpPeople():
                    self.flow.people(())
                case _:
                    pass


def begun(**kw: object) -> Bench:
    bench = Bench(**kw)
    bench.empty(1).press(Intent.CALIBRATE)
    return bench


def spoken(floor: Floor) -> list[Words]:
    return [e.words for e in floor.effects if isinstance(e, Speak)]


def test_a_key_begins_a_calibration_and_the_wall_follows_it_to_the_end() -> None:
    bench = begun().empty(0.1)
    assert bench.scene.name == "calibrate-weight"
    bench.press(Intent.RIGHT).press(Intent.RIGHT).press(Intent.LEFT).press(Intent.NEXT).empty(3).press(Intent.YES).empty(0.2)
    assert bench.screens[-4:] == ["calibrate-weight", "calibrate-points", "calibrate-keep", "calibrate-done"]
    assert bench.procedure is not None
    assert bench.procedure.result == {"kg": 10.5}
    bench.press(Intent.NEXT).empty(0.1)
    assert bench.scene.name == "home"
    assert bench.procedure is None


def test_keys_buttons_and_touch_become_the_answers_that_the_sheet_waits_for() -> None:
    def at(box: tuple[float, float, float, float]) -> Point:
        return Point(box[0] + 20, box[1] + 20)

    bench = begun()
    procedure = bench.procedure
    assert isinstance(procedure, Weighing)
    for intent in (at(LESS_BOX), at(MORE_BOX), Intent.LEFT, Intent.RIGHT, Intent.BACK, Point(3, 3), at(OK_BOX)):
        bench.press(intent)
    assert procedure.answers == ["less", "more", "less", "more", "back", "next"]
    bench.empty(3)
    assert procedure.sheet.asks == "yes-no"
    bench.press(Intent.ARMS).press(Intent.NEXT)
    assert procedure.answers[-1] == "yes"


@pytest.mark.parametrize(("box", "passed"), [(YES_BOX, True), (NO_BOX, False), (STOP_BOX, False)])
def test_a_touch_answers_yes_no_or_stop(box: tuple[float, float, float, float], passed: bool) -> None:
    bench = begun().press(Intent.NEXT).empty(3).press(Point(box[0] + 30, box[1] + 30))
    assert isinstance(bench, Bench)
    assert bench.procedure is not None
    assert (bench.procedure.sheet.over, bench.procedure.sheet.passed) == (True, passed)


def test_while_it_goes_on_nothing_else_starts_and_a_step_on_opens_no_menu() -> None:
    bench = begun()
    with pytest.raises(Refused) as refused:
        bench.flow.start("candle")
    assert refused.value.what.id == "flow.busy.service"
    assert bench.flow.busy
    assert bench.flow.live().busy
    bench.stand(2).empty(1)
    assert {scene.name for t, scene in bench.seen if t > 1.0} == {"calibrate-weight"}
    assert bench.of(RunBegun) == []


def test_when_it_is_over_a_run_may_start_and_takes_the_wall() -> None:
    bench = begun().press(Intent.STOP)
    assert not bench.flow.busy
    bench.flow.start("candle")
    bench.empty(0.2)
    assert bench.scene.name == "run-step-on"
    assert len(bench.of(ServiceLeft)) == 1


def test_a_run_refuses_a_procedure_and_somebody_on_the_plate_refuses_a_check() -> None:
    bench = Bench().empty(1)
    bench.flow.start("candle")
    bench.empty(0.1)
    with pytest.raises(Refused):
        bench.flow.may_serve("calibrate")
    standing = Bench().empty(1).stand(2).press(Intent.CHECK)
    assert standing.of(ServiceWanted) == []
    assert spoken(standing)[-1].id == "service.occupied"
    standing.flow.may_serve("calibrate")
    assert standing.press(Intent.CALIBRATE).of(ServiceWanted) == [ServiceWanted("calibrate")]


def test_a_sentence_is_spoken_once_and_what_is_wrong_at_once() -> None:
    bench = begun().empty(2)
    assert [w.args["text"] for w in spoken(bench)] == ["How heavy?"]
    for _ in range(11):
        bench.press(Intent.LEFT)
    bench.press(Intent.NEXT).empty(1)
    assert [w.id for w in spoken(bench)] == ["", "calibrate.weight.range"]
    assert Tone("heavy") in bench.effects


def test_a_dead_reader_is_told_over_it_and_it_goes_on_afterwards() -> None:
    bench = begun()
    bench.flow.reader_died()
    assert bench.flow.scene(0).name == "trouble"
    bench.empty(0.2)
    assert bench.scene.name == "calibrate-weight"


def test_a_procedure_that_everybody_left_is_stopped_after_ten_minutes_and_home_comes_back() -> None:
    bench = begun()

    def later(s: float) -> str:
        ns = round((bench.now_s + s) * 1e9)
        bench.carry_out(bench.flow.feed(Readings.none(ns), Frames.none(), Plate("empty"), ns, lambda since_ns: since_ns))
        return bench.flow.scene(ns).name

    assert later(590) == "calibrate-weight"
    assert later(610) == "calibrate-done"
    assert later(1250) == "home"
    assert bench.procedure is None


def test_home_says_in_one_line_what_makes_a_measurement_doubtful() -> None:
    floor = Floor().empty(1)
    doubt = Fault(say("hardware.fault.twist-board"), say("hardware.fault.twist.do"), stops=False)
    floor.flow.trouble([doubt])
    assert doubt.what in [t.words for t in floor.scene.texts()]
    floor.flow.trouble([replace(doubt, flags_trial=False, holds_tests=False)])
    assert doubt.what not in [t.words for t in floor.scene.texts()]


# --- pictures ------------------------------------------------------------------------------------------------------------------

GEOMETRY = Geometry()


def picture(sheet: Sheet, now_s: float = 0.0) -> Scene:
    return service_scene(sheet, GEOMETRY, Furniture(), now_s)


def marks(error_mm: tuple[float, float] | None) -> tuple[MarkView, ...]:
    return tuple(MarkView(m.number, m.ml_mm, m.ap_mm, "done", error_mm) for m in calibration_marks(9))


def test_the_mark_that_is_asked_for_pulses_and_its_ring_fills_once_the_weight_lies_there() -> None:
    asked = Sheet("calibrate", "points", does="put-weight", at=(5, 0.0, 0.0), marks=(MarkView(5, 0.0, 0.0, "now"),), load_kg=0.0)
    assert picture(asked, 0.0).still == picture(asked, 0.4).still
    assert picture(asked, 0.0).moving != picture(asked, 0.4).moving
    held = picture(replace(asked, load_kg=10.0, progress=0.5))
    assert [s.turns for s in held.moving if isinstance(s, Arc)] == [0.5]


def test_done_marks_carry_a_tick_and_at_the_end_arrows_twenty_times_their_length() -> None:
    ticks = [s for s in picture(Sheet("calibrate", "points", marks=marks(None))).still if isinstance(s, Line) and s.role == "good"]
    assert len(ticks) == 9
    scene = picture(Sheet("calibrate", "done", marks=marks((2.0, 0.0)), over=True, passed=True))
    arrows = [s for s in scene.still if isinstance(s, Line) and s.role == "self" and len(s.points) == 2]
    bar_w = max(s.points[1][0] - s.points[0][0] for s in arrows[9:])
    assert {round(s.points[1][0] - s.points[0][0], 6) for s in arrows[:9]} == {round(bar_w, 6)}  # 2 mm, as the scale bar says


def test_the_corner_to_press_lies_where_the_person_sees_it() -> None:
    scene = picture(Sheet("calibrate", "corners", does="press-corner", corner=2))  # rear left
    spot = next(s for s in scene.moving if isinstance(s, Circle) and s.role == "target")
    middle = next(s for s in picture(Sheet("calibrate", "zero", does="wait", progress=0.5)).moving if isinstance(s, Circle))
    assert spot.x < middle.x
    assert spot.y > middle.y


def test_a_screen_with_something_wrong_has_no_green() -> None:
    wrong, fine = Verdict(False, literal("Wrong.")), Verdict(True, literal("Fine."))
    cells = tuple(CellView(0.0, 80.0, 1.0, i != 1) for i in range(4))
    scene = picture(Sheet("check", "done", cells=cells, verdicts=(fine, wrong), over=True, passed=False))
    assert "good" not in {getattr(s, "role", "") for s in scene.shapes()}
    first = next(t.words for t in scene.texts() if t.words in (wrong.what, fine.what))
    assert first == wrong.what


def test_a_flow_without_a_procedure_gives_nothing_away() -> None:
    flow = Flow(shop(), new_id=lambda: "id")
    assert flow.service(None) == []
    assert flow.live().screen == "home"
