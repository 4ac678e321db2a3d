"""The pages: one application factory, one server. Reads the database, asks the station through its socket, touches no board."""

from __future__ import annotations

import logging
import secrets
from pathlib import Path

from flask_openapi3 import Info, OpenAPI
from flask_wtf.csrf import CSRFProtect
from waitress.server import create_server

from station.errors import StationError
from station.settings import load_settings
from station.store.queries import Archive
from station.text.catalogue import Catalogue
from station.words import say
from web import live_page, pages, people, problems, results, security, staff_pages, trials
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
    """The application for a data folder. `database` reads another database URL than the folder's own."""
    app = OpenAPI(
        __name__,
        info=Info(title="Balance station", version="1", description="Start runs and read results on the local network"),
        doc_ui=False,
        template_folder="templates",
        static_folder="static",
    )
    settings = load_settings(folder)
    app.secret_key = secrets.token_bytes(32)  # sessions end with the process, as their logins do
    app.extensions["balance"] = Site(
        folder=folder,
        settings=settings,
        catalogue=Catalogue(settings.station.language),
        hub=Hub(folder),
        archive=Archive(folder, database),
        sessions=Sessions(folder),
        port=port,
    )
    security.protect(app, None if any_host else security.own_names(port))
    problems.install(app)
    guard = CSRFProtect(app)
    guard.exempt(api)  # JSON of the own page only: security.same_site_only
    app.register_api(api)
    for group in (pages.group, live_page.group, staff_pages.group, people.group, trials.group, results.group):
        app.register_blueprint(group)
    return app


def serve(folder: Path, *, host: str, port: int, database: str | None = None) -> None:
    """Serve until interrupted. Raises StationError when the port is taken."""
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # one warning per queued request would fill the card
    app = create_app(folder, database=database, port=port)
    own: Site = app.extensions["balance"]
    own.urls = [f"http://{a}:{port}" for a in security.own_addresses() if ":" not in a] if host == "0.0.0.0" else [f"http://{host}:{port}"]
    try:
        server = create_server(app, host=host, port=port, **SERVER)
    except OSError as error:
        own.hub.close()
        raise StationError(say("web.port-taken", port=port, reason=error.strerror or str(error)), say("web.port-taken.do")) from error
    own.hub.reach(own.urls)
    try:
        server.run()
    finally:
        own.hub.close()
