"""What exfoliation has to do with current: the state of the skin, a reading first, less density."""

from collections.abc import Iterator, Sequence

from mesodrive.document_text import escaped
from mesodrive.limits import ElectricEnvelope, Electrode
from mesodrive.limits import electric_session_rules as electric
from mesodrive.limits.violation import Place, Violation, violation
from mesodrive.sequencing.earlier import EarlierSession, TouchedZone, listed
from mesodrive.sequencing.electric_plan import TransdermalPlan
from mesodrive.sequencing.electric_zone import (
    Burst,
    Electroporation,
    Exfoliate,
    Iontophoresis,
    Measure,
)


def state(plan: TransdermalPlan) -> Iterator[Violation]:
    """Yield a state of the skin that is not the one that the zones make, and missing readings."""
    exfoliated: set[str] = set()
    then_current = False
    for zone in plan.zones:
        if isinstance(zone, Exfoliate):
            exfoliated.add(zone.place)
        elif not isinstance(zone, Measure):
            then_current |= zone.place in exfoliated
    if then_current and plan.skin != "exfoliated_now":
        limit = "exfoliated_now, since a zone exfoliates where one after it has current"
        yield violation("skin-state", ("skin",), plan.skin, limit, "")
    if plan.skin == "exfoliated_now" and not exfoliated:
        limit = "intact or exfoliated, since no zone exfoliates"
        yield violation("skin-state", ("skin",), plan.skin, limit, "")
    if plan.skin != "intact":
        yield from _unread(plan)


def _unread(plan: TransdermalPlan) -> Iterator[Violation]:
    """Yield each zone with current on exfoliated skin whose impedance is not read before."""
    read: set[str] = set()
    for number, zone in enumerate(plan.zones):
        if isinstance(zone, Measure):
            read.add(zone.place)
        elif isinstance(zone, Exfoliate):
            read.discard(zone.place)
        elif zone.place not in read:
            place: Place = ("zones", number, "technique")
            yield violation("reading-missing", place, zone.technique, zone.place, "")


def current(
    plan: TransdermalPlan, env: ElectricEnvelope, electrode: Electrode
) -> Iterator[Violation]:
    """Yield current on exfoliated skin where none may flow, or more of it than may."""
    if plan.skin == "intact":
        return
    for number, zone in enumerate(plan.zones):
        match zone:
            case Iontophoresis() | Burst():
                key, mean_ua = zone.current_key, zone.drive.mean_ua
            case Electroporation():
                key, mean_ua = "cap_ma", zone.mean_ua
            case _:
                continue
        place: Place = ("zones", number, key)
        yield from electric.skin_density(place, mean_ua, electrode.area_mm2, env, exfoliated=True)


def opened(plan: TransdermalPlan, earlier: Sequence[EarlierSession]) -> Iterator[Violation]:
    """Yield each earlier session that may have opened skin which a plan with current calls intact.

    A zone that does not say where on the body it lies may lie anywhere.
    """
    driven = {zone.place for zone in plan.zones if not isinstance(zone, Exfoliate | Measure)}
    if plan.skin != "intact" or not driven:
        return
    for one in earlier:
        zones = [zone for zone in one.zones if zone.opens and zone.place in {"", *driven}]
        if zones:
            limit = f"exfoliated, since {escaped(one.name)} has {_did(zones)}"
            yield violation("skin-opened", ("skin",), plan.skin, limit, "")


def _did(zones: Sequence[TouchedZone]) -> str:
    """Return what was done where, as words that follow "has"."""
    said = [_zone_said(zone) for zone in zones]
    unplaced = any(not zone.place for zone in zones)
    return listed(said) + (", which may be anywhere on the body" if unplaced else "")


def _zone_said(zone: TouchedZone) -> str:
    counted = f"{zone.units_lo} to {zone.units_hi}"
    units = f"{zone.units_hi}" if zone.units_lo == zone.units_hi else counted
    place = f" on the {escaped(zone.place)}" if zone.place else ""
    return f"{zone.how} {escaped(zone.name)!r}{place} ({units} units)"
