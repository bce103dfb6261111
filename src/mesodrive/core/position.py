"""Where in the session we are: which stage, which program, what is fitted, what it still holds."""

from typing import Final

from mesodrive.core.ledger import amount_unit_of, programmed_amounts
from mesodrive.core.spec import FitSpec, ProgramSpec, SessionSpec, StageSpec, rest_of

LOW_RESERVES: Final = 2
"""DOS-11: a syringe that holds less than so many reserves is low."""
PRIMES_AGAIN_MAX: Final = 8
"""Primes of one stage that may be begun anew; then the device has its say."""


class Position:
    """The next thing to do; moves forward only."""

    def __init__(self, spec: SessionSpec) -> None:
        self._stages = spec.stages
        deliver = [p for stage in spec.stages for p in stage.programs if p.purpose == "deliver"]
        self.units_planned = sum(step.units for p in deliver for step in p.steps)
        self.amount_planned = sum(sum(programmed_amounts(p)) for p in deliver)
        self.amount_unit = amount_unit_of(deliver)
        """Of all amounts: `nL`, `strokes` or `uC`."""
        self.stage_at = 0
        self.program_at = 0
        self.fitted = False
        """The device was told what is fitted for this stage, and tested with it."""
        self.content_nl = 0
        """What the syringe still holds at least, what is under way aside."""
        self.low_told = False
        """People were told that it holds little (DOS-11); once for each fitting."""
        self.fit_no = 0
        """Number of the fitting on the device."""
        self.armed_once = False
        """The operator has armed since the last stop; later programs need no second wish."""
        self.done = 0
        """Units of the present program that closed commands account for."""
        self._rest: ProgramSpec | None = None
        self._prime_again: int | None = None
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
        if self._rest is not None and self._prime_again is None:
            return self._rest
        return self.stage.programs[self.program_index]

    @property
    def program_index(self) -> int:
        """Index of the present program in its stage; of the prime itself where it is due again."""
        if self._prime_again is not None:
            return self._prime_again
        return min(self.program_at, len(self.stage.programs) - 1)

    @property
    def done_before(self) -> int:
        """Units before the first of the present program, of the program as planned."""
        return self.done if self._prime_again is None else 0

    def took(self, amount_nl: int) -> None:
        """Book what left the syringe at most."""
        self.content_nl = max(0, self.content_nl - amount_nl)

    def is_low(self, under_way_nl: int) -> bool:
        """Tell whether the syringe may hold less than twice its reserve.

        Args:
            under_way_nl: What the open command has taken of it at most.
        """
        return self.content_nl - under_way_nl < LOW_RESERVES * self.fit.reserve_nl

    def prime_again(self) -> None:
        """Put the stage's prime before the present program, since a stop cut it short."""
        programs = self.stage.programs
        primes = [at for at, one in enumerate(programs) if one.purpose == "prime"]
        if primes and self._primes_again < PRIMES_AGAIN_MAX:
            self._primes_again += 1
            self._prime_again = primes[-1]

    def rest_from(self, unit: int) -> None:
        """Go on behind the units of a command that is closed; a prime is begun anew as a whole.

        Args:
            unit: The first unit that is left, counted within the closed command.
        """
        if self._prime_again is not None:
            self._prime_again = None
            return
        if self.program.purpose == "prime":
            return
        self._go_to(self.done + unit)

    def refit(self) -> None:
        """Have everything fitted anew: the device was reset, or another needle is in it."""
        self.fitted = self.armed_once = False

    def move_to(self, stage: int, program: int, done: int) -> None:
        """Begin where an earlier log has left off."""
        self.stage_at, self.program_at = stage, program
        if not self.over:
            self._go_to(done)

    def _go_to(self, done: int) -> None:
        """Go to a unit of the present program as planned; behind the last, to the next one."""
        whole = self.stage.programs[self.program_at]
        if done >= sum(step.units for step in whole.steps):
            self.advance()
        elif done:
            self.done, self._rest = done, rest_of(whole, done)

    def advance(self) -> None:
        """Go on to the next program, or to the next stage, which needs a new fitting."""
        if self._prime_again is not None:
            self._prime_again = None
            return
        self.program_at += 1
        self.done, self._rest = 0, None
        if self.program_at >= len(self.stage.programs):
            self.stage_at += 1
            self.program_at = 0
            self.fitted = self.armed_once = False
            self._primes_again = 0
