"""What comes to the station from keys and pages, and what pages see of it: commands answered, intents passed on, views made."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from station.commands import (
    AddPerson,
    Addresses,
    Command,
    LiveView,
    Mark,
    MoveTrial,
    Override,
    Press,
    Problem,
    RenamePerson,
    Service,
    Share,
    StartRun,
    Volume,
)
from station.core.view import View
from station.errors import NotFound, Refused, StationError
from station.flow.intents import Intent
from station.health import load_of
from station.live import Asked
from station.recompute import overrule
from station.store.store import Person, Store
from station.text.catalogue import Catalogue
from station.words import Words

if TYPE_CHECKING:
    from station.app import Station

KEYS = {"stop": Intent.STOP, "next": Intent.NEXT, "back": Intent.BACK, "yes": Intent.YES, "no": Intent.NO}
HELPER_KEYS = {"arms": Intent.ARMS, "eyes": Intent.EYES, "leg": Intent.LEG}


def answer(station: Station, asked: Asked) -> None:
    """Carry out one command from a page; its answer goes back once, maybe later (the clerk's work)."""
    try:
        _do(station, asked, asked.command)
    except StationError as error:
        asked.problem(problem(error, station.catalogue))


def problem(error: StationError, catalogue: Catalogue) -> Problem:
    """An error as a page gets it: in the station's language, with a code for programs."""
    code: Any = "not-found" if isinstance(error, NotFound) else "refused" if isinstance(error, Refused) else "invalid"
    if error.what.id in ("flow.busy", "flow.busy.service"):
        code = "busy"
    return Problem(code=code, what=catalogue.text(error.what), do=catalogue.text(error.do))


def _do(station: Station, asked: Asked, command: Command) -> None:
    match command:
        case StartRun():
            _start(station, asked, command)
        case Press():
            station.carry_out(station.flow.press(KEYS[command.cmd]))
            asked.ok()
        case Mark() if command.kind in HELPER_KEYS:
            station.carry_out(station.flow.press(HELPER_KEYS[command.kind]))
            asked.ok()
        case Mark():
            trial, mark, reason = command.trial or "", command.kind, command.reason or ""
            _by_clerk(station, asked, lambda store: store.mark_trial(trial, mark, reason), lambda _: {})
        case AddPerson():
            name, demo = command.nickname, station.info.demo
            _by_clerk(station, asked, lambda store: store.add_person(name, demo=demo), lambda p: {"id": p.id, "code": p.code})
        case RenamePerson():
            person, name = command.person, command.nickname
            _by_clerk(station, asked, lambda store: store.rename_person(person, name), lambda _: {})
        case MoveTrial():
            moved, owner = command.trial, command.person
            _by_clerk(station, asked, lambda store: store.move_trial(moved, owner), lambda _: {})
        case Override():
            judged, verdict, why = command.trial, command.verdict, command.reason
            _by_clerk(station, asked, lambda store: overrule(store, judged, verdict, why), lambda o: {"override": o and o.to_json()})
        case Share():
            shared = command.trial
            _by_clerk(station, asked, lambda store: store.share(shared), lambda token: {"token": token})
        case Addresses():
            station.urls = [url for url in command.urls if url.startswith(("http://", "https://"))]
            asked.ok()
        case Service():
            station.servicing.command(command)
            asked.ok()
        case Volume():
            if station.sound:
                station.sound.volume(command.step)
            asked.ok()


def _start(station: Station, asked: Asked, c: StartRun) -> None:
    if c.person is None:
        run_id = station.flow.start(c.protocol, None, c.side, c.seconds, c.eyes, c.surface)
        asked.ok(run_id=run_id)
        return

    def found(person: Person) -> None:
        try:
            run_id = station.flow.start(c.protocol, person.id, c.side, c.seconds, c.eyes, c.surface)
        except StationError as error:
            asked.problem(problem(error, station.catalogue))
            return
        asked.ok(run_id=run_id)

    wanted = c.person
    station.clerk.ask(lambda store: store.person(wanted), found, lambda error: asked.problem(problem(error, station.catalogue)))


def _by_clerk(station: Station, asked: Asked, work: Callable[[Store], Any], told: Callable[[Any], dict[str, Any]]) -> None:
    station.clerk.ask(work, lambda value: asked.ok(**told(value)), lambda error: asked.problem(problem(error, station.catalogue)))


def live_view(station: Station) -> LiveView:
    """What every phone may see now."""
    state, text, sheet = station.flow.live(), station.catalogue.text, station.servicing.sheet
    return LiveView(
        screen=state.screen,
        title=text(state.title),
        say=text(state.say),
        do=text(state.do),
        busy=state.busy,
        demo=state.demo,
        run_id=state.run_id,
        protocol=state.protocol,
        kind=state.kind,
        phase=state.phase,
        seconds_left=state.seconds_left,
        count=state.count,
        score=state.score,
        load=load_of(station.chain.plate),
        quality=state.quality,
        cop_ml_mm=state.cop_ml_mm,
        cop_ap_mm=state.cop_ap_mm,
        target_ml_mm=state.target_ml_mm,
        target_ap_mm=state.target_ap_mm,
        target_r_mm=state.target_r_mm,
        plate_mm=state.plate_mm,
        asks=state.asks,
        health=health(station, state.title if state.screen == "trouble" else None),
        result_trial=state.result_trial,
        sheet=None if sheet is None else station.catalogue.with_texts(sheet.to_json()),
        t_s=station.read_ns / 1e9,
    )


def health(station: Station, trouble: Words | None) -> dict[str, Any]:
    """The board for the page of the owner; `trouble`: what stops it now, as the wall says.

    Texts are in the station's language. A number that nobody knows is None, a text that says nothing "".

    board, rate, plate, calibration, fault, sound: one short text each
    verdict: {"ok": bool, "what": text, "do": text}: the one sentence on top (the first fault, else the calibration, else "all is well")
    cells:   four in the order of CELLS, each {"cell": "front_left", "name": text, "load_kg", "rate_hz", "noise_g": numbers,
             "ok": bool, "state": text ("fine", or what is wrong with it)}; loads above the zero in force
    faults:  all there are now, each {"kind", "cell": index or None, "what": text, "do": text, "staff": text, "stops": bool}
    reader:  {"way": text ("simulated", "hx711" ...), "realtime", "core", "memory": text as the reader was granted it,
             "is_realtime": bool or None (a board without a clock of its own asks for none), "restarts": int,
             "missed_pct": number, "counters": list of four objects of numbers, [] when the board counts nothing}
    twist:   {"n": newtons that the four corners disagree by, "pct": of the load, None on an empty plate}
    calibrated: {"ok": bool, "id", "source", "date": text, "age_days": number, "grade": "good" or "games", "error_mm": number,
             "order": four plugs, "reverify": bool (older than 90 days)}
    computer: {"power": text ("" when all is well or nobody knows), "temperature_c": number, "disk_free_mb": number,
             "clock_synced": bool or None, "software": text, "started_s": seconds since the station started}
    ready:   texts: why a timed test would be held back now; [] when it could start
    """
    return station.health.to_json(trouble)


def eyes_closed(view: View) -> bool:
    """Tones must be heard: somebody stands with closed eyes."""
    return view.condition.eyes == "closed" and view.phase in ("ready", "countdown", "record", "ending")
