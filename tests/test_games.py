"""What every game must do, whoever wrote it; and the candle's own rules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import pi, sin

import pytest
from standing import BW_N, Person

from station.core.geometry import Geometry
from station.core.scene import Circle, Line, Polygon, Text
from station.core.stance import Rest
from station.core.theme import GRID
from station.errors import NotFound
from station.games.candle import GAME as CANDLE
from station.games.contract import Game, Lean, all_games, find_game
from station.games.control import Control, Limits
from station.games.play import GameTask
from station.protocols.loader import load_all

GAMES = list(all_games().values())
REST = Rest(BW_N, 1.5, 0.0, 0.0, 3.0, 12.0)
LIMITS = Limits((0.0, 0.0), 60.0, 40.0, 56.0, 28.0, 3.0, 12.0)
every_game = pytest.mark.parametrize("game", GAMES, ids=[g.id for g in GAMES])
Path2d = Callable[[float], tuple[float, float]]


def wander(t_s: float) -> tuple[float, float]:
    """A body that mostly stands and sometimes leans, mm."""
    return 5 * sin(2 * pi * 0.2 * t_s) + 16 * sin(2 * pi * 0.05 * t_s) ** 9, 6 * sin(2 * pi * 0.17 * t_s + 1)


def leans(path: Path2d, seconds: float, limits: Limits = LIMITS, load: float = 1.0) -> list[Lean]:
    control = Control(limits, BW_N)
    return [control.step(0.01, load * BW_N, *path(k / 100)) for k in range(round(seconds * 100))]


def played(game: Game, path: Path2d = wander, seconds: float = 40.0, hz: int = 100, limits: Limits = LIMITS, load: float = 1.0) -> float:
    """Score of a round whose game is stepped at `hz`."""
    seen = leans(path, seconds, limits, load)
    now = game.new(7, seconds)
    for k in range(round(seconds * hz)):
        now = game.step(now, 1 / hz, seen[min(len(seen) - 1, round((k + 1) / hz * 100) - 1)])
    return game.score(now)


@every_game
def test_a_game_is_listed_with_its_protocol(game: Game) -> None:
    protocol = load_all()[game.id]
    assert (protocol.kind, protocol.game, protocol.phase.kind, protocol.needs.calibration) == ("game", game.id, "game", False)
    assert protocol.conditions[0].stance == "two-leg"
    assert 20 <= protocol.seconds <= 90


@every_game
def test_the_same_round_plays_again_to_the_same_scenes(game: Game) -> None:
    def scenes() -> list[object]:
        now, kept = game.new(11, 10.0), []
        for lean in leans(wander, 10.0):
            now = game.step(now, 0.01, lean)
            kept.append(game.scene(now))
        return [*kept, game.score(now)]

    assert scenes() == scenes()


@every_game
def test_the_score_is_fixed_by_seed_and_path_and_between_0_and_1000(game: Game) -> None:
    score = played(game)
    assert score == played(game)
    assert 0 < score < 1000


@every_game
@pytest.mark.parametrize("hz", [50, 60])
def test_the_rate_of_steps_hardly_matters(game: Game, hz: int) -> None:
    assert played(game, hz=hz) == pytest.approx(played(game), rel=0.01)


@every_game
def test_a_mirrored_player_with_mirrored_limits_scores_the_same(game: Game) -> None:
    mirrored = replace(LIMITS, left_mm=LIMITS.right_mm, right_mm=LIMITS.left_mm)
    assert played(game, lambda t: (-wander(t)[0], wander(t)[1]), limits=mirrored) == pytest.approx(played(game))


@every_game
def test_a_light_and_a_heavy_player_with_the_same_motion_score_the_same(game: Game) -> None:
    def round_of(bw_n: float) -> float:
        task = GameTask(game, replace(REST, bw_n=bw_n), Geometry(), 20.0, 3)
        for k in range(2000):
            task.step(k * 10_000_000, bw_n, *wander(k / 100))
        assert task.score is not None
        return task.score.value

    assert round_of(50 * 9.81) == round_of(110 * 9.81)


@every_game
def test_a_hand_on_the_rail_halves_what_is_earned(game: Game) -> None:
    assert played(game, load=0.94) == pytest.approx(played(game) / 2, rel=0.02)


@every_game
def test_a_round_held_mostly_by_hands_has_no_score(game: Game) -> None:
    task = GameTask(game, REST, Geometry(), 20.0, 3)
    for k in range(1000):
        task.step(k * 10_000_000, 0.6 * BW_N, *wander(k / 100))
    assert task.score is None


@every_game
def test_no_text_is_too_small_and_few_words_stand_in_the_world(game: Game) -> None:
    now = game.new(1, 20.0)
    for lean in leans(wander, 20.0):
        now = game.step(now, 0.01, lean)
        texts = [s for s in game.scene(now) if isinstance(s, Text)]
        assert len(texts) <= 2
        assert all(t.step in ("hero", "title", "say") for t in texts)


@every_game
def test_lines_are_at_least_eight_wide_and_inside_the_layout(game: Game) -> None:
    now = game.new(1, 20.0)
    for lean in leans(wander, 20.0):
        now = game.step(now, 0.01, lean)
        for shape in game.scene(now):
            if isinstance(shape, Line):
                assert shape.width >= 8
                assert all(0 <= x <= GRID.width and 0 <= y <= GRID.height for x, y in shape.points)
            if isinstance(shape, Polygon):
                assert all(0 <= x <= GRID.width and 0 <= y <= GRID.height for x, y in shape.points)
            if isinstance(shape, Circle) and shape.width is not None:
                assert shape.width >= 8


def test_an_unknown_game_is_told_with_the_closest_one() -> None:
    with pytest.raises(NotFound) as unknown:
        find_game("candel")
    assert unknown.value.do.args["near"] == "candle"


def test_own_limits_scale_the_lean_and_left_is_not_right() -> None:
    control = Control(LIMITS, BW_N)
    full_right = control.step(0.01, BW_N, 0.6 * 40.0, 0.0)
    half_left = control.step(0.01, BW_N, -0.6 * 60.0 / 2, 0.0)
    assert full_right.ml == pytest.approx(1.0)
    dead = 6.0 / 36.0
    assert half_left.ml == pytest.approx(-(0.5 - dead) / (1 - dead))
    assert control.step(0.01, BW_N, 5.0, 0.0).ml == 0.0


def test_a_guests_limits_are_a_share_of_the_default_and_stay_on_the_plate() -> None:
    limits = Limits.guest(REST, Geometry())
    assert (limits.left_mm, limits.right_mm, limits.front_mm, limits.back_mm) == pytest.approx((49, 49, 56, 28))
    edge = Limits.guest(replace(REST, ml_mm=225.0), Geometry())
    assert edge.right_mm == 25.0


def test_speed_is_measured_against_the_speed_of_rest() -> None:
    speeds = [lean.speed for lean in leans(lambda t: (24.0 * t % 24.0, 0.0), 0.9)]
    assert speeds[-1] == pytest.approx(2.0, rel=0.1)


def still(_: float) -> tuple[float, float]:
    return 0.0, 0.0


def test_a_candle_held_still_burns_to_the_end_with_a_full_score() -> None:
    assert played(CANDLE, still) == pytest.approx(1000.0, abs=1)


def test_the_candle_goes_out_when_the_body_wobbles_and_lights_again_after_a_still_second() -> None:
    now = CANDLE.new(1, 40.0)
    now = CANDLE.step(now, 0.01, Lean(speed=1.6))
    assert not now.lit
    for _ in range(99):
        now = CANDLE.step(now, 0.01, Lean(speed=0.8))
    assert not now.lit
    assert CANDLE.step(CANDLE.step(now, 0.01, Lean()), 0.01, Lean()).lit


def test_leaning_out_of_the_ring_puts_the_candle_out_and_costs_what_it_looks_like() -> None:
    now = CANDLE.new(1, 40.0)
    assert not CANDLE.step(now, 0.01, Lean(ml=1.0)).lit
    assert CANDLE.score(CANDLE.step(now, 0.01, Lean(ml=0.7))) < 0.6 * CANDLE.score(CANDLE.step(now, 0.01, Lean()))


def test_the_flame_leans_as_the_body_leans() -> None:
    def tip(ml: float) -> float:
        flame = next(s for s in CANDLE.scene(CANDLE.step(CANDLE.new(0, 40.0), 0.01, Lean(ml=ml))) if isinstance(s, Polygon))
        return min(flame.points, key=lambda p: p[1])[0]

    assert tip(-0.5) < tip(0.0) < tip(0.5)


def test_stepping_off_freezes_the_candle_and_loses_nothing() -> None:
    from station.protocols.plan import TrialPlan
    from station.trial import Trial

    protocol = load_all()["candle"]

    def score(person: Person) -> float:
        trial = Trial(
            TrialPlan(protocol, protocol.conditions[0], 20.0), geometry=Geometry(), trial_id="t", run_id="r", origin_ns=0, begin_ns=0
        )
        trial.feed(person.frames())
        assert trial.result is not None
        assert trial.result.score is not None
        return trial.result.score.value

    whole, broken = score(Person().stand(40)), score(Person().stand(15).empty(4).stand(40))
    assert broken == pytest.approx(whole, rel=0.06)
