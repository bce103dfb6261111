"""What every picture of a plan is made of: the page, the map on it, outlines, scale, and text."""

from collections.abc import Iterable
from html import escape
from typing import Final, NamedTuple

from mesodrive.sequencing.drawing_map import Bounds, Ring, ZoneOutline

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


class Frame(NamedTuple):
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


def page(title: str, height: int, drawn: Iterable[str]) -> str:
    """Return a picture as an SVG document, with no script and no address from elsewhere.

    Args:
        title: Of the plan, as written; escaped here.
        height: Of the page; its width is always the same.
        drawn: Elements, their texts escaped.
    """
    width = MAP_WIDTH + 2 * EDGE
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            f'width="{width}" height="{height}" role="img">'
        ),
        f"<title>{text_of(title)}</title>",
        f"<style>{STYLE}</style>",
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
        *drawn,
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def frame_of(bounds: Bounds, height: int = MAP_HEIGHT) -> Frame:
    """Return the largest frame that fits the page's width and so much height, in its middle."""
    per_um = min(MAP_WIDTH / bounds.width_um, height / bounds.height_um)
    left = EDGE + (MAP_WIDTH - bounds.width_um * per_um) / 2
    return Frame(bounds, per_um, left, HEAD + EDGE / 2)


def duration(us: int) -> str:
    """Return a time for people, rounded up to whole minutes."""
    minutes = -(-us // 60_000_000)
    return f"{minutes} min"


def zones_drawn(outlines: list[ZoneOutline], frame: Frame) -> list[str]:
    """Return the outlines, and the margins as broken lines."""
    parts: list[str] = []
    for number, outline in enumerate(outlines):
        colour = colour_of(number)
        path = path_data(outline.outer, frame)
        parts.append(
            f'<path d="{path}" fill="{colour}" fill-opacity=".09" stroke="{colour}" '
            'stroke-width="1.4"/>'
        )
        parts.append(
            f'<path class="inner" d="{path_data(outline.inner, frame)}" stroke="{colour}"/>'
        )
    return parts


def path_data(rings: list[Ring], frame: Frame) -> str:
    """Return closed rings as path data."""
    return "".join(
        "M" + "L".join("{:.1f} {:.1f}".format(*frame.at(x, y)) for x, y in ring) + "Z"
        for ring in rings
    )


def numbers_drawn(outlines: list[ZoneOutline], frame: Frame) -> list[str]:
    """Return the number of each zone above its highest corner."""
    parts: list[str] = []
    for number, outline in enumerate(outlines):
        corners = [corner for ring in outline.outer for corner in ring]
        top_um = max(y for _, y in corners)
        xs = [x for x, y in corners if y == top_um]
        x, y = frame.at((min(xs) + max(xs)) // 2, top_um)
        parts.append(
            f'<text class="number" x="{x:.1f}" y="{y - 5:.1f}" text-anchor="middle" '
            f'style="fill:{colour_of(number)}">{number + 1}</text>'
        )
    return parts


def scale_bar(frame: Frame, y: float, note: str) -> list[str]:
    """Return a bar of a round length, and a note at the other end of its line."""
    most_mm = MAP_WIDTH / BAR_SHARE / (1_000 * frame.per_um)
    length_mm = max((mm for mm in BAR_MM if mm <= most_mm), default=BAR_MM[0])
    right = EDGE + length_mm * 1_000 * frame.per_um
    return [
        f'<path d="M{EDGE} {y - 4:.1f}v8m0 -4H{right:.1f}m0 -4v8" stroke="#222" fill="none"/>',
        f'<text x="{right + 8:.1f}" y="{y + 4:.1f}">{length_mm} mm</text>',
        (
            f'<text x="{MAP_WIDTH + EDGE}" y="{y + 4:.1f}" text-anchor="end" class="quiet">'
            f"{note}</text>"
        ),
    ]


def shortened(name: str) -> str:
    """Return a name that fits its column."""
    return name if len(name) <= 36 else f"{name[:35]}…"


def colour_of(number: int) -> str:
    """Return the colour of a zone; they come round."""
    return COLOURS[number % len(COLOURS)]


def text_of(text: str) -> str:
    """Return text that an XML parser takes as text, control characters made visible."""
    return escape("".join(char if char.isprintable() else "?" for char in text))
