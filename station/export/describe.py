"""The page about results, made from the schema: `python -m station.export.describe > docs/result.md`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any

Rule = Mapping[str, Any]
_DEFS = "#/$defs/"


def schema() -> dict[str, Any]:
    """What every result as JSON looks like."""
    found: dict[str, Any] = json.loads((files("station.export") / "result.schema.json").read_text("utf-8"))
    return found


def page(of: Rule) -> str:
    """Markdown: one section for each shape, one row for each key."""
    lines = [f"# {of['title']}", "", "Made from `station/export/result.schema.json`; do not edit by hand.", "", of["description"]]
    for name, rule in of["$defs"].items():
        lines += ["", f"## {name}", "", _sentence(rule["description"])]
        keys = rule.get("properties")
        if keys:
            lines += ["", "| key | is | means |", "|---|---|---|", *_rows(rule, keys, of["$defs"])]
        elif "enum" in rule:
            lines += ["", "One of " + ", ".join(f"`{value}`" if value else "empty" for value in rule["enum"]) + "."]
    return "\n".join([*lines, ""])


def _rows(rule: Rule, keys: Mapping[str, Rule], defs: Mapping[str, Rule]) -> Iterator[str]:
    required = rule.get("required", ())
    for key, inner in keys.items():
        told = inner.get("description") or defs[inner["$ref"].removeprefix(_DEFS)]["description"]
        yield f"| `{key}`{'' if key in required else ' (not always)'} | {_kind(inner)} | {told} |"


def _kind(rule: Rule) -> str:
    """What a value is, in a few words."""
    if "$ref" in rule:
        name = str(rule["$ref"]).removeprefix(_DEFS)
        return f"[{name}](#{name})"
    if "const" in rule:
        return f"`{rule['const']}`"
    if "enum" in rule:
        return ", ".join(f"`{value}`" for value in rule["enum"])
    if "anyOf" in rule:
        return " or ".join(_kind(each) for each in rule["anyOf"])
    kinds = [rule["type"]] if isinstance(rule["type"], str) else list(rule["type"])
    if kinds == ["array"] and "items" in rule:
        return f"list of {_kind(rule['items'])}"
    return " or ".join(kinds)


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:] + ("" if text.endswith(".") else ".")


if __name__ == "__main__":
    sys.stdout.write(page(schema()))
