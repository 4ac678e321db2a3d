"""`check` measures what the chips were made of, and says it in words with a next step."""

from __future__ import annotations

import json
import re
import tomllib

import pytest

from hardware.chip import Bench, Chip
from hardware.hx711 import Hx711Board, nominal_calibration
from hardware.selftest import Report, check
from station.core.calibration import Calibration
from station.core.geometry import Geometry
from station.core.readings import EndOfBoard, Readings, Sample
from station.words import Words

GEOMETRY = Geometry()
CALIBRATION = Calibration.from_gains(GEOMETRY, nominal_calibration(GEOMETRY).gain_n_per_count, id="test")
KG = 2.0 / 100  # mV/V per kg


def four(kg: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)) -> list[Chip]:
    return [Chip(load * KG, ppm=4_000 * i, seed=i, jitter_ns=20_000) for i, load in enumerate(kg)]


def checked(chips: list[Chip], seconds: float = 3.0, calibration: Calibration | None = CALIBRATION) -> Report:
    return check(Hx711Board(Bench(chips).pins(), GEOMETRY), seconds, calibration)


def ids(report: Report, ok: bool = False) -> list[str]:
    return [verdict.what.id for verdict in report.verdicts if verdict.ok == ok]


def test_a_good_empty_board_passes_and_says_its_numbers():
    report = checked(four(), 5.0)
    assert report.ok
    assert report.seconds == pytest.approx(5.0, abs=0.1)
    for i, cell in enumerate(report.cells):
        assert cell.rate_hz == pytest.approx(80 / (1 + 0.004 * i), rel=2e-3)
        assert cell.jitter_ms == pytest.approx(0.02, rel=0.3)
        assert cell.noise_g == pytest.approx(45 / 42.95, rel=0.2)
        assert (cell.flagged, cell.saturated) == (0, 0)
        assert cell.unique > 100
    assert report.load_kg == pytest.approx(0.0, abs=0.01)
    assert ids(report, ok=True) == ["hardware.check.cell-good"] * 4 + ["hardware.check.empty", "hardware.check.cop-noise"]


def test_the_expected_cop_noise_at_60_kg_is_that_of_the_formula():
    ml_mm, ap_mm = checked(four(), 5.0).cop_noise_mm
    one_kg = 45 / 42_950
    assert ml_mm == pytest.approx(2 * 225 * one_kg / 60, rel=0.1)
    assert ap_mm == pytest.approx(2 * 275 * one_kg / 60, rel=0.1)


def test_a_loaded_board_on_four_feet_is_level_and_on_three_is_not():
    assert "hardware.check.loaded" in ids(checked(four((5, 5, 5, 5))), ok=True)
    rocking = checked(four((10, 0.2, 1, 9)))
    assert ids(rocking) == ["hardware.check.not-level"]
    assert not rocking.ok


def test_a_board_without_calibration_says_so_and_judges_no_load():
    assert ids(checked(four((50, 0, 0, -30)), calibration=None)) == ["hardware.check.uncalibrated"]


def test_a_slow_jumper_is_found():
    report = checked([*four()[:3], Chip(0.0, rate_hz=11.67)], 4.0)
    assert ids(report) == ["hardware.fault.slow"]
    assert report.cells[3].rate_hz == pytest.approx(11.67, rel=1e-2)


def test_a_crystal_at_twice_the_rate_is_out_of_range():
    assert ids(checked([*four()[:3], Chip(0.0, rate_hz=143.7)])) == ["hardware.check.rate"]


def test_a_noisy_cell_is_named_in_grams():
    report = checked([*four()[:3], Chip(0.0, noise_counts=800)])
    assert ids(report) == ["hardware.check.noise", "hardware.check.cop-noise-high"]
    assert report.verdicts[3].what.args["g"].value == pytest.approx(800 / 42.95, rel=0.2)


@pytest.mark.parametrize(
    ("word", "kind"), [("dout_high", "silent"), ("dout_low", "wire"), ("stuck", "frozen"), ("open_bridge_hi", "rail"), ("garbage", "noisy")]
)
def test_a_fault_of_one_cell_is_told_once_and_the_others_stay_good(word, kind):
    chips = four()
    chips[1].fault(word)
    report = checked(chips)
    assert ids(report) == [f"hardware.fault.{kind}"]
    assert len(ids(report, ok=True)) == 3


def test_the_report_is_json():
    doc = json.loads(json.dumps(checked(four()).to_json()))
    assert doc["ok"] is True
    assert [cell["cell"] for cell in doc["cells"]] == ["front_left", "front_right", "rear_left", "rear_right"]
    assert Words.from_json(doc["verdicts"][0]["what"]).id == "hardware.check.cell-good"


class Short:
    """A file of one block."""

    name, demo, geometry, timing = "short", False, GEOMETRY, Sample()

    def __init__(self) -> None:
        self._left = [Readings.of([0, 1, 2, 3], [0, 0, 0, 0], [1, 2, 3, 4], [0, 0, 0, 0], 12_500_000)]

    def read(self, timeout_s: float) -> Readings:
        if not self._left:
            raise EndOfBoard
        return self._left.pop()

    def close(self) -> None:
        self._left.clear()


def test_a_board_that_ends_early_is_judged_by_what_it_gave():
    report = check(Short(), 10.0, CALIBRATION)
    assert report.seconds == 0.0
    assert [cell.n for cell in report.cells] == [1, 1, 1, 1]


def test_every_text_of_the_hardware_is_there_in_english_and_german(root):
    with (root / "station/text/parts/hardware.toml").open("rb") as file:
        texts = tomllib.load(file)
    used = set()
    for name in ("pi", "pins", "hx711", "faults", "selftest"):
        source = (root / f"hardware/{name}.py").read_text("utf-8")
        used |= set(re.findall(r'"(hardware\.[a-z.-]+[a-z])"', source)) - {"hardware.pi"}
    assert used - set(texts) == set()
    for entry in texts.values():
        assert sorted(re.findall(r"{\w+}", entry["en"])) == sorted(re.findall(r"{\w+}", entry["de"]))
