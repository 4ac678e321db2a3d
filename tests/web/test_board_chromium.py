"""The board's pages in a real Chromium: they follow the station, take answers by keyboard, and come back after a break."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from gym import IDLE, Gym, StationThere, wait_for

from station.commands import Problem
from station.core.sheet import Sheet
from station.text.catalogue import Catalogue
from station.words import Num, say
from web import picture_views as views
from web.app import create_app, served

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
pictures = pytest.importorskip("web.pictures")
pytestmark = pytest.mark.chromium
WIDE_S = 60  # a busy machine is no wrong answer
SMALL_PHONE = {"width": 360, "height": 740}
PROCEDURE = "/board/procedure"
CLIPPED = """() => [...document.querySelectorAll('h1,h2,h3,p,a,button,label,dt,dd,th,td,li,caption,figcaption')]
  .filter(e => e.offsetParent && e.className !== 'skip' && (e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== 'inline'
    || e.getBoundingClientRect().right > innerWidth + 0.5 || e.getBoundingClientRect().left < -0.5))
  .map(e => e.tagName + ': ' + e.textContent.trim().slice(0, 40))"""
OUTSIDE = """() => [...document.querySelectorAll('svg.plate text')].filter(t => {
    const box = t.getBBox(), view = t.ownerSVGElement.viewBox.baseVal;
    return box.x < view.x || box.x + box.width > view.x + view.width || box.y < view.y || box.y + box.height > view.y + view.height;
  }).map(t => t.textContent)"""


@pytest.fixture(scope="module")
def browser() -> Iterator[playwright.Browser]:
    if not Path(pictures.CHROMIUM).exists():
        pytest.skip(f"no Chromium at {pictures.CHROMIUM}")
    with playwright.sync_playwright() as browsers:
        opened = pictures.launch(browsers)
        yield opened
        opened.close()


@contextmanager
def at_board(browser: playwright.Browser, gym: Gym, path: str) -> Iterator[tuple[playwright.Page, list[str]]]:
    """Staff on a page of the board on a small phone, and what its console complained about."""
    with served(create_app(gym.folder, any_host=True)) as address:
        context = browser.new_context(viewport=SMALL_PHONE)
        context.set_default_timeout(WIDE_S * 1000)
        context.set_default_navigation_timeout(WIDE_S * 1000)
        page, complaints = context.new_page(), []
        page.on("console", lambda m: complaints.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda e: complaints.append(str(e)))
        pictures.enter(page, address, gym.pin)
        page.goto(address + path)
        yield page, complaints
        context.close()


def says(page: playwright.Page, selector: str, text: str) -> None:
    playwright.expect(page.locator(selector)).to_contain_text(text, timeout=WIDE_S * 1000)


def answers(station: StationThere) -> list[tuple[str, float | None]]:
    return [(c.do, c.weight_kg) for c in station.asked if c.cmd == "service"]


def test_the_health_page_follows_the_board(browser: playwright.Browser, gym: Gym, station: StationThere) -> None:
    station.show(views.healthy())
    with at_board(browser, gym, "/board") as (page, complaints):
        says(page, "h1", "The board is healthy.")
        station.show(views.faulty())
        says(page, "h1", "Front left is in slow mode.")
        says(page, "[data-part='faults']", "Set its RATE jumper to 80.")
        station.show(views.healthy())
        says(page, "[data-part='faults']", "None now.")
        assert complaints == []


def test_a_sheet_that_changes_changes_the_page(browser: playwright.Browser, gym: Gym, station: StationThere) -> None:
    station.show(views.following(views.press(0)))
    with at_board(browser, gym, PROCEDURE) as (page, complaints):
        says(page, "h1", "Press this corner with your hand: Front left.")
        station.show(views.following(views.on_mark(5)))
        says(page, "h1", "Put the weight on mark 5.")
        assert page.locator(".plate .sign-good").count() == 4
        wrong = say("calibrate.points.wrong-mark", on=Num(4), asked=Num(5))
        station.show(views.following(views.on_mark(5, wrong)))
        says(page, "[data-part='problem']", "The weight is on mark 4. Put it on mark 5.")
        assert page.get_attribute("[data-part='problem']", "aria-live") == "assertive"
        assert page.get_attribute("[data-part='say']", "aria-live") == "polite"
        station.show(views.following(views.passed()))
        says(page, "h1", "The board is calibrated and good for tests.")
        assert page.locator(".plate .arrow").count() == 9
        page.click("[data-leave]")
        page.wait_for_url("**/board")
        assert answers(station) == [("next", None)]
        assert complaints == []


def test_a_weight_is_typed_and_a_whole_procedure_answered_by_the_keyboard_alone(
    browser: playwright.Browser, gym: Gym, station: StationThere
) -> None:
    station.show(views.following(replace(views.weight(), weight_kg=10.0)))
    with at_board(browser, gym, PROCEDURE) as (page, complaints):
        says(page, "h1", "How heavy is your weight?")
        assert page.input_value("#weight") == "10"
        tab_to(page, "#weight")
        page.keyboard.type("ten")
        page.keyboard.press("Enter")
        says(page, "#refused", "That is no weight. Type a number in kilograms, such as 10.")
        page.keyboard.press("Control+A")
        page.keyboard.type("10,25")
        page.keyboard.press("Enter")
        wait_for(lambda: answers(station) == [("next", 10.25)], WIDE_S)
        station.show(views.following(asks_next()))
        says(page, "h1", "Are 10 kg right?")
        playwright.expect(page.locator("[data-do='next']")).to_be_focused(timeout=WIDE_S * 1000)  # the field it was in has gone
        page.keyboard.press("Enter")
        wait_for(lambda: answers(station)[1:] == [("next", None)], WIDE_S)
        for key in ("back", "stop"):
            tab_to(page, f"[data-do='{key}']")
            page.keyboard.press("Space")
        wait_for(lambda: answers(station)[2:] == [("back", None), ("stop", None)], WIDE_S)
        assert complaints == []


def asks_next() -> Sheet:
    return views.sheet("points", say("calibrate.points.right", kg=Num(10)), asks="next")


def tab_to(page: playwright.Page, selector: str) -> None:
    for _ in range(30):
        if page.evaluate("s => document.activeElement.matches(s)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{selector} is not reached by the keyboard")


def test_an_empty_weight_is_refused_and_the_newest_problem_takes_the_place_of_an_old_one(
    browser: playwright.Browser, gym: Gym, station: StationThere
) -> None:
    def out_of_range(kg: float) -> Sheet:
        return replace(views.weight(), problem=say("calibrate.weight.range", kg=Num(kg), least=Num(5), most=Num(40)))

    station.show(views.following(out_of_range(50)))
    with at_board(browser, gym, PROCEDURE) as (page, _):
        says(page, "[data-part='problem']", "50 kg is out of range.")
        page.fill("#weight", "")
        page.keyboard.press("Enter")
        says(page, "#refused", "That is no weight.")
        playwright.expect(page.locator("[data-part='problem']")).to_be_hidden(timeout=WIDE_S * 1000)
        station.show(views.following(out_of_range(60)))
        says(page, "[data-part='problem']", "60 kg is out of range.")
        playwright.expect(page.locator("#refused")).to_be_hidden(timeout=WIDE_S * 1000)
        page.fill("#weight", "12.5")
        page.keyboard.press("Enter")
        wait_for(lambda: answers(station) == [("next", 12.5)], WIDE_S)


def test_what_is_typed_stays_while_the_sheet_goes_on(browser: playwright.Browser, gym: Gym, station: StationThere) -> None:
    station.show(views.following(views.weight()))
    with at_board(browser, gym, PROCEDURE) as (page, _):
        page.fill("#weight", "10.2")
        station.show(views.following(replace(views.weight(), weight_kg=12.0, load_kg=0.4)))
        says(page, "[data-part='facts']", "12.00")
        assert page.input_value("#weight") == "10.2"
        playwright.expect(page.locator("#weight")).to_be_focused(timeout=WIDE_S * 1000)


def test_a_refused_answer_is_said(browser: playwright.Browser, gym: Gym, station: StationThere) -> None:
    station.show(views.following(asks_next()))
    station.refusal = Problem(code="refused", what="Nothing is being calibrated or checked.", do="Start first.")
    with at_board(browser, gym, PROCEDURE) as (page, _):
        page.click("[data-do='next']")
        says(page, "#refused", "Nothing is being calibrated or checked. Start first.")
        station.refusal = None
        page.click("[data-do='next']")
        playwright.expect(page.locator("#refused")).to_be_hidden(timeout=WIDE_S * 1000)


def test_a_phone_that_lost_the_network_comes_back_to_the_step_of_now(browser: playwright.Browser, gym: Gym, station: StationThere) -> None:
    station.show(views.following(views.on_mark(2)))
    with at_board(browser, gym, PROCEDURE) as (page, _):
        says(page, "h1", "Put the weight on mark 2.")
        show_page(page, False)
        station.show(views.following(views.on_mark(7)))
        show_page(page, True)
        says(page, "h1", "Put the weight on mark 7.")
        station.leave()
        says(page, "h1", "The station does not answer.")
        assert page.locator("[data-do]").count() == 0


def show_page(page: playwright.Page, seen: bool) -> None:
    hidden = "false" if seen else "true"
    define = "Object.defineProperty(document, 'hidden', {value: %s, configurable: true})" % hidden  # noqa: UP031
    page.evaluate(f"{define}; document.dispatchEvent(new Event('visibilitychange'))")


def test_pages_that_are_gone_are_said_and_what_is_old_is_dimmed(browser: playwright.Browser, gym: Gym, station: StationThere) -> None:
    station.show(views.following(views.on_mark(2)))
    with at_board(browser, gym, PROCEDURE) as (page, _):
        says(page, "h1", "Put the weight on mark 2.")
        page.context.set_offline(True)
        page.click("[data-do='stop']")
        playwright.expect(page.locator("[data-part='lost']")).to_be_visible(timeout=WIDE_S * 1000)
        assert answers(station) == []


def test_the_self_test_is_begun_with_its_button(browser: playwright.Browser, gym: Gym, station: StationThere) -> None:
    station.show(views.healthy())
    with at_board(browser, gym, "/board") as (page, complaints):
        page.click("text=Start the self-test")
        page.wait_for_url("**/board/procedure")
        assert answers(station) == [("check", None)]
        assert complaints == []


@pytest.mark.parametrize("language", ["en", "de"])
def test_nothing_of_the_board_is_clipped_on_a_small_phone(
    browser: playwright.Browser, gym: Gym, station: StationThere, language: str
) -> None:
    (gym.folder / "station.toml").write_text(f'[station]\nlanguage = "{language}"\n', "utf-8")
    steps = [views.press(3), views.weight(), views.on_mark(9), views.passed()]
    station.show(views.faulty())
    with at_board(browser, gym, "/board") as (page, complaints):
        page.wait_for_selector(".said .problem")
        found = {"board": page.evaluate(CLIPPED) + page.evaluate(OUTSIDE)}
        page.goto(f"{page.url}/procedure")
        for step in steps:
            station.show(views.following(step))
            says(page, "[data-part='say'] h1", Catalogue(language).text(step.say))
            found[step.step] = page.evaluate(CLIPPED) + page.evaluate(OUTSIDE)
        assert {name: clipped for name, clipped in found.items() if clipped} == {}
        assert complaints == []


def test_the_health_page_prints_without_its_buttons(browser: playwright.Browser, gym: Gym, station: StationThere) -> None:
    station.show(views.healthy())
    with at_board(browser, gym, "/board") as (page, _):
        says(page, "h1", "The board is healthy.")
        station.show(IDLE)
        page.emulate_media(media="print")
        assert page.is_hidden("button >> nth=0")
        assert page.is_hidden("text=Print the template")
        assert page.is_visible("[data-part='computer']")
