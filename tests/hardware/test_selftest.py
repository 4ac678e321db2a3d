"""`check` measures what the chips were made of, and says it in words with a next step."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import replace

import numpy as np
import pytest

from hardware.chip import Bench, Chip
from hardware.hx711 import Hx711Board, nominal_calibration
from hardware.pi import Throttled
from hardware.selftest import Machine, Report, SelfTest, check
from station.core.calibration import Calibration
from station.core.geometry import Geometry
from station.core.readings import Edge, EndOfBoard, Readings, Sample
from station.text.catalogue import Catalogue
from station.words import Words

GEOMETRY = Geometry()
CALIBRATION = Calibration.from_gains(GEOMETRY, nominal_calibration(GEOMETRY).gain_n_per_count, id="test")
KG = 2.0 / 100  # mV/V per kg
OF_THE_COMPUTER = {"hardware.check.pulses", "hardware.check.power-good", "hardware.check.temperature", "hardware.fault.weak-power"}
S = 1_000_000_000


def four(kg: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)) -> list[Chip]:
    return [Chip(load * KG, ppm=4_000 * i, seed=i, jitter_ns=20_000) for i, load in enumerate(kg)]


def checked(chips: list[Chip], seconds: float = 3.0, calibration: Calibration | None = CALIBRATION) -> Report:
    return check(Hx711Board(Bench(chips).pins(), GEOMETRY), seconds, calibration)


def ids(report: Report, ok: bool = False) -> list[str]:
    """Of the board; what the computer of this test says of itself is left out."""
    return [v.what.id for v in report.verdicts if v.ok == ok and v.what.id not in OF_THE_COMPUTER]


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
    assert ids(report, ok=True) == ["hardware.check.cell-good"] * 4 + [
        "hardware.check.empty",
        "hardware.check.cop-noise",
        "hardware.check.least-person",
    ]


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


def en(report: Report) -> list[str]:
    catalogue = Catalogue("en")
    return [f"{catalogue.text(v.what)} {catalogue.text(v.do)}".strip() for v in report.verdicts]


def test_what_the_computer_says_of_itself_is_in_the_report():
    weak = Machine("lgpio", 12.0, Throttled(0x50001), 61.4, ({"words": 800},))
    board = Hx711Board(Bench(four()).pins(), GEOMETRY)
    test = SelfTest(GEOMETRY, CALIBRATION, board.timing, seconds=2.0, machine=weak)
    while not test.sheet.over:
        test.feed(board.read(0.05))
    assert en(test.report)[-3:] == [
        "The pins are reached by lgpio; 99 of 100 clock pulses last less than 12.0 µs, 40 µs is the limit.",
        "Weak power supply. Use the power supply that belongs to this computer.",
        "The computer is at 61 °C.",
    ]
    assert test.report.to_json()["machine"]["counters"] == [{"words": 800}]
    assert (test.sheet.passed, test.result) == (False, None)


def test_a_real_board_brings_its_counters_and_its_way_of_reading():
    doc = json.loads(json.dumps(checked(four()).to_json()))["machine"]
    assert doc["way"]
    assert 0 < doc["high_us"] < 50
    assert [chip["words"] for chip in doc["counters"]] == pytest.approx([240] * 4, rel=0.03)


def test_corners_that_disagree_under_a_load_are_told_with_their_share():
    report = checked(four((20, 20, 20, 18)))
    assert report.twist_pct == pytest.approx(-100 * 2 / 78, rel=0.01)
    assert "The four corners disagree by 2.6 % of the load; at most 1 % is good. Level the board, then calibrate it." in en(report)
    assert "hardware.check.loaded" in ids(checked(four((20, 20, 20, 20))), ok=True)


def test_what_the_calibration_knows_of_the_plate_is_no_disagreement():
    known = replace(CALIBRATION, twist=(-2 / 78, 0.0, 0.0, 0.0))
    assert "hardware.check.loaded" in ids(checked(four((20, 20, 20, 18)), calibration=known), ok=True)


def test_the_lightest_person_follows_from_the_noise():
    quiet, loud = checked(four()), checked([Chip(0.0, noise_counts=250, seed=i) for i in range(4)])
    assert quiet.least_kg == GEOMETRY.least_person_kg
    assert loud.least_kg == pytest.approx(60 * max(loud.cop_noise_mm) / 0.05)
    assert loud.least_kg > 40


def pressed(order: tuple[int, int, int, int] = (0, 1, 2, 3)) -> SelfTest:
    """A self-test of two seconds, then each corner pressed when the sheet says so; `order[corner]` is the plug that answers."""
    test = SelfTest(GEOMETRY, CALIBRATION, Edge(), seconds=2.0, corners=True)
    noise, now_ns, since_ns = np.random.default_rng(5), 0, 0
    shares = {0: (0.75, 0.25, 0.25, -0.25), 1: (0.25, 0.75, -0.25, 0.25), 2: (0.25, -0.25, 0.75, 0.25), 3: (-0.25, 0.25, 0.25, 0.75)}
    while not test.sheet.over and now_ns < 60 * S:
        sheet, counts = test.sheet, noise.normal(0.0, 45.0, 4)
        since_ns = since_ns if sheet.does == "press-corner" else now_ns
        if sheet.corner is not None and now_ns - since_ns > S // 5:
            for corner, plug in enumerate(order):
                counts[plug] += 12.0 * shares[sheet.corner][corner] * 42_950
        now_ns += 12_500_000
        test.feed(Readings.of(range(4), [now_ns + i for i in range(4)], np.round(counts), [0] * 4, now_ns + 10))
    return test


def test_each_corner_pressed_when_asked_answers_in_its_place():
    test = pressed()
    assert (test.sheet.over, test.sheet.passed) == (True, True)
    assert en(test.report)[-1] == "All four corners answer in their place."
    assert test.result is not None
    assert test.result["ok"] is True


def test_swapped_plugs_are_found_by_pressing_and_fail_the_test():
    test = pressed((1, 0, 2, 3))
    assert (test.sheet.over, test.sheet.passed, test.result) == (True, False, None)
    assert en(test.report)[-1].startswith("Two corners look swapped: Front left, Front right.")


def test_pressing_waits_for_an_empty_plate():
    board = Hx711Board(Bench(four((15, 15, 15, 15))).pins(), GEOMETRY)
    test = SelfTest(GEOMETRY, CALIBRATION, board.timing, seconds=2.0, corners=True)
    for _ in range(250):
        test.feed(board.read(0.02))
    assert (test.sheet.step, test.sheet.does, test.sheet.say.id) == ("corners", "step-off", "hardware.check.step-off")


def test_the_sheet_goes_on_by_itself_and_says_how_far_it_is():
    board = Hx711Board(Bench(four()).pins(), GEOMETRY)
    test = SelfTest(GEOMETRY, CALIBRATION, board.timing, seconds=2.0)
    seen = []
    while not test.sheet.over:
        test.feed(board.read(0.05))
        seen.append((test.sheet.step, round(test.sheet.progress, 1)))
    assert seen[0] == ("listen", 0.0)
    assert ("listen", 0.5) in seen
    assert seen[-1] == ("done", 1.0)
    assert [cell.ok for cell in test.sheet.cells] == [True] * 4
    assert all(cell.rate_hz and cell.noise_g for cell in test.sheet.cells)
    json.dumps(test.sheet.to_json())


def test_an_answer_that_makes_no_sense_is_told_and_stop_ends_with_what_there_is():
    board = Hx711Board(Bench(four()).pins(), GEOMETRY)
    test = SelfTest(GEOMETRY, CALIBRATION, board.timing, seconds=20.0)
    for _ in range(20):
        test.feed(board.read(0.05))
    test.answer("yes")
    assert test.sheet.problem is not None
    assert Catalogue("en").text(test.sheet.problem) == "Wait until I have listened."
    test.answer("stop")
    assert test.sheet.over
    assert test.report.seconds < 1.5


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
    for name in ("pi", "pins", "hx711", "faults", "selftest", "selftest_report"):
        source = (root / f"hardware/{name}.py").read_text("utf-8")
        used |= set(re.findall(r'"(hardware\.[a-z.-]+[a-z])"', source)) - {"hardware.pi"}
    assert used - set(texts) == set()
    for entry in texts.values():
        assert sorted(re.findall(r"{\w+}", entry["en"])) == sorted(re.findall(r"{\w+}", entry["de"]))
