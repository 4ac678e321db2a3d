"""What the station tests of itself: each answer a sentence with its number and the next step."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from station.core.sheet import Verdict
from station.selfcheck import StationFacts, date, disk, failed, free_mb, page_answers, phone, picture, self_check, sound
from station.text.catalogue import Catalogue

EN = Catalogue("en")
UNREACHABLE = "This computer has no address that a phone can reach. Connect it to the network."
INSIDE, OUTSIDE = "http://127.0.0.1:8080", "http://192.0.2.7:8080"


def en(verdict: Verdict) -> str:
    return f"{EN.text(verdict.what)} {EN.text(verdict.do)}".strip()


def yes(url: str) -> bool:
    return True


def no(url: str) -> bool:
    return False


@pytest.mark.parametrize(
    ("verdict", "ok", "sentence"),
    [
        (phone([INSIDE, OUTSIDE], "0.0.0.0", yes), True, f"A phone reaches this station at {OUTSIDE}."),
        (
            phone([INSIDE], "127.0.0.1", yes),
            False,
            "The pages are open on this computer only (127.0.0.1). Start the station with --host 0.0.0.0 to let phones in.",
        ),
        (
            phone([INSIDE, "http://localhost"], "", yes),
            False,
            UNREACHABLE,
        ),
        (phone([], "::", yes), False, UNREACHABLE),
        (
            phone([OUTSIDE], "0.0.0.0", no),
            False,
            f"The page at {OUTSIDE} does not answer. Start the pages again; look for a firewall on this computer.",
        ),
        (phone(["http://balance.local"], "", yes), True, "A phone reaches this station at http://balance.local."),
        (sound(True), True, "There is a sound device."),
        (sound(True, heard=True), True, "The stop signal was heard."),
        (sound(True, heard=False), False, "The stop signal was not heard. Turn it up, check the loudspeaker and its cable."),
        (
            sound(False),
            False,
            "There is no sound device. Connect a loudspeaker. Until then tests with closed eyes need a helper.",
        ),
        (picture("dummy", 3.0), True, "The station runs without a screen."),
        (picture("", None), True, "The station runs without a screen."),
        (picture("KMSDRM", None), True, "The picture goes out through KMSDRM."),
        (picture("wayland", 17.2), True, "The picture goes out through wayland; 99 of 100 pictures take less than 17 ms."),
        (
            picture("x11", 61.0),
            False,
            "The picture is late: 1 of 100 takes more than 61 ms through x11; 34 ms is good. "
            "Close other programs, or choose a smaller picture.",
        ),
        (disk(21_440.0), True, "21.4 GB are free for recordings."),
        (disk(999.0), False, "Only 999 MB are free for recordings. Make a backup and free some room."),
        (disk(120.0), False, "Only 120 MB are free; recording needs 200 MB. Free some room before the next test."),
        (date(True), True, "The date is known."),
        (date(False), False, "Nobody told this computer the date. Connect it to the network; the tests of today get their date then."),
    ],
)
def test_an_answer_is_a_sentence_with_the_next_step(verdict: Verdict, ok: bool, sentence: str) -> None:
    assert (verdict.ok, en(verdict)) == (ok, sentence)


def test_all_answers_come_in_one_go_and_what_nobody_knows_is_left_out() -> None:
    everything = StationFacts((OUTSIDE,), "0.0.0.0", True, None, "wayland", 12.0, 5_000.0, True, "1.2.3")
    assert [v.ok for v in self_check(everything, yes)] == [True] * 6
    assert en(self_check(everything, yes)[-1]) == "Software version 1.2.3."
    assert [EN.text(w) for w in failed(self_check(StationFacts(), yes))] == ["This computer has no address that a phone can reach."]


class Page(BaseHTTPRequestHandler):
    """One page, and one that staff alone may see."""

    def do_GET(self) -> None:
        self.send_response(403 if self.path == "/staff" else 200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Nobody reads it."""


@pytest.fixture
def server() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Page) as http:
        thread = threading.Thread(target=http.serve_forever, daemon=True, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{http.server_port}"
        http.shutdown()
        thread.join()


def test_a_page_answers_whatever_it_says(server: str) -> None:
    assert page_answers(f"{server}/")
    assert page_answers(f"{server}/staff")


def test_no_page_is_no_answer() -> None:
    with socket.socket() as taken:  # bound and never listening: refused at once
        taken.bind(("127.0.0.1", 0))
        assert not page_answers(f"http://127.0.0.1:{taken.getsockname()[1]}/")
    assert not page_answers("no address at all")


def test_the_room_on_the_disk_is_that_of_the_data_folder(tmp_path: Path) -> None:
    assert (free_mb(tmp_path) or 0.0) > 0.0
    assert free_mb(tmp_path / "nowhere") is None
