"""Views of a station as they come over its socket, for pictures of the pages that follow it: a training, a healthy board, a calibration."""

from __future__ import annotations

from typing import Any

from station.commands import LiveView
from station.core.marks import calibration_marks
from station.core.readings import CELLS
from station.core.sheet import MarkView, Sheet, Verdict
from station.words import Num, Words, say

CORNERS = ("front left", "front right", "rear left", "rear right")
NOISE_G = (2.1, 1.8, 2.4, 2.0)
RATES_HZ = (80.3, 79.6, 81.2, 79.9)
LOADS_KG = (16.4, 17.9, 18.2, 18.6)
ERRORS_MM = ((0.4, -0.6), (-0.3, 0.2), (0.7, 0.5), (-0.5, -0.4), (0.1, 0.2), (0.6, -0.2), (-0.4, 0.6), (0.2, -0.7), (-0.6, 0.1))

TRAINING = LiveView(
    screen="run", title="Sway target", say="Stay inside the ring", do="Lean from the ankles.", busy=True, demo=True, protocol="sway-target",
    kind="training", phase="record", seconds_left=18.0, load="loaded", cop_ml_mm=22.0, cop_ap_mm=31.0, target_ml_mm=0.0, target_ap_mm=12.0,
    target_r_mm=60.0, plate_mm=(500.0, 600.0), health={"board": "Simulated", "rate": "79.8 to 80.3", "plate": "someone stands on it"},
)  # fmt: skip


def health(**changes: Any) -> dict[str, Any]:
    """A healthy board; its shape is told in station/steering.py."""
    cells = [
        {"cell": name.replace(" ", "_"), "name": name, "load_kg": load, "rate_hz": rate, "noise_g": noise, "ok": True, "state": "fine"}
        for name, load, rate, noise in zip(CORNERS, LOADS_KG, RATES_HZ, NOISE_G, strict=True)
    ]
    calibrated = {"ok": True, "id": "a1", "source": "calibration.json", "date": "2026-10-20", "age_days": 32, "grade": "good"}
    return {
        "board": "Simulated (DEMO)", "rate": "79.6 to 81.2", "plate": "someone stands on it", "calibration": "there", "fault": "none",
        "sound": "on", "verdict": {"ok": True, "what": "The board is healthy.", "do": ""}, "cells": cells, "faults": [],
        "reader": {
            "way": "simulated", "realtime": "not needed", "core": "shared", "memory": "not locked", "is_realtime": None, "restarts": 0,
            "missed_pct": 0.02, "counters": [],
        },
        "twist": {"n": 1.4, "pct": 0.2},
        "calibrated": {**calibrated, "error_mm": 0.8, "order": [0, 1, 2, 3], "reverify": False},
        "computer": {
            "power": "", "temperature_c": 48.0, "disk_free_mb": 21_400, "clock_synced": True, "software": "1.0.0", "started_s": 19_800,
        },
        "ready": [],
        **changes,
    }  # fmt: skip


def healthy() -> LiveView:
    """Somebody stands on a board that has nothing to complain of."""
    return LiveView(screen="home", title="Stand here", demo=True, load="loaded", health=health())


def faulty() -> LiveView:
    """One corner is slow and the calibration is old."""
    sound = health()
    what, do = "Front left is in slow mode.", "Set its RATE jumper to 80."
    cells = [{**sound["cells"][0], "ok": False, "rate_hz": 11.7, "state": "slow mode"}, *sound["cells"][1:]]
    return LiveView(
        screen="trouble",
        title=what,
        load="empty",
        health={
            **sound,
            "verdict": {"ok": False, "what": what, "do": do},
            "cells": cells,
            "faults": [{"kind": "slow", "cell": 0, "what": what, "do": do, "staff": "GPIO 27 and 22, 11.7 Hz", "stops": True}],
            "calibrated": {**sound["calibrated"], "age_days": 93, "reverify": True, "order": [1, 0, 2, 3], "grade": "games"},
            "ready": [what],
        },
    )


def sheet(step: str, said: Words, **more: Any) -> Sheet:
    """A step of a calibration that says this."""
    return Sheet("calibrate", step, of=8, say=said, **more)


def on_mark(number: int, problem: Words | None = None) -> Sheet:
    """The weight goes on this mark; those before it are done."""
    marks = tuple(
        MarkView(m.number, m.ml_mm, m.ap_mm, "done" if m.number < number else "now" if m.number == number else "waiting")
        for m in calibration_marks(9)
    )
    here = marks[number - 1]
    more: dict[str, Any] = {"marks": marks, "problem": problem, "does": "put-weight", "at": (number, here.ml_mm, here.ap_mm)}
    do = say("calibrate.points.do", n=number - 1, of=9)
    said = say("calibrate.points.put", mark=number)
    return sheet("points", said, index=4, do=do, progress=0.45, weight_kg=10.0, load_kg=10.02, **more)


def passed() -> Sheet:
    """The end of a good calibration, with the error of each mark."""
    marks = tuple(MarkView(m.number, m.ml_mm, m.ap_mm, "done", error) for m, error in zip(calibration_marks(9), ERRORS_MM, strict=True))
    told = (
        say("calibrate.done.error", rms=Num(0.79, 2), worst=Num(1.03, 2), most=Num(1.5, 1)),
        say("calibrate.done.zero", cell=corner(2), g=Num(12), most=Num(50)),
    )
    more: dict[str, Any] = {"verdicts": tuple(Verdict(True, what) for what in told), "over": True, "passed": True}
    return sheet("done", say("calibrate.good"), index=7, do=say("calibrate.kept-next"), marks=marks, **more)


def weight() -> Sheet:
    """The weight is asked for."""
    return sheet("weight", say("calibrate.weight"), index=3, do=say("calibrate.weight.do", least=Num(5), most=Num(40)), asks="weight")


def press(cell: int) -> Sheet:
    """One corner is to be pressed."""
    said = say("calibrate.corners.press", cell=corner(cell))
    return sheet("corners", said, index=1, do=say("calibrate.corners.do"), does="press-corner", corner=cell, progress=cell / 4)


def corner(cell: int) -> Words:
    return say(f"cell.{CELLS[cell].replace('_', '-')}")


def following(shown: Sheet) -> LiveView:
    """The station while a guided procedure goes on."""
    return LiveView(screen="service", busy=not shown.over, demo=True, load="unknown", health=health(), sheet=shown.to_json())
