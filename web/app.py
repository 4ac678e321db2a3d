"""The pages: one application factory, one server. Reads the database, asks the station through its socket, touches no board."""

from __future__ import annotations

import logging
import secrets
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from flask_openapi3.models.info import Info
from flask_openapi3.openapi import OpenAPI
from flask_wtf.csrf import CSRFProtect
from waitress.server import create_server

from station.errors import StationError
from station.settings import load_settings
from station.store.queries import Archive
from station.text.catalogue import Catalogue
from station.words import say
from web import board, glossary, live_page, pages, people, problems, results, security, staff_pages, trials
from web.api import api
from web.hub import Hub
from web.site import Site
from web.staff import Sessions

SERVER = {
    "threads": 24,  # 16 viewers of the live stream and 8 for pages
    "connection_limit": 1000,
    "channel_timeout": 5,
    "cleanup_interval": 1,
    "asyncore_use_poll": True,
    "max_request_body_size": 65_536,
    "max_request_header_size": 16_384,
    "clear_untrusted_proxy_headers": True,
    "ident": None,
}


def create_app(folder: Path, *, database: str | None = None, port: int = 8080, any_host: bool = False) -> OpenAPI:
    """The application for a data folder; `web.site.Site.close` of its `extensions["balance"]` ends it.

    database: another database's URL instead of the folder's own. any_host: behind a proxy that checks the host.
    Raises SettingsError.
    """
    settings = load_settings(folder)
    app = OpenAPI(
        __name__,
        info=Info(title="Balance station", version="1", description="Start runs and read results on the local network"),
        doc_ui=False,
        validation_error_callback=problems.not_valid,
        template_folder="templates",
        static_folder="static",
    )
    app.secret_key = secrets.token_bytes(32)  # sessions end with the process, as their logins do
    app.url_map.merge_slashes = False  # a redirect would say the path back
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.extensions["balance"] = Site(
        folder=folder,
        settings=settings,
        catalogue=Catalogue(settings.station.language),
        hub=Hub(folder),
        archive=Archive(folder, database),
        sessions=Sessions(folder),
        port=port,
    )
    security.protect(app, None if any_host else security.OwnHosts(port))
    problems.install(app)
    guard = CSRFProtect(app)
    guard.exempt(api)  # JSON of the own page only: web.security
    app.register_api(api)
    for group in (pages.group, live_page.group, board.group, staff_pages.group, people.group, trials.group, results.group, glossary.group):
        app.register_blueprint(group)
    return app


def addresses(host: str, port: int) -> Callable[[], list[str]]:
    """Where phones reach the pages, asked anew each time: a network may come later."""

    def found() -> list[str]:
        everywhere = host in ("0.0.0.0", "::")
        return [f"http://{a}:{port}" for a in (security.own_addresses() if everywhere else [host]) if ":" not in a]

    return found


def serve(folder: Path, *, host: str, port: int, database: str | None = None) -> None:
    """Serve until interrupted. Raises StationError when the port is taken, SettingsError."""
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # one warning per queued request would fill the card
    door = _door(host, port)
    app = create_app(folder, database=database, port=port)
    own: Site = app.extensions["balance"]
    own.hub.reach(addresses(host, port))
    server = create_server(app, sockets=[door], **SERVER)
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: _leave(own))
    try:
        server.run()
    finally:
        own.close()


def _door(host: str, port: int) -> socket.socket:
    """The socket to listen on. Raises StationError when it cannot be had."""
    door = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    try:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind((host, port))
    except OSError as error:
        door.close()
        raise StationError(say("web.port-taken", port=port, reason=error.strerror or str(error)), say("web.port-taken.do")) from error
    return door


def _leave(own: Site) -> None:
    """Ends the live streams first: waitress waits for every request that still goes on."""
    own.hub.close()
    raise SystemExit(0)


@contextmanager
def served(app: OpenAPI) -> Iterator[str]:
    """The application on a free port of this machine alone, in a thread; gives its address. Leaving ends server and application."""
    own: Site = app.extensions["balance"]
    server = create_server(app, host="127.0.0.1", port=0, **SERVER)
    thread = threading.Thread(target=server.run, name="pages", daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}"
    finally:
        own.close()  # first: streams end, and the server waits for every request that still goes on
        with suppress(OSError):  # another wake-up ran it before this one was sent: the trigger is closed already
            server.trigger.pull_trigger(lambda: _shut(server))
        server.task_dispatcher.shutdown()
        thread.join(timeout=5)


def _shut(server: Any) -> None:
    """In the server's own thread: without sockets its loop is over."""
    for channel in list(server.active_channels.values()):
        channel.handle_close()
    server.close()
