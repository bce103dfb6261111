"""Rules on a whole session: points, zones, product, and volume over time."""

from collections.abc import Iterator, Sequence
from typing import Final

from mesodrive.limits.electric_envelope import ElectricEnvelope
from mesodrive.limits.envelope import POINTS_MAX, Envelope
from mesodrive.limits.violation import Place, Violation, violation

WINDOW_60S_US: Final = 60_000_000
WINDOW_10MIN_US: Final = 600_000_000
UM2_PER_CM2: Final = 100_000_000
MM2_PER_CM2: Final = 100
US_PER_S: Final = 1_000_000
FILLS_MAX: Final = 20
"""Fillings of the syringe in one session: each costs about a minute, so more fill no session."""
AREA_MM2_MIN: Final = 1
"""A smaller zone has no dose for its area in whole square millimetres."""

TimedDose = tuple[int, int, Place]
"""Time of a unit at the fastest pace (us), its dose (nL), and the place to blame."""


def zone_depth(place: Place, depth_um: int, most_um: int | None) -> Iterator[Violation]:
    """Yield a depth beyond what the plan allows for its zone."""
    if most_um is not None and depth_um > most_um:
        yield violation("depth-zone", place, depth_um, most_um, "um")


def spacing(place: Place, spacing_um: int, env: Envelope) -> Iterator[Violation]:
    """Yield a distance between neighbours that the device does not allow."""
    if env.spacing_um_min is not None and spacing_um < env.spacing_um_min:
        yield violation("spacing-low", place, spacing_um, env.spacing_um_min, "um")
    if env.spacing_um_max is not None and spacing_um > env.spacing_um_max:
        yield violation("spacing-high", place, spacing_um, env.spacing_um_max, "um")


def units_max(env: Envelope | ElectricEnvelope) -> int:
    """Return the most units of one session."""
    return min(POINTS_MAX, env.session_units_max)


def count(place: Place, units: int, env: Envelope | ElectricEnvelope) -> Iterator[Violation]:
    """Yield more units than a session may have."""
    if units > units_max(env):
        yield violation("count-high", place, units, units_max(env), "points")


def zone_area(place: Place, area_mm2: int) -> Iterator[Violation]:
    """Yield a zone without any area to speak of."""
    if area_mm2 < AREA_MM2_MIN:
        yield violation("zone-small", place, area_mm2, AREA_MM2_MIN, "mm2")


def zone_limit_nl(area_mm2: int, env: Envelope) -> int:
    """Return the most volume for a zone, nL; 0 where the device doses nothing."""
    return (env.zone_nl_per_cm2_max or 0) * area_mm2 // MM2_PER_CM2


def zone_volume(place: Place, zone_nl: int, area_mm2: int, env: Envelope) -> Iterator[Violation]:
    """Yield more volume than a zone's area takes."""
    if env.zone_nl_per_cm2_max is not None:
        most_nl = zone_limit_nl(area_mm2, env)
        if zone_nl > most_nl:
            yield violation("zone-volume", place, zone_nl, most_nl, "nl")


