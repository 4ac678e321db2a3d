"""The drawings: true scale in SVG and PDF, every text readable and in its place, the wires those of the hardware."""

from __future__ import annotations

import base64
import re
import zlib
from dataclasses import replace
from itertools import combinations, pairwise
from math import hypot
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

from hardware.pi import PINS
from station.core.geometry import BadPlatform, Geometry
from station.core.marks import calibration_marks, foot_marks, verification_marks
from station.drawings import Drawing, drawings, to_pdf, to_svg, wiring
from station.drawings.command import drawings_command
from station.drawings.paper import pages, whole
from station.drawings.shapes import Circle, Line, Shape, Text
from station.text import languages

SVG = "{http://www.w3.org/2000/svg}"
POINT_MM = 25.4 / 72
OTHER = Geometry(
    cells_mm=((-190.0, 190.0), (190.0, 190.0), (-190.0, -190.0), (190.0, -190.0)),
    plate_mm=(420.0, 420.0),
    pad_mm=(400.0, 400.0),
    plate_thickness_mm=30.5,
    plate_mass_kg=22.5,
    marks_mm=220.0,
)


def every(geometry: Geometry, language: str) -> list[Drawing]:
    return [*drawings(geometry, language).values(), wiring(PINS, language)]


ALL = [
    (f"{d.name}-{d.language}-{size}", d)
    for size, g in (("usual", Geometry()), ("other", OTHER))
    for lang in languages()
    for d in every(g, lang)
]
drawing = pytest.mark.parametrize("drawing", [pytest.param(d, id=name) for name, d in ALL])


def texts(shapes: tuple[Shape, ...]) -> list[Text]:
    return [shape for shape in shapes if isinstance(shape, Text)]


def lines_of(pdf: bytes) -> list[list[float]]:
    """Lengths in mm of the straight single lines of each page, horizontal ones only."""
    found = []
    for raw in re.findall(rb"stream\r?\n(.*?)endstream", pdf, re.S):
        content = zlib.decompress(base64.a85decode(raw.strip().removesuffix(b"~>"))).decode("latin-1")
        moves = re.findall(r"([\d.]+) ([\d.]+) m\s+([\d.]+) ([\d.]+) l\s+S", content)
        found.append([abs(float(x1) - float(x0)) * POINT_MM for x0, y0, x1, y1 in moves if y0 == y1])
    return found


@drawing
def test_one_unit_of_the_svg_is_a_millimetre_and_its_ruler_is_a_hundred(drawing: Drawing) -> None:
    root = ElementTree.fromstring(to_svg(drawing))
    box = [float(v) for v in root.attrib["viewBox"].split()]
    assert (root.attrib["width"], root.attrib["height"]) == (f"{box[2]:g}mm", f"{box[3]:g}mm")
    ends = [[tuple(map(float, p.split(","))) for p in e.attrib["points"].split()] for e in root.iter(f"{SVG}polyline")]
    low = [line[1][0] - line[0][0] for line in ends if len(line) == 2 and line[0][1] == line[1][1] == drawing.size_mm[1] + 10.0]
    assert low == ([pytest.approx(100.0)] if drawing.to_scale else [])


@drawing
def test_every_printed_sheet_to_scale_carries_a_ruler_of_a_hundred_millimetres(drawing: Drawing) -> None:
    sheets = lines_of(to_pdf(drawing))
    assert len(sheets) == len(pages(drawing))
    rulers = [any(long == pytest.approx(100.0, abs=0.01) for long in sheet) for sheet in sheets]
    assert rulers == [drawing.to_scale] * len(sheets)


@drawing
def test_only_the_picture_of_the_wires_says_that_it_is_not_to_scale(drawing: Drawing) -> None:
    assert drawing.to_scale == (drawing.name != "wiring")
    assert drawing.to_scale != any("Not to scale" in s.text or "Nicht maß" in s.text for s in drawing.shapes if isinstance(s, Text))


def test_the_template_has_an_arrow_out_of_its_front_edge() -> None:
    made = drawings(Geometry(), "en")["calibration"]
    lines = [s for s in made.shapes if isinstance(s, Line)]
    edge = next(line for line in lines if line.closed and len(line.points) == 4)
    front = min(y for _, y in edge.points)
    tips = [min(line.points, key=lambda p: p[1]) for line in lines if line.fill == "black" and max(y for _, y in line.points) <= front]
    assert tips == [(pytest.approx(made.size_mm[0] / 2), pytest.approx(front - 14.0))]


def test_pages_of_a_pdf_are_as_large_as_paper() -> None:
    made = drawings(Geometry())
    for paper, size in (("a4", (210.0, 297.0)), ("a3", (297.0, 420.0))):
        boxes = re.findall(rb"/MediaBox \[ 0 0 ([\d.]+) ([\d.]+) \]", to_pdf(made["calibration"], paper))  # type: ignore[arg-type]
        assert {(round(float(w) * POINT_MM), round(float(h) * POINT_MM)) for w, h in boxes} == {size}


