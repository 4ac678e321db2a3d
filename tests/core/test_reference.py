"""Published values: carried exactly, each with what must stand beside it; shown only when everything was measured alike."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from station.core.reference.holds import BEST, HoldNorm, TimedStance, hold_norm_for, read_timed, timed_stances
from station.core.reference.norm import Norm, Refused, norm_for, ratio_norm_for
from station.core.reference.prior import SWAY
from station.core.reference.site import site_percentiles, site_values
from station.core.reference.student import t_quantile
from station.core.reference.tables import TABLES, Row, read_table, source_of, sources, table
from station.core.results import Condition, MeasureValue, Quality, TrialResult
from station.text.catalogue import Catalogue
from station.words import Words, say

SHARED_NAMES = {"mean_velocity_mm_s": ("COPvelo", 10), "ellipse_area_95_mm2": ("COParea", 100), "mpf_duarte_hz": ("COPmfreq", 1)}
SCALED = {"mean", "sd", "p5", "p25", "p50", "p75", "p95", "sem", "mdc95_single", "mdc95_mean3"}


@pytest.mark.parametrize("id", TABLES)
def test_every_number_has_unit_source_licence_and_status(id: str) -> None:
    rows = table(id).rows
    assert rows
    for row in rows:
        assert row.values
        assert set(row.units) == set(row.values)
        assert all(row.units.values())
        assert row.source.source
        assert row.source.licence
        assert row.source.device
        assert row.status.startswith(("sourced", "secondary source"))
        assert (row.n or row.source.n) > 0


def test_the_attribution_names_the_licence_of_open_data() -> None:
    assert all("CC BY 4.0" in s.short and s.changes for s in sources().values() if s.licence == "CC BY 4.0")


def shared_rows(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / "norms" / name).open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.shared
@pytest.mark.parametrize(("id", "name", "n"), [("bds_sway", "norms_bds.csv", 72), ("bds_repeatability", "repeatability_bds.csv", 12)])
def test_the_carried_sway_values_are_the_published_ones_in_our_units(shared_data: Path, id: str, name: str, n: int) -> None:
    theirs = {(r["measure"], r["vision"].lower(), r["surface"].lower(), r.get("age", "")): r for r in shared_rows(shared_data, name)}
    rows = table(id).rows
    assert len(rows) == len(theirs) == n
    for row in rows:
        measure, factor = SHARED_NAMES[row.keys["measure"]]
        same = theirs[measure, row.keys["eyes"], row.keys["surface"], row.keys.get("age", "")]
        assert row.n == int(same["n"])
        for column, value in row.values.items():
            assert value == pytest.approx(float(same[column]) * (factor if column in SCALED else 1), rel=1e-12)


@pytest.mark.shared
def test_the_carried_seconds_are_those_that_are_not_unverified(shared_data: Path) -> None:
    theirs = [r for r in shared_rows(shared_data, "unipedal_springer2007.csv") if "UNVERIFIED" not in r["where_found"]]
    ours = table("springer_one_leg").rows
    assert len(ours) == len(theirs) == 22
    for row, same in zip(ours, theirs, strict=True):
        assert row.keys == {key: same[key] for key in ("age", "eyes", "statistic")}
        assert row.values == {key: float(same[key]) for key in ("female_s", "male_s", "total_s") if same[key]}
        assert "secondary source" in row.status


@pytest.mark.shared
def test_the_shared_seconds_themselves_are_read_without_their_unverified_rows(shared_data: Path) -> None:
    text = (shared_data / "norms" / "unipedal_springer2007.csv").read_text("utf-8").replace("where_found", "status")
    read = read_table(text, sources()["springer_one_leg"])
    assert [(r["age"], r["statistic"]) for r in read.refused] == [("70-79", "best of 3"), ("80-99", "best of 3")]
    assert len(read.rows) == 22


def test_a_planted_unverified_row_is_refused_and_named() -> None:
    text = "age,eyes,statistic,total_s,status\n70-79,open,best of 3,22,UNVERIFIED: recalled\n60-69,open,best of 3,32,secondary source\n"
    read = read_table(text, sources()["springer_one_leg"])
    assert [row.values["total_s"] for row in read.rows] == [32]
    assert read.refused == ({"age": "70-79", "eyes": "open", "statistic": "best of 3"},)


def test_a_number_without_a_unit_is_an_error() -> None:
    text = "measure,eyes,surface,age,n,p50\nleg_length,open,firm,18-29,65,8.0\n"
    with pytest.raises(ValueError, match="without a unit"):
        read_table(text, sources()["bds_sway"])


@pytest.mark.parametrize("key", ["licence", "source", "status", "device"])
def test_a_source_that_does_not_say_everything_is_an_error(key: str) -> None:
    words = dict.fromkeys(("title", "source", "short", "licence", "changes", "device", "method", "status"), "sourced")
    told = {**words, "n": 3, "keys": ["age"]}
    assert source_of("x", told).n == 3
    with pytest.raises(ValueError, match=f"does not say {key}"):
        source_of("x", {**told, key: ""})
    with pytest.raises(ValueError, match="UNVERIFIED"):
        source_of("x", {**told, "status": "UNVERIFIED"})


def test_the_priors_of_change_agree_with_the_repeatability_that_is_carried() -> None:
    """s0 and nu0 are fitted; with Student's t they give the published ratio of one trial within 2 %."""
    for row in table("bds_repeatability").find(measure="mean_velocity_mm_s"):
        prior = SWAY[row.keys["eyes"], row.keys["surface"]]
        ratio = np.exp(t_quantile(0.975, prior.freedom) * prior.spread_ln * np.sqrt(2))
        assert ratio == pytest.approx(row.values["mdc95_ratio_single"], rel=0.02)


