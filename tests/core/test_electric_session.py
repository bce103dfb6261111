"""Whole sessions of the transdermal units: charge instead of volume, one unit of account."""

# ruff: noqa: ANN401
from typing import Any

import pytest

from mesodrive.core import loading
from mesodrive.core.parts import Parts
from mesodrive.core.restoring import restore
from mesodrive.core.spec import ResumedCommand, ResumedUnit, ResumeSpec, SessionSpec
from mesodrive_protocol.enums import DeviceState, How, Kind, Outcome, Reason
from mesodrive_protocol.messages import Arm, Begin, Data, Fit, Grant, Trace
from mesodrive_protocol.steps import unpack_step
from support.electric_specs import (
    CAP_UV,
    PULSE_UC,
    SLICE_UC,
    current,
    ionto,
    mixed,
    program,
    pulses,
    readings,
    slices,
    unit_session,
)
from support.electric_unit import CONTACT_UV, ElectricUnit
from support.scripted_sessions import alarms, end, ended

WHOLE_UC = SLICE_UC // 2 + 3 * SLICE_UC


def running(spec: SessionSpec, **changes: Any) -> ElectricUnit:
    """Bring a session to where its first units of current are done."""
    unit = ElectricUnit(spec)
    for name, value in changes.items():
        setattr(unit, name, value)
    unit.auto -= {"resume"}
    unit.open_port()
    unit.run(20, lambda: bool(unit.named("unit")) and unit.core.view().state == "running")
    return unit


# What is sent


def test_a_session_of_current_is_counted_in_charge_from_fitting_to_end() -> None:
    unit = ElectricUnit(ionto(4))
    unit.open_port().until_state("completed")
    view = unit.core.view()
    assert (view.amount_unit, view.amount_planned) == ("uC", WHOLE_UC)
    assert (view.amount_lo, view.amount_hi) == (WHOLE_UC, WHOLE_UC)
    assert view.amount_waste == 0
    unit.run(1)
    assert unit.named("ended")[-1]["zones"] == [WHOLE_UC]


