"""A syringe that runs low is told once, in time to have the next one ready."""

import pytest

from mesodrive.core.alarms import ALARMS, Priority
from mesodrive.core.spec import SessionSpec
from support.scripted import Scripted
from support.scripted_sessions import alarms
from support.specs import deliver, session

RESERVE_NL = 50_000
PRIMED_NL = 40_000
DOSE_NL = 5_000


def filled(content_nl: int, reserve_nl: int = RESERVE_NL, stages: int = 1) -> SessionSpec:
    spec = session(deliver(8), stages=stages)
    changes = {"content_nl": content_nl, "reserve_nl": reserve_nl}
    made = tuple(
        one.model_copy(update={"fit": one.fit.model_copy(update=changes)}) for one in spec.stages
    )
    return spec.model_copy(update={"stages": made})


def low_at(device: Scripted) -> list[int]:
    """Return after how many units of skin it was told."""
    units, told = 0, []
    for one in device.events:
        units += one["event"] == "unit" and one["zone"] == 0
        if one == {"event": "alarm", "id": "syringe-low"}:
            told.append(units)
    return told


@pytest.mark.req("DOS-11")
def test_a_syringe_is_low_at_twice_the_reserve() -> None:
    """Five units leave the double reserve, or less: what is granted ahead counts as gone."""
    device = Scripted(filled(2 * RESERVE_NL + PRIMED_NL + 5 * DOSE_NL))
    device.open_port().until_state("completed")
    (told,) = low_at(device)
    assert 5 - 2 < told <= 6, "two units may be granted ahead of the last that has a record"
    assert ALARMS["syringe-low"].priority is Priority.LOW


@pytest.mark.req("DOS-11")
@pytest.mark.parametrize("reserve_nl", [RESERVE_NL, 0])
def test_a_syringe_that_holds_enough_or_has_no_reserve_is_not_low(reserve_nl: int) -> None:
    enough_nl = PRIMED_NL + 8 * DOSE_NL + 2 * reserve_nl + 10 * DOSE_NL
    device = Scripted(filled(enough_nl, reserve_nl))
    device.open_port().until_state("completed")
    assert low_at(device) == []


@pytest.mark.req("DOS-11")
def test_low_is_withdrawn_at_the_next_fitting_and_told_anew() -> None:
    device = Scripted(filled(2 * RESERVE_NL + PRIMED_NL + 5 * DOSE_NL, stages=2))
    device.auto -= {"fitted"}
    device.open_port()
    for stage in (1, 2):
        device.run(20, lambda: device.core.view().awaiting == "fitted")
        if stage == 2:
            assert "syringe-low" in alarms(device)
        device.wish("fitted")
        assert "syringe-low" not in alarms(device)
    device.until_state("completed")
    assert len(low_at(device)) == 2
