"""Outlines by shapely: where points may lie, and which zones lie on each other.

shapely is imported when the first zone is laid out, not before: `--help` must not wait for it.
"""

from collections.abc import Sequence
from math import cos, hypot, pi, radians, sin
from typing import TYPE_CHECKING, Final, NamedTuple

from mesodrive.sequencing.extent import Corner, placed
from mesodrive.sequencing.zone import Ellipse, Outlined, Rectangle

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

PIECES: Final = 64
"""Straight pieces of an ellipse: 0.12 % of its half width off at most, 24 um of a cheek's 20 mm."""
CIRCLE: Final = tuple(
    (cos(2 * pi * piece / PIECES), sin(2 * pi * piece / PIECES)) for piece in range(PIECES)
)
"""Corners of a circle of radius 1."""
SLACK_UM: Final = 0.5
"""Points are whole micrometres, so a point this far beyond the margin still lies on it."""
OVERLAP_UM2: Final = 1_000_000.0
"""Zones that share less than a square millimetre are drawn side by side."""


def corners(zone: Outlined) -> list[Corner]:
    """Return the corners of a zone in its own frame, um."""
    match zone.shape:
        case Rectangle(width_um=width, height_um=height):
            x, y = width / 2, height / 2
            return [(-x, -y), (x, -y), (x, y), (-x, y)]
        case Ellipse(width_um=width, height_um=height):
            return [(x * width / 2, y * height / 2) for x, y in CIRCLE]
        case _:
            return [(x, y) for x, y in zone.shape.points_um]


def outline(zone: Outlined) -> "BaseGeometry":
    """Return the outline of a zone in its own frame, um."""
    return _polygon(corners(zone))


def _polygon(spots: Sequence[Corner]) -> "BaseGeometry":
    """Return a polygon; the constructor of shapely's class looks at each corner in Python."""
    from shapely import polygons  # noqa: PLC0415

    polygon: BaseGeometry = polygons(spots)
    return polygon


def centre(zone: Outlined) -> Corner:
    """Return the middle of a zone's area in its own frame, um."""
    middle = outline(zone).centroid
    return middle.x, middle.y


def crossing(zone: Outlined) -> bool:
    """Return whether an outline crosses or touches itself, so that it has no clear inside."""
    return not outline(zone).is_valid


def inside(zone: Outlined) -> "BaseGeometry":
    """Return where points may lie in the zone's own frame: the outline without its margin."""
    return outline(zone).buffer(SLACK_UM - zone.margin_um, join_style="mitre")


def rings(shape: "BaseGeometry") -> list[list[Corner]]:
    """Return the outer rings of a shape as lists of corners, for drawing."""
    parts = getattr(shape, "geoms", [shape])
    return [[(x, y) for x, y, *_ in part.exterior.coords] for part in parts if not part.is_empty]


def overlapping(zones: Sequence[Outlined]) -> list[tuple[int, int]]:
    """Return each pair of zones that lie on each other, by their numbers."""
    reaches = [_reach(zone) for zone in zones]
    near = [
        (first, second)
        for second in range(len(zones))
        for first in range(second)
        if _may_meet(reaches[first], reaches[second])
    ]
    wanted = sorted({number for pair in near for number in pair})
    on_map = {number: _polygon(placed(zones[number], corners(zones[number]))) for number in wanted}
    return [
        (first, second)
        for first, second in near
        if on_map[first].intersection(on_map[second]).area > OVERLAP_UM2
    ]


class _Reach(NamedTuple):
    """An upright box on the plan's map: its middle, and how far it goes to each side."""

    x: float
    y: float
    wide: float
    high: float


def _reach(zone: Outlined) -> _Reach:
    """Return the smallest box that holds a zone as it is turned."""
    x, y = zone.shape.at_um
    turn = radians(zone.shape.rotate_mdeg / 1_000)
    c, s = abs(cos(turn)), abs(sin(turn))
    match zone.shape:
        case Rectangle(width_um=width, height_um=height):
            return _Reach(x, y, (width * c + height * s) / 2, (width * s + height * c) / 2)
        case Ellipse(width_um=width, height_um=height):
            return _Reach(x, y, hypot(width * c, height * s) / 2, hypot(width * s, height * c) / 2)
        case _:
            spots = placed(zone, zone.shape.points_um)
            xs, ys = [x for x, _ in spots], [y for _, y in spots]
            left, low, right, high = min(xs), min(ys), max(xs), max(ys)
            return _Reach(
                (left + right) / 2, (low + high) / 2, (right - left) / 2, (high - low) / 2
            )


def _may_meet(one: _Reach, other: _Reach) -> bool:
    return (
        abs(one.x - other.x) < one.wide + other.wide
        and abs(one.y - other.y) < one.high + other.high
    )
