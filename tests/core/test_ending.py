"""How sessions end, what a defect of our own leads to, and what people see."""

# ruff: noqa: ANN401
import json
from typing import Any

import pytest

from mesodrive.core.link import NEVER
from mesodrive.core.parts import Wait
from mesodrive.core.ports import In
from mesodrive.core.spec import ProgramSpec
from mesodrive_protocol.enums import (
    DeviceState,
    Hold,
    Kind,
    Outcome,
    Phase,
)
from mesodrive_protocol.messages import (
    Account,
    Arm,
    Begin,
    Close,
    Commit,
    Fit,
    Grant,
    Hello,
    Open,
    Pause,
    Poll,
    Selftest,
    Stop,
    Trace,
)
from support.scripted import SILENT, Scripted
from support.scripted_sessions import STATES, alarms, end, gun
from support.specs import deliver, pen_session, session

# Ending


@pytest.mark.parametrize("state", STATES)
def test_a_session_can_be_ended_from_every_state_and_nothing_runs_on(state: str) -> None:
    device = gun(state)
    armed = state in ("armed", "running")
    device.on.pop(Hello, None)
    device.wish("end")
    assert bool(device.sent(Stop)) is (armed or state == "stopped")
    device.run(20)
    assert device.core.ended
    assert device.command == 0, "what was open is closed"
    faulted = state == "faulted"
    assert device.core.view().ending == ("faulted" if faulted else "stopped")
    assert device.core.exit_code == (6 if faulted else 5)


@pytest.mark.parametrize("cls", [Fit, Selftest, Commit, Arm, Close])
def test_a_wish_to_end_holds_wherever_it_comes(cls: type[Any]) -> None:
    """Not even a program that needs no further word of the operator is begun after it."""
    device = Scripted(session(deliver(5)))
    whole = device.react

    def meanwhile(message: Any) -> Any:
        device.wish("end")
        return whole(message)

    device.on[cls] = meanwhile
    device.open_port().run(30)
    assert device.core.ended
    assert device.core.view().ending == "stopped"
    assert device.core.exit_code == 5
    assert device.core.view().amount_hi == 0
    assert device.command == 0
    assert all(grant.command & 0xFF == 1 for grant in device.sent(Grant))


def test_a_second_wish_to_end_changes_nothing() -> None:
    device = gun("loaded")
    device.on[Close] = SILENT
    device.wish("end")
    device.wish("end")
    assert device.sent(Stop) == []
    del device.on[Close]
    device.run(5)
    assert device.core.exit_code == 5


def test_pause_is_asked_once_until_it_is_answered() -> None:
    device = gun("running")
    device.on[Pause] = SILENT
    for _ in range(200):
        device.wish("pause")
    assert len(device.sent(Pause)) == 1
    assert device.core.view().state == "running"
    del device.on[Pause]
    device.until_state("paused")


def test_a_device_that_disarms_by_itself_is_paused() -> None:
    device = gun("armed")
    device.run(0.3)
    device.state = DeviceState.LOADED
    device.until_state("paused")
    assert device.core.view().awaiting == "resume"


# Our own defects


@pytest.mark.parametrize(
    ("code", "data"),
    [
        (In.WISH, b"{"),
        (In.WISH, b"[]"),
        (In.WISH, b"{}"),
        (In.WISH, b'{"wish":"stop","cause":99}'),
        (In.WISH, b'{"wish":"\\ud800"}'),
        (In.HOST, b"null"),
        (99, b""),
    ],
)
@pytest.mark.parametrize("state", STATES)
def test_a_defect_inside_stops_the_device_and_latches_and_can_only_be_ended(
    state: str, code: int, data: bytes
) -> None:
    device = gun(state)
    device.input(code, data)
    assert device.core.view().state == "faulted"
    assert "internal-error" in alarms(device)
    assert device.sent(Stop)
    for wish in ("clear", "resume", "arm", "start"):
        device.wish(wish)
    assert device.core.view().awaiting == "end"
    device.on.pop(Hello, None)
    device.run(1)
    end(device, 70, "faulted")


