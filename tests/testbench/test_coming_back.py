"""A device that went away and came back: what is believed of it, and what is settled."""

import pytest

from support.specs import deliver, session
from support.worlds import S, Session


def lost_while_running(seconds: float) -> Session:
    run = Session(session(deliver(24)))
    run.auto_wishes = True
    run.begin().until("running").lasting(seconds)
    run.auto_wishes = False
    run.lose_port()
    return run


@pytest.mark.req("CMD-09")
@pytest.mark.parametrize("milliseconds", range(100, 3_300, 157))
def test_a_device_that_lost_nothing_is_believed_whatever_comes_while_stop_is_proven(
    milliseconds: int,
) -> None:
    run = lost_while_running(milliseconds / 1_000)
    run.cut = False
    run.open_port()
    run.wish("stop")
    run.lasting(3)
    assert run.named("recovered")[-1]["doubt"] == ""
    assert run.named("locked") == []


@pytest.mark.req("CMD-04")
@pytest.mark.parametrize("away_s", [0.05, 0.3, 2.0, 40.0])
def test_a_port_that_comes_back_has_every_prick_delivered_once(away_s: float) -> None:
    run = lost_while_running(2.7)
    run.lasting(away_s)
    run.cut = False
    run.auto_wishes = True
    run.open_port()
    run.end()
    assert run.core.exit_code == 0
    assert len([unit for unit in run.device.plant.truth if not unit.prime]) == 24
    assert run.named("resolved") == []
    run.check_truth()


def test_a_port_that_never_comes_back_ends_the_session_by_itself_and_keeps_the_interval() -> None:
    run = lost_while_running(2.7)
    run.device.advance(run.now_ns + S)
    run.auto_wishes = True
    run.end(400)
    view = run.core.view()
    assert view.ending == "abandoned"
    assert run.core.exit_code == 7
    assert view.units_uncertain >= 1
    run.check_truth()
