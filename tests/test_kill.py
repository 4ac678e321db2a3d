"""kill -9 in the middle of a trial: what is on the disk is whole, at most the last second is missing, and the station goes on.

Two kills of each process, at five times the speed of a real board; `python tests/kill_runner.py --times 20` does twenty at its own speed.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
from kill_runner import MISSING_MOST_S, WHO, Killed, kill_one

SPEED = 5.0
SEEDS = (1, 2)
SIDE_BY_SIDE = 3


@pytest.fixture(scope="module")
def kills(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, int], Future[Killed]]:
    """All of them, side by side: the machine mostly waits for processes to start."""
    pool = ThreadPoolExecutor(SIDE_BY_SIDE)

    def folder(who: str, seed: int) -> Path:
        return tmp_path_factory.mktemp(f"{who}-{seed}") / "data"

    jobs = {(who, seed): folder(who, seed) for seed in SEEDS for who in WHO}
    done = {(who, seed): pool.submit(kill_one, who, seed, where, SPEED) for (who, seed), where in jobs.items()}
    pool.shutdown(wait=False)
    return done


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("who", WHO)
def test_a_killed_process_costs_at_most_a_second_of_a_trial(kills: dict[tuple[str, int], Future[Killed]], who: str, seed: int) -> None:
    killed = kills[who, seed].result(250)
    assert killed.wrong == ()
    assert killed.missing_s <= MISSING_MOST_S


@pytest.mark.parametrize("who", ["reader", "pages"])
def test_who_was_killed_is_back_by_itself(kills: dict[tuple[str, int], Future[Killed]], who: str) -> None:
    """Half a second and two on an idle machine; here several stations start at once, and nobody counts."""
    back_s = [kills[who, seed].result(250).again_s for seed in SEEDS]
    assert all(s is not None for s in back_s), back_s
