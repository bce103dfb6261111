"""Instants that campaigns have found: a stop, a jump of the clock, where a unit is nearly over."""

import pytest

from mesodrive_testbench.campaign.inside import jump_clock
from support.electric_worlds import (
    LEVEL_UA,
    PLANS,
    SAMPLE_UC,
    check_truth,
    current_ua,
    session_of,
    slices,
    truth_of,
)
from support.worlds import S, Session

MS = 1_000_000


def first_level_slice() -> tuple[Session, int]:
    """Bring a session to its first slice at the level; return when that will have its charge."""
    run = slices().until("unit", 20).until("unit", 20)
    return run, truth_of(run)[-1].begun_ns + 2_999_500_000


@pytest.mark.req("DOS-07")
@pytest.mark.parametrize("before_ms", [3, 10, 20, 40, 60, 90])
def test_a_stop_just_before_a_slice_has_its_charge_does_not_exceed_it_by_its_ramp(
    before_ms: int,
) -> None:
    run, end_ns = first_level_slice()
    run.run(end_ns - before_ms * MS)
    run.auto_wishes = False
    run.wish("stop")
    run.lasting(1)
    slice_uc = truth_of(run)[2].charge_nc / 1_000
    assert slice_uc <= 5_999 + SAMPLE_UC
    assert run.core.view().state == "stopped"
    check_truth(run)


@pytest.mark.parametrize("jump_s", [1, 1_000])
def test_a_clock_that_jumps_ends_the_stretch_of_samples_and_not_the_device(jump_s: int) -> None:
    run, _ = first_level_slice()
    run.lasting(1)
    assert current_ua(run) == LEVEL_UA
    jump_clock(run.device, jump_s * S)
    run.device.advance(run.now_ns)
    run.lasting(2)
    assert current_ua(run) == 0
    assert run.core.view().state != "running"
    run.end()
    check_truth(run)


@pytest.mark.req("STP-02")
@pytest.mark.parametrize("after_us", range(49_000, 53_000, 250))
def test_a_stop_whose_home_time_ends_while_a_record_is_written_is_latched_all_the_same(
    after_us: int,
) -> None:
    run = session_of(PLANS / "short-bursts.yaml").until("running", 5)
    begun_ns = truth_of(run)[0].begun_ns
    run.run(begun_ns + 350 * MS + after_us * 1_000)  # the air comes in
    run.auto_wishes = False
    run.wish("stop")
    run.lasting(1)
    assert (run.core.view().state, run.core.view().stop) == ("stopped", "confirmed")
