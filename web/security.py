"""What keeps strangers' pages and bad requests out: host allow-list, same-origin rule, headers, size limits.

Each rule answers an attack that was seen on boxes like this one: rebinding, cross-site requests, floods, names with markup.
"""

from __future__ import annotations

import ipaddress
import json
import socket
import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, abort, request
from flask.json.provider import DefaultJSONProvider

POLICY = "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'; style-src 'self'"
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
TAKEN_TYPES = ("application/json", "application/x-www-form-urlencoded")
LOOK_AGAIN_S = 5.0


class CarefulJson(DefaultJSONProvider):
    """JSON nested thousands deep is a mistake of the sender (400), not a crash of ours."""

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        try:
            return json.loads(s, **kwargs)
        except RecursionError as error:
            raise ValueError("nested too deep") from error


class OwnHosts:
    """Names and addresses under which these pages may be asked for: this machine's own, and `<name>.local`.

    An unknown one makes it look again, at most every 5 s: a Pi often gets its address after the pages have started.
    """

    def __init__(self, port: int, addresses: Callable[[], list[str]] | None = None) -> None:
        self._port = port
        self._addresses = addresses or own_addresses
        self._lock = threading.Lock()
        self._names: set[str] = set()
        self._next_s = 0.0

    def __contains__(self, host: str) -> bool:
        if host not in self._names:
            self._look()
        return host in self._names

    def _look(self) -> None:
        with self._lock:
            now_s = time.monotonic()
            if now_s < self._next_s:
                return
            self._next_s = now_s + LOOK_AGAIN_S
            name = socket.gethostname().lower()
            names = {"localhost", "127.0.0.1", "[::1]", name, f"{name}.local"}
            names |= {f"[{a}]" if ":" in a else a for a in self._addresses()}
            self._names = names | {f"{n}:{self._port}" for n in names}


def own_addresses() -> list[str]:
    """Addresses of this machine on the local network, IPv4 first; empty without a network."""
    found: set[str] = set()
    for family, probe in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as sock:
                sock.connect((probe, 9))  # a datagram socket sends nothing here: it only picks the interface
                found.add(sock.getsockname()[0])
        except OSError:
            continue
    try:
        found |= {str(info[4][0]) for info in socket.getaddrinfo(socket.gethostname(), None)}
    except OSError:
        pass
    kept = [a for a in found if not ipaddress.ip_address(a.partition("%")[0]).is_loopback]
    return sorted(kept, key=lambda a: (":" in a, a))


def protect(app: Flask, hosts: OwnHosts | None) -> None:
    """Install every defence. `hosts` None: any host (behind a proxy that checks it)."""
    app.json = CarefulJson(app)
    app.config.update(
        MAX_CONTENT_LENGTH=65_536,
        MAX_FORM_MEMORY_SIZE=32_768,
        MAX_FORM_PARTS=50,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Strict",
        WTF_CSRF_TIME_LIMIT=None,  # a token lives as long as its session
    )

    @app.before_request
    def own_host_and_page_only() -> None:
        if hosts is not None and request.environ.get("HTTP_HOST", "").lower() not in hosts:
            abort(400)
        if request.method in SAFE_METHODS:
            return
        if not _own_page():
            abort(403)
        if request.content_length and request.mimetype not in TAKEN_TYPES:
            abort(415)

    @app.after_request
    def with_headers(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "no-store"
        return response


def _own_page() -> bool:
    """Sec-Fetch-Site when the browser sends it, else Origin must be this host, else it is no browser."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    return bool(parts.netloc) and f"{parts.scheme}://{parts.netloc}" == f"{request.scheme}://{request.host}"
