"""Frames that come twice, out of order or too late: dropped, counted, and part of the quality."""

import pytest

from mesodrive_protocol.messages import Poll
from support.scripted import Scripted
from support.scripted_sessions import alarms, gun


def stale(device: Scripted) -> int:
    return device.core.view().link.stale


@pytest.mark.req("LNK-02")
def test_a_sound_session_has_no_frame_twice() -> None:
    assert stale(gun("paused").run(30)) == 0


@pytest.mark.req("LNK-02")
def test_statuses_that_come_twice_or_out_of_order_are_counted_and_dropped() -> None:
    device = gun("running")
    device.works = False
    before = stale(device)
    early, late = device.status(), device.status(next=device.next)
    for status in (late, late, early):
        device.say(status)
    assert stale(device) == before + 2
    assert device.core.view().next == late.next
    device.say(device.status(session=device.session - 1))
    device.say(device.status(boot=device.boot - 1))
    assert stale(device) == before + 4, "of a session and a boot that are over"


@pytest.mark.req("LNK-02")
def test_answers_that_nobody_waits_for_are_counted_and_change_nothing() -> None:
    device = gun("paused")
    before, state = stale(device), device.core.view().state
    sent = next(one for one in reversed(device.heard) if type(one) is not Poll and one.rid)
    device.say(device.answer(sent))
    device.say(device.answer(sent))
    assert stale(device) == before + 2
    assert device.core.view().state == state
    last = device.journal[-1]
    device.say(last._replace(rid=sent.rid))
    assert stale(device) == before + 3


@pytest.mark.req("LNK-02")
def test_a_line_that_says_much_twice_is_poor() -> None:
    device = gun("paused")
    device.run(12)
    assert "link-poor" not in alarms(device)
    for _ in range(30):
        status = device.status()
        device.say(status)
        device.say(status)
    device.run(2)
    assert "link-poor" in alarms(device)
