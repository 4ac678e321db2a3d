"""The presets against each other: where published definitions disagree, ours disagree by the same ratio."""

from __future__ import annotations

import csv
from pathlib import Path
from statistics import median

import numpy as np
import pytest
from sways import FS_HZ, at_ns, frames, trial_s, wander

from station.core.measures.explain import explain
from station.core.measures.prepare import measure_cop, measure_window
from station.core.measures.presets import PRESETS, SETTINGS
from station.core.measures.registry import registry
from station.core.measures.spread import Spread, measure_all, measure_all_window, spread_keys
from station.errors import NotFound
from station.text.catalogue import Catalogue, languages
from station.words import Num, Words

approx = pytest.approx
N = 6000
KEYS = (
    "path_length_mm", "mean_velocity_mm_s", "mean_velocity_n_mm_s", "mean_velocity_n1_mm_s", "ellipse_area_95_mm2", "ellipse_f_mm2",
    "ellipse_chi2_mm2", "ellipse_f_ddof0_mm2", "ellipse_area_prieto_mm2", "circle_area_95_mm2", "circle_prieto_mm2", "hull_area_mm2",
    "range_2d_mm", "range_ap_mm", "mean_frequency_ap_hz", "mean_power_frequency_ap_hz", "centroid_frequency_ap_hz", "f50_ap_hz",
    "mpf_ap_hz", "mpf_resultant_hz", "sd_ml_mm", "rms_ml_mm",
)  # fmt: skip


@pytest.fixture(scope="module")
def trials(shared_data: Path) -> dict[str, Spread]:
    """Every shared trial of a minute under every preset."""
    found = {}
    for path in sorted((shared_data / "cop").glob("*.csv.gz")):
        ml, ap = np.loadtxt(path, delimiter=",", skiprows=1, usecols=(1, 2), unpack=True)
        found[path.name.removesuffix(".csv.gz")] = measure_all(ml, ap, FS_HZ, KEYS)
    assert len(found) == 28
    return found


def ratios(trials: dict[str, Spread], over: tuple[str, str], under: tuple[str, str]) -> list[float]:
    """Of (preset, key) to (preset, key), ascending."""
    pairs = [(of[over[0]][over[1]].value, of[under[0]][under[1]].value) for of in trials.values()]
    return sorted(a / b for a, b in pairs if a is not None and b is not None)


EXACT = [
    ("raw", "ellipse_chi2_mm2", "ellipse_f_mm2", 1 / 1.00083),
    ("raw", "ellipse_f_ddof0_mm2", "ellipse_f_mm2", (N - 1) / N),
    ("station", "ellipse_area_prieto_mm2", "ellipse_area_95_mm2", N * (N - 2) / ((N + 1) * (N - 1))),
    ("raw", "mean_velocity_n1_mm_s", "mean_velocity_n_mm_s", N / (N - 1)),
    ("raw", "sd_ml_mm", "rms_ml_mm", (N / (N - 1)) ** 0.5),
]


@pytest.mark.shared
@pytest.mark.parametrize(("settings", "over", "under", "ratio"), EXACT, ids=[e[1] for e in EXACT])
def test_definitions_that_differ_by_a_factor_differ_by_that_factor(
    trials: dict[str, Spread], settings: str, over: str, under: str, ratio: float
) -> None:
    found = ratios(trials, (settings, over), (settings, under))
    assert len(found) == 28
    assert (found[0], found[-1]) == approx((ratio, ratio), rel=5e-6 if "chi2" in over else 1e-12)


