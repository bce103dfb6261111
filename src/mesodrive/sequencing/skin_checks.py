"""What exfoliation has to do with current: the state of the skin, a reading first, less density."""

from collections.abc import Iterator

from mesodrive.limits import ElectricEnvelope, Electrode
from mesodrive.limits import electric_session_rules as electric
from mesodrive.limits.violation import Place, Violation, violation
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
