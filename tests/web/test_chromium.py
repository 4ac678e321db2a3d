"""What a person sees and does, in a real Chromium on the real server."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from gym import IDLE, TEST_VIEW, TRAINING_VIEW, Gym, StationThere, wait_for

from station.commands import Problem
from web.app import create_app, served

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
pictures = pytest.importorskip("web.pictures")
pytestmark = pytest.mark.chromium
PHONE = {"width": 360, "height": 740}
WIDE_MS = 60_000  # a busy machine is no wrong answer
playwright.expect.set_options(timeout=WIDE_MS)
CLIPPED = """() => [...document.querySelectorAll('h1,h2,h3,p,a,button,label,dt,dd,th,td,summary,figcaption,caption,option')]
  .filter(e => e.offsetParent && e.className !== 'skip' && (e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== 'inline'
    || e.getBoundingClientRect().right > innerWidth + 0.5 || e.getBoundingClientRect().left < -0.5))
  .map(e => e.tagName + ': ' + e.textContent.trim().slice(0, 40))"""
CONTROLS = "a[href],button,input:not([type=hidden]),select,summary"
NEW_SECONDS = "seen => { const s = document.getElementById('seconds').textContent; return s && !seen.includes(s) }"
HIDE = "Object.defineProperty(document, 'hidden', {value: true}); document.dispatchEvent(new Event('visibilitychange'))"


@pytest.fixture(scope="module")
def browser() -> Iterator[playwright.Browser]:
    if not Path(pictures.CHROMIUM).exists():
        pytest.skip(f"no Chromium at {pictures.CHROMIUM}")
    with playwright.sync_playwright() as browsers:
        opened = pictures.launch(browsers)
        yield opened
        opened.close()


@pytest.fixture
def address(gym: Gym) -> Iterator[str]:
    with served(create_app(gym.folder, any_host=True)) as at:
        yield at


@contextmanager
def opened(browser: playwright.Browser, **how: object) -> Iterator[tuple[playwright.Page, list[str]]]:
    """A page, and what its console complained about."""
    context = browser.new_context(**{"viewport": PHONE, **how})
    context.set_default_timeout(WIDE_MS)
    context.set_default_navigation_timeout(WIDE_MS)
    page, complaints = context.new_page(), []
    page.on("console", lambda m: complaints.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda e: complaints.append(str(e)))
    yield page, complaints
    context.close()


def test_the_page_of_now_follows_the_station(browser: playwright.Browser, address: str, station: StationThere) -> None:
    station.show(lambda n: TEST_VIEW.model_copy(update={"seconds_left": 30.0 - n % 30}))
    with opened(browser) as (page, complaints):
        page.goto(address)
        seen = set()
        for _ in range(3):
            page.wait_for_function(NEW_SECONDS, arg=list(seen))
            seen.add(page.text_content("#seconds"))
        assert len(seen) == 3
        playwright.expect(page.locator("#say")).to_have_text("Look at the cross")
        playwright.expect(page.locator("#plate")).to_be_hidden()
        playwright.expect(page.locator("#start")).to_be_hidden()
        station.show(TRAINING_VIEW)
        playwright.expect(page.locator("#cop")).to_have_attribute("cx", "22.0")
        playwright.expect(page.locator("#cop")).to_have_attribute("cy", "-31.0")  # forward is up
        playwright.expect(page.locator("#demo")).to_be_visible()
        assert complaints == []


def test_a_start_button_asks_and_shows_what_is_refused(browser: playwright.Browser, address: str, station: StationThere) -> None:
    station.refusal = Problem(code="busy", what="Someone is on the board.", do="Wait for them.")
    with opened(browser) as (page, complaints):
        page.goto(address)
        playwright.expect(page.locator("#say")).to_have_text("Step on")
        page.focus("[data-run='candle']")
        page.keyboard.press("Enter")
        playwright.expect(page.locator("#problem")).to_have_text("Someone is on the board. Wait for them.")
        assert [c.protocol for c in station.asked if c.cmd == "start_run"] == ["candle"]
        station.refusal = None
        page.click("[data-run='candle']")
        page.wait_for_selector("#problem", state="hidden")
        assert [c for c in complaints if "409" not in c] == []


def test_the_helper_has_the_keys_that_the_protocol_knows(browser: playwright.Browser, address: str, station: StationThere) -> None:
    station.show(TEST_VIEW.model_copy(update={"protocol": "single-leg-hold", "seconds_left": 7.9}))
    with opened(browser) as (page, _):
        page.goto(address)
        page.wait_for_selector("[data-key='stop']:visible")
        playwright.expect(page.locator("#seconds")).to_have_text("7")  # seconds held count up
        page.wait_for_selector("[data-key='arms']:visible")
        with page.expect_response("**/api/v1/keys"):
            page.click("[data-key='arms']")
        station.show(IDLE.model_copy(update={"asks": "safety", "say": "Something to hold within reach?"}))
        page.wait_for_selector("[data-key='yes']:visible")
        with page.expect_response("**/api/v1/keys"):
            page.click("[data-key='yes']")
        playwright.expect(page.locator("[data-key='stop']")).to_be_hidden()
        assert {"mark", "yes"} <= {c.cmd for c in station.asked}


def test_a_station_that_is_away_is_said_and_the_page_comes_back(browser: playwright.Browser, address: str, gym: Gym) -> None:
    with opened(browser) as (page, _):
        page.goto(address)
        assert page.text_content("#say") == "The station does not answer."
        there = StationThere(gym.folder)
        playwright.expect(page.locator("#say")).to_have_text("Step on")
        there.leave()
        playwright.expect(page.locator("#say")).to_have_text("The station does not answer.")


def test_a_hidden_page_gives_its_place_back(browser: playwright.Browser, gym: Gym, station: StationThere) -> None:
    app = create_app(gym.folder, any_host=True)
    hub = app.extensions["balance"].hub
    with served(app) as at, opened(browser) as (page, _):
        page.goto(at)
        playwright.expect(page.locator("#say")).to_have_text("Step on")
        wait_for(lambda: hub.viewers == 1)  # the words came with the page, the stream a little later
        page.evaluate(HIDE)
        wait_for(lambda: hub.viewers == 0)


@pytest.mark.parametrize("language", ["en", "de"])
def test_nothing_is_clipped_on_a_small_phone(browser: playwright.Browser, gym: Gym, station: StationThere, language: str) -> None:
    (gym.folder / "station.toml").write_text(f'[station]\nlanguage = "{language}"\n', "utf-8")
    station.show(TEST_VIEW if language == "en" else TRAINING_VIEW.model_copy(update={"say": "Bleib im Ring"}))
    with served(create_app(gym.folder, any_host=True)) as at, opened(browser) as (page, complaints):
        found = {}
        for path in ("/", "/staff", "/nothing", f"/r/{gym.token}", "/glossary"):
            page.goto(at + path)
            page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
            found[path] = page.evaluate(CLIPPED)
        pictures.enter(page, at, gym.pin)
        for path in ("/people", f"/people/{gym.person}", f"/trials/{gym.quiet}", f"/trials/{gym.drill}"):
            page.goto(at + path)
            page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
            found[path] = page.evaluate(CLIPPED)
        assert {path: clipped for path, clipped in found.items() if clipped} == {}
        assert [c for c in complaints if "404" not in c] == []


@pytest.mark.parametrize("wide", [320, 390])
def test_a_trial_for_staff_never_scrolls_sideways_even_with_long_numbers(
    browser: playwright.Browser, address: str, gym: Gym, wide: int
) -> None:
    """Every cell of the table of definitions is made as wide as the widest number there could be."""
    with opened(browser, viewport={"width": wide, "height": 844}) as (page, _):
        pictures.enter(page, address, gym.pin)
        page.goto(f"{address}/trials/{gym.quiet}")
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        page.evaluate("document.querySelectorAll('.spread-table td').forEach(d => d.textContent = '123456789012.3456')")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        table = page.get_by_role("region", name=page.locator("details:has(.spread-table) summary").inner_text())
        table.focus()
        playwright.expect(table).to_be_focused()
        assert page.evaluate("document.activeElement.scrollWidth > document.activeElement.clientWidth")


def test_everything_is_reached_by_the_keyboard(browser: playwright.Browser, address: str, gym: Gym, station: StationThere) -> None:
    with opened(browser) as (page, _):
        pictures.enter(page, address, gym.pin)
        page.goto(f"{address}/trials/{gym.quiet}")
        wanted = page.evaluate(f"[...document.querySelectorAll('{CONTROLS}')].filter(e => e.checkVisibility()).length")
        assert wanted > 30
        page.evaluate("document.body.setAttribute('tabindex', '-1'); document.body.focus()")
        reached = set()
        for _ in range(wanted + 2):
            page.keyboard.press("Tab")
            reached.add(page.evaluate("[...document.querySelectorAll('*')].indexOf(document.activeElement)"))
        assert len(reached) >= wanted
        page.goto(f"{address}/trials/{gym.quiet}")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"


def test_a_verdict_is_set_by_the_keyboard_alone(browser: playwright.Browser, address: str, gym: Gym, station: StationThere) -> None:
    with opened(browser) as (page, complaints):
        pictures.enter(page, address, gym.pin)
        page.goto(f"{address}/trials/{gym.quiet}")
        page.focus("summary:has-text('Set the verdict')")
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        page.keyboard.press("r")  # of "rejected"
        page.keyboard.press("Tab")
        page.keyboard.type("held the rail")
        page.keyboard.press("Enter")
        playwright.expect(page.locator("main")).to_contain_text("held the rail. The machine said: good.")
        assert [(c.verdict, c.reason) for c in station.asked if c.cmd == "override"] == [("reject", "held the rail")]
        assert complaints == []


def test_a_measure_leads_to_its_place_in_the_glossary(browser: playwright.Browser, address: str, gym: Gym) -> None:
    with opened(browser) as (page, _):
        page.goto(f"{address}/r/{gym.token}")
        page.click("a.term:has-text('Path length') >> nth=0")
        page.wait_for_url("**/glossary#path_length_mm")
        playwright.expect(page.locator(":target")).to_be_in_viewport()


def test_a_trial_prints_on_one_page_even_in_german(browser: playwright.Browser, gym: Gym) -> None:
    (gym.folder / "station.toml").write_text('[station]\nlanguage = "de"\n', "utf-8")
    with served(create_app(gym.folder, any_host=True)) as address, opened(browser) as (page, _):
        page.goto(f"{address}/r/{gym.token}")
        assert page.is_hidden(".demo-print")
        assert len(re.findall(rb"/Type\s*/Page[^s]", page.pdf(prefer_css_page_size=True))) == 1
        pictures.enter(page, address, gym.pin)
        page.goto(f"{address}/trials/{gym.quiet}")
        assert len(re.findall(rb"/Type\s*/Page[^s]", page.pdf(prefer_css_page_size=True))) == 1
        page.goto(f"{address}/trials/{gym.drill}")
        assert len(re.findall(rb"/Type\s*/Page[^s]", page.pdf(prefer_css_page_size=True))) == 1
        page.emulate_media(media="print")
        assert page.is_hidden("header.staff")
        assert page.is_visible(".print-only")


def test_pictures_of_every_page_are_made(browser: playwright.Browser, gym: Gym, tmp_path: Path) -> None:
    made = pictures.take(browser, gym.folder, gym.pin, tmp_path, [pictures.Look("phone", pictures.PHONE)])
    names = {*pictures.FOLLOWED, "login", *pictures.OPEN, *pictures.STAFF}
    assert {p.name for p in made} == {f"page-{name}-phone.png" for name in names}
    assert all(p.read_bytes().startswith(b"\x89PNG") for p in made)