def test_the_electrode_and_the_compliance_are_told_to_the_device() -> None:
    unit = ElectricUnit(ionto(4))
    unit.open_port().until_state("completed")
    (fit,) = unit.sent(Fit)
    assert (fit.area_mm2, fit.lot, fit.needle_um, fit.content_nl) == (800, 0x77, 0, 0)
    assert [(one.total, one.cap_uv) for one in unit.sent(Begin)] == [
        (SLICE_UC // 2, CAP_UV),
        (WHOLE_UC, CAP_UV),
    ]


def test_nothing_is_primed_and_no_priming_is_asked_for() -> None:
    unit = ElectricUnit(ionto(4))
    unit.auto |= {"clear"}
    unit.open_port().run(20, lambda: len(unit.named("unit")) == 2)
    unit.wish("stop", cause=0)
    unit.until_state("completed")
    assert {one["kind"] for one in unit.named("intent")} == {"current"}
    assert not unit.inputs & 1 << 10


def test_stages_of_several_kinds_sum_up_charge_alone() -> None:
    unit = ElectricUnit(mixed())
    unit.open_port().until_state("completed")
    view = unit.core.view()
    assert [one["kind"] for one in unit.named("intent")] == ["pass", "measure", "current"]
    assert (view.units_total, view.units_confirmed) == (7, 7)
    assert (view.amount_unit, view.amount_lo) == ("uC", SLICE_UC // 2 + 2 * SLICE_UC)
    assert len(unit.sent(Fit)) == 2


def test_pulses_count_the_most_that_they_can_carry() -> None:
    unit = ElectricUnit(unit_session("pulse-unit", (readings(1), pulses(3))))
    unit.open_port().until_state("completed")
    assert unit.core.view().amount_planned == 3 * PULSE_UC
    assert unit.core.view().amount_hi == 3 * PULSE_UC


# Limits


OFFERED = [
    (ionto(4), [("current_ua", 4_001)]),
    (mixed(), [("vacuum_pa", 41_001), ("carrier_hz", 9_999), ("current_ua", 10_001)]),
    (
        unit_session("pulse-unit", (readings(1), pulses(2))),
        [("carrier_hz", 9_999), ("voltage_uv", 200_000_001)],
    ),
]


@pytest.mark.req("STP-08")
@pytest.mark.parametrize(("spec", "offered"), OFFERED, ids=["current", "mixed", "pulse"])
def test_a_step_beyond_its_limit_is_offered_for_each_kind_of_a_stage(
    spec: SessionSpec, offered: list[tuple[str, int]]
) -> None:
    unit = ElectricUnit(spec)
    unit.open_port().until_state("completed")
    tried = unit.named("limits_tried")
    assert [(field, one[field]) for one, (field, _) in zip(tried, offered, strict=True)] == offered
    assert {one["answer"] for one in tried} == {"LIMIT"}
    sent = [unpack_step(Kind(kind), data.steps[0]) for kind, data in _loaded(unit)]
    for field, value in offered:
        assert any(getattr(step, field, None) == value for step in sent)


def _loaded(unit: ElectricUnit) -> list[tuple[int, Any]]:
    kinds: list[tuple[int, Any]] = []
    kind = 0
    for message in unit.heard:
        if isinstance(message, Begin):
            kind = message.kind
        elif isinstance(message, Data):
            kinds.append((kind, message))
    return kinds


@pytest.mark.req("STP-08")
def test_a_unit_that_takes_a_current_above_its_limit_is_not_used() -> None:
    unit = ElectricUnit(ionto(4))
    unit.on[Data] = unit.answer
    problem = ended(unit.open_port(), "limits-not-enforced")
    assert problem["current_ua"] == 4_001
    assert unit.sent(Arm) == []


@pytest.mark.req("DOS-02")
def test_what_a_treatment_had_before_counts_against_the_charge_of_a_session() -> None:
    unit = ElectricUnit(ionto(4))
    unit.case = 4_800_000 - WHOLE_UC + 1
    problem = ended(unit.open_port(), "case-limit", 3)
    assert (problem["before"], problem["planned"]) == (unit.case, WHOLE_UC)
    assert problem["limit"] == 4_800_000
    fits = ElectricUnit(ionto(4))
    fits.case = 4_800_000 - WHOLE_UC
    fits.open_port().until_state("completed")
    assert fits.core.view().amount_before == fits.case
    assert fits.named("case") == [{"event": "case", "before": fits.case, "planned": WHOLE_UC}]


@pytest.mark.req("DOS-02")
def test_a_slice_without_room_in_its_zone_is_held() -> None:
    unit = ElectricUnit(ionto(4, limit_uc=2 * SLICE_UC))
    unit.open_port().run(10)
    assert max(grant.upto for grant in unit.sent(Grant)) == 2
    assert alarms(unit) == {"limit-held"}
    end(unit, 5, "stopped")


# What is reported


def test_a_view_shows_current_and_voltage_and_none_of_the_values_of_needles() -> None:
    unit = running(ionto(40))
    view = unit.core.view()
    assert (view.current_ua, view.voltage_uv) == (2_000, CONTACT_UV)
    assert (view.pressure_pa, view.contact_mn) == (0, 0)
    assert view.to_json()["current_ua"] == 2_000


@pytest.mark.req("DOS-07")
def test_a_record_that_the_samples_contradict_stops_the_device() -> None:
    unit = running(ionto(40), flow_permille=1_030)
    unit.until_state("stopped")
    assert "charge-differs" in alarms(unit)
    (said, *_) = unit.named("charge_differs")
    assert (said["lo"], said["hi"], said["traced"]) == (5_000, 5_000, 5_150)
    assert unit.core.view().amount_excess == sum(
        one["measured"] - one["programmed"] for one in unit.named("excess")
    )
    assert unit.core.view().amount_excess >= 150


@pytest.mark.req("DOS-07")
def test_samples_that_come_after_the_record_stop_the_device_as_well() -> None:
    unit = running(ionto(40), traces=False)
    unit.works, unit.traces = False, True
    begun_us = unit.flow_us
    unit.flow(1_000, frames=1)
    before = unit.next
    unit.next, unit.begun = before + 1, unit.begun + 1
    unit.record(unit=before, lo=SLICE_UC, hi=SLICE_UC, begun_us=begun_us, took_us=5_000_000)
    assert unit.core.view().state == "running"
    unit.flow(1_000, frames=24)
    unit.until_state("stopped")
    assert unit.named("charge_differs")[0]["traced"] == 5_000


@pytest.mark.req("DOS-07")
def test_a_unit_that_sends_no_samples_or_samples_of_another_session_is_compared_with_nothing() -> (
    None
):
    unit = running(ionto(6), traces=False)
    stale = unit.core.view().link.stale
    frame = Trace(0, unit.boot, unit.session + 1, 1, 10_000, 1, 1, 0, ((9, 9),))
    unit.say(frame)
    unit.say(frame._replace(session=unit.session, boot=unit.boot + 1))
    assert unit.core.view().link.stale == stale + 2
    unit.until_state("completed")
    assert unit.named("charge_differs") == []


def test_samples_before_a_session_are_old_news() -> None:
    unit = ElectricUnit(ionto(4))
    unit.say(Trace(0, 3, 0, 1, 10_000, 1, 1, 0, ((9, 9),)))
    unit.auto -= {"start"}
    unit.open_port()
    assert unit.core.view().link.stale == 0


@pytest.mark.req("DOS-08")
@pytest.mark.parametrize(
    ("reason", "alarm"),
    [
        (Reason.OPEN, "electrode-open"),
        (Reason.SHORT, "electrode-short"),
        (Reason.IMPEDANCE, "impedance"),
        (Reason.PULSE, "pulse-wrong"),
    ],
)
def test_an_electrical_reason_is_an_alarm_and_nothing_goes_on_by_itself(
    reason: Reason, alarm: str
) -> None:
    unit = running(ionto(40))
    grants, armed = len(unit.sent(Grant)), len(unit.sent(Arm))
    unit.latch(reason)
    unit.until_state("faulted")
    assert alarm in alarms(unit)
    unit.run(30)
    assert unit.core.view().awaiting == "clear"
    assert len(unit.sent(Arm)) == armed
    assert len(unit.sent(Grant)) <= grants + 1


@pytest.mark.req("DOS-08")
def test_a_cleared_unit_is_armed_again_only_by_a_word_and_goes_on_behind_its_last_slice() -> None:
    unit = running(ionto(6))
    unit.latch(Reason.OPEN)
    unit.until_state("faulted")
    unit.wish("clear")
    unit.until_state("paused")
    unit.run(5)
    assert unit.state is DeviceState.LOADED
    unit.auto |= {"resume"}
    unit.wish("resume")
    unit.until_state("completed")
    assert unit.core.view().units_confirmed == 6


@pytest.mark.req("CMD-02")
def test_after_a_reset_the_rest_of_a_current_is_a_new_command_with_a_new_fitting() -> None:
    unit = running(ionto(8))
    done = unit.next
    unit.restart()
    unit.flow_us = 3_000_000
    unit.auto |= {"resume", "clear"}
    unit.say(unit.status())
    unit.until_state("completed", seconds=60)
    intents = unit.named("intent")
    assert [(one["done"], one["units"]) for one in intents] == [(0, 8), (done, 8 - done)]
    assert len(unit.sent(Fit)) == 2
    assert unit.core.view().amount_hi == SLICE_UC // 2 + 7 * SLICE_UC


@pytest.mark.req("DOS-01")
def test_a_current_beyond_the_profile_never_reaches_the_wire() -> None:
    unit = ElectricUnit(unit_session("ionto-unit", (current(3, current_ua=4_100),)))
    problem = ended(unit.open_port(), "limits", 3)
    assert {one["place"][2] for one in problem["violations"]} == {"current_ua"}
    assert unit.named("intent") == []


# Going on from a log


def resumed(*, before_uc: int = 0, hi: int = SLICE_UC, excess: int = 0) -> Parts:
    """Return the parts of a session whose first command did two slices and was closed."""
    units = (
        ResumedUnit(unit=0, outcome=Outcome.DONE, lo=4_990, hi=SLICE_UC // 2, ago_ms=1),
        ResumedUnit(unit=1, outcome=Outcome.PARTIAL, lo=1, hi=hi, ago_ms=1, excess=excess),
    )
    command = ResumedCommand(
        command=1, stage=0, program=0, done=0, ceiling=2, begun_before=0, settled=units,
        closed=True,
    )  # fmt: skip
    parts = Parts(ionto(4))
    restore(parts, ResumeSpec(
        head="", serial="X", sessions=(1,), last_seq=0, chain=None, begun_total=0,
        before_nl=before_uc, commands_begun=1, stage=0, program=0, done=2, commands=(command,),
    ))  # fmt: skip
    parts.guard.begin(7_200_000_000_000)
    return parts


@pytest.mark.req("DOS-02")
@pytest.mark.parametrize(("room_uc", "units"), [(2 * SLICE_UC, 2), (2 * SLICE_UC - 1, 1)])
def test_the_charge_of_an_earlier_log_and_of_the_case_takes_room_in_the_session(
    room_uc: int, units: int
) -> None:
    taken_uc = SLICE_UC // 2 + SLICE_UC + 700
    parts = resumed(before_uc=4_800_000 - taken_uc - room_uc, excess=700)
    assert (parts.ledger.dose.lo, parts.ledger.excess) == (4_991, 700)
    assert parts.position.program.steps[0].units == 2
    book = parts.ledger.open_command(2, parts.position.program)
    assert parts.guard.allowed_upto(book, 2, 7_200_000_000_000) == units


def test_charge_fills_no_window_of_volume_and_empties_no_syringe() -> None:
    parts = resumed()
    book = parts.ledger.open_command(2, parts.position.program)
    parts.ledger.grant(book, 1)
    parts.guard.settled(book, SLICE_UC, 7_200_000_000_000)
    parts.position.content_nl = 5
    book.answered.add(0)
    loading.book_closed(parts, book, 1, How.REST_ELSEWHERE)
    assert parts.position.content_nl == 5
    assert parts.guard.allowed_upto(book, 2, 7_200_000_000_000) == 2


@pytest.mark.req("DOS-08")
def test_a_rest_that_begins_in_its_ramp_down_may_be_loaded() -> None:
    down = slices(2, current_ua=0, charge_uc=SLICE_UC // 2)
    whole = program(Kind.CURRENT, slices(1), down, cap_uv=CAP_UV)
    unit = ElectricUnit(unit_session("ionto-unit", (whole,)))
    unit.auto -= {"resume"}
    unit.open_port().run(20, lambda: bool(unit.named("unit")))
    unit.works = False
    unit.restart()
    unit.auto |= {"resume", "clear"}
    unit.say(unit.status())
    unit.run(20, lambda: unit.core.view().awaiting == "resolve")
    unit.works = True
    unit.wish("resolve", who="A. Operator", why="looked")
    unit.until_state("completed")
    assert [one["done"] for one in unit.named("intent")] == [0, 1]