def quiet(
    speed_mm_s: float | None = 9.0,
    *,
    eyes: str = "open",
    surface: str = "firm",
    stance: str = "two-leg",
    seconds: float = 60.0,
    verdict: str = "valid",
    settings: str = "station",
    rate_hz: float = 92.8,
    demo: bool = False,
    version: int = 1,
) -> TrialResult:
    return TrialResult(
        "t", "r", "two-leg-quiet", version, "", "quiet", Condition(stance, eyes, surface), "", "completed", say("trial.end.time"),
        duration_s=seconds, quality=Quality(verdict, rate_hz=(rate_hz,) * 4), settings=settings, demo=demo,
        measures={"mean_velocity_mm_s": MeasureValue(speed_mm_s, "mm/s"), "ellipse_area_95_mm2": MeasureValue(250.0, "mm2")},
    )  # fmt: skip


def hold(seconds: float, *, end: str = "left-foot-down", eyes: str = "open", surface: str = "firm", side: str = "left") -> TrialResult:
    return TrialResult(
        "t", "r", "single-leg-hold", 1, "", "hold", Condition("single-leg", eyes, surface), side, "completed", say(f"trial.end.{end}"),
        duration_s=seconds,
    )  # fmt: skip


def english(words: Words) -> str:
    return Catalogue("en").text(words)


def shown(found: Norm | Refused) -> Norm:
    assert isinstance(found, Norm), [english(r) for r in found.reasons]
    return found


def refused(found: Norm | HoldNorm | Refused) -> list[str]:
    assert isinstance(found, Refused)
    return [reason.id.removeprefix("norm.refused.") for reason in found.reasons]


