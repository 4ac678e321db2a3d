"""The pages as a process of their own: they start, say what is wrong, and end at once."""

from __future__ import annotations

import http.client
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from gym import wait_for

from station.errors import StationError
from web.app import SERVER, addresses, serve
from web.hub import MOST_VIEWERS

WIDE_S = 60  # a busy machine is no wrong answer


def test_a_taken_port_is_an_error_with_its_number(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(StationError) as told:
            serve(tmp_path, host="127.0.0.1", port=port)
    assert told.value.what.id == "web.port-taken"
    assert told.value.what.args["port"] == port


def test_the_process_serves_pages_and_ends_when_told(tmp_path: Path, root: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    code = f"from pathlib import Path; from web.app import serve; serve(Path({str(tmp_path)!r}), host='127.0.0.1', port={port})"
    with subprocess.Popen([sys.executable, "-c", code], cwd=root, stderr=subprocess.PIPE, text=True) as process:
        try:
            wait_for(lambda: status(port) == 200)
            stream = http.client.HTTPConnection("127.0.0.1", port, timeout=WIDE_S)
            stream.request("GET", "/live")
            assert stream.getresponse().status == 200
            process.send_signal(signal.SIGTERM)
            assert process.wait(WIDE_S) == 0  # although a viewer still watches
            stream.close()
        finally:
            process.kill()
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()


def status(port: int) -> int:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=WIDE_S)
    try:
        line.request("GET", "/")
        return line.getresponse().status
    except OSError:
        return 0
    finally:
        line.close()


def test_pages_stay_free_while_every_viewer_watches() -> None:
    assert SERVER["threads"] == MOST_VIEWERS + 8


def test_only_everywhere_asks_for_the_addresses_of_this_machine() -> None:
    assert addresses("127.0.0.1", 8080)() == ["http://127.0.0.1:8080"]
    assert all(url.startswith("http://") and url.endswith(":8080") and "127.0.0.1" not in url for url in addresses("0.0.0.0", 8080)())


def test_the_pages_need_no_pygame_and_no_board() -> None:
    far = ("pygame", "gpiozero", "hardware", "station.display", "playwright")
    code = f"import sys, web.app; print([m for m in {far} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
