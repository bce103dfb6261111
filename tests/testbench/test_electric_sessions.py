"""Whole sessions of the transdermal units, from a plan to the end: the books hold the charge."""

from itertools import pairwise

import pytest

from mesodrive_protocol.enums import Kind
from mesodrive_simulator.plant.electric_model import ElectricFaults
from support.electric_worlds import (
    DOSE_UC,
    EXAMPLES,
    LEVEL_UA,
    PLANS,
    SAMPLE_UC,
    check_truth,
    current_ua,
    pulses,
    session_of,
    slices,
    true_uc,
    truth_of,
)
from support.worlds import S, Session

NAMES = (
    "ionto-forearm", "burst-cheek", "electroporation-forearm", "exfoliate-cheek", "mixed-cheek",
)  # fmt: skip
SLICES_NS = 19 * S
"""The campaign's six slices last about so long when nothing happens."""
INSTANTS = [S + n * SLICES_NS // 24 + n * n * 7_919 for n in range(24)]
SLEW_UA_S = LEVEL_UA / 6
"""Of the campaign's slices, whose ramps last 6 s."""


def after_faults(run: Session, faults: ElectricFaults, seconds: float) -> Session:
    """Break something for a time, then mend it."""
    run.device.electric.set_faults(run.now_ns, faults)
    run.lasting(seconds)
    run.device.electric.set_faults(run.now_ns, ElectricFaults())
    return run


# From a plan to the end


@pytest.mark.req("DOS-07")
@pytest.mark.parametrize("name", NAMES)
def test_each_example_comes_from_its_plan_to_a_completed_session(name: str) -> None:
    run = session_of(EXAMPLES / f"{name}.yaml").end()
    view = run.core.view()
    assert (view.ending, view.exit_code, view.alarms) == ("completed", 0, ())
    assert view.units_confirmed == view.units_total == len(run.device.electric.truth)
    check_truth(run)


@pytest.mark.parametrize("name", ["short-slices", "short-bursts", "ten-pulses"])
def test_the_plans_of_the_campaign_last_twenty_seconds_at_most(name: str) -> None:
    run = session_of(PLANS / f"{name}.yaml").end()
    view = run.core.view()
    assert (view.ending, view.alarms) == ("completed", ())
    assert run.now_ns <= 20 * S
    check_truth(run)


@pytest.mark.req("DOS-07")
def test_direct_current_is_the_dose_of_the_plan_to_the_uc_and_never_steeper_than_its_ramp() -> None:
    run = slices().end()
    view = run.core.view()
    assert (view.amount_unit, view.amount_planned) == ("uC", DOSE_UC)
    assert DOSE_UC - 6 <= true_uc(run) <= DOSE_UC
    truth = run.device.electric.truth
    assert max(unit.slew_ua_s for unit in truth) <= SLEW_UA_S * 1.000_001
    assert max(unit.peak_ua for unit in truth) == LEVEL_UA
    assert max(unit.density_ua_cm2 for unit in truth) == LEVEL_UA / 8


def test_exfoliation_takes_barrier_away_before_the_impedance_is_read() -> None:
    run = session_of(EXAMPLES / "mixed-cheek.yaml").end()
    stages = [(one["program"], one["kind"]) for one in run.named("intent")]
    assert stages == [(0, "pass"), (1, "measure"), (2, "current")]
    passes = sum(unit.vacuum_pa > 0 for unit in run.device.electric.truth)
    reading = next(one for one in run.named("unit") if one["zone"] == 1)
    assert passes == len([one for one in run.named("unit") if one["zone"] == 0])
    assert 0 < reading["values"][3] < 1_000


# Stops and pauses


@pytest.mark.req("STP-02")
@pytest.mark.req("DOS-08")
@pytest.mark.parametrize("at_ns", INSTANTS)
def test_stop_at_any_instant_brings_the_current_to_zero_and_is_settled(at_ns: int) -> None:
    run = slices()
    run.run(at_ns)
    run.auto_wishes = False
    run.wish("stop", cause=1)
    run.lasting(0.102)  # a frame on its way, then 100 ms
    assert current_ua(run) == 0
    assert run.device.electric.home(run.now_ns)
    run.lasting(1)
    if not run.core.ended:
        view = run.core.view()
        assert (view.state, view.stop, view.units_uncertain) == ("stopped", "confirmed", 0)
        run.wish("end")
        run.end(10)
        assert (run.core.view().ending, run.core.exit_code) == ("stopped", 5)
    check_truth(run)


@pytest.mark.req("STP-03")
@pytest.mark.req("DOS-07")
@pytest.mark.req("DOS-08")
@pytest.mark.parametrize("at_ns", INSTANTS[2::3])
def test_after_stop_and_clear_each_slice_comes_once_and_current_rises_from_zero(
    at_ns: int,
) -> None:
    run = slices()
    run.run(at_ns)
    run.wish("stop")
    run.end()
    assert (run.core.view().ending, run.core.exit_code) == ("completed", 0)
    assert [one["unit"] for one in run.named("unit")] == list(range(6))
    assert max(unit.slew_ua_s for unit in run.device.electric.truth) <= SLEW_UA_S * 1.000_001
    assert true_uc(run) <= DOSE_UC + SAMPLE_UC
    check_truth(run)


@pytest.mark.req("DOS-08")
def test_a_pause_brings_the_current_down_gently_and_going_on_brings_it_up_again() -> None:
    run = session_of(EXAMPLES / "ionto-forearm.yaml").until("running", 5).lasting(20)
    assert current_ua(run) == LEVEL_UA
    run.auto_wishes = False
    run.wish("pause")
    run.lasting(0.5)
    assert 0 < current_ua(run) < LEVEL_UA
    run.lasting(5)
    assert current_ua(run) == 0
    assert run.core.view().state == "paused"
    begun = len(truth_of(run))
    run.auto_wishes = True
    run.wish("resume")
    run.end()
    assert (run.core.view().ending, run.core.view().alarms) == ("completed", ())
    assert len(truth_of(run)) == 13 > begun
    check_truth(run)


def test_on_the_way_down_of_a_pause_no_slice_begins_that_was_not_granted_before() -> None:
    run = slices().until("running", 5).lasting(8)
    run.auto_wishes = False
    granted = max(one["upto"] for one in run.named("ceiling"))
    run.wish("pause")
    run.lasting(6)
    assert current_ua(run) == 0
    assert run.core.view().state == "paused"
    begun = len(truth_of(run))
    assert begun == 5 < granted
    run.auto_wishes = True
    run.wish("resume")
    run.end()
    assert (run.core.view().ending, len(truth_of(run))) == ("completed", 6)
    check_truth(run)


@pytest.mark.req("LNK-03")
@pytest.mark.req("DOS-08")
def test_a_host_that_is_gone_leaves_no_current_behind() -> None:
    run = slices().until("running", 5).lasting(8)
    run.lose_port()
    run.lasting(0.31)  # the lease of the last grant, then 100 ms
    assert current_ua(run) == 0
    assert run.device.electric.home(run.now_ns)


# The electrode and the switch


@pytest.mark.req("DOS-08")
@pytest.mark.parametrize(
    ("faults", "alarm"),
    [
        (ElectricFaults(open_electrode=True), "electrode-open"),
        (ElectricFaults(shorted=True), "electrode-short"),
        (ElectricFaults(area_permille=500), "impedance"),
    ],
)
@pytest.mark.parametrize("lasts_ms", [1, 40, 500])
def test_an_electrode_that_fails_stops_at_once_and_nothing_goes_on_by_itself(
    faults: ElectricFaults, alarm: str, lasts_ms: int
) -> None:
    run = slices().until("running", 5).lasting(8)
    run.auto_wishes = False
    run = after_faults(run, faults, 0.001 * lasts_ms).lasting(0.02)
    assert current_ua(run) == 0
    run.lasting(10)
    view = run.core.view()
    assert current_ua(run) == 0
    assert (view.state, view.alarms[0].id) == ("faulted", alarm)
    run.auto_wishes = True
    run.wish("clear")
    run.end()
    assert run.core.view().ending == "completed"
    check_truth(run)


@pytest.mark.req("DOS-09")
@pytest.mark.parametrize(
    "faults",
    [
        ElectricFaults(switch_stuck=True),
        ElectricFaults(width_permille=1_300),
        ElectricFaults(double_pulse=True),
        ElectricFaults(arc=True),
    ],
)
def test_a_wrong_pulse_is_ended_in_time_and_is_the_last_one(faults: ElectricFaults) -> None:
    run = pulses().until("unit", 10).until("unit", 10).until("unit", 10)
    run.auto_wishes = False
    run.device.electric.set_faults(run.now_ns, faults)
    run.lasting(5)
    view = run.core.view()
    truth = run.device.electric.truth
    assert (view.state, view.alarms[0].id) == ("faulted", "pulse-wrong")
    assert len(truth) == 4
    assert truth[-1].width_us <= 1_200
    run.device.electric.set_faults(run.now_ns, ElectricFaults())
    run.auto_wishes = True
    run.wish("clear")
    run.end()
    assert run.core.view().ending == "completed"
    assert len(run.device.electric.truth) == 11
    check_truth(run)


def test_a_reading_before_pulses_is_no_pulse() -> None:
    run = pulses().end()
    kinds = [one["kind"] for one in run.named("intent")]
    assert kinds == [Kind.MEASURE.name.lower(), Kind.PULSE.name.lower()]
    truth = truth_of(run)
    assert [unit.pulses for unit in truth] == [0] + [1] * 10
    gaps = [after.begun_ns - one.begun_ns for one, after in pairwise(truth[1:])]
    assert min(gaps) >= S
