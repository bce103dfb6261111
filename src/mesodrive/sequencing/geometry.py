"""Outlines by shapely: where points may lie, and which zones lie on each other.

shapely is imported when the first zone is laid out, not before: `--help` must not wait for it.
"""

from math import radians
from typing import TYPE_CHECKING, Final

from mesodrive.sequencing.zone import Ellipse, Rectangle, Zone

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

QUARTER_SEGMENTS: Final = 32
"""Straight pieces for a quarter of an ellipse: 0.1 % of its width off at most."""
SLACK_UM: Final = 0.5
"""Points are whole micrometres, so a point this far beyond the margin still lies on it."""
OVERLAP_UM2: Final = 1_000_000.0
"""Zones that share less than a square millimetre are drawn side by side."""


def outline(zone: Zone) -> "BaseGeometry":
    """Return the outline of a zone in its own frame, um."""
    from shapely import Point, box  # noqa: PLC0415
    from shapely import Polygon as Outline  # noqa: PLC0415
    from shapely.affinity import scale  # noqa: PLC0415

    match zone.shape:
        case Rectangle(width_um=width, height_um=height):
            return box(-width / 2, -height / 2, width / 2, height / 2)
        case Ellipse(width_um=width, height_um=height):
            circle = Point(0, 0).buffer(1, quad_segs=QUARTER_SEGMENTS)
            return scale(circle, width / 2, height / 2, origin=(0, 0))
        case _:
            return Outline(zone.shape.points_um)


def crossing(zone: Zone) -> bool:
    """Return whether an outline crosses or touches itself, so that it has no clear inside."""
    return not outline(zone).is_valid


def inside(zone: Zone) -> "BaseGeometry":
    """Return where points may lie in the zone's own frame: the outline without its margin."""
    return outline(zone).buffer(SLACK_UM - zone.margin_um, join_style="mitre")


def rings(shape: "BaseGeometry") -> list[list[tuple[float, float]]]:
    """Return the outer rings of a shape as lists of corners, for drawing."""
    parts = getattr(shape, "geoms", [shape])
    return [[(x, y) for x, y, *_ in part.exterior.coords] for part in parts if not part.is_empty]


def overlapping(zones: tuple[Zone, ...]) -> list[tuple[int, int]]:
    """Return each pair of zones that lie on each other, by their numbers."""
    from shapely.affinity import rotate, translate  # noqa: PLC0415

    if len(zones) < 2:
        return []
    shapes = [
        translate(
            rotate(
                outline(zone), radians(zone.shape.rotate_mdeg / 1_000), (0, 0), use_radians=True
            ),
            *zone.shape.at_um,
        )
        for zone in zones
    ]
    return [
        (first, second)
        for first in range(len(zones))
        for second in range(first + 1, len(zones))
        if shapes[first].intersects(shapes[second])
        and shapes[first].intersection(shapes[second]).area > OVERLAP_UM2
    ]
