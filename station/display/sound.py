"""The loudspeaker: tones at once, sentences in turn. A missing one is no error: everything that is heard is on the screen too."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from types import TracebackType

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

import numpy as np
import pygame

from station.core.theme import LEAST_VOLUME_EYES_CLOSED, SAMPLE_RATE_HZ, TONES, VOLUME_STEPS, Tone
from station.display import tones
from station.display.voice import Voice
from station.settings import SoundSection
from station.text.catalogue import Catalogue

log = logging.getLogger(__name__)

BUFFER = 512  # samples: 12 ms, within one picture
WAIT_TICKS = 90  # pictures (1.5 s) that a sentence waits for its turn; later it would be about something else
_UNDER_SPEECH = frozenset({"rep", "heavy", "click", "accent"})  # left out while a sentence is spoken: the next one comes anyway
_ALWAYS_HEARD = frozenset({"start", "stop"})


class Sound:
    """Tones of the theme and the voice, one after the other.

    settings.volume: step 0..4; available: there is a loudspeaker; voice: sentences are spoken
    A tone is played at once and cuts a sentence short; a sentence waits for a tone to end.
    """

    def __init__(self, settings: SoundSection, catalogue: Catalogue, folder: Path) -> None:
        self.step = settings.volume
        self.available = _open()
        self._voice = Voice(folder, catalogue.language) if settings.voice and self.available else None
        self._tones = {name: _sound(tone) for name, tone in TONES.items()} if self.available else {}
        self._waiting: list[tuple[str, int]] = []  # sentences and how many pictures they have waited
        self._loud = False  # start and stop must be heard: eyes are closed

    @property
    def voice(self) -> bool:
        return self._voice is not None and self._voice.available

    @property
    def busy(self) -> str:
        """What is heard now: "tone", "speech" or ""."""
        if not self.available:
            return ""
        if pygame.mixer.Channel(0).get_busy():
            return "tone"
        return "speech" if pygame.mixer.Channel(1).get_busy() else ""

    def __enter__(self) -> Sound:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def volume(self, step: int) -> None:
        """Step 0 (silent) to 4; anything beyond is the nearest."""
        self.step = max(0, min(len(VOLUME_STEPS) - 1, step))

    def eyes_closed(self, closed: bool) -> None:
        """While eyes are closed, start and stop are never softer than step 2."""
        self._loud = closed

    def loudness(self, tone: str) -> float:
        """0..1, how loud a tone is played now."""
        step = max(self.step, LEAST_VOLUME_EYES_CLOSED) if self._loud and tone in _ALWAYS_HEARD else self.step
        return VOLUME_STEPS[step]

    def tone(self, name: str) -> None:
        """Play a tone of the theme now."""
        sound = self._tones.get(name)
        if sound is None or (name in _UNDER_SPEECH and self.busy == "speech"):
            return
        pygame.mixer.Channel(1).stop()
        channel = pygame.mixer.Channel(0)
        channel.play(sound)
        channel.set_volume(self.loudness(name))

    def speak(self, text: str) -> None:
        """Say a sentence as soon as it is rendered and nothing else is heard; a newer one takes the place of one still waiting."""
        if self._voice is not None and text:
            self._voice.file(text)
            self._waiting = [(text, 0)]

    def tick(self) -> None:
        """With each picture: lets a waiting sentence begin when its turn has come."""
        if not self._waiting or self._voice is None:
            return
        text, waited = self._waiting[0]
        file = self._voice.file(text)
        if file is None or self.busy:
            self._waiting = [(text, waited + 1)] if waited < WAIT_TICKS else []
            return
        self._waiting = []
        try:
            spoken = pygame.mixer.Sound(str(file))
        except (pygame.error, OSError):
            log.warning("a sentence could not be played: %s", file)
            return
        channel = pygame.mixer.Channel(1)
        channel.play(spoken)
        channel.set_volume(VOLUME_STEPS[self.step])

    def close(self) -> None:
        if self._voice is not None:
            self._voice.close()
        if self.available:
            self.available = False
            pygame.mixer.quit()


def _open() -> bool:
    try:
        pygame.mixer.init(SAMPLE_RATE_HZ, -16, 2, BUFFER, allowedchanges=0)
    except pygame.error as error:
        log.warning("no sound: %s", error)
        return False
    return True


def _sound(tone: Tone) -> pygame.mixer.Sound:
    mono = tones.samples(tone)
    return pygame.sndarray.make_sound(np.ascontiguousarray(np.column_stack((mono, mono))))
