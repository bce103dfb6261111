"""When the loop was late or the machine slept, and when people get to see a view."""

import json

import pytest

from mesodrive.clock import NEVER, ManualClock, MonotonicClock
from mesodrive.core.driver import DriverCore
from mesodrive.core.view import View
from mesodrive.injector.lateness import ASLEEP_NS_MAX, LATE_NS_MAX, Lateness
from mesodrive.injector.showing import BEAT_NS, INTERVAL_NS, Showing
from support.specs import deliver, session


@pytest.mark.req("STP-05")
def test_a_wake_up_more_than_200_ms_late_is_told() -> None:
    lateness = Lateness(0)
    assert lateness.check(1_000, 1_000 + LATE_NS_MAX, 0) == b""
    told = json.loads(lateness.check(1_000, 1_001 + LATE_NS_MAX, 0))
    assert told == {"late_ns": LATE_NS_MAX + 1, "asleep_ns": 0}
    assert lateness.check(NEVER, 5_000, 0) == b""


@pytest.mark.req("STP-05")
def test_sleep_above_250_ms_is_told_once() -> None:
    lateness = Lateness(7)
    told = json.loads(lateness.check(NEVER, 0, 8 + ASLEEP_NS_MAX))
    assert told["asleep_ns"] == ASLEEP_NS_MAX + 1
    assert lateness.check(NEVER, 0, 8 + ASLEEP_NS_MAX) == b""


def test_a_reading_torn_between_the_clocks_is_no_sleep() -> None:
    lateness = Lateness(0)
    assert lateness.check(NEVER, 0, -900_000_000) == b""
    assert lateness.check(NEVER, 0, 0) == b""


def test_views_come_at_most_twenty_times_a_second_unless_the_state_changes() -> None:
    seen: list[View] = []
    showing = Showing(seen.append)
    view = DriverCore(session(deliver(3))).view()
    showing.look(lambda: view, INTERVAL_NS)
    assert len(seen) == 1
    assert showing.due_ns == INTERVAL_NS + BEAT_NS
    showing.look(lambda: view, 2 * INTERVAL_NS)
    assert len(seen) == 1
    showing.changed()
    showing.look(lambda: view, INTERVAL_NS + 1)
    assert (len(seen), showing.due_ns) == (1, 2 * INTERVAL_NS)
    showing.look(lambda: view._replace(state="paused"), INTERVAL_NS + 2)
    assert seen[-1].state == "paused"


def test_a_view_comes_twice_a_second_though_nothing_has_changed() -> None:
    seen: list[View] = []
    showing = Showing(seen.append)
    view = DriverCore(session(deliver(3))).view()
    showing.look(lambda: view, 0)
    showing.look(lambda: view, BEAT_NS - 1)
    assert len(seen) == 1
    showing.look(lambda: view, BEAT_NS)
    assert len(seen) == 2


def test_the_clocks_do_not_go_back() -> None:
    clock = ManualClock(5)
    clock.advance(3)
    assert clock.now_ns() == 8
    with pytest.raises(ValueError, match="back"):
        clock.advance(-1)
    real = MonotonicClock()
    assert real.now_ns() <= real.now_ns()
    assert real.asleep_ns() > -1_000_000_000
    assert clock.asleep_ns() == 0
    assert clock.utc() < real.utc()
