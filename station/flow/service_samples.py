"""The guided procedures step by step, as they may look on one day: for the sheet of screens and the checks of the look."""

from __future__ import annotations

from station.core.geometry import Geometry
from station.core.marks import calibration_marks, verification_marks
from station.core.scene import Scene
from station.core.sheet import CellView, MarkState, MarkView, Sheet, Verdict
from station.flow.pieces import Furniture
from station.flow.service import service_scene
from station.words import Num, Words, say

STEPS = 8
AT_S = 0.5  # of the pulse
RESIDUALS_MM = ((0.6, 0.3), (-0.4, 0.7), (0.9, -0.2), (-0.7, -0.5), (0.2, 0.8), (0.5, -0.9), (-0.8, 0.1), (0.3, 0.6), (-0.2, -0.7))


def service_samples(geometry: Geometry, furniture: Furniture, *, full: bool) -> dict[str, Scene]:
    """Each made by the function that the flow uses; `full` gives the longest content."""
    sheets = {**_first(full), **_marks(full), **_last(full), **_checks(full)}
    return {name: service_scene(sheet, geometry, furniture, AT_S) for name, sheet in sheets.items()}


def _cell(name: str) -> Words:
    return say(f"hardware.{name}")


def _going(step: str, index: int, words: str, **how: object) -> Sheet:
    args = how.pop("args", {})
    assert isinstance(args, dict)
    return Sheet("calibrate", step, index, STEPS, say(f"calibrate.{words}", **args), **how)  # type: ignore[arg-type]


def _first(full: bool) -> dict[str, Sheet]:
    noisy = say("calibrate.warm-up.noise", cell=_cell("front-right"), g=Num(124.3, 1), most=Num(10))
    other = say("calibrate.corners.other", asked=_cell("front-right"), felt=_cell("rear-right"))
    swapped = Verdict(False, say("corners.swapped", a=_cell("front-right"), b=_cell("rear-right")))
    kg = Num(45.0, 1)
    wrong = say("calibrate.weight.range", kg=kg, least=Num(5), most=Num(40)) if full else None
    return {
        "calibrate-warm-up": _going(
            "warm-up", 0, "warm-up", do=say("calibrate.warm-up.do"), does="step-off", progress=0.4, cells=_cells(full),
            problem=noisy if full else None,
        ),
        "calibrate-corner": _going(
            "corners", 1, "corners.press", args={"cell": _cell("front-right")}, do=say("calibrate.corners.do"), does="press-corner",
            corner=1, progress=0.3, problem=other if full else None, load_kg=5.2,
        ),
        "calibrate-swapped": _going(
            "corners", 1, "corners.store", do=say("calibrate.corners.store.do"), asks="yes-no", does="step-off", verdicts=(swapped,),
        ),
        "calibrate-zero": _going("zero", 2, "zero", do=say("calibrate.zero.do"), does="step-off", progress=0.7, load_kg=0.0),
        "calibrate-weight": _going(
            "weight", 3, "weight", do=say("calibrate.weight.do", least=Num(5), most=Num(40)), asks="weight",
            weight_kg=45.25 if full else 10.0, problem=wrong,
        ),
    }  # fmt: skip


def _marks(full: bool) -> dict[str, Sheet]:
    wrong = say("calibrate.points.wrong-mark", on=Num(12), asked=Num(5))
    on_mark = {"at": (5, 0.0, 0.0), "weight_kg": 10.0}
    count = say("calibrate.points.do", n=Num(4), of=Num(9))
    return {
        "calibrate-mark": _going(
            "points", 4, "points.put", args={"mark": Num(5)}, do=count, does="put-weight", marks=_nine(4), load_kg=10.0 if full else 0.0,
            problem=wrong if full else None, **on_mark,
        ),
        "calibrate-hold": _going("points", 4, "points.wait", do=count, does="wait", marks=_nine(4), load_kg=10.0, progress=0.6, **on_mark),
        "calibrate-arrows": _going(
            "fit", 5, "fit", do=say("calibrate.next"), asks="next", marks=_nine(9, arrows=True),
            verdicts=(Verdict(True, say("calibrate.fit.residual", n=Num(9), mm=Num(0.72, 2))),),
        ),
        "calibrate-verify": _going(
            "verify", 6, "verify.put", args={"mark": Num(11)}, do=say("calibrate.verify.do", n=Num(1), of=Num(3)), does="put-weight",
            marks=(*_nine(9), *_three()), at=(11, 130.0, 65.0), load_kg=0.0,
            problem=say("calibrate.verify.again", mark=Num(11), mm=Num(3.2, 1), most=Num(2)) if full else None,
        ),
    }  # fmt: skip