def density(place: Place, dose_nl: int, cell_um2: int, env: Envelope) -> Iterator[Violation]:
    """Yield more volume for each area than allowed, in the middle of an endless pattern.

    A wide margin crowds the points, which the mean over the whole zone would hide.

    Args:
        place: Where to blame it.
        dose_nl: Dose of one point.
        cell_um2: Area that belongs to one point, more than 0.
        env: The device.
    """
    nl_per_cm2 = -(-dose_nl * UM2_PER_CM2 // cell_um2)
    if env.zone_nl_per_cm2_max is not None and nl_per_cm2 > env.zone_nl_per_cm2_max:
        yield violation("zone-density", place, nl_per_cm2, env.zone_nl_per_cm2_max, "nl_cm2")


def overlap(place: Place, nl_per_cm2: int, env: Envelope) -> Iterator[Violation]:
    """Yield more volume than allowed where zones lie on each other, their means added up."""
    if env.zone_nl_per_cm2_max is not None and nl_per_cm2 > env.zone_nl_per_cm2_max:
        yield violation("zone-overlap", place, nl_per_cm2, env.zone_nl_per_cm2_max, "nl_cm2")


def session_volume(place: Place, session_nl: int, env: Envelope) -> Iterator[Violation]:
    """Yield more volume than a session may have on this device."""
    if env.session_nl_max is not None and session_nl > env.session_nl_max:
        yield violation("session-volume", place, session_nl, env.session_nl_max, "nl")


def common_volume(place: Place, common_nl: int, env: Envelope) -> Iterator[Violation]:
    """Yield more volume for all sessions of a treatment together than one session may have."""
    if env.session_nl_max is not None and common_nl > env.session_nl_max:
        yield violation("common-volume", place, common_nl, env.session_nl_max, "nl")


def advised_depth(place: Place, depth_um: int, env: Envelope) -> Iterator[Violation]:
    """Yield a depth that needs a reason."""
    if env.advised_depth_um_max is not None and depth_um > env.advised_depth_um_max:
        yield violation("advised-depth", place, depth_um, env.advised_depth_um_max, "um")


def advised_volume(place: Place, session_nl: int, env: Envelope) -> Iterator[Violation]:
    """Yield a session's volume that needs a reason."""
    if env.advised_session_nl_max is not None and session_nl > env.advised_session_nl_max:
        yield violation("advised-volume", place, session_nl, env.advised_session_nl_max, "nl")


def product_volume(place: Place, session_nl: int, most_nl: int | None) -> Iterator[Violation]:
    """Yield more of a mixture than its own limit."""
    if most_nl is not None and session_nl > most_nl:
        yield violation("product-volume", place, session_nl, most_nl, "nl")


def lot_volume(place: Place, lot_nl: int, most_nl: int) -> Iterator[Violation]:
    """Yield more of one lot than its limit."""
    if lot_nl > most_nl:
        yield violation("lot-volume", place, lot_nl, most_nl, "nl")


def expired(place: Place, expiry: str, today: str) -> Iterator[Violation]:
    """Yield a lot whose last day of use is over; days are year-month-day."""
    if expiry < today:
        yield violation("lot-expired", place, expiry, today, "")


def content(place: Place, needed_nl: int, fill_nl: int) -> Iterator[Violation]:
    """Yield a filling too small for prime, reserve and one unit at its worst."""
    if needed_nl > fill_nl:
        yield violation("content-short", place, needed_nl, fill_nl, "nl")


def fills(place: Place, number: int) -> Iterator[Violation]:
    """Yield more fillings than a session can have."""
    if number > FILLS_MAX:
        yield violation("fills-count", place, number, FILLS_MAX, "fillings")


def session_time(
    place: Place, session_us: int, env: Envelope | ElectricEnvelope
) -> Iterator[Violation]:
    """Yield a session that is expected to take longer than allowed."""
    session_s = -(-session_us // US_PER_S)
    if session_s > env.session_time_s_max:
        yield violation("session-time", place, session_s, env.session_time_s_max, "s")


def windows(timeline: Sequence[TimedDose], env: Envelope) -> Iterator[Violation]:
    """Yield the rolling windows that a session breaks, each with its peak.

    Args:
        timeline: Every unit in order, times not falling.
        env: The device.
    """
    session_nl = sum(dose_nl for _, dose_nl, _ in timeline)
    for code, span_us, limit_nl in (
        ("window-60s", WINDOW_60S_US, env.window_60s_nl_max),
        ("window-10min", WINDOW_10MIN_US, env.window_10min_nl_max),
    ):
        if limit_nl is not None and session_nl > limit_nl:
            yield from _window(code, timeline, span_us, limit_nl)


def _window(
    code: str, timeline: Sequence[TimedDose], span_us: int, limit_nl: int
) -> Iterator[Violation]:
    """Yield one window with its highest total, blamed on the unit that first went beyond it.

    Two pointers over the whole session; `Rolling` gives the same sums to a caller who learns of
    one unit at a time, and a test holds the two together.
    """
    total_nl = peak_nl = oldest = 0
    first: Place = ()
    for time_us, dose_nl, place in timeline:
        total_nl += dose_nl
        while timeline[oldest][0] <= time_us - span_us:
            total_nl -= timeline[oldest][1]
            oldest += 1
        if total_nl > peak_nl:
            if peak_nl <= limit_nl < total_nl:
                first = place
            peak_nl = total_nl
    if peak_nl > limit_nl:
        yield violation(code, first, peak_nl, limit_nl, "nl")
