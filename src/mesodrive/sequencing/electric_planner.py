"""From a transdermal plan and a profile to a session, or to a refusal that lists everything.

The order of work is that of `planner`: what is written, how large it would become, the spots, the
programs, the whole session. Zones are treated in the order of the plan, since one prepares the
skin for another.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from mesodrive.core.spec import SessionSpec, StageSpec, ZoneSpec
from mesodrive.documents import Document
from mesodrive.limits import ElectricEnvelope, Electrode
from mesodrive.limits.electric_envelope import electric_envelope_of
from mesodrive.profile.canonical import canonical_hash
from mesodrive.profile.transdermal_models import TransdermalProfile
from mesodrive.sequencing import earlier as totals
from mesodrive.sequencing import electric_checks as checks
from mesodrive.sequencing import electric_programs, extent, geometry, layout, skin_checks
from mesodrive.sequencing.earlier import EarlierSession
from mesodrive.sequencing.electric_estimates import zone_estimate
from mesodrive.sequencing.electric_plan import TransdermalPlan
from mesodrive.sequencing.electric_zone import ElectricZone, Exfoliate
from mesodrive.sequencing.planned import (
    ElectricEstimates,
    ElectricPlanned,
    Identity,
    UnitPoint,
)
from mesodrive.sequencing.refusal import refused

FIT_US: Final = 60_000_000
"""Usual time to prepare skin and electrode, once: an estimate."""
NEXT_ZONE_US: Final = 20_000_000
"""Usual time to move the electrode and to have its contact checked: an estimate."""

Spots = list[list[layout.Point]]
"""For each zone its places on the plan's map: spots in order, or the middle of an electrode."""


def make_electric_session(
    plan: TransdermalPlan,
    profile: TransdermalProfile,
    today: str,
    identity: Identity,
    document: Document | None,
    earlier: Sequence[EarlierSession] = (),
) -> ElectricPlanned:
    """Return the session that carries out a plan; arguments as of `planner.make_session`.

    Raises:
        PlanRefused: With every limit that the plan breaks; nothing is ever clamped.
    """
    env = electric_envelope_of(profile)
    electrode, found = checks.find_electrode(plan, env)
    found += checks.written(plan, profile.identity.profile, env, electrode, today)
    found += skin_checks.opened(plan, earlier)
    fit = electric_programs.fit_of(plan, electrode)
    unsound = [*checks.size(plan, env)] or [*checks.outlines(plan)]
    spots = [[(0, 0)] if unsound else _places(zone) for zone in plan.zones]
    counts = [len(places) for places in spots]
    planned = checks.plannings(plan, env, counts)
    found += [*unsound, *checks.programs(plan, env, fit, planned)]
    estimates = _estimates(plan, profile, env, electrode, counts)
    if not unsound:
        found += checks.whole(plan, env, electrode, estimates, counts)
    found += totals.charge(earlier, estimates.charge_uc, env)
    if found:
        raise refused(found, document)
    stages = electric_programs.stages(fit, planned)
    spec = _spec(plan, profile, identity, estimates, stages)
    points = tuple(_points(plan, spots, estimates))
    order = tuple(range(len(plan.zones)))
    return ElectricPlanned(spec, plan, points, order, estimates, electrode.area_mm2)


def _places(zone: ElectricZone) -> list[layout.Point]:
    """Return where the units of a zone lie: each spot, or the middle of the electrode."""
    if not isinstance(zone, Exfoliate):
        return extent.placed(zone, [geometry.centre(zone)])
    return layout.snake(layout.rows_of(zone), flip_rows=False, flip_first=False)


def _points(
    plan: TransdermalPlan, spots: Spots, estimates: ElectricEstimates
) -> Iterator[UnitPoint]:
    """Yield the place of each unit, in the order of treatment."""
    for number, (zone, places) in enumerate(zip(plan.zones, spots, strict=True)):
        rounds = estimates.zones[number].units // len(places)
        for turn in range(rounds):
            # A pass that ends in one corner goes back from there.
            back = turn % 2 == 1 and isinstance(zone, Exfoliate)
            yield from (UnitPoint(x, y, number) for x, y in (places[::-1] if back else places))


def _estimates(
    plan: TransdermalPlan,
    profile: TransdermalProfile,
    env: ElectricEnvelope,
    electrode: Electrode,
    counts: list[int],
) -> ElectricEstimates:
    """Return what to expect of a session."""
    zones = tuple(
        zone_estimate(zone, spots, env, electrode, profile.simulation)
        for zone, spots in zip(plan.zones, counts, strict=True)
    )
    running_us = sum(zone.time_us for zone in zones)
    return ElectricEstimates(
        units=sum(zone.units for zone in zones),
        charge_uc=sum(zone.charge_uc for zone in zones),
        running_us=running_us,
        session_us=running_us + FIT_US + len(zones) * NEXT_ZONE_US,
        zones=zones,
        reasons={
            limit: text
            for limit, text in plan.reasons.items()
            if any(limit == passed for passed, _ in checks.advice(plan, env, electrode.area_mm2))
        },
    )


def _spec(
    plan: TransdermalPlan,
    profile: TransdermalProfile,
    identity: Identity,
    estimates: ElectricEstimates,
    stages: tuple[StageSpec, ...],
) -> SessionSpec:
    """Return the specification of the core."""
    return SessionSpec(
        treatment_id=plan.treatment,
        nonce=identity.nonce,
        case=identity.case,
        first_rid=identity.first_rid,
        profile=profile,
        profile_hash=canonical_hash(profile).hex(),
        product=plan.product.name if plan.product else "",
        product_limit_nl=0,
        zones=tuple(
            ZoneSpec(name=zone.name, area_mm2=zone.area_mm2, limit_nl=0, limit_uc=zone.limit_uc)
            for zone in estimates.zones
        ),
        stages=stages,
    )
