"""Days since a date, as far as anybody can know."""

from __future__ import annotations

from datetime import datetime, timedelta

from station.store.clock import date_known, days_since


def test_the_age_of_a_calibration_is_in_whole_days() -> None:
    today = datetime.now().astimezone()
    ages = {days_since((today - timedelta(days=91)).date().isoformat()), days_since((today - timedelta(days=91)).isoformat())}
    assert ages == ({91.0} if date_known() else {None})


def test_without_a_date_there_is_no_age() -> None:
    assert days_since("") is None
    assert days_since("last week") is None