# (over, under, p5, p95 of 200 real trials): the table of disagreements between published programs
SPREAD = [
    (("quijoux", "path_length_mm"), ("raw", "path_length_mm"), 0.890, 0.977),
    (("openbalance", "path_length_mm"), ("raw", "path_length_mm"), 0.980, 0.999),
    (("quijoux", "ellipse_f_ddof0_mm2"), ("duarte", "ellipse_f_mm2"), 0.991, 1.002),
    (("station", "circle_area_95_mm2"), ("station", "ellipse_area_95_mm2"), 0.90, 1.68),
    (("raw", "hull_area_mm2"), ("raw", "ellipse_f_mm2"), 0.90, 1.50),
    (("raw", "range_2d_mm"), ("raw", "range_ap_mm"), 1.001, 1.067),
    (("raw", "mean_frequency_ap_hz"), ("raw", "mean_power_frequency_ap_hz"), 0.57, 1.32),
    (("raw", "mean_power_frequency_ap_hz"), ("raw", "mpf_ap_hz"), 1.06, 2.23),
    (("raw", "centroid_frequency_ap_hz"), ("raw", "mean_power_frequency_ap_hz"), 1.24, 1.95),
]


@pytest.mark.shared
@pytest.mark.parametrize(("over", "under", "low", "high"), SPREAD, ids=[f"{o[0]}-{o[1]}-{u[0]}-{u[1]}" for o, u, _, _ in SPREAD])
def test_definitions_that_differ_in_kind_differ_as_published_programs_do(
    trials: dict[str, Spread], over: tuple[str, str], under: tuple[str, str], low: float, high: float
) -> None:
    found = ratios(trials, over, under)
    assert len(found) == 28
    assert low < median(found) < high
    # a few people only: 28 trials of seven, so not nine of ten need to lie between the percentiles of 200
    inside = sum(low <= ratio <= high for ratio in found)
    assert inside >= 0.6 * 28, f"{inside} of 28 between {low} and {high}: {found}"


@pytest.mark.shared
def test_the_station_agrees_with_the_raw_file_but_for_its_low_pass(trials: dict[str, Spread]) -> None:
    path = ratios(trials, ("station", "path_length_mm"), ("raw", "path_length_mm"))
    assert 0.971 < median(path) < 0.996
    area = ratios(trials, ("station", "ellipse_area_95_mm2"), ("schubert", "ellipse_f_mm2"))
    assert (area[0], area[-1]) == approx((1, 1), abs=2e-3)


@pytest.mark.shared
def test_the_preset_of_the_data_authors_gives_what_they_published(trials: dict[str, Spread], shared_data: Path) -> None:
    with (shared_data / "golden" / "golden_core.csv").open(encoding="utf-8") as file:
        published = [row for row in csv.DictReader(file) if "PUBLISHED" in row["peers"]]
    assert {row["key"] for row in published} == {"mean_velocity_n_mm_s", "ellipse_f_mm2", "mpf_resultant_hz"}
    assert len(published) >= 3 * 24
    for row in published:
        ours = trials[row["trial"]]["duarte"][row["key"]].value
        assert ours == approx(float(row["value"]), rel=1e-9), row["trial"]


def test_every_preset_is_computed_at_once_with_its_own_method() -> None:
    spread = measure_all(*wander(60), FS_HZ)
    assert tuple(spread) == SETTINGS
    for name, measures in spread.items():
        assert measures.keys() == registry(name).keys()
        assert {m.method for m in measures.values()} == {f"{name}/1"}
        assert measures == measure_cop(*wander(60), FS_HZ, name)
    assert set(spread_keys(spread)) == {key for name in SETTINGS for key in registry(name)}


def test_a_spread_of_some_keys_leaves_out_presets_that_have_none_of_them() -> None:
    spread = measure_all(*wander(30), FS_HZ, ["ellipse_chi2_mm2", "path_length_mm"])
    assert {name: list(of) for name, of in spread.items()} == {
        "station": ["path_length_mm"], "raw": ["ellipse_chi2_mm2", "path_length_mm"], "prieto": ["path_length_mm"],
        "quijoux": ["path_length_mm"], "openbalance": ["ellipse_chi2_mm2", "path_length_mm"],
    }  # fmt: skip
    with pytest.raises(NotFound) as unknown:
        measure_all(*wander(10), FS_HZ, ["path_lenght_mm"])
    assert unknown.value.do.args["near"] == "path_length_mm"


