"""Arming: only on fresh knowledge, only where the device stands, only when the operator says so."""

# ruff: noqa: ANN401
from typing import Any

import pytest

from mesodrive.core.ports import In
from mesodrive_protocol.enums import Code, DeviceState, Inputs
from mesodrive_protocol.messages import (
    Arm,
    Close,
    Grant,
    Pause,
    Selftest,
)
from support.scripted import SILENT, Scripted
from support.scripted_sessions import ended
from support.specs import deliver, session


@pytest.mark.req("CMD-11")
def test_a_device_whose_statuses_stay_away_is_not_armed() -> None:
    device = Scripted(session(deliver(1)))
    device.auto -= {"arm"}
    device.open_port().until_state("loaded")
    device.speaks = False
    device.run(1)
    device.wish("arm")
    ended(device, "no-fresh-status")
    assert device.sent(Arm) == []


@pytest.mark.req("CMD-11")
@pytest.mark.parametrize("field", ["state", "reason", "phase", "hold", "inputs"])
@pytest.mark.parametrize("value", [99, 255])
def test_a_status_with_an_unknown_value_never_arms(field: str, value: int) -> None:
    device = Scripted(session(deliver(1)))
    device.auto -= {"arm"}
    device.open_port().until_state("loaded")
    device.run(1)
    value = value << 8 if field == "inputs" else value
    whole = device.status
    device.status = lambda rid=0, **more: (  # type: ignore[method-assign]
        whole(rid, **({field: value} if not rid else {}), **more)
    )
    device.run(1)
    device.wish("arm")
    ended(device, "no-fresh-status")
    assert device.sent(Arm) == []
    assert device.core.view().link.refused > 0


@pytest.mark.req("CMD-10")
def test_arm_names_the_status_that_the_operator_acted_on() -> None:
    device = Scripted(session(deliver(1)))
    device.auto -= {"arm"}
    device.disk = True
    device.open_port().until_state("loaded")
    device.run(1)
    device.disk = False
    seen = device.core._parts.device.unsolicited
    assert seen is not None
    known = seen.device_us
    device.wish("arm")
    device.run(0.1)
    device.input(In.DURABLE, (99).to_bytes(4, "little"))
    device.disk = True
    device.until_state("armed")
    assert device.sent(Arm)[0].seen_us == known
    assert device.us > known


@pytest.mark.req("CMD-11")
def test_a_status_that_the_operator_acted_on_long_ago_is_not_named() -> None:
    device = Scripted(session(deliver(1)))
    device.auto -= {"arm"}
    device.open_port().until_state("loaded")
    device.run(1)
    device.disk = False
    seen = device.core._parts.device.unsolicited
    assert seen is not None
    known = seen.device_us
    device.wish("arm")
    device.run(0.4)
    device.disk = True
    device.input(In.DURABLE, (99).to_bytes(4, "little"))
    device.until_state("armed")
    assert device.sent(Arm)[0].seen_us > known + 250_000


@pytest.mark.req("CMD-10")
@pytest.mark.parametrize("state", ["loaded", "paused"])
def test_an_arm_that_came_too_late_asks_the_operator_once_more(state: str) -> None:
    device = Scripted(session(deliver(5)))
    device.auto -= {"resume"}
    if state == "loaded":
        device.auto -= {"arm"}
        device.open_port().until_state("loaded")
    else:
        device.open_port().run(20, lambda: len(device.named("unit")) == 4)
        device.wish("pause")
        device.until_state("paused")
    device.run(0.2)
    asked = "arm" if state == "loaded" else "resume"
    device.on[Arm] = lambda arm: device.answer(arm, Code.FRESH, value=600_000)
    device.wish(asked)
    assert [one["age_us"] for one in device.named("armed_late")] == [600_000]
    device.run(2)
    assert device.core.view().awaiting == asked
    assert device.state is DeviceState.LOADED
    del device.on[Arm]
    device.wish(asked)
    device.auto |= {"arm", "resume"}
    device.until_state("completed")


