"""What may befall a session at any moment: who presses STOP, what stays open, how it ends."""

# ruff: noqa: ANN401
import json
from typing import Any

import pytest

from mesodrive.core.device import LOST_NS, SILENT_NS
from mesodrive.core.driver import ASLEEP_NS, LATE_NS
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
    Reason,
    StopCause,
)
from mesodrive_protocol.messages import (
    Arm,
    Clear,
    Close,
    Commit,
    Fit,
    Grant,
    Hello,
    Open,
    Pause,
    Poll,
    Selftest,
    Status,
    Stop,
    Trace,
)
from support.scripted import MS, SILENT, S, Scripted
from support.specs import deliver, pen_session, session

STATES = ["identifying", "idle", "loaded", "armed", "running", "paused", "stopped", "faulted"]


def gun(state: str = "running", units: int = 8) -> Scripted:
    """Bring a session into a state, with two units done where it runs."""
    device = Scripted(session(deliver(units)))
    if state == "identifying":
        device.on[Hello] = SILENT
        return device.open_port().run(0.1)
    device.auto -= {"start"} if state == "idle" else {"arm"} if state == "loaded" else {"resume"}
    device.open_port()
    if state in ("idle", "loaded"):
        device.until_state(state).run(0.2)
        return device
    if state == "armed":
        device.works = False
        return device.until_state("armed")
    device.run(20, lambda: len(device.named("unit")) == 4 and device.core.view().state == "running")
    if state == "paused":
        device.wish("pause")
        device.until_state("paused")
    elif state == "stopped":
        device.wish("stop", cause=0)
        device.until_state("stopped")
    elif state == "faulted":
        device.latch(Reason.BLOCKAGE)
        device.until_state("faulted")
    assert device.core.view().state == state
    return device


def end(device: Scripted, exit_code: int, ending: str) -> None:
    device.auto |= {"end"}
    if not device.core.ended:
        device.wish("end")
    device.run(60)
    assert device.core.ended, device.events[-4:]
    assert (device.core.view().ending, device.core.exit_code) == (ending, exit_code)
    before = len(device.heard)
    device.wish("start")
    device.input(In.TICK)
    assert len(device.heard) == before, "nothing is sent after the end"


def alarms(device: Scripted) -> set[str]:
    return {alarm.id for alarm in device.core.view().alarms}


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


# The host


@pytest.mark.req("STP-05")
@pytest.mark.parametrize(
    ("late", "stops"),
    [
        ({"late_ns": LATE_NS, "asleep_ns": ASLEEP_NS}, False),
        ({"late_ns": LATE_NS + 1}, True),
        ({"asleep_ns": ASLEEP_NS + 1}, True),
    ],
)
def test_a_host_that_was_late_or_asleep_while_armed_presses_stop(
    late: dict[str, int], stops: bool
) -> None:
    device = gun("running")
    device.input(In.HOST, json.dumps(late).encode())
    assert bool(device.sent(Stop)) is stops
    assert ("host-late" in alarms(device)) is stops


def test_a_host_that_was_late_while_nothing_is_armed_only_says_so() -> None:
    device = gun("paused")
    device.input(In.HOST, json.dumps({"late_ns": 60 * S}).encode())
    assert device.sent(Stop) == []
    assert device.named("host")


@pytest.mark.req("STP-05")
@pytest.mark.parametrize(("late_ns", "stops"), [(LATE_NS, False), (LATE_NS + 1, True)])
def test_a_step_that_comes_late_while_armed_presses_stop(late_ns: int, stops: bool) -> None:
    device = gun("running")
    device.now_ns = device.core.deadline_ns + late_ns
    device.input(In.RECEIVED, b"\0")
    assert ("host-late" in alarms(device)) is stops


@pytest.mark.req("CMD-01")
@pytest.mark.parametrize("state", STATES[1:])
def test_a_failed_log_presses_stop_and_nothing_is_armed_again(state: str) -> None:
    device = gun(state)
    device.disk = False
    arms = len(device.sent(Arm))
    device.input(In.JOURNAL_FAILED, b'{"reason":"disk full"}')
    assert "journal-failed" in alarms(device)
    assert device.sent(Stop)
    device.auto |= {"clear", "resume", "end", "start", "arm"}
    device.run(0.5, lambda: bool(device.core.view().awaiting))
    device.wish(device.core.view().awaiting or "end")
    device.run(20)
    assert len(device.sent(Arm)) == arms
    assert device.core.exit_code in (5, 6, 7)


@pytest.mark.req("LNK-04")
def test_without_a_status_for_half_a_second_while_armed_stop_is_pressed() -> None:
    device = gun("running")
    device.speaks = False
    seen_ns = device.now_ns
    device.run(2, lambda: bool(device.sent(Stop)))
    assert device.now_ns - seen_ns <= LOST_NS + 50 * MS
    assert "status-lost" in alarms(device)
    assert device.core.view().state == "recovering"
    device.speaks = True
    device.until_state("stopped")


