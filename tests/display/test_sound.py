"""Tones against the theme, and the order of tones and sentences on SDL's dummy loudspeaker."""

from __future__ import annotations

import shutil
import subprocess
import sys
import wave

import numpy as np
import pygame
import pytest

from station.core.theme import PEAK, SAMPLE_RATE_HZ, TONES, VOLUME_STEPS, Tone
from station.display.sound import Sound
from station.display.tones import FULL_SCALE, samples
from station.display.voice import Voice
from station.settings import SoundSection
from station.text.catalogue import Catalogue

needs_espeak = pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")


@pytest.mark.parametrize("name", sorted(TONES))
def test_a_tone_lasts_as_long_as_its_notes_and_is_as_loud_as_its_level(name):
    tone = TONES[name]
    wave_ = samples(tone)
    assert len(wave_) == pytest.approx(sum(seconds for _, seconds in tone.notes) * SAMPLE_RATE_HZ, abs=len(tone.notes))
    assert np.abs(wave_).max() == pytest.approx(PEAK * tone.level * FULL_SCALE, abs=1)


def test_a_tone_begins_and_ends_in_silence_without_a_step():
    for tone in TONES.values():
        wave_ = samples(tone).astype(int)
        assert abs(wave_[0]) < 10
        assert abs(wave_[-1]) < 60


def test_a_tone_has_its_pitch_and_its_two_harmonics():
    spectrum = np.abs(np.fft.rfft(samples(Tone(((1000, 1.0),))).astype(float)))
    ground, second, third = (spectrum[hz - 20 : hz + 21].max() for hz in (1000, 2000, 3000))
    assert spectrum.argmax() == 1000
    assert second / ground == pytest.approx(0.20, abs=0.01)
    assert third / ground == pytest.approx(0.08, abs=0.01)


def test_the_stop_signal_is_the_loudest_of_all():
    assert max(TONES, key=lambda name: TONES[name].level) == "stop"
    assert [name for name in TONES if TONES[name].level >= TONES["stop"].level] == ["stop"]


@pytest.fixture
def sound(tmp_path):
    with Sound(SoundSection(volume=1), Catalogue("en"), tmp_path / "voice") as opened:
        yield opened


def test_start_and_stop_are_heard_with_eyes_closed_even_at_the_lowest_volume(sound):
    sound.volume(0)
    assert sound.loudness("stop") == 0.0
    sound.eyes_closed(True)
    assert sound.loudness("stop") == sound.loudness("start") == VOLUME_STEPS[2]
    assert sound.loudness("rep") == 0.0
    sound.volume(99)
    assert sound.loudness("stop") == 1.0


def test_a_tone_of_the_theme_is_played_at_once_and_an_unknown_one_is_left_out(sound):
    sound.tone("no such tone")
    assert sound.busy == ""
    sound.tone("start")
    assert sound.busy == "tone"


@needs_espeak
def test_a_sentence_waits_for_a_tone_and_a_tone_cuts_a_sentence_short(tmp_path):
    folder, text = tmp_path / "voice", "Stand still."
    ahead = Voice(folder, "en")
    ahead.file(text)
    ahead.close()  # rendered before, as on any day but the first
    with Sound(SoundSection(), Catalogue("en"), folder) as sound:
        assert sound.voice
        sound.tone("stop")
        sound.speak(text)
        sound.tick()
        assert sound.busy == "tone"
        pygame.mixer.Channel(0).stop()
        sound.tick()
        assert sound.busy == "speech"
        sound.tone("rep")
        assert sound.busy == "speech"
        sound.tone("stop")
        assert sound.busy == "tone"
        pygame.mixer.Channel(0).stop()
        assert sound.busy == ""


@needs_espeak
def test_a_sentence_is_rendered_once_and_kept(tmp_path):
    voice = Voice(tmp_path, "de")
    assert voice.file("Steh ruhig.") is None
    voice.close()
    file = Voice(tmp_path, "de").file("Steh ruhig.")
    assert file is not None
    with wave.open(str(file)) as spoken:
        assert 0.3 < spoken.getnframes() / spoken.getframerate() < 3.0
    assert [f.suffix for f in tmp_path.iterdir()] == [".wav"]


def test_without_a_speaking_program_the_voice_is_silent_and_writes_nothing(tmp_path):
    voice = Voice(tmp_path / "voice", "en", program="no-such-program")
    assert voice.file("Stand still.") is None
    assert not voice.available
    assert not (tmp_path / "voice").exists()


def test_a_program_that_fails_turns_the_voice_off(tmp_path):
    voice = Voice(tmp_path, "en", program="false")
    voice.file("Stand still.")
    voice.close()
    assert not voice.available


def test_without_a_loudspeaker_nothing_is_an_error(tmp_path):
    program = (
        "import os, sys\n"
        "os.environ['SDL_AUDIODRIVER'] = 'no-such-driver'\n"
        "from pathlib import Path\n"
        "from station.display.sound import Sound\n"
        "from station.settings import SoundSection\n"
        "from station.text.catalogue import Catalogue\n"
        "with Sound(SoundSection(), Catalogue('en'), Path(sys.argv[1])) as sound:\n"
        "    sound.tone('stop'); sound.speak('Stand still.'); sound.tick()\n"
        "    print(sound.available, sound.voice, repr(sound.busy))\n"
    )
    said = subprocess.run([sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, timeout=30, check=True).stdout
    assert said.splitlines()[-1] == "False False ''"
