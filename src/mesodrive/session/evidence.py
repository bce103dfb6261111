"""What a log proves of what was delivered, by zone and prick, for people to read."""

from collections.abc import Iterator
from typing import NamedTuple

from mesodrive.core.ledger import amount_unit_of, programmed_amounts
from mesodrive.core.spec import ProgramSpec, ResumedCommand, SessionSpec
from mesodrive_protocol.enums import Outcome

_Key = tuple[int, int, int]
"""A unit by stage, program, and its place in the program as planned."""


class UncertainUnit(NamedTuple):
    """One unit that was or was not delivered, wholly or in part: nobody knows yet."""

    zone: str
    number: int
    """Within the zone, in the order of the plan, from 1."""
    lo: int
    hi: int
    answered: bool
    """An operator has answered for it already."""


class Evidence(NamedTuple):
    """What a log proves. Amounts are in `unit`."""

    treatment_id: str
    serial: str
    unit: str
    units_total: int
    units_done: int
    """Delivered wholly, by the device's own records."""
    units_short: int
    """Ended by the device short of their dose; known exactly, and not repeated."""
    amount_lo: int
    amount_hi: int
    amount_planned: int
    uncertain: tuple[UncertainUnit, ...]
    units_left: int
    """Certainly not begun."""

    def to_json(self) -> dict[str, object]:
        """Return the evidence as plain JSON data."""
        return {**self._asdict(), "uncertain": [one._asdict() for one in self.uncertain]}


def evidence_of(spec: SessionSpec) -> Evidence:
    """Return what is proven of a session that goes on from a log.

    Raises:
        ValueError: If it goes on from none.
    """
    resume = spec.resume
    if resume is None:
        raise ValueError("the session goes on from no log")
    plan = list(_deliveries(spec))
    numbers = _numbers(spec)
    told = [one for one in resume.commands if _program(spec, one).purpose == "deliver"]
    done = short = lo = hi = 0
    uncertain: list[UncertainUnit] = []
    for command in told:
        amounts = list(programmed_amounts(_program(spec, command)))[command.done :]
        settled = {unit.unit: unit for unit in command.settled}
        for unit in range(command.ceiling):
            record = settled.get(unit)
            least, most = (0, amounts[unit]) if record is None else (record.lo, record.hi)
            lo, hi = lo + least, hi + most
            if record is None or record.outcome is Outcome.UNKNOWN:
                zone, number = numbers[command.stage, command.program, command.done + unit]
                answered = unit in command.answered
                uncertain.append(UncertainUnit(zone, number, least, most, answered))
            elif record.outcome is Outcome.DONE:
                done += 1
            else:
                short += 1
    total = sum(step.units for _, _, program in plan for step in program.steps)
    return Evidence(
        treatment_id=spec.treatment_id,
        serial=resume.serial,
        unit=amount_unit_of(program for _, _, program in plan),
        units_total=total,
        units_done=done,
        units_short=short,
        amount_lo=lo,
        amount_hi=hi,
        amount_planned=sum(sum(programmed_amounts(program)) for _, _, program in plan),
        uncertain=tuple(uncertain),
        units_left=max(0, total - done - short - len(uncertain)),
    )


def _program(spec: SessionSpec, command: ResumedCommand) -> ProgramSpec:
    return spec.stages[command.stage].programs[command.program]


def _deliveries(spec: SessionSpec) -> Iterator[tuple[int, int, ProgramSpec]]:
    for stage_at, stage in enumerate(spec.stages):
        for program_at, program in enumerate(stage.programs):
            if program.purpose == "deliver":
                yield stage_at, program_at, program


def _numbers(spec: SessionSpec) -> dict[_Key, tuple[str, int]]:
    """Return zone and number within it for each unit of the plan."""
    count: dict[int, int] = {}
    numbers: dict[_Key, tuple[str, int]] = {}
    for stage_at, program_at, program in _deliveries(spec):
        zones = [run.zone for run in program.zones for _ in range(run.units)]
        for unit, zone in enumerate(zones):
            count[zone] = count.get(zone, 0) + 1
            numbers[stage_at, program_at, unit] = (spec.zones[zone].name, count[zone])
    return numbers
