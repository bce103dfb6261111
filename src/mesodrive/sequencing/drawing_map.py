"""What both drawings share: the outlines of zones on the plan's map and the bounds of it all."""

from collections.abc import Sequence
from math import sqrt
from typing import NamedTuple

from mesodrive.sequencing import extent, geometry
from mesodrive.sequencing.zone import Outlined

Ring = list[tuple[int, int]]


class ZoneOutline(NamedTuple):
    """Outlines of one zone on the plan's map, um."""

    outer: list[Ring]
    inner: list[Ring]
    """Where points may lie; the same as `outer` without a margin."""


class Bounds(NamedTuple):
    """The smallest upright rectangle around everything, um."""

    left_um: int
    low_um: int
    right_um: int
    high_um: int

    @property
    def width_um(self) -> int:
        """Width, at least 1 um, so that it may divide."""
        return max(1, self.right_um - self.left_um)

    @property
    def height_um(self) -> int:
        """Height, at least 1 um, so that it may divide."""
        return max(1, self.high_um - self.low_um)


def zone_outlines(zones: Sequence[Outlined]) -> list[ZoneOutline]:
    """Return the outlines of zones, in their order."""
    return [
        ZoneOutline(
            [extent.placed(zone, ring) for ring in geometry.rings(geometry.outline(zone))],
            [extent.placed(zone, ring) for ring in geometry.rings(geometry.inside(zone))],
        )
        for zone in zones
    ]


def bounds_of(outlines: list[ZoneOutline]) -> Bounds:
    """Return the bounds of all zones; their points lie within."""
    corners = [corner for outline in outlines for ring in outline.outer for corner in ring]
    xs, ys = [x for x, _ in corners], [y for _, y in corners]
    return Bounds(min(xs), min(ys), max(xs), max(ys))


def electrode_ring(zone: Outlined, area_mm2: int) -> Ring:
    """Return the outline of a zone on the map, drawn in about its middle to an area.

    The form of an electrode is not known, only its area.
    """
    part = sqrt(area_mm2 * extent.UM2_PER_MM2 / max(1.0, extent.extent_of(zone.shape).area_um2))
    middle_x, middle_y = geometry.centre(zone)
    return extent.placed(
        zone,
        [
            (middle_x + (x - middle_x) * part, middle_y + (y - middle_y) * part)
            for x, y in geometry.corners(zone)
        ],
    )
