"""What now? Today's suggestion wide and first, a game, a test: a picture, three words and a duration each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from station.core.scene import Arc, BoardMap, Circle, Line, Panel, Polygon, Scene, Shape, Text
from station.core.theme import GRID
from station.flow.art import curve, stance
from station.flow.pieces import Furniture, band, card_frame, fill_ring, headline, inside, line_h, strip
from station.flow.shop import Shop
from station.protocols.model import Protocol
from station.words import Num, Words, say

CARD_Y, CARD_H = 276, 624
BOXES = {"left": (108, CARD_Y, 696, CARD_H), "front": (828, CARD_Y, 480, CARD_H), "right": (1332, CARD_Y, 480, CARD_H)}
DIRECTIONS = ("left", "front", "right")
TURNS = (("training", "drill"), ("game",), ("test",))  # what each card takes turns among
FLAME = curve(((0, -60), (26, -10), (34, 26), (18, 56), (0, 62), (-18, 56), (-34, 26), (-20, -8)))


@dataclass(frozen=True, slots=True)
class Offer:
    """One card. `why` only on the first."""

    direction: str
    protocol: Protocol
    why: Words


def offers(shop: Shop) -> tuple[Offer, ...]:
    """A suggestion, a game and a test, each of them something that can start on this board; no protocol twice."""
    able = {k: p for k, p in shop.protocols.items() if _can_start(p, shop)}
    wanted = [able[k] for k in shop.suggestions if k in able]
    first = wanted[0] if wanted else _first(able, ("training", "drill", "test", "game"), [])
    if first is None:
        return ()
    chosen = [first]
    for kinds in (("game", "training", "drill"), ("test", "drill", "training")):
        rest = [p for p in wanted if p not in chosen]
        found = next((p for p in rest if p.kind in kinds), None) or _first(able, kinds, chosen)
        if found is not None:
            chosen.append(found)
    why = shop.why if shop.why.id else first.why
    return tuple(Offer(d, p, why if n == 0 else Words("")) for n, (d, p) in enumerate(zip(DIRECTIONS, chosen, strict=False)))


def next_time(shop: Shop, done: str) -> tuple[str, ...]:
    """Suggestions after `done` was played: the next one of its kind comes up, so that a plateau of one exercise is no habit."""
    shown = {offer.protocol.id for offer in offers(shop)}
    turns = []
    for kinds in TURNS:
        ids = [p.id for kind in kinds for p in shop.protocols.values() if p.kind == kind and _can_start(p, shop)]
        if done in ids:
            turns.append(ids[(ids.index(done) + 1) % len(ids)])
        else:
            turns += [next((id for id in ids if id in shown), ids[0])] if ids else []
    return tuple(turns)


def _can_start(protocol: Protocol, shop: Shop) -> bool:
    """One leg, side given from outside, is nothing that a card can start."""
    if protocol.side == "given" or (protocol.needs.calibration and not shop.calibrated):
        return False
    return not protocol.needs.hops or shop.geometry.allows_hops


def _first(able: Mapping[str, Protocol], kinds: Sequence[str], but: Sequence[Protocol]) -> Protocol | None:
    return next((p for kind in kinds for p in able.values() if p.kind == kind and p not in but), None)


def what_scene(cards: Sequence[Offer], filled: Mapping[str, float], lit: str | None, furniture: Furniture) -> Scene:
    """The first card keeps its cyan rim; the one aimed at gets one too."""
    still: list[Shape] = [*strip(Words(""), furniture), headline(say("flow.what.title"), lines=1), *band(say("flow.what.band"), "lean")]
    moving: list[Shape] = []
    for n, card in enumerate(cards):
        x, y, w, h = BOXES[card.direction]
        mid_x, mid_y = x + w / 2, y + 156
        still += [*card_frame(x, y, w, h, lit=n == 0), *emblem(card.protocol, mid_x, mid_y)]
        still += _words(card, x, y, w)
        if card.direction == lit:
            moving.append(Panel(x, y, w, h, "target", GRID.stroke_target + 6))
        moving += fill_ring(mid_x, mid_y, filled.get(card.direction, 0.0), 144)
    return Scene("what", tuple(still), tuple(moving), say("flow.what.alt"))


def _words(card: Offer, x: float, y: float, w: float) -> list[Shape]:
    left, room = x + 36, w - 72
    shapes: list[Shape] = [
        Text(card.protocol.short, left, y + 288, room, line_h("label"), "label", "ink", "bold", lines=1),
        Text(duration(card.protocol), left, y + 360, room, line_h("label"), "label", "quiet", lines=1),
    ]
    if card.why.id:
        shapes.append(Text(card.why, left, y + 444, room, line_h("label", 2), "label", "quiet", lines=2, top=True))
    return shapes


def duration(protocol: Protocol) -> Words:
    """How long it takes at most: "40 s", "8 repetitions", "3 min"."""
    if protocol.phase.reps:
        return say("flow.reps", n=protocol.phase.reps)
    sides = 2 if protocol.side == "both" else 1
    total_s = protocol.seconds * max(1, len(protocol.conditions)) * max(1, protocol.trials) * sides
    return say("flow.minutes", n=Num(-(-total_s // 60))) if total_s > 90 else say("flow.seconds", n=Num(total_s))


def card_at(cards: Sequence[Offer], x: float, y: float) -> Offer | None:
    return next((c for c in cards if inside(x, y, BOXES[c.direction])), None)


def emblem(protocol: Protocol, x: float, y: float) -> tuple[Shape, ...]:
    """The picture of a protocol about (x, y), 240 high: its stance, its rings, its flame."""
    if protocol.kind == "game":
        board = BoardMap(x, y, 1.5)
        flame = tuple(board.at(px, -py) for px, py in FLAME)
        return (Circle(x, y, 120, "world", GRID.stroke_target), Polygon(flame, "self"))
    if protocol.kind == "training":
        rims = tuple(Circle(x, y, r, "target", GRID.stroke_target, alpha=a) for r, a in ((40, 1.0), (80, 0.6), (120, 0.35)))
        return (*rims, Circle(x + 14, y - 8, 18, "self"))
    figure = stance(x, y + 114, 232, protocol.conditions[0], "right", protocol.hands)
    if protocol.kind == "drill":
        hop = tuple((x + 76 + 28 * k, y + 92 - (44 if k % 2 else 0)) for k in range(3))
        return (*figure, Line(hop, "target", GRID.stroke_target))
    return (*figure, Arc(x, y, 129, 0.75, "ring", GRID.stroke_target, start_turn=0.62))
