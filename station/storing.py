"""Opens what a run is kept with: clerk, recording writer and recorder, for the station and for single runs."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from hardware.boards import BoardInfo
from station.chain import Chain
from station.clerk import Clerk
from station.core.readings import timing_to_json
from station.recompute import close_interrupted
from station.recorder import Recorder
from station.settings import load_settings
from station.solo import Wishes
from station.store.clock import system_clock
from station.store.recording import RecordingWriter


def software() -> str:
    return version("balance-station")


def anchor() -> Mapping[str, Any]:
    """Wall and monotonic time of the same instant, whether the wall clock is to be believed, and which boot it is."""
    return system_clock().to_json()


def header_facts(info: BoardInfo, *, station: str, boot: str, pad_kg: float) -> dict[str, Any]:
    """What every recording of one board has in its header, whatever is recorded."""
    return {
        "station_id": station,
        "boot_id": boot,
        "board": info.name,
        "demo": info.demo,
        "pad_kg": pad_kg,
        "software": software(),
        **profile_facts(info),
    }


def profile_facts(info: BoardInfo) -> dict[str, Any]:
    """What of a header changes when a board is calibrated."""
    return {"geometry": info.geometry.to_json(), "timing": timing_to_json(info.timing), "calibration": info.calibration.to_json()}


def recorder_for(stack: ExitStack, clerk: Clerk, chain: Chain, info: BoardInfo, folder: Path) -> Recorder:
    """The recorder of an open folder; trials that were cut off before are closed from their recordings first."""
    writer = stack.enter_context(RecordingWriter(folder))
    now = system_clock()
    boot = f"{now.boot_id[:8]}-{uuid.uuid4().hex[:8]}"  # this start of the station within this boot of the machine
    station = clerk.wait(lambda store: store.station_id)
    clerk.ask(close_interrupted)
    clerk.ask(lambda store: store.begin_boot(boot, now.mono_ns, now.synced))
    pad_kg = load_settings(folder).pad.mass_kg
    recorder = Recorder(clerk, writer, chain, header_facts(info, station=station, boot=boot, pad_kg=pad_kg))
    recorder.anchor = anchor
    return recorder


@dataclass(slots=True)
class Keep:
    """How a single run is kept; without a folder it is not."""

    recorder: Callable[[BoardInfo, Chain], Recorder] | None = None
    person: str | None = None

    def wishes(self, wishes: Wishes) -> Wishes:
        return replace(wishes, person=self.person)


@contextmanager
def keeper(folder: Path | None, code: str | None) -> Iterator[Keep]:
    """Takes the folder's lock for a single run. Raises FolderBusy while a station runs on it, NotFound for an unknown code."""
    if folder is None:
        yield Keep()
        return
    with ExitStack() as stack:
        clerk = stack.enter_context(Clerk(folder, software()))
        person = clerk.wait(lambda store: store.person(code)).id if code else None

        def make(info: BoardInfo, chain: Chain) -> Recorder:
            recorder = recorder_for(stack, clerk, chain, info, folder)
            recorder.person = person
            recorder.visit = clerk.wait(lambda store: store.begin_visit(person))
            return recorder

        yield Keep(make, person)