def test_a_link_that_stays_silent_leaves_the_session_uncertain_until_the_device_is_heard() -> None:
    device = gun("running")
    device.works = device.speaks = False
    device.on[Stop] = SILENT
    device.run(5)
    view = device.core.view()
    assert view.state == "uncertain"
    assert view.units_uncertain >= 1
    assert view.amount_hi - view.amount_lo == 5_000 * view.units_uncertain
    assert "delivery-uncertain" in alarms(device)
    del device.on[Stop]
    device.speaks = True
    device.until_state("stopped")
    assert device.core.view().units_uncertain == 0
    device.wish("clear")
    device.until_state("paused")


def test_an_uncertain_session_that_is_ended_keeps_its_interval() -> None:
    device = gun("running")
    device.works = device.speaks = False
    device.on[Stop] = SILENT
    device.run(5)
    end(device, 7, "abandoned")
    assert device.named("ended")[-1]["units_open"] >= 1


def test_a_silent_link_with_nothing_open_waits_for_the_device_and_goes_on() -> None:
    device = gun("paused")
    device.speaks = False
    device.on[Stop] = SILENT
    device.wish("stop")
    device.run(3)
    assert device.core.view().state == "recovering"
    del device.on[Stop]
    device.speaks = True
    device.until_state("stopped")


def test_a_silent_link_with_nothing_open_can_be_left() -> None:
    device = gun("paused")
    device.speaks = False
    device.on[Stop] = SILENT
    device.wish("stop")
    device.run(3)
    end(device, 4, "abandoned")


@pytest.mark.req("LNK-04")
@pytest.mark.parametrize("state", ["idle", "loaded", "paused", "stopped", "faulted"])
def test_while_people_think_the_session_is_kept_and_a_silent_device_noticed(state: str) -> None:
    device = gun(state)
    polls = len(device.sent(Poll))
    device.run(60)
    assert len(device.sent(Poll)) - polls in (119, 120, 121)
    assert device.core.view().state == state
    device.speaks = False
    device.on[Poll] = SILENT
    silent_ns = device.now_ns
    device.until("refused")
    assert device.now_ns - silent_ns <= SILENT_NS + S
    assert device.core.view().problem["code"] == "device-silent"
    assert "status-lost" in alarms(device)
    end(device, 4, "abandoned")


# The port


@pytest.mark.req("CMD-03")
@pytest.mark.parametrize("state", STATES)
def test_a_lost_port_leaves_what_is_open_as_an_interval(state: str) -> None:
    device = gun(state)
    open_units = device.core.view().units_uncertain
    device.input(In.LOST, b'{"reason":"unplugged"}')
    view = device.core.view()
    assert view.state == ("uncertain" if open_units else "disconnected")
    assert "port-lost" in alarms(device)
    assert view.problem == {"code": "port-lost", "reason": "unplugged"}
    assert view.awaiting == "end"
    before = len(device.heard)
    device.speaks = False
    device.run(3)
    device.wish("stop")
    assert len(device.heard) == before, "there is nothing to send to"
    end(device, 7 if open_units else 4, "abandoned")


@pytest.mark.req("STP-02")
def test_a_stop_whose_port_is_lost_is_not_confirmed() -> None:
    device = gun("running")
    device.on[Stop] = SILENT
    device.wish("stop")
    device.input(In.LOST, b'{"reason":"unplugged"}')
    assert device.core.view().stop == "not confirmed"
    assert "stop-not-confirmed" in alarms(device)


def test_after_a_first_problem_a_lost_port_keeps_it() -> None:
    device = gun("running")
    device.say(device.status(session=device.session + 1))
    device.input(In.LOST, b'{"reason":"unplugged"}')
    assert device.core.view().problem["code"] == "session-taken"


def test_a_second_port_is_a_defect_of_the_owner_and_stops_the_device() -> None:
    device = gun("running")
    device.open_port()
    assert device.core.view().state == "faulted"
    assert device.sent(Stop)


# Another device than we left


@pytest.mark.req("LNK-05")
@pytest.mark.parametrize("state", STATES[1:])
def test_a_reset_of_the_device_ends_the_session_with_what_was_open(state: str) -> None:
    device = gun(state)
    open_units = device.core.view().units_uncertain
    device.restart()
    device.say(device.status())
    view = device.core.view()
    assert view.problem["code"] == "device-reset"
    assert "device-reset" in alarms(device)
    assert view.state == ("uncertain" if open_units else "recovering")
    device.say(device.status())
    device.wish("stop")
    assert type(device.heard[-1]) is Stop, "whoever holds it now: STOP is always sent"
    device.say(device.status(state=DeviceState.LATCHED))
    assert device.core.view().stop == "confirmed" or device.core.view().device_state != "latched"
    end(device, 7 if open_units else 4, "abandoned")


def test_a_reset_while_identifying_is_what_opening_a_port_may_do() -> None:
    device = Scripted(session(deliver(1)))
    device.on[Fit] = SILENT
    device.boot = 4
    whole = device.react

    def open_after_restart(ask: Any) -> Any:
        device.boot += 1
        device.session = 0
        device.say(device.status())
        return whole(ask)

    device.on[Open] = open_after_restart
    device.open_port()
    assert device.core.view().state == "idle"
    assert device.named("opened")[0]["boot"] == 5


