"""The alarm table and the board of active alarms."""

import pytest

from mesodrive.core.alarms import ALARMS, BY_REASON, COUNT_MAX, AlarmBoard, Priority
from mesodrive_protocol.enums import Reason


@pytest.mark.req("ALM-01")
def test_every_reason_but_stop_and_none_has_an_alarm_of_the_table() -> None:
    assert set(BY_REASON) == set(Reason) - {Reason.NONE, Reason.STOP}
    assert set(BY_REASON.values()) <= set(ALARMS)


@pytest.mark.req("ALM-01")
def test_one_instance_per_cause_and_the_most_urgent_first() -> None:
    board = AlarmBoard()
    assert board.raise_alarm("clock-drift")
    for _ in range(10_000):
        board.raise_alarm("limit-held")
    assert board.raise_alarm("stop-not-confirmed")
    active = board.active()
    assert [row.id for row in active] == ["stop-not-confirmed", "clock-drift", "limit-held"]
    assert active[0].priority is Priority.HIGH
    assert active[2].times == 10_000


def test_the_count_is_bounded() -> None:
    board = AlarmBoard()
    for _ in range(COUNT_MAX + 2):
        board.raise_alarm("limit-held")
    assert board.active()[0].times == COUNT_MAX


@pytest.mark.req("ALM-01")
def test_a_latching_alarm_stays_until_the_operator_clears() -> None:
    board = AlarmBoard()
    board.raise_alarm("blockage")
    board.raise_alarm("clock-drift")
    assert not board.condition_gone("blockage")
    assert board.condition_gone("clock-drift")
    assert not board.condition_gone("clock-drift")
    assert board.acknowledge_all() == ["blockage"]
    assert board.active() == ()


@pytest.mark.req("ALM-01")
def test_an_alarm_without_a_row_cannot_be_raised() -> None:
    with pytest.raises(KeyError):
        AlarmBoard().raise_alarm("no-such-alarm")
