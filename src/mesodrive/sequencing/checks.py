"""Asks the rules about a plan: first about what is written, then about what was laid out.

The rules are in `mesodrive.limits`; here they get the plan's places. Both parts yield everything
they find, and nothing here changes a value.
"""

from collections.abc import Callable, Iterator

from mesodrive.core.spec import FitSpec
from mesodrive.limits import session_rules as rules
from mesodrive.limits.envelope import Envelope, Needle, Syringe
from mesodrive.limits.fluid import WATER_UPA_S
from mesodrive.limits.unit_rules import check_step
from mesodrive.limits.violation import Place, Violation, violation
from mesodrive.sequencing import extent, fills, geometry
from mesodrive.sequencing.fills import Parts
from mesodrive.sequencing.plan import WHOLE_PERMILLE, Plan
from mesodrive.sequencing.zone import Polygon, Zone
from mesodrive_protocol.enums import Kind

CANDIDATES_MAX = 200_000
"""Places of a pattern that may be looked at for one zone: ten for each point of the largest plan,
so that a long thin outline still works and a slip in its units costs no time."""

_NO_NEEDLE = Needle("", 0xFFFF, 0)
"""Stands in for a needle that the profile does not have, which has its own refusal."""

_KEYS = {
    "depth_um": "depth_mm",
    "dose_nl": "dose_ul",
    "dwell_us": "dwell_ms",
    "flow_nl_s": "flow_ul_s",
    "rate_mhz": "rate_hz",
    "trigger": "trigger",
}
"""Names of a step's fields in a plan, where there is one name only."""


def find_parts(plan: Plan, env: Envelope) -> tuple[Parts, list[Violation]]:
    """Return needle and syringe as the profile knows them, and what is wrong with them."""
    found: list[Violation] = []
    needle = next((n for n in env.needles if n.name == plan.needle), None)
    if needle is None:
        known = ", ".join(n.name for n in env.needles)
        found.append(violation("needle-unknown", ("needle",), plan.needle, known, ""))
    syringe: Syringe | None = None
    if plan.syringe is not None:
        syringe = next((s for s in env.syringes if s.name == plan.syringe.name), None)
        if syringe is None:
            known = ", ".join(s.name for s in env.syringes) or "none"
            place: Place = ("syringe", "name")
            found.append(violation("syringe-unknown", place, plan.syringe.name, known, ""))
        elif plan.syringe.fill_nl > syringe.content_nl_max:
            place, most_nl = ("syringe", "fill_ml"), syringe.content_nl_max
            found.append(violation("syringe-overfull", place, plan.syringe.fill_nl, most_nl, "nl"))
    return Parts(needle or _NO_NEEDLE, syringe), found


def written(plan: Plan, env: Envelope, parts: Parts, today: str) -> Iterator[Violation]:
    """Yield what is wrong with a plan before anything is laid out."""
    fit = fills.fit_of(plan, env, parts, title="")
    for number, zone in enumerate(plan.zones):
        yield from _zone(number, zone, plan, env, fit)
    yield from _prime(plan, env, fit)
    if plan.product is not None:
        for number, lot in enumerate(plan.product.lots):
            yield from rules.expired(("product", "lots", number, "expiry"), lot.expiry, today)
    if plan.syringe is not None:
        needed_nl = fills.overhead_nl(plan, env) + max(fills.worst_doses_nl(plan, env))
        yield from rules.content(("syringe", "fill_ml"), needed_nl, plan.syringe.fill_nl)


def _zone(number: int, zone: Zone, plan: Plan, env: Envelope, fit: FitSpec) -> Iterator[Violation]:
    """Yield what is wrong with what is written of one zone."""

    def at(key: str) -> Place:
        return ("zones", number, key)

    if zone.kind not in env.kinds:
        known = ", ".join(Kind(kind).name.lower() for kind in sorted(env.kinds))
        place = at("technique")
        yield violation("kind-unsupported", place, zone.kind.name.lower(), known, "")
    step = fills.step_of(zone, 1)
    yield from check_step(_keys(number, zone), zone.kind, step, fit, env, _viscosity(plan))
    yield from rules.zone_depth(at("depth_mm"), zone.depth_um, zone.depth_um_max)
    yield from rules.spacing(at("spacing_mm"), zone.spacing_um, env)
    yield from rules.zone_area(at("shape"), extent.area_mm2(zone))
    if "depth" not in plan.reasons:
        yield from rules.advised_depth(at("depth_mm"), zone.depth_um, env)
    cell_um2 = extent.cell_um2(zone)
    if cell_um2 is not None:
        yield from rules.density(at("spacing_mm"), zone.dose_nl or 0, cell_um2, env)