@pytest.mark.req("CMD-11")
def test_a_session_that_another_host_took_is_left_at_once() -> None:
    device = gun("running")
    grants = len(device.sent(Grant))
    device.say(device.status(session=device.session + 1))
    assert device.core.view().problem["code"] == "session-taken"
    device.session += 1
    device.run(2)
    assert len(device.sent(Grant)) == grants
    end(device, 7, "abandoned")


@pytest.mark.req("CMD-09")
@pytest.mark.parametrize("state", ["idle", "paused", "running"])
def test_a_total_that_falls_locks_the_session(state: str) -> None:
    device = gun(state)
    device.begun += 5
    device.run(0.2)
    device.begun -= 4
    device.until("refused")
    assert device.core.view().problem["code"] == "record-mismatch"
    stops = {stop.press for stop in device.sent(Stop)}
    device.run(5)
    assert {stop.press for stop in device.sent(Stop)} == stops, "one press and no storm"
    device.begun += 4
    device.until_state("stopped")
    assert device.core.view().awaiting == "end", "there is no going on"
    end(device, 6, "abandoned")


@pytest.mark.req("CMD-09")
def test_units_that_were_never_granted_lock_the_session() -> None:
    device = gun("running")
    device.next = device.upto + 1
    device.until("refused")
    assert device.core.view().problem["code"] == "record-mismatch"
    assert device.sent(Stop)


@pytest.mark.req("CMD-08")
@pytest.mark.parametrize("changes", [{"hi": 5_001}, {"lo": 5_000, "hi": 4_999}])
def test_a_record_of_more_than_was_programmed_locks_the_session(changes: dict[str, int]) -> None:
    device = gun("running")
    device.works = False
    device.run(0.1)
    unit = device.next
    device.next, device.begun = unit + 1, device.begun + 1
    device.record(unit=unit, **{"lo": 0, "hi": 5_000, **changes})
    assert device.core.view().problem["code"] == "record-mismatch"
    device.run(5)
    assert device.core.view().units_uncertain == 1, "it stays open in full"
    end(device, 7, "abandoned")


@pytest.mark.req("CMD-08")
def test_a_second_record_of_a_unit_changes_nothing_and_locks_the_session() -> None:
    device = gun("running")
    before = device.core.view()
    device.record(unit=0, lo=0, hi=0)
    after = device.core.view()
    assert (after.amount_lo, after.amount_hi) == (before.amount_lo, before.amount_hi)
    assert after.units_confirmed == before.units_confirmed
    assert after.problem["code"] == "record-mismatch"


def test_records_of_others_are_shown_and_not_booked() -> None:
    device = gun("running")
    before = device.core.view()
    device.record(command=5, lo=100, hi=100)
    device.record(unit=9_999, lo=100, hi=100)
    assert [one["known"] for one in device.named("unit")[-2:]] == [False, False]
    after = device.core.view()
    assert (after.amount_hi, after.problem) == (before.amount_hi, {})
    assert after.units_confirmed == before.units_confirmed


def test_records_of_another_boot_or_session_are_not_looked_at() -> None:
    device = gun("running")
    seen = len(device.named("unit"))
    (last,) = device.journal[-1:]
    device.say(last._replace(boot=1, seq=last.seq + 1))
    device.say(last._replace(session=77, seq=last.seq + 1))
    assert len(device.named("unit")) == seen


def test_a_unit_that_the_device_does_not_know_the_end_of_makes_the_exit_code() -> None:
    device = gun("running")
    device.works = False
    device.run(0.1)
    unit = device.next
    device.next, device.begun = unit + 1, device.begun + 1
    device.record(unit=unit, lo=0, hi=5_000, outcome=Outcome.UNKNOWN, reason=Reason.RESET)
    device.works = True
    device.until_state("completed")
    assert device.core.exit_code == 7
    assert device.core.view().units_uncertain == 1


# The clock of the device


@pytest.mark.parametrize(("rate", "alarm"), [(1.03, "clock-drift"), (1.2, "clock-unusable")])
def test_a_clock_that_runs_off_warns_and_then_stops(rate: float, alarm: str) -> None:
    device = gun("running", units=200)
    whole, base_ns = device.status, device.now_ns

    def drifting(rid: int = 0, **changes: Any) -> Status:
        us = base_ns // 1_000 + int((device.now_ns - base_ns) * rate) // 1_000
        return whole(rid, **changes)._replace(device_us=max(us, device.us))

    device.status = drifting  # type: ignore[method-assign]
    device.run(8, lambda: alarm in alarms(device))
    assert alarm in alarms(device)
    if alarm == "clock-unusable":
        assert device.sent(Stop)[0].cause == StopCause.CLOCK
        return
    device.us = drifting().device_us
    shift = device.us - device.now_ns // 1_000
    device.status = lambda rid=0, **more: whole(rid, **more)._replace(  # type: ignore[method-assign]
        device_us=device.now_ns // 1_000 + shift + 1
    )
    device.run(2.5, lambda: not alarms(device))
    assert alarms(device) == set(), "a warning goes when its cause is gone"


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
