"""A plan as a picture: zones, margins, points in order, scale and legend, as one SVG text."""

from html import escape
from typing import Final, NamedTuple

from mesodrive.sequencing.drawing_map import Bounds, Ring, ZoneOutline, bounds_of, zone_outlines
from mesodrive.sequencing.planned import Planned, ZoneEstimate
from mesodrive.sequencing.zone import Zone
from mesodrive.units import from_base

COLOURS: Final = (
    "#0072b2",
    "#d55e00",
    "#009e73",
    "#cc79a7",
    "#b8860b",
    "#56b4e9",
    "#7a4fb5",
    "#6b6b6b",
)
"""Told apart with every common kind of colour vision; zones are numbered besides."""

MAP_WIDTH: Final = 720
MAP_HEIGHT: Final = 560
EDGE: Final = 36
HEAD: Final = 84
"""Room for the heading above the map."""
ROW: Final = 26
"""Height of a row of the legend."""
BAR_SHARE: Final = 4
"""The scale bar is at most this part of the map's width."""
BAR_MM: Final = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000)
STYLE: Final = (
    "text{font-family:system-ui,'DejaVu Sans',sans-serif;font-size:13px;fill:#222}"
    ".title{font-size:20px;font-weight:600}.quiet{fill:#666}.number{font-weight:600}"
    ".way{fill:none;stroke:#555;stroke-width:.7;stroke-opacity:.45}"
    ".inner{fill:none;stroke-width:1;stroke-dasharray:4 3;stroke-opacity:.7}"
    ".mark{fill:none;stroke:#111;stroke-width:1.8}.label{font-size:12px;font-weight:600}"
)


class _Frame(NamedTuple):
    """How the plan's map lies on the page; y turns over, since pages count downwards."""

    bounds: Bounds
    per_um: float
    left: float
    top: float

    def at(self, x_um: int, y_um: int) -> tuple[float, float]:
        """Return the place on the page."""
        return (
            self.left + (x_um - self.bounds.left_um) * self.per_um,
            self.top + (self.bounds.high_um - y_um) * self.per_um,
        )


def draw_svg(planned: Planned) -> str:
    """Return the picture of a plan as an SVG document.

    It holds no script, style sheet or address from elsewhere; all texts of the plan are escaped.
    """
    outlines = zone_outlines(planned)
    frame = _frame(bounds_of(outlines))
    map_bottom = frame.top + frame.bounds.height_um * frame.per_um
    legend_top = map_bottom + 64
    width = MAP_WIDTH + 2 * EDGE
    height = round(legend_top + ROW * len(planned.plan.zones) + EDGE)
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            f'width="{width}" height="{height}" role="img">'
        ),
        f"<title>{_text(planned.plan.treatment)}</title>",
        f"<style>{STYLE}</style>",
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
        *_heading(planned),
        *_zones(outlines, frame),
        *_way(planned, frame),
        *_points(planned, frame),
        *_ends(planned, frame),
        *_numbers(outlines, frame),
        *_scale_bar(frame, map_bottom + 30),
        *_legend(planned, legend_top),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _frame(bounds: Bounds) -> _Frame:
    """Return the largest frame that fits the page, in the middle of its width."""
    per_um = min(MAP_WIDTH / bounds.width_um, MAP_HEIGHT / bounds.height_um)
    left = EDGE + (MAP_WIDTH - bounds.width_um * per_um) / 2
    return _Frame(bounds, per_um, left, HEAD + EDGE / 2)


def _heading(planned: Planned) -> list[str]:
    """Return title and totals."""
    seen, plan = planned.estimates, planned.plan
    totals = [f"{seen.units} points"]
    if seen.volume_nl:
        totals.append(f"{from_base(seen.volume_nl, 'ml')} on the skin")
        totals.append(f"{seen.fills} filling{'s' if seen.fills > 1 else ''}")
    totals.append(f"about {_duration(seen.session_us)}")
    totals.append(f"{from_base(seen.pricking_us, 's', digits_max=0)} of it pricking")
    return [
        f'<text x="{EDGE}" y="40" class="title">{_text(plan.treatment)}</text>',
        (
            f'<text x="{EDGE}" y="62" class="quiet">{_text(plan.profile)}, needle '
            f"{_text(plan.needle)} · {' · '.join(totals)}</text>"
        ),
    ]


