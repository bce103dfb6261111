"""Grants: never on old knowledge, never above what is durable, never more than two ahead."""

from typing import Any

import pytest

from mesodrive.core.guard import Guard
from mesodrive.core.ledger import Ledger
from mesodrive.core.link import Link
from mesodrive.core.outbox import Outbox
from mesodrive.core.ports import Out
from mesodrive.core.sequencer import (
    CREDIT_UNITS,
    LEAD_UNITS_MAX,
    SEEN_ARMED_NS,
    Sequencer,
    lead_units,
)
from mesodrive.core.spec import ProgramSpec, StepSpec
from mesodrive_protocol.codec import FrameDecoder
from mesodrive_protocol.enums import DeviceState, Kind, Outcome, Trigger
from mesodrive_protocol.messages import Grant, Status
from support.specs import PRIME, deliver, session

BLANK = Status(0, 3, 9, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)


class Desk:
    def __init__(self, units: int = 200, product_limit_nl: int = 0) -> None:
        spec = session(deliver(units), product_limit_nl=product_limit_nl)
        self.outbox = Outbox()
        link = Link(1, self.outbox.emit)
        self.ledger = Ledger(spec)
        guard = Guard(spec, self.ledger)
        self.sequencer = Sequencer(link, self.ledger, guard, self.outbox)
        self.book = self.ledger.open_command(1 << 32 | 1, deliver(units))
        self.sequencer.open(self.book)
        self.us = 0

    def durable(self) -> None:
        self.outbox.durable(self.outbox.asked_mark)
        self.sequencer.durable()

    def arm(self) -> None:
        self.sequencer.raise_ceiling(0)
        self.durable()
        self.sequencer.arm(0)

    def status(
        self, next_unit: int = 0, state: DeviceState = DeviceState.ARMED, now_ns: int = 0
    ) -> bool:
        self.us += 50_000
        status = BLANK._replace(state=state, next=next_unit, device_us=self.us)
        return self.sequencer.on_status(status, now_ns)

    def grants(self) -> list[Any]:
        frames = [data for code, data in self.outbox.take() if code == Out.SEND]
        return [one for frame in frames for one in FrameDecoder().feed(frame)]


@pytest.mark.req("CMD-01")
def test_no_grant_goes_above_the_ceiling_before_the_ceiling_is_durable() -> None:
    desk = Desk()
    desk.sequencer.raise_ceiling(0)
    desk.sequencer.arm(0)
    desk.status()
    assert [grant.upto for grant in desk.grants()] == [0]
    assert desk.book.granted == 0
    desk.durable()
    desk.status()
    assert [grant.upto for grant in desk.grants()] == [CREDIT_UNITS]


@pytest.mark.req("LNK-03")
def test_a_grant_names_the_status_it_rides_on_and_goes_two_units_beyond_it() -> None:
    desk = Desk()
    desk.arm()
    for next_unit in (0, 1, 1, 3):
        desk.status(next_unit, DeviceState.RUNNING)
        (grant,) = desk.grants()
        assert type(grant) is Grant
        assert (grant.command, grant.seen_us) == (desk.book.command, desk.us)
        assert grant.upto == next_unit + CREDIT_UNITS
        assert desk.book.granted == grant.upto


@pytest.mark.req("CMD-01")
def test_the_ceiling_lies_a_second_ahead_so_that_no_grant_waits_for_the_disk() -> None:
    desk = Desk()
    desk.arm()
    lead = lead_units(deliver(1))
    assert lead == 9 + CREDIT_UNITS
    asked = 0
    for next_unit in range(150):
        before = desk.outbox.asked_mark
        desk.status(next_unit, DeviceState.RUNNING)
        assert desk.book.granted == next_unit + CREDIT_UNITS, "a grant waited for the disk"
        if desk.outbox.asked_mark > before:
            asked += 1
            desk.durable()
            assert desk.sequencer.ceiling == next_unit + lead
    assert asked < 150 // 3


def test_the_ceiling_ends_with_the_program() -> None:
    desk = Desk(units=3)
    desk.arm()
    assert desk.sequencer.ceiling == 3
    desk.status(2)
    assert [grant.upto for grant in desk.grants()] == [3]
    assert desk.outbox.asked_mark == 1


def test_grants_rise_and_a_repeated_status_takes_nothing_back() -> None:
    desk = Desk()
    desk.arm()
    desk.status(5)
    desk.status(5)
    assert [grant.upto for grant in desk.grants()] == [7, 7]
    desk.status(6)
    assert [grant.upto for grant in desk.grants()] == [8]
    assert desk.book.granted == 8


@pytest.mark.req("DOS-02")
def test_a_unit_without_room_in_the_limits_is_held_and_the_lease_goes_on() -> None:
    desk = Desk(product_limit_nl=5_000)
    desk.arm()
    desk.status(0)
    assert [grant.upto for grant in desk.grants()] == [1]
    assert desk.sequencer.held
    desk.ledger.settle(desk.book, 0, Outcome.NOT_DONE, 0, 0)
    desk.status(1)
    assert [grant.upto for grant in desk.grants()] == [2]
    assert desk.sequencer.held
    desk.sequencer.disarm()
    assert not desk.sequencer.held


@pytest.mark.req("CMD-11")
@pytest.mark.parametrize(
    "state", sorted(set(DeviceState) - {DeviceState.ARMED, DeviceState.RUNNING})
)
def test_a_device_that_is_not_armed_gets_no_grant(state: DeviceState) -> None:
    desk = Desk()
    desk.arm()
    assert not desk.status(0, state), "from before ARM took effect"
    desk.status()
    assert len(desk.grants()) == 1
    assert desk.status(0, state)
    assert desk.grants() == []


@pytest.mark.req("CMD-11")
def test_a_device_that_never_shows_itself_armed_is_not_waited_for_for_ever() -> None:
    desk = Desk()
    desk.arm()
    assert not desk.status(0, DeviceState.LOADED, SEEN_ARMED_NS)
    assert desk.status(0, DeviceState.LOADED, SEEN_ARMED_NS + 1)


def test_the_lead_is_bounded_for_very_fast_units_and_counts_trains_by_their_length() -> None:
    assert lead_units(deliver(1, period_us=0)) == LEAD_UNITS_MAX + CREDIT_UNITS
    assert lead_units(PRIME) == 3 + CREDIT_UNITS

    def train(rate_mhz: int) -> ProgramSpec:
        steps = (
            StepSpec(
                units=1, depth_um=500, strokes=10, rate_mhz=rate_mhz, gap_us=150_000,
                trigger=Trigger.HELD,
            ),
        )  # fmt: skip
        return ProgramSpec(purpose="deliver", kind=Kind.TRAIN, steps=steps)

    assert lead_units(train(100_000)) == 5 + CREDIT_UNITS
    assert lead_units(train(0)) == 1 + CREDIT_UNITS


def test_without_an_open_command_nothing_can_be_granted() -> None:
    desk = Desk()
    desk.sequencer.close()
    with pytest.raises(AssertionError, match="no command"):
        desk.sequencer.raise_ceiling(0)
    with pytest.raises(AssertionError, match="has a command"):
        desk.status()
