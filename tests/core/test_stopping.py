"""STOP from every state, and devices that stop by themselves."""

# ruff: noqa: ANN401
from typing import Any

import pytest

from mesodrive.core.ports import In
from mesodrive_protocol.enums import (
    DeviceState,
    Reason,
    StopCause,
)
from mesodrive_protocol.messages import (
    Arm,
    Clear,
    Close,
    Grant,
    Hello,
    Limits,
    Poll,
    Stop,
)
from support.scripted import SILENT, Scripted
from support.scripted_sessions import STATES, alarms, end, gun
from support.specs import deliver, session

# STOP


@pytest.mark.req("STP-01")
@pytest.mark.parametrize("state", STATES)
def test_stop_leaves_within_the_same_step_in_every_state(state: str) -> None:
    device = gun(state)
    before = device.now_ns
    device.wish("stop", cause=StopCause.SIGNAL)
    assert device.now_ns == before
    stop = device.heard[-1]
    assert type(stop) is Stop
    assert stop.cause == StopCause.SIGNAL
    device.run(1)
    assert device.state is DeviceState.LATCHED


@pytest.mark.req("STP-02")
@pytest.mark.parametrize("state", STATES)
def test_without_proof_every_state_says_not_confirmed_after_300_ms(state: str) -> None:
    device = gun(state)
    device.speaks = False
    device.on = dict.fromkeys((Stop, Poll, Hello), SILENT)
    device.wish("stop")
    assert device.core.view().stop == "sent"
    device.run(0.31)
    assert device.core.view().stop == "not confirmed"
    assert "stop-not-confirmed" in alarms(device)
    sent = len(device.sent(Stop))
    device.run(1.6)
    assert len(device.sent(Stop)) >= sent + 75, "it goes on for as long as there is no proof"


@pytest.mark.req("STP-02")
def test_an_old_status_that_comes_late_is_no_proof() -> None:
    device = gun("running")
    old = device.status(state=DeviceState.LATCHED, latch_no=77)
    device.run(0.2)
    device.on[Stop] = SILENT
    device.speaks = False
    device.wish("stop")
    device.say(old)
    assert device.core.view().stop == "sent"


@pytest.mark.req("STP-03")
def test_after_stop_only_clear_and_then_resume_go_on_at_the_devices_next_index() -> None:
    device = gun("running")
    device.wish("stop")
    device.until_state("stopped")
    for wish in ("arm", "resume", "fitted", "start", "pause"):
        device.wish(wish)
    assert len(device.named("wish_refused")) == 5
    assert device.core.view().awaiting == "clear"
    device.wish("clear")
    device.until_state("paused")
    arms = len(device.sent(Arm))
    next_unit = device.next
    device.run(5)
    assert len(device.sent(Arm)) == arms
    device.wish("resume")
    device.until_state("completed")
    assert device.sent(Arm)[-1].next == next_unit
    assert device.core.view().units_confirmed == 8


@pytest.mark.req("STP-03")
def test_a_stop_before_the_session_is_open_leads_only_out() -> None:
    device = gun("identifying")
    device.wish("stop")
    del device.on[Hello]
    device.session = 4
    device.run(1)
    assert device.state is DeviceState.LATCHED
    assert (device.core.view().ending, device.core.exit_code) == ("stopped", 5)
    assert device.sent(Clear) == []


def test_a_stop_before_the_session_is_open_and_without_proof_ends_abandoned() -> None:
    device = gun("identifying")
    device.on[Stop] = SILENT
    device.wish("stop")
    device.run(5)
    assert (device.core.view().ending, device.core.exit_code) == ("abandoned", 4)


def test_a_stop_before_start_takes_stock_anew_and_asks_for_start_again() -> None:
    device = gun("idle")
    device.wish("stop")
    device.until_state("stopped")
    device.wish("clear")
    device.run(1)
    assert device.core.view().awaiting == "start"
    device.wish("start")
    device.until_state("completed")


def test_a_stop_on_the_device_before_start_is_asked_about() -> None:
    device = gun("idle")
    device.latch(Reason.STOP_KEY)
    device.until_state("stopped")
    assert device.core.view().reason == "stop key"
    device.wish("clear")
    device.until_state("idle")
    device.wish("start")
    device.until_state("completed")