def _keys(number: int, zone: Zone) -> Callable[[str], Place]:
    """Return how the rules' names of fields become places of one zone."""
    pace = "rate_per_s" if zone.rate_mhz is not None else "period_ms"
    strokes = "strokes" if zone.given_strokes is not None else "run_ms"
    keys = {**_KEYS, "period_us": pace, "gap_us": pace, "strokes": strokes}
    return lambda field: ("zones", number, keys[field])


def _prime(plan: Plan, env: Envelope, fit: FitSpec) -> Iterator[Violation]:
    """Yield what is wrong with the prime: each refusal once, whatever the number of its units."""
    for step in fills.prime_steps(plan, env):
        yield from check_step(_prime_key, Kind.PRIME, step, fit, env, _viscosity(plan))


def _prime_key(_field: str) -> Place:
    return ("prime_ul",)


def _viscosity(plan: Plan) -> int:
    return plan.product.viscosity_upa_s if plan.product else WATER_UPA_S


def size(plan: Plan, env: Envelope) -> Iterator[Violation]:
    """Yield zones that must not be laid out: too many points, or an outline without an inside."""
    counts = [extent.estimate(zone) for zone in plan.zones]
    most = max(range(len(counts)), key=counts.__getitem__)
    yield from rules.count(("zones", most, "spacing_mm"), sum(counts), env)
    for number, zone in enumerate(plan.zones):
        places = extent.candidates(zone)
        if places > CANDIDATES_MAX:
            place: Place = ("zones", number, "spacing_mm")
            yield violation("layout-large", place, places, CANDIDATES_MAX, "places")


def outlines(plan: Plan) -> Iterator[Violation]:
    """Yield polygons whose lines cross; call it only for a plan of sound size."""
    for number, zone in enumerate(plan.zones):
        if isinstance(zone.shape, Polygon) and geometry.crossing(zone):
            place: Place = ("zones", number, "shape", "points_mm")
            yield violation("outline-crossing", place, "lines that cross", "none", "")


def laid_out(
    plan: Plan, env: Envelope, units: list[int], timeline: list[rules.TimedDose]
) -> Iterator[Violation]:
    """Yield what is wrong with a plan as a whole once its points are known.

    Args:
        plan: The plan.
        env: The device.
        units: Points of each zone, in the order of the plan.
        timeline: Every unit at the fastest pace.
    """
    most = max(range(len(units)), key=units.__getitem__)
    yield from rules.count(("zones", most, "spacing_mm"), sum(units), env)
    volumes_nl = [
        number * (zone.dose_nl or 0) for number, zone in zip(units, plan.zones, strict=True)
    ]
    for number, zone in enumerate(plan.zones):
        if not units[number]:
            yield violation("count-none", ("zones", number, "shape"), 0, 1, "points")
        place: Place = ("zones", number, "dose_ul")
        yield from rules.zone_volume(place, volumes_nl[number], extent.area_mm2(zone), env)
    yield from _overlaps(plan, env, volumes_nl)
    yield from _totals(plan, env, sum(volumes_nl))
    yield from rules.windows(timeline, env)


def _overlaps(plan: Plan, env: Envelope, volumes_nl: list[int]) -> Iterator[Violation]:
    """Yield zones that are too much together where they lie on each other."""
    if env.zone_nl_per_cm2_max is None:
        return
    means = [
        -(-volume_nl * rules.MM2_PER_CM2 // max(1, extent.area_mm2(zone)))
        for volume_nl, zone in zip(volumes_nl, plan.zones, strict=True)
    ]
    sums: dict[int, int] = {}
    for first, second in geometry.overlapping(plan.zones):
        sums[second] = sums.get(second, means[second]) + means[first]
    for number, nl_per_cm2 in sums.items():
        yield from rules.overlap(("zones", number, "shape"), nl_per_cm2, env)


def _totals(plan: Plan, env: Envelope, session_nl: int) -> Iterator[Violation]:
    """Yield what is wrong with the volume of the whole session."""
    if plan.product is None:
        return
    yield from rules.session_volume(("zones",), session_nl, env)
    if "volume" not in plan.reasons:
        yield from rules.advised_volume(("zones",), session_nl, env)
    most_nl = plan.product.session_nl_max
    yield from rules.product_volume(("product", "max_ml_per_session"), session_nl, most_nl)
    for number, lot in enumerate(plan.product.lots):
        lot_nl = -(-session_nl * lot.fraction_permille // WHOLE_PERMILLE)
        place: Place = ("product", "lots", number, "max_ml_per_session")
        yield from rules.lot_volume(place, lot_nl, lot.session_nl_max)
