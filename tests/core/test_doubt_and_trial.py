"""Before it is trusted a device is tried; while it is doubted nothing but questions leaves."""

# ruff: noqa: ANN401
from typing import Any

import pytest

from mesodrive.core.ports import In
from mesodrive_protocol.enums import Code, DeviceState, Inputs
from mesodrive_protocol.messages import (
    Account,
    Ack,
    Arm,
    Data,
    Fetch,
    Hello,
    Limits,
    Open,
    Poll,
    Selftest,
    Stop,
)
from support.profiles import injector
from support.scripted import Scripted
from support.scripted_sessions import answering, ended, gun
from support.specs import deliver, session

HARMLESS = {Hello, Limits, Open, Poll, Account, Fetch, Ack, Stop}


@pytest.mark.req("STP-08")
def test_a_device_that_takes_a_step_above_its_limit_is_not_used() -> None:
    device = answering(Data, Code.OK)
    problem = ended(device, "limits-not-enforced")
    deepest_um = injector("nappage-gun").hard_limits.depth_um_max
    assert problem["depth_um"] == deepest_um + 1
    assert device.sent(Arm) == []


@pytest.mark.req("STP-08")
def test_a_device_is_tried_before_it_is_first_armed_and_the_log_says_how_it_did() -> None:
    device = Scripted(session(deliver(2)))
    device.open_port().until_state("armed")
    said = [one["event"] for one in device.events]
    armed = next(at for at, one in enumerate(device.events) if one.get("to") == "armed")
    assert said.index("tested") < said.index("limits_tried") < armed
    assert device.named("tested")[0]["passed"] is True
    assert device.named("limits_tried")[0]["answer"] == "LIMIT"


@pytest.mark.req("STP-08")
def test_a_device_that_was_lost_is_tested_again_before_it_is_armed_again() -> None:
    device = gun("running")

    def lapse(message: Any) -> Any:
        device.inputs &= ~Inputs.TESTED
        return device.react(message)

    device.on[Open] = lapse
    tests, arms = len(device.sent(Selftest)), len(device.sent(Arm))
    device.input(In.LOST, b'{"reason":"unplugged"}')
    device.state = DeviceState.LOADED
    device.auto |= {"resume"}
    device.open_port().run(20, lambda: len(device.sent(Arm)) > arms)
    assert len(device.sent(Arm)) == arms + 1
    assert len(device.sent(Selftest)) == tests + 1


@pytest.mark.req("CMD-04")
@pytest.mark.req("CMD-07")
def test_while_units_are_uncertain_nothing_leaves_but_stop_and_what_asks() -> None:
    device = gun("running")
    device.works = False
    device.run(0.3)
    granted = device.upto
    assert granted > device.next, "something is open"
    device.input(In.LOST, b'{"reason":"unplugged"}')
    before = len(device.heard)
    device.next, device.state = granted, DeviceState.LOADED  # begun, and no record of it
    device.open_port().run(30, lambda: device.core.view().awaiting == "resolve")
    device.wish("resume")
    device.wish("start")
    device.run(30)
    view = device.core.view()
    assert (view.state, view.awaiting) == ("uncertain", "resolve")
    assert view.units_uncertain > 0
    assert {type(one) for one in device.heard[before:]} <= HARMLESS
    hi = view.amount_hi
    device.wish("resolve", who="A. Operator", why="looked")
    device.run(0.1)
    assert device.core.view().amount_hi >= hi, "who answers for it does not make it less"