def test_stop_while_the_account_is_written_is_sent_and_the_account_stands() -> None:
    device = Scripted(session(deliver(1)))
    whole = device.react

    def close(message: Any) -> Any:
        if message.command & 0xFF == 2:
            device.disk = False
        return whole(message)

    device.on[Close] = close
    device.open_port().run(20, lambda: bool(device.named("ended")))
    assert not device.core.ended
    device.wish("stop")
    device.input(In.WISH, b"no json")
    device.input(In.LOST, b'{"reason":"pulled"}')
    assert len(device.sent(Stop)) >= 1
    device.run(3)
    assert device.core.ended
    assert device.core.view().ending == "completed"
    assert len(device.named("ended")) == 1


# The device stops by itself


@pytest.mark.req("STP-03")
@pytest.mark.parametrize("reason", sorted(set(Reason) - {Reason.NONE, Reason.STOP}))
def test_each_reason_of_the_device_latches_the_session_with_its_alarm(reason: Reason) -> None:
    device = gun("running")
    device.latch(reason)
    by_hand = reason in (Reason.BREAK, Reason.STOP_KEY)
    device.until_state("stopped" if by_hand else "faulted")
    assert len(device.core.view().alarms) == 1
    grants = len(device.sent(Grant))
    device.run(3)
    assert len(device.sent(Grant)) == grants
    device.wish("clear")
    device.run(1)
    assert device.core.view().alarms == ()
    end(device, 5, "stopped")


@pytest.mark.req("STP-07")
def test_the_same_fault_is_cleared_three_times_in_ten_minutes_and_no_more() -> None:
    device = gun("faulted")
    for n in range(3):
        device.wish("clear")
        device.until_state("paused")
        device.latch(Reason.BLOCKAGE)
        device.until_state("faulted")
        assert device.core.view().awaiting == ("clear" if n < 2 else "end")
    device.wish("clear")
    assert device.named("wish_refused")
    assert device.named("clear_refused")[-1]["times"] == 3
    end(device, 6, "faulted")


@pytest.mark.req("STP-07")
def test_faults_that_lie_ten_minutes_apart_and_stops_by_hand_are_not_counted() -> None:
    device = gun("faulted")
    for reason in [Reason.BLOCKAGE] * 4 + [Reason.STOP_KEY] * 5:
        device.wish("clear")
        device.until_state("paused")
        device.run(301 if reason is Reason.BLOCKAGE else 1)
        device.latch(reason)
        device.until_state("faulted", "stopped")
        assert device.core.view().awaiting == "clear"


@pytest.mark.req("STP-02")
def test_a_device_that_is_stopping_is_not_called_stopped() -> None:
    device = gun("running")
    device.state, device.reason = DeviceState.STOPPING, Reason.HOME
    device.run(1)
    assert device.core.view().state == "stopping"
    assert device.core.view().stop == ""
    device.state = DeviceState.IDLE
    device.latch(Reason.HOME)
    device.until_state("faulted")


# A latch that is first heard of where nothing runs any more


@pytest.mark.req("STP-03")
def test_a_latch_is_an_alarm_before_the_device_that_was_lost_has_answered_anything_else() -> None:
    device = gun("running", units=30)
    device.input(In.LOST, b'{"reason":"unplugged"}')
    device.works = False
    device.latch(Reason.CONTACT)
    device.on[Limits] = SILENT
    device.open_port().run(0.1)
    view = device.core.view()
    assert view.state == "identifying"
    assert "contact-lost" in {alarm.id for alarm in view.alarms}


@pytest.mark.req("STP-03")
def test_a_device_that_latches_beside_a_defect_of_the_host_is_an_alarm_too() -> None:
    device = gun("running")
    device.input(In.WISH, b"{")
    assert device.core.view().state == "faulted"
    device.reason = Reason.LEASE
    device.run(0.1)
    assert {alarm.id for alarm in device.core.view().alarms} == {"internal-error", "lease-expired"}


def test_a_latch_that_a_session_finds_when_it_is_opened_is_shown_and_no_alarm() -> None:
    device = Scripted(session(deliver(1)))
    device.auto -= {"clear"}
    device.latch(Reason.CONTACT)
    device.open_port().run(2)
    view = device.core.view()
    assert (view.state, view.awaiting, view.reason) == ("stopped", "clear", "contact")
    assert view.alarms == ()
