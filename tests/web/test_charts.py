"""Charts draw what they were given, to scale."""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from web import charts, qr, trend_charts

WORDS = charts.PathWords("Path", "A path", "Front", lambda mm: f"{mm:.0f} mm")
TIMES = charts.TimeWords("Time", "Over time", "right", "forward", "s")


def number(value: float, decimals: int) -> str:
    return f"{value:.{decimals}f}"


def parts(svg: str, kind: str) -> list[ET.Element]:
    return [e for e in ET.fromstring(svg).iter() if e.get("class") == kind]


def points(svg: str, kind: str, which: int = 0) -> list[tuple[float, float]]:
    drawn = parts(svg, kind)[which].get("d") or ""
    return [(float(x), float(y)) for x, y in re.findall(r"[ML](-?[\d.]+) (-?[\d.]+)", drawn)]


def circle(radius_mm: float, n: int = 400) -> tuple[np.ndarray, np.ndarray]:
    turn = np.linspace(0, 2 * np.pi, n)
    return radius_mm * np.cos(turn), radius_mm * np.sin(turn)


def test_a_circle_is_drawn_round_with_the_scale_of_its_bar() -> None:
    svg = charts.sway_path(*circle(8.0), None, WORDS)
    xs, ys = zip(*points(svg, "path"), strict=True)
    width, height = max(xs) - min(xs), max(ys) - min(ys)
    assert width == pytest.approx(height, rel=0.01)
    (bar,) = parts(svg, "scalebar")
    assert (float(bar.get("x2") or 0) - float(bar.get("x1") or 0)) / 5.0 == pytest.approx(width / 16.0, rel=0.01)
    assert "5 mm" in svg


def test_forward_is_up_and_right_is_right() -> None:
    svg = charts.sway_path(np.array([0.0, 3.0]), np.array([0.0, 4.0]), None, WORDS)
    (x0, y0), (x1, y1) = points(svg, "path")
    assert x1 > x0
    assert y1 < y0
    assert (x1 - x0) / 3.0 == pytest.approx((y0 - y1) / 4.0)


def test_the_ellipse_has_its_axes_in_mm_and_turns_against_the_clock() -> None:
    svg = charts.sway_path(*circle(2.0), (9.0, 3.0, 30.0), WORDS, reach_mm=10.0)
    (ellipse,) = parts(svg, "ellipse")
    k = (charts.WIDTH / 2 - 46) / 10.0
    assert float(ellipse.get("rx") or 0) == pytest.approx(9.0 * k, abs=0.1)
    assert float(ellipse.get("ry") or 0) == pytest.approx(3.0 * k, abs=0.1)
    assert (ellipse.get("transform") or "").startswith("rotate(-30.0 ")


def test_two_pictures_of_one_reach_have_one_scale() -> None:
    spans = []
    for radius in (3.0, 6.0):
        xs = [x for x, _ in points(charts.sway_path(*circle(radius), None, WORDS, reach_mm=10.0), "path")]
        spans.append(max(xs) - min(xs))
    assert spans[1] == pytest.approx(2 * spans[0], rel=0.01)


def test_a_gap_lifts_the_pen() -> None:
    ml, ap = circle(5.0, 100)
    ml[40:50] = math.nan
    drawn = parts(charts.sway_path(ml, ap, None, WORDS), "path")[0].get("d") or ""
    assert drawn.count("M") == 2
    assert "nan" not in drawn


def test_the_plan_shows_the_feet_that_stand_and_the_mean_point() -> None:
    standing = charts.Standing((500.0, 600.0), ((125.0, 0.0),), (120.0, 30.0))
    svg = charts.sway_path(*circle(5.0), None, WORDS, standing=standing)
    (foot,), (dot,) = parts(svg, "foot"), parts(svg, "dot-self")
    left, width = float(foot.get("x") or 0), float(foot.get("width") or 0)
    assert left < float(dot.get("cx") or 0) < left + width


def test_both_strips_of_sway_over_time_share_one_scale() -> None:
    t = np.arange(300) / 100
    svg = charts.sway_over_time(t, 4 * np.sin(t), 8 * np.sin(t), TIMES, number)
    spans = [max(y for _, y in points(svg, "path", i)) - min(y for _, y in points(svg, "path", i)) for i in (0, 1)]
    assert spans[1] == pytest.approx(2 * spans[0], rel=0.02)


def test_a_long_trial_is_thinned_and_a_still_one_is_drawn() -> None:
    t = np.arange(60_000) / 100
    assert len(points(charts.sway_over_time(t, np.sin(t), np.cos(t), TIMES, number), "path")) <= charts.MOST_POINTS
    still = np.zeros(100)
    assert points(charts.sway_path(still, still, None, WORDS), "path")


