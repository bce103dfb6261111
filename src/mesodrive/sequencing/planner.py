"""From a plan and a profile to a session, or to a refusal that lists everything.

The order of work: what is written, how large it would become, the points, the whole session, the
programs. A plan is laid out even if what is written already breaks a limit, so that a person sees
all of it at once; only a layout that would cost too much is not begun.
"""

from collections.abc import Iterator, Sequence
from math import dist
from typing import Final, NamedTuple, overload

from mesodrive.core.spec import SessionSpec, StageSpec, ZoneSpec
from mesodrive.documents import Document
from mesodrive.limits import session_rules as rules
from mesodrive.limits.envelope import Envelope, envelope_of
from mesodrive.limits.fluid import WATER_UPA_S
from mesodrive.limits.program_rules import check_program
from mesodrive.limits.violation import Violation, violation
from mesodrive.profile.any_profile import AnyProfile
from mesodrive.profile.canonical import canonical_hash
from mesodrive.profile.models import DeviceProfile
from mesodrive.profile.transdermal_models import TransdermalProfile
from mesodrive.sequencing import checks, extent, fills, layout
from mesodrive.sequencing import earlier as totals
from mesodrive.sequencing.earlier import EarlierSession
from mesodrive.sequencing.electric_plan import TransdermalPlan
from mesodrive.sequencing.electric_planner import make_electric_session
from mesodrive.sequencing.fills import Run
from mesodrive.sequencing.plan import WHOLE_PERMILLE, Plan
from mesodrive.sequencing.planned import (
    AnyPlan,
    AnyPlanned,
    ElectricPlanned,
    Estimates,
    Identity,
    LotEstimate,
    Planned,
    UnitPoint,
    ZoneEstimate,
)
from mesodrive.sequencing.refusal import refused
from mesodrive.sequencing.zone import Zone
from mesodrive_protocol.enums import Kind, Trigger

__all__ = ["Identity", "make_session"]

SWAP_US_MIN: Final = 10_000_000
"""Fastest change of a syringe with self-test and prime, for the rolling windows: an estimate on
the short side, since a short change crowds the volume."""
FIT_US: Final = 60_000_000
"""Usual time to fit and prime, for the expected time of a session: an estimate."""
NEXT_ZONE_US: Final = 5_000_000
"""Usual time to move on to the next zone: an estimate."""
PRESS_US: Final = 500_000
"""Usual time from press to press of a single trigger: an estimate."""


class _Laid(NamedTuple):
    """A plan's points, in the order of treatment."""

    ways: list[tuple[int, list[layout.Point]]]
    filled: list[list[Run]]
    """Runs of each filling."""

    def units(self, zones: int) -> list[int]:
        """Return the number of points of each zone."""
        counts = [0] * zones
        for number, way in self.ways:
            counts[number] = len(way)
        return counts


@overload
def make_session(
    plan: Plan,
    profile: AnyProfile,
    *,
    today: str,
    identity: Identity,
    document: Document | None = None,
    earlier: Sequence[EarlierSession] = (),
    serial: str | None = None,
    allow_simulator: bool = True,
) -> Planned: ...
@overload
def make_session(
    plan: TransdermalPlan,
    profile: AnyProfile,
    *,
    today: str,
    identity: Identity,
    document: Document | None = None,
    earlier: Sequence[EarlierSession] = (),
    serial: str | None = None,
    allow_simulator: bool = True,
) -> ElectricPlanned: ...
@overload
def make_session(
    plan: AnyPlan,
    profile: AnyProfile,
    *,
    today: str,
    identity: Identity,
    document: Document | None = None,
    earlier: Sequence[EarlierSession] = (),
    serial: str | None = None,
    allow_simulator: bool = True,
) -> AnyPlanned: ...
def make_session(
    plan: AnyPlan,
    profile: AnyProfile,
    *,
    today: str,
    identity: Identity,
    document: Document | None = None,
    earlier: Sequence[EarlierSession] = (),
    serial: str | None = None,
    allow_simulator: bool = True,
) -> AnyPlanned:
    """Return the session that carries out a plan.

    Args:
        plan: The plan; its `profile` has to be the name of `profile`.
        profile: The device's profile.
        today: Day of the treatment, year-month-day, for the expiry of lots.
        identity: Numbers drawn for this session.
        document: What the plan was read from, for places in refusals.
        earlier: Sessions of the same treatment before it; what they gave at most counts.
        serial: Only this device, where given.
        allow_simulator: Whether a simulated device may carry it out.

    Raises:
        PlanRefused: With every limit that the plan breaks; nothing is ever clamped.
    """
    if isinstance(plan, TransdermalPlan) and isinstance(profile, TransdermalProfile):
        planned: AnyPlanned = make_electric_session(
            plan, profile, today, identity, document, earlier
        )
    elif isinstance(plan, Plan) and isinstance(profile, DeviceProfile):
        planned = _make_needle_session(plan, profile, today, identity, document, earlier)
    else:
        raise refused(_foreign(plan, profile), document)
    only = {"serial": serial, "allow_simulator": allow_simulator}
    return planned._replace(spec=planned.spec.model_copy(update=only))


