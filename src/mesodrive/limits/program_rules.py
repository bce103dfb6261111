"""Rules on one program and on what is fitted for it: the guard's last look before the wire."""

from collections.abc import Iterator
from typing import Final

from mesodrive.limits.electric_envelope import ElectricEnvelope
from mesodrive.limits.electric_rules import check_electric_program
from mesodrive.limits.envelope import Envelope, envelope_of
from mesodrive.limits.fluid import WATER_UPA_S
from mesodrive.limits.frame_rules import check_frame, other_step
from mesodrive.limits.shapes import FitLike, ProgramLike, is_stroke
from mesodrive.limits.unit_rules import check_step
from mesodrive.limits.violation import Place, Violation, violation
from mesodrive.profile.any_profile import AnyProfile

OVER_PERCENT: Final = 10
"""A device stops when one unit has delivered more than this above its dose (DOS-06)."""


def check_program(
    profile: AnyProfile | Envelope | ElectricEnvelope,
    program: ProgramLike,
    fit: FitLike,
    *,
    left_nl: int | None = None,
    viscosity_upa_s: int = WATER_UPA_S,
    begun: bool = False,
) -> tuple[Violation, ...]:
    """Return every limit that a program breaks on this device with this fitting.

    Args:
        profile: The profile, or its envelope where the caller keeps one.
        program: What is to run.
        fit: What is fitted.
        left_nl: What the syringe still holds, nL; its content when fitted if not given.
        viscosity_upa_s: Viscosity of the product, uPa s.
        begun: The program is what is left of one that was begun, so that its first ramp may be cut.

    Returns:
        All violations, empty if the program may run. Places are those of the program, such as
        `("steps", 0, "depth_um")`; those of the fitting begin with `fit`.
    """
    env = profile if isinstance(profile, (Envelope, ElectricEnvelope)) else envelope_of(profile)
    if isinstance(env, ElectricEnvelope):
        return check_electric_program(env, program, fit, begun=begun)
    content_nl = fit.content_nl if left_nl is None else left_nl
    return (
        *check_fit(env, fit),
        *check_frame(program, env),
        *_steps(program, fit, env, viscosity_upa_s),
        *_content(program, env, content_nl),
    )


def check_fit(env: Envelope, fit: FitLike) -> Iterator[Violation]:
    """Yield what is wrong with a needle, head and syringe for this device."""
    if not any(
        n.length_um == fit.needle_um and n.bore_um == fit.needle_bore_um for n in env.needles
    ):
        known = ", ".join(needle.name for needle in env.needles)
        yield violation("needle-unknown", ("fit", "needle_um"), fit.needle_um, known, "um")
    if fit.pins != env.pins:
        yield violation("pins-wrong", ("fit", "pins"), fit.pins, env.pins, "needles")
    if fit.head >= env.heads:
        yield violation("head-unknown", ("fit", "head"), fit.head, env.heads - 1, "")
    if env.syringes or fit.bore_um or fit.content_nl:
        yield from _syringe(env, fit)


def _syringe(env: Envelope, fit: FitLike) -> Iterator[Violation]:
    """Yield what is wrong with the syringe that is fitted."""
    same = [syringe for syringe in env.syringes if syringe.bore_um == fit.bore_um]
    if not same:
        known = ", ".join(syringe.name for syringe in env.syringes) or "none"
        yield violation("syringe-unknown", ("fit", "bore_um"), fit.bore_um, known, "um")
        return
    most_nl = max(syringe.content_nl_max for syringe in same)
    if fit.content_nl > most_nl:
        yield violation("syringe-overfull", ("fit", "content_nl"), fit.content_nl, most_nl, "nl")


def _steps(
    program: ProgramLike, fit: FitLike, env: Envelope, viscosity_upa_s: int
) -> Iterator[Violation]:
    """Yield what is wrong with each step."""
    for index, step in enumerate(program.steps):

        def place(field: str, index: int = index) -> Place:
            return ("steps", index, field)

        if is_stroke(step):
            yield from check_step(place, program.kind, step, fit, env, viscosity_upa_s)
        else:
            yield other_step(program.kind)


def _content(program: ProgramLike, env: Envelope, content_nl: int) -> Iterator[Violation]:
    """Yield a program that the syringe cannot finish if every unit delivers its most."""
    step_nl = env.dose_step_nl or 0
    strokes = (step for step in program.steps if is_stroke(step))
    needed_nl = sum(step.units * worst_dose_nl(step.dose_nl, step_nl) for step in strokes)
    if needed_nl > content_nl:
        yield violation("content-short", ("fit", "content_nl"), needed_nl, content_nl, "nl")


def worst_dose_nl(dose_nl: int, dose_step_nl: int) -> int:
    """Return the most that a unit can deliver before the device stops.

    Args:
        dose_nl: The commanded dose, nL.
        dose_step_nl: The device's step of dose, nL.

    Returns:
        The dose and a tenth, or the dose and one step if that is more; 0 for no dose.

    Source:
        DOS-06: stop before the next unit above 110 % or one step over.
    """
    if not dose_nl:
        return 0
    return dose_nl + max(-(dose_nl * -OVER_PERCENT // 100), dose_step_nl)
