"""Where points lie: on the pattern, inside the margin, in an order that keeps travel short."""

from itertools import pairwise
from math import dist, hypot

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mesodrive.sequencing import extent, geometry, layout
from mesodrive.sequencing.plan import Plan
from mesodrive.sequencing.zone import Zone
from support.sessions import Data, loaded, plan, shape, zone


def zone_of(**changes: object) -> Zone:
    read = loaded(plan(zones=[zone(**changes)])).plan
    assert isinstance(read, Plan)
    return read.zones[0]


def points_of(laid: Zone) -> list[tuple[int, int]]:
    return [point for row in layout.rows_of(laid) for point in row]


def test_a_square_pattern_fills_a_rectangle_up_to_its_margin() -> None:
    rows = layout.rows_of(zone_of(shape=shape(at_mm=[100, 0])))
    assert len(rows) == 7
    assert {len(row) for row in rows} == {9}
    assert rows[0][0] == (80_000, -15_000)
    assert rows[-1][-1] == (120_000, 15_000)
    assert {b[0] - a[0] for row in rows for a, b in pairwise(row)} == {5_000}


def test_a_hexagonal_pattern_has_every_neighbour_one_spacing_away() -> None:
    points = points_of(zone_of(pattern="hexagonal", shape=shape(width_mm=60, height_mm=60)))
    middle = min(points, key=lambda p: hypot(*p))
    near = sorted(dist(middle, other) for other in points if other != middle)[:7]
    assert all(abs(distance - 5_000) < 2 for distance in near[:6])
    assert near[6] > 8_000


def test_a_line_runs_through_the_middle() -> None:
    points = points_of(zone_of(pattern="line"))
    assert [y for _, y in points] == [0] * 9


def test_a_shape_too_narrow_for_two_points_gets_one_in_its_middle() -> None:
    narrow = shape(width_mm=1, height_mm=1)
    for pattern in ("square", "hexagonal", "line"):
        assert points_of(zone_of(pattern=pattern, shape=narrow, margin_mm=0)) == [(0, 0)]


def test_a_margin_that_eats_the_shape_leaves_no_point() -> None:
    assert layout.rows_of(zone_of(margin_mm=20)) == []
    ellipse = {"type": "ellipse", "width_mm": 45, "height_mm": 35}
    assert layout.rows_of(zone_of(shape=ellipse, margin_mm=20)) == []


def test_a_rectangle_is_laid_out_like_the_polygon_with_its_corners() -> None:
    corners = [[-22.5, -17.5], [22.5, -17.5], [22.5, 17.5], [-22.5, 17.5]]
    for pattern in ("square", "hexagonal", "line"):
        outline = {"type": "polygon", "points_mm": corners, "rotate_deg": 30}
        as_polygon = zone_of(pattern=pattern, shape=outline)
        assert points_of(zone_of(pattern=pattern, shape=shape(rotate_deg=30))) == points_of(
            as_polygon
        )


def test_a_shape_is_turned_about_its_origin_counter_clockwise() -> None:
    turned = points_of(zone_of(pattern="line", shape=shape(rotate_deg=90, at_mm=[1, 2])))
    assert turned[0] == (1_000, -18_000)
    assert turned[-1] == (1_000, 22_000)


def test_the_margin_keeps_points_away_from_every_side_of_a_polygon() -> None:
    corners = [[0, 0], [40, 0], [40, 40], [20, 15], [0, 40]]
    notched = zone_of(shape={"type": "polygon", "points_mm": corners}, spacing_mm=2, margin_mm=3)
    points = points_of(notched)
    assert len(points) > 100
    # The notch at (20, 15): nothing within 3 mm of its corner, nothing above it.
    assert all(dist(point, (20_000, 15_000)) > 2_999 for point in points)
    assert not [point for point in points if abs(point[0] - 20_000) < 1_000 and point[1] > 15_000]