def _foreign(plan: AnyPlan, profile: AnyProfile) -> Iterator[Violation]:
    """Yield each zone of a plan for a device of another family; no other rule can be asked."""
    yield from _profile_named(plan, profile)
    known = ", ".join(profile.capabilities.kinds)
    for number, zone in enumerate(plan.zones):
        place = ("zones", number, "technique")
        yield violation("kind-unsupported", place, zone.kind.name.lower(), known, "")


def _make_needle_session(
    plan: Plan,
    profile: DeviceProfile,
    today: str,
    identity: Identity,
    document: Document | None,
    earlier: Sequence[EarlierSession],
) -> Planned:
    """Return the session of an injector's plan."""
    env = envelope_of(profile)
    parts, found = checks.find_parts(plan, env)
    found += _profile_named(plan, profile)
    found += checks.written(plan, env, parts, today)
    unsound = [*checks.size(plan, env)] or [*checks.outlines(plan)]
    if unsound:
        raise refused([*found, *unsound], document)
    laid = _lay_out(plan, env)
    units = laid.units(len(plan.zones))
    found += checks.laid_out(plan, env, units, _timeline(plan, laid))
    found += rules.fills(("syringe", "fill_ml"), len(laid.filled))
    estimates = _estimates(plan, env, laid, units)
    found += rules.session_time(("zones",), estimates.session_us, env)
    found += totals.volume(earlier, estimates.volume_nl, env)
    if found:
        raise refused(found, document)
    stages = fills.stages(laid.filled, plan, env, parts)
    wrong = _programs(stages, env, plan)
    assert not wrong, f"a program beyond a limit that the plan's check has missed: {wrong}"
    spec = _spec(plan, profile, env, identity, stages)
    points = tuple(UnitPoint(*point, number) for number, way in laid.ways for point in way)
    return Planned(spec, plan, points, tuple(number for number, _ in laid.ways), estimates)


def _profile_named(plan: AnyPlan, profile: AnyProfile) -> list[Violation]:
    """Return the refusal of a plan that is for another profile."""
    name = profile.identity.profile
    if plan.profile == name:
        return []
    return [violation("profile-other", ("profile",), plan.profile, name, "")]


def _lay_out(plan: Plan, env: Envelope) -> _Laid:
    """Return the points of a plan, cut into fillings."""
    ways = layout.order([layout.rows_of(zone) for zone in plan.zones])
    runs = [Run(number, len(way)) for number, way in ways]
    return _Laid(ways, fills.cut(runs, plan, env))


def _timeline(plan: Plan, laid: _Laid) -> list[rules.TimedDose]:
    """Return every unit that delivers at the fastest pace: no rest but for changing a syringe."""
    timeline: list[rules.TimedDose] = []
    now_us = 0
    for runs in laid.filled:
        for number, units in runs:
            zone = plan.zones[number]
            dose_nl, period_us = zone.dose_nl or 0, zone.period_us
            place = ("zones", number, "dose_ul")
            timeline += [(now_us + index * period_us, dose_nl, place) for index in range(units)]
            now_us += units * period_us
        now_us += SWAP_US_MIN
    return timeline