def test_a_pause_wished_while_arm_is_on_its_way_is_passed_on_before_anything_is_granted() -> None:
    device = Scripted(session(deliver(5)))
    device.auto -= {"resume"}

    def arm_while_people_change_their_mind(arm: Any) -> Any:
        device.wish("pause")
        return device.react(arm)

    device.on[Arm] = arm_while_people_change_their_mind
    device.open_port().until_state("paused")
    assert [pause.command for pause in device.sent(Pause)] == [device.sent(Arm)[0].command]
    assert not device.named("unit")


def test_from_a_wish_to_pause_on_nothing_more_is_granted() -> None:
    device = Scripted(session(deliver(5)))
    device.auto -= {"resume"}
    device.on[Pause] = SILENT
    device.open_port().run(20, lambda: len(device.named("unit")) == 4)
    granted = device.sent(Grant)[-1].upto
    device.wish("pause")
    device.run(0.15)
    renewed = device.sent(Grant)[-1]
    assert renewed.upto == granted < 5
    assert renewed.seen_us > device.us - 100_000


@pytest.mark.req("CMD-09")
def test_a_device_that_stands_below_a_unit_with_a_record_is_not_armed() -> None:
    device = Scripted(session(deliver(5)))
    device.auto -= {"resume"}
    device.open_port().run(20, lambda: len(device.named("unit")) == 4)
    device.wish("pause")
    device.until_state("paused")
    device.next = 0
    device.run(0.3)
    device.wish("resume")
    ended(device, "next-fell", 6)


def test_a_device_that_loses_its_selftest_is_tested_again_before_it_is_armed() -> None:
    device = Scripted(session(deliver(5)))
    device.auto -= {"resume"}
    device.open_port().run(20, lambda: len(device.named("unit")) == 4)
    device.wish("pause")
    device.until_state("paused")
    tests = len(device.sent(Selftest))
    device.inputs &= ~Inputs.TESTED
    device.run(0.2)
    device.wish("resume")
    device.until_state("completed")
    assert len(device.sent(Selftest)) == tests + 1
    assert device.sent(Pause)[0].command == device.sent(Arm)[-1].command


def test_between_programs_a_lapsed_selftest_is_made_again() -> None:
    device = Scripted(session(deliver(1)))

    def close_and_lapse(close: Any) -> Any:
        device.inputs &= ~Inputs.TESTED
        device.say(device.status())
        return device.react(close)

    device.on[Close] = close_and_lapse
    device.open_port().until_state("completed")
    assert len(device.sent(Selftest)) == 2


@pytest.mark.req("CMD-07")
def test_units_without_a_record_wait_for_an_operator_to_answer_and_keep_their_interval() -> None:
    device = Scripted(session(deliver(2)))
    device.open_port().until_state("running")

    def lose() -> None:
        while device.next < device.units:
            device.next += 1
        device.state = DeviceState.LOADED

    device.run(20, lambda: device.core.view().next >= 2 and device.core.view().program == 2)
    device.works = False
    device.run(20, lambda: device.upto == 2 and device.command & 0xFF == 2)
    lose()
    device.run(20, lambda: device.core.view().awaiting == "resolve")
    assert device.named("refused")[0]["code"] == "records-missing"
    assert device.named("uncertain")[0]["units"] == [0, 1]
    closes = len(device.sent(Close))
    for wish in ({}, {"who": "", "why": "seen"}, {"who": "A", "why": " "}, {"who": 1, "why": "x"}):
        device.wish("resolve", **wish)
    assert len(device.named("wish_refused")) == 4, "it takes a name and a reason"
    assert len(device.sent(Close)) == closes
    device.wish("resolve", who="A. Operator", why="two wheals seen")
    device.until_state("completed")
    (said,) = device.named("resolved")
    assert (said["who"], said["why"], said["units"]) == ("A. Operator", "two wheals seen", [0, 1])
    view = device.core.view()
    assert (view.amount_lo, view.amount_hi) == (0, 10_000)
    assert view.units_uncertain == 2
    assert device.core.exit_code == 7