def test_a_value_stands_with_its_whole_label_in_both_languages() -> None:
    found = shown(norm_for([quiet(8.0), quiet(9.0), quiet(10.0)], age_years=64.9))
    assert found.value == pytest.approx(9.0)
    assert (found.n, found.ages, found.p25, found.p75, found.staff_only) == (34, "60-69", 8.481, 11.72, False)
    assert english(found.label) == (
        "Other adults aged 60-69, n = 34: half were between 8.5 and 11.7\u202fmm/s (laboratory plate, 60 s, 10 Hz; "
        "Santos & Duarte 2016, CC BY 4.0). Another board: for context, not a limit."
    )
    assert Catalogue("de").text(found.label) == (
        "Andere Erwachsene im Alter von 60-69, n = 34: Die Hälfte lag zwischen 8,5 und 11,7\u202fmm/s (Laborplatte, 60 s, 10 Hz; "
        "Santos & Duarte 2016, CC BY 4.0). Ein anderes Brett: zum Einordnen, keine Grenze."
    )
    assert "community sample, not a healthy one" in english(found.sample)


def test_the_outer_percentiles_need_thirty_people() -> None:
    young = shown(norm_for([quiet()] * 3, age_years=22))
    assert (young.n, young.p5, young.p95) == (65, 5.437, 14.61)
    thirties = shown(norm_for([quiet()] * 3, age_years=35))
    assert (thirties.n, thirties.p5, thirties.p95) == (15, None, None)


@pytest.mark.parametrize(
    ("age_years", "eyes", "surface"),
    [(40, "open", "firm"), (59.9, "closed", "firm"), (80, "open", "firm"), (96, "closed", "firm")],
)
def test_a_cell_of_fewer_than_fifteen_people_is_hidden(age_years: float, eyes: str, surface: str) -> None:
    found = norm_for([quiet(eyes=eyes, surface=surface)] * 3, age_years=age_years)
    assert refused(found) == ["few"]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"stance": "single-leg"}, "stance"),
        ({"seconds": 30.0}, "window"),
        ({"settings": "raw"}, "method"),
        ({"rate_hz": 11.0}, "rate"),
        ({"verdict": "usable"}, "verdict"),
        ({"surface": "foam"}, "pad"),
        ({"demo": True}, "demo"),
        ({"speed_mm_s": None}, "no-value"),
    ],
)
def test_each_condition_that_fails_is_named(changed: dict[str, object], reason: str) -> None:
    bad = quiet(**changed)  # type: ignore[arg-type]
    assert refused(norm_for([bad] * 3, age_years=25, pad="blue")) == [reason]
    one_bad = norm_for([quiet(), quiet(), bad], age_years=25)
    assert reason in refused(one_bad)


def test_all_that_fails_is_named_at_once() -> None:
    found = norm_for([quiet(seconds=30.0, verdict="usable"), quiet(eyes="closed")], age_years=None)
    assert refused(found) == ["age-unknown", "trials", "mixed", "verdict", "window"]
    assert refused(norm_for([quiet()] * 3, age_years=12)) == ["child"]


def test_every_reason_is_a_sentence_with_its_numbers() -> None:
    found = norm_for([quiet(seconds=30.0), quiet(rate_hz=10.2)], age_years=45)
    assert isinstance(found, Refused)
    told = [english(reason) for reason in found.reasons]
    assert "The trial lasts 30.0 s, theirs lasted 60 s." in told
    assert "The values are of 3 trials, here are 2." in told
    assert "The board gave 10 readings a second, it takes 75." in told


def test_area_is_for_staff() -> None:
    found = shown(norm_for([quiet()] * 3, age_years=25, measure="ellipse_area_95_mm2"))
    assert found.staff_only
    assert found.unit == "mm2"
    assert "half were between 139 and 207" not in english(found.label)  # quartiles, not p25 and the median
    assert "half were between 139 and 324\u202fmm²" in english(found.label)


def test_a_measure_that_nobody_published_is_refused() -> None:
    other = replace(quiet(), measures={"path_length_mm": MeasureValue(400.0, "mm")})
    assert refused(norm_for([other] * 3, age_years=25, measure="path_length_mm")) == ["none"]


def test_nothing_of_a_value_ranks_the_person() -> None:
    """The same label for a still person and a lively one."""
    still, lively = (shown(norm_for([quiet(v)] * 3, age_years=25)) for v in (4.0, 40.0))
    assert still.label == lively.label
    assert replace(still, value=lively.value) == lively


