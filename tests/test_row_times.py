"""The rate that stamps tell, however they were rounded, and the rows that are missing."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import numpy.typing as npt
import pytest

from station.row_times import row_times

Times = npt.NDArray[np.int64]


def stamps_ns(fs_hz: float, decimals: int, seconds: float = 40.0) -> Times:
    """As a program writes them: rounded to that many decimals of a second."""
    t_s = np.round(np.arange(round(seconds * fs_hz)) / fs_hz, decimals)
    return np.rint(t_s * 1e9).astype(np.int64)


ROUNDED = [(450, 3), (128, 3), (60, 3), (60, 2), (90, 2), (240, 4), (75, 3), (60, 9), (1024, 4)]


@pytest.mark.parametrize(("fs_hz", "decimals"), ROUNDED)
def test_rounded_stamps_do_not_change_the_rate(fs_hz: float, decimals: int) -> None:
    found = row_times(stamps_ns(fs_hz, decimals))
    assert found.fs_hz == pytest.approx(fs_hz, rel=2e-4)
    assert found.missing == 0


@pytest.mark.parametrize(("fs_hz", "decimals"), [*ROUNDED, (100, 2), (1000, 3), (40, 3)])
def test_three_seconds_cut_out_are_missing_rows_and_the_rate_stays(fs_hz: float, decimals: int) -> None:
    whole = stamps_ns(fs_hz, decimals)
    found = row_times(np.delete(whole, slice(10 * fs_hz, 13 * fs_hz)))
    assert found.fs_hz == pytest.approx(fs_hz, rel=2e-4)
    assert abs(found.missing - 3 * fs_hz) <= 1
    assert found.longest == found.missing


@pytest.mark.parametrize(("fs_hz", "decimals"), [(100, 2), (128, 3), (1000, 3), (450, 4)])
def test_single_lost_rows_keep_their_places(fs_hz: float, decimals: int) -> None:
    whole = stamps_ns(fs_hz, decimals)
    lost = np.random.default_rng(1).choice(len(whole) - 2, 25, replace=False) + 1
    kept = np.setdiff1d(np.arange(len(whole)), lost)
    found = row_times(whole[kept])
    assert found.place is not None
    assert found.place.tolist() == kept.tolist()
    column = found.on_grid(kept.astype(np.float64))
    assert np.isnan(column[lost]).all()
    assert column[kept].tolist() == kept.tolist()


@pytest.mark.parametrize("lost", [1, 2])
def test_one_or_two_lost_rows_on_a_coarse_grid_are_lost_and_no_slower_rate(lost: int) -> None:
    whole = stamps_ns(100, 2)
    found = row_times(np.delete(whole, [1000, 3000][:lost]))
    assert (found.fs_hz, found.missing, found.longest) == (100.0, lost, 1)


def test_an_exact_grid_has_the_very_rate_of_its_step() -> None:
    for step_ns in (10_000_000, 25_000_000, 7_812_500, 16_666_667):
        t_ns = np.arange(500, dtype=np.int64) * step_ns
        assert row_times(t_ns).fs_hz == 1e9 / step_ns
    assert row_times(np.array([0])).fs_hz == 1.0


def test_jitter_keeps_the_median_step_and_no_row_is_missing() -> None:
    t_ns = np.arange(2000, dtype=np.int64) * 25_000_000 + np.random.default_rng(3).integers(-4_000_000, 4_000_000, 2000)
    found = row_times(t_ns)
    assert (found.fs_hz, found.missing) == (1e9 / float(np.median(np.diff(t_ns))), 0)


def test_a_day_between_two_rows_is_no_file_with_lost_rows() -> None:
    t_ns = np.concatenate((stamps_ns(100, 2, 5.0), stamps_ns(100, 2, 5.0) + int(Decimal("86400e9"))))
    found = row_times(t_ns)
    assert (found.fs_hz, found.missing) == (100.0, 0)


def test_stamps_counted_from_a_far_past_are_as_coarse_as_their_size() -> None:
    t_s = 1.7e9 + np.arange(4000) / 128
    assert row_times(np.rint(t_s * 1e9).astype(np.int64)).fs_hz == pytest.approx(128, rel=1e-4)
