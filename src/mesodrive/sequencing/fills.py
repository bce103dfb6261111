"""Cuts a way of points into fillings of the syringe, programs and steps."""

from collections.abc import Iterator
from typing import Final, NamedTuple
from zlib import crc32

from mesodrive.core.spec import FitSpec, ProgramSpec, StageSpec, StepSpec, ZoneRun
from mesodrive.limits.envelope import Envelope, Needle, Syringe
from mesodrive.limits.program_rules import worst_dose_nl
from mesodrive.sequencing.plan import Plan
from mesodrive.sequencing.zone import Zone
from mesodrive_protocol.enums import Kind, Trigger

RESERVE_NL: Final = 50_000
"""What stays in syringe and needle where the plan says nothing else: an estimate of the dead
volume of a disposable syringe with its needle."""
PRIME_REST_US: Final = 100_000
"""Rest after each prime unit, so that pressure falls before the next; nobody waits for it."""
US_PER_S: Final = 1_000_000


class Parts(NamedTuple):
    """What is fitted, as the profile knows it."""

    needle: Needle
    syringe: Syringe | None


class Run(NamedTuple):
    """Points in a row in one zone."""

    zone: int
    units: int


def step_of(zone: Zone, units: int) -> StepSpec:
    """Return the step that carries out so many points of a zone."""
    if zone.kind is Kind.TRAIN:
        return StepSpec(
            units=units,
            depth_um=zone.depth_um,
            strokes=zone.strokes,
            rate_mhz=zone.stroke_rate_mhz or 0,
            gap_us=max(0, zone.gap_us),
            trigger=zone.trigger_mode,
        )
    return StepSpec(
        units=units,
        depth_um=zone.depth_um,
        dose_nl=zone.dose_nl or 0,
        period_us=zone.period_us,
        dwell_us=zone.dwell_us or 0,
        flow_nl_s=zone.flow_nl_s or 0,
        trigger=zone.trigger_mode,
    )


