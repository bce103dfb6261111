"""Where in the session we are: which stage, which program, what is fitted, what it still holds."""

from typing import Final

from mesodrive.core.ledger import programmed_amounts
from mesodrive.core.spec import FitSpec, ProgramSpec, SessionSpec, StageSpec
from mesodrive_protocol.enums import Kind

PRIMES_AGAIN_MAX: Final = 3
"""Primes of one stage that may be begun anew; then the device has its say."""


class Position:
    """The next thing to do; moves forward only."""

    def __init__(self, spec: SessionSpec) -> None:
        self._stages = spec.stages
        deliver = [p for stage in spec.stages for p in stage.programs if p.purpose == "deliver"]
        self.units_planned = sum(step.units for p in deliver for step in p.steps)
        self.amount_planned = sum(sum(programmed_amounts(p)) for p in deliver)
        self.amount_unit = "strokes" if any(p.kind is Kind.TRAIN for p in deliver) else "nL"
        self.stage_at = 0
        self.program_at = 0
        self.fitted = False
        """The device was told what is fitted for this stage, and tested with it."""
        self.content_nl = 0
        """What the syringe still holds at least."""
        self.fit_no = 0
        """Number of the fitting on the device."""
        self.armed_once = False
        """The operator has armed since the last stop; later programs need no second wish."""
        self._prime_again: ProgramSpec | None = None
        self._primes_again = 0

    @property
    def over(self) -> bool:
        """Whether every program of every stage is done."""
        return self.stage_at >= len(self._stages)

    @property
    def stage(self) -> StageSpec:
        """The present stage; the last one when all is done."""
        return self._stages[min(self.stage_at, len(self._stages) - 1)]

    @property
    def fit(self) -> FitSpec:
        """What is fitted, or to be fitted, in this stage."""
        return self.stage.fit

    @property
    def program(self) -> ProgramSpec:
        """The present program; the last one of the stage when all is done."""
        if self._prime_again is not None:
            return self._prime_again
        return self.stage.programs[min(self.program_at, len(self.stage.programs) - 1)]

    def took(self, amount_nl: int) -> None:
        """Book what left the syringe at most."""
        self.content_nl = max(0, self.content_nl - amount_nl)

    def prime_again(self) -> None:
        """Put the stage's prime before the present program, since a stop cut it short."""
        primes = [one for one in self.stage.programs if one.purpose == "prime"]
        if primes and self._primes_again < PRIMES_AGAIN_MAX:
            self._primes_again += 1
            self._prime_again = primes[-1]

    def advance(self) -> None:
        """Go on to the next program, or to the next stage, which needs a new fitting."""
        if self._prime_again is not None:
            self._prime_again = None
            return
        self.program_at += 1
        if self.program_at >= len(self.stage.programs):
            self.stage_at += 1
            self.program_at = 0
            self.fitted = self.armed_once = False
            self._primes_again = 0
