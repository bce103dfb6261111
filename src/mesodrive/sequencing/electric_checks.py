"""Asks the rules about a transdermal plan: what is written, each program, and the whole session.

The rules on programs are in `mesodrive.limits`; here their places become those of the plan.
"""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from mesodrive.core.spec import FitSpec
from mesodrive.limits import ElectricEnvelope, Electrode, check_program
from mesodrive.limits import electric_session_rules as electric
from mesodrive.limits import session_rules as rules
from mesodrive.limits.bounds import above
from mesodrive.limits.envelope import POINTS_MAX
from mesodrive.limits.pulse_rules import volt_us_of
from mesodrive.limits.violation import Place, Violation, violation
from mesodrive.sequencing import electric_programs, extent, geometry, skin_checks
from mesodrive.sequencing.checks import CANDIDATES_MAX
from mesodrive.sequencing.electric_plan import TransdermalPlan
from mesodrive.sequencing.electric_programs import Planning
from mesodrive.sequencing.electric_zone import (
    DrivenZone,
    ElectricZone,
    Electroporation,
    Exfoliate,
)
from mesodrive.sequencing.planned import ElectricEstimates
from mesodrive.sequencing.zone import Polygon
from mesodrive.units import from_base

_KEYS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "iontophoresis": {
            "current_ua": "current_ma",
            "charge_uc": "dose_ma_min",
            "slice_us": "dose_ma_min",
            "ramp_us": "ramp_s",
            "units": "dose_ma_min",
        },
        "burst": {
            "current_ua": "peak_ma",
            "charge_uc": "dose_ma_min",
            "slice_us": "dose_ma_min",
            "ramp_us": "ramp_s",
            "carrier_hz": "carrier_hz",
            "gate_mhz": "gate_hz",
            "duty_permille": "duty_percent",
            "zero_mean": "zero_mean",
            "units": "dose_ma_min",
        },
        "electroporation": {
            "voltage_uv": "voltage_v",
            "width_us": "width_ms",
            "interval_us": "interval_s",
            "cap_ua": "cap_ma",
            "units": "pulses",
        },
        "exfoliate": {
            "vacuum_pa": "vacuum_kpa",
            "dwell_us": "dwell_ms",
            "interval_us": "interval_ms",
            "units": "spacing_mm",
        },
        "measure": {"carrier_hz": "carrier_hz"},
    }
)
"""By technique: the key of the plan for a field of its steps; any other is the technique's."""

_WRITTEN: Final = (("us", "_s", "s"), ("permille", "_percent", "percent"))
"""Base unit, end of the key, and the unit that people see there."""


def find_electrode(
    plan: TransdermalPlan, env: ElectricEnvelope
) -> tuple[Electrode, list[Violation]]:
    """Return the electrode as the profile knows it, and what is wrong with it.

    In place of one that the profile does not have stands one without a name and as large as its
    largest, so that the other rules tell only what no electrode would mend.
    """
    found = next((e for e in env.electrodes if e.name == plan.electrode.name), None)
    if found is not None:
        return found, []
    known = ", ".join(electrode.name for electrode in env.electrodes)
    place: Place = ("electrode", "name")
    refused = violation("electrode-unknown", place, plan.electrode.name, known, "")
    return Electrode("", max(one.area_mm2 for one in env.electrodes), 0), [refused]


def written(
    plan: TransdermalPlan, profile: str, env: ElectricEnvelope, electrode: Electrode, today: str
) -> Iterator[Violation]:
    """Yield what is wrong with a plan before anything is laid out or cut into slices.

    Args:
        plan: The plan.
        profile: Name of the profile that was loaded.
        env: The device.
        electrode: What is fitted.
        today: Day of the treatment, year-month-day.
    """
    if plan.profile != profile:
        yield violation("profile-other", ("profile",), plan.profile, profile, "")
    for number, zone in enumerate(plan.zones):
        yield from _zone(("zones", number), zone, env, electrode)
    yield from skin_checks.state(plan)
    yield from skin_checks.current(plan, env, electrode)
    if plan.product is not None:
        for number, lot in enumerate(plan.product.lots):
            yield from rules.expired(("product", "lots", number, "expiry"), lot.expiry, today)


