"""The catalogue: every text exists in every language, its gaps are filled, its words are those of the house."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from station.games.contract import all_games
from station.protocols.loader import load_all
from station.text.catalogue import Catalogue, languages, parts
from station.words import Num, Words, literal, say

PURE = ("flow", "service", "protocols", "games", "coach", "trial.py", "run.py")
TEXTS = {id: forms for part in parts().values() for id, forms in part.items()}
TEXT_ID = re.compile(r"[a-z][a-z0-9]*(\.[a-z0-9][a-z0-9_-]*)+")
FORMS = {f"{language}{kind}" for language in languages() for kind in ("", "_short")}

# What this house does not say to people, denials included.
BANNED = {
    "en": (
        r"diagnos\w*", r"injur\w*", r"fall (risk|forecast|prediction)\w*", "balance age", r"\w*normal(ly|ity)?", "risks?",
        "proven", "corrects", "cleared for", "hurry", "quick(ly)?", "last chance", "patients?", "dementia", r"parkinson\w*", "vertigo",
    ),
    "de": (
        r"diagnos\w*", r"verletzung\w*", r"sturz\w*", "gleichgewichtsalter", r"\w*normal\w*", r"risik\w*", r"bewiesen\w*", "korrigiert",
        r"patient\w*", r"beeil\w*", "letzte chance", "demenz", r"parkinson\w*", "schwindel",
    ),
}  # fmt: skip
TRANSLITERATED = re.compile(
    r"\b(fuer|ueber\w*|koenn\w*|muess\w*|oeffn\w*|schliess\w*|fuess\w*|zurueck\w*|waehl\w*|laeuft|naech\w*)\b", re.IGNORECASE
)


@dataclass(frozen=True)
class Use:
    """One `say(...)` in the source: `id` None when it is put together, `pattern` what it may become; `args` None when not known here."""

    where: str
    pattern: re.Pattern[str]
    id: str | None
    args: frozenset[str] | None


def sources(root: Path) -> list[Path]:
    return [p for package in ("station", "hardware", "web") for p in sorted((root / package).rglob("*.py"))]


def pattern_of(node: ast.expr) -> tuple[re.Pattern[str], str | None] | None:
    """Of a literal or an f-string; None for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return re.compile(re.escape(node.value)), node.value
    if isinstance(node, ast.JoinedStr):
        told = [re.escape(str(v.value)) if isinstance(v, ast.Constant) else r"[a-z0-9_.-]+" for v in node.values]
        return re.compile("".join(told)), None
    if isinstance(node, ast.IfExp):
        both = [pattern_of(n) for n in (node.body, node.orelse)]
        if all(both):
            return re.compile("|".join(f"(?:{b[0].pattern})" for b in both if b)), None
    return None


def uses(root: Path) -> Iterator[Use]:
    for path in sources(root):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("say", "Words") and node.args):
                continue
            found = pattern_of(node.args[0])
            if found is None or found[1] in ("", "inline"):
                continue
            known = node.func.id == "say" and all(k.arg for k in node.keywords)
            args = frozenset(k.arg for k in node.keywords if k.arg) if known else None
            yield Use(f"{path.relative_to(root)}:{node.lineno}", found[0], found[1], args)