def test_a_trend_puts_the_last_value_in_the_persons_dot_with_its_number() -> None:
    values = [trend_charts.Point(10.0), trend_charts.Point(12.0, (9.5, 11.0)), trend_charts.Point(9.0, (9.4, 11.1))]
    svg = trend_charts.trend(values, "Speed", "Three", number, 1)
    assert len(parts(svg, "dot-self")) == 1
    assert len(parts(svg, "dot-real")) == 1
    assert len(parts(svg, "dot")) == 1
    assert [e.text for e in parts(svg, "value")] == ["9.0"]
    assert len(parts(svg, "band")) == 1


def test_what_does_not_count_is_a_cross_that_nothing_joins() -> None:
    point = trend_charts.Point
    values = [point(10.0), point(40.0, out=True), point(11.0), point(None, out=True), point(10.5, (9.0, 12.0))]
    svg = trend_charts.trend(values, "Speed", "Five", number, 1, ("1 May 2026", "9 May 2026"))
    assert len(parts(svg, "out")) == 2
    assert len(points(svg, "trend")) == 3
    assert (len(parts(svg, "dot")), len(parts(svg, "dot-self"))) == (2, 1)
    assert {"1 May 2026", "9 May 2026"} <= {e.text for e in parts(svg, "tick")}


def test_the_ribbon_is_torn_where_no_band_is_known() -> None:
    band = (9.0, 12.0)
    values = [trend_charts.Point(10.0, b) for b in (band, band, None, band, band, None)]
    assert [len(parts(trend_charts.trend(values, "Speed", "Six", number, 1), "band"))] == [2]


def test_bars_are_as_long_as_their_values() -> None:
    svg = trend_charts.bars([trend_charts.BarOf("closed", 20.0, "20 mm/s"), trend_charts.BarOf("open", 10.0, "10 mm/s")], "Both", "two")
    long, short = (float(e.get("width") or 0) for e in parts(svg, "bar"))
    assert long == pytest.approx(2 * short)
    assert [e.text for e in parts(svg, "value small")] == ["20 mm/s", "10 mm/s"]


def test_a_trend_of_equal_values_is_no_mountain() -> None:
    svg = trend_charts.trend([trend_charts.Point(v) for v in (30.0, 30.0, 29.0)], "Seconds", "Three", number, 0)
    ys = [y for _, y in points(svg, "trend")]
    assert max(ys) - min(ys) < 60


STEPS = [(-7.0, 7.0, [-5, 0, 5]), (0.0, 30.0, [0, 10, 20, 30]), (0.25, 1.0, [0.4, 0.6, 0.8, 1.0]), (86.0, 93.0, [86, 88, 90, 92])]


@pytest.mark.parametrize(("low", "high", "steps"), STEPS)
def test_steps_are_round(low: float, high: float, steps: list[float]) -> None:
    assert charts.nice_steps(low, high) == pytest.approx(steps)


@given(st.floats(-500, 500), st.floats(0.01, 1000))
def test_there_are_three_to_seven_steps_within_the_range(low: float, span: float) -> None:
    steps = charts.nice_steps(low, low + span)
    assert 3 <= len(steps) <= 7
    assert all(low - 1e-6 * span <= s <= low + span * (1 + 1e-6) for s in steps)


@pytest.mark.parametrize(("steps", "decimals"), [([0, 5, 10], 0), ([0, 2.5, 5], 1), ([0.25, 0.5], 2), ([1.0], 0)])
def test_as_few_decimals_as_tell_the_steps_apart(steps: list[float], decimals: int) -> None:
    assert charts.decimals_of(steps) == decimals


def test_the_strip_marks_values_inside_and_outside_of_the_band() -> None:
    for value, inside in ((10.0, True), (20.0, False), (2.0, False)):
        svg = trend_charts.strip(value, (8.0, 12.0), "as usual", "yours")
        (band,), (dot,) = parts(svg, "band"), parts(svg, "dot-self")
        left = float(band.get("x") or 0)
        at = float(dot.get("cx") or 0)
        assert (left <= at <= left + float(band.get("width") or 0)) is inside
        assert 0 < at < charts.WIDTH


def test_words_in_a_chart_are_text() -> None:
    svg = trend_charts.strip(1.0, (0.5, 2.0), "<script>", "a & b")
    assert "<script>" not in svg
    assert ET.fromstring(svg)[0].text == "<script>"


def test_a_qr_code_has_its_quiet_zone_and_three_corners() -> None:
    svg = qr.svg("http://192.168.1.7:8080/r/" + "A" * 22, "Link")
    root = ET.fromstring(svg)
    size = int((root.get("viewBox") or "").split()[2])
    modules = {(int(x), int(y)) for x, y in re.findall(r"M(\d+) (\d+)h", parts(svg, "code")[0].get("d") or "")}
    assert min(x for x, _ in modules) == qr.QUIET
    assert max(y for _, y in modules) == size - qr.QUIET - 1
    corner = {(qr.QUIET + x, qr.QUIET + y) for x in range(7) for y in (0, 6)}
    assert corner <= modules
