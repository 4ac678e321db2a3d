"""Flight and landing: made jumps whose numbers are known, and three recorded ones at their own rate and at 80 Hz."""

from __future__ import annotations

import csv
import gzip
import json
import math
from pathlib import Path

import numpy as np
import pytest

from station.core.landing import DID_NOT_STABILISE, NO_FLIGHT, TOO_SHORT, TOO_SOON, UNITS, Landing, Rules, frame_landings, landings
from station.text.catalogue import ids
from tests.sways import frames, wander

BW = 700.0
FS = 100.0
Array = np.ndarray


def held(value_n: float, seconds: float) -> Array:
    return np.full(round(seconds * FS), value_n)


def jump(flight_s: float = 0.5, after: Array | None = None) -> Array:
    """Stands 2 s, flies, lands with 5 BW, then `after`."""
    landed = np.array([3 * BW, 5 * BW, 2 * BW, 0.8 * BW])
    return np.concatenate([held(BW, 2.0), held(0.0, flight_s), landed, held(BW, 5.0) if after is None else after])


def only(force: Array, fs_hz: float = FS, bw_n: float = BW, **unloaded: float) -> Landing:
    found = [x for x in landings(force, fs_hz, bw_n, **unloaded) if x.take_off_s is not None]
    assert len(found) == 1
    return found[0]


def value(landing: Landing, key: str) -> float:
    found = landing.measures[key].value
    assert found is not None
    return found


def why(landing: Landing, key: str) -> str:
    assert landing.measures[key].value is None
    return landing.measures[key].why


def test_flight_time_and_height_are_those_of_the_jump() -> None:
    landing = only(jump(0.5))
    assert (landing.take_off_s, landing.at_s) == (2.0, 2.5)
    assert value(landing, "flight_time_s") == pytest.approx(0.5)
    assert value(landing, "jump_height_mm") == pytest.approx(1000 * 9.80665 * 0.25 / 8)


def test_flight_is_as_sure_as_two_samples_and_height_follows() -> None:
    landing = only(jump(0.5))
    u_s = landing.measures["flight_time_s"].uncertainty
    assert u_s == pytest.approx(0.01 / math.sqrt(6))
    assert landing.measures["jump_height_mm"].uncertainty == pytest.approx(1000 * 9.80665 * 0.5 / 4 * u_s)


def test_the_landing_peak_is_a_share_of_body_weight() -> None:
    landing = only(jump())
    assert value(landing, "landing_peak_bw") == pytest.approx(5.0)
    assert landing.measures["landing_peak_bw"].unit == "BW"


def test_who_stands_still_at_once_has_stabilised_when_the_force_enters_the_band() -> None:
    assert value(only(jump()), "time_to_stabilisation_s") == pytest.approx(0.04)


def test_a_short_pause_inside_the_band_is_not_yet_stable() -> None:
    after = np.concatenate([held(BW, 0.9), held(1.1 * BW, 0.2), held(BW, 5.0)])
    assert value(only(jump(after=after)), "time_to_stabilisation_s") == pytest.approx(0.04 + 0.9 + 0.2)


def test_the_band_is_five_per_cent_of_body_weight_either_way() -> None:
    for share, stable in ((1.049, True), (1.051, False), (0.951, True), (0.949, False)):
        tts = only(jump(after=held(share * BW, 12.0))).measures["time_to_stabilisation_s"]
        assert (tts.value is not None) is stable, share


def test_who_steps_off_before_a_second_of_calm_did_not_stabilise() -> None:
    after = np.concatenate([held(1.2 * BW, 1.0), held(BW, 0.8), held(0.0, 2.0)])
    assert why(only(jump(after=after)), "time_to_stabilisation_s") == DID_NOT_STABILISE


def test_who_sways_through_all_ten_seconds_did_not_stabilise_even_if_calm_comes_later() -> None:
    after = np.concatenate([held(1.2 * BW, 10.0), held(BW, 3.0)])
    assert why(only(jump(after=after)), "time_to_stabilisation_s") == DID_NOT_STABILISE


def test_a_recording_that_ends_too_soon_gives_no_answer() -> None:
    assert why(only(jump(after=held(BW, 0.5))), "time_to_stabilisation_s") == TOO_SOON
    assert why(only(jump(after=held(1.2 * BW, 8.0))), "time_to_stabilisation_s") == TOO_SOON