def test_the_ratio_of_eyes_closed_to_open_has_its_own_value_for_all_ages() -> None:
    found = ratio_norm_for("romberg_quotient", [quiet(12.0, eyes="closed")] * 3, [quiet(10.0)] * 3, age_years=45)
    assert shown(found).value == pytest.approx(1.2)
    assert english(shown(found).label).startswith("Other adults of all ages, n = 163: nine in ten were between 0.82 and 1.43 (")
    foam = ratio_norm_for("ratio_eo_foam", [quiet(30.0, surface="foam")] * 3, [quiet(10.0)] * 3, age_years=45)
    assert refused(foam) == ["pad"]
    turned = ratio_norm_for("romberg_quotient", [quiet(10.0)] * 3, [quiet(12.0, eyes="closed")] * 3, age_years=45)
    assert refused(turned) == ["mixed"]
    assert refused(ratio_norm_for("romberg_quotient", [quiet()] * 2, [quiet(seconds=30.0)] * 2, age_years=None)) == [
        "age-unknown", "trials", "window",
    ]  # fmt: skip


def test_seconds_on_one_leg_stand_for_staff_as_a_secondary_source() -> None:
    found = hold_norm_for([hold(20.0), hold(26.0), hold(29.0)], age_years=63, cap_s=45)
    assert isinstance(found, HoldNorm)
    assert (found.value, found.published_s, found.staff_only) == (25.0, 26.9, True)
    assert english(found.label).startswith("Adults aged 60-69: 26.9 s, mean of three holds of at most 45 s")
    assert "secondary source" in english(found.label)


def test_a_mean_with_a_hold_at_the_cap_is_not_known_and_a_best_is_a_least_value() -> None:
    holds = [hold(20.0), hold(45.0, end="time"), hold(29.0)]
    assert refused(hold_norm_for(holds, age_years=25, cap_s=45)) == ["at-the-cap"]
    best = hold_norm_for(holds, age_years=25, statistic=BEST, cap_s=45)
    assert isinstance(best, HoldNorm)
    assert (best.value, best.at_the_cap) == (45.0, True)


@pytest.mark.parametrize(
    ("holds", "age_years", "cap_s", "reasons"),
    [
        ([hold(20.0)] * 2, 25, 45, ["trials"]),
        ([hold(20.0)] * 3, 25, 60, ["cap"]),
        ([hold(20.0), hold(20.0), hold(20.0, side="right")], 25, 45, ["mixed"]),
        ([hold(20.0, surface="foam")] * 3, 25, 45, ["one-leg"]),
        ([quiet()] * 3, None, 45, ["age-unknown", "one-leg"]),
        ([hold(20.0)] * 3, 11, 45, ["child"]),
    ],
)
def test_holds_measured_otherwise_are_refused(holds: list[TrialResult], age_years: float | None, cap_s: float, reasons: list[str]) -> None:
    assert refused(hold_norm_for(holds, age_years=age_years, cap_s=cap_s)) == reasons


def test_values_that_exist_only_by_sex_or_unverified_are_not_shown() -> None:
    assert refused(hold_norm_for([hold(8.0, eyes="closed")] * 3, age_years=25, statistic=BEST, cap_s=45)) == ["none"]
    assert refused(hold_norm_for([hold(8.0)] * 3, age_years=75, statistic=BEST, cap_s=45)) == ["none"]


def test_every_timed_mark_has_source_licence_status_and_a_sentence_in_both_languages() -> None:
    assert {t.id for t in timed_stances()} == {"tandem-10", "foam-closed-20", "foam-closed-10", "sit-to-stand-best", "sit-to-stand-lowest"}
    for mark in timed_stances():
        assert mark.source
        assert mark.licence
        assert mark.status.startswith("sourced")
        for language in ("en", "de"):
            assert Catalogue(language).text(say(mark.wording)) != mark.wording


def mark(id: str) -> TimedStance:
    return next(t for t in timed_stances() if t.id == id)