def test_a_template_on_larger_paper_has_fewer_sheets() -> None:
    template = drawings(Geometry())["marks"]
    assert (len(pages(template, "a4")), len(pages(template, "a3"))) == (9, 4)


def test_tiles_show_every_place_of_a_template_with_its_neighbour_in_the_overlap() -> None:
    template = drawings(Geometry())["calibration"]
    sheets = pages(template)
    first = template.shapes[0]
    assert isinstance(first, Text)
    windows = []
    for sheet in sheets:
        here = sheet.body[0]
        assert isinstance(here, Text)
        x, y, w, h = sheet.window
        windows.append((x - here.x + first.x, y - here.y + first.y, w, h))
    wide, high = template.size_mm
    probes = [(wide * i / 40, high * j / 40) for i in range(41) for j in range(41)]
    inside = [sum(x <= px <= x + w and y <= py <= y + h for x, y, w, h in windows) for px, py in probes]
    assert min(inside) >= 1
    assert max(inside) == 4


@drawing
def test_every_text_stands_on_its_paper_and_on_no_other(drawing: Drawing) -> None:
    page = whole(drawing)
    found = texts((*page.body, *page.frame))
    wide, high = page.size_mm
    for text in found:
        left, top, right, bottom = text.box
        assert left >= 3.0, text
        assert top >= 3.0, text
        assert right <= wide - 3.0, text
        assert bottom <= high - 3.0, text
    for one, two in combinations(found, 2):
        a, b = one.box, two.box
        assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1], (one.text, two.text)


def cuts(line: Line, box: tuple[float, float, float, float]) -> bool:
    """Some stretch of the line lies inside the box (looked at every 0.2 mm)."""
    left, top, right, bottom = box
    ends = [*line.points, line.points[0]] if line.closed else list(line.points)
    for (x0, y0), (x1, y1) in pairwise(ends):
        if max(x0, x1) <= left or min(x0, x1) >= right or max(y0, y1) <= top or min(y0, y1) >= bottom:
            continue
        n = int(hypot(x1 - x0, y1 - y0) / 0.2) + 1
        if any(left < x0 + (x1 - x0) * k / n < right and top < y0 + (y1 - y0) * k / n < bottom for k in range(n + 1)):
            return True
    return False


def covers(shape: Shape, box: tuple[float, float, float, float]) -> bool:
    """A white sheet over all that lies below the text."""
    if not isinstance(shape, Line) or shape.fill != "white":
        return False
    xs, ys = [x for x, _ in shape.points], [y for _, y in shape.points]
    return min(xs) <= box[0] and max(xs) >= box[2] and min(ys) <= box[1] and max(ys) >= box[3]


@drawing
def test_no_line_runs_through_a_text(drawing: Drawing) -> None:
    for text in texts(drawing.shapes):
        left, top, right, bottom = text.box
        ink = (left + 0.2, top + 0.3 * text.height_mm, right - 0.2, bottom - 0.3 * text.height_mm)
        if text.upright:
            ink = (left + 0.3 * text.height_mm, top + 0.2, right - 0.3 * text.height_mm, bottom - 0.2)
        crossed: list[Line] = []
        for shape in drawing.shapes:
            if covers(shape, ink):
                crossed = []
            elif isinstance(shape, Line) and shape.colour != "white" and cuts(shape, ink):
                crossed.append(shape)
        assert crossed == [], text.text


@drawing
def test_the_words_of_a_sheets_own_frame_do_not_meet(drawing: Drawing) -> None:
    for page in pages(drawing):
        for one, two in combinations(texts(page.frame), 2):
            a, b = one.box, two.box
            assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1], (one.text, two.text)


@drawing
def test_every_text_is_a_text_that_a_printer_can_write(drawing: Drawing) -> None:
    page = whole(drawing)
    for text in (*(t.text for t in texts((*page.body, *page.frame))), drawing.title, drawing.alt):
        assert text.encode("cp1252")
        assert not text.startswith("drawings.")
        assert "{" not in text


@drawing
def test_letters_are_large_enough_to_read(drawing: Drawing) -> None:
    assert min(text.height_mm for text in texts(drawing.shapes)) >= 1.8


def test_drawings_are_black_on_white_with_red_for_the_dangerous_voltage_alone() -> None:
    red = [shape for _, made in ALL for shape in made.shapes if shape.colour == "red"]
    told = [shape.text for shape in red if isinstance(shape, Text)]
    assert told
    assert all(re.search(r"3[.,]3\u00a0V|Pi|Versorgung|destroys|VDD|1$", text) for text in told)


def test_calibration_marks_lie_where_the_calibration_looks_for_them() -> None:
    made = drawings(Geometry())["calibration"]
    rings = [shape for shape in made.shapes if isinstance(shape, Circle) and shape.r == 12.0]
    numbers = {shape.text: shape for shape in made.shapes if isinstance(shape, Text) and shape.text.isdigit() and shape.height_mm > 5.0}
    centre = rings[4]
    assert [(r.x - centre.x, centre.y - r.y) for r in rings] == [(m.ml_mm, m.ap_mm) for m in calibration_marks(9)]
    for mark in (*calibration_marks(9), *verification_marks()):
        written = numbers[str(mark.number)]
        assert hypot(written.x - centre.x - mark.ml_mm, centre.y - written.y - mark.ap_mm) < 25.0