def prime_steps(plan: Plan, env: Envelope) -> tuple[StepSpec, ...]:
    """Return the steps that fill the needle, none where nothing is primed.

    The volume is shared out evenly in whole steps of dose; what is left of a volume that is not a
    whole multiple goes into the last unit, where the rules refuse it.
    """
    prime_nl, most_nl, step_nl = plan.prime_nl, env.dose_nl_max, env.dose_step_nl
    if prime_nl is None or most_nl is None or step_nl is None:
        return ()
    most_nl -= most_nl % step_nl
    number = max(1, -(-prime_nl // most_nl))
    whole, rest_nl = divmod(prime_nl, step_nl)
    each, larger = divmod(whole, number)
    sizes = [each * step_nl] * (number - larger) + [(each + 1) * step_nl] * larger
    sizes[-1] += rest_nl
    flow_nl_s = min(zone.flow_nl_s or env.flow_nl_s_max or 1 for zone in plan.zones)
    return tuple(
        StepSpec(
            units=sizes.count(size),
            depth_um=0,
            dose_nl=size,
            period_us=_prime_period_us(size, flow_nl_s, env),
            flow_nl_s=flow_nl_s,
            trigger=_prime_trigger(env),
        )
        for size in sorted(set(sizes))
    )


def _prime_period_us(dose_nl: int, flow_nl_s: int, env: Envelope) -> int:
    """Return a period that flow, mean flow and the device's least period allow."""
    deliver_us = -(-dose_nl * US_PER_S // flow_nl_s) + PRIME_REST_US
    mean_us = -(-dose_nl * US_PER_S // (env.mean_flow_nl_s_max or flow_nl_s))
    return max(env.period_us_min, deliver_us, mean_us)


def _prime_trigger(env: Envelope) -> Trigger:
    """Return the trigger for priming: held where there is one, since one press does for all."""
    return Trigger.HELD if Trigger.HELD in env.triggers else Trigger(min(env.triggers))


def overhead_nl(plan: Plan, env: Envelope) -> int:
    """Return what of each filling never reaches the skin: reserve, and prime at its worst."""
    step_nl = env.dose_step_nl or 0
    primed = sum(
        step.units * worst_dose_nl(step.dose_nl, step_nl) for step in prime_steps(plan, env)
    )
    return primed + reserve_nl(plan)


def reserve_nl(plan: Plan) -> int:
    """Return what stays in each syringe: the plan's own dead volume, or the usual one."""
    given = plan.syringe.dead_nl if plan.syringe else None
    return RESERVE_NL if given is None else given


def worst_doses_nl(plan: Plan, env: Envelope) -> list[int]:
    """Return the most that one point of each zone can deliver."""
    return [worst_dose_nl(zone.dose_nl or 0, env.dose_step_nl or 0) for zone in plan.zones]


def divisible(plan: Plan, env: Envelope) -> bool:
    """Return whether fillings can be told: each zone has a dose, and one filling holds it."""
    worst = worst_doses_nl(plan, env)
    fill_nl = plan.syringe.fill_nl if plan.syringe else 0
    return min(worst) > 0 and overhead_nl(plan, env) + max(worst) <= fill_nl


def cut(runs: list[Run], plan: Plan, env: Envelope) -> list[list[Run]]:
    """Return the runs of each filling; every filling also covers its own overhead.

    Args:
        runs: All points in order.
        plan: The plan.
        env: The device.

    Returns:
        One list for each filling. Each point is counted at the most that it can deliver. There is
        one list for all where fillings cannot be told: without a syringe, or in a plan that is
        going to be refused.
    """
    if not divisible(plan, env):
        return [runs]
    assert plan.syringe is not None, "a plan without a syringe has no fillings"
    room_nl = plan.syringe.fill_nl - overhead_nl(plan, env)
    worst = worst_doses_nl(plan, env)
    filled: list[list[Run]] = [[]]
    left_nl = room_nl
    for zone, wanted in runs:
        units = wanted
        while units:
            now = min(units, left_nl // worst[zone])
            if not now:
                filled.append([])
                left_nl = room_nl
                continue
            filled[-1].append(Run(zone, now))
            units -= now
            left_nl -= now * worst[zone]
    return filled


def stages(
    filled: list[list[Run]], plan: Plan, env: Envelope, parts: Parts
) -> tuple[StageSpec, ...]:
    """Return the stages of a session: for each filling a fitting, a prime and the deliveries."""
    prime = prime_steps(plan, env)
    primes = (ProgramSpec(purpose="prime", kind=Kind.PRIME, steps=prime),) if prime else ()
    return tuple(
        StageSpec(
            fit=fit_of(plan, env, parts, title=_title(plan, index, len(filled))),
            programs=(*primes, *_programs(runs, plan, env)),
        )
        for index, runs in enumerate(filled)
    )


def fit_of(plan: Plan, env: Envelope, parts: Parts, *, title: str) -> FitSpec:
    """Return what a person fits."""
    lots = ", ".join(lot.lot for lot in plan.product.lots) if plan.product else ""
    return FitSpec(
        title=title,
        needle_um=parts.needle.length_um,
        needle_bore_um=parts.needle.bore_um,
        bore_um=parts.syringe.bore_um if parts.syringe else 0,
        pins=env.pins,
        content_nl=plan.syringe.fill_nl if plan.syringe else 0,
        reserve_nl=reserve_nl(plan) if plan.syringe else 0,
        lot=crc32(lots.encode()) if lots else 0,
    )


def _title(plan: Plan, index: int, number: int) -> str:
    """Return what people read when something is to be fitted."""
    if plan.syringe is None:
        return f"needle {plan.needle}"
    volume_ml = f"{plan.syringe.fill_nl / 1_000_000:g} mL"
    which = f", filling {index + 1} of {number}" if number > 1 else ""
    return f"needle {plan.needle}, syringe {plan.syringe.name} filled to {volume_ml}{which}"


def _programs(runs: list[Run], plan: Plan, env: Envelope) -> Iterator[ProgramSpec]:
    """Yield the programs of one filling, each as long as the device takes; it has points."""
    steps: list[StepSpec] = []
    zones: list[ZoneRun] = []
    held = 0
    for zone, wanted in runs:
        units = wanted
        while units:
            now = min(units, env.units_max - held)
            if not now or len(steps) == env.steps_max:
                yield _deliver(steps, zones, plan)
                steps, zones, held = [], [], 0
                continue
            steps.append(step_of(plan.zones[zone], now))
            zones.append(ZoneRun(zone=zone, units=now))
            held += now
            units -= now
    yield _deliver(steps, zones, plan)


def _deliver(steps: list[StepSpec], zones: list[ZoneRun], plan: Plan) -> ProgramSpec:
    kind = plan.zones[zones[0].zone].kind
    return ProgramSpec(purpose="deliver", kind=kind, steps=tuple(steps), zones=tuple(zones))
