"""Rules on one program of a transdermal unit, and on the electrode that is fitted for it."""

from collections.abc import Iterator
from typing import Final

from mesodrive.limits.bounds import above, below
from mesodrive.limits.current_rules import check_current
from mesodrive.limits.electric_envelope import ElectricEnvelope
from mesodrive.limits.frame_rules import check_frame, other_step
from mesodrive.limits.pulse_rules import check_pulses
from mesodrive.limits.shapes import FitLike, ProgramLike, is_current, is_pulse, is_spot
from mesodrive.limits.spot_rules import check_spots
from mesodrive.limits.violation import Violation, violation
from mesodrive_protocol.enums import Kind

_NO_NEEDLE: Final = ("needle_um", "needle_bore_um", "bore_um", "pins", "content_nl")
"""What stays 0 on a device without needles."""


def check_electric_program(
    env: ElectricEnvelope, program: ProgramLike, fit: FitLike, *, begun: bool = False
) -> tuple[Violation, ...]:
    """Return every limit that a program breaks on this unit with this electrode.

    Args:
        env: The unit's limits.
        program: What is to run.
        fit: What is fitted.
        begun: The program is what is left of one that was begun, so that its first ramp may be cut.

    Returns:
        All violations, empty if the program may run. Places are those of the program, such as
        `("steps", 0, "current_ua")`; those of the fitting begin with `fit`.
    """
    return (
        *check_electrode(env, program.kind, fit),
        *check_frame(program, env),
        *_compliance(program, env),
        *_steps(program, fit, env, begun=begun),
    )


def check_electrode(env: ElectricEnvelope, kind: Kind, fit: FitLike) -> Iterator[Violation]:
    """Yield what is wrong with an electrode for this unit; a pass needs none."""
    areas = [electrode.area_mm2 for electrode in env.electrodes]
    absent = kind is Kind.PASS and fit.area_mm2 == 0
    if fit.area_mm2 not in areas and not absent:
        known = ", ".join(electrode.name for electrode in env.electrodes)
        yield violation("electrode-unknown", ("fit", "area_mm2"), f"{fit.area_mm2} mm2", known, "")
    if fit.head >= env.heads:
        yield violation("head-unknown", ("fit", "head"), fit.head, env.heads - 1, "")
    for field in _NO_NEEDLE:
        yield from above("needle-impossible", ("fit", field), getattr(fit, field), 0, "")


def _compliance(program: ProgramLike, env: ElectricEnvelope) -> Iterator[Violation]:
    """Yield a highest voltage beyond the unit's, or none where current is driven."""
    place = ("cap_uv",)
    yield from above("compliance-high", place, program.cap_uv, env.voltage_uv_max, "uv")
    if program.kind is Kind.CURRENT:
        yield from below("compliance-none", place, program.cap_uv, 1, "uv")


def _steps(
    program: ProgramLike, fit: FitLike, env: ElectricEnvelope, *, begun: bool
) -> Iterator[Violation]:
    """Yield what is wrong with the steps, each by itself and all together."""
    kind, steps = program.kind, program.steps
    currents = [step for step in steps if is_current(step)]
    pulses = [step for step in steps if is_pulse(step)]
    spots = [step for step in steps if is_spot(step)]
    if kind is Kind.CURRENT and len(currents) == len(steps):
        yield from check_current(currents, fit.area_mm2, env, begun=begun)
    elif kind is Kind.PULSE and len(pulses) == len(steps):
        yield from check_pulses(pulses, fit.area_mm2, env)
    elif kind in (Kind.PASS, Kind.MEASURE) and len(spots) == len(steps):
        yield from check_spots(kind, spots, env)
    else:
        yield other_step(kind)