def _duration(us: int) -> str:
    """Return a time for people, rounded up to whole minutes."""
    minutes = -(-us // 60_000_000)
    return f"{minutes} min"


def _zones(outlines: list[ZoneOutline], frame: _Frame) -> list[str]:
    """Return the outlines, and the margins as broken lines."""
    parts: list[str] = []
    for number, outline in enumerate(outlines):
        colour = _colour(number)
        path = _path(outline.outer, frame)
        parts.append(
            f'<path d="{path}" fill="{colour}" fill-opacity=".09" stroke="{colour}" '
            'stroke-width="1.4"/>'
        )
        parts.append(f'<path class="inner" d="{_path(outline.inner, frame)}" stroke="{colour}"/>')
    return parts


def _path(rings: list[Ring], frame: _Frame) -> str:
    """Return closed rings as path data."""
    return "".join(
        "M" + "L".join("{:.1f} {:.1f}".format(*frame.at(x, y)) for x, y in ring) + "Z"
        for ring in rings
    )


def _way(planned: Planned, frame: _Frame) -> list[str]:
    """Return the way from point to point."""
    places = " ".join(
        "{:.1f},{:.1f}".format(*frame.at(point.x_um, point.y_um)) for point in planned.points
    )
    return [f'<polyline class="way" points="{places}"/>']


def _points(planned: Planned, frame: _Frame) -> list[str]:
    """Return the points, grouped by zone, small enough not to touch."""
    parts: list[str] = []
    for number, zone in enumerate(planned.plan.zones):
        radius = _radius(zone, frame)
        parts.append(f'<g fill="{_colour(number)}">')
        for point in planned.points:
            if point.zone == number:
                x, y = frame.at(point.x_um, point.y_um)
                parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}"/>')
        parts.append("</g>")
    return parts


def _radius(zone: Zone, frame: _Frame) -> float:
    """Return the radius of a zone's points on the page."""
    return max(0.6, min(4.0, 0.25 * zone.spacing_um * frame.per_um))


def _ends(planned: Planned, frame: _Frame) -> list[str]:
    """Return a ring around the first point and a square around the last."""
    first, last = planned.points[0], planned.points[-1]
    x, y = frame.at(first.x_um, first.y_um)
    u, v = frame.at(last.x_um, last.y_um)
    return [
        f'<circle class="mark" cx="{x:.1f}" cy="{y:.1f}" r="7"/>',
        f'<rect class="mark" x="{u - 6.5:.1f}" y="{v - 6.5:.1f}" width="13" height="13"/>',
    ]


def _numbers(outlines: list[ZoneOutline], frame: _Frame) -> list[str]:
    """Return the number of each zone above its highest corner."""
    parts: list[str] = []
    for number, outline in enumerate(outlines):
        corners = [corner for ring in outline.outer for corner in ring]
        top_um = max(y for _, y in corners)
        xs = [x for x, y in corners if y == top_um]
        x, y = frame.at((min(xs) + max(xs)) // 2, top_um)
        parts.append(
            f'<text class="number" x="{x:.1f}" y="{y - 5:.1f}" text-anchor="middle" '
            f'style="fill:{_colour(number)}">{number + 1}</text>'
        )
    return parts


def _scale_bar(frame: _Frame, y: float) -> list[str]:
    """Return a bar of a round length."""
    most_mm = MAP_WIDTH / BAR_SHARE / (1_000 * frame.per_um)
    length_mm = max((mm for mm in BAR_MM if mm <= most_mm), default=BAR_MM[0])
    right = EDGE + length_mm * 1_000 * frame.per_um
    return [
        f'<path d="M{EDGE} {y - 4:.1f}v8m0 -4H{right:.1f}m0 -4v8" stroke="#222" fill="none"/>',
        f'<text x="{right + 8:.1f}" y="{y + 4:.1f}">{length_mm} mm</text>',
        (
            f'<text x="{MAP_WIDTH + EDGE}" y="{y + 4:.1f}" text-anchor="end" class="quiet">'
            "ring: first point, square: last point, broken line: margin</text>"
        ),
    ]


def _legend(planned: Planned, top: float) -> list[str]:
    """Return one row for each zone: number, name, points, dose, depth."""
    parts: list[str] = []
    rows = zip(planned.plan.zones, planned.estimates.zones, strict=True)
    for number, (zone, seen) in enumerate(rows):
        y = top + number * ROW
        parts.append(
            f'<circle cx="{EDGE + 6}" cy="{y - 4:.1f}" r="6" fill="{_colour(number)}"/>'
            f'<text class="number" x="{EDGE + 22}" y="{y:.1f}">{number + 1}</text>'
            f'<text x="{EDGE + 48}" y="{y:.1f}">{_text(_shortened(zone.name))}</text>'
            f'<text x="{EDGE + 300}" y="{y:.1f}" class="quiet">{_text(_facts(zone, seen))}</text>'
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


def _shortened(name: str) -> str:
    """Return a name that fits its column."""
    return name if len(name) <= 36 else f"{name[:35]}…"


def _colour(number: int) -> str:
    return COLOURS[number % len(COLOURS)]


def _text(text: str) -> str:
    """Return text that an XML parser takes as text, control characters made visible."""
    return escape("".join(char if char.isprintable() else "?" for char in text))