def test_the_five_marks_are_the_ones_with_two_rings() -> None:
    made = drawings(Geometry())["calibration"]
    rings = [s for s in made.shapes if isinstance(s, Circle)]
    middle = next(r for r in rings if sum(o.x == r.x and o.y == r.y for o in rings) == 2 and r.x == made.size_mm[0] / 2)
    twice = {(r.x - middle.x, middle.y - r.y) for r in rings if r.r > 12.0}
    assert twice == {(m.ml_mm, m.ap_mm) for m in calibration_marks(5)}


def test_feet_are_drawn_in_life_size_on_their_marks() -> None:
    made = drawings(Geometry())["marks"]
    soles = [s for s in made.shapes if isinstance(s, Line) and len(s.points) > 50]
    boxes = [
        (min(x for x, _ in s.points), max(x for x, _ in s.points), min(y for _, y in s.points), max(y for _, y in s.points)) for s in soles
    ]
    assert [high - low for _, _, low, high in boxes] == [pytest.approx(300.0, abs=1.0)] * 2
    left, right = foot_marks("hip", Geometry().marks_mm)
    assert (boxes[1][0] + boxes[1][1] - boxes[0][0] - boxes[0][1]) / 2 == pytest.approx(right.ml_mm - left.ml_mm, abs=1.0)


def test_the_plate_is_drawn_to_its_scale() -> None:
    made = drawings(Geometry())["plate"]
    cells = [s for s in made.shapes if isinstance(s, Circle)]
    assert made.scale == 0.2
    assert [(c.x - cells[0].x) / made.scale for c in cells] == [pytest.approx(v) for v in (0.0, 450.0, 0.0, 450.0)]
    assert [(c.y - cells[0].y) / made.scale for c in cells] == [pytest.approx(v) for v in (0.0, 0.0, 550.0, 550.0)]


def test_the_plate_says_what_a_joiner_needs() -> None:
    said = [t.text for t in texts(drawings(Geometry())["plate"].shapes)]
    assert {"500 × 600 × 24", "450", "550", "475", "575", "Ø 40, 100 kg"} <= set(said)


@pytest.mark.parametrize("language", languages())
def test_the_wiring_picture_is_the_wiring_table(language: str) -> None:
    found = texts(wiring(PINS, language).shapes)
    places = {int(t.text): t for t in found if t.text.isdigit() and t.height_mm < 2.0}
    assert sorted(places) == list(range(1, 41))
    labels = [t for t in found if "GPIO" in t.text]
    assert len(labels) == len(PINS)
    for pin in PINS:
        at = places[pin.header]
        beside = [t for t in labels if abs(t.y - at.y) < 1.0 and (t.align == "right") == (pin.header % 2 == 1)]
        assert [int(t.text.partition("GPIO ")[2]) for t in beside] == [pin.bcm], pin
        assert any(abs(t.y - places[pin.ground].y) < 1.0 and re.match("ground|Masse", t.text) for t in found), pin


def test_a_header_pin_used_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="header pin 13"):
        wiring([*PINS[:2], replace(PINS[2], header=13)], "en")


def test_a_platform_that_tips_is_not_drawn() -> None:
    with pytest.raises(BadPlatform):
        drawings(replace(Geometry(), plate_mass_kg=5.0))


@pytest.mark.parametrize("name", ["plate", "marks", "calibration", "site", "wiring"])
def test_the_pictures_of_the_guide_are_those_of_the_drawings(root: Path, name: str) -> None:
    made = {d.name: d for d in every(Geometry(), "en")}
    assert (root / "docs" / "build" / f"{name}.svg").read_text("utf-8") == to_svg(made[name])


def test_the_same_drawing_gives_the_same_bytes() -> None:
    made = drawings(Geometry(), "de")["plate"]
    assert to_pdf(made) == to_pdf(drawings(Geometry(), "de")["plate"])


def test_the_command_writes_every_drawing_twice(tmp_path: Path) -> None:
    result = CliRunner().invoke(drawings_command, [str(tmp_path / "out"), "--language", "de"])
    assert result.exit_code == 0, result.output
    names = {p.name for p in (tmp_path / "out").iterdir()}
    assert names == {f"{n}.{kind}" for n in ("plate", "marks", "calibration", "site", "wiring") for kind in ("pdf", "svg")}
    assert "Die Platte" in (tmp_path / "out" / "plate.svg").read_text("utf-8")


def test_the_command_says_when_a_folder_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    result = CliRunner().invoke(drawings_command, [str(tmp_path / "file" / "out")])
    assert result.exit_code == 2
    assert str(tmp_path / "file" / "out") in result.output
