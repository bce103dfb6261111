"""The log of a session of current: replayed to the byte, counted in uC, gone on from anywhere."""

import json
import runpy
from collections.abc import Callable, Iterator
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from mesodrive.cli.evidence import show_evidence
from mesodrive.core.driver import DriverCore
from mesodrive.core.ports import In, Out
from mesodrive.core.spec import ProgramSpec, SessionSpec
from mesodrive.core.view import View
from mesodrive.session.account import account
from mesodrive.session.assembler import LogWriter
from mesodrive.session.begin import Begin, LogUnusableError
from mesodrive.session.evidence import evidence_of
from mesodrive.session.rebuild import driver_core
from mesodrive.session.replay import end_facts, replay
from mesodrive.session.resume import resume_spec
from mesodrive.session.verify import verify
from mesodrive_protocol.enums import Kind
from support.electric_specs import (
    PULSE_UC,
    SLICE_UC,
    bursts,
    ionto,
    mixed,
    pulses,
    readings,
    spots,
    unit_session,
)
from support.electric_unit import ElectricUnit
from support.logs import split

second: Callable[[bytes, int], tuple[int, int]] = runpy.run_path(
    str(Path(__file__).with_name("second_account.py"))
)["account"]
UNITS = 4
WHOLE_UC = SLICE_UC // 2 + (UNITS - 1) * SLICE_UC


class Written:
    """A core whose inputs and outputs go into a log."""

    def __init__(self, spec: SessionSpec) -> None:
        begin = Begin(
            version("mesodrive"), json.loads(spec.model_dump_json()), "", "", "", "", [], {}, {},
            "", "hand",
        )  # fmt: skip
        self.core = DriverCore(spec)
        self.writer = LogWriter(begin.to_body(), 0)
        self.data = b""

    def step(self, code: int, data: bytes, now_ns: int) -> list[tuple[int, bytes]]:
        outputs = self.core.step(code, data, now_ns)
        self.writer.add(now_ns, code, data)
        for out, body in outputs:
            self.writer.add(now_ns, out, body)
            if out == Out.PERSIST:
                self.writer.seal(now_ns)
        self.data += self.writer.take()
        return outputs

    def view(self) -> View:
        return self.core.view()

    @property
    def ended(self) -> bool:
        return self.core.ended

    @property
    def deadline_ns(self) -> int:
        return self.core.deadline_ns


def session_log(spec: SessionSpec, *, flow_permille: int = 1_000) -> tuple[bytes, View]:
    """Run a session to its end, or to where it is stopped, and return its log and last view."""
    unit, core = ElectricUnit(spec), Written(spec)
    unit.core = core  # type: ignore[assignment]
    unit.flow_permille = flow_permille
    unit.open_port()
    unit.run(60, lambda: unit.core.view().state == "stopped")
    unit.wish("end")
    unit.run(5)
    assert core.ended
    core.writer.end(unit.now_ns, json.dumps(end_facts(core.view())).encode())
    return core.data + core.writer.take(), core.view()


@cache
def current_log() -> tuple[bytes, View]:
    return session_log(ionto(UNITS))


def prefixes(log: bytes) -> Iterator[bytes]:
    """Yield the log as far as each of its seals."""
    found = b""
    for one in split(log):
        found += one
        if one[8] == 3:
            yield found


@pytest.mark.req("RPL-01")
def test_a_session_of_current_replays_byte_for_byte_and_its_end_is_in_charge() -> None:
    log, view = current_log()
    result = replay(log, driver_core)
    assert result.equal, str(result.divergence)
    assert result.verification.intact
    assert end_facts(view)["amount_unit"] == "uC"
    found = account(log)
    assert (found.unit, found.lo, found.hi, found.waste_hi) == ("uC", WHOLE_UC, WHOLE_UC, 0)
    assert second(log, verify(log).sealed_bytes) == (WHOLE_UC, WHOLE_UC)


