"""The board for the page of its owner: what each corner says, what is wrong, how it is read, calibrated and fed with power."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hardware.controls import Button, Press
from hardware.faults import Fault
from hardware.pi import Throttled, cell_words, cpu_temperature, read_throttled
from hardware.selftest import Machine
from station.core.calibration import Calibration
from station.core.frames import Frames, Plate
from station.core.geometry import GRAVITY_M_S2
from station.core.readings import CELLS, USABLE, Readings
from station.core.ready import MOST_NOISE_G, noise_of, too_noisy
from station.selfcheck import StationFacts, free_mb
from station.store.clock import date_known, days_since
from station.storing import software
from station.words import Num, Words, say

if TYPE_CHECKING:
    from station.app import Station

WINDOW_NS = 10_000_000_000
LOADED_N = 50.0  # less lies on the plate: what the corners disagree by is no share of it
OLD_DAYS = 90.0
SAYS_NOTHING = frozenset({"silent", "wire"})
"""Kinds of faults of a corner that gives no numbers."""


@dataclass(frozen=True, slots=True)
class Computer:
    """What the machine said of itself, in the clerk's thread: nothing here may hold up the loop."""

    throttled: Throttled | None = None
    temperature_c: float | None = None
    disk_free_mb: float | None = None
    clock_synced: bool | None = None
    age_days: float | None = None


