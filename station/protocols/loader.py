"""Protocol files: TOML a clinician can read, checked whole on load. Games declare theirs in their own file and are listed too.

Words are ids of the catalogue; a site's own file may hold plain text or one text per language (`{ en = "...", de = "..." }`).
"""

from __future__ import annotations

import difflib
import hashlib
import tomllib
from collections.abc import Iterator, Mapping
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Any

from station.core.results import Condition
from station.errors import NotFound, SettingsError
from station.games.contract import all_games
from station.protocols.check import KEBAB, Checker
from station.protocols.model import Needs, Phase, Protocol
from station.words import Num, Words, say

TOP = (
    "id", "version", "kind", "title", "short", "why", "status", "source", "stance", "eyes", "surface", "condition", "side", "hands", "feet",
    "feedback", "trials", "attempts", "rest_s", "settle_s", "fail", "needs", "words", "cannot_see", "game", "skip", "target", "phase",
)  # fmt: skip
PHASE = ("kind", "seconds", "max_s", "starts", "ends", "reps", "tempo_bpm", "detector", "ladder_s", "say")
NEEDS = ("least_rate_hz", "least_plate_mm", "hops", "calibration")
CONDITION = ("stance", "eyes", "surface")
SKIP = ("condition", "when_failed_twice")
TARGET = ("radius_mm",)
KINDS = ("test", "training", "drill", "game")
PHASE_KINDS = ("quiet", "hold", "target", "reps", "game")
SIGNALS = ("touch-down", "support", "step-off", "hop", "stumble")
HELPER_KEYS = ("arms", "eyes", "leg")
DETECTORS = ("floor-tap",)
LONGEST_S = 600.0  # a phase longer than ten minutes is a slip of the pen


def load_protocol(source: Path | str, origin: str = "") -> Protocol:
    """The protocol in a file (a Path) or in TOML text (a str; `origin` names it in messages).

    Raises SettingsError with every mistake of the file.
    """
    if isinstance(source, Path):
        raw, name = source.read_bytes(), source.name
    else:
        raw, name = source.encode(), origin or "text"
    check = Checker(name)
    doc = _parse(raw, check)
    protocol = _protocol(doc, check, raw, name) if doc else None
    if protocol is None or check.mistakes:
        raise SettingsError(name, check.mistakes)
    return protocol


def load_all(*folders: Path) -> Mapping[str, Protocol]:
    """Every protocol by id: those shipped, those of `folders`, and the games. Raises SettingsError with all mistakes of all files."""
    found: dict[str, Protocol] = {}
    mistakes: list[Words] = []
    files: list[str] = []
    for source, origin in _sources(folders):
        try:
            protocol = load_protocol(source, origin)
        except SettingsError as error:
            mistakes += error.mistakes
            files.append(error.file)
            continue
        if protocol.id in found:
            mistakes.append(say("protocol.wrong.twice", file=protocol.origin, key="id", value=protocol.id, other=found[protocol.id].origin))
            files.append(protocol.origin)
            continue
        found[protocol.id] = protocol
    if mistakes:
        raise SettingsError(", ".join(dict.fromkeys(files)), mistakes)
    return MappingProxyType(found)


def find_protocol(name: str, *folders: Path, kind: str | None = None) -> Protocol:
    """The protocol with this id, of one kind when told ("game"). Raises NotFound with the nearest name, SettingsError for broken files."""
    known = {p.id: p for p in load_all(*folders).values() if kind is None or p.kind == kind}
    if name not in known:
        raise NotFound(kind or "protocol", name, next(iter(difflib.get_close_matches(name, known, 1)), ""))
    return known[name]


def _sources(folders: tuple[Path, ...]) -> Iterator[tuple[Path | str, str]]:
    shipped = resources.files("station.protocols")
    for file in sorted(shipped.iterdir(), key=lambda f: f.name):
        if file.name.endswith(".toml"):
            yield file.read_text("utf-8"), file.name
    for game in all_games().values():
        yield game.protocol, f"{game.id}.py"
    for folder in folders:
        for path in sorted(folder.glob("*.toml")):
            yield path, path.name


