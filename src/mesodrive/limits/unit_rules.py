"""Rules on one step: what each of its equal units may be.

A place function turns the name of a base-unit field into the place that the person knows, so that
the same rules speak of `zones[1].depth_mm` in a plan and of `steps[0].depth_um` in a program.
"""

from collections.abc import Iterator
from typing import Final

from mesodrive.limits.bounds import above, below, off_step, rounded_up, trigger_known
from mesodrive.limits.envelope import RUN_US_MAX, Envelope
from mesodrive.limits.fluid import TISSUE_PA, needle_pa
from mesodrive.limits.shapes import FitLike, StepLike
from mesodrive.limits.violation import Place, Places, Violation
from mesodrive_protocol.enums import Kind

US_PER_S: Final = 1_000_000
MHZ_US: Final = 1_000_000_000
"""One cycle at 1 mHz, us."""


def check_step(
    place: Places, kind: Kind, step: StepLike, fit: FitLike, env: Envelope, viscosity_upa_s: int
) -> Iterator[Violation]:
    """Yield every limit that one step breaks."""
    yield from trigger_known(place("trigger"), step.trigger, env.triggers)
    if kind is Kind.PRIME:
        yield from above("depth-prime", place("depth_um"), step.depth_um, 0, "um")
    else:
        yield from depth(place("depth_um"), step.depth_um, fit.needle_um, env)
    if kind is Kind.TRAIN:
        yield from _train(place, step, env)
    else:
        yield from _stroke(place, kind, step, fit, env, viscosity_upa_s)


def depth(place: Place, depth_um: int, needle_um: int, env: Envelope) -> Iterator[Violation]:
    """Yield what is wrong with a commanded depth for a needle of this length."""
    yield from below("depth-low", place, depth_um, env.depth_um_min, "um")
    yield from above("depth-high", place, depth_um, env.depth_um_max, "um")
    yield from above("depth-needle", place, depth_um, needle_um, "um")
    yield from off_step("depth-step", place, depth_um, env.depth_step_um, "um")


def _stroke(
    place: Places,
    kind: Kind,
    step: StepLike,
    fit: FitLike,
    env: Envelope,
    viscosity_upa_s: int,
) -> Iterator[Violation]:
    """Yield what is wrong with a single stroke of a needle: prick, prime or dry."""
    yield from above("strokes-impossible", place("strokes"), step.strokes, 0, "strokes")
    yield from below("period-short", place("period_us"), step.period_us, env.period_us_min, "us")
    yield from above("dwell-long", place("dwell_us"), step.dwell_us, env.dwell_us_max, "us")
    if kind is Kind.DRY:
        yield from above("dose-impossible", place("dose_nl"), step.dose_nl, 0, "nl")
        deliver_us = 0
    else:
        yield from _dose(place, step, env)
        yield from _flow(place, kind, step, fit, env, viscosity_upa_s)
        deliver_us = rounded_up(step.dose_nl * US_PER_S, step.flow_nl_s)
    busy_us = step.dwell_us + deliver_us
    yield from above("unit-too-long", place("period_us"), busy_us, step.period_us, "us")


def _dose(place: Places, step: StepLike, env: Envelope) -> Iterator[Violation]:
    """Yield what is wrong with the dose of a unit and with its mean over the period."""
    if env.dose_nl_min is None or env.dose_step_nl is None:
        yield from above("dose-impossible", place("dose_nl"), step.dose_nl, 0, "nl")
        return
    where = place("dose_nl")
    yield from below("dose-low", where, step.dose_nl, env.dose_nl_min, "nl")
    yield from above("dose-high", where, step.dose_nl, env.dose_nl_max, "nl")
    yield from off_step("dose-step", where, step.dose_nl, env.dose_step_nl, "nl")
    mean_nl_s = rounded_up(step.dose_nl * US_PER_S, step.period_us)
    yield from above("mean-flow-high", where, mean_nl_s, env.mean_flow_nl_s_max, "nl_s")


def _flow(
    place: Places, kind: Kind, step: StepLike, fit: FitLike, env: Envelope, viscosity_upa_s: int
) -> Iterator[Violation]:
    """Yield what is wrong with the flow during a stroke, by itself and through the needle."""
    where = place("flow_nl_s")
    yield from below("flow-low", where, step.flow_nl_s, 1, "nl_s")
    yield from above("flow-high", where, step.flow_nl_s, env.flow_nl_s_max, "nl_s")
    if fit.needle_bore_um and fit.pins:
        each_nl_s = rounded_up(step.flow_nl_s, fit.pins)
        peak_pa = needle_pa(each_nl_s, fit.needle_um, fit.needle_bore_um, viscosity_upa_s)
        peak_pa += 0 if kind is Kind.PRIME else TISSUE_PA
        yield from above("pressure-high", where, peak_pa, env.pressure_pa_max, "pa")


def _train(place: Places, step: StepLike, env: Envelope) -> Iterator[Violation]:
    """Yield what is wrong with a timed run of strokes."""
    yield from above("dose-impossible", place("dose_nl"), step.dose_nl, 0, "nl")
    strokes, rate = place("strokes"), place("rate_mhz")
    yield from below("strokes-low", strokes, step.strokes, 1, "strokes")
    yield from above("strokes-high", strokes, step.strokes, env.strokes_max, "strokes")
    yield from below("rate-low", rate, step.rate_mhz, 1, "mhz")
    yield from above("rate-high", rate, step.rate_mhz, env.rate_mhz_max, "mhz")
    run_us = rounded_up(step.strokes * MHZ_US, step.rate_mhz)
    yield from above("run-long", strokes, run_us, RUN_US_MAX, "us")
    whole_us = run_us + step.gap_us
    yield from below("period-short", place("gap_us"), whole_us, env.period_us_min, "us")