def _programs(stages: tuple[StageSpec, ...], env: Envelope, plan: Plan) -> list[Violation]:
    """Ask the guard's own question about each program: the same check twice, on purpose."""
    return [
        found
        for stage in stages
        for program in stage.programs
        for found in check_program(env, program, stage.fit, viscosity_upa_s=_viscosity(plan))
    ]


def _viscosity(plan: Plan) -> int:
    return plan.product.viscosity_upa_s if plan.product else WATER_UPA_S


def _estimates(plan: Plan, env: Envelope, laid: _Laid, units: list[int]) -> Estimates:
    """Return what to expect of a session."""
    zones = tuple(
        ZoneEstimate(
            zone.name,
            number,
            number * (zone.dose_nl or 0),
            rules.zone_limit_nl(extent.area_mm2(zone), env),
            extent.area_mm2(zone),
            number * zone.period_us,
        )
        for zone, number in zip(plan.zones, units, strict=True)
    )
    volume_nl = sum(zone.volume_nl for zone in zones)
    slow_us = sum(n * _usual_us(zone) for zone, n in zip(plan.zones, units, strict=True))
    moving_us = len(laid.ways) * NEXT_ZONE_US + len(laid.filled) * FIT_US
    return Estimates(
        units=sum(units),
        volume_nl=volume_nl,
        waste_nl=(plan.prime_nl or 0) * len(laid.filled),
        fills=len(laid.filled),
        pricking_us=sum(zone.pricking_us for zone in zones),
        session_us=slow_us + moving_us,
        travel_um=_travel_um([point for _, way in laid.ways for point in way]),
        zones=zones,
        lots=_lots(plan, volume_nl),
        reasons=_reasons(plan, env, volume_nl),
    )


def _usual_us(zone: Zone) -> int:
    """Return the usual time of one unit: a person presses no faster than they can."""
    return max(zone.period_us, PRESS_US if zone.trigger_mode is Trigger.SINGLE else 0)


def _travel_um(points: list[layout.Point]) -> int:
    return int(sum(map(dist, points, points[1:])))


def _lots(plan: Plan, volume_nl: int) -> tuple[LotEstimate, ...]:
    """Return what is used of each lot, rounded up."""
    lots = plan.product.lots if plan.product else ()
    found: list[LotEstimate] = []
    for lot in lots:
        lot_nl = -(-volume_nl * lot.fraction_permille // WHOLE_PERMILLE)
        per_ml = lot.concentration_ug_ml
        active_ug = None if per_ml is None else -(-lot_nl * per_ml // 1_000_000)
        found.append(LotEstimate(lot.lot, lot_nl, lot.session_nl_max, active_ug))
    return tuple(found)


def _reasons(plan: Plan, env: Envelope, volume_nl: int) -> dict[str, str]:
    """Return the reasons that were needed."""
    deepest_um = max(zone.depth_um for zone in plan.zones)
    needed = {
        "depth": [*rules.advised_depth((), deepest_um, env)],
        "volume": [*rules.advised_volume((), volume_nl, env)],
    }
    return {limit: text for limit, text in plan.reasons.items() if needed[limit]}


def _spec(
    plan: Plan,
    profile: DeviceProfile,
    env: Envelope,
    identity: Identity,
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
        product_limit_nl=_product_limit_nl(plan),
        viscosity_upa_s=_viscosity(plan),
        zones=tuple(
            ZoneSpec(
                name=zone.name,
                area_mm2=extent.area_mm2(zone),
                limit_nl=rules.zone_limit_nl(extent.area_mm2(zone), env)
                if zone.kind is Kind.PRICK
                else 0,
            )
            for zone in plan.zones
        ),
        stages=stages,
    )


def _product_limit_nl(plan: Plan) -> int:
    """Return the most of the mixture in one session: the tightest of its own and its lots'."""
    if plan.product is None:
        return 0
    limits = [
        lot.session_nl_max * WHOLE_PERMILLE // lot.fraction_permille for lot in plan.product.lots
    ]
    own_nl = plan.product.session_nl_max
    return min(limits if own_nl is None else [*limits, own_nl])
