"""A plan for the transdermal unit as a picture: electrodes and spots on the map, and waveforms."""

from collections.abc import Iterator
from typing import Final

from mesodrive.sequencing import electric_wording as wording
from mesodrive.sequencing.drawing_map import ZoneOutline, bounds_of, electrode_ring, zone_outlines
from mesodrive.sequencing.drawing_page import (
    EDGE,
    Frame,
    colour_of,
    duration,
    frame_of,
    page,
    path_data,
    scale_bar,
    shortened,
    text_of,
    zones_drawn,
)
from mesodrive.sequencing.drawing_wave_svg import PANEL, wave_panel
from mesodrive.sequencing.electric_estimates import MM2_PER_CM2
from mesodrive.sequencing.electric_zone import Exfoliate
from mesodrive.sequencing.planned import ElectricPlanned
from mesodrive.sequencing.waveform import wave_of

MAP_HEIGHT: Final = 340
"""Less than for an injector: the waveforms need room too."""
ROW: Final = 64
"""Height of a row of the legend: name, setting, what to expect."""
LINE: Final = 18
SPOT_RADIUS: Final = 2.5
NOTE: Final = "filled: electrode's effective area, dots: spots, broken line: margin"


def draw_electric_svg(planned: ElectricPlanned) -> str:
    """Return the picture of a plan as an SVG document.

    It holds no script, style sheet or address from elsewhere; all texts of the plan are escaped.
    """
    outlines = zone_outlines(planned.plan.zones)
    frame = frame_of(bounds_of(outlines), MAP_HEIGHT)
    map_bottom = frame.top + frame.bounds.height_um * frame.per_um
    legend_top = map_bottom + 72
    waves_top = legend_top + ROW * len(planned.plan.zones)
    panels = [*_panels(planned, waves_top)]
    height = round(waves_top + PANEL * len(panels) + EDGE)
    drawn = [
        *_heading(planned),
        *zones_drawn(outlines, frame),
        *_electrodes(planned, frame),
        *_spots(planned, frame),
        *_numbers(outlines, frame),
        *scale_bar(frame, map_bottom + 30, NOTE),
        *_legend(planned, legend_top),
        *panels,
    ]
    return page(planned.plan.treatment, height, drawn)


def _heading(planned: ElectricPlanned) -> list[str]:
    """Return title and totals."""
    seen, plan = planned.estimates, planned.plan
    totals = [f"{seen.units} units"]
    if seen.charge_uc:
        totals.append(f"at most {wording.charge(seen.charge_uc)}")
    totals.append(f"about {duration(seen.session_us)}")
    area = f"{planned.electrode_mm2 / MM2_PER_CM2:g} cm2"
    return [
        f'<text x="{EDGE}" y="40" class="title">{text_of(plan.treatment)}</text>',
        (
            f'<text x="{EDGE}" y="62" class="quiet">{text_of(plan.profile)}, electrode '
            f"{text_of(plan.electrode.name)} ({area}) · {' · '.join(totals)}</text>"
        ),
    ]


def _electrodes(planned: ElectricPlanned, frame: Frame) -> list[str]:
    """Return where the electrode lies: as large as its effective area, formed as its zone."""
    return [
        f'<path d="{path_data([electrode_ring(zone, planned.electrode_mm2)], frame)}" '
        f'fill="{colour_of(number)}" fill-opacity=".3"/>'
        for number, zone in enumerate(planned.plan.zones)
        if not isinstance(zone, Exfoliate)
    ]


def _spots(planned: ElectricPlanned, frame: Frame) -> list[str]:
    """Return the spots of exfoliated zones, and the way of their first pass."""
    parts: list[str] = []
    for number, zone in enumerate(planned.plan.zones):
        if not isinstance(zone, Exfoliate):
            continue
        points = [point for point in planned.points if point.zone == number]
        places = [
            frame.at(point.x_um, point.y_um) for point in points[: len(points) // zone.passes]
        ]
        way = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        parts.append(f'<polyline class="way" points="{way}"/>')
        parts.append(f'<g fill="{colour_of(number)}">')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{SPOT_RADIUS}"/>' for x, y in places]
        parts.append("</g>")
    return parts


def _numbers(outlines: list[ZoneOutline], frame: Frame) -> list[str]:
    """Return the numbers of zones above their highest corners, those of one place together."""
    numbers: dict[tuple[int, int], list[int]] = {}
    for number, outline in enumerate(outlines):
        corners = [corner for ring in outline.outer for corner in ring]
        top_um = max(y for _, y in corners)
        xs = [x for x, y in corners if y == top_um]
        numbers.setdefault(((min(xs) + max(xs)) // 2, top_um), []).append(number)
    parts: list[str] = []
    for (x_um, y_um), here in numbers.items():
        x, y = frame.at(x_um, y_um)
        said = ", ".join(str(number + 1) for number in here)
        parts.append(
            f'<text class="number" x="{x:.1f}" y="{y - 5:.1f}" text-anchor="middle" '
            f'style="fill:{colour_of(here[0])}">{said}</text>'
        )
    return parts


def _legend(planned: ElectricPlanned, top: float) -> list[str]:
    """Return three lines for each zone: number, name and place; setting; what to expect."""
    parts: list[str] = []
    rows = zip(planned.plan.zones, planned.estimates.zones, strict=True)
    for number, (zone, seen) in enumerate(rows):
        y = top + number * ROW
        lines = [f"{zone.technique}: {wording.setting(zone)}", wording.expected(seen)]
        parts.append(
            f'<circle cx="{EDGE + 6}" cy="{y - 4:.1f}" r="6" fill="{colour_of(number)}"/>'
            f'<text class="number" x="{EDGE + 22}" y="{y:.1f}">{number + 1}</text>'
            f'<text x="{EDGE + 48}" y="{y:.1f}">{text_of(shortened(zone.name))}, '
            f"{zone.place.replace('_', ' ')}</text>"
        )
        parts += [
            f'<text x="{EDGE + 48}" y="{y + LINE * below:.1f}" class="quiet">{text_of(line)}</text>'
            for below, line in enumerate(lines, 1)
        ]
    return parts


def _panels(planned: ElectricPlanned, top: float) -> Iterator[str]:
    """Yield a panel for each zone that has a waveform."""
    y = top
    rows = zip(planned.plan.zones, planned.estimates.zones, strict=True)
    for number, (zone, seen) in enumerate(rows):
        wave = wave_of(zone, seen)
        if wave is not None:
            yield wave_panel(wave, f"{number + 1}", colour_of(number), y)
            y += PANEL
