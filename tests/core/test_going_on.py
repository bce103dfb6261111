"""What a core that goes on from an earlier log begins with: the place in the plan, and its rest."""

from typing import Any

import pytest

from mesodrive.core.driver import DriverCore
from mesodrive.core.parts import Parts
from mesodrive.core.restoring import restore
from mesodrive.core.spec import (
    ProgramSpec,
    ResumedCommand,
    ResumedUnit,
    ResumeSpec,
    SessionSpec,
    ZoneRun,
    rest_of,
)
from mesodrive_protocol.enums import Outcome
from mesodrive_protocol.messages import Begin
from support.scripted import Scripted
from support.specs import deliver, session, step

BLANK = ResumeSpec(
    head="", serial="HAND-1", sessions=(8,), last_seq=0, chain=None, begun_total=0,
    commands_begun=1, stage=0, program=1, done=0, commands=(),
)  # fmt: skip
COMMAND = ResumedCommand(
    command=1, stage=0, program=1, done=0, ceiling=0, begun_before=0, closed=True
)


def going_on(**changes: Any) -> SessionSpec:  # noqa: ANN401
    resume = BLANK.model_copy(update=changes)
    return session(deliver(3)).model_copy(update={"resume": resume})


def test_a_log_whose_plan_was_done_only_has_its_end_written() -> None:
    device = Scripted(going_on(stage=1, program=0))
    device.open_port().run(20, lambda: device.core.ended)
    assert device.core.view().ending == "completed"
    assert device.sent(Begin) == []


def test_an_open_prime_before_the_place_in_the_plan_is_what_comes_first() -> None:
    parts = Parts(going_on())
    prime = COMMAND.model_copy(update={"program": 0, "closed": False})
    restore(parts, BLANK.model_copy(update={"commands": (prime,)}))
    assert parts.position.program.purpose == "prime"
    parts.position.advance()
    assert (parts.position.program.purpose, parts.position.program_at) == ("deliver", 1)


@pytest.mark.parametrize("place", [{"stage": 1}, {"program": 2}])
def test_a_command_of_a_program_that_the_plan_does_not_have_is_refused(
    place: dict[str, int],
) -> None:
    with pytest.raises(ValueError, match="a program that the plan does not have"):
        DriverCore(going_on(commands=(COMMAND.model_copy(update=place),)))


@pytest.mark.req("CMD-08")
def test_a_record_of_a_unit_that_its_command_does_not_have_is_refused() -> None:
    unit = ResumedUnit(unit=3, outcome=Outcome.DONE, lo=0, hi=0, ago_ms=0)
    with pytest.raises(ValueError, match="a unit behind its last"):
        DriverCore(going_on(commands=(COMMAND.model_copy(update={"settled": (unit,)}),)))


MIXED = ProgramSpec(
    purpose="deliver",
    kind=deliver(1).kind,
    steps=(step(2), step(3, dose_nl=1_000), step(1, dose_nl=2_000)),
    zones=(ZoneRun(zone=0, units=4), ZoneRun(zone=1, units=2)),
)


@pytest.mark.req("CMD-02")
@pytest.mark.parametrize("done", range(6))
def test_the_rest_of_a_program_is_its_last_units_where_they_lie(done: int) -> None:
    def units(program: ProgramSpec) -> tuple[list[int], list[int]]:
        doses = [one.amount(program.kind) for one in program.steps for _ in range(one.units)]
        return doses, [run.zone for run in program.zones for _ in range(run.units)]

    doses, zones = units(MIXED)
    assert units(rest_of(MIXED, done)) == (doses[done:], zones[done:])


@pytest.mark.parametrize("done", [6, 7])
def test_a_program_that_is_done_has_no_rest(done: int) -> None:
    with pytest.raises(ValueError, match="nothing is left"):
        rest_of(MIXED, done)
