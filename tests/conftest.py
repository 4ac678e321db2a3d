"""Fixtures shared by all tests: where the real recordings are, and SDL without a screen or a loudspeaker."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
os.environ.setdefault("SDL_AUDIODRIVER", "dummy")
os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
os.environ.setdefault("GPIOZERO_PIN_FACTORY", "mock")

# A busy machine is no wrong answer: how long an example takes is measured in tests/benchmarks.
settings.register_profile("station", deadline=None)
settings.load_profile("station")

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real recordings: BALANCE_DATA, else ../shared/data beside the checkout; else the test is skipped."""
    named = os.environ.get("BALANCE_DATA")
    if named:
        folder = Path(named)
        assert (folder / "golden").is_dir(), f"BALANCE_DATA is {named}, but there is no golden/ in it"
        return folder
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("no shared data: BALANCE_DATA is not set and ../shared/data does not exist")
    return folder
