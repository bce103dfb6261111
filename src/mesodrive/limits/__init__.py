"""The only place that says no to a physical request: pure rules on whole base units.

Nothing is ever clamped. Every rule yields all the violations it finds, each with place, value,
limit and remedy; a caller that gets an empty answer may go on. The planner asks for a whole
session, the core's guard asks again for each program and before each grant.
"""

from mesodrive.limits.electric_envelope import ElectricEnvelope, Electrode
from mesodrive.limits.envelope import Envelope, Needle, Syringe, envelope_of
from mesodrive.limits.program_rules import check_fit, check_program
from mesodrive.limits.rolling import Rolling
from mesodrive.limits.violation import Violation

__all__ = [
    "ElectricEnvelope",
    "Electrode",
    "Envelope",
    "Needle",
    "Rolling",
    "Syringe",
    "Violation",
    "check_fit",
    "check_program",
    "envelope_of",
]
