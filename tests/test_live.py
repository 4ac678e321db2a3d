"""The live socket with its real threads and sockets: commands are answered once, views reach every client, bad lines harm nobody."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from station.commands import LiveView, Problem, StartRun
from station.live import SLOW_LIMIT, LiveClient, LiveLink, StationAway, socket_path


@pytest.fixture
def link(tmp_path: Path) -> Iterator[LiveLink]:
    with LiveLink(tmp_path) as opened:
        yield opened


def answering(link: LiveLink, n: int) -> threading.Thread:
    """A station loop that accepts n start_run commands and refuses anything else."""

    def loop() -> None:
        done = 0
        while done < n:
            for asked in link.take():
                done += 1
                if isinstance(asked.command, StartRun):
                    asked.ok(run_id="r1")
                else:
                    asked.problem(Problem(code="refused", what="No.", do="Wait."))

    thread = threading.Thread(target=loop, daemon=True)
    thread.start()
    return thread


def test_a_command_is_answered_once_and_typed(link: LiveLink, tmp_path: Path) -> None:
    thread = answering(link, 2)
    with LiveClient(tmp_path) as client:
        assert client.request("start_run", protocol="two-leg-quiet").ok == {"run_id": "r1"}
        refused = client.request("stop")
    thread.join(5)
    assert refused.error is not None
    assert (refused.error.code, refused.error.what) == ("refused", "No.")


def test_wrong_fields_are_all_named_and_never_reach_the_station(link: LiveLink, tmp_path: Path) -> None:
    with LiveClient(tmp_path) as client:
        answer = client.request("start_run", seconds=-3, sidee="left")
    assert answer.error is not None
    assert answer.error.code == "invalid"
    assert all(name in answer.error.what for name in ("protocol", "seconds", "sidee"))
    assert link.take() == []


@pytest.mark.parametrize("line", [b"no json", b"[]", b'{"id": 3}', b'{"id":"a","cmd":"fly","args":{}}', b"[" * 5000, b"\xff\xfe"])
def test_a_line_that_is_no_request_is_answered_and_the_next_one_works(link: LiveLink, tmp_path: Path, line: bytes) -> None:
    thread = answering(link, 1)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as raw:
        raw.settimeout(5)
        raw.connect(str(socket_path(tmp_path)))
        raw.sendall(line + b'\n{"id":"2","cmd":"start_run","args":{"protocol":"x"}}\n')
        lines = raw.makefile("rb")
        first, second = json.loads(lines.readline()), json.loads(lines.readline())
    thread.join(5)
    answers = {a["id"]: a for a in (first, second)}
    assert answers["2"]["ok"] == {"run_id": "r1"}
    assert any(a.get("error", None) and a["error"]["code"] == "invalid" for a in answers.values())


def test_views_reach_every_client_and_only_the_newest_counts(link: LiveLink, tmp_path: Path) -> None:
    with LiveClient(tmp_path) as one, LiveClient(tmp_path) as two:
        for n in range(100):
            link.publish(LiveView(screen=f"s{n}"))
        assert next(v for v in one.views() if v.screen == "s99")
        assert next(v for v in two.views() if v.screen == "s99")


def test_a_client_that_never_reads_is_dropped_and_the_others_go_on(link: LiveLink, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sleeper, LiveClient(tmp_path) as reader:
        sleeper.connect(str(socket_path(tmp_path)))
        views = reader.views()
        n = 0
        while link.clients < 2:  # both are in before the flood begins
            link.publish(LiveView(screen="hello", title=str(n := n + 1)))
            next(views)
        seen = 0
        for n in range(60):
            link.publish(LiveView(screen="x" * (SLOW_LIMIT // 10), title=str(n)))
            seen += next(views).screen.startswith("x")
            if link.clients == 1:
                break
        assert seen > 10
        assert link.clients == 1
        link.publish(LiveView(screen="after"))
        assert any(view.screen == "after" for view in views)


def test_a_closed_station_is_away(tmp_path: Path) -> None:
    with pytest.raises(StationAway):
        LiveClient(tmp_path)
    with LiveLink(tmp_path), LiveClient(tmp_path) as client:
        pass
    with pytest.raises(StationAway):
        client.request("stop")


def test_a_folder_with_a_long_path_gets_a_short_socket_that_clients_find(tmp_path: Path) -> None:
    folder = tmp_path / ("long-" * 30)
    folder.mkdir()
    assert len(str(socket_path(folder))) <= 107
    with LiveLink(folder) as link:
        link.publish(LiveView(screen="home"))
        with LiveClient(folder) as client:
            assert next(client.views()).screen == "home"


def test_only_owner_and_group_may_use_the_socket(link: LiveLink) -> None:
    assert link.path.stat().st_mode & 0o777 == 0o660