@pytest.mark.parametrize("again", ["reset", "unplugged"])
def test_a_defect_while_a_lost_device_is_found_again_ends_the_recovery(again: str) -> None:
    device = gun("running", units=30)
    device.auto |= {"clear"}
    device.on[Account] = SILENT
    device.restart()
    device.say(device.status())
    device.run(0.2)
    assert device.core.view().problem["code"] == "device-reset"
    assert device.sent(Account)
    device.input(In.WISH, b"{")
    del device.on[Account]
    before = len(device.heard)
    if again == "reset":
        device.restart()
        device.say(device.status())
        assert device.core.view().state == "faulted"
    else:
        device.input(In.LOST, b'{"reason":"unplugged"}')
        device.open_port()
    device.run(10)
    assert not {Open, Begin, Arm, Grant} & {type(one) for one in device.heard[before:]}
    view = device.core.view()
    assert (view.awaiting, view.problem["code"]) == ("end", "internal-error")
    device.wish("end")
    device.run(3)
    assert device.core.ended
    assert device.core.exit_code == 7, "what was open stays so"


def test_a_defect_after_what_no_recovery_mends_keeps_what_the_session_ended_with() -> None:
    device = gun("loaded")
    device.say(device.status(session=device.session + 1))
    device.input(In.WISH, b"{")
    device.run(0.1)
    view = device.core.view()
    assert (view.awaiting, view.problem["code"]) == ("end", "session-taken")
    assert "internal-error" in alarms(device)
    assert device.sent(Stop)
    end(device, 70, "faulted")


def test_a_defect_before_the_port_is_open_sends_nothing() -> None:
    device = Scripted(session(deliver(1)))
    device.input(In.WISH, b"{")
    assert device.heard == []
    assert device.core.view().state == "faulted"
    end(device, 70, "faulted")


def test_a_procedure_that_goes_round_in_circles_is_a_defect() -> None:
    def circles() -> Any:
        while True:
            yield Wait(lambda: True, NEVER)

    device = gun("paused")
    device.core._runner.start(circles())
    device.input(In.TICK)
    assert device.named("internal_error")[0]["error"].endswith("goes round in circles")
    end(device, 70, "faulted")


def test_a_stop_with_no_device_and_no_port_ends_the_session() -> None:
    device = Scripted(session(deliver(1)))
    device.wish("stop")
    assert device.heard == []
    device.open_port().run(10)
    assert device.core.ended


def test_frames_that_the_state_has_no_use_for_are_counted_and_dropped() -> None:
    device = gun("running")
    device.say(Trace(0, device.boot, device.session, 1, 1, 1, 0, 0, ()))
    device.say(device.react(Hello(1, 0, 0)))
    refused = device.core.view().link.refused
    device.say(Poll(1, device.boot, 1))
    device.say(device.status()._replace(state=200))
    assert device.core.view().link.refused == refused + 1
    assert device.core.view().state == "running"


# What people see


def test_the_view_tells_of_hold_zone_pressure_and_program() -> None:
    device = gun("armed")
    device.run(20, lambda: device.core.view().program == 1)
    device.say(device.status(hold=Hold.TRIGGER, a=12_000, b=5_000, phase=Phase.REST))
    view = device.core.view()
    assert (view.hold, view.pressure_pa, view.contact_mn) == ("trigger", 12_000, 5_000)
    assert (view.purpose, view.zone, view.program, view.programs) == ("prime", "", 1, 2)
    device.works = True
    device.run(20, lambda: device.core.view().program == 2 and device.core.view().next > 1)
    view = device.core.view()
    assert (view.purpose, view.zone, view.simulated) == ("deliver", "cheek", True)
    assert view.units_total == 8
    plain = view.to_json()
    assert json.loads(json.dumps(plain)) == plain
    assert plain["link"]["damaged"] == 0
    device.say(device.status(hold=Hold.NONE))
    assert device.core.view().hold == ""


