"""Rules on a program as a whole that hold for every family of devices."""

from collections.abc import Iterator

from mesodrive.limits.electric_envelope import ElectricEnvelope
from mesodrive.limits.envelope import Envelope
from mesodrive.limits.shapes import ProgramLike
from mesodrive.limits.violation import Violation, violation
from mesodrive_protocol.enums import Kind


def check_frame(program: ProgramLike, env: Envelope | ElectricEnvelope) -> Iterator[Violation]:
    """Yield what is wrong with a program besides its steps."""
    if program.kind not in env.kinds:
        known = ", ".join(Kind(kind).name.lower() for kind in sorted(env.kinds))
        yield violation("kind-unsupported", ("kind",), program.kind.name.lower(), known, "")
    if program.head >= env.heads:
        yield violation("head-unknown", ("head",), program.head, env.heads - 1, "")
    if not 1 <= len(program.steps) <= env.steps_max:
        yield violation("steps-count", ("steps",), len(program.steps), env.steps_max, "steps")
    units = sum(step.units for step in program.steps)
    if not 1 <= units <= env.units_max:
        yield violation("units-count", ("steps",), units, env.units_max, "units")
    placed = sum(run.units for run in program.zones)
    wanted = 0 if program.kind in (Kind.PRIME, Kind.DRY) else units
    if placed != wanted:
        yield violation("zones-count", ("zones",), placed, wanted, "units")


def other_step(kind: Kind) -> Violation:
    """Return the refusal of steps of which one is none of the program's kind."""
    return violation("step-other", ("steps",), "another step", kind.name.lower(), "")
