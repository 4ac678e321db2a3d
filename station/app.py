"""The station's one loop: readings in, screens and effects out. It never waits for a disk or a network: recordings go through the
writer's thread, the database through the clerk's, pages through the live link's.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from hardware.actor import Actor
from hardware.boards import CHIPS, BoardInfo
from hardware.controls import Button
from hardware.faults import Fault, Watch
from hardware.reader import Reader, ReaderDied
from station import inquiries, steering
from station.chain import Chain
from station.clerk import Clerk
from station.core.pipeline import Pipeline
from station.core.readings import EndOfBoard, Readings
from station.core.ready import Ready, noise_of
from station.core.scene import Scene
from station.core.view import Speak, Tone, TrialEnded
from station.flow.effects import (
    FlowEffect,
    LookUpPeople,
    PersonChosen,
    PlateEmptied,
    RunBegun,
    ServiceAnswered,
    ServiceLeft,
    ServiceWanted,
    VisitBegan,
    VisitEnded,
)
from station.flow.flow import Flow
from station.flow.intents import Intent, Point
from station.flow.shop import Fault as Trouble
from station.health import Health
from station.live import LiveLink
from station.notify import notify
from station.pages_process import PagesProcess
from station.recorder import Recorder
from station.servicing import Servicing
from station.store.clock import days_since, system_clock
from station.storing import profile_facts
from station.text.catalogue import Catalogue

log = logging.getLogger(__name__)
VIEW_EVERY_S = 0.05
ALIVE_EVERY_S = 2.0
WAIT_S = 0.02
RESTART_PAUSE_S = 2.0  # between two starts of the reader: one that dies at once must not keep the processor busy
PROBE_EVERY_S = 10.0
BUTTONS: Mapping[Button, Intent] = {"go": Intent.NEXT, "next": Intent.RIGHT, "stop": Intent.STOP}
"""What the three buttons at the board mean."""


class Shown(Protocol):
    """The window, as the loop sees it; a headless station has none."""

    @property
    def closed(self) -> bool: ...
    @property
    def driver(self) -> str: ...
    @property
    def frame_p99_ms(self) -> float | None: ...
    def events(self) -> Sequence[Any]: ...
    def draw(self, scene: Scene, now_s: float) -> None: ...
    def flip(self) -> None: ...


class Heard(Protocol):
    """Loudspeaker and voice; a headless station has none."""

    available: bool
    step: int

    def tone(self, name: str) -> None: ...
    def speak(self, text: str) -> None: ...
    def volume(self, step: int) -> None: ...
    def eyes_closed(self, closed: bool) -> None: ...
    def tick(self) -> None: ...


class Station:
    """`turn` is one round of the loop; `run` goes on until the window is closed or `stop` is called."""

    def __init__(
        self,
        *,
        reader: Reader,
        info: BoardInfo,
        chain: Chain,
        pad_kg: float,
        flow: Flow,
        clerk: Clerk,
        recorder: Recorder,
        link: LiveLink,
        catalogue: Catalogue,
        window: Shown | None = None,
        sound: Heard | None = None,
        actor: Actor | None = None,
        pages: PagesProcess | None = None,
    ) -> None:
        self.reader, self.info, self.chain, self.flow = reader, info, chain, flow
        self.clerk, self.recorder, self.link, self.catalogue = clerk, recorder, link, catalogue
        self.window, self.sound, self.actor, self.pages = window, sound, actor, pages
        self.watch = Watch(info.geometry, info.calibration, info.timing)
        self.faults: tuple[Fault, ...] = ()
        self.servicing = Servicing(self)
        self.health = Health(self)
        self._pad_kg = pad_kg
        self.urls: list[str] = []
        self._stop = False
        self._ready = False
        self._dated = False
        self._over = False  # a replay has ended
        self._now_ns = 0
        self._heard_s = time.monotonic()  # when the board last spoke
        self._next_view_s = 0.0
        self._next_alive_s = 0.0
        self._next_probe_s = 0.0
        self._again_s: float | None = None  # when a dead reader is started again
        self._started_s = self._heard_s
        self._died_of = ""

    def stop(self) -> None:
        self._stop = True

    def run(self) -> None:
        while not self._stop and not (self.window and self.window.closed):
            self.turn()
        notify("STOPPING=1")
        self.carry_out(self.flow.shut())
        self.recorder.close_all()

    def turn(self) -> None:
        """Readings in, effects out, one picture, one view."""
        readings = self._read()
        if readings is not None:
            self._take(readings)
        self.clerk.poll()
        self._hear_buttons()
        for asked in self.link.take():
            steering.answer(self, asked)
        if self.sound:
            self.sound.eyes_closed(steering.eyes_closed(self.flow.view))
            self.sound.tick()
        now_s = time.monotonic()
        if now_s >= self._next_view_s:
            self._next_view_s = now_s + VIEW_EVERY_S
            self.link.publish(steering.live_view(self))
        if self.window:
            self._show(self.window)
        if now_s >= self._next_probe_s:
            self._next_probe_s = now_s + PROBE_EVERY_S
            self.recorder.probe()
            self.health.probe()
            self._look_at_the_date()
        if self.pages:
            self.pages.tick()
        self._alive(now_s)

    @property
    def read_ns(self) -> int:
        """Data time up to which the board has spoken."""
        return self._now_ns

    @property
    def now_ns(self) -> int:
        """The board's time; while the board is silent it goes on by this machine's clock, so that screens do too."""
        return self._now_ns + int((time.monotonic() - self._heard_s) * 1e9)

    def carry_out(self, effects: Sequence[FlowEffect]) -> None:
        """Do what the flow wants done, in order."""
        for effect in effects:
            match effect:
                case Tone():
                    if self.sound:
                        self.sound.tone(effect.name)
                case Speak():
                    if self.sound:
                        self.sound.speak(self.catalogue.text(effect.words))
                case LookUpPeople():
                    inquiries.look_up(self, effect.kg)
                case PersonChosen():
                    self.recorder.person = effect.person
                    self.recorder.kg = effect.kg
                case VisitBegan():
                    self.recorder.begin_visit(effect.person)
                case VisitEnded():
                    self.recorder.visit = None
                case RunBegun():
                    self.recorder.begin_run(effect.run_id, effect.protocol_id, effect.person)
                case PlateEmptied():
                    self.recorder.stepped_off()
                case ServiceWanted():
                    self.servicing.begin(effect.kind)
                case ServiceAnswered():
                    self.servicing.answer(effect.answer)
                case ServiceLeft():
                    self.servicing.close()
                case _:
                    self.recorder.do(effect)
                    if isinstance(effect, TrialEnded):
                        inquiries.share(self, effect.result.trial_id)
                        inquiries.compare(self, effect.result)

    def reopen(self, info: BoardInfo) -> None:
        """The board has another profile (it was calibrated): everything that knows the old one is made anew, time goes on."""
        self.info = info
        self.reader.reopen(info)
        self.chain = Chain(Pipeline(info.geometry, info.calibration, info.timing, pad_kg=self._pad_kg, resume=info.resume))
        self.recorder.reopen(self.chain, profile_facts(info))
        self.watch, self.faults = Watch(info.geometry, info.calibration, info.timing), ()
        good = info.calibration.good_for_tests
        self.flow.shop = replace(self.flow.shop, geometry=info.geometry, calibrated=good, calibration=info.calibration)
        self._look_at_the_date()

    # --- parts of a turn -------------------------------------------------------------------------------------------------------

    def _read(self) -> Readings | None:
        """What the reader has, None when there is nothing to read; a dead one is started again at once."""
        if self._again_s is not None and time.monotonic() >= self._again_s:
            self._again_s, self._started_s = None, time.monotonic()
            self.reader.restart()
        if self._over or self._again_s is not None:
            time.sleep(0.0 if self.window else WAIT_S)
            return None
        try:
            return self.reader.read(0.0 if self.window else WAIT_S)
        except EndOfBoard:
            self._over = True
            self.servicing.board_ended()
            self.carry_out(self.flow.board_ended())
        except ReaderDied as died:
            self._log_death(self.catalogue.text(died.what))
            self._again_s = max(time.monotonic(), self._started_s + RESTART_PAUSE_S)
            self.carry_out(self.flow.reader_died(died))
        return None

    def _log_death(self, why: str) -> None:
        """The same reason every two seconds is one line in the journal, not thousands."""
        if why != self._died_of:
            log.warning("the reader died and is started again: %s", why)
        self._died_of = why

    def _take(self, readings: Readings) -> None:
        if readings.until_ns > self._now_ns:
            self._now_ns, self._heard_s = readings.until_ns, time.monotonic()
        for lost in self.reader.take_lost():
            self.recorder.lost(lost)
        frames = self.chain.take(readings)
        self.recorder.readings(readings)
        self.watch.use(self.chain.plate)
        self.faults = self.watch.feed(readings)
        self.health.feed(readings, frames)
        self.servicing.feed(readings)
        self.flow.trouble([*self.servicing.covering(self.faults), *self._disk_trouble()])
        self.flow.readiness(self._readiness())
        self.carry_out(self.flow.feed(readings, frames, self.chain.plate, self._now_ns, self.chain.origin_ns, self.faults))
        if self.actor and len(frames) and self.servicing.sheet is None:
            self.actor.obey(self.flow.view, self._now_ns / 1e9)
        if not self._ready and len(frames) and bool(frames.valid.all()):
            self._ready = True
            notify("READY=1")

    def _readiness(self) -> Ready:
        rates_hz, plate = self.chain.pipeline.rates_hz, self.chain.plate
        return Ready(self.faults, rates_hz if all(rates_hz) else (), noise_of(plate), plate, self.info.calibration)

    def _disk_trouble(self) -> list[Trouble]:
        """A card that cannot be written: nothing is started that could not be kept."""
        problem = self.recorder.problem
        return [] if problem is None else [Trouble(problem.what, problem.do)]

    def _hear_buttons(self) -> None:
        """The three buttons at the board, and the lamp that answers them."""
        for press in self.reader.take_presses():
            self.health.button(press)
            if press.kind == "pressed":
                self.carry_out(self.flow.press(BUTTONS[press.button]))
        trouble = self.flow.in_trouble or self._again_s is not None
        self.reader.lamp("fault" if trouble else "recording" if self.recorder.recording else "ready")

    def _show(self, window: Shown) -> None:
        for event in window.events():
            if isinstance(event, Intent | Point):
                self.carry_out(self.flow.press(event))
            elif hasattr(event, "action"):
                self.reader.act(event.action, **event.args)
            elif self.sound:
                self.sound.volume(self.sound.step + event.change)
        window.draw(self.flow.scene(self.now_ns), self.now_ns / 1e9)
        window.flip()

    def _look_at_the_date(self) -> None:
        """How old the calibration is; and once the date is known, trials of this start that had none get theirs."""
        if self.info.name in CHIPS:
            self.flow.shop = replace(self.flow.shop, calibration_age_days=days_since(self.info.calibration.date))
        now = system_clock()
        if now.synced and not self._dated:
            self._dated = True
            self.clerk.ask(lambda store: store.clock_set(now.mono_ns, now.wall_ns))

    def _alive(self, now_s: float) -> None:
        """The watchdog is fed by this loop's own progress, and only while readings come or the trouble is declared."""
        if now_s < self._next_alive_s:
            return
        self._next_alive_s = now_s + ALIVE_EVERY_S
        if now_s - self._heard_s < ALIVE_EVERY_S or self.flow.in_trouble or self._over:
            if not self._ready and self.flow.in_trouble:
                self._ready = True
                notify("READY=1\nSTATUS=degraded")
            notify("WATCHDOG=1")
