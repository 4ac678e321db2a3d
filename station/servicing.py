"""The guided procedure on the board while it goes on: begun, fed, answered; what a passed calibration found is kept and taken into use."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from hardware.boards import BoardInfo, calibration_path, describe
from hardware.faults import Fault
from hardware.hx711 import nominal_calibration
from hardware.operator import Operator
from hardware.selftest import SelfTest
from station.commands import Service
from station.core.readings import Readings
from station.core.sheet import Answer, Procedure, Sheet, Verdict
from station.errors import Refused, StationError
from station.flow.flow import Procedure as Kind
from station.selfcheck import self_check
from station.service.calibrate import Calibrate
from station.service.daily import DailyCheck
from station.store.calibration_file import keep_calibration
from station.store.clock import date_known
from station.storing import software
from station.words import Words, say

if TYPE_CHECKING:
    from station.app import Station

log = logging.getLogger(__name__)
COVERS = frozenset({"overload"})
"""Kinds of faults that lie over a procedure: a person is in question. All others are what it looks for, and it tells them itself."""
CHECK_S = 10.0
PLACEMENT_MM = 0.4  # how exactly the simulated person sets the weight down, an axis: a careful hand with the printed template


class Servicing:
    """One procedure at most. It sees every reading that the station sees; nothing of it is recorded."""

    def __init__(self, station: Station, seed: int = 1) -> None:
        self._station = station
        self._seed = seed
        self._procedure: Procedure | None = None
        self._operator: Operator | None = None
        self._kept = False
        self._problem: Words | None = None
        self._of_itself: tuple[Verdict, ...] = ()
        self._restarts = 0  # of the reader when the procedure began
        self._reader_died = False

    @property
    def sheet(self) -> Sheet | None:
        """As it stands now; None when there is no procedure."""
        if self._procedure is None:
            return None
        sheet = self._procedure.sheet
        if sheet.kind == "check" and sheet.over:
            whole = replace(sheet, verdicts=(*sheet.verdicts, *self._of_itself))
            return _broken_off(whole) if self._reader_died else whole
        return sheet if self._problem is None else replace(sheet, say=self._problem, passed=False)

    def begin(self, kind: Kind, make: Callable[[], Procedure] | None = None) -> None:
        """`make`: another procedure of that kind than the whole one.

        Raises Refused while something else goes on, and for a recording, which cannot be calibrated.
        """
        station = self._station
        station.flow.may_serve(kind)
        if kind == "calibrate" and station.reader.spec.kind == "replay":
            raise Refused(say("service.recording"), say("service.recording.do"))
        self._procedure = make() if make else self._calibration(9) if kind == "calibrate" else self._self_test()
        self._kept, self._problem = False, None
        self._restarts, self._reader_died = station.reader.restarts, False
        if station.info.demo:
            self._operator = Operator(station.reader.act, seed=self._seed, placement_mm=PLACEMENT_MM, standing=station.flow.loaded)
        self._show()

    def command(self, command: Service) -> None:
        """What a page asks for. Raises Refused when nothing goes on that could be answered."""
        if command.do == "calibrate":
            self.begin("calibrate", lambda: self._calibration(command.points))
        elif command.do == "verify":
            self.begin("calibrate", self._daily)
        elif command.do == "check":
            self.begin("check", lambda: self._self_test(corners=command.corners))
        elif self._procedure is None:
            raise Refused(say("service.nothing"), say("service.nothing.do"))
        else:
            self.answer(command.do, command.weight_kg)

    def answer(self, answer: Answer, weight_kg: float | None = None) -> None:
        if self._procedure is None:
            return
        if self._procedure.sheet.over:
            self.close()
            return
        self._procedure.answer(answer, weight_kg)
        self._show()

    def feed(self, readings: Readings) -> None:
        """Every block of readings, in the order of arrival."""
        if self._procedure is None or self._procedure.sheet.over:
            return
        self._reader_died = self._reader_died or self._station.reader.restarts != self._restarts
        self._procedure.feed(readings)
        self._show()
        if self._operator is not None:
            self._operator.obey(self._procedure.sheet, readings.until_ns / 1e9)

    def board_ended(self) -> None:
        """No reading will follow."""
        if self._procedure is not None and not self._procedure.sheet.over:
            self.answer("stop")

    def close(self) -> None:
        """How it ended was seen."""
        self._procedure = self._operator = None
        self._station.carry_out(self._station.flow.service(None))

    def covering(self, faults: tuple[Fault, ...]) -> tuple[Fault, ...]:
        """Those that are shown on the wall now. A dead reader and a full card are no readings' faults and are not asked here."""
        going_on = self._procedure is not None and not self._procedure.sheet.over
        return tuple(f for f in faults if f.kind in COVERS) if going_on else faults

    # --- inside ----------------------------------------------------------------------------------------------------------------

    def _calibration(self, points: Literal[5, 9]) -> Procedure:
        info = self._station.info
        return Calibrate(
            info.geometry,
            info.timing,
            points=points,
            order=info.calibration.order,
            new_id=lambda: uuid.uuid4().hex[:8],
            date=date.today().isoformat() if date_known() else "",
            software=software(),
            nominal=nominal_calibration(info.geometry),
            about={"board": info.name},
        )

    def _daily(self) -> Procedure:
        """Raises Refused for a board that has no calibration to look after."""
        info = self._station.info
        if not info.calibration.calibrated:
            raise Refused(say("run.refused.calibration"), say("run.refused.calibration.do"))
        return DailyCheck(info.geometry, info.timing, info.calibration)

    def _self_test(self, *, corners: bool = False) -> Procedure:
        info, facts = self._station.info, self._station.health.facts()
        self._of_itself = ()
        self._station.clerk.ask(lambda _: self_check(facts), self._checked)
        machine = self._station.health.machine()
        return SelfTest(info.geometry, info.calibration, info.timing, seconds=CHECK_S, corners=corners, machine=machine)

    def _checked(self, verdicts: tuple[Verdict, ...]) -> None:
        """What the station found about itself meanwhile: phones, sound, screen, disk, date. It does not change how the board did."""
        self._of_itself = verdicts

    def _show(self) -> None:
        procedure = self._procedure
        assert procedure is not None, "only a procedure has something to show"
        self._station.carry_out(self._station.flow.service(self.sheet))
        sheet = procedure.sheet
        if sheet.kind == "calibrate" and sheet.over and sheet.passed and procedure.result is not None and not self._kept:
            self._kept = True
            self._keep(procedure.result)

    def _keep(self, result: Mapping[str, Any]) -> None:
        """In the clerk's thread: the card may take its time. The board is opened anew once the file is safe."""
        station = self._station
        spec = station.reader.spec

        def work(_: object) -> BoardInfo:
            keep_calibration(calibration_path(spec), result)
            return describe(spec)

        station.clerk.ask(work, station.reopen, self._not_kept)

    def _not_kept(self, error: StationError) -> None:
        log.error("the calibration could not be kept: %s", error.what.id)
        self._problem = error.what
        if self._procedure is not None:
            self._station.carry_out(self._station.flow.service(self.sheet))


def _broken_off(sheet: Sheet) -> Sheet:
    """A self-test in whose middle readings are missing proves nothing."""
    what, do = say("service.reader-died"), say("service.reader-died.do")
    return replace(sheet, say=what, do=do, passed=False, verdicts=(Verdict(False, what, do), *sheet.verdicts))
