"""A plan as a sketch for a terminal, in dots of braille or in plain ASCII."""

from typing import Final

from mesodrive.sequencing.drawing_map import Bounds, bounds_of, zone_outlines
from mesodrive.sequencing.planned import Planned
from mesodrive.units import from_base

COLUMNS_MIN: Final = 20
COLUMNS_MAX: Final = 200
LINES_MIN: Final = 6
LINES_MAX: Final = 80
"""Bounds of a sketch: smaller shows nothing, larger is no terminal."""
GUTTER: Final = 3
"""Columns at the left that hold the numbers of zones."""
MARKS: Final = "123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+++"
"""One sign for each zone; a plan has at most as many zones."""

BLANK: Final = 0x2800
"""Braille without a dot; the code points after it have one bit for each dot."""
DOTS: Final = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
"""Bits of the two columns of a cell, from the top."""

Grid = list[list[str]]
Place = tuple[int, int, int]
"""A place on a sketch from its upper left, and the zone it belongs to."""


def sketch(planned: Planned, width: int, height: int, *, ascii_only: bool = False) -> str:
    """Return a sketch of the points, with a legend of the zones below.

    Args:
        planned: What to draw.
        width: Columns there are; taken as `COLUMNS_MIN` to `COLUMNS_MAX`.
        height: Lines for the picture, without the legend; taken as `LINES_MIN` to `LINES_MAX`.
        ascii_only: Whether to use plain ASCII, one sign for each point's zone.
    """
    columns = min(max(width, COLUMNS_MIN), COLUMNS_MAX)
    lines = min(max(height, LINES_MIN), LINES_MAX)
    bounds = bounds_of(zone_outlines(planned.plan.zones))
    draw = _ascii if ascii_only else _braille
    rows = ["".join(row).rstrip() for row in draw(planned, bounds, columns - GUTTER, lines)]
    while rows and not rows[-1]:
        rows.pop()
    return "\n".join([*rows, "", *_legend(planned, columns, ascii_only=ascii_only)]) + "\n"


def _ascii(planned: Planned, bounds: Bounds, columns: int, lines: int) -> Grid:
    """Return one cell for each character; a character is twice as high as it is wide."""
    per_um = min((columns - 1) / bounds.width_um, 2 * (lines - 1) / bounds.height_um)
    grid = [[" "] * (GUTTER + columns) for _ in range(lines)]
    for point in planned.points:
        column = round((point.x_um - bounds.left_um) * per_um)
        line = round((bounds.high_um - point.y_um) * per_um / 2)
        grid[line][GUTTER + column] = MARKS[point.zone]
    return grid


def _braille(planned: Planned, bounds: Bounds, columns: int, lines: int) -> Grid:
    """Return two by four dots for each character, numbers of the zones at their left."""
    per_um = min((2 * columns - 1) / bounds.width_um, (4 * lines - 1) / bounds.height_um)
    places: list[Place] = []
    reached: dict[int, list[tuple[int, int]]] = {}
    for point in planned.points:
        x = round((point.x_um - bounds.left_um) * per_um)
        y = round((bounds.high_um - point.y_um) * per_um)
        places.append((x, y, point.zone))
        reached.setdefault(point.zone, []).append((y // 4, x // 2))
    grid = [[" "] * GUTTER + [*row] for row in braille(places, 2 * columns, 4 * lines)]
    for zone, cells in reached.items():
        line = sorted(cells)[len(cells) // 2][0]
        column = GUTTER + min(column for at, column in cells if at == line) - 2
        if grid[line][column] == " ":
            grid[line][column] = MARKS[zone]
    return grid


def braille(places: list[Place], wide: int, high: int) -> list[str]:
    """Return lines with a dot for each place; the zones of places are not told apart.

    Args:
        places: Within the size.
        wide: Dots across, two for each character.
        high: Dots down, four for each line.
    """
    cells = [[0] * (wide // 2) for _ in range(high // 4)]
    for x, y, _ in places:
        cells[y // 4][x // 2] |= DOTS[x % 2][y % 4]
    return ["".join(chr(BLANK + cell) if cell else " " for cell in row) for row in cells]


def _legend(planned: Planned, columns: int, *, ascii_only: bool) -> list[str]:
    """Return one line for each zone, and one for the whole."""
    rows: list[str] = []
    for number, zone in enumerate(planned.estimates.zones):
        facts = f"{zone.units} points"
        if zone.volume_nl:
            facts += f", {from_base(zone.volume_nl, 'ul')}"
        rows.append(f"{MARKS[number]}  {plain(zone.name, ascii_only=ascii_only)}: {facts}")
    seen = planned.estimates
    whole = f"{seen.units} points, {from_base(seen.pricking_us, 's', digits_max=1)}"
    if seen.volume_nl:
        whole += f", {from_base(seen.volume_nl, 'ml')}"
    return [row[:columns] for row in [*rows, f"=  {whole}"]]


def plain(text: str, *, ascii_only: bool) -> str:
    """Return text that cannot steer a terminal."""
    return "".join(
        char if char.isprintable() and (char.isascii() or not ascii_only) else "?" for char in text
    )
