"""A plan for the transdermal unit as a sketch for a terminal: places, and waveforms over time."""

from textwrap import wrap
from typing import Final

from mesodrive.sequencing import electric_wording as wording
from mesodrive.sequencing.drawing_map import bounds_of, electrode_ring, zone_outlines
from mesodrive.sequencing.drawing_text import (
    COLUMNS_MAX,
    COLUMNS_MIN,
    GUTTER,
    LINES_MAX,
    LINES_MIN,
    MARKS,
    Place,
    braille,
    plain,
)
from mesodrive.sequencing.electric_zone import Exfoliate
from mesodrive.sequencing.planned import ElectricPlanned
from mesodrive.sequencing.waveform import Wave, wave_of
from mesodrive.units import from_base

WAVE_LINES: Final = 5
"""Lines of one waveform."""
LABEL: Final = 12
"""Columns for the levels at the left of a waveform."""

Dot = tuple[float, float]


def electric_sketch(
    planned: ElectricPlanned, width: int, height: int, *, ascii_only: bool = False
) -> str:
    """Return where everything lies, what each zone gets, and its course.

    Args:
        planned: What to draw.
        width: Columns there are; taken as `COLUMNS_MIN` to `COLUMNS_MAX`.
        height: Lines for the map alone; taken as `LINES_MIN` to `LINES_MAX`.
        ascii_only: Whether to use plain ASCII.
    """
    columns = min(max(width, COLUMNS_MIN), COLUMNS_MAX)
    lines = min(max(height, LINES_MIN), LINES_MAX)
    rows = _map(planned, columns, lines, ascii_only=ascii_only)
    for number, (zone, seen) in enumerate(
        zip(planned.plan.zones, planned.estimates.zones, strict=True)
    ):
        name = plain(zone.name, ascii_only=ascii_only)
        rows += [
            "",
            *_said(f"{MARKS[number]}  ", f"{name}, {zone.place.replace('_', ' ')}", columns),
        ]
        rows += _said("   ", f"{zone.technique}: {wording.setting(zone)}", columns)
        rows += _said("   ", wording.expected(seen), columns)
        wave = wave_of(zone, seen)
        if wave is not None:
            rows += _wave(wave, columns, ascii_only=ascii_only)
    seen_all = planned.estimates
    total = f"{seen_all.units} units, {wording.lasting(seen_all.running_us)}"
    if seen_all.charge_uc:
        total += f", at most {wording.charge(seen_all.charge_uc)}"
    rows += ["", *_said("=  ", total, columns)]
    return "\n".join(row.rstrip() for row in rows) + "\n"


def _said(mark: str, text: str, columns: int) -> list[str]:
    """Return text behind a mark, wrapped: nothing of what is to be expected is cut off."""
    return wrap(text, columns, initial_indent=mark, subsequent_indent=" " * len(mark))


def _map(planned: ElectricPlanned, columns: int, lines: int, *, ascii_only: bool) -> list[str]:
    """Return the outlines of electrodes and the spots, without empty lines at the end."""
    bounds = bounds_of(zone_outlines(planned.plan.zones))
    across, down = (1, 1) if ascii_only else (2, 4)
    wide, high = across * (columns - GUTTER), down * lines
    # A character is about twice as high as it is wide; a dot of braille is square.
    flat = 2 if ascii_only else 1
    per_um = min((wide - 1) / bounds.width_um, flat * (high - 1) / bounds.height_um)
    places: list[Place] = []
    for number, zone in enumerate(planned.plan.zones):
        if isinstance(zone, Exfoliate):
            spots = [(p.x_um, p.y_um) for p in planned.points if p.zone == number]
        else:
            spots = _along(electrode_ring(zone, planned.electrode_mm2), wide + high)
        for x_um, y_um in spots:
            x = round((x_um - bounds.left_um) * per_um)
            y = round((bounds.high_um - y_um) * per_um / flat)
            places.append((x, y, number))
    rows = _signs(places, wide, high) if ascii_only else braille(places, wide, high)
    rows = [" " * GUTTER + row for row in rows]
    while rows and not rows[-1].strip():
        rows.pop()
    return rows


def _along(ring: list[tuple[int, int]], steps: int) -> list[tuple[int, int]]:
    """Return places along a closed line, close enough to touch."""
    places: list[tuple[int, int]] = []
    for (x, y), (u, v) in zip(ring, ring[1:] + ring[:1], strict=True):
        places += [
            (x + (u - x) * step // steps, y + (v - y) * step // steps) for step in range(steps)
        ]
    return places


def _signs(places: list[Place], wide: int, high: int) -> list[str]:
    """Return one sign for each place: that of its zone."""
    grid = [[" "] * wide for _ in range(high)]
    for x, y, number in places:
        grid[y][x] = MARKS[number]
    return ["".join(row) for row in grid]


def _wave(wave: Wave, columns: int, *, ascii_only: bool) -> list[str]:
    """Return a waveform with its levels at the left and its time below."""
    across, down = (1, 1) if ascii_only else (2, 4)
    wide, high = across * (columns - LABEL), down * WAVE_LINES
    places = [
        (round((wide - 1) * t), round((high - 1) * y), 0) for t, y in _course(wave, 2 * wide, high)
    ]
    if ascii_only:
        rows = [row.replace(MARKS[0], "*") for row in _signs(places, wide, high)]
    else:
        rows = braille(places, wide, high)
    labels = {0: wave.top, WAVE_LINES - 1: wave.low}
    said = [
        f"{from_base(labels[line], wave.suffix) if line in labels else '':>{LABEL - 2}}  {row}"
        for line, row in enumerate(rows)
    ]
    end = wording.lasting(wave.span_us)
    return [*said, f"{'':{LABEL}}0{end:>{max(1, columns - LABEL - 1)}}"]


def _course(wave: Wave, steps: int, levels: int) -> list[Dot]:
    """Return places along a wave, time and level each from 0 to 1, downwards."""
    height = max(1, wave.top - wave.low)
    course: list[Dot] = []
    for (t, level), (u, other) in zip(wave.corners, wave.corners[1:], strict=False):
        # An edge is as steep as the chart is high; a slope is as long as its part of the time.
        number = 1 + max((u - t) * steps // wave.span_us, abs(other - level) * levels // height)
        for step in range(number + 1):
            time = (t + (u - t) * step / number) / wave.span_us
            here = level + (other - level) * step / number
            course.append((time, (wave.top - here) / height))
            if wave.mirrored:
                course.append((time, (wave.top + here) / height))
    return course