def _zone(
    at: Place, zone: ElectricZone, env: ElectricEnvelope, electrode: Electrode
) -> Iterator[Violation]:
    """Yield a zone that the device has no means for, or that is smaller than its electrode."""
    area_mm2 = extent.area_mm2(zone)
    if isinstance(zone, Exfoliate):
        yield from rules.zone_area((*at, "shape"), area_mm2)
        yield from electric.passes((*at, "passes"), zone.passes, env)
    elif electrode.name and area_mm2 < electrode.area_mm2:
        yield violation("zone-electrode", (*at, "shape"), area_mm2, electrode.area_mm2, "mm2")
    if isinstance(zone, DrivenZone):
        parts = electric_programs.slices_of(zone, env)
        if parts.short_uc:
            ramps_uc = zone.dose_uc + parts.short_uc
            yield violation("ramp-dose", (*at, "ramp_s"), ramps_uc, zone.dose_uc, "uc")


def size(plan: TransdermalPlan, env: ElectricEnvelope) -> Iterator[Violation]:
    """Yield zones that must not be laid out or cut: they would become too many units."""
    spots = [_estimated(zone) for zone in plan.zones]
    yield from count(plan, env, spots)
    for number, zone in enumerate(plan.zones):
        if not isinstance(zone, Exfoliate):
            continue
        places = extent.candidates(zone)
        if places > CANDIDATES_MAX:
            place: Place = ("zones", number, "spacing_mm")
            yield violation("layout-large", place, places, CANDIDATES_MAX, "places")


def _estimated(zone: ElectricZone) -> int:
    return extent.estimate(zone) if isinstance(zone, Exfoliate) else 1


def count(
    plan: TransdermalPlan, env: ElectricEnvelope, spots: Sequence[int]
) -> Iterator[Violation]:
    """Yield more units than a session may have, blamed on the zone that has most."""
    units = [
        electric_programs.units_of(zone, number, env)
        for zone, number in zip(plan.zones, spots, strict=True)
    ]
    most = max(range(len(units)), key=units.__getitem__)
    key = _KEYS[plan.zones[most].technique].get("units", "technique")
    limit = min(POINTS_MAX, env.session_units_max)
    yield from above("session-units", ("zones", most, key), sum(units), limit, "units")


def outlines(plan: TransdermalPlan) -> Iterator[Violation]:
    """Yield polygons whose lines cross; call it only for a plan of sound size."""
    for number, zone in enumerate(plan.zones):
        if isinstance(zone.shape, Polygon) and geometry.crossing(zone):
            place: Place = ("zones", number, "shape", "points_mm")
            yield violation("outline-crossing", place, "lines that cross", "none", "")


def plannings(plan: TransdermalPlan, env: ElectricEnvelope, spots: Sequence[int]) -> list[Planning]:
    """Return the programs of a plan, without those of zones too large to be cut into units.

    A zone that is left out has broken `count` already.
    """
    found: list[Planning] = []
    for number, (zone, here) in enumerate(zip(plan.zones, spots, strict=True)):
        if electric_programs.units_of(zone, here, env) <= POINTS_MAX:
            found += electric_programs.programs(number, zone, here, env)
    return found


def programs(
    plan: TransdermalPlan, env: ElectricEnvelope, fit: FitSpec, planned: list[Planning]
) -> Iterator[Violation]:
    """Yield what the rules on programs refuse, each fault of a zone once.

    These are the questions that the guard asks again before anything is sent.
    """
    told: set[tuple[str, Place]] = set()
    for number, program in planned:
        zone = plan.zones[number]
        for found in check_program(env, program, fit):
            if _has_its_own(found.place):
                continue
            place = ("zones", number, _key(zone, found.place))
            if (found.code, place) not in told:
                told.add((found.code, place))
                yield _as_written(found._replace(place=place))