class Health:
    """Fed with what the station reads; `to_json` is called for every view that goes out."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._came: deque[tuple[int, int]] = deque()  # (until_ns, usable readings) of the last ten seconds
        self._force_n: tuple[float, ...] | None = None
        self._computer = Computer()
        self._stuck: set[Button] = set()
        self._started_s = time.monotonic()

    def feed(self, readings: Readings, frames: Frames) -> None:
        usable = int(np.count_nonzero((readings.flag & (0xFFFF & ~int(USABLE))) == 0))
        self._came.append((readings.until_ns, usable))
        while self._came[0][0] < readings.until_ns - WINDOW_NS:
            self._came.popleft()
        if len(frames) and bool(frames.valid[-1]):
            self._force_n = tuple(frames.force_n[-1].tolist())

    def button(self, press: Press) -> None:
        """One that is stuck is told until it is let go."""
        if press.kind == "stuck":
            self._stuck.add(press.button)
        else:
            self._stuck.discard(press.button)

    def probe(self) -> None:
        """Ask the machine, every few seconds."""
        station = self._station
        folder, date = station.reader.spec.data_dir or ".", station.info.calibration.date

        def look(_: object) -> Computer:
            celsius = cpu_temperature()
            room_mb = free_mb(Path(folder))
            return Computer(read_throttled(), None if celsius is None else celsius.value, room_mb, date_known(), days_since(date))

        station.clerk.ask(look, self._seen)
        station.watch.realtime(self._realtime())

    def machine(self) -> Machine:
        """What the self-test says of the computer that reads a real board."""
        hello, computer = self._station.reader.hello, self._computer
        if self._station.reader.spec.paced:
            return Machine()
        return Machine(str(hello.get("way", "")), None, computer.throttled, computer.temperature_c)

    def facts(self) -> StationFacts:
        """What the station knows of itself, for its part of a check."""
        station, computer = self._station, self._computer
        return StationFacts(
            urls=tuple(station.urls),
            sound=station.sound.available if station.sound else None,
            driver=station.window.driver if station.window else None,
            frame_p99_ms=station.window.frame_p99_ms if station.window else None,
            free_mb=computer.disk_free_mb,
            synced=computer.clock_synced,
            version=software(),
        )

    def _seen(self, computer: Computer) -> None:
        self._computer = computer
        self._station.watch.computer(computer.throttled, computer.temperature_c)

    def _realtime(self) -> bool | None:
        """Whether the reader got its priority; None where it asks for none, or has not spoken yet."""
        granted = self._station.reader.hello.get("realtime")
        return None if granted is None else str(granted).startswith("fifo")

    def to_json(self, trouble: Words | None) -> dict[str, Any]:
        """See `station.steering.health`."""
        station, text = self._station, self._station.catalogue.text
        rates = station.chain.pipeline.rates_hz
        calibration = station.info.calibration
        fault: Words = trouble or (station.faults[0].what if station.faults else say("health.no-fault"))
        if station.recorder.problem is not None:
            fault = station.recorder.problem.what
        return {
            "board": text(say(f"board.name.{station.info.name}")) + (" (DEMO)" if station.info.demo else ""),
            "rate": text(say("health.rates", least=Num(min(rates), 1), most=Num(max(rates), 1))) if all(rates) else "",
            "plate": text(say(f"web.plate-{load_of(station.chain.plate)}")),
            "calibration": text(say("health.calibrated" if calibration.calibrated else "health.uncalibrated")),
            "fault": text(fault),
            "sound": text(say("health.sound" if station.sound and station.sound.available else "health.no-sound")),
            "verdict": self._verdict(trouble),
            "cells": self._cells(),
            "faults": [_fault(f, text) for f in station.faults],
            "reader": self._reader(),
            "twist": self._twist(calibration),
            "calibrated": self._calibrated(calibration),
            "computer": self._machine(),
            "ready": [text(words) for words in station.flow.held_back()],
        }

    def _verdict(self, trouble: Words | None) -> dict[str, Any]:
        """The one sentence on top: what stops it, what makes it doubtful, what it lacks, or that all is well."""
        station, text = self._station, self._station.catalogue.text
        problem, faults = station.recorder.problem, station.faults
        if problem is not None:
            what, do = problem.what, problem.do
        elif faults:
            what, do = faults[0].what, faults[0].do
        elif trouble is not None:
            what, do = trouble, say("flow.fault.reader.do")
        elif self._stuck:
            what, do = say("service.button-stuck", button=say(f"service.button-{min(self._stuck)}")), say("service.button-stuck.do")
        elif loudest := too_noisy(noise_of(station.chain.plate)):
            what, do = loudest[0], say("ready.noise.do")
        elif not station.info.calibration.calibrated:
            what, do = say("health.needs-calibration"), say("health.needs-calibration.do")
        elif not station.info.calibration.good_for_tests:
            what, do = say("health.games-only"), say("health.games-only.do")
        elif self._old():
            what, do = say("health.old", days=Num(self._computer.age_days or 0.0)), say("health.old.do")
        else:
            return {"ok": True, "what": text(say("health.fine")), "do": ""}
        return {"ok": False, "what": text(what), "do": text(do)}

    def _old(self) -> bool:
        return self._computer.age_days is not None and self._computer.age_days > OLD_DAYS

    def _cells(self) -> list[dict[str, Any]]:
        station, text = self._station, self._station.catalogue.text
        wrong: dict[int, Words] = {}
        for fault in reversed(station.faults):
            if fault.cell is not None:
                wrong[fault.cell] = fault.what
        away = {fault.cell for fault in station.faults if fault.kind in SAYS_NOTHING}  # their last numbers are none of now
        noise_g, rates = noise_of(station.chain.plate), station.chain.pipeline.rates_hz
        for i, loud_g in enumerate(noise_g):
            if loud_g > MOST_NOISE_G:
                wrong.setdefault(i, say("ready.noise", cell=cell_words(i), g=Num(loud_g), most=Num(MOST_NOISE_G)))
        found = []
        for i, cell in enumerate(CELLS):
            force_n = None if self._force_n is None else self._force_n[i]
            found.append(
                {
                    "cell": cell,
                    "name": text(say(f"hardware.{cell.replace('_', '-')}")),
                    "load_kg": None if force_n is None or force_n != force_n or i in away else round(force_n / GRAVITY_M_S2, 2),
                    "rate_hz": round(rates[i], 1) if rates[i] and i not in away else None,
                    "noise_g": round(noise_g[i], 2) if noise_g[i] and i not in away else None,
                    "ok": i not in wrong,
                    "state": text(wrong.get(i, say("health.cell-fine"))),
                }
            )
        return found

    def _reader(self) -> dict[str, Any]:
        reader, text = self._station.reader, self._station.catalogue.text
        hello, info = reader.hello, self._station.info
        return {
            "way": str(hello.get("way") or text(say(f"board.name.{info.name}"))),
            "realtime": str(hello.get("realtime", "")),
            "core": str(hello.get("core", "")),
            "memory": str(hello.get("memory", "")),
            "is_realtime": self._realtime(),
            "restarts": reader.restarts,
            "missed_pct": self._missed_pct(),
            "counters": list(reader.counters.get("cells", [])),
        }

    def _missed_pct(self) -> float | None:
        """Of the conversions that the cells' own periods promise in ten seconds; None until they are known."""
        rates = self._station.chain.pipeline.rates_hz
        if len(self._came) < 2 or not all(rates):
            return None
        span_s = (self._came[-1][0] - self._came[0][0]) / 1e9
        due, came = sum(rates) * span_s, sum(n for _, n in list(self._came)[1:])
        return round(max(0.0, 100 * (1 - came / due)), 1) if span_s > 1 else None

    def _twist(self, calibration: Calibration) -> dict[str, Any]:
        """F0 - F1 - F2 + F3 without what this plate is known to do by itself."""
        if self._force_n is None or any(f != f for f in self._force_n):
            return {"n": None, "pct": None}
        a, b, c, d = self._force_n
        load_n = a + b + c + d
        alpha, beta, gamma, delta = calibration.twist or (0.0, 0.0, 0.0, 0.0)
        places = self._station.info.geometry.cells_mm
        mx, my = (sum(f * place[axis] for f, place in zip(self._force_n, places, strict=True)) for axis in (0, 1))
        known_n = alpha * load_n + beta * mx + gamma * my + (delta * mx * my / load_n if load_n > LOADED_N else 0.0)
        twist_n = a - b - c + d - known_n
        return {"n": round(twist_n, 2), "pct": round(100 * abs(twist_n) / load_n, 2) if load_n > LOADED_N else None}

    def _calibrated(self, calibration: Calibration) -> dict[str, Any]:
        return {
            "ok": calibration.good_for_tests,
            "id": calibration.id,
            "source": calibration.source,
            "date": calibration.date,
            "age_days": self._computer.age_days,
            "grade": calibration.grade,
            "error_mm": calibration.error_mm,
            "order": list(calibration.order),
            "reverify": self._old(),
        }

    def _machine(self) -> dict[str, Any]:
        computer, text = self._computer, self._station.catalogue.text
        power = computer.throttled.words() if computer.throttled is not None else ()
        return {
            "power": " ".join(text(words) for words in power),
            "temperature_c": computer.temperature_c,
            "disk_free_mb": None if computer.disk_free_mb is None else round(computer.disk_free_mb),
            "clock_synced": computer.clock_synced,
            "software": software(),
            "started_s": round(time.monotonic() - self._started_s),
        }


def _fault(fault: Fault, text: Any) -> dict[str, Any]:
    return {
        "kind": fault.kind,
        "cell": fault.cell,
        "what": text(fault.what),
        "do": text(fault.do),
        "staff": text(fault.staff),
        "stops": fault.stops,
    }


def load_of(plate: Plate) -> Any:
    """empty, object or loaded; "unknown" for all else."""
    return plate.state if plate.state in ("empty", "object", "loaded") else "unknown"
