"""Points of a zone: a pattern laid over its shape, rows in the order that keeps travel short."""

from itertools import compress, islice
from math import floor, hypot
from typing import Final

from mesodrive.sequencing import extent, geometry
from mesodrive.sequencing.zone import Zone

ROW_OF_HEXAGONS: Final = 0.866_025_403_784
"""Distance of two rows of a hexagonal pattern, in spacings: half the root of 3."""

Point = tuple[int, int]
Level = tuple[float, list[float]]
"""A row of the pattern: its y, and the x of its places."""


def rows_of(zone: Zone) -> list[list[Point]]:
    """Return the points of a zone on the plan's map, whole um, row by row.

    Every row runs the same way; the pattern is centred in what the margin leaves. Rows without a
    point are left out.
    """
    from shapely import contains_xy, prepare  # noqa: PLC0415

    inside = geometry.inside(zone)
    if inside.is_empty:
        return []
    prepare(inside)
    levels = _levels(zone, *inside.bounds)
    xs = [x for _, across in levels for x in across]
    ys = [y for y, across in levels for _ in across]
    kept: list[bool] = contains_xy(inside, xs, ys).tolist()
    points = iter(extent.placed(zone, compress(zip(xs, ys, strict=True), kept)))
    rows: list[list[Point]] = []
    begin = 0
    for _, across in levels:
        held = sum(kept[begin : begin + len(across)])
        begin += len(across)
        if held:
            rows.append(list(islice(points, held)))
    return rows


def _levels(zone: Zone, left: float, low: float, right: float, high: float) -> list[Level]:
    """Return all places of a pattern within bounds, centred, row by row."""
    step = float(zone.spacing_um)
    if zone.pattern == "line":
        return [((low + high) / 2, _spread(left, right, step))]
    # Without room to shift every other row, rows as close as hexagons would crowd the points.
    if zone.pattern == "square" or right - left < step / 2:
        across = _spread(left, right, step)
        return [(y, across) for y in _spread(low, high, step)]
    sides = (_spread(left, right - step / 2, step), _spread(left + step / 2, right, step))
    levels = _spread(low, high, step * ROW_OF_HEXAGONS)
    return [(y, sides[index % 2]) for index, y in enumerate(levels)]


def _spread(low: float, high: float, step: float) -> list[float]:
    """Return evenly spaced places between two bounds, centred: one at least."""
    number = max(0, floor((high - low) / step)) + 1
    first = (low + high - (number - 1) * step) / 2
    return [first + index * step for index in range(number)]


def snake(rows: list[list[Point]], *, flip_rows: bool, flip_first: bool) -> list[Point]:
    """Return rows as one way that turns at the end of each row."""
    ordered = rows[::-1] if flip_rows else rows
    way: list[Point] = []
    for index, row in enumerate(ordered):
        way += row[::-1] if (index % 2 == 1) != flip_first else row
    return way


def order(zones: list[list[list[Point]]]) -> list[tuple[int, list[Point]]]:
    """Return the zones in the order of treatment, each with its points as one way.

    It begins with the first zone that has points; the next zone is always the one with a corner
    nearest to where the last one ended, entered at that corner.

    Args:
        zones: For each zone of the plan its rows.

    Returns:
        (number of the zone, its points in order); zones without points are left out.
    """
    left = {number: _ways(rows) for number, rows in enumerate(zones) if rows}
    ways: list[tuple[int, list[Point]]] = []
    while left:
        number, way = _nearest(left, ways[-1][1][-1]) if ways else _first(left)
        ways.append((number, way))
        del left[number]
    return ways


def _first(left: dict[int, list[list[Point]]]) -> tuple[int, list[Point]]:
    """Return the first zone of the plan with its first way."""
    number = next(iter(left))
    return number, left[number][0]


def _nearest(left: dict[int, list[list[Point]]], at: Point) -> tuple[int, list[Point]]:
    """Return the zone and the way through it that begin nearest to a place."""
    every = [(number, way) for number, ways in left.items() for way in ways]
    return min(every, key=lambda entry: _distance(at, entry[1][0]))


def _ways(rows: list[list[Point]]) -> list[list[Point]]:
    """Return the four ways through a zone, one from each corner."""
    return [
        snake(rows, flip_rows=flip_rows, flip_first=flip_first)
        for flip_rows in (False, True)
        for flip_first in (False, True)
    ]


def _distance(one: Point, other: Point) -> float:
    return hypot(one[0] - other[0], one[1] - other[1])
