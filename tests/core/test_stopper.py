"""STOP as a level: sent again and again until the device itself has proven that it is at rest."""

import json
from typing import Any

import pytest

from mesodrive.core.link import NEVER, Link
from mesodrive.core.outbox import Outbox
from mesodrive.core.ports import Out
from mesodrive.core.stopper import AGAIN_NS, PROOF_NS, Stopper
from mesodrive_protocol.codec import FrameDecoder
from mesodrive_protocol.enums import DeviceState, Reason, StopCause
from mesodrive_protocol.messages import Status, Stop

MS = 1_000_000
BLANK = Status(0, 3, 9, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)


class Host:
    def __init__(self, first_press: int = 7) -> None:
        self.outbox = Outbox()
        link = Link(1, self.outbox.emit)
        self.stopper = Stopper(link, self.outbox, first_press)

    def stops(self) -> list[Any]:
        frames = [data for code, data in self.outbox.take() if code == Out.STOP]
        return [one for frame in frames for one in FrameDecoder().feed(frame)]

    def proof(
        self,
        now_ns: int,
        latch_no: int,
        state: DeviceState = DeviceState.LATCHED,
        reason: Reason = Reason.STOP,
    ) -> bool:
        status = BLANK._replace(state=state, latch_no=latch_no, reason=reason)
        return self.stopper.on_status(status, now_ns)


@pytest.mark.req("STP-01")
def test_a_press_leaves_at_once_and_in_the_lane_that_passes_everything() -> None:
    host = Host()
    assert host.stopper.press(StopCause.SIGNAL, 5, latch_no=4)
    (stop,) = host.stops()
    assert type(stop) is Stop
    assert (stop.press, stop.cause) == (8, StopCause.SIGNAL)
    assert host.stopper.deadline_ns == 5 + AGAIN_NS


@pytest.mark.req("STP-02")
def test_stop_is_repeated_every_20_ms_with_the_same_number_until_it_is_proven() -> None:
    host = Host()
    host.stopper.press(StopCause.OPERATOR, 0, latch_no=4)
    for now_ns in range(0, 200 * MS, MS):
        host.stopper.tick(now_ns)
    stops = host.stops()
    assert len(stops) == 10
    assert {stop.press for stop in stops} == {8}
    assert host.proof(200 * MS, latch_no=5)
    assert host.stopper.deadline_ns == NEVER
    assert not host.stopper.tick(300 * MS)
    assert host.stops() == []


@pytest.mark.req("STP-02")
def test_after_300_ms_without_proof_it_is_overdue_and_goes_on_repeating() -> None:
    host = Host()
    host.stopper.press(StopCause.OPERATOR, 0, latch_no=4)
    overdue = [ms for ms in range(20, 500, 20) if host.stopper.tick(ms * MS)]
    assert overdue == [PROOF_NS // MS]
    assert host.stopper.overdue
    assert len(host.stops()) == 25
    assert host.proof(500 * MS, latch_no=5)
    assert host.stopper.confirmed
    assert host.stopper.latency_ns == 500 * MS


@pytest.mark.req("STP-02")
def test_only_latched_with_another_latch_number_is_proof() -> None:
    host = Host()
    assert not host.proof(0, latch_no=5), "nothing was pressed"
    host.stopper.press(StopCause.OPERATOR, 0, latch_no=4)
    assert not host.proof(1, latch_no=4), "the status was on its way before the press"
    for state in set(DeviceState) - {DeviceState.LATCHED}:
        assert not host.proof(1, latch_no=5, state=state)
    assert host.stopper.pressed
    assert host.proof(2, latch_no=5)
    assert not host.stopper.pressed


def test_where_no_latch_number_was_ever_seen_any_latched_status_is_proof() -> None:
    host = Host()
    host.stopper.press(StopCause.OPERATOR, 0, latch_no=None)
    assert host.proof(1, latch_no=0)


@pytest.mark.req("STP-01")
def test_a_second_press_before_the_proof_is_a_copy_and_after_it_a_new_press() -> None:
    host = Host(first_press=0xFFFF_FFFF)
    assert host.stopper.press(StopCause.OPERATOR, 0, latch_no=1)
    assert not host.stopper.press(StopCause.JOURNAL, 5 * MS, latch_no=1)
    assert host.proof(8 * MS, latch_no=2)
    assert host.stopper.press(StopCause.JOURNAL, 9 * MS, latch_no=2)
    assert [(one.press, one.cause) for one in host.stops()] == [
        (0, StopCause.OPERATOR),
        (0, StopCause.OPERATOR),
        (1, StopCause.JOURNAL),
    ]


@pytest.mark.req("STP-02")
def test_a_lost_port_ends_the_copies_and_leaves_the_press_unproven() -> None:
    host = Host()
    assert not host.stopper.port_gone()
    host.stopper.press(StopCause.OPERATOR, 0, latch_no=1)
    assert host.stopper.port_gone()
    assert host.stopper.deadline_ns == NEVER
    assert host.stopper.pressed
    assert host.stopper.overdue


def test_press_and_proof_are_said_with_their_number_and_how_long_it_took() -> None:
    host = Host()
    host.stopper.press(StopCause.HOST_LATE, 100, latch_no=1)
    host.proof(1_100, latch_no=2)
    events = [json.loads(data) for code, data in host.outbox.take() if code == Out.EVENT]
    assert events == [
        {"event": "stop", "press": 8, "cause": "host_late"},
        {"event": "stopped", "press": 8, "latency_ns": 1_000},
    ]


@pytest.mark.req("STP-02")
def test_a_device_that_had_stopped_by_itself_is_proof_and_tells_no_time() -> None:
    host = Host()
    host.stopper.press(StopCause.HOST_LATE, 5, latch_no=4)
    assert host.proof(5, 5, reason=Reason.LEASE)
    assert host.stopper.confirmed
    assert host.stopper.latency_ns == 0
