"""Clocks, doses, totals and lines that are not as they should be."""

# ruff: noqa: ANN401
from typing import Any

import pytest

from mesodrive.core.position import PRIMES_AGAIN_MAX
from mesodrive_protocol.enums import (
    Inputs,
    StopCause,
)
from mesodrive_protocol.messages import (
    Arm,
    Close,
    Status,
    Stop,
)
from support.scripted import Scripted
from support.scripted_sessions import alarms, gun
from support.specs import deliver, session

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


# A second look


@pytest.mark.req("DOS-06")
@pytest.mark.parametrize(
    ("values", "alarm"),
    [({"v5": 200}, "too-much-delivered"), ({"lo": 0, "hi": 3_000}, "too-little-delivered")],
)
def test_a_dose_that_was_not_what_was_set_stops_and_may_be_gone_on_from(
    values: dict[str, int], alarm: str
) -> None:
    device = gun("running")
    device.works = False
    device.run(0.2)
    for _ in range(2):
        unit = device.next
        device.next, device.begun = unit + 1, device.begun + 1
        device.record(unit=unit, **{"lo": 5_000, "hi": 5_000, **values})
    assert alarm in alarms(device)
    assert device.sent(Stop)[0].cause == StopCause.MISMATCH
    device.until_state("stopped")
    assert device.core.view().awaiting == "clear"


@pytest.mark.req("CMD-09")
def test_units_that_the_device_has_begun_and_not_reported_lock_the_session() -> None:
    device = gun("running")
    device.begun += 1
    device.auto |= {"end"}
    device.run(20)
    problem = device.core.view().problem
    assert problem["code"] == "totals-differ"
    assert problem["device"] == problem["records"] + 1
    assert device.core.exit_code == 6


@pytest.mark.req("LNK-02")
def test_a_poor_line_warns_and_refuses_to_arm_until_it_is_better() -> None:
    device = gun("paused")
    device.run(12)
    device.seq += 30
    device.run(2)
    device.auto -= {"arm"}
    assert "link-poor" in alarms(device)
    arms = len(device.sent(Arm))
    device.wish("resume")
    assert device.named("arm_refused")[-1]["permille"] >= 50
    assert device.core.view().awaiting in ("arm", "resume")
    device.run(15)
    assert "link-poor" not in alarms(device)
    assert len(device.sent(Arm)) == arms
    device.wish("resume")
    device.until_state("completed")


def test_a_prime_that_left_the_device_unprimed_is_made_again_a_few_times_at_most() -> None:
    device = Scripted(session(deliver(1)))
    whole = device.react

    def close(message: Any) -> Any:
        device.inputs &= ~Inputs.PRIMED
        device.say(device.status())
        return whole(message)

    device.on[Close] = close
    device.open_port().until_state("completed")
    purposes = [intent["purpose"] for intent in device.named("intent")]
    assert purposes == ["prime"] * (1 + PRIMES_AGAIN_MAX) + ["deliver"]
    assert device.core.view().amount_waste == 40_000 * (1 + PRIMES_AGAIN_MAX)