def _parse(raw: bytes, check: Checker) -> dict[str, Any]:
    try:
        return tomllib.loads(raw.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        check.wrong(say("protocol.wrong.toml", file=check.file, detail=str(error)))
        return {}


def _protocol(doc: dict[str, Any], check: Checker, raw: bytes, origin: str) -> Protocol:
    check.table(doc, TOP)
    check.missing(doc, ("id", "version", "title", "phase"))
    kind = check.choice(doc, "kind", "test", KINDS)
    name = str(doc.get("id", ""))
    check.must(
        "id" not in doc or KEBAB.fullmatch(name) is not None, lambda: say("protocol.wrong.id", file=check.file, key="id", value=name)
    )
    title = check.words(doc, "title")
    phase = _phase(doc, check)
    conditions = _conditions(doc, check)
    feedback = check.choice(doc, "feedback", "none", ("none", "cursor"))
    check.must(
        not (kind == "test" and phase.kind in ("quiet", "hold") and feedback == "cursor"),
        lambda: say("protocol.wrong.feedback", file=check.file, key="feedback"),
    )
    return Protocol(
        id=name,
        version=check.whole(doc, "version", 1, 1, 9999),
        kind=kind,
        title=title,
        short=check.words(doc, "short") if "short" in doc else title,
        why=check.words(doc, "why"),
        conditions=conditions,
        phase=phase,
        status=check.choice(doc, "status", "own", ("sourced", "own", "UNVERIFIED")),
        source=str(doc.get("source", "")),
        side=check.choice(doc, "side", "none", ("none", "either", "both", "given")),
        hands=check.choice(doc, "hands", "sides", ("sides", "hips", "crossed", "free")),
        feet=check.choice(doc, "feet", "hip", ("hip", "together", "one")),
        feedback=feedback,
        trials=check.whole(doc, "trials", 1, 1, 20),
        attempts=check.whole(doc, "attempts", 1, 1, 10),
        rest_s=check.number(doc, "rest_s", 0.0, 0.0, LONGEST_S),
        settle_s=check.number(doc, "settle_s", 3.0, 1.0, 10.0),
        fail=check.listed(doc, "fail", SIGNALS + HELPER_KEYS),
        needs=_needs(doc, check),
        words={key: check.text(value, f"words.{key}") for key, value in check.sub(doc, "words").items()},
        cannot_see=tuple(check.text(value, "cannot_see") for value in check.items(doc, "cannot_see")),
        game=str(doc.get("game", "")),
        text=raw.decode(),
        sha256=hashlib.sha256(raw).hexdigest(),
        origin=origin,
        extra=_extra(doc, check, len(conditions)),
    )


def _phase(doc: dict[str, Any], check: Checker) -> Phase:
    phases = check.items(doc, "phase")
    check.must(
        "phase" not in doc or len(phases) == 1, lambda: say("protocol.wrong.phases", file=check.file, key="phase", n=Num(len(phases)))
    )
    first = phases[0] if phases and isinstance(phases[0], dict) else {}
    if not first:
        return Phase("quiet", 30.0)
    check.table(first, PHASE, "phase.")
    check.missing(first, ("kind", "say"), "phase.")
    kind = check.choice(first, "kind", "quiet", PHASE_KINDS, "phase.")
    length = "max_s" if kind in ("hold", "reps") else "seconds"  # a cap or a fixed length: a reader sees which
    check.missing(first, (length,), "phase.")
    ladder = check.items(first, "ladder_s", "phase.")
    return Phase(
        kind=kind,
        seconds=check.number(first, length, 30.0, 1.0, LONGEST_S, "phase."),
        starts=check.choice(first, "starts", "countdown", ("countdown", "foot-lift"), "phase."),
        ends=check.listed(first, "ends", SIGNALS, "phase."),
        reps=check.whole(first, "reps", 1 if kind == "reps" else 0, 0, 100, "phase."),
        tempo_bpm=check.number(first, "tempo_bpm", 0.0, 0.0, 200.0, "phase."),
        detector=check.choice(first, "detector", DETECTORS[0], DETECTORS, "phase.") if kind == "reps" else "",
        ladder_s=tuple(check.number({"ladder_s": step}, "ladder_s", 30.0, 1.0, LONGEST_S, "phase.") for step in ladder),
        say=check.words(first, "say", "phase."),
    )


def _conditions(doc: dict[str, Any], check: Checker) -> tuple[Condition, ...]:
    tables = check.items(doc, "condition") if "condition" in doc else [{k: doc[k] for k in CONDITION if k in doc}]
    where = "condition." if "condition" in doc else ""
    made = []
    for table in tables:
        if not isinstance(table, dict):
            check.wrong(say("protocol.wrong.table", file=check.file, key="condition"))
            continue
        check.table(table, CONDITION, where)
        made.append(
            Condition(
                check.choice(table, "stance", str(doc.get("stance", "two-leg")), ("two-leg", "single-leg", "tandem"), where),
                check.choice(table, "eyes", "open", ("open", "closed"), where),
                check.choice(table, "surface", "firm", ("firm", "foam"), where),
            )
        )
    return tuple(made) or (Condition(),)


def _needs(doc: dict[str, Any], check: Checker) -> Needs:
    table = check.sub(doc, "needs")
    check.table(table, NEEDS, "needs.")
    plate = check.items(table, "least_plate_mm", "needs.") or [0.0, 0.0]
    check.must(
        len(plate) == 2 and all(isinstance(v, int | float) for v in plate),
        lambda: say("protocol.wrong.pair", file=check.file, key="needs.least_plate_mm"),
    )
    width_mm, depth_mm = plate if len(plate) == 2 and all(isinstance(v, int | float) for v in plate) else (0.0, 0.0)
    return Needs(
        least_rate_hz=check.number(table, "least_rate_hz", 60.0, 1.0, 1000.0, "needs."),
        least_plate_mm=(float(width_mm), float(depth_mm)),
        hops=check.flag(table, "hops", False, "needs."),
        calibration=check.flag(table, "calibration", doc.get("kind") != "game", "needs."),
    )


def _extra(doc: dict[str, Any], check: Checker, conditions: int) -> dict[str, Any]:
    """`skip` (a condition left out when an earlier one failed twice; both counted from 1) and `target` (its radius)."""
    extra: dict[str, Any] = {}
    skip = check.sub(doc, "skip")
    if skip:
        check.table(skip, SKIP, "skip.")
        check.missing(skip, SKIP, "skip.")
        extra["skip"] = {key: check.whole(skip, key, 1, 1, conditions, "skip.") for key in SKIP}
    target = check.sub(doc, "target")
    if target:
        check.table(target, TARGET, "target.")
        extra["target"] = {"radius_mm": check.number(target, "radius_mm", 20.0, 3.0, 200.0, "target.")}
    return extra
