"""What a unit did, measured against what was programmed: outcome, interval, reason.

`0 <= lo <= hi <= programmed` always. What was measured above the programmed amount is never
clamped away silently: it has the reason TOO_MUCH, the values tell it, and the case's total counts
it. The encoder is uncertain by one step of the plunger.
"""

from math import pi
from typing import Final, NamedTuple

from mesodrive_protocol.enums import Kind, Outcome, Reason
from mesodrive_simulator.sim_profile import SimProfile

LITTLE_PERCENT: Final = 80
"""A unit that measures less than this is too little; twice running stops."""


class Result(NamedTuple):
    """How one unit ended."""

    outcome: Outcome
    reason: Reason
    lo: int
    hi: int
    excess: int
    """Measured above programmed, beyond the uncertainty."""


def quantum_nl(profile: SimProfile, syringe_bore_um: int) -> int:
    """Return the volume of one encoder step, rounded up, at least 1 nL."""
    if not profile.plunger_steps:
        return 1
    step_um = profile.plunger_lead_um / profile.plunger_steps
    return max(1, -int(-step_um * pi * syringe_bore_um**2 / 4e6 // 1))


class Measured(NamedTuple):
    """What the sensors said when a unit came to rest."""

    kind: Kind
    programmed: int
    amount: int
    quantum: int
    residue: int
    """What earlier units had left in the syringe and a cut drew back, nL."""
    moved: bool
    """The unit got as far as delivering."""
    cut: bool
    """It was kept from ending as programmed."""
    stopped_by: Reason


def judge(measured: Measured) -> Result:
    """Settle one unit from its measurement."""
    if not measured.moved:
        return Result(Outcome.NOT_DONE, measured.stopped_by, 0, 0, 0)
    programmed, amount, quantum = measured.programmed, measured.amount, measured.quantum
    reason = measured.stopped_by
    outcome = Outcome.PARTIAL if measured.cut else Outcome.DONE
    if amount > programmed + quantum:
        if reason == Reason.NONE:
            reason = Reason.TOO_MUCH
        return Result(outcome, reason, programmed, programmed, amount - programmed)
    if measured.kind == Kind.DRY:
        return Result(outcome, reason, 0, 0, 0)
    if amount >= programmed - quantum and measured.residue == 0:
        return Result(Outcome.DONE, reason, programmed, programmed, 0)
    lo = min(programmed, max(0, amount - quantum))
    hi = min(programmed, max(0, amount + measured.residue + quantum))
    too_little = amount * 100 < programmed * LITTLE_PERCENT and measured.kind != Kind.PRIME
    if too_little and outcome == Outcome.DONE and reason == Reason.NONE:
        reason = Reason.TOO_LITTLE
    return Result(outcome, reason, lo, hi, 0)


QUANTUM_UC: Final = 1
"""Uncertainty of the charge integrator."""


def judge_charge(programmed_uc: int, amount_uc: int, stopped_by: Reason, *, cut: bool) -> Result:
    """Settle a slice or a pulse: it is done by its charge or its time, whichever came first.

    Args:
        programmed_uc: Most charge that it might have.
        amount_uc: What the integrator counted.
        stopped_by: Cause of a stop meanwhile.
        cut: Whether it was kept from ending as programmed.
    """
    if amount_uc > programmed_uc + QUANTUM_UC:
        reason = stopped_by if stopped_by != Reason.NONE else Reason.TOO_MUCH
        outcome = Outcome.PARTIAL if cut else Outcome.DONE
        return Result(outcome, reason, programmed_uc, programmed_uc, amount_uc - programmed_uc)
    lo, hi = max(0, amount_uc - QUANTUM_UC), min(programmed_uc, amount_uc + QUANTUM_UC)
    if amount_uc >= programmed_uc - QUANTUM_UC:
        lo = hi = programmed_uc
    return Result(Outcome.PARTIAL if cut else Outcome.DONE, stopped_by, lo, hi, 0)
