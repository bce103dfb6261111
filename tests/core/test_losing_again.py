"""What goes wrong while a lost device is being found again: lost once more, stopped, exchanged."""

# ruff: noqa: ANN401
from typing import Any

import pytest

from mesodrive.core.ports import In
from mesodrive.core.recovery import SEARCH_NS
from mesodrive_protocol.enums import DeviceState, Reason
from mesodrive_protocol.messages import Account, Arm, Clear, Close, Grant, Hello, Stop
from support.scripted import SILENT, S, Scripted
from support.scripted_sessions import alarms, gun

SEEN = 6
"""Units that the host has seen begun."""


def lose(device: Scripted) -> None:
    device.input(In.LOST, b'{"reason":"unplugged"}')


def fallen(count: int, *, units: int = 30) -> Scripted:
    """Return a session whose device has lost its memory of the last units, as both its stores do.

    Totals of the device are as they were, so that nothing but journal and place tell of it.
    """
    device = gun("running", units=units)
    device.run(10, lambda: device.next >= SEEN)
    device.works = False
    lose(device)
    del device.journal[-count:]
    device.next -= count
    device.restart()
    return device


def answer_and_go_on(device: Scripted) -> list[tuple[int, int]]:
    """Answer for what is uncertain, run on, and return the units of each command of the plan."""
    device.auto |= {"clear", "resume", "arm", "fitted"}
    device.wish("resolve", who="A. Operator", why="looked")
    device.works = True
    device.run(5)
    begun = [one for one in device.named("intent") if one["purpose"] == "deliver"]
    return [(one["done"], one["units"]) for one in begun]


@pytest.mark.req("CMD-02")
@pytest.mark.req("CMD-09")
@pytest.mark.parametrize("losses", [0, 1, 3])
def test_a_doubt_outlives_every_further_loss_until_somebody_has_answered(losses: int) -> None:
    device = fallen(3)
    most = device.core.view().amount_hi
    for _ in range(losses):
        device.open_port().run(5)
        assert device.core.view().awaiting == "resolve"
        lose(device)
    device.open_port().run(5)
    view = device.core.view()
    assert (view.awaiting, view.amount_hi) == ("resolve", most)
    first, rest = answer_and_go_on(device)
    assert first == (0, 30)
    assert rest[0] >= SEEN, "the rest begins behind all that may have been delivered"


@pytest.mark.req("CMD-02")
def test_a_device_lost_behind_the_answer_is_not_believed_to_stand_before_it() -> None:
    device = fallen(3)
    device.open_port().run(5)
    device.on[Close] = SILENT
    device.wish("resolve", who="A. Operator", why="looked")
    lose(device)
    del device.on[Close]
    device.open_port().run(5)
    first, rest = answer_and_go_on(device)
    assert (first, rest[0] >= SEEN) == ((0, 30), True)


@pytest.mark.req("CMD-02")
def test_a_place_that_fell_below_what_has_a_record_is_doubted_by_itself() -> None:
    device = gun("running", units=30)
    device.run(10, lambda: device.next >= SEEN)
    device.works = False
    lose(device)
    device.next -= 3
    device.restart()
    device.open_port().run(5)
    assert device.named("uncertain")[-1]["doubt"] == "next-fell"
    _, rest = answer_and_go_on(device)
    assert rest[0] >= SEEN


@pytest.mark.req("STP-01")
@pytest.mark.req("STP-02")
def test_nothing_is_armed_before_a_stop_pressed_while_settling_is_proven() -> None:
    device = gun("running", units=40)
    lose(device)
    device.state = DeviceState.LOADED
    device.auto |= {"resume"}
    device.on[Stop] = SILENT

    def pressed_meanwhile(message: Any) -> Any:
        if not device.named("stop"):
            device.wish("stop", cause=0)
        return device.react(message)

    device.on[Account] = pressed_meanwhile
    before = len(device.heard)
    device.open_port().run(1)
    sent = [type(one) for one in device.heard[before:]]
    assert sent.count(Stop) > 10
    assert not {Arm, Grant} & set(sent)
    del device.on[Stop]
    device.run(1)
    assert device.named("stopped")
    assert device.core.view().awaiting == "clear"


