"""The pendulum sways as the table of the model says, always the same for a seed."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import butter, filtfilt

from hardware.body import BODY_HZ, SWAY, Pendulum

SECONDS = 60
TABLE = {
    # stance, eyes, surface: mean speed mm/s, RMS ml and ap in mm (10 Hz low-pass, 60 s)
    ("two-leg", "open", "firm"): (7.8, 1.9, 2.3),
    ("two-leg", "closed", "firm"): (11.9, 2.9, 3.5),
    ("two-leg", "open", "foam"): (18.7, 4.9, 5.9),
    ("two-leg", "closed", "foam"): (35.6, 9.5, 11.3),
    ("single-leg", "open", "firm"): (43.0, 8.1, 7.0),
    ("single-leg", "closed", "firm"): (93.0, 18.0, 14.0),
}


def speed_and_rms(condition: tuple[str, str, str], seed: int, factor: float = 1.0) -> tuple[float, float, float]:
    pendulum = Pendulum(seed, factor=factor)
    pendulum.sway(10 * BODY_HZ, SWAY[condition])
    ml, ap = (filtfilt(*butter(2, 10.0, fs=BODY_HZ), x) for x in pendulum.sway(SECONDS * BODY_HZ, SWAY[condition]))
    speed = float(np.hypot(np.diff(ml), np.diff(ap)).sum() / SECONDS)
    return speed, float(ml.std()), float(ap.std())


@pytest.mark.parametrize("condition", TABLE, ids="-".join)
def test_sway_is_near_the_table_of_its_condition(condition: tuple[str, str, str]) -> None:
    speed, ml, ap = np.mean([speed_and_rms(condition, seed) for seed in range(6)], axis=0)
    speed_wanted, ml_wanted, ap_wanted = TABLE[condition]
    assert speed == pytest.approx(speed_wanted, rel=0.05)
    assert ml == pytest.approx(ml_wanted, rel=0.2)
    assert ap == pytest.approx(ap_wanted, rel=0.2)


def test_every_way_of_standing_has_its_sway() -> None:
    assert set(SWAY) == {(s, e, f) for s in ("two-leg", "single-leg") for e in ("open", "closed") for f in ("firm", "foam")}


def test_the_same_seed_gives_the_same_sway_however_it_is_cut() -> None:
    quiet = SWAY["two-leg", "open", "firm"]
    whole = np.array(Pendulum(5).sway(600, quiet))
    person = Pendulum(5)
    pieces = np.concatenate([np.array(person.sway(n, quiet)) for n in (1, 9, 190, 400)], axis=1)
    assert np.array_equal(whole, pieces)
    assert not np.array_equal(whole, np.array(Pendulum(6).sway(600, quiet)))


def test_a_steadier_person_sways_less_in_proportion() -> None:
    usual = speed_and_rms(("two-leg", "open", "firm"), 3)
    steady = speed_and_rms(("two-leg", "open", "firm"), 3, factor=0.5)
    assert steady[0] < 0.6 * usual[0]