def test_the_view_shows_a_stop_as_confirmed_only_while_the_device_is_latched() -> None:
    device = gun("stopped")
    assert device.core.view().stop == "confirmed"
    assert device.core.view().stop_latency_ns >= 0
    assert [alarm.id for alarm in device.core.view().alarms] == []
    device.wish("clear")
    device.until_state("paused")
    assert device.core.view().stop == ""


def test_alarms_are_part_of_the_plain_view() -> None:
    device = gun("faulted")
    (alarm,) = device.core.view().to_json()["alarms"]
    assert alarm == {"id": "blockage", "priority": "high", "times": alarm["times"]}


def test_a_pause_leaves_nothing_open() -> None:
    device = gun("paused")
    view = device.core.view()
    assert view.units_uncertain == 0
    assert view.amount_lo == view.amount_hi == 5_000 * device.next


@pytest.mark.req("DOS-02")
def test_a_unit_without_room_in_the_limits_is_held_with_an_alarm_that_comes_and_goes() -> None:
    device = Scripted(session(deliver(8), product_limit_nl=15_000))
    device.auto -= {"resume"}
    device.open_port()
    device.run(20, lambda: "limit-held" in alarms(device))
    device.run(2)
    assert device.core.view().amount_hi == 15_000
    assert device.next == 3
    for wish in ("stop", "clear", "resume"):
        assert "limit-held" in alarms(device) or wish != "stop"
        device.wish(wish)
        device.run(0.5)
    assert "limit-held" in alarms(device), "it is held again"
    device.wish("pause")
    device.until_state("paused")
    assert alarms(device) == set()
    assert len(device.named("alarm_over")) == 2


@pytest.mark.req("STP-01")
def test_each_press_of_the_operator_is_sent_and_only_the_first_is_new() -> None:
    device = gun("running")
    device.on[Stop] = SILENT
    for _ in range(3):
        device.wish("stop")
    assert len({stop.press for stop in device.sent(Stop)}) == 1
    assert len(device.sent(Stop)) == 3
    device.run(1)
    device.on[Stop] = device.react
    device.until_state("stopped")
    device.wish("stop")
    device.until_state("stopped")
    assert len({stop.press for stop in device.sent(Stop)}) == 2


@pytest.mark.req("STP-01")
def test_a_press_while_records_are_awaited_begins_the_way_after_a_stop_anew() -> None:
    device = gun("running")
    device.works = False
    device.run(0.1)
    device.wish("stop")
    device.next += 1
    device.run(0.5)
    assert device.core.view().state == "stopping", "a record is missing"
    device.wish("stop")
    device.record(unit=device.next - 1, lo=0, hi=5_000, outcome=Outcome.PARTIAL)
    device.until_state("stopped")
    assert device.core.view().units_uncertain == 0


def test_trains_are_counted_in_strokes_and_take_nothing_from_a_syringe() -> None:
    device = Scripted(pen_session(units=3, strokes=10))
    device.open_port().until_state("completed")
    view = device.core.view()
    assert (view.amount_unit, view.amount_lo, view.amount_hi) == ("strokes", 30, 30)
    assert (view.units_total, view.amount_planned, view.amount_waste) == (3, 30, 0)


def test_a_dry_run_goes_into_no_zone_and_doses_nothing() -> None:
    dry = ProgramSpec(
        purpose="deliver", kind=Kind.DRY,
        steps=(deliver(1).steps[0].model_copy(update={"dose_nl": 0, "flow_nl_s": 0}),),
    )  # fmt: skip
    device = Scripted(session(dry))
    device.open_port().until_state("completed")
    view = device.core.view()
    assert (view.amount_hi, view.units_confirmed, view.zone) == (0, 1, "")


def test_a_device_that_leaves_its_command_unarmed_in_an_odd_state_is_not_released() -> None:
    device = gun("armed")
    device.run(0.3)
    device.state = DeviceState.IDLE
    device.until_state("paused")
    assert device.core.view().units_uncertain > 0