@pytest.mark.req("STP-02")
def test_another_device_proves_no_stop_and_its_totals_count_for_nothing() -> None:
    device = gun("running", units=40)
    lose(device)
    device.wish("stop", cause=0)
    begun, device.begun, device.identity = device.begun, 5_000, {"serial": b"OTHER-9"}
    device.open_port()
    device.say(device.status(session=0, boot=77, state=DeviceState.LATCHED))
    device.run(1)
    assert device.named("not_found")[-1]["code"] == "other-serial"
    assert not device.named("stopped")
    lose(device)
    device.on[Hello] = SILENT
    device.begun, device.identity = begun, {}
    device.open_port().run(0.3)
    assert not device.named("stopped"), "nor does anybody who has not said who he is"
    del device.on[Hello]
    device.state = DeviceState.LATCHED
    device.run(3)
    assert device.named("stopped")
    assert device.named("recovered")[-1]["doubt"] == ""


@pytest.mark.req("CMD-07")
def test_an_operator_who_thinks_for_long_has_the_device_found_again_all_the_same() -> None:
    device = gun("running", units=30)
    device.works = False
    device.run(0.3)
    lose(device)
    device.next = device.upto  # begun, and no record of it
    device.restart()
    device.open_port().run(400)
    assert device.core.view().awaiting == "resolve"
    device.on[Close] = SILENT
    device.wish("resolve", who="A. Operator", why="looked")
    device.run(3)
    del device.on[Close]
    device.run(5)
    assert not device.core.view().problem
    assert len(device.named("fitted")) == 2, "the rest is a command of its own"


@pytest.mark.req("STP-02")
def test_a_status_from_before_the_loss_proves_no_stop_after_it() -> None:
    device = gun("running", units=30)
    device.run(0.3)
    late = device.status(state=DeviceState.LATCHED, latch_no=1)
    device.run(1)
    device.works = device.speaks = False
    device.on[Stop] = device.on[Hello] = SILENT
    device.run(9)
    device.say(late)
    assert device.named("stop")
    assert not device.named("stopped")


@pytest.mark.req("STP-02")
def test_a_status_from_before_an_unanswered_clear_proves_no_stop_after_it() -> None:
    device = gun("stopped")
    device.speaks = False
    device.on[Stop] = device.on[Hello] = SILENT

    def cleared_without_answer(clear: Any) -> None:
        device.react(clear)

    device.on[Clear] = cleared_without_answer
    device.wish("clear")
    device.until_state("recovering")
    assert device.state is DeviceState.LOADED
    before = len(device.named("stopped"))
    device.wish("stop", cause=0)
    device.say(device.status(state=DeviceState.LATCHED))
    assert len(device.named("stopped")) == before
    del device.on[Stop], device.on[Hello]
    device.speaks = True
    device.run(2)
    assert len(device.named("stopped")) == before + 1
    assert device.core.view().awaiting == "clear"


@pytest.mark.req("CMD-07")
def test_for_a_device_that_never_comes_back_an_operator_answers_before_the_session_ends() -> None:
    device = gun("running")
    device.works = False
    lose(device)
    device.run(SEARCH_NS / S + 60, lambda: device.core.view().awaiting == "resolve")
    assert device.core.view().awaiting == "resolve"
    device.wish("resolve", who="tester", why="the gun lies broken on the floor")
    device.run(5)
    told = device.named("resolved")[-1]
    assert (told["who"], told["why"]) == ("tester", "the gun lies broken on the floor")
    ended = device.named("ended")[-1]
    assert (ended["ending"], ended["exit_code"]) == ("abandoned", 7)
    assert ended["hi"] - ended["lo"] == 5_000 * len(told["units"])


# The device latched meanwhile


def latched_by_its_reset() -> Scripted:
    """Return a session with a unit that nobody knows, whose device has latched for its reset."""
    device = fallen(1)
    device.latch(Reason.RESET)
    device.auto -= {"clear"}
    return device.open_port().run(5)


@pytest.mark.req("STP-03")
def test_who_answers_for_a_unit_has_been_told_what_the_device_latched_with() -> None:
    device = latched_by_its_reset()
    assert device.core.view().awaiting == "resolve"
    assert "device-reset" in alarms(device)


@pytest.mark.req("STP-03")
def test_the_alarm_of_a_latch_is_withdrawn_by_an_answer_and_is_there_again_at_the_clear() -> None:
    device = latched_by_its_reset()
    device.wish("resolve", who="A. Operator", why="looked")
    device.run(2)
    assert device.core.view().awaiting == "clear"
    assert [one["id"] for one in device.named("alarm")].count("device-reset") == 2
    assert "device-reset" in alarms(device)
