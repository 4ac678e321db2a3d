"""The style sheet, written from the theme, the icon, and what every template knows."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, render_template, request
from markupsafe import Markup

from station.core import theme
from web.site import is_staff, site

group = Blueprint("pages", __name__)


@group.get("/style.css")
def style() -> Response:
    sheet = render_template(
        "style.css",
        light=theme.LIGHT,
        dark=theme.DARK,
        px=theme.PAGE_PX,
        space=theme.PAGE_SPACE_PX,
        radius=theme.PAGE_RADIUS_PX,
        hit=theme.PAGE_TARGET_PX,
        column=theme.PAGE_COLUMN_PX,
        line=theme.PAGE_LINE,
        print_pt=theme.PRINT_PT,
        print_ink=theme.PRINT_INK,
    )
    return _kept(Response(sheet, mimetype="text/css"))


@group.get("/favicon.ico")
@group.get("/icon.svg")
def icon() -> Response:
    """Ring and dot: the goal and the person."""
    colours = theme.DARK
    drawn = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><rect width="64" height="64" rx="14" fill="{colours["ground"]}"/>'
        f'<circle cx="32" cy="32" r="19" fill="none" stroke="{colours["target"]}" stroke-width="6"/>'
        f'<circle cx="36" cy="28" r="7" fill="{colours["self"]}"/></svg>'
    )
    return _kept(Response(drawn, mimetype="image/svg+xml"))


def _kept(response: Response) -> Response:
    """Kept by the browser, asked about each time: a new version of the station must not wear old clothes."""
    response.headers["Cache-Control"] = "no-cache"
    response.add_etag()
    response.make_conditional(request)
    return response


@group.app_context_processor
def known() -> dict[str, Any]:
    """`t(id)` for words, `svg(chart)` for charts built by web.charts (elements made by ElementTree, so already escaped)."""
    own = site()
    return {
        "t": own.text,
        "svg": Markup,
        "staff": is_staff(),
        "station_name": own.settings.station.name,
        "lang": own.settings.station.language,
    }