def _as_written(found: Violation) -> Violation:
    """Return a fault in the unit of its key, where people's unit of the rules is another."""
    key = str(found.place[-1])
    for base, end, unit in _WRITTEN:
        if (found.unit, key[-len(end) :]) == (base, end):
            value, limit = (from_base(int(number), unit) for number in (found.value, found.limit))
            return found._replace(value=value, limit=limit, unit="")
    return found


def _has_its_own(place: Place) -> bool:
    """Tell whether a fault follows from another that is told where the plan has it.

    The electrode was looked for by its name; the bound on a pulse's energy comes from its voltage
    and width.
    """
    return place[0] == "fit" or place[-1] == "energy_uj"


def _key(zone: ElectricZone, place: Place) -> str:
    """Return the key of a zone for a place in its program."""
    keys = _KEYS[zone.technique]
    match place:
        case ("steps", int(), str(field)):
            return field if field == "trigger" else keys.get(field, "technique")
        case ("steps",):
            return keys.get("units", "technique")
        case ("cap_uv",):
            return "compliance_v"
        case _:
            return "technique"


def whole(
    plan: TransdermalPlan,
    env: ElectricEnvelope,
    electrode: Electrode,
    seen: ElectricEstimates,
    spots: Sequence[int],
) -> Iterator[Violation]:
    """Yield what is wrong with a session as a whole once it is laid out.

    Args:
        plan: The plan.
        env: The device.
        electrode: What is fitted.
        seen: What the session becomes.
        spots: Places of each zone.
    """
    for number, here in enumerate(spots):
        if not here:
            yield violation("count-none", ("zones", number, "shape"), 0, 1, "spots")
    yield from count(plan, env, spots)
    yield from _passes(plan, env)
    if all(zone.charge_uc <= (env.session_uc_max or zone.charge_uc) for zone in seen.zones):
        # Where one zone is too much by itself, the rules on its program have said so.
        yield from electric.session_charge(("zones",), seen.charge_uc, env)
    session_s = -(-seen.session_us // rules.US_PER_S)
    yield from above("session-time", ("zones",), session_s, env.session_time_s_max, "s")
    for limit, found in advice(plan, env, electrode.area_mm2):
        if limit not in plan.reasons:
            yield found


def _passes(plan: TransdermalPlan, env: ElectricEnvelope) -> Iterator[Violation]:
    """Yield zones that lie on one another and have too many passes only together."""
    zones = {n: zone for n, zone in enumerate(plan.zones) if isinstance(zone, Exfoliate)}
    numbers, passes = [*zones], {n: zone.passes for n, zone in zones.items()}
    for first, second in geometry.overlapping([*zones.values()]):
        passes[numbers[second]] += zones[numbers[first]].passes
    for number, zone in zones.items():
        if zone.passes <= (env.passes_max or 0):
            yield from electric.passes(("zones", number, "passes"), passes[number], env)


def advice(
    plan: TransdermalPlan, env: ElectricEnvelope, area_mm2: int
) -> Iterator[tuple[str, Violation]]:
    """Yield each advised limit that a plan passes, with the name under which a reason is given.

    Args:
        plan: The plan.
        env: The device.
        area_mm2: Effective area of the electrode.
    """
    for number, zone in enumerate(plan.zones):
        at: Place = ("zones", number)
        if isinstance(zone, DrivenZone):
            place = (*at, zone.current_key)
            for found in electric.advised_density(place, zone.drive.mean_ua, area_mm2, env):
                yield "density", found
            place = (*at, "compliance_v")
            for found in electric.advised_voltage(place, zone.compliance_uv, env):
                yield "voltage", found
        elif isinstance(zone, Electroporation):
            for found in electric.advised_voltage((*at, "voltage_v"), zone.voltage_uv, env):
                yield "voltage", found
            volt_us = volt_us_of(zone.voltage_uv, zone.width_us, zone.pulses)
            for found in electric.advised_volt_time((*at, "pulses"), volt_us, env):
                yield "volt_time", found
