"""A run without a screen on a board that is ill: it says what is wrong instead of waiting."""

from __future__ import annotations

from pathlib import Path

import pytest
from cmdline import cli, told

BEFORE = {
    "front_left:off@2s": ["Front left is not answering.", "Check its plug."],
    "front_left:off": ["Front left is not answering.", "Check its plug."],
    "rear_left:slow@5s": ["Rear left is in slow mode.", "Set its RATE jumper to 80."],
}


@pytest.mark.parametrize("fault", BEFORE)
def test_a_fault_that_keeps_a_test_from_beginning_is_told_in_its_own_words(fault: str, tmp_path: Path) -> None:
    result = cli("trial", "two-leg-quiet", "--board", "simulated", "--fault", fault, "--data", tmp_path)
    assert (result.exit_code, told(result)) == (3, BEFORE[fault])


def test_a_fault_that_ends_in_time_only_makes_the_run_wait(tmp_path: Path) -> None:
    result = cli("trial", "two-leg-quiet", "--board", "simulated", "--fault", "front_left:off@2s+5s", "--data", tmp_path)
    assert result.exit_code == 0, result.output
