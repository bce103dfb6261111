"""What both drawings share: the outlines of zones on the plan's map and the bounds of it all."""

from typing import NamedTuple

from mesodrive.sequencing import extent, geometry
from mesodrive.sequencing.planned import Planned

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


def zone_outlines(planned: Planned) -> list[ZoneOutline]:
    """Return the outlines of all zones, in the order of the plan."""
    return [
        ZoneOutline(
            [extent.placed(zone, ring) for ring in geometry.rings(geometry.outline(zone))],
            [extent.placed(zone, ring) for ring in geometry.rings(geometry.inside(zone))],
        )
        for zone in planned.plan.zones
    ]


def bounds_of(outlines: list[ZoneOutline]) -> Bounds:
    """Return the bounds of all zones; their points lie within."""
    corners = [corner for outline in outlines for ring in outline.outer for corner in ring]
    xs, ys = [x for x, _ in corners], [y for _, y in corners]
    return Bounds(min(xs), min(ys), max(xs), max(ys))
