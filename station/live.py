"""The live socket between the station and its pages: views out, commands in; newline-delimited JSON on a Unix socket.

The station's frame loop never waits here: one thread owns the sockets, the loop hands over its newest view and takes the
commands that came. A client that does not read is dropped; a line that is no request is answered, not fatal.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import selectors
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from pydantic import ValidationError

from station.commands import Answer, Command, LiveView, Problem, Request

VIEW_PERIOD_S = 0.05  # 20 views a second, newest only
LINE_LIMIT = 65_536
SLOW_LIMIT = 262_144  # bytes a client may lag behind before it is dropped
SUN_PATH_BYTES = 107  # Linux ends Unix paths here


def socket_path(folder: Path) -> Path:
    """Where the socket of a data folder is: `<data>/run/live.sock`, or a short name in the system's temporary folder."""
    path = folder / "run" / "live.sock"
    if len(os.fsencode(path)) <= SUN_PATH_BYTES:
        return path
    digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"balance-{digest}.sock"


class Asked:
    """A command from a page, to be answered exactly once by the station's loop."""

    def __init__(self, command: Command, client: _Client, request_id: str) -> None:
        self.command = command
        self._client = client
        self._id = request_id

    def ok(self, **facts: Any) -> None:
        self._client.post(Answer(id=self._id, ok=facts))

    def problem(self, problem: Problem) -> None:
        self._client.post(Answer(id=self._id, error=problem))


class _Client:
    def __init__(self, connection: socket.socket, wake: socket.socket) -> None:
        self.connection = connection
        self.inbox = bytearray()
        self.outbox = bytearray()
        self.lock = threading.Lock()
        self._wake = wake

    def post(self, answer: Answer) -> None:
        with self.lock:
            self.outbox += answer.model_dump_json().encode() + b"\n"
        with contextlib.suppress(OSError):
            self._wake.send(b"!")


class LiveLink:
    """The station's end. Use as a context manager; `publish` and `take` are for the frame loop and never block."""

    def __init__(self, folder: Path) -> None:
        self.path = socket_path(folder)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        (folder / "run").mkdir(parents=True, exist_ok=True)
        (folder / "run" / "live").write_text(str(self.path), "utf-8")
        with contextlib.suppress(FileNotFoundError):
            self.path.unlink()
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(self.path))
        os.chmod(self.path, 0o660)
        self._listener.listen(16)
        self._listener.setblocking(False)
        self._wake_out, self._wake_in = socket.socketpair()
        self._wake_in.setblocking(False)
        self._wake_out.setblocking(False)
        self._asked: SimpleQueue[Asked] = SimpleQueue()
        self._view: bytes = b""
        self._sent: bytes = b""
        self._clients: dict[int, _Client] = {}
        self._open = True
        self._thread = threading.Thread(target=self._serve, name="live-link", daemon=True)
        self._thread.start()

    def __enter__(self) -> LiveLink:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def clients(self) -> int:
        return len(self._clients)

    def publish(self, view: LiveView) -> None:
        """The newest view; what was not sent yet is replaced."""
        self._view = view.model_dump_json(exclude_none=True).encode() + b"\n"

    def take(self) -> list[Asked]:
        """Commands that came since the last call, oldest first."""
        out = []
        while not self._asked.empty():
            out.append(self._asked.get())
        return out

    def close(self) -> None:
        self._open = False
        with contextlib.suppress(OSError):
            self._wake_out.send(b"!")
        self._thread.join(timeout=2)
        for client in list(self._clients.values()):
            client.connection.close()
        self._listener.close()
        self._wake_in.close()
        self._wake_out.close()
        with contextlib.suppress(FileNotFoundError):
            self.path.unlink()

    def _serve(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._listener, selectors.EVENT_READ)
            selector.register(self._wake_in, selectors.EVENT_READ)
            next_view = time.monotonic()
            while self._open:
                for key, _ in selector.select(max(0.0, next_view - time.monotonic())):
                    self._ready(key.fileobj, selector)
                if time.monotonic() >= next_view:
                    next_view = max(next_view + VIEW_PERIOD_S, time.monotonic())
                    view = self._view
                    if view is not self._sent:
                        self._sent = view
                        for client in self._clients.values():
                            with client.lock:
                                client.outbox += _view_line(view)
                for client in list(self._clients.values()):
                    self._flush(client, selector)

    def _ready(self, ready: Any, selector: selectors.BaseSelector) -> None:
        if ready is self._wake_in:
            with contextlib.suppress(BlockingIOError):
                self._wake_in.recv(4096)
            return
        if ready is self._listener:
            connection, _ = self._listener.accept()
            connection.setblocking(False)
            client = _Client(connection, self._wake_out)
            client.outbox += _view_line(self._sent)  # who comes late sees the newest at once
            self._clients[connection.fileno()] = client
            selector.register(connection, selectors.EVENT_READ)
            return
        known = self._clients.get(ready.fileno())
        if known is not None and not self._read(known):
            self._drop(known, selector)

    def _read(self, client: _Client) -> bool:
        try:
            data = client.connection.recv(65_536)
        except BlockingIOError:
            return True
        except OSError:
            return False
        client.inbox += data
        while (end := client.inbox.find(b"\n")) >= 0:
            line = bytes(client.inbox[:end])
            del client.inbox[: end + 1]
            self._request(client, line)
        return bool(data) and len(client.inbox) <= LINE_LIMIT

    def _request(self, client: _Client, line: bytes) -> None:
        request_id = ""
        try:
            request = Request.model_validate_json(line)
            request_id = request.id
            self._asked.put(Asked(request.command(), client, request_id))
        except (ValidationError, RecursionError) as error:
            what = "; ".join(_finding(e) for e in error.errors()) if isinstance(error, ValidationError) else "nested too deep"
            client.post(Answer(id=request_id, error=Problem(code="invalid", what=what, do="")))

    def _flush(self, client: _Client, selector: selectors.BaseSelector) -> None:
        with client.lock:
            if not client.outbox:
                return
            try:
                sent = client.connection.send(client.outbox)
                del client.outbox[:sent]
            except BlockingIOError:
                pass
            except OSError:
                client.outbox.clear()
                self._drop(client, selector)
                return
            slow = len(client.outbox) > SLOW_LIMIT
        if slow:
            self._drop(client, selector)

    def _drop(self, client: _Client, selector: selectors.BaseSelector) -> None:
        if self._clients.pop(client.connection.fileno(), None) is not None:
            selector.unregister(client.connection)
            client.connection.close()


