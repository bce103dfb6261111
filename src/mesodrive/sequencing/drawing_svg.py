"""A plan as a picture: zones, margins, points in order, scale and legend, as one SVG text."""

from typing import Final

from mesodrive.sequencing.drawing_map import bounds_of, zone_outlines
from mesodrive.sequencing.drawing_page import (
    COLOURS,
    EDGE,
    ROW,
    Frame,
    colour_of,
    duration,
    frame_of,
    numbers_drawn,
    page,
    scale_bar,
    shortened,
    text_of,
    zones_drawn,
)
from mesodrive.sequencing.planned import Planned, ZoneEstimate
from mesodrive.sequencing.zone import Zone
from mesodrive.units import from_base

__all__ = ["COLOURS", "draw_svg"]

NOTE: Final = "ring: first point, square: last point, broken line: margin"


def draw_svg(planned: Planned) -> str:
    """Return the picture of a plan as an SVG document.

    It holds no script, style sheet or address from elsewhere; all texts of the plan are escaped.
    """
    outlines = zone_outlines(planned.plan.zones)
    frame = frame_of(bounds_of(outlines))
    map_bottom = frame.top + frame.bounds.height_um * frame.per_um
    legend_top = map_bottom + 64
    height = round(legend_top + ROW * len(planned.plan.zones) + EDGE)
    drawn = [
        *_heading(planned),
        *zones_drawn(outlines, frame),
        *_way(planned, frame),
        *_points(planned, frame),
        *_ends(planned, frame),
        *numbers_drawn(outlines, frame),
        *scale_bar(frame, map_bottom + 30, NOTE),
        *_legend(planned, legend_top),
    ]
    return page(planned.plan.treatment, height, drawn)


def _heading(planned: Planned) -> list[str]:
    """Return title and totals."""
    seen, plan = planned.estimates, planned.plan
    totals = [f"{seen.units} points"]
    if seen.volume_nl:
        totals.append(f"{from_base(seen.volume_nl, 'ml')} on the skin")
        totals.append(f"{seen.fills} filling{'s' if seen.fills > 1 else ''}")
    totals.append(f"about {duration(seen.session_us)}")
    totals.append(f"{from_base(seen.pricking_us, 's', digits_max=0)} of it pricking")
    return [
        f'<text x="{EDGE}" y="40" class="title">{text_of(plan.treatment)}</text>',
        (
            f'<text x="{EDGE}" y="62" class="quiet">{text_of(plan.profile)}, needle '
            f"{text_of(plan.needle)} · {' · '.join(totals)}</text>"
        ),
    ]


def _way(planned: Planned, frame: Frame) -> list[str]:
    """Return the way from point to point."""
    places = " ".join(
        "{:.1f},{:.1f}".format(*frame.at(point.x_um, point.y_um)) for point in planned.points
    )
    return [f'<polyline class="way" points="{places}"/>']


def _points(planned: Planned, frame: Frame) -> list[str]:
    """Return the points, grouped by zone, small enough not to touch."""
    parts: list[str] = []
    for number, zone in enumerate(planned.plan.zones):
        radius = _radius(zone, frame)
        parts.append(f'<g fill="{colour_of(number)}">')
        for point in planned.points:
            if point.zone == number:
                x, y = frame.at(point.x_um, point.y_um)
                parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}"/>')
        parts.append("</g>")
    return parts


def _radius(zone: Zone, frame: Frame) -> float:
    """Return the radius of a zone's points on the page."""
    return max(0.6, min(4.0, 0.25 * zone.spacing_um * frame.per_um))


def _ends(planned: Planned, frame: Frame) -> list[str]:
    """Return a ring around the first point and a square around the last."""
    first, last = planned.points[0], planned.points[-1]
    x, y = frame.at(first.x_um, first.y_um)
    u, v = frame.at(last.x_um, last.y_um)
    return [
        f'<circle class="mark" cx="{x:.1f}" cy="{y:.1f}" r="7"/>',
        f'<rect class="mark" x="{u - 6.5:.1f}" y="{v - 6.5:.1f}" width="13" height="13"/>',
    ]


def _legend(planned: Planned, top: float) -> list[str]:
    """Return one row for each zone: number, name, points, dose, depth."""
    parts: list[str] = []
    rows = zip(planned.plan.zones, planned.estimates.zones, strict=True)
    for number, (zone, seen) in enumerate(rows):
        y = top + number * ROW
        parts.append(
            f'<circle cx="{EDGE + 6}" cy="{y - 4:.1f}" r="6" fill="{colour_of(number)}"/>'
            f'<text class="number" x="{EDGE + 22}" y="{y:.1f}">{number + 1}</text>'
            f'<text x="{EDGE + 48}" y="{y:.1f}">{text_of(shortened(zone.name))}</text>'
            f'<text x="{EDGE + 300}" y="{y:.1f}" class="quiet">{text_of(_facts(zone, seen))}</text>'
        )
    return parts


def _facts(zone: Zone, seen: ZoneEstimate) -> str:
    """Return what each point of a zone gets, and how many there are."""
    facts = [f"{seen.units} points", f"{from_base(zone.depth_um, 'mm')} deep"]
    if zone.dose_nl:
        dose, whole = from_base(zone.dose_nl, "ul"), from_base(seen.volume_nl, "ul")
        facts += [f"{dose} each", f"{whole} of at most {from_base(seen.limit_nl, 'ul')}"]
    else:
        facts.append(f"{zone.strokes} strokes each")
    return ", ".join(facts)
