"""The cards take turns: what was just done makes room for the next of its kind, the other cards stay."""

from __future__ import annotations

from dataclasses import replace

from station.flow.shop import Shop
from station.flow.what import next_time, offers
from station.protocols.loader import load_all

SHOP = Shop(protocols=load_all(), suggestions=("sway-target", "candle", "two-leg-quiet"))


def shown(shop: Shop) -> list[str]:
    return [offer.protocol.id for offer in offers(shop)]


def test_after_the_training_the_drill_comes_up_and_then_the_training_again() -> None:
    assert shown(SHOP) == ["sway-target", "candle", "two-leg-quiet"]
    after = replace(SHOP, suggestions=next_time(SHOP, "sway-target"))
    assert shown(after) == ["heel-tap-front", "candle", "two-leg-quiet"]
    again = replace(after, suggestions=next_time(after, "heel-tap-front"))
    assert shown(again) == ["sway-target", "candle", "two-leg-quiet"]


def test_every_test_has_its_turn() -> None:
    shop, seen = SHOP, set()
    for _ in range(len([p for p in SHOP.protocols.values() if p.kind == "test"])):
        test = shown(shop)[2]
        seen.add(test)
        shop = replace(shop, suggestions=next_time(shop, test))
    assert seen == {"mctsib", "single-leg-hold", "two-leg-quiet"}


def test_something_that_is_no_card_changes_nothing() -> None:
    assert next_time(SHOP, "unknown") == ("sway-target", "candle", "two-leg-quiet")
