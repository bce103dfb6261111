"""Areas and counts from the written numbers alone: cheap enough to refuse before laying out."""

from collections.abc import Iterable
from math import cos, hypot, pi, radians, sin
from typing import Final, NamedTuple

from mesodrive.sequencing.zone import Ellipse, Outlined, Patterned, Polygon, Rectangle

UM2_PER_MM2: Final = 1_000_000
HEXAGON_CELL: Final = 0.866_025_403_784
"""Area of one cell of a hexagonal pattern: half the root of 3, times the spacing squared."""

Corner = tuple[float, float]


class Extent(NamedTuple):
    """Size of a shape, um and um2."""

    width_um: float
    height_um: float
    area_um2: float
    round_um: float
    """Length of its outline."""


def extent_of(shape: Rectangle | Ellipse | Polygon) -> Extent:
    """Return the size of a shape before it is turned."""
    match shape:
        case Rectangle(width_um=width, height_um=height):
            return Extent(width, height, width * height, 2.0 * (width + height))
        case Ellipse(width_um=width, height_um=height):
            # At least the true circumference, so that a count is never estimated too high.
            return Extent(width, height, pi * width * height / 4, pi * max(width, height))
        case _:
            return _polygon(shape.points_um)


def _polygon(corners: tuple[tuple[int, int], ...]) -> Extent:
    """Return the size of a polygon that does not cross itself."""
    xs, ys = [x for x, _ in corners], [y for _, y in corners]
    twice_um2, round_um = 0, 0.0
    last_x, last_y = corners[-1]
    for x, y in corners:
        twice_um2 += last_x * y - x * last_y
        round_um += hypot(x - last_x, y - last_y)
        last_x, last_y = x, y
    return Extent(max(xs) - min(xs), max(ys) - min(ys), abs(twice_um2) / 2, round_um)


def area_mm2(zone: Outlined) -> int:
    """Return the area of a zone with its margin, whole mm2, rounded down."""
    return int(extent_of(zone.shape).area_um2 / UM2_PER_MM2)


def cell_um2(zone: Patterned) -> int | None:
    """Return the area that belongs to one point of an endless pattern; None for a line."""
    square = zone.spacing_um * zone.spacing_um
    match zone.pattern:
        case "square":
            return square
        case "hexagonal":
            return max(1, int(square * HEXAGON_CELL))
        case _:
            return None


def estimate(zone: Patterned) -> int:
    """Return about how many points a zone will get, rather too few than too many."""
    size, cell = extent_of(zone.shape), cell_um2(zone)
    if cell is None:
        return int((size.width_um - 2 * zone.margin_um) / zone.spacing_um)
    return max(0, int((size.area_um2 - size.round_um * zone.margin_um) / cell))


def candidates(zone: Patterned) -> int:
    """Return how many places of the pattern have to be looked at."""
    size, cell = extent_of(zone.shape), cell_um2(zone)
    if cell is None:
        return int(size.width_um / zone.spacing_um) + 1
    columns = size.width_um / zone.spacing_um + 1
    return int(columns * (size.height_um * zone.spacing_um / cell + 1))


def placed(zone: Outlined, spots: Iterable[Corner]) -> list[tuple[int, int]]:
    """Return points of a shape's own frame on the plan's map, whole um."""
    (at_x, at_y), turn = zone.shape.at_um, radians(zone.shape.rotate_mdeg / 1_000)
    if not turn:
        return [(round(x) + at_x, round(y) + at_y) for x, y in spots]
    c, s = cos(turn), sin(turn)
    return [(round(x * c - y * s) + at_x, round(x * s + y * c) + at_y) for x, y in spots]
