"""A guided procedure (self-test, calibration) on the phone: its sheet as parts of a page. The station runs it; this only shows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from station.commands import LiveView
from station.words import Words
from web.board_health import cell_name, number, numbers
from web.board_pictures import plate
from web.site import fragment, site

PARTS = ("head", "say", "problem", "progress", "picture", "facts", "answers", "verdicts", "cells", "needs")
NO_SHEET: Mapping[str, Any] = {"kind": "", "step": "", "over": True}
BEFORE_POINTS = ("warm-up", "corners", "zero", "weight")  # the printed template is needed from the points on


def parts(view: LiveView | None) -> dict[str, str]:
    """Each part of the page as HTML, "" where there is nothing to show. Between procedures: how the last one ended."""
    if view is None:
        own = site()
        gone = _part("say", say=own.text("web.away"), do=own.text("web.away.do"), sign="bad")
        return {**dict.fromkeys(PARTS, ""), "say": gone}
    sheet = view.sheet or site().hub.ended
    if sheet is None:
        return {**dict.fromkeys(PARTS, ""), "say": _part("nothing"), "answers": _part("answers", s=NO_SHEET, shown=False)}
    return _of_sheet(sheet, view)


def words(given: Mapping[str, Any] | None) -> str:
    """The text of a sheet's sentence: as the station wrote it, else from the catalogue."""
    if given is None:
        return ""
    text = given.get("text")
    return str(text) if text is not None else site().words(Words.from_json(given))


def _of_sheet(s: Mapping[str, Any], view: LiveView) -> dict[str, str]:
    over = bool(s.get("over"))
    return {
        "head": _part("head", kind=s["kind"], index=int(s.get("index") or 0) + 1, of=int(s.get("of") or 1), over=over, demo=view.demo),
        "say": _part("say", say=words(s.get("say")), do=words(s.get("do")), sign=_sign(s)),
        "problem": _part("problem", problem=words(s.get("problem"))),
        "progress": _part("progress", value=_progress(s)),
        "picture": _picture(s, view),
        "facts": _part("facts", rows=_facts(s)),
        "answers": _part("answers", s=s, kg=_typed_kg(s), shown=view.sheet is not None),
        "verdicts": _part("verdicts", verdicts=_verdicts(s)),
        "cells": _part("cells", cells=_cells(s)),
        "needs": _part("needs") if s["kind"] == "calibrate" and s.get("step") in BEFORE_POINTS else "",
    }


def _part(part: str, **known: Any) -> str:
    return fragment("procedure_parts.html", part=part, **known)


def _picture(s: Mapping[str, Any], view: LiveView) -> str:
    """The plate where there is something to see or do on it."""
    marks = s.get("marks") or []
    if not (marks or s.get("at") or s.get("corner") is not None):
        return ""
    return _part("picture", picture=plate(s, view.plate_mm), arrows=any(m.get("error_mm") for m in marks))


def _sign(s: Mapping[str, Any]) -> str:
    """Tick or triangle at the end; a procedure that was stopped has neither."""
    if not s.get("over") or s.get("passed") is None:
        return ""
    return "good" if s["passed"] else "bad"


def _progress(s: Mapping[str, Any]) -> str:
    """0.00 to 1.00, "" when nothing is waited for."""
    value = min(1.0, max(0.0, float(s.get("progress") or 0.0)))
    return "" if s.get("over") or value <= 0 else f"{value:.2f}"


def _facts(s: Mapping[str, Any]) -> list[tuple[str, str]]:
    own, rows = site(), []
    if s.get("over"):
        return []
    if s.get("load_kg") is not None:
        rows.append((own.text("web.procedure.load"), number(s["load_kg"], 2, "kg")))
    if s.get("weight_kg") is not None:
        rows.append((own.text("web.procedure.weight.now"), number(s["weight_kg"], 2, "kg")))
    if s.get("at"):
        rows.append((own.text("web.procedure.at"), own.text("web.procedure.mark", n=int(s["at"][0]))))
    return rows


def _typed_kg(s: Mapping[str, Any]) -> str:
    """What the weight's field holds at first, to the gram: the number that NEXT confirms; "" when the sheet offers none."""
    kg = s.get("weight_kg")
    if kg is None:
        return ""
    return number(kg, next((d for d in range(3) if round(kg, d) == round(kg, 3)), 3))


def _verdicts(s: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"ok": bool(v["ok"]), "what": words(v["what"]), "do": words(v.get("do"))} for v in s.get("verdicts") or []]


def _cells(s: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"name": cell_name(i), "ok": c.get("ok"), **numbers(c)} for i, c in enumerate(s.get("cells") or [])]
