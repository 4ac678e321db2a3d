"""`balance-station run`: everything started in order and stopped in reverse, in one readable place."""

from __future__ import annotations

import logging
import signal
import sys
import uuid
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from hardware.actor import Actor
from hardware.boards import BoardInfo, describe, parse_board, require
from hardware.pi import find_gpiochip
from hardware.reader import Reader
from station.app import Station
from station.chain import Chain
from station.clerk import Clerk
from station.core.pipeline import Pipeline
from station.flow.flow import Flow
from station.flow.shop import Shop
from station.live import LiveLink
from station.pages_process import PagesProcess, end_leftover, port_free
from station.protocols.loader import load_all
from station.settings import Settings, data_folder, load_settings
from station.storing import recorder_for, software
from station.text.catalogue import Catalogue
from station.words import say

log = logging.getLogger(__name__)
FIRST_SUGGESTIONS = ("sway-target", "candle", "two-leg-quiet")  # start without a question; from then on they take turns


def appliance(
    *,
    board: str,
    seed: int,
    faults: Sequence[str],
    geometry: str | None,
    data: str | None,
    headless: bool,
    port: int | None,
    host: str | None,
    no_web: bool,
    speed: float = 1.0,
) -> int:
    """Run until stopped; the exit code. Raises StationError when something cannot be started."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    folder = data_folder(data)
    settings = load_settings(folder)
    on_pi = find_gpiochip() is not None
    address = host or settings.web.host or ("0.0.0.0" if on_pi else "127.0.0.1")
    number = port or settings.web.port
    protocols = load_all(folder / "protocols")
    spec = parse_board(board, seed=seed, faults=faults, geometry_file=geometry, data_dir=folder)
    spec = replace(spec, controls=settings.board.controls)
    require(spec)
    info = describe(spec)
    text = Catalogue(settings.station.language)
    _on_signals(lambda: sys.exit(0))  # while starting: whatever is open already is closed
    with ExitStack() as stack:
        clerk = stack.enter_context(Clerk(folder, software()))  # from here on the folder is ours
        if not no_web:
            end_leftover(folder)
            port_free(address, number)
        pin = clerk.wait(lambda store: store.make_pin())
        window, sound = (None, None) if headless else _screen(stack, settings, folder, text, on_pi, info)
        link = stack.enter_context(LiveLink(folder))
        reader = Reader(spec, info=info, speed=speed, folder=_made(folder / "run" / "reader"))
        stack.callback(reader.close)
        chain = Chain(Pipeline(info.geometry, info.calibration, info.timing, pad_kg=settings.pad.mass_kg, resume=info.resume))
        recorder = recorder_for(stack, clerk, chain, info, folder)
        flow = Flow(_shop(settings, protocols, info, window is not None, sound), new_id=lambda: str(uuid.uuid4()), now_ns=0)
        # With keys a person steers the simulated one; without, it does by itself what it is asked.
        actor = Actor(reader.act, seed=seed, wants=info.wants) if info.demo and headless else None
        station = Station(
            reader=reader,
            info=info,
            chain=chain,
            pad_kg=settings.pad.mass_kg,
            flow=flow,
            clerk=clerk,
            recorder=recorder,
            link=link,
            catalogue=text,
            window=window,
            sound=sound,
            actor=actor,
            pages=None if no_web else stack.enter_context(PagesProcess(folder, address, number)),
        )
        _on_signals(station.stop)
        _greet(text, info, None if no_web else f"http://{address}:{number}/", pin)
        station.run()
    return 0


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _on_signals(do: Callable[[], Any]) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: do())


def _greet(text: Catalogue, info: BoardInfo, url: str | None, pin: str | None) -> None:
    """What the terminal says at the start: board, address, and the PIN when it was just made."""
    lines = [text.text(say("run.board", board=info.name + (" (DEMO)" if info.demo else "")))]
    if url:
        lines.append(text.text(say("run.pages", url=url)))
    if pin:
        lines.append(text.text(say("run.pin", pin=pin)))
    lines += [text.text(notice) for notice in info.notices]
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


def _screen(stack: ExitStack, settings: Settings, folder: Path, text: Catalogue, on_pi: bool, info: BoardInfo) -> tuple[Any, Any]:
    """Window and sound; only here is pygame imported, so that a headless station needs none."""
    from station.display.sound import Sound
    from station.display.window import Window

    fullscreen = on_pi if settings.screen.fullscreen is None else settings.screen.fullscreen
    window = stack.enter_context(Window(settings.screen, text, fullscreen=fullscreen, simulated=info.demo))
    sound = stack.enter_context(Sound(settings.sound, text, folder / "run" / "voice"))
    return window, sound


def _shop(settings: Settings, protocols: Any, info: BoardInfo, screen: bool, sound: Any) -> Shop:
    return Shop(
        protocols=protocols,
        geometry=info.geometry,
        calibrated=info.calibration.good_for_tests,
        calibration=info.calibration,
        demo=info.demo,
        station_name=settings.station.name,
        language=settings.station.language,
        keys_attached=screen and info.demo,
        sound="ok" if sound is not None and sound.available else "none",
        voice=sound is not None and sound.voice,
        suggestions=FIRST_SUGGESTIONS,
    )