def _view_line(view: bytes) -> bytes:
    return b'{"view":' + view[:-1] + b"}\n" if view else b""


def _finding(error: Any) -> str:
    where = ".".join(str(p) for p in error["loc"])
    return f"{where}: {error['msg']}" if where else str(error["msg"])


class StationAway(ConnectionError):
    """No station answers on the socket."""


class LiveClient:
    """A page's end: `request` sends one command and waits for its answer; `views` yields views as they come."""

    def __init__(self, folder: Path, timeout_s: float = 5.0) -> None:
        self._connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._connection.settimeout(timeout_s)
        try:
            self._connection.connect(str(_recorded_path(folder)))
        except OSError as error:
            self._connection.close()
            raise StationAway(str(error)) from error
        self._inbox = bytearray()
        self._count = 0

    def __enter__(self) -> LiveClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Again does nothing; a thread that waits in `request` or `views` gets StationAway."""
        with contextlib.suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)
        self._connection.close()

    def request(self, cmd: str, **args: Any) -> Answer:
        """The station's answer. Raises StationAway when it is gone or silent for the time-out."""
        self._count += 1
        request_id = f"{self._count}"
        try:
            self._connection.sendall(Request(id=request_id, cmd=cmd, args=args).model_dump_json().encode() + b"\n")
            while True:
                document = json.loads(self._line())
                if document.get("id") == request_id:
                    return Answer.model_validate(document)
        except OSError as error:
            raise StationAway(str(error)) from error

    def views(self) -> Iterator[LiveView]:
        """Every view as it comes; ends with StationAway."""
        while True:
            try:
                document = json.loads(self._line())
            except OSError as error:
                raise StationAway(str(error)) from error
            if "view" in document:
                yield LiveView.model_validate(document["view"])

    def _line(self) -> bytes:
        while (end := self._inbox.find(b"\n")) < 0:
            data = self._connection.recv(65_536)
            if not data:
                raise StationAway("closed")
            self._inbox += data
        line = bytes(self._inbox[:end])
        del self._inbox[: end + 1]
        return line


def _recorded_path(folder: Path) -> Path:
    try:
        return Path((folder / "run" / "live").read_text("utf-8"))
    except OSError:
        return socket_path(folder)
