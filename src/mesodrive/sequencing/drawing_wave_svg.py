"""One waveform as a panel of a picture: its course, and a closer look beside it."""

from typing import Final, NamedTuple

from mesodrive.sequencing.drawing_page import EDGE, MAP_WIDTH
from mesodrive.sequencing.electric_wording import lasting
from mesodrive.sequencing.waveform import Corner, Wave
from mesodrive.units import UNITS, from_base

PANEL: Final = 138
"""Height of a panel with its space below."""
CHART: Final = 84
"""Height of the chart itself."""
ABOVE: Final = 14
LABELS: Final = 64
"""Room for the labels of the level at the left."""
DETAIL: Final = 150
"""Width of the closer look."""
GAP: Final = 64
BURST_PIXELS_MIN: Final = 3
"""Bursts narrower than this are drawn as a plain area."""


class _Chart(NamedTuple):
    """Where a chart lies, and what its edges mean."""

    left: float
    top: float
    width: float
    span_us: int
    low: int
    high: int

    def x(self, time_us: float) -> float:
        """Return the place of a time on the page."""
        return self.left + self.width * time_us / self.span_us

    def y(self, level: float) -> float:
        """Return the place of a level on the page."""
        return self.top + CHART * (self.high - level) / (self.high - self.low)

    def line(self, corners: tuple[Corner, ...]) -> str:
        """Return corners as path data."""
        return "M" + "L".join(f"{self.x(t):.1f} {self.y(level):.1f}" for t, level in corners)


def wave_panel(wave: Wave, label: str, colour: str, top: float) -> str:
    """Return the panel of one waveform.

    Args:
        wave: What to draw.
        label: What stands at its left: the number of the zone.
        colour: Of the line.
        top: Upper edge on the page.
    """
    wide = MAP_WIDTH - LABELS - (DETAIL + GAP if wave.detail else 0)
    chart = _Chart(EDGE + LABELS, top + ABOVE, wide, wave.span_us, wave.low, wave.top)
    parts = [
        (
            f'<text class="number" x="{EDGE}" y="{top + ABOVE + 10:.1f}" style="fill:{colour}">'
            f"{label}</text>"
        ),
        *_filled(wave, chart, colour),
        *_axes(chart, wave.suffix),
        f'<path d="{chart.line(wave.corners)}" fill="none" stroke="{colour}" stroke-width="1.6"/>',
    ]
    if wave.detail:
        parts += _detail(wave, colour, top + ABOVE)
    return "\n".join(parts)


def _filled(wave: Wave, chart: _Chart, colour: str) -> list[str]:
    """Return the area under the line, cut into bursts where they are wide enough to be seen."""
    mirror = tuple((t, -level if wave.mirrored else 0) for t, level in reversed(wave.corners))
    area = f"{chart.line(wave.corners)}L{chart.line(mirror)[1:]}Z"
    parts = [f'<path d="{area}" fill="{colour}" fill-opacity=".12"/>']
    for begin_us, end_us in _bursts(wave, chart):
        upper = tuple((t, _level_at(wave, t)) for t in _inner(wave, begin_us, end_us))
        lower = tuple((t, -level if wave.mirrored else 0) for t, level in reversed(upper))
        shape = f"{chart.line(upper)}L{chart.line(lower)[1:]}Z"
        parts.append(f'<path d="{shape}" fill="{colour}" fill-opacity=".5"/>')
    return parts


def _bursts(wave: Wave, chart: _Chart) -> list[tuple[int, int]]:
    """Return begin and end of each burst, us; none where they could not be told apart."""
    if not wave.gate_mhz:
        return []
    number = -(-wave.span_us * wave.gate_mhz // 1_000_000_000)
    if chart.width < number * BURST_PIXELS_MIN:
        return []
    times: list[tuple[int, int]] = []
    for burst in range(number):
        begin_us = burst * 1_000_000_000 // wave.gate_mhz
        end_us = begin_us + wave.duty_permille * 1_000_000 // wave.gate_mhz
        times.append((begin_us, min(end_us, wave.span_us)))
    return times


def _inner(wave: Wave, begin_us: int, end_us: int) -> list[int]:
    """Return the times of a burst at which its edge bends."""
    between = [t for t, _ in wave.corners if begin_us < t < end_us]
    return [begin_us, *between, end_us]


def _level_at(wave: Wave, time_us: int) -> int:
    """Return the level of the line at a time of its course, between its corners straight."""
    (before_us, before), *rest = wave.corners
    after_us, after = next((corner for corner in rest if corner[0] >= time_us), rest[-1])
    for corner_us, level in rest:
        if corner_us < time_us:
            before_us, before = corner_us, level
    span_us = max(1, after_us - before_us)
    return before + (after - before) * (time_us - before_us) // span_us


def _axes(chart: _Chart, suffix: str) -> list[str]:
    """Return the zero line, the levels at the left and the times below."""
    right, zero = chart.left + chart.width, chart.y(0)
    levels = {0, chart.low, chart.high}
    parts = [
        f'<path d="M{chart.left:.1f} {zero:.1f}H{right:.1f}" stroke="#888" stroke-width=".8"/>',
        f'<path d="M{chart.left:.1f} {chart.top:.1f}v{CHART}" stroke="#888" stroke-width=".8"/>',
    ]
    parts += [
        f'<text class="quiet" x="{chart.left - 6:.1f}" y="{chart.y(level) + 4:.1f}" '
        f'text-anchor="end">{from_base(level, suffix)}</text>'
        for level in sorted(levels)
    ]
    below = chart.top + CHART + 18
    parts += [
        f'<text class="quiet" x="{chart.left:.1f}" y="{below:.1f}">0</text>',
        (
            f'<text class="quiet" x="{right:.1f}" y="{below:.1f}" text-anchor="end">'
            f"{lasting(chart.span_us)}</text>"
        ),
    ]
    return parts


def _time_unit(span_us: int) -> str:
    """Return the largest unit of time in which a span is at least 1."""
    return next(unit for unit in ("s", "ms", "us") if span_us >= 10 ** UNITS[unit].exponent)


def _detail(wave: Wave, colour: str, top: float) -> list[str]:
    """Return the closer look at the right: cycles of the carrier, or one pulse."""
    span_us = max(1, wave.detail[-1][0])
    left = EDGE + MAP_WIDTH - DETAIL
    chart = _Chart(left, top, DETAIL, span_us, wave.low, wave.top)
    below = top + CHART + 18
    span = from_base(span_us, _time_unit(span_us), digits_max=2)
    return [
        f'<path d="M{left:.1f} {chart.y(0):.1f}h{DETAIL}" stroke="#888" stroke-width=".8"/>',
        f'<path d="{chart.line(wave.detail)}" fill="none" stroke="{colour}" stroke-width="1.4"/>',
        (
            f'<text class="quiet" x="{left + DETAIL / 2:.1f}" y="{below:.1f}" text-anchor="middle">'
            f"{span} of it</text>"
        ),
    ]