def gaps(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_id_that_the_source_says_is_in_the_catalogue(root: Path) -> None:
    found = list(uses(root))
    assert len(found) > 150
    assert [f"{u.where} {u.pattern.pattern}" for u in found if not any(u.pattern.fullmatch(id) for id in TEXTS)] == []


def test_every_gap_of_a_text_is_filled_where_it_is_said(root: Path) -> None:
    missing = [
        f"{u.where} {u.id} lacks {sorted(lacks)}"
        for u in uses(root)
        if u.id in TEXTS and u.args is not None and (lacks := set().union(*(gaps(t) for t in TEXTS[u.id].values())) - u.args)
    ]
    assert missing == []


def test_every_id_of_a_page_is_in_the_catalogue(root: Path) -> None:
    pages = [p.read_text("utf-8") for p in (root / "web" / "templates").glob("*.html")]
    said = {m for page in pages for m in re.findall(r"""\bt\(\s*["']([a-z0-9_.-]+)["']""", page)}
    known = {id for id in said if id in TEXTS or (id.endswith((".", "-")) and any(t.startswith(id) for t in TEXTS))}
    assert sorted(said - known) == []


def words_in(value: object) -> Iterator[Words]:
    if isinstance(value, Words):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from words_in(each)
    elif isinstance(value, tuple):
        for each in value:
            yield from words_in(each)
    elif hasattr(value, "__dataclass_fields__"):
        for name in value.__dataclass_fields__:
            yield from words_in(getattr(value, name))


@pytest.mark.parametrize("id", sorted(load_all()))
def test_every_text_of_a_protocol_or_game_is_in_the_catalogue(id: str) -> None:
    said = {w.id for w in words_in(load_all()[id]) if w.id}
    assert said
    assert sorted(said - set(TEXTS) - {"inline"}) == []


def test_every_game_has_a_protocol_in_the_list() -> None:
    assert set(all_games()) <= set(load_all())


@pytest.mark.parametrize("part", sorted(parts()))
def test_a_text_has_every_language_the_same_gaps_and_no_strange_key(part: str) -> None:
    for id, forms in parts()[part].items():
        assert TEXT_ID.fullmatch(id), id
        assert set(forms) <= FORMS, id
        assert all(forms.get(language, "").strip() for language in languages()), id
        assert {frozenset(gaps(forms[language])) for language in languages()} == {frozenset(gaps(forms["en"]))}, id
        assert all(gaps(forms.get(f"{language}_short", "")) <= gaps(forms[language]) for language in languages()), id
        turned = [spec or turn for text in forms.values() for _, name, spec, turn in string.Formatter().parse(text) if name]
        assert not any(turned), id


def test_a_text_with_a_short_form_has_one_in_every_language_or_is_short_enough_without() -> None:
    for id, forms in TEXTS.items():
        for language in languages():
            short = forms.get(f"{language}_short")
            assert short is None or len(short) < len(forms[language]), f"{id}: the short form is not shorter"


def test_an_id_lives_in_one_part_only() -> None:
    seen: dict[str, list[str]] = {}
    for name, part in parts().items():
        for id in part:
            seen.setdefault(id, []).append(name)
    assert {id: names for id, names in seen.items() if len(names) > 1} == {}


@pytest.mark.parametrize("language", languages())
def test_no_text_says_what_this_house_does_not_say(language: str) -> None:
    banned = re.compile(rf"\b({'|'.join(BANNED[language])})\b", re.IGNORECASE)
    texts = [(id, text) for id, forms in TEXTS.items() for key, text in forms.items() if key.startswith(language)]
    assert [(id, m.group()) for id, text in texts if (m := banned.search(text))] == []


@pytest.mark.parametrize(
    ("language", "text"),
    [("en", "This lowers your risk of injury"), ("en", "Your result is abnormal"), ("de", "Kein Sturzrisiko"), ("de", "Diagnose")],
)
def test_a_planted_banned_word_is_found(language: str, text: str) -> None:
    assert re.search(rf"\b({'|'.join(BANNED[language])})\b", text, re.IGNORECASE)


def test_no_text_shouts_and_german_has_its_umlauts() -> None:
    assert [id for id, forms in TEXTS.items() if any("!" in t for t in forms.values())] == []
    assert [id for id, forms in TEXTS.items() if any(TRANSLITERATED.search(t) for k, t in forms.items() if k.startswith("de"))] == []


def quiet_constants(tree: ast.AST) -> set[int]:
    """Nodes whose strings nobody reads on a wall: docstrings, what is raised or asserted, a class's own TOML."""
    quiet: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise | ast.Assert) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
            quiet |= {id(n) for n in ast.walk(node)}
        if isinstance(node, ast.Assign) and [t.id for t in node.targets if isinstance(t, ast.Name)] == ["protocol"]:
            quiet |= {id(n) for n in ast.walk(node)}
    return quiet


def sentences(path: Path) -> list[str]:
    tree = ast.parse(path.read_text("utf-8"))
    quiet = quiet_constants(tree)
    found = []
    for node in ast.walk(tree):
        read = isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in quiet
        if read and re.search(r"[A-Za-zäöü]{2,}[.,]? [A-Za-zäöü]{2,}", node.value):
            found.append(f"{path.name}:{node.lineno} {node.value!r}")
    return found


def test_no_sentence_stands_in_the_rules_themselves(root: Path) -> None:
    station = root / "station"
    pure = [p for p in sorted(station.rglob("*.py")) if p.relative_to(station).parts[0] in PURE and p.name != "samples.py"]
    assert len(pure) > 20
    assert [s for p in pure for s in sentences(p)] == []


def test_a_planted_sentence_is_found(tmp_path: Path) -> None:
    path = tmp_path / "planted.py"
    path.write_text('"""Fine here."""\nHOME = Text("Stand here now")\n', "utf-8")
    assert len(sentences(path)) == 1


@pytest.mark.parametrize(
    ("language", "number", "text"),
    [
        ("en", Num(31.24, 1), "31.2"),
        ("de", Num(31.24, 1), "31,2"),
        ("de", Num(0.6, 1, "s"), "0,6\u202fs"),
        ("en", Num(-3.0, 0), "\u22123"),
        ("en", Num(-0.04, 1), "0.0"),
        ("de", Num(12345.0, 0), "12345"),
    ],
)
def test_numbers_are_written_as_the_language_writes_them(language: str, number: Num, text: str) -> None:
    assert Catalogue(language).number(number) == text


def test_words_inside_words_are_said_in_the_same_language() -> None:
    words = say("flow.on.with", what=say("protocol.single-leg-hold.title"), more=say("flow.on.closed"))
    assert Catalogue("en").text(words) == "Single-leg hold, eyes closed"
    assert Catalogue("de").text(words) == "Einbeinstand, Augen zu"


def test_literal_and_inline_words_need_no_entry() -> None:
    assert Catalogue("de").text(literal("{Kiwi}")) == "{Kiwi}"
    site = Words("inline", {"en": "Hold", "de": "Halten"})
    assert [Catalogue(language).text(site) for language in languages()] == ["Hold", "Halten"]
    assert Catalogue("de").text(Words("inline", {"en": "Hold"})) == "Hold"


def test_a_short_form_is_given_where_there_is_one() -> None:
    assert Catalogue("en").short(say("flow.count", n=3, of=8)) == "3/8"
    assert Catalogue("en").short(say("flow.yes")) is None


def test_an_unknown_id_or_a_missing_argument_never_raises() -> None:
    assert Catalogue("en").text(say("no.such.text")) == "no.such.text"
    assert Catalogue("en").text(say("flow.count", n=1)) == "1 of "


def test_a_language_nobody_speaks_here_is_refused() -> None:
    with pytest.raises(ValueError, match="none of en, de"):
        Catalogue("xx")