def test_a_window_of_frames_has_the_spread_of_the_same_path() -> None:
    made = frames(trial_s(-5, 65))
    keys = ["path_length_mm", "range_2d_mm"]
    spread = measure_all_window(made, at_ns(made, 5), at_ns(made, 65), keys)
    for name, of in spread.items():
        assert of == measure_window(made, at_ns(made, 5), at_ns(made, 65), name, [key for key in keys if key in registry(name)])
    alone = measure_cop(*trial_s(), FS_HZ, "quijoux", keys)
    for key, m in spread["quijoux"].items():  # the same grid: it has a point on the window's first frame
        assert m.value == approx(alone[key].value, rel=2e-3), key


def test_the_grid_of_25_hz_has_gaps_where_the_frames_have_and_rates_below_it_stay_as_they_are() -> None:
    ml, ap = wander(60)
    whole = measure_cop(ml, ap, FS_HZ, "quijoux")["path_length_mm"]
    ml[2000:2100] = np.nan
    holed = measure_cop(ml, ap, FS_HZ, "quijoux")["path_length_mm"]
    assert holed.value == approx(whole.value, rel=0.05)
    slow = measure_cop(*(x[::10] for x in wander(60)), 10.0, "quijoux")["path_length_mm"]
    assert slow.method == "quijoux/1-unfiltered"
    assert slow.value == approx(measure_cop(*(x[::10] for x in wander(60)), 10.0, "raw")["path_length_mm"].value)


def every_words(key: str) -> list[Words]:
    found = explain(key)
    return [found.family, found.name, found.means, *found.needs, *found.cautions, *found.parameters]


def test_every_measure_can_be_explained_in_full() -> None:
    for key, m in registry().items():
        found = explain(key)
        assert (found.key, found.unit, found.source, found.settings) == (key, m.unit, m.source, m.settings), key
        assert found.formula, key
        assert len(found.formula) <= 136, key  # one line
        assert not found.formula.endswith("."), key
        assert "\n" not in found.formula + found.notes, key
        assert found.settings, key
        assert {name for name in PRESETS if key in registry(name)} == set(found.settings), key
        for language in languages():
            for words in every_words(key):
                assert Catalogue(language).text(words) not in ("", words.id), (key, words.id)


def test_an_explanation_has_the_formula_what_it_needs_and_what_it_depends_on() -> None:
    found = explain("f50_ml_hz")
    assert (found.symbol, found.unit, found.better, found.staff_only) == ("F50 ML", "Hz", "", False)
    assert found.formula == "F50 = frequency below which half of POWER lies, linear between bins"
    assert [words.id for words in found.needs] == ["why.run-under-20-s"]
    assert [words.id for words in found.cautions] == ["why.few-segments"]
    assert found.parameters[0].args == {"low": Num(0.15, 2), "high": Num(5)}
    assert explain("mean_velocity_mm_s").formula == "MVELO = TOTEX / T, T = N/fs"
    assert "Compare across neither" in explain("mean_velocity_mm_s").notes


def test_a_key_that_settings_define_differently_is_explained_with_both_formulas() -> None:
    found = explain("mean_frequency_hz")
    assert found.formula == "MFREQ = MVELO / (2 pi MDIST), T = N/fs"
    assert found.variants == (("raw", "MFREQ = TOTEX / (2 pi MDIST T), T = (N-1)/fs"),)
    assert explain("path_length_mm").variants == ()


def test_an_explanation_is_plain_data() -> None:
    doc = explain("sample_entropy_ap").to_json()
    assert doc["variants"] == [{"settings": "raw", "formula": doc["variants"][0]["formula"]}]
    assert doc["name"] == {"id": "measure.sample_entropy_ap.name", "args": {}}
    assert [p["id"] for p in doc["parameters"]] == ["parameter.entropy", "parameter.entropy-rate"]
    with pytest.raises(NotFound) as unknown:
        explain("sample_entropy_aq")
    assert unknown.value.do.args["near"] == "sample_entropy_ap"
