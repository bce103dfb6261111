"""Points of a zone: a pattern laid over its shape, rows in the order that keeps travel short."""

from itertools import compress, islice
from math import dist, floor
from typing import Final, NamedTuple

from mesodrive.sequencing import extent, geometry
from mesodrive.sequencing.zone import Patterned, Rectangle

ROW_OF_HEXAGONS: Final = 0.866_025_403_784
"""Distance of two rows of a hexagonal pattern, in spacings: half the root of 3."""

Point = tuple[int, int]
Level = tuple[float, list[float]]
"""A row of the pattern: its y, and the x of its places."""


class _Held(NamedTuple):
    """A pattern, its places row by row, and which of them are kept."""

    levels: list[Level]
    xs: list[float]
    ys: list[float]
    kept: list[bool]


def rows_of(zone: Patterned) -> list[list[Point]]:
    """Return the points of a zone on the plan's map, whole um, row by row.

    Every row runs the same way; the pattern is centred in what the margin leaves. Rows without a
    point are left out.
    """
    held = _upright(zone) if isinstance(zone.shape, Rectangle) else _within(zone)
    if held is None:
        return []
    levels, xs, ys, kept = held
    points = iter(extent.placed(zone, compress(zip(xs, ys, strict=True), kept)))
    rows: list[list[Point]] = []
    begin = 0
    for _, across in levels:
        number = sum(kept[begin : begin + len(across)])
        begin += len(across)
        if number:
            rows.append(list(islice(points, number)))
    return rows


def _upright(zone: Patterned) -> _Held | None:
    """Return the pattern in a rectangle, all of which lies inside: no need of shapely."""
    (left, low), _, (right, high), _ = geometry.corners(zone)
    inset = zone.margin_um - geometry.SLACK_UM
    left, low, right, high = left + inset, low + inset, right - inset, high - inset
    if left > right or low > high:
        return None
    levels = _levels(zone, left, low, right, high)
    xs, ys = _flat(levels)
    return _Held(levels, xs, ys, [True] * len(xs))


def _within(zone: Patterned) -> _Held | None:
    """Return the pattern over any shape, and which of its places lie inside."""
    from shapely import contains_xy, prepare  # noqa: PLC0415

    inside = geometry.inside(zone)
    if inside.is_empty:
        return None
    prepare(inside)
    levels = _levels(zone, *inside.bounds)
    xs, ys = _flat(levels)
    return _Held(levels, xs, ys, contains_xy(inside, xs, ys).tolist())


def _flat(levels: list[Level]) -> tuple[list[float], list[float]]:
    """Return all x and all y of a pattern, row by row."""
    return [x for _, across in levels for x in across], [y for y, across in levels for _ in across]


def _levels(zone: Patterned, left: float, low: float, right: float, high: float) -> list[Level]:
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
    left = {number: rows for number, rows in enumerate(zones) if rows}
    ways: list[tuple[int, list[Point]]] = []
    while left:
        entry = _nearest(left, ways[-1][1][-1]) if ways else _Entry(next(iter(left)))
        rows = left.pop(entry.zone)
        way = snake(rows, flip_rows=entry.flip_rows, flip_first=entry.flip_first)
        ways.append((entry.zone, way))
    return ways


class _Entry(NamedTuple):
    """A corner at which a zone can be entered."""

    zone: int
    flip_rows: bool = False
    flip_first: bool = False


def _nearest(left: dict[int, list[list[Point]]], at: Point) -> _Entry:
    """Return the zone and the corner of it that are nearest to a place."""
    entries = [
        _Entry(number, flip_rows, flip_first)
        for number in left
        for flip_rows in (False, True)
        for flip_first in (False, True)
    ]
    return min(entries, key=lambda entry: dist(at, _corner(left[entry.zone], entry)))


def _corner(rows: list[list[Point]], entry: _Entry) -> Point:
    """Return the first point of the way that an entry begins."""
    return rows[-1 if entry.flip_rows else 0][-1 if entry.flip_first else 0]
