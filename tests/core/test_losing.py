"""The host held up, the line silent, the port lost, the device another one than we left."""

# ruff: noqa: ANN401
import json
from typing import Any

import pytest

from mesodrive.core.device import LOST_NS, SILENT_NS
from mesodrive.core.driver import ASLEEP_NS, LATE_NS
from mesodrive.core.ports import In
from mesodrive_protocol.enums import (
    Outcome,
    Reason,
)
from mesodrive_protocol.messages import (
    Arm,
    Fit,
    Grant,
    Hello,
    Open,
    Poll,
    Stop,
)
from support.scripted import MS, SILENT, S, Scripted
from support.scripted_sessions import STATES, alarms, end, gun
from support.specs import deliver, session

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
    assert view.awaiting == ("end" if state == "identifying" else "")
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
def test_a_reset_of_a_device_that_stays_silent_leaves_what_was_open_as_it_is(state: str) -> None:
    device = gun(state)
    open_units = device.core.view().units_uncertain
    device.on[Hello] = SILENT
    device.restart()
    device.say(device.status())
    view = device.core.view()
    assert view.problem["code"] == "device-reset"
    assert "device-reset" in alarms(device)
    assert view.state == ("uncertain" if open_units else "recovering")
    device.say(device.status())
    device.wish("stop")
    assert type(device.heard[-1]) is Stop, "whoever holds it now: STOP is always sent"
    device.us += 1_000
    device.say(device.status())
    assert device.core.view().stop == "confirmed"
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
