"""Protocol files: what ships is right, what a site writes is checked whole, and a header carries enough to begin again."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from station.errors import SettingsError
from station.protocols.loader import load_all, load_protocol
from station.protocols.plan import TrialPlan
from station.words import Words

GOOD = """
id = "my-stand"
version = 2
title = { en = "My stand", de = "Mein Stand" }
stance = "two-leg"
eyes = "closed"
attempts = 2
rest_s = 5
cannot_see = ["arms"]
[needs]
least_rate_hz = 70
[[phase]]
kind = "quiet"
seconds = 20
ends = ["step-off"]
say = "Stand still"
"""


def told(text: str) -> list[tuple[str, str]]:
    """(message, key) of every mistake."""
    with pytest.raises(SettingsError) as wrong:
        load_protocol(text, "mine.toml")
    assert wrong.value.file == "mine.toml"
    assert all(m.args["file"] == "mine.toml" for m in wrong.value.mistakes)
    return [(m.id.removeprefix("protocol.wrong."), str(m.args.get("key", ""))) for m in wrong.value.mistakes]


def test_what_ships_is_listed_with_the_games() -> None:
    found = load_all()
    assert {"two-leg-quiet", "single-leg-hold", "mctsib", "sway-target", "heel-tap-front", "candle"} <= set(found)
    assert all(p.id == name for name, p in found.items())
    assert found["candle"].kind == "game"


def test_no_test_shows_live_sway_and_every_protocol_says_what_the_board_cannot_see() -> None:
    for protocol in load_all().values():
        assert protocol.kind != "test" or protocol.feedback == "none"
        assert protocol.cannot_see


def test_the_quiet_stand_is_one_trial_of_thirty_seconds_with_open_eyes_on_firm_ground() -> None:
    protocol = load_all()["two-leg-quiet"]
    assert [(c.stance, c.eyes, c.surface) for c in protocol.conditions] == [("two-leg", "open", "firm")]
    assert (protocol.seconds, protocol.trials, protocol.attempts, protocol.phase.starts) == (30, 1, 1, "countdown")


def test_the_hold_is_capped_at_45_s_and_starts_by_the_lift() -> None:
    protocol = load_all()["single-leg-hold"]
    assert (protocol.seconds, protocol.phase.starts, protocol.side) == (45, "foot-lift", "either")
    assert protocol.phase.ends == ("touch-down", "support", "step-off")


def test_mctsib_has_its_four_conditions_in_order() -> None:
    protocol = load_all()["mctsib"]
    assert [(c.eyes, c.surface) for c in protocol.conditions] == [
        ("open", "firm"),
        ("closed", "firm"),
        ("open", "foam"),
        ("closed", "foam"),
    ]
    assert (protocol.attempts, protocol.needs_safety(), protocol.needs_sound()) == (3, True, True)


def test_a_file_is_known_by_the_hash_of_its_bytes(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(GOOD.encode())
    protocol = load_protocol(path)
    assert protocol.sha256 == hashlib.sha256(GOOD.encode()).hexdigest()
    assert (protocol.text, protocol.origin) == (GOOD, "mine.toml")


def test_a_sites_own_words_are_kept_per_language() -> None:
    protocol = load_protocol(GOOD)
    assert protocol.title == Words("inline", {"en": "My stand", "de": "Mein Stand"})
    assert protocol.phase.say == Words("", {"text": "Stand still"})
    assert protocol.cannot_see == (Words("", {"text": "arms"}),)
    assert protocol.conditions[0].eyes == "closed"
    assert protocol.needs.least_rate_hz == 70


def test_a_site_folder_adds_its_protocols(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(GOOD, "utf-8")
    assert load_all(tmp_path)["my-stand"].version == 2


def test_an_id_taken_already_is_a_mistake_that_names_both_files(tmp_path: Path) -> None:
    (tmp_path / "again.toml").write_text(GOOD.replace("my-stand", "mctsib"), "utf-8")
    with pytest.raises(SettingsError) as wrong:
        load_all(tmp_path)
    assert [(m.id, m.args["file"], m.args["other"]) for m in wrong.value.mistakes] == [
        ("protocol.wrong.twice", "again.toml", "mctsib.toml")
    ]


def test_all_mistakes_of_all_files_come_at_once(tmp_path: Path) -> None:
    (tmp_path / "one.toml").write_text(GOOD.replace('"closed"', '"shut"').replace("attempts = 2", "attempts = 0"), "utf-8")
    (tmp_path / "two.toml").write_text("id = 3 [", "utf-8")
    with pytest.raises(SettingsError) as wrong:
        load_all(tmp_path)
    assert [m.args["file"] for m in wrong.value.mistakes] == ["one.toml", "one.toml", "two.toml"]
    assert wrong.value.file == "one.toml, two.toml"


@pytest.mark.parametrize(
    ("old", "new", "mistakes"),
    [
        ("attempts = 2", "atempts = 2", [("unknown-near", "atempts")]),
        ("attempts = 2", "zzz = 2", [("unknown", "zzz")]),
        ("attempts = 2", 'attempts = "2"', [("number", "attempts")]),
        ("attempts = 2", "attempts = 2.5", [("whole", "attempts")]),
        ("attempts = 2", "attempts = 99", [("range", "attempts")]),
        ("attempts = 2", "attempts = true", [("number", "attempts")]),
        ('"closed"', '"close"', [("choice-near", "eyes")]),
        ('"closed"', '"purple"', [("choice", "eyes")]),
        ('id = "my-stand"', 'id = "My Stand"', [("id", "id")]),
        ('id = "my-stand"', "", [("missing", "id")]),
        ("least_rate_hz = 70", "least_rate = 70", [("unknown-near", "needs.least_rate")]),
        ('["arms"]', '"arms"', [("list", "cannot_see")]),
        ('["arms"]', "[3]", [("words", "cannot_see")]),
        ('["step-off"]', '["step-of"]', [("choice-near", "phase.ends")]),
        ("seconds = 20", "max_s = 20", [("missing", "phase.seconds")]),
        ('say = "Stand still"', "", [("missing", "phase.say")]),
        ("version = 2", 'version = 2\nfeedback = "cursor"', [("feedback", "feedback")]),
        ("[[phase]]", '[[phase]]\nkind = "hold"\nmax_s = 3\nsay = "x"\n[[phase]]', [("phases", "phase")]),
        ("version = 2", "version = 2\nskip = { condition = 1 }", [("missing", "skip.when_failed_twice")]),
    ],
)
def test_each_mistake_names_its_key(old: str, new: str, mistakes: list[tuple[str, str]]) -> None:
    assert told(GOOD.replace(old, new)) == mistakes


def test_several_mistakes_are_told_together() -> None:
    text = GOOD.replace('"closed"', '"close"').replace("attempts = 2", "atempts = 2").replace("seconds = 20", "seconds = 9999")
    assert told(text) == [("unknown-near", "atempts"), ("range", "phase.seconds"), ("choice-near", "eyes")]


def test_a_plan_comes_back_from_its_header() -> None:
    protocol = load_protocol(GOOD, "mine.toml")
    plan = TrialPlan(protocol, protocol.conditions[0], 20.0, "", 1, 4, 2)
    assert TrialPlan.from_header(json.loads(json.dumps(plan.to_header()))) == plan


def test_a_games_plan_comes_back_from_its_header() -> None:
    protocol = load_all()["candle"]
    plan = TrialPlan(protocol, protocol.conditions[0], 40.0)
    assert TrialPlan.from_header(json.loads(json.dumps(plan.to_header()))) == plan
