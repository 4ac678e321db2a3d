"""What the station can test of itself, beside its board: can a phone reach it, does sound come out, is there a picture and how late is it,
is there room on the disk, is the date known. Each answer is a verdict in words with the next step.

What is judged comes in as data; `page_answers` and `free_mb` are the two questions that have to be asked of the machine.
"""

from __future__ import annotations

import shutil
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from station.core.sheet import Verdict
from station.words import Num, Words, literal, say

MB = 1_000_000
WARN_DISK_MB, STOP_DISK_MB = 1000.0, 200.0  # a trial of a minute takes about 0.4 MB: 1 GB is two thousand of them
MOST_LAG_MS = 34.0  # two pictures of a 60 Hz screen; a game feels late beyond it
NO_SCREEN = ("dummy", "offscreen")  # SDL drivers that paint for nobody
ANSWER_S = 2.0


@dataclass(frozen=True, slots=True)
class StationFacts:
    """What is known of the station; None: nobody knows, and nothing is said of it.

    urls: addresses of the pages, as printed in QR codes; host: what the pages listen on
    sound: a device is there; heard: a person's answer to "did you hear it?"
    driver: SDL's name of the picture driver, "" without a screen; frame_p99_ms: 99 of 100 pictures took no longer
    free_mb: room in the data folder; synced: the date is known; version: of the software
    """

    urls: tuple[str, ...] = ()
    host: str = ""
    sound: bool | None = None
    heard: bool | None = None
    driver: str | None = None
    frame_p99_ms: float | None = None
    free_mb: float | None = None
    synced: bool | None = None
    version: str = ""


def self_check(facts: StationFacts, answers: Callable[[str], bool] | None = None) -> tuple[Verdict, ...]:
    """Every verdict there is to give, in the order a person would ask. `answers`: whether the page at an address comes."""
    found = [phone(facts.urls, facts.host, answers or page_answers)]
    if facts.sound is not None:
        found.append(sound(facts.sound, facts.heard))
    if facts.driver is not None:
        found.append(picture(facts.driver, facts.frame_p99_ms))
    if facts.free_mb is not None:
        found.append(disk(facts.free_mb))
    if facts.synced is not None:
        found.append(date(facts.synced))
    if facts.version:
        found.append(Verdict(True, say("selfcheck.version", version=facts.version)))
    return tuple(found)


def phone(urls: Sequence[str], host: str, answers: Callable[[str], bool]) -> Verdict:
    """A phone needs an address of this station that is not its own inside one, and a page that answers there."""
    outside = [url for url in urls if not _is_loopback(urlsplit(url).hostname or "")]
    if host and _is_loopback(host):
        return Verdict(False, say("selfcheck.phone-closed", host=host), say("selfcheck.phone-closed.do"))
    if not outside:
        return Verdict(False, say("selfcheck.phone-no-network"), say("selfcheck.phone-no-network.do"))
    open_urls = [url for url in outside if answers(url)]
    if not open_urls:
        return Verdict(False, say("selfcheck.phone-silent", url=literal(outside[0])), say("selfcheck.phone-silent.do"))
    return Verdict(True, say("selfcheck.phone", url=literal(open_urls[0])))


def sound(available: bool, heard: bool | None = None) -> Verdict:
    """Tests with closed eyes need a stop signal that is heard. `heard` None: nobody was asked yet."""
    if not available:
        return Verdict(False, say("selfcheck.no-sound"), say("selfcheck.no-sound.do"))
    if heard is False:
        return Verdict(False, say("selfcheck.sound-unheard"), say("selfcheck.sound-unheard.do"))
    return Verdict(True, say("selfcheck.sound-heard" if heard else "selfcheck.sound"))


def picture(driver: str, frame_p99_ms: float | None) -> Verdict:
    """Which way the pictures go, and whether they come in time for a game."""
    if not driver or driver in NO_SCREEN:
        return Verdict(True, say("selfcheck.no-screen"))
    if frame_p99_ms is None:
        return Verdict(True, say("selfcheck.screen", driver=literal(driver)))
    lag = Num(frame_p99_ms, 0)
    if frame_p99_ms > MOST_LAG_MS:
        late = say("selfcheck.screen-late", driver=literal(driver), ms=lag, most=Num(MOST_LAG_MS))
        return Verdict(False, late, say("selfcheck.screen-late.do"))
    return Verdict(True, say("selfcheck.screen-lag", driver=literal(driver), ms=lag))


def disk(free_mb: float) -> Verdict:
    """Below 1 GB it is told, below 200 MB nothing should be recorded any more."""
    free = Num(free_mb, 0)
    if free_mb < STOP_DISK_MB:
        return Verdict(False, say("selfcheck.disk-full", mb=free, least=Num(STOP_DISK_MB)), say("selfcheck.disk-full.do"))
    if free_mb < WARN_DISK_MB:
        return Verdict(False, say("selfcheck.disk-low", mb=free), say("selfcheck.disk-low.do"))
    return Verdict(True, say("selfcheck.disk", gb=Num(free_mb / 1000, 1)))


def date(synced: bool) -> Verdict:
    """Trials of an unknown date get theirs once it is known."""
    return Verdict(True, say("selfcheck.date")) if synced else Verdict(False, say("selfcheck.no-date"), say("selfcheck.no-date.do"))


def page_answers(url: str) -> bool:
    """Whether the pages answer at this address of our own, asked from here past any proxy; any answer counts, also "staff only"."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(url, timeout=ANSWER_S):
            return True
    except urllib.error.HTTPError:
        return True
    except (OSError, ValueError):
        return False


def free_mb(folder: Path) -> float | None:
    """Room in the data folder in MB; None when it cannot be asked."""
    try:
        return shutil.disk_usage(folder).free / MB
    except OSError:
        return None


def failed(verdicts: Sequence[Verdict]) -> tuple[Words, ...]:
    """What is wrong, in the order it was found."""
    return tuple(verdict.what for verdict in verdicts if not verdict.ok)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
