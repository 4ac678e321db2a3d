"""Pictures of the pages for the documentation: `python -m web.pictures OUT_DIR --data DATA_DIR`.

Serves the data folder on this machine alone, publishes one typical view of the station, and has Chromium photograph each page.
Needs the `test` extra (Playwright) and a Chromium; the data folder of `balance-station demo` is the one to use.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from station.live import LiveLink
from station.store.queries import Archive
from station.store.store import Store
from web import picture_views
from web.app import create_app, served

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
PHONE, DESKTOP = (390, 844), (1280, 800)
OPEN, STAFF = ("result", "problem", "glossary"), ("people", "person", "trial")


@dataclass(frozen=True, slots=True)
class Look:
    """`scheme`: what the reader's system prefers."""

    name: str
    size: tuple[int, int]
    scheme: Literal["light", "dark"] = "light"


LOOKS = (Look("phone", PHONE), Look("phone-dark", PHONE, "dark"), Look("desktop", DESKTOP))
FOLLOWED = {
    "now": ("/", picture_views.TRAINING, "#plate:visible"),
    "board": ("/board", picture_views.healthy(), ".plate.corners"),
    "board-fault": ("/board", picture_views.faulty(), ".said .problem"),
    "calibrate-corner": ("/board/procedure", picture_views.following(picture_views.press(1)), ".plate .press"),
    "calibrate-weight": ("/board/procedure", picture_views.following(picture_views.weight()), "#weight"),
    "calibrate": ("/board/procedure", picture_views.following(picture_views.on_mark(5)), ".plate .halo"),
    "calibrate-end": ("/board/procedure", picture_views.following(picture_views.passed()), ".plate .arrow"),
}
"""Pages that follow the station: where they are, what the station shows, and what is there once it has arrived."""


def launch(browsers: Playwright) -> Browser:
    """Chromium as it is installed here, without a screen."""
    return browsers.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)


def enter(page: Page, address: str, pin: str) -> None:
    """Give the staff PIN."""
    page.goto(f"{address}/staff")
    page.fill("#pin", pin)
    page.press("#pin", "Enter")
    page.wait_for_url(f"{address}/people")


def take(browser: Browser, folder: Path, pin: str, out: Path, looks: Sequence[Look] = LOOKS, *, whole: bool = False) -> list[Path]:
    """PNG files of every page in every look; `whole` pages, else what a screen shows of them."""
    out.mkdir(parents=True, exist_ok=True)
    pages = _addresses(folder)
    made: list[Path] = []
    with LiveLink(folder) as link, served(create_app(folder, any_host=True)) as address:
        for look in looks:
            width, height = look.size
            context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=look.scheme)
            made += _all_pages(context, address, pin, pages, out / f"page-%s-{look.name}.png", link, whole)
            context.close()
    return made


def _addresses(folder: Path) -> dict[str, str]:
    """The person with the most trials, the newest of the timed stances they did most, and a link to it."""
    with Archive(folder) as archive:
        person = max(archive.people(), key=lambda p: p.trials)
        rows = archive.trials(person.id)
        shown = [r for r in rows if r.result.kind == "quiet" and r.result.measures]
        often = Counter(r.result.protocol_id for r in shown).most_common(1)[0][0]
        quiet = [r for r in shown if r.result.protocol_id == often][-1]
    with Store.open(folder) as store:
        token = store.share(quiet.id)
    trial, result = f"/trials/{quiet.id}", f"/r/{token}"
    return {
        "people": "/people",
        "person": f"/people/{person.id}",
        "trial": trial,
        "result": result,
        "problem": "/none",
        "glossary": "/glossary",
    }


def _all_pages(
    context: BrowserContext, address: str, pin: str, pages: dict[str, str], pattern: Path, link: LiveLink, whole: bool
) -> list[Path]:
    page: Page = context.new_page()
    made: list[Path] = []

    def picture(name: str, path: str, there: str = "main") -> None:
        page.goto(f"{address}{path}")
        page.wait_for_selector(there)
        made.append(pattern.with_name(pattern.name % name))
        page.screenshot(path=made[-1], full_page=whole, animations="disabled")

    def followed(name: str) -> None:
        path, view, there = FOLLOWED[name]
        link.publish(view.model_copy())
        picture(name, path, there)

    followed("now")
    for name, path in {"login": "/staff", **{name: pages[name] for name in OPEN}}.items():
        picture(name, path)
    enter(page, address, pin)
    for name in STAFF:
        picture(name, pages[name])
    for name in list(FOLLOWED)[1:]:
        followed(name)
    return made


def main() -> None:
    ask = argparse.ArgumentParser(prog="python -m web.pictures", description="Photograph every page of a data folder.")
    ask.add_argument("out", type=Path)
    ask.add_argument("--data", type=Path, required=True)
    ask.add_argument("--pin", required=True, help="the folder's staff PIN")
    ask.add_argument("--whole", action="store_true", help="whole pages, not only what a screen shows of them")
    given = ask.parse_args()
    with sync_playwright() as browsers:
        take(launch(browsers), given.data, given.pin, given.out, whole=given.whole)


if __name__ == "__main__":
    main()
