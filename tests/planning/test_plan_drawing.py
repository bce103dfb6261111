"""The picture and the sketch of a plan: whole, bounded, and safe whatever a name holds."""

import re
from xml.etree import ElementTree as ET

import pytest

from mesodrive.sequencing.drawing_svg import COLOURS, draw_svg
from mesodrive.sequencing.drawing_text import COLUMNS_MAX, COLUMNS_MIN, LINES_MAX, sketch
from mesodrive.sequencing.planned import Planned
from support.sessions import needling_zone, pen_plan, plan, planned, shape, zone

SVG = "{http://www.w3.org/2000/svg}"
SHARP = "<b>&\"' \u202e"


def parsed(made: Planned) -> ET.Element:
    return ET.fromstring(draw_svg(made))


def texts(root: ET.Element) -> str:
    return " | ".join(text for text in root.itertext() if text.strip())


def test_the_picture_has_every_point_the_zones_and_what_they_get() -> None:
    made = planned(plan())
    root = parsed(made)
    circles = [c for g in root.iter(f"{SVG}g") for c in g.iter(f"{SVG}circle")]
    assert len(circles) == 63
    found = texts(root)
    assert "63 points, 1.5 mm deep, 4 uL each, 252 uL of at most 315 uL" in found
    assert "0.252 mL on the skin · 1 filling · about 2 min" in found
    assert "10 mm" in found


def test_points_are_drawn_within_the_page_in_their_order() -> None:
    root = parsed(planned(plan(zones=[zone(shape=shape(rotate_deg=30, at_mm=[-500, 700]))])))
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    (way,) = root.iter(f"{SVG}polyline")
    places = [tuple(map(float, pair.split(","))) for pair in way.attrib["points"].split()]
    assert len(places) == 63
    assert all(0 < x < width and 0 < y < height for x, y in places)


def test_up_on_the_plan_is_up_on_the_page() -> None:
    zones = [zone(), zone(name="Above", shape=shape(at_mm=[0, 100]))]
    root = parsed(planned(plan(zones=zones)))
    low, high = (float(next(g.iter(f"{SVG}circle")).attrib["cy"]) for g in root.iter(f"{SVG}g"))
    assert high < low


def test_a_name_cannot_become_markup_or_turn_the_text_around() -> None:
    made = planned(plan())
    zones = tuple(one._replace(name=SHARP) for one in made.estimates.zones)
    named = [one.model_copy(update={"name": SHARP}) for one in made.plan.zones]
    made = made._replace(
        estimates=made.estimates._replace(zones=zones),
        plan=made.plan.model_copy(update={"zones": tuple(named)}),
    )
    root = parsed(made)
    assert "<b>&\"' ?" in texts(root)
    assert not list(root.iter(f"{SVG}b"))
    assert "\u202e" not in sketch(made, 80, 20)


def test_a_long_name_is_shortened_and_colours_come_round() -> None:
    zones = [zone(name=f"{n:02} {'x' * 60}", shape=shape(at_mm=[50 * n, 0])) for n in range(9)]
    svg = draw_svg(planned(plan(zones=zones, syringe={"name": "2mL", "fill_ml": 2})))
    assert "x…" in svg
    assert "x" * 40 not in svg
    assert svg.count(f'<g fill="{COLOURS[0]}">') == 2


def test_a_session_of_several_fillings_says_so() -> None:
    made = planned(plan(syringe={"name": "2mL", "fill_ml": 0.2}))
    assert "3 fillings" in draw_svg(made)


def test_a_pen_s_picture_speaks_of_strokes() -> None:
    svg = draw_svg(planned(pen_plan()))
    assert "10 strokes each" in svg
    assert "uL" not in svg


def test_the_scale_bar_is_round_even_on_the_smallest_map() -> None:
    tiny = needling_zone(shape=shape(width_mm=1.2, height_mm=1.2))
    assert ">1 mm</text>" in draw_svg(planned(pen_plan(zones=[tiny])))


@pytest.mark.parametrize(("width", "height"), [(80, 24), (0, 0), (10_000, 10_000), (20, 6)])
@pytest.mark.parametrize("ascii_only", [False, True])
def test_a_sketch_keeps_to_the_terminal(width: int, height: int, ascii_only: bool) -> None:
    zones = [zone(), zone(name="Chin", shape=shape(at_mm=[100, -80]))]
    lines = sketch(planned(plan(zones=zones)), width, height, ascii_only=ascii_only).splitlines()
    columns = min(max(width, COLUMNS_MIN), COLUMNS_MAX)
    assert max(len(line) for line in lines) <= columns
    assert len(lines) <= min(max(height, 6), LINES_MAX) + 1 + 3


def test_a_sketch_in_ascii_shows_each_point_by_its_zone() -> None:
    made = planned(plan(zones=[zone(), zone(name="Wange ä", shape=shape(at_mm=[60, 0]))]))
    text = sketch(made, 200, 80, ascii_only=True)
    picture, legend = text.rsplit("\n\n", 1)
    assert text.isascii()
    assert (picture.count("1"), picture.count("2")) == (63, 63)
    assert legend.splitlines() == [
        "1  Cheek: 63 points, 252 uL",
        "2  Wange ?: 63 points, 252 uL",
        "=  126 points, 25.2 s, 0.504 mL",
    ]


def test_a_sketch_in_braille_has_a_dot_for_each_point_and_numbers_beside_the_zones() -> None:
    made = planned(plan(zones=[zone(), zone(name="Chin", shape=shape(at_mm=[60, 0]))]))
    picture = sketch(made, 200, 80).rsplit("\n\n", 1)[0]
    dots = sum((ord(char) - 0x2800).bit_count() for char in picture if ord(char) >= 0x2800)
    assert dots == 126
    assert re.findall(r"[0-9]", picture) == ["1", "2"]


def test_a_number_that_would_hide_a_point_is_left_out() -> None:
    zones = [zone(), zone(name="Close", shape=shape(at_mm=[45.1, 0]))]
    picture = sketch(planned(plan(zones=zones)), 20, 6).rsplit("\n\n", 1)[0]
    assert "1" in picture
    assert "2" not in picture


def test_a_sketch_of_a_pen_s_plan_has_no_volume() -> None:
    assert "uL" not in sketch(planned(pen_plan()), 80, 20)