@pytest.mark.req("RPL-01")
@pytest.mark.req("DOS-07")
def test_a_session_that_the_samples_ended_replays_as_well_and_its_excess_is_in_the_account() -> (
    None
):
    log, view = session_log(ionto(UNITS), flow_permille=1_100)
    assert replay(log, driver_core).equal
    assert view.amount_excess > 0
    found = account(log)
    assert "charge-differs" in found.alarms
    excess = sum(sum(one.excess.values()) for one in found.commands.values())
    assert excess == view.amount_excess


@pytest.mark.req("CMD-03")
def test_two_accounts_agree_on_a_log_that_stops_at_any_of_its_seals() -> None:
    for log in prefixes(current_log()[0]):
        found = account(log)
        assert second(log, len(log)) == (found.lo, found.hi)
        assert 0 <= found.lo <= found.hi <= WHOLE_UC


@pytest.mark.req("CMD-03")
def test_a_log_that_stops_anywhere_is_gone_on_from_with_its_charge() -> None:
    seen: set[int] = set()
    for log in prefixes(current_log()[0]):
        if account(log).ending:
            break
        spec = resume_spec(log, nonce=1, first_rid=2)
        found = evidence_of(spec)
        view = DriverCore(spec).view()
        assert (found.unit, found.amount_planned) == ("uC", WHOLE_UC)
        assert (view.amount_lo, view.amount_hi) == (found.amount_lo, found.amount_hi)
        seen.add(found.amount_lo)
    assert {0, SLICE_UC // 2} < seen


def test_what_is_uncertain_of_a_current_is_told_in_the_words_of_its_dose(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for log in prefixes(current_log()[0]):
        found = evidence_of(resume_spec(log, nonce=1, first_rid=2))
        if found.uncertain:
            break
    else:
        raise AssertionError("no log stops within a command")
    show_evidence(found, as_json=False)
    said = capsys.readouterr().out
    assert "units 1, 2, 3 of zone forearm: [0.000 mA min, 0.417 mA min]" in said
    assert "of 0.583 mA min planned" in said


@pytest.mark.parametrize(
    ("spec", "amounts"),
    [
        (mixed(), [0, 0, 0, 0, SLICE_UC // 2, SLICE_UC, SLICE_UC]),
        (unit_session("pulse-unit", (readings(1), pulses(2))), [0, PULSE_UC, PULSE_UC]),
    ],
    ids=["mixed", "pulse"],
)
def test_every_kind_has_the_amounts_of_its_own_steps(spec: SessionSpec, amounts: list[int]) -> None:
    log, view = session_log(spec)
    assert view.ending == "completed"
    found = account(log)
    assert [one for book in found.commands.values() for one in book.programmed] == amounts
    assert (found.unit, found.hi) == ("uC", view.amount_hi)
    assert second(log, verify(log).sealed_bytes) == (found.lo, found.hi)


@pytest.mark.parametrize(
    ("kind", "step"),
    [
        (Kind.CURRENT, spots(1)),
        (Kind.PULSE, bursts(2)),
        (Kind.PULSE, {"units": 1, "cap_ua": -1, "width_us": 1}),
        (Kind.CURRENT, {"units": 1, "charge_uc": "1"}),
    ],
)
def test_steps_of_another_kind_and_amounts_that_count_nothing_make_a_log_unusable(
    kind: Kind, step: ProgramSpec | dict[str, Any]
) -> None:
    steps = [step] if isinstance(step, dict) else json.loads(step.model_dump_json())["steps"]
    program = {"purpose": "deliver", "kind": int(kind), "steps": steps}
    spec = {"stages": [{"programs": [program]}]}
    writer = LogWriter(Begin("1", spec, "", "", "", "", [], {}, {}, "", "hand").to_body(), 0)
    intent = {
        "event": "intent", "command": 1, "stage": 0, "program": 0, "done": 0, "kind": "current",
        "units": sum(one["units"] for one in steps), "purpose": "deliver", "begun_before": 0,
    }  # fmt: skip
    writer.add(1, In.TICK, b"")
    writer.add(1, Out.EVENT, json.dumps(intent).encode())
    writer.seal(2)
    with pytest.raises(LogUnusableError, match="makes no sense"):
        account(writer.take())