shapes = st.one_of(
    st.builds(
        lambda kind, w, h: {"type": kind, "width_mm": w, "height_mm": h},
        st.sampled_from(["rectangle", "ellipse"]),
        st.integers(5, 80),
        st.integers(5, 80),
    ),
    st.just({"type": "polygon", "points_mm": [[0, 0], [50, 0], [60, 30], [20, 50]]}),
)


@settings(max_examples=60, deadline=None)
@given(
    shapes,
    st.sampled_from(["square", "hexagonal", "line"]),
    st.integers(2, 9),
    st.integers(0, 4),
    st.integers(-180, 180),
)
def test_points_lie_inside_the_margin_no_closer_than_the_spacing_and_near_the_estimate(
    outline: Data, pattern: str, spacing_mm: int, margin_mm: int, rotate_deg: int
) -> None:
    laid = zone_of(
        shape={**outline, "rotate_deg": rotate_deg},
        pattern=pattern,
        spacing_mm=spacing_mm,
        margin_mm=margin_mm,
    )
    points = points_of(laid)
    assert len(points) == len(set(points))
    if points:
        order = layout.snake(layout.rows_of(laid), flip_rows=False, flip_first=False)
        # Rounding to whole micrometres moves each of two points by up to 0.71 um.
        assert all(dist(a, b) >= spacing_mm * 1_000 - 1.5 for a, b in pairwise(order))
    assert len(points) <= extent.candidates(laid) + 1
    if pattern != "line":
        assert extent.estimate(laid) <= 1.3 * len(points) + 12


def test_a_row_is_followed_by_the_next_one_from_its_near_end() -> None:
    rows = [[(0, 0), (1, 0)], [(0, 1), (1, 1)]]
    assert layout.snake(rows, flip_rows=False, flip_first=False) == [(0, 0), (1, 0), (1, 1), (0, 1)]
    assert layout.snake(rows, flip_rows=True, flip_first=True) == [(1, 1), (0, 1), (0, 0), (1, 0)]


def test_the_next_zone_is_the_nearest_entered_at_its_nearest_corner() -> None:
    here = [[(0, 0), (1, 0)]]
    far = [[(100, 0), (101, 0)]]
    near = [[(5, 0), (3, 0)]]
    ways = layout.order([here, far, [], near])
    assert ways == [(0, [(0, 0), (1, 0)]), (3, [(3, 0), (5, 0)]), (1, [(100, 0), (101, 0)])]
    assert layout.order([[]]) == []


def test_areas_are_those_of_geometry() -> None:
    ellipse = {"type": "ellipse", "width_mm": 20, "height_mm": 10}
    triangle = {"type": "polygon", "points_mm": [[0, 0], [30, 0], [0, 20]]}
    assert extent.area_mm2(zone_of()) == 45 * 35
    assert extent.area_mm2(zone_of(shape=ellipse)) == 157
    assert extent.area_mm2(zone_of(shape=triangle)) == 300
    assert extent.cell_um2(zone_of(pattern="hexagonal")) == pytest.approx(21_650_635, abs=1)


def test_overlapping_zones_are_found_wherever_they_are_turned_and_moved() -> None:
    zones = loaded(
        plan(
            zones=[
                zone(name="a"),
                zone(name="b", shape=shape(at_mm=[40, 0])),
                zone(name="c", shape=shape(at_mm=[85, 0])),
                zone(name="d", shape=shape(at_mm=[0, 200], rotate_deg=45)),
            ]
        )
    ).plan.zones
    assert geometry.overlapping(zones) == [(0, 1)]
    assert geometry.overlapping(zones[:1]) == []


def test_an_outline_that_crosses_itself_is_noticed() -> None:
    bow = {"type": "polygon", "points_mm": [[0, 0], [10, 10], [10, 0], [0, 10]]}
    assert geometry.crossing(zone_of(shape=bow))
    assert not geometry.crossing(zone_of())