def test_a_gap_in_the_force_is_not_stable() -> None:
    after = held(BW, 5.0)
    after[50] = np.nan
    assert value(only(jump(after=after)), "time_to_stabilisation_s") == pytest.approx(0.04 + 0.51)


def test_a_second_hop_after_the_landing_is_no_step_off() -> None:
    after = np.concatenate([held(BW, 0.3), held(0.0, 0.4), held(BW, 4.0)])
    first = next(x for x in landings(jump(after=after), FS, BW) if x.take_off_s == 2.0)
    assert value(first, "time_to_stabilisation_s") == pytest.approx(0.04 + 0.7)


def test_the_stability_index_is_the_spread_about_body_weight_in_three_seconds() -> None:
    expected = math.sqrt((2**2 + 4**2 + 1**2 + 0.2**2 + 296 * 0.1**2) / 300)
    assert value(only(jump(after=held(1.1 * BW, 5.0))), "vertical_stability_index") == pytest.approx(expected)
    assert why(only(jump(after=held(BW, 2.0))), "vertical_stability_index") == TOO_SHORT


def test_stepping_down_onto_an_empty_plate_is_a_landing_without_a_flight() -> None:
    (landing,) = landings(np.concatenate([held(0.0, 3.0), held(1.3 * BW, 0.1), held(BW, 4.0)]), FS, BW)
    assert landing.take_off_s is None
    assert why(landing, "flight_time_s") == NO_FLIGHT
    assert value(landing, "time_to_stabilisation_s") == pytest.approx(0.1)


def test_standing_knocks_on_an_empty_plate_and_stepping_off_are_no_landings() -> None:
    assert landings(held(BW, 5.0), FS, BW) == ()
    assert landings(np.concatenate([held(0.0, 2.0), held(60.0, 0.1), held(0.0, 2.0)]), FS, BW) == ()
    assert landings(np.concatenate([held(BW, 2.0), held(0.0, 2.0)]), FS, BW) == ()


def test_a_noisy_plate_raises_the_threshold_and_a_quiet_one_keeps_it() -> None:
    air = 30.0 + 8.0 * np.sin(np.arange(50.0))
    force = np.concatenate([held(BW, 2.0), air, held(5 * BW, 0.05), held(BW, 4.0)])
    assert landings(force, FS, BW) == ()
    assert value(only(force, unloaded_n=30.0, unloaded_sd_n=6.0), "flight_time_s") == pytest.approx(0.5)


def test_frames_of_the_station_are_measured_as_the_column_is() -> None:
    force = jump()
    path = wander(len(force) / FS)
    by_frames = frame_landings(frames(path, load_n=force), BW)
    assert [x.to_json() for x in by_frames] == [x.to_json() for x in landings(force, FS, BW)]


def test_a_landing_keeps_its_rules_and_is_plain_json() -> None:
    doc = json.loads(json.dumps(only(jump()).to_json()))
    assert doc["rules"] == {**doc["rules"], "band_bw": 0.05, "hold_s": 1.0, "watch_s": 10.0, "method": "landing/1"}
    assert set(doc["measures"]) == set(UNITS)


def test_a_longer_watch_may_find_what_a_shorter_one_calls_unstable() -> None:
    force = jump(after=np.concatenate([held(1.2 * BW, 4.0), held(BW, 3.0)]))
    short = next(x for x in landings(force, FS, BW, rules=Rules(watch_s=3.0)) if x.take_off_s)
    assert why(short, "time_to_stabilisation_s") == DID_NOT_STABILISE
    assert value(only(force), "time_to_stabilisation_s") == pytest.approx(4.04)


@pytest.mark.parametrize(("force", "fs_hz", "bw_n"), [([[1.0]], FS, BW), ([1.0], 0.0, BW), ([1.0], FS, 0.0)])
def test_what_is_no_column_no_rate_or_no_weight_is_refused(force: list[float], fs_hz: float, bw_n: float) -> None:
    with pytest.raises(ValueError, match="one column"):
        landings(force, fs_hz, bw_n)


