"""The appliance: wires board, pipeline, flow, store, window and live socket, and runs the one loop. Started in order, stopped in reverse.

The loop waits for readings (headless) or for the next picture (window), never for a disk or a network: recordings go through the
writer's thread, the database through the clerk's, pages through the live link's.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any, Protocol

from hardware.actor import Actor
from hardware.boards import BoardInfo
from hardware.faults import Watch
from hardware.reader import Reader, ReaderDied
from station import steering
from station.chain import Chain
from station.clerk import Clerk
from station.core.frames import Frames
from station.core.readings import EndOfBoard, Readings
from station.core.scene import Scene
from station.core.view import Effect, Speak, Tone, TrialEnded
from station.flow.effects import PersonChosen, VisitBegan, VisitEnded
from station.flow.flow import Flow
from station.flow.shop import Kept
from station.live import LiveLink
from station.notify import notify
from station.recorder import Recorder
from station.text.catalogue import Catalogue

log = logging.getLogger(__name__)
VIEW_EVERY_S = 0.05
ALIVE_EVERY_S = 2.0
HEADLESS_WAIT_S = 0.02
RESTART_PAUSE_S = 0.5
KEEP_NS = 180_000_000_000
RECENT_PEOPLE = 3


class Shown(Protocol):
    """The window, as the loop sees it. Headless has none."""

    @property
    def closed(self) -> bool: ...
    def events(self) -> list[Any]: ...
    def draw(self, scene: Scene, now_s: float) -> None: ...
    def flip(self) -> None: ...


class Heard(Protocol):
    """Loudspeaker and voice. Headless has none."""

    def tone(self, name: str) -> None: ...
    def speak(self, text: str) -> None: ...
    def tick(self) -> None: ...


class Station:
    """One loop. `turn` is one round of it; `run` goes on until the window is closed or `stop` is called."""

    def __init__(
        self,
        *,
        reader: Reader,
        info: BoardInfo,
        chain: Chain,
        flow: Flow,
        clerk: Clerk,
        recorder: Recorder,
        link: LiveLink,
        catalogue: Catalogue,
        window: Shown | None = None,
        sound: Heard | None = None,
        actor: Actor | None = None,
    ) -> None:
        self.reader, self.info, self.chain, self.flow = reader, info, chain, flow
        self.clerk, self.recorder, self.link, self.catalogue = clerk, recorder, link, catalogue
        self.window, self.sound, self.actor = window, sound, actor
        self.watch = Watch(info.geometry)
        self.urls: list[str] = []
        self._stop = False
        self._ready = False
        self._now_ns = 0
        self._seen_s = time.monotonic()  # when the board last spoke
        self._next_view_s = 0.0
        self._next_alive_s = 0.0
        self._again_s: float | None = None  # when to restart a dead reader
        self._over = False  # a replay has ended

    def stop(self) -> None:
        self._stop = True

    def run(self) -> None:
        self.clerk.ask(lambda store: store.recent_people(RECENT_PEOPLE), self._people)
        while not self._stop and not (self.window and self.window.closed):
            self.turn()
        notify("STOPPING=1")
        self._effects(self.flow.shut())
        self.recorder.close_all()

    def turn(self) -> None:
        """Readings in, effects out, one picture, one view."""
        for readings in self._read():
            self._take(readings)
        self.clerk.poll()
        for asked in self.link.take():
            steering.answer(self, asked)
        if self.window:
            for event in self.window.events():
                self._effects(steering.pressed(self, event))
        if self.sound:
            self.sound.tick()
        now_s = time.monotonic()
        if now_s >= self._next_view_s:
            self._next_view_s = now_s + VIEW_EVERY_S
            self.link.publish(steering.live_view(self))
        if self.window:
            self.window.draw(self.flow.scene(self.now_ns), self.now_ns / 1e9)
            self.window.flip()
        self._alive(now_s)

    @property
    def now_ns(self) -> int:
        """The board's time; while the board is silent it goes on by this machine's clock, so that screens do."""
        return self._now_ns + int((time.monotonic() - self._seen_s) * 1e9) if self._now_ns else 0

    def _read(self) -> list[Readings]:
        """What the reader has; restarts it when it died. A silent board gives the flow time alone."""
        if self._again_s is not None:
            if time.monotonic() < self._again_s:
                time.sleep(HEADLESS_WAIT_S)
                return []
            self._again_s = None
            self.reader.restart()
        if self._over:
            time.sleep(HEADLESS_WAIT_S)
            return []
        try:
            block = self.reader.read(0.0 if self.window else HEADLESS_WAIT_S)
        except EndOfBoard:
            self._over = True
            self._effects(self.flow.board_ended())
            return []
        except ReaderDied as died:
            log.warning("the reader died; it is started again")
            self._again_s = time.monotonic() + RESTART_PAUSE_S
            self._effects(self.flow.reader_died(died))
            return []
        return [block]

    def _take(self, readings: Readings) -> None:
        if readings.until_ns > self._now_ns:
            self._now_ns, self._seen_s = readings.until_ns, time.monotonic()
        for lost in self.reader.take_lost():
            self.recorder.lost(lost)
        frames = self.chain.take(readings)
        self.recorder.readings(readings)
        self.flow.trouble(self.watch.feed(readings))
        effects = self.flow.feed(readings, frames, self.chain.plate, self.now_ns, self.chain.origin_ns)
        self._effects(effects)
        self._obey(frames)
        if self.chain.plate.state == "empty":
            self.recorder.stepped_off()
        if not self._ready and len(frames) and frames.valid.all():
            self._ready = True
            notify("READY=1")

    def _obey(self, frames: Frames) -> None:
        if self.actor and len(frames):
            self.actor.obey(self.flow.view, self._now_ns / 1e9)

    def _effects(self, effects: list[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, Tone):
                if self.sound:
                    self.sound.tone(effect.name)
            elif isinstance(effect, Speak):
                if self.sound:
                    self.sound.speak(self.catalogue.text(effect.words))
            elif isinstance(effect, PersonChosen | VisitBegan | VisitEnded):
                steering.visit(self, effect)
            else:
                self.recorder.do(effect)
                if isinstance(effect, TrialEnded):
                    self._share(effect.result.trial_id)

    def _share(self, trial_id: str) -> None:
        """A link for the QR code: on the result screen now, on home for three minutes."""
        until_ns = self.now_ns + KEEP_NS

        def shared(token: str) -> None:
            url = f"{self.urls[0]}/r/{token}" if self.urls else None
            self.flow.kept(Kept(trial_id, url, until_ns))

        self.clerk.ask(lambda store: store.share(trial_id), shared)

    def _people(self, people: Any) -> None:
        self.flow.people(steering.cards(people))

    def refresh_people(self) -> None:
        self.clerk.ask(lambda store: store.recent_people(RECENT_PEOPLE), self._people)

    def _alive(self, now_s: float) -> None:
        """systemd's watchdog is fed by this loop's own progress, and only while readings come or the trouble is declared."""
        if now_s < self._next_alive_s:
            return
        self._next_alive_s = now_s + ALIVE_EVERY_S
        if now_s - self._seen_s < ALIVE_EVERY_S or self.flow.in_trouble or self._over:
            if not self._ready:
                self._ready = True
                notify("READY=1\nSTATUS=degraded")
            notify("WATCHDOG=1")


StopSignal = Callable[[], None]
