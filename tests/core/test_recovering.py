"""A device that is found again: asked as often as it takes, gone on with where it stands."""

import pytest

from mesodrive.core.ports import In
from mesodrive.core.position import Position
from mesodrive_protocol.enums import DeviceState, Relation
from mesodrive_protocol.messages import (
    Account,
    Begin,
    Close,
    Commit,
    Data,
    Fetch,
    Grant,
    Open,
    Stop,
)
from support.scripted import SILENT, Scripted
from support.scripted_sessions import alarms, gun
from support.specs import deliver, session

LOST = b'{"reason":"unplugged"}'


@pytest.mark.req("CMD-04")
@pytest.mark.parametrize("open_units", [True, False])
def test_a_device_that_falls_silent_behind_open_is_found_once_more(open_units: bool) -> None:
    device = gun("running" if open_units else "paused")
    device.input(In.LOST, LOST)
    device.state = DeviceState.LOADED
    device.on[Fetch] = SILENT
    device.open_port().until("not_found")
    assert device.named("not_found")[-1]["message"] == "FETCH"
    assert device.core.view().state == ("uncertain" if open_units else "recovering")
    assert ("delivery-uncertain" if open_units else "status-lost") in alarms(device)
    del device.on[Fetch]
    device.auto -= {"arm", "resume"}
    device.until_state("paused", seconds=5)
    assert device.core.view().problem == {}
    assert device.core.view().units_uncertain == 0
    assert len(device.named("opened")) == 3, "each try opens a session of its own"


@pytest.mark.req("LNK-05")
def test_a_command_of_others_found_after_a_loss_is_shown_and_closed() -> None:
    device = gun("idle")
    device.input(In.LOST, LOST)
    device.command = device.last_command = 99
    device.state, device.loaded = DeviceState.LOADED, True
    device.auto -= {"fitted"}
    device.open_port().run(1, lambda: bool(device.named("foreign")))
    assert device.named("foreign")[0]["command"] == 99
    device.run(5, lambda: bool(device.sent(Close)))
    assert [one.command for one in device.sent(Close)] == [99]
    assert device.sent(Grant) == []


@pytest.mark.req("CMD-02")
def test_a_command_that_a_reset_met_behind_its_last_unit_has_no_rest() -> None:
    device = Scripted(session(deliver(2), deliver(3)))
    device.open_port()
    device.run(20, lambda: len(device.named("unit")) == 4)
    device.restart()
    device.say(device.status())
    device.until_state("completed")
    begun = [one["units"] for one in device.named("intent") if one["purpose"] == "deliver"]
    assert begun == [2, 3]
    assert device.core.view().units_confirmed == 5


@pytest.mark.req("CMD-02")
def test_a_command_that_never_opened_is_not_begun_anew_where_another_host_went_on() -> None:
    device = Scripted(session(deliver(3)))
    device.on[Commit] = SILENT
    device.open_port().run(20, lambda: bool(device.sent(Commit)))
    device.input(In.LOST, LOST)
    device.last_session += 1
    device.last_command = device.last_session << 32 | 1
    whole = device.react
    device.on[Account] = lambda ask: whole(ask)._replace(relation=Relation.NEVER)
    device.open_port().run(2, lambda: bool(device.named("never_opened")))
    assert device.named("never_opened")
    assert device.named("refused")[-1]["code"] == "resumed-elsewhere"
    assert len(device.sent(Commit)) == 1


@pytest.mark.req("CMD-02")
def test_a_prime_that_a_reset_cut_short_is_begun_anew_as_a_whole() -> None:
    device = Scripted(session(deliver(2)))
    device.open_port().run(20, lambda: len(device.named("unit")) == 1)
    device.restart()
    device.say(device.status())
    device.until_state("completed")
    begun = [(one["purpose"], one["units"]) for one in device.named("intent")]
    assert begun == [("prime", 2), ("prime", 2), ("deliver", 2)]
    assert device.core.view().amount_waste == 60_000


def test_a_prime_made_again_that_is_cut_short_leaves_the_place_in_the_plan() -> None:
    position = Position(session(deliver(5)))
    position.move_to(0, 1, 2)
    position.prime_again()
    assert position.program.purpose == "prime"
    position.rest_from(1)
    assert (position.program.purpose, position.done_before) == ("deliver", 2)


@pytest.mark.req("CMD-11")
def test_an_open_of_ours_whose_answer_was_lost_is_no_other_hosts() -> None:
    device = gun("paused")
    device.input(In.LOST, LOST)

    def answer_lost(ask: Open) -> None:
        device.react(ask)
        del device.on[Open]
        device.say(device.status())

    device.on[Open] = answer_lost
    device.open_port().until_state("paused", seconds=5)
    assert device.named("opened")[-1]["session"] == device.session
    assert device.core.view().problem == {}


@pytest.mark.req("LNK-02")
def test_steps_that_are_never_answered_begin_anew_under_a_new_id() -> None:
    device = Scripted(session(deliver(1)))
    device.open_port().run(5, lambda: bool(device.named("limits_tried")))
    device.on[Data] = SILENT
    device.until("recovered")
    del device.on[Data]
    device.until_state("completed")
    commands = [one.command for one in device.sent(Begin)]
    assert commands == sorted(commands)
    assert device.core.view().units_confirmed == 1


@pytest.mark.req("CMD-06")
def test_a_port_that_goes_and_comes_while_the_account_is_written_changes_nothing() -> None:
    device = Scripted(session(deliver(1)))

    def close_on_a_slow_disk(close: Close) -> object:
        device.disk = len(device.sent(Close)) < 2
        return device.react(close)

    device.on[Close] = close_on_a_slow_disk  # type: ignore[assignment]
    device.open_port().run(20, lambda: bool(device.named("ended")))
    assert not device.core.ended
    sent = len(device.heard)
    device.input(In.LOST, LOST)
    device.open_port().run(5)
    assert device.core.ended
    assert len(device.heard) == sent
    assert device.core.view().state == device.core.view().ending == "completed"
    assert device.core.exit_code == device.named("ended")[0]["exit_code"] == 0


@pytest.mark.req("STP-01")
def test_a_stop_pressed_twice_without_a_port_is_one_press_and_the_first_thing_sent() -> None:
    device = gun("running")
    device.works = device.speaks = False
    device.input(In.LOST, LOST)
    device.wish("stop")
    device.wish("stop")
    assert len(device.named("stop")) == 1
    before = len(device.heard)
    device.open_port()
    assert type(device.heard[before]) is Stop
    assert {one.press for one in device.sent(Stop)} == {device.heard[before].press}