def test_the_mark_of_the_tandem_stance_is_said_only_below_it_and_only_of_older_people() -> None:
    words = mark("tandem-10").words(9.9, 70)
    assert words is not None
    assert english(words) == "Below the 10-second mark of the CDC 4-Stage Balance Test (CDC, STEADI 4-Stage Balance Test)."
    assert mark("tandem-10").words(10.0, 70) is None
    assert mark("tandem-10").words(9.9, 64) is None
    assert mark("tandem-10").words(9.9, None) is None


def test_the_foam_figures_speak_of_the_past_name_both_foams_and_need_an_assistants_eyes() -> None:
    seen = {"feet-together", "arms-folded", "pad-proven"}
    words = mark("foam-closed-20").words(14.0, 50, seen=seen, pad="Airex")
    assert words is not None
    assert "more than 3 times the odds of having had a fall in the last 12 months" in english(words)
    assert "here: Airex" in english(words)
    assert mark("foam-closed-20").words(14.0, 50, seen={"feet-together"}, pad="Airex") is None
    assert mark("foam-closed-20").words(14.0, 50, seen=seen) is None
    assert mark("foam-closed-20").words(20.0, 50, seen=seen, pad="Airex") is None
    assert mark("foam-closed-20").staff


def test_the_bands_of_standing_up_five_times_leave_the_middle_without_a_name() -> None:
    best, lowest = mark("sit-to-stand-best"), mark("sit-to-stand-lowest")
    assert [best.words(s, 70) is not None for s in (11.1, 11.2, 16.7)] == [True, False, False]
    assert [lowest.words(s, 70) is not None for s in (11.1, 16.6, 16.7)] == [False, False, True]


def test_an_unverified_mark_is_not_read_and_one_without_a_source_is_an_error() -> None:
    row = '[[stance]]\nid = "x"\ntest = "t"\nstance = "tandem"\nages = [1, 9]\nn = "3"\nlicence = "l"\nwording = "w"\n'
    assert read_timed(row + 'source = "s"\nstatus = "UNVERIFIED"\n') == ()
    with pytest.raises(ValueError, match="does not say source"):
        read_timed(row + 'status = "sourced"\n')


def test_the_percentiles_of_a_site_need_fifty_people() -> None:
    assert site_percentiles([9.0] * 49) is None
    found = site_percentiles([float(v) for v in range(1, 102)])
    assert found is not None
    assert (found.n, found.p5, found.p25, found.p50, found.p75, found.p95) == (101, 6.0, 26.0, 51.0, 76.0, 96.0)
    assert english(found.words(1, "mm/s")).startswith("People of this station, n = 101: half were between 26.0 and 76.0\u202fmm/s")


def test_each_person_gives_one_value_the_mean_of_the_first_valid_trials() -> None:
    people = {
        "often": [quiet(8.0), quiet(20.0, verdict="usable"), quiet(9.0), quiet(10.0), *[quiet(99.0)] * 20],
        "once": [quiet(12.0)],
        "other": [quiet(5.0, seconds=30.0), quiet(5.0, eyes="closed"), quiet(5.0, version=2), quiet(5.0, settings="prieto")],
        "simulated": [quiet(1.0, demo=True)],
        "nobody": [],
    }
    assert site_values(quiet(), people) == [9.0, 12.0]


def test_simulated_people_and_holds_have_no_percentiles() -> None:
    assert site_values(quiet(demo=True), {"a": [quiet(demo=True)]}) == []
    assert site_values(hold(20.0), {"a": [hold(20.0)]}) == []


@pytest.mark.parametrize(("band", "inside", "outside"), [("60-69", (60, 69.99), (59.99, 70)), ("80+", (80, 101), (79.5,))])
def test_ages_count_in_completed_years(band: str, inside: tuple[float, ...], outside: tuple[float, ...]) -> None:
    row = Row({"age": band}, {}, {}, 1, "sourced", sources()["bds_sway"])
    assert all(row.covers(age) for age in inside)
    assert not any(row.covers(age) for age in outside)