def test_every_landing_measure_and_every_silence_has_its_words() -> None:
    said = {f"landing.{key}.{form}" for key in UNITS for form in ("name", "means")}
    assert said | {DID_NOT_STABILISE, TOO_SOON, TOO_SHORT, NO_FLIGHT} <= set(ids())


RECORDED = ("jump1", "jump2", "grfzjump")


def recorded(shared_data: Path, name: str) -> tuple[Array, Array, dict[str, float]]:
    """Time, force and the table's row of a jump."""
    with gzip.open(shared_data / "jumps" / f"{name}.csv.gz", "rt") as lines:
        next(lines)
        t_s, force_n = np.loadtxt(lines, delimiter=",").T
    with (shared_data / "jumps" / "events.csv").open() as table:
        row = next(r for r in csv.DictReader(table) if r["file"] == f"{name}.csv.gz")
    return (
        t_s,
        force_n,
        {key: float(row[key]) for key in ("fs_hz", "quiet_force_n", "takeoff_s", "landing_s", "flight_s", "peak_landing_bw")},
    )


@pytest.mark.parametrize("name", RECORDED)
def test_a_recorded_flight_is_within_five_milliseconds(shared_data: Path, name: str) -> None:
    _, force, known = recorded(shared_data, name)
    landing = only(force, known["fs_hz"], known["quiet_force_n"])
    assert landing.take_off_s == pytest.approx(known["takeoff_s"], abs=0.005)
    assert landing.at_s == pytest.approx(known["landing_s"], abs=0.005)
    assert value(landing, "flight_time_s") == pytest.approx(known["flight_s"], abs=0.005)
    assert value(landing, "landing_peak_bw") == pytest.approx(known["peak_landing_bw"], rel=0.001)


def test_the_first_recorded_jump_stabilises_after_0_718_s(shared_data: Path) -> None:
    _, force, known = recorded(shared_data, "jump1")
    assert value(only(force, known["fs_hz"], known["quiet_force_n"]), "time_to_stabilisation_s") == pytest.approx(0.718, abs=0.0005)


@pytest.mark.parametrize(("name", "reason"), [("jump2", DID_NOT_STABILISE), ("grfzjump", TOO_SOON)])
def test_the_others_say_why_they_have_no_time_to_stabilisation(shared_data: Path, name: str, reason: str) -> None:
    t_s, force, known = recorded(shared_data, name)
    assert why(only(force, known["fs_hz"], known["quiet_force_n"]), "time_to_stabilisation_s") == reason
    slow = only(converted(t_s, force, 4, 0.0), 80.0, known["quiet_force_n"])
    assert why(slow, "time_to_stabilisation_s") == reason


def converted(t_s: Array, force_n: Array, settle: int, phase_s: float) -> Array:
    """At 80 Hz; each sample the mean of the last `settle` conversions' time, as a converter settles; 0: the force at that moment."""
    at_s = np.arange(t_s[0] + 0.06 + phase_s, t_s[-1], 1 / 80)
    if not settle:
        return np.interp(at_s, t_s, force_n)
    sums = np.concatenate(([0.0], np.cumsum((force_n[1:] + force_n[:-1]) / 2 * np.diff(t_s))))
    return (np.interp(at_s, t_s, sums) - np.interp(at_s - settle / 80, t_s, sums)) * 80 / settle


@pytest.mark.parametrize("phase_s", np.arange(8) / 640)
def test_at_80_hz_the_first_jump_stabilises_after_0_72_to_0_75_s(shared_data: Path, phase_s: float) -> None:
    """Through a converter that settles over four conversions; plain samples read within one of them of the truth."""
    t_s, force, known = recorded(shared_data, "jump1")
    settled = only(converted(t_s, force, 4, phase_s), 80.0, known["quiet_force_n"])
    assert 0.72 <= value(settled, "time_to_stabilisation_s") <= 0.75
    plain = only(converted(t_s, force, 0, phase_s), 80.0, known["quiet_force_n"])
    assert value(plain, "time_to_stabilisation_s") == pytest.approx(0.718, abs=1 / 80)
    assert value(plain, "flight_time_s") == pytest.approx(known["flight_s"], abs=1 / 80)
    assert value(settled, "landing_peak_bw") < value(plain, "landing_peak_bw") < known["peak_landing_bw"] + 0.001