def _last(full: bool) -> dict[str, Sheet]:
    verdicts = (
        Verdict(
            not full,
            say("calibrate.done.error", rms=Num(1.84 if full else 0.82, 2), worst=Num(2.41 if full else 1.21, 2), most=Num(1.5, 1)),
        ),
        Verdict(True, say("calibrate.done.zero", cell=_cell("front-right"), g=Num(12), most=Num(50))),
        Verdict(not full, say("calibrate.done.corners", percent=Num(0.12, 2), most=Num(0.5, 1))),
    )
    return {
        "calibrate-done": _ending("games" if full else "good", True, "kept-next", verdicts),
        "calibrate-refused": _ending("refused", False, "nothing-kept", (Verdict(False, say("calibrate.refused.far")), *verdicts[1:])),
    }


def _ending(words: str, passed: bool, more: str, verdicts: tuple[Verdict, ...]) -> Sheet:
    return Sheet(
        "calibrate", "done", STEPS - 1, STEPS, say(f"calibrate.{words}"), say(f"calibrate.{more}"), marks=_nine(9, arrows=True),
        verdicts=verdicts, progress=1.0, over=True, passed=passed,
    )  # fmt: skip


def _checks(full: bool) -> dict[str, Sheet]:
    noisy = Verdict(False, say("hardware.check.noise", cell=_cell("rear-left"), g=Num(124.3, 1), most=Num(10)))
    slow = say("hardware.check.rate", cell=_cell("rear-left"), hz=Num(11.7, 1), least=Num(75), most=Num(100))
    good = tuple(
        Verdict(True, say("hardware.check.cell-good", cell=_cell(name), hz=Num(80.3, 1), g=Num(0.91, 2)))
        for name in ("front-left", "front-right")
    )
    quiet = Verdict(True, say("hardware.check.cop-noise", mm=Num(0.02, 3), kg=Num(60)))
    verdicts = (*good, noisy, Verdict(False, slow), quiet) if full else (quiet, *good)
    words = say("hardware.check.failed" if full else "hardware.check.passed")
    return {
        "check-listen": Sheet(
            "check", "listen", 0, 1, say("hardware.check.listen"), say("hardware.check.listen.do"), does="wait", progress=0.4,
            cells=_cells(full), problem=say("hardware.check.wait") if full else None,
        ),
        "check-done": Sheet("check", "done", 1, 1, words, cells=_cells(full), verdicts=verdicts, over=True, passed=not full),
    }  # fmt: skip


def _cells(full: bool) -> tuple[CellView, ...]:
    """The third is the one that is wrong."""
    loads_kg = (102.4, 99.8, 101.3, 97.6) if full else (0.0, 0.01, 0.0, -0.02)
    return tuple(
        CellView(kg, 80.3 - 0.4 * i, 124.3 if full and i == 2 else 0.8 + 0.1 * i, not (full and i == 2)) for i, kg in enumerate(loads_kg)
    )


def _nine(done: int, *, arrows: bool = False) -> tuple[MarkView, ...]:
    found = []
    for n, mark in enumerate(calibration_marks(9)):
        state: MarkState = "done" if n < done else "now" if n == done else "waiting"
        found.append(MarkView(mark.number, mark.ml_mm, mark.ap_mm, state, RESIDUALS_MM[n] if arrows else None))
    return tuple(found)


def _three() -> tuple[MarkView, ...]:
    states: tuple[MarkState, ...] = ("done", "now", "waiting")
    return tuple(MarkView(m.number, m.ml_mm, m.ap_mm, state) for m, state in zip(verification_marks(), states, strict=True))
